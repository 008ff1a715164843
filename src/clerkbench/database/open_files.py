"""The database files that this process has open, so that two workbenches on one file take turns."""

import os
import threading
from pathlib import Path
from typing import Protocol
from weakref import WeakSet, WeakValueDictionary

from clerkbench.errors import DatabaseFileError


class OpenDatabase(Protocol):
    """What is known here of a session: its file, and the process that opened it."""

    path: Path | None
    file: tuple[int, int] | None
    process: int

    @property
    def is_open(self) -> bool: ...


class SharedState:
    """What all who work through a workbench on one database have in common.

    Attributes:
        lock: Held while anything is done, and from a transaction's beginning to its end.
        unfinished: Whether a change in several steps stopped halfway and its rows are still to be put back.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.has_unfinished_change = False


#: For each database file that is open in this process, so that two workbenches on one file take turns.
_SHARED: WeakValueDictionary[str, SharedState] = WeakValueDictionary()

_SHARING = threading.Lock()

#: All sessions of this process, and, in one that was forked, those of the process it was forked from.
SESSIONS: "WeakSet[OpenDatabase]" = WeakSet()


def path_already_open(path: str | os.PathLike[str] | None) -> str | os.PathLike[str] | None:
    """The name under which a database file is open here already, or else its own.

    DuckDB knows an open file by its name. Under another name, a hard link, it would open the file a second time; and in
    a process that was forked it would go on with what it inherited, without a lock. Either way rows would be lost.

    Raises:
        DatabaseFileError: The file is open in the process from which this one was forked.
    """
    try:
        file = file_identity(None if path is None else Path(path).expanduser().absolute())
    except (OSError, RuntimeError, TypeError, ValueError):  # no path, which is said when it is opened
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
    """One for each database file; a database in memory has one of its own."""
    if path is None or os.fspath(path) == ":memory:":
        return SharedState()
    file = Path(path).expanduser().resolve()
    with _SHARING:  # two names may be those of one file
        return _SHARED.setdefault(str(file_identity(file) or file), SharedState())


def file_identity(path: Path | None) -> tuple[int, int] | None:
    """What tells a file from all others, whatever its name; None where there is none."""
    try:
        found = path.stat() if path else None
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if found else None
