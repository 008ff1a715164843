"""One transaction on a DuckDB connection."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import duckdb

from clerkbench.errors import TransactionError


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Commit everything in the block, or nothing after an exception or Ctrl-C.

    Call :func:`require_no_open_transaction` first: a second BEGIN would abort an open transaction. Raises
    TransactionError if it cannot be begun or committed.
    """
    key = connection_id(con)
    try:
        BEGUN.add(key)
        with translated_errors("begun"):
            con.begin()
        yield
        with translated_errors("committed"):
            # A caught error aborts a transaction all the same, and DuckDB's COMMIT would lose it without an error.
            con.execute("SELECT 1")
            con.commit()
        BEGUN.discard(key)
    except BaseException:
        roll_back(con)
        BEGUN.discard(key)
        raise


@contextmanager
def rolled_back(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Roll back everything in the block. Call :func:`require_no_open_transaction` first."""
    with translated_errors("begun"):
        con.begin()
    try:
        yield
    finally:
        roll_back(con)


#: The connections on which a transaction of clerkbench was begun and has not ended, as far as known.
BEGUN: set[int] = set()


def connection_id(con: duckdb.DuckDBPyConnection) -> int:
    return id(getattr(con, "_con", con))


def roll_back(con: duckdb.DuckDBPyConnection) -> None:
    """Roll back the open transaction, if there is one. Ctrl-C does not stop it, and is raised afterwards."""
    interrupted = False
    while True:
        try:
            with suppress(duckdb.Error), keyboard_interrupts():  # a failed commit has rolled back already
                con.rollback()
            break
        except KeyboardInterrupt:
            interrupted = True
    if interrupted:
        raise KeyboardInterrupt


@contextmanager
def keyboard_interrupts() -> Iterator[None]:
    """Raise KeyboardInterrupt for Ctrl-C also where DuckDB raises another error."""
    try:
        yield
    except (RuntimeError, duckdb.Error) as error:
        # The second message comes while DuckDB reads a DataFrame.
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
                "It may have been committed or not. Close the database, make room on the disk, and open it again: it "
                "has all of the changes, or none."
            )
        raise TransactionError(f"The transaction cannot be {done}. {error}\n{end}") from None


def require_no_open_transaction(con: duckdb.DuckDBPyConnection) -> None:
    """Raise TransactionError if a transaction is open. A second BEGIN would abort it, so its number is asked twice."""
    try:
        first, second = transaction_number(con), transaction_number(con)
    except duckdb.TransactionException:  # it is open and failed
        first = second = 0
    if first == second:
        raise TransactionError(
            "A transaction is open on this connection. End it first: leave the block of bench.transaction(), or call "
            "bench.con.commit() or bench.con.rollback(). Nothing was changed."
        )


def transaction_number(con: duckdb.DuckDBPyConnection) -> int:
    """The number of the open transaction; a new one each time if none is open."""
    row = con.execute("SELECT txid_current()").fetchone()
    return int(row[0]) if row else 0


def current_task() -> object:
    """The task of the event loop that runs in this thread; None outside of any."""
    asyncio = sys.modules.get("asyncio")
    try:
        return asyncio.current_task() if asyncio else None
    except RuntimeError:  # no loop runs
        return None
