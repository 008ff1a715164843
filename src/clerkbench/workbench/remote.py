"""A school on a PostgreSQL server or in an SQLite file, which is only read."""

import threading
from collections.abc import Collection
from functools import partial
from typing import Any

import duckdb
import pandas as pd

from clerkbench.database.schema import read_schema
from clerkbench.database.session import Session
from clerkbench.errors import ArgumentError, ClosedError, ReadOnlyError
from clerkbench.files.sql_files import SqlFiles
from clerkbench.interchange.engines import server_audit
from clerkbench.interchange.engines.addresses import Address, Server
from clerkbench.interchange.engines.engine import connect
from clerkbench.interchange.engines.import_ import read_into_memory, require_school
from clerkbench.interchange.engines.in_place import migrate_in_place, roll_back_in_place
from clerkbench.interchange.engines.update_in_place import adopt_in_place
from clerkbench.migrations import migrate
from clerkbench.mutations.database_copy import all_fingerprints
from clerkbench.reporting.violations import Violations
from clerkbench.school import audit, configuration
from clerkbench.workbench.guards import warn
from clerkbench.workbench.workbench import SchoolReader, Workbench


class _NotOffered(ReadOnlyError, AttributeError):
    """A method of a workbench that a reader has not. It shows itself as a ReadOnlyError; ``hasattr`` is false."""


_NotOffered.__name__ = _NotOffered.__qualname__ = ReadOnlyError.__name__


