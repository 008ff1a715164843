"""The sheet of a table: its headings, and values as cells."""

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain, count
from typing import Any, Self

from clerkbench.database.headings import headings
from clerkbench.database.row_names import value_text
from clerkbench.database.schema import Schema
from clerkbench.database.table import Table
from clerkbench.files.csv_files import LITERAL_PREFIX, PRIVATE_PREFIX, cell_text
from clerkbench.files.unicode_text import normalize

#: A cell of a workbook holds no more characters.
LONGEST_CELL = 32_767

#: A character that XML cannot hold, as a workbook writes it.
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")

#: A spreadsheet program rounds larger integers.
_EXACT_NUMBERS = 10**15


#: The longest name of a sheet; and of a file, which could be too long for the system.
LONGEST_TITLE, _LONGEST_FILE_NAME = 31, 80

#: Characters that names of sheets and files cannot hold, begin with or end with; and names that are not allowed.
_IN_NO_NAME = re.compile(r"""[\[\]:*?/\\<>"|\x00-\x1f\x7f]|^[#.' ]|[.' ]$""")
_NO_NAME = re.compile(r"|con|prn|aux|nul|history|(com|lpt)\d", re.IGNORECASE)


@dataclass(frozen=True)
class Unreadable:
    """A cell without a readable value.

    Attributes:
        reason: Why it has no value.
        remedy: What to do.
    """

    shown: str
    reason: str
    remedy: str


#: A range of merged cells, such as "A3:A5": the range; its first column and row, and its last ones, from 1.
Merged = tuple[str, int, int, int, int]


@dataclass(frozen=True)
class Sheet:
    """The cells of one sheet without empty rows.

    Attributes:
        rows: The cells of each row from the first column on; missing ones are None.
        numbers: The number of each row in the spreadsheet or text editor.
        kind: Its name in messages: "Sheet sites", "File sites.csv".
        line: The word for a row: "row", "line".
    """

    title: str
    rows: list[list[Any]]
    numbers: list[int]
    kind: str
    line: str = "row"
    merged: tuple[Merged, ...] = ()


def titles(schema: Schema, *, sheets: bool) -> dict[str, str]:
    """The title of the sheet or file of each table, by table. All titles are different, and none is a path."""
    longest = LONGEST_TITLE if sheets else _LONGEST_FILE_NAME
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in schema.oldest_first:  # a new table takes no existing title
        plain = _IN_NO_NAME.sub("_", name)
        plain = _IN_NO_NAME.sub("_", plain[:longest])
        plain = f"{plain}_" if _NO_NAME.fullmatch(plain.partition(".")[0]) else plain
        choices = chain([plain], (f"{plain[: longest - 4]}_{number}" for number in count(2)))
        found[name] = next(each for each in choices if each.lower() not in taken)
        taken.add(found[name].lower())
    return {name: found[name] for name in schema.tables}


def columns_of(table: Table) -> list[str]:
    """The columns of a sheet: those that people write, then the managed ones."""
    return [*table.user_columns, *(column for column in table.stored if column not in table.user_columns)]


def heading_row(schema: Schema, table: Table) -> list[str]:
    """The headings of :func:`columns_of`."""
    called = headings(schema, table)
    return [
        LITERAL_PREFIX + called[column]
        if called[column].startswith((PRIVATE_PREFIX, LITERAL_PREFIX))
        else called[column]
        for column in columns_of(table)
    ]


def in_cell(value: Any) -> Any:
    """A stored value as a cell, so that a spreadsheet program does not change it and it loads unchanged."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < _EXACT_NUMBERS else str(value)
    if isinstance(value, float):
        return value if float(f"{value:.16g}") == value and abs(value) < float("inf") else str(value)
    if isinstance(value, Decimal | datetime.date | datetime.time):
        return str(value)
    if isinstance(value, bytes):
        return LITERAL_PREFIX if not value else "".join(f"\\x{byte:02X}" for byte in value)  # as DuckDB writes bytes
    written = str(value)
    is_exact = written != normalize(written).strip() or written[:1] in ("", LITERAL_PREFIX)
    return LITERAL_PREFIX + written if is_exact else written


class Padded(int):
    """An integer that its cell shows with leading zeros, such as a postal code."""

    digits: int

    def __new__(cls, value: int, digits: int) -> Self:
        found = super().__new__(cls, value)
        found.digits = digits
        return found


def from_cell(value: Any, kind: str) -> Any:
    """The value of a cell in a column of a type. Blanks and invisible characters around it are ignored."""
    if isinstance(value, Unreadable):
        return value
    if isinstance(value, str):
        return cell_text(value)
    if kind == "VARCHAR" and value is not None:
        return _as_text(value)
    if isinstance(value, Padded):
        return int(value)
    if kind == "DATE" and isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date()
    return value


def _as_text(value: Any) -> str:
    """A number or date in a text column: what the cell shows."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    if isinstance(value, Padded):
        return f"{value:0{value.digits}d}"
    return value_text(value)


def is_empty(cells: Sequence[Any]) -> bool:
    """Whether all cells are empty."""
    return all(value is None or (isinstance(value, str) and not value.strip()) for value in cells)
