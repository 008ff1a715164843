"""Parses and runs SQL scripts inside a transaction of clerkbench.

DuckDB rejects a statement that alters or drops a table which others reference. Here the others are detached for it (see
``swap_rebuild``). They come back right after an ALTER. After a DROP or a CREATE OR REPLACE they come back when they are
named next, or at the end: so a script may rebuild a referenced table.
"""

from collections.abc import Sequence
from functools import lru_cache

import duckdb

from clerkbench.database.catalog import are_referenced
from clerkbench.database.schema import Schema, read_schema
from clerkbench.database.table import Table
from clerkbench.errors import MigrationError, SchemaError, SqlFileError
from clerkbench.files.alter_statements import is_alteration, renaming_in, tables_refused_while_referenced
from clerkbench.files.declared_constraints import declared_constraints
from clerkbench.files.sql_text import statements, tokens
from clerkbench.mutations import error_messages
from clerkbench.mutations.swap_rebuild import DetachedTables, detach_tables, drop_detached, reattach_tables


@lru_cache(maxsize=64)
def parse_script(script: str, source: str) -> tuple[duckdb.Statement, ...]:
    """The statements of a script. Raises SqlFileError if DuckDB cannot parse it, or a delete rule is misspelled."""
    found = tuple(statements(script, source))
    try:
        declared_constraints([script])
    except SqlFileError as error:
        raise SqlFileError(f"{source}: {error}") from None
    return found


def run_script(con: duckdb.DuckDBPyConnection, script: Sequence[duckdb.Statement], source: str) -> None:
    """Run the statements of a script. Raises MigrationError if a statement failed; the message shows it."""
    running = ScriptRun(con)
    try:
        for statement in script:
            running.execute(statement)
        running.reattach()
    except (duckdb.Error, SchemaError) as error:
        lines = [line for line in running.query.splitlines() if line.strip() and not line.lstrip().startswith("--")]
        reason = error_messages.query_failed(con, error, in_script=True) if isinstance(error, duckdb.Error) else error
        raise MigrationError(
            f"{source} failed at “{lines[0].strip()}”: {reason}\nIt was rolled back. Nothing was changed."
        ) from None


class ScriptRun:
    """A running script.

    Attributes:
        query: The statement to blame if something fails.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.query = ""
        self._con = con
        #: The detached tables, each time with the statement for which they are detached.
        self._aside: list[tuple[DetachedTables, str]] = []

    def execute(self, statement: duckdb.Statement) -> None:
        """Run one statement; detach and reattach tables for it."""
        self.query = statement.query
        taken = tables_refused_while_referenced(self.query)
        if statement.type == duckdb.StatementType.DROP and self._drops_detached(taken):
            return
        aside = {table.name.lower() for detached, _ in self._aside for table in detached.tables}
        if aside and not aside.isdisjoint(token.name for token in tokens(self.query)):
            self.reattach()
            self.query = statement.query
        alters = is_alteration(self.query)  # which DuckDB says of some only: of others that they are several
        if taken and (alters or are_referenced(self._con, taken)):
            schema = read_schema(self._con)
            for table in [table for name, table in schema.tables.items() if name.lower() in taken]:
                self._execute_on(table, schema, statement, alters)
                return
        self._con.execute(statement)

    def _execute_on(self, table: Table, schema: Schema, statement: duckdb.Statement, alters: bool) -> None:
        """Run a statement while the tables that reference its table are detached."""
        renamed = renaming_in(self.query)
        others = set(schema.depending_on([table.name])) - {table.name}
        links = {column.lower() for key in table.foreign_keys for column in key.columns}
        links |= {column.lower() for key in table.self_references for column in key.parent_columns}
        if (renamed.to and table.foreign_keys) or not links.isdisjoint(renamed.columns):
            # DuckDB would rename it and leave what it references with its old name, and renames no column of a foreign
            # key. So the table comes back with another.
            reattach_tables(self._con, detach_tables(self._con, schema, {*others, table.name}), renamed=renamed)
            return
        detached = detach_tables(self._con, schema, others, altered=table if alters else None)
        self._con.execute(statement)
        if alters:
            reattach_tables(self._con, detached, renamed=renamed)
        else:
            self._aside.append((detached, self.query))

    def reattach(self) -> None:
        """Reattach the detached tables, the last ones first: the first ones may reference them."""
        while self._aside:
            detached, self.query = self._aside.pop()
            reattach_tables(self._con, detached)

    def _drops_detached(self, dropped: list[str]) -> bool:
        """Whether a dropped table is detached: then it does not come back."""
        for at, (detached, query) in enumerate(self._aside):
            for table in detached.tables:
                if table.name.lower() in dropped:
                    self._aside[at] = drop_detached(self._con, detached, table), query
                    return True
        return False
