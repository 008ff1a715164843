"""Keeps sequences ahead of the numbers that rows bring, so that the next row gets a new one."""

from collections.abc import Collection

import duckdb

from clerkbench.database.connection import IN_SCHEMA
from clerkbench.database.schema import Schema
from clerkbench.database.table import Table
from clerkbench.files.sql_text import quoted


def advance_sequences(con: duckdb.DuckDBPyConnection, table: Table, columns: Collection[str]) -> None:
    """Set the sequences of some columns past the values in the columns.

    If the transaction fails, the sequence has skipped some numbers.
    """
    for column in columns:
        if sequence := table.columns[column].sequence:
            row = con.execute(
                f"""
                SELECT setval(?, CASE WHEN increment_by > 0 THEN held.most ELSE held.least END)
                FROM (
                    SELECT
                        sequences.*,
                        TRY_CAST(numbers.most AS BIGINT) IS NOT NULL AS has_numbers,
                        least(TRY_CAST(numbers.most AS BIGINT), sequences.max_value) AS most,
                        greatest(TRY_CAST(numbers.least AS BIGINT), sequences.min_value) AS least
                    FROM duckdb_sequences() AS sequences,
                    (SELECT max({quoted(column)}) AS most, min({quoted(column)}) AS least FROM {table.address})
                        AS numbers
                ) AS held
                WHERE {IN_SCHEMA} AND lower(sequence_name) = lower(?) AND has_numbers AND CASE
                    WHEN increment_by > 0 THEN held.most > coalesce(last_value, start_value - 1)
                    ELSE held.least < coalesce(last_value, start_value + 1)
                END
                """,
                [quoted(sequence), sequence],
            )
            row.fetchall()


def last_numbers(con: duckdb.DuckDBPyConnection, schema: Schema) -> dict[str, int]:
    """The last number of each sequence, by name: past the values of its columns."""
    known = con.execute(
        f"SELECT sequence_name, increment_by, last_value FROM duckdb_sequences() WHERE {IN_SCHEMA} ORDER BY ALL"
    ).fetchall()
    numbers: dict[str, list[int]] = {name: [] if last is None else [last] for name, _, last in known}
    spelled = {name.lower(): name for name in numbers}
    for table in schema.tables.values():
        for column in table.columns.values():
            if sequence := spelled.get(column.sequence.lower()):
                name = quoted(column.name)
                held = con.execute(f"SELECT min({name}), max({name}) FROM {table.address}")
                numbers[sequence] += [number for number in held.fetchone() or () if number is not None]
    furthest = {name: max if increment > 0 else min for name, increment, _ in known}
    return {name: furthest[name](found) for name, found in numbers.items() if found}
