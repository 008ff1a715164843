"""The workbench: one open database and everything that can be done with it. Thin: each method delegates."""

import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

import duckdb
import pandas as pd

from clerkbench.database import catalog, connection, ledger
from clerkbench.database.parameters import parameters
from clerkbench.database.session import Session
from clerkbench.database.transactions import interruptible, refuse_open_transaction
from clerkbench.errors import ArgumentError, DatabaseFileError, QueryError, SchemaError, TransactionError
from clerkbench.files.sql_files import SqlFiles
from clerkbench.files.unicode_text import is_unicode
from clerkbench.interchange.engines import addresses
from clerkbench.interchange.engines.dialects import POSTGRESQL
from clerkbench.interchange.engines.export import export
from clerkbench.interchange.engines.import_ import import_from
from clerkbench.interchange.engines.payload import packed
from clerkbench.interchange.engines.sql_script import script
from clerkbench.interchange.spreadsheets.loading import load
from clerkbench.interchange.spreadsheets.saving import save
from clerkbench.migrations import migrate, seeds
from clerkbench.mutations import error_messages, multi_transaction
from clerkbench.mutations.database_copy import Fingerprints, fingerprints, fork
from clerkbench.mutations.delete import delete, delete_plan
from clerkbench.mutations.insert import insert
from clerkbench.mutations.update import update
from clerkbench.reporting.violations import Violations
from clerkbench.schema_docs import diagram, dictionary, tables, types
from clerkbench.schema_docs.dependents import Related, related
from clerkbench.schema_docs.diagram import Diagram
from clerkbench.schema_docs.dictionary import Dictionary
from clerkbench.school import audit, capacity
from clerkbench.school.adoption import adopt
from clerkbench.school.capacity import Capacity
from clerkbench.school.comparison import Side
from clerkbench.school.configuration import Configuration, configuration, refuse_unreadable
from clerkbench.school.configure import configure
from clerkbench.school.difference import Difference, Finding, difference
from clerkbench.validation.coercion import GivenRows
from clerkbench.validation.validate import validate


def _warn(message: str) -> None:
    """Warn, and show the line outside clerkbench that called it."""
    inside = str(Path(__file__).parents[1])
    level, frame = 1, sys._getframe()
    while frame.f_back and frame.f_code.co_filename.startswith(inside):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, stacklevel=level)


P = ParamSpec("P")
R = TypeVar("R")


