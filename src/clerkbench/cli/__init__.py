"""The command line. Exit codes: 0 for nothing wrong but warnings, 1 for errors found, 2 for what could not be done."""

import io
import sys
import traceback
from collections.abc import Sequence

import typer

from clerkbench.cli.commands import app
from clerkbench.cli.reports import INTERRUPTED, NOT_DONE
from clerkbench.errors import ClerkbenchError


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command. What cannot be done exits with 2, also where the fault is ours: 1 says that errors were found."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # for a console that lacks a sign
    try:
        app(arguments)
    except SystemExit as end:
        if end.code == INTERRUPTED:
            typer.echo("Interrupted. What was not finished was taken back.", err=True)
        raise
    except ClerkbenchError as error:
        typer.echo(error, err=True)
        sys.exit(NOT_DONE)
    except Exception:
        traceback.print_exc()
        sys.exit(NOT_DONE)
