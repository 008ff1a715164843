"""The command line. Exit codes: 0 for nothing wrong but warnings, 1 for errors found, 2 for what could not be done."""

import io
import json
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

import clerkbench
from clerkbench.csv_files import csv_rows
from clerkbench.errors import ArgumentError, ClerkbenchError, DatabaseFileError, RowsRejectedError
from clerkbench.school_files.loading import WORKBOOKS
from clerkbench.sql_files import SqlFiles
from clerkbench.violations import ERROR, WARNING, Violations

FOUND, NOT_DONE = 1, 2

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="A workbench for the configuration schema of medical-school clerkships.\n\nExits with 0 when nothing is wrong "
    "but warnings, 1 when errors are found, 2 when it cannot be done.",
)


class Format(StrEnum):
    """How violations are written."""

    TABLE = "table"
    JSON = "json"
    GITHUB = "github"


Spreadsheet = Annotated[Path, typer.Argument(help="A workbook (.xlsx), or a folder of CSV files.", show_default=False)]
Database = Annotated[Path, typer.Argument(help="The database file.", show_default=False)]
Written = Annotated[Format, typer.Option("--format", help="Sentences, JSON, or annotations for GitHub Actions.")]
Strict = Annotated[bool, typer.Option("--strict", help="Exit with 1 for warnings too.")]


@app.command()
def seed(
    school: Annotated[str, typer.Argument(help=f"One of {', '.join(SqlFiles().schools)}.", show_default=False)],
    file: Database,
) -> None:
    """Load a sample school into an empty database, which is made when there is none."""
    SqlFiles().seed(school)  # so that no file is made for a school that does not exist
    with clerkbench.open(file) as bench:
        bench.seed(school)
        rows = bench.tables()["rows"].sum()
    typer.echo(f"{file} holds the school {school}: {rows} rows.")


@app.command()
def audit(
    file: Database,
    area: Annotated[int | None, typer.Option(help="Only this configuration area, by its number.")] = None,
    severity: Annotated[str | None, typer.Option(help="Only errors or only warnings: error, warning.")] = None,
    clerkship: Annotated[str | None, typer.Option(help="Only this clerkship, by its name.")] = None,
    written: Written = Format.TABLE,
    strict: Strict = False,
) -> None:
    """Check what is stored against all rules."""
    with clerkbench.open(_existing(file), migrate=False) as bench:
        found = bench.audit(area=area, severity=severity, clerkship=clerkship)
    _report(found, written, strict)


@app.command()
def validate(
    table: Annotated[str, typer.Argument(help="The table the rows are for.", show_default=False)],
    csv: Annotated[Path, typer.Argument(help="The rows, under a line with the columns.", show_default=False)],
    database: Annotated[
        Path | None, typer.Option(help="The database they are for. Without one, what they reference is not checked.")
    ] = None,
    written: Written = Format.TABLE,
    strict: Strict = False,
) -> None:
    """Check the rows of a CSV file against every constraint of a table. Nothing is stored."""
    with clerkbench.open() if database is None else clerkbench.open(_existing(database), migrate=False) as bench:
        found = bench.validate(table, csv)
    if database is None:
        typer.echo("What the rows reference is not checked, for no --database was given.", err=True)
        found = Violations(found[~found["rule"].str.startswith("foreign_key:")])
    _report(found, written, strict, csv)


@app.command()
def load(
    spreadsheet: Spreadsheet,
    file: Database,
    mode: Annotated[
        str | None,
        typer.Option(help="What becomes of the rows that are there: replace or merge."),
    ] = None,
    written: Written = Format.TABLE,
) -> None:
    """Store a school from a workbook or folder in a database, made when there is none; or tell all mistakes in it."""
    is_new = not file.expanduser().exists()
    try:
        with clerkbench.open(file) as bench:
            counts = bench.load(spreadsheet, mode=mode)
            wrong = bench.audit()
    except BaseException as error:
        if is_new:
            with suppress(OSError):
                file.expanduser().unlink(missing_ok=True)
        if isinstance(error, RowsRejectedError) and not error.violations.empty:
            _report(error.violations, written, strict=False)
        raise
    added, changed, removed = (counts[column].sum() for column in ("added", "changed", "removed"))
    typer.echo(f"{file} holds {counts['rows'].sum()} rows: {added} added, {changed} changed, {removed} removed.")
    more = "" if wrong.empty else f". To see them: clerkbench audit {file}"
    typer.echo(f"By the rules: {wrong.summary}{more}")


@app.command()
def save(file: Database, spreadsheet: Spreadsheet) -> None:
    """Write what a database holds to a workbook, or to a folder of CSV files, in place of what is there."""
    with clerkbench.open(_existing(file), migrate=False) as bench:
        bench.save(spreadsheet)
    typer.echo(f"{spreadsheet} is written.")


