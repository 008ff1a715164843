"""Parses SQL expressions with DuckDB: one canonical spelling for each, and the values that a CHECK allows."""

import json
from collections.abc import Iterable
from typing import Any

import duckdb

#: Every expression that was ever parsed. A process reads the same few whenever it reads constraints.
_SPELLINGS: dict[str, str] = {}
_ALLOWED: dict[str, tuple[str, ...]] = {}


def canonical(con: duckdb.DuckDBPyConnection, expressions: Iterable[str], *, is_query: bool = False) -> dict[str, str]:
    """The canonical spelling of each expression, so that two can be compared."""
    wanted = set(expressions)
    if unknown := sorted(wanted - set(_SPELLINGS)):
        spellings = con.execute(
            "SELECT each, json_deserialize_sql(json_serialize_sql(? || each)) FROM unnest(?) AS given (each)",
            ["" if is_query else "SELECT ", unknown],
        )
        _SPELLINGS.update(spellings.fetchall())
    return {each: _SPELLINGS[each] for each in wanted}


def allowed_values(con: duckdb.DuckDBPyConnection, conditions: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The values that each condition of the form ``column IN (…)`` allows; none for any other condition."""
    wanted = set(conditions)
    if unknown := sorted(wanted - set(_ALLOWED)):
        parsed = con.execute(
            "SELECT each, json_serialize_sql('SELECT ' || each) FROM unnest(?) AS given (each)", [unknown]
        )
        _ALLOWED.update({each: _values_of_in(json.loads(tree)) for each, tree in parsed.fetchall()})
    return {each: _ALLOWED[each] for each in wanted}


def _values_of_in(tree: Any) -> tuple[str, ...]:
    condition = tree["statements"][0]["node"]["select_list"][0]
    if condition["type"] != "COMPARE_IN":
        return ()
    column, *values = condition["children"]
    if column["class"] != "COLUMN_REF" or any(value["class"] != "CONSTANT" for value in values):
        return ()
    return tuple(str(value["literal"]["text"]) for value in values)
