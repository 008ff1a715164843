"""Migrates a school where it lives, on a server or in an SQLite file, in one transaction.

The scripts run in the SQL of the engine. First the same is done on a copy of the school in DuckDB; afterwards all rows
there must be those of the copy. What others attached to the tables stays, see
:mod:`clerkbench.interchange.engines.attached_objects`.
"""

from collections.abc import Callable, Collection, Sequence

import duckdb

from clerkbench.database.schema import read_schema
from clerkbench.errors import TargetError
from clerkbench.files.sql_files import Migration, SqlFiles
from clerkbench.files.sql_text import literal
from clerkbench.interchange.engines import rebuilt_tables
from clerkbench.interchange.engines.addresses import Address
from clerkbench.interchange.engines.change_statements import (
    key_index_statements,
    ledger_statements,
    require_same_delete_rules,
)
from clerkbench.interchange.engines.engine import connect
from clerkbench.interchange.engines.export import ReplacedSchool, restore_grants
from clerkbench.interchange.engines.import_ import read_into, require_school
from clerkbench.interchange.engines.payload import Payload, build_payload, names_after
from clerkbench.interchange.engines.reattachment import (
    created_or_dropped,
    detach,
    may_delete,
    reattach,
    require_homes,
    settings_by_others,
)
from clerkbench.interchange.engines.remote_ledger import RemoteLedger
from clerkbench.interchange.engines.row_comparison import compare_rows, keep_keys
from clerkbench.interchange.engines.schema_drift import drifted_columns, objects_made_by
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

    def run(self) -> list[str]:
        """Make the change, and compare the result. Returns the statements."""
        target, school = self._target, self._school
        names, payload = school_names(self._files, school), self._payload
        if school.is_at(payload.migrations) and not self._has_other_views():
            return []
        payload.refuse(target.dialect)
        require_same_delete_rules(school.migrations, payload.migrations, "Nothing was changed there.")
        self._require_free_names(names)
        own_indexes = self._own_indexes(school.migrations)
        attached = [
            each
            for each in target.attached_objects(names)
            if not (each.kind == "index" and each.name.lower() in own_indexes)
        ]
        grants = [each for each in target.grants() if each.relation.lower() in names]
        identities = target.identities()
        by_others = settings_by_others(target, self._before, school.views)
        orphans = target.orphans()
        keys, broken = target.application_keys(names), target.broken_objects()
        added_columns = drifted_columns(target, target.objects(), school.migrations)
        held = target.objects()
        target.recorded = []
        detach(target, attached, with_keys=any(map(may_delete, self._scripts())))
        target.drop("view", [held[name][0] for name in school.views if name in held])
        for statement in with_progress(self._scripts(), f"Migrating {target.address}"):
            self._target.run(statement)
        former = objects_made_by(tuple(school.migrations)).key_indexes
        present = {name.lower() for kind, name, _ in target.dependent_objects() if kind == "index"}
        for statement in (
            *ledger_statements(school.migrations, payload.migrations, payload.views),
            *key_index_statements(former, payload, present),
            *(each for view in payload.views for each in target.dialect.written(view.script)),
            *target.words(payload.constraints),
        ):
            target.run(statement)
        remaining = names_after(payload.migrations, self._files) | {each.name.lower() for each in payload.views}
        require_homes(target, attached, remaining)
        reattach(target, attached, keys, remaining, broken)
        now = target.identities()
        again = frozenset(name for name in names if identities.get(name) != now.get(name) or not now)
        restore_grants(
            target, ReplacedSchool(grants=[each for each in grants if each.relation.lower() in again], relations=again)
        )
        self._require_kept(by_others, [each for each in grants if each.relation.lower() in again], added_columns)
        if loose := [each for each in target.orphans() if each not in orphans]:
            raise TargetError(
                f"{target.address}: rows would reference rows that are gone, from {'; from '.join(loose)}. Remove them "
                "first. Nothing was changed there."
            )
        for statement in advanced_sequences(payload):
            target.run(statement)
        why = "A statement of the migrations means something else there: see bench.plan_migration().portability."
        shared = len(self._shared)
        schema = read_schema(self._here)
        new = {(name, column) for name, column in schema.renewed_columns if schema.age(name, column) > shared}
        compare_rows(target, self._here, payload.tables, why, new)
        return Statements(target.recorded)

    def _scripts(self) -> list[str]:
        """The statements of the scripts that lead from the migrations there to the migrations here."""
        there, here = self._school.migrations, self._payload.migrations
        before = [each.up for each in there]
        shared = len(self._shared)
        added = [each.up for each in here[shared:]] or [each.down for each in reversed(there[shared:])]
        found = rebuilt_tables.statements(self._target.dialect, [self._files.ledger, *before, *added])
        return [statement for script in found[1 + len(before) :] for statement in script]

    @property
    def _shared(self) -> list[Migration]:
        """The migrations before and after the change."""
        pairs = zip(self._school.migrations, self._payload.migrations, strict=False)
        return [one for one, other in pairs if one == other]

    def _require_free_names(self, names: set[str]) -> None:
        """Raise TargetError if a script creates or drops something by a name that something of others has."""
        held = self._target.objects()
        used = {name for statement in self._scripts() for name in created_or_dropped(statement)}
        if taken := [held[name][0] for name in sorted(used - names) if name in held]:
            raise TargetError(
                f"{self._target.address} holds what clerkbench did not make, under names that the migration uses: "
                f"{listed(taken)}. Rename it there, or use other names in the migration. Nothing was changed there."
            )

    def _own_indexes(self, migrations: Sequence[Migration]) -> set[str]:
        """The indexes of migrations and of their foreign keys, in lower case."""
        made = objects_made_by(tuple(migrations))
        return set(made.indexes) | set(made.key_indexes)

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
