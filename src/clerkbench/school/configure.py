"""Writes what is said of one clerkship, by name, whole or not at all."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from clerkbench.database.headings import references
from clerkbench.database.parameters import to_python, to_stored
from clerkbench.database.row_names import NameIndex, value_text
from clerkbench.database.rows import find_rows, row_contents, rows_by_key, select_rows, suggest_name
from clerkbench.database.schema import Schema
from clerkbench.database.session import Session
from clerkbench.database.table import Table
from clerkbench.database.values import Key
from clerkbench.errors import ReferencedError, UnknownRowError
from clerkbench.files.sql_files import SqlFiles
from clerkbench.files.unicode_text import normalize
from clerkbench.mutations import error_messages
from clerkbench.mutations.batch import TableBatch, staged_batch
from clerkbench.mutations.name_resolution import NameResolver, RowDraft
from clerkbench.mutations.referential_actions import plan_delete
from clerkbench.reporting.phrases import nearest, short_repr
from clerkbench.reporting.violations import ERROR, Violation, Violations
from clerkbench.school.configuration import Configuration, configuration, require_readable
from clerkbench.school.settings import ListSetting, Settings, require_name, settings
from clerkbench.validation.validate import rejection

#: So many problems are told in an error; of more it says how many.
_TOLD = 20


@dataclass
class _Item:
    """One item of a list, read: where it stands, and what it says by column; and the lists it holds, if it does."""

    place: str
    number: int
    row: dict[str, Any]
    lists: dict[str, list["_Item"]] = field(default_factory=dict)


def configure(
    session: Session, files: SqlFiles, clerkship: str, create: bool, given: Mapping[str, Any]
) -> Configuration:
    """Write what is named, and nothing else. See ``bench.configure``.

    Args:
        session: The database.
        files: The SQL files.
        clerkship: Its name, or its id.
        create: Whether to make it if there is none of this name.
        given: The settings.

    Raises:
        UnknownRowError: There is no such clerkship.
        RowsRejectedError: Something is wrong; all that is, is in its ``violations``.
        ReferencedError: Something would go that others reference.
    """
    require_readable(session, files)
    con, schema = session.con, session.schema
    known = settings(schema)
    require_name(clerkship)
    try:
        [root] = find_rows(con, known.clerkships, [clerkship])
    except UnknownRowError as error:
        if create is not True:
            raise UnknownRowError(f"{error} To make it: create=True.") from None
        root = None
    reading = _Reading(schema)
    values, lists = reading.of(known, given)
    names = _names(session, known, values, lists)
    drafting = NameResolver(con, schema, names, lambda table, name: suggest_name(con, table, name))
    exchanges: dict[str, TableBatch] = {}

    name = known.clerkships.natural_key[0]
    stored = {} if root is None else row_contents(con, known.clerkships, [root])
    row = (
        {name: to_stored(clerkship)}
        if root is None
        else {column: stored[root][column] for column in known.clerkships.row_key}
    )
    row = {**row, **{column: each[column] for each in stored.values() for column in known.clerkships.label_columns}}
    draft = _one(known.clerkships, {**row, **values.get(known.clerkships.name, {})})
    exchanges[known.clerkships.name] = drafting.exchange(draft, stored, only_these=False)
    owners = {known.clerkships.name: draft.rows[0][known.clerkships.primary_key[0]]}
    for half, column in known.one_to_one.items():
        table = schema.tables[half]
        stored = row_contents(con, table, [owners[known.clerkships.name]], [column])
        # A clerkship that is made gets its halves, such as a configuration: it is not whole without them.
        wanted = root is None or half in values or any(known.lists[each].owner.name == half for each in lists)
        if stored or wanted:
            row = {column: owners[known.clerkships.name], **values.get(half, {})}
            draft = _one(table, row, {column})
            exchanges[half] = drafting.exchange(draft, stored, only_these=False)
            owners[half] = draft.rows[0][table.primary_key[0]]
    for key, items in lists.items():
        each = known.lists[key]
        _draft_list(session, drafting, exchanges, each, [(owners[each.owner.name], items)])
    _cascade(session, exchanges)
    with staged_batch(session, exchanges) as exchange:
        broken = exchange.violations(drafting.terms)
        found = [*reading.problems, *drafting.problems, *broken.numbered()]
        if found:
            violations = Violations.of([each for _, each in found], [number for number, _ in found])
            raise rejection(f"{clerkship} cannot be configured so.", violations, _TOLD)
        exchange.carry_out()
    return configuration(session, files, clerkship)


def _one(table: Table, row: dict[str, Any], ids: Iterable[str] = ()) -> RowDraft:
    """The draft of a table's only row that is concerned."""
    return RowDraft(table, [_as_stored(row)], lambda _: "", lambda number: number, "Row", ids=set(ids))


