"""Takes tables down and puts them up again inside one transaction: swap-rebuild.

While a table is down, nothing in it references anything, and DuckDB lets the rows and tables it referenced be changed.
That is the way to do inside a transaction what DuckDB refuses there: to delete a row together with those that reference
it, to change an indexed column of a referenced row, to alter a referenced table.

What it guarantees:

- **It is a part of the transaction**, committed or taken back with it, after an exception, Ctrl-C or the end of the
  process. Nobody else sees anything of it before the commit.
- **The tables come back as they were**, with their columns, constraints, indexes, comments and triggers. That is
  checked against the catalog; where it fails, so does the change. The rows keep their order, but that changed ones come
  last, and in a table that references itself parents before children.
- **No orphan**: the rows come back through the foreign keys, each of which is checked.

What it costs: time that grows with the tables that are taken down, which are those that reference a row concerned and
all that reference these, for their rows are written and their indexes built anew. Outside of a transaction of the
user's, ``stepwise`` does the same in time that grows with the rows.

Two limits: what another connection has committed to a table since the transaction began is not in the table made anew,
so the transaction is refused then (see ``meanwhile``); and triggers on a table that is down, or that write to one or
read one, do not fire until it is up again.
"""

from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import duckdb

from clerkbench.database import ledger
from clerkbench.database.connection import HERE
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

#: Everything about a table that has to come back, by what it is about.
_CATALOG = {
    "table": "SELECT table_name, sql, comment FROM duckdb_tables()",
    "column": "SELECT table_name, column_name, data_type, column_default, is_nullable, comment FROM duckdb_columns()",
    "constraint": "SELECT table_name, constraint_text, constraint_column_names FROM duckdb_constraints()",
    "index": "SELECT table_name, index_name, sql, comment FROM duckdb_indexes()",
}

#: DuckDB drops and alters no table before the triggers on it and those that write to it or read it.
_TRIGGERS = "SELECT table_name, trigger_name, sql FROM duckdb_triggers()"

#: What DuckDB says before the reason why a table cannot have a foreign key.
_FOREIGN_KEY_FAILED = "Failed to create foreign key: "

_NOTHING = Renaming()

CatalogEntries = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True)
class DetachedTables:
    """Tables that are down, parents first, and how they were; and an altered one without its indexes and triggers."""

    tables: list[Table]
    described: CatalogEntries
    altered: Table | None
    indexes: list[tuple[Any, ...]]


def in_one_transaction(con: duckdb.DuckDBPyConnection, schema: Schema, change: ChangeSet) -> None:
    """Do what the change says, inside the transaction that is open.

    Args:
        con: The database.
        schema: Its tables.
        change: Which rows go and which get other values. Whatever references a row that goes is among them.

    Raises:
        duckdb.Error: The database refuses the change. The transaction has failed.
        RowsRejectedError: Rows would reference each other in a circle. The transaction has to be taken back.
        SchemaError: A table cannot be put up as it was. The transaction has to be taken back.
    """
    concerned = merge_rows(change.deleted, change.updated_rows)
    direct = {
        each for name, rows in concerned.items() for each in referencing_tables(con, schema, schema.tables[name], rows)
    }
    names = direct | set(schema.depending_on(direct))
    down = detach_tables(con, schema, names)
    for table in down.tables:
        discard_rows(con, table, copy_of(table), change.deleted.get(table.name, {}))
    for name in concerned.keys() - names:
        table, staying = schema.tables[name], change.updated_rows.get(name, {})
        if staying:
            where, parameters = condition(table.typed(table.row_key), staying)
            copy_rows(con, table, copy_of(table), where, parameters, temporary=True)
        delete_rows(con, table, *condition(table.typed(table.row_key), concerned[name]))
        if staying:
            restore_rows(con, table, copy_of(table), change.updates_of(name))
            con.execute(f"DROP TABLE {copy_of(table)}")
    reattach_tables(con, down, change)


