"""What the scripts declare and DuckDB's catalog forgets: what deleting a parent does, and each constraint in words.

The scripts stay the one place where both are written: the delete rule as a block comment behind REFERENCES, the words
as the ``--`` comment above the constraint. They are read from the scripts of the migrations a database has, which it
keeps in its ledger, so a database file knows them on its own.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from clerkbench.errors import SqlFileError
from clerkbench.files.alter_statements import Renaming, renaming_of
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
#: A comment that was meant to be a delete rule, misspelled or not.
_MEANT_AS_DELETE_RULE = re.compile(r"(/\*|--)\s*ON\s+(DEL|UPD)\w*\b", re.IGNORECASE)


@dataclass(frozen=True)
class Declared:
    """One constraint as a script declares it.

    Attributes:
        kind: ``check``, ``unique``, ``primary key``, ``foreign key``, ``index`` (a unique index), ``length`` (of a
            type such as VARCHAR(3)) or ``integer`` (a column whose type is spelled so).
        columns: The constrained columns; empty for a check and an index.
        expression: The condition of a check; the name of an index; what to say behind the length of a text, such as
            ``<= 3``; otherwise empty.
        parent: The table a foreign key references; otherwise empty.
        parent_columns: The columns of it that are named; empty where none are, which means its primary key.
        on_delete: For a foreign key what deleting the parent does: CASCADE, SET NULL or RESTRICT.
        words: The comment above it, in one line; empty where there is none.
    """

    kind: str
    columns: tuple[str, ...] = ()
    expression: str = ""
    parent: str = ""
    parent_columns: tuple[str, ...] = ()
    on_delete: str = ""
    words: str = ""


def declared_constraints(scripts: Iterable[str]) -> dict[str, list[Declared]]:
    """What the tables declare after all the scripts have run, by table.

    Args:
        scripts: Migration scripts, first to last. A table that a later one drops, makes anew or renames is followed.
            One in another schema than ``main`` goes by ``schema.table``.

    Raises:
        SqlFileError: A delete rule is misspelled, or stands where it rules nothing.
    """
    tables: dict[str, list[Declared]] = {}
    for script in scripts:
        found = tokens(script)
        temporary: set[str] = set()
        _require_placed_delete_rules(found)
        for statement in split_statements(found):
            code = code_of(statement)
            match [token.keyword for token in code]:
                case ["create", "table", *_] if is_temporary(statement):
                    temporary.add(name_at(code, 2).removeprefix("temp."))
                case ["drop", "table", *_] if name_at(code, 2).removeprefix("temp.") in temporary:
                    temporary.remove(name_at(code, 2).removeprefix("temp."))
                case ["alter", "table", *_] if name_at(code, 2).removeprefix("temp.") in temporary:
                    pass  # DuckDB takes the temporary one, whatever else is called so
                case ["create", "table", *_] if is_conditional(statement) and name_at(code, 2) in tables:
                    pass  # DuckDB leaves the table as it is, so what is declared here does not hold
                case ["create", "table", *_]:
                    tables[name_at(code, 2)] = [
                        each for item in _items(_body(statement)) for each in _read_item(item, script)
                    ]
                case ["create", "unique", "index", _, "on", *_]:
                    index = Declared("index", expression=code[3].name, words=_words(statement))
                    tables.setdefault(name_at(code, 5), []).append(index)
                case ["drop", "table", *_]:
                    tables.pop(name_at(code, 2), None)
                case ["alter", "table", *_] if (renamed := renaming_of(code)).table in tables:
                    _rename(tables, renamed)
                case ["alter", "table", *_] if (table := name_at(code, 2)) in tables:
                    found_there = _altered(tables[table], after_name(code, 2), script)
                    if is_conditional(statement):  # the column may be there already, with another type
                        found_there = [each for each in found_there if each.kind != "length" or each in tables[table]]
                    tables[table] = found_there
    return tables


def _altered(declared: list[Declared], action: list[Token], script: str) -> list[Declared]:
    """What a table declares after one of its columns was added, dropped or given another type."""
    words = [token.keyword for token in action]
    at = 2 if words[1:2] == ["column"] else 1
    if len(action) <= at:
        return declared
    column = action[at].name
    kept = [each for each in declared if each.kind not in ("length", "integer") or each.columns != (column,)]
    match words[:1], words[at + 1 : at + 4]:
        case ["add"], _:
            return [*declared, *_read_item(action[at:], script)]
        case ["drop"], _:  # a check goes with its only column; DuckDB drops none that has others
            return [each for each in kept if each.kind != "check" or column not in names_in(each.expression)]
        case ["alter"], ["type", *_] | ["set", "data", "type"]:
            return [*kept, *_type(column, action[at + words[at:].index("type") + 1 :])]
    return declared


#: The types of texts of so many characters: for those of exactly so many, what one means that names no number.
_VARYING, _FIXED = {"varchar", "nvarchar", "text", "string"}, {"char", "character", "nchar", "bpchar"}


def _type(column: str, kind: list[Token]) -> Iterator[Declared]:
    """What a type declares that DuckDB's catalog forgets: how it is spelled, and a length. PostgreSQL fills up a
    shorter CHAR with blanks.
    """
    words = [token.name for token in kind]
    if words[:1] == ["national"]:
        words = words[1:]
    if words[:1] == ["integer"]:  # and not INT, which to SQLite is something else
        yield Declared("integer", (column,))
    if words[:1] and words[0] in _VARYING | _FIXED:
        varying = words[0] in _VARYING or words[1:2] == ["varying"]
        at = 2 if words[1:2] == ["varying"] else 1
        number = words[at + 1] if words[at : at + 1] == ["("] else "" if varying or words[0] == "bpchar" else "1"
        is_list = "[" in words[at : at + 4]  # whose texts have the length, and not the list
        if number and not is_list:
            yield Declared("length", (column,), f"{'<=' if varying else '='} {number}")


def _rename(tables: dict[str, list[Declared]], renamed: Renaming) -> None:
    """Declares the constraints of all tables under the names after a renaming."""
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
    """A delete rule stands right behind what REFERENCES names; anywhere else it would be passed over in silence."""
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
    """What a comment says of deleting the parent, in one spelling; empty where it says nothing of it."""
    rule = _DELETE_RULE.fullmatch(comment)
    return " ".join(rule["action"].upper().split()) if rule else ""


def _body(statement: list[Token]) -> list[Token]:
    """What stands between the parentheses of a CREATE TABLE; nothing for CREATE TABLE … AS."""
    for at, token in enumerate(statement):
        if token.keyword == "as":
            break
        if token.text == "(":
            return statement[at + 1 : closing(statement, at)]
    return []


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
    item = [token for token in item if not token.is_comment or _DELETE_RULE.fullmatch(token.text)]
    if not item:
        return
    first = item[2].keyword if item[0].keyword == "constraint" else item[0].keyword
    column = () if first in ("check", "unique", "primary", "foreign") else (item[0].name,)
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
    """Where the parenthesis opens that closes at ``closing_at``."""
    return next(at for at in range(first, closing_at) if item[at].text == "(")


def _columns(item: list[Token], opening: int) -> tuple[str, ...]:
    """The names between the parentheses that open at ``opening``."""
    return tuple(token.name for token in item[opening + 1 : closing(item, opening)] if token.text != ",")


def _action(item: list[Token], references: int) -> str:
    """What deleting the parent does, as the comment behind a REFERENCES says."""
    behind = after_references(item, references)
    action = delete_rule(item[behind].text) if behind < len(item) else ""
    return action if action and action != "NO ACTION" else "RESTRICT"


def _words(found: list[Token]) -> str:
    """The comments above a statement or an item. One at the end of the line before belongs to what stands there."""
    comments = []
    for token in found:
        if not token.is_comment:
            break
        if token.opens_line:
            comments.append(token.text.removeprefix("--").removeprefix("/*").removesuffix("*/").strip())
    return " ".join(comments)
