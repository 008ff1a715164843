"""Saves a whole school for people: names in place of ids, a sheet or file for each table, parents first."""

import os
from collections.abc import Collection, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import duckdb

from clerkbench.database.headings import Reference, headings, references
from clerkbench.database.row_names import NameIndex
from clerkbench.database.rows import row_contents
from clerkbench.database.schema import Schema
from clerkbench.database.table import Table
from clerkbench.database.values import Key
from clerkbench.errors import ArgumentError, RowsRejectedError
from clerkbench.files.atomic_write import HIDDEN, replacing_file, replacing_files, resolve_path
from clerkbench.files.csv_files import LITERAL_PREFIX, PRIVATE_PREFIX
from clerkbench.interchange.spreadsheets import csv_folders, workbook_writer
from clerkbench.interchange.spreadsheets.sheets import columns_of, heading_row, in_cell, is_empty, titles
from clerkbench.interchange.spreadsheets.workbook_writer import Column, Page

#: The ending of a workbook. A name without an ending is a folder.
WORKBOOK = ".xlsx"

_READ_ME = "README.txt"

#: The rows of a table, by key and by column.
StoredRows = Mapping[Key, Mapping[str, Any]]


def save(con: duckdb.DuckDBPyConnection, schema: Schema, path: str | os.PathLike[str]) -> None:
    """Write a school to a workbook or to a folder of CSV files. See ``bench.save``."""
    place = resolve_path(path)
    if place.suffix.lower() == WORKBOOK and not place.is_dir():
        with replacing_file(place) as beside:
            _save_workbook(con, schema, beside)
    elif place.suffix and not place.is_dir():
        raise ArgumentError(
            f"{os.fspath(path)!r} should end in {WORKBOOK}, for one workbook, or have no ending, for a folder of CSV "
            "files. Nothing was changed."
        )
    else:
        own = {_READ_ME, *(f"{title}.csv" for title in titles(schema, sheets=False).values())}
        _require_no_other_files(place, own)
        with replacing_files(place, own) as beside:
            _save_folder(con, schema, beside)


def _require_no_other_files(place: Path, own: Collection[str]) -> None:
    if place.exists() and not place.is_dir():
        raise ArgumentError(f"{place} is a file, and no folder. Name another. Nothing was changed.")
    present = [each.name for each in place.iterdir()] if place.is_dir() else []
    others = sorted(name for name in present if name not in own and not name.startswith(HIDDEN))
    if others:
        raise ArgumentError(
            f"{place} holds other files than a school's: {', '.join(others[:5])}. Name a new folder. "
            "Nothing was changed."
        )


def _save_workbook(con: duckdb.DuckDBPyConnection, schema: Schema, path: Path) -> None:
    school, called = _School(con, schema), titles(schema, sheets=True)
    pages = [
        Page(called[name], _columns(schema, table), _lines(schema, school, table), len(school.rows[name]))
        for name, table in schema.tables.items()
    ]
    workbook_writer.write(path, _about(schema, sheets=True), pages)


def _save_folder(con: duckdb.DuckDBPyConnection, schema: Schema, folder: Path) -> None:
    school, called = _School(con, schema), titles(schema, sheets=False)
    for name, table in schema.tables.items():
        csv_folders.write(folder, called[name], chain([heading_row(schema, table)], _lines(schema, school, table)))
    about = "\n".join(": ".join(line) for line in _about(schema, sheets=False))
    (folder / _READ_ME).write_text(f"{about}\n", encoding="utf-8")


class _School:
    """All rows of all tables, and their names."""

    def __init__(self, con: duckdb.DuckDBPyConnection, schema: Schema) -> None:
        self.rows: dict[str, StoredRows] = {}
        self.names = NameIndex(schema)
        for table in schema.tables.values():
            self.rows[table.name] = row_contents(con, table)
            self.names.add(table, self.rows[table.name].values())


