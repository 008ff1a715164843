"""Stores rows, all of them or none."""

from graphlib import CycleError, TopologicalSorter
from typing import Any

import duckdb

from clerkbench.catalog import quoted
from clerkbench.changes import refusals
from clerkbench.changes.moving import circle
from clerkbench.checks.staging import ROW, Staged, staged
from clerkbench.checks.validation import refuse
from clerkbench.given import GivenRows, read
from clerkbench.progress import shown
from clerkbench.transactions import Session
from clerkbench.values import key_of

#: Rows that go to DuckDB in one statement, so that long work can show how far it has come.
_ROWS_PER_STATEMENT = 20_000


def insert(session: Session, name: str, rows: GivenRows) -> list[Any]:
    """Store rows, all of them or none.

    Args:
        session: The database.
        name: The table they go to.
        rows: One row as a dict, several as a list of dicts, a DataFrame, or the path of a CSV file. A column that a row
            leaves out gets its default; one that holds None or NaN gets NULL. Rows of a table that references itself
            may come in any order.

    Returns:
        The ids of the rows, in their order: values of the primary key, tuples where it has several columns.

    Raises:
        UnknownNameError: There is no such table; a near match is named.
        RowsRejectedError: Values have the wrong type, columns are unknown or missing, or rows break constraints; all
            that is wrong is in its ``violations``.
    """
    schema = session.schema
    table = schema.called(name)
    given = read(rows)
    with staged(session.con, table, given, also=table.primary_key or table.stored[:1]) as those:
        refuse(session.con, schema, those)
        with session.transaction():
            try:
                _store(session.con, those)
            except refusals.REJECTIONS as error:  # which no check of ours foresaw
                raise refusals.of_rows(session.con, table, error) from None
            return _ids(session.con, those)


def _store(con: duckdb.DuckDBPyConnection, rows: Staged) -> None:
    columns = ", ".join(map(quoted, rows.columns))
    for where, parameters in shown(_parts(con, rows), f"Storing {rows.table.name}"):
        selected = f"SELECT {columns} FROM {rows.relation} WHERE {where} ORDER BY {ROW}"
        con.execute(f"INSERT INTO {rows.table.address} ({columns}) {selected}", parameters)


def _parts(con: duckdb.DuckDBPyConnection, rows: Staged) -> list[tuple[str, list[Any]]]:
    """Conditions for the rows that go in one statement, each with its parameters: none of them references another."""
    if rows.table.self_references:
        parts = []
        for generation in _generations(con, rows):
            for at in range(0, len(generation), _ROWS_PER_STATEMENT):
                parts.append((f"{ROW} IN (SELECT unnest(?))", [generation[at : at + _ROWS_PER_STATEMENT]]))
        return parts
    begins = range(1, rows.count + 1, _ROWS_PER_STATEMENT)
    return [(f"{ROW} BETWEEN ? AND ?", [begin, begin + _ROWS_PER_STATEMENT - 1]) for begin in begins]


def _generations(con: duckdb.DuckDBPyConnection, rows: Staged) -> list[list[int]]:
    """The numbers of the rows of a table that references itself, parents before children."""
    parents: dict[int, set[int]] = {number: set() for number in range(1, rows.count + 1)}
    for key in rows.table.self_references:
        if not set(key.columns + key.parent_columns) <= set(rows.columns):
            continue
        same = " AND ".join(
            f"child.{rows.table.compared(own)} = parent.{rows.table.compared(above)}"
            for own, above in zip(key.columns, key.parent_columns, strict=True)
        )
        found = con.execute(
            f"SELECT child.{ROW}, parent.{ROW} FROM {rows.relation} AS child JOIN {rows.relation} AS parent ON {same}"
        )
        for child, parent in found.fetchall():
            parents[child].add(parent)
    order = TopologicalSorter(parents)
    try:
        order.prepare()
    except CycleError:
        raise circle(rows.table) from None
    generations = []
    while order.is_active():
        ready = sorted(order.get_ready())
        generations.append(ready)
        order.done(*ready)
    return generations


def _ids(con: duckdb.DuckDBPyConnection, rows: Staged) -> list[Any]:
    key = rows.table.fetched(rows.table.primary_key) or "NULL"
    return [key_of(row) for row in con.execute(f"SELECT {key} FROM {rows.relation} ORDER BY {ROW}").fetchall()]
