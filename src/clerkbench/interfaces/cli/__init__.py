"""The command line. Exit codes: 0 for no errors, 1 for errors found in a school, 2 if the command failed."""

import io
import os
import sys
import traceback
import warnings
from collections.abc import Sequence
from contextlib import suppress

from clerkbench.errors import ClerkbenchError
from clerkbench.interfaces.cli.commands import app
from clerkbench.interfaces.cli.reports import INTERRUPTED, NOT_DONE, say


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command. It exits with 2 if it fails, because 1 means that errors were found."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # for a console without the character
    warnings.showwarning = lambda message, *_: say(message, err=True)
    try:
        try:
            app(arguments)
        finally:
            sys.stdout.flush()  # to report a full disk here
    except SystemExit as end:
        if end.code == INTERRUPTED:
            say("Interrupted. Unfinished changes were rolled back.", err=True)
        raise
    except ClerkbenchError as error:
        say(error, err=True)
        sys.exit(NOT_DONE)
    except OSError as error:
        say(f"What was found cannot be written: {error.strerror or error}.", err=True)
        with suppress(OSError, AttributeError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python would flush again and fail
        sys.exit(NOT_DONE)
    except Exception:
        traceback.print_exc()
        sys.exit(NOT_DONE)
