"""Values between DuckDB and Python: fetched so that they can be stored again, compared as keys are."""

from collections.abc import Collection, Mapping
from typing import Any

from clerkbench.files.sql_text import quoted

#: The value of a key: of one column, or a tuple of several. Without further words it is
#: :attr:`clerkbench.database.table.Table.row_key`.
Key = Any

#: Types whose values survive a round trip through Python. Others travel as text, because Python's dates end earlier and
#: its times have no nanoseconds.
_SAME_IN_PYTHON = {
    *("BOOLEAN", "VARCHAR", "UUID", "BLOB", "FLOAT", "DOUBLE"),
    *("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"),
}

#: Up to so many values stand in the query, and DuckDB looks each up in the index: 9 microseconds a value, at a thousand
#: rows as at a million. More values go in as a list, for which DuckDB reads the column: 0.8 ms for 150 values at a
#: thousand rows, 1.6 ms at 100,000, 5.6 ms at a million (measured in memory, text keys).
INLINE_LIMIT = 100


def condition(columns: Mapping[str, str], values: Collection[Key]) -> tuple[str, list[Any]]:
    """The SQL condition for rows that hold one of some values in some columns, and its parameters."""
    names = ", ".join(comparable(name, kind) for name, kind in columns.items())
    kinds = list(columns.values())
    if not values:
        return "FALSE", []
    if len(kinds) == 1 and len(values) <= INLINE_LIMIT:
        place = "?" if _is_same_in_python(kinds[0]) else f"CAST(? AS {kinds[0]})"
        return f"{names} IN ({', '.join([place] * len(values))})", list(values)
    lists = ", ".join(f"unnest(CAST(? AS {kind}[]))" for kind in kinds)
    given = [list(values)] if len(kinds) == 1 else [list(column) for column in zip(*values, strict=True)]
    return f"({names}) IN (SELECT {lists})", given


def _is_same_in_python(kind: str) -> bool:
    """Whether values of a type survive a round trip through Python."""
    return kind in _SAME_IN_PYTHON or kind.startswith(("DECIMAL", "ENUM"))


def is_nested(kind: str) -> bool:
    """Whether values of a type hold other values."""
    return kind.endswith("]") or kind.startswith(("STRUCT", "MAP", "UNION", "VARIANT", "JSON"))


def select_expression(expression: str, kind: str) -> str:
    """An expression as a query fetches it, so that its values can be stored again."""
    return expression if _is_same_in_python(kind) else f"CAST({expression} AS VARCHAR)"


def row_hash(columns: Mapping[str, str]) -> str:
    """An SQL expression that is the same number for two rows with the same values in typed columns."""
    return f"hash(row({', '.join(comparable(name, kind) for name, kind in columns.items())}))"


def comparable(column: str, kind: str) -> str:
    """A column as a foreign key compares it: text by bytes, whatever its collation."""
    return f"{quoted(column)} COLLATE C" if kind == "VARCHAR" else quoted(column)


def key_from_row(row: tuple[Any, ...]) -> Key:
    """The key in a fetched row of key columns."""
    return row[0] if len(row) == 1 else row


def key_text(key: Key) -> str:
    """A key as text."""
    return f"({', '.join(map(str, key))})" if isinstance(key, tuple) else str(key)


#: How the names of types end that take whole numbers alone.
_INTEGERS = ("INT", "INTEGER")


def is_integer_type(kind: str) -> bool:
    """Whether a type of DuckDB's takes whole numbers alone."""
    return kind.endswith(_INTEGERS)
