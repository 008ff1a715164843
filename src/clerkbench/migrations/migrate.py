"""Applies and rolls back migrations, and keeps the views in step. Each call happens whole or not at all.

``verify`` and ``history`` only read. ``apply`` commits each migration together with its ledger row; ``undo`` rolls back
all its steps in one transaction.
"""

from collections.abc import Sequence
from contextlib import suppress

import duckdb
import pandas as pd

from clerkbench.database import catalog, ledger
from clerkbench.database.ledger import Applied
from clerkbench.database.schema import read_schema
from clerkbench.database.sequences import advance_sequences
from clerkbench.database.transactions import require_no_open_transaction, transaction
from clerkbench.errors import DataLossError, MigrationError, SchemaError
from clerkbench.files.declared_constraints import declared_constraints
from clerkbench.files.sql_files import Migration, SqlFiles
from clerkbench.migrations import data_loss, template, views
from clerkbench.migrations.script_runner import parse_script, run_script
from clerkbench.migrations.untrusted_scripts import require_contained
from clerkbench.mutations.database_copy import copy_database


def verify(con: duckdb.DuckDBPyConnection, files: SqlFiles) -> list[Applied]:
    """The applied migrations, once it is certain that they are those of the files."""
    require_no_open_transaction(con)
    applied = ledger.applied(con)
    if not applied and (strangers := catalog.relation_names(con)):
        raise MigrationError(
            f"The database holds tables that clerkbench did not make: {', '.join(strangers)}. "
            "Name another file, or a new one. Nothing was changed."
        )
    for each in applied:
        label = each.migration.label
        if each.migration.version > len(files.migrations):
            raise MigrationError(
                f"The database is newer than the migrations in {files.folder}: it has {label}, and they end at "
                f"{len(files.migrations):04}. Update clerkbench; or undo what is newer, with the scripts that the "
                "database keeps: clerkbench.open(path, migrate=False).rollback(trust=True). Nothing was changed."
            )
        file = files.migrations[each.migration.version - 1]
        if file.name != each.migration.name:
            raise MigrationError(
                f"The database has {label}, where {files.folder / 'migrations'} has {file.label}: it was made with "
                "other files. Open it with those: clerkbench.open(path, sql_folder=…). Nothing was changed."
            )
        if each.migration != file:
            steps = len(applied) - each.migration.version + 1
            raise MigrationError(
                f"{label} was changed in {files.folder / 'migrations'} after this database got it. If it is a draft, "
                "roll it back with the script that the database keeps, and migrate again: clerkbench rollback FILE "
                f"--steps {steps} --trust, or clerkbench.open(path, migrate=False).rollback({steps}, trust=True). "
                "Otherwise put the file back as it was, and write a new migration. Nothing was changed."
            )
    return applied


def apply(con: duckdb.DuckDBPyConnection, files: SqlFiles, to: int | None = None) -> int:
    """Apply the migrations up to a version, and renew the views. All scripts are parsed before the first one runs.

    Returns:
        How many migrations were applied.
    """
    applied, pending = pending_migrations(con, files, to)
    is_new = bool(pending) and not applied and template.is_new(con)
    copied = _copy_template(con, files, pending) if is_new else 0
    for migration in pending[copied:]:
        with transaction(con):
            run_up_script(con, files, migration)
            views.create(con, files)
    if is_new and copied < len(pending):
        template.keep(con, _scripts(files, pending))
    if not pending and views.are_stale(con, files):
        with transaction(con):
            views.drop(con)
            views.create(con, files)
    return len(pending)


def _scripts(files: SqlFiles, migrations: Sequence[Migration]) -> template.Scripts:
    newest = len(migrations) == len(files.migrations)
    return template.Scripts(tuple(migrations), tuple(files.views) if newest else ())


def _copy_template(con: duckdb.DuckDBPyConnection, files: SqlFiles, pending: Sequence[Migration]) -> int:
    """Fill a new database from a template, with its ledger. Returns how many of the migrations it has then."""

    def record(made: template.Scripts) -> None:
        con.execute(files.ledger)
        for each in made.migrations:
            ledger.record_migration(con, each)
        ledger.record_views(con, list(made.views))

    return len(template.fill(con, _scripts(files, pending), record).migrations)


