"""What DuckDB's catalog says of the rest of a database: other schemas, temporary tables, macros, sequences. Reads only.

The tables and views of the school are in :mod:`clerkbench.database.schema`.
"""

from collections.abc import Collection

import duckdb

from clerkbench.database import ledger
from clerkbench.database.connection import IN_SCHEMA
from clerkbench.database.schema import Schema
from clerkbench.errors import SchemaError
from clerkbench.files.sql_text import quoted


def relation_names(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The tables and views of the school's schema, without clerkbench's own tables."""
    found = con.execute(
        f"""
        SELECT table_name FROM duckdb_tables() WHERE {IN_SCHEMA} AND NOT internal AND NOT starts_with(table_name, ?)
        UNION ALL SELECT view_name FROM duckdb_views() WHERE {IN_SCHEMA} AND NOT internal
        ORDER BY ALL
        """,
        [ledger.PREFIX],
    ).fetchall()
    return [name for (name,) in found]


def row_counts(con: duckdb.DuckDBPyConnection, schema: Schema) -> dict[str, int]:
    """How many rows each table holds, parents first. One query."""
    if not schema.tables:
        return {}
    names = list(schema.tables)
    selects = [f"SELECT {at}, count(*) FROM {table.address}" for at, table in enumerate(schema.tables.values())]
    return {names[at]: count for at, count in sorted(con.execute(" UNION ALL ".join(selects)).fetchall())}


def column_types(con: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    """The columns of a table in order, each with its type; also of one of clerkbench's own tables."""
    of_table = f"{IN_SCHEMA} AND table_name = ? ORDER BY column_index"
    return dict(
        con.execute(f"SELECT column_name, data_type FROM duckdb_columns() WHERE {of_table}", [table]).fetchall()
    )


def are_referenced(con: duckdb.DuckDBPyConnection, tables: Collection[str]) -> bool:
    """Whether another table references one of these, named in lower case."""
    found = con.execute(
        f"""
        SELECT 1 FROM duckdb_constraints()
        WHERE {IN_SCHEMA} AND list_contains(?, lower(referenced_table)) AND lower(referenced_table) <> lower(table_name)
        LIMIT 1
        """,
        [list(tables)],
    )
    return found.fetchone() is not None


def require_no_temporary_namesakes(con: duckdb.DuckDBPyConnection, schema: Schema, reader: str) -> None:
    """Raise SchemaError if a temporary table or view hides one of the school, because SQL without full names would read
    it. ``reader`` begins the sentence, such as "The rules".
    """
    found = con.execute(
        """
        SELECT table_name FROM duckdb_tables() WHERE temporary
        UNION
        SELECT view_name FROM duckdb_views() WHERE temporary
        """
    ).fetchall()
    names = {name.lower() for name in [*schema.tables, *schema.views]}
    if hiding := sorted(name for (name,) in found if name.lower() in names):
        raise SchemaError(
            f"A temporary table or view of this connection hides a table: {', '.join(hiding)}. {reader} would read "
            "that one. Drop it, or give it another name. Nothing was changed."
        )


def require_no_shadowing_macros(con: duckdb.DuckDBPyConnection) -> None:
    """Raise SchemaError if a macro hides a function of DuckDB, because clerkbench's queries would call it."""
    # Only a function with its full name is called, because any other may be one of those macros.
    found = con.execute("SELECT DISTINCT internal, function_name FROM system.main.duckdb_functions()").fetchall()
    theirs = {name for internal, name in found if internal}
    if names := sorted({name.lower() for internal, name in found if not internal} & theirs):
        raise SchemaError(
            f"Macros of the database take the place of functions of DuckDB's own: {', '.join(names)}. Whatever "
            "clerkbench asks would be answered by them. Drop them with DuckDB alone, or give them other names."
        )


def require_ledger_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Raise SchemaError if a view has the name of one of clerkbench's own tables. It would run at each opening."""
    query = f"SELECT view_name FROM duckdb_views() WHERE {IN_SCHEMA} AND starts_with(lower(view_name), ?) ORDER BY ALL"
    if found := [name for (name,) in con.execute(query, [ledger.PREFIX]).fetchall()]:
        raise SchemaError(
            f"Views of the database are called like clerkbench's own tables: {', '.join(found)}. They would run when "
            "it is opened. Drop them with DuckDB alone. Nothing was changed."
        )


def object_names(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The names of tables, columns, indexes, sequences and views."""
    found = con.execute(
        f"""
        SELECT unnest([table_name, column_name]) AS name FROM duckdb_columns() WHERE {IN_SCHEMA} AND NOT internal
        UNION SELECT index_name FROM duckdb_indexes() WHERE {IN_SCHEMA}
        UNION SELECT sequence_name FROM duckdb_sequences() WHERE {IN_SCHEMA}
        ORDER BY name
        """
    ).fetchall()
    return [name for (name,) in found]


def tables_in_other_schemas(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The tables outside the schema of the school, as SQL names them."""
    found = con.execute(
        """
        SELECT schema_name, table_name FROM duckdb_tables()
        WHERE database_name = current_database() AND schema_name <> current_schema() AND NOT internal AND NOT temporary
        ORDER BY ALL
        """
    ).fetchall()
    return [".".join(map(quoted, names)) for names in found]


def require_no_rows_in_other_schemas(con: duckdb.DuckDBPyConnection, what: str) -> None:
    """Raise SchemaError if a table outside the schema of the school holds rows, because a copy would leave them out.
    ``what`` begins the sentence, such as "A fork".
    """
    counts = [
        (name, *(con.execute(f"SELECT count(*) FROM {name}").fetchone() or (0,)))
        for name in tables_in_other_schemas(con)
    ]
    if held := [f"{name} {count}" for name, count in counts if count]:
        raise SchemaError(
            f"The database holds rows outside the schema of the school: {', '.join(held)}. {what} would leave them "
            "out. Move them into tables of the school's own schema in a migration, or drop those tables. "
            "Nothing was changed."
        )
