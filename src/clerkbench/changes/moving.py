"""Takes rows out of their tables, keeps them in a copy, and brings them back, changed or not."""

from collections.abc import Iterable
from typing import Any

import duckdb

from clerkbench.catalog import quoted
from clerkbench.changes.affected import Alteration
from clerkbench.changes.rows import condition
from clerkbench.errors import RowsRejectedError
from clerkbench.schema import ROW_NUMBER, Rows, Table

#: The column that says when a row was last changed. It gets its default anew, as the schema declares it.
RENEWED = "updated_at"

#: Set in a copy on the rows whose time of change is to be renewed.
_CHANGED = "clerkbench_changed"

#: Tells the rows of a copy whose table has no key.
_NUMBER = "clerkbench_number"


def keep(
    con: duckdb.DuckDBPyConnection, table: Table, copy: str, where: str, parameters: list[Any], *, temporary: bool
) -> None:
    """Copy rows into a table of that name.

    Args:
        con: The database; a transaction is open.
        table: Where the rows are.
        copy: The full name of the copy.
        where: The condition for the rows, with its parameters.
        temporary: Whether the copy is seen by this connection alone and goes with it.
    """
    kind = "TEMP TABLE" if temporary else "TABLE"
    number = f", rowid AS {_NUMBER}" if table.row_key == (ROW_NUMBER,) else ""
    con.execute(
        f"CREATE {kind} {copy} AS SELECT *, FALSE AS {_CHANGED}{number} FROM {table.address} WHERE {where}", parameters
    )


def take_out(con: duckdb.DuckDBPyConnection, table: Table, where: str, parameters: list[Any]) -> None:
    """Delete rows that nothing references."""
    con.execute(f"DELETE FROM {table.address} WHERE {where}", parameters)


def give_up(con: duckdb.DuckDBPyConnection, table: Table, copy: str, rows: Rows) -> None:
    """Remove rows from a copy: they do not come back."""
    if rows:
        where, parameters = condition(_key_in_copy(table), rows)
        con.execute(f"DELETE FROM {copy} WHERE {where}", parameters)


def give_up_present(con: duckdb.DuckDBPyConnection, table: Table, copy: str) -> None:
    """Remove from a copy the rows that are in their table, because the change stopped before it took them out. One with
    the same key and other values is another row.

    The rows of a table without a key are all out: they are the first that a change takes.
    """
    if table.row_key != (ROW_NUMBER,):
        key, columns = (", ".join(map(quoted, names)) for names in (table.row_key, table.stored))
        both = f"SELECT {columns} FROM {copy} INTERSECT SELECT {columns} FROM {table.address}"
        con.execute(f"DELETE FROM {copy} WHERE ({key}) IN (SELECT ({key}) FROM ({both}))")


def bring_back(con: duckdb.DuckDBPyConnection, table: Table, copy: str, altered: Iterable[Alteration] = ()) -> None:
    """Insert the rows of a copy into their table. The copy stays, with what changes in it.

    Args:
        con: The database; a transaction is open.
        table: Where they belong.
        copy: The full name of the copy.
        altered: What changes in some of them; ``updated_at`` follows.

    Raises:
        RowsRejectedError: Rows would reference each other in a circle, which DuckDB cannot store.
    """
    for each in altered:
        where, parameters = condition(_key_in_copy(table), each.rows)
        changes = [f"{quoted(name)} = CAST(? AS {table.columns[name].type})" for name in each.values]
        changes.append(f"{_CHANGED} = {RENEWED not in each.values}")
        con.execute(f"UPDATE {copy} SET {', '.join(changes)} WHERE {where}", [*each.values.values(), *parameters])
    kinds = {"TRUE": table.stored}
    if renews(table) and altered:
        kinds = {
            f"NOT {_CHANGED}": table.stored,
            _CHANGED: [column for column in table.stored if column != RENEWED],
        }
    waiting = _counted(con, f"SELECT count(*) FROM {copy}")
    while waiting:
        inserted = 0
        for kind, columns in kinds.items():
            names = ", ".join(map(quoted, columns))
            inserted += _counted(
                con,
                f"INSERT INTO {table.address} ({names}) SELECT {names} FROM {copy} AS copy "
                f"WHERE {kind}{_parents_are_there(table)}",
            )
        waiting -= inserted
        if not inserted:
            raise circle(table)


def circle(table: Table) -> RowsRejectedError:
    """The refusal of rows that would reference each other in a circle, or one itself."""
    return RowsRejectedError(
        f"Rows of {table.name} would reference each other in a circle, or one itself, which DuckDB cannot store. "
        "Nothing was changed."
    )


def renews(table: Table) -> bool:
    """Whether the table has a column that follows every change."""
    return RENEWED in table.columns and table.columns[RENEWED].default


def _key_in_copy(table: Table) -> dict[str, str]:
    return {_NUMBER: "BIGINT"} if table.row_key == (ROW_NUMBER,) else table.typed(table.row_key)


def _parents_are_there(table: Table) -> str:
    """For a table that references itself: only rows whose parents are stored already, and that are not themselves."""
    if not table.self_references:
        return ""
    same = " AND ".join(f"stored.{quoted(column)} = copy.{quoted(column)}" for column in table.row_key)
    clauses = [f" AND NOT EXISTS (SELECT 1 FROM {table.address} AS stored WHERE {same})"]
    for key in table.self_references:
        empty = " OR ".join(f"copy.{quoted(column)} IS NULL" for column in key.columns)
        pairs = zip(key.parent_columns, key.columns, strict=True)
        parent = " AND ".join(f"stored.{quoted(above)} = copy.{quoted(column)}" for above, column in pairs)
        clauses.append(f" AND ({empty} OR EXISTS (SELECT 1 FROM {table.address} AS stored WHERE {parent}))")
    return "".join(clauses)


def _counted(con: duckdb.DuckDBPyConnection, statement: str) -> int:
    row = con.execute(statement).fetchone()
    return int(row[0]) if row else 0
