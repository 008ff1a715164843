"""Finds stored rows that break what the database did not enforce, and says which they are. Reads only."""

from collections.abc import Sequence

import duckdb

from clerkbench.database.constraints import Constraint
from clerkbench.database.labels import labels
from clerkbench.database.schema import Schema
from clerkbench.database.values import fetched, key_text
from clerkbench.files.sql_text import quoted
from clerkbench.reporting.violations import Violation
from clerkbench.validation.broken_rows import violations_of
from clerkbench.validation.constraint_checker import orphans_sql
from clerkbench.validation.messages import BrokenRow


def orphan_violations(
    con: duckdb.DuckDBPyConnection, schema: Schema, key: Constraint, child: str, parents: Sequence[str]
) -> list[Violation]:
    """The stored rows whose parent is in none of some relations.

    Args:
        con: The database.
        schema: Its tables.
        key: The foreign key.
        child: Where the rows are: the table, or a relation with all that it knows of a row.
        parents: Where a parent may be.
    """
    return _violations(con, schema, key, orphans_sql(schema, key, child, list(parents)), "child.")


def length_violations(con: duckdb.DuckDBPyConnection, schema: Schema, check: Constraint) -> list[Violation]:
    """The stored rows whose text has another length than its column declares, of which DuckDB knows nothing."""
    return _violations(con, schema, check, violating_rows_sql(schema, check))


def violating_rows_sql(schema: Schema, check: Constraint) -> str:
    """The rows that break a check: what follows FROM."""
    return f"{schema.tables[check.table].address} WHERE NOT ({check.expression})"


def _violations(
    con: duckdb.DuckDBPyConnection, schema: Schema, constraint: Constraint, found: str, prefix: str = ""
) -> list[Violation]:
    table = schema.tables[constraint.table]
    columns = list(dict.fromkeys([*table.tracked, *constraint.columns]))
    kinds = table.typed(columns)
    told = ", ".join(fetched(f"{prefix}{quoted(name)}", kind) for name, kind in kinds.items())
    rows = con.execute(f"SELECT {told} FROM {found}").fetchall()
    known = len(table.tracked)
    named = labels(con, schema, {table.name: [row[:known] for row in rows]})[table.name]
    pick_key = table.picker(table.row_key)
    cases = []
    for row, label in zip(rows, named, strict=True):
        texts = {column: str(row[columns.index(column)]) for column in constraint.columns}
        key = key_text(pick_key(row[:known]))
        cases.append(BrokenRow(constraint, constraint.columns, label, key, texts, is_stored=True))
    return violations_of(con, schema, table, cases)
