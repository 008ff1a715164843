"""Describes the schema as DataFrames: tables, columns, constraints, relationships, configuration areas.

All of it comes from the :class:`~clerkbench.database.schema.Schema`. Nothing here names a table or a column.
"""

from collections.abc import Iterable, Mapping

import pandas as pd

from clerkbench.database.column import Column
from clerkbench.database.constraints import Constraint
from clerkbench.database.schema import Schema, matching


def tables(schema: Schema, counts: Mapping[str, int]) -> pd.DataFrame:
    """One row per table, parents first. See ``bench.tables``."""
    return pd.DataFrame(
        [(name, counts[name], table.comment, _referencing(schema, name)) for name, table in schema.tables.items()],
        columns=["table", "rows", "meaning", "referenced_by"],
    )


def describe(schema: Schema, name: str) -> pd.DataFrame:
    """One row per column of a table or view, in order. See ``bench.describe``."""
    found = matching("There is no table or view", name, [*schema.tables, *schema.views])
    table = schema.tables.get(found)
    columns: Iterable[Column] = (table or schema.views[found]).columns.values()
    own = table.constraints if table else ()
    rows = []
    for column in columns:
        rows.append(
            {
                "column": column.name,
                "type": column.type,
                "nullable": column.nullable,
                "default": column.default,
                "key": _keys(own, column.name),
                "on_delete": _joined(
                    each.on_delete for each in own if each.kind == "foreign key" and column.name in each.columns
                ),
                "referenced_by": _referencing(schema, found, column.name),
                "allowed_values": ", ".join(allowed_values(own, column.name)),
                "meaning": column.comment,
            }
        )
    headings = [
        *("column", "type", "nullable", "default", "key", "on_delete", "referenced_by", "allowed_values", "meaning")
    ]
    return pd.DataFrame(rows, columns=headings)


def allowed_values(constraints: Iterable[Constraint], column: str) -> tuple[str, ...]:
    """The values that a CHECK allows in a column; none where no CHECK lists them."""
    return next((each.allowed for each in constraints if each.columns == (column,) and each.allowed), ())


def constraints(schema: Schema, table: str | None) -> pd.DataFrame:
    """One row per constraint, of all tables or of one. See ``bench.constraints``."""
    name = None if table is None else schema.find_table(table).name
    return pd.DataFrame(
        [
            (each.table, each.kind, ", ".join(each.columns), each.definition, each.rule)
            for each in schema.constraints
            if name in (None, each.table)
        ],
        columns=["table", "kind", "columns", "definition", "rule"],
    )


def relationships(schema: Schema) -> pd.DataFrame:
    """One row per foreign key, by child. See ``bench.relationships``."""
    rows = []
    for key in schema.constraints:
        if key.kind == "foreign key":
            columns = ", ".join(key.columns), key.parent, ", ".join(key.parent_columns)
            rows.append((key.table, *columns, cardinality(schema, key), key.on_delete))
    return pd.DataFrame(
        rows, columns=["child", "child_columns", "parent", "parent_columns", "cardinality", "on_delete"]
    )


def cardinality(schema: Schema, key: Constraint) -> str:
    """How many children have how many parents by a foreign key: "many to one", "one to one or none"."""
    table = schema.tables[key.table]
    unique = [each for each in table.constraints if each.kind in ("unique", "primary key") and each.columns]
    children = "one" if any(set(each.columns) <= set(key.columns) for each in unique) else "many"
    required = {each.columns[0] for each in table.constraints if each.kind == "not null"}
    return f"{children} to {'one' if required.issuperset(key.columns) else 'one or none'}"


def areas(schema: Schema) -> pd.DataFrame:
    """One row per table or column that belongs to a configuration area, by area. See ``bench.areas``."""
    rows = [(each.area.number, each.area.name, each.table, each.column, each.meaning) for each in schema.areas]
    return pd.DataFrame(rows, columns=["area", "name", "table", "column", "meaning"])


def _referencing(schema: Schema, table: str, column: str | None = None) -> str:
    """The columns that reference a table, or one column of it, each with its delete rule."""
    found = []
    for each in schema.constraints:
        if each.parent == table and (column is None or column in each.parent_columns):
            columns = each.columns if column is None else [each.columns[each.parent_columns.index(column)]]
            named = columns[0] if len(columns) == 1 else f"({', '.join(columns)})"
            found.append(f"{each.table}.{named} {each.on_delete}")
    return ", ".join(found)


def _keys(constraints: Iterable[Constraint], column: str) -> str:
    keys = []
    for each in constraints:
        if column not in each.columns:
            continue
        if each.kind == "primary key":
            keys.append("primary key")
        elif each.kind == "unique":
            others = [other for other in each.columns if other != column]
            keys.append("unique" + (f" with {', '.join(others)}" if others else ""))
        elif each.kind == "foreign key":
            keys.append(f"references {each.parent}.{each.parent_columns[each.columns.index(column)]}")
    return _joined(keys)


def _joined(words: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(words))