def referencing_tables(con: duckdb.DuckDBPyConnection, schema: Schema, table: Table, rows: Rows) -> set[str]:
    """The tables for whose sake DuckDB refuses to delete or replace rows, inside the open transaction or without one.

    Those are the tables with a row that references one of them, and those that had one before the transaction: DuckDB
    goes on counting what the transaction has deleted, as another connection goes on seeing it.
    """
    found = set()
    with con.cursor() as committed:
        for key in table.referenced_by:
            child = schema.tables[key.table]
            where, parameters = condition(
                child.typed(key.columns), referenced_values(table, rows.values(), key.parent_columns)
            )
            query = f"SELECT 1 FROM {child.address} WHERE {where} LIMIT 1"
            for each in (con, committed):
                with suppress(duckdb.CatalogException, duckdb.BinderException):  # made by the transaction itself
                    if each.execute(query, parameters).fetchone():
                        found.add(child.name)
    return found


def detach_tables(
    con: duckdb.DuckDBPyConnection, schema: Schema, names: Collection[str], altered: Table | None = None
) -> DetachedTables:
    """Drop tables, keeping their rows and all there is to know about them.

    Args:
        con: The database; a transaction is open.
        schema: Its tables.
        names: Which. Whatever references one of them is among them.
        altered: One that stays and is to be altered. DuckDB refuses that as long as it has indexes or triggers, too.

    Returns:
        What :func:`reattach_tables` needs to make them again.
    """
    tables = [table for name, table in schema.tables.items() if name in names]
    described = _catalog_entries(con, tables, altered)
    down = DetachedTables(
        tables, described, altered, [] if altered is None else _rows(con, _CATALOG["index"], [altered.name])
    )
    for _, index, *_ in down.indexes:
        con.execute(f"DROP INDEX {quoted(index)}")
    for on, trigger, _ in described["trigger"]:
        con.execute(f"DROP TRIGGER {quoted(trigger)} ON {schema.tables[on].address}")
    for table in with_progress(tables[::-1], "Taking tables down"):
        copy_rows(con, table, copy_of(table), "TRUE", [], temporary=True)
        con.execute(f"DROP TABLE {table.address}")
    return down


def drop_detached(con: duckdb.DuckDBPyConnection, down: DetachedTables, table: Table) -> DetachedTables:
    """What is down without one of the tables, which does not come back."""
    con.execute(f"DROP TABLE {copy_of(table)}")
    described = {about: [row for row in rows if row[0] != table.name] for about, rows in down.described.items()}
    return replace(down, tables=[each for each in down.tables if each is not table], described=described)


def reattach_tables(
    con: duckdb.DuckDBPyConnection, down: DetachedTables, change: ChangeSet | None = None, renamed: Renaming = _NOTHING
) -> None:
    """Make the tables again, with their rows.

    Args:
        con: The database; a transaction is open.
        down: What :func:`detach_tables` gave.
        change: What changes in some of the rows.
        renamed: What was renamed while they were down.

    Raises:
        duckdb.Error: A row breaks a constraint.
        SchemaError: A table is not as it was.
    """
    about = down.described
    down = replace(down, tables=[replace(table, address=_address(table, renamed)) for table in down.tables])
    for table in with_progress(down.tables, "Putting tables up"):
        [create] = (sql for name, sql, _ in about["table"] if name == table.name)
        try:
            con.execute(create_table_sql(create, table.address, renamed, _required_first(table)))
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            reason = (
                str(error).partition("\n")[0].partition("Error: ")[2].removeprefix(_FOREIGN_KEY_FAILED).rstrip(".!")
            )
            way_on = (
                ""
                if renamed.columns
                else " To rebuild a table that others reference: CREATE TABLE under another name, INSERT its rows, "
                "DROP TABLE the old one, and RENAME the new one."
            )
            raise SchemaError(f"{table.name} cannot be created again: {reason}.{way_on}") from None
        own = renamed if table.name.lower() == renamed.table else _NOTHING
        for name, _, sql, _ in about["index"]:
            if name == table.name:
                con.execute(create_index_sql(sql, table.address, own))
        if own.columns:
            for before, after in own.columns.items():
                con.execute(f"ALTER TABLE {copy_of(table)} RENAME COLUMN {quoted(before)} TO {after}")
            table = read_schema(con).tables[table.name]
        restore_rows(con, table, copy_of(table), change.updates_of(table.name) if change else ())
        con.execute(f"DROP TABLE {copy_of(table)}")
    if down.altered is not None:
        for _, _, sql, _ in down.indexes:
            con.execute(create_index_sql(sql, _address(down.altered, renamed), renamed))
    for statement in _final_statements(down, renamed):
        con.execute(statement)
    if not renamed.table and (different := _different(about, _catalog_entries(con, down.tables, down.altered))):
        raise SchemaError(
            f"The change would make tables anew, and DuckDB does not give back {different} as it was. Nothing was "
            "changed."
        )


