"""Reads SQL text with DuckDB's own tokenizer and parser: tokens, statements, names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import takewhile

import duckdb

from clerkbench.errors import SqlFileError

#: Keywords between CREATE and the kind of the object. Elsewhere each of them may be a name.
_HOW = {"or", "replace", "temp", "temporary"}
_TEMPORARY = {"temp", "temporary"}
#: Keywords between the kind of an object and its name.
_CONDITIONS = (["if", "not", "exists"], ["if", "exists"])


@dataclass(frozen=True)
class Token:
    """One token of a script.

    Attributes:
        text: The token as written, with quotes and comment signs.
        start, end: Its position in the UTF-8 bytes of the script.
        is_comment: Whether it is a ``--`` or ``/* */`` comment.
        opens_line: Whether it is the first token of its line.
    """

    text: str
    start: int
    end: int
    is_comment: bool
    opens_line: bool

    @cached_property
    def keyword(self) -> str:
        """The token in lower case. A quoted identifier keeps its quotes, so it never equals a keyword."""
        return self.text.lower()

    @cached_property
    def name(self) -> str:
        """The token as DuckDB compares names: lower case, and without quotes."""
        return unquoted(self.text).lower()


def unquoted(identifier: str) -> str:
    """A name without the quotes of SQL."""
    return identifier[1:-1].replace('""', '"') if identifier.startswith('"') else identifier


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def tokens(script: str) -> list[Token]:
    """The tokens of a script. It never fails: DuckDB rejects what cannot be read."""
    return list(_tokens(script))


@lru_cache(maxsize=1024)
def _tokens(script: str) -> tuple[Token, ...]:
    """Cached, because the same scripts are read whenever a database is opened."""
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


def split_statements(script: list[Token]) -> Iterator[list[Token]]:
    """The tokens of each statement, without the semicolons."""
    statement: list[Token] = []
    for token in script:
        if token.text == ";":
            yield statement
            statement = []
        else:
            statement.append(token)
    yield statement


def code_of(statement: list[Token]) -> list[Token]:
    """The tokens of a statement without comments and without keywords such as OR REPLACE and IF NOT EXISTS."""
    code = [token for token in statement if not token.is_comment and token.text != ";"]
    if code and code[0].keyword == "create":
        while len(code) > 1 and code[1].keyword in _HOW:
            del code[1]
    if all(token.keyword != "if" for token in code):  # a fast path for most statements
        return code
    for words in _CONDITIONS:
        for at in range(len(code) - len(words), 0, -1):
            if [token.keyword for token in code[at : at + len(words)]] == words:
                del code[at : at + len(words)]
    return code


def is_temporary(statement: list[Token]) -> bool:
    """Whether a statement creates something that ends with the connection."""
    words = [token.keyword for token in statement if not token.is_comment]
    return not _TEMPORARY.isdisjoint(takewhile(_HOW.__contains__, words[1:]))


def is_conditional(statement: list[Token]) -> bool:
    """Whether a statement creates or adds something only if nothing has that name."""
    code = [token.keyword for token in statement if not token.is_comment]
    name = code.index("on") if "on" in code else code.index("(") if "(" in code else len(code)
    return any(code[at : at + 3] == _CONDITIONS[0] for at in range(name))


def name_at(code: list[Token], at: int) -> str:
    """The name that begins at a token, without the schema ``main``."""
    split_list = [code[at].name]
    while at + 2 < len(code) and code[at + 1].text == ".":
        at += 2
        split_list.append(code[at].name)
    return ".".join(split_list[-2:] if len(split_list) > 1 and split_list[-2] != "main" else split_list[-1:])


def after_name(code: list[Token], at: int) -> list[Token]:
    """The tokens after the name that begins at a token."""
    while at + 2 < len(code) and code[at + 1].text == ".":
        at += 2
    return code[at + 1 :]


def closing(found: list[Token], opening: int) -> int:
    """The index of the parenthesis that closes the one at ``opening``."""
    depth = 0
    for at in range(opening, len(found)):
        depth += {"(": 1, ")": -1}.get(found[at].text, 0)
        if depth == 0:
            return at
    return len(found)


def after_references(found: list[Token], references: int) -> int:
    """The index of the token after ``REFERENCES table (columns)``."""
    at = references + 2
    while at < len(found) and found[at].text == ".":
        at += 2
    if at < len(found) and found[at].text == "(":
        at = closing(found, at) + 1
    return at


def names_in(expression: str) -> set[str]:
    """The possible column names in an expression, without functions, types after ``::`` and prefixes of literals."""
    found = tokens(expression)
    return {token.name for at, token in enumerate(found) if may_be_column(found, at)}


def may_be_column(found: list[Token], at: int) -> bool:
    """Whether a token of an expression may be the name of a column."""
    before = found[at - 1].keyword if at else ""
    after = found[at + 1].text if at + 1 < len(found) else ""
    return before not in ("::", "as") and after != "(" and not after.startswith("'")


def with_names(text: str, names: dict[str, str]) -> str:
    """SQL text with some names replaced."""
    return splice(text, {(each.start, each.end): names[each.name] for each in tokens(text) if each.name in names})


def splice(text: str, pieces: dict[tuple[int, int], str]) -> str:
    """A text with some byte ranges replaced."""
    written = text.encode()
    for (start, end), piece in sorted(pieces.items(), reverse=True):
        written = written[:start] + piece.encode() + written[end:]
    return written.decode()


def split_list(expressions: str) -> list[str]:
    """The expressions of a comma-separated list."""
    text = expressions.encode()
    depth, begin, found = 0, 0, []
    for token in tokens(expressions):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(token.text, 0)
        if token.text == "," and depth == 0:
            found.append(text[begin : token.start].decode().strip())
            begin = token.end
    return [*found, text[begin:].decode().strip()]


#: What to do where DuckDB does not support a statement, by what it says.
_REMEDIES = {
    "cannot use CASCADE, SET NULL or SET DEFAULT": (
        "Write a delete rule as a block comment: REFERENCES … /* ON DELETE CASCADE */."
    ),
    "Only one ALTER command": "Write an ALTER TABLE statement for each.",
    r"No support for (adding|that)|Adding columns with|Cannot (change the type|drop column)": (
        "Create the table again: copy its rows, drop it, create it with all columns, constraints and comments, and "
        "copy the rows back. The examples that clerkbench new-migration writes show how."
    ),
}


def script_remedy(message: str) -> str:
    """What to do, in a line of its own, after a message of DuckDB about a statement that it does not support; empty for
    other messages.
    """
    return next((f"\n{remedy}" for said, remedy in _REMEDIES.items() if re.search(said, message)), "")


def statements(script: str, source: str) -> list[duckdb.Statement]:
    """The statements of a script, to run inside a transaction of clerkbench. Raises SqlFileError if DuckDB cannot parse
    the script, or it begins or ends a transaction. ``source`` names the file.
    """
    try:
        found = duckdb.extract_statements(script)
    except duckdb.Error as error:
        remedy = script_remedy(str(error))
        problem = "has a statement that DuckDB does not support" if remedy else "is not valid SQL"
        raise SqlFileError(f"{source} {problem}. {error}{remedy}") from None
    if any(statement.type == duckdb.StatementType.TRANSACTION for statement in found):
        raise SqlFileError(
            f"{source} begins or ends a transaction. Remove the statement: clerkbench runs each script in a "
            "transaction of its own, so that it happens whole or not at all."
        )
    return found
