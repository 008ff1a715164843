"""Fills new databases from a template: a process runs the same migrations twice at most.

To copy a schema takes a tenth of the time of its migrations. A template is a file in a temporary folder, because DuckDB
copies between databases only inside one instance. It holds a schema without rows.
"""

import tempfile
import threading
from contextlib import suppress
from pathlib import Path

import duckdb

from clerkbench.database import catalog, ledger
from clerkbench.database.connection import IN_SCHEMA
from clerkbench.database.schema import read_schema
from clerkbench.database.transactions import transaction
from clerkbench.files.sql_files import SqlFiles
from clerkbench.files.sql_text import literal, quoted

#: The scripts that make a schema: the ledger, migrations, views.
Scripts = tuple[object, ...]

#: The hashes of the scripts that have filled a database, and the files of those that did so twice.
MADE_ONCE: set[int] = set()
TEMPLATES: dict[Scripts, Path] = {}

_MOST = 8
_TEMPLATE = '"clerkbench: the template"'
_LOCK = threading.Lock()
_FOLDER: list[tempfile.TemporaryDirectory[str]] = []


def scripts_of(files: SqlFiles, version: int) -> Scripts:
    """The scripts of a version. Views are written for the newest."""
    newest = version == len(files.migrations)
    return files.ledger, tuple(files.migrations[:version]), tuple(files.views) if newest else ()


def is_new(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether nobody has made anything in a database."""
    found = con.execute(
        """
        SELECT current_schema() = 'main'
            AND NOT EXISTS (SELECT 1 FROM duckdb_tables() WHERE database_name = current_database())
            AND NOT EXISTS (SELECT 1 FROM duckdb_views() WHERE database_name = current_database() AND NOT internal)
            AND NOT EXISTS (SELECT 1 FROM duckdb_schemas() WHERE database_name = current_database() AND NOT internal)
            AND NOT EXISTS (SELECT 1 FROM duckdb_sequences() WHERE database_name = current_database())
            AND NOT EXISTS (SELECT 1 FROM duckdb_types() WHERE database_name = current_database() AND NOT internal)
            AND NOT EXISTS (SELECT 1 FROM duckdb_functions() WHERE database_name = current_database() AND NOT internal)
        """
    ).fetchone()
    return found == (True,)


def fill(con: duckdb.DuckDBPyConnection, scripts: Scripts) -> bool:
    """Fill a new database from the template of some scripts, whole or not at all.

    Returns:
        Whether there is a template and the database is filled.
    """
    with _LOCK:
        file = TEMPLATES.get(scripts)
    if file is None:
        return False
    [database] = con.execute("SELECT current_database()").fetchone() or ("",)
    try:
        with con.cursor() as own:
            own.execute(f"ATTACH {literal(str(file))} AS {_TEMPLATE} (READ_ONLY)")
            try:
                with transaction(own):
                    own.execute(f"USE {_TEMPLATE}")  # where the macros are that constraints call
                    own.execute(f"COPY FROM DATABASE {_TEMPLATE} TO {quoted(database)}")
                    own.execute(f"USE {quoted(database)}")
                    own.execute(f"UPDATE {ledger.MIGRATIONS} SET applied_at = DEFAULT")
            finally:
                own.execute(f"USE {quoted(database)}")
                own.execute(f"DETACH {_TEMPLATE}")
    except duckdb.Error:  # the file may be gone, or the user forbids files: the migrations do without
        return False
    return True


def keep(con: duckdb.DuckDBPyConnection, scripts: Scripts) -> None:
    """Make a template of a database that was new before some scripts ran. The first time, this is only noted: most
    processes fill one database.
    """
    with _LOCK:
        if scripts in TEMPLATES or len(TEMPLATES) >= _MOST:
            return
        if hash(scripts) not in MADE_ONCE:
            MADE_ONCE.add(hash(scripts))
            return
        if _holds_more_than_a_schema(con):
            return
        with suppress(duckdb.Error, OSError):  # there may be no room for the file
            TEMPLATES[scripts] = _written(con)


def _holds_more_than_a_schema(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether a copy would repeat rows with their ids, lack triggers, or begin sequences in another place."""
    others = " OR ".join(f"EXISTS (FROM duckdb_{kind}() WHERE {IN_SCHEMA})" for kind in ("triggers", "sequences"))
    found = con.execute(f"SELECT {others}").fetchone()
    return found != (False,) or any(catalog.row_counts(con, read_schema(con)).values())


def _written(con: duckdb.DuckDBPyConnection) -> Path:
    if not _FOLDER:
        _FOLDER.append(tempfile.TemporaryDirectory(prefix="clerkbench-", ignore_cleanup_errors=True))
    file = Path(tempfile.mkdtemp(dir=_FOLDER[0].name)) / "template.duckdb"
    [database] = con.execute("SELECT current_database()").fetchone() or ("",)
    with con.cursor() as own:
        own.execute(f"ATTACH {literal(str(file))} AS {_TEMPLATE} (READ_WRITE)")
        try:
            own.execute(f"COPY FROM DATABASE {quoted(database)} TO {_TEMPLATE}")
        finally:
            own.execute(f"DETACH {_TEMPLATE}")
    return file
