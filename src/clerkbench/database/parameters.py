"""Python values as parameters of a query."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
import pandas as pd

from clerkbench.database.values import is_integer_type
from clerkbench.errors import ArgumentError
from clerkbench.files.unicode_text import normalize


def to_python(value: Any) -> Any:
    """A value of numpy or pandas as plain Python. Missing values become None."""
    if isinstance(value, Decimal) and value.is_snan():  # of which pandas cannot be asked
        return None
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return None
    if isinstance(value, np.datetime64 | np.timedelta64):  # of which numpy makes a number where it knows nanoseconds
        return pd.Timestamp(value) if isinstance(value, np.datetime64) else pd.Timedelta(value)
    return value.item() if isinstance(value, np.generic) else value


def to_stored(value: Any) -> Any:
    """A value as it is stored: see :func:`to_python`; texts are normalized."""
    value = to_python(value)
    return normalize(value) if isinstance(value, str) else value


def parameters(given: Any) -> Any:
    """The parameters of a query, by position or by name, as plain Python."""
    if isinstance(given, Mapping):
        return {name: to_python(value) for name, value in given.items()}
    if given is not None and not isinstance(given, list | tuple):
        raise ArgumentError(f"Parameters must be a list, or a dict by name; got {type(given).__name__}.")
    return given and [to_python(value) for value in given]


def is_not_integer(kind: str, value: Any) -> bool:
    """Whether an integer type does not take a value."""
    if not is_integer_type(kind):
        return False
    if isinstance(value, str):
        try:
            value = Decimal(value.strip().replace("_", "no digit"))  # Python takes 4_5 for 45, as DuckDB does
        except InvalidOperation:
            return True
    if isinstance(value, Decimal):
        return not value.is_finite() or value != value.to_integral_value()
    return isinstance(value, float) and not value.is_integer()
