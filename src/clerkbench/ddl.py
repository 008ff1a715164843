"""What the scripts declare and DuckDB's catalog forgets: what deleting a parent does, and each constraint in words.

The scripts stay the one place where both are written: the delete rule as a block comment behind REFERENCES, the words
as the ``--`` comment above the constraint. They are read from the scripts of the migrations a database has, which it
keeps in its ledger, so a database file knows them on its own.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from clerkbench.errors import SqlFileError
from clerkbench.sql_text import Token, tokens

_DELETE_RULE = re.compile(
    r"/\*\s*ON\s+DELETE\s+(?P<action>CASCADE|SET\s+NULL|RESTRICT|NO\s+ACTION)\s*\*/", re.IGNORECASE
)
_BEGINS_DELETE_RULE = re.compile(r"/\*\s*ON\s+DELETE\b", re.IGNORECASE)


@dataclass(frozen=True)
class Declared:
    """One constraint as a script declares it.

    Attributes:
        kind: ``check``, ``unique``, ``primary key``, ``foreign key`` or ``index`` (a unique index).
        columns: The constrained columns; empty for a check and an index.
        expression: The condition of a check; the name of an index; otherwise empty.
        on_delete: For a foreign key what deleting the parent does: CASCADE, SET NULL or RESTRICT.
        words: The comment above it, in one line; empty where there is none.
    """

    kind: str
    columns: tuple[str, ...] = ()
    expression: str = ""
    parent: str = ""
    on_delete: str = ""
    words: str = ""


def declared_constraints(scripts: Iterable[str]) -> dict[str, list[Declared]]:
    """What the tables declare after all the scripts have run, by table.

    Args:
        scripts: Migration scripts, first to last. A table that a later one drops, makes anew or renames is followed.

    Raises:
        SqlFileError: A delete rule is misspelt.
    """
    tables: dict[str, list[Declared]] = {}
    for script in scripts:
        for statement in _statements(tokens(script)):
            words = [token.word for token in statement if not token.is_comment]
            match [word for word in words if word not in ("temp", "temporary", "or", "replace", "if", "not", "exists")]:
                case ["create", "table", *_]:
                    name, body = _name_and_body(statement)
                    tables[name] = [each for item in _items(body) for each in _read_item(item, script)]
                case ["create", "unique", "index", index, "on", *rest]:
                    table = next(word for word, after in zip(rest, [*rest[1:], ""], strict=True) if after == "(")
                    tables.setdefault(table, []).append(Declared("index", expression=index, words=_words(statement)))
                case ["drop", "table", *_] if words[-1] in tables:
                    del tables[words[-1]]
                case ["alter", "table", *_, old, "rename", "to", new] if old in tables:
                    tables[new] = tables.pop(old)
    return tables


def _statements(script: list[Token]) -> Iterator[list[Token]]:
    statement: list[Token] = []
    for token in script:
        if token.text == ";":
            yield statement
            statement = []
        else:
            statement.append(token)
    yield statement


def _name_and_body(statement: list[Token]) -> tuple[str, list[Token]]:
    """The name of the table that a CREATE TABLE makes, and what stands between its parentheses."""
    opening = next((at for at, token in enumerate(statement) if token.text == "("), None)
    before = [token.word for token in statement[:opening] if not token.is_comment]
    if opening is None or before[-1] == "as" or "select" in before:
        return before[before.index("as") - 1], []
    return before[-1], statement[opening + 1 : _closing(statement, opening)]


def _closing(found: list[Token], opening: int) -> int:
    """Where the parenthesis closes that opens at ``opening``."""
    depth = 0
    for at in range(opening, len(found)):
        depth += {"(": 1, ")": -1}.get(found[at].text, 0)
        if depth == 0:
            return at
    return len(found)


def _items(body: list[Token]) -> Iterator[list[Token]]:
    """The columns and constraints of a table, which commas part."""
    item: list[Token] = []
    depth = 0
    for token in body:
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if token.text == "," and depth == 0:
            yield item
            item = []
        else:
            item.append(token)
    yield item


def _read_item(item: list[Token], script: str) -> Iterator[Declared]:
    """The constraints one item declares: itself, when it is a constraint of the table, or those of its column."""
    words = _words(item)
    start = next((at for at, token in enumerate(item) if not token.is_comment), len(item))
    if start == len(item):
        return
    first = item[start].word
    if first == "constraint":
        first = item[start + 2].word
    is_column = first not in ("check", "unique", "primary", "foreign")
    column = (item[start].word,) if is_column else ()
    at = start
    while at < len(item):
        word = "" if item[at].is_comment else item[at].word
        if word == "check":
            closing = _closing(item, at + 1)
            inside = script.encode()[item[at + 1].end : item[closing].start].decode()
            yield Declared("check", expression=inside.strip(), words=words)
            at = closing
        elif word in ("unique", "primary"):
            at += word == "primary"
            yield Declared("unique" if word == "unique" else "primary key", column or _columns(item, at), words=words)
        elif word == "references":
            columns = column or _columns(item, next(at for at, each in enumerate(item) if each.word == "key"))
            yield Declared(
                "foreign key", columns, parent=_referenced(item, at), on_delete=_delete_rule(item[at:]), words=words
            )
        elif item[at].text == "(":
            at = _closing(item, at)
        at += 1


def _columns(item: list[Token], before: int) -> tuple[str, ...]:
    """The names between the parentheses that open right behind ``before``."""
    return tuple(
        token.word
        for token in item[before + 2 : _closing(item, before + 1)]
        if token.text != "," and not token.is_comment
    )


def _referenced(item: list[Token], references: int) -> str:
    """The table behind REFERENCES, without the schema it may be qualified with."""
    name = references + 1
    while name + 1 < len(item) and item[name + 1].text == ".":
        name += 2
    return item[name].word


def _delete_rule(behind_references: list[Token]) -> str:
    for token in behind_references:
        if token.is_comment and _BEGINS_DELETE_RULE.match(token.text):
            rule = _DELETE_RULE.fullmatch(token.text)
            if rule is None:
                raise SqlFileError(
                    f"{token.text} is not a delete rule. After REFERENCES write /* ON DELETE CASCADE */, "
                    "/* ON DELETE SET NULL */ or nothing, which refuses the delete."
                )
            action = " ".join(rule["action"].upper().split())
            return "RESTRICT" if action == "NO ACTION" else action
    return "RESTRICT"


def _words(found: list[Token]) -> str:
    """The ``--`` comments that stand right before a statement or an item."""
    comments = []
    for token in found:
        if not token.is_comment:
            break
        comments.append(token.text.removeprefix("--").strip())
    return " ".join(comments)
