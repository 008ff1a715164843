"""Reads the configuration of one clerkship, each value with its origin, and shows it. Reads only."""

import html
import re
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import duckdb
import pandas as pd

from clerkbench.database.catalog import require_no_temporary_namesakes
from clerkbench.database.headings import Reference, references
from clerkbench.database.row_names import NameIndex, value_text
from clerkbench.database.rows import find_rows, row_contents, rows_by_key, select_rows
from clerkbench.database.schema import Schema
from clerkbench.database.session import Session
from clerkbench.database.table import Table
from clerkbench.database.values import Key
from clerkbench.errors import SchemaError
from clerkbench.files.sql_files import SqlFiles
from clerkbench.mutations.delete import delete_plan
from clerkbench.mutations.referential_actions import plan_delete
from clerkbench.reporting.report_frame import html_table
from clerkbench.school.origins import IN_FORCE, ITEMS, ORIGIN, ROW_ID, in_force, list_frame, settings_in_force
from clerkbench.school.settings import ListSetting, Settings, require_name, school_settings, settings

_PARAMETER = re.compile(r"\$\d")

_VALUES = ["area", "setting", "value", ORIGIN, "meaning"]

Row = Mapping[str, Any]


class Configuration:
    """The configuration of one clerkship, which shows itself.

    Attributes:
        settings: One row per value: ``area`` (number; missing if it belongs to none), ``setting``, ``value``,
            ``origin``, ``meaning``.
        lists: By name of the list one row per item, with a column for each of its values; ``origin``.

    The SQL files under ``sql/in_force`` say where a value or an item comes from.
    """

    def __init__(
        self, clerkship: str, settings: pd.DataFrame, lists: dict[str, pd.DataFrame], given: dict[str, Any]
    ) -> None:
        self.clerkship = clerkship
        self.settings = settings
        self.lists = lists
        self._given = given

    def as_dict(self) -> dict[str, Any]:
        """What is set for this clerkship, as ``bench.configure`` takes it. Given back, it changes nothing."""
        return deepcopy(self._given)

    def __repr__(self) -> str:
        parts = [self.clerkship]
        if not self.settings.empty:
            parts.append(self.settings[_VALUES[:-1]].astype(object).fillna("").to_string(index=False))
        for name, items in self.lists.items():
            parts.append(f"{name}: {'none' if items.empty else ''}".rstrip())
            if not items.empty:
                parts.append(items.astype(object).fillna("").to_string(index=False))
        return "\n\n".join(parts)

    def _repr_html_(self) -> str:
        parts = [f"<h4>{html.escape(self.clerkship)}</h4>"]
        parts += [_table(self.settings)] if not self.settings.empty else []
        for name, items in self.lists.items():
            parts.append(f"<p><b>{html.escape(name)}</b>{': none' if items.empty else ''}</p>")
            parts.append("" if items.empty else _table(items))
        return "".join(parts)


def _table(frame: pd.DataFrame) -> str:
    filled = frame.astype(object).fillna("").astype(str)
    return html_table(list(filled.columns), filled.itertuples(index=False))


def configuration(session: Session, files: SqlFiles, clerkship: str) -> Configuration:
    """The configuration of a clerkship. See ``bench.configuration``."""
    known = settings(session.schema)
    require_name(clerkship)
    [root] = find_rows(session.con, known.clerkships, [clerkship])
    require_readable(session.con, session.schema, files)
    return read_configuration(session.con, session.schema, files, known, root)


def school_configuration(session: Session, files: SqlFiles) -> Configuration:
    """The settings that belong to no clerkship. See ``bench.school_configuration``."""
    con, schema = session.con, session.schema
    require_no_temporary_namesakes(con, schema, "The configuration")
    known = school_settings(schema)
    stored = {name: _stored_items(con, each, None) for name, each in known.lists.items()}
    names = _names(con, schema, known, {}, stored.values())
    items = {name: _items(schema, names, each).get(None, {}) for name, each in stored.items()}
    origin = _own_origin(con, files)
    lists = {name: list_frame(known.lists[name], each, origin, pd.DataFrame()) for name, each in items.items()}
    nothing = pd.DataFrame(columns=_VALUES, dtype=object).astype({"area": "Int64"})
    return Configuration("Any clerkship", nothing, lists, {name: list(each.values()) for name, each in items.items()})


