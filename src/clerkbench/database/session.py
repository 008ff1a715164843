"""The session of a workbench: its connection, its transactions, and its lock."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import duckdb

from clerkbench.database import write_conflicts
from clerkbench.database.connection_settings import ConnectionSettings
from clerkbench.database.open_files import SESSIONS, file_identity, shared_state
from clerkbench.database.schema import Schema, Signature, read_schema, signature
from clerkbench.database.statement_log import logging_statements
from clerkbench.database.transactions import (
    BEGUN,
    connection_id,
    current_task,
    require_no_open_transaction,
    roll_back,
    transaction,
    transaction_number,
    translated_errors,
)
from clerkbench.errors import ClerkbenchError, ClosedError, DatabaseFileError, ReadOnlyError, TransactionError

#: So long a thread with an open transaction waits for another one, which may be waiting for it.
PATIENCE_SECONDS = 60


class Session:
    """A connection with its transactions and its lock.

    All workbenches on one database wait for each other, in whatever thread. Other connections do not wait.

    Args:
        path: The database file; None for a database in memory.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, path: str | os.PathLike[str] | None) -> None:
        self._con: duckdb.DuckDBPyConnection | None = con
        self.path = None if path is None or os.fspath(path) == ":memory:" else Path(path).expanduser().absolute()
        self.file = file_identity(self.path)
        self.process = os.getpid()
        SESSIONS.add(self)
        self.settings = ConnectionSettings(con)
        self._task: object = None
        #: The blocks of :meth:`transaction` that are open, the outermost first. One thread can hold several that were
        #: not entered inside each other: in tasks, in generators.
        self._blocks: list[object] = []
        self._afterwards: list[Callable[[], None]] = []
        self._number = 0
        self._failure: BaseException | None = None
        self._schema: Schema | None = None
        self._signature: Signature | None = None
        self._keeps_schema = self._is_fresh = False
        self._shared = shared_state(path)

    @property
    def is_open(self) -> bool:
        """Whether it was not closed."""
        return self._con is not None

    @property
    def con(self) -> duckdb.DuckDBPyConnection:
        """The connection with logging of statements. Raises ClosedError if it was closed."""
        return logging_statements(self.connection)

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The connection itself. Raises ClosedError if it was closed."""
        if self._con is None:
            raise ClosedError("This workbench was closed. Open another: clerkbench.open(). Nothing was changed.")
        if os.getpid() != self.process:
            raise ClosedError(
                "This workbench belongs to the process that opened it, and this one was forked from that. Open another "
                "here: clerkbench.open(). Nothing was changed."
            )
        return self._con

    def require_own_task(self) -> None:
        """Raise TransactionError if another task of the event loop has opened the transaction."""
        if self._blocks and self._task is not current_task():
            raise TransactionError(
                "A transaction of another task is open, and what this one does would be part of it. Wait until it is "
                "over, or give each task a workbench of its own. Nothing was changed."
            )
        if not self._blocks and connection_id(self.connection) in BEGUN:  # Ctrl-C kept a block from ending
            roll_back(self.connection)
            BEGUN.discard(connection_id(self.connection))

    @cached_property
    def _is_read_only(self) -> bool:
        if self.path is None:
            return False
        found = self.connection.execute(
            "SELECT readonly FROM duckdb_databases() WHERE NOT internal AND path IS NOT NULL"
        )
        return any(is_so for (is_so,) in found.fetchall()[:1])

    def require_writable(self) -> None:
        """Make sure that changes are possible and are kept.

        Raises:
            ReadOnlyError: The file is read-only.
            DatabaseFileError: The file was removed or replaced, so changes would be lost.
        """
        if self._is_read_only:
            raise self.read_only_error()
        if self.file != file_identity(self.path):
            raise DatabaseFileError(
                f"{self.path} was removed or replaced while it was open, and what is done here would be lost with the "
                "old one. Save what is here, bench.save(…), and open the file that is there. Nothing was changed."
            )

    def read_only_error(self) -> ReadOnlyError:
        """The error for a change in a read-only file."""
        return ReadOnlyError(
            f"{self.path}: the file may only be read, so nothing in it changes. Work on a copy: bench.fork(), or copy "
            "the file. Nothing was changed."
        )

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock. Raises TransactionError if another thread keeps a transaction open for too long."""
        if not self.lock.acquire(timeout=PATIENCE_SECONDS if self._blocks else -1):
            raise TransactionError(
                f"Another thread has kept a transaction open on this database for {PATIENCE_SECONDS} seconds. If it "
                "waits for this one, neither would ever go on: let it work in one thread, or give each a workbench of "
                "its own. Nothing was changed."
            )
        try:
            yield
        finally:
            self.lock.release()

    @property
    def lock(self) -> threading.RLock:
        """See :class:`SharedState`."""
        return self._shared.lock

    @property
    def has_unfinished_change(self) -> bool:
        """See :class:`SharedState`."""
        return self._shared.has_unfinished_change

    @has_unfinished_change.setter
    def has_unfinished_change(self, value: bool) -> None:
        """See :class:`SharedState`."""
        self._shared.has_unfinished_change = value

    def close(self) -> None:
        """Close the connection. A second call does nothing."""
        with self.lock:
            if self._con is not None:
                BEGUN.discard(connection_id(self._con))
                self._con.close()
                self._con = None

    @property
    def in_transaction(self) -> bool:
        """Whether a block of :meth:`transaction` is open."""
        return bool(self._blocks)

    @property
    def schema(self) -> Schema:
        """The schema as it is now; inside :meth:`one_schema` as it was when it was first read there."""
        if self._schema is None or not self._is_fresh:
            current = signature(self.con)
            if self._schema is None or self._signature != current:
                self._schema, self._signature = read_schema(self.con, current), current
            self._is_fresh = self._keeps_schema
        return self._schema

    @contextmanager
    def one_schema(self) -> Iterator[None]:
        """Read the schema at most once in the block. What changes the schema must not ask for it afterwards."""
        if self._keeps_schema:
            yield
            return
        self._keeps_schema = True
        try:
            yield
        finally:
            self._keeps_schema = self._is_fresh = False

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit everything in the block, or nothing. Inside another such block it becomes part of that one. Raises
        TransactionError if a transaction was begun or ended by hand; something failed in the block; another connection
        committed a conflicting change; or DuckDB cannot commit.
        """
        with self.locked():
            self.require_writable()
            if self._blocks:
                with self._nested():
                    yield
            else:
                self._task = current_task()
                with self._outermost():
                    yield

    @contextmanager
    def _nested(self) -> Iterator[None]:
        self._require_still_open()
        block = object()
        self._blocks.append(block)
        try:
            yield
            self._require_still_open()
        except BaseException as error:
            # DuckDB cannot roll back a part of a transaction.
            self._failure = self._failure or error
            raise
        finally:
            self._blocks.remove(block)

    @contextmanager
    def _outermost(self) -> Iterator[None]:
        with translated_errors("begun"):
            require_no_open_transaction(self.con)
        with self.con.cursor() as before:
            try:
                with translated_errors("begun"):
                    before.begin()
                    transaction_number(before)  # from which on it sees the database as it is now
                with transaction(self.con):
                    with translated_errors("begun"):
                        self._blocks, self._failure, self._number = [self], None, transaction_number(self.con)
                    yield
                    self._require_no_failure()
                    with translated_errors("committed"):
                        if self._require_still_open() > 2:  # this connection, and the one that sees the state before
                            write_conflicts.require_no_conflict(self.con, before, self.schema)
                        before.rollback()
                afterwards, self._afterwards = self._afterwards, []
                for act in afterwards:
                    act()
            finally:
                self._afterwards = []
                self._blocks = self._blocks[1:]
                self._number = 0  # so that a block inside this one that is still open finds it ended

    def after_commit(self, act: Callable[[], None]) -> None:
        """Call a function after the commit: now, or at the end of the open transaction."""
        if self._blocks:
            self._afterwards.append(act)
        else:
            act()

    def translate(self, error: duckdb.Error, translated: ClerkbenchError) -> ClerkbenchError:
        """The error to raise in place of one of DuckDB; the end of the transaction reports it too."""
        if self._failure is error:
            self._failure = translated
        return translated

    def _require_no_failure(self) -> None:
        if len(self._blocks) > 1:
            raise TransactionError(
                "A block of bench.transaction() inside this one is still open: it was entered in another task or "
                "generator, and became part of this transaction. Nothing of either was kept. Leave the inner one first."
            )
        if self._failure is not None:
            raise TransactionError(
                "Something failed inside the transaction, and the error was ignored. DuckDB can roll back a "
                f"transaction only as a whole, so nothing of it was kept. What failed: {self._failure}"
            )

    def _require_still_open(self) -> int:
        """Make sure that the transaction was not ended by hand: a change could not be rolled back any more.

        Returns:
            How many connections the database has.
        """
        query = "SELECT txid_current(), connections FROM duckdb_connection_count() AS found (connections)"
        try:
            [(number, connections)] = self.con.execute(query).fetchall()
        except duckdb.TransactionException:
            raise TransactionError(
                "A query failed inside the transaction, and the error was ignored. DuckDB can roll back a transaction "
                "only as a whole, so nothing of it was kept."
            ) from None
        if number != self._number:
            raise TransactionError(
                "The transaction was ended inside its block: by a commit or rollback of bench.con, in a query, or by "
                "leaving the block around it first. What was committed by hand stays, and so does what was done after "
                "it. Leave both to bench.transaction()."
            )
        return int(connections)
