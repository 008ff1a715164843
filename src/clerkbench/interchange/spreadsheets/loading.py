"""Reads a school as people wrote it, says all that is wrong with it, and stores it whole or not at all."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from clerkbench.database.headings import headings
from clerkbench.database.row_names import NameIndex
from clerkbench.database.rows import row_contents
from clerkbench.database.schema import Schema
from clerkbench.database.session import Session
from clerkbench.database.table import Table
from clerkbench.errors import ArgumentError, RowsRejectedError, UnknownNameError
from clerkbench.files.atomic_write import finish_replacing, resolve_path
from clerkbench.files.csv_files import LITERAL_PREFIX, PRIVATE_PREFIX, TITLE_ROWS
from clerkbench.files.unicode_text import normalize
from clerkbench.interchange.spreadsheets import csv_folders, workbooks
from clerkbench.interchange.spreadsheets.saving import WORKBOOK
from clerkbench.interchange.spreadsheets.sheets import Sheet, Unreadable, from_cell, heading_row, is_empty, titles
from clerkbench.migrations import migrated_rows
from clerkbench.mutations.batch import TableBatch, counts_frame, staged_batch
from clerkbench.mutations.name_resolution import NameResolver, RowDraft
from clerkbench.mutations.upsert import upsert
from clerkbench.reporting.phrases import nearest
from clerkbench.reporting.progress import with_progress
from clerkbench.reporting.violations import ERROR, Violation, Violations
from clerkbench.validation.validate import rejection

REPLACE, MERGE = "replace", "merge"

#: What can be read; a workbook may have macros, which are left alone.
WORKBOOKS = (WORKBOOK, ".xlsm")

#: So many mistakes are told in an error; of more it says how many.
_TOLD = 20

#: The number of the row that stands for the whole sheet.
_ALL = 0

Problem = tuple[int, Violation]


def load(session: Session, path: str | os.PathLike[str], mode: str | None) -> pd.DataFrame:
    """Store what a workbook or folder holds, whole or not at all. See ``bench.load``.

    Returns:
        ``table``, ``rows`` (how many it holds now), ``added``, ``changed``, ``removed``.

    Raises:
        UnknownNameError: There is no such mode.
        ArgumentError: There are rows already, and no mode says what becomes of them.
        RowsRejectedError: It cannot be read, or holds mistakes, which are in ``violations``.
    """
    if mode is not None and not (isinstance(mode, str) and mode in (REPLACE, MERGE)):
        raise UnknownNameError("There is no mode", mode, (REPLACE, MERGE))
    place = resolve_path(path)
    if place.is_dir():
        finish_replacing(place)
    schema = session.schema
    stored = {name: row_contents(session.con, table) for name, table in schema.tables.items()}
    filled = migrated_rows.rows_by_users(session.con)
    if filled and mode is None:
        held = ", ".join(f"{table} {count}" for table, count in filled.items())
        raise ArgumentError(
            f"The database holds rows: {held}. Say what becomes of them: mode={REPLACE!r}, or --mode {REPLACE}, makes "
            f"the school what the file says, and removes what it does not hold; {MERGE!r} adds and changes, and "
            "removes nothing. Nothing was changed."
        )
    called = titles(schema, sheets=not place.is_dir())
    read, problems = _matched(schema, called, _sheets(place))
    if not read and not problems and schema.tables:
        known = ", ".join(called.values())
        others = sorted(each.name for each in place.iterdir()) if place.is_dir() else []
        there = f" It holds {', '.join(others[:5])}; what is read are files that end in .csv or .tsv." if others else ""
        raise RowsRejectedError(f"{place} holds nothing of a school: {known}.{there} Nothing was changed.")
    if mode != MERGE:
        problems += _missing(called, read, filled)
        if filled and not problems and not any(each.sheet.rows[each.first :] for each in read.values()):
            raise RowsRejectedError(
                f"{place.name} holds no rows, and to replace the school with it would remove all that is stored. Fill "
                "it in, or open another database. Nothing was changed."
            )
    drafting = NameResolver(session.con, schema, NameIndex(schema))
    exchanges: dict[str, TableBatch] = {}
    for name, table in schema.tables.items():
        rows = _row_draft(table, read[name], drafting) if name in read else _empty_draft(table)
        # Of what migrations made, a file that does not speak of it takes nothing away.
        only_these = mode != MERGE and (name in read or name in filled)
        exchanges[name] = drafting.resolve(rows, stored[name], only_these=only_these)
    with staged_batch(session, exchanges) as exchange:
        broken = exchange.violations(drafting.terms)
        misnamed = {violation.table for number, violation in problems if violation.column}
        missing = (broken.index == _ALL) & broken["rule"].str.startswith("not_null:") & broken["table"].isin(misnamed)
        mistakes = _in_order(schema, [*problems, *drafting.problems], Violations(broken[~missing]))
        if not mistakes.empty:
            raise rejection(f"{place.name} cannot be loaded.", mistakes, _TOLD)
        counts = upsert(exchange)
    return counts_frame(schema, {name: len(rows) for name, rows in stored.items()}, counts)


def _sheets(place: Path) -> list[Sheet]:
    if place.is_dir():
        return [each for each in csv_folders.read(place) if not each.title.strip().startswith(PRIVATE_PREFIX)]
    if not place.exists():
        raise RowsRejectedError(f"There is no file or folder {place}. Nothing was changed.")
    if place.suffix.lower() not in WORKBOOKS:
        raise RowsRejectedError(
            f"{place} is no {WORKBOOK} workbook and no folder of CSV files. Save it as {WORKBOOK}, or give the folder. "
            "Nothing was changed."
        )
    return workbooks.read(place)


@dataclass(frozen=True)
class _Read:
    """The sheet of a table: where its headings stand, and which columns they name."""

    sheet: Sheet
    first: int
    columns: dict[int, str]


def _matched(
    schema: Schema, called: Mapping[str, str], sheets: Sequence[Sheet]
) -> tuple[dict[str, _Read], list[Problem]]:
    """Which sheet is which table's, and what is wrong with sheets and headings."""
    found: dict[str, _Read] = {}
    problems: list[Problem] = []
    known = ", ".join(called.values())
    meant = _Meant([*((title, name) for name, title in called.items()), *((name, name) for name in called)])
    for sheet in sheets:
        title = next((each for each in _without_additions(sheet.title) if meant.by(each)), sheet.title)
        name = meant.by(title)
        table = schema.tables[name] if name else None
        if table is None and not sheet.rows:
            continue  # such as the empty first sheet of a new workbook
        if table is None:
            near = meant.nearest(title)
            hint = f" Did you mean {called[near]!r}?" if near else ""
            problems.append(
                _problem(
                    sheet, sheet.title, _ALL, "", "",
                    f"there is no table of this name.{hint} There are: {known}.",
                    f"Give it the name of its table; or begin the name with {PRIVATE_PREFIX}, and it is left alone.",
                )
            )  # fmt: skip
        elif table.name in found:
            other = found[table.name].sheet.title
            problems.append(
                _problem(
                    sheet, table.name, _ALL, "", "", f"it is for the same table as {other!r}.",
                    f"Put all rows into one; or begin the name of one with {PRIVATE_PREFIX}, and it is left alone.",
                )
            )  # fmt: skip
        else:
            found[table.name] = _with_headings(schema, table, sheet, problems)
            headings_row = sheet.numbers[max(found[table.name].first - 1, 0)] if sheet.numbers else 0
            loaded = {at + 1 for at in found[table.name].columns}
            problems += [
                _merged(sheet, table.name, cells, last)
                for cells, left, _, right, last in sheet.merged
                if last > headings_row and not loaded.isdisjoint(range(left, right + 1))
            ]
    return found, problems


