"""Finds what a rollback would lose: compares the content of the database before and after."""

from collections.abc import Collection, Mapping

import duckdb

from clerkbench.database import ledger
from clerkbench.files.sql_text import quoted

#: By table: the number of rows; by column the number of values and their fingerprint; and a fingerprint of all rows,
#: which shows values that were exchanged between rows.
Contents = dict[str, tuple[int, dict[str, tuple[int, int]], int]]


def table_contents(
    con: duckdb.DuckDBPyConnection, renewed: Collection[tuple[str, str]] = (), only: Collection[str] | None = None
) -> Contents:
    """The content of all tables of the database, in any schema.

    Args:
        renewed: Tables and columns that the fingerprint of the rows leaves out.
        only: The tables; None for all.
    """
    tables = con.execute(
        """
        SELECT schema_name, table_name, list(column_name ORDER BY column_index) FROM duckdb_columns()
        SEMI JOIN duckdb_tables() AS tables USING (database_name, schema_name, table_name)
        WHERE database_name = current_database() AND NOT starts_with(table_name, ?)
        GROUP BY ALL ORDER BY ALL
        """,
        [ledger.PREFIX],
    ).fetchall()
    database = con.execute("SELECT current_database()").fetchone() or ()
    found: Contents = {}
    for schema, table, columns in tables:
        if only is not None and table not in only:
            continue
        prints = [
            f"count({name}), coalesce(sum(hash(CAST({name} AS TEXT) COLLATE C)), 0)" for name in map(quoted, columns)
        ]
        kept = [f"CAST({quoted(name)} AS TEXT) COLLATE C" for name in columns if (table, name) not in renewed]
        prints.append(f"coalesce(sum(CAST(hash(row({', '.join(['1', *kept])})) AS HUGEINT)), 0)")
        address = ".".join(quoted(each) for each in (*database, schema, table))
        row = con.execute(f"SELECT count(*), {', '.join(prints)} FROM {address}").fetchone() or ()
        values = dict(zip(columns, zip(row[1:-1:2], row[2:-1:2], strict=True), strict=True))
        found[table if schema == "main" else f"{schema}.{table}"] = (row[0], values, row[-1])
    return found


def lost_values(before: Contents, after: Contents, counted: Collection[tuple[str, str]] = ()) -> dict[str, int]:
    """What the first content holds and the second does not: the number of rows by table, or of values by
    ``table.column``. Renamed tables and columns are not lost.

    Args:
        counted: Tables and columns of which only the number of values counts.
    """
    gone: dict[str, int] = {}
    for table, (rows, columns, together) in before.items():
        renamed = [each for name, each in after.items() if name not in before and each[0] == rows]
        kept = after.get(table) or next((each for each in renamed if _holds_all(each[1], columns)), (0, {}, 0))
        if kept[0] < rows:
            gone[table] = rows - kept[0]
            continue
        only_count = {column for name, column in counted if name == table}
        lost = _lost_columns(columns, kept[1], only_count)
        gone |= {f"{table}.{column}": number for column, number in lost.items()}
        if not lost and list(kept[1]) == list(columns) and kept[2] != together:
            gone[table] = rows
    return gone


def _lost_columns(
    before: Mapping[str, tuple[int, int]], after: Mapping[str, tuple[int, int]], counted: set[str]
) -> dict[str, int]:
    """The number of values of each column that is gone or holds others. For ``counted`` see :func:`lost_values`."""
    new_columns = [values for name, values in after.items() if name not in before]
    return {
        column: held[0]
        for column, held in before.items()
        if held[0] and after.get(column) != held and held not in new_columns
        if column not in counted or after.get(column, (0, 0))[0] != held[0]
    }


def _holds_all(columns: dict[str, tuple[int, int]], wanted: dict[str, tuple[int, int]]) -> bool:
    return all(values in columns.values() for values in wanted.values())
