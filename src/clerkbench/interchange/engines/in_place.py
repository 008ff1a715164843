"""Migrates a school where it lives, on a server or in an SQLite file, in one transaction.

The scripts run in the SQL of the engine. First the same is done on a copy of the school in DuckDB; afterwards all rows
there must be those of the copy. What others attached to the tables stays, see
:mod:`clerkbench.interchange.engines.attached_objects`.
"""

from collections.abc import Callable, Collection, Sequence

import duckdb

from clerkbench.database.schema import read_schema
from clerkbench.errors import TargetError
from clerkbench.files.sql_files import SqlFiles
from clerkbench.files.sql_text import literal
from clerkbench.interchange.engines.addresses import Address
from clerkbench.interchange.engines.engine import connect
from clerkbench.interchange.engines.export import ReplacedSchool, restore_grants
from clerkbench.interchange.engines.import_ import read_into, require_school
from clerkbench.interchange.engines.payload import Payload, build_payload, names_after
from clerkbench.interchange.engines.reattachment import (
    detach,
    reattach,
    require_homes,
    require_no_new_orphans,
    settings_by_others,
)
from clerkbench.interchange.engines.remote_ledger import RemoteLedger
from clerkbench.interchange.engines.row_comparison import compare_rows, keep_keys
from clerkbench.interchange.engines.schema_drift import drifted_columns
from clerkbench.interchange.engines.school_change import SchoolChange
from clerkbench.interchange.engines.target import Grant, Target
from clerkbench.migrations import migrate, views
from clerkbench.reporting.phrases import listed
from clerkbench.reporting.progress import with_progress


class Statements(list[str]):
    """Statements that ran. They show themselves as their number, because there are many."""

    def __repr__(self) -> str:
        return f"{len(self)} statements" if len(self) != 1 else "1 statement"


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
    with connect(address, writing=True) as target, duckdb.connect() as here:
        target.is_trial = is_trial
        school = require_school(target)
        target.lock(school_names(files, school))
        read_into(here, target, files)
        before = build_payload(here, read_schema(here), files)
        keep_keys(here)
        change(here)
        views.create_running(here, files, school.views)  # an older version may have views that the files still describe
        return _InPlace(target, files, school, here, before).run()


def school_names(files: SqlFiles, school: RemoteLedger) -> set[str]:
    """The tables, sequences and views of a school, in lower case."""
    return names_after(school.migrations, files) | set(school.views)


class _InPlace:
    """One change of the schema of a school there."""

    def __init__(
        self,
        target: Target,
        files: SqlFiles,
        school: RemoteLedger,
        here: duckdb.DuckDBPyConnection,
        before: Payload,
    ) -> None:
        self._target = target
        self._files = files
        self._school = school
        self._here = here
        self._before = before
        self._payload: Payload = build_payload(here, read_schema(here), files)
        self._change = SchoolChange(type(target), files, before, self._payload)

    def run(self) -> list[str]:
        """Make the change, and compare the result. Returns the statements."""
        target, school, change = self._target, self._school, self._change
        names, payload = school_names(self._files, school), self._payload
        if school.is_at(payload.migrations) and not self._has_other_views():
            return []
        payload.refuse(target.dialect)
        change.require_same_delete_rules("Nothing was changed there.")
        self._require_free_names(names)
        attached = [
            each
            for each in target.attached_objects(names)
            if not (each.kind == "index" and each.name.lower() in change.own_indexes)
        ]
        grants = [each for each in target.grants() if each.relation.lower() in names]
        identities = target.identities()
        by_others = settings_by_others(target, self._before, school.views)
        orphans = target.orphans()
        keys, broken = target.application_keys(names), target.broken_objects()
        added_columns = drifted_columns(target, target.objects(), school.migrations)
        held = target.objects()
        target.recorded = []
        detach(target, attached, with_keys=change.may_delete)
        target.drop("view", [held[name][0] for name in school.views if name in held])
        for statement in with_progress(change.script, f"Migrating {target.address}"):
            target.run(statement)
        present = {name.lower() for kind, name, _ in target.dependent_objects() if kind == "index"}
        for statement in change.following(present):
            target.run(statement)
        require_homes(target, attached, change.remaining)
        reattach(target, attached, keys, change.remaining, broken)
        now = target.identities()
        again = frozenset(name for name in names if identities.get(name) != now.get(name) or not now)
        restore_grants(
            target, ReplacedSchool(grants=[each for each in grants if each.relation.lower() in again], relations=again)
        )
        self._require_kept(by_others, [each for each in grants if each.relation.lower() in again], added_columns)
        require_no_new_orphans(target, orphans)
        for statement in advanced_sequences(payload):
            target.run(statement)
        why = "A statement of the migrations means something else there: see bench.plan_migration().portability."
        shared = min(len(school.migrations), len(payload.migrations))
        schema = read_schema(self._here)
        new = {(name, column) for name, column in schema.renewed_columns if schema.age(name, column) > shared}
        compare_rows(target, self._here, payload.tables, why, new)
        return Statements(target.recorded)

    def _require_free_names(self, names: set[str]) -> None:
        """Raise TargetError if a script creates or drops something by a name that something of others has."""
        held = self._target.objects()
        if taken := [held[name][0] for name in sorted(self._change.used - names) if name in held]:
            raise TargetError(
                f"{self._target.address} holds what clerkbench did not make, under names that the migration uses: "
                f"{listed(taken)}. Rename it there, or use other names in the migration. Nothing was changed there."
            )

    def _has_other_views(self) -> bool:
        return self._school.views != {each.name.lower(): each.checksum for each in self._payload.views}

    def _require_kept(self, settings: Collection[str], grants: Sequence[Grant], added_columns: Sequence[str]) -> None:
        """Raise TargetError if something is lost that others made.

        Args:
            settings: What others set on tables, views and indexes.
            grants: The rights on relations that were created again.
            added_columns: The columns that others added.
        """
        target = self._target
        lost = set(settings) - target.settings() - target.later_settings()
        held = target.objects()
        for column in [*added_columns, *(f"{each.relation}.{each.column}" for each in grants if each.column)]:
            table, _, name = column.partition(".")
            if table.lower() in held and name.lower() not in target.columns(held[table.lower()][0]):
                lost.add(f"the column {column}")
        if lost:
            raise TargetError(
                f"{target.address}: the migration would lose what others made there: {listed(sorted(lost))}. "
                "Remove it first, and make it again afterwards. Nothing was changed there."
            )


def advanced_sequences(payload: Payload) -> list[str]:
    """The statements that advance the sequences of a server past the rows. None goes back."""
    return [
        f"SELECT pg_catalog.setval({literal(payload.written(name))}, "
        f"greatest({number}, (SELECT last_value FROM {payload.written(name)})));"
        for name, number in payload.sequences.items()
        if number is not None
    ]
