"""What clerkbench keeps in a database about itself: which migrations, which views, which sample school.

The tables are made by ``sql/ledger.sql``. Their names begin with ``clerkbench_``: that sets them apart from the
school's own.
"""

from dataclasses import dataclass
from datetime import datetime

import duckdb

from clerkbench.database.connection import HERE
from clerkbench.files.sql_files import Migration, View

PREFIX = "clerkbench_"

#: The table of the migrations.
MIGRATIONS = f"{PREFIX}migrations"


@dataclass(frozen=True)
class Applied:
    """A migration the database has, as it was when it was applied.

    Attributes:
        migration: With both scripts, so that it can be undone without the files.
        checksum: What the files' checksum was then.
        at: When it was applied, in the session's time.
    """

    migration: Migration
    checksum: str
    at: datetime


def exists(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether the database has a ledger."""
    found = con.execute(f"SELECT 1 FROM duckdb_tables() WHERE {HERE} AND table_name = '{MIGRATIONS}'")
    return found.fetchone() is not None


def applied(con: duckdb.DuckDBPyConnection) -> list[Applied]:
    """The migrations the database has, first to last; none where there is no ledger. Reads only."""
    return stored(con) if exists(con) else []


def stored(con: duckdb.DuckDBPyConnection) -> list[Applied]:
    """The same of a database that has a ledger."""
    rows = con.execute(
        "SELECT CAST(version AS INTEGER), name, up_script, down_script, checksum, applied_at "
        "FROM clerkbench_migrations ORDER BY version"
    ).fetchall()
    return [Applied(Migration(*row[:4]), checksum=row[4], at=row[5]) for row in rows]


def checksums(con: duckdb.DuckDBPyConnection) -> list[tuple[int, str]]:
    """The version and the checksum of each migration of a database that has a ledger, first to last. Reads only, and
    not the scripts, so that it can be asked before every change.
    """
    return con.execute("SELECT version, checksum FROM clerkbench_migrations ORDER BY version").fetchall()


def count(con: duckdb.DuckDBPyConnection) -> int:
    """How many migrations the database has. Reads only."""
    return len(checksums(con)) if exists(con) else 0


def record_migration(con: duckdb.DuckDBPyConnection, migration: Migration) -> None:
    """Write down that the migration was applied, now."""
    con.execute(
        "INSERT INTO clerkbench_migrations (version, name, checksum, up_script, down_script) VALUES (?, ?, ?, ?, ?)",
        [migration.version, migration.name, migration.checksum, migration.up, migration.down],
    )


def remove_migration(con: duckdb.DuckDBPyConnection, migration: Migration) -> None:
    """Write down that the migration was undone."""
    con.execute("DELETE FROM clerkbench_migrations WHERE version = ?", [migration.version])


def views(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The views clerkbench made in this database, each with the checksum of its text."""
    return dict(con.execute("SELECT name, checksum FROM clerkbench_views ORDER BY name").fetchall())


def record_views(con: duckdb.DuckDBPyConnection, present: list[View]) -> None:
    """Write down which views there are now."""
    con.execute("DELETE FROM clerkbench_views")
    if present:
        values = [value for view in present for value in (view.name, view.checksum)]
        con.execute(f"INSERT INTO clerkbench_views VALUES {', '.join(['(?, ?)'] * len(present))}", values)


def school(con: duckdb.DuckDBPyConnection) -> str | None:
    """The sample school the database was last filled with."""
    row = con.execute("SELECT school FROM clerkbench_seeds").fetchone()
    return None if row is None else str(row[0])


def record_school(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Write down which sample school was loaded."""
    remove_school(con)
    con.execute("INSERT INTO clerkbench_seeds (school) VALUES (?)", [name])


def remove_school(con: duckdb.DuckDBPyConnection) -> None:
    """Write down that what is stored is no longer a sample school."""
    con.execute("DELETE FROM clerkbench_seeds")
