"""Detects write conflicts: a commit that does not fit what other connections committed since the transaction began.

On one connection DuckDB keeps every foreign key and loses nothing. It does not see what another connection does at the
same time:

- One inserts a row, the other deletes its parent, both commit: an orphan, without an error.
- One rebuilds a table (swap-rebuild) from the rows that it saw when its transaction began. Rows that others stored in
  the table since then are lost with the old table.

A commit between this check and our own commit is not seen, nor a later one of a transaction that has begun already.
Only those who use a workbench wait for each other.
"""

from collections.abc import Collection

import duckdb

from clerkbench.database.connection import IN_SCHEMA
from clerkbench.database.constraints import Constraint
from clerkbench.database.rows import relation_fingerprint, row_fingerprints
from clerkbench.database.schema import Schema
from clerkbench.database.table import Table
from clerkbench.database.values import Key, condition, key_from_row, key_text
from clerkbench.errors import TransactionError
from clerkbench.files.sql_text import quoted

#: Rows that a transaction stored and did not commit have row ids from here on (MAX_ROW_ID in DuckDB's source).
_UNCOMMITTED = 36028797018960000


def require_no_conflict(con: duckdb.DuckDBPyConnection, before: duckdb.DuckDBPyConnection, schema: Schema) -> None:
    """Compare the open transaction with what was committed since it began.

    Args:
        con: The connection with the open transaction.
        before: Another connection, with a transaction that began at the same time and did nothing.
    """
    with con.cursor() as now:
        numbers = _table_numbers(before)
        rebuilt = {name for name, number in _table_numbers(con).items() if name in numbers and number != numbers[name]}
        for table in schema.tables.values():
            if table.name in rebuilt and len({_fingerprint(each, table) for each in (before, now)}) > 1:
                _conflict(f"{table.name}, which the transaction rebuilds")
            if (
                table.name in numbers
                and table.name not in rebuilt
                and (lost := _overwritten_rows(con, before, now, table))
            ):
                _conflict(
                    f"rows of {table.name} that the transaction replaces: {'; '.join(sorted(map(key_text, lost)))}"
                )
            for key in table.foreign_keys:
                parent = schema.tables[key.parent]
                if table.hides_numbers or parent.hides_numbers:
                    continue  # nothing tells which rows are new
                lost = _deleted_parents(con, now, table, key, parent)
                if table.name in numbers and table.name not in rebuilt and parent.name in numbers:
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
    """DuckDB's numbers of the tables. A rebuilt table has a new one."""
    return dict(con.execute(f"SELECT table_name, table_oid FROM duckdb_tables() WHERE {IN_SCHEMA}").fetchall())


def _fingerprint(con: duckdb.DuckDBPyConnection, table: Table) -> object:
    return relation_fingerprint(con, f"FROM {table.address}", table.column_types(table.stored))


def _overwritten_rows(
    con: duckdb.DuckDBPyConnection, before: duckdb.DuckDBPyConnection, now: duckdb.DuckDBPyConnection, table: Table
) -> set[Key]:
    """The rows that the transaction replaced and others changed since it began."""
    if table.is_numbered or table.hides_numbers:
        return set()
    stored = _stored_values(con, table, table.row_key, f"rowid >= {_UNCOMMITTED}")
    if not stored:
        return set()
    were, are = (row_fingerprints(each, table, stored) for each in (before, now))
    return {key for key, content in were.items() if are.get(key) != content}


def _deleted_parents(
    con: duckdb.DuckDBPyConnection, now: duckdb.DuckDBPyConnection, child: Table, key: Constraint, parent: Table
) -> set[Key]:
    """The keys that rows stored by the transaction reference and others deleted."""
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
    """The keys that rows stored by others reference and the transaction deleted."""
    last = before.execute(f"SELECT coalesce(max(rowid), -1) FROM {child.address}").fetchone() or (-1,)
    stored = _stored_values(now, child, key.columns, f"rowid > {last[0]}")
    return _present_values(before, parent, key, stored) - _present_values(con, parent, key, stored)


def _stored_values(con: duckdb.DuckDBPyConnection, table: Table, columns: Collection[str], where: str) -> set[Key]:
    """The values of some columns in some rows, without NULL."""
    complete = " AND ".join(f"{quoted(column)} IS NOT NULL" for column in columns)
    query = f"SELECT DISTINCT {table.select_list(columns)} FROM {table.address} WHERE {where} AND {complete}"
    return set(map(key_from_row, con.execute(query).fetchall()))


def _present_values(con: duckdb.DuckDBPyConnection, parent: Table, key: Constraint, values: set[Key]) -> set[Key]:
    """The values that a row of the parent holds."""
    where, parameters = condition(parent.column_types(key.parent_columns), values)
    names = parent.select_list(key.parent_columns)
    found = con.execute(f"SELECT {names} FROM {parent.address} WHERE {where}", parameters)
    return set(map(key_from_row, found.fetchall()))
