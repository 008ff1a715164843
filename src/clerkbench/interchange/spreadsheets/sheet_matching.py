"""Matches sheets with tables and headings with columns, and says what is wrong with sheets and headings."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clerkbench.database.headings import headings
from clerkbench.database.schema import Schema
from clerkbench.database.table import Table
from clerkbench.files.csv_files import LITERAL_PREFIX, PRIVATE_PREFIX, TITLE_ROWS
from clerkbench.files.unicode_text import normalize
from clerkbench.interchange.spreadsheets.sheets import Sheet, Unreadable, heading_row, is_empty
from clerkbench.reporting.phrases import did_you_mean, nearest
from clerkbench.reporting.violations import ERROR, Violation

#: The number of the row that stands for the whole sheet.
WHOLE_SHEET = 0

#: A violation with the number of its row, :data:`WHOLE_SHEET` for the sheet.
Problem = tuple[int, Violation]


@dataclass(frozen=True)
class MatchedSheet:
    """The sheet of a table.

    Attributes:
        first: The index of the first row under the headings.
        columns: The columns that the headings name, by their position.
    """

    sheet: Sheet
    first: int
    columns: dict[int, str]

    @property
    def rows(self) -> list[list[Any]]:
        """The rows under the headings."""
        return self.sheet.rows[self.first :]


def match_sheets(
    schema: Schema, titles: Mapping[str, str], sheets: Sequence[Sheet]
) -> tuple[dict[str, MatchedSheet], list[Problem]]:
    """The sheet of each table, and what is wrong with sheets and headings."""
    found: dict[str, MatchedSheet] = {}
    problems: list[Problem] = []
    known = _Titles([*((title, name) for name, title in titles.items()), *((name, name) for name in titles)])
    for sheet in sheets:
        title = next((each for each in _without_additions(sheet.title) if known.meant_by(each)), sheet.title)
        name = known.meant_by(title)
        if name is None:
            if sheet.rows:  # not the empty first sheet of a new workbook
                problems.append(_unknown_sheet(sheet, titles, known.nearest(title)))
        elif name in found:
            message = f"it is for the same table as {found[name].sheet.title!r}."
            remedy = f"Put all rows into one; or begin the name of one with {PRIVATE_PREFIX}, and it is ignored."
            problems.append(_problem(sheet, name, WHOLE_SHEET, "", "", message, remedy))
        else:
            found[name] = _match_headings(schema, schema.tables[name], sheet, problems)
            problems += _merged_cells(name, found[name])
    return found, problems


def _unknown_sheet(sheet: Sheet, titles: Mapping[str, str], near: str) -> Problem:
    hint = did_you_mean(titles[near]) if near else ""
    message = f"there is no table of this name.{hint} There are: {', '.join(titles.values())}."
    remedy = f"Give it the name of its table; or begin the name with {PRIVATE_PREFIX}, and it is ignored."
    return _problem(sheet, sheet.title, WHOLE_SHEET, "", "", message, remedy)


def _merged_cells(table: str, matched: MatchedSheet) -> Iterator[Problem]:
    """The merged cells under the headings of columns that are loaded: only the first of them holds a value."""
    sheet = matched.sheet
    headings_row = sheet.numbers[max(matched.first - 1, 0)] if sheet.numbers else 0
    loaded = {at + 1 for at in matched.columns}
    for cells, left, _, right, last in sheet.merged:
        if last > headings_row and not loaded.isdisjoint(range(left, right + 1)):
            message = f"the cells {cells} are merged, and only the first of them holds a value."
            yield _problem(sheet, table, last, "", cells, message, "Unmerge them, and write the value into each.")


def _without_additions(title: str) -> Iterator[str]:
    """A title, and the title without what programs add: "School - sites" and "sites (1)" are "sites"."""
    yield title
    bare = re.sub(r"\s*\(\d+\)$", "", title.strip())
    yield bare
    yield bare.rpartition(" - ")[2]


class _Titles:
    """Finds what a title or heading means: the one called exactly so, or else the only one called nearly so."""

    def __init__(self, known: Iterable[tuple[str, str]]) -> None:
        known = list(known)
        self._exact = dict(reversed(known))
        self._loose: dict[str, set[str]] = {}
        for title, what in known:
            self._loose.setdefault(_loose(title), set()).add(what)

    def meant_by(self, title: str) -> str | None:
        """What is meant; None for nothing, or for several."""
        loose = self._loose.get(_loose(title), set())
        return self._exact.get(title, next(iter(loose)) if len(loose) == 1 else None)

    def nearest(self, title: str) -> str:
        """What has a similar title; empty for nothing."""
        near = nearest(_loose(title), self._loose)
        return min(self._loose[near]) if near else ""


def _loose(title: str) -> str:
    """A title in lower case, with one underscore between words, whatever people write there."""
    bare = normalize(str(title)).strip().rstrip("*:").strip().lower()
    return "_".join(bare.replace("-", " ").replace("_", " ").split())


def _match_headings(schema: Schema, table: Table, sheet: Sheet, problems: list[Problem]) -> MatchedSheet:
    called = headings(schema, table)
    known = _Titles([*((heading, column) for column, heading in called.items()), *zip(called, called, strict=True)])
    first = _headings_at(known, sheet)
    if first is None:
        if sheet.rows:
            message, remedy = "no row names columns of the table.", "Write them above the rows: "
            remedy += f"{', '.join(heading_row(schema, table))}."
            problems.append(_problem(sheet, table.name, WHOLE_SHEET, "", "", message, remedy))
        return MatchedSheet(Sheet(sheet.title, [], [], sheet.kind, sheet.line), 0, {})
    columns: dict[int, str] = {}
    for at in range(max(map(len, sheet.rows[first:]))):
        heading = _heading(sheet, first, at)
        below = [row[at] if at < len(row) else None for row in sheet.rows[first + 1 :]]
        if heading.startswith(PRIVATE_PREFIX) or (not heading and is_empty(below)):
            continue
        column = known.meant_by(heading.removeprefix(LITERAL_PREFIX))
        if column is not None and column not in columns.values():
            columns[at] = column
            continue
        if column is not None:
            message = f"two columns are called {heading!r}, or mean the same."
            remedy = f"Put the values into one; or begin the heading of one with {PRIVATE_PREFIX}, and it is ignored."
        else:
            near = known.nearest(heading)
            message = f"the table has no column {heading!r}.{did_you_mean(called[near]) if near else ''}"
            message = message if heading else f"the {_ordinal(at + 1)} column has values and no heading."
            message = f"{message} There are: {', '.join(heading_row(schema, table))}."
            remedy = f"Correct the heading; or begin it with {PRIVATE_PREFIX}, and the column is ignored."
        problems.append(_problem(sheet, table.name, sheet.numbers[first], heading, heading, message, remedy))
    return MatchedSheet(sheet, first + 1, columns)


def _headings_at(known: _Titles, sheet: Sheet) -> int | None:
    """The index of the row with the most headings, among the first ones; None if there is none."""
    counts = [
        sum(known.meant_by(cell.removeprefix(LITERAL_PREFIX)) is not None for cell in row if isinstance(cell, str))
        for row in sheet.rows[:TITLE_ROWS]
    ]
    return counts.index(max(counts)) if any(counts) else None


def _heading(sheet: Sheet, row: int, at: int) -> str:
    cell = sheet.rows[row][at] if at < len(sheet.rows[row]) else None
    return "" if is_empty([cell]) else str(cell.shown if isinstance(cell, Unreadable) else cell).strip()


def _ordinal(number: int) -> str:
    return f"{number}{'th' if 10 < number % 100 < 14 else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def _problem(sheet: Sheet, table: str, number: int, column: str, value: str, message: str, remedy: str) -> Problem:
    place = f"{sheet.kind}, {sheet.line} {number}" if number else sheet.kind
    rule = f"type:{column or 'sheet'}"
    return number, Violation(rule, ERROR, None, table, "", column, value, f"{place}: {message}", remedy)
