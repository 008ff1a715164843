"""Reads versions of a schema to compare: that of a database, or that of the first migrations of a folder."""

import duckdb

from clerkbench.database import ledger
from clerkbench.database.connection import IN_SCHEMA
from clerkbench.database.schema import Schema, read_schema
from clerkbench.files.sql_files import SqlFiles
from clerkbench.migrations import migrate
from clerkbench.schema_docs.schema_changes import SchemaVersion, schema_changes
from clerkbench.schema_docs.schema_difference import SchemaDifference


def version_of(con: duckdb.DuckDBPyConnection, schema: Schema) -> SchemaVersion:
    """The version of a database. If it has no views, they are not known: they are written for the newest version."""
    found = con.execute(f"SELECT view_name, sql FROM duckdb_views() WHERE {IN_SCHEMA} AND NOT internal").fetchall()
    return SchemaVersion(schema, dict(found) or None, tuple(each.migration.up for each in ledger.applied(con)))


def version_of_files(files: SqlFiles, number: int | None = None) -> SchemaVersion:
    """The version that the first migrations of a folder make, or all of them."""
    with duckdb.connect() as con:
        migrate.apply(con, files, number)
        return version_of(con, read_schema(con))


def difference_of(before: SchemaVersion, after: SchemaVersion) -> SchemaDifference:
    """The difference of two versions."""
    return SchemaDifference(before.schema, after.schema, schema_changes(before, after))