def _without_additions(title: str) -> Iterator[str]:
    """A title, and what is left of it without what programs add: "School - sites" and "sites (1)" are "sites"."""
    yield title
    bare = re.sub(r"\s*\(\d+\)$", "", title.strip())
    yield bare
    yield bare.rpartition(" - ")[2]


class _Meant:
    """Which table or column a title or heading means: the one called exactly so, or else the only one nearly so."""

    def __init__(self, known: Iterable[tuple[str, str]]) -> None:
        known = list(known)
        self._exactly = dict(reversed(known))
        self._nearly: dict[str, set[str]] = {}
        for title, what in known:
            self._nearly.setdefault(_bare(title), set()).add(what)

    def by(self, title: str) -> str | None:
        """What is meant; None for nothing, or for several."""
        nearly = self._nearly.get(_bare(title), set())
        return self._exactly.get(title, next(iter(nearly)) if len(nearly) == 1 else None)

    def nearest(self, title: str) -> str:
        """What is called something like it; empty for nothing."""
        near = nearest(_bare(title), self._nearly)
        return min(self._nearly[near]) if near else ""


def _bare(title: str) -> str:
    """A title or heading whatever its capitals, and whether people write a blank or a line between words."""
    return "_".join(
        normalize(str(title)).strip().rstrip("*:").strip().lower().replace("-", " ").replace("_", " ").split()
    )


