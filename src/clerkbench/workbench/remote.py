"""A school where it was shipped to, looked at from here."""

import threading
from collections.abc import Collection
from typing import Any

import duckdb
import pandas as pd

from clerkbench.database import connection
from clerkbench.database.schema import read_schema
from clerkbench.database.session import Session
from clerkbench.errors import ClosedError, ReadOnlyError
from clerkbench.files.sql_files import SqlFiles
from clerkbench.interchange.engines import server_audit
from clerkbench.interchange.engines.addresses import Address, Server
from clerkbench.interchange.engines.engine import opened
from clerkbench.interchange.engines.import_ import copied, school_of
from clerkbench.migrations import migrate
from clerkbench.reporting.violations import Violations
from clerkbench.school import audit
from clerkbench.workbench.workbench import Workbench

#: What would change something.
_CHANGING = (
    *("adopt", "configure", "delete", "import_from", "insert", "load", "migrate", "rollback", "seed", "transaction"),
    "update",
)


class Shipped(Workbench):
    """A school on a PostgreSQL server or in an SQLite file. Made by :func:`clerkbench.open`.

    It does what a workbench does that changes nothing: the school is read whole, as it was at one moment, into a
    database in memory when it is first looked at. ``audit`` of a school on a server asks the server itself, and sees it
    as it is now. ``fork`` gives a copy to work on; open it anew to see what has changed there. ``con`` is that of the
    copy as well: what is changed through it is seen by nobody else, but in a fork.
    """

    def __init__(self, address: Address, files: SqlFiles) -> None:
        super().__init__(None, files, str(address))
        self._address = address
        self._closed = False
        self._reading = threading.Lock()
        with opened(address, writing=False) as target:
            school_of(target)

    @property
    def _session(self) -> Session:
        with self._reading:
            if self._closed:
                raise ClosedError("The workbench was closed. Open the school anew with clerkbench.open().")
            if self._opened is None:
                self._opened = Session(copied(self._address, self._files), None)
            return self._opened

    def close(self) -> None:
        """Forget what was read. A second time does nothing."""
        with self._reading:
            self._closed = True
            if self._opened is not None:
                self._opened.close()

    def sql(self, query: str, params: list[Any] | dict[str, Any] | None = None) -> pd.DataFrame:
        """Ask something, in DuckDB's SQL, of the school as it was read. As :meth:`Workbench.sql`, but nothing changes.

        Raises:
            ReadOnlyError: The query would change something.
            QueryError: DuckDB refuses the query.
        """
        if isinstance(query, str) and connection.changes(query):
            raise _read_only(self._address, "The query would change something")
        return super().sql(query, params)

    def audit(
        self, *, area: int | None = None, severity: str | None = None, clerkship: str | None = None
    ) -> Violations:
        """Check what is stored there now against all rules, which a server runs itself. As :meth:`Workbench.audit`.

        Raises:
            TargetError: The server cannot be reached.
            MigrationError: The school has other migrations than the rules are written for.
            UnknownNameError, UnknownRowError, SqlFileError: As for :meth:`Workbench.audit`.
        """
        if not isinstance(self._address, Server):
            return super().audit(area=area, severity=severity, clerkship=clerkship)
        asked = audit.chosen(self._files, area, severity, self._areas())
        return server_audit.audit(self._address, self._files, asked, clerkship)

    def _areas(self) -> Collection[int]:
        with duckdb.connect() as model:
            migrate.apply(model, self._files)
            return read_schema(model).area_names


def _read_only(address: Address, what: str) -> ReadOnlyError:
    return ReadOnlyError(
        f"{what}, and a school that was shipped is only read here ({address}). Change a copy: bench.fork(), or "
        "clerkbench.open(…).import_from(…); and ship it again with export(…, replace=True). Nothing was changed."
    )


def _refusing(method: str) -> Any:
    def refuse(bench: Shipped, *args: Any, **kwargs: Any) -> Any:
        raise _read_only(bench._address, f"{method} changes something")

    refuse.__name__ = method
    refuse.__doc__ = "Refused: a school that was shipped is only read.\n\nRaises:\n    ReadOnlyError: Always."
    return refuse


for _method in _CHANGING:
    setattr(Shipped, _method, _refusing(_method))
