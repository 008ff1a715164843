"""Finds stored rows that violate constraints, and reports them by name."""

from collections.abc import Sequence

import duckdb

from clerkbench.database.constraints import Constraint
from clerkbench.database.labels import labels
from clerkbench.database.schema import Schema
from clerkbench.database.values import key_text, select_expression
from clerkbench.files.sql_text import quoted
from clerkbench.reporting.violations import Violation
from clerkbench.validation.broken_rows import violations_of
from clerkbench.validation.constraint_checker import orphans_sql
from clerkbench.validation.messages import BrokenRow


def orphan_violations(
    con: duckdb.DuckDBPyConnection, schema: Schema, key: Constraint, child: str, parents: Sequence[str]
) -> list[Violation]:
    """The stored rows without a parent. ``child`` is their table, or a relation like it; ``parents`` are relations."""
    return _violations(con, schema, key, orphans_sql(schema, key, child, list(parents)), "child.")


def length_violations(con: duckdb.DuckDBPyConnection, schema: Schema, check: Constraint) -> list[Violation]:
    """The stored rows with a text of another length than declared, which DuckDB does not check."""
    return _violations(con, schema, check, violating_rows_sql(schema, check))


def violating_rows_sql(schema: Schema, check: Constraint) -> str:
    """What follows FROM for the rows that violate a check."""
    return f"{schema.tables[check.table].address} WHERE NOT ({check.expression})"


def _violations(
    con: duckdb.DuckDBPyConnection, schema: Schema, constraint: Constraint, found: str, prefix: str = ""
) -> list[Violation]:
    table = schema.tables[constraint.table]
    columns = list(dict.fromkeys([*table.tracked_columns, *constraint.columns]))
    kinds = table.column_types(columns)
    selected = ", ".join(select_expression(f"{prefix}{quoted(name)}", kind) for name, kind in kinds.items())
    rows = con.execute(f"SELECT {selected} FROM {found}").fetchall()
    known = len(table.tracked_columns)
    named = labels(con, schema, {table.name: [row[:known] for row in rows]})[table.name]
    pick_key = table.picker(table.row_key)
    cases = []
    for row, label in zip(rows, named, strict=True):
        texts = {column: str(row[columns.index(column)]) for column in constraint.columns}
        key = key_text(pick_key(row[:known]))
        cases.append(BrokenRow(constraint, constraint.columns, label, key, texts, is_stored=True))
    return violations_of(con, schema, table, cases)
