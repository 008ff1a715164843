"""Tells what a rollback would lose, by comparing what the database holds before and after. Reads only."""

from collections.abc import Collection

import duckdb

from clerkbench.database import ledger
from clerkbench.files.sql_text import quoted

#: Of one table how many rows it holds; of each column how many values, and a fingerprint of them all; and a fingerprint
#: of all rows, by which it shows where values were exchanged between them.
Contents = dict[str, tuple[int, dict[str, tuple[int, int]], int]]


def table_contents(
    con: duckdb.DuckDBPyConnection, renewed: Collection[tuple[str, str]] = (), only: Collection[str] | None = None
) -> Contents:
    """What every table of the database holds, in whatever schema a migration put it.

    Args:
        con: The database.
        renewed: Tables and columns that the fingerprint of the rows leaves out.
        only: The tables to look at; None for all.
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
    """What the one holds and the other does not: how many rows of a table, or values of a column, ``table.column``. One
    that was only renamed is not lost.

    Args:
        before, after: What there is.
        counted: Tables and columns of which only the number of values counts, and not what they are.
    """
    gone: dict[str, int] = {}
    for table, (rows, columns, together) in before.items():
        renamed = [each for each in after.items() if each[0] not in before and each[1][0] == rows]
        kept = after.get(table) or next((held for _, held in renamed if _holds_all(held[1], columns)), (0, {}, 0))
        if kept[0] < rows:
            gone[table] = rows - kept[0]
            continue
        for column, held in columns.items():
            new_columns = [values for name, values in kept[1].items() if name not in columns]
            same = kept[1].get(column)
            if (table, column) in counted and same and same[0] == held[0]:
                continue
            if held[0] and same != held and held not in new_columns:
                gone[f"{table}.{column}"] = held[0]
        same_columns = list(kept[1]) == list(columns) and not any(name.startswith(f"{table}.") for name in gone)
        if same_columns and kept[2] != together:
            gone[table] = rows
    return gone


def _holds_all(columns: dict[str, tuple[int, int]], wanted: dict[str, tuple[int, int]]) -> bool:
    return all(values in columns.values() for values in wanted.values())
