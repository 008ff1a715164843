"""Draws tables and foreign keys as an entity-relationship diagram in Mermaid.

JupyterLab renders Mermaid without a network and in the colors of its theme, and so do code hosts. The layout is ELK,
which routes lines around tables; without ELK Mermaid uses its own.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import pandas as pd

from clerkbench.database.schema import Schema, matching
from clerkbench.errors import ArgumentError
from clerkbench.files import atomic_write
from clerkbench.reporting.markdown import prose
from clerkbench.reporting.violations import ERROR, WARNING, Violations
from clerkbench.schema_docs import mermaid
from clerkbench.schema_docs.tables import relationships

#: The meaning of a line by delete rule.
_LINES_MEAN = {
    "CASCADE": "solid line: deleted with its parent",
    "RESTRICT": "dashed line: its parent cannot be deleted (RESTRICT)",
    "SET NULL": "dashed line: loses the reference when its parent is deleted (SET NULL)",
}

#: Okabe and Ito's colors, which color-blind readers can tell apart, by the number of an area. They are transparent, so
#: they suit light and dark themes.
_COLORS = ("#999999", "#0072B2", "#009E73", "#D55E00", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442")
_THIN = "33"

#: The borders of tables with violations. No area has this red or a broken border.
_MARKS = {ERROR: "stroke:#D62728,stroke-width:5px", WARNING: "stroke-width:5px,stroke-dasharray:9 5"}
_MARKS_MEAN = {ERROR: "thick red border: errors", WARNING: "thick broken border: warnings"}

#: JupyterLab draws no longer diagram, without an error.
_MOST = 100_000


@dataclass(frozen=True, eq=False)
class Diagram:
    """An entity-relationship diagram. JupyterLab shows it; ``bench.diagram()`` makes it.

    Attributes:
        tables: The drawn tables, parents first.
        relationships: The drawn foreign keys, as ``bench.relationships()`` returns them.
        columns: The drawn columns: ``"all"``, ``"keys"`` or ``"none"``.
    """

    tables: tuple[str, ...]
    relationships: pd.DataFrame
    columns: str
    _schema: Schema
    _audit: Callable[[], Violations]
    _found: Mapping[str, Mapping[str, int]] | None = None

    def __repr__(self) -> str:
        lines = [f"Diagram of {_counted(len(self.tables), 'table')}: {', '.join(self.tables)}"]
        for key in self.relationships.itertuples():
            lines.append(f"  {key.child}.{key.child_columns} → {key.parent} ({key.cardinality}, {key.on_delete})")
        if self._found is not None:
            lines += [f"  {name}: {count_text}" for name in self.tables if (count_text := self._count_text(name))]
        return "\n".join(lines)

    def _repr_markdown_(self) -> str:
        if len(self.mermaid) <= _MOST:
            return self.markdown
        return (
            f"A diagram of {len(self.tables)} tables is larger than JupyterLab can draw. Draw a part of it, such as "
            f"`bench.diagram(around={self.tables[0]!r})`, or less of each table: `columns='none'`."
        )

    @property
    def mermaid(self) -> str:
        """The text of the diagram in Mermaid; the same for the same schema."""
        ids = mermaid.ids_of(self.tables)
        number = len(self.relationships)
        title = f"{_counted(len(self.tables), 'table')}, {_counted(number, 'foreign key')}"
        lines = [mermaid.head(len(self.tables)), f"    accTitle: {title}"]
        for name in self.tables:
            notes = [_shortened(self._areas_of(name)), self._count_text(name)]
            lines += mermaid.box(self._schema.tables[name], ids[name], self.columns, notes)
        several = self.relationships.duplicated(["child", "parent"], keep=False)
        for key, ambiguous in zip(self.relationships.itertuples(), several, strict=True):
            lines.append(mermaid.line(key, ids, has_label=ambiguous or self.columns == mermaid.NONE))
        for area, tables in self._colored().items():
            color = _color(area)
            lines.append(f"    classDef area{area} fill:{color}{_THIN},stroke:{color},stroke-width:2px")
            lines.append(f"    class {','.join(ids[each] for each in tables)} area{area}")
        for severity, style in _MARKS.items():
            if marked := [ids[name] for name in self.tables if self._worst(name) == severity]:
                lines.append(f"    classDef {severity} {style}")
                lines.append(f"    class {','.join(marked)} {severity}")
        return "\n".join(lines) + "\n"

    @property
    def markdown(self) -> str:
        """The diagram in a Markdown fence, with a legend."""
        colored = self._colored()
        shown = sorted({area for name in self.tables for area in self._areas_of(name)})
        areas = []
        for area in shown:
            color = (
                f"background-color:{_color(area)}{_THIN};border:1px solid {_color(area)};" if area in colored else ""
            )
            name = prose(self._schema.area_names[area]).replace(" ", "&nbsp;")
            areas.append(f'<span style="{color}padding:0 6px">{area}</span>&nbsp;{name}')
        rules = set(self.relationships["on_delete"])
        lines = (meaning for rule, meaning in _LINES_MEAN.items() if rule in rules)
        marked = (meaning for severity, meaning in _MARKS_MEAN.items() if severity in map(self._worst, self.tables))
        legend = [f"Configuration areas: {' &ensp; '.join(areas)}" if areas else "", " · ".join([*lines, *marked])]
        return "\n\n".join([f"```mermaid\n{self.mermaid}```", *filter(None, legend)]) + "\n"

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the diagram to a file.

        Args:
            path: Ends in ``.md`` for Markdown with the legend, or in ``.mmd`` for Mermaid alone.

        Raises:
            ArgumentError: It has another ending, or cannot be written.
        """
        atomic_write.write_text(path, {".md": self.markdown, ".mmd": self.mermaid})

    def with_violations(self) -> "Diagram":
        """The same diagram with the number of violations of each table, from an audit now.

        Raises:
            ClosedError: The workbench was closed.
            SchemaError: The database lacks a migration.
            SqlFileError: A rule is malformed or fails.
        """
        found = self._audit()
        counts: dict[str, dict[str, int]] = {}
        for table, severity in zip(found["table"], found["severity"], strict=True):
            of_table = counts.setdefault(table, {})
            of_table[severity] = of_table.get(severity, 0) + 1
        return replace(self, _found=counts)

    def path(self, start: str, end: str) -> "Diagram":
        """The tables and foreign keys on the shortest paths between two tables.

        Raises:
            UnknownNameError: The diagram does not show one of them.
            ArgumentError: They are not connected.
        """
        names = [matching("The diagram shows no table", each, list(self.tables)) for each in (start, end)]
        edges = list(zip(self.relationships["child"], self.relationships["parent"], strict=True))
        from_start, from_end = (_distances(name, edges) for name in names)
        if names[1] not in from_start:
            raise ArgumentError(f"No foreign keys connect {names[0]} with {names[1]} in this diagram.")
        shortest = from_start[names[1]]
        reached = [edge for edge in edges if edge[0] in from_start]  # then its other end is reached too
        way = {
            edge
            for edge in reached
            if any(from_start[one] + 1 + from_end[other] == shortest for one, other in (edge, edge[::-1]))
        }
        tables = {*names, *(name for edge in way for name in edge)}
        on_the_way = [edge in way for edge in edges]
        return replace(
            self,
            tables=tuple(name for name in self.tables if name in tables),
            relationships=self.relationships[on_the_way].reset_index(drop=True),
        )

    def _areas_of(self, name: str) -> list[int]:
        """The areas of a table: its own first, then those of its columns."""
        table = self._schema.tables[name]
        within = {each.area.number for each in table.columns.values() if each.area}
        return list(dict.fromkeys([*([table.area.number] if table.area else []), *sorted(within)]))

    def _colored(self) -> dict[int, list[str]]:
        """The tables that belong to an area as a whole, by area."""
        found: dict[int, list[str]] = {}
        for name in self.tables:
            if area := self._schema.tables[name].area:
                found.setdefault(area.number, []).append(name)
        return dict(sorted(found.items()))

    def _count_text(self, name: str) -> str:
        found = (self._found or {}).get(name, {})
        return ", ".join(_counted(found[severity], severity) for severity in _MARKS if severity in found)

    def _worst(self, name: str) -> str | None:
        found = (self._found or {}).get(name, {})
        return next((severity for severity in _MARKS if severity in found), None)


