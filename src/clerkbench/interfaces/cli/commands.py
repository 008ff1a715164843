"""The command line: imports the modules that define its commands."""

from clerkbench.interfaces.cli import schema_commands, school_commands
from clerkbench.interfaces.cli.options import app

__all__ = ["app", "schema_commands", "school_commands"]
