"""Applies and undoes migrations, and keeps the views in step. Each call happens whole or not at all.

``verify`` and ``history`` read only. ``apply`` commits each migration together with its ledger row; ``undo`` takes all
its steps in one transaction.
"""

import duckdb
import pandas as pd

from clerkbench import catalog, ledger
from clerkbench.database import transaction
from clerkbench.ddl import declared_constraints
from clerkbench.errors import DataLossError, MigrationError, SqlFileError
from clerkbench.ledger import Applied
from clerkbench.sql_files import SqlFiles
from clerkbench.sql_text import statements


def verify(con: duckdb.DuckDBPyConnection, files: SqlFiles) -> list[Applied]:
    """The migrations the database has, once it is certain that they are the ones in the files. Reads only.

    Raises:
        MigrationError: The database has tables but no ledger; has a migration the files do not have; or a file was
            changed after it was applied.
    """
    applied = ledger.applied(con)
    strangers = catalog.table_names(con) + catalog.view_names(con)
    if strangers and not ledger.exists(con):
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
                "database keeps: clerkbench.open(path, migrate=False).rollback(). Nothing was changed."
            )
        if each.checksum != files.migrations[each.migration.version - 1].checksum:
            raise MigrationError(
                f"{label} was changed in {files.folder / 'migrations'} after this database got it. "
                "Put the file back as it was and write the change as a new migration. Nothing was changed."
            )
    return applied


def apply(con: duckdb.DuckDBPyConnection, files: SqlFiles, to: int | None = None) -> None:
    """Bring the database forward, migration by migration, and its views up to date.

    Each migration is committed together with its ledger row, or not at all; one that fails leaves those before it.
    None begins before all can be read.

    Args:
        con: The database.
        files: Where the migrations come from.
        to: The version to stop at; the newest when not given.

    Raises:
        MigrationError: See :func:`verify`; there is no such version, or it lies behind; or a migration failed.
        SqlFileError: A script cannot be parsed, ends the transaction itself, or misspells a delete rule.
    """
    current = len(verify(con, files))
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
    pending = [(each, f"{each.label}.up.sql") for each in files.migrations[current:target]]
    scripts = [_readable(migration.up, source) for migration, source in pending]
    for (migration, source), script in zip(pending, scripts, strict=True):
        with transaction(con):
            con.execute(files.ledger)
            _drop_views(con)
            _run(con, script, source)
            ledger.record_migration(con, migration)
            _create_views(con, files)
    if not pending and _views_are_stale(con, files):
        with transaction(con):
            _drop_views(con)
            _create_views(con, files)


def undo(con: duckdb.DuckDBPyConnection, steps: int, discard_data: bool) -> None:
    """Take back the latest migrations with the scripts the database keeps, all of them or none.

    Args:
        con: The database.
        steps: How many to take back.
        discard_data: Whether rows may be lost.

    Raises:
        MigrationError: There are not as many migrations; or a script failed.
        DataLossError: Rows would be lost, and ``discard_data`` is false.
    """
    applied = ledger.applied(con)
    if isinstance(steps, bool) or not isinstance(steps, int) or not 1 <= steps <= len(applied):
        raise MigrationError(
            f"Cannot roll back {steps!r} steps: the database has {len(applied)} migrations. Nothing was changed."
        )
    with transaction(con):
        before = _contents(con)
        _drop_views(con)
        for each in reversed(applied[-steps:]):
            source = f"{each.migration.label}.down.sql"
            _run(con, _readable(each.migration.down, source), source)
            ledger.forget_migration(con, each.migration)
        with con.cursor() as committed:
            lost = _lost(before, _contents(con), committed)
        if lost and not discard_data:
            raise DataLossError(
                f"Rolling back {applied[-steps].migration.label} would discard rows or values: {', '.join(lost)}. "
                "To accept that: rollback(…, discard_data=True). Nothing was changed."
            )
        if lost:
            ledger.forget_school(con)


def history(con: duckdb.DuckDBPyConnection, files: SqlFiles) -> pd.DataFrame:
    """Every migration, of the database or still to come. Reads only.

    Returns:
        ``version``, ``name``, ``status`` (applied or pending), ``applied_at`` (NaT while pending).
    """
    applied = ledger.applied(con)
    rows: list[tuple[int, str, str, object]] = [
        (each.migration.version, each.migration.name, "applied", each.at) for each in applied
    ]
    rows += [(each.version, each.name, "pending", pd.NaT) for each in files.migrations[len(applied) :]]
    frame = pd.DataFrame(rows, columns=["version", "name", "status", "applied_at"])
    return frame.astype({"applied_at": "datetime64[us]"})


def _readable(script: str, source: str) -> list[duckdb.Statement]:
    """The statements of a script, once it is certain that they and the delete rules among them can be read."""
    try:
        declared_constraints([script])
    except SqlFileError as error:
        raise SqlFileError(f"{source}: {error}") from None
    return statements(script, source)


def _run(con: duckdb.DuckDBPyConnection, script: list[duckdb.Statement], source: str) -> None:
    for statement in script:
        try:
            con.execute(statement)
        except duckdb.Error as error:
            lines = [line for line in statement.query.strip().splitlines() if not line.lstrip().startswith("--")]
            raise MigrationError(
                f"{source} failed at “{lines[0].strip()}”: {error}\nIt was undone: the database is as it was before."
            ) from None


def _drop_views(con: duckdb.DuckDBPyConnection) -> None:
    """Views stand in the way of migrations on other engines, and would be left broken on DuckDB."""
    for name in ledger.views(con):
        con.execute(f"DROP VIEW IF EXISTS {catalog.quoted(name)}")
    ledger.record_views(con, [])


def _create_views(con: duckdb.DuckDBPyConnection, files: SqlFiles) -> None:
    """The views are written for the newest schema: an older database has none."""
    if len(ledger.applied(con)) == len(files.migrations):
        for view in files.views:
            source = f"{view.name}.sql"
            _run(con, _readable(view.script, source), source)
        ledger.record_views(con, files.views)


def _views_are_stale(con: duckdb.DuckDBPyConnection, files: SqlFiles) -> bool:
    newest = len(ledger.applied(con)) == len(files.migrations)
    return newest and ledger.exists(con) and ledger.views(con) != {view.name: view.checksum for view in files.views}


def _contents(con: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, list[str]]]:
    """Per table how many rows it holds, and its columns."""
    return {name: (count, list(catalog.column_types(con, name))) for name, count in catalog.row_counts(con).items()}


def _lost(
    before: dict[str, tuple[int, list[str]]],
    after: dict[str, tuple[int, list[str]]],
    committed: duckdb.DuckDBPyConnection,
) -> list[str]:
    """What the one has and the other has not, in words; ``committed`` still sees the rows as they were."""
    lost = []
    for table, (count, columns) in before.items():
        rows_left, columns_left = after.get(table, (0, []))
        if rows_left < count:
            lost.append(f"{table} {count - rows_left}")
            continue
        for column in columns:
            if table in after and column not in columns_left:
                name = catalog.quoted(column)
                values = committed.execute(f"SELECT count({name}) FROM {catalog.quoted(table)}").fetchone()
                if values is not None and values[0] > 0:
                    lost.append(f"{table}.{column} {values[0]}")
    return lost
