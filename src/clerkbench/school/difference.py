"""Reports the difference of two schools: rows by name, violations, capacity."""

import html
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import pandas as pd

from clerkbench.database.headings import headings, references
from clerkbench.database.labels import labels_by_key
from clerkbench.database.row_names import value_text
from clerkbench.database.table import Table
from clerkbench.database.values import Key
from clerkbench.reporting.phrases import and_more
from clerkbench.reporting.violations import Violations
from clerkbench.school.comparison import Row, SameRows, Side, TableChanges, compare, shared_sides

ADDED, REMOVED, CHANGED = "added", "removed", "changed"

#: Shown for NULL.
_NOTHING = "nothing"

#: So many rows are shown.
_SHOWN = 40
_WIDTH = 110

_COLUMNS = ["change", "table", "row", "column", "before", "after", "id"]


class Difference:
    """The difference of two schools, which shows itself as a report. It is false if nothing differs.

    Attributes:
        rows: One line for each added or removed row, and for each changed value: ``change`` (added, removed or
            changed), ``table``, ``row`` (its label), ``column``, ``before`` and ``after`` (names in place of ids; for
            an added or removed row all values in one text), ``id`` (of the row before, or of the added row).
        violations_added: The violations of the other school that this one has not.
        violations_fixed: The violations of this school that the other one has not.
        capacity: The clerkships with another capacity: ``clerkship``, ``before`` and ``after`` (students a year at 240
            days; missing if there is no such clerkship). None if the schema does not say who may teach.
        schema_changes: The changes of the schema, as ``bench.schema_diff`` reports them; empty if the schools have the
            same tables and columns. What only one of them has is not compared.
    """

    def __init__(
        self,
        rows: pd.DataFrame,
        violations_added: Violations,
        violations_fixed: Violations,
        capacity: pd.DataFrame | None = None,
        schema_changes: pd.DataFrame | None = None,
        schema_lines: Sequence[str] = (),
    ) -> None:
        self.rows = rows
        self.schema_changes = pd.DataFrame() if schema_changes is None else schema_changes
        self._schema_lines = schema_lines
        self.capacity = capacity
        self.violations_added = violations_added
        self.violations_fixed = violations_fixed

    def __bool__(self) -> bool:
        """Whether there is a difference."""
        differing = (self.rows, self.violations_added, self.violations_fixed, self.schema_changes)
        return not all(each.empty for each in differing)

    def __repr__(self) -> str:
        return self.report()

    def report(self, at_most: int | None = _SHOWN) -> str:
        """The report as text.

        Args:
            at_most: So many rows are shown; None for all.
        """
        lines = [self.summary]
        for title, items in self._sections(at_most):
            lines.append(f"\n{title}")
            for first, *more in items:
                hanging = "      " if first[:2] in _SIGNS.values() else "    "
                lines += textwrap.wrap(first, _WIDTH, initial_indent="  ", subsequent_indent=hanging)
                lines += textwrap.wrap("".join(more), _WIDTH, initial_indent="  ", subsequent_indent="    ")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        parts = [f"<p><b>{html.escape(self.summary)}</b></p>"]
        for title, items in self._sections(_SHOWN):
            listed = "".join(f"<li>{'<br>'.join(map(html.escape, each))}</li>" for each in items)
            parts.append(f"<p><b>{html.escape(title)}</b></p>{f'<ul>{listed}</ul>' if listed else ''}")
        return "".join(parts)

    @property
    def summary(self) -> str:
        """How many rows differ: "3 rows changed, 1 removed"."""
        rows = self.rows.drop_duplicates(["change", "table", "id"])
        counts = [(int((rows["change"] == change).sum()), change) for change in (CHANGED, ADDED, REMOVED)]
        lines = [f"{count} {change}" for count, change in counts if count]
        if not lines:
            return "No row differs."
        return f"{_rows_in(lines[0])}{''.join(f', {each}' for each in lines[1:])}."

    def _sections(self, at_most: int | None) -> Iterator[tuple[str, list[list[str]]]]:
        """The report in sections: a title, and the lines of each item."""
        if not self:
            return
        if self._schema_lines:
            yield "The schemas differ; only what both have is compared", [[line] for line in self._schema_lines]
        left = len(self.rows) if at_most is None else at_most
        for table, of_table in groupby(self.rows.itertuples(), key=lambda each: each.table):
            changed_rows = [list(of_row) for _, of_row in groupby(of_table, key=lambda each: (each.change, each.id))]
            if shown := changed_rows[: max(left, 0)]:
                yield _readable(str(table)), [[_SIGNS[str(each[0].change)] + _in_words(each)] for each in shown]
            left -= len(changed_rows)
        for title in and_more(-left, "… ", ", in .rows"):
            yield title, []
        broken = [
            [f"{each.severity}: {each.message}", f"→ {each.remedy}"] for each in self.violations_added.itertuples()
        ]
        fixed = [[f"{each.severity}: {each.message}"] for each in self.violations_fixed.itertuples()]
        yield f"What it breaks: {_count(self.violations_added)}", _cut(broken, at_most, "violations_added")
        yield f"What it fixes: {_count(self.violations_fixed)}", _cut(fixed, at_most, "violations_fixed")
        if self.capacity is not None and not self.capacity.empty:
            numbers = self.capacity.astype(object).where(self.capacity.notna(), "none")
            taught = [[f"{each.clerkship}: {each.before} → {each.after}"] for each in numbers.itertuples()]
            yield "How many students a year its preceptors can teach, at most", _cut(taught, at_most, "capacity")


