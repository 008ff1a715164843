"""The commands about schools: each opens one, does one thing with it, and reports the result."""

from pathlib import Path
from typing import Annotated

import typer

import clerkbench
from clerkbench.errors import ArgumentError, ClerkbenchError, RowsRejectedError
from clerkbench.files import urls
from clerkbench.files.sql_files import SqlFiles
from clerkbench.interchange.engines import addresses
from clerkbench.interfaces.cli.options import Database, OfServer, School, Spreadsheet, SqlFolder, Strict, Written, app
from clerkbench.interfaces.cli.reports import FOUND, Format, report, report_all, say
from clerkbench.interfaces.cli.schools import (
    is_several,
    is_spreadsheet,
    open_or_create,
    open_school,
    open_to_migrate,
    places,
    require_existing,
    require_no_pattern,
    schemas_of,
)
from clerkbench.reporting.violations import ERROR, Violations
from clerkbench.workbench.remote import RemoteSchool


@app.command()
def seed(
    school: Annotated[str, typer.Argument(help=f"One of {', '.join(SqlFiles().schools)}.", show_default=False)],
    file: Database,
    sql_folder: SqlFolder = None,
) -> None:
    """Load a sample school into an empty database, which is created if it does not exist."""
    SqlFiles(sql_folder).seed(school)  # raises before a file is created
    with clerkbench.open(file, sql_folder=sql_folder) as bench:
        bench.seed(school)
        rows = bench.tables()["rows"].sum()
    say(f"{file} holds the school {school}: {rows} rows.")


@app.command()
def audit(
    schools: Annotated[
        list[str], typer.Argument(help="Database files, SQLite files, or URLs: postgresql://…", show_default=False)
    ],
    schema: Annotated[
        list[str] | None,
        typer.Option(
            help="On a server, the schema that holds the school; once for each, or a pattern such as 'med_*'."
        ),
    ] = None,
    area: Annotated[int | None, typer.Option(help="Only this configuration area, by its number.")] = None,
    severity: Annotated[str | None, typer.Option(help="Only errors or only warnings: error, warning.")] = None,
    clerkship: Annotated[str | None, typer.Option(help="Only this clerkship, by its name.")] = None,
    written: Written = Format.TABLE,
    strict: Strict = False,
    sql_folder: SqlFolder = None,
) -> None:
    """Check what is stored against all rules. Several schools are reported one by one."""
    several = is_several(schools, schema or [])
    found: dict[str, Violations] = {}
    failed: dict[str, ClerkbenchError] = {}
    for place in places(schools, schema or []):
        try:
            with place.open(sql_folder) as bench:
                found[place.name] = bench.audit(area=area, severity=severity, clerkship=clerkship)
        except ClerkbenchError as error:
            if not several:
                raise
            failed[place.name] = error
    if several:
        report_all(found, failed, written, strict)
    else:
        [only] = found.values()
        report(only, written, strict)


@app.command()
def validate(
    table: Annotated[str, typer.Argument(help="The table the rows are for.", show_default=False)],
    csv: Annotated[Path, typer.Argument(help="The rows, under a line with the columns.", show_default=False)],
    database: Annotated[
        Path | None, typer.Option(help="The database they are for. Without it, references are not checked.")
    ] = None,
    written: Written = Format.TABLE,
    strict: Strict = False,
    sql_folder: SqlFolder = None,
) -> None:
    """Check the rows of a CSV file against every constraint of a table. Nothing is stored."""
    path = None if database is None else require_existing(database)
    with clerkbench.open(path, migrate=database is None, sql_folder=sql_folder) as bench:
        found = bench.validate(table, csv)
    if database is None:
        say("References are not checked, because there is no --database.", err=True)
        found = Violations(found[~found["rule"].str.startswith("foreign_key:")])
    report(found, written, strict, csv)


@app.command()
def load(
    spreadsheet: Spreadsheet,
    file: Database,
    mode: Annotated[str | None, typer.Option(help="What happens to stored rows: replace or merge.")] = None,
    written: Written = Format.TABLE,
    sql_folder: SqlFolder = None,
) -> None:
    """Store a school from a workbook or folder in a database, created if it does not exist; or report all mistakes."""
    try:
        with open_or_create(file, sql_folder) as bench:
            counts = bench.load(spreadsheet, mode=mode)
            wrong = bench.audit()
    except RowsRejectedError as error:
        if not error.violations.empty:
            report(error.violations, written, strict=False)
        raise
    added, changed, removed = (counts[column].sum() for column in ("added", "changed", "removed"))
    say(f"{file} holds {counts['rows'].sum()} rows: {added} added, {changed} changed, {removed} removed.")
    more = "" if wrong.empty else f". To see them: clerkbench audit {file}"
    say(f"By the rules: {wrong.summary}{more}")


