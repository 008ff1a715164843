"""What surrounds each public call: one call at a time, one schema per call, and no error of DuckDB's own."""

import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec, Protocol, TypeVar

import duckdb

from clerkbench.database.session import Session
from clerkbench.database.transactions import keyboard_interrupts
from clerkbench.errors import DatabaseFileError, QueryError, TransactionError
from clerkbench.mutations import error_messages, multi_transaction

P = ParamSpec("P")
R = TypeVar("R")


class HasSession(Protocol):
    """An object that works on a database."""

    @property
    def _session(self) -> Session: ...


S = TypeVar("S", bound=HasSession)
Method = Callable[Concatenate[S, P], R]


def translate_errors(method: Method[S, P, R]) -> Method[S, P, R]:
    """Replace errors of DuckDB by clerkbench's own, whatever state the user brought the database into."""

    @wraps(method)
    def translated(school: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            with keyboard_interrupts():
                return method(school, *args, **kwargs)
        except duckdb.Error as error:
            session = school._session
            if "must be restarted" in str(error):
                raise DatabaseFileError(
                    f"{school!r} must be opened again, because DuckDB could not write to the disk. Close it, make room "
                    "on the disk, and open it to see which changes were saved."
                ) from None
            if "attached in read-only mode" in str(error):
                raise session.read_only_error() from None
            kind = TransactionError if isinstance(error, duckdb.TransactionException) else QueryError
            raise session.translate(error, kind(error_messages.query_failed(session.con, error))) from None

    return translated


def locked(method: Method[S, P, R]) -> Method[S, P, R]:
    """Run a method alone on the database, with standard settings and one schema. See :func:`translate_errors`."""

    @wraps(method)
    def with_standard_settings(school: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with school._session.settings.standard(), school._session.one_schema():
            return method(school, *args, **kwargs)

    translated = translate_errors(with_standard_settings)

    @wraps(method)
    def alone(school: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with school._session.locked():
            prepare(school)
            return translated(school, *args, **kwargs)

    return alone


def prepare(school: HasSession) -> None:
    """Make sure that this task may work on the database, and that no change is unfinished."""
    school._session.require_own_task()
    if school._session.has_unfinished_change:
        recover(school)


@translate_errors
def recover(school: HasSession) -> None:
    """Put back the rows of a change that stopped halfway, if there is one."""
    multi_transaction.recover(school._session)


@contextmanager
def locked_together(one: HasSession, other: HasSession) -> Iterator[None]:
    """Lock two databases for the block. All threads lock in the same order, so none waits in a circle."""
    first, second = sorted((one, other), key=lambda each: id(each._session.lock))
    if first._session.in_transaction or second._session.in_transaction:
        # A transaction holds its lock already, whatever the order. So nobody may wait for the other lock first.
        first, second = sorted((one, other), key=lambda each: not each._session.in_transaction)
    with first._session.locked(), second._session.locked():
        for each in (one, other):
            prepare(each)
        with (
            one._session.settings.standard(),
            other._session.settings.standard(),
            one._session.one_schema(),
            other._session.one_schema(),
        ):
            yield


def warn(message: str) -> None:
    """Warn, and show the line outside clerkbench that made the call."""
    inside = str(Path(__file__).parents[1])
    level, frame = 1, sys._getframe()
    while frame.f_back and frame.f_code.co_filename.startswith(inside):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, stacklevel=level)
