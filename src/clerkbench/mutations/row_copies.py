"""Copies rows, deletes them, and restores them from the copy, changed or not."""

from collections.abc import Sequence
from typing import Any

import duckdb

from clerkbench.database.table import Rows, Table
from clerkbench.database.values import condition
from clerkbench.errors import RowsRejectedError
from clerkbench.files.sql_text import quoted
from clerkbench.mutations.change_set import RowUpdate

#: Marks the rows of a copy whose ``updated_at`` is renewed.
_CHANGED = "clerkbench_changed"

#: Identifies the rows of a copy of a table without a key.
_NUMBER = "clerkbench_number"


def copy_rows(
    con: duckdb.DuckDBPyConnection, table: Table, copy: str, where: str, parameters: list[Any], *, temporary: bool
) -> None:
    """Copy rows into a new table inside the open transaction. A temporary one is seen by this connection only."""
    kind = "TEMP TABLE" if temporary else "TABLE"
    number = f", rowid AS {_NUMBER}" if table.is_numbered else ""
    con.execute(
        f"CREATE {kind} {copy} AS SELECT *, FALSE AS {_CHANGED}{number} FROM {table.address} WHERE {where}", parameters
    )


def delete_rows(con: duckdb.DuckDBPyConnection, table: Table, where: str, parameters: list[Any]) -> None:
    """Delete rows that nothing references."""
    con.execute(f"DELETE FROM {table.address} WHERE {where}", parameters)


def discard_rows(con: duckdb.DuckDBPyConnection, table: Table, copy: str, rows: Rows) -> None:
    """Remove rows from a copy: they are not restored."""
    if rows:
        where, parameters = condition(_key_in_copy(table), rows)
        con.execute(f"DELETE FROM {copy} WHERE {where}", parameters)


def add_rows(con: duckdb.DuckDBPyConnection, table: Table, copy: str, relation: str) -> None:
    """Add rows to a copy, to be restored with the others. The relation has all stored columns."""
    names = ", ".join(map(quoted, table.stored))
    number = f", {_NUMBER}" if table.is_numbered else ""
    con.execute(
        f"INSERT INTO {copy} ({names}, {_CHANGED}{number}) SELECT {names}, FALSE{', NULL' if number else ''} "
        f"FROM {relation}"
    )


def require_free_keys(con: duckdb.DuckDBPyConnection, table: Table, copy: str) -> None:
    """Raise ConstraintException if another row has the key of a row in the copy."""
    if not table.is_numbered:
        key = ", ".join(map(table.comparable, table.row_key))
        stored = f"SELECT {table.select_list(table.row_key)} FROM {table.address}"
        query = f"{stored} WHERE ({key}) IN (SELECT ({key}) FROM {copy})"
        if taken := con.execute(query).fetchone():
            raise duckdb.ConstraintException(f"{table.name} has another row with the key {', '.join(map(str, taken))}.")


def discard_present_rows(con: duckdb.DuckDBPyConnection, table: Table, copy: str) -> None:
    """Remove from a copy the rows that are still in their table, because the change stopped before it deleted them.

    A row with the same key and other values is another row. A table without a key has none of them: its rows are
    deleted first.
    """
    if not table.is_numbered:
        key, columns = ", ".join(map(table.comparable, table.row_key)), ", ".join(map(quoted, table.stored))
        both = f"SELECT {columns} FROM {copy} INTERSECT SELECT {columns} FROM {table.address}"
        con.execute(f"DELETE FROM {copy} WHERE ({key}) IN (SELECT ({key}) FROM ({both}))")


def restore_rows(con: duckdb.DuckDBPyConnection, table: Table, copy: str, altered: Sequence[RowUpdate] = ()) -> None:
    """Insert the rows of a copy into their table, with changes. The copy stays."""
    for each in altered:
        where, parameters = condition(_key_in_copy(table), each.rows)
        changes = [f"{quoted(name)} = CAST(? AS {table.columns[name].type})" for name in each.values]
        changes.append(f"{_CHANGED} = {table.renewed_column not in each.values}")
        con.execute(f"UPDATE {copy} SET {', '.join(changes)} WHERE {where}", [*each.values.values(), *parameters])
    kinds = {"TRUE": table.stored}
    if altered and table.renewed_column:
        others = [column for column in table.stored if column != table.renewed_column]
        kinds = {f"NOT {_CHANGED}": table.stored, _CHANGED: others}

    def insert(where: str) -> int:
        inserted = 0
        for kind, columns in kinds.items():
            names = ", ".join(map(quoted, columns))
            inserted += _counted(
                con, f"INSERT INTO {table.address} ({names}) SELECT {names} FROM {copy} AS copy WHERE {kind}{where}"
            )
        return inserted

    waiting = _counted(con, f"SELECT count(*) FROM {copy}")
    while waiting:
        inserted = insert(_stored_parents(table))
        if not inserted:
            insert(_missing_parents(table, copy))  # DuckDB rejects it and says why
            raise circular_reference(table)
        waiting -= inserted


def circular_reference(table: Table) -> RowsRejectedError:
    """The error for rows that would reference each other in a circle, or one itself."""
    return RowsRejectedError(
        f"Rows of {table.name} would reference each other in a circle, or one itself, which DuckDB cannot store. "
        "Nothing was changed."
    )


def _key_in_copy(table: Table) -> dict[str, str]:
    return {_NUMBER: "BIGINT"} if table.is_numbered else table.column_types(table.row_key)


def _stored_parents(table: Table) -> str:
    """For a table that references itself: the rows that are not stored and whose parents are."""
    if not table.self_references:
        return ""
    clauses = [f" AND NOT {_exists(table, table.address, table.row_key, table.row_key)}"]
    for key in table.self_references:
        empty = " OR ".join(f"copy.{quoted(column)} IS NULL" for column in key.columns)
        clauses.append(f" AND ({empty} OR {_exists(table, table.address, key.parent_columns, key.columns)})")
    return "".join(clauses)


def _missing_parents(table: Table, copy: str) -> str:
    """For a table that references itself: the rows with a parent that is neither stored nor in the copy."""
    missing = []
    for key in table.self_references:
        filled = " AND ".join(f"copy.{quoted(column)} IS NOT NULL" for column in key.columns)
        places = (_exists(table, place, key.parent_columns, key.columns) for place in (table.address, copy))
        missing.append(f"({filled} AND NOT ({' OR '.join(places)}))")
    return f" AND ({' OR '.join(missing)})" if missing else ""


def _exists(table: Table, place: str, columns: Sequence[str], values: Sequence[str]) -> str:
    """Whether a row of a relation holds in some columns what the row of the copy holds in others."""
    pairs = zip(columns, values, strict=True)
    same = " AND ".join(f"other.{table.comparable(column)} = copy.{table.comparable(value)}" for column, value in pairs)
    return f"EXISTS (SELECT 1 FROM {place} AS other WHERE {same})"


def _counted(con: duckdb.DuckDBPyConnection, statement: str) -> int:
    row = con.execute(statement).fetchone()
    return int(row[0]) if row else 0
