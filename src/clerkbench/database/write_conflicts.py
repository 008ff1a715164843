"""Refuses a commit that does not fit what other connections have committed since the transaction began. Reads only.

On its own connection DuckDB keeps every foreign key, and loses nothing. What it does not see is what another connection
does meanwhile:

- One inserts a row, the other deletes the row it references, both commit: an orphan, without a word.
- One makes a table anew, as ``rebuild`` does, from the rows it saw when its transaction began. What others have stored
  in the table since is gone with the old one.

What is committed between this check and the commit itself, or later by a transaction that has begun already, is not
seen: only those who work through a workbench wait for each other.
"""

from collections.abc import Collection

import duckdb

from clerkbench.database.connection import HERE
from clerkbench.database.constraints import Constraint
from clerkbench.database.schema import Schema
from clerkbench.database.table import Table
from clerkbench.database.values import Key, condition, key_from_row, key_text
from clerkbench.errors import TransactionError
from clerkbench.files.sql_text import quoted

#: Rows that a transaction has stored and not yet committed have row ids from here on (MAX_ROW_ID in DuckDB's source).
_UNCOMMITTED = 36028797018960000


def require_no_conflict(con: duckdb.DuckDBPyConnection, before: duckdb.DuckDBPyConnection, schema: Schema) -> None:
    """Compare the open transaction with what has been committed since it began.

    Args:
        con: The connection, its transaction open.
        before: Another one, on which a transaction was begun at the same time and nothing was done.
        schema: The tables.

    Raises:
        TransactionError: A row stored here references one that was deleted elsewhere, or the other way round; or a
            table made anew here was changed elsewhere.
    """
    with con.cursor() as now:
        numbers = _table_numbers(before)
        anew = {name for name, number in _table_numbers(con).items() if name in numbers and number != numbers[name]}
        for table in schema.tables.values():
            if table.name in anew and _fingerprint(before, table) != _fingerprint(now, table):
                _conflict(f"{table.name}, which the transaction makes anew")
            if (
                table.name in numbers
                and table.name not in anew
                and (lost := _overwritten_rows(con, before, now, table))
            ):
                _conflict(
                    f"rows of {table.name} that the transaction replaces: {'; '.join(sorted(map(key_text, lost)))}"
                )
            for key in table.foreign_keys:
                parent = schema.tables[key.parent]
                if table.hides_numbers or parent.hides_numbers:
                    continue  # what is new in them cannot be told
                lost = _deleted_parents(con, now, table, key, parent)
                if table.name in numbers and table.name not in anew and parent.name in numbers:
                    lost |= _new_children(con, before, now, table, key, parent)
                if lost:
                    _conflict(
                        f"{table.name} or {parent.name}, and {table.name}.{', '.join(key.columns)} would reference "
                        f"rows of {parent.name} that do not exist: {'; '.join(sorted(map(key_text, lost)))}"
                    )


def _conflict(what: str) -> None:
    raise TransactionError(
        f"While the transaction was open, another connection changed {what}. Run it again. Nothing was changed."
    )


def _table_numbers(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """The tables with their numbers: one that was made anew has another."""
    return dict(con.execute(f"SELECT table_name, table_oid FROM duckdb_tables() WHERE {HERE}").fetchall())


def _fingerprint(con: duckdb.DuckDBPyConnection, table: Table) -> object:
    return con.execute(f"SELECT count(*), sum({table.fingerprint}) FROM {table.address}").fetchone()


def _overwritten_rows(
    con: duckdb.DuckDBPyConnection, before: duckdb.DuckDBPyConnection, now: duckdb.DuckDBPyConnection, table: Table
) -> set[Key]:
    """The rows that the transaction has stored anew, and that others have changed since it began."""
    if table.is_numbered or table.hides_numbers:
        return set()
    stored = _stored_values(con, table, table.row_key, f"rowid >= {_UNCOMMITTED}")
    if not stored:
        return set()
    where, parameters = condition(table.typed(table.row_key), stored)
    query = f"SELECT {table.fetched(table.row_key)}, {table.fingerprint} FROM {table.address} WHERE {where}"
    were, are = (
        {key_from_row(row[:-1]): row[-1] for row in each.execute(query, parameters).fetchall()}
        for each in (before, now)
    )
    return {key for key, content in were.items() if are.get(key) != content}


def _deleted_parents(
    con: duckdb.DuckDBPyConnection, now: duckdb.DuckDBPyConnection, child: Table, key: Constraint, parent: Table
) -> set[Key]:
    """What rows stored by the transaction reference, and others have deleted."""
    stored = _stored_values(con, child, key.columns, f"rowid >= {_UNCOMMITTED}")
    stored -= _stored_values(con, parent, key.parent_columns, f"rowid >= {_UNCOMMITTED}")
    return stored - _present_values(now, parent, key, stored)


def _new_children(
    con: duckdb.DuckDBPyConnection,
    before: duckdb.DuckDBPyConnection,
    now: duckdb.DuckDBPyConnection,
    child: Table,
    key: Constraint,
    parent: Table,
) -> set[Key]:
    """What rows stored by others reference, and the transaction has deleted."""
    last = before.execute(f"SELECT coalesce(max(rowid), -1) FROM {child.address}").fetchone() or (-1,)
    stored = _stored_values(now, child, key.columns, f"rowid > {last[0]}")
    return _present_values(before, parent, key, stored) - _present_values(con, parent, key, stored)


def _stored_values(con: duckdb.DuckDBPyConnection, table: Table, columns: Collection[str], where: str) -> set[Key]:
    """What some columns of a table hold in some rows, without those that hold NULL."""
    complete = " AND ".join(f"{quoted(column)} IS NOT NULL" for column in columns)
    query = f"SELECT DISTINCT {table.fetched(columns)} FROM {table.address} WHERE {where} AND {complete}"
    return set(map(key_from_row, con.execute(query).fetchall()))


def _present_values(con: duckdb.DuckDBPyConnection, parent: Table, key: Constraint, values: set[Key]) -> set[Key]:
    """Those of some values that a row of the parent holds."""
    where, parameters = condition(parent.typed(key.parent_columns), values)
    names = parent.fetched(key.parent_columns)
    found = con.execute(f"SELECT {names} FROM {parent.address} WHERE {where}", parameters)
    return set(map(key_from_row, found.fetchall()))
