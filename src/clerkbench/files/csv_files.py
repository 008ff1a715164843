"""Reads CSV files as spreadsheet programs save them. Knows no tables."""

import csv
import io
import os
import re
from pathlib import Path

import pandas as pd

from clerkbench.errors import RowsRejectedError
from clerkbench.files import urls
from clerkbench.files.unicode_text import normalize

#: The begin of the names of sheets and columns that are the writer's own. They are ignored.
PRIVATE_PREFIX = "#"

#: At the begin of a text, as in a spreadsheet: the rest is the text exactly as it is.
LITERAL_PREFIX = "'"

#: The headings are within so many rows; a title may stand above them.
TITLE_ROWS = 10

#: What may separate the columns.
_SEPARATORS = ",;\t"

#: A line that tells a spreadsheet program the separator.
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)

#: The way to keep a spreadsheet program from changing a text such as 007.
_QUOTED_FORMULA = re.compile(r'="((?:[^"]|"")*)"')

#: The longest cell; Python's default is 128 KiB.
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
    first = _header_index(cells)
    header = [normalize(name).strip() for name in cells[first]]
    under = zip(cells[first + 1 :], lines[first + 1 :], strict=True)
    found = [(row, line) for row, line in under if _has_text(row)]
    for row, line in found:
        if _has_text(row[len(header) :]):
            raise _unreadable(path, f"line {line} has {len(row)} cells, and the header {len(header)}")
    rows = [row[: len(header)] + [""] * (len(header) - len(row)) for row, _ in found]
    for at, name in enumerate(header):
        if not name and _has_text([row[at] for row in rows]):
            raise _unreadable(
                path, f"its column {at + 1} has values and no heading. Begin one with {PRIVATE_PREFIX} to leave it"
            )
    kept = [at for at, name in enumerate(header) if name and not name.startswith(PRIVATE_PREFIX)]
    names = [header[at] for at in kept]
    if repeated := [name for name in names if names.count(name) > 1]:
        raise _unreadable(path, f"two columns are called {repeated[0]!r}")
    return names, [[row[at] for at in kept] for row in rows], [line for _, line in found]


def _header_index(cells: list[list[str]]) -> int:
    """The row of headings. A title is the first of several cells, or above at least two rows that have several."""
    several = [at for at, row in enumerate(cells[:TITLE_ROWS]) if sum(bool(each.strip()) for each in row) > 1]
    return several[0] if several and (len(cells[0]) > 1 or len(several) > 1) else 0


def _has_text(cells: list[str]) -> bool:
    return any(cell.strip() for cell in cells)


def csv_cells(path: str | os.PathLike[str]) -> tuple[list[list[str]], list[int]]:
    """The cells of each line, and the number of the line on which each ends. Blank lines are left out.

    The separator is a comma, semicolon or tab: the most frequent one in the first line, or the one that a line ``sep=``
    gives. A cell such as ``="007"`` is the text 007, unchanged.

    Raises:
        RowsRejectedError: There is no such file, or it is not a CSV file in UTF-8.
        ArgumentError: It is a URL.
    """
    csv.field_size_limit(_LONGEST)
    text = _read_text(path)
    separator_line = _SEPARATOR_LINE.match(text)
    separator = separator_line[1] if separator_line else _separator(text)
    quote_after = rf'(^|[\r\n{re.escape(separator)}])%s"'
    if separator != "\t" and (tab := re.search(quote_after % r"[ ]*\t[ \t]*", text)):
        line = text[: tab.end()].count("\n") + 1
        raise _unreadable(path, f"a tab stands before a quote on line {line}, and the quote would be text. Take it out")
    skipped = 1 if separator_line else 0
    reader = csv.reader(
        io.StringIO(text[separator_line.end() :] if separator_line else text, newline=""),
        delimiter=separator,
        strict=True,
        # After a blank, a quote would be part of the text.
        skipinitialspace=re.search(quote_after % "[ ]+", text) is not None,
    )
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
    if not any(map(_has_text, cells)):
        raise _unreadable(path, "it is empty")
    return cells, lines


def _read_text(path: str | os.PathLike[str]) -> str:
    urls.require_no_url(path)
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
        raise _unreadable(path, f"line {text[: text.index(chr(0))].count(chr(10)) + 1} holds a NUL character")
    return text


def _separator(text: str) -> str:
    """The most frequent one of the first line; or another one that all lines below have if none has the first."""
    first, *below = [line for line in text.split("\n", TITLE_ROWS)[:TITLE_ROWS] if line.strip()] or [""]
    separator = max(_SEPARATORS, key=first.count)
    for other in _SEPARATORS if len(below) > 1 and not any(separator in line for line in below) else "":
        if all(other in line for line in below):
            return other
    return separator


def _literal(formula: str) -> str:
    return LITERAL_PREFIX + formula[2:-1].replace('""', '"')


def cell_text(cell: str) -> str | None:
    """The text that a cell means; None for an empty cell. Blanks and invisible characters around it are ignored."""
    if cell.startswith(LITERAL_PREFIX):
        return cell[len(LITERAL_PREFIX) :]
    return normalize(cell).strip() or None


def _unreadable(path: str | os.PathLike[str], reason: str) -> RowsRejectedError:
    return RowsRejectedError(f"{os.fspath(path)!r} cannot be read as a CSV file: {reason}. Nothing was changed.")
