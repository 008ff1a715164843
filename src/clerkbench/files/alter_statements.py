"""Reads what an ALTER statement alters or renames, and rewrites the DDL of tables that were dropped for it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from clerkbench.files.sql_text import Token, after_references, closing, code_of, may_be_column, name_at, splice, tokens

_REPLACING = ["or", "replace"]


@dataclass(frozen=True)
class Renaming:
    """What an ALTER TABLE renames; all empty if it renames nothing.

    Attributes:
        table: The old name of the table, in lower case.
        to: The new name as the statement writes it; empty if the table keeps its name.
        columns: The new name of a column, by its old name in lower case.
    """

    table: str = ""
    to: str = ""
    columns: dict[str, str] = field(default_factory=dict)


def renaming_in(statement: str) -> Renaming:
    """What a statement renames."""
    return parse_rename(code_of(tokens(statement)))


def parse_rename(code: list[Token]) -> Renaming:
    """What the tokens of a statement rename."""
    match [token.keyword for token in code]:
        case ["alter", "table", *_, "rename", "to", _]:
            return Renaming(name_at(code, 2), to=code[-1].text)
        case ["alter", "table", *_, "rename", "column", _, "to", _] | ["alter", "table", *_, "rename", _, "to", _]:
            return Renaming(name_at(code, 2), columns={code[-3].name: code[-1].text})
    return Renaming()


def is_alteration(statement: str) -> bool:
    """Whether a statement is an ALTER."""
    return next((token.keyword for token in tokens(statement) if not token.is_comment), "") == "alter"


def tables_refused_while_referenced(statement: str) -> list[str]:
    """The tables that a statement drops or alters in a way that DuckDB rejects while others reference them.

    DuckDB sets and drops defaults in place, and adds a column without a constraint.
    """
    found = tokens(statement)
    code = code_of(found)
    match [token.keyword for token in code]:
        case ["alter", "table", _, *rest]:
            while rest[:1] == ["."]:
                rest = rest[2:]
            default = any(before in ("set", "drop") and word == "default" for before, word in pairwise(rest))
            # A dot means a field of a STRUCT.
            column = rest[:1] == ["add"] and rest[1] != "constraint" and "." not in rest
            constrained = not {"not", "unique", "primary"}.isdisjoint(rest)
            return [] if default or (column and not constrained) else [name_at(code, 2)]
        case ["drop", "table", *_]:
            return [name_at(code, 2)]
        case ["create", "table", *_] if [token.keyword for token in found if not token.is_comment][1:3] == _REPLACING:
            return [name_at(code, 2)]
    return []


def create_table_sql(create: str, address: str, renamed: Renaming, required_key: bool) -> str:
    """The CREATE TABLE of DuckDB's catalog, so that it creates the same table again.

    Args:
        address: The full name of the table. The catalog gives the bare name, which a temporary table may have too.
        renamed: What was renamed since; foreign keys must use the new names.
        required_key: Whether the key column was declared NOT NULL before PRIMARY KEY. The catalog leaves that out, and
            the constraints would come back in another order.
    """
    found = tokens(create)
    opening = next(at for at, token in enumerate(found) if token.text == "(")
    pieces = {(found[2].start, found[opening].start): f"{address} "}
    if renamed.columns and name_at(found, 2) == renamed.table:
        pieces |= {(each.start, each.end): renamed.columns[each.name] for each in _own_columns(found, opening, renamed)}
    for at, token in enumerate(found):
        if token.keyword == "references" and renamed.table and name_at(found, at + 1) == renamed.table:
            columns = next(place for place in range(at, len(found)) if found[place].text == "(")
            if renamed.to:
                pieces[(found[columns - 1].start, found[columns - 1].end)] = renamed.to
            for each in found[columns : after_references(found, at)]:
                if each.name in renamed.columns:
                    pieces[(each.start, each.end)] = renamed.columns[each.name]
        if token.keyword == "primary" and required_key and found[at + 2].text != "(":
            pieces[(token.start, token.start)] = "NOT NULL "
    return splice(create, pieces)


def _own_columns(found: list[Token], opening: int, renamed: Renaming) -> Iterator[Token]:
    """The tokens of a CREATE TABLE that name a renamed column of the table itself."""
    end = closing(found, opening)
    at, begins = opening + 1, True
    while at < end:
        token, words = found[at], [each.keyword for each in found[at : at + 2]]
        if begins and token.name in renamed.columns and words[1:] != ["("] and words != ["foreign", "key"]:
            yield token
        begins = token.text == ","
        if token.keyword == "references":
            at = after_references(found, at)
            continue
        if token.text == "(":
            inner = range(at + 1, closing(found, at))
            yield from (found[k] for k in inner if found[k].name in renamed.columns and may_be_column(found, k))
            at = closing(found, at)
        at += 1


def create_index_sql(create: str, address: str, renamed: Renaming) -> str:
    """The CREATE INDEX of DuckDB's catalog, on the table with that full name and with the new names of columns."""
    found = tokens(create)
    on = next(at for at, token in enumerate(found) if token.keyword == "on")
    opening = next(at for at in range(on, len(found)) if found[at].text == "(")
    pieces = {(found[on + 1].start, found[opening].start): f"{address} "}
    pieces |= {
        (found[at].start, found[at].end): renamed.columns[found[at].name]
        for at in range(opening, len(found))
        if found[at].name in renamed.columns and may_be_column(found, at)
    }
    return splice(create, pieces)
