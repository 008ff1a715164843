"""Reads and runs SQL scripts inside a transaction that is clerkbench's.

A statement that alters or drops a table which others reference would be refused by DuckDB. Here it runs while those
others are down (see ``rebuild``). They come back right after an ALTER; after a DROP, or a CREATE OR REPLACE, when
they are named next, and at the latest at the end: so a script may make a table anew under the tables that reference it.
"""

import duckdb

from clerkbench.database.catalog import are_referenced
from clerkbench.database.schema import read_schema
from clerkbench.errors import MigrationError, SchemaError, SqlFileError
from clerkbench.files.alter_statements import is_alteration, renaming_in, tables_refused_while_referenced
from clerkbench.files.declared_constraints import declared_constraints
from clerkbench.files.sql_text import statements, tokens
from clerkbench.mutations import error_messages
from clerkbench.mutations.swap_rebuild import DetachedTables, detach_tables, drop_detached, reattach_tables


def parse_script(script: str, source: str) -> list[duckdb.Statement]:
    """The statements of a script, once it is certain that they and the delete rules among them can be read.

    Raises:
        SqlFileError: DuckDB cannot parse it, it begins or ends a transaction, or it misspells a delete rule.
    """
    found = statements(script, source)
    try:
        declared_constraints([script])
    except SqlFileError as error:
        raise SqlFileError(f"{source}: {error}") from None
    return found


def run_script(con: duckdb.DuckDBPyConnection, script: list[duckdb.Statement], source: str) -> None:
    """Execute the statements of a script.

    Raises:
        MigrationError: One of them failed; the message shows which.
    """
    running = _ScriptRun(con)
    try:
        for statement in script:
            running.execute(statement)
        running.reattach()
    except (duckdb.Error, SchemaError) as error:
        lines = [line for line in running.query.strip().splitlines() if not line.lstrip().startswith("--")]
        reason = error_messages.query_failed(con, error, in_script=True) if isinstance(error, duckdb.Error) else error
        raise MigrationError(
            f"{source} failed at “{lines[0].strip()}”: {reason}\nIt was undone: the database is as it was before it."
        ) from None


class _ScriptRun:
    """A script while it runs.

    Attributes:
        query: The statement that is to blame when something fails.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.query = ""
        self._con = con
        #: The tables that stand aside, each time with the statement for which they do.
        self._aside: list[tuple[DetachedTables, str]] = []

    def execute(self, statement: duckdb.Statement) -> None:
        """Run one statement, for which tables may step aside or have to come back."""
        self.query = statement.query
        taken, renamed = tables_refused_while_referenced(self.query), renaming_in(self.query)
        if statement.type == duckdb.StatementType.DROP and self._drops_detached(taken):
            return
        aside = {table.name.lower() for down, _ in self._aside for table in down.tables}
        if aside and not aside.isdisjoint(token.name for token in tokens(self.query)):
            self.reattach()
            self.query = statement.query
        alters = is_alteration(self.query)  # which DuckDB says of some only: of others that they are several
        schema = read_schema(self._con) if taken and (alters or are_referenced(self._con, taken)) else None
        tables = [table for name, table in schema.tables.items() if name.lower() in taken] if schema else []
        if schema is None or not tables:
            self._con.execute(statement)
            return
        [table] = tables
        others = set(schema.depending_on([table.name])) - {table.name}
        tied = {column.lower() for key in table.foreign_keys for column in key.columns}
        tied |= {column.lower() for key in table.self_references for column in key.parent_columns}
        if (renamed.to and table.foreign_keys) or not tied.isdisjoint(renamed.columns):
            # DuckDB would rename it and leave what it references with its old name, and renames no column of a foreign
            # key. So the table comes back with another.
            reattach_tables(self._con, detach_tables(self._con, schema, {*others, table.name}), renamed=renamed)
            return
        down = detach_tables(self._con, schema, others, altered=table if alters else None)
        self._con.execute(statement)
        if alters:
            reattach_tables(self._con, down, renamed=renamed)
        else:
            self._aside.append((down, self.query))

    def reattach(self) -> None:
        """Put up the tables that stand aside. What stepped aside first may reference what did later."""
        while self._aside:
            down, self.query = self._aside.pop()
            reattach_tables(self._con, down)

    def _drops_detached(self, dropped: list[str]) -> bool:
        """Whether a table that is dropped stands aside: then it does not come back."""
        for at, (down, query) in enumerate(self._aside):
            for table in down.tables:
                if table.name.lower() in dropped:
                    self._aside[at] = drop_detached(self._con, down, table), query
                    return True
        return False
