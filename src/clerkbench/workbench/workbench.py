"""The facade: a school that can be read, and a workbench that can also change it. Each method delegates."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb
import pandas as pd

from clerkbench.database import catalog, connection, ledger
from clerkbench.database.parameters import parameters
from clerkbench.database.session import Session
from clerkbench.database.transactions import require_no_open_transaction
from clerkbench.errors import ArgumentError, QueryError, ReadOnlyError
from clerkbench.files.sql_files import SqlFiles
from clerkbench.files.unicode_text import is_unicode
from clerkbench.interchange.engines import addresses
from clerkbench.interchange.engines.dialects import POSTGRESQL
from clerkbench.interchange.engines.export import export
from clerkbench.interchange.engines.import_ import import_from
from clerkbench.interchange.engines.payload import build_payload
from clerkbench.interchange.engines.sql_script import script
from clerkbench.interchange.spreadsheets.loading import load
from clerkbench.interchange.spreadsheets.saving import save
from clerkbench.migrations import migrate, seeds
from clerkbench.mutations.database_copy import Fingerprints, all_fingerprints, copy_database
from clerkbench.mutations.delete import delete, delete_plan
from clerkbench.mutations.insert import insert
from clerkbench.mutations.update import update
from clerkbench.reporting.phrases import short_repr
from clerkbench.reporting.violations import Violations
from clerkbench.schema_docs import diagram, dictionary, tables, types
from clerkbench.schema_docs.dependents import Related, related
from clerkbench.schema_docs.diagram import Diagram
from clerkbench.schema_docs.dictionary import Dictionary
from clerkbench.schema_docs.migration_plan import MigrationPlan
from clerkbench.schema_docs.schema_changes import SchemaVersion
from clerkbench.schema_docs.schema_difference import SchemaDifference
from clerkbench.schema_docs.schema_versions import difference_of, version_of, version_of_files
from clerkbench.school import audit, capacity
from clerkbench.school.adoption import adopt, merge
from clerkbench.school.audit import audit_both, failing_rules
from clerkbench.school.capacity import Capacity, most_students
from clerkbench.school.comparison import Side, is_same_schema
from clerkbench.school.configuration import Configuration, configuration, school_configuration
from clerkbench.school.configure import configure, configure_school
from clerkbench.school.difference import Difference, Finding, difference
from clerkbench.validation.coercion import GivenRows
from clerkbench.validation.validate import validate
from clerkbench.workbench.guards import locked, locked_together, prepare, translate_errors, warn
from clerkbench.workbench.planning import plan_migration


class SchoolReader:
    """A school that is only read. :func:`clerkbench.open` returns one for a school on a server or in an SQLite file.

    Any number of threads may use it; they take turns.
    """

    def __init__(self, session: Session | None, files: SqlFiles, path: str | os.PathLike[str] | None = None) -> None:
        self._opened = session
        self._files = files
        self._path = path

    def __repr__(self) -> str:
        return f"<clerkbench.{type(self).__name__} {self._name}>"

    @property
    def _name(self) -> str:
        """Where it is, in words."""
        return "in memory" if self._path is None else os.fspath(self._path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def _session(self) -> Session:
        assert self._opened is not None
        return self._opened

    @property
    def con(self) -> duckdb.DuckDBPyConnection:
        """The DuckDB connection itself, for everything that the workbench does not offer.

        clerkbench neither checks nor explains what is done with it.

        Raises:
            ClosedError: The workbench was closed.
        """
        return self._session.connection

    def close(self) -> None:
        """Close the database; one in memory is gone. A second call does nothing."""
        self._session.close()

    def sql(self, query: str, params: list[Any] | dict[str, Any] | None = None) -> pd.DataFrame:
        """Run a query that changes nothing.

        Args:
            query: SQL of DuckDB. The result of the last statement is returned.
            params: Values for ``?`` (a list) or ``$name`` (a dict) in the query; also values that come from pandas.

        Returns:
            The result. Integers stay integers also where some are missing, but for sums over 2^53, which pandas holds
            as floats.

        Raises:
            ReadOnlyError: The query may change something.
            QueryError: DuckDB rejects the query.
        """
        if connection.may_write(_as_query(query)):
            raise self._read_only("The query may change something")
        return self._query(query, params)

    def _read_only(self, what: str) -> ReadOnlyError:
        return ReadOnlyError(f"{what}, and {self!r} is only read. Change a copy: bench.fork(). Nothing was changed.")

    @locked
    def _query(self, query: str, params: list[Any] | dict[str, Any] | None) -> pd.DataFrame:
        with self._session.settings.own(), connection.without_python_variables(self._session.connection):
            return connection.fetch(self._session.con.execute(query, parameters(params)))

    def schools(self) -> pd.DataFrame:
        """The sample schools.

        Returns:
            One row per school: ``school`` (its name for ``seed``), ``about``.
        """
        return seeds.schools(self._files)

    @locked
    def tables(self) -> pd.DataFrame:
        """The tables, parents first.

        Returns:
            One row per table: ``table``, ``rows`` (how many it holds now), ``meaning``, ``referenced_by`` (the columns
            that reference it, each with its delete rule: CASCADE, SET NULL or RESTRICT).
        """
        schema = self._session.schema
        return tables.tables(schema, catalog.row_counts(self._session.con, schema))

    @locked
    def describe(self, table: str) -> pd.DataFrame:
        """The columns of a table or view.

        Returns:
            One row per column: ``column``, ``type``, ``nullable`` (bool), ``default`` (SQL; empty for none), ``key``
            (primary key, unique, what it references), ``on_delete`` (the delete rule of a foreign key: CASCADE, SET
            NULL or RESTRICT), ``referenced_by`` (the columns that reference it, each with its delete rule),
            ``allowed_values`` (if the schema lists them), ``meaning``.

        Raises:
            UnknownNameError: There is no such table or view.
        """
        return tables.describe(self._session.schema, table)

    @locked
    def areas(self) -> pd.DataFrame:
        """The tables and columns of each configuration area.

        Returns:
            One row per table or column: ``area`` (number), ``name``, ``table``, ``column`` (empty for the whole
            table), ``meaning``.
        """
        return tables.areas(self._session.schema)

    @locked
    def relationships(self) -> pd.DataFrame:
        """The foreign keys.

        Returns:
            One row per foreign key, by child: ``child``, ``child_columns``, ``parent``, ``parent_columns``,
            ``cardinality`` (children to parents: one or many, to one, or to one or none), ``on_delete`` (CASCADE
            deletes the child, SET NULL empties its columns, RESTRICT rejects the delete).
        """
        return tables.relationships(self._session.schema)

    @locked
    def constraints(self, table: str | None = None) -> pd.DataFrame:
        """The constraints that the database enforces, of all tables or of one.

        Returns:
            One row per constraint: ``table``, ``kind`` (primary key, not null, unique, check or foreign key),
            ``columns``, ``definition``, ``rule`` (the comment above the constraint in the SQL; empty for none).

        Raises:
            UnknownNameError: There is no such table.
        """
        return tables.constraints(self._session.schema, table)

    @locked
    def diagram(self, *tables: str, around: str | None = None, hops: int = 1, columns: str = "keys") -> Diagram:
        """An entity-relationship diagram, which JupyterLab shows.

        The color of a table is its configuration area. A solid line means that a row is deleted with its parent. The
        ends of a line show the cardinality.

        Args:
            tables: The tables to draw; all tables if neither these nor ``around`` are given.
            around: A table to draw together with the tables near it.
            hops: The greatest distance from that table, in foreign keys.
            columns: ``"all"``, ``"keys"`` or ``"none"``.

        Returns:
            The diagram. ``mermaid`` is its text; ``save`` writes a file; ``with_violations()`` audits the school and
            marks the tables with violations; ``path("clerkships", "sites")`` shows how two tables are connected.

        Raises:
            UnknownNameError: There is no such table, or ``columns`` has another value.
            ArgumentError: ``hops`` is not a whole number from 0.
        """
        return diagram.draw(self._session.schema, tables, around, hops, columns, self.audit)

    @locked
    def related(self, table: str, row: Any) -> Related:
        """A row and its dependents: the rows that reference it, the rows that reference these, and so on.

        Args:
            table: The table of the row.
            row: Its id, or its name if only one row has that name.

        Returns:
            A DataFrame that shows itself as a tree. One row for each row found, the given one first: ``action`` (what
            a delete of the given row would do with it: delete, set null, restrict, which stops the delete, or empty,
            for the dependents of a row that stays), ``table``, ``id``, ``label``, ``path`` (the foreign keys from it
            to the given row, by the shortest way), ``under`` (the index of the row that it depends on).

        Raises:
            UnknownNameError: There is no such table.
            UnknownRowError: There is no such row; a near match is suggested.
        """
        return related(self._session, table, row)

    @locked
    def dictionary(self) -> Dictionary:
        """The data dictionary on one page: areas, diagram, tables with columns and constraints, views, rules.

        Returns:
            Markdown, which JupyterLab shows; its ``save`` writes a file.

        Raises:
            SqlFileError: A rule is malformed.
        """
        return dictionary.write(self._session.schema, self._files, self.diagram())

    @locked
    def types(self, language: str, dialect: str | None = None) -> str:
        """The tables as types of a programming language.

        Args:
            language: ``"python"`` writes two TypedDicts for each table, for stored rows and for new ones;
                ``"typescript"`` writes interfaces for Kysely.
            dialect: For TypeScript ``"postgres"`` or ``"sqlite"``, because their drivers differ in times and booleans.

        Returns:
            The text of a module.

        Raises:
            UnknownNameError: There is no such language or dialect.
            ArgumentError: TypeScript needs a dialect; Python has none.
        """
        return types.write(self._session.schema, language, dialect)

    @locked
    def validate(self, table: str, rows: GivenRows, *, alongside: dict[str, GivenRows] | None = None) -> Violations:
        """Check rows against all constraints of a table. Nothing is stored.

        Args:
            table: The table that the rows are for.
            rows: As for :meth:`Workbench.insert`.
            alongside: Rows of other tables that would be stored before them, by table. The rows may reference them.

        Returns:
            One violation for each row and constraint, by row: ``rule`` (``type:``, ``not_null:``, ``check:``,
            ``unique:`` or ``foreign_key:`` and what it constrains), ``severity``, ``area`` (number), ``table``,
            ``row_id``, ``column``, ``value``, ``message``, ``remedy``. The index is the number of the row, from 1; 0
            means that the columns are wrong, and so every row.

        Raises:
            UnknownNameError: There is no such table.
            RowsRejectedError: ``rows`` are not rows, or the CSV file cannot be read.
        """
        return validate(self._session.con, self._session.schema, table, rows, {} if alongside is None else alongside)

    @locked
    def audit(
        self, *, area: int | None = None, severity: str | None = None, clerkship: str | None = None
    ) -> Violations:
        """Check the stored rows against all :meth:`rules` and foreign keys. If the database lacks migrations, the rules
        that run on it are asked, and a warning names the others.

        Args:
            area: Only this configuration area, by its number.
            severity: Only ``"error"`` or ``"warning"``.
            clerkship: Only this clerkship, by name or id, and the rows that depend on it or hold for it.

        Returns:
            The violations, errors first, then by area and table. The columns are those of :meth:`validate`; ``rule``
            is the id of a rule, or ``foreign_key:`` and the columns.

        Raises:
            UnknownNameError: There is no such area or severity.
            UnknownRowError: There is no such clerkship.
            SqlFileError: A rule is malformed or fails.
            SchemaError: A temporary table hides one of the school; or ``clerkship`` is given, and the database lacks a
                migration.
        """
        return audit.audit(self._session, self._files, area, severity, clerkship, warn, self._name)

    def rules(self) -> pd.DataFrame:
        """The business rules, by area.

        Returns:
            One row per rule: ``rule`` (its id), ``area`` (number), ``severity``, ``table`` and ``column`` (what it is
            about), ``sentence`` (what must hold), ``remedy`` (what to do; ``{…}`` stands for a name).

        Raises:
            SqlFileError: A rule is malformed.
        """
        return audit.rules(self._files)

    @locked
    def capacity(self, students: int | None = None, *, days_per_year: int = 240) -> Capacity:
        """How many students a year the preceptors of each clerkship can teach: an upper and a lower bound.

        Each student needs all days of a clerkship. The most specific capacity rule limits how many students a preceptor
        teaches a day (or a block, for days in blocks) and a year. A student is not shared: all days of a requirement
        are with one preceptor, and so are all days of a block. The days that the preceptors can give, divided by the
        days that a student needs, bound the number of students. The requirement with the lowest bound decides.
        A student of a team counts in the year of each member, so the member with the lowest yearly limit decides for
        the team. If a clerkship keeps students in one health system, each system counts alone. The view
        ``teaching_limits`` and sql/capacity.sql are the source of these rules.

        The true number is not higher if everybody keeps to the configuration, blocks of one preceptor do not overlap,
        and no fallback steps in. It is not lower than ``proven``: so many students were really placed, day by day, in a
        plan that respects every limit. The plan uses a hundred preceptors of each health system for a part, because it
        tries one after the other (sql/construction.sql). Both know no calendar: preceptors are absent, students start
        together, and a preceptor of several clerkships counts fully in each.

        Args:
            students: The students who each take every clerkship in a year, up to a billion; None to ask only how many
                are possible.
            days_per_year: The days on which preceptors teach in a year, up to 366. 240 are 48 weeks of five days.

        Returns:
            One row per clerkship: ``clerkship``, ``part`` (the days that decide: a requirement, or all days),
            ``preceptors`` (how many may teach these days), ``students``, ``proven`` (a year, at least; missing
            for a clerkship of more than 20,000 student-days), ``max_students`` (a year, at most),
            ``shortfall`` (students without a place, at least), ``limited_by`` (per day, per block or per year, with the
            number of preceptors that each limits; the length of the year; or that there are no preceptors, no team, or
            no health system with preceptors for all parts), ``demand_days`` and ``capacity_days`` (student-days a
            year). Without ``students``, the columns ``students``, ``shortfall`` and ``demand_days`` are left out. Its
            ``picture()`` draws it.

        Raises:
            ArgumentError: A number is out of range.
            SchemaError: The database lacks a migration or a view, or a temporary table hides one.
        """
        return capacity.capacity(self._session.con, self._session.schema, self._files, students, days_per_year)

    @locked
    def delete_plan(self, table: str, rows: Any, /) -> pd.DataFrame:
        """What :meth:`Workbench.delete` would do. Nothing is changed.

        Args:
            table: The table of the rows.
            rows: As for :meth:`Workbench.delete`.

        Returns:
            What :meth:`Workbench.delete` returns. If the delete would be rejected, the rows that stop it are there
            with the action restrict.

        Raises:
            UnknownNameError: There is no such table.
            UnknownRowError: There is no such row.
        """
        return delete_plan(self._session, table, rows)

    @locked
    def configuration(self, clerkship: str) -> Configuration:
        """The configuration of one clerkship in all areas, each value with its origin.

        Args:
            clerkship: Its name or id.

        Returns:
            An object that shows itself. ``settings`` is a DataFrame; ``lists`` has a DataFrame for each list;
            ``as_dict()`` is what :meth:`Workbench.configure` takes.

        Raises:
            UnknownRowError: There is no such clerkship; a near match is suggested.
            SchemaError: The database lacks a migration or a view, or a temporary table hides one.
        """
        return configuration(self._session, self._files, clerkship)

    @locked
    def school_configuration(self) -> Configuration:
        """The settings that belong to no clerkship: teams, fallbacks and capacity rules that hold for any; and tables
        without foreign keys in either direction, such as defaults.

        Returns:
            An object that shows itself. ``lists`` has a DataFrame by name of each list; ``as_dict()`` returns what
            :meth:`Workbench.configure_school` takes.

        Raises:
            SchemaError: A temporary table hides one of the school.
        """
        return school_configuration(self._session, self._files)

    @locked
    def fork(self) -> "Workbench":
        """A what-if copy in memory: tables, constraints, comments, rows, views, ledger.

        Returns:
            A workbench that shares nothing with this one. :meth:`diff` compares the two; :meth:`Workbench.adopt` brings
            the changes back.

        Raises:
            TransactionError: A transaction is open.
            SchemaError: There are rows in another schema of the database; a copy would leave them out.
        """
        catalog.require_no_rows_in_other_schemas(self._session.con, "A fork")
        copy = Workbench(Session(copy_database(self._session.con), None), self._files)
        base = all_fingerprints(copy._session.con, copy._session.schema)
        copy._origin = self, base, base
        return copy

    @translate_errors
    def diff(self, other: "SchoolReader") -> Difference:
        """How this school differs from another: rows by name, violations, capacity.

        Two rows are the same if they have the same id, or else the same natural key, such as a clerkship's name or a
        preceptor's email address. Times and ids make no difference. If the schools have different migrations, the
        report begins with the difference of the schemas; what both have is compared, and the rules that run on both.

        Args:
            other: A fork, or another school.

        Returns:
            A report that shows itself; it is false if nothing differs. ``rows``, ``violations_added``,
            ``violations_fixed``, ``capacity`` (students a year) and ``schema_changes`` are DataFrames.

        Raises:
            ArgumentError: ``other`` is not a school.
            SchemaError: As for :meth:`fork`.
            SqlFileError: A rule is malformed or fails.
        """
        with locked_together(self, _as_school(other)):
            for each in (self, other):
                catalog.require_no_rows_in_other_schemas(each._session.con, "The difference")
            before, after = (Side(each._session.con, each._session.schema) for each in (self, other))
            if is_same_schema(before.schema, after.schema):
                return difference(before, after, lambda: (self._finding(), other._finding()))
            schemas = difference_of(version_of(*before), version_of(*after))

            def findings() -> tuple[Finding, Finding]:
                failing = failing_rules(before.con, self._files.rules) | failing_rules(after.con, self._files.rules)
                rules = [each for each in self._files.rules if each.id not in failing]
                one, two = audit_both(before.con, after.con, rules)
                most = [most_students(each.con, self._files) for each in (before, after)]
                return (one, most[0]), (two, most[1])

            return difference(before, after, findings, schemas.changes, [schemas.summary, *schemas.lines()])

    def schema_diff(self, other: "SchoolReader | int | str | os.PathLike[str]") -> SchemaDifference:
        """How the schema of this school differs from another one: tables, columns, constraints, delete rules, views.

        Args:
            other: Another school; the number of a migration, for the schema that the first migrations make; or a folder
                with the layout of clerkbench's ``sql/``.

        Returns:
            A report that shows itself, with a diagram; it is false if nothing differs. ``changes`` is a DataFrame with
            the columns ``change`` (added, removed, changed or renamed), ``kind``, ``table``, ``name``, ``before``,
            ``after``, ``rule`` (in words).

        Raises:
            ArgumentError: ``other`` is something else.
            MigrationError: There is no such migration.
            SqlFileError: A file of the folder cannot be read or parsed.
        """
        own = self._schema_version()
        if isinstance(other, SchoolReader):
            return difference_of(own, other._schema_version())
        if isinstance(other, int) and not isinstance(other, bool):
            return difference_of(own, version_of_files(self._files, other))
        if isinstance(other, str | os.PathLike) and Path(other).is_dir():
            return difference_of(own, version_of_files(SqlFiles(other)))
        raise ArgumentError(
            f"schema_diff() compares with another workbench, the number of a migration, or a folder of SQL; got "
            f"{short_repr(other)}. Open a file or a server first: clerkbench.open(…, migrate=False)."
        )

    @locked
    def _schema_version(self) -> SchemaVersion:
        return version_of(self._session.con, self._session.schema)

    def _finding(self) -> Finding:
        """The violations of the school, and its capacity if the schema says who may teach."""
        con, violations = self._session.con, self.audit()
        is_known = capacity.has_newest_views(con, self._session.schema, self._files)
        return violations, most_students(con, self._files) if is_known else None

    @locked
    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the whole school to one workbook or to a folder of CSV files, for people.

        Cells hold names in place of ids. In a workbook a first sheet explains the others, headings have notes, and
        columns with a list of values have drop-downs. A school that is saved and loaded again is the same.

        Args:
            path: A name that ends in ``.xlsx``, or a name without an ending for a folder. What is there is replaced,
                with any sheets of your own.

        Raises:
            SchemaError: As for :meth:`fork`.
            ArgumentError: The name has another ending, the folder holds other files, a text is too long for a cell, or
                the file cannot be written. The old file stays.
        """
        catalog.require_no_rows_in_other_schemas(self._session.con, "The file")
        save(self._session.con, self._session.schema, path)

    @locked
    def export(
        self, target: str | os.PathLike[str], *, schema: str | None = None, replace: bool = False
    ) -> pd.DataFrame:
        """Copy the school to PostgreSQL or SQLite, whole or not at all: tables, delete rules, comments, rows, views.

        The migration scripts create the tables there, with real delete rules and an index on every foreign key. At the
        end each table is read back and compared. Tables of other programs in the same place stay.

        Args:
            target: ``postgresql://…``, from version 15 on, or a file that ends in ``.sqlite``.
            schema: On a server, the schema for the school, created if there is none. The default is the server's
                current schema, usually ``public``.
            replace: Whether to replace a school that was exported there before.

        Returns:
            One row per table: ``table``, ``rows`` (how many arrived).

        Raises:
            ArgumentError: The target is neither, or PostgreSQL does not take the name of the schema.
            TargetError: The target cannot be opened, holds a school already, holds something else under a name that is
                needed, or rejects the school; or something arrived changed.
            SchemaError: The database has no migration, or tables or columns that no migration made; or as for
                :meth:`fork`.
            MissingLibraryError: A driver is not installed.
            TransactionError: A transaction is open.
        """
        catalog.require_no_rows_in_other_schemas(self._session.con, "The export")
        return export(self._session, self._files, addresses.parse_address(target, schema), replace)

    @locked
    def export_script(self, target: str | os.PathLike[str], *, schema: str | None = None) -> str:
        """The SQL script that exports the school, for ``psql --file`` or ``sqlite3``.

        The script is one transaction. It fails as a whole if a school is there already.

        Args:
            target: As for :meth:`export`. Nothing is opened, so ``"postgresql://"`` is enough.
            schema: As for :meth:`export`.

        Raises:
            ArgumentError, SchemaError, TransactionError: As for :meth:`export`.
        """
        require_no_open_transaction(self._session.con)
        catalog.require_no_rows_in_other_schemas(self._session.con, "The script")
        payload = build_payload(self._session.con, self._session.schema, self._files)
        return "\n".join(script(self._session.con, payload, addresses.parse_address(target, schema))) + "\n"

    @locked
    def migrations(self) -> pd.DataFrame:
        """The migrations.

        Returns:
            One row per migration: ``version``, ``name``, ``status`` (applied or pending), ``applied_at`` (local time).
        """
        return migrate.history(self._session.con, self._files)

    @locked
    def plan_migration(self, to: int | None = None) -> MigrationPlan:
        """Try the pending migrations on a copy, and report what they would do. The database is not changed.

        Args:
            to: The number of the last migration; by default the newest.

        Returns:
            A report that shows itself, with DataFrames; it is false if nothing is against the migrations. Its fields
            are described at :class:`~clerkbench.schema_docs.migration_plan.MigrationPlan`.

        Raises:
            MigrationError: There is no such migration, or the database is past it; or the database does not fit the
                SQL files.
            SqlFileError: A script cannot be parsed.
            TransactionError: A transaction is open.
        """
        return plan_migration(self._session, self._files, to)