def pending_migrations(
    con: duckdb.DuckDBPyConnection, files: SqlFiles, to: int | None
) -> tuple[list[Migration], list[Migration]]:
    """The applied migrations, and the later ones up to a version. The scripts of these are parsed."""
    applied = [each.migration for each in verify(con, files)]
    current = len(applied)
    target = len(files.migrations) if to is None else to
    if isinstance(target, bool) or not isinstance(target, int) or not 0 <= target <= len(files.migrations):
        raise MigrationError(
            f"There is no migration {target!r}: they run from 1 to {len(files.migrations)}. Nothing was changed."
        )
    if target < current:
        raise MigrationError(
            f"The database is at migration {current:04}, past {target:04}. "
            f"To go back: rollback(steps={current - target}). Nothing was changed."
        )
    pending = files.migrations[current:target]
    for migration in pending:  # a migration without a way back is not applied
        parse_script(migration.up, f"{migration.label}.up.sql")
        parse_script(migration.down, f"{migration.label}.down.sql")
    return applied, pending


def run_up_script(con: duckdb.DuckDBPyConnection, files: SqlFiles, migration: Migration) -> None:
    """Apply one migration inside a transaction of the caller. The views are dropped."""
    source = f"{migration.label}.up.sql"
    con.execute(files.ledger)
    views.drop(con)
    _run_here(con, parse_script(migration.up, source), source)
    ledger.record_migration(con, migration)
    _require_matched_declarations(con, source)
    if "nextval" in migration.up.lower():  # it may have stored rows with numbers
        for table in read_schema(con).tables.values():
            advance_sequences(con, table, table.stored)


def _run_here(con: duckdb.DuckDBPyConnection, script: tuple[duckdb.Statement, ...], source: str) -> None:
    """Run a script. It may create tables only in the schema of the school, because clerkbench works only there."""
    before = set(catalog.tables_in_other_schemas(con))
    run_script(con, script, source)
    try:
        if any("macro" in each.query.lower() or "function" in each.query.lower() for each in script):
            catalog.require_no_shadowing_macros(con)
    except SchemaError as error:
        raise MigrationError(f"{source}: {error}\nIt was rolled back. Nothing was changed.") from None
    if made := [name for name in catalog.tables_in_other_schemas(con) if name not in before]:
        raise MigrationError(
            f"{source} makes tables outside the schema of the school: {', '.join(made)}. They would be left out of "
            "forks, files and exports. Name the tables without a schema.\n"
            "It was rolled back. Nothing was changed."
        )


def _require_matched_declarations(con: duckdb.DuckDBPyConnection, source: str) -> None:
    """Raise MigrationError if a script declares a foreign key or a rule that no table has."""
    if unfound := read_schema(con).unmatched:
        raise MigrationError(
            f"After {source}, the scripts declare what no table has: {'; '.join(unfound)}. A script that creates a "
            "table again must declare all of its constraints again.\n"
            "It was rolled back. Nothing was changed."
        )


def undo(
    con: duckdb.DuckDBPyConnection, files: SqlFiles, steps: int, *, discard_data: bool = False, trust: bool = False
) -> None:
    """Roll back the latest migrations with the scripts in the ledger, all of them or none. See ``bench.rollback``."""
    require_no_open_transaction(con)
    applied = ledger.applied(con)
    if isinstance(steps, bool) or not isinstance(steps, int) or not 1 <= steps <= len(applied):
        raise MigrationError(
            f"Cannot roll back {steps!r} steps: the database has {len(applied)} migrations. Nothing was changed."
        )
    undone = [each.migration for each in applied[-steps:]]
    _require_trust(files, applied, undone, trust)
    before = data_loss.table_contents(con)
    try:
        with transaction(con):
            views.drop(con)
            run_down_scripts(con, undone)
            lost = data_loss.lost_values(before, data_loss.table_contents(con))
            if lost and not discard_data:
                raise _LosesData
            if lost:
                ledger.remove_school(con)
    except _LosesData:
        with suppress(MigrationError):
            written = _lost_user_values(con, undone)
            lost = {name: count for name, count in lost.items() if any(_is_about(name, each) for each in written)}
        if lost:
            raise DataLossError(
                f"Rolling back {undone[0].label} would discard rows or values: "
                f"{', '.join(f'{name} {count}' for name, count in lost.items())}. "
                "To accept that: rollback(…, discard_data=True), or --discard-data. Nothing was changed."
            ) from None
        with transaction(con):
            views.drop(con)
            run_down_scripts(con, undone)


