"""Writes the parts of an entity-relationship diagram in Mermaid: boxes, lines, names that Mermaid accepts."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from clerkbench.database.table import Table

ALL, KEYS, NONE = "all", "keys", "none"

_HEAD = """\
---
config:
  layout: elk
  er:
    defaultRenderer: elk
    entityPadding: {padding}
    diagramPadding: {margin}
---
erDiagram
    direction {direction}"""

#: A diagram of more tables is dense, and drawn from left to right: from top to bottom it is too wide to be read.
_MANY = 12

#: Crow's feet at the end of the parent and of the child, by cardinality.
_AT_PARENT = {"one": "||", "one or none": "|o"}
_AT_CHILD = {"many": "o{", "one": "o|"}

#: The label of a line whose column is shown in the child's box. It keeps boxes apart.
_BLANK = "#160;"

#: Lines by delete rule: solid if the child is deleted with the parent.
_SOLID, _DASHED = "--", ".."
#: Keywords of Mermaid, which cannot name a table.
_RESERVED = {
    *("acctitle", "accdescr", "class", "classdef", "direction", "end", "erdiagram", "many", "one", "only"),
    *("optionally", "style", "subgraph", "title", "to", "u", "zero"),
}

#: Marks of Mermaid, which cannot name a column.
_MARKED = {"PK", "FK", "UK"}

#: Names and types that Mermaid accepts unquoted.
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_PLAIN_TYPE = re.compile(r"[A-Za-z_][A-Za-z0-9_()\[\],]*")


def box(table: Table, own_id: str, columns: str, notes: list[str]) -> list[str]:
    """A table with its columns. The notes follow its name."""
    drawn = {ALL: set(table.columns), KEYS: _key_columns(table), NONE: set[str]()}[columns]
    shown = [name for name in table.columns if name in drawn]
    return framed(
        table.name, own_id, notes, [row(table, name, _notes(table, name) if columns == ALL else []) for name in shown]
    )


def framed(name: str, own_id: str, notes: list[str], rows: list[str]) -> list[str]:
    """A box with a name, notes behind it, and rows."""
    label = " · ".join([_escaped(name), *filter(None, notes)])
    head = f"    {own_id}" if label == own_id else f'    {own_id}["{label}"]'
    return [f"{head} {{", *rows, "    }"] if rows else [head]


def _notes(table: Table, name: str) -> list[str]:
    area = table.columns[name].area
    return [*(["optional"] if name not in table.required else []), *([f"area {area.number}"] if area else [])]


def row(table: Table, name: str, notes: list[str]) -> str:
    """A column in a box, with notes behind it."""
    column = table.columns[name]
    remarks = f'"{", ".join(notes)}"' if notes else ""
    kind = column.type if _PLAIN_TYPE.fullmatch(column.type) else re.sub(r"\W+", "_", column.type, flags=re.ASCII)
    shown = name if _PLAIN.fullmatch(name) and name.upper() not in _MARKED else f"`{_escaped(name)}`"
    return "        " + " ".join(filter(None, [kind, shown, ", ".join(_marks(table, name)), remarks]))


def head(tables: int) -> str:
    """The beginning of a diagram of so many tables."""
    if tables > _MANY:
        return _HEAD.format(padding=4, margin=4, direction="LR")
    return _HEAD.format(padding=10, margin=12, direction="TB")


def line(key: Any, ids: Mapping[str, str], *, has_label: bool, note: str = "") -> str:
    """A foreign key, from a row of ``relationships``."""
    child, parent = str(key.cardinality).split(" to ")
    label = _escaped(f"{note}{key.child_columns}") if has_label else _BLANK
    ends = f"{_AT_PARENT[parent]}{_SOLID if key.on_delete == 'CASCADE' else _DASHED}{_AT_CHILD[child]}"
    return f'    {ids[str(key.parent)]} {ends} {ids[str(key.child)]} : "{label}"'


def _key_columns(table: Table) -> set[str]:
    kinds = ("primary key", "unique", "foreign key")
    return {column for each in table.constraints if each.kind in kinds for column in each.columns}


def _marks(table: Table, column: str) -> list[str]:
    """The marks of a column: part of the primary key, part of a foreign key, unique."""
    kinds = {each.kind for each in table.constraints if column in each.columns}
    alone = any(each.kind == "unique" and each.columns == (column,) for each in table.constraints)
    marks = {"PK": "primary key" in kinds, "FK": "foreign key" in kinds, "UK": alone}
    return [mark for mark, holds in marks.items() if holds]


def ids_of(names: Collection[str]) -> dict[str, str]:
    """The id of each table in Mermaid: its name, or another one if Mermaid does not accept it."""
    ids = {name: name for name in names if _PLAIN.fullmatch(name) and name.lower() not in _RESERVED}
    for name in names:
        if name not in ids:
            own = "t_" + re.sub(r"\W", "_", name, flags=re.ASCII)
            while own in ids.values():
                own += "_"
            ids[name] = own
    return ids


def _escaped(text: object) -> str:
    """A text that Mermaid shows as it is: special characters by their numbers."""
    if _PLAIN.fullmatch(str(text)):
        return str(text)
    return re.sub(r"[^A-Za-z0-9_,.]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])", lambda sign: f"#{ord(sign[0])};", str(text))