def _as_query(query: object) -> str:
    if not isinstance(query, str):
        raise QueryError(f"A query must be text; got {type(query).__name__}.")
    if not is_unicode(query):
        raise QueryError(f"A query must be valid Unicode; got {query!r}.")
    return query


def _as_school(other: object) -> SchoolReader:
    if not isinstance(other, SchoolReader):
        raise ArgumentError(f"Give another workbench, not {type(other).__name__}. Nothing was changed.")
    return other


class Workbench(SchoolReader):
    """An open database that can be changed. Made by :func:`clerkbench.open`.

    Any number of threads may use it; they take turns, and a block of :meth:`transaction` is one turn. The same holds
    for several workbenches of one process on one file.
    """

    def __init__(self, session: Session, files: SqlFiles, path: str | os.PathLike[str] | None = None) -> None:
        super().__init__(session, files, path)
        #: Of a fork: the original, and the fingerprints of the rows that both had when it was made.
        self._origin: tuple[SchoolReader | None, Fingerprints, Fingerprints] = (None, {}, {})

    def __repr__(self) -> str:
        return f"{super().__repr__()[:-1]}{', a fork' if self._origin[0] else ''}>"

    def sql(self, query: str, params: list[Any] | dict[str, Any] | None = None) -> pd.DataFrame:
        """Run SQL.

        Args:
            query: One statement or several. The result of the last one is returned.
            params: Values for ``?`` (a list) or ``$name`` (a dict) in the query; also values that come from pandas.

        Returns:
            The result. Integers stay integers also where some are missing, but for sums over 2^53, which pandas holds
            as floats. A statement without a result returns the number of rows that it changed, as ``Count``.

        Raises:
            QueryError: DuckDB rejects the query.
        """
        if connection.may_write(_as_query(query)):
            self._session.require_writable()
        return self._query(query, params)

    @locked
    def seed(self, school: str) -> None:
        """Load a sample school into an empty database. A second call changes nothing; it warns if the school was
        changed since.

        Args:
            school: One of :meth:`schools`.

        Raises:
            UnknownNameError: There is no such school.
            SeedError: The database holds other rows, lacks a migration, or the seed fails.
        """
        self._session.require_writable()
        if not seeds.seed(self._session.con, self._files, school):
            warn(
                f"The database was filled with {school!r} before, and changed since. It is unchanged. To begin "
                "again, seed another database: clerkbench.open()."
            )

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make several changes one: ``with bench.transaction(): …`` commits all of them or none.

        Other threads that use the workbench wait. A block inside another becomes part of it. What is done on
        ``bench.con`` in the block is part of the transaction as well.

        Raises:
            TransactionError: At the begin, if a transaction was begun by hand. At the end, if it cannot be committed
                and nothing was kept: because something failed in it, or because another connection deleted what a row
                stored here references, added a row that references what was deleted here, or changed a table that was
                rebuilt here. At any time, if it was ended by hand; what was committed by hand stays.
            UnfinishedError: An earlier change stopped halfway and its rows cannot be restored.
        """
        with self._session.locked():
            prepare(self)
            with self._session.transaction():
                yield

    @locked
    def insert(self, table: str, rows: GivenRows) -> list[Any]:
        """Store rows, all of them or none.

        Args:
            table: The table that the rows are for.
            rows: A dict for one row, a list of dicts, a DataFrame, or the path of a CSV file. A column that a row
                leaves out gets its default; None, NaN and an empty cell become NULL.

        Returns:
            The ids of the rows, in their order.

        Raises:
            UnknownNameError: There is no such table.
            RowsRejectedError: A value has the wrong type, a column is unknown or missing, or a row violates a
                constraint. All violations are in its ``violations``, as :meth:`validate` returns them.
        """
        return insert(self._session, table, rows)

    @locked
    def update(self, table: str, row: Any, /, **values: Any) -> pd.Series:
        """Change one row, whole or not at all. Its ``updated_at`` is renewed.

        Args:
            table: The table of the row.
            row: Its id, or its name if no other row of the table has that name.
            values: The new values by column; None for NULL.

        Returns:
            The row as it is now, by column.

        Raises:
            UnknownNameError: There is no such table or column.
            UnknownRowError: There is no such row.
            ReferencedError: Other rows reference the value that would change; they are named.
            RowsRejectedError: A value has the wrong type, or the row would violate a constraint.
            SchemaError: The rows of the table cannot be identified; or, inside a transaction, a table cannot be rebuilt
                as it was.
            TransactionError: A transaction was begun or ended by hand, or another connection changed the same rows.
            UnfinishedError: The change failed, and its rows cannot be restored yet.
        """
        return update(self._session, table, row, values)

    @locked
    def delete(self, table: str, rows: Any, /) -> pd.DataFrame:
        """Delete rows and apply the delete rules to the rows that reference them, whole or not at all.

        Args:
            table: The table of the rows.
            rows: The id of a row, or its name if no other row of the table has that name; or several of them in a list,
                a Series or the like.

        Returns:
            One row per row that was deleted or lost a reference, the given rows first: ``action`` (delete or set null),
            ``table``, ``id``, ``label``, ``path`` (the foreign keys from it to the given row).

        Raises:
            UnknownNameError: There is no such table.
            UnknownRowError: There is no such row.
            ReferencedError: Rows that must keep their reference stop the delete; they are named.
            SchemaError, TransactionError, UnfinishedError: As for :meth:`update`.
        """
        return delete(self._session, table, rows)

    @locked
    def configure(self, /, clerkship: str, *, create: bool = False, **settings: Any) -> Configuration:
        """Change the configuration of one clerkship, whole or not at all. Only the given settings change.

        Args:
            clerkship: Its name or id.
            create: Whether to create a clerkship of that name if there is none.
            settings: Values, such as ``assignment_strategy="hybrid"``, with None for NULL; and lists, which replace the
                stored ones: ``requirements``, ``electives``, ``teams``, ``fallbacks``, ``capacity_rules``. Values are
                columns of the schema, and lists are tables. An item of a list is a dict by column, with names in place
                of ids; or only a name, if that is enough. A column that an item leaves out gets its default;
                ``priority`` is its place in the list. The ``members`` of a team are such a list too; they stay if a
                team does not give them.

        For example::

            bench.configure(
                "Surgery",
                assignment_strategy="hybrid",
                block_size_days=14,
                requirements=[{"requirement_type": "inpatient", "required_days": 30, "assignment_mode": "block_based"}],
                teams=[{"name": "Night", "members": ["Ann Lee", {"preceptor": "Bo Ray", "role": "lead"}]}],
                electives=["Trauma"],
                fallbacks=[{"primary_preceptor": "Ann Lee", "fallback_preceptor": "Bo Ray"}],
                capacity_rules=[{"preceptor": "Ann Lee", "max_students_per_day": 2}],
            )

        Returns:
            The new configuration, as :meth:`configuration` returns it.

        Raises:
            UnknownRowError: There is no such clerkship; a near match is suggested.
            RowsRejectedError: A setting, a value or a name is unknown, or a constraint would be violated. All
                violations are in its ``violations``.
            ReferencedError: A row that would be deleted is referenced by others.
            TransactionError, SchemaError: As for :meth:`update`.
        """
        return configure(self._session, self._files, clerkship, create, settings)

    @locked
    def configure_school(self, /, **settings: Any) -> Configuration:
        """Change settings that belong to no clerkship, whole or not at all. Only the given lists change.

        Args:
            settings: Lists, which replace the stored rows that hold for any clerkship: ``teams``, ``fallbacks``,
                ``capacity_rules``; and tables without foreign keys. Items are given as in :meth:`configure`.

        For example::

            bench.configure_school(fallbacks=[{"primary_preceptor": "Ann Lee", "fallback_preceptor": "Bo Ray"}])

        Returns:
            The configuration after the change, as :meth:`school_configuration` returns it.

        Raises:
            RowsRejectedError: A setting is unknown, a name means no row or several, or a row violates a constraint; all
                of these at once, in ``violations``.
            ReferencedError: Rows that must keep their reference stop a delete; they are named.
            SchemaError, TransactionError: As for :meth:`update`.
        """
        return configure_school(self._session, self._files, settings)

    @translate_errors
    def adopt(self, fork: "Workbench") -> pd.DataFrame:
        """Bring the changes of a fork back into its original, whole or not at all.

        Changes of other rows in the original stay. The fork can be changed and adopted again.

        Args:
            fork: A workbench that :meth:`fork` of this one returned.

        Returns:
            One row per table: ``table``, ``rows`` (how many it holds now), ``added``, ``changed``, ``removed``.

        Raises:
            ArgumentError: ``fork`` is not a fork of this workbench.
            MovedOnError: Rows that changed in the fork have changed here too, or the changes violate a constraint here;
                the rows are named.
            SchemaError: The two have different tables or columns.
            TransactionError: As for :meth:`update`.
        """
        _as_school(fork)
        with locked_together(self, fork):
            origin, base, original = fork._origin if isinstance(fork, Workbench) else (None, {}, {})
            if origin is not self:
                raise ArgumentError(
                    f"{fork!r} is not a fork of {self!r}. Only the workbench whose fork() returned it can adopt it. "
                    "Nothing was changed."
                )
            counts = adopt(self._session, fork._session, base, original)
            adopted = all_fingerprints(fork._session.con, fork._session.schema)
            self._session.after_commit(lambda: setattr(fork, "_origin", (self, adopted, adopted)))
            return counts

    @translate_errors
    def merge(self, other: "SchoolReader", *, delete: bool = False) -> pd.DataFrame:
        """Bring the rows of another school with the same schema into this one, whole or not at all. Rows are the same
        if they have the same id.

        Args:
            other: The other school. Rows that only it has are added, rows that differ get its values.
            delete: Whether rows that it lacks are deleted.

        Returns:
            One row per table: ``table``, ``rows`` (how many it holds now), ``added``, ``changed``, ``removed``.

        Raises:
            ArgumentError: ``other`` is not a school.
            SchemaError: The two have different tables or columns, or a table has no primary key.
            RowsRejectedError: The rows together would violate a constraint.
            TransactionError: A transaction was begun by hand, or another connection changed the same rows.
        """
        with locked_together(self, _as_school(other)):
            return merge(self._session, other._session, delete=delete)

    @locked
    def load(self, path: str | os.PathLike[str], *, mode: str | None = None) -> pd.DataFrame:
        """Store a whole school from a workbook or a folder of CSV files, whole or not at all.

        The sheets and headings are those that :meth:`save` writes. A row is an update of a stored row (upsert) if it
        has the same id, or else the same natural key, such as an email address. Columns that the file leaves out keep
        their values. Sheets and columns whose name begins with ``#`` are ignored.

        Args:
            path: The workbook (``.xlsx``) or folder.
            mode: ``"replace"`` removes the stored rows that the file does not hold; ``"merge"`` removes none. An empty
                database needs neither.

        Returns:
            One row per table: ``table``, ``rows`` (how many it holds now), ``added``, ``changed``, ``removed``.

        Raises:
            UnknownNameError: There is no such mode.
            ArgumentError: The database holds rows, and no mode is given.
            RowsRejectedError: The file cannot be read, or holds mistakes. All of them are in its ``violations``:
                ``table`` is the sheet, ``column`` the heading, and the index the number of the row in the spreadsheet.
            TransactionError, SchemaError: As for :meth:`update`.
        """
        return load(self._session, path, mode)

    @locked
    def import_from(self, target: str | os.PathLike[str], *, schema: str | None = None) -> pd.DataFrame:
        """Copy an exported school into this empty database, unchanged, whole or not at all.

        Args:
            target: Where it is, as for :meth:`export`.
            schema: On a server, the schema that holds it.

        Returns:
            One row per table: ``table``, ``rows`` (how many it holds now).

        Raises:
            ArgumentError, MissingLibraryError, TransactionError: As for :meth:`export`.
            TargetError: The target cannot be opened, holds no school, has columns that no migration made, or holds a
                value that does not fit.
            MigrationError: The school has other migrations than this database.
            RowsRejectedError: This database holds rows, or rejects the rows that come, because SQLite checks no types.
        """
        catalog.require_no_rows_in_other_schemas(self._session.con, "The school that comes")
        return import_from(self._session, self._files, addresses.parse_address(target, schema))

    @locked
    def migrate(self, to: int | None = None) -> None:
        """Apply the migrations up to a version, or all of them. Each is applied whole or not at all. A warning lists
        names that are too long for PostgreSQL.

        Raises:
            MigrationError: There is no such migration, or the database is past it; the database does not fit the SQL
                files; or a migration failed.
        """
        if ledger.count(self._session.con) < len(self._files.migrations):
            self._session.require_writable()
        applied = migrate.apply(self._session.con, self._files, to)
        if applied and (too_long := POSTGRESQL.too_long(catalog.object_names(self._session.con))):
            warn(f"{too_long} Such a school cannot be exported there. To be able to, rename them in a migration.")

    @locked
    def rollback(self, steps: int = 1, *, discard_data: bool = False, trust: bool = False) -> None:
        """Undo the latest migrations with the scripts in the database's own ledger, all steps or none.

        Args:
            steps: How many migrations.
            discard_data: Whether rows and values that only the newer schema can hold may be lost.
            trust: Whether to run scripts that came with the database file and are not among the SQL files. They cannot
                reach files, extensions or the network.

        Raises:
            MigrationError: The database has fewer migrations; or a script failed, or came with the file.
            DataLossError: Rows or values would be lost; they are counted.
        """
        self._session.require_writable()
        migrate.undo(self._session.con, self._files, steps, discard_data=discard_data, trust=trust)
