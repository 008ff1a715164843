"""Finds the dependents of a row through every foreign key, and shows them as a tree."""

import html
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from clerkbench.database.labels import labelled_groups
from clerkbench.database.rows import find_rows, referencing_rows
from clerkbench.database.session import Session
from clerkbench.database.table import Rows
from clerkbench.database.values import Key
from clerkbench.errors import UnknownRowError
from clerkbench.mutations.referential_actions import plan_delete, reference_path
from clerkbench.reporting.phrases import and_more
from clerkbench.reporting.report_frame import ReportFrame

#: So many rows of one table are shown under one row.
_SHOWN = 25
_WIDTH = 110

#: The tree shows so many levels.
_DEEPEST = 20

#: Shown of rows that are not deleted with the first one.
_REMARKS = {"set null": ", lose the reference", "restrict": ", stop a delete"}


@dataclass
class _Group:
    """Rows of one table under one row with the same action: their labels, and their dependents."""

    heading: str
    names: list[str] = field(default_factory=list)
    below: list["list[_Group]"] = field(default_factory=list)

    @property
    def ends_here(self) -> bool:
        return not any(self.below)


class Related(ReportFrame):
    """A row and its dependents, one a row, as a tree. See ``bench.related``.

    Its columns: ``action``, ``table``, ``id``, ``label``, ``path``, ``under``.
    """

    _required_columns = ("action", "table", "id", "label", "path", "under")

    def _text(self) -> str:
        lines: list[str] = []
        for table, name, groups in islice(self._roots(), _SHOWN):
            lines += [f"{name} ({table})", *_text_below(groups)]
        return "\n".join([*lines, *self._hidden()])

    def _html(self) -> str:
        trees = []
        for table, name, groups in islice(self._roots(), _SHOWN):
            trees.append(f"<b>{html.escape(name)}</b> ({html.escape(table)}){_html_below(groups)}")
        return "".join(f"<div>{each}</div>" for each in [*trees, *self._hidden()])

    def _hidden(self) -> list[str]:
        roots = int((~self["under"].isin(self.index)).sum())
        return and_more(roots - _SHOWN, "… ")

    @property
    def _is_complete(self) -> bool:
        """Whether the rows are still one tree. Joined or renumbered ones are shown as a DataFrame."""
        if not super()._is_complete or not self.index.is_unique:
            return False
        roots = self["under"].isna()
        if roots.sum() > 1:
            return False
        paths = dict(zip(self.index, self["path"], strict=True))
        above = zip(self["path"], self["under"].fillna(-1), strict=True)
        return all(under not in paths or path.endswith(f" → {paths[under]}") for path, under in above)

    def _roots(self) -> Iterator[tuple[str, str, list[_Group]]]:
        """The rows without a parent in the tree: table, label and dependents."""
        rows: dict[Any, Any] = dict(zip(self.index, self.itertuples(index=False), strict=True))
        below: dict[Any, list[Any]] = {}
        for index, row in rows.items():
            below.setdefault(row.under if row.under in rows else None, []).append(index)

        def groups(index: Any, depth: int) -> list[_Group]:
            found: dict[tuple[str, str], _Group] = {}
            for each in below.get(index, ()):
                row = rows[each]
                group = found.setdefault((row.table, row.action), _Group(row.table))
                group.names.append(_beside(str(row.label), str(rows[index].label)))
                group.below.append(groups(each, depth + 1) if depth < _DEEPEST else [])
                if depth == _DEEPEST and each in below:
                    group.names[-1] += " …"
            for (table, action), group in found.items():
                group.heading = f"{table} ({len(group.names)}{_REMARKS.get(action, '')})"
            return list(found.values())

        for index in below.get(None, ()):
            yield str(rows[index].table), str(rows[index].label), groups(index, 1)


def _beside(label: str, known: str) -> str:
    """A label without that of the row above: of "Surgery, inpatient" under Surgery, "inpatient"."""
    rest = f", {label}, ".replace(f", {known}, ", ", ", 1).removeprefix(", ").removesuffix(", ")
    return rest or label


