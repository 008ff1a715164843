"""Opens a school, wherever it is: in memory, in a file, on a server."""

import os

from clerkbench.database import catalog, connection
from clerkbench.database.session import Session, opened_as
from clerkbench.errors import ArgumentError
from clerkbench.files.sql_files import SqlFiles
from clerkbench.interchange.engines import addresses
from clerkbench.workbench.remote import Shipped
from clerkbench.workbench.workbench import Workbench


def open(
    path: str | os.PathLike[str] | None = None,
    *,
    migrate: bool = True,
    schema: str | None = None,
    sql_folder: str | os.PathLike[str] | None = None,
) -> Workbench:
    """Open a database, made when it does not exist yet, and bring its schema up to date; or a school that was shipped.

    Args:
        path: A database file; nothing for a database in memory; or where a school was shipped to, to look at it and
            audit it: ``postgresql://…``, or a file that ends in ``.sqlite``.
        migrate: False to take the database as it is, for instance to roll back one that a newer clerkbench made.
        schema: On a server, the schema that holds the school.
        sql_folder: A folder laid out like clerkbench's ``sql/``, to work on another version of the schema.

    Returns:
        The workbench. Close it, or use it in a ``with`` statement, when another process needs the file. One of a school
        that was shipped changes nothing there; see :class:`clerkbench.shipped.Shipped`.

    Raises:
        ArgumentError: A schema is given for what is no server; it is the URL of something else; or ``migrate`` is
            neither True nor False.
        DatabaseFileError: The file cannot be opened.
        TargetError: The server cannot be reached, or there is no school.
        SqlFileError: The SQL files are incomplete or cannot be parsed.
        MigrationError: The database is newer than the SQL files, does not fit them, or a migration failed.
        SchemaError: Macros of the file take the place of functions of DuckDB's own, or views that of clerkbench's
            tables.
        UnfinishedError: A change stopped halfway in a process that died, and its rows cannot be put back.
    """
    if not isinstance(migrate, bool):
        raise ArgumentError(f"migrate is True or False, and {type(migrate).__name__} is neither.")
    files = SqlFiles(sql_folder)
    _ = files.migrations, files.views  # whatever is wrong with them is said before a database file is made
    if addresses.is_address(path):
        return Shipped(addresses.read(path, schema), files)
    if schema is not None:
        raise ArgumentError("A schema is given with the URL of a server: clerkbench.open('postgresql://…', schema=…).")
    bench = Workbench(Session(connection.connect(opened_as(path)), path), files, path)
    try:
        if path is not None:
            catalog.refuse_shadowing(bench.con)  # whoever made the file may be a stranger
            catalog.refuse_strange_ledger(bench.con)
        bench._finish()
        if migrate:
            bench.migrate()
    except BaseException:
        bench.close()
        raise
    return bench