def _catalog_entries(
    con: duckdb.DuckDBPyConnection, tables: Iterable[Table], altered: Table | None = None
) -> CatalogEntries:
    names = [table.name for table in tables]
    found = {about: _rows(con, query, names) for about, query in _CATALOG.items()}
    concerned = {name.lower() for name in names} | ({altered.name.lower()} if altered else set())
    triggers = con.execute(f"{_TRIGGERS} WHERE {HERE} ORDER BY ALL").fetchall()
    return found | {
        "trigger": [row for row in triggers if not concerned.isdisjoint(token.name for token in tokens(row[2]))]
    }


def _rows(con: duckdb.DuckDBPyConnection, query: str, tables: list[str]) -> list[tuple[Any, ...]]:
    return con.execute(f"{query} WHERE {HERE} AND list_contains(?, table_name) ORDER BY ALL", [tables]).fetchall()


def _different(before: CatalogEntries, after: CatalogEntries) -> str:
    """The first thing that is not as it was, in words; empty where all is."""
    for about, rows in before.items():
        if gone := [row for row in rows if row not in after[about]]:
            return f"the {about} {'.'.join(gone[0][: 1 if about == 'table' else 2])}"
    return ""


def _final_statements(down: DetachedTables, renamed: Renaming) -> Iterable[str]:
    """What comes after the rows: comments, and the triggers, which must not fire for rows that come back."""
    addresses = {table.name: table.address for table in down.tables}
    for name, _, comment in down.described["table"]:
        if comment is not None:
            yield f"COMMENT ON TABLE {addresses[name]} IS {literal(comment)}"
    for name, column, *_, comment in down.described["column"]:
        new = renamed.columns.get(column.lower()) if name.lower() == renamed.table else None
        if comment is not None:
            yield f"COMMENT ON COLUMN {addresses[name]}.{new or quoted(column)} IS {literal(comment)}"
    for _, index, _, comment in down.described["index"] + down.indexes:
        if comment is not None:
            yield f"COMMENT ON INDEX {quoted(index)} IS {literal(comment)}"
    for *_, trigger in down.described["trigger"]:
        yield trigger


def _address(table: Table, renamed: Renaming) -> str:
    """The full name of a table, which may be the one that is renamed."""
    if not renamed.to or table.name.lower() != renamed.table:
        return table.address
    return table.address.removesuffix(quoted(table.name)) + renamed.to


def _required_first(table: Table) -> bool:
    kinds = [each.kind for each in table.constraints if table.primary_key and each.columns == table.primary_key]
    return "not null" in kinds and kinds.index("not null") < kinds.index("primary key")


def copy_of(table: Table) -> str:
    """The full name of the copy of a table that is down."""
    return f"temp.{quoted(f'{ledger.PREFIX}kept_{table.name}')}"