def _text_below(groups: list[_Group], margin: str = "") -> Iterator[str]:
    for at, group in enumerate(groups):
        last = at == len(groups) - 1
        first, rest = margin + ("└─ " if last else "├─ "), margin + ("   " if last else "│  ")
        if group.ends_here:
            lines = textwrap.wrap(f"{group.heading}: {_listed(group.names)}", max(_WIDTH - len(first), 40))
            yield from (f"{first if number == 0 else rest + '   '}{line}" for number, line in enumerate(lines))
            continue
        yield first + group.heading
        shown = _shown(group.names)
        for number, name in enumerate(shown):
            ends = number == len(shown) - 1
            yield f"{rest}{'└─ ' if ends else '├─ '}{name}"
            if number < _SHOWN:
                yield from _text_below(group.below[number], rest + ("   " if ends else "│  "))


def _html_below(groups: list[_Group]) -> str:
    items = []
    for group in groups:
        if group.ends_here:
            items.append(f"<li>{html.escape(f'{group.heading}: {_listed(group.names)}')}</li>")
        else:
            names = map(html.escape, _shown(group.names))
            trees = [*map(_html_below, islice(group.below, _SHOWN)), ""]
            inner = "".join(f"<li>{name}{tree}</li>" for name, tree in zip(names, trees, strict=False))
            items.append(f"<li>{html.escape(group.heading)}<ul>{inner}</ul></li>")
    return f"<ul>{''.join(items)}</ul>" if items else ""


def _shown(names: list[str]) -> list[str]:
    return [*names[:_SHOWN], *and_more(len(names) - _SHOWN, "… ")]


def _listed(names: list[str]) -> str:
    return ("; " if any(", " in name for name in names) else ", ").join(_shown(names))


@dataclass
class _Step:
    """Rows of one table that were reached in the same way, each with the row that it depends on."""

    table: str
    path: str
    rows: Rows
    held_by: dict[Key, tuple[str, Key]]


def related(session: Session, name: str, reference: Any) -> Related:
    """See ``bench.related``."""
    con, schema = session.con, session.schema
    table = schema.find_table(name)
    first = find_rows(con, table, reference)
    if len(first) != 1:
        raise UnknownRowError(f"related() takes one row; got {len(first)}. Nothing was changed.")
    steps = [_Step(table.name, table.name, first, {})]
    seen: dict[str, set[Key]] = {table.name: set(first)}
    for step in steps:  # the list grows in the loop
        parent = schema.tables[step.table]
        for key in parent.referenced_by:
            child = schema.tables[key.table]
            known = seen.setdefault(child.name, set())
            _, found = referencing_rows(con, parent, child, key, step.rows.values())
            if new := {each: row for each, row in found.items() if each not in known}:
                known.update(new)
                pick, own = parent.picker(key.parent_columns), child.picker(key.columns)
                holders = {pick(row): (parent.name, each) for each, row in step.rows.items()}
                some = next(iter(holders.values()))  # for NaN, which does not equal itself
                held = {each: holders.get(own(row), some) for each, row in new.items()}
                steps.append(_Step(child.name, reference_path(key, step.path), new, held))
    fates = {
        (step.table, each): step.action for step in plan_delete(con, schema, table, first).steps for each in step.rows
    }
    rows: list[tuple[Any, ...]] = []
    places: dict[tuple[str, Key], int] = {}
    for step, group in zip(
        steps, labelled_groups(con, schema, [(each.table, each.rows) for each in steps]), strict=True
    ):
        is_identified = not schema.tables[step.table].is_numbered
        for label, each in group:
            place = step.table, each
            under = places[step.held_by[each]] if step.held_by else None
            places[place] = len(rows)
            rows.append((fates.get(place, ""), step.table, each if is_identified else None, label, step.path, under))
    frame = Related(rows, columns=list(Related._required_columns), dtype=object)
    return Related(frame.astype({"under": "Int64"}))
