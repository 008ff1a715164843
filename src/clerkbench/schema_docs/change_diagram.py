"""Draws what changed between two schemas: words mark it, so that it is read without colors."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clerkbench.database.schema import Schema
from clerkbench.files import atomic_write
from clerkbench.schema_docs import mermaid
from clerkbench.schema_docs.schema_changes import ADDED, CHANGED, REMOVED, RENAMED, SchemaChange, tables_of
from clerkbench.schema_docs.tables import relationships

#: The borders of tables, of Okabe and Ito's colors.
_BORDERS = {
    ADDED: "stroke:#009E73,stroke-width:4px",
    REMOVED: "stroke:#D55E00,stroke-width:4px,stroke-dasharray:9 5",
    CHANGED: "stroke:#0072B2,stroke-width:3px",
}

#: Changes of a column that its row in the picture shows.
_OF_COLUMNS = ("column", "type", "nullability", "default", "check", "unique", "primary key")


@dataclass(frozen=True)
class ChangeDiagram:
    """A diagram of the tables that changed, and of the tables that they reference. JupyterLab shows it.

    Attributes:
        mermaid: Its text in Mermaid.
        tables: What became of each drawn table: ``added``, ``removed``, ``changed``, or nothing.
    """

    mermaid: str
    tables: Mapping[str, str]

    def __repr__(self) -> str:
        lines = [f"  {name}: {change or 'unchanged'}" for name, change in self.tables.items()]
        return "\n".join(["Diagram of the changes", *lines])

    def _repr_markdown_(self) -> str:
        return self.markdown

    @property
    def markdown(self) -> str:
        """The diagram in a Markdown fence; empty if no table changed."""
        return f"```mermaid\n{self.mermaid}```\n" if self.tables else ""

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the diagram to a file.

        Args:
            path: Ends in ``.md`` for Markdown, or in ``.mmd`` for Mermaid alone.

        Raises:
            ArgumentError: It has another ending, or cannot be written.
        """
        atomic_write.write_text(path, {".md": self.markdown, ".mmd": self.mermaid})


def draw_changes(before: Schema, after: Schema, changes: Sequence[SchemaChange]) -> ChangeDiagram:
    """A diagram of the tables that changes are about, and of the tables that these reference."""
    fates = {
        name: _fate([each for each in changes if each.table == name])
        for name in tables_of(changes)
        if name in after.tables or name in before.tables
    }
    foreign = {(each.table, each.name): each.change for each in changes if each.kind == "foreign key"}
    drawn: list[tuple[Any, str]] = []
    for key in relationships(after).itertuples():
        is_new = fates.get(str(key.child)) == ADDED or foreign.get((str(key.child), str(key.child_columns))) == ADDED
        if str(key.child) in fates and (is_new or str(key.parent) in fates):
            drawn.append((key, "added: " if is_new else ""))
    for key in relationships(before).itertuples():
        if REMOVED in (fates.get(str(key.child)), foreign.get((str(key.child), str(key.child_columns)))):
            drawn.append((key, "removed: "))
    shown = fates | {str(key.parent): "" for key, _ in drawn if key.parent not in fates}
    ids = mermaid.ids_of(shown)
    lines = [mermaid.head(len(shown)), "    accTitle: tables that changed"]
    for name, fate in shown.items():
        table = after.tables.get(name) or before.tables[name]
        rows = [] if fate in ("", REMOVED) else _rows(before, after, name, changes)
        lines += mermaid.framed(table.name, ids[name], [fate], rows)
    lines += [mermaid.line(key, ids, has_label=bool(note), note=note) for key, note in drawn]
    for fate, style in _BORDERS.items():
        if marked := [ids[name] for name, of_table in shown.items() if of_table == fate]:
            lines += [f"    classDef {fate} {style}", f"    class {','.join(marked)} {fate}"]
    return ChangeDiagram("\n".join(lines) + "\n", shown)


def _fate(changes: Sequence[SchemaChange]) -> str:
    return next((each.change for each in changes if each.kind == "table" and each.change != RENAMED), CHANGED)


def _rows(before: Schema, after: Schema, name: str, changes: Sequence[SchemaChange]) -> list[str]:
    """The columns of a table that changed, or all of a new one."""
    table = after.tables[name]
    own = [each for each in changes if each.table == name and each.kind in _OF_COLUMNS]
    if any(each.table == name and each.kind == "table" and each.change == ADDED for each in changes):
        return [mermaid.row(table, column, []) for column in table.columns]
    notes: dict[str, list[str]] = {}
    for each in own:
        for column in each.name.split(", "):
            notes.setdefault(column, []).append(_note(each))
    rows = [
        mermaid.row(table, column, list(dict.fromkeys(notes[column]))) for column in table.columns if column in notes
    ]
    former = next(
        (each.before for each in changes if (each.table, each.kind, each.change) == (name, "table", RENAMED)), name
    )
    gone = [each.name for each in own if (each.kind, each.change) == ("column", REMOVED)]
    return rows + [mermaid.row(before.tables[former], column, [REMOVED]) for column in gone]


def _note(change: SchemaChange) -> str:
    if change.kind == "column":
        return f"renamed, was {change.before}" if change.change == RENAMED else change.change
    if change.kind == "nullability":
        return f"now {change.after}"
    return f"{change.kind} {change.change}"
