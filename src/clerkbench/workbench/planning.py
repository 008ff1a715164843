"""Tries pending migrations on a copy of a database, and collects what they do."""

from collections.abc import Sequence
from dataclasses import replace

import duckdb
import pandas as pd

from clerkbench.database.schema import Schema, read_schema
from clerkbench.database.session import Session
from clerkbench.database.transactions import rolled_back, transaction
from clerkbench.errors import MigrationError, SqlFileError
from clerkbench.files.sql_files import Migration, SqlFiles
from clerkbench.files.sql_text import quoted
from clerkbench.interchange.engines.portability import portability
from clerkbench.migrations import views
from clerkbench.migrations.data_changes import ADDED, Pair, data_changes
from clerkbench.migrations.migrate import changed_delete_rules, pending_migrations, run_down_scripts, run_up_script
from clerkbench.migrations.rejected_rows import rejected_rows
from clerkbench.migrations.row_snapshot import located, snapshot
from clerkbench.migrations.unconstrained_run import run_unconstrained
from clerkbench.mutations.database_copy import copy_database
from clerkbench.schema_docs.migration_plan import SCHEMA, MigrationPlan
from clerkbench.schema_docs.schema_changes import (
    REMOVED,
    Renames,
    SchemaVersion,
    matched_columns,
    matched_tables,
    renames_between,
    schema_changes,
)
from clerkbench.schema_docs.schema_difference import SchemaDifference
from clerkbench.workbench.reader_trial import ReaderTrial

#: The rows before the migrations, and copies to try them on without constraints.
_BEFORE, _TRIAL = "clerkbench: before", "clerkbench: trial"


def plan_migration(session: Session, files: SqlFiles, to: int | None) -> MigrationPlan:
    """Try the pending migrations on a copy. See ``bench.plan_migration``."""
    applied, pending = pending_migrations(session.con, files, to)
    if not pending:
        unchanged = SchemaDifference(session.schema, session.schema, [])
        return MigrationPlan([], unchanged, failure=_failing_view(session.con, files))
    with copy_database(session.con) as copy:
        return _Trial(copy, files, applied, pending).plan()


def _failing_view(con: duckdb.DuckDBPyConnection, files: SqlFiles) -> str:
    """Why the views of a database with all migrations cannot be renewed; empty if they can, or are as their files."""
    if not views.are_stale(con, files):
        return ""
    with copy_database(con) as copy:
        views.drop(copy)
        failing = views.create_running(copy, files)
    return next((f"{name}.sql fails: {reason}" for name, reason in failing.items()), "")


class _Trial:
    """A copy of a database, and what is known of it before the migrations."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        files: SqlFiles,
        applied: Sequence[Migration],
        pending: Sequence[Migration],
    ) -> None:
        self._con = con
        self._files = files
        self._applied = applied
        self._pending = pending
        self._scripts = tuple(each.up for each in (*applied, *pending))
        self._before = read_schema(con)
        self._rows = snapshot(con, self._before, _BEFORE)
        self._is_newest = len(applied) + len(pending) == len(files.migrations)

    def plan(self) -> MigrationPlan:
        """The plan. The copy is changed."""
        labels = [each.label for each in self._pending]
        try:
            for each in self._pending:
                with transaction(self._con):
                    run_up_script(self._con, self._files, each)
        except (MigrationError, SqlFileError) as error:
            return self._rejected(labels, str(error))
        after = read_schema(self._con)
        rows = self._changes(after)
        not_restored = self._not_restored()
        changes = schema_changes(self._version(self._before), SchemaVersion(after, None, self._scripts))
        altered = set(rows["table"][(rows["change"] != ADDED) | (rows["column"] == "")])
        with self._con.cursor() as earlier:
            earlier.execute(f"USE {quoted(_BEFORE)}")
            found = ReaderTrial(self._files, earlier, self._con, changes, altered)
        difference = self._difference(replace(self._before, views=found.views_before), found.schema)
        return MigrationPlan(
            labels,
            difference,
            failure=found.failing_view if self._is_newest else "",
            data_changes=rows,
            violations_added=found.violations_added,
            violations_fixed=found.violations_fixed,
            capacity=found.capacity,
            readers=found.findings if self._is_newest else None,
            not_restored=not_restored,
            portability=self._portability,
        )

    def _rejected(self, labels: list[str], failure: str) -> MigrationPlan:
        """The plan of migrations that fail. They run once more on rows without constraints."""
        self._con.execute(f"ATTACH ':memory:' AS {quoted(_TRIAL)}")
        with self._con.cursor() as own:
            own.execute(f"USE {quoted(_TRIAL)}")
            for name, table in self._rows.tables.items():
                own.execute(f"CREATE TABLE {quoted(name)} AS FROM {table.address}")
            ran = run_unconstrained(own, self._files, self._applied, self._pending)
            if ran is None:
                nothing = SchemaDifference(self._before, self._before, [])
                return MigrationPlan(labels, nothing, failure=failure)
            after, lost = located(ran[0], _TRIAL), ran[1]
            return MigrationPlan(
                labels,
                self._difference(self._before, after),
                failure=failure,
                rejected_rows=rejected_rows(own, after, self._before, lost),
                data_changes=self._changes(after),
                portability=self._portability,
            )

    def _portability(self) -> pd.DataFrame:
        return portability(self._applied, self._pending)

    def _difference(self, before: Schema, after: Schema) -> SchemaDifference:
        views: dict[str, str] | None = {} if after.views else None  # those of a failed trial are not known
        changes = schema_changes(
            replace(self._version(before), views=views), SchemaVersion(after, views, self._scripts)
        )
        return SchemaDifference(
            before, after, [each for each in changes if (each.kind, each.change) != ("view", REMOVED)]
        )

    def _version(self, schema: Schema) -> SchemaVersion:
        """The version before the migrations, with one of its schemas."""
        return SchemaVersion(schema, None, self._scripts[: len(self._applied)])

    def _changes(self, after: Schema) -> pd.DataFrame:
        renamed = renames_between(self._version(self._rows), SchemaVersion(after, None, self._scripts))
        return data_changes(self._con, self._rows, after, _pairs(self._rows, after, renamed))

    def _not_restored(self) -> pd.DataFrame:
        """What the down scripts do not bring back."""
        with rolled_back(self._con):
            views.drop(self._con)
            try:
                run_down_scripts(self._con, self._pending)
            except (MigrationError, SqlFileError) as error:
                return pd.DataFrame([("fails", "", "", 1, str(error))], columns=_NOT_RESTORED)
            again = read_schema(self._con)
            left = schema_changes(SchemaVersion(self._before), SchemaVersion(again))
            rows = data_changes(self._con, self._rows, again, _pairs(self._rows, again, {}))
        schema = [(SCHEMA, each.table, each.name, 1, f"{each.kind} {each.change}") for each in left]
        rules = changed_delete_rules(self._scripts[: len(self._applied)], self._pending)
        schema += [(SCHEMA, each.partition(" ")[0], "", 1, f"delete rule: {each.partition(' ')[2]}") for each in rules]
        return pd.concat([pd.DataFrame(schema, columns=_NOT_RESTORED), rows]) if schema else rows


_NOT_RESTORED = ["change", "table", "column", "count", "examples"]


def _pairs(before: Schema, after: Schema, renamed: Renames) -> list[Pair]:
    return [
        (one, other, matched_columns(one, other, renamed) if one and other else {})
        for one, other in matched_tables(before, after, renamed)
    ]
