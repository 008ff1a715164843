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
from clerkbench.database.rows import referenced
from clerkbench.database.schema import Schema, read_schema
from clerkbench.database.table import Rows, Table
from clerkbench.database.values import condition
from clerkbench.errors import SchemaError
from clerkbench.files.alter_statements import Renaming, made_at, made_on
from clerkbench.files.sql_text import literal, quoted, tokens
from clerkbench.mutations.change_set import Change, merged
from clerkbench.mutations.row_copies import bring_back, give_up, keep, take_out
from clerkbench.reporting.progress import shown

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

Described = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Down:
    """Tables that are down, parents first, and how they were; and an altered one without its indexes and triggers."""

    tables: list[Table]
    described: Described
    altered: Table | None
    indexes: list[tuple[Any, ...]]


def in_one_transaction(con: duckdb.DuckDBPyConnection, schema: Schema, change: Change) -> None:
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
    concerned = merged(change.gone, change.altered_rows)
    direct = {each for name, rows in concerned.items() for each in holding(con, schema, schema.tables[name], rows)}
    names = direct | set(schema.depending_on(direct))
    down = take_down(con, schema, names)
    for table in down.tables:
        give_up(con, table, kept(table), change.gone.get(table.name, {}))
    for name in concerned.keys() - names:
        table, staying = schema.tables[name], change.altered_rows.get(name, {})
        if staying:
            where, parameters = condition(table.typed(table.row_key), staying)
            keep(con, table, kept(table), where, parameters, temporary=True)
        take_out(con, table, *condition(table.typed(table.row_key), concerned[name]))
        if staying:
            bring_back(con, table, kept(table), change.altered_in(name))
            con.execute(f"DROP TABLE {kept(table)}")
    put_up(con, down, change)


def holding(con: duckdb.DuckDBPyConnection, schema: Schema, table: Table, rows: Rows) -> set[str]:
    """The tables for whose sake DuckDB refuses to delete or replace rows, inside the open transaction or without one.

    Those are the tables with a row that references one of them, and those that had one before the transaction: DuckDB
    goes on counting what the transaction has deleted, as another connection goes on seeing it.
    """
    found = set()
    with con.cursor() as committed:
        for key in table.referenced_by:
            child = schema.tables[key.table]
            where, parameters = condition(
                child.typed(key.columns), referenced(table, rows.values(), key.parent_columns)
            )
            query = f"SELECT 1 FROM {child.address} WHERE {where} LIMIT 1"
            for each in (con, committed):
                with suppress(duckdb.CatalogException, duckdb.BinderException):  # made by the transaction itself
                    if each.execute(query, parameters).fetchone():
                        found.add(child.name)
    return found


def take_down(
    con: duckdb.DuckDBPyConnection, schema: Schema, names: Collection[str], altered: Table | None = None
) -> Down:
    """Drop tables, keeping their rows and all there is to know about them.

    Args:
        con: The database; a transaction is open.
        schema: Its tables.
        names: Which. Whatever references one of them is among them.
        altered: One that stays and is to be altered. DuckDB refuses that as long as it has indexes or triggers, too.

    Returns:
        What :func:`put_up` needs to make them again.
    """
    tables = [table for name, table in schema.tables.items() if name in names]
    described = _described(con, tables, altered)
    down = Down(tables, described, altered, [] if altered is None else _rows(con, _CATALOG["index"], [altered.name]))
    for _, index, *_ in down.indexes:
        con.execute(f"DROP INDEX {quoted(index)}")
    for on, trigger, _ in described["trigger"]:
        con.execute(f"DROP TRIGGER {quoted(trigger)} ON {schema.tables[on].address}")
    for table in shown(tables[::-1], "Taking tables down"):
        keep(con, table, kept(table), "TRUE", [], temporary=True)
        con.execute(f"DROP TABLE {table.address}")
    return down


def forget(con: duckdb.DuckDBPyConnection, down: Down, table: Table) -> Down:
    """What is down without one of the tables, which does not come back."""
    con.execute(f"DROP TABLE {kept(table)}")
    described = {about: [row for row in rows if row[0] != table.name] for about, rows in down.described.items()}
    return replace(down, tables=[each for each in down.tables if each is not table], described=described)


def put_up(
    con: duckdb.DuckDBPyConnection, down: Down, change: Change | None = None, renamed: Renaming = _NOTHING
) -> None:
    """Make the tables again, with their rows.

    Args:
        con: The database; a transaction is open.
        down: What :func:`take_down` gave.
        change: What changes in some of the rows.
        renamed: What was renamed while they were down.

    Raises:
        duckdb.Error: A row breaks a constraint.
        SchemaError: A table is not as it was.
    """
    about = down.described
    down = replace(down, tables=[replace(table, address=_address(table, renamed)) for table in down.tables])
    for table in shown(down.tables, "Putting tables up"):
        [create] = (sql for name, sql, _ in about["table"] if name == table.name)
        try:
            con.execute(made_at(create, table.address, renamed, _required_first(table)))
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
            raise SchemaError(f"{table.name} stood aside and cannot come back: {reason}.{way_on}") from None
        own = renamed if table.name.lower() == renamed.table else _NOTHING
        for name, _, sql, _ in about["index"]:
            if name == table.name:
                con.execute(made_on(sql, table.address, own))
        if own.columns:
            for before, after in own.columns.items():
                con.execute(f"ALTER TABLE {kept(table)} RENAME COLUMN {quoted(before)} TO {after}")
            table = read_schema(con).tables[table.name]
        bring_back(con, table, kept(table), change.altered_in(table.name) if change else ())
        con.execute(f"DROP TABLE {kept(table)}")
    if down.altered is not None:
        for _, _, sql, _ in down.indexes:
            con.execute(made_on(sql, _address(down.altered, renamed), renamed))
    for statement in _finishing(down, renamed):
        con.execute(statement)
    if not renamed.table and (different := _different(about, _described(con, down.tables, down.altered))):
        raise SchemaError(
            f"The change would make tables anew, and DuckDB does not give back {different} as it was. Nothing was "
            "changed."
        )


def _described(con: duckdb.DuckDBPyConnection, tables: Iterable[Table], altered: Table | None = None) -> Described:
    names = [table.name for table in tables]
    found = {about: _rows(con, query, names) for about, query in _CATALOG.items()}
    concerned = {name.lower() for name in names} | ({altered.name.lower()} if altered else set())
    triggers = con.execute(f"{_TRIGGERS} WHERE {HERE} ORDER BY ALL").fetchall()
    return found | {
        "trigger": [row for row in triggers if not concerned.isdisjoint(token.name for token in tokens(row[2]))]
    }


def _rows(con: duckdb.DuckDBPyConnection, query: str, tables: list[str]) -> list[tuple[Any, ...]]:
    return con.execute(f"{query} WHERE {HERE} AND list_contains(?, table_name) ORDER BY ALL", [tables]).fetchall()


def _different(before: Described, after: Described) -> str:
    """The first thing that is not as it was, in words; empty where all is."""
    for about, rows in before.items():
        if gone := [row for row in rows if row not in after[about]]:
            return f"the {about} {'.'.join(gone[0][: 1 if about == 'table' else 2])}"
    return ""


def _finishing(down: Down, renamed: Renaming) -> Iterable[str]:
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


def kept(table: Table) -> str:
    """The full name of the copy of a table that is down."""
    return f"temp.{quoted(f'{ledger.PREFIX}kept_{table.name}')}"
