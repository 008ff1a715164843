"""Finds and reads rows."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import duckdb
import pandas as pd

from clerkbench.database.constraints import Constraint
from clerkbench.database.parameters import is_not_integer, to_python
from clerkbench.database.table import Rows, Table, Values
from clerkbench.database.values import Key, condition, key_from_row, key_text, row_hash
from clerkbench.errors import UnknownRowError
from clerkbench.files.sql_text import quoted
from clerkbench.files.unicode_text import normalize
from clerkbench.reporting.phrases import short_repr


def select_rows(
    con: duckdb.DuckDBPyConnection, table: Table, columns: Sequence[str], values: Collection[Key]
) -> list[Values]:
    """The tracked columns of the rows that hold one of some values, in the order of their keys."""
    where, parameters = condition(table.column_types(columns), values)
    found = con.execute(
        f"SELECT {table.select_list(table.tracked_columns)} FROM {table.address} WHERE {where}", parameters
    )
    return sorted(found.fetchall(), key=table.picker(table.row_key))


def row_contents(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    values: Collection[Key] | None = None,
    among: Sequence[str] = (),
    *,
    with_namesakes: bool = False,
) -> dict[Key, dict[str, Any]]:
    """The stored values of rows by key and by column, in the order of their keys. They can be stored again unchanged.

    Args:
        values: Only the rows that hold one of these in the columns ``among``; None for all rows.
        among: Columns; those of the key if none are given.
        with_namesakes: Whether to add the rows that have the same name as one of these.
    """
    columns = list(among) or list(table.row_key)
    where, parameters = ("TRUE", []) if values is None else condition(table.column_types(columns), values)
    if with_namesakes and table.name_column:
        name = table.comparable(table.name_column)
        where = f"({where}) OR {name} IN (SELECT {name} FROM {table.address} WHERE {where})"
        parameters = parameters * 2
    columns = list(dict.fromkeys([*table.row_key, *table.stored]))
    query = f"SELECT {table.select_list(columns)} FROM {table.address} WHERE {where} ORDER BY ALL"
    found = con.execute(query, parameters).fetchall()
    number = len(table.row_key)
    return {key_from_row(row[:number]): dict(zip(columns, row, strict=True)) for row in found}


def relation_fingerprint(con: duckdb.DuckDBPyConnection, query: str, columns: Mapping[str, str]) -> tuple[int, int]:
    """The number of rows of a query, and their fingerprint, whatever their order."""
    total = f"coalesce(sum(CAST({row_hash(columns)} AS HUGEINT)), 0)"
    [found] = con.execute(f"SELECT count(*), {total} FROM ({query})").fetchall()
    return found


def row_fingerprints(
    con: duckdb.DuckDBPyConnection, table: Table, values: Collection[Key] | None = None
) -> dict[Key, int]:
    """The fingerprints of the rows with these keys, or of all rows: the same for two rows with the same values."""
    where, parameters = ("TRUE", []) if values is None else condition(table.column_types(table.row_key), values)
    query = f"SELECT {table.select_list(table.row_key)}, {table.fingerprint} FROM {table.address} WHERE {where}"
    return {key_from_row(row[:-1]): row[-1] for row in con.execute(query, parameters).fetchall()}


def referenced_values(table: Table, rows: Iterable[Values], columns: Sequence[str]) -> list[Key]:
    """The values of some columns, each once, without NULL."""
    found = dict.fromkeys(map(table.picker(columns), rows))
    if len(columns) == 1:
        found.pop(None, None)
        return list(found)
    return [values for values in found if None not in values]


def referencing_rows(
    con: duckdb.DuckDBPyConnection, parent: Table, child: Table, key: Constraint, rows: Iterable[Values]
) -> tuple[list[Key], Rows]:
    """The rows of a child that reference some rows of a parent by a foreign key, after the values that they hold."""
    values = referenced_values(parent, rows, key.parent_columns)
    return values, rows_by_key(child, select_rows(con, child, key.columns, values))


def find_rows(con: duckdb.DuckDBPyConnection, table: Table, references: Any) -> Rows:
    """The rows that a caller means.

    Args:
        references: One row, or several in a list, a tuple, a set, a Series or the like. Each is the value of the
            primary key (a tuple if it has several columns), or a name if only one row has that name.

    Raises:
        UnknownRowError: There is no such row, several have the name, or the table has no primary key.
    """
    if not table.primary_key:
        raise UnknownRowError(f"{table.name} has no primary key, so nothing identifies its rows. Nothing was changed.")
    return rows_by_key(table, [_find_one(con, table, each) for each in _several(table, references)])


def rows_by_key(table: Table, rows: Sequence[Values]) -> Rows:
    """Rows by their keys."""
    return dict(zip(map(table.picker(table.row_key), rows), rows, strict=True))


def _several(table: Table, references: Any) -> list[Any]:
    if isinstance(references, Mapping | pd.DataFrame):
        raise UnknownRowError(
            f"A row of {table.name} must be given by its {' and '.join(table.primary_key)}; got "
            f"{type(references).__name__}. Nothing was changed."
        )
    one = isinstance(references, str | bytes) or not isinstance(references, Iterable)
    if isinstance(references, tuple) and len(table.primary_key) > 1:
        one = not any(isinstance(part, tuple) for part in references)
    return [references] if one else list(references)


def _find_one(con: duckdb.DuckDBPyConnection, table: Table, reference: Any) -> Values:
    values = [to_python(part) for part in reference] if isinstance(reference, tuple) else [to_python(reference)]
    typed = table.column_types(table.primary_key)
    conditions: list[tuple[str, list[Any]]] = []
    if len(values) == len(typed) and not any(map(is_not_integer, typed.values(), values)):
        same = " AND ".join(f"{table.comparable(column)} = TRY_CAST(? AS {kind})" for column, kind in typed.items())
        conditions.append((same, values))
    if table.name_column and isinstance(reference, str):
        same = f"{table.comparable(table.name_column)} = ?"
        conditions += [(same, [name]) for name in dict.fromkeys([reference, normalize(reference)])]
    if found := _first_found(con, table, conditions):
        if len(found) > 1:
            keys = ", ".join(sorted(map(key_text, rows_by_key(table, found))))
            raise UnknownRowError(
                f"{len(found)} rows of {table.name} are named {reference!r}. Name one by its "
                f"{' and '.join(table.primary_key)}: {keys}. Nothing was changed."
            )
        return found[0]
    shown = short_repr(values[0] if len(values) == 1 else tuple(values))
    raise UnknownRowError(f"{table.name} has no row {shown}.{suggest_name(con, table, reference)} Nothing was changed.")


def _first_found(
    con: duckdb.DuckDBPyConnection, table: Table, conditions: Sequence[tuple[str, list[Any]]]
) -> list[Values]:
    """The rows that meet the first condition that any row meets. One query."""
    if not conditions:
        return []
    columns = table.select_list(table.tracked_columns)
    query = " UNION ALL ".join(
        f"SELECT {at}, {columns} FROM {table.address} WHERE {where}" for at, (where, _) in enumerate(conditions)
    )
    try:
        con.execute(query, [value for _, values in conditions for value in values])
    except (duckdb.InvalidInputException, duckdb.NotImplementedException):  # a value of a type that DuckDB has not
        return []
    found = con.fetchall()
    first = min((row[0] for row in found), default=0)
    return [row[1:] for row in found if row[0] == first]


def suggest_name(con: duckdb.DuckDBPyConnection, table: Table, reference: Any) -> str:
    """The question whether a similar name of the table was meant; empty if there is none."""
    if not table.name_column or not isinstance(reference, str):
        return ""
    return suggest_name_among(con, f"SELECT {quoted(table.name_column)} FROM {table.address}", [], reference)


def suggest_name_among(con: duckdb.DuckDBPyConnection, names: str, parameters: list[Any], name: str) -> str:
    """The same among the names that a query returns."""
    row = con.execute(
        f"""
        SELECT name FROM ({names}) AS names (name) WHERE jaro_winkler_similarity(lower(name), lower(?)) > 0.8
        ORDER BY jaro_winkler_similarity(lower(name), lower(?)) DESC, name LIMIT 1
        """,
        [*parameters, name, name],
    ).fetchone()
    return f" Did you mean {row[0]!r}?" if row else ""
