"""Finds what happened to rows and values between two states of a database that one connection can read."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import duckdb
import pandas as pd

from clerkbench.database.labels import labels_by_key
from clerkbench.database.schema import Schema
from clerkbench.database.table import Table
from clerkbench.database.values import key_from_row, row_hash
from clerkbench.files.sql_text import quoted
from clerkbench.reporting.phrases import and_more, shorten
from clerkbench.reporting.progress import with_progress

REMOVED, ALTERED, CONVERTED, ADDED = "removed", "altered", "converted", "added"

#: So many examples of a change are shown.
_EXAMPLES = 3

_COLUMNS = ["change", "table", "column", "count", "examples"]

#: The tables of both states in pairs, None for one that a state lacks; and the columns that both have.
Pair = tuple[Table | None, Table | None, Mapping[str, str]]


def data_changes(con: duckdb.DuckDBPyConnection, before: Schema, after: Schema, pairs: Sequence[Pair]) -> pd.DataFrame:
    """What was removed, altered, converted to another type, or added.

    Args:
        before, after: With the addresses of the rows.

    Returns:
        One row for the rows of a table or the values of a column: ``change``, ``table``, ``column`` (empty for whole
        rows), ``count``, ``examples``.
    """
    differing = _without_equal(con, pairs)
    found = [
        row
        for one, other, columns in with_progress(differing, "Comparing the rows")
        for row in _of_table(con, before, after, one, other, columns)
    ]
    return pd.DataFrame(found, columns=_COLUMNS).astype({"count": "int64"})


def _without_equal(con: duckdb.DuckDBPyConnection, pairs: Sequence[Pair]) -> list[Pair]:
    """The pairs without those whose tables have the same columns and the same rows. One query."""
    asked: list[tuple[int, str]] = []
    for at, (one, other, columns) in enumerate(pairs):
        kinds = one.column_types(columns) if one else {}
        is_alike = one and other and len(columns) == len(one.columns) == len(other.columns)
        if one and other and is_alike and list(kinds.values()) == list(other.column_types(columns.values()).values()):
            after = dict(zip(columns.values(), kinds.values(), strict=True))
            asked += [(at, f"{row_hash(kinds)} AS print FROM {one.address}")]
            asked += [(at, f"{row_hash(after)} AS print FROM {other.address}")]
    if not asked:
        return list(pairs)
    query = " UNION ALL ".join(
        f"SELECT {at}, count(*), coalesce(sum(CAST(print AS HUGEINT)), 0) FROM (SELECT {text})" for at, text in asked
    )
    prints: dict[int, set[tuple[int, int]]] = {}
    for at, *found in con.execute(query).fetchall():
        prints.setdefault(at, set()).add((found[0], found[1]))
    return [pair for at, pair in enumerate(pairs) if len(prints.get(at, ())) != 1]


def _of_table(
    con: duckdb.DuckDBPyConnection,
    before: Schema,
    after: Schema,
    one: Table | None,
    other: Table | None,
    columns: Mapping[str, str],
) -> Iterator[tuple[str, str, str, int, str]]:
    if one is None or other is None:
        schema, table = (after, other) if other else (before, one)
        assert table is not None
        yield from _rows(con, schema, table, ADDED if other else REMOVED, f"FROM {table.address} AS own")
        return
    if one.is_numbered or other.is_numbered or tuple(columns.get(name, "") for name in one.row_key) != other.row_key:
        yield from _without_key(con, one, other, columns)
        return
    same = " AND ".join(
        f"CAST(own.{quoted(name)} AS VARCHAR) = CAST(others.{quoted(columns[name])} AS VARCHAR)" for name in one.row_key
    )
    back = " AND ".join(
        f"CAST(own.{quoted(columns[name])} AS VARCHAR) = CAST(others.{quoted(name)} AS VARCHAR)" for name in one.row_key
    )
    yield from _rows(
        con, before, one, REMOVED, f"FROM {one.address} AS own ANTI JOIN {other.address} AS others ON {same}"
    )
    yield from _rows(
        con, after, other, ADDED, f"FROM {other.address} AS own ANTI JOIN {one.address} AS others ON {back}"
    )
    yield from _values(
        con, before, one, other, columns, f"{one.address} AS own JOIN {other.address} AS others ON {same}"
    )


def _rows(
    con: duckdb.DuckDBPyConnection, schema: Schema, table: Table, change: str, those: str
) -> Iterator[tuple[str, str, str, int, str]]:
    [count] = con.execute(f"SELECT count(*) {those}").fetchone() or (0,)
    if count:
        key = ", ".join(f"own.{quoted(name)}" for name in table.row_key)
        keys = con.execute(f"SELECT {key} {those} ORDER BY ALL LIMIT {_EXAMPLES}").fetchall()
        names = labels_by_key(con, schema, table, [key_from_row(row) for row in keys])
        yield change, table.name, "", count, "; ".join([*names.values(), *and_more(count - len(keys))])


def _without_key(
    con: duckdb.DuckDBPyConnection, one: Table, other: Table, columns: Mapping[str, str]
) -> Iterator[tuple[str, str, str, int, str]]:
    """The rows of a table without a key that both states have, compared as a whole."""
    sides = [
        f"SELECT {', '.join(_text(quoted(name)) for name in names) or '1'} FROM {table.address}"
        for table, names in ((one, columns.keys()), (other, columns.values()))
    ]
    for change, (first, second), name in ((REMOVED, sides, one.name), (ADDED, sides[::-1], other.name)):
        [count] = con.execute(f"SELECT count(*) FROM ({first} EXCEPT ALL {second})").fetchone() or (0,)
        if count:
            yield change, name, "", count, ""
    gone = [(REMOVED, one, name) for name in one.columns if name not in columns]
    gone += [(ADDED, other, name) for name in other.columns if name not in columns.values()]
    for change, table, name in gone:
        [count] = con.execute(f"SELECT count({quoted(name)}) FROM {table.address}").fetchone() or (0,)
        if count:
            yield change, table.name, name, count, ""


def _values(
    con: duckdb.DuckDBPyConnection, before: Schema, one: Table, other: Table, columns: Mapping[str, str], both: str
) -> Iterator[tuple[str, str, str, int, str]]:
    """The values that rows of both states have lost, changed or gained."""
    texts: dict[tuple[str, str, str], tuple[str, str, str]] = {}
    for old, new in columns.items():
        is_converted = one.columns[old].type != other.columns[new].type
        was, is_now = (
            f"CAST(own.{quoted(old)} AS VARCHAR) COLLATE C",
            f"CAST(others.{quoted(new)} AS VARCHAR) COLLATE C",
        )
        texts[CONVERTED if is_converted else ALTERED, other.name, new] = f"{was} IS DISTINCT FROM {is_now}", was, is_now
    for old in one.columns:
        if old not in columns:
            value = f"own.{quoted(old)}"
            texts[REMOVED, one.name, old] = f"{value} IS NOT NULL", f"CAST({value} AS VARCHAR)", "NULL"
    for new in other.columns:
        if new not in columns.values():
            value = f"others.{quoted(new)}"
            texts[ADDED, other.name, new] = f"{value} IS NOT NULL", "NULL", f"CAST({value} AS VARCHAR)"
    if not texts:
        return
    counts = con.execute(f"SELECT {', '.join(f'count(*) FILTER ({each[0]})' for each in texts.values())} FROM {both}")
    for (change, table, column), count in zip(texts, counts.fetchall()[0], strict=True):
        if count:
            condition, was, is_now = texts[change, table, column]
            key = ", ".join(f"own.{quoted(name)}" for name in one.row_key)
            rows = con.execute(
                f"SELECT {was}, {is_now}, {key} FROM {both} WHERE {condition} ORDER BY {key} LIMIT {_EXAMPLES}"
            ).fetchall()
            names = labels_by_key(con, before, one, [key_from_row(row[2:]) for row in rows])
            shown = [_example(names[key_from_row(row[2:])], row[0], row[1], change) for row in rows]
            yield change, table, column, count, "; ".join([*shown, *and_more(count - len(rows))])


def _text(value: str) -> str:
    """A value as text that is compared exactly, whatever the collation of its column."""
    return f"CAST({value} AS VARCHAR) COLLATE C"


def _example(label: str, before: Any, after: Any, change: str) -> str:
    was, is_now = ("nothing" if each is None else shorten(str(each)) for each in (before, after))
    return f"{label}: {is_now if change == ADDED else was if change == REMOVED else f'{was} → {is_now}'}"