def _with_headings(schema: Schema, table: Table, sheet: Sheet, problems: list[Problem]) -> _Read:
    called = headings(schema, table)
    meant = _Meant([*((heading, column) for column, heading in called.items()), *zip(called, called, strict=True)])
    rows = sheet.rows[:TITLE_ROWS]
    counts = [sum(meant.by(_exact(cell)) is not None for cell in row if isinstance(cell, str)) for row in rows]
    first = counts.index(max(counts)) if counts else 0
    if not any(counts):
        if sheet.rows:
            problems.append(
                _problem(
                    sheet, table.name, _ALL, "", "",
                    "no row names columns of the table.",
                    f"Write them above the rows: {', '.join(heading_row(schema, table))}.",
                )
            )  # fmt: skip
        return _Read(Sheet(sheet.title, [], [], sheet.kind, sheet.line), 0, {})
    columns: dict[int, str] = {}
    for at in range(max(map(len, sheet.rows[first:]))):
        cell = sheet.rows[first][at] if at < len(sheet.rows[first]) else None
        heading = "" if is_empty([cell]) else str(cell.shown if isinstance(cell, Unreadable) else cell).strip()
        below = [row[at] if at < len(row) else None for row in sheet.rows[first + 1 :]]
        if heading.startswith(PRIVATE_PREFIX) or (not heading and is_empty(below)):
            continue
        column = meant.by(_exact(heading))
        if column is None:
            near = meant.nearest(heading)
            hint = f" Did you mean {called[near]!r}?" if near else ""
            named = (
                f"the table has no column {heading!r}.{hint}"
                if heading
                else (f"the {_ordinal(at + 1)} column has values and no heading.")
            )
            problems.append(
                _problem(
                    sheet, table.name, sheet.numbers[first], heading, heading,
                    f"{named} There are: {', '.join(heading_row(schema, table))}.",
                    f"Correct the heading; or begin it with {PRIVATE_PREFIX}, and the column is left alone.",
                )
            )  # fmt: skip
        elif column in columns.values():
            problems.append(
                _problem(
                    sheet, table.name, sheet.numbers[first], heading, heading,
                    f"two columns are called {heading!r}, or mean the same.",
                    f"Put the values into one; or begin the heading of one with {PRIVATE_PREFIX}, and it is ignored.",
                )
            )  # fmt: skip
        else:
            columns[at] = column
    return _Read(sheet, first + 1, columns)


def _exact(heading: str) -> str:
    return heading.removeprefix(LITERAL_PREFIX)


def _ordinal(number: int) -> str:
    return f"{number}{'th' if 10 < number % 100 < 14 else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def _problem(sheet: Sheet, table: str, number: int, column: str, value: str, message: str, remedy: str) -> Problem:
    place = f"{sheet.kind}, {sheet.line} {number}" if number else sheet.kind
    told = f"{place}: {message}", remedy
    return number, Violation(f"type:{column or 'sheet'}", ERROR, None, table, "", column, value, *told)


def _merged(sheet: Sheet, table: str, cells: str, last: int) -> Problem:
    return _problem(
        sheet, table, last, "", cells,
        f"the cells {cells} are merged, and only the first of them holds a value.",
        "Unmerge them, and write the value into each.",
    )  # fmt: skip


def _missing(called: Mapping[str, str], read: Mapping[str, _Read], filled: Mapping[str, int]) -> list[Problem]:
    """The tables whose rows would go because the file does not speak of them: that is easily a mistake."""
    problems = []
    for name in filled:
        if name in read and (read[name].columns or read[name].sheet.rows):
            continue
        what = "has no headings" if name in read else "is missing"
        message = f"{called[name]} {what}, and the database holds rows of it: {filled[name]}."
        remedy = f"Add it, if only with headings when its rows should go; or load with mode={MERGE!r}, --mode {MERGE}."
        problems.append((_ALL, Violation("type:sheet", ERROR, None, name, "", "", "", message, remedy)))
    return problems


def _empty_draft(table: Table) -> RowDraft:
    return RowDraft(table, [], str, int, "Row")


def _row_draft(table: Table, read: _Read, drafting: NameResolver) -> RowDraft:
    """The rows of a sheet by column. An empty cell is NULL, or the default where a column takes no NULL."""
    sheet = read.sheet
    numbers = sheet.numbers[read.first :]
    draft = RowDraft(
        table,
        [],
        lambda number: f"{sheet.kind}, {sheet.line} {numbers[number - 1]}",
        lambda number: numbers[number - 1],
        sheet.line.capitalize(),
        sheet.kind,
    )
    called = drafting.headings(table)
    kinds = {at: table.columns[column].type for at, column in read.columns.items()}
    unreadable: list[tuple[int, str, Unreadable]] = []
    used: list[int] = []
    lines = zip(sheet.numbers[read.first :], sheet.rows[read.first :], strict=True)
    for line, cells in with_progress(lines, f"Checking {sheet.title}", len(numbers)):
        row: dict[str, Any] = {}
        said = False  # a row whose other columns were emptied is none, though its id is still there
        for at, column in read.columns.items():
            value = from_cell(cells[at] if at < len(cells) else None, kinds[at])
            said = said or isinstance(value, Unreadable) or (value is not None and column in table.user_columns)
            if isinstance(value, Unreadable):
                unreadable.append((len(draft.rows) + 1, column, value))
                value = None
            if value is None and table.columns[column].default and column in table.required:
                continue
            row[column] = value
        if said:
            draft.rows.append(row)
            used.append(line)
    numbers[:] = used
    for number, column, value in unreadable:
        told = f"{called.get(column, column)} {value.reason}.", value.remedy
        drafting.problem(draft, number, column, value.shown, f"type:{column}", told)
    return draft


def _in_order(schema: Schema, problems: Sequence[Problem], broken: Violations) -> Violations:
    """All mistakes, by sheet and row."""
    found = [*problems, *broken.numbered()]
    order = list(schema.tables)

    def place(problem: Problem) -> tuple[int, int]:
        number, violation = problem
        return order.index(violation.table) if violation.table in order else -1, number

    found.sort(key=place)
    return Violations.of([violation for _, violation in found], [number for number, _ in found])
