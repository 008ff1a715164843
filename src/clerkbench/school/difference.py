"""Says how two schools differ: rows by name, and what that breaks and fixes."""

import html
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from typing import Any

import pandas as pd

from clerkbench.database.headings import headings, references
from clerkbench.database.labels import labels_by_key
from clerkbench.database.row_names import value_text
from clerkbench.database.table import Table
from clerkbench.database.values import Key
from clerkbench.reporting.violations import Violations
from clerkbench.school.comparison import Row, SameRows, Side, TableChanges, compare

ADDED, REMOVED, CHANGED = "added", "removed", "changed"

#: What stands for a value that is not there.
_NOTHING = "nothing"

#: So many rows are shown; of more it says how many.
_SHOWN = 40
_WIDTH = 110

_COLUMNS = ["change", "table", "row", "column", "before", "after", "id"]


class Difference:
    """How one school has to change to become another, that shows itself as a short report.

    Attributes:
        rows: One line for each row that was added or removed, and for each value that changed: ``change`` (added,
            removed or changed), ``table``, ``row`` (what to call it), ``column``, ``before`` and ``after`` (names
            instead of ids; for a row that was added or removed all it holds, in one text), ``id`` (of the row before,
            or of the added row).
        violations_added: What the other school breaks and this one does not.
        violations_fixed: What this school breaks and the other one does not.
        capacity: The clerkships whose preceptors can teach another number of students: ``clerkship``, ``before`` and
            ``after`` (students a year, at most, as ``bench.capacity`` reckons them for 240 days; missing where there is
            no such clerkship). None where the schema has no view of who may teach.
    """

    def __init__(
        self,
        rows: pd.DataFrame,
        violations_added: Violations,
        violations_fixed: Violations,
        capacity: pd.DataFrame | None = None,
    ) -> None:
        self.rows = rows
        self.capacity = capacity
        self.violations_added = violations_added
        self.violations_fixed = violations_fixed

    def __bool__(self) -> bool:
        """Whether there is any difference."""
        return not (self.rows.empty and self.violations_added.empty and self.violations_fixed.empty)

    def __repr__(self) -> str:
        return self.report()

    def report(self, at_most: int | None = _SHOWN) -> str:
        """The report as text.

        Args:
            at_most: So many rows are told; of more it says how many. None for all.
        """
        if not self:
            return self.summary
        lines = [self.summary]
        for table, told in self._told(at_most):
            lines.append(f"\n{table}")
            for sign, what in told:
                lines += textwrap.wrap(f"{sign} {what}", _WIDTH, initial_indent="  ", subsequent_indent="      ")
        if at_most is not None and self._hidden > 0:
            lines.append(f"\n… and {self._hidden} more, in .rows")
        for title, items in self._consequences(at_most):
            lines.append(f"\n{title}")
            for first, *more in items:
                lines += textwrap.wrap(first, _WIDTH, initial_indent="  ", subsequent_indent="    ")
                lines += textwrap.wrap("".join(more), _WIDTH, initial_indent="  ", subsequent_indent="    ")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        parts = [f"<p><b>{html.escape(self.summary)}</b></p>"]
        for table, told in self._told(_SHOWN):
            items = "".join(f"<li>{_MARKS[sign]}{html.escape(what)}</li>" for sign, what in told)
            parts.append(f"<p>{html.escape(table)}</p><ul>{items}</ul>")
        if self._hidden > 0:
            parts.append(f"<p>… and {self._hidden} more, in .rows</p>")
        for title, follows in self._consequences(_SHOWN) if self else ():
            listed = "".join(f"<li>{'<br>'.join(map(html.escape, each))}</li>" for each in follows)
            parts.append(f"<p><b>{html.escape(title)}</b></p><ul>{listed}</ul>")
        return "".join(parts)

    @property
    def summary(self) -> str:
        """How many rows differ: "3 rows changed, 1 removed"."""
        rows = self.rows.drop_duplicates(["change", "table", "id"])
        counts = [(int((rows["change"] == change).sum()), change) for change in (CHANGED, ADDED, REMOVED)]
        told = [f"{count} {change}" for count, change in counts if count]
        if not told:
            return "No row differs."
        return f"{_rows_in(told[0])}{''.join(f', {each}' for each in told[1:])}."

    @property
    def _hidden(self) -> int:
        return len(self.rows.drop_duplicates(["change", "table", "id"])) - _SHOWN

    def _told(self, at_most: int | None) -> Iterator[tuple[str, list[tuple[str, str]]]]:
        """For each table, in words, its rows: a sign for what became of each, and the row in words."""
        left = len(self.rows) if at_most is None else at_most
        for table, of_table in groupby(self.rows.itertuples(), key=lambda each: each.table):
            told = []
            for _, of_row in groupby(of_table, key=lambda each: (each.change, each.id)):
                lines = list(of_row)
                if left > 0:
                    told.append((_SIGNS[str(lines[0].change)], _in_words(lines)))
                left -= 1
            if told:
                yield str(table).replace("_", " "), told

    def _consequences(self, at_most: int | None) -> Iterator[tuple[str, list[list[str]]]]:
        """What follows, under a title each: sentences, with what to do about them where there is something."""
        broken = [
            [f"{each.severity}: {each.message}", f"→ {each.remedy}"] for each in self.violations_added.itertuples()
        ]
        fixed = [[f"{each.severity}: {each.message}"] for each in self.violations_fixed.itertuples()]
        yield f"{_BREAKS}: {_count(self.violations_added)}", _cut(broken, at_most, "violations_added")
        yield f"{_FIXES}: {_count(self.violations_fixed)}", _cut(fixed, at_most, "violations_fixed")
        if self.capacity is not None and not self.capacity.empty:
            numbers = self.capacity.astype(object).where(self.capacity.notna(), "none")
            taught = [[f"{each.clerkship}: {each.before} → {each.after}"] for each in numbers.itertuples()]
            yield _TEACHES, _cut(taught, at_most, "capacity")


