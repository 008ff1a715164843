"""Opens a school, wherever it is: in memory, in a file, on a server."""

import os
from typing import cast

from clerkbench.database import catalog, connection
from clerkbench.database.open_files import open_path
from clerkbench.database.session import Session
from clerkbench.errors import ArgumentError
from clerkbench.files.sql_files import SqlFiles
from clerkbench.interchange.engines import addresses
from clerkbench.workbench.guards import recover
from clerkbench.workbench.remote import RemoteSchool
from clerkbench.workbench.workbench import Workbench


def open(
    path: str | os.PathLike[str] | None = None,
    *,
    migrate: bool = True,
    schema: str | None = None,
    sql_folder: str | os.PathLike[str] | None = None,
) -> Workbench:
    """Open a database and bring its schema up to date; or open an exported school as it is.

    Args:
        path: A database file, created if it does not exist; None for a database in memory; or an exported school:
            ``postgresql://…``, or a file that ends in ``.sqlite``.
        migrate: False to leave the schema as it is, for instance to roll back migrations of a newer clerkbench.
        schema: On a server, the schema that holds the school.
        sql_folder: A folder with the layout of clerkbench's ``sql/``, to work on another version of the schema.

    Returns:
        The workbench. Close it, or use it in a ``with`` statement, when another process needs the file. An exported
        school is a :class:`~clerkbench.SchoolReader`: it has the methods that only read, and ``migrate``, ``rollback``
        and ``adopt``, which change it where it is.

    Raises:
        ArgumentError: A schema is given without a server; the URL is of another kind; or ``migrate`` is not a bool.
        DatabaseFileError: The file cannot be opened.
        TargetError: The server cannot be reached, or holds no school.
        SqlFileError: The SQL files are incomplete or cannot be parsed.
        MigrationError: The database is newer than the SQL files or does not fit them, or a migration failed.
        SchemaError: Macros in the file replace functions of DuckDB, or views replace clerkbench's own tables.
        UnfinishedError: A change stopped halfway in a process that died, and its rows cannot be restored.
    """
    if not isinstance(migrate, bool):
        raise ArgumentError(f"migrate must be True or False; got {type(migrate).__name__}.")
    files = SqlFiles(sql_folder)
    _ = files.migrations, files.views  # an error in them is raised before a database file is created
    if addresses.is_address(path):
        # Typed as the workbench that nearly every call opens.
        return cast(Workbench, RemoteSchool(addresses.parse_address(path, schema), files))
    if schema is not None:
        raise ArgumentError("A schema needs the URL of a server: clerkbench.open('postgresql://…', schema=…).")
    bench = Workbench(Session(connection.connect(open_path(path)), path), files, path)
    try:
        if path is not None:  # the file may be untrusted
            catalog.require_no_shadowing_macros(bench.con)
            catalog.require_ledger_tables(bench.con)
        recover(bench)
        if migrate:
            bench.migrate()
    except BaseException:
        bench.close()
        raise
    return bench
