"""What a change does to which rows, and the order in which DuckDB allows it.

DuckDB does not delete a row, or change an indexed column of it, while another row references it; and inside a
transaction it still counts the rows that the transaction deleted. So the referencing rows must be out of the way first.
``multi_transaction`` and ``swap_rebuild`` are the two strategies for that.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import duckdb

from clerkbench.database.rows import referenced_values, referencing_rows
from clerkbench.database.schema import Schema
from clerkbench.database.table import Rows, Table
from clerkbench.database.values import Key

#: Typed columns, and the values that the wanted rows have in them.
Search = tuple[dict[str, str], list[Key]]


@dataclass(frozen=True)
class RowUpdate:
    """Rows of one table that get other values in some columns."""

    table: str
    rows: Rows
    values: Mapping[str, Any]


@dataclass
class ChangeSet:
    """What is to happen.

    Attributes:
        deleted: The rows to delete, by table.
        searches: If all deleted rows of a table were found at once, the search that found them: often one value of a
            foreign key in place of many keys.
    """

    deleted: dict[str, Rows] = field(default_factory=dict)
    altered: list[RowUpdate] = field(default_factory=list)
    searches: dict[str, Search] = field(default_factory=dict)

    @property
    def updated_rows(self) -> dict[str, Rows]:
        """The rows to update, by table."""
        found: dict[str, Rows] = {}
        for each in self.altered:
            found.setdefault(each.table, {}).update(each.rows)
        return found

    def updates_of(self, table: str) -> list[RowUpdate]:
        """The updates of one table."""
        return [each for each in self.altered if each.table == table]


def merge_rows(*several: dict[str, Rows]) -> dict[str, Rows]:
    """The rows of all, by table."""
    found: dict[str, Rows] = {}
    for tables in several:
        for table, rows in tables.items():
            found.setdefault(table, {}).update(rows)
    return found


def with_referencing_rows(con: duckdb.DuckDBPyConnection, schema: Schema, rows: dict[str, Rows]) -> dict[str, Rows]:
    """The rows and all rows that reference them, also through others, whatever the delete rules; only non-empty
    tables.
    """
    reached = merge_rows(rows)
    waiting = list(rows.items())
    while waiting:
        name, given = waiting.pop()
        for key in schema.tables[name].referenced_by:
            child = schema.tables[key.table]
            _, found = referencing_rows(con, schema.tables[name], child, key, given.values())
            known = reached.setdefault(child.name, {})
            new = {each: row for each, row in found.items() if each not in known}
            known.update(new)
            if new:
                waiting.append((child.name, new))
    return {table: found for table, found in reached.items() if found}


def leaf_first(schema: Schema, rows: dict[str, Rows]) -> list[dict[str, Rows]]:
    """The rows in steps. DuckDB can delete each step in one transaction once the steps before are committed.

    Args:
        rows: By table, with all rows that reference them.

    Returns:
        The rows of each step by table. A row comes after all rows that reference it.
    """
    last: dict[str, int] = {}
    steps: list[dict[str, Rows]] = []
    for name in reversed(schema.tables):
        if not rows.get(name):
            continue
        table = schema.tables[name]
        before = [last[key.table] for key in table.referenced_by if key.table in last]
        first = 1 + max(before, default=-1)
        by_height: dict[int, Rows] = {0: rows[name]}
        if table.self_references:
            by_height = {}
            for key, height in _heights(table, rows[name]).items():
                by_height.setdefault(height, {})[key] = rows[name][key]
        last[name] = first + max(by_height)
        for height, of_height in by_height.items():
            steps.extend({} for _ in range(first + height + 1 - len(steps)))
            steps[first + height][name] = of_height
    return steps


def _heights(table: Table, rows: Rows) -> dict[Key, int]:
    """The length of the longest chain of rows below each row of a table that references itself."""
    parents: dict[Key, list[Key]] = {key: [] for key in rows}
    children = dict.fromkeys(rows, 0)
    for reference in table.self_references:
        above, own = table.picker(reference.parent_columns), table.picker(reference.columns)
        at = {above(row): key for key, row in rows.items()}
        for key, row in rows.items():
            parent = at.get(own(row))
            if parent is not None and referenced_values(table, [row], reference.columns):
                parents[key].append(parent)
                children[parent] += 1
    heights = dict.fromkeys(rows, 0)
    ready = [key for key, count in children.items() if count == 0]
    while ready:
        key = ready.pop()
        for parent in parents[key]:
            heights[parent] = max(heights[parent], heights[key] + 1)
            children[parent] -= 1
            if children[parent] == 0:
                ready.append(parent)
    return heights
