"""What stands in the sheet of a table: the headings, and how values are written in cells and read from them."""

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

#: Whole numbers beyond this lose digits in a spreadsheet.
_EXACT_NUMBERS = 10**15


#: So many letters has the name of a sheet at most; that of a file could be longer than any system takes.
LONGEST_TITLE, _LONGEST_FILE_NAME = 31, 80

#: What the name of a sheet or of a file cannot hold, what it cannot begin or end with, and what it cannot be.
_IN_NO_NAME = re.compile(r"""[\[\]:*?/\\<>"|\x00-\x1f\x7f]|^[#.' ]|[.' ]$""")
_NO_NAME = re.compile(r"|con|prn|aux|nul|history|(com|lpt)\d", re.IGNORECASE)


@dataclass(frozen=True)
class Unreadable:
    """A cell of which nobody knows what it holds.

    Attributes:
        shown: What stands there.
        reason: Why that is no value.
        remedy: What to do.
    """

    shown: str
    reason: str
    remedy: str


#: A range of merged cells, such as "A3:A5": as it is written, and its first column and row, and its last ones, from 1.
Merged = tuple[str, int, int, int, int]


@dataclass(frozen=True)
class Sheet:
    """The cells of one sheet, whatever they mean, without rows that are empty.

    Attributes:
        title: Its name.
        rows: The cells of each row, from the first column on; missing ones are None.
        numbers: The number of each row, as the spreadsheet or the text editor counts it.
        kind: What to call it: "Sheet preceptors", "File preceptors.csv".
        line: What to call a row: "row", "line".
        merged: The ranges of cells that are merged.
    """

    title: str
    rows: list[list[Any]]
    numbers: list[int]
    kind: str
    line: str = "row"
    merged: tuple[Merged, ...] = ()


def titles(schema: Schema, *, sheets: bool) -> dict[str, str]:
    """What the sheet or file of each table is called, by table: its name, as far as a sheet or file can be called so.

    No two are called the same, and none leads out of the folder.
    """
    longest = LONGEST_TITLE if sheets else _LONGEST_FILE_NAME
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in schema.oldest_first:  # so that a new table takes no title of another
        plain = _IN_NO_NAME.sub("_", name)
        plain = _IN_NO_NAME.sub("_", plain[:longest])
        plain = f"{plain}_" if _NO_NAME.fullmatch(plain.partition(".")[0]) else plain
        choices = chain([plain], (f"{plain[: longest - 4]}_{number}" for number in count(2)))
        found[name] = next(each for each in choices if each.lower() not in taken)
        taken.add(found[name].lower())
    return {name: found[name] for name in schema.tables}


def columns_of(table: Table) -> list[str]:
    """The columns of a sheet, in order: those that people write, then those that the database keeps for itself."""
    return [*table.user_columns, *(column for column in table.stored if column not in table.user_columns)]


def heading_row(schema: Schema, table: Table) -> list[str]:
    """The headings, in the order of :func:`columns_of`. One that begins like its writer's own is written exactly."""
    called = headings(schema, table)
    return [
        LITERAL_PREFIX + called[column]
        if called[column].startswith((PRIVATE_PREFIX, LITERAL_PREFIX))
        else called[column]
        for column in columns_of(table)
    ]


def in_cell(value: Any) -> Any:
    """A stored value as a cell holds it, so that it comes back as it is.

    What a spreadsheet would take for something else, or round, or cut, goes as text.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < _EXACT_NUMBERS else str(value)
    if isinstance(value, float):
        return value if float(f"{value:.16g}") == value and abs(value) < float("inf") else str(value)
    if isinstance(value, Decimal | datetime.date | datetime.time):
        return str(value)
    if isinstance(value, bytes):
        return LITERAL_PREFIX if not value else "".join(f"\\x{byte:02X}" for byte in value)  # as DuckDB writes them
    written = str(value)
    is_exact = written != normalize(written).strip() or written[:1] in ("", LITERAL_PREFIX)
    return LITERAL_PREFIX + written if is_exact else written


class Padded(int):
    """A whole number that a cell shows with zeros before it, such as a postal code.

    Args:
        value: The number.
        digits: How many digits the cell shows.
    """

    digits: int

    def __new__(cls, value: int, digits: int) -> Self:
        found = super().__new__(cls, value)
        found.digits = digits
        return found


def from_cell(value: Any, kind: str) -> Any:
    """What a cell means in a column of a type: what people type around a value, and cannot see, does not count."""
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
    """A number or a date in a column of texts: what the cell shows."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    if isinstance(value, Padded):
        return f"{value:0{value.digits}d}"
    return value_text(value)


def is_empty(cells: Sequence[Any]) -> bool:
    """Whether nothing stands in any of the cells."""
    return all(value is None or (isinstance(value, str) and not value.strip()) for value in cells)