def _own_origin(con: duckdb.DuckDBPyConnection, files: SqlFiles) -> str:
    return next(iter(in_force(con, files, ITEMS).get(ORIGIN, ())), "")


def general_rows(con: duckdb.DuckDBPyConnection, each: ListSetting) -> dict[Key, dict[str, Any]]:
    """The rows of a list that belong to no clerkship, by key."""
    rows = row_contents(con, each.table)
    return {key: row for key, row in rows.items() if not each.column or row[each.column] is None}


def require_readable(con: duckdb.DuckDBPyConnection, schema: Schema, files: SqlFiles) -> None:
    """Make sure that a configuration can be read. One query. Raises SchemaError if the database lacks a migration or a
    view, or a temporary table hides one.
    """
    require_no_temporary_namesakes(con, schema, "The configuration")
    present = {name.lower() for name in [*schema.tables, *schema.views]}
    for query in files.queries(IN_FORCE).values():
        try:
            missing = {name.lower() for name in con.get_table_names(_PARAMETER.sub("NULL", query))} - present
        except (duckdb.BinderException, duckdb.CatalogException):
            missing = {query}
        if missing:
            raise SchemaError(
                "The configuration needs the newest schema and its views. Upgrade the database with migrate()."
            )


def read_configuration(
    con: duckdb.DuckDBPyConnection, schema: Schema, files: SqlFiles, known: Settings, root: Key
) -> Configuration:
    """The configuration of the clerkship with this key, in a database whose configurations can be read."""
    rows: dict[str, Row] = {known.clerkships.name: row_contents(con, known.clerkships, [root])[root]}
    for name, column in known.one_to_one.items():
        for row in row_contents(con, schema.tables[name], [root], [column]).values():
            rows[name] = row
    stored = {name: _stored_items(con, each, _owners(each, known, rows, root)) for name, each in known.lists.items()}
    names = _names(con, schema, known, rows, stored.values())
    frame, given = _values(con, schema, files, known, rows, names, root)
    lists = {}
    own_origin = _own_origin(con, files)
    for name, each in stored.items():
        items = {key: item for of_owner in _items(schema, names, each).values() for key, item in of_owner.items()}
        if items or each.setting.owner.name in rows:
            given[name] = list(items.values())
        lists[name] = list_frame(each.setting, items, own_origin, in_force(con, files, name, root))
    name = value_text(rows[known.clerkships.name][known.clerkships.natural_key[0]])
    return Configuration(name, frame, lists, given)


def rows_about(session: Session, files: SqlFiles, clerkship: str) -> pd.DataFrame:
    """The rows that an audit of one clerkship looks at: its own row and its dependents, and the rows that hold for it
    and belong to no clerkship, or to its preceptors.

    Returns:
        ``table``, ``id``.

    Raises:
        UnknownRowError: There is no such clerkship; a near match is suggested.
    """
    con, schema = session.con, session.schema
    known = settings(schema)
    [root] = find_rows(con, known.clerkships, [clerkship])
    require_readable(con, schema, files)
    found = [delete_plan(session, known.clerkships.name, [root])[["table", "id"]]]
    for name, each in known.lists.items():
        holding = in_force(con, files, name, root)
        if ROW_ID in holding:
            keys = holding[ROW_ID].dropna().tolist()
            rows = rows_by_key(each.table, select_rows(con, each.table, each.table.primary_key, keys)) if keys else {}
            deleted = plan_delete(con, schema, each.table, rows).change.deleted if rows else {}
            found += [pd.DataFrame({"table": table, "id": list(keys)}, dtype=object) for table, keys in deleted.items()]
    return pd.concat(found, ignore_index=True)


@dataclass(frozen=True)
class _StoredItems:
    """The stored rows of a list, and of the lists that its items hold."""

    setting: ListSetting
    rows: dict[Key, dict[str, Any]]
    below: "dict[str, _StoredItems]"


def _stored_items(con: duckdb.DuckDBPyConnection, each: ListSetting, owners: list[Key] | None) -> _StoredItems:
    """The items of some owners; None for those without an owner."""
    if owners is None:
        rows = general_rows(con, each)
    else:
        rows = row_contents(con, each.table, owners, [each.column]) if owners else {}
    below = {name: _stored_items(con, inner, list(rows)) for name, inner in each.lists.items()}
    return _StoredItems(each, rows, below)


