"""Reads and runs SQL scripts inside a transaction that is clerkbench's.

A statement that alters or drops a table which others reference would be refused by DuckDB. Here it runs while those
others are down (see ``rebuild``). They come back right after an ALTER; after a DROP, or a CREATE OR REPLACE, when
they are named next, and at the latest at the end: so a script may make a table anew under the tables that reference it.
"""

import duckdb

from clerkbench.alterations import renaming, taken_from_others
from clerkbench.changes import refusals
from clerkbench.changes.rebuild import Down, put_up, take_down
from clerkbench.ddl import declared_constraints
from clerkbench.errors import MigrationError, SchemaError, SqlFileError
from clerkbench.schema import Schema
from clerkbench.sql_text import statements, tokens


def readable(script: str, source: str) -> list[duckdb.Statement]:
    """The statements of a script, once it is certain that they and the delete rules among them can be read.

    Raises:
        SqlFileError: DuckDB cannot parse it, it begins or ends a transaction, or it misspells a delete rule.
    """
    try:
        declared_constraints([script])
    except SqlFileError as error:
        raise SqlFileError(f"{source}: {error}") from None
    return statements(script, source)


def run(con: duckdb.DuckDBPyConnection, script: list[duckdb.Statement], source: str) -> None:
    """Execute the statements of a script.

    Raises:
        MigrationError: One of them failed; the message shows which.
    """
    aside: list[Down] = []
    query = ""
    try:
        for statement in script:
            query = statement.query
            if not _named_in(query).isdisjoint(table.name.lower() for down in aside for table in down.tables):
                _come_back(con, aside)
            _run_one(con, statement, aside)
        _come_back(con, aside)
    except (duckdb.Error, SchemaError) as error:
        lines = [line for line in query.strip().splitlines() if not line.lstrip().startswith("--")]
        reason = refusals.of_query(con, error) if isinstance(error, duckdb.Error) else error
        raise MigrationError(
            f"{source} failed at “{lines[0].strip()}”: {reason}\nIt was undone: the database is as it was before it."
        ) from None


def _named_in(query: str) -> set[str]:
    return {token.name for token in tokens(query)}


def _run_one(con: duckdb.DuckDBPyConnection, statement: duckdb.Statement, aside: list[Down]) -> None:
    taken, renamed = taken_from_others(statement.query), renaming(statement.query)
    schema = Schema(con) if taken else None
    tables = [table for name, table in schema.tables.items() if name.lower() in taken] if schema else []
    if schema is None or not tables:
        con.execute(statement)
        return
    if renamed.to and tables[0].self_references:
        raise SchemaError(
            f"{tables[0].name} references itself, and DuckDB would leave those foreign keys with its old name. Make a "
            "table of the new name and copy the rows."
        )
    names = [table.name for table in tables]
    alters = statement.type == duckdb.StatementType.ALTER
    others = set(schema.depending_on(names)) - set(names)
    down = take_down(con, schema, others, altered=tables[0] if alters else None)
    con.execute(statement)
    if alters:
        put_up(con, down, renamed=renamed)
    else:
        aside.append(down)


def _come_back(con: duckdb.DuckDBPyConnection, aside: list[Down]) -> None:
    while aside:  # what stepped aside first may reference what did later
        put_up(con, aside.pop())
