"""Reads and runs SQL scripts inside a transaction that is clerkbench's.

A statement that alters or drops a table which others reference would be refused by DuckDB. Here it runs while those
others are down (see ``rebuild``). They come back right after an ALTER; after a DROP, or a CREATE OR REPLACE, when
they are named next, and at the latest at the end: so a script may make a table anew under the tables that reference it.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

import duckdb

from clerkbench.alterations import is_alteration, renaming, taken_from_others
from clerkbench.catalog import are_referenced, refuse_shadowing
from clerkbench.changes import refusals
from clerkbench.changes.rebuild import Down, forget, put_up, take_down
from clerkbench.ddl import declared_constraints
from clerkbench.errors import MigrationError, SchemaError, SqlFileError
from clerkbench.schema import Schema
from clerkbench.sql_text import is_temporary, statements, tokens


def readable(script: str, source: str) -> list[duckdb.Statement]:
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


def run(con: duckdb.DuckDBPyConnection, script: list[duckdb.Statement], source: str) -> None:
    """Execute the statements of a script.

    Raises:
        MigrationError: One of them failed; the message shows which.
    """
    running = _Running(con)
    try:
        for statement in script:
            running.execute(statement)
        running.come_back()
    except (duckdb.Error, SchemaError) as error:
        lines = [line for line in running.query.strip().splitlines() if not line.lstrip().startswith("--")]
        reason = refusals.of_query(con, error, in_script=True) if isinstance(error, duckdb.Error) else error
        raise MigrationError(
            f"{source} failed at “{lines[0].strip()}”: {reason}\nIt was undone: the database is as it was before it."
        ) from None


def refuse_access(scripts: Sequence[tuple[str, str]]) -> None:
    """Make sure that scripts of somebody else's reach nothing outside a database: no file, no extension, no network.

    They run in an empty database that can reach nothing. A script that asks where it runs could do something else
    afterwards: so none may set anything, call what runs a text or reads a file or a setting, or leave more than tables
    on the connection.

    Args:
        scripts: Each with its source.

    Raises:
        MigrationError: They do not run there, or hold such a statement.
    """
    with duckdb.connect(config={"enable_external_access": "false"}) as closed:
        for script, source in scripts:
            parsed = readable(script, source)
            for statement in parsed:
                if what := _reaches_out(statement):
                    raise MigrationError(
                        f"{source} came from somebody else, and {what}. Such a script is not run. Nothing was changed."
                    )
            run(closed, parsed, source)
            try:
                refuse_shadowing(closed)
            except SchemaError as error:
                raise MigrationError(f"{source} came from somebody else. {error} Nothing was changed.") from None


def _reaches_out(statement: duckdb.Statement) -> str:
    """What in a statement of a script could reach beyond the database, in words; empty where nothing could."""
    found = [token for token in tokens(statement.query) if not token.is_comment]
    words = [token.keyword for token in found]
    if statement.type not in _CHANGING:
        return f"holds a statement that begins with {words[0].upper()}"
    if is_temporary(found) and "table" not in words[:5]:
        return "makes something for the whole connection"
    called = (token.text for token, after in pairwise(found) if after.text == "(" and _OUTWARD.fullmatch(token.name))
    return f"calls {name}()" if (name := next(called, "")) else ""


#: The statements that change a database, or only read.
_CHANGING = {
    *(duckdb.StatementType.ALTER, duckdb.StatementType.CREATE, duckdb.StatementType.DROP, duckdb.StatementType.INSERT),
    *(duckdb.StatementType.UPDATE, duckdb.StatementType.DELETE, duckdb.StatementType.SELECT),
    *(duckdb.StatementType.MULTI, duckdb.StatementType.MERGE_INTO),
}

#: The functions of DuckDB that read files, settings or its catalog, or run a text.
_OUTWARD = re.compile(
    r"read_\w+|\w+_scan|\w+_scan_dumb|sniff_csv|glob|query|query_table|json_execute\w*|import_database|copy_database|"
    r"parquet_\w+|duckdb_\w+|pragma_\w+|which_secret|getenv|getvariable|current_setting|write_log"
)


class _Running:
    """A script while it runs.

    Attributes:
        query: The statement that is to blame when something fails.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.query = ""
        self._con = con
        #: The tables that stand aside, each time with the statement for which they do.
        self._aside: list[tuple[Down, str]] = []

    def execute(self, statement: duckdb.Statement) -> None:
        """Run one statement, for which tables may step aside or have to come back."""
        self.query = statement.query
        taken, renamed = taken_from_others(self.query), renaming(self.query)
        if statement.type == duckdb.StatementType.DROP and self._forgotten(taken):
            return
        aside = {table.name.lower() for down, _ in self._aside for table in down.tables}
        if aside and not aside.isdisjoint(token.name for token in tokens(self.query)):
            self.come_back()
            self.query = statement.query
        alters = is_alteration(self.query)  # which DuckDB says of some only: of others that they are several
        schema = Schema(self._con) if taken and (alters or are_referenced(self._con, taken)) else None
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
            put_up(self._con, take_down(self._con, schema, {*others, table.name}), renamed=renamed)
            return
        down = take_down(self._con, schema, others, altered=table if alters else None)
        self._con.execute(statement)
        if alters:
            put_up(self._con, down, renamed=renamed)
        else:
            self._aside.append((down, self.query))

    def come_back(self) -> None:
        """Put up the tables that stand aside. What stepped aside first may reference what did later."""
        while self._aside:
            down, self.query = self._aside.pop()
            put_up(self._con, down)

    def _forgotten(self, dropped: list[str]) -> bool:
        """Whether a table that is dropped stands aside: then it does not come back."""
        for at, (down, query) in enumerate(self._aside):
            for table in down.tables:
                if table.name.lower() in dropped:
                    self._aside[at] = forget(self._con, down, table), query
                    return True
        return False
