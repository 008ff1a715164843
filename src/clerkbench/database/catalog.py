"""What DuckDB's catalog says of the rest of a database: other schemas, temporary tables, macros, sequences. Reads only.

The tables and views of the school are in :mod:`clerkbench.database.schema`.
"""

from collections.abc import Collection

import duckdb

from clerkbench.database import ledger
from clerkbench.database.connection import HERE
from clerkbench.database.schema import Schema
from clerkbench.errors import SchemaError
from clerkbench.files.sql_text import quoted


def relation_names(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The tables and views of the school's schema, without clerkbench's own tables."""
    found = con.execute(
        f"""
        SELECT table_name FROM duckdb_tables() WHERE {HERE} AND NOT internal AND NOT starts_with(table_name, ?)
        UNION ALL SELECT view_name FROM duckdb_views() WHERE {HERE} AND NOT internal
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
    query = f"SELECT column_name, data_type FROM duckdb_columns() WHERE {HERE} AND table_name = ? ORDER BY column_index"
    return dict(con.execute(query, [table]).fetchall())


def are_referenced(con: duckdb.DuckDBPyConnection, tables: Collection[str]) -> bool:
    """Whether a table references another that is among these, which are named in lower case."""
    found = con.execute(
        f"""
        SELECT 1 FROM duckdb_constraints()
        WHERE {HERE} AND list_contains(?, lower(referenced_table)) AND lower(referenced_table) <> lower(table_name)
        LIMIT 1
        """,
        [list(tables)],
    )
    return found.fetchone() is not None


def require_no_temporary_namesakes(con: duckdb.DuckDBPyConnection, schema: Schema, reader: str) -> None:
    """Make sure that SQL which names tables without their database, to run anywhere, reads the school's.

    Args:
        con: The database.
        schema: Its schema.
        reader: What is about to read them, such as "The rules".

    Raises:
        SchemaError: A temporary table or view has the name of one.
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
    """Make sure that no macro of the database is called like a function of DuckDB's own, which it would take the place
    of wherever clerkbench calls it.

    Raises:
        SchemaError: One is.
    """
    # The query calls no function but one by its full name, because any other may be one of those macros.
    found = con.execute("SELECT DISTINCT internal, function_name FROM system.main.duckdb_functions()").fetchall()
    theirs = {name for internal, name in found if internal}
    if names := sorted({name.lower() for internal, name in found if not internal} & theirs):
        raise SchemaError(
            f"Macros of the database take the place of functions of DuckDB's own: {', '.join(names)}. Whatever "
            "clerkbench asks would be answered by them. Drop them with DuckDB alone, or give them other names."
        )


def require_ledger_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Make sure that none of clerkbench's own tables is a view, which would run whenever a database is opened.

    Raises:
        SchemaError: One is.
    """
    query = f"SELECT view_name FROM duckdb_views() WHERE {HERE} AND starts_with(lower(view_name), ?) ORDER BY ALL"
    if found := [name for (name,) in con.execute(query, [ledger.PREFIX]).fetchall()]:
        raise SchemaError(
            f"Views of the database are called like clerkbench's own tables: {', '.join(found)}. They would run when "
            "it is opened. Drop them with DuckDB alone. Nothing was changed."
        )


def object_names(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The names of the school's tables, columns, indexes, sequences and views."""
    found = con.execute(
        f"""
        SELECT unnest([table_name, column_name]) AS name FROM duckdb_columns() WHERE {HERE} AND NOT internal
        UNION SELECT index_name FROM duckdb_indexes() WHERE {HERE}
        UNION SELECT sequence_name FROM duckdb_sequences() WHERE {HERE}
        ORDER BY name
        """
    ).fetchall()
    return [name for (name,) in found]


def tables_in_other_schemas(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The tables of the database that are in another schema than the school's, as SQL names them."""
    found = con.execute(
        """
        SELECT schema_name, table_name FROM duckdb_tables()
        WHERE database_name = current_database() AND schema_name <> current_schema() AND NOT internal AND NOT temporary
        ORDER BY ALL
        """
    ).fetchall()
    return [".".join(map(quoted, names)) for names in found]


def require_no_rows_in_other_schemas(con: duckdb.DuckDBPyConnection, what: str) -> None:
    """Make sure that no rows lie in another schema, which whoever takes the school elsewhere would leave behind.

    Args:
        con: The database.
        what: What is about to be done, such as "A fork".

    Raises:
        SchemaError: There are such rows; their tables are named.
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
