"""Loads a sample school into an empty database."""

import duckdb
import pandas as pd

from clerkbench.database import ledger
from clerkbench.database.transactions import require_no_open_transaction, transaction
from clerkbench.errors import SeedError
from clerkbench.files.sql_files import SqlFiles
from clerkbench.files.sql_text import quoted
from clerkbench.migrations import data_loss, migrate, migrated_rows
from clerkbench.mutations import error_messages


def seed(con: duckdb.DuckDBPyConnection, files: SqlFiles, school: str) -> bool:
    """Load a sample school, whole or not at all. Does nothing if the database was filled with the same school.

    Returns:
        Whether the database holds the school as its file has it; false if it was changed since.
    """
    script = files.seed(school)
    require_no_open_transaction(con)
    if len(ledger.applied(con)) < len(files.migrations):
        raise SeedError(
            f"{school!r} needs the newest schema. Upgrade the database with migrate(). Nothing was changed."
        )
    filled = migrated_rows.rows_by_users(con)
    if filled:
        if ledger.school(con) == school:
            return _is_as_seeded(con, files, school)
        held = ", ".join(f"{table} {count}" for table, count in filled.items())
        raise SeedError(
            f"{school!r} can only be loaded into an empty database, and this one holds rows: {held}. "
            "clerkbench.open() gives an empty one in memory. Nothing was changed."
        )
    # A cursor is a connection of its own, with which the temporary lookups of the seed end. It begins in the default
    # database, whatever the connection uses.
    database = con.execute("SELECT current_database()").fetchone() or ()
    with con.cursor() as own, transaction(own):
        own.execute(f"USE {quoted(*database)}")
        _fill(own, files, school, script)
        ledger.record_school(own, school)
    return True


def _fill(con: duckdb.DuckDBPyConnection, files: SqlFiles, school: str, script: str) -> None:
    try:
        con.execute(files.seed_lookups)
        con.execute(script)
    except duckdb.Error as error:
        raise SeedError(
            f"The seed {school!r} is wrong. {error_messages.query_failed(con, error)}\nNothing was changed."
        ) from None


def _is_as_seeded(con: duckdb.DuckDBPyConnection, files: SqlFiles, school: str) -> bool:
    with duckdb.connect() as scratch:
        migrate.apply(scratch, files)
        _fill(scratch, files, school, files.seed(school))
        wanted, present = data_loss.table_contents(scratch), data_loss.table_contents(con)
    return all(present.get(name) == held for name, held in wanted.items())


def schools(files: SqlFiles) -> pd.DataFrame:
    """One row per sample school: ``school``, ``about``."""
    return pd.DataFrame(list(files.schools.items()), columns=["school", "about"])
