"""Drops tables and creates them again with their rows inside one transaction: swap-rebuild.

While a table is dropped, nothing in it references anything, so DuckDB lets the rows and tables that it referenced be
changed. That is the only way to do inside a transaction what DuckDB rejects there: to delete a row together with those
that reference it, to change an indexed column of a referenced row, to alter a referenced table.

The guarantees:

- **It is part of the transaction**, committed or rolled back with it, after an exception, Ctrl-C or the end of the
  process. Nobody else sees any of it before the commit.
- **The tables come back as they were**, with columns, constraints, indexes, comments and triggers. That is checked
  against the catalog; if it fails, so does the change. The rows keep their order, except that changed rows come last,
  and that parents come first in a table that references itself.
- **No orphan**: the rows are inserted through the foreign keys, which DuckDB checks.

The cost grows with the detached tables: those that reference a row concerned, and all that reference these. Their rows
are written and their indexes built again. Outside of a transaction of the user ``multi_transaction`` does the same in
time that grows with the rows.

Two limits: a rebuilt table lacks what another connection committed to it since the transaction began, so the
transaction is rejected then (see ``write_conflicts``); and triggers on a detached table, or that write to one or read
one, do not fire until it is back.
"""

from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import duckdb

from clerkbench.database import ledger
from clerkbench.database.connection import IN_SCHEMA
from clerkbench.database.rows import referenced_values
from clerkbench.database.schema import Schema, read_schema
from clerkbench.database.table import Rows, Table
from clerkbench.database.values import condition
from clerkbench.errors import SchemaError
from clerkbench.files.alter_statements import Renaming, create_index_sql, create_table_sql
from clerkbench.files.sql_text import literal, quoted, tokens
from clerkbench.mutations.change_set import ChangeSet, merge_rows
from clerkbench.mutations.row_copies import copy_rows, delete_rows, discard_rows, restore_rows
from clerkbench.reporting.progress import with_progress

#: What the catalog knows of a table, which must come back.
_CATALOG = {
    "table": "SELECT table_name, sql, comment FROM duckdb_tables()",
    "column": "SELECT table_name, column_name, data_type, column_default, is_nullable, comment FROM duckdb_columns()",
    "constraint": "SELECT table_name, constraint_text, constraint_column_names FROM duckdb_constraints()",
    "index": "SELECT table_name, index_name, sql, comment FROM duckdb_indexes()",
}

#: DuckDB drops and alters no table before the triggers on it, and those that write to it or read it, are dropped.
_TRIGGERS = "SELECT table_name, trigger_name, sql FROM duckdb_triggers()"

#: What DuckDB says before the reason why a table cannot have a foreign key.
_FOREIGN_KEY_FAILED = "Failed to create foreign key: "

_NOTHING = Renaming()

CatalogEntries = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True)
class DetachedTables:
    """Dropped tables, parents first, with their catalog entries; and a table altered without its indexes and
    triggers.
    """

    tables: list[Table]
    described: CatalogEntries
    altered: Table | None
    indexes: list[tuple[Any, ...]]


def in_one_transaction(con: duckdb.DuckDBPyConnection, schema: Schema, change: ChangeSet) -> None:
    """Apply the change set inside the open transaction."""
    concerned = merge_rows(change.deleted, change.updated_rows)
    direct = {
        each for name, rows in concerned.items() for each in referencing_tables(con, schema, schema.tables[name], rows)
    }
    names = direct | set(schema.depending_on(direct))
    detached = detach_tables(con, schema, names)
    for table in detached.tables:
        discard_rows(con, table, copy_of(table), change.deleted.get(table.name, {}))
    for name in concerned.keys() - names:
        table, staying = schema.tables[name], change.updated_rows.get(name, {})
        if staying:
            where, parameters = condition(table.column_types(table.row_key), staying)
            copy_rows(con, table, copy_of(table), where, parameters, temporary=True)
        delete_rows(con, table, *condition(table.column_types(table.row_key), concerned[name]))
        if staying:
            restore_rows(con, table, copy_of(table), change.updates_of(name))
            con.execute(f"DROP TABLE {copy_of(table)}")
    reattach_tables(con, detached, change)


