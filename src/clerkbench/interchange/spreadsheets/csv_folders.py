"""Reads and writes a folder of CSV files, one for each sheet."""

import csv
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from clerkbench.errors import RowsRejectedError
from clerkbench.files.csv_files import LITERAL_PREFIX, csv_cells
from clerkbench.interchange.spreadsheets.sheets import Sheet

#: The endings of files with separated cells.
_ENDINGS = (".csv", ".tsv")

#: How a text begins that a spreadsheet program would take for a formula, or trim.
_FORMULA = re.compile(r"[=+\-@\t\r ]")


def read(folder: Path) -> list[Sheet]:
    """The sheets of a folder, by name. Raises RowsRejectedError if a file cannot be read."""
    sheets, unreadable = [], []
    for path in sorted(each for each in folder.iterdir() if not each.name.startswith(".")):
        if path.suffix.lower() not in _ENDINGS:
            continue
        try:
            rows, numbers = csv_cells(path)
        except RowsRejectedError as error:
            unreadable.append(str(error).removesuffix(" Nothing was changed."))
            continue
        sheets.append(Sheet(path.stem, list(rows), numbers, f"File {path.name}", "line"))
    if unreadable:
        raise RowsRejectedError("\n".join([*unreadable, "Nothing was changed."]))
    return sheets


def write(folder: Path, title: str, rows: Iterable[list[Any]]) -> None:
    """Write the file of one sheet."""
    with (folder / f"{title}.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        for cells in rows:
            writer.writerow([_written(value) for value in cells])


def _written(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        return str(value).lower() if isinstance(value, bool) else repr(value)
    return LITERAL_PREFIX + value if _FORMULA.match(value) or _is_number(value) else value


def _is_number(value: str) -> bool:
    """Whether a spreadsheet program would make a number of a text, such as 7 of 007."""
    try:
        float(value)
    except ValueError:
        return False
    return True
