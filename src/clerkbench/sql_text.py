"""Reads SQL text with DuckDB's own tokenizer and parser: tokens, statements, expressions in one spelling."""

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from clerkbench.errors import SqlFileError


@dataclass(frozen=True)
class Token:
    """One token of a script.

    Attributes:
        text: The token as written, quotes and comment signs included.
        start, end: Where it stands in the UTF-8 bytes of the script.
        is_comment: Whether it is a ``--`` or ``/* */`` comment.
    """

    text: str
    start: int
    end: int
    is_comment: bool

    @property
    def word(self) -> str:
        """The token as DuckDB compares it: lower case, and without the quotes of a quoted identifier."""
        if self.text.startswith('"'):
            return self.text[1:-1].replace('""', '"').lower()
        return self.text.lower()


def tokens(script: str) -> list[Token]:
    """The tokens of a script in order. Never fails: what cannot be read is left for DuckDB to refuse."""
    text = script.encode()
    marks = duckdb.tokenize(script)
    ends = [offset for offset, _ in marks[1:]] + [len(text)]
    found = []
    for (start, kind), end in zip(marks, ends, strict=True):
        piece = text[start:end].rstrip()
        found.append(Token(piece.decode(), start, start + len(piece), kind == duckdb.token_type.comment))
    return found


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
