"""Copies a database into memory: a snapshot that shares nothing with the original."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

import duckdb

from clerkbench.database.connection import IN_SCHEMA
from clerkbench.database.rows import row_fingerprints
from clerkbench.database.schema import Schema, read_schema
from clerkbench.database.transactions import require_no_open_transaction
from clerkbench.database.values import Key
from clerkbench.errors import DatabaseFileError
from clerkbench.files.sql_text import literal, quoted
from clerkbench.mutations.row_copies import restore_rows

#: The fingerprint of each row by its key, by table.
Fingerprints = Mapping[str, Mapping[Key, int]]

#: The databases that a copy passes through. No file or database has such a name.
_TABLES, _ROWS = '"clerkbench: the tables"', '"clerkbench: the rows"'


def copy_database(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """A copy of a database in memory: tables with constraints, indexes and comments, rows, views, triggers, the ledger.

    DuckDB copies between databases only inside one instance, and a copy in the same instance would share its settings
    and keep its file locked. So the copy passes through a file. Tables and rows are copied separately, because DuckDB's
    own copy of both fails if a table references itself.

    Raises:
        TransactionError: A transaction is open; its changes would be missing.
        DatabaseFileError: There is no room for the file.
    """
    require_no_open_transaction(con)
    with tempfile.TemporaryDirectory(prefix="clerkbench-", ignore_cleanup_errors=True) as folder:
        files = {name: literal(str(Path(folder) / f"{number}.duckdb")) for number, name in enumerate((_TABLES, _ROWS))}
        try:
            place = _write(con, files)
            triggers = con.execute(f"SELECT sql FROM duckdb_triggers() WHERE {IN_SCHEMA}").fetchall()
            return _read(files, place, [trigger for (trigger,) in triggers])
        except duckdb.IOException as error:
            raise DatabaseFileError(
                f"The copy passes through a file in {tempfile.gettempdir()}, and that failed: {error}\n"
                "Nothing was changed."
            ) from None


def _write(con: duckdb.DuckDBPyConnection, files: Mapping[str, str]) -> str:
    """Write both files. Returns the schema that holds the school."""
    database, schema = con.execute("SELECT current_database(), current_schema()").fetchone() or ("", "")
    tables = con.execute(f"SELECT table_name FROM duckdb_tables() WHERE {IN_SCHEMA}").fetchall()
    with con.cursor() as own:
        try:
            for name, file in files.items():
                own.execute(f"ATTACH {file} AS {name} (READ_WRITE)")
            own.execute(f"COPY FROM DATABASE {quoted(database)} TO {_TABLES} (SCHEMA)")
            for (table,) in tables:
                address = ".".join(map(quoted, (database, schema, table)))
                own.execute(f"CREATE TABLE {_ROWS}.{quoted(table)} AS FROM {address}")
        finally:
            for name in files:
                own.execute(f"DETACH DATABASE IF EXISTS {name}")
    return str(schema)


def _read(files: Mapping[str, str], place: str, triggers: list[str]) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    try:
        for name, file in files.items():
            con.execute(f"ATTACH {file} AS {name} (READ_ONLY)")
        con.execute(f"USE {_TABLES}.{quoted(place)}")  # where the macros are that constraints call
        con.execute(f"COPY FROM DATABASE {_TABLES} TO memory (SCHEMA)")
        con.execute(f"USE memory.{quoted(place)}")
        schema = read_schema(con)
        for table in schema.tables.values():
            restore_rows(con, table, f"{_ROWS}.{quoted(table.name)}")
        for (name,) in con.execute(f"SELECT table_name FROM duckdb_tables() WHERE {IN_SCHEMA}").fetchall():
            if name not in schema.tables:  # clerkbench's own tables
                con.execute(f"INSERT INTO {quoted(name)} FROM {_ROWS}.{quoted(name)}")
        for trigger in triggers:
            con.execute(trigger)
        for name in files:
            con.execute(f"DETACH {name}")
    except BaseException:
        con.close()
        raise
    return con


def all_fingerprints(con: duckdb.DuckDBPyConnection, schema: Schema) -> Fingerprints:
    """The fingerprint of each row, by table."""
    return {name: row_fingerprints(con, table) for name, table in schema.tables.items()}
