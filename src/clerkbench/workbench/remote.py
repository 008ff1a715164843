"""A school on a PostgreSQL server or in an SQLite file, which is only read."""

import threading
from collections.abc import Collection
from functools import partial
from typing import Any

import duckdb

from clerkbench.database.schema import read_schema
from clerkbench.database.session import Session
from clerkbench.errors import ClosedError, ReadOnlyError
from clerkbench.files.sql_files import SqlFiles
from clerkbench.interchange.engines import server_audit
from clerkbench.interchange.engines.addresses import Address, Server
from clerkbench.interchange.engines.engine import connect
from clerkbench.interchange.engines.import_ import read_into_memory, require_school
from clerkbench.migrations import migrate
from clerkbench.reporting.violations import Violations
from clerkbench.school import audit, configuration
from clerkbench.workbench.workbench import SchoolReader, Workbench


class _NotOffered(ReadOnlyError, AttributeError):
    """A method of a workbench that a reader has not. It shows itself as a ReadOnlyError; ``hasattr`` is false."""


_NotOffered.__name__ = _NotOffered.__qualname__ = ReadOnlyError.__name__


class RemoteSchool(SchoolReader):
    """A school on a PostgreSQL server or in an SQLite file. Made by :func:`clerkbench.open`.

    The first call copies the school, as it is at that moment, into a database in memory; later calls read the copy.
    ``audit`` of a school on a server runs on the server and sees it as it is now. Open the school again to see what
    changed there. ``con`` is the connection of the copy; a change through it reaches nobody but a fork.
    """

    def __init__(self, address: Address, files: SqlFiles) -> None:
        super().__init__(None, files, str(address))
        self._address = address
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
                self._opened = Session(read_into_memory(self._address, self._files), None)
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
        """Check the rows that are stored there now against all rules. A server runs the rules itself. Otherwise as
        :meth:`SchoolReader.audit`.

        Raises:
            TargetError: The server cannot be reached.
            MigrationError: The school has other migrations than the rules are written for.
            UnknownNameError, UnknownRowError, SqlFileError: As for :meth:`SchoolReader.audit`.
        """
        if not isinstance(self._address, Server):
            return super().audit(area=area, severity=severity, clerkship=clerkship)
        rules = audit.selected_rules(self._files, area, severity, self._areas() if area is not None else ())
        concerned = None
        if clerkship is not None:
            concerned = partial(configuration.rows_about, files=self._files, clerkship=clerkship)
        return server_audit.audit(self._address, self._files, rules, concerned)

    def _areas(self) -> Collection[int]:
        with duckdb.connect() as con:
            migrate.apply(con, self._files)
            return read_schema(con).area_names

    def _read_only(self, what: str) -> ReadOnlyError:
        return ReadOnlyError(
            f"{what}, and an exported school is only read here ({self._address}). Change a copy: bench.fork(), or "
            "clerkbench.open(…).import_from(…); and export it again with export(…, replace=True). Nothing was changed."
        )
