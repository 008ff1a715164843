"""Compares the rows of two schools.

A row is the same in both if it has the same id, or else the same natural key, such as a clerkship's name. So two
schools that were entered twice, with other ids, are equal. Times, and ids by which rows reference each other, make no
difference.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import duckdb

from clerkbench.database.constraints import Constraint
from clerkbench.database.headings import references
from clerkbench.database.row_names import natural_key_values, value_text
from clerkbench.database.rows import row_contents
from clerkbench.database.schema import Schema
from clerkbench.database.table import Table
from clerkbench.database.values import Key
from clerkbench.errors import SchemaError
from clerkbench.mutations.database_copy import all_fingerprints

Row = Mapping[str, Any]


class Side(NamedTuple):
    """One of the two schools."""

    con: duckdb.DuckDBPyConnection
    schema: Schema


class ChangedRow(NamedTuple):
    """A row in both, with its values in each, and the columns that differ."""

    before: Row
    after: Row
    columns: list[str]


@dataclass
class TableChanges:
    """The differing rows of one table, by their keys; a changed row by its key before."""

    added: dict[Key, Row] = field(default_factory=dict)
    removed: dict[Key, Row] = field(default_factory=dict)
    changed: dict[Key, ChangedRow] = field(default_factory=dict)


#: By table, the row of the first school that a row of the second is.
SameRows = dict[str, dict[Key, Key]]


def compare(before: Side, after: Side) -> tuple[dict[str, TableChanges], SameRows]:
    """The changes from one school to the other.

    Only the tables and columns that both have are compared.

    Returns:
        The changes by table; and by table, for each row with another id, the row of the first school that it is.
    """
    own, theirs = all_fingerprints(*before), all_fingerprints(*after)
    found: dict[str, TableChanges] = {}
    same: SameRows = {}
    for name, table in before.schema.tables.items():
        mine, others = own[name], theirs[name]
        if table.is_numbered:
            mine, others = _without(mine, others), _without(others, mine)
            differing = mine.keys() | others.keys()
        else:
            differing = {key for key in mine.keys() | others.keys() if mine.get(key) != others.get(key)}
        here = row_contents(before.con, table, differing & mine.keys())
        there = row_contents(after.con, after.schema.tables[name], differing & others.keys())
        found[name] = _table_changes(before.schema, table, here, there, same)
    return found, same


def _without(own: Mapping[Key, int], others: Mapping[Key, int]) -> dict[Key, int]:
    """The rows of a table without a key that the other school lacks."""
    left, found = Counter(others.values()), {}
    for key, content in own.items():
        if left[content]:
            left[content] -= 1
        else:
            found[key] = content
    return found


def is_same_schema(before: Schema, after: Schema) -> bool:
    """Whether two schools have the same tables and columns."""
    return _definitions(before) == _definitions(after)


def require_same_schema(before: Schema, after: Schema) -> None:
    """Raise SchemaError unless two schools have the same tables and columns."""
    one, other = _definitions(before), _definitions(after)
    for name in sorted(one.keys() | other.keys()):
        if one.get(name) != other.get(name):
            raise SchemaError(
                f"The two have different schemas: {name} is not the same in both. Bring both to the same migration "
                "with migrate() or rollback(). Nothing was changed."
            )


def _definitions(schema: Schema) -> dict[str, list[object]]:
    return {name: [each.definition for each in table.columns.values()] for name, table in schema.tables.items()}


def shared_sides(before: Side, after: Side) -> tuple[Side, Side]:
    """Both schools with only the tables and columns that both have."""
    if is_same_schema(before.schema, after.schema):
        return before, after
    shared = {
        name: table.columns.keys() & after.schema.tables[name].columns.keys()
        for name, table in before.schema.tables.items()
        if name in after.schema.tables
    }
    return Side(before.con, _restricted(before.schema, shared)), Side(after.con, _restricted(after.schema, shared))


def _restricted(schema: Schema, shared: Mapping[str, Collection[str]]) -> Schema:
    """A schema with some tables and columns, and the constraints on them."""

    def is_kept(constraint: Constraint) -> bool:
        own = schema.tables[constraint.table].columns_in(constraint)
        above = shared.get(constraint.parent, ()) if constraint.parent else constraint.parent_columns
        return set(own) <= set(shared.get(constraint.table, ())) and set(constraint.parent_columns) <= set(above)

    tables = {
        name: replace(
            table,
            columns={column: each for column, each in table.columns.items() if column in shared[name]},
            constraints=tuple(filter(is_kept, table.constraints)),
            referenced_by=tuple(filter(is_kept, table.referenced_by)),
        )
        for name, table in schema.tables.items()
        if name in shared
    }
    return replace(schema, tables=tables)


def _table_changes(
    schema: Schema, table: Table, here: Mapping[Key, Row], there: Mapping[Key, Row], same: SameRows
) -> TableChanges:
    links = references(schema, table)

    def translated(row: Row) -> dict[str, Any]:
        """A row of the other school that references rows of this one."""
        ids = {column: same.get(each.parent, {}).get(row[column], row[column]) for column, each in links.items()}
        return {**row, **ids}

    compared = TableChanges()
    same[table.name] = {}
    others = {key: translated(row) for key, row in there.items()}
    waiting: dict[tuple[str, ...], list[Key]] = {}
    for key, row in here.items():
        if key not in there or table.is_numbered:  # row numbers differ elsewhere
            waiting.setdefault(natural_key_values(table, row), []).append(key)
    for key, row in others.items():
        mine: Key = key
        if key not in here or table.is_numbered:
            candidates = waiting.get(natural_key_values(table, row))
            if not candidates:
                compared.added[key] = there[key]
                continue
            mine = same[table.name][key] = candidates.pop(0)
        before = here[mine]
        columns = [
            column
            for column in table.user_columns
            if value_text(before[column]) != value_text(row[column])
            or (before[column] is None) != (row[column] is None)
        ]
        if columns:
            compared.changed[mine] = ChangedRow(here[mine], there[key], columns)
    for key in (key for keys in waiting.values() for key in keys):
        compared.removed[key] = here[key]
    return compared
