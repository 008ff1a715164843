"""Reads and runs SQL scripts inside a transaction that is clerkbench's."""

import duckdb

from clerkbench.ddl import declared_constraints
from clerkbench.errors import MigrationError, SqlFileError
from clerkbench.sql_text import statements


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
    for statement in script:
        try:
            con.execute(statement)
        except duckdb.Error as error:
            lines = [line for line in statement.query.strip().splitlines() if not line.lstrip().startswith("--")]
            raise MigrationError(
                f"{source} failed at “{lines[0].strip()}”: {error}\nIt was undone: the database is as it was before it."
            ) from None
