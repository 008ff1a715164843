"""Reads what migration scripts declare and DuckDB's catalog forgets: delete rules, comments of constraints, lengths.

Only the scripts have them: a delete rule as a block comment after REFERENCES, the rule in words as the ``--`` comment
above a constraint. A database keeps its scripts in its ledger.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from clerkbench.errors import SqlFileError
from clerkbench.files.alter_statements import Renaming, parse_rename
from clerkbench.files.sql_text import (
    Token,
    after_name,
    after_references,
    closing,
    code_of,
    is_conditional,
    is_temporary,
    name_at,
    names_in,
    split_statements,
    tokens,
    unquoted,
    with_names,
)

_DELETE_RULE = re.compile(
    r"/\*\s*ON\s+DELETE\s+(?P<action>CASCADE|SET\s+NULL|RESTRICT|NO\s+ACTION)\s*\*/", re.IGNORECASE
)
#: What begins a constraint of a table.
_OF_TABLE = {"check", "unique", "primary", "foreign"}
#: A comment that looks like a delete rule, misspelled or not.
_MEANT_AS_DELETE_RULE = re.compile(r"(/\*|--)\s*ON\s+(DEL|UPD)\w*\b", re.IGNORECASE)


@dataclass(frozen=True)
class Declared:
    """One constraint as a script declares it.

    Attributes:
        kind: ``check``, ``unique``, ``primary key``, ``foreign key``, ``index`` (a unique index), ``length`` (of a type
            such as VARCHAR(3)) or ``integer`` (a column whose type is spelled INTEGER).
        columns: The constrained columns; empty for a check and an index.
        expression: The condition of a check; the name of an index; the condition of a length, such as ``<= 3``;
            otherwise empty.
        parent: The table that a foreign key references; otherwise empty.
        parent_columns: The referenced columns; empty if the script names none, which means the primary key.
        on_delete: The delete rule of a foreign key: CASCADE, SET NULL or RESTRICT.
        words: The comment above it, in one line; empty if there is none.
    """

    kind: str
    columns: tuple[str, ...] = ()
    expression: str = ""
    parent: str = ""
    parent_columns: tuple[str, ...] = ()
    on_delete: str = ""
    words: str = ""


def declared_constraints(scripts: Iterable[str]) -> dict[str, list[Declared]]:
    """What the tables declare after all scripts have run, by table in lower case.

    Args:
        scripts: Migration scripts, first to last. A table in another schema than ``main`` is named ``schema.table``.

    Raises:
        SqlFileError: A delete rule is misspelled, or stands in a wrong place.
    """
    return {name: list(found) for name, found in _declared(tuple(scripts)).items()}


@lru_cache(maxsize=64)
def _declared(scripts: tuple[str, ...]) -> dict[str, list[Declared]]:
    tables: dict[str, list[Declared]] = {}
    for script in scripts:
        found = tokens(script)
        temporary: set[str] = set()
        _require_placed_delete_rules(found)
        for statement in split_statements(found):
            if not _is_about_temporary(statement, temporary):
                _declare(tables, statement, script)
    return tables


def _is_about_temporary(statement: list[Token], temporary: set[str]) -> bool:
    """Whether a statement creates, drops or alters a temporary table. ``temporary`` has their names."""
    code = code_of(statement)
    match [token.keyword for token in code[:2]]:
        case ["create", "table"] if is_temporary(statement):
            temporary.add(name_at(code, 2).removeprefix("temp."))
            return True
        case ["drop" | "alter" as action, "table"] if (name := name_at(code, 2).removeprefix("temp.")) in temporary:
            temporary -= {name} if action == "drop" else set()
            return True
    return False


def _declare(tables: dict[str, list[Declared]], statement: list[Token], script: str) -> None:
    """Follow one statement."""
    code = code_of(statement)
    match [token.keyword for token in code]:
        case ["create", "table", *_]:
            items = [each for item in _items(_body(statement)) for each in _read_item(item, script)]
            if is_conditional(statement):  # DuckDB ignores it if there is such a table
                tables.setdefault(name_at(code, 2), items)
            else:
                tables[name_at(code, 2)] = items
        case ["create", "unique", "index", _, "on", *_]:
            index = Declared("index", expression=code[3].name, words=_words(statement))
            tables.setdefault(name_at(code, 5), []).append(index)
        case ["drop", "table", *_]:
            tables.pop(name_at(code, 2), None)
        case ["alter", "table", *_] if (renamed := parse_rename(code)).table in tables:
            _rename(tables, renamed)
        case ["alter", "table", *_] if (table := name_at(code, 2)) in tables:
            altered = _altered(tables[table], after_name(code, 2), script)
            if is_conditional(statement):  # the column may exist already with another type
                altered = [each for each in altered if each.kind != "length" or each in tables[table]]
            tables[table] = altered


def _altered(declared: list[Declared], action: list[Token], script: str) -> list[Declared]:
    """What a table declares after a column was added, dropped or given another type."""
    words = [token.keyword for token in action]
    at = 2 if words[1:2] == ["column"] else 1
    if len(action) <= at:
        return declared
    column = action[at].name
    kept = [each for each in declared if each.kind not in ("length", "integer") or each.columns != (column,)]
    match words[:1], words[at + 1 : at + 4]:
        case ["add"], _:
            return [*declared, *_read_item(action[at:], script)]
        case ["drop"], _:  # a check goes with its only column; DuckDB rejects a drop if it has several
            return [each for each in kept if each.kind != "check" or column not in names_in(each.expression)]
        case ["alter"], ["type", *_] | ["set", "data", "type"]:
            return [*kept, *_type(column, action[at + words[at:].index("type") + 1 :])]
    return declared


#: The text types with a length. For a fixed length a type without a number means one character.
_VARYING, _FIXED = {"varchar", "nvarchar", "text", "string"}, {"char", "character", "nchar", "bpchar"}


def _type(column: str, kind: list[Token]) -> Iterator[Declared]:
    """What a type declares that DuckDB's catalog forgets: its spelling and length. PostgreSQL pads a shorter CHAR."""
    words = [token.name for token in kind]
    if words[:1] == ["national"]:
        words = words[1:]
    if words[:1] == ["integer"]:  # SQLite treats INT differently
        yield Declared("integer", (column,))
    if words[:1] and words[0] in _VARYING | _FIXED:
        varying = words[0] in _VARYING or words[1:2] == ["varying"]
        at = 2 if words[1:2] == ["varying"] else 1
        number = words[at + 1] if words[at : at + 1] == ["("] else "" if varying or words[0] == "bpchar" else "1"
        is_list = "[" in words[at : at + 4]  # the length is that of the texts
        if number and not is_list:
            yield Declared("length", (column,), f"{'<=' if varying else '='} {number}")