def _count(violations: Violations) -> str:
    return violations.summary.rstrip(".").lower()


def _cut(items: list[list[str]], at_most: int | None, where: str) -> list[list[str]]:
    if at_most is None or len(items) <= at_most:
        return items
    return [*items[:at_most], [f"… and {len(items) - at_most} more, in .{where}"]]


_BREAKS, _FIXES = "What it breaks", "What it fixes"
_TEACHES = "How many students a year its preceptors can teach, at most"

#: What is found out about both schools: what is wrong, and how many students a year each clerkship can take at most.
Finding = tuple[Violations, "pd.Series[int] | None"]

_SIGNS = {ADDED: "+", REMOVED: "-", CHANGED: "~"}
_MARKS = {"+": "added: ", "-": "removed: ", "~": ""}


def _rows_in(counted: str) -> str:
    """What was counted, with the word for it: "3 rows changed" for "3 changed"."""
    number, change = counted.split()
    return f"{number} row{'s' * (number != '1')} {change}"


def _in_words(lines: list[Any]) -> str:
    """One row: what it is called, and what changed in it or what it holds."""
    first = lines[0]
    if first.change != CHANGED:
        return f"{first.row}: {first.after or first.before}" if first.after or first.before else str(first.row)
    changes = [f"{_spoken(each.column)} {each.before or _NOTHING} → {each.after or _NOTHING}" for each in lines]
    return f"{first.row}: {', '.join(changes)}"


def _spoken(heading: str) -> str:
    return heading.replace("_", " ")


def difference(before: Side, after: Side, found: Callable[[], tuple[Finding, Finding]]) -> Difference:
    """How one school has to change to become the other.

    Args:
        before, after: The schools.
        found: Finds out what is wrong with each, and what it can teach.

    Raises:
        SchemaError: They have different tables or columns.
    """
    compared, same = compare(before, after)
    told = [line for name, each in compared.items() for line in _lines(before, after, before.schema.tables[name], each)]
    frame = pd.DataFrame(told, columns=_COLUMNS, dtype=object)
    (wrong_before, most_before), (wrong_after, most_after) = found()
    added, fixed = _news(wrong_before, wrong_after, same)
    return Difference(frame, added, fixed, _other_numbers(most_before, most_after))


