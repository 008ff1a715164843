"""Copies schemas that this process has made before: that takes a tenth of the time of their migrations.

A template is a database file in a temporary folder, because DuckDB copies between databases only inside one instance.
It holds what some migrations make, and views, without rows and without a ledger.
"""

import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb

from clerkbench.database import catalog, ledger
from clerkbench.database.connection import IN_SCHEMA
from clerkbench.database.schema import read_schema
from clerkbench.database.transactions import transaction
from clerkbench.files.sql_files import Migration, View
from clerkbench.files.sql_text import literal, quoted
from clerkbench.migrations.script_runner import parse_script, run_script


@dataclass(frozen=True)
class Scripts:
    """What makes a schema: migrations, and the views after them."""

    migrations: tuple[Migration, ...]
    views: tuple[View, ...] = ()


#: The files by what made them, the last used one last; and what was made at least once.
TEMPLATES: OrderedDict[Scripts, Path] = OrderedDict()
MADE_ONCE: set[Scripts] = set()

_AT_MOST = 16
_TEMPLATE = '"clerkbench: the template"'
_LOCK = threading.Lock()
_FOLDER: list[tempfile.TemporaryDirectory[str]] = []


def is_new(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether nobody has made anything in a database."""
    kinds = dict.fromkeys(("tables", "views", "schemas", "types", "functions"), " AND NOT internal") | {"sequences": ""}
    absent = [
        f"NOT EXISTS (FROM duckdb_{kind}() WHERE database_name = current_database(){ours})"
        for kind, ours in kinds.items()
    ]
    return con.execute(f"SELECT current_schema() = 'main' AND {' AND '.join(absent)}").fetchone() == (True,)


def replay(
    con: duckdb.DuckDBPyConnection, migrations: Sequence[Migration], *, has_external_access: bool = False
) -> None:
    """Run migrations in a new database, without a ledger. They may come from a stranger, so they reach nothing outside
    the database, and neither does the connection afterwards, unless it has external access.
    """
    made = fill(con, Scripts(tuple(migrations)))
    if not has_external_access:
        con.execute("SET enable_external_access = FALSE")
    for each in migrations[len(made.migrations) :]:
        run_script(con, parse_script(each.up, each.label), each.label)


def fill(
    con: duckdb.DuckDBPyConnection, wanted: Scripts, then: Callable[[Scripts], None] = lambda made: None
) -> Scripts:
    """Fill a new database from a template of the scripts, or else of as many of the first migrations as there is one
    for. The last one does not come without its views, because one that does not run must roll it back.

    Args:
        then: Is called with what is made, in the same transaction.

    Returns:
        What is made now; nothing if there is no template, or it cannot be copied.
    """
    fewer = range(len(wanted.migrations) - 1, 0, -1)
    choices = [wanted, *(Scripts(wanted.migrations[:count]) for count in fewer)]
    with _LOCK:
        found = next((each for each in choices if each in TEMPLATES), None)
        if found is None:
            return Scripts(())
        TEMPLATES.move_to_end(found)
        file = TEMPLATES[found]
    [database] = con.execute("SELECT current_database()").fetchone() or ("",)
    try:
        con.execute(f"ATTACH {literal(str(file))} AS {_TEMPLATE} (READ_ONLY)")
        try:
            with transaction(con):
                con.execute(f"USE {_TEMPLATE}")  # where the macros are that constraints call
                con.execute(f"COPY FROM DATABASE {_TEMPLATE} TO {quoted(database)} (SCHEMA)")
                con.execute(f"USE {quoted(database)}")
                then(found)
        finally:  # a rollback does not undo USE
            con.execute(f"USE {quoted(database)}")
            con.execute(f"DETACH {_TEMPLATE}")
    except duckdb.Error:  # the file is gone or damaged, or the user forbids files
        with _LOCK:
            TEMPLATES.pop(found, None)
        return Scripts(())
    return found


def keep(con: duckdb.DuckDBPyConnection, scripts: Scripts) -> None:
    """Make a template of a database that was new before some scripts ran. The newest schema is only noted the first
    time, because most processes open one database; who works with an older one will need it again.
    """
    with _LOCK:
        if scripts in TEMPLATES:
            return
        if scripts.views and scripts not in MADE_ONCE:
            MADE_ONCE.add(scripts)
            return
        if _holds_more_than_a_schema(con):
            return
        with suppress(duckdb.Error, OSError):  # there may be no room for the file
            TEMPLATES[scripts] = _written(con)
        if len(TEMPLATES) > _AT_MOST:
            _, file = TEMPLATES.popitem(last=False)
            with suppress(OSError):  # another thread may read it
                file.unlink()


def _holds_more_than_a_schema(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether a copy would lack rows or triggers, or begin sequences in another place."""
    others = " OR ".join(f"EXISTS (FROM duckdb_{kind}() WHERE {IN_SCHEMA})" for kind in ("triggers", "sequences"))
    found = con.execute(f"SELECT {others}").fetchone()
    return found != (False,) or any(catalog.row_counts(con, read_schema(con)).values())


def _written(con: duckdb.DuckDBPyConnection) -> Path:
    if not _FOLDER:
        _FOLDER.append(tempfile.TemporaryDirectory(prefix="clerkbench-", ignore_cleanup_errors=True))
    file = Path(tempfile.mkdtemp(dir=_FOLDER[0].name)) / "template.duckdb"
    [database] = con.execute("SELECT current_database()").fetchone() or ("",)
    own = f"SELECT table_name FROM duckdb_tables() WHERE {IN_SCHEMA} AND starts_with(table_name, '{ledger.PREFIX}')"
    with con.cursor() as cursor:
        cursor.execute(f"ATTACH {literal(str(file))} AS {_TEMPLATE} (READ_WRITE)")
        try:
            cursor.execute(f"COPY FROM DATABASE {quoted(database)} TO {_TEMPLATE} (SCHEMA)")
            for (name,) in cursor.execute(own).fetchall():
                cursor.execute(f"DROP TABLE {_TEMPLATE}.{quoted(name)}")
        finally:
            cursor.execute(f"DETACH {_TEMPLATE}")
    return file