class RemoteSchool(SchoolReader):
    """A school on a PostgreSQL server or in an SQLite file. Made by :func:`clerkbench.open`.

    Attributes:
        address: Where it is.

    The first call copies the school, as it is at that moment, into a database in memory; later calls read the copy.
    ``audit`` of a school on a server runs on the server and sees it as it is now. Open the school again to see what
    changed there. ``con`` is the connection of the copy; a change through it reaches nobody but a fork.
    """

    def __init__(self, address: Address, files: SqlFiles) -> None:
        super().__init__(None, files, str(address))
        self.address = address
        self._closed = False
        self._reading = threading.Lock()
        with connect(address, writing=False) as target:
            require_school(target)

    def __getattr__(self, name: str) -> Any:
        """Reached only for names that a reader has not."""
        if not name.startswith("_") and hasattr(Workbench, name):
            raise _NotOffered(str(self._read_only(f"{name} changes something")))
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @property
    def _session(self) -> Session:
        with self._reading:
            if self._closed:
                raise ClosedError("The workbench was closed. Open the school again with clerkbench.open().")
            if self._opened is None:
                self._opened = Session(read_into_memory(self.address, self._files), None)
            return self._opened

    def close(self) -> None:
        """Forget the copy. A second call does nothing."""
        with self._reading:
            self._closed = True
            if self._opened is not None:
                self._opened.close()

    def audit(
        self, *, area: int | None = None, severity: str | None = None, clerkship: str | None = None
    ) -> Violations:
        """Check the rows that are stored there now against all rules. A server runs the rules itself. If the school
        lacks migrations, the rules that run on it are asked, and a warning names the others. Otherwise as
        :meth:`SchoolReader.audit`.

        Raises:
            TargetError: The server cannot be reached.
            MigrationError: The school has migrations that the SQL files do not have.
            UnknownNameError, UnknownRowError, SqlFileError: As for :meth:`SchoolReader.audit`.
        """
        if not isinstance(self.address, Server):
            return super().audit(area=area, severity=severity, clerkship=clerkship)
        rules = audit.selected_rules(self._files, area, severity, self._areas() if area is not None else ())
        concerned = None
        if clerkship is not None:
            concerned = partial(configuration.rows_about, files=self._files, clerkship=clerkship)
        return server_audit.audit(self.address, self._files, rules, concerned, warn)

    def migrate(self, to: int | None = None, *, trial: bool = False) -> list[str]:
        """Apply the pending migrations to the school where it is, in one transaction: all of them, or none.

        The scripts run in the SQL of the engine. Tables, foreign keys, triggers, policies, indexes and rights of others
        stay, also if a migration creates a table again. All rows are compared with what the same migrations make in
        DuckDB.

        Args:
            to: The number of the last migration; by default the newest.
            trial: Whether to roll back at the end, for instance to see the statements.

        Returns:
            The statements that ran, as a list that shows itself as their number.

        Raises:
            MigrationError: There is no such migration, the school is past it or does not fit the SQL files, or a
                migration fails on its rows.
            TargetError: The server cannot be reached or refuses a statement; others use the tables; something that
                others made would be lost; or a statement means something else there. Nothing was changed there.
        """
        statements = migrate_in_place(self.address, self._files, to, is_trial=trial)
        self._forget()
        return statements

    def rollback(
        self, steps: int = 1, *, discard_data: bool = False, trust: bool = False, trial: bool = False
    ) -> list[str]:
        """Undo the latest migrations of the school where it is, in one transaction. As :meth:`Workbench.rollback` and
        :meth:`migrate`.

        Args:
            steps: How many migrations.
            discard_data: Whether rows and values that only the newer schema can hold may be lost.
            trust: Whether to run scripts of the school that are not among the SQL files.
            trial: Whether to roll back at the end, for instance to see the statements.

        Returns:
            The statements that ran, as a list that shows itself as their number.

        Raises:
            MigrationError: The school has fewer migrations; or a script failed, or is not among the SQL files.
            DataLossError: Rows or values would be lost; they are counted.
            TargetError: As for :meth:`migrate`.
        """
        statements = roll_back_in_place(self.address, self._files, steps, discard_data, trust, is_trial=trial)
        self._forget()
        return statements

    def adopt(self, fork: Workbench, *, trial: bool = False) -> pd.DataFrame:
        """Bring the changes of a fork to the school where it is, in one transaction: all of them, or none.

        Only rows that differ are changed, by their ids, with DELETE, UPDATE and INSERT. Rows of others stay. The fork
        can be changed and adopted again.

        Args:
            fork: Made by :meth:`fork` of this school.
            trial: Whether to roll back at the end.

        Returns:
            One row per table: ``table``, ``rows`` (how many it holds now), ``added``, ``changed``, ``removed``.

        Raises:
            ArgumentError: It is not a fork of this school.
            MovedOnError: The school there has changed since the fork was made, in rows that the fork changed too, or so
                that the changes do not fit any more; they are named.
            SchemaError: The two have different migrations; or rows of a table without a primary key changed.
            TargetError: The server cannot be reached or refuses a statement; others use the tables; or rows of others
                reference rows that would be deleted, which are named. Nothing was changed there.
        """
        if not isinstance(fork, Workbench) or fork._origin[0] is not self:
            raise ArgumentError(
                "adopt() takes a fork of this school: copy = there.fork(), then there.adopt(copy). Nothing was changed."
            )
        with fork._session.locked():
            _, base, original = fork._origin
            counts, stored = adopt_in_place(self.address, self._files, fork._session, base, original, is_trial=trial)
            if trial:
                return counts
            adopted = all_fingerprints(fork._session.con, fork._session.schema)
            fork._origin = self, adopted, {name: {**rows, **stored.get(name, {})} for name, rows in adopted.items()}
        self._forget()
        return counts

    def _forget(self) -> None:
        """Forget the copy, because the school has changed."""
        with self._reading:
            if self._opened is not None:
                self._opened.close()
                self._opened = None

    def _areas(self) -> Collection[int]:
        with duckdb.connect() as con:
            migrate.apply(con, self._files)
            return read_schema(con).area_names

    def _read_only(self, what: str) -> ReadOnlyError:
        return ReadOnlyError(
            f"{what}, and an exported school is only read here ({self.address}). Change a copy: bench.fork(), and "
            "bring the changes there with bench.adopt(copy). Nothing was changed."
        )
