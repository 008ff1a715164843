"""Reads SQL text with DuckDB's own tokenizer and parser: tokens, statements, expressions in one spelling."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import duckdb

from clerkbench.errors import SqlFileError


@dataclass(frozen=True)
class Token:
    """One token of a script.

    Attributes:
        text: The token as written, quotes and comment signs included.
        start, end: Where it stands in the UTF-8 bytes of the script.
        is_comment: Whether it is a ``--`` or ``/* */`` comment.
        opens_line: Whether nothing stands before it on its line.
    """

    text: str
    start: int
    end: int
    is_comment: bool
    opens_line: bool

    @property
    def keyword(self) -> str:
        """The token in lower case. A quoted identifier keeps its quotes, so it is never taken for a keyword."""
        return self.text.lower()

    @property
    def name(self) -> str:
        """The token as DuckDB compares names: lower case, and without the quotes of a quoted identifier."""
        if self.text.startswith('"'):
            return self.text[1:-1].replace('""', '"').lower()
        return self.text.lower()


def tokens(script: str) -> list[Token]:
    """The tokens of a script in order. Never fails: what cannot be read is left for DuckDB to refuse."""
    return list(_tokens(script))


@lru_cache(maxsize=64)
def _tokens(script: str) -> tuple[Token, ...]:
    """Kept, for the same few scripts are read whenever a database is opened or described."""
    text = script.encode()
    marks = duckdb.tokenize(script)
    found = []
    for at, (start, kind) in enumerate(marks):
        end = marks[at + 1][0] if at + 1 < len(marks) else len(text)
        piece = text[start:end].rstrip()
        before = text[text.rfind(b"\n", 0, start) + 1 : start]
        is_comment = kind == duckdb.token_type.comment
        found.append(Token(piece.decode(), start, start + len(piece), is_comment, not before.strip()))
    return tuple(found)


def statements(script: str, source: str) -> list[duckdb.Statement]:
    """The statements of a script that is to run inside a transaction of clerkbench's.

    Args:
        script: The SQL text.
        source: The file it came from, for the error.

    Raises:
        SqlFileError: DuckDB cannot parse the script, or it begins or ends a transaction itself.
    """
    try:
        found = duckdb.extract_statements(script)
    except duckdb.Error as error:
        raise SqlFileError(f"{source} is not valid SQL. {error}") from None
    if any(statement.type == duckdb.StatementType.TRANSACTION for statement in found):
        raise SqlFileError(
            f"{source} begins or ends a transaction. Remove the statement: clerkbench runs each script in a "
            "transaction of its own, so that it happens whole or not at all."
        )
    return found


def canonical(con: duckdb.DuckDBPyConnection, expressions: Iterable[str]) -> dict[str, str]:
    """One spelling for all ways to write an expression, so that two can be compared.

    Args:
        con: Any connection; it is only asked to parse.
        expressions: SQL expressions, such as the insides of CHECKs.

    Returns:
        The one spelling of each.
    """
    spellings = con.execute(
        "SELECT each, json_deserialize_sql(json_serialize_sql('SELECT ' || each)) FROM unnest(?) AS given (each)",
        [list(expressions)],
    )
    return dict(spellings.fetchall())