def referencing_tables(con: duckdb.DuckDBPyConnection, schema: Schema, table: Table, rows: Rows) -> set[str]:
    """The tables because of which DuckDB does not delete or replace rows.

    These have a row that references one of them, or had one before the transaction: DuckDB still counts deleted rows,
    as another connection still sees them.
    """
    found = set()
    with con.cursor() as committed:
        for key in table.referenced_by:
            child = schema.tables[key.table]
            where, parameters = condition(
                child.column_types(key.columns), referenced_values(table, rows.values(), key.parent_columns)
            )
            query = f"SELECT 1 FROM {child.address} WHERE {where} LIMIT 1"
            for each in (con, committed):
                with suppress(duckdb.CatalogException, duckdb.BinderException):  # the transaction created it
                    if each.execute(query, parameters).fetchone():
                        found.add(child.name)
    return found


def detach_tables(
    con: duckdb.DuckDBPyConnection, schema: Schema, names: Collection[str], altered: Table | None = None
) -> DetachedTables:
    """Drop tables, and keep their rows and catalog entries.

    Args:
        con, schema: The database, with an open transaction, and its schema.
        names: The tables, with all that reference them.
        altered: A table that stays and will be altered. DuckDB rejects that while it has indexes or triggers.

    Returns:
        What :func:`reattach_tables` needs.
    """
    tables = [table for name, table in schema.tables.items() if name in names]
    described = _catalog_entries(con, tables, altered)
    detached = DetachedTables(
        tables, described, altered, [] if altered is None else _rows(con, _CATALOG["index"], [altered.name])
    )
    for _, index, *_ in detached.indexes:
        con.execute(f"DROP INDEX {quoted(index)}")
    for on, trigger, _ in described["trigger"]:
        con.execute(f"DROP TRIGGER {quoted(trigger)} ON {schema.tables[on].address}")
    for table in with_progress(tables[::-1], "Detaching tables"):
        copy_rows(con, table, copy_of(table), "TRUE", [], temporary=True)
        con.execute(f"DROP TABLE {table.address}")
    return detached


def drop_detached(con: duckdb.DuckDBPyConnection, detached: DetachedTables, table: Table) -> DetachedTables:
    """The detached tables without one, which does not come back."""
    con.execute(f"DROP TABLE {copy_of(table)}")
    described = {about: [row for row in rows if row[0] != table.name] for about, rows in detached.described.items()}
    return replace(detached, tables=[each for each in detached.tables if each is not table], described=described)


def reattach_tables(
    con: duckdb.DuckDBPyConnection,
    detached: DetachedTables,
    change: ChangeSet | None = None,
    renamed: Renaming = _NOTHING,
) -> None:
    """Create the tables again, with their rows.

    Raises:
        duckdb.Error: A row violates a constraint.
        SchemaError: A table differs from the one before.
    """
    about = detached.described
    detached = replace(detached, tables=[replace(table, address=_address(table, renamed)) for table in detached.tables])
    for table in with_progress(detached.tables, "Creating tables again"):
        _create_again(con, table, about, renamed)
        own = renamed if table.name.lower() == renamed.table else _NOTHING
        for before, after in own.columns.items():
            con.execute(f"ALTER TABLE {copy_of(table)} RENAME COLUMN {quoted(before)} TO {after}")
        stored = read_schema(con).tables[table.name] if own.columns else table
        restore_rows(con, stored, copy_of(stored), change.updates_of(stored.name) if change else ())
        con.execute(f"DROP TABLE {copy_of(stored)}")
    if detached.altered is not None:
        for _, _, sql, _ in detached.indexes:
            con.execute(create_index_sql(sql, _address(detached.altered, renamed), renamed))
    for statement in _final_statements(detached, renamed):
        con.execute(statement)
    if not renamed.table and (different := _different(about, _catalog_entries(con, detached.tables, detached.altered))):
        raise SchemaError(
            f"The change would rebuild tables, and DuckDB does not give back {different} as it was. Nothing was "
            "changed."
        )