def _count(violations: Violations) -> str:
    return violations.summary.rstrip(".").lower()


def _cut(items: list[list[str]], at_most: int | None, where: str) -> list[list[str]]:
    shown = len(items) if at_most is None else at_most
    return [*items[:shown], *([line] for line in and_more(len(items) - shown, "… ", f", in .{where}"))]


#: The violations of a school, and the students a year that each clerkship can take at most.
Finding = tuple[Violations, "pd.Series[int] | None"]

_SIGNS = {ADDED: "+ ", REMOVED: "- ", CHANGED: "~ "}


def _rows_in(counted: str) -> str:
    """A count with its noun: "3 rows changed" for "3 changed"."""
    number, change = counted.split()
    return f"{number} row{'s' * (number != '1')} {change}"


def _in_words(lines: list[Any]) -> str:
    """One row: its label, and its changes or values."""
    first = lines[0]
    if first.change != CHANGED:
        return f"{first.row}: {first.after or first.before}" if first.after or first.before else str(first.row)
    changes = [f"{_readable(each.column)} {each.before or _NOTHING} → {each.after or _NOTHING}" for each in lines]
    return f"{first.row}: {', '.join(changes)}"


def _readable(heading: str) -> str:
    return heading.replace("_", " ")


def difference(
    before: Side,
    after: Side,
    found: Callable[[], tuple[Finding, Finding]],
    schema_changes: pd.DataFrame | None = None,
    schema_lines: Sequence[str] = (),
) -> Difference:
    """The difference of two schools. ``found`` gives violations and capacity. See :class:`Difference`."""
    before, after = shared_sides(before, after)
    compared, same = compare(before, after)
    lines = [
        line for name, each in compared.items() for line in _lines(before, after, before.schema.tables[name], each)
    ]
    frame = pd.DataFrame(lines, columns=_COLUMNS, dtype=object)
    (wrong_before, most_before), (wrong_after, most_after) = found()
    added, fixed = violations_difference(wrong_before, wrong_after, same)
    capacity = capacity_difference(most_before, most_after)
    return Difference(frame, added, fixed, capacity, schema_changes, schema_lines)


