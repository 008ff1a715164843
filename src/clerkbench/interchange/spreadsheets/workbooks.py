"""Reads and writes workbooks, sheet by sheet. Knows no tables."""

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile, ZipFile, is_zipfile

from clerkbench.errors import ArgumentError, RowsRejectedError
from clerkbench.files.csv_files import LITERAL_PREFIX, PRIVATE_PREFIX
from clerkbench.interchange.spreadsheets.sheets import Merged, Padded, Sheet, Unreadable, is_empty
from clerkbench.reporting.progress import with_progress

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

#: A cell of the format holds no more signs, and a sheet no more rows.
_LONGEST, _MOST_ROWS = 32_767, 1_048_576

#: Signs that XML cannot hold stand in a workbook as _x0001_, and a text that looks so has its own _ written like that.
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")

#: The part of a workbook that names the sheets, and what stands in that of a kind that the library does not read.
_BOOK, _STRICT = "xl/workbook.xml", b"purl.oclc.org/ooxml"

#: Merged cells; and cells that hold something.
_MERGED = re.compile(rb'<mergeCell ref="([A-Z]+\d+:[A-Z]+\d+)"')
_FILLED = re.compile(rb"<c(?: [^>]*[^/])?>")

#: A part of a workbook that is larger than so many bytes, and packed so well, is no part that people wrote.
_LARGEST, _MOST_PACKED = 64 * 2**20, 400

#: Behind so many empty rows nothing follows: somebody has given a whole column a color.
_EMPTY = 10_000

#: So many rows below the last one are ready for new ones: they have the drop-downs too.
_ROOM = 1000

#: So many rows decide how wide a column is, within these limits.
_MEASURED, _NARROWEST, _NARROWEST_TEXT, _WIDEST = 200, 9, 16, 42
_ABOUT_WIDTH = 100
_FONT = "Calibri"

#: What people type in a column of these texts would become a number or a date: the cells are of the kind text.
_TEXT = "@"

_CHOICES = f"{PRIVATE_PREFIX} choices"

_TO_A_FOLDER = "Save it to a folder of CSV files: give a name without an ending. Nothing was changed."


