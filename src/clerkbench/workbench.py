"""The workbench: one open database and everything that can be done with it. Thin: each method delegates."""

import os
from collections.abc import Callable
from functools import wraps
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar

import duckdb
import pandas as pd

from clerkbench import catalog, changes, constraints, database, migrations, seeding
from clerkbench.changes import Rows
from clerkbench.errors import ClosedError, QueryError, TransactionError
from clerkbench.sql_files import SqlFiles

P = ParamSpec("P")
R = TypeVar("R")


def open(
    path: str | os.PathLike[str] | None = None,
    *,
    migrate: bool = True,
    sql_folder: str | os.PathLike[str] | None = None,
) -> "Workbench":
    """Open a database, made when it does not exist yet, and bring its schema up to date.

    Args:
        path: A database file; nothing for a database in memory.
        migrate: False to take the database as it is, for instance to roll back one that a newer clerkbench made.
        sql_folder: A folder laid out like clerkbench's ``sql/``, to work on another version of the schema.

    Returns:
        The workbench. Close it, or use it in a ``with`` statement, when another process needs the file.

    Raises:
        DatabaseFileError: The file cannot be opened.
        SqlFileError: The SQL files are incomplete or cannot be parsed.
        MigrationError: The database is newer than the SQL files, does not fit them, or a migration failed.
    """
    files = SqlFiles(sql_folder)
    _ = files.migrations, files.views  # whatever is wrong with them is said before a database file is made
    bench = Workbench(database.connect(path), files, path)
    if migrate:
        try:
            bench.migrate()
        except BaseException:
            bench.close()
            raise
    return bench


def _in_plain_words(method: Callable[P, R]) -> Callable[P, R]:
    """Lets no error of DuckDB's own leave the workbench, whatever state the database was brought into by hand."""

    @wraps(method)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(*args, **kwargs)
        except duckdb.TransactionException:
            raise TransactionError(
                "The transaction on this connection has failed. End it first: bench.con.rollback()."
            ) from None
        except duckdb.Error as error:
            raise QueryError(str(error)) from None

    return guarded


