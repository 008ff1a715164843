"""Reads workbooks, sheet by sheet. Knows no tables."""

import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile, ZipFile, is_zipfile

from clerkbench.errors import RowsRejectedError
from clerkbench.files.csv_files import PRIVATE_PREFIX
from clerkbench.interchange.spreadsheets.sheets import (
    ESCAPED,
    LONGEST_CELL,
    Merged,
    Padded,
    Sheet,
    Unreadable,
    is_empty,
)
from clerkbench.reporting.progress import with_progress

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

#: The part of a workbook that names the sheets; and the mark of a format that the library does not read.
_BOOK, _STRICT = "xl/workbook.xml", b"purl.oclc.org/ooxml"

#: Merged cells; and cells that hold something.
_MERGED = re.compile(rb'<mergeCell ref="([A-Z]+\d+:[A-Z]+\d+)"')
_FILLED = re.compile(rb"<c(?: [^>]*[^/])?>")

#: No spreadsheet program writes a part of more bytes that is packed so well.
_LARGEST, _MOST_PACKED = 64 * 2**20, 400

#: After so many empty rows reading stops: somebody has given a whole column a color.
_EMPTY = 10_000


def read(path: Path) -> list[Sheet]:
    """The sheets of a workbook in order, without private ones. Raises RowsRejectedError if it cannot be read."""
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
    except Exception as error:  # a damaged file makes the library raise any error
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
    """The merged cells of a sheet. The library leaves them out when it reads row by row."""
    from openpyxl.utils import range_boundaries

    opened: Any = book
    with opened._archive.open(opened[title]._worksheet_path) as part:
        found = [each.decode() for each in _MERGED.findall(part.read())]
    return tuple((cells, *range_boundaries(cells)) for cells in found)


def _require_safe_archive(path: Path) -> None:
    """Raise RowsRejectedError if a file is an archive bomb, or a workbook of a kind that the library cannot read."""
    if not is_zipfile(path):
        return  # reading reports it
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
    """Raise RowsRejectedError if a sheet has cells after the empty rows at which reading stopped."""
    opened: Any = book
    with opened._archive.open(opened[title]._worksheet_path) as part:
        filled = len(_FILLED.findall(part.read()))
    if filled > read:
        raise RowsRejectedError(
            f"Sheet {title} holds rows behind {_EMPTY:,} empty ones. Delete the empty rows. Nothing was changed."
        )


#: A number format with leading zeros.
_ZEROS = re.compile("00+")


class _Formula(str):
    """A formula without its result yet."""


def _cells(book: "Workbook", title: str) -> tuple[list[list[Any]], list[int], bool]:
    rows: list[list[Any]] = []
    numbers: list[int] = []
    formulas = False
    sheet = book[title]
    sheet.reset_dimensions()  # other programs write wrong ones
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
    if isinstance(value, str) and len(value) > LONGEST_CELL:
        words = f"{value[:30]}…", f"holds {len(value):,} signs, and a cell of a workbook has {LONGEST_CELL:,}"
        return Unreadable(*words, "Shorten it; or give the table as a CSV file, whose cells may be longer.")
    if isinstance(value, str) and kind not in ("f", "e"):
        return ESCAPED.sub(lambda sign: chr(int(sign[1], 16)), value) if "_x" in value else value
    if kind == "f":
        return _Formula(value if isinstance(value, str) else getattr(value, "text", "of a data table"))
    if kind == "e":
        return Unreadable(str(value), f"holds the error {value}", "Correct the formula, or write the value itself.")
    if isinstance(value, int) and not isinstance(value, bool) and _ZEROS.fullmatch(cell.number_format or ""):
        return Padded(value, len(cell.number_format))
    return value


def _fill_in_results(rows: list[list[Any]], numbers: list[int], results: "Workbook", title: str) -> None:
    """Replace each formula by the result that the program saved."""
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