@dataclass(frozen=True)
class Column:
    """How a column of a sheet looks.

    Attributes:
        heading: What stands above it.
        note: What the heading's note says.
        is_text: Whether what people type there is taken as text, whatever it looks like.
        choices: What may be chosen from; no other value is taken.
        names: The sheet and the heading under which stand the names to choose from; others are taken after a warning.
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
    """One sheet to be written: its name, its columns, its rows and how many these are."""

    title: str
    columns: list[Column]
    rows: Iterable[list[Any]]
    count: int


def write(path: Path, about: Sequence[Sequence[str]], pages: Sequence[Page]) -> None:
    """Write a workbook.

    Args:
        path: The file.
        about: The lines of the first sheet, which explains the others.
        pages: The others.

    Raises:
        ArgumentError: A text is too long for a cell, or a table for a sheet.
    """
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    try:
        _write_pages(book, about, pages)
    except BaseException:
        for sheet in book.worksheets:  # each is written to a file of its own, which is open
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
        # Not every program finds out by itself how high a row of several lines is.
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
            choice.error = f"{column.heading} is none of the list." if column.choices else "No row has this name yet."
            choice.showErrorMessage = True
            letter = get_column_letter(at + 1)
            choice.add(f"{letter}2:{letter}{page.count + 1 + _ROOM}")
            sheet.data_validations.append(choice)
    sheet.append([_heading(sheet, column) for column in page.columns])
    for cells in with_progress(chain(first, rows), f"Writing {page.title}", page.count):
        sheet.append([_cell(sheet, value, page.title) for value in cells])


def _names(pages: Sequence[Page], title: str, heading: str) -> str:
    """Where the names stand that may be chosen from, with room for those that people add."""
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
    cell.data_type = "s"  # one that begins with = would be a formula
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
    """A value, and where a spreadsheet would make something else of a text when somebody edits the cell, its style."""
    if not isinstance(value, str):
        return value
    text = _as_xml(value)
    if len(text) > _LONGEST:
        raise ArgumentError(
            f"A text of {title} has {len(text):,} signs, {text[:30]!r} …, and a cell holds {_LONGEST:,}. {_TO_A_FOLDER}"
        )
    if not text.startswith(("=", "#", LITERAL_PREFIX)) and not text[:1].isdigit():
        return text
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"  # it would be a formula
    cell.number_format = _TEXT
    cell.quotePrefix = True
    return cell


def read(path: Path) -> list[Sheet]:
    """The sheets of a workbook, in order, without those that are their writer's own.

    Raises:
        RowsRejectedError: It is no workbook.
    """
    from openpyxl import load_workbook

    try:
        _require_safe_archive(path)
        book = load_workbook(path, read_only=True)
        try:
            titles = [each.title for each in book.worksheets if not each.title.strip().startswith(PRIVATE_PREFIX)]
            results: Workbook | None = None
            sheets = []
            for title in titles:
                rows, numbers, formulas = _cells(book, title)
                if formulas:
                    results = results or load_workbook(path, read_only=True, data_only=True)
                    _fill_in_results(rows, numbers, results, title)
                sheets.append(Sheet(title, rows, numbers, f"Sheet {title}", merged=_merged(book, title)))
            if results:
                results.close()
        finally:
            book.close()
    except RowsRejectedError:
        raise
    except OSError as error:
        raise RowsRejectedError(f"{path} cannot be read: {error.strerror or error}. Nothing was changed.") from None
    except Exception as error:  # whatever a damaged file makes the library stumble over
        why = "It is no .xlsx file, or is protected by a password or damaged. Save it as .xlsx without a password."
        if _is_book(path):
            why = (
                "It is a workbook, and something in it is unknown to what reads it, such as a format or a check of "
                "cells. Copy the cells alone into a new workbook, or save the sheets as CSV files."
            )
        raise RowsRejectedError(f"{path} cannot be read as a workbook: {error}. {why} Nothing was changed.") from None
    return sheets


def _is_book(path: Path) -> bool:
    with suppress(BadZipFile, OSError), ZipFile(path) as archive:
        return _BOOK in archive.namelist()
    return False


def _merged(book: "Workbook", title: str) -> tuple[Merged, ...]:
    """The merged cells of a sheet, which the library leaves out where it reads row by row."""
    from openpyxl.utils import range_boundaries

    opened: Any = book
    with opened._archive.open(opened[title]._worksheet_path) as part:
        found = [each.decode() for each in _MERGED.findall(part.read())]
    return tuple((cells, *range_boundaries(cells)) for cells in found)


def _require_safe_archive(path: Path) -> None:
    """Make sure that a file is no archive that fills the memory when it is unpacked, and no workbook of another kind.

    Raises:
        RowsRejectedError: It may be.
    """
    if not is_zipfile(path):
        return  # which reading it says
    with ZipFile(path) as archive:
        if _BOOK in archive.namelist() and _STRICT in archive.read(_BOOK)[:4096]:
            raise RowsRejectedError(
                f"{path} is a Strict Open XML workbook, which few programs read. Save it as Excel Workbook (.xlsx). "
                "Nothing was changed."
            )
        for each in archive.infolist():
            if each.file_size > _LARGEST and each.file_size > _MOST_PACKED * each.compress_size:
                raise RowsRejectedError(
                    f"{path} cannot be read: its part {each.filename} is {each.file_size // 2**20:,} MiB, packed into "
                    f"{max(1, each.compress_size // 2**10):,} KiB, as no spreadsheet program writes. "
                    "Nothing was changed."
                )


def _require_no_rows_after(book: "Workbook", title: str, read: int) -> None:
    """Make sure that a sheet holds no more cells than were read.

    Raises:
        RowsRejectedError: It does.
    """
    opened: Any = book
    with opened._archive.open(opened[title]._worksheet_path) as part:
        filled = len(_FILLED.findall(part.read()))
    if filled > read:
        raise RowsRejectedError(
            f"Sheet {title} holds rows behind {_EMPTY:,} empty ones. Delete the empty rows. Nothing was changed."
        )


#: How a format shows a number with zeros before it.
_ZEROS = re.compile("00+")


class _Formula(str):
    """A formula, whose result is yet to be found."""


def _cells(book: "Workbook", title: str) -> tuple[list[list[Any]], list[int], bool]:
    rows: list[list[Any]] = []
    numbers: list[int] = []
    formulas = False
    sheet = book[title]
    sheet.reset_dimensions()  # what other programs write there may be wrong
    for number, line in enumerate(with_progress(sheet.iter_rows(), f"Reading {title}"), start=1):
        cells = [_value(cell) for cell in line]
        if number - (numbers[-1] if numbers else 0) > _EMPTY:
            _require_no_rows_after(book, title, sum(value is not None for row in rows for value in row))
            break
        if not is_empty(cells):
            rows.append(cells)
            numbers.append(number)
            formulas = formulas or any(isinstance(value, _Formula) for value in cells)
    return rows, numbers, formulas


def _value(cell: Any) -> Any:
    value, kind = cell.value, cell.data_type
    if isinstance(value, str) and len(value) > _LONGEST:
        told = f"{value[:30]}…", f"holds {len(value):,} signs, and a cell of a workbook has {_LONGEST:,}"
        return Unreadable(*told, "Shorten it; or give the table as a CSV file, whose cells may be longer.")
    if isinstance(value, str) and kind not in ("f", "e"):
        return _ESCAPED.sub(lambda sign: chr(int(sign[1], 16)), value) if "_x" in value else value
    if kind == "f":
        return _Formula(value if isinstance(value, str) else getattr(value, "text", "of a data table"))
    if kind == "e":
        return Unreadable(str(value), f"holds the error {value}", "Correct the formula, or write the value itself.")
    if isinstance(value, int) and not isinstance(value, bool) and _ZEROS.fullmatch(cell.number_format or ""):
        return Padded(value, len(cell.number_format))
    return value


def _fill_in_results(rows: list[list[Any]], numbers: list[int], results: "Workbook", title: str) -> None:
    """Put the result in the place of each formula, as the program that saved the workbook found it."""
    sheet = results[title]
    sheet.reset_dimensions()
    wanted = dict(zip(numbers, rows, strict=True))
    for number, line in enumerate(sheet.iter_rows(), start=1):
        for at, formula in enumerate(wanted.get(number, ())):
            if isinstance(formula, _Formula):
                value = _value(line[at]) if at < len(line) else None
                wanted[number][at] = (
                    value
                    if value is not None
                    else Unreadable(
                        str(formula),
                        f"holds the formula {formula}, and the file does not hold its result",
                        "Open the workbook in a spreadsheet program and save it there, or write the value itself.",
                    )
                )
