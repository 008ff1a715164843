"""Runs migrations on copies of the tables without constraints, so that the rows that would be rejected arrive as well.

An empty model database runs the same statements with all constraints. It says which columns a statement makes.
"""

from collections.abc import Sequence
from typing import NamedTuple

import duckdb

from clerkbench.database import ledger
from clerkbench.database.schema import Schema, read_schema
from clerkbench.database.values import Key, key_from_row
from clerkbench.errors import MigrationError
from clerkbench.files.alter_statements import renaming_in
from clerkbench.files.sql_files import Migration, SqlFiles
from clerkbench.files.sql_text import Token, after_name, closing, code_of, is_temporary, name_at, quoted, tokens
from clerkbench.migrations.script_runner import ScriptRun, parse_script
from clerkbench.migrations.template import replay


class LostValue(NamedTuple):
    """A value that the new type of its column cannot hold: the key of its row, and the value as text."""

    table: str
    key: Key
    column: str
    text: str


def run_unconstrained(
    con: duckdb.DuckDBPyConnection, files: SqlFiles, applied: Sequence[Migration], pending: Sequence[Migration]
) -> tuple[Schema, list[LostValue]] | None:
    """Run pending migrations on the tables of the current database, which have no constraints.

    Returns:
        The schema after them, with constraints; and the values that a changed type cannot hold. None if a statement
        fails for another reason than a constraint or a type.
    """
    with duckdb.connect() as model:
        replay(model, applied)
        model.execute(files.ledger)  # which holds the delete rules and the rules in words
        for each in applied:
            ledger.record_migration(model, each)
        _copy_sequences(model, con)
        run = _UnconstrainedRun(con, model)
        try:
            for each in pending:
                run.script(parse_script(each.up, each.label))
                ledger.record_migration(model, each)
        except (duckdb.Error, MigrationError):
            return None
        return read_schema(model), run.lost


def _copy_sequences(model: duckdb.DuckDBPyConnection, con: duckdb.DuckDBPyConnection) -> None:
    """Create the sequences that defaults of the model call. Their numbers differ from all that are stored."""
    for (name,) in model.execute("SELECT sequence_name FROM duckdb_sequences()").fetchall():
        con.execute(f"CREATE SEQUENCE {quoted(name)} START {10**12}")


def _has_query(behind_name: list[Token]) -> bool:
    """Whether a CREATE TABLE takes its columns from a query."""
    at = closing(behind_name, 0) + 1 if behind_name[:1] and behind_name[0].text == "(" else 0
    return [token.keyword for token in behind_name[at : at + 1]] == ["as"]


class _UnconstrainedRun:
    """Runs statements on the model, and what remains of them without constraints on the rows."""

    def __init__(self, con: duckdb.DuckDBPyConnection, model: duckdb.DuckDBPyConnection) -> None:
        self.lost: list[LostValue] = []
        self._con = con
        self._model = model

    def script(self, script: Sequence[duckdb.Statement]) -> None:
        """Run a script."""
        on_model = ScriptRun(self._model)
        for statement in script:
            on_model.execute(statement)
            self._execute(statement)
        on_model.reattach()

    def _execute(self, statement: duckdb.Statement) -> None:
        found = tokens(statement.query)
        code = code_of(found)
        match [token.keyword for token in code]:
            case ["create", "table", *_] if not is_temporary(found) and not _has_query(after_name(code, 2)):
                self._create(name_at(code, 2))
            case ["create", "index" | "unique" | "view" | "trigger", *_] | ["comment", *_]:
                return
            case ["alter", "table", *_] if not renaming_in(statement.query).table:
                self._alter(name_at(code, 2), after_name(code, 2), statement)
            case _:
                self._con.execute(statement)

    def _create(self, table: str) -> None:
        columns = ", ".join(self._columns(table).values())
        self._con.execute(f"CREATE OR REPLACE TABLE {quoted(table)} ({columns})")

    def _columns(self, table: str) -> dict[str, str]:
        """The columns of a table of the model as a CREATE TABLE defines them, by name in lower case."""
        found = self._model.execute(
            """
            SELECT column_name, data_type, coalesce(column_default, ''), is_generated
            FROM duckdb_columns() WHERE lower(table_name) = ? ORDER BY column_index
            """,
            [table],
        ).fetchall()
        return {
            name.lower(): f"{quoted(name)} {kind}"
            + (f" GENERATED ALWAYS AS ({default})" if generated else f" DEFAULT {default}" if default else "")
            for name, kind, default, generated in found
        }

    def _alter(self, table: str, action: list[Token], statement: duckdb.Statement) -> None:
        words = [token.keyword for token in action]
        if words[1:2] == ["column"]:
            del action[1], words[1]
        if words[1] in ("constraint", "primary", "unique", "check", "foreign"):
            return
        if words[0] == "add":
            self._con.execute(f"ALTER TABLE {quoted(table)} ADD COLUMN {self._columns(table)[action[1].name]}")
        elif words[0] == "alter" and words[2:3] != ["type"] and "data" not in words[2:4]:
            if "default" in words[2:4]:
                self._con.execute(statement)
        elif words[0] == "alter":
            self._change_type(table, action[1].name, statement)
        else:
            self._con.execute(statement)

    def _change_type(self, table: str, column: str, statement: duckdb.Statement) -> None:
        """Change the type of a column. Values that the type cannot hold become NULL, and are kept in :attr:`lost`."""
        try:
            self._con.execute(statement)
        except duckdb.Error:
            own = next(each for name, each in read_schema(self._model).tables.items() if name.lower() == table)
            spelled = next(name for name in own.columns if name.lower() == column)
            kind = own.columns[spelled].type
            query = statement.query.strip().rstrip(";")
            begin = next((token.end for token in tokens(query) if token.keyword == "using"), None)
            value = quoted(spelled) if begin is None else query.encode()[begin:].decode()
            converted = f"TRY(CAST(({value}) AS {kind}))"
            key = ", ".join(map(quoted, own.row_key))
            rows = self._con.execute(
                f"SELECT {key}, CAST({quoted(spelled)} AS VARCHAR) FROM {quoted(table)} "
                f"WHERE TRY((CAST(({value}) AS {kind})) IS NULL) IS NULL"  # NULL may be a result, or a failure
            ).fetchall()
            self.lost += [LostValue(own.name, key_from_row(row[:-1]), spelled, row[-1] or "") for row in rows]
            self._con.execute(f"ALTER TABLE {quoted(table)} ALTER {quoted(spelled)} TYPE {kind} USING {converted}")
