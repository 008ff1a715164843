"""Reports the difference of two schemas, as text, as Markdown and as a picture."""

import textwrap
from collections.abc import Sequence
from itertools import chain

import pandas as pd

from clerkbench.database.schema import Schema
from clerkbench.reporting.markdown import code, prose, table
from clerkbench.schema_docs.change_diagram import ChangeDiagram, draw_changes
from clerkbench.schema_docs.schema_changes import ADDED, CHANGED, REMOVED, RENAMED, SchemaChange

_SIGNS = {ADDED: "+", REMOVED: "-", CHANGED: "~", RENAMED: "~"}
_WIDTH = 110


class SchemaDifference:
    """The difference of two schemas, which shows itself as a report. It is false if nothing differs.

    Attributes:
        changes: One row per change: ``change`` (added, removed, changed or renamed), ``kind`` (table, column, type,
            nullability, default, check, unique, primary key, foreign key, delete rule, rule in words, index, comment,
            view), ``table``, ``name`` (the columns, or the name of an index), ``before``, ``after``, ``rule`` (in
            words).
    """

    def __init__(self, before: Schema, after: Schema, changes: Sequence[SchemaChange]) -> None:
        self.changes = pd.DataFrame(list(changes), columns=list(SchemaChange._fields), dtype=object)
        self._sides = before, after
        self.found = changes

    def __bool__(self) -> bool:
        """Whether there is a difference."""
        return bool(self.found)

    def __repr__(self) -> str:
        wrapped = (
            textwrap.wrap(line, _WIDTH, initial_indent="  ", subsequent_indent="      ") for line in self.lines()
        )
        return "\n".join([self.summary, *chain.from_iterable(wrapped)])

    def _repr_markdown_(self) -> str:
        return self.markdown

    @property
    def summary(self) -> str:
        """How many changes there are: "Schema: 3 added, 1 changed"."""
        counts = [(sum(each.change == change for each in self.found), change) for change in _SIGNS]
        parts = ", ".join(f"{count} {change}" for count, change in counts if count)
        return f"Schema: {parts}." if parts else "Schema: no difference."

    def lines(self) -> list[str]:
        """The changes as text, one a line."""
        return [f"{_SIGNS[each.change]} {change_in_words(each)}" for each in self.found]

    @property
    def markdown(self) -> str:
        """The report in Markdown, with a diagram, such as for a pull request."""
        if not self:
            return prose(self.summary) + "\n"
        rows = [
            [
                each.change,
                each.kind,
                code(_place(each)),
                _cell(each, each.before),
                _cell(each, each.after),
                prose(each.rule),
            ]
            for each in self.found
        ]
        listed = table(["change", "what", "where", "before", "after", "in words"], rows)
        return "\n\n".join(filter(None, [f"**{prose(self.summary)}**", listed, self.diagram().markdown])) + "\n"

    def diagram(self) -> ChangeDiagram:
        """The tables that changed, as a diagram. Words mark what was added, removed and changed."""
        return draw_changes(*self._sides, self.found)


def _place(change: SchemaChange) -> str:
    return f"{change.table}.{change.name}" if change.name and ", " not in change.name else change.table


def _cell(change: SchemaChange, text: str) -> str:
    return prose(text) if change.kind in ("comment", "rule in words") else code(text)


def change_in_words(change: SchemaChange) -> str:
    """One change in one line: "type sites.beds: INTEGER → BIGINT"."""
    place = _place(change)
    if change.change == RENAMED:
        return f"{change.kind} {place}: renamed, was {change.before}"
    text = " → ".join(filter(None, [change.before, change.after]))
    rule = f" -- {change.rule}" if change.rule and change.rule != text else ""
    return f"{change.kind} {place}: {text}{rule}"
