"""The database files that this process has open, so that two workbenches on one file take turns."""

import os
import threading
from pathlib import Path
from typing import Protocol
from weakref import WeakSet, WeakValueDictionary

from clerkbench.errors import DatabaseFileError


class OpenDatabase(Protocol):
    """A session, as far as this module knows it."""

    path: Path | None
    file: tuple[int, int] | None
    process: int

    @property
    def is_open(self) -> bool: ...


class SharedState:
    """What all workbenches on one database share.

    Attributes:
        lock: Held during each call, and from the begin of a transaction to its end.
        has_unfinished_change: Whether a change in several transactions stopped halfway.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.has_unfinished_change = False


#: The shared state of each open database file.
_SHARED: WeakValueDictionary[str, SharedState] = WeakValueDictionary()

_SHARING = threading.Lock()

#: All sessions of this process; in a forked process also those of its parent.
SESSIONS: "WeakSet[OpenDatabase]" = WeakSet()


def open_path(path: str | os.PathLike[str] | None) -> str | os.PathLike[str] | None:
    """The name under which this process has a database file open; otherwise the given one.

    DuckDB knows an open file by its name. It would open a hard link as a second file; and a forked process would
    continue without the lock. Rows would be lost either way. Raises DatabaseFileError if the process from which this
    one was forked has the file open.
    """
    try:
        file = file_identity(None if path is None else Path(path).expanduser().absolute())
    except (OSError, RuntimeError, TypeError, ValueError):  # no path: opening it reports that
        return path
    for session in [each for each in SESSIONS if each.is_open] if file else []:
        if session.file != file:
            continue
        if session.process != os.getpid():
            raise DatabaseFileError(
                f"{path} is open in the process from which this one was forked. Close it there before the fork, or "
                "start the process in another way: multiprocessing.get_context('spawn'). Nothing was changed."
            )
        return session.path
    return path


def shared_state(path: str | os.PathLike[str] | None) -> SharedState:
    """The shared state of a database file; a new one for a database in memory."""
    if path is None or os.fspath(path) == ":memory:":
        return SharedState()
    file = Path(path).expanduser().resolve()
    with _SHARING:  # one file may have two names
        return _SHARED.setdefault(str(file_identity(file) or file), SharedState())


def file_identity(path: Path | None) -> tuple[int, int] | None:
    """The device and inode of a file; None if there is none."""
    try:
        found = path.stat() if path else None
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if found else None
