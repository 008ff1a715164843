"""Violations as a DataFrame that shows itself as sentences, the same in every run."""

import html
import textwrap
from collections.abc import Iterable
from typing import Any, NamedTuple

import pandas as pd

from clerkbench.reporting.phrases import and_more
from clerkbench.reporting.report_frame import ReportFrame, html_table

ERROR, WARNING = "error", "warning"

#: The worst first.
SEVERITIES = (ERROR, WARNING)

#: So many violations are shown.
_SHOWN = 50
_WIDTH = 110


class Violation(NamedTuple):
    """One row that violates one constraint or rule.

    Attributes:
        rule: The id of a rule; or the kind of a constraint and what it constrains, such as ``not_null:name``.
        severity: ``error`` or ``warning``.
        area: The number of the configuration area; None if it belongs to none.
        row_id: The id of the row as text; empty if it has none yet.
        column: The column, several with commas; empty for the whole row.
        value: The value as text; empty for NULL.
        message: What is wrong, in a sentence with names.
        remedy: What to do.
    """

    rule: str
    severity: str
    area: int | None
    table: str
    row_id: str
    column: str
    value: str
    message: str
    remedy: str


class Violations(ReportFrame):
    """A DataFrame of violations, one a row, with the columns of :class:`Violation`. It shows itself as sentences."""

    _required_columns = Violation._fields

    @classmethod
    def of(cls, found: Iterable[Violation], rows: Iterable[int] | None = None) -> "Violations":
        """Put violations into a table, in their order.

        Args:
            rows: For rows that are not stored, the number of each from 1, 0 for all rows. It becomes the index, named
                ``row``.
        """
        index = None if rows is None else pd.Index(list(rows), dtype="int64", name="row")
        columns = list(zip(*found, strict=True)) or [()] * len(Violation._fields)
        types = {"area": "Int64"}
        values = {
            name: pd.Series(column, dtype=types.get(name, "str")).array
            for name, column in zip(Violation._fields, columns, strict=True)
        }
        return cls(values, index=index)

    def numbered(self) -> list[tuple[int, Violation]]:
        """Each violation with its index, the number of the row."""
        found = map(Violation._make, self.itertuples(index=False))
        return list(zip(self.index.tolist(), found, strict=True))

    def count_of(self, severity: str) -> int:
        """How many have a severity."""
        return int((self["severity"] == severity).sum())

    @property
    def summary(self) -> str:
        """How many there are: "2 errors, 1 warning"."""
        counts = [(self.count_of(severity), severity) for severity in SEVERITIES]
        return ", ".join(f"{count} {word}{'s' * (count > 1)}" for count, word in counts if count) or "No violations."

    def _text(self) -> str:
        lines = [self.summary]
        for each in self._shown():
            lines.append(f"\n{each.severity}: {each.rule}{_area(each.area, ' (area {})')}")
            lines += textwrap.wrap(str(each.message), _WIDTH, initial_indent="  ", subsequent_indent="  ")
            lines += textwrap.wrap(str(each.remedy), _WIDTH, initial_indent="  → ", subsequent_indent="    ")
        return "\n".join([*lines, *self._more()])

    def _html(self) -> str:
        if self.empty:
            return f"<p>{self.summary}</p>"
        heads = ["", "area", "rule", "what is wrong", "what to do"]
        rows = [[each.severity, _area(each.area), each.rule, each.message, each.remedy] for each in self._shown()]
        more = "".join(f"<p>{html.escape(line)}</p>" for line in self._more())
        return f"<p>{self.summary}</p>{html_table(heads, (map(str, cells) for cells in rows))}{more}"

    def _shown(self) -> Iterable[Any]:
        return self.head(_SHOWN).itertuples(index=False)

    def _more(self) -> list[str]:
        return and_more(len(self) - _SHOWN, "… ", ", in the same table.")


def _area(area: Any, written: str = "{}") -> str:
    return "" if pd.isna(area) else written.format(area)
