"""Imports a school from another engine, unchanged, whole or not at all."""

from collections.abc import Iterable, Mapping
from contextlib import ExitStack

import duckdb
import pandas as pd

from clerkbench.database import catalog, ledger
from clerkbench.database.connection import temporary_tables
from clerkbench.database.schema import Schema, read_schema
from clerkbench.database.sequences import advance_sequences
from clerkbench.database.session import Session
from clerkbench.database.transactions import require_no_open_transaction, transaction
from clerkbench.errors import MigrationError, RowsRejectedError, TargetError
from clerkbench.files.declared_constraints import declared_constraints
from clerkbench.files.sql_files import Migration, SqlFiles
from clerkbench.files.sql_text import quoted
from clerkbench.interchange.engines.addresses import Address
from clerkbench.interchange.engines.engine import connect
from clerkbench.interchange.engines.payload import require_declared_lengths
from clerkbench.interchange.engines.remote_ledger import RemoteLedger, read_ledger
from clerkbench.interchange.engines.row_reader import remote_rows
from clerkbench.interchange.engines.schema_drift import drifted_columns
from clerkbench.interchange.engines.target import Target
from clerkbench.migrations import migrate, migrated_rows, views
from clerkbench.migrations.script_runner import parse_script, run_script
from clerkbench.migrations.untrusted_scripts import require_contained
from clerkbench.mutations import error_messages
from clerkbench.mutations.row_copies import restore_rows
from clerkbench.mutations.swap_rebuild import copy_of, detach_tables, reattach_tables
from clerkbench.reporting.progress import with_progress

_COPY = 'temp."clerkbench_arrived"'
_ARRIVED = "clerkbench_migrated"


def import_from(session: Session, files: SqlFiles, address: Address) -> pd.DataFrame:
    """Import a school into an empty database. An older one is migrated on the way. See ``bench.import_from``."""
    con = session.con
    require_no_open_transaction(con)
    if filled := migrated_rows.rows_by_users(con, session.schema):
        raise RowsRejectedError(
            "A school is brought into an empty database, and this one holds rows: "
            f"{', '.join(f'{table} {count}' for table, count in filled.items())}. "
            "clerkbench.open() gives an empty one in memory. Nothing was changed."
        )
    with connect(address, writing=False) as target:
        school = require_school(target)
        applied = [each.migration for each in ledger.applied(con)]
        is_older = len(school.migrations) < len(applied) and school.is_at(applied[: len(school.migrations)])
        if not school.is_at(applied) and not is_older:
            raise MigrationError(
                f"The school of {address} has other migrations than this database: it is at "
                f"{_last(school.migrations)}, and this at {_last(applied)}. Bring this database there first: "
                f"clerkbench.open(path, migrate=False), bench.migrate({len(school.migrations)}). Nothing was changed."
            )
        if by_hand := drifted_columns(target, target.objects(), school.migrations):
            raise TargetError(
                f"{address}: the school there has columns that no migration made, and this database has no place for "
                f"them: {', '.join(by_hand)}. Write a migration for them; or leave them behind, with "
                "clerkbench.open(…).fork(). Nothing was changed."
            )
        with ExitStack() as opened, session.transaction():
            if is_older:
                older = opened.enter_context(duckdb.connect())
                read_into(older, target, files)
                migrate.apply(older, files, len(applied))
                _load_migrated_rows(con, session.schema, older)
            else:
                _load_rows(con, session.schema, target)
            require_declared_lengths(con, session.schema)
            _load_ledger(con, target, ["clerkbench_seeds"])
    return pd.DataFrame(list(catalog.row_counts(con, session.schema).items()), columns=["table", "rows"])


def read_into_memory(address: Address, files: SqlFiles) -> duckdb.DuckDBPyConnection:
    """A school in a database in memory, with its own migrations and ledger."""
    con = duckdb.connect()
    try:
        with connect(address, writing=False) as target:
            read_into(con, target, files)
    except BaseException:
        con.close()
        raise
    return con


def read_into(con: duckdb.DuckDBPyConnection, target: Target, files: SqlFiles) -> None:
    """Read a school into a new database. See :func:`read_into_memory`."""
    school = require_school(target)
    own = list(declared_constraints([files.ledger]))
    if school.is_at(files.migrations[: len(school.migrations)]):
        migrate.apply(con, files, len(school.migrations))
        for name in own:
            con.execute(f"DELETE FROM {quoted(name)}")
    else:
        require_contained_scripts(school.migrations, files)
        with transaction(con):
            con.execute(files.ledger)
            for each in school.migrations:
                run_script(con, parse_script(each.up, each.label), each.label)
    with transaction(con):
        _load_ledger(con, target, own)
        _load_rows(con, read_schema(con), target)
        ledger.record_views(con, files.views if school.is_at(files.migrations) else [])
    if not school.is_at(files.migrations):  # after the transaction, which a view that does not run would abort
        views.create_running(con, files, school.views)


