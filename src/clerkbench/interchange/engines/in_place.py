"""Migrates a school where it lives, on a server or in an SQLite file, in one transaction.

The scripts run in the SQL of the engine. First the same is done on a copy of the school in DuckDB; afterwards all rows
there must be those of the copy. What others attached to the tables stays, see
:mod:`clerkbench.interchange.engines.attached_objects`.
"""

from collections.abc import Callable, Collection, Sequence

import duckdb

from clerkbench.database import ledger
from clerkbench.database.rows import relation_fingerprint
from clerkbench.database.schema import read_schema
from clerkbench.errors import TargetError
from clerkbench.files.declared_constraints import declared_constraints
from clerkbench.files.sql_files import Migration, SqlFiles
from clerkbench.files.sql_text import literal, quoted
from clerkbench.interchange.engines import rebuilt_tables
from clerkbench.interchange.engines.addresses import Address
from clerkbench.interchange.engines.attached_objects import AttachedObject
from clerkbench.interchange.engines.engine import connect
from clerkbench.interchange.engines.export import ReplacedSchool, restore_grants
from clerkbench.interchange.engines.import_ import read_into, require_school
from clerkbench.interchange.engines.payload import Payload, TablePayload, build_payload
from clerkbench.interchange.engines.remote_ledger import RemoteLedger
from clerkbench.interchange.engines.row_reader import remote_rows
from clerkbench.interchange.engines.schema_drift import drifted_columns, objects_made_by
from clerkbench.interchange.engines.target import Target
from clerkbench.migrations import migrate, views
from clerkbench.reporting.phrases import listed
from clerkbench.reporting.progress import with_progress


class _Undone(Exception):
    """Rolls back a trial."""


def migrate_in_place(address: Address, files: SqlFiles, to: int | None, *, is_trial: bool = False) -> list[str]:
    """Apply the pending migrations to a school there.

    Args:
        to: The number of the last migration; None for the newest.
        is_trial: Whether to roll back at the end.

    Returns:
        The statements that ran.

    Raises:
        MigrationError: As for ``bench.migrate``, from the copy. Nothing was changed there.
        TargetError: The server refuses a statement, or the result differs. Nothing was changed there.
    """

    def change(here: duckdb.DuckDBPyConnection) -> None:
        migrate.apply(here, files, to)

    return _change_in_place(address, files, change, is_trial)


def roll_back_in_place(
    address: Address, files: SqlFiles, steps: int, discard_data: bool, trust: bool, *, is_trial: bool = False
) -> list[str]:
    """Undo the latest migrations of a school there. See ``bench.rollback`` and :func:`migrate_in_place`."""

    def change(here: duckdb.DuckDBPyConnection) -> None:
        migrate.undo(here, files, steps, discard_data=discard_data, trust=trust)

    return _change_in_place(address, files, change, is_trial)


def _change_in_place(
    address: Address, files: SqlFiles, change: Callable[[duckdb.DuckDBPyConnection], None], is_trial: bool
) -> list[str]:
    statements: list[str] = []
    try:
        with connect(address, writing=True) as target, duckdb.connect() as here:
            school = require_school(target)
            target.lock(school_names(target, school))
            read_into(here, target, files)
            change(here)
            views.create_running(here, files, school.views)  # those of an older version that the files still describe
            statements = _InPlace(target, files, school, here).run()
            if is_trial:
                raise _Undone
    except _Undone:
        pass
    return statements


def school_names(target: Target, school: RemoteLedger) -> set[str]:
    """The tables and views of a school, in lower case."""
    made = objects_made_by(tuple(school.migrations))
    own = {name for name in target.objects() if name.startswith(ledger.PREFIX)}
    return {name.lower() for name in made.tables} | set(school.views) | own


