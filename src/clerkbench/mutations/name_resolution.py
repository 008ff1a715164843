"""Resolves names in drafted rows: finds the rows that names mean, and the stored rows that drafts change."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping

import duckdb

from clerkbench.database.headings import Reference, headings, references
from clerkbench.database.row_names import NameIndex, key_of_row, value_text
from clerkbench.database.rows import suggest_name_among
from clerkbench.database.schema import Schema
from clerkbench.database.table import Table
from clerkbench.database.values import Key
from clerkbench.mutations.batch import TableBatch
from clerkbench.mutations.row_drafts import RowDraft
from clerkbench.mutations.row_keys import Stored, assign_keys, mixed_up
from clerkbench.reporting.phrases import did_you_mean, short_repr
from clerkbench.reporting.violations import Violation
from clerkbench.validation.messages import Vocabulary

#: For so many unknown names a near match is looked for, because it takes time.
_NEAR_MATCHES = 50

#: So many choices are listed.
_CHOICES = 5


class NameResolver:
    """Resolves the names in drafts, table by table, parents first.

    Args:
        names: The rows that a name may mean, beside the drafted ones.
        suggest: The near match of an unknown name, as a question; None to look among the known rows.

    Attributes:
        problems: The violations, each with the writer's number of the row.
    """

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        schema: Schema,
        names: NameIndex,
        suggest: Callable[[Table, str], str] | None = None,
    ) -> None:
        self._con = con
        self._schema = schema
        self._names = names
        self._suggest = suggest or self._suggest_known
        self._former = NameIndex(schema)
        self._suggested = 0
        self._new: dict[str, set[Key]] = defaultdict(set)
        self._drafts: dict[str, RowDraft] = {}
        self._mixed_up: set[str] = set()
        self.problems: list[tuple[int, Violation]] = []

    def resolve(self, draft: RowDraft, stored: Stored, *, only_these: bool) -> TableBatch:
        """What is to become of a table. The tables that it references were resolved before.

        Args:
            stored: The stored rows that may be meant.
            only_these: Whether the stored rows that are not drafted are deleted.
        """
        table = draft.table
        self._drafts[table.name] = draft
        links = {column: each for column, each in references(self._schema, table).items() if column not in draft.ids}
        own = {column: each for column, each in links.items() if each.parent == table.name}
        self._replace_names(draft, {column: each for column, each in links.items() if column not in own})
        draft.set_priorities()
        self._new[table.name] = assign_keys(self._con, table, draft.rows, stored)
        self._former.add(table, stored.values())
        self._report_mixed_up(draft, stored)
        rows = [self._completed(draft, row, stored) for row in draft.rows]
        keys = {key_of_row(table, row) for row in rows}
        staying = () if only_these else (row for key, row in stored.items() if key not in keys)
        self._names.add(table, [*rows, *staying])
        self._names.add_former_names(table, self._former, keys & stored.keys())
        if own:  # names of rows of the table itself, which are known only now
            self._replace_names(draft, own)
            for row, drafted in zip(rows, draft.rows, strict=True):
                row.update({column: drafted[column] for column in own if column in drafted})
        return TableBatch(rows, [key for key in stored if key not in keys] if only_these else ())

    @staticmethod
    def _completed(draft: RowDraft, row: Mapping[str, object], stored: Stored) -> dict[str, object]:
        """A drafted row with the values of the stored row that it leaves out."""
        before = stored.get(key_of_row(draft.table, row), {})
        kept = [column for column in before if not draft.is_whole or column not in draft.table.user_columns]
        return {**{column: before[column] for column in kept}, **row}

    def vocabulary(self, table: Table) -> tuple[Vocabulary, Collection[tuple[int, str]]]:
        """The vocabulary of the rows of a table, and the rows and columns that are known to be wrong."""
        draft = self._drafts[table.name]
        return draft.vocabulary(self._schema, self._names), draft.wrong

    def add_problem(
        self, draft: RowDraft, number: int, column: str, value: str, rule: str, words: tuple[str, str]
    ) -> None:
        """Add the violation of a row in a column; ``words`` are the message and the remedy."""
        found = draft.violation(self._schema, self._names, number, column, value, rule, words)
        self.problems.append((draft.number(number), found))

    def _replace_names(self, draft: RowDraft, links: Mapping[str, Reference]) -> None:
        """Put ids in place of names. In a foreign key of several columns the first ones come first."""
        alone_first = sorted(links.values(), key=lambda each: len(each.other_columns))
        for number, row in enumerate(draft.rows, start=1):
            for column in links:
                if row.get(column) is not None:
                    draft.as_written[number, column] = row[column] = value_text(row[column])
            for reference in alone_first:
                if row.get(reference.column) is not None and (number, reference.column) not in draft.wrong:
                    self._replace_name(draft, number, reference)

    def _replace_name(self, draft: RowDraft, number: int, reference: Reference) -> None:
        row, column = draft.rows[number - 1], reference.column
        name, known = row[column], reference.known(row)
        row[column] = None
        if any((number, beside) in draft.wrong for beside, _ in reference.other_columns):
            draft.wrong.add((number, column))  # what it depends on is wrong, and reported
            return
        found = self._names.matches(reference.parent, name, known)
        if len(found) == 1:
            row[column] = found[0]
            return
        words = (
            self._ambiguous(draft, reference, name, found) if found else self._unknown(draft, number, reference, name)
        )
        self.add_problem(draft, number, column, name, f"foreign_key:{column}", words)

    def _ambiguous(self, draft: RowDraft, reference: Reference, name: str, found: list[Key]) -> tuple[str, str]:
        parent = reference.parent
        heading = headings(self._schema, draft.table)[reference.column]
        names = [self._names.unambiguous_name(parent, key) for key in found]
        message = f"{heading} {short_repr(name)} may mean {len(found)} rows of {parent}."
        new_ids = any(value_text(key) in each for key, each in zip(found, names, strict=True))
        if new_ids and not self._new[parent].isdisjoint(found):
            return message, f"These rows cannot be identified by name. Give them different names in {parent} first."
        return message, f"Write which one: {_choices(names)}."

    def _unknown(self, draft: RowDraft, number: int, reference: Reference, name: str) -> tuple[str, str]:
        called = headings(self._schema, draft.table)
        heading, parent, row = called[reference.column], reference.parent, draft.rows[number - 1]
        if elsewhere := self._names.matches(parent, name):
            beside = " and ".join(called[own] for own, _ in reference.other_columns)
            what = " and ".join(
                draft.as_written.get((number, own), value_text(row.get(own))) for own, _ in reference.other_columns
            )
            names = [self._names.unambiguous_name(parent, key) for key in elsewhere]
            return (
                f"{heading} {short_repr(name)} does not belong to the {beside} {short_repr(what)}.",
                f"Write another {heading}, or another {beside}. There is: {_choices(names)}.",
            )
        return (
            f"There is no {heading} {short_repr(name)} in {parent}.{self._suggest(self._schema.tables[parent], name)}",
            f"Write the name of one that is there, or add it to {parent} first; or leave this {draft.row.lower()} out.",
        )

    def _suggest_known(self, parent: Table, name: str) -> str:
        """The near match among the known rows, for the first unknown names."""
        self._suggested += 1
        if self._suggested > _NEAR_MATCHES:
            return ""
        if other := self._names.match_any_column(parent.name, name):
            return did_you_mean(other)
        known = self._names.labels(parent.name)
        return suggest_name_among(self._con, "SELECT unnest(CAST(? AS VARCHAR[]))", [known], name)

    def _report_mixed_up(self, draft: RowDraft, stored: Stored) -> None:
        table, links = draft.table, references(self._schema, draft.table)
        if not table.managed_columns.issuperset(table.primary_key):
            return
        if any(column in links and links[column].parent in self._mixed_up for column in table.natural_key):
            self._mixed_up.add(table.name)  # a consequence of what is reported of the parents
            return
        called = headings(self._schema, table)
        ids, names = (" and ".join(called[each] for each in some) for some in (table.primary_key, table.natural_key))
        for number, by_id, by_natural_key in mixed_up(table, draft.rows, stored):
            self._mixed_up.add(table.name)
            one, another = (self._former.label(table.name, key) for key in (by_id, by_natural_key))
            message = f"it has the {ids} of {one}, and the {names} of {another}."
            remedy = (
                f"If only some columns were sorted, clear {ids} in all rows: then {names} identifies them. To exchange "
                f"{names} between two rows, change them in two steps."
            )
            self.add_problem(
                draft, number, table.primary_key[0], value_text(by_id), f"mixed_up:{ids}", (message, remedy)
            )


def _choices(names: list[str]) -> str:
    return ", ".join(map(short_repr, names[:_CHOICES]))