def require_contained_scripts(theirs: list[Migration], files: SqlFiles) -> None:
    """Raise MigrationError if scripts that are not ours reach outside a database."""
    if any(each not in files.migrations for each in theirs):
        require_contained([(each.up, f"{each.label}.up.sql") for each in theirs])


def require_school(target: Target) -> RemoteLedger:
    """The ledger of a school. Raises TargetError if there is none, or it names no migration."""
    school = read_ledger(target, target.objects())
    if school is None:
        elsewhere = target.schemas()
        there = f" Schools are in the schemas {', '.join(elsewhere)}: schema='…', --schema." if elsewhere else ""
        raise TargetError(
            f"{target.address} holds no school that clerkbench shipped: there is no table clerkbench_migrations."
            f"{there} bench.export(…), or clerkbench export, ships one there."
        )
    if not school.migrations:
        raise TargetError(
            f"{target.address}: the table clerkbench_migrations names no migration, so what the tables there mean is "
            "unknown. Ship the school to another place. Nothing was changed."
        )
    return school


def _last(migrations: list[Migration]) -> str:
    return migrations[-1].label if migrations else "no migration"


def _load_rows(con: duckdb.DuckDBPyConnection, schema: Schema, target: Target) -> None:
    held = target.objects()
    require_tables(target, held, schema.tables)
    _delete_migrated_rows(con, schema)
    for table in with_progress(schema.tables.values(), f"Reading {target.address}"):
        columns = table.column_types(table.stored)
        with temporary_tables(con) as temporary:
            temporary.append(_COPY)
            with remote_rows(con, target, held[table.name.lower()][0], columns, table.primary_key) as rows:
                con.execute(f"CREATE OR REPLACE TEMP TABLE {_COPY} AS {rows}")
            try:
                restore_rows(con, table, _COPY)
                advance_sequences(con, table, table.stored)
            except error_messages.REJECTIONS as error:
                if loose := target.orphans():
                    raise TargetError(
                        f"{target.address}: rows reference rows that are not there, from {'; from '.join(loose)}. "
                        "SQLite checks that only for who says PRAGMA foreign_keys = ON. Correct them there; "
                        "PRAGMA foreign_key_check lists them all. Nothing was changed."
                    ) from None
                refused = error_messages.rows_rejected(con, table, error)
                raise type(refused)(f"{target.address}: {refused}") from None


def _load_migrated_rows(con: duckdb.DuckDBPyConnection, schema: Schema, older: duckdb.DuckDBPyConnection) -> None:
    """Load the rows of another database with the same schema."""
    _delete_migrated_rows(con, schema)
    migrated = read_schema(older).tables
    for name, table in schema.tables.items():
        with temporary_tables(con) as temporary:
            temporary.append(_COPY)
            columns = ", ".join(map(quoted, table.stored))
            con.register(_ARRIVED, older.sql(f"SELECT {columns} FROM {migrated[name].address}").to_arrow_table())
            try:
                con.execute(f"CREATE OR REPLACE TEMP TABLE {_COPY} AS FROM {_ARRIVED}")
            finally:
                con.unregister(_ARRIVED)
            restore_rows(con, table, _COPY)
            advance_sequences(con, table, table.stored)


def _delete_migrated_rows(con: duckdb.DuckDBPyConnection, schema: Schema) -> None:
    """Delete the rows that migrations stored, because the school brings them."""
    tables = schema.tables
    filled = {name for name in tables if con.execute(f"FROM {tables[name].address} LIMIT 1").fetchone()}
    if filled:
        down = detach_tables(con, schema, filled | set(schema.depending_on(filled)))
        for table in down.tables:
            con.execute(f"DELETE FROM {copy_of(table)}")
        reattach_tables(con, down)


def _load_ledger(con: duckdb.DuckDBPyConnection, target: Target, tables: Iterable[str]) -> None:
    """Import clerkbench's own tables."""
    held = target.objects()
    tables = list(tables)
    require_tables(target, held, tables)
    for table in tables:
        columns = catalog.column_types(con, table)
        with remote_rows(con, target, held[table][0], columns) as rows:
            con.execute(f"INSERT INTO {quoted(table)} {rows}")


def require_tables(target: Target, held: Mapping[str, object], tables: Iterable[str]) -> None:
    """Raise TargetError if a school lacks a table."""
    if missing := [name for name in tables if name.lower() not in held]:
        raise TargetError(
            f"{target.address} lacks tables that its migrations made: {', '.join(missing)}. Ship the school "
            "there again. Nothing was changed."
        )