def _lines(schema: Schema, school: _School, table: Table) -> Iterator[list[Any]]:
    """The rows of a table as cells, by natural key."""
    links = references(schema, table)
    columns = columns_of(table)
    key = [columns.index(column) for column in table.natural_key]
    lines = [[_in_words(school, row, links, column) for column in columns] for row in school.rows[table.name].values()]
    if any(is_empty(cells[: len(table.user_columns)]) for cells in lines):
        raise RowsRejectedError(
            f"A row of {table.name} holds nothing in the columns that people write: "
            f"{', '.join(table.user_columns) or 'none'}. "
            "In a file it would look like an empty line, and would be lost after loading. Give it a value, or "
            "delete it. Nothing was changed."
        )
    lines.sort(key=lambda cells: [str(cells[at] or "") for at in key])
    yield from lines


def _in_words(school: _School, row: Mapping[str, Any], links: Mapping[str, Reference], column: str) -> Any:
    value = row[column]
    if column in links and value is not None:
        reference = links[column]
        return in_cell(school.names.unambiguous_name(reference.parent, value, reference.known(row)))
    return in_cell(value)


def _columns(schema: Schema, table: Table) -> list[Column]:
    """The look of the columns of a sheet, from the schema."""
    links = references(schema, table)
    sheet_of = titles(schema, sheets=True)
    found = []
    for name, heading in zip(columns_of(table), heading_row(schema, table), strict=True):
        choices: tuple[str, ...] = ()
        notes = [table.columns[name].comment]
        for each in table.constraints:
            if each.kind == "check" and each.columns == (name,):
                choices = choices or each.allowed
                notes.append(each.rule)
        kind, names = table.columns[name].type, None
        if name in links:
            parent = schema.tables[links[name].parent]
            notes.append(f"A name from {sheet_of[parent.name]}.")
            if len(parent.label_columns) == 1:
                names = sheet_of[parent.name], headings(schema, parent)[parent.label_columns[0]]
        if choices:
            notes.append(f"One of: {', '.join(choices)}.")
        if kind == "BOOLEAN":
            choices = ("TRUE", "FALSE")
        notes.append(_when_empty(table, name))
        note = "\n".join(filter(None, notes))
        hidden = name not in table.user_columns
        found.append(Column(heading, note, kind == "VARCHAR", choices, names, is_hidden=hidden))
    return found


def _when_empty(table: Table, name: str) -> str:
    column = table.columns[name]
    if name in table.managed_columns:
        return "Leave it empty in a new row."
    if name not in table.required:
        return "May be empty."
    return f"Default: {column.default}." if column.default else "Required."


def _about(schema: Schema, *, sheets: bool) -> list[tuple[str, ...]]:
    """The explanation of the other sheets: what they are, how to change them, how to load them."""
    one, file = ("sheet", "workbook") if sheets else ("file", "folder")
    called = titles(schema, sheets=sheets)
    notes = " Its notes say what each takes; a list drops down where there is one." if sheets else ""
    folded = "They are folded away. " if sheets else ""
    lines: list[tuple[str, ...]] = [
        ("The configuration of a medical school",),
        (
            "what this is",
            f"One {one} for each table of a school, written by clerkbench. Where a row belongs to another, it holds "
            "the other's name.",
        ),
        ("change it", f"Edit cells, add rows, delete rows. The first row of each {one} names the columns.{notes}"),
        (
            "two of one name",
            "Add in parentheses what tells them apart, such as the email address: Ann Lee (ann.lee@example.org).",
        ),
        (
            "bring it back",
            f'bench.load("this {file}") in a notebook, or clerkbench load on the command line. It tells all mistakes '
            "at once, and stores nothing as long as there is one.",
        ),
        ("your own notes", f"A {one} or column whose name begins with {PRIVATE_PREFIX} is yours: nobody loads it."),
        ("exact texts", f"Blanks around a text do not count. To keep them, begin the text with {LITERAL_PREFIX}."),
        (
            "the last columns",
            f"{folded}They tell a row from all others though its name changes. Leave them empty in a new row; a copied "
            "row counts as a new one.",
        ),
    ]
    lines += [(), (f"the {one}s", "In the order to fill them in: what one names stands in one before.")]
    for table in schema.tables.values():
        lines.append((f"{called[table.name]}{'' if sheets else '.csv'}", table.comment))
        if not sheets:
            lines += [(f"  {each.heading}", " ".join(each.note.split("\n"))) for each in _columns(schema, table)]
    if areas := schema.area_names:
        lines += [(), ("the areas", "Which part of the configuration each table and column belongs to.")]
        lines += [(f"Area {number}", name) for number, name in sorted(areas.items())]
    return lines