@app.command()
def save(school: School, spreadsheet: Spreadsheet, schema: OfServer = None, sql_folder: SqlFolder = None) -> None:
    """Write a school to a workbook or to a folder of CSV files, in place of the old one."""
    with open_school(school, schema, sql_folder) as bench:
        bench.save(spreadsheet)
    say(f"{spreadsheet} is written.")


@app.command()
def template(spreadsheet: Spreadsheet, sql_folder: SqlFolder = None) -> None:
    """Write an empty workbook, or folder of CSV files, to fill in."""
    if spreadsheet.expanduser().exists():
        raise ArgumentError(f"{spreadsheet} is there already. Name another. Nothing was changed.")
    with clerkbench.open(sql_folder=sql_folder) as bench:
        bench.save(spreadsheet)
    say(f"{spreadsheet} is ready to be filled in.")


@app.command()
def diff(
    before: School,
    after: Annotated[str, typer.Argument(help="Another.", show_default=False)],
    schema: Annotated[
        list[str] | None,
        typer.Option(help="On a server, the schema that holds the school; twice for two schools on servers."),
    ] = None,
    sql_folder: SqlFolder = None,
) -> None:
    """Report how two schools differ, and what that breaks and fixes. Exits with 1 for errors."""
    one_schema, other_schema = schemas_of([before, after], schema or [])
    with open_school(before, one_schema, sql_folder) as one, open_school(after, other_schema, sql_folder) as other:
        found = one.diff(other)
    say(found.report(at_most=None))
    if found.violations_added.count_of(ERROR):
        raise typer.Exit(FOUND)


@app.command()
def export(
    school: School,
    target: Annotated[str, typer.Argument(help="postgresql://…, or a file that ends in .sqlite.", show_default=False)],
    schema: Annotated[str | None, typer.Option(help="On a server, the schema for the school.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace a school that is there.")] = False,
    sql_only: Annotated[
        bool, typer.Option("--sql-only", help="Write the SQL script instead; open no connection.")
    ] = False,
    sql_folder: SqlFolder = None,
) -> None:
    """Export a school to PostgreSQL or SQLite: tables, delete rules, comments, rows and views, whole or not at all."""
    if sql_only and replace:
        raise ArgumentError("--sql-only cannot be combined with --replace. Nothing was changed.")
    require_no_pattern(schema)
    with open_school(school, None, sql_folder) as bench:
        if sql_only:
            say(bench.export_script(target, schema=schema), nl=False)
            return
        counts = bench.export(target, schema=schema, replace=replace)
    rows = counts["rows"].sum()
    say(f"{addresses.parse_address(target, schema)} holds the school now: {rows} rows in {len(counts)} tables.")


@app.command("import")
def import_(
    source: Annotated[
        str, typer.Argument(help="Where it was exported to: postgresql://…, or an .sqlite file.", show_default=False)
    ],
    file: Database,
    schema: OfServer = None,
    sql_folder: SqlFolder = None,
) -> None:
    """Import an exported school into an empty database, which is created if it does not exist."""
    require_no_pattern(schema)
    with open_or_create(file, sql_folder) as bench:
        rows = bench.import_from(source, schema=schema)["rows"].sum()
    say(f"{file} holds the school now: {rows} rows.")


@app.command()
def update(
    target: Annotated[
        str, typer.Argument(help="A school in use: postgresql://…, an .sqlite file, or a database.", show_default=False)
    ],
    source: Annotated[
        str, typer.Option("--from", help="The school with the changes: a database file, workbook, folder or URL.")
    ],
    schema: OfServer = None,
    delete: Annotated[bool, typer.Option("--delete", help="Delete rows that the other school does not have.")] = False,
    plan: Annotated[bool, typer.Option("--plan", help="Report what would change, and change nothing.")] = False,
    sql_folder: SqlFolder = None,
) -> None:
    """Bring to a school in use what differs in another one, in one transaction. Rows of an application stay.

    With --plan it exits with 1 if new errors would appear.
    """
    with open_to_migrate(target, schema, sql_folder) as bench, bench.fork() as copy:
        if is_spreadsheet(source):
            copy.load(source, mode="replace" if delete else "merge")
        else:
            with open_school(source, None, sql_folder) as other:
                copy.merge(other, delete=delete)
        if plan:
            found = bench.diff(copy)
            say(found.report(at_most=None))
            if isinstance(bench, RemoteSchool):
                bench.adopt(copy, trial=True)  # raises what would stop it
            if found.violations_added.count_of(ERROR):
                raise typer.Exit(FOUND)
            return
        counts = bench.adopt(copy)
        wrong = bench.audit()
    added, changed, removed = (counts[column].sum() for column in ("added", "changed", "removed"))
    say(f"{urls.without_password(target)} is updated: {added} rows added, {changed} changed, {removed} removed.")
    say(f"By the rules: {wrong.summary}")
