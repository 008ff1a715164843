"""Reads what a statement alters or renames, and writes the DDL of tables that stepped aside for it anew."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from clerkbench.files.sql_text import (
    Token,
    after_references,
    closing,
    code_of,
    may_be_column,
    name_at,
    splice,
    tokens,
)

_REPLACING = ["or", "replace"]


@dataclass(frozen=True)
class Renaming:
    """What an ALTER TABLE renames, the names as the statement writes them. All empty where it renames nothing.

    Attributes:
        table: The name of the table before, as DuckDB compares names.
        to: The name of the table after; empty where it stays.
        columns: The column that is renamed, as DuckDB compares names, with what it is named.
    """

    table: str = ""
    to: str = ""
    columns: dict[str, str] = field(default_factory=dict)


def renaming_in(statement: str) -> Renaming:
    """What a statement renames, if anything."""
    return renaming_of(code_of(tokens(statement)))


def renaming_of(code: list[Token]) -> Renaming:
    """What the tokens of a statement rename, if anything."""
    match [token.keyword for token in code]:
        case ["alter", "table", *_, "rename", "to", _]:
            return Renaming(name_at(code, 2), to=code[-1].text)
        case ["alter", "table", *_, "rename", "column", _, "to", _] | ["alter", "table", *_, "rename", _, "to", _]:
            return Renaming(name_at(code, 2), columns={code[-3].name: code[-1].text})
    return Renaming()


def is_alteration(statement: str) -> bool:
    """Whether a statement alters something, and makes or drops nothing."""
    return next((token.keyword for token in tokens(statement) if not token.is_comment), "") == "alter"


def tables_refused_while_referenced(statement: str) -> list[str]:
    """The tables that a statement drops or alters in a way that DuckDB refuses while others reference them.

    Setting or dropping a default it does in place, and so it adds a column without a constraint.
    """
    found = tokens(statement)
    code = code_of(found)
    match [token.keyword for token in code]:
        case ["alter", "table", _, *rest]:
            while rest[:1] == ["."]:
                rest = rest[2:]
            default = any(before in ("set", "drop") and word == "default" for before, word in pairwise(rest))
            # A dot: a field of a STRUCT.
            column = rest[:1] == ["add"] and rest[1] != "constraint" and "." not in rest
            constrained = not {"not", "unique", "primary"}.isdisjoint(rest)
            return [] if default or (column and not constrained) else [name_at(code, 2)]
        case ["drop", "table", *_]:
            return [name_at(code, 2)]
        case ["create", "table", *_] if [token.keyword for token in found if not token.is_comment][1:3] == _REPLACING:
            return [name_at(code, 2)]
    return []


def create_table_sql(create: str, address: str, renamed: Renaming, required_key: bool) -> str:
    """A CREATE TABLE as DuckDB's catalog gives it, so that it makes the same table once more.

    Args:
        create: The statement.
        address: The full name of the table; the catalog gives the bare one, which a temporary table may have as well.
        renamed: What was renamed in the meantime, whose new names the foreign keys have to use.
        required_key: Whether the column of the primary key was declared NOT NULL before it was declared the key. The
            catalog leaves that out, and the constraints would come back in another order.
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
    """The tokens of a CREATE TABLE that name a renamed column of the table itself: at the beginning of an item, in a
    key, or in an expression. Types, functions and columns of other tables are none of them.
    """
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
    """A CREATE INDEX as DuckDB's catalog gives it, on the table of that full name and with columns as they are now."""
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
