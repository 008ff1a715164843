"""Loads a school from a workbook or a folder of CSV files: reports all mistakes, or stores it whole."""

import os
from collections.abc import Mapping, Sequence
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
from clerkbench.files.csv_files import PRIVATE_PREFIX
from clerkbench.interchange.spreadsheets import csv_folders, workbook_reader
from clerkbench.interchange.spreadsheets.saving import WORKBOOK
from clerkbench.interchange.spreadsheets.sheet_matching import WHOLE_SHEET, MatchedSheet, Problem, match_sheets
from clerkbench.interchange.spreadsheets.sheets import Sheet, Unreadable, from_cell, titles
from clerkbench.migrations import migrated_rows
from clerkbench.mutations.batch import TableBatch, counts_frame, staged_batch
from clerkbench.mutations.name_resolution import NameResolver
from clerkbench.mutations.row_drafts import RowDraft
from clerkbench.mutations.row_keys import Stored
from clerkbench.mutations.upsert import upsert
from clerkbench.reporting.phrases import listed
from clerkbench.reporting.progress import with_progress
from clerkbench.reporting.violations import ERROR, Violation, Violations
from clerkbench.validation.validate import rejection

REPLACE, MERGE = "replace", "merge"

#: The endings of workbooks that can be read. Macros are ignored.
WORKBOOKS = (WORKBOOK, ".xlsm")

#: So many mistakes are in the message of an error.
_MOST_MESSAGES = 20

#: So many other files are named.
_MOST_FILES = 5


def load(session: Session, path: str | os.PathLike[str], mode: str | None) -> pd.DataFrame:
    """Store what a workbook or folder holds, whole or not at all. See ``bench.load``."""
    if mode is not None and not (isinstance(mode, str) and mode in (REPLACE, MERGE)):
        raise UnknownNameError("There is no mode", mode, (REPLACE, MERGE))
    place = resolve_path(path)
    if place.is_dir():
        finish_replacing(place)
    con, schema = session.con, session.schema
    stored = {name: row_contents(con, table) for name, table in schema.tables.items()}
    filled = migrated_rows.rows_by_users(con, schema)
    _require_mode(filled, mode)
    called = titles(schema, sheets=not place.is_dir())
    matched, problems = match_sheets(schema, called, _sheets(place))
    if not matched and not problems and schema.tables:
        raise _nothing_to_load(place, called)
    if mode != MERGE:
        problems += _missing_sheets(called, matched, filled)
        if filled and not problems and not any(each.rows for each in matched.values()):
            raise RowsRejectedError(
                f"{place.name} holds no rows, and to replace the school with it would remove all that is stored. Fill "
                "it in, or open another database. Nothing was changed."
            )
    resolver = NameResolver(con, schema, NameIndex(schema))
    # Migrated rows stay if the file has no sheet for their table.
    replaced = set() if mode == MERGE else matched.keys() | filled.keys()
    tables = _resolved(schema, resolver, matched, stored, replaced)
    with staged_batch(session, tables) as batch:
        broken = batch.violations(resolver.vocabulary)
        mistakes = _in_order(schema, [*problems, *resolver.problems], _without_consequences(broken, problems))
        if not mistakes.empty:
            raise rejection(f"{place.name} cannot be loaded.", mistakes, _MOST_MESSAGES)
        counts = upsert(batch)
    return counts_frame(schema, {name: len(rows) for name, rows in stored.items()}, counts)


def _require_mode(filled: Mapping[str, int], mode: str | None) -> None:
    if filled and mode is None:
        held = ", ".join(f"{table} {count}" for table, count in filled.items())
        raise ArgumentError(
            f"The database holds rows: {held}. Say what becomes of them: mode={REPLACE!r}, or --mode {REPLACE}, makes "
            f"the school what the file says, and removes what it does not hold; {MERGE!r} adds and changes, and "
            "removes nothing. Nothing was changed."
        )


def _sheets(place: Path) -> list[Sheet]:
    if place.is_dir():
        return [each for each in csv_folders.read(place) if not each.title.strip().startswith(PRIVATE_PREFIX)]
    if not place.exists():
        raise RowsRejectedError(f"There is no file or folder {place}. Nothing was changed.")
    if place.suffix.lower() not in WORKBOOKS:
        raise RowsRejectedError(
            f"{place} is not a {WORKBOOK} workbook or a folder of CSV files. Save it as {WORKBOOK}, or give the "
            "folder. Nothing was changed."
        )
    return workbook_reader.read(place)