def capacity_difference(before: "pd.Series[int] | None", after: "pd.Series[int] | None") -> pd.DataFrame | None:
    """The clerkships with another capacity: ``clerkship``, ``before``, ``after``; None if one side has none."""
    if before is None or after is None:
        return None
    both = pd.DataFrame({"before": before, "after": after}).astype("Int64").rename_axis("clerkship")
    differing = both["before"].ne(both["after"]).fillna(True)
    return both[differing].reset_index()


def _lines(before: Side, after: Side, table: Table, compared: TableChanges) -> Iterator[tuple[Any, ...]]:
    """The changes of one table, by label."""
    called_before = labels_by_key(*before, table, [*compared.removed, *compared.changed])
    called_after = labels_by_key(*after, after.schema.tables[table.name], compared.added)
    here, there = _Values(before, table), _Values(after, table)
    here.learn([*compared.removed.values(), *(each.before for each in compared.changed.values())])
    there.learn([*compared.added.values(), *(each.after for each in compared.changed.values())])
    heading = headings(before.schema, table)
    for key, each in sorted(compared.changed.items(), key=lambda item: called_before[item[0]]):
        for column in each.columns:
            values = here.lines(each.before, column), there.lines(each.after, column)
            yield CHANGED, table.name, called_before[key], heading[column], *values, key
    for key, row in sorted(compared.added.items(), key=lambda item: called_after[item[0]]):
        yield ADDED, table.name, called_after[key], "", "", there.all_of(row, heading), key
    for key, row in sorted(compared.removed.items(), key=lambda item: called_before[item[0]]):
        yield REMOVED, table.name, called_before[key], "", here.all_of(row, heading), "", key


class _Values:
    """The values of rows in words: the labels of what they reference."""

    def __init__(self, side: Side, table: Table) -> None:
        self._side = side
        self._table = table
        self._links = references(side.schema, table)
        self._names: dict[str, dict[Key, str]] = {}

    def learn(self, rows: list[Row]) -> None:
        """Look up the referenced rows."""
        for column, reference in self._links.items():
            keys = list(dict.fromkeys(row[column] for row in rows if row[column] is not None))
            self._names[column] = labels_by_key(*self._side, self._side.schema.tables[reference.parent], keys)

    def lines(self, row: Row, column: str) -> str:
        """One value."""
        value = row[column]
        if value == "":
            return '""'  # not NULL
        return self._names[column].get(value, value_text(value)) if column in self._links else value_text(value)

    def all_of(self, row: Row, heading: Mapping[str, str]) -> str:
        """The values of a row beside its label, without NULL."""
        shown = [
            column
            for column in self._table.user_columns
            if row[column] is not None and column not in self._table.label_columns
        ]
        return ", ".join(f"{_readable(heading[column])} {self.lines(row, column)}" for column in shown)


def violations_difference(before: Violations, after: Violations, same: SameRows) -> tuple[Violations, Violations]:
    """The violations that are new, and those that are gone; a rule violated by a row in another way is neither."""
    ours = [(each.rule, each.table, each.row_id) for each in before.itertuples()]
    theirs = [(each.rule, each.table, _before(same, str(each.table), each.row_id)) for each in after.itertuples()]
    added, fixed = _left_over(after, theirs, Counter(ours)), _left_over(before, ours, Counter(theirs))
    # A rule that several rows violate together is reported for one of them, which may differ.
    messages = [[(each.rule, each.message) for each in violations.itertuples()] for violations in (added, fixed)]
    return _left_over(added, messages[0], Counter(messages[1])), _left_over(fixed, messages[1], Counter(messages[0]))


def _before(same: SameRows, table: str, row: Any) -> Any:
    return same.get(table, {}).get(row, row)


def _left_over(violations: Violations, keys: list[tuple[Any, ...]], others: Counter[tuple[Any, ...]]) -> Violations:
    kept = []
    for key in keys:
        kept.append(others[key] <= 0)
        others[key] -= 1
    return Violations(violations[kept].reset_index(drop=True)) if len(violations) else violations