@app.command()
def template(spreadsheet: Spreadsheet) -> None:
    """Write an empty workbook, or folder of CSV files, to fill in."""
    if spreadsheet.expanduser().exists():
        raise ArgumentError(f"{spreadsheet} is there already. Name another. Nothing was changed.")
    with clerkbench.open() as bench:
        bench.save(spreadsheet)
    typer.echo(f"{spreadsheet} is ready to be filled in.")


@app.command()
def diff(
    before: Annotated[Path, typer.Argument(help="A database file, workbook or folder.", show_default=False)],
    after: Annotated[Path, typer.Argument(help="Another.", show_default=False)],
) -> None:
    """Say how one school has to change to become another, and what that breaks and fixes: exits with 1 for errors."""
    with _school(before) as one, _school(after) as other:
        found = one.diff(other)
    typer.echo(found.report(at_most=None))
    if found.violations_added.count_of(ERROR):
        raise typer.Exit(FOUND)


@app.command()
def docs(
    page: Annotated[Path, typer.Argument(help="The page to write, in Markdown.", show_default=False)],
    database: Annotated[
        Path | None, typer.Option(help="The database to describe; clerkbench's own schema by default.")
    ] = None,
) -> None:
    """Write the data dictionary: areas, diagram, tables, views and rules, on one page."""
    with clerkbench.open() if database is None else clerkbench.open(_existing(database), migrate=False) as bench:
        bench.dictionary().save(page)
    typer.echo(f"{page} is written.")


@app.command()
def migrate(
    file: Database,
    to: Annotated[int | None, typer.Option(help="The number of the migration; the newest by default.")] = None,
) -> None:
    """Bring the schema of a database forward. The file is made when there is none."""
    with clerkbench.open(file, migrate=False) as bench:
        bench.migrate(to)
        _tell_where(bench, file)


@app.command()
def rollback(
    file: Database,
    steps: Annotated[int, typer.Option(help="How many migrations to take back.", min=1)] = 1,
    discard_data: Annotated[
        bool, typer.Option("--discard-data", help="Lose what the older schema cannot hold.")
    ] = False,
) -> None:
    """Take back the latest migrations of a database."""
    with clerkbench.open(_existing(file), migrate=False) as bench:
        bench.rollback(steps, discard_data=discard_data)
        _tell_where(bench, file)


def _school(path: Path) -> clerkbench.Workbench:
    """A database, or a spreadsheet in one in memory."""
    if path.expanduser().is_dir() or path.suffix.lower() in WORKBOOKS:
        bench = clerkbench.open()
        bench.load(path)
        return bench
    return clerkbench.open(_existing(path), migrate=False)


def _existing(file: Path) -> Path:
    """The file, which must not be made by mistake."""
    if not file.expanduser().exists():
        raise DatabaseFileError(f"There is no database {file}. `clerkbench seed` or `clerkbench migrate` makes one.")
    return file


def _tell_where(bench: clerkbench.Workbench, file: Path) -> None:
    applied = bench.migrations().query("status == 'applied'")
    at = f"migration {applied.iloc[-1]['version']}, {applied.iloc[-1]['name']}" if len(applied) else "no migration"
    typer.echo(f"{file} is at {at}.")


def _report(found: Violations, written: Format, strict: bool, file: Path | None = None) -> None:
    """Write the violations, and exit as they demand."""
    typer.echo(_FORMATS[written](found, file))
    if found.count_of(ERROR) or (strict and found.count_of(WARNING)):
        raise typer.Exit(FOUND)


def _as_sentences(found: Violations, file: Path | None) -> str:
    return str(found)


def _as_json(found: Violations, file: Path | None) -> str:
    frame = pd.DataFrame(found) if file is None else found.reset_index()
    frame = frame.astype(object).where(frame.notna(), None)
    return json.dumps(frame.to_dict("records"), indent=2, ensure_ascii=False)


def _as_annotations(found: Violations, file: Path | None) -> str:
    """One line each, which GitHub shows beside the file where there is one, at the line of the row."""
    lines = []
    lines_of_rows = [1, *csv_rows(file)[2]] if file else []
    for row, each in zip(found.index, found.itertuples(index=False), strict=True):
        place = "" if file is None else f"file={_escaped(str(file), ':,')},line={lines_of_rows[row]},"
        text = _escaped(f"{each.message}\n{each.remedy}")
        lines.append(f"::{each.severity} {place}title={_escaped(str(each.rule), ':,')}::{text}")
    return "\n".join([*lines, found.summary])


def _escaped(text: str, signs: str = "") -> str:
    for sign in "%\r\n" + signs:
        text = text.replace(sign, f"%{ord(sign):02X}")
    return text


_FORMATS: dict[Format, Callable[[Violations, Path | None], str]] = {
    Format.TABLE: _as_sentences,
    Format.JSON: _as_json,
    Format.GITHUB: _as_annotations,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command. What cannot be done exits with 2, also where the fault is ours: 1 says that errors were found."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # for a console that lacks a sign
    try:
        app(arguments)
    except ClerkbenchError as error:
        typer.echo(error, err=True)
        sys.exit(NOT_DONE)
    except Exception:
        traceback.print_exc()
        sys.exit(NOT_DONE)
