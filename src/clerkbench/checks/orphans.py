"""Finds rows that reference what is not there, and says which they are. Reads only."""

from collections.abc import Sequence

import duckdb

from clerkbench.catalog import quoted
from clerkbench.checks.breaches import orphans
from clerkbench.checks.wording import Case, in_words
from clerkbench.constraints import Constraint
from clerkbench.rows import labels
from clerkbench.schema import Schema
from clerkbench.values import fetched, written
from clerkbench.violations import Violation


def orphaned(
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
    table = schema.tables[key.table]
    told = ", ".join(fetched(f"child.{quoted(name)}", kind) for name, kind in table.typed(table.telling).items())
    rows = con.execute(f"SELECT {told} FROM {orphans(schema, key, child, list(parents))}").fetchall()
    named = labels(con, schema, {table.name: rows})[table.name]
    pick_key, pick = table.picker(table.row_key), table.picker(key.columns)
    cases = []
    for row, label in zip(rows, named, strict=True):
        values = pick(row) if len(key.columns) > 1 else (pick(row),)
        texts = {column: str(value) for column, value in zip(key.columns, values, strict=True)}
        cases.append(Case(key, key.columns, label, written(pick_key(row)), texts, is_stored=True))
    return in_words(con, schema, table, cases)