def _nothing_to_load(place: Path, titles: Mapping[str, str]) -> RowsRejectedError:
    others = sorted(each.name for each in place.iterdir()) if place.is_dir() else []
    there = ""
    if others:
        there = f" It holds {listed(others, at_most=_MOST_FILES)}; what is read are files that end in .csv or .tsv."
    known = ", ".join(titles.values())
    return RowsRejectedError(f"{place} holds nothing of a school: {known}.{there} Nothing was changed.")


def _missing_sheets(
    titles: Mapping[str, str], matched: Mapping[str, MatchedSheet], filled: Mapping[str, int]
) -> list[Problem]:
    """The tables that would lose all rows because the file has no sheet for them. That is probably a mistake."""
    problems = []
    for name, count in filled.items():
        if name in matched and (matched[name].columns or matched[name].sheet.rows):
            continue
        what = "has no headings" if name in matched else "is missing"
        message = f"{titles[name]} {what}, and the database holds rows of it: {count}."
        remedy = f"Add it, if only with headings when its rows should go; or load with mode={MERGE!r}, --mode {MERGE}."
        problems.append((WHOLE_SHEET, Violation("type:sheet", ERROR, None, name, "", "", "", message, remedy)))
    return problems


def _resolved(
    schema: Schema,
    resolver: NameResolver,
    matched: Mapping[str, MatchedSheet],
    stored: Mapping[str, Stored],
    replaced: set[str],
) -> dict[str, TableBatch]:
    """What is to become of each table. Tables in ``replaced`` lose the rows that the file does not hold."""
    tables = {}
    for name, table in schema.tables.items():
        draft = RowDraft(table, [], str, int, "Row")
        if name in matched:
            draft = _draft(schema, table, matched[name], resolver)
        tables[name] = resolver.resolve(draft, stored[name], only_these=name in replaced)
    return tables


def _draft(schema: Schema, table: Table, matched: MatchedSheet, resolver: NameResolver) -> RowDraft:
    """The rows of a sheet by column. An empty cell is NULL, or the default if the column takes no NULL."""
    sheet = matched.sheet
    lines: list[int] = []
    draft = RowDraft(
        table,
        [],
        lambda number: f"{sheet.kind}, {sheet.line} {lines[number - 1]}",
        lambda number: lines[number - 1],
        sheet.line.capitalize(),
        sheet.kind,
    )
    unreadable: list[tuple[int, str, Unreadable]] = []
    numbered = zip(sheet.numbers[matched.first :], matched.rows, strict=True)
    for line, cells in with_progress(numbered, f"Checking {sheet.title}", len(matched.rows)):
        values = _values(table, matched, cells)
        # A row whose other cells were emptied does not count, though its id is still there.
        if any(
            each is not None and (isinstance(each, Unreadable) or name in table.user_columns)
            for name, each in values.items()
        ):
            lines.append(line)
            unreadable += [(len(lines), name, each) for name, each in values.items() if isinstance(each, Unreadable)]
            draft.rows.append(_row(table, values))
    called = headings(schema, table)
    for number, column, value in unreadable:
        words = f"{called.get(column, column)} {value.reason}.", value.remedy
        resolver.add_problem(draft, number, column, value.shown, f"type:{column}", words)
    return draft


def _values(table: Table, matched: MatchedSheet, cells: Sequence[Any]) -> dict[str, Any]:
    return {
        column: from_cell(cells[at] if at < len(cells) else None, table.columns[column].type)
        for at, column in matched.columns.items()
    }


def _row(table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
    row = {column: None if isinstance(value, Unreadable) else value for column, value in values.items()}
    has_default = {column for column in row if table.columns[column].default and column in table.required}
    return {column: value for column, value in row.items() if value is not None or column not in has_default}


def _without_consequences(broken: Violations, problems: Sequence[Problem]) -> Violations:
    """The violations without the columns that are missing because a heading is wrong, which is reported."""
    misnamed = {violation.table for _, violation in problems if violation.column}
    missing = (
        (broken.index == WHOLE_SHEET) & broken["rule"].str.startswith("not_null:") & broken["table"].isin(misnamed)
    )
    return Violations(broken[~missing])


def _in_order(schema: Schema, problems: Sequence[Problem], broken: Violations) -> Violations:
    """All mistakes, by sheet and row."""
    found = [*problems, *broken.numbered()]
    order = list(schema.tables)

    def place(problem: Problem) -> tuple[int, int]:
        number, violation = problem
        return order.index(violation.table) if violation.table in order else -1, number

    found.sort(key=place)
    return Violations.of([violation for _, violation in found], [number for number, _ in found])