def _worded(method: Callable[Concatenate["Workbench", P], R]) -> Callable[Concatenate["Workbench", P], R]:
    """Lets no error of DuckDB's own leave the workbench, whatever state the database was brought into by hand."""

    @wraps(method)
    def worded(bench: "Workbench", /, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            with interruptible():
                return method(bench, *args, **kwargs)
        except duckdb.Error as error:
            if "must be restarted" in str(error):
                raise DatabaseFileError(
                    f"{bench!r} has to be opened again: DuckDB could not write to the disk, and takes nothing any "
                    "more. Close it, make room, and open it: then it shows what was kept."
                ) from None
            if "attached in read-only mode" in str(error):
                raise bench._session.read_only() from None
            kind = TransactionError if isinstance(error, duckdb.TransactionException) else QueryError
            raise bench._session.told_as(error, kind(error_messages.of_query(bench._session.con, error))) from None

    return worded


def _guarded(method: Callable[Concatenate["Workbench", P], R]) -> Callable[Concatenate["Workbench", P], R]:
    """Lets one thread at a time do something, in a database without unfinished changes; see also :func:`_worded`."""

    @wraps(method)
    def guarded(bench: "Workbench", /, *args: P.args, **kwargs: P.kwargs) -> R:
        with bench._session.turn():
            bench._session.refuse_others()
            bench._finish_what_stopped()
            return worded(bench, *args, **kwargs)

    @wraps(method)
    def as_usual(bench: "Workbench", /, *args: P.args, **kwargs: P.kwargs) -> R:
        with bench._session.settings.usual():
            return method(bench, *args, **kwargs)

    worded = _worded(as_usual)
    return guarded


@contextmanager
def _both(one: "Workbench", other: "Workbench") -> Iterator[None]:
    """Lets one thread at a time work with two workbenches, which all take in the same order: nobody waits in a circle.

    Raises:
        ArgumentError: The other is no workbench.
    """
    if not isinstance(other, Workbench):
        raise ArgumentError(f"Give another workbench, not {type(other).__name__}. Nothing was changed.")
    first, second = sorted((one, other), key=lambda each: id(each._session.lock))
    if first._session.in_transaction or second._session.in_transaction:
        # Inside a transaction its own lock is held already, whatever the order: nobody may wait for the other's.
        first, second = sorted((one, other), key=lambda each: not each._session.in_transaction)
    with first._session.turn(), second._session.turn():
        for each in (one, other):
            each._session.refuse_others()
            each._finish_what_stopped()
        with one._session.settings.usual(), other._session.settings.usual():
            yield


class Workbench:
    """One open database. Made by :func:`clerkbench.open`.

    Any number of threads may use it: they take turns, and a block of :meth:`transaction` is one turn. So do several
    workbenches of one process on one file.
    """

    def __init__(self, session: Session | None, files: SqlFiles, path: str | os.PathLike[str] | None = None) -> None:
        self._opened = session
        self._files = files
        self._path = path
        #: Of a fork, what it was made of, and what was in both then.
        self._origin: tuple[Workbench | None, Fingerprints] = (None, {})

    def __repr__(self) -> str:
        place = "in memory" if self._path is None else os.fspath(self._path)
        return f"<clerkbench.Workbench {place}{', a fork' if self._origin[0] else ''}>"

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
        """The DuckDB connection itself, for whatever the workbench does not offer.

        What is done with it is neither checked nor explained by clerkbench.

        Raises:
            ClosedError: The workbench was closed.
        """
        return self._session.connection

    def close(self) -> None:
        """Close the database. One in memory is gone; a file is free for other processes. A second time does nothing."""
        self._session.close()

    def _finish_what_stopped(self) -> None:
        """Put back the rows of a change that an error stopped halfway, if there is one."""
        if self._session.unfinished:
            self._finish()

    @_worded
    def _finish(self) -> None:
        """Put back the rows of a change that a crash stopped halfway."""
        multi_transaction.put_back(self._session)

    @_guarded
    def sql(self, query: str, params: list[Any] | dict[str, Any] | None = None) -> pd.DataFrame:
        """Run SQL.

        Args:
            query: One statement or several; of several the last one's result is returned.
            params: Values for ``?`` (a list) or ``$name`` (a dict) in the query; also such as come out of pandas.

        Returns:
            The result. Whole numbers stay whole also where some are missing, except sums beyond 2^53, which pandas
            holds as floats. A statement without a result gives the number of rows it changed, as ``Count``.

        Raises:
            QueryError: DuckDB refuses the query.
        """
        if not isinstance(query, str):
            raise QueryError(f"A query is text, not {type(query).__name__}.")
        if not is_unicode(query):
            raise QueryError(f"A query is text, and {query!r} holds half a sign.")
        if connection.changes(query):
            self._session.refuse_in_vain()
        with self._session.settings.own(), connection.without_variables(self._session.connection):
            return connection.fetch(self._session.con.execute(query, parameters(params)))

    def schools(self) -> pd.DataFrame:
        """The sample schools: ``school`` (its name for :meth:`seed`) and ``about``."""
        return seeds.schools(self._files)

    @_guarded
    def seed(self, school: str) -> None:
        """Load a sample school into an empty database. The same school a second time changes nothing; where somebody
        has changed it since, a warning says so.

        Args:
            school: One of :meth:`schools`.

        Raises:
            UnknownNameError: There is no such school.
            SeedError: The database holds other rows, lacks a migration, or the seed is wrong.
        """
        self._session.refuse_in_vain()
        if not seeds.seed(self._session.con, self._files, school):
            _warn(
                f"The database was filled with {school!r} before, and changed since. It was left as it is. To begin "
                "again, seed another database: clerkbench.open()."
            )

    @_guarded
    def tables(self) -> pd.DataFrame:
        """The tables, parents first.

        Returns:
            ``table``, ``rows`` (how many it holds now), ``meaning``, ``referenced_by`` (the columns that reference it,
            each with what deleting a row does to those that hold it: CASCADE, SET NULL or RESTRICT).
        """
        schema = self._session.schema
        return tables.tables(schema, catalog.row_counts(self._session.con, schema))

    @_guarded
    def describe(self, table: str) -> pd.DataFrame:
        """The columns of a table or view.

        Returns:
            ``column``, ``type``, ``nullable`` (bool), ``default`` (SQL, empty for none), ``key`` (primary key,
            unique, what it references), ``on_delete`` (of a reference, what deleting the parent does: CASCADE, SET
            NULL or RESTRICT), ``referenced_by`` (the columns that reference it, with the same of theirs),
            ``allowed_values`` (where the schema lists them), ``meaning``.

        Raises:
            UnknownNameError: There is no such table or view.
        """
        return tables.describe(self._session.schema, table)

    @_guarded
    def areas(self) -> pd.DataFrame:
        """Where each of the configuration areas lives.

        Returns:
            One row per table or column: ``area`` (number), ``name``, ``table``, ``column`` (empty for the whole
            table), ``meaning``.
        """
        return tables.areas(self._session.schema)

    @_guarded
    def relationships(self) -> pd.DataFrame:
        """The foreign keys.

        Returns:
            ``child``, ``child_columns``, ``parent``, ``parent_columns``, ``cardinality`` (children to parent),
            ``on_delete`` (what deleting the parent does: CASCADE, SET NULL or RESTRICT).
        """
        return tables.relationships(self._session.schema)

    @_guarded
    def constraints(self, table: str | None = None) -> pd.DataFrame:
        """Every constraint the database enforces, on all tables or on one.

        Returns:
            ``table``, ``kind`` (primary key, not null, unique, check or foreign key), ``columns``, ``definition``,
            ``rule`` (in words, as the schema's own comments say it; empty where there is nothing to say).

        Raises:
            UnknownNameError: There is no such table.
        """
        return tables.constraints(self._session.schema, table)

    @_guarded
    def diagram(self, *tables: str, around: str | None = None, hops: int = 1, columns: str = "keys") -> Diagram:
        """An entity-relationship diagram, which JupyterLab shows.

        Tables are colored by configuration area. A line is solid where a row is deleted with its parent; its ends say
        how many rows there may be, such as one to one where the child's column is unique.

        Args:
            tables: The tables to draw; without any, and without ``around``, all.
            around: A table to draw together with those near it.
            hops: How many foreign keys away from it they may be.
            columns: ``"all"``, ``"keys"`` or ``"none"``.

        Returns:
            The diagram. Its ``mermaid`` is the text, ``save`` writes a file, ``with_violations()`` marks the tables
            where something is wrong, and asks the workbench for that; ``path("clerkships", "sites")`` shows how two
            tables connect.

        Raises:
            UnknownNameError: There is no such table, or no such choice of columns.
            ArgumentError: ``hops`` is no whole number from 0.
        """
        return diagram.draw(self._session.schema, tables, around, hops, columns, self.audit)

    @_guarded
    def related(self, table: str, row: Any) -> Related:
        """A row and everything that hangs from it: what references it, what references these, and so on.

        Args:
            table: Where the row is.
            row: Its id, or its name where only one row has it; one row alone.

        Returns:
            One row for each row found, the one that was named first, each once, by the shortest way. It shows itself
            as a tree. ``action`` (what would become of it were the first row deleted: delete, set null, restrict,
            which stops the delete, or nothing, for what hangs from a row that stays), ``table``, ``id``, ``label``,
            ``path`` (the foreign keys that lead from it to what was named), ``under`` (the index of the row it hangs
            from).

        Raises:
            UnknownNameError: There is no such table.
            UnknownRowError: There is no such row; a near match is named.
        """
        return related(self._session, table, row)

    @_guarded
    def dictionary(self) -> Dictionary:
        """The data dictionary: areas, diagram, tables with their columns and constraints, views, rules, on one page.

        Returns:
            A text in Markdown, which JupyterLab shows; its ``save`` writes a file.

        Raises:
            SqlFileError: A rule is malformed.
        """
        return dictionary.write(self._session.schema, self._files, self.diagram())

    @_guarded
    def types(self, language: str, dialect: str | None = None) -> str:
        """The tables as types of the language an application is written in.

        Args:
            language: ``"python"``, a TypedDict for the rows of each table and one for those that are new; or
                ``"typescript"``, interfaces for Kysely.
            dialect: For TypeScript ``"postgres"`` or ``"sqlite"``, whose drivers have other values for times and
                booleans.

        Returns:
            The text of a module.

        Raises:
            UnknownNameError: There is no such language or dialect.
            ArgumentError: TypeScript needs a dialect, or Python has none.
        """
        return types.write(self._session.schema, language, dialect)

    @_guarded
    def validate(self, table: str, rows: GivenRows, *, alongside: dict[str, GivenRows] | None = None) -> Violations:
        """Check rows against everything the database would check, all of it at once. Nothing is stored.

        Args:
            table: Where they would go.
            rows: As for :meth:`insert`.
            alongside: Rows of other tables that would be stored before them, by table: they may be referenced.

        Returns:
            One violation for each row and constraint, by row: ``rule`` (``type:``, ``not_null:``, ``check:``,
            ``unique:`` or ``foreign_key:`` and what it constrains), ``severity``, ``area`` (of the configuration),
            ``table``, ``row_id``, ``column``, ``value``, ``message`` and ``remedy``, sentences. The index is the number
            of the row, counted from 1; 0 for what is wrong with the columns, and so with every row.

        Raises:
            UnknownNameError: There is no such table.
            RowsRejectedError: These are no rows, or no CSV file.
        """
        return validate(self._session.con, self._session.schema, table, rows, {} if alongside is None else alongside)

    @_guarded
    def audit(
        self, *, area: int | None = None, severity: str | None = None, clerkship: str | None = None
    ) -> Violations:
        """Check what is stored against all :meth:`rules`, and that every row finds what it references.

        Args:
            area: Look only at this configuration area, by its number.
            severity: Look only for ``"error"`` or ``"warning"``.
            clerkship: Look only at this clerkship, by name or id, and what hangs from it.

        Returns:
            The violations, errors first, then by area and table: the columns of :meth:`validate`, where ``rule`` is
            the id of a rule, or ``foreign_key:`` and the columns.

        Raises:
            UnknownNameError: There is no such area or severity.
            UnknownRowError: There is no such clerkship.
            SqlFileError: A rule is malformed or does not run.
            SchemaError: The database lacks a migration.
        """
        return audit.audit(self._session, self._files, area, severity, clerkship)

    def rules(self) -> pd.DataFrame:
        """The rules a school should keep, by area.

        Returns:
            ``rule`` (its id), ``area``, ``severity``, ``table`` and ``column`` it is about, ``sentence`` (the rule in
            words), ``remedy`` (what to do; ``{…}`` stands for a name).

        Raises:
            SqlFileError: A rule is malformed.
        """
        return audit.rules(self._files)

    @_guarded
    def capacity(self, students: int | None = None, *, days_per_year: int = 240) -> Capacity:
        """How many students a year the preceptors of each clerkship can teach: an upper bound.

        Each student needs all days of a clerkship. A preceptor gives every day of the year to at most so many students
        as the most specific capacity rule says (per day; per block, for days in blocks), and teaches at most so many
        students a year. What a student cannot divide is not divided: all days of a requirement with one preceptor, a
        block. What all who may teach can give, divided by what a student needs, bounds the students; of several
        requirements, the one that allows the fewest does, and so do the days of all that the same preceptors teach.
        A student whom a team teaches counts in the year of each member, so a team takes no more than its member with
        the lowest yearly limit. Where a clerkship keeps students in one health system, each system counts alone, and so
        do its electives. The view ``teaching_limits`` and sql/capacity.sql say the same in SQL, and who may teach what.

        No calendar is known, so the truth may be lower: preceptors are away, students start together, and a preceptor
        who serves several clerkships, or an elective as well, counts fully in each. Where days rotate, students use up
        the yearly limits of many preceptors, which the bound leaves out. It is not higher, as long as
        everybody keeps to the configuration, blocks of one preceptor do not overlap, and no fallback steps in from
        elsewhere: those are for when somebody is away.

        Args:
            students: The students who each take every clerkship in a year; up to a billion. Nothing to ask only how
                many there can be.
            days_per_year: The days on which preceptors teach in a year, up to 366; 240 are 48 weeks of five days.

        Returns:
            By clerkship: ``part`` (the days that decide: a requirement, or all days), ``preceptors`` (how many may
            teach these), ``students``, ``max_students`` (a year, at most), ``shortfall`` (students who find no place,
            at least), ``limited_by`` (per day, per block or per year, several with the number of preceptors each
            limits; the length of the year; or that there are no preceptors, no team, or no health system with
            preceptors for all parts), ``demand_days`` and ``capacity_days`` (student-days a year). Its ``picture()``
            draws it. Where no students are given, ``students``, ``shortfall`` and ``demand_days`` are left out.

        Raises:
            ArgumentError: These are no numbers of students and days.
            SchemaError: The database lacks a migration or a view, or a temporary table hides one.
        """
        return capacity.capacity(self._session.con, self._session.schema, self._files, students, days_per_year)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make several changes one: ``with bench.transaction(): …`` commits them whole or not at all.

        Within the block, other threads that use the workbench wait. A block inside another becomes part of it. Whatever
        is done on ``bench.con`` in the block is part of the transaction as well.

        Raises:
            TransactionError: On entering, when a transaction was begun by hand. On leaving, when the transaction cannot
                be committed and nothing of it was kept: something failed in it, or another connection meanwhile
                deleted what a row stored here references, added a row that references what was deleted here, or
                changed a table that had to be made anew. At any time, when it was ended by hand inside the block; what
                was committed by hand stays.
            UnfinishedError: On entering, when an earlier change stopped halfway and its rows cannot be put back.
        """
        with self._session.turn():
            self._session.refuse_others()
            self._finish_what_stopped()
            with self._session.transaction():
                yield

    @_guarded
    def insert(self, table: str, rows: GivenRows) -> list[Any]:
        """Store rows, all of them or none.

        Args:
            table: Where they go.
            rows: One row as a dict, several as a list of dicts, a DataFrame, or the path of a CSV file. A column that
                a row leaves out gets its default; None, NaN and an empty cell become NULL.

        Returns:
            The ids of the rows, in their order.

        Raises:
            UnknownNameError: There is no such table.
            RowsRejectedError: A value has the wrong type, a column is unknown or missing, or a row breaks a constraint.
                All that is wrong is in its ``violations``, as :meth:`validate` gives it.
        """
        return insert(self._session, table, rows)

    @_guarded
    def update(self, table: str, row: Any, /, **values: Any) -> pd.Series:
        """Give one row other values, whole or not at all. ``updated_at`` follows.

        Args:
            table: Where it is.
            row: Its id, or its name where no other row of the table has it.
            values: The new values by column; None for NULL.

        Returns:
            The row as it is now, by column.

        Raises:
            UnknownNameError: There is no such table or column.
            UnknownRowError: There is no such row.
            ReferencedError: Other rows reference the value that would change; they are named.
            RowsRejectedError: A value has the wrong type, or the row would break a constraint.
            SchemaError: The table's rows cannot be told apart; or inside a transaction, the change would make tables
                anew, and they would not be as they were.
            TransactionError: A transaction was begun or ended by hand, or another connection changed the same rows.
            UnfinishedError: The change failed, and its rows cannot be put back yet.
        """
        return update(self._session, table, row, values)

    @_guarded
    def delete(self, table: str, rows: Any, /) -> pd.DataFrame:
        """Delete rows and do to those that reference them what the schema says, whole or not at all.

        Args:
            table: Where they are.
            rows: The id of a row, or its name where no other row of the table has it; or several of them in a list, a
                Series or the like.

        Returns:
            What went, the rows named first: ``action`` (delete; set null, where a row stays without its reference),
            ``table``, ``id``, ``label`` (what to call the row), ``path`` (the foreign keys from it to what was named).

        Raises:
            UnknownNameError: There is no such table.
            UnknownRowError: There is no such row.
            ReferencedError: Rows that have to keep their reference stop it; they are named.
            SchemaError, TransactionError, UnfinishedError: As for :meth:`update`.
        """
        return delete(self._session, table, rows)

    @_guarded
    def delete_plan(self, table: str, rows: Any, /) -> pd.DataFrame:
        """What :meth:`delete` would do, without doing it.

        Args:
            table: Where the rows are.
            rows: As for :meth:`delete`.

        Returns:
            Exactly what :meth:`delete` returns. Where it would be refused, the rows that stop it are there too, with
            the action restrict.

        Raises:
            UnknownNameError: There is no such table.
            UnknownRowError: There is no such row.
        """
        return delete_plan(self._session, table, rows)

    @_guarded
    def configure(self, /, clerkship: str, *, create: bool = False, **settings: Any) -> Configuration:
        """Write what is set for one clerkship, by name, whole or not at all. Only what is named changes.

        Args:
            clerkship: Its name, or its id.
            create: Whether to make it when there is none of this name.
            settings: Values, such as ``assignment_strategy="hybrid"``, None for nothing; and lists, which replace what
                is there: ``requirements``, ``electives``, ``teams``, ``fallbacks``, ``capacity_rules``. Both are
                columns and tables of the schema. An item is a dict by column, with names in place of ids; or only a
                name, where that is enough. What an item leaves out gets its default; ``priority`` is its place in the
                list. The ``members`` of a team are such a list, and stay as they are when a team does not name them.

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
            All that holds now, as :meth:`configuration` gives it.

        Raises:
            UnknownRowError: There is no such clerkship; a near match is named.
            RowsRejectedError: A setting, a value or a name is unknown, or a constraint would break. All that is wrong
                is in its ``violations``.
            ReferencedError: Something would go that others reference.
            TransactionError, SchemaError: As for :meth:`update`.
        """
        refuse_unreadable(self._session, self._files)
        configure(self._session, clerkship, create, settings)
        return self.configuration(clerkship)

    @_guarded
    def configuration(self, clerkship: str) -> Configuration:
        """All that holds for one clerkship, in all areas, each value with where it comes from.

        Args:
            clerkship: Its name, or its id.

        Returns:
            An object that shows itself. ``settings`` is a DataFrame, ``lists`` holds one for each list; ``as_dict()``
            is what :meth:`configure` takes.

        Raises:
            UnknownRowError: There is no such clerkship; a near match is named.
            SchemaError: The database lacks a migration or a view, or a temporary table hides one.
        """
        return configuration(self._session, self._files, clerkship)

    @_guarded
    def fork(self) -> "Workbench":
        """A what-if copy in memory: tables, constraints, comments, rows, views, ledger. Nothing crosses over.

        Returns:
            Another workbench. :meth:`diff` compares them, :meth:`adopt` brings back what changed in the copy.

        Raises:
            TransactionError: A transaction is open.
            SchemaError: Rows lie in another schema than the school's, which a copy would leave out.
        """
        catalog.refuse_elsewhere(self._session.con, "A fork")
        copy = Workbench(Session(fork(self._session.con), None), self._files)
        copy._origin = self, fingerprints(copy._session.con, copy._session.schema)
        return copy

    @_worded
    def diff(self, other: "Workbench") -> Difference:
        """How this school has to change to become another: rows by name, and what follows.

        Rows are the same if they have the same id, or else the same natural key, such as a clerkship's name or a
        preceptor's email address. Times, and ids by themselves, make no difference.

        Args:
            other: A fork, or any other workbench whose database has the same tables.

        Returns:
            A report that shows itself, false where nothing differs; ``rows``, ``violations_added``,
            ``violations_fixed`` and ``capacity`` (how many students a year can be taught) are DataFrames.

        Raises:
            ArgumentError: This is no workbench.
            SchemaError: The two have different tables or columns, or lack a migration; or as for :meth:`fork`.
            SqlFileError: A rule is malformed or does not run.
        """
        with _both(self, other):
            for each in (self, other):
                catalog.refuse_elsewhere(each._session.con, "The difference")
            before, after = (Side(each._session.con, each._session.schema) for each in (self, other))
            return difference(before, after, lambda: (self._finding(), other._finding()))

    def _finding(self) -> Finding:
        """What is wrong, and what can be taught, where the schema says who may teach."""
        wrong = self.audit()
        if not self._files.has_capacity:
            return wrong, None
        try:
            return wrong, self.capacity().set_index("clerkship")["max_students"]
        except SchemaError:
            return wrong, None

    @_worded
    def adopt(self, fork: "Workbench") -> pd.DataFrame:
        """Bring what changed in a fork back into the school it was made of, whole or not at all.

        What has changed here since, in other rows, stays. Afterwards the fork can be changed further and adopted again.

        Args:
            fork: A workbench that :meth:`fork` of this one gave.

        Returns:
            ``table``, ``rows`` (how many it holds now), ``added``, ``changed``, ``removed``.

        Raises:
            ArgumentError: It is no fork of this workbench.
            MovedOnError: Rows that changed in the fork have changed here too, or what changed does not fit what is here
                now; they are named.
            SchemaError: The two have different tables or columns.
            TransactionError: As for :meth:`update`.
        """
        with _both(self, fork):
            origin, base = fork._origin
            if origin is not self:
                raise ArgumentError(
                    f"{fork!r} is no fork of {self!r}. Only what bench.fork() gave can be adopted, by the workbench "
                    "that gave it. Nothing was changed."
                )
            counts = adopt(self._session, fork._session, base)
            adopted = self, fingerprints(fork._session.con, fork._session.schema)
            self._session.after_commit(lambda: setattr(fork, "_origin", adopted))
            return counts

    @_guarded
    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the whole school for people, to one workbook or to a folder of CSV files.

        Names stand in place of ids. In a workbook a first sheet explains the others, headings have notes, and lists
        drop down. Saved, loaded into an empty database and saved again, it is the same.

        Args:
            path: A name that ends in ``.xlsx``; or one without an ending, for a folder. What is there is replaced, with
                sheets of your own in it.

        Raises:
            SchemaError: As for :meth:`fork`.
            ArgumentError: The name has another ending, the folder holds other files, a text is longer than a cell can
                hold, or it cannot be written. What was there is there still.
        """
        catalog.refuse_elsewhere(self._session.con, "The file")
        save(self._session.con, self._session.schema, path)

    @_guarded
    def load(self, path: str | os.PathLike[str], *, mode: str | None = None) -> pd.DataFrame:
        """Store a whole school from a workbook or a folder of CSV files, whole or not at all.

        The sheets and their headings are those that :meth:`save` writes. A row is one that is stored if it has its id,
        or else if it has the same natural key, such as an email address; columns that are left out keep their values.
        Sheets and columns whose name begins with ``#`` are left alone.

        Args:
            path: The workbook (``.xlsx``) or folder.
            mode: What becomes of the rows that are there: ``"replace"`` removes those that the file does not hold,
                ``"merge"`` removes none. An empty database needs neither.

        Returns:
            ``table``, ``rows`` (how many it holds now), ``added``, ``changed``, ``removed``.

        Raises:
            UnknownNameError: There is no such mode.
            ArgumentError: The database holds rows, and no mode is given.
            RowsRejectedError: It cannot be read, or there are mistakes. All of them are in its ``violations``:
                ``table`` is the sheet, ``column`` the heading, and the index the number of the row as the spreadsheet
                counts.
            TransactionError, SchemaError: As for :meth:`update`.
        """
        return load(self._session, path, mode)

    @_guarded
    def export(
        self, target: str | os.PathLike[str], *, schema: str | None = None, replace: bool = False
    ) -> pd.DataFrame:
        """Ship the school to PostgreSQL or SQLite: tables, delete rules, comments, rows and views, whole or not at all.

        The scripts of the migrations make the tables, with the delete rules for real and an index on every foreign key.
        At the end each table is read back and compared. What other programs keep in the same place is left alone.

        Args:
            target: ``postgresql://…``, from version 15 on, or a file that ends in ``.sqlite``.
            schema: On a server, the schema that is to hold the school, made when there is none; by default the one that
                the server takes by itself, mostly ``public``.
            replace: Whether a school that was shipped there before goes.

        Returns:
            ``table``, ``rows`` (how many arrived).

        Raises:
            ArgumentError: The target is neither, or the schema has no name that PostgreSQL takes.
            TargetError: The target cannot be opened, holds a school already or something of another's under a name
                that is needed, or refuses; or something arrived otherwise than it was.
            SchemaError: The database has no migration, or tables or columns that none made; or as for :meth:`fork`.
            MissingLibraryError: A driver is not installed.
            TransactionError: A transaction is open.
        """
        catalog.refuse_elsewhere(self._session.con, "The export")
        return export(self._session, self._files, addresses.read(target, schema), replace)

    @_guarded
    def export_script(self, target: str | os.PathLike[str], *, schema: str | None = None) -> str:
        """The SQL that would ship the school, for somebody else to run: with ``psql --file``, or ``sqlite3``.

        It is one transaction, and fails as a whole where a school is already.

        Args:
            target: As for :meth:`export`. Nothing is opened: ``"postgresql://"`` is enough.
            schema: As for :meth:`export`.

        Raises:
            ArgumentError, SchemaError, TransactionError: As for :meth:`export`.
        """
        refuse_open_transaction(self._session.con)
        catalog.refuse_elsewhere(self._session.con, "The script")
        shipment = packed(self._session.con, self._session.schema, self._files)
        return "\n".join(script(self._session.con, shipment, addresses.read(target, schema))) + "\n"

    @_guarded
    def import_from(self, target: str | os.PathLike[str], *, schema: str | None = None) -> pd.DataFrame:
        """Bring a school that was shipped into this database, which is empty, unchanged, whole or not at all.

        Args:
            target: Where it is, as for :meth:`export`.
            schema: On a server, the schema that holds it.

        Returns:
            ``table``, ``rows`` (how many it holds now).

        Raises:
            ArgumentError, MissingLibraryError, TransactionError: As for :meth:`export`.
            TargetError: The target cannot be opened, holds no school, columns that no migration made, or a value that
                does not fit.
            MigrationError: The school has other migrations than this database.
            RowsRejectedError: This database holds rows, or does not take those that come: SQLite checks no types.
        """
        catalog.refuse_elsewhere(self._session.con, "The school that comes")
        return import_from(self._session, addresses.read(target, schema))

    @_guarded
    def migrate(self, to: int | None = None) -> None:
        """Bring the schema forward to a migration, or to the newest. Each is applied whole or not at all. A warning
        names what is called by a longer name than PostgreSQL keeps.

        Raises:
            MigrationError: There is no such migration or it lies behind; the database does not fit the SQL files; or
                a migration failed.
        """
        if ledger.count(self._session.con) < len(self._files.migrations):
            self._session.refuse_in_vain()
        applied = migrate.apply(self._session.con, self._files, to)
        if applied and (too_long := POSTGRESQL.too_long(catalog.all_names(self._session.con))):
            _warn(f"{too_long} Such a school cannot be exported there. To be able to, rename them in a migration.")

    @_guarded
    def rollback(self, steps: int = 1, *, discard_data: bool = False, trust: bool = False) -> None:
        """Take back the latest migrations, with the scripts the database itself keeps. All steps or none.

        Args:
            steps: How many migrations.
            discard_data: Say True to lose the rows and values that only the newer schema has room for.
            trust: Say True to run scripts that came with a database file and are not among those at hand. They cannot
                reach files, extensions or the network.

        Raises:
            MigrationError: The database has fewer migrations; a script failed, or came with the file.
            DataLossError: Rows or values would be lost; they are counted.
        """
        self._session.refuse_in_vain()
        migrate.undo(self._session.con, self._files, steps, discard_data=discard_data, trust=trust)

    @_guarded
    def migrations(self) -> pd.DataFrame:
        """Every migration: ``version``, ``name``, ``status`` (applied or pending), ``applied_at`` (local time)."""
        return migrate.history(self._session.con, self._files)
