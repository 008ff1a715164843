"""Writes an export as an SQL script."""

from collections.abc import Iterator

import duckdb

from clerkbench.errors import RowsRejectedError
from clerkbench.files.sql_text import quoted
from clerkbench.interchange.engines.addresses import Address, Server
from clerkbench.interchange.engines.engine import target_class
from clerkbench.interchange.engines.export import require_values_in_range
from clerkbench.interchange.engines.payload import Payload, TablePayload
from clerkbench.interchange.engines.target import Target

#: Rows in one statement.
_ROWS = 500


def script(con: duckdb.DuckDBPyConnection, payload: Payload, address: Address) -> Iterator[str]:
    """The statements, in one transaction: they fail if a school is there already. The address is not opened."""
    kind = target_class(address)
    payload.refuse(kind.dialect)
    yield f"-- A school for {kind.dialect.name}, written by clerkbench."
    yield "BEGIN;"
    if isinstance(address, Server):
        yield "SET LOCAL client_encoding TO 'UTF8';"  # the encoding of the script
        yield "SET LOCAL standard_conforming_strings = on;"  # a backslash is a backslash
    if isinstance(address, Server) and address.schema:
        yield f"CREATE SCHEMA IF NOT EXISTS {quoted(address.schema)};"
        yield f"SET LOCAL search_path TO {quoted(address.schema)};"
    for statements in payload.before(kind.dialect):
        yield from statements
    for part in payload.tables:
        yield from _rows(con, kind, payload, part)
    yield from payload.after(kind.dialect)
    yield from kind.words(payload.constraints)
    yield "COMMIT;"


def _rows(con: duckdb.DuckDBPyConnection, kind: type[Target], payload: Payload, part: TablePayload) -> Iterator[str]:
    values = (f"coalesce({kind.literal(name, type)}, 'NULL')" for name, type in part.columns.items())
    joined = " || ', ' || ".join(values)
    columns = ", ".join(map(payload.written, part.columns))
    texts = [f"contains({quoted(name)}, chr(0))" for name, type in part.columns.items() if type == "VARCHAR"]
    with con.cursor() as own:
        if texts and own.execute(f"SELECT 1 FROM {part.address} WHERE {' OR '.join(texts)}").fetchone():
            raise RowsRejectedError(
                f"A text of {part.table} contains a NUL character, at which a script ends for {kind.dialect.name}. "
                "Take it out. Nothing was changed."
            )
        require_values_in_range(own, kind, part, "The script")
        found = own.execute(f"SELECT {joined} FROM {part.address}")
        while rows := found.fetchmany(_ROWS):
            listed = ",\n".join(f"({row})" for (row,) in rows)
            yield f"INSERT INTO {payload.written(part.table)} ({columns}) VALUES\n{listed};"
