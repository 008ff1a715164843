"""Runs the command line as ``python -m clerkbench.cli``."""

from clerkbench.cli import main

main()
