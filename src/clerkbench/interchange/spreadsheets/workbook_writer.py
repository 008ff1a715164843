"""Writes workbooks, sheet by sheet. Knows no tables."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clerkbench.errors import ArgumentError
from clerkbench.files.csv_files import LITERAL_PREFIX, PRIVATE_PREFIX
from clerkbench.interchange.spreadsheets.sheets import LONGEST_CELL
from clerkbench.reporting.progress import with_progress

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

#: The rows of a sheet.
_MOST_ROWS = 1_048_576

#: Characters that XML cannot hold are written as _x0001_, and a text that looks so has its own _ escaped.
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
#: So many rows below the last one have drop-downs for new rows.
_ROOM = 1000

#: So many rows decide the width of a column, within these limits.
_MEASURED, _NARROWEST, _NARROWEST_TEXT, _WIDEST = 200, 9, 16, 42
_ABOUT_WIDTH = 100
_FONT = "Calibri"

#: The format that keeps a text a text when people type it.
_TEXT = "@"

_CHOICES = f"{PRIVATE_PREFIX} choices"

_TO_A_FOLDER = "Save it to a folder of CSV files: give a name without an ending. Nothing was changed."


@dataclass(frozen=True)
class Column:
    """The look of a column.

    Attributes:
        is_text: Whether what people type stays a text.
        choices: The allowed values; no others are accepted.
        names: The sheet and the heading with the names to choose from; others are accepted after a warning.
        is_hidden: Whether it is folded away.
    """

    heading: str
    note: str = ""
    is_text: bool = False
    choices: tuple[str, ...] = ()
    names: tuple[str, str] | None = None
    is_hidden: bool = False


@dataclass(frozen=True)
class Page:
    """One sheet to write: its name, columns, rows and the number of rows."""

    title: str
    columns: list[Column]
    rows: Iterable[list[Any]]
    count: int


def write(path: Path, about: Sequence[Sequence[str]], pages: Sequence[Page]) -> None:
    """Write a workbook. ``about`` is the first sheet, which explains the others. Raises ArgumentError if a text is too
    long for a cell, or a table for a sheet.
    """
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    try:
        _write_pages(book, about, pages)
    except BaseException:
        for sheet in book.worksheets:  # each has an open file of its own
            sheet.close()
        raise
    book.save(path)


def _write_pages(book: "Workbook", about: Sequence[Sequence[str]], pages: Sequence[Page]) -> None:
    _write_about(book, about)
    lists = list(dict.fromkeys(column.choices for page in pages for column in page.columns if column.choices))
    for page in pages:
        if page.count >= _MOST_ROWS:
            raise ArgumentError(
                f"{page.title} has {page.count:,} rows, and a sheet holds {_MOST_ROWS - 1:,}. {_TO_A_FOLDER}"
            )
        _write_page(book, page, pages, lists)
    sheet = book.create_sheet(_CHOICES)
    sheet.sheet_state = "hidden"
    for at in range(max(map(len, lists), default=0)):
        sheet.append([_cell(sheet, each[at] if at < len(each) else None, _CHOICES) for each in lists])


def _write_about(book: "Workbook", about: Sequence[Sequence[str]]) -> None:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font

    sheet = book.create_sheet(f"{PRIVATE_PREFIX} read me")
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 30, _ABOUT_WIDTH
    for at, line in enumerate(about, start=1):
        cells: list[Any] = []
        for words in line:
            cell = WriteOnlyCell(sheet, words)
            cell.data_type = "s"
            cell.alignment = Alignment(vertical="top", wrap_text=len(line) > 1)
            cell.font = Font(name=_FONT, bold=not cells, size=14 if at == 1 else 11)
            cells.append(cell)
        # Some programs do not compute the height of a row with several lines.
        sheet.row_dimensions[at].height = (
            16 * max(-(-len(words) // (_ABOUT_WIDTH - 10)) for words in line or [""]) or 16
        )
        sheet.append(cells)


def _write_page(book: "Workbook", page: Page, pages: Sequence[Page], lists: Sequence[tuple[str, ...]]) -> None:
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    sheet = book.create_sheet(page.title)
    sheet.freeze_panes = "A2"
    rows = iter(page.rows)
    first = list(islice(rows, _MEASURED))
    for at, column in enumerate(page.columns):
        look = sheet.column_dimensions[get_column_letter(at + 1)]
        longest = max((len(str(cells[at])) for cells in first if cells[at] is not None), default=0)
        narrowest = _NARROWEST_TEXT if column.is_text else _NARROWEST
        look.width = min(max(longest + 2, len(column.heading) + 4, narrowest), _WIDEST)
        if column.is_text:
            look.number_format = _TEXT
        if column.is_hidden:
            look.hidden, look.outlineLevel = True, 1
        source = ""
        if column.choices:
            letter = get_column_letter(lists.index(column.choices) + 1)
            source = f"'{_CHOICES}'!${letter}$1:${letter}${len(column.choices)}"
        elif column.names:
            source = _names(pages, *column.names)
        if source:
            choice = DataValidation("list", formula1=source, allow_blank=True, errorStyle="warning")
            if column.choices:
                choice.errorStyle = "stop"
            choice.error = f"{column.heading} is not in the list." if column.choices else "No row has this name yet."
            choice.showErrorMessage = True
            letter = get_column_letter(at + 1)
            choice.add(f"{letter}2:{letter}{page.count + 1 + _ROOM}")
            sheet.data_validations.append(choice)
    sheet.append([_heading(sheet, column) for column in page.columns])
    for cells in with_progress(chain(first, rows), f"Writing {page.title}", page.count):
        sheet.append([_cell(sheet, value, page.title) for value in cells])


def _names(pages: Sequence[Page], title: str, heading: str) -> str:
    """The range of the names to choose from, with room for new ones."""
    from openpyxl.utils import get_column_letter

    for page in pages:
        headings = [column.heading for column in page.columns]
        if page.title == title and heading in headings:
            letter = get_column_letter(headings.index(heading) + 1)
            quoted = title.replace("'", "''")
            return f"'{quoted}'!${letter}$2:${letter}${page.count + 1 + _ROOM}"
    return ""


def _heading(sheet: "WriteOnlyWorksheet", column: Column) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.comments import Comment
    from openpyxl.styles import Font, PatternFill

    cell = WriteOnlyCell(sheet, _as_xml(column.heading))
    cell.data_type = "s"  # not a formula, if it begins with =
    cell.font = Font(name=_FONT, bold=True, color="000000")
    cell.fill = PatternFill("solid", fgColor="D9E2EC")
    if column.note:
        cell.comment = Comment(
            _as_xml(column.note), "clerkbench", height=40 + 18 * (len(column.note) // 40 + 1), width=300
        )
    return cell


def _as_xml(text: str) -> str:
    return _FORBIDDEN.sub(lambda sign: f"_x{ord(sign[0]):04X}_", text)


def _cell(sheet: "WriteOnlyWorksheet", value: Any, title: str) -> Any:
    """A value as a cell, with the style of a text if a spreadsheet program would change it."""
    if not isinstance(value, str):
        return value
    text = _as_xml(value)
    if len(text) > LONGEST_CELL:
        raise ArgumentError(
            f"A text of {title} has {len(text):,} signs, {text[:30]!r} …, and a cell holds {LONGEST_CELL:,}. "
            f"{_TO_A_FOLDER}"
        )
    if not text.startswith(("=", "#", LITERAL_PREFIX)) and not text[:1].isdigit():
        return text
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"  # not a formula
    cell.number_format = _TEXT
    cell.quotePrefix = True
    return cell
