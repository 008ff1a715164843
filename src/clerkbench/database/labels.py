"""Labels of rows: what people call a row, such as "Surgery, inpatient". Reads only."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import islice
from operator import itemgetter

import duckdb

from clerkbench.database.constraints import Constraint
from clerkbench.database.rows import referenced_values, select_rows
from clerkbench.database.schema import Schema
from clerkbench.database.table import Rows, Table, Values
from clerkbench.database.values import Key, key_text
from clerkbench.reporting.phrases import shorten


def labels(
    con: duckdb.DuckDBPyConnection, schema: Schema, rows: Mapping[str, Sequence[Values]], *, apart: bool = True
) -> dict[str, list[str]]:
    """The labels of rows: "Surgery", or for a row without a name the labels of what it references: "Surgery,
    inpatient".

    Args:
        rows: By table.
        apart: Whether rows with the same label show their keys.

    Returns:
        By table a label for each row, in their order.
    """
    known = {table: list(given) for table, given in rows.items()}
    wanted: dict[str, dict[tuple[str, ...], set[Key]]] = {}
    for name in reversed(schema.tables):  # children first, so that all that is wanted of a parent is known
        table = schema.tables[name]
        for columns, values in wanted.get(name, {}).items():
            values.difference_update(map(table.picker(columns), known.get(name, ())))
            if values:
                known.setdefault(name, []).extend(select_rows(con, table, columns, values))
        for key in _label_sources(table):
            values = wanted.setdefault(key.parent, {}).setdefault(key.parent_columns, set())
            values.update(referenced_values(table, known.get(name, ()), key.columns))
    named: dict[str, list[str]] = {}
    for name, table in schema.tables.items():
        if name in known:
            lent = {}
            for key in _label_sources(table):
                parents = map(schema.tables[key.parent].picker(key.parent_columns), known.get(key.parent, ()))
                lent[key] = dict(zip(parents, named.get(key.parent, ()), strict=True))
            named[name] = _labels(table, known[name], lent, apart=apart)
    return {name: named[name][: len(given)] for name, given in rows.items()}


def labelled_groups(
    con: duckdb.DuckDBPyConnection, schema: Schema, groups: Sequence[tuple[str, Rows]]
) -> list[list[tuple[str, Key]]]:
    """The label and the key of the rows of each group, by label. A group has rows of one table."""
    rows: dict[str, list[Values]] = {}
    for table, group in groups:
        rows.setdefault(table, []).extend(group.values())
    found = {table: iter(names) for table, names in labels(con, schema, rows).items()}
    named = [list(zip(islice(found[table], len(group)), group, strict=True)) for table, group in groups]
    return [sorted(each, key=itemgetter(0)) for each in named]


def labels_by_key(
    con: duckdb.DuckDBPyConnection, schema: Schema, table: Table, keys: Collection[Key]
) -> dict[Key, str]:
    """The labels of the rows with these keys, by key."""
    rows = select_rows(con, table, table.row_key, keys) if keys else []
    return dict(
        zip(map(table.picker(table.row_key), rows), labels(con, schema, {table.name: rows})[table.name], strict=True)
    )


def _label_sources(table: Table) -> list[Constraint]:
    """The foreign keys whose parents are part of the label. With one to itself it would hold all ancestors."""
    shown = set(table.label_columns)
    return [key for key in table.foreign_keys if shown & set(key.columns) and key.parent != table.name]


def _labels(
    table: Table, rows: Sequence[Values], lent: Mapping[Constraint, Mapping[Key, str]], *, apart: bool
) -> list[str]:
    """The labels of the rows of one table, from the labels of their parents."""
    parts: list[list[str]] = []
    used: set[str] = set()
    for column in table.label_columns:
        if column in used:
            continue
        key = next((each for each in lent if column in each.columns), None)
        if key is None:
            used.add(column)
            parts.append(["" if value is None else str(value) for value in map(table.picker([column]), rows)])
        else:
            used.update(key.columns)
            names = lent[key]
            parts.append([names.get(values, "") for values in map(table.picker(key.columns), rows)])
    found = parts[0] if len(parts) == 1 else [", ".join(filter(None, each)) for each in zip(*parts, strict=True)]
    keys = list(map(table.picker(table.row_key), rows))
    texts = [shorten(text) or key_text(key) for text, key in zip(found, keys, strict=True)]
    if table.is_numbered or not apart:
        return texts
    shared = Counter(dict(zip(keys, texts, strict=True)).values())
    return [
        f"{label} ({key_text(key)})" if shared[label] > 1 else label for label, key in zip(texts, keys, strict=True)
    ]
