"""Coerces the rows that a caller gives into columns that DuckDB can read. Knows no tables."""

import datetime
import json
import os
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from clerkbench.database.parameters import to_python
from clerkbench.errors import RowsRejectedError
from clerkbench.files.csv_files import read_csv
from clerkbench.files.unicode_text import normalize

#: Rows as a caller gives them: one, several, a DataFrame, or the path of a CSV file.
GivenRows = Mapping[str, Any] | Sequence[Mapping[str, Any]] | pd.DataFrame | str | os.PathLike[str]


#: Texts of up to so many rows are checked before DuckDB reads them, because an unreadable one would end an open
#: transaction. Checking more would take as long as reading them.
_LOOKED_AT = 100_000

# What a value is, whatever column it is meant for: as DuckDB calls it, or one of these.
WHOLE, NUMBER, TEXT, NESTED, UNKNOWN = "whole number", "number", "VARCHAR", "JSON", "unknown"


@dataclass(frozen=True)
class ValueGroup:
    """The values of a column that are of one kind; None for the others.

    Attributes:
        kind: A type of DuckDB, or one of the kinds above.
        values: The values; as text if they come from Python objects.
    """

    kind: str
    values: Any

    @property
    def is_text(self) -> bool:
        """Whether the values are written out, and are not DuckDB's own numbers and times."""
        return not isinstance(self.values.dtype, np.dtype) or bool(self.values.dtype == object)


@dataclass(frozen=True)
class CoercedColumn:
    """One column.

    Attributes:
        groups: Its values by kind. A row without a value in any group is NULL.
        present: For each row whether it gives the column; None if all rows do.
    """

    groups: list[ValueGroup]
    present: list[bool] | None = None


@dataclass(frozen=True)
class CoercedRows:
    """The number of rows, and their columns by name, as the caller spells it."""

    count: int
    columns: dict[str, CoercedColumn]

    def by_value(self) -> "CoercedRows":
        """The same, with every text checked by itself, because DuckDB reads no column with invalid Unicode."""
        columns = {}
        for name, column in self.columns.items():
            whole = [part for part in column.groups if part.kind == TEXT]
            others = [part for part in column.groups if part.kind != TEXT]
            looked_at = [
                part for each in whole for part in _groups([to_python(value) for value in each.values], exact=True)
            ]
            columns[name] = CoercedColumn(others + looked_at, column.present)
        return CoercedRows(self.count, columns)


def coerce_rows(rows: GivenRows, *, exact: bool = False) -> CoercedRows:
    """The rows, column by column. A missing value of any kind is None. The index of a DataFrame is ignored.

    Args:
        exact: Whether texts are taken unchanged; otherwise they are normalized.

    Raises:
        RowsRejectedError: The input is not rows, the file cannot be read, or a column has a name twice.
    """
    if isinstance(rows, str | os.PathLike):
        rows = read_csv(rows)
    if isinstance(rows, pd.DataFrame):
        columns = [str(name) for name in rows.columns]
        if len(set(columns)) < len(columns):
            raise RowsRejectedError("The DataFrame has two columns of the same name. Nothing was changed.")
        rows = rows.reset_index(drop=True)  # the position of a row counts, not its index
        return CoercedRows(len(rows), {name: _column(rows.iloc[:, at], exact) for at, name in enumerate(columns)})
    given: Any = [rows] if isinstance(rows, Mapping) else rows
    is_list = isinstance(given, Sequence) and not isinstance(given, bytes)
    if not is_list or not all(isinstance(row, Mapping) for row in given):
        raise RowsRejectedError(
            "Rows must be a dict, a list of dicts, a DataFrame or the path of a CSV file; got "
            f"{_described(rows)}. Nothing was changed."
        )
    records = [{str(name): value for name, value in row.items()} for row in given]
    names = dict.fromkeys(name for record in records for name in record)
    return CoercedRows(len(records), {name: _column_of_records(records, name, exact) for name in names})


def _column_of_records(records: list[dict[str, Any]], name: str, exact: bool) -> CoercedColumn:
    present = [name in record for record in records]
    parts = _groups([to_python(record[name]) if name in record else None for record in records], exact)
    return CoercedColumn(parts, None if all(present) else present)


