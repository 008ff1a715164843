"""Tells what a rollback would lose, by comparing what the database holds before and after. Reads only."""

import duckdb

from clerkbench import ledger
from clerkbench.sql_text import quoted

#: Of one table how many rows it holds, and of each column how many values and a fingerprint of them all.
Contents = dict[str, tuple[int, dict[str, tuple[int, int]]]]


def contents(con: duckdb.DuckDBPyConnection) -> Contents:
    """What every table of the database holds, in whatever schema a migration put it."""
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
        prints = [
            f"count({name}), coalesce(sum(hash(CAST({name} AS TEXT) COLLATE C)), 0)" for name in map(quoted, columns)
        ]
        address = ".".join(quoted(each) for each in (*database, schema, table))
        row = con.execute(f"SELECT count(*), {', '.join(prints)} FROM {address}").fetchone() or ()
        values = dict(zip(columns, zip(row[1::2], row[2::2], strict=True), strict=True))
        found[table if schema == "main" else f"{schema}.{table}"] = (row[0], values)
    return found


def lost(before: Contents, after: Contents) -> list[str]:
    """What the one holds and the other does not, in words. A table or column that was only renamed is not lost."""
    gone = []
    for table, (rows, columns) in before.items():
        renamed = [each for each in after.items() if each[0] not in before and each[1][0] == rows]
        kept = after.get(table) or next((held for _, held in renamed if _holds(held[1], columns)), (0, {}))
        if kept[0] < rows:
            gone.append(f"{table} {rows - kept[0]}")
            continue
        for column, held in columns.items():
            new_columns = [values for name, values in kept[1].items() if name not in columns]
            if held[0] and kept[1].get(column) != held and held not in new_columns:
                gone.append(f"{table}.{column} {held[0]}")
    return gone


def _holds(columns: dict[str, tuple[int, int]], wanted: dict[str, tuple[int, int]]) -> bool:
    return all(values in columns.values() for values in wanted.values())
