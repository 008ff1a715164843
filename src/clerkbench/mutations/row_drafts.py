"""Rows as somebody wrote them for one table: names in place of ids, and the writer's own words for rows and columns."""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from clerkbench.database.headings import headings, references
from clerkbench.database.row_names import NameIndex, value_text
from clerkbench.database.schema import Schema
from clerkbench.database.table import Table
from clerkbench.reporting.violations import ERROR, Violation
from clerkbench.validation.messages import Vocabulary


@dataclass
class RowDraft:
    """The rows that somebody wrote for one table.

    Attributes:
        rows: By column. Ids may be missing, and names stand in place of ids.
        place: Where a row stands, by its number: "Sheet sites, row 12". Empty if its label is enough.
        number: The writer's number of a row, by its number here, from 1.
        row: The writer's word for a row: "Row", "Item".
        everything: The writer's words for all rows: "Sheet sites".
        is_whole: Whether a column that a row leaves out gets its default; otherwise it keeps its value.
        ordered_within: A row without a priority gets one. It counts among the rows with the same values in these
            columns. None if rows get no priority.
        ids: The columns that hold ids already.
        as_written: The text that was replaced by an id, by the number of the row and the column.
        wrong: The numbers of rows and the columns that are known to be wrong.
    """

    table: Table
    rows: list[dict[str, Any]]
    place: Callable[[int], str]
    number: Callable[[int], int]
    row: str
    everything: str = ""
    is_whole: bool = False
    ordered_within: Collection[str] | None = None
    ids: Collection[str] = ()
    as_written: dict[tuple[int, str], str] = field(default_factory=dict)
    wrong: set[tuple[int, str]] = field(default_factory=set)

    def set_priorities(self) -> None:
        """Give a priority to the rows that have none: their place among the rows that they count among."""
        column = self.table.priority_column
        places: Counter[tuple[Any, ...]] = Counter()
        if self.ordered_within is not None and column:
            for row in self.rows:
                among = tuple(value_text(row.get(each)) for each in self.ordered_within)
                places[among] += 1
                row.setdefault(column, places[among])

    def subject(self, schema: Schema, names: NameIndex, number: int) -> str:
        """A row in words: its place, and its label as far as it has one."""
        row, links = self.rows[number - 1], references(schema, self.table)
        parts = []
        for column in self.table.label_columns:
            written = self.as_written.get((number, column))
            value = row.get(column)
            if written is None and column in links and value is not None:
                written = names.label(links[column].parent, value)
            parts.append(value_text(value) if written is None else written)
        label, place = ", ".join(filter(None, parts)), self.place(number)
        return f"{place} ({label})" if label and place else label or place

    def vocabulary(self, schema: Schema, names: NameIndex) -> Vocabulary:
        """The words of the writer."""
        links = references(schema, self.table)

        def written(number: int, column: str) -> str | None:
            value = self.rows[number - 1].get(column)
            if column in self.ids and column in links and value is not None:
                return names.label(links[column].parent, value)
            return self.as_written.get((number, column))

        called = headings(schema, self.table)
        return Vocabulary(
            self.everything,
            self.row,
            self.number,
            lambda number: self.subject(schema, names, number),
            {column: heading for column, heading in called.items() if column != heading},
            written,
        )

    def violation(
        self, schema: Schema, names: NameIndex, number: int, column: str, value: str, rule: str, words: tuple[str, str]
    ) -> Violation:
        """The violation of one row in one column, which is known to be wrong from now on."""
        self.wrong.add((number, column))
        message, remedy = words
        area = self.table.area_of(column)
        heading = headings(schema, self.table).get(column, column)
        message = f"{self.subject(schema, names, number)}: {message}"
        return Violation(
            rule, ERROR, area.number if area else None, self.table.name, "", heading, value, message, remedy
        )