def _described(rows: Any) -> str:
    kind = type(rows).__name__
    wrong = [each for each in rows if not isinstance(each, Mapping)] if isinstance(rows, Sequence) else []
    return f"a {kind} of {type(wrong[0]).__name__}" if wrong and not isinstance(rows, bytes) else kind


def _column(series: "pd.Series[Any]", exact: bool) -> CoercedColumn:
    """DuckDB reads the usual types of columns directly and fast. Of any other column it is given each value as text."""
    kind = series.dtype
    if isinstance(kind, pd.StringDtype):
        as_it_is = exact or series.dropna().str.isascii().all()
        if (as_it_is and len(series) > _LOOKED_AT) or _is_encodable(series):
            return CoercedColumn([ValueGroup(TEXT, series if as_it_is else series.map(normalize, na_action="ignore"))])
    if isinstance(kind, np.dtype):
        if kind.kind in "iu":
            return CoercedColumn([ValueGroup(WHOLE, series)])
        if kind.kind == "f" and kind.itemsize in (4, 8):
            return CoercedColumn([ValueGroup(NUMBER, series)])
        if kind.kind == "b":
            return CoercedColumn([ValueGroup("BOOLEAN", series)])
        if kind.kind == "M":
            return CoercedColumn([ValueGroup("TIMESTAMP", series)])
    return CoercedColumn(_groups([to_python(value) for value in series.astype(object)], exact))


def _is_encodable(series: "pd.Series[Any]") -> bool:
    try:
        "".join(series.to_numpy(dtype=object, na_value="")).encode()
    except UnicodeEncodeError:
        return False
    return True


def _groups(values: list[Any], exact: bool) -> list[ValueGroup]:
    """The values by their kind, as text."""
    parts: dict[str, list[str | None]] = {}
    for at, value in enumerate(values):
        if value is not None:
            kind, text = _as_text(normalize(value) if isinstance(value, str) and not exact else value)
            if kind not in parts:
                parts[kind] = [None] * len(values)
            parts[kind][at] = text
    return [ValueGroup(kind, pd.Series(texts, dtype=object)) for kind, texts in parts.items()]


def _as_text(value: Any) -> tuple[str, str]:
    """The kind of a value, and its text as DuckDB spells it."""
    for kinds, kind, text in _TEXTS:
        if isinstance(value, kinds):
            try:
                written = text(value)
                written.encode()  # a text may hold half of a surrogate pair
            except (TypeError, ValueError):
                break
            return _zoned(value, kind), written
    return UNKNOWN, _spelled_out(value)


def _spelled_out(value: Any) -> str:
    try:
        return ascii(value)
    except ValueError:  # of a number with thousands of digits
        return f"a very large {type(value).__name__}"


def _zoned(value: Any, kind: str) -> str:
    aware = isinstance(value, datetime.datetime) and value.tzinfo is not None
    return "TIMESTAMP WITH TIME ZONE" if aware else kind


def _as_json(value: Any) -> str:
    return json.dumps(value, default=_json_item, allow_nan=False)


def _json_item(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, set | frozenset):
        return sorted(value, key=repr)
    value = to_python(value)
    return value if value is None or isinstance(value, int | float) else str(value)


#: The text of a value by its Python type. The first type that fits counts.
_TEXTS: list[tuple[tuple[type, ...], str, Callable[[Any], str]]] = [
    ((str,), TEXT, str),
    ((bool,), "BOOLEAN", lambda value: str(value).lower()),
    ((int,), WHOLE, str),
    ((float,), NUMBER, repr),
    ((Decimal,), NUMBER, str),
    ((datetime.datetime,), TEXT, lambda value: value.isoformat(" ")),
    ((datetime.date,), TEXT, datetime.date.isoformat),
    ((datetime.time,), TEXT, datetime.time.isoformat),
    (
        (datetime.timedelta,),
        TEXT,
        lambda value: f"{value.days} days {value.seconds} seconds {value.microseconds} microseconds",
    ),
    ((uuid.UUID,), TEXT, str),
    ((bytes, bytearray, memoryview), "BLOB", lambda value: bytes(value).hex()),
    ((list, tuple, dict, set, frozenset, np.ndarray), NESTED, _as_json),
]
