"""Rows as people write them, with names in place of ids, made ready to be stored. Stores nothing."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import duckdb

from clerkbench.database.headings import Reference, headings, references
from clerkbench.database.row_names import NameIndex, key_of_row, natural_key_values, value_text
from clerkbench.database.rows import suggest_name_among
from clerkbench.database.schema import Schema
from clerkbench.database.table import Table
from clerkbench.database.values import Key
from clerkbench.mutations.batch import TableBatch
from clerkbench.reporting.phrases import short_repr
from clerkbench.reporting.violations import ERROR, Violation
from clerkbench.validation.messages import Vocabulary
from clerkbench.validation.staging import default_of

#: What is stored of a table, by key and by column.
Stored = Mapping[Key, Mapping[str, Any]]

#: For so many names that nobody has, one that is like it is looked for; it takes time.
_NEAR_MATCHES = 50


@dataclass
class RowDraft:
    """The rows that somebody wrote for one table.

    Attributes:
        table: The table.
        rows: By column; ids may be missing, and names stand where ids will.
        place: Where a row stands, in the words of whoever wrote it, by its number: "Sheet preceptors, row 12". Empty
            where what it is called is enough.
        number: What its writer counts a row as, by its number here, which is counted from 1.
        row: What its writer calls a row: "Row", "Item".
        everything: What its writer calls all of it: "Sheet preceptors".
        is_whole: Whether a row says everything, and what it leaves out gets its default; or else stays as it is.
        placed_within: The columns within whose values rows are counted that do not say their place; None where they
            are not.
        ids: The columns in which ids stand already.
        as_written: What stood where there is an id now, by row and column.
        wrong: The rows and columns of which something wrong is known.
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