def _rename(tables: dict[str, list[Declared]], renamed: Renaming) -> None:
    """Rename tables and columns in all declarations."""
    names = {before: unquoted(after).lower() for before, after in renamed.columns.items()}
    tables[renamed.table] = [
        replace(
            each,
            columns=tuple(names.get(column, column) for column in each.columns),
            expression=with_names(each.expression, renamed.columns) if each.kind == "check" else each.expression,
        )
        for each in tables[renamed.table]
    ]
    for table, declared in tables.items():
        tables[table] = [
            replace(each, parent_columns=tuple(names.get(column, column) for column in each.parent_columns))
            if each.parent == renamed.table
            else each
            for each in declared
        ]
    if renamed.to:
        new = unquoted(renamed.to).lower()
        tables[new] = tables.pop(renamed.table)
        for name, declared in tables.items():
            tables[name] = [replace(each, parent=new) if each.parent == renamed.table else each for each in declared]


def _require_placed_delete_rules(found: list[Token]) -> None:
    """Raise SqlFileError if a delete rule is not right after REFERENCES, because it would be ignored."""
    found = [token for token in found if not token.is_comment or _MEANT_AS_DELETE_RULE.match(token.text)]
    ruling = {after_references(found, at) for at, token in enumerate(found) if token.keyword == "references"}
    for at, token in enumerate(found):
        if token.is_comment and _MEANT_AS_DELETE_RULE.match(token.text):
            if _DELETE_RULE.fullmatch(token.text) is None:
                problem = "is not a delete rule"
            elif at not in ruling:
                problem = "does not stand behind a REFERENCES, where it would count"
            else:
                continue
            raise SqlFileError(
                f"{token.text} {problem}. After REFERENCES table (columns) write /* ON DELETE CASCADE */, "
                "/* ON DELETE SET NULL */ or nothing, which refuses the delete."
            )


