"""Reads CSV files, as people save them from a spreadsheet. Knows no tables."""

import csv
import io
import os
import re
from pathlib import Path

import pandas as pd

from clerkbench.errors import RowsRejectedError
from clerkbench.files import urls
from clerkbench.files.unicode_text import normalize

#: Sheets and columns whose name begins so are their writer's own: they are written for people and not loaded.
PRIVATE_PREFIX = "#"

#: At the beginning of a text, as in a spreadsheet: what follows is the text exactly as it is.
LITERAL_PREFIX = "'"

#: Above the headings may stand a title, within so many rows.
TITLE_ROWS = 10

#: What separates the columns.
_SEPARATORS = ",;\t"

#: The line that tells a spreadsheet program what separates the columns.
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)

#: What makes a spreadsheet program show a text as it is written, such as 007.
_QUOTED_FORMULA = re.compile(r'="((?:[^"]|"")*)"')

#: Python reads no cell beyond this, or 128 KiB where nobody says otherwise.
_LONGEST = 2**31 - 1


def read_csv(path: str | os.PathLike[str]) -> pd.DataFrame:
    """The rows of a CSV file, all cells as text, empty ones as missing. See :func:`csv_rows`."""
    header, rows, _ = csv_rows(path)
    columns = zip(*rows, strict=True) if rows else [()] * len(header)
    return pd.DataFrame(
        {
            name: pd.Series([cell_text(cell) for cell in cells], dtype="str")
            for name, cells in zip(header, columns, strict=True)
        }
    )


def csv_rows(path: str | os.PathLike[str]) -> tuple[list[str], list[list[str]], list[int]]:
    """What a CSV file holds under its headings: these, the rows, and the line on which each row ends.

    A title may stand above the headings. Columns that are empty, or whose heading begins with ``#``, are left out; what
    a row lacks at its end is empty.

    Raises:
        RowsRejectedError: As for :func:`csv_cells`; or a row has more cells than there are headings, or a column has
            values and no heading, or two have the same.
        ArgumentError: It is a URL.
    """
    cells, lines = csv_cells(path)
    filled = [sum(bool(each.strip()) for each in row) for row in cells[:TITLE_ROWS]]
    several = [at for at, count in enumerate(filled) if count > 1]
    # A title stands in the first of several cells, or above at least two rows that have several.
    is_titled = bool(several) and (len(cells[0]) > 1 or len(several) > 1)
    first = several[0] if is_titled else 0
    header = [normalize(name).strip() for name in cells[first]]
    under = zip(cells[first + 1 :], lines[first + 1 :], strict=True)
    found = [(row, line) for row, line in under if any(cell.strip() for cell in row)]
    for row, line in found:
        if any(cell.strip() for cell in row[len(header) :]):
            raise _unreadable(path, f"line {line} has {len(row)} cells, and the header {len(header)}")
    rows = [row[: len(header)] + [""] * (len(header) - len(row)) for row, _ in found]
    named = []
    for at, name in enumerate(header):
        if name.startswith(PRIVATE_PREFIX):
            continue
        if name:
            named.append(at)
        elif any(row[at].strip() for row in rows):
            raise _unreadable(
                path, f"its column {at + 1} has values and no heading. Begin one with {PRIVATE_PREFIX} to leave it"
            )
    kept = [header[at] for at in named]
    for name in kept:
        if kept.count(name) > 1:
            raise _unreadable(path, f"two columns are called {name!r}")
    return kept, [[row[at] for at in named] for row in rows], [line for _, line in found]


def csv_cells(path: str | os.PathLike[str]) -> tuple[list[list[str]], list[int]]:
    """The cells of each line of a CSV file, and the line on which each ends; blank lines are none.

    The columns are separated by commas, semicolons or tabs, whichever the first line has most of, or as a line ``sep=``
    says. A cell such as ``="007"`` is that text exactly.

    Raises:
        RowsRejectedError: There is no such file, or it is no CSV file in UTF-8.
        ArgumentError: It is a URL.
    """
    urls.require_no_url(path)
    csv.field_size_limit(_LONGEST)
    try:
        with Path(path).expanduser().open(encoding="utf-8-sig", newline="") as file:
            text = file.read()
    except UnicodeDecodeError:
        raise _unreadable(path, "it is not UTF-8. Save it as CSV UTF-8") from None
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from None
    except (RuntimeError, ValueError) as error:  # the home of an unknown user, no file name
        raise _unreadable(path, str(error)) from None
    if "\0" in text:
        raise _unreadable(path, f"line {text[: text.index(chr(0))].count(chr(10)) + 1} holds a NUL, which is no text")
    separator_line = _SEPARATOR_LINE.match(text)
    separator = separator_line[1] if separator_line else _separator(text)
    tab = re.search(rf'(^|[\r\n{re.escape(separator)}])[ ]*\t[ \t]*"', text) if separator != "\t" else None
    if tab:
        line = text[: tab.end()].count("\n") + 1
        raise _unreadable(path, f"a tab stands before a quote on line {line}, and the quote would be text. Take it out")
    # Where a blank precedes a quote, the quote would be part of the text. No text begins with a blank that is meant.
    padded = re.search(rf'(^|[\r\n{re.escape(separator)}])[ ]+"', text) is not None
    reader = csv.reader(
        io.StringIO(text[separator_line.end() :] if separator_line else text, newline=""),
        delimiter=separator,
        strict=True,
        skipinitialspace=padded,
    )
    skipped = 1 if separator_line else 0
    cells: list[list[str]] = []
    lines: list[int] = []
    begin = 1 + skipped
    try:
        for row in reader:
            begin = reader.line_num + skipped + 1
            if row:
                cells.append([(_QUOTED_FORMULA.fullmatch(each) and _literal(each)) or each for each in row])
                lines.append(reader.line_num + skipped)
    except csv.Error as error:
        reason = "a quote is not closed" if "unexpected end" in str(error) else str(error)
        raise _unreadable(path, f"{reason}, in the row that begins on line {begin}") from None
    if not any(any(each.strip() for each in row) for row in cells):
        raise _unreadable(path, "it is empty")
    return cells, lines


def _separator(text: str) -> str:
    """Whichever the first line has most of; or another, where all lines below have that one and none has the first."""
    first, *below = [line for line in text.split("\n", TITLE_ROWS)[:TITLE_ROWS] if line.strip()] or [""]
    separator = max(_SEPARATORS, key=first.count)
    for other in _SEPARATORS if len(below) > 1 and not any(separator in line for line in below) else "":
        if all(other in line for line in below):
            return other
    return separator


def _literal(formula: str) -> str:
    return LITERAL_PREFIX + formula[2:-1].replace('""', '"')


def cell_text(cell: str) -> str | None:
    """What a cell of text means; None for nothing. What people type around a text, and cannot see, does not count."""
    if cell.startswith(LITERAL_PREFIX):
        return cell[len(LITERAL_PREFIX) :]
    return normalize(cell).strip() or None


def _unreadable(path: str | os.PathLike[str], reason: str) -> RowsRejectedError:
    return RowsRejectedError(f"{os.fspath(path)!r} cannot be read as a CSV file: {reason}. Nothing was changed.")
