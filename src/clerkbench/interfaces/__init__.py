"""The command line, and SQL in notebooks."""
