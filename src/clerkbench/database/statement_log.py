"""Logs each SQL statement with its time, to the logger ``clerkbench.sql`` at level DEBUG.

::

    import logging

    logging.basicConfig()
    logging.getLogger("clerkbench.sql").setLevel(logging.DEBUG)
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self, cast

import duckdb

LOGGER = logging.getLogger("clerkbench.sql")


@contextmanager
def logged(statement: str | duckdb.Statement) -> Iterator[None]:
    """Log a statement that is executed in the block, also when it fails: the milliseconds, then the text.

    Values of parameters are not logged, because a log must not hold what a school keeps to itself.
    """
    if not LOGGER.isEnabledFor(logging.DEBUG):
        yield
        return
    text = statement if isinstance(statement, str) else statement.query
    started = time.perf_counter()
    outcome = ""
    try:
        yield
    except BaseException as error:
        outcome = f"  -- {type(error).__name__}"
        raise
    finally:
        LOGGER.debug("%8.2f ms  %s%s", (time.perf_counter() - started) * 1000, text.strip(), outcome)


class _LoggedConnection:
    """A DuckDB connection whose statements are logged."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con

    def __getattr__(self, name: str) -> Any:
        return getattr(self._con, name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._con.close()

    def cursor(self) -> "_LoggedConnection":
        return _LoggedConnection(self._con.cursor())

    def execute(self, query: str | duckdb.Statement, parameters: object = None) -> duckdb.DuckDBPyConnection:
        with logged(query):
            return self._con.execute(query, parameters)

    def begin(self) -> None:
        with logged("BEGIN"):
            self._con.begin()

    def commit(self) -> None:
        with logged("COMMIT"):
            self._con.commit()

    def rollback(self) -> None:
        with logged("ROLLBACK"):
            self._con.rollback()


def logging_statements(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """The connection itself, or one that logs each statement where somebody wants to see them."""
    if not LOGGER.isEnabledFor(logging.DEBUG):
        return con
    return cast(duckdb.DuckDBPyConnection, _LoggedConnection(con))