class Workbench:
    """One open database. Made by :func:`open`."""

    def __init__(
        self, con: duckdb.DuckDBPyConnection, files: SqlFiles, path: str | os.PathLike[str] | None = None
    ) -> None:
        self._con: duckdb.DuckDBPyConnection | None = con
        self._files = files
        self._path = path

    def __repr__(self) -> str:
        return f"<clerkbench.Workbench {'in memory' if self._path is None else os.fspath(self._path)}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def con(self) -> duckdb.DuckDBPyConnection:
        """The DuckDB connection itself, for whatever the workbench does not offer.

        What is done with it is neither checked nor explained by clerkbench.

        Raises:
            ClosedError: The workbench was closed.
        """
        if self._con is None:
            raise ClosedError("This workbench was closed. Open another: clerkbench.open(). Nothing was changed.")
        return self._con

    def close(self) -> None:
        """Close the database. One in memory is gone; a file is free for other processes. A second time does nothing."""
        if self._con is not None:
            self._con.close()
            self._con = None

    @_in_plain_words
    def sql(self, query: str, params: list[Any] | dict[str, Any] | None = None) -> pd.DataFrame:
        """Run SQL.

        Args:
            query: One statement or several; of several the last one's result is returned.
            params: Values for ``?`` (a list) or ``$name`` (a dict) in the query.

        Returns:
            The result. Whole numbers stay whole also where some are missing, except sums beyond 2^53, which pandas
            holds as floats. A statement without a result gives the number of rows it changed, as ``Count``.

        Raises:
            QueryError: DuckDB refuses the query.
        """
        if not isinstance(query, str):
            raise QueryError(f"A query is text, not {type(query).__name__}.")
        return database.fetch(self.con.execute(query, params))

    def schools(self) -> pd.DataFrame:
        """The sample schools: ``school`` (its name for :meth:`seed`) and ``about``."""
        return seeding.schools(self._files)

    @_in_plain_words
    def seed(self, school: str) -> None:
        """Load a sample school into an empty database. The same school a second time changes nothing.

        Args:
            school: One of :meth:`schools`.

        Raises:
            UnknownNameError: There is no such school.
            SeedError: The database holds other rows, lacks a migration, or the seed is wrong.
        """
        seeding.seed(self.con, self._files, school)

    @_in_plain_words
    def tables(self) -> pd.DataFrame:
        """The tables, parents first: ``table``, ``rows`` (how many it holds now), ``meaning``."""
        return catalog.tables(self.con)

    @_in_plain_words
    def describe(self, table: str) -> pd.DataFrame:
        """The columns of a table or view.

        Returns:
            ``column``, ``type``, ``nullable`` (bool), ``default`` (SQL, empty for none), ``key`` (primary key,
            unique, what it references), ``allowed_values`` (where the schema lists them), ``meaning``.

        Raises:
            UnknownNameError: There is no such table or view.
        """
        return catalog.describe(self.con, table)

    @_in_plain_words
    def areas(self) -> pd.DataFrame:
        """Where each of the configuration areas lives.

        Returns:
            One row per table or column: ``area`` (number), ``name``, ``table``, ``column`` (empty for the whole
            table), ``meaning``.
        """
        return catalog.areas(self.con)

    @_in_plain_words
    def relationships(self) -> pd.DataFrame:
        """The foreign keys.

        Returns:
            ``child``, ``child_columns``, ``parent``, ``parent_columns``, ``cardinality`` (children to parent),
            ``on_delete`` (what deleting the parent does: CASCADE, SET NULL or RESTRICT).
        """
        return constraints.relationships(self.con)

    @_in_plain_words
    def constraints(self, table: str | None = None) -> pd.DataFrame:
        """Every constraint the database enforces, on all tables or on one.

        Returns:
            ``table``, ``kind`` (primary key, not null, unique, check or foreign key), ``columns``, ``definition``,
            ``rule`` (in words, as the schema's own comments say it; empty where there is nothing to say).

        Raises:
            UnknownNameError: There is no such table.
        """
        return constraints.constraints(self.con, None if table is None else catalog.table_called(self.con, table))

    @_in_plain_words
    def insert(self, table: str, rows: Rows) -> list[str]:
        """Store rows, all of them or none.

        Args:
            table: Where they go.
            rows: One row as a dict, several as a list of dicts, or a DataFrame. A column that a row leaves out gets
                its default; None and NaN become NULL.

        Returns:
            The ids of the rows, in their order.

        Raises:
            UnknownNameError: There is no such table or column.
            RowsRejectedError: A value has the wrong type, or a row breaks a constraint.
        """
        return changes.insert(self.con, table, rows)

    @_in_plain_words
    def migrate(self, to: int | None = None) -> None:
        """Bring the schema forward to a migration, or to the newest. Each is applied whole or not at all.

        Raises:
            MigrationError: There is no such migration or it lies behind; the database does not fit the SQL files; or
                a migration failed.
        """
        migrations.apply(self.con, self._files, to)

    @_in_plain_words
    def rollback(self, steps: int = 1, *, discard_data: bool = False) -> None:
        """Take back the latest migrations, with the scripts the database itself keeps. All steps or none.

        Args:
            steps: How many migrations.
            discard_data: Say True to lose the rows and values that only the newer schema has room for.

        Raises:
            MigrationError: The database has fewer migrations, or a script failed.
            DataLossError: Rows or values would be lost; they are counted.
        """
        migrations.undo(self.con, steps, discard_data)

    @_in_plain_words
    def migrations(self) -> pd.DataFrame:
        """Every migration: ``version``, ``name``, ``status`` (applied or pending), ``applied_at`` (local time)."""
        return migrations.history(self.con, self._files)
