"""Reads the rows and values a caller gives: as plain Python values, in the columns the table has."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
import pandas as pd

from clerkbench import catalog
from clerkbench.errors import RowsRejectedError
from clerkbench.schema import Table

#: How the names of types end that take whole numbers alone.
_WHOLE = ("INT", "INTEGER")

#: Rows as a caller gives them.
GivenRows = Mapping[str, Any] | Sequence[Mapping[str, Any]] | pd.DataFrame


def read(table: Table, rows: GivenRows) -> list[dict[str, Any]]:
    """The rows as dicts, with the columns as the catalog spells them. A missing value of any kind is None.

    Raises:
        UnknownNameError: The table has no such column; a near match is named.
        RowsRejectedError: These are no rows; a column is given twice, or never given; or a number is no whole one where
            the table takes only those.
    """
    records = [_spelled(record, table) for record in _records(rows)]
    return [
        {column: _whole(table, column, value, position) for column, value in record.items()}
        for position, record in enumerate(records)
    ]


def _records(rows: GivenRows) -> list[dict[str, Any]]:
    records: list[dict[Any, Any]]
    if isinstance(rows, pd.DataFrame):
        if not rows.columns.is_unique:
            raise RowsRejectedError("The DataFrame has two columns of the same name. Nothing was changed.")
        records = [dict(row) for row in rows.astype(object).to_dict("records")]
    elif isinstance(rows, Mapping):
        records = [dict(rows)]
    elif (
        isinstance(rows, Sequence)
        and not isinstance(rows, str | bytes)
        and all(isinstance(row, Mapping) for row in rows)
    ):
        records = [dict(row) for row in rows]
    else:
        raise RowsRejectedError(
            f"Rows come as a dict, a list of dicts or a DataFrame, not as {type(rows).__name__}. Nothing was changed."
        )
    return [{str(column): plain(value) for column, value in record.items()} for record in records]


def plain(value: Any) -> Any:
    """A value as plain Python has it; whatever numpy and pandas call missing is None."""
    if isinstance(value, Decimal) and value.is_snan():  # of which pandas cannot be asked
        return None
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return None
    if isinstance(value, np.datetime64 | np.timedelta64):  # of which numpy makes a number where it knows nanoseconds
        return pd.Timestamp(value) if isinstance(value, np.datetime64) else pd.Timedelta(value)
    return value.item() if isinstance(value, np.generic) else value


def parameters(given: Any) -> Any:
    """The parameters of a query, by place or by name, each as plain Python has it."""
    if isinstance(given, Mapping):
        return {name: plain(value) for name, value in given.items()}
    return [plain(value) for value in given] if isinstance(given, list | tuple) else given


def _spelled(record: dict[str, Any], table: Table) -> dict[str, Any]:
    """The row with its columns as the catalog spells them."""
    spelled: dict[str, Any] = {}
    for column, value in record.items():
        name = catalog.matching(f"{table.name} has no column", column, list(table.columns))
        if name in spelled:
            raise RowsRejectedError(f"A row gives {table.name}.{name} twice. Nothing was changed.")
        if table.columns[name].generated:
            raise RowsRejectedError(
                f"{table.name}.{name} follows from other columns and is never given. Nothing was changed."
            )
        spelled[name] = value
    return spelled


def _whole(table: Table, column: str, value: Any, position: int) -> Any:
    """A whole number for a column of such, which pandas makes a fraction where others are missing.

    DuckDB would round 2.5 days to 2 without a word.
    """
    kind = table.columns[column].type
    if takes_no_fraction(kind, value):
        raise RowsRejectedError(
            f"Row {position + 1}: {table.name}.{column} takes whole numbers, and {value} is none. Nothing was changed."
        )
    return int(value) if kind.endswith(_WHOLE) and isinstance(value, float | Decimal) else value


def takes_no_fraction(kind: str, value: Any) -> bool:
    """Whether a value is a fraction, or no finite number, and a type takes whole numbers alone."""
    if not kind.endswith(_WHOLE):
        return False
    if isinstance(value, str):
        try:
            value = Decimal(value.strip())
        except InvalidOperation:
            return False  # no number at all, which DuckDB refuses by itself
    if isinstance(value, Decimal):
        return not value.is_finite() or value != value.to_integral_value()
    return isinstance(value, float) and not value.is_integer()