def draw(
    schema: Schema, names: Iterable[str], around: str | None, hops: int, columns: str, audit: Callable[[], Violations]
) -> Diagram:
    """A diagram of some tables. See ``bench.diagram``."""
    choice = matching("columns cannot be", columns, [mermaid.ALL, mermaid.KEYS, mermaid.NONE])
    if type(hops) is not int or hops < 0:
        raise ArgumentError(f"hops must be a whole number from 0; got {hops!r}.")
    keys = relationships(schema)
    chosen = {schema.find_table(name).name for name in names}
    if around is not None:
        near = _distances(schema.find_table(around).name, zip(keys["child"], keys["parent"], strict=True))
        chosen |= {name for name, distance in near.items() if distance <= hops}
    tables = tuple(name for name in schema.tables if name in chosen or not (chosen or around))
    drawn = keys[keys["child"].isin(tables) & keys["parent"].isin(tables)].reset_index(drop=True)
    return Diagram(tables, drawn, choice, schema, audit)


def _shortened(numbers: Iterable[int]) -> str:
    """Numbers in their order; three or more that follow each other as a range: "1–5, 7"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs)


def _distances(start: str, edges: Iterable[tuple[str, str]]) -> dict[str, int]:
    """The distances of other tables in foreign keys, in both directions."""
    near: dict[str, list[str]] = {}
    for one, other in edges:
        near.setdefault(one, []).append(other)
        near.setdefault(other, []).append(one)
    found = {start: 0}
    waiting = deque(found)
    while waiting:
        name = waiting.popleft()
        for other in near.get(name, ()):
            if other not in found:
                found[other] = found[name] + 1
                waiting.append(other)
    return found


def _color(area: int) -> str:
    return _COLORS[(area - 1) % len(_COLORS)]


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"
