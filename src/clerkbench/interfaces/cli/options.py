"""The command line application, and the arguments that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

from clerkbench.interfaces.cli.reports import Format, ReportFormat

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
SqlFolder = Annotated[
    Path | None,
    typer.Option(help="A folder with the layout of clerkbench's sql/, to work on another version of the schema."),
]
Strict = Annotated[bool, typer.Option("--strict", help="Exit with 1 for warnings too.")]
Reported = Annotated[
    ReportFormat, typer.Option("--format", help="Text, Markdown for a pull request, JSON, or annotations for GitHub.")
]
Version = Annotated[
    str,
    typer.Argument(help="A database file, a URL, a folder of SQL, or the number of a migration.", show_default=False),
]
Migrated = Annotated[
    str, typer.Argument(help="A database file, a URL, or an SQLite file with a school.", show_default=False)
]
ShownSql = Annotated[
    bool, typer.Option("--sql", help="Only for a URL or an SQLite file: try it, roll back, and show the statements.")
]