def _other_numbers(before: "pd.Series[int] | None", after: "pd.Series[int] | None") -> pd.DataFrame | None:
    if before is None or after is None:
        return None
    both = pd.DataFrame({"before": before, "after": after}).astype("Int64").rename_axis("clerkship")
    differing = both["before"].ne(both["after"]).fillna(True)
    return both[differing].reset_index()


def _lines(before: Side, after: Side, table: Table, compared: TableChanges) -> Iterator[tuple[Any, ...]]:
    """The rows of one table, by what they are called."""
    called_before = labels_by_key(*before, table, [*compared.removed, *compared.changed])
    called_after = labels_by_key(*after, after.schema.tables[table.name], compared.added)
    here, there = _Values(before, table), _Values(after, table)
    here.learn([*compared.removed.values(), *(each.before for each in compared.changed.values())])
    there.learn([*compared.added.values(), *(each.after for each in compared.changed.values())])
    heading = headings(before.schema, table)
    for key, each in sorted(compared.changed.items(), key=lambda item: called_before[item[0]]):
        for column in each.columns:
            values = here.told(each.before, column), there.told(each.after, column)
            yield CHANGED, table.name, called_before[key], heading[column], *values, key
    for key, row in sorted(compared.added.items(), key=lambda item: called_after[item[0]]):
        yield ADDED, table.name, called_after[key], "", "", there.all_of(row, heading), key
    for key, row in sorted(compared.removed.items(), key=lambda item: called_before[item[0]]):
        yield REMOVED, table.name, called_before[key], "", here.all_of(row, heading), "", key


class _Values:
    """What rows of a table hold, in words: the names of what they reference."""

    def __init__(self, side: Side, table: Table) -> None:
        self._side = side
        self._table = table
        self._tied = references(side.schema, table)
        self._names: dict[str, dict[Key, str]] = {}

    def learn(self, rows: list[Row]) -> None:
        """Look up what the rows reference."""
        for column, reference in self._tied.items():
            keys = list(dict.fromkeys(row[column] for row in rows if row[column] is not None))
            self._names[column] = labels_by_key(*self._side, self._side.schema.tables[reference.parent], keys)

    def told(self, row: Row, column: str) -> str:
        """One value."""
        value = row[column]
        if value == "":
            return '""'  # which is not nothing
        return self._names[column].get(value, value_text(value)) if column in self._tied else value_text(value)

    def all_of(self, row: Row, heading: Mapping[str, str]) -> str:
        """What the row holds that its name does not say, and that is not what it holds anyway."""
        shown = [
            column
            for column in self._table.user_columns
            if row[column] is not None and column not in self._table.label_columns
        ]
        return ", ".join(f"{_spoken(heading[column])} {self.told(row, column)}" for column in shown)


def _news(before: Violations, after: Violations, same: SameRows) -> tuple[Violations, Violations]:
    """What is broken after and was not before, and the other way round: of a row that broke a rule in one way and now
    breaks it in another, nothing is said.
    """
    ours = [(each.rule, each.table, each.row_id) for each in before.itertuples()]
    theirs = [(each.rule, each.table, _before(same, str(each.table), each.row_id)) for each in after.itertuples()]
    added, fixed = _left_over(after, theirs, Counter(ours)), _left_over(before, ours, Counter(theirs))
    # A rule that several rows break together is told of one of them, which may be another one in either.
    said = [[(each.rule, each.message) for each in violations.itertuples()] for violations in (added, fixed)]
    return _left_over(added, said[0], Counter(said[1])), _left_over(fixed, said[1], Counter(said[0]))


def _before(same: SameRows, table: str, row: Any) -> Any:
    return same.get(table, {}).get(row, row)


def _left_over(violations: Violations, keys: list[tuple[Any, ...]], others: Counter[tuple[Any, ...]]) -> Violations:
    kept = []
    for key in keys:
        kept.append(others[key] <= 0)
        others[key] -= 1
    return Violations(violations[kept].reset_index(drop=True)) if len(violations) else violations
