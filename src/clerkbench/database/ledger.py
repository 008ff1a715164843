"""The ledger: what a database records about its migrations, views and sample school.

``sql/ledger.sql`` creates its tables. Their names begin with ``clerkbench_``.
"""

from dataclasses import dataclass
from datetime import datetime

import duckdb

from clerkbench.database.connection import IN_SCHEMA
from clerkbench.files.sql_files import Migration, View

PREFIX = "clerkbench_"

#: The table of the migrations.
MIGRATIONS = f"{PREFIX}migrations"


@dataclass(frozen=True)
class Applied:
    """An applied migration, as it was when it was applied.

    Attributes:
        migration: With both scripts, so that it can be undone without the files.
        checksum: The checksum of its files then.
        at: When it was applied, in the time zone of the session.
    """

    migration: Migration
    checksum: str
    at: datetime


def exists(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether the database has a ledger."""
    found = con.execute(f"SELECT 1 FROM duckdb_tables() WHERE {IN_SCHEMA} AND table_name = '{MIGRATIONS}'")
    return found.fetchone() is not None


def applied(con: duckdb.DuckDBPyConnection) -> list[Applied]:
    """The applied migrations, first to last; none without a ledger."""
    return stored(con) if exists(con) else []


def stored(con: duckdb.DuckDBPyConnection) -> list[Applied]:
    """The same of a database that has a ledger."""
    rows = con.execute(
        "SELECT CAST(version AS INTEGER), name, up_script, down_script, checksum, applied_at "
        "FROM clerkbench_migrations ORDER BY version"
    ).fetchall()
    return [Applied(Migration(*row[:4]), checksum=row[4], at=row[5]) for row in rows]


def checksums(con: duckdb.DuckDBPyConnection) -> list[tuple[int, str]]:
    """The version and the checksum of each applied migration, without the scripts."""
    return con.execute("SELECT version, checksum FROM clerkbench_migrations ORDER BY version").fetchall()


def count(con: duckdb.DuckDBPyConnection) -> int:
    """How many migrations are applied."""
    return len(checksums(con)) if exists(con) else 0


def record_migration(con: duckdb.DuckDBPyConnection, migration: Migration) -> None:
    """Record that a migration was applied."""
    con.execute(
        "INSERT INTO clerkbench_migrations (version, name, checksum, up_script, down_script) VALUES (?, ?, ?, ?, ?)",
        [migration.version, migration.name, migration.checksum, migration.up, migration.down],
    )


def remove_migration(con: duckdb.DuckDBPyConnection, migration: Migration) -> None:
    """Record that a migration was undone."""
    con.execute("DELETE FROM clerkbench_migrations WHERE version = ?", [migration.version])


def views(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The views that clerkbench created, each with the checksum of its file."""
    return dict(con.execute("SELECT name, checksum FROM clerkbench_views ORDER BY name").fetchall())


def record_views(con: duckdb.DuckDBPyConnection, present: list[View]) -> None:
    """Record the present views."""
    con.execute("DELETE FROM clerkbench_views")
    if present:
        values = [value for view in present for value in (view.name, view.checksum)]
        con.execute(f"INSERT INTO clerkbench_views VALUES {', '.join(['(?, ?)'] * len(present))}", values)


def school(con: duckdb.DuckDBPyConnection) -> str | None:
    """The sample school that was loaded last."""
    row = con.execute("SELECT school FROM clerkbench_seeds").fetchone()
    return None if row is None else str(row[0])


def record_school(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Record that a sample school was loaded."""
    remove_school(con)
    con.execute("INSERT INTO clerkbench_seeds (school) VALUES (?)", [name])


def remove_school(con: duckdb.DuckDBPyConnection) -> None:
    """Record that the rows are no longer those of a sample school."""
    con.execute("DELETE FROM clerkbench_seeds")
