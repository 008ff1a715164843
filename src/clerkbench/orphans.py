"""Refuses a commit that would leave a row without the row it references. Reads only.

On its own connection DuckDB keeps every foreign key. What it does not see is what another connection commits meanwhile:
one inserts a row, the other deletes the row it references, both commit, and an orphan is there without a word.
"""

import duckdb

from clerkbench.catalog import quoted
from clerkbench.constraints import Constraint
from clerkbench.database import HERE
from clerkbench.errors import TransactionError
from clerkbench.schema import Key, Schema, Table

#: Rows that a transaction has stored and not yet committed have row ids from here on (MAX_ROW_ID in DuckDB's source).
_UNCOMMITTED = 36028797018960000


def refuse(con: duckdb.DuckDBPyConnection) -> None:
    """Compare the open transaction with what other connections have committed since it began.

    Costs next to nothing while nobody else is connected to the database. What is committed between this check and the
    commit itself is not seen: only those who work through a workbench wait for each other.

    Raises:
        TransactionError: A row stored here references one that was deleted elsewhere, or the other way round.
    """
    connections = con.execute("FROM duckdb_connection_count()").fetchone()
    if connections == (1,):
        return
    with con.cursor() as fresh:
        schema = Schema(con)
        unchanged = {name for name, _ in _tables(con) & _tables(fresh)}
        for table in schema.tables.values():
            for key in table.foreign_keys:
                parent = schema.tables[key.parent]
                lost = _lost_parents(con, fresh, table, key, parent)
                if not lost and table.name in unchanged:
                    lost = _new_children(con, fresh, table, key, parent)
                if lost:
                    values = "; ".join(", ".join(map(str, each)) for each in lost)
                    raise TransactionError(
                        f"While the transaction was open, another connection changed {table.name} or {parent.name}, "
                        f"and {table.name}.{', '.join(key.columns)} would reference rows of {parent.name} that do not "
                        f"exist: {values}. Run it again. Nothing was changed."
                    )


def _tables(con: duckdb.DuckDBPyConnection) -> set[tuple[str, int]]:
    """The tables with their numbers: one that was made anew inside the transaction has another."""
    return set(con.execute(f"SELECT table_name, table_oid FROM duckdb_tables() WHERE {HERE}").fetchall())


def _lost_parents(
    con: duckdb.DuckDBPyConnection, fresh: duckdb.DuckDBPyConnection, child: Table, key: Constraint, parent: Table
) -> list[Key]:
    """What rows stored by the transaction reference, and others have deleted."""
    stored = con.execute(
        f"""
        SELECT DISTINCT {_list(key.columns)} FROM {child.address} AS child
        WHERE rowid >= {_UNCOMMITTED} AND {_complete(key)}
            AND NOT EXISTS (SELECT 1 FROM {parent.address} WHERE rowid >= {_UNCOMMITTED} AND {_same(key)})
        ORDER BY ALL
        """
    ).fetchall()
    return [values for values in stored if not _exists(fresh, parent, key, values)]


def _new_children(
    con: duckdb.DuckDBPyConnection, fresh: duckdb.DuckDBPyConnection, child: Table, key: Constraint, parent: Table
) -> list[Key]:
    """What rows stored by others reference, and the transaction has deleted; or others have stored as well, which
    cannot be told apart.
    """
    last = con.execute(f"SELECT coalesce(max(rowid), -1) FROM {child.address} WHERE rowid < {_UNCOMMITTED}").fetchone()
    stored = fresh.execute(
        f"SELECT DISTINCT {_list(key.columns)} FROM {child.address} WHERE rowid > ? AND {_complete(key)} ORDER BY ALL",
        last,
    ).fetchall()
    return [values for values in stored if not _exists(con, parent, key, values)]


def _exists(con: duckdb.DuckDBPyConnection, parent: Table, key: Constraint, values: Key) -> bool:
    conditions = " AND ".join(f"{quoted(column)} = ?" for column in key.parent_columns)
    return (
        con.execute(f"SELECT 1 FROM {parent.address} WHERE {conditions} LIMIT 1", list(values)).fetchone() is not None
    )


def _same(key: Constraint) -> str:
    pairs = zip(key.parent_columns, key.columns, strict=True)
    return " AND ".join(f"{quoted(parent)} = child.{quoted(column)}" for parent, column in pairs)


def _complete(key: Constraint) -> str:
    return " AND ".join(f"{quoted(column)} IS NOT NULL" for column in key.columns)


def _list(columns: tuple[str, ...]) -> str:
    return ", ".join(map(quoted, columns))