def _as_stored(row: Mapping[str, Any]) -> dict[str, Any]:
    return {column: to_stored(value) for column, value in row.items()}


def _draft_list(
    session: Session,
    drafting: NameResolver,
    exchanges: dict[str, TableBatch],
    each: ListSetting,
    owned: list[tuple[Key, list[_Item]]],
) -> None:
    """Draft a list, of one owner or of several; and then the lists that its items hold."""
    items = [(owner, item) for owner, its in owned for item in its]
    draft = RowDraft(
        each.table,
        [{each.column: owner, **_as_stored(item.row)} for owner, item in items],
        lambda number: items[number - 1][1].place,
        lambda number: items[number - 1][1].number,
        "Item",
        is_whole=True,
        ordered_within=[each.column, *each.ordered_within],
        ids={each.column},
    )
    stored = row_contents(session.con, each.table, [owner for owner, _ in owned], [each.column])
    exchanges[each.table.name] = drafting.exchange(draft, stored, only_these=True)
    for name, below in each.lists.items():
        key = each.table.primary_key[0]
        inner = [
            (row[key], item.lists[name]) for row, (_, item) in zip(draft.rows, items, strict=True) if name in item.lists
        ]
        if inner:
            _draft_list(session, drafting, exchanges, below, inner)


def _cascade(session: Session, exchanges: dict[str, TableBatch]) -> None:
    """Let go what hangs from rows that go, as the schema's delete rules say."""
    con, schema = session.con, session.schema
    for name, exchange in list(exchanges.items()):
        if not exchange.deleted:
            continue
        table = schema.tables[name]
        planned = plan_delete(
            con, schema, table, rows_by_key(table, select_rows(con, table, table.row_key, exchange.deleted))
        )
        if planned.blocking:
            frame = planned.frame(con)
            what = list(frame["label"][frame["path"] == table.name])
            raise ReferencedError(
                error_messages.delete_blocked(planned, frame, f"{name} {error_messages.listed_names(what)}"), frame
            )
        change = planned.change
        for other, rows in change.deleted.items():
            gone = exchanges.setdefault(other, TableBatch())
            gone.deleted = list(dict.fromkeys([*gone.deleted, *rows]))
        for each in change.altered:
            kept = row_contents(con, schema.tables[each.table], list(each.rows))
            exchanges.setdefault(each.table, TableBatch()).rows += [{**row, **each.values} for row in kept.values()]


