"""The commands: each opens a school, does one thing with it, and reports the result."""

from pathlib import Path
from typing import Annotated

import typer

import clerkbench
from clerkbench.errors import ArgumentError, ClerkbenchError, RowsRejectedError
from clerkbench.files.atomic_write import write_text
from clerkbench.files.sql_files import SqlFiles
from clerkbench.interchange.engines import addresses
from clerkbench.interfaces.cli.reports import FOUND, Format, report, report_all, say
from clerkbench.interfaces.cli.schools import (
    is_several,
    open_or_create,
    open_school,
    places,
    require_existing,
    require_no_pattern,
    schemas_of,
)
from clerkbench.reporting.violations import ERROR, Violations
from clerkbench.schema_docs.types import LANGUAGES

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="A workbench for the configuration schema of medical-school clerkships.\n\nExits with 0 when nothing is wrong "
    "but warnings, 1 when errors are found, 2 when it cannot be done.",
)


Spreadsheet = Annotated[Path, typer.Argument(help="A workbook (.xlsx), or a folder of CSV files.", show_default=False)]
Database = Annotated[Path, typer.Argument(help="The database file.", show_default=False)]
School = Annotated[str, typer.Argument(help="A database file, workbook, folder or URL.", show_default=False)]
OfServer = Annotated[str | None, typer.Option("--schema", help="On a server, the schema that holds the school.")]
Written = Annotated[Format, typer.Option("--format", help="Sentences, JSON, or annotations for GitHub Actions.")]
Described = Annotated[
    str | None,
    typer.Option("--database", help="The database or URL to describe; clerkbench's own schema by default."),
]
Strict = Annotated[bool, typer.Option("--strict", help="Exit with 1 for warnings too.")]


@app.command()
def seed(
    school: Annotated[str, typer.Argument(help=f"One of {', '.join(SqlFiles().schools)}.", show_default=False)],
    file: Database,
) -> None:
    """Load a sample school into an empty database, which is created if it does not exist."""
    SqlFiles().seed(school)  # raises before a file is created
    with clerkbench.open(file) as bench:
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
) -> None:
    """Check what is stored against all rules. Several schools are reported one by one."""
    several = is_several(schools, schema or [])
    found: dict[str, Violations] = {}
    failed: dict[str, ClerkbenchError] = {}
    for place in places(schools, schema or []):
        try:
            with place.open() as bench:
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
) -> None:
    """Check the rows of a CSV file against every constraint of a table. Nothing is stored."""
    with clerkbench.open() if database is None else clerkbench.open(require_existing(database), migrate=False) as bench:
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
) -> None:
    """Store a school from a workbook or folder in a database, created if it does not exist; or report all mistakes."""
    try:
        with open_or_create(file) as bench:
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
def save(school: School, spreadsheet: Spreadsheet, schema: OfServer = None) -> None:
    """Write a school to a workbook or to a folder of CSV files, in place of the old one."""
    with open_school(school, schema) as bench:
        bench.save(spreadsheet)
    say(f"{spreadsheet} is written.")


@app.command()
def template(spreadsheet: Spreadsheet) -> None:
    """Write an empty workbook, or folder of CSV files, to fill in."""
    if spreadsheet.expanduser().exists():
        raise ArgumentError(f"{spreadsheet} is there already. Name another. Nothing was changed.")
    with clerkbench.open() as bench:
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
) -> None:
    """Report how two schools differ, and what that breaks and fixes. Exits with 1 for errors."""
    one_schema, other_schema = schemas_of([before, after], schema or [])
    with open_school(before, one_schema) as one, open_school(after, other_schema) as other:
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
) -> None:
    """Export a school to PostgreSQL or SQLite: tables, delete rules, comments, rows and views, whole or not at all."""
    if sql_only and replace:
        raise ArgumentError("--sql-only cannot be combined with --replace. Nothing was changed.")
    require_no_pattern(schema)
    with open_school(school, None) as bench:
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
) -> None:
    """Import an exported school into an empty database, which is created if it does not exist."""
    require_no_pattern(schema)
    with open_or_create(file) as bench:
        rows = bench.import_from(source, schema=schema)["rows"].sum()
    say(f"{file} holds the school now: {rows} rows.")


@app.command("types")
def types_(
    module: Annotated[
        Path | None, typer.Argument(help="The file to write; otherwise it is shown.", show_default=False)
    ] = None,
    language: Annotated[
        str | None, typer.Option(help="python or typescript; by default what the file ends in, or else python.")
    ] = None,
    dialect: Annotated[str | None, typer.Option(help="For TypeScript: postgres or sqlite.")] = None,
    database: Described = None,
    schema: OfServer = None,
) -> None:
    """Write the tables as types of the language an application is written in."""
    with open_school(database, schema) as bench:
        fitting = [name for name, ending in LANGUAGES.items() if module and module.suffix.lower() == ending]
        asked = language or next(iter(fitting), "python")
        text = bench.types(asked, dialect)
    if module is None:
        say(text, nl=False)
        return
    write_text(module, {LANGUAGES[asked]: text})
    say(f"{module} is written.")


@app.command()
def docs(
    page: Annotated[Path, typer.Argument(help="The page to write, in Markdown.", show_default=False)],
    database: Described = None,
    schema: OfServer = None,
) -> None:
    """Write the data dictionary: areas, diagram, tables, views and rules, on one page."""
    with open_school(database, schema) as bench:
        bench.dictionary().save(page)
    say(f"{page} is written.")


@app.command()
def migrate(
    file: Database,
    to: Annotated[int | None, typer.Option(help="The number of the migration; the newest by default.")] = None,
) -> None:
    """Apply the migrations to a database. The file is created if it does not exist."""
    with clerkbench.open(file, migrate=False) as bench:
        bench.migrate(to)
        _tell_where(bench, file)


@app.command()
def rollback(
    file: Database,
    steps: Annotated[int, typer.Option(help="How many migrations to roll back.", min=1)] = 1,
    discard_data: Annotated[
        bool, typer.Option("--discard-data", help="Discard what the older schema cannot hold.")
    ] = False,
    trust: Annotated[bool, typer.Option("--trust", help="Run scripts that came with the file.")] = False,
) -> None:
    """Roll back the latest migrations of a database."""
    with clerkbench.open(require_existing(file), migrate=False) as bench:
        bench.rollback(steps, discard_data=discard_data, trust=trust)
        _tell_where(bench, file)


def _tell_where(bench: clerkbench.Workbench, file: Path) -> None:
    applied = bench.migrations().query("status == 'applied'")
    at = f"migration {applied.iloc[-1]['version']}, {applied.iloc[-1]['name']}" if len(applied) else "no migration"
    say(f"{file} is at {at}.")