def _require_trust(files: SqlFiles, applied: list[Applied], undone: list[Migration], trust: bool) -> None:
    """Raise MigrationError if scripts that are not among the files would run, and the caller does not trust them."""
    unknown = [each.label for each in undone if each not in files.migrations]
    if unknown and not trust:
        raise MigrationError(
            f"The scripts of {', '.join(unknown)} came with the database and are not those of {files.folder}. They may "
            "do anything. Read them first: bench.sql('SELECT name, down_script FROM clerkbench_migrations'). To run "
            "them anyway: rollback(…, trust=True), or --trust. Nothing was changed."
        )
    if unknown:
        scripts = [(each.migration.up, f"{each.migration.label}.up.sql") for each in applied]
        scripts += [(each.down, f"{each.label}.down.sql") for each in reversed(undone)]
        require_contained(scripts)


class _LosesData(Exception):
    """Rows or values would be lost."""


def changed_delete_rules(earlier: Sequence[str], undone: Sequence[Migration]) -> list[str]:
    """The foreign keys that have another delete rule after the up and down scripts of some migrations than before them.
    DuckDB does not know delete rules, so only the scripts tell.
    """
    wanted = declared_constraints(earlier)
    scripts = [*earlier, *(each.up for each in undone), *(each.down for each in reversed(undone))]
    found = []
    for table, declared in declared_constraints(scripts).items():
        rules = {each.columns: each.on_delete for each in wanted.get(table, ()) if each.kind == "foreign key"}
        found += [
            f"{table} ({', '.join(each.columns)}) {each.on_delete} in place of {rules[each.columns]}"
            for each in declared
            if each.kind == "foreign key" and rules.get(each.columns, each.on_delete) != each.on_delete
        ]
    return found


def run_down_scripts(con: duckdb.DuckDBPyConnection, migrations: Sequence[Migration]) -> None:
    """Roll back migrations, the last one first, inside a transaction of the caller. The views are dropped already."""
    for each in reversed(migrations):
        source = f"{each.label}.down.sql"
        run_script(con, parse_script(each.down, source), source)
        ledger.remove_migration(con, each)


def _lost_user_values(con: duckdb.DuckDBPyConnection, steps: list[Migration]) -> dict[str, int]:
    """What a rollback would lose of what users wrote: what a copy lacks after it is rolled back and migrated again."""
    with copy_database(con) as copy:
        renewed = set(read_schema(copy).renewed_columns)
        before = data_loss.table_contents(copy, renewed)
        with transaction(copy):
            views.drop(copy)
            run_down_scripts(copy, steps)
            for each in steps:
                source = f"{each.label}.up.sql"
                run_script(copy, parse_script(each.up, source), source)
        schema, again = read_schema(copy), data_loss.table_contents(copy, renewed)
    gone = {name.partition(".")[0] for name in data_loss.lost_values(before, again, renewed)}
    for name, table in schema.tables.items():  # a reference to a row that a user wrote is from a user too
        renewed -= {(name, column) for key in table.foreign_keys if key.parent in gone for column in key.columns}
    return data_loss.lost_values(before, again, renewed)


def _is_about(one: str, other: str) -> bool:
    """Whether one is the table of the other, or both are the same."""
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")


def history(con: duckdb.DuckDBPyConnection, files: SqlFiles) -> pd.DataFrame:
    """All migrations, applied or pending. See ``bench.migrations``."""
    applied = ledger.applied(con)
    rows: list[tuple[int, str, str, object]] = [
        (each.migration.version, each.migration.name, "applied", each.at) for each in applied
    ]
    rows += [(each.version, each.name, "pending", pd.NaT) for each in files.migrations[len(applied) :]]
    frame = pd.DataFrame(rows, columns=["version", "name", "status", "applied_at"])
    return frame.astype({"applied_at": "datetime64[us]"})
