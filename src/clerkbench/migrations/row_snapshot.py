"""Copies the rows of all tables beside a database, without constraints, to compare or to try things on them."""

from dataclasses import replace

import duckdb

from clerkbench.database.schema import Schema
from clerkbench.files.sql_text import quoted
from clerkbench.reporting.progress import with_progress


def snapshot(con: duckdb.DuckDBPyConnection, schema: Schema, database: str) -> Schema:
    """Copy the rows into a new database in memory, which is attached under a name.

    Returns:
        The schema, with the addresses of the copies.
    """
    con.execute(f"ATTACH ':memory:' AS {quoted(database)}")
    copies = located(schema, database)
    for name, table in with_progress(schema.tables.items(), "Copying the rows"):
        con.execute(f"CREATE TABLE {copies.tables[name].address} AS FROM {table.address}")
    return copies


def located(schema: Schema, database: str) -> Schema:
    """A schema whose tables have their rows in a database with the same names."""
    tables = {
        name: replace(table, address=f"{quoted(database)}.main.{quoted(name)}") for name, table in schema.tables.items()
    }
    return replace(schema, tables=tables, broken_by_defaults={})
