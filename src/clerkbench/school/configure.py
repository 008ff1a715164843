"""Changes the configuration of one clerkship, whole or not at all."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from clerkbench.database.headings import references
from clerkbench.database.parameters import to_stored
from clerkbench.database.row_names import NameIndex, value_text
from clerkbench.database.rows import find_rows, row_contents, rows_by_key, select_rows, suggest_name
from clerkbench.database.session import Session
from clerkbench.database.table import Table
from clerkbench.database.values import Key
from clerkbench.errors import ReferencedError, UnknownRowError
from clerkbench.files.sql_files import SqlFiles
from clerkbench.files.unicode_text import normalize
from clerkbench.mutations import error_messages
from clerkbench.mutations.batch import TableBatch, staged_batch
from clerkbench.mutations.name_resolution import NameResolver
from clerkbench.mutations.referential_actions import plan_delete
from clerkbench.mutations.row_drafts import RowDraft
from clerkbench.mutations.row_keys import Stored
from clerkbench.mutations.upsert import upsert
from clerkbench.reporting.violations import Violations
from clerkbench.school.configuration import (
    Configuration,
    general_rows,
    read_configuration,
    require_readable,
    school_configuration,
)
from clerkbench.school.settings import ListSetting, Settings, require_name, school_settings, settings
from clerkbench.school.settings_input import Item, SettingsInput
from clerkbench.validation.validate import rejection

#: So many violations are in the message of an error.
_MOST_MESSAGES = 20


def configure(
    session: Session, files: SqlFiles, clerkship: str, create: bool, given: Mapping[str, Any]
) -> Configuration:
    """Change the given settings of a clerkship, and nothing else. See ``bench.configure``."""
    con, schema = session.con, session.schema
    known = settings(schema)
    require_name(clerkship)
    row = _find(session, known, clerkship, create)
    require_readable(con, schema, files)
    wanted_settings = SettingsInput(known, given)
    writer = _Writer(session, known, wanted_settings)
    key = writer.draft_clerkship(clerkship, row)
    writer.draft_one_to_one(key, is_new=row is None)
    for name, items in wanted_settings.lists.items():
        each = known.lists[name]
        writer.draft_list(each, [(writer.owners[each.owner.name], items)])
    _store(session, writer, wanted_settings, clerkship)
    return read_configuration(con, schema, files, known, key)


def configure_school(session: Session, files: SqlFiles, given: Mapping[str, Any]) -> Configuration:
    """Change the given settings that belong to no clerkship, and nothing else. See ``bench.configure_school``."""
    known = school_settings(session.schema)
    wanted_settings = SettingsInput(known, given)
    writer = _Writer(session, known, wanted_settings)
    for name, items in wanted_settings.lists.items():
        writer.draft_list(known.lists[name], [(None, items)])
    _store(session, writer, wanted_settings, "The school")
    return school_configuration(session, files)


def _store(session: Session, writer: "_Writer", wanted_settings: SettingsInput, what: str) -> None:
    """Store what was drafted. Raises RowsRejectedError with all that is wrong."""
    _cascade(session, writer.tables)
    with staged_batch(session, writer.tables) as batch:
        broken = batch.violations(writer.resolver.vocabulary)
        found = [*wanted_settings.problems, *writer.resolver.problems, *broken.numbered()]
        if found:
            violations = Violations.of([each for _, each in found], [number for number, _ in found])
            raise rejection(f"{what} cannot be configured like this.", violations, _MOST_MESSAGES)
        upsert(batch)


def _find(session: Session, known: Settings, clerkship: str, create: bool) -> dict[str, Any] | None:
    """What identifies the clerkship, by column; None if it is to be created."""
    try:
        [row] = find_rows(session.con, known.clerkships, [clerkship]).values()
    except UnknownRowError as error:
        if create is not True:
            raise UnknownRowError(f"{error} To create it: create=True.") from None
        return None
    return dict(zip(known.clerkships.tracked_columns, row, strict=True))


class _Writer:
    """Collects the rows that are to be stored and deleted.

    Attributes:
        tables: What is to become of each table.
        owners: The keys of the clerkship and of its rows in other tables, by table.
        resolver: Finds the rows that names mean.
    """

    def __init__(self, session: Session, known: Settings, wanted_settings: SettingsInput) -> None:
        self._session = session
        self._known = known
        self._input = wanted_settings
        self._names = _names(session, known, wanted_settings)
        self.tables: dict[str, TableBatch] = {}
        self.owners: dict[str, Key] = {}
        self.resolver = NameResolver(session.con, session.schema, self._names, self._suggest)

    def _suggest(self, table: Table, name: str) -> str:
        return suggest_name(self._session.con, table, name)

    def draft_clerkship(self, clerkship: str, row: Mapping[str, Any] | None) -> Key:
        """Draft the row of the clerkship if anything of it changes. Returns its key."""
        table = self._known.clerkships
        values = self._input.values.get(table.name, {})
        if row is not None and not values:
            self._names.add(table, [row])
            self.owners[table.name] = row[table.primary_key[0]]
        elif row is not None:
            key = row[table.primary_key[0]]
            known = {column: row[column] for column in dict.fromkeys([*table.row_key, *table.label_columns])}
            self._draft_one(table, {**known, **values}, row_contents(self._session.con, table, [key]))
        else:
            self._draft_one(table, {table.natural_key[0]: to_stored(clerkship), **values}, {})
        return self.owners[table.name]

    def draft_one_to_one(self, key: Key, *, is_new: bool) -> None:
        """Draft the rows that a clerkship has one of, such as its configuration. A new clerkship gets all of them."""
        for name, column in self._known.one_to_one.items():
            stored = row_contents(self._session.con, self._session.schema.tables[name], [key], [column])
            needed = any(self._known.lists[each].owner.name == name for each in self._input.lists)
            if stored or is_new or needed or name in self._input.values:
                row = {column: key, **self._input.values.get(name, {})}
                self._draft_one(self._session.schema.tables[name], row, stored, {column})

    def _draft_one(self, table: Table, row: dict[str, Any], stored: Stored, ids: Iterable[str] = ()) -> None:
        """Draft the only row of a table that is concerned."""
        draft = RowDraft(table, [_as_stored(row)], lambda _: "", lambda number: number, "Row", ids=set(ids))
        self.tables[table.name] = self.resolver.resolve(draft, stored, only_these=False)
        self.owners[table.name] = draft.rows[0][table.primary_key[0]]

    def draft_list(self, each: ListSetting, owned: list[tuple[Key, list[Item]]]) -> None:
        """Draft a list of one owner or of several, and then the lists that its items hold."""
        items = [(owner, item) for owner, its in owned for item in its]
        draft = RowDraft(
            each.table,
            [{**({each.column: owner} if each.column else {}), **_as_stored(item.row)} for owner, item in items],
            lambda number: items[number - 1][1].place,
            lambda number: items[number - 1][1].number,
            "Item",
            is_whole=True,
            ordered_within=[*filter(None, [each.column]), *each.ordered_within],
            ids={*filter(None, [each.column])},
        )
        owners = [owner for owner, _ in owned]
        if None in owners:
            stored = general_rows(self._session.con, each)
        else:
            stored = row_contents(self._session.con, each.table, owners, [each.column])
        self.tables[each.table.name] = self.resolver.resolve(draft, stored, only_these=True)
        for name, below in each.lists.items():
            key = each.table.primary_key[0]
            inner = [
                (row[key], item.lists[name])
                for row, (_, item) in zip(draft.rows, items, strict=True)
                if name in item.lists
            ]
            if inner:
                self.draft_list(below, inner)


def _as_stored(row: Mapping[str, Any]) -> dict[str, Any]:
    return {column: to_stored(value) for column, value in row.items()}


def _cascade(session: Session, exchanges: dict[str, TableBatch]) -> None:
    """Add the rows that reference deleted rows, as the delete rules say."""
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


def _names(session: Session, known: Settings, wanted_settings: SettingsInput) -> NameIndex:
    """The rows of other tables that the settings may mean. Only these are read."""
    schema = session.schema
    wanted: dict[str, set[str]] = {}
    for name, given in wanted_settings.values.items():
        for column, reference in references(schema, schema.tables[name]).items():
            wanted.setdefault(reference.parent, set()).update({value_text(given.get(column))} - {""})
    for each, items in _all_lists((known.lists[name], items) for name, items in wanted_settings.lists.items()):
        for column, reference in references(schema, each.table).items():
            texts = {value_text(item.row.get(column)) for item in items} - {""} if column != each.column else set()
            wanted.setdefault(reference.parent, set()).update(texts)
    names = NameIndex(schema)
    for table in schema.tables.values():
        if wanted.get(table.name):
            names.add(table, _meant(session, table, wanted[table.name]))
    return names


def _all_lists(lists: Iterable[tuple[ListSetting, list[Item]]]) -> Iterator[tuple[ListSetting, list[Item]]]:
    for each, items in lists:
        yield each, items
        for name, below in each.lists.items():
            yield from _all_lists([(below, [inner for item in items for inner in item.lists.get(name, [])])])


def _meant(session: Session, table: Table, wanted_settings: set[str]) -> list[dict[str, Any]]:
    """The rows of a table that a text may mean: by name, alone or before parentheses, by natural key, or by id."""
    wanted_settings = wanted_settings | {each.rpartition(" (")[0] for each in wanted_settings if each.endswith(")")}
    wanted_settings = wanted_settings | set(map(normalize, wanted_settings))
    columns = {table.name_column, *(table.natural_key if len(table.natural_key) == 1 else []), *table.primary_key}
    if not table.name_column:
        return list(row_contents(session.con, table).values())
    found: dict[Key, dict[str, Any]] = {}
    for column in columns - {""}:
        if table.columns[column].type == "VARCHAR":
            found |= row_contents(session.con, table, sorted(wanted_settings), [column])
    return list(found.values())