class _InPlace:
    """One change of the schema of a school there."""

    def __init__(self, target: Target, files: SqlFiles, school: RemoteLedger, here: duckdb.DuckDBPyConnection) -> None:
        self._target = target
        self._files = files
        self._school = school
        self._here = here
        self._payload: Payload = build_payload(here, read_schema(here), files)

    def run(self) -> list[str]:
        """Make the change, and compare the result. Returns the statements."""
        target, school = self._target, self._school
        names, payload = school_names(target, school), self._payload
        if school.is_at(payload.migrations) and not self._has_other_views():
            return []
        payload.refuse(target.dialect)
        own_indexes = self._own_indexes(school.migrations)
        attached = [
            each
            for each in target.attached_objects(names)
            if not (each.kind == "index" and each.name.lower() in own_indexes)
        ]
        granted = ReplacedSchool(
            grants=[each for each in target.grants() if each.relation.lower() in names],
            settings=target.settings(),
            relations=frozenset(names),
        )
        orphans = target.orphans()
        added_columns = drifted_columns(target, target.objects(), school.migrations)
        held = target.objects()
        target.recorded = []
        _detach(target, attached)
        target.drop("view", [held[name][0] for name in school.views if name in held])
        for statement in with_progress(self._scripts(), f"Migrating {target.address}"):
            self._target.run(statement)
        self._record()
        self._create_indexes(own_indexes)
        for view in payload.views:
            for statement in target.dialect.written(view.script):
                self._target.run(statement)
        for statement in target.words(payload.constraints):
            self._target.run(statement)
        _reattach(target, attached, _names_after(target, payload))
        restore_grants(target, granted)
        self._require_kept(granted, added_columns)
        if loose := [each for each in target.orphans() if each not in orphans]:
            raise TargetError(
                f"{target.address}: rows would reference rows that are gone, from {'; from '.join(loose)}. Remove them "
                "first. Nothing was changed there."
            )
        why = "A statement of the migrations means something else there: see bench.plan_migration().portability."
        compare_rows(target, self._here, payload.tables, why)
        return target.recorded

    def _scripts(self) -> list[str]:
        """The statements of the scripts from the migrations that are there to those that are here."""
        there, here = self._school.migrations, self._payload.migrations
        shared = sum(1 for one, other in zip(there, here, strict=False) if one == other)
        before = [each.up for each in there]
        added = [each.up for each in here[shared:]] or [each.down for each in reversed(there[shared:])]
        found = rebuilt_tables.statements(self._target.dialect, [self._files.ledger, *before, *added])
        return [statement for script in found[1 + len(before) :] for statement in script]

    def _record(self) -> None:
        """Write the ledger."""
        self._target.run("DELETE FROM clerkbench_views;")
        for view in self._payload.views:
            self._target.run(f"INSERT INTO clerkbench_views VALUES ({literal(view.name)}, {literal(view.checksum)});")
        there, here = self._school.migrations, self._payload.migrations
        for each in there:
            if each not in here:
                self._target.run(f"DELETE FROM clerkbench_migrations WHERE version = {each.version};")
        for each in here:
            if each not in there:
                values = ", ".join(map(literal, (each.name, each.checksum, each.up, each.down)))
                self._target.run(
                    "INSERT INTO clerkbench_migrations (version, name, checksum, up_script, down_script) "
                    f"VALUES ({each.version}, {values});"
                )

    def _own_indexes(self, migrations: Sequence[Migration]) -> set[str]:
        """The indexes of migrations and of their foreign keys, in lower case."""
        made = objects_made_by(tuple(migrations))
        return set(made.indexes) | set(made.key_indexes)

    def _create_indexes(self, former: set[str]) -> None:
        """Create the indexes of foreign keys that are missing, and drop those of keys that are gone."""
        present = {name.lower(): name for kind, name, _ in self._target.dependent_objects() if kind == "index"}
        wanted = self._payload.key_indexes
        old = objects_made_by(tuple(self._school.migrations)).key_indexes
        for name in sorted(old.keys() - wanted.keys()):
            if name in present:
                self._target.run(f"DROP INDEX {quoted(present[name])};")
        for name, key in wanted.items():
            if name not in present:
                columns = ", ".join(map(self._payload.written, key.columns))
                self._target.run(f"CREATE INDEX {quoted(name)} ON {self._payload.written(key.table)} ({columns});")

    def _has_other_views(self) -> bool:
        return self._school.views != {each.name.lower(): each.checksum for each in self._payload.views}

    def _require_kept(self, before: ReplacedSchool, added_columns: Sequence[str]) -> None:
        """Raise TargetError if something is lost that others made on tables that remain."""
        lost = {
            each for each in before.settings - self._target.settings() if each.startswith(self._target.never_migrated)
        }
        tables = {name.lower() for name in objects_made_by(tuple(self._payload.migrations)).tables}
        lost = {each for each in lost if each.rpartition(" of ")[2].rpartition(" on ")[2].lower() in tables}
        held = self._target.objects()
        for column in added_columns:
            table, _, name = column.partition(".")
            if table.lower() in held and name.lower() not in self._target.columns(held[table.lower()][0]):
                lost.add(f"the column {column}")
        if lost:
            raise TargetError(
                f"{self._target.address}: the migration would lose what others made there: {listed(sorted(lost))}. "
                "Remove it first, and make it again afterwards. Nothing was changed there."
            )


