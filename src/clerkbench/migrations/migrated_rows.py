"""Tells the rows that migrations stored from those that users wrote."""

from functools import lru_cache

import duckdb

from clerkbench.database import catalog, ledger
from clerkbench.database.schema import Schema, read_schema
from clerkbench.files.sql_files import Migration
from clerkbench.migrations.data_loss import Contents, table_contents
from clerkbench.migrations.template import replay


def rows_by_users(con: duckdb.DuckDBPyConnection, schema: Schema | None = None) -> dict[str, int]:
    """The number of rows of each table, without tables that are empty or hold just what the migrations stored."""
    schema = read_schema(con) if schema is None else schema
    filled = {table: count for table, count in catalog.row_counts(con, schema).items() if count}
    if not filled:
        return {}
    made = _migrated(tuple(each.migration for each in ledger.applied(con)))
    if made.keys().isdisjoint(filled):
        return filled
    present = table_contents(con, schema.renewed_columns, only=made.keys() & filled.keys())
    return {name: count for name, count in filled.items() if not _is_as_migrated(schema, name, present, made)}


def _is_as_migrated(schema: Schema, name: str, present: Contents, made: Contents) -> bool:
    if name not in made or (present[name][0], present[name][2]) != (made[name][0], made[name][2]):
        return False
    renewed = schema.renewed_columns
    columns = [column for column in schema.tables[name].stored if (name, column) not in renewed]
    return all(present[name][1][column] == made[name][1].get(column) for column in columns)


@lru_cache(maxsize=8)
def _migrated(migrations: tuple[Migration, ...]) -> Contents:
    """The content of the tables after the migrations alone; only of tables with rows."""
    with duckdb.connect() as alone:
        replay(alone, migrations)
        return {
            name: held for name, held in table_contents(alone, read_schema(alone).renewed_columns).items() if held[0]
        }
