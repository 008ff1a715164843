"""Checks scripts of a stranger: they must not reach files, extensions or the network."""

import re
from collections.abc import Sequence
from itertools import pairwise

import duckdb

from clerkbench.database.catalog import require_no_shadowing_macros
from clerkbench.errors import MigrationError, SchemaError
from clerkbench.files.sql_text import is_temporary, tokens
from clerkbench.migrations.script_runner import parse_script, run_script


def require_contained(scripts: Sequence[tuple[str, str]]) -> None:
    """Raise MigrationError if scripts of a stranger could reach anything outside the database.

    They run in an empty database without external access. A script could detect that and behave differently later. So
    none may change a setting, call a function that runs a text or reads a file or a setting, or leave more than tables
    on the connection.
    """
    with duckdb.connect(config={"enable_external_access": "false"}) as closed:
        for script, source in scripts:
            parsed = parse_script(script, source)
            for statement in parsed:
                if what := _outside_access(statement):
                    raise MigrationError(
                        f"{source} came from somebody else, and {what}. Such a script is not run. Nothing was changed."
                    )
            run_script(closed, parsed, source)
            try:
                require_no_shadowing_macros(closed)
            except SchemaError as error:
                raise MigrationError(f"{source} came from somebody else. {error} Nothing was changed.") from None


def _outside_access(statement: duckdb.Statement) -> str:
    """What in a statement could reach outside the database, in words; empty for nothing."""
    found = [token for token in tokens(statement.query) if not token.is_comment]
    words = [token.keyword for token in found]
    if statement.type not in _ALLOWED_STATEMENTS:
        return f"holds a statement that begins with {words[0].upper()}"
    if is_temporary(found) and "table" not in words[:5]:
        return "makes something for the whole connection"
    called = (
        token.text for token, after in pairwise(found) if after.text == "(" and _OUTSIDE_FUNCTIONS.fullmatch(token.name)
    )
    return f"calls {name}()" if (name := next(called, "")) else ""


#: Statements that change the database, or only read.
_ALLOWED_STATEMENTS = {
    *(duckdb.StatementType.ALTER, duckdb.StatementType.CREATE, duckdb.StatementType.DROP, duckdb.StatementType.INSERT),
    *(duckdb.StatementType.UPDATE, duckdb.StatementType.DELETE, duckdb.StatementType.SELECT),
    *(duckdb.StatementType.MULTI, duckdb.StatementType.MERGE_INTO),
}

#: Functions of DuckDB that read files, settings or its catalog, or run a text.
_OUTSIDE_FUNCTIONS = re.compile(
    r"read_\w+|\w+_scan|\w+_scan_dumb|sniff_csv|glob|query|query_table|json_execute\w*|import_database|copy_database|"
    r"parquet_\w+|duckdb_\w+|pragma_\w+|which_secret|getenv|getvariable|current_setting|write_log"
)