class NameResolver:
    """Turns drafts into what can be stored: finds what the names mean, and which rows are there already.

    Args:
        con: The database.
        schema: Its tables.
        names: The rows that a name may mean, beside those drafted.
        like: A name like one that nobody has, where more rows could be meant than are known; empty for none.
    """

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        schema: Schema,
        names: NameIndex,
        like: Callable[[Table, str], str] | None = None,
    ) -> None:
        self._con = con
        self._schema = schema
        self._names = names
        self._near_match = like
        self._former = NameIndex(schema)
        self._near = 0
        #: By table, the keys of rows that are new: nobody can know them.
        self._made: dict[str, set[Key]] = defaultdict(set)
        self._drafts: dict[str, RowDraft] = {}
        #: The tables in which it is not known which row is meant.
        self._mixed_up: set[str] = set()
        #: What is wrong with names, each with the row it stands in as its writer counts.
        self.problems: list[tuple[int, Violation]] = []

    def resolve(self, draft: RowDraft, stored: Stored, *, only_these: bool) -> TableBatch:
        """What is to become of a table. What the drafted rows reference was drafted before.

        A row is one that is stored if it has its id, or else if it has the same natural key.

        Args:
            draft: The rows.
            stored: What is stored and may be meant.
            only_these: Whether the stored rows that are not among the drafted ones go.
        """
        table = draft.table
        self._drafts[table.name] = draft
        tied = {column: each for column, each in references(self._schema, table).items() if column not in draft.ids}
        own = {column: each for column, each in tied.items() if each.parent == table.name}
        self._find(draft, {column: each for column, each in tied.items() if column not in own})
        self._place(draft)
        self._give_keys(draft, stored)
        rows = []
        for row in draft.rows:
            before = stored.get(key_of_row(table, row), {})
            kept = [column for column in before if not draft.is_whole or column not in table.user_columns]
            rows.append({**{column: before[column] for column in kept}, **row})
        self._former.add(table, stored.values())
        self._check_mixed_up(draft, stored)
        keys = {key_of_row(table, row) for row in rows}
        staying = () if only_these else (row for key, row in stored.items() if key not in keys)
        self._names.add(table, [*rows, *staying])
        self._names.add_former_names(table, self._former, keys & stored.keys())
        if own:
            self._find(draft, own)
            rows = [
                {**row, **{column: drafted.get(column) for column in own if column in drafted}}
                for row, drafted in zip(rows, draft.rows, strict=True)
            ]
        return TableBatch(rows, [key for key in stored if key not in keys] if only_these else ())

    def headings(self, table: Table) -> dict[str, str]:
        """What the writer of a table calls its columns."""
        return headings(self._schema, table)

    def terms(self, table: Table) -> tuple[Vocabulary, Collection[tuple[int, str]]]:
        """The words of whoever wrote the rows of a table, and what is known to be wrong with them."""
        draft = self._drafts[table.name]
        called = headings(self._schema, table)
        terms = Vocabulary(
            draft.everything,
            draft.row,
            draft.number,
            lambda number: self._subject(draft, number),
            {column: heading for column, heading in called.items() if column != heading},
            lambda number, column: self._said(draft, number, column),
        )
        return terms, draft.wrong

    def _said(self, draft: RowDraft, number: int, column: str) -> str | None:
        """What was written where there is an id; where nothing was, what the row that it stands for is called."""
        tied = references(self._schema, draft.table)
        if column in draft.ids and column in tied and draft.rows[number - 1].get(column) is not None:
            return self._names.label(tied[column].parent, draft.rows[number - 1][column])
        return draft.as_written.get((number, column))

    def problem(self, draft: RowDraft, number: int, column: str, value: str, rule: str, told: tuple[str, str]) -> None:
        """Note that something is wrong with what a row says in a column; ``told``: what, and what to do."""
        table = draft.table
        draft.wrong.add((number, column))
        message, remedy = told
        area = table.area_of(column)
        heading = headings(self._schema, table).get(column, column)
        violation = Violation(
            rule,
            ERROR,
            area.number if area else None,
            table.name,
            "",
            heading,
            value,
            f"{self._subject(draft, number)}: {message}",
            remedy,
        )
        self.problems.append((draft.number(number), violation))

    def _subject(self, draft: RowDraft, number: int) -> str:
        """Where a row stands and, as far as it says so, what it is called."""
        row, tied = draft.rows[number - 1], references(self._schema, draft.table)
        parts = []
        for column in draft.table.label_columns:
            written = draft.as_written.get((number, column))
            value = row.get(column)
            if written is None and column in tied and value is not None:
                written = self._names.label(tied[column].parent, value)
            parts.append(value_text(value) if written is None else written)
        label, place = ", ".join(filter(None, parts)), draft.place(number)
        return f"{place} ({label})" if label and place else label or place

    def _place(self, draft: RowDraft) -> None:
        """Count the rows that do not say their place, within those that it counts among."""
        column = draft.table.priority_column
        places: Counter[tuple[Any, ...]] = Counter()
        if draft.ordered_within is not None and column:
            for row in draft.rows:
                among = tuple(value_text(row.get(each)) for each in draft.ordered_within)
                places[among] += 1
                row.setdefault(column, places[among])

    def _find(self, draft: RowDraft, tied: Mapping[str, Reference]) -> None:
        """Put ids where names stand. Those that a foreign key takes together come in the order of the table."""
        alone_first = sorted(tied.values(), key=lambda each: len(each.beside))
        for number, row in enumerate(draft.rows, start=1):
            for column in tied:
                if row.get(column) is not None:
                    draft.as_written[number, column] = value_text(row[column])
                    row[column] = draft.as_written[number, column]
            for reference in alone_first:
                column = reference.column
                name = row.get(column)
                if name is None or (number, column) in draft.wrong:
                    continue
                known = reference.known(row)
                row[column] = None
                if any((number, beside) in draft.wrong for beside, _ in reference.beside):
                    draft.wrong.add((number, column))  # what it depends on is wrong, and said to be
                elif len(found := self._names.matches(reference.parent, name, known)) == 1:
                    row[column] = found[0]
                else:
                    self._tell(draft, number, reference, name, found)

    def _tell(self, draft: RowDraft, number: int, reference: Reference, name: str, found: list[Key]) -> None:
        heading = headings(self._schema, draft.table)[reference.column]
        parent, row = reference.parent, draft.rows[number - 1]
        rule = f"foreign_key:{reference.column}"
        if found:
            told = f"{heading} {short_repr(name)} may mean {len(found)} rows of {parent}.", self._which(parent, found)
        elif elsewhere := self._names.matches(parent, name):
            beside = " and ".join(headings(self._schema, draft.table)[own] for own, _ in reference.beside)
            holders = [self._names.unambiguous_name(parent, key) for key in elsewhere[:5]]
            what = " and ".join(
                draft.as_written.get((number, own), value_text(row.get(own))) for own, _ in reference.beside
            )
            told = (
                f"{heading} {short_repr(name)} does not belong to the {beside} {short_repr(what)}.",
                f"Write another {heading}, or another {beside}. There is: {', '.join(map(short_repr, holders))}.",
            )
        else:
            told = (
                f"There is no {heading} {short_repr(name)} in {parent}.{self._like(parent, name)}",
                f"Write the name of one that is there, or add it to {parent} first; or leave this "
                f"{draft.row.lower()} out.",
            )
        self.problem(draft, number, reference.column, name, rule, told)

    def _which(self, parent: str, found: list[Key]) -> str:
        """How to say which of several rows is meant, as far as a person can."""
        written = [self._names.unambiguous_name(parent, key) for key in found]
        if self._made[parent].isdisjoint(found) or all(
            value_text(key) not in each for key, each in zip(found, written, strict=True)
        ):
            return f"Write which one: {', '.join(map(short_repr, written[:5]))}."
        return f"Nothing tells these rows apart. Give each of them in {parent} a name of its own first."

    def _like(self, parent: str, name: str) -> str:
        """A name that is like it, for as many as can be looked for in good time."""
        if self._near_match:
            return self._near_match(self._schema.tables[parent], name)
        self._near += 1
        if self._near > _NEAR_MATCHES:
            return ""
        if other := self._names.match_any_column(parent, name):
            return f" Did you mean {other!r}?"
        return suggest_name_among(self._con, "SELECT unnest(CAST(? AS VARCHAR[]))", [self._names.labels(parent)], name)

    def _give_keys(self, draft: RowDraft, stored: Stored) -> None:
        """A row without an id gets that of the stored one with the same natural key, or a new one. So does a row whose
        id another one has before it: it was copied.
        """
        table = draft.table
        keys = {tuple(map(value_text, _parts(key))): _parts(key) for key in stored}
        for row in draft.rows:  # as the database has them, whatever the spreadsheet made of them
            said = tuple(value_text(row.get(column)) for column in table.row_key)
            row.update(zip(table.row_key, keys.get(said, ()), strict=False))
        if not table.managed_columns.issuperset(table.primary_key):
            return  # people write the key themselves
        taken: set[str] = set()
        for row in draft.rows:
            given = [value_text(row.get(column)) for column in table.primary_key]
            if given and all(given) and ", ".join(given) not in taken:
                taken.add(", ".join(given))
            else:
                copied = (
                    [each for each in table.stored if each not in table.user_columns]
                    if all(given)
                    else table.primary_key
                )
                for column in copied:
                    row.pop(column, None)
        self._recognize(draft, [(key, row) for key, row in stored.items() if value_text(key) not in taken])
        self._make_keys(table, [row for row in draft.rows if not all(column in row for column in table.primary_key)])

    def _check_mixed_up(self, draft: RowDraft, stored: Stored) -> None:
        """Refuse rows that have the id of one stored row, and what tells another from all others: as after sorting
        some columns of a sheet and not the others. Which of the two is meant nobody can know.
        """
        table, tied = draft.table, references(self._schema, draft.table)
        names = table.natural_key
        if not table.managed_columns.issuperset(table.primary_key) or not names:
            return
        if any(column in tied and tied[column].parent in self._mixed_up for column in names):
            self._mixed_up.add(table.name)  # it follows from what is said of the others
            return
        filled = all if table.unique_names else any
        told_apart = {key: row for key, row in stored.items() if filled(row[each] is not None for each in names)}
        counts = Counter(natural_key_values(table, row) for row in told_apart.values())
        known = {
            natural_key_values(table, row): key
            for key, row in told_apart.items()
            if counts[natural_key_values(table, row)] == 1
        }
        heading = headings(self._schema, table)
        ids, told = (" and ".join(heading[each] for each in some) for some in (table.primary_key, names))
        for number, row in enumerate(draft.rows, start=1):
            key, other = key_of_row(table, row), known.get(natural_key_values(table, row))
            if other is None or key not in stored or key == other:
                continue
            self._mixed_up.add(table.name)
            one, another = (self._former.label(table.name, each) for each in (key, other))
            message = f"it has the {ids} of {one}, and the {told} of {another}."
            remedy = (
                f"If the rows were sorted without all of their columns, empty {ids} in all rows: then they are known "
                f"by {told}. If {told} is to be another one, give it to one row after the other."
            )
            self.problem(draft, number, table.primary_key[0], value_text(key), f"mixed_up:{ids}", (message, remedy))

    def _recognize(self, draft: RowDraft, stored: Iterable[tuple[Key, Mapping[str, Any]]]) -> None:
        table = draft.table
        known: dict[tuple[str, ...], list[Key]] = {}
        for key, row in stored:
            known.setdefault(natural_key_values(table, row), []).append(key)
        for row in draft.rows:
            if (
                len(table.primary_key) == 1
                and table.primary_key[0] not in row
                and known.get(natural_key_values(table, row))
            ):
                row[table.primary_key[0]] = known[natural_key_values(table, row)].pop(0)

    def _make_keys(self, table: Table, rows: list[dict[str, Any]]) -> None:
        defaults = ", ".join(default_of(table.columns[column]) for column in table.primary_key)
        if rows and defaults:
            given = {tuple(map(value_text, _parts(key_of_row(table, row)))) for row in self._drafts[table.name].rows}
            made: list[tuple[Any, ...]] = []
            while len(made) < len(rows):  # what a sequence counts next, another row may have
                drawn = self._con.execute(f"SELECT {defaults} FROM range({len(rows) - len(made)})").fetchall()
                made += [values for values in drawn if tuple(map(value_text, values)) not in given]
            for row, values in zip(rows, made, strict=True):
                row.update(zip(table.primary_key, values, strict=True))
                self._made[table.name].add(key_of_row(table, row))


def _parts(key: Key) -> tuple[Any, ...]:
    return key if isinstance(key, tuple) else (key,)
