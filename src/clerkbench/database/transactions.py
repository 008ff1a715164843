"""Transactions: one of DuckDB's, and those of a workbench, which nest, hold off other threads and commit no orphan."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import duckdb

from clerkbench.errors import TransactionError


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Everything done inside happens whole or not at all, also after an exception or Ctrl-C.

    Whoever begins one has called :func:`require_no_open_transaction`: DuckDB would take back what is open.

    Raises:
        TransactionError: It cannot be begun or committed.
    """
    key = connection_id(con)
    try:
        BEGUN.add(key)
        with translated_errors("begun"):
            con.begin()
        yield
        with translated_errors("committed"):
            con.commit()
        BEGUN.discard(key)
    except BaseException:
        roll_back(con)
        BEGUN.discard(key)
        raise


#: The connections on which a transaction of ours was begun and has not ended, as far as it is known.
BEGUN: set[int] = set()


def connection_id(con: duckdb.DuckDBPyConnection) -> int:
    return id(getattr(con, "_con", con))


def roll_back(con: duckdb.DuckDBPyConnection) -> None:
    """Roll back what is open, if anything is. Ctrl-C does not stop it, and is passed on afterwards."""
    interrupted = False
    while True:
        try:
            with suppress(duckdb.Error), keyboard_interrupts():  # a commit that failed has rolled back already
                con.rollback()
            break
        except KeyboardInterrupt:
            interrupted = True
    if interrupted:
        raise KeyboardInterrupt


@contextmanager
def keyboard_interrupts() -> Iterator[None]:
    """Ctrl-C is Ctrl-C, also where DuckDB passes it on as something else."""
    try:
        yield
    except (RuntimeError, duckdb.Error) as error:
        # The one of DuckDB's own, the other while it asks Python for the values of a DataFrame.
        if str(error) == "Query interrupted" or str(error).rstrip().endswith("\nKeyboardInterrupt:"):
            raise KeyboardInterrupt from None
        raise


@contextmanager
def translated_errors(done: str) -> Iterator[None]:
    try:
        with keyboard_interrupts():
            yield
    except duckdb.Error as error:
        end = "Nothing was changed."
        if done == "committed" and isinstance(error, duckdb.IOException | duckdb.FatalException):
            end = (
                "Whether it was kept shows when the database is opened again: close it, make room, and open it. Either "
                "all of it is there, or nothing."
            )
        raise TransactionError(f"The transaction cannot be {done}. {error}\n{end}") from None


def require_no_open_transaction(con: duckdb.DuckDBPyConnection) -> None:
    """Asks DuckDB in a way that leaves an open transaction as it is; a second BEGIN would abort it.

    Raises:
        TransactionError: A transaction is open on this connection, failed or not.
    """
    try:
        first, second = transaction_number(con), transaction_number(con)
    except duckdb.TransactionException:  # it is open, and has failed
        first = second = 0
    if first == second:
        raise TransactionError(
            "A transaction is open on this connection. End it first: leave the block of bench.transaction(), or call "
            "bench.con.commit() or bench.con.rollback(). Nothing was changed."
        )


def transaction_number(con: duckdb.DuckDBPyConnection) -> int:
    """The number of the open transaction; a new one each time when none is open."""
    row = con.execute("SELECT txid_current()").fetchone()
    return int(row[0]) if row else 0