class _Reading:
    """Reads what was given: which columns and lists are meant, and what is none of them."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self.problems: list[tuple[int, Violation]] = []

    def of(self, known: Settings, given: Mapping[str, Any]) -> tuple[dict[str, dict[str, Any]], dict[str, list[_Item]]]:
        """The values by table and column, and the lists by name."""
        values: dict[str, dict[str, Any]] = {}
        lists: dict[str, list[_Item]] = {}
        for name, value in given.items():
            if name in known.values:
                table, column = known.values[name]
                values.setdefault(table, {})[column] = to_python(value)
            elif name in known.lists:
                lists[name] = self._items(known.lists[name], name, value)
            else:
                self._unknown("setting", name, known.names, known.clerkships.name)
        return values, lists

    def _items(self, each: ListSetting, place: str, given: Any) -> list[_Item]:
        if isinstance(given, pd.DataFrame) and not given.columns.is_unique:
            twice = given.columns[given.columns.duplicated()][0]
            self._say(0, place, each.table.name, f"{place} has two columns called {twice!r}.", "Leave one of them out.")
            return []
        if isinstance(given, pd.DataFrame):
            given = given.to_dict("records")
        if isinstance(given, str | Mapping) or not isinstance(given, Iterable):
            wanted = f"{place} is a list, such as [{_example(each)}], and {short_repr(given)} is none."
            self._say(0, place, each.table.name, wanted, "Give a list; an empty one for nothing.")
            return []
        items = []
        for number, one in enumerate(given, start=1):
            item = self._item(each, f"{place}, item {number}", number, one)
            if item is not None:
                items.append(item)
        return items

    def _item(self, each: ListSetting, place: str, number: int, given: Any) -> _Item | None:
        if isinstance(given, str) and each.only_field:
            given = {each.only_field: given}
        if not isinstance(given, Mapping):
            what = f"{place} says {_example(each)}, and {short_repr(given)} does not."
            self._say(number, place, each.table.name, what, "Give it as a dict.")
            return None
        item = _Item(place, number, {})
        for name, value in given.items():
            column = each.columns.get(str(name), name if name in each.columns.values() else None)
            if name in each.lists:
                item.lists[name] = self._items(each.lists[name], f"{place}, {name}", value)
            elif column is None:
                parts = [*each.columns, *each.lists]
                self._unknown(f"part of {place}", str(name), parts, each.table.name, number)
            elif column in item.row:
                self._say(number, str(name), each.table.name, f"{place} says {name!r} twice.", "Leave one of them out.")
            else:
                item.row[column] = to_python(value)
        return item

    def _unknown(self, what: str, name: str, known: list[str], table: str, number: int = 0) -> None:
        suggest_name = nearest(name, known)
        hint = f" Did you mean {suggest_name!r}?" if suggest_name else ""
        said = f"There is no {what} called {name!r}.{hint} There are: {', '.join(known)}."
        self._say(number, name, table, said, "Correct the name, or leave it out.")

    def _say(self, number: int, name: str, table: str, message: str, remedy: str) -> None:
        self.problems.append((number, Violation(f"type:{name}", ERROR, None, table, "", name, "", message, remedy)))


def _example(each: ListSetting) -> str:
    return "{" + ", ".join(f"{name!r}: …" for name in [*each.columns, *each.lists][:3]) + "}"


def _names(
    session: Session, known: Settings, values: Mapping[str, Mapping[str, Any]], lists: Mapping[str, list[_Item]]
) -> NameIndex:
    """The rows of other tables that values and lists may mean: only those are looked up."""
    schema = session.schema
    wanted: dict[str, set[str]] = {}
    for name, given in values.items():
        for column, reference in references(schema, schema.tables[name]).items():
            wanted.setdefault(reference.parent, set()).update({value_text(given.get(column))} - {""})
    for each, items in _all_lists((known.lists[name], items) for name, items in lists.items()):
        for column, reference in references(schema, each.table).items():
            said = {value_text(item.row.get(column)) for item in items} - {""} if column != each.column else set()
            wanted.setdefault(reference.parent, set()).update(said)
    names = NameIndex(schema)
    for table in schema.tables.values():
        if wanted.get(table.name):
            names.add(table, _meant(session, table, wanted[table.name]))
    return names


def _all_lists(lists: Iterable[tuple[ListSetting, list[_Item]]]) -> Iterator[tuple[ListSetting, list[_Item]]]:
    for each, items in lists:
        yield each, items
        for name, below in each.lists.items():
            yield from _all_lists([(below, [inner for item in items for inner in item.lists.get(name, [])])])


def _meant(session: Session, table: Table, said: set[str]) -> list[dict[str, Any]]:
    """The rows of a table that a text may mean: by name, alone or before parentheses, by natural key, or by id."""
    said = said | {each.rpartition(" (")[0] for each in said if each.endswith(")")}
    said = said | set(map(normalize, said))
    columns = {table.name_column, *(table.natural_key if len(table.natural_key) == 1 else []), *table.primary_key}
    if not table.name_column:
        return list(row_contents(session.con, table).values())
    found: dict[Key, dict[str, Any]] = {}
    for column in columns - {""}:
        if table.columns[column].type == "VARCHAR":
            found |= row_contents(session.con, table, sorted(said), [column])
    return list(found.values())
