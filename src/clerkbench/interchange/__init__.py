"""Copies whole schools from and to spreadsheets and other engines."""