def compare_rows(target: Target, here: duckdb.DuckDBPyConnection, parts: Sequence[TablePayload], why: str) -> None:
    """Raise TargetError if rows of a school there are others than here.

    Columns that the database fills may differ: times, and the ids of rows that migrations store.

    Args:
        why: The reason in a sentence.
    """
    renewed = read_schema(here).renewed_columns
    held = target.objects()
    for part in with_progress(parts, f"Comparing {target.address}"):
        if part.table.startswith(ledger.PREFIX):
            continue
        given = {name: kind for name, kind in part.columns.items() if (part.table, name) not in renewed}
        for columns in (part.columns, given):
            with remote_rows(here, target, held[part.table.lower()][0], columns, part.key) as arrived:
                there = relation_fingerprint(here, arrived, columns)
            wanted = relation_fingerprint(here, f"FROM {part.address}", columns)
            if wanted == there:
                break
        else:
            how = "with other values" if wanted[0] == there[0] else f"{there[0]} rows there, {wanted[0]} here"
            raise TargetError(
                f"{target.address}: {part.table} has other rows there than here: {how}. {why} It was rolled back; "
                "nothing was changed there."
            )


def _detach(target: Target, found: Sequence[AttachedObject]) -> None:
    """Drop what would act on the migration: triggers must not fire, and SQLite checks the views of others."""
    for each in found:
        if each.detach:
            target.run(each.detach)


def _reattach(target: Target, found: Sequence[AttachedObject], tables: Collection[str]) -> None:
    """Create again what is missing.

    Args:
        tables: The tables of the school now, in lower case.

    Raises:
        TargetError: Something is attached to a table that the migration dropped; or it cannot be created again.
    """
    if homeless := [
        f"the {each.kind} {each.name} on {each.table}" for each in found if each.table and each.table not in tables
    ]:
        raise TargetError(
            f"{target.address}: the migration drops tables to which others have attached something: "
            f"{listed(homeless)}. Remove it there first. Nothing was changed there."
        )
    present = {each.identity for each in target.attached_objects(tables)}
    for each in found:
        if each.identity not in present:
            for statement in each.create:
                target.run(statement)


def _names_after(target: Target, payload: Payload) -> set[str]:
    """The tables and views of a school after a change, in lower case."""
    made = declared_constraints([each.up for each in payload.migrations])
    own = {name for name in target.objects() if name.startswith(ledger.PREFIX)}
    return {*made, *(each.name.lower() for each in payload.views), *own}
