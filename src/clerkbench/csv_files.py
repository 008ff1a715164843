"""Reads CSV files, as people save them from a spreadsheet. Knows no tables."""

import csv
import os
from pathlib import Path

import pandas as pd

from clerkbench import urls
from clerkbench.errors import RowsRejectedError

#: What separates the columns: whichever the first line has most of.
_SEPARATORS = ",;\t"

#: Python reads no cell beyond this, or 128 KiB where nobody says otherwise.
_LONGEST = 2**31 - 1


def read_csv(path: str | os.PathLike[str]) -> pd.DataFrame:
    """The rows of a CSV file, all cells as text, empty ones as missing. See :func:`csv_rows`."""
    header, rows, _ = csv_rows(path)
    columns = zip(*rows, strict=True) if rows else [()] * len(header)
    return pd.DataFrame(
        {
            name: pd.Series([cell or None for cell in cells], dtype="str")
            for name, cells in zip(header, columns, strict=True)
        }
    )


def csv_rows(path: str | os.PathLike[str], *, fill_up: bool = False) -> tuple[list[str], list[list[str]], list[int]]:
    """What a CSV file holds: its header, its rows, and the line on which each row ends.

    The columns are separated by commas, semicolons or tabs, whichever the header has most of; blank lines are none.

    Args:
        path: The file.
        fill_up: Whether it is as people save it: a row may have fewer cells than the header, and columns that mean
            nothing may have the same name, or none.

    Raises:
        RowsRejectedError: There is no such file, or it is no CSV file in UTF-8 with as many cells in every row as in
            the header.
        ArgumentError: It is a URL.
    """
    urls.refuse(path)
    header: list[str] = []
    rows, lines = [], []
    csv.field_size_limit(_LONGEST)
    try:
        with Path(path).expanduser().open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            separator = max(_SEPARATORS, key=first.count)
            file.seek(0)
            for cells in (reader := csv.reader(file, delimiter=separator, strict=True)):
                if not header:
                    header = cells
                elif cells and (len(cells) > len(header) or (len(cells) < len(header) and not fill_up)):
                    raise csv.Error(f"line {reader.line_num} has {len(cells)} cells, and the header {len(header)}")
                elif cells:
                    rows.append(cells + [""] * (len(header) - len(cells)))
                    lines.append(reader.line_num)
        if not header:
            raise csv.Error("it is empty")
        for name in header:
            if header.count(name) > 1 and not (fill_up and name[:1] in ("", "#")):
                raise csv.Error(f"two columns are called {name!r}")
    except UnicodeDecodeError:
        raise _unreadable(path, "it is not UTF-8. Save it as CSV UTF-8") from None
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from None
    except (csv.Error, RuntimeError, ValueError) as error:  # no CSV, the home of an unknown user, no file name
        raise _unreadable(path, str(error)) from None
    return header, rows, lines


def _unreadable(path: str | os.PathLike[str], reason: str) -> RowsRejectedError:
    return RowsRejectedError(f"{os.fspath(path)!r} cannot be read as a CSV file: {reason}. Nothing was changed.")
