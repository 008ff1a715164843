"""Stores rows, all of them or none."""

from typing import Any

import duckdb

from clerkbench.database.sequences import set_forward
from clerkbench.database.session import Session
from clerkbench.database.values import key_of
from clerkbench.files.sql_text import quoted
from clerkbench.mutations import error_messages
from clerkbench.reporting.progress import shown
from clerkbench.validation.coercion import GivenRows, read
from clerkbench.validation.insertion_order import generations
from clerkbench.validation.staging import ROW, Staged, staged
from clerkbench.validation.validate import refuse

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
        each_part = parts(session.con, those)
        with session.transaction():
            try:
                store(session.con, those, each_part)
                set_forward(session.con, table, those.given)
            except error_messages.REJECTIONS as error:  # which no check of ours foresaw
                raise error_messages.of_rows(session.con, table, error) from None
            return _ids(session.con, those)


#: A condition for the rows that go to DuckDB in one statement, and its parameters.
Part = tuple[str, list[Any]]


def parts(con: duckdb.DuckDBPyConnection, rows: Staged) -> list[Part]:
    """All rows, in parts of which none holds both a row and one that references it."""
    if rows.table.self_references:
        return [
            (f"{ROW} IN (SELECT unnest(?))", [generation[at : at + _ROWS_PER_STATEMENT]])
            for generation in generations(con, rows)[0]
            for at in range(0, len(generation), _ROWS_PER_STATEMENT)
        ]
    begins = range(1, rows.count + 1, _ROWS_PER_STATEMENT)
    return [(f"{ROW} BETWEEN ? AND ?", [begin, begin + _ROWS_PER_STATEMENT - 1]) for begin in begins]


def store(con: duckdb.DuckDBPyConnection, rows: Staged, each_part: list[Part]) -> None:
    """Insert the rows, part by part. A transaction is open."""
    columns = ", ".join(map(quoted, rows.columns))
    for where, parameters in shown(each_part, f"Storing {rows.table.name}"):
        selected = f"SELECT {columns} FROM {rows.relation} WHERE {where} ORDER BY {ROW}"
        con.execute(f"INSERT INTO {rows.table.address} ({columns}) {selected}", parameters)


def _ids(con: duckdb.DuckDBPyConnection, rows: Staged) -> list[Any]:
    key = rows.table.fetched(rows.table.primary_key) or "NULL"
    return [key_of(row) for row in con.execute(f"SELECT {key} FROM {rows.relation} ORDER BY {ROW}").fetchall()]