def delete_rule(comment: str) -> str:
    """The delete rule that a comment declares, in one spelling; empty if it declares none."""
    rule = _DELETE_RULE.fullmatch(comment)
    return " ".join(rule["action"].upper().split()) if rule else ""


def _body(statement: list[Token]) -> list[Token]:
    """The tokens between the parentheses of a CREATE TABLE; none for CREATE TABLE … AS."""
    for at, token in enumerate(statement):
        if token.keyword == "as":
            break
        if token.text == "(":
            return statement[at + 1 : closing(statement, at)]
    return []


def created_columns(statement: list[Token]) -> set[str]:
    """The names of the columns in a CREATE TABLE, in lower case."""
    first = [next((token for token in item if not token.is_comment), None) for item in _items(_body(statement))]
    return {token.name for token in first if token and token.keyword not in {"constraint", *_OF_TABLE}}


def _items(body: list[Token]) -> Iterator[list[Token]]:
    """The columns and constraints of a table, separated by commas."""
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
    """The constraints that one item declares: a constraint of the table, or those of a column."""
    words = _words(item)
    item = [token for token in item if not token.is_comment or _DELETE_RULE.fullmatch(token.text)]
    if not item:
        return
    first = item[2].keyword if item[0].keyword == "constraint" else item[0].keyword
    column = () if first in _OF_TABLE else (item[0].name,)
    columns: tuple[str, ...] = column
    at = len(column)
    if column:
        yield from _type(*column, [token for token in item[1:] if not token.is_comment])
    while at < len(item):
        keyword = item[at].keyword
        if keyword == "check":
            end = closing(item, at + 1)
            inside = script.encode()[item[at + 1].end : item[end].start].decode()
            yield Declared("check", expression=inside.strip(), words=words)
            at = end
        elif keyword == "unique":
            yield Declared("unique", column or _columns(item, at + 1), words=words)
        elif keyword == "primary":
            yield Declared("primary key", column or _columns(item, at + 2), words=words)
        elif keyword == "foreign":
            columns = _columns(item, at + 2)
        elif keyword == "references":
            named = after_references(item, at) - 1
            parent_columns = _columns(item, _opening(item, at, named)) if item[named].text == ")" else ()
            yield Declared("foreign key", columns, "", name_at(item, at + 1), parent_columns, _action(item, at), words)
        at = closing(item, at) + 1 if item[at].text == "(" else at + 1


def _opening(item: list[Token], first: int, closing_at: int) -> int:
    """The index of the parenthesis that opens the one at ``closing_at``."""
    return next(at for at in range(first, closing_at) if item[at].text == "(")


def _columns(item: list[Token], opening: int) -> tuple[str, ...]:
    """The names between the parentheses that open at ``opening``."""
    return tuple(token.name for token in item[opening + 1 : closing(item, opening)] if token.text != ",")


def _action(item: list[Token], references: int) -> str:
    """The delete rule after a REFERENCES."""
    behind = after_references(item, references)
    action = delete_rule(item[behind].text) if behind < len(item) else ""
    return action if action and action != "NO ACTION" else "RESTRICT"


def _words(found: list[Token]) -> str:
    """The comments above a statement or an item. A comment at the end of the line before belongs to that line."""
    comments = []
    for token in found:
        if not token.is_comment:
            break
        if token.opens_line:
            comments.append(token.text.removeprefix("--").removeprefix("/*").removesuffix("*/").strip())
    return " ".join(comments)
