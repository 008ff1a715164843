"""The commands about the schema: migrations, versions, generated pages."""

from pathlib import Path
from typing import Annotated

import typer

import clerkbench
from clerkbench.errors import ArgumentError
from clerkbench.files.atomic_write import replacing_files, resolve_path, write_text
from clerkbench.files.new_migration import new_migration
from clerkbench.files.sql_files import SqlFiles
from clerkbench.interchange.engines import addresses
from clerkbench.interchange.engines.migration_files import DIALECTS, LAYOUTS, migration_files
from clerkbench.interfaces.cli.options import (
    Described,
    Migrated,
    OfServer,
    Reported,
    ShownSql,
    SqlFolder,
    Version,
    app,
)
from clerkbench.interfaces.cli.reports import ReportFormat, report_plan, report_schema, say
from clerkbench.interfaces.cli.schools import (
    open_school,
    open_to_migrate,
    require_existing,
    require_remote,
    schema_version,
    schemas_of,
)
from clerkbench.reporting.phrases import listed
from clerkbench.schema_docs.schema_versions import difference_of
from clerkbench.schema_docs.types import LANGUAGES
from clerkbench.workbench.remote import RemoteSchool


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
    sql_folder: SqlFolder = None,
) -> None:
    """Write the tables as types of the language an application is written in."""
    with open_school(database, schema, sql_folder) as bench:
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
    sql_folder: SqlFolder = None,
) -> None:
    """Write the data dictionary: areas, diagram, tables, views and rules, on one page."""
    with open_school(database, schema, sql_folder) as bench:
        bench.dictionary().save(page)
    say(f"{page} is written.")


@app.command()
def migrate(
    school: Migrated,
    schema: OfServer = None,
    to: Annotated[int | None, typer.Option(help="The number of the migration; the newest by default.")] = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="Report what the migrations would do, and change nothing.")
    ] = False,
    sql: ShownSql = False,
    written: Reported = ReportFormat.TEXT,
    sql_folder: SqlFolder = None,
) -> None:
    """Apply the migrations to a database, or to an exported school where it is. A new file is created.

    With --plan it exits with 1 if rows would be rejected or values lost.
    """
    if plan and not addresses.is_address(school):
        require_existing(Path(school))
    with open_to_migrate(school, schema, sql_folder) as bench:
        if plan:
            report_plan(bench.plan_migration(to), written)
        elif isinstance(bench, RemoteSchool):
            _show(bench, bench.migrate(to, trial=sql), sql)
        else:
            require_remote(sql)
            bench.migrate(to)
            _tell_where(bench, school)


@app.command()
def rollback(
    school: Migrated,
    schema: OfServer = None,
    steps: Annotated[int, typer.Option(help="How many migrations to roll back.", min=1)] = 1,
    discard_data: Annotated[
        bool, typer.Option("--discard-data", help="Discard what the older schema cannot hold.")
    ] = False,
    trust: Annotated[bool, typer.Option("--trust", help="Run scripts that came with the school.")] = False,
    sql: ShownSql = False,
    sql_folder: SqlFolder = None,
) -> None:
    """Roll back the latest migrations of a database, or of an exported school where it is."""
    if not addresses.is_address(school):
        require_existing(Path(school))
    with open_to_migrate(school, schema, sql_folder) as bench:
        if isinstance(bench, RemoteSchool):
            _show(bench, bench.rollback(steps, discard_data=discard_data, trust=trust, trial=sql), sql)
        else:
            require_remote(sql)
            bench.rollback(steps, discard_data=discard_data, trust=trust)
            _tell_where(bench, school)


def _show(bench: RemoteSchool, statements: list[str], sql: bool) -> None:
    """Show the statements that ran, or where the school is now."""
    if sql:
        say("\n\n".join(statements))
    else:
        _tell_where(bench, str(bench.address))


def _tell_where(bench: clerkbench.SchoolReader, place: str) -> None:
    applied = bench.migrations().query("status == 'applied'")
    at = f"migration {applied.iloc[-1]['version']}, {applied.iloc[-1]['name']}" if len(applied) else "no migration"
    say(f"{place} is at {at}.")


@app.command("schema-diff")
def schema_diff(
    before: Version,
    after: Annotated[str, typer.Argument(help="Another.", show_default=False)],
    schema: Annotated[
        list[str] | None, typer.Option(help="On a server, the schema that holds the school; twice for two servers.")
    ] = None,
    written: Reported = ReportFormat.TEXT,
    sql_folder: SqlFolder = None,
) -> None:
    """Report how two versions of the schema differ: tables, columns, constraints, delete rules, views."""
    places = [before, after]
    versions = zip(places, schemas_of(places, schema or []), strict=True)
    one, other = (schema_version(place, each, sql_folder) for place, each in versions)
    report_schema(difference_of(one, other), written)


@app.command("new-migration")
def new_migration_(
    name: Annotated[str, typer.Argument(help="What it does, such as add_blackout_dates.", show_default=False)],
    sql_folder: SqlFolder = None,
) -> None:
    """Write the two scripts of the next migration, with examples in comments."""
    for path in new_migration(SqlFiles(sql_folder), name):
        say(f"{path} is written.")


@app.command()
def migrations(
    folder: Annotated[Path, typer.Argument(help="Where the files are written; created if it does not exist.")] = Path(),
    sql: Annotated[bool, typer.Option("--sql", help="Write the files; otherwise the migrations are listed.")] = False,
    dialect: Annotated[str, typer.Option(help=f"The engine: {', '.join(DIALECTS)}.")] = next(iter(DIALECTS)),
    since: Annotated[
        int, typer.Option("--from", help="The number of the newest migration that the schools have; 0 for none.")
    ] = 0,
    layout: Annotated[
        str, typer.Option(help="sql for two scripts a migration; or as a tool reads them: dbmate, kysely.")
    ] = next(iter(LAYOUTS)),
    no_transaction: Annotated[
        bool, typer.Option("--no-transaction", help="Write no BEGIN and COMMIT, for a tool that runs them itself.")
    ] = False,
    schema: Annotated[
        str | None, typer.Option(help="On a server, the schema of the school, if the tool works in another one.")
    ] = None,
    sql_folder: SqlFolder = None,
) -> None:
    """List the migrations; with --sql, write them for the tool by which an application changes its schema."""
    files = SqlFiles(sql_folder)
    if not sql:
        say("\n".join(each.label for each in files.migrations))
        return
    written = migration_files(files, dialect, since, layout, transaction=not no_transaction, schema=schema)
    place = resolve_path(folder)
    if present := [name for name in written if (place / name).exists()]:
        raise ArgumentError(f"{folder} holds {listed(present)} already. Name another folder. Nothing was written.")
    with replacing_files(place, []) as beside:
        for name, text in written.items():
            (beside / name).write_text(text, encoding="utf-8", newline="\n")
    say("\n".join(f"{folder / name} is written." for name in written))
