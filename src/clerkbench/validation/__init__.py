"""Checks rows against all constraints before they are stored: coercion, staging, constraint checker, messages."""
