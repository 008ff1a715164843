"""Values on their way between DuckDB and Python: fetched so that they come back as they are, compared as keys are."""

from collections.abc import Collection, Mapping
from typing import Any

from clerkbench.files.sql_text import quoted

#: What some columns of a row hold: the value of one column, or a tuple of the values of several. Where nothing else is
#: said, the columns are those of :attr:`clerkbench.schema.Table.row_key`, and tell the row from all others.
Key = Any

#: Types whose values are the same again after they have been to Python. Those of others go there and back as text:
#: Python's dates end where DuckDB's do not, and its times know no nanoseconds.
_SAME_IN_PYTHON = {
    *("BOOLEAN", "VARCHAR", "UUID", "BLOB", "FLOAT", "DOUBLE"),
    *("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"),
}

#: Up to so many values stand in the query itself, and DuckDB looks each up in the index: 9 microseconds a value, at a
#: thousand rows as at a million. Beyond that they go in as a list, for which it reads the whole column: for 150 values
#: 0.8 ms at a thousand rows, 1.6 ms at 100,000, 5.6 ms at a million (in memory, of text keys).
INLINE_LIMIT = 100


def condition(columns: Mapping[str, str], values: Collection[Key]) -> tuple[str, list[Any]]:
    """An SQL condition for the rows that hold one of some values in some columns, and its parameters.

    Args:
        columns: The columns, each with its type.
        values: What they hold.
    """
    names = ", ".join(compared(name, kind) for name, kind in columns.items())
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
    """Whether values of a type are the same again after they have been to Python."""
    return kind in _SAME_IN_PYTHON or kind.startswith(("DECIMAL", "ENUM"))


def is_nested(kind: str) -> bool:
    """Whether values of a type hold other values."""
    return kind.endswith("]") or kind.startswith(("STRUCT", "MAP", "UNION", "VARIANT", "JSON"))


def fetched(expression: str, kind: str) -> str:
    """An expression of a type as a query fetches it, so that its values can come back as they are."""
    return expression if _is_same_in_python(kind) else f"CAST({expression} AS VARCHAR)"


def compared(column: str, kind: str) -> str:
    """A foreign key compares text byte by byte, whatever collation the column or the session has."""
    return f"{quoted(column)} COLLATE C" if kind == "VARCHAR" else quoted(column)


def key_from_row(row: tuple[Any, ...]) -> Key:
    """The key that a query has fetched, column by column."""
    return row[0] if len(row) == 1 else row


def key_text(key: Key) -> str:
    """A key as text."""
    return f"({', '.join(map(str, key))})" if isinstance(key, tuple) else str(key)


#: How the names of types end that take whole numbers alone.
_INTEGERS = ("INT", "INTEGER")


def is_integer_type(kind: str) -> bool:
    """Whether a type of DuckDB's takes whole numbers alone."""
    return kind.endswith(_INTEGERS)