def _create_again(con: duckdb.DuckDBPyConnection, table: Table, about: CatalogEntries, renamed: Renaming) -> None:
    """Create a detached table with its indexes, without its rows."""
    [create] = (sql for name, sql, _ in about["table"] if name == table.name)
    try:
        con.execute(create_table_sql(create, table.address, renamed, _requires_key_first(table)))
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        reason = str(error).partition("\n")[0].partition("Error: ")[2].removeprefix(_FOREIGN_KEY_FAILED).rstrip(".!")
        remedy = (
            " To rebuild a table that others reference: CREATE TABLE under another name, INSERT its rows, "
            "DROP TABLE the old one, and RENAME the new one."
        )
        raise SchemaError(
            f"{table.name} cannot be created again: {reason}.{'' if renamed.columns else remedy}"
        ) from None
    own = renamed if table.name.lower() == renamed.table else _NOTHING
    for name, _, sql, _ in about["index"]:
        if name == table.name:
            con.execute(create_index_sql(sql, table.address, own))


def _catalog_entries(
    con: duckdb.DuckDBPyConnection, tables: Iterable[Table], altered: Table | None = None
) -> CatalogEntries:
    names = [table.name for table in tables]
    found = {about: _rows(con, query, names) for about, query in _CATALOG.items()}
    concerned = {name.lower() for name in names} | ({altered.name.lower()} if altered else set())
    triggers = con.execute(f"{_TRIGGERS} WHERE {IN_SCHEMA} ORDER BY ALL").fetchall()
    return found | {
        "trigger": [row for row in triggers if not concerned.isdisjoint(token.name for token in tokens(row[2]))]
    }


def _rows(con: duckdb.DuckDBPyConnection, query: str, tables: list[str]) -> list[tuple[Any, ...]]:
    return con.execute(f"{query} WHERE {IN_SCHEMA} AND list_contains(?, table_name) ORDER BY ALL", [tables]).fetchall()


def _different(before: CatalogEntries, after: CatalogEntries) -> str:
    """The first difference, in words; empty if there is none."""
    for about, rows in before.items():
        if gone := [row for row in rows if row not in after[about]]:
            return f"the {about} {'.'.join(gone[0][: 1 if about == 'table' else 2])}"
    return ""


def _final_statements(detached: DetachedTables, renamed: Renaming) -> Iterable[str]:
    """The statements after the rows: comments, and triggers, which must not fire for restored rows."""
    addresses = {table.name: table.address for table in detached.tables}
    for name, _, comment in detached.described["table"]:
        if comment is not None:
            yield f"COMMENT ON TABLE {addresses[name]} IS {literal(comment)}"
    for name, column, *_, comment in detached.described["column"]:
        new = renamed.columns.get(column.lower()) if name.lower() == renamed.table else None
        if comment is not None:
            yield f"COMMENT ON COLUMN {addresses[name]}.{new or quoted(column)} IS {literal(comment)}"
    for _, index, _, comment in detached.described["index"] + detached.indexes:
        if comment is not None:
            yield f"COMMENT ON INDEX {quoted(index)} IS {literal(comment)}"
    for *_, trigger in detached.described["trigger"]:
        yield trigger


def _address(table: Table, renamed: Renaming) -> str:
    """The full name of a table, which may be the renamed one."""
    if not renamed.to or table.name.lower() != renamed.table:
        return table.address
    return table.address.removesuffix(quoted(table.name)) + renamed.to


def _requires_key_first(table: Table) -> bool:
    """Whether the key is declared NOT NULL before it is declared a primary key."""
    kinds = [each.kind for each in table.constraints if table.primary_key and each.columns == table.primary_key]
    return "not null" in kinds and kinds.index("not null") < kinds.index("primary key")


def copy_of(table: Table) -> str:
    """The full name of the copy of a detached table."""
    return f"temp.{quoted(f'{ledger.PREFIX}kept_{table.name}')}"
