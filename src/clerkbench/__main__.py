"""Runs the command line as ``python -m clerkbench``."""

from clerkbench.interfaces.cli import main

main()
