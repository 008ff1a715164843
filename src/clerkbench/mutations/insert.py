"""Inserts rows, all of them or none."""

from typing import Any

import duckdb

from clerkbench.database.sequences import advance_sequences
from clerkbench.database.session import Session
from clerkbench.database.values import key_from_row
from clerkbench.files.sql_text import quoted
from clerkbench.mutations import error_messages
from clerkbench.reporting.progress import with_progress
from clerkbench.validation.coercion import GivenRows, coerce_rows
from clerkbench.validation.insertion_order import insertion_order
from clerkbench.validation.staging import ROW, Staged, staged
from clerkbench.validation.validate import require_valid

#: Rows in one statement, so that long work can show progress.
_ROWS_PER_STATEMENT = 20_000


def insert(session: Session, name: str, rows: GivenRows) -> list[Any]:
    """Insert rows, all of them or none. See ``bench.insert``."""
    schema = session.schema
    table = schema.find_table(name)
    given = coerce_rows(rows)
    with staged(session.con, table, given, also=table.primary_key or table.stored[:1]) as those:
        require_valid(session.con, schema, those)
        each_part = chunks(session.con, those)
        with session.transaction():
            try:
                insert_chunks(session.con, those, each_part)
                advance_sequences(session.con, table, those.given)
            except error_messages.REJECTIONS as error:  # that no check foresaw
                raise error_messages.rows_rejected(session.con, table, error) from None
            return _ids(session.con, those)


#: The SQL condition for the rows of one statement, and its parameters.
Chunk = tuple[str, list[Any]]


def chunks(con: duckdb.DuckDBPyConnection, rows: Staged) -> list[Chunk]:
    """All rows in chunks. No chunk holds both a row and one that references it."""
    if rows.table.self_references:
        return [
            (f"{ROW} IN (SELECT unnest(?))", [generation[at : at + _ROWS_PER_STATEMENT]])
            for generation in insertion_order(con, rows)[0]
            for at in range(0, len(generation), _ROWS_PER_STATEMENT)
        ]
    begins = range(1, rows.count + 1, _ROWS_PER_STATEMENT)
    return [(f"{ROW} BETWEEN ? AND ?", [begin, begin + _ROWS_PER_STATEMENT - 1]) for begin in begins]


def insert_chunks(con: duckdb.DuckDBPyConnection, rows: Staged, each_part: list[Chunk]) -> None:
    """Insert the rows chunk by chunk, inside the open transaction."""
    columns = ", ".join(map(quoted, rows.columns))
    for where, parameters in with_progress(each_part, f"Storing {rows.table.name}"):
        selected = f"SELECT {columns} FROM {rows.relation} WHERE {where} ORDER BY {ROW}"
        con.execute(f"INSERT INTO {rows.table.address} ({columns}) {selected}", parameters)


def _ids(con: duckdb.DuckDBPyConnection, rows: Staged) -> list[Any]:
    key = rows.table.select_list(rows.table.primary_key) or "NULL"
    return [key_from_row(row) for row in con.execute(f"SELECT {key} FROM {rows.relation} ORDER BY {ROW}").fetchall()]