def _owners(each: ListSetting, known: Settings, rows: Mapping[str, Row], root: Key) -> list[Key]:
    """The key of the row that a list belongs to; none if that row is missing."""
    if each.owner is known.clerkships:
        return [root]
    return [rows[each.owner.name][each.owner.primary_key[0]]] if each.owner.name in rows else []


def _values(
    con: duckdb.DuckDBPyConnection,
    schema: Schema,
    files: SqlFiles,
    known: Settings,
    rows: Mapping[str, Row],
    names: NameIndex,
    root: Key,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The values as a table, and those that are stored by name."""
    columns = [schema.tables[table].columns[column] for table, column in known.values.values()]
    expressions = [f"({column.default or 'NULL'})" for column in columns]
    defaults = con.execute(f"SELECT {', '.join(expressions)}").fetchone() or () if columns else ()
    given: dict[str, Any] = {}
    values = dict(zip(known.values, defaults, strict=True))
    for name, (table, column) in known.values.items():
        if table in rows:
            values[name] = given[name] = _name(names, references(schema, schema.tables[table]), rows[table], column)
    stored, initial = ([None if each is None else str(each) for each in some] for some in (values.values(), defaults))
    tables, types = [table for table, _ in known.values.values()], [each.type for each in columns]
    origin, filled = settings_in_force(con, files, root, list(values), tables, stored, initial, types)
    values |= filled
    lines = []
    for (name, value), own in zip(values.items(), columns, strict=True):
        area = schema.tables[known.values[name][0]].area_of(own.name)
        lines.append((area.number if area else None, name, value, origin.get(name, ""), own.meaning))
    return pd.DataFrame(lines, columns=_VALUES, dtype=object).astype({"area": "Int64"}), given


def _items(schema: Schema, names: NameIndex, stored: _StoredItems) -> dict[Key, dict[Key, dict[str, Any]]]:
    """The items of each owner by their keys, in the order of priorities or names, with the lists that they hold."""
    each = stored.setting
    links = references(schema, each.table)
    below = {name: _items(schema, names, inner) for name, inner in stored.below.items()}
    priority = each.table.priority_column

    def order(item: tuple[Key, Row]) -> tuple[Any, ...]:
        within = [
            names.label(links[column].parent, item[1][column]) for column in each.ordered_within if column in links
        ]
        called = [_name(names, links, item[1], column) for column in each.table.natural_key if column != each.column]
        return (*within, item[1][priority] if priority else 0, *map(value_text, called))

    found: dict[Key, dict[Key, dict[str, Any]]] = {}
    for key, row in sorted(stored.rows.items(), key=order):
        item = {
            heading: _name(names, links, row, column)
            for heading, column in each.columns.items()
            if row[column] is not None or each.table.columns[column].default
        }
        item |= {name: list(items.get(key, {}).values()) for name, items in below.items()}
        found.setdefault(row[each.column] if each.column else None, {})[key] = item
    return found


def _name(names: NameIndex, links: Mapping[str, Reference], row: Row, column: str) -> Any:
    """A value; for a reference the name of the row that it means."""
    value = row[column]
    if column not in links or value is None:
        return value
    return names.unambiguous_name(links[column].parent, value, links[column].known(row))


def _names(
    con: duckdb.DuckDBPyConnection,
    schema: Schema,
    known: Settings,
    rows: Mapping[str, Row],
    stored: Iterable[_StoredItems],
) -> NameIndex:
    """The names of the rows that all these rows reference, their owners apart. One query for each table."""
    wanted: dict[str, dict[Key, None]] = {}

    def want(table: Table, rows: Iterable[Row], owner: str) -> None:
        for column, reference in references(schema, table).items():
            if column != owner:
                keys = dict.fromkeys(row[column] for row in rows if row[column] is not None)
                wanted.setdefault(reference.parent, {}).update(keys)

    def want_items(stored: Iterable[_StoredItems]) -> None:
        for each in stored:
            want(each.setting.table, each.rows.values(), each.setting.column)
            want_items(each.below.values())

    for name, row in rows.items():
        want(schema.tables[name], [row], known.one_to_one.get(name, ""))
    want_items(stored)
    names = NameIndex(schema)
    for name, parent in schema.tables.items():
        if wanted.get(name):
            names.add(parent, row_contents(con, parent, list(wanted[name]), with_namesakes=True).values())
    return names
