"""Reads all that holds for one clerkship, each value with where it comes from, and shows it. Reads only."""

import html
from collections.abc import Collection, Mapping
from copy import deepcopy
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
from clerkbench.school.settings import ListSetting, require_name, settings

#: Where a value comes from.
SET_HERE, DEFAULT = "set here", "default of the schema"

#: The column that says where a value or an item comes from.
ORIGIN = "origin"

#: The folder under ``sql/`` with a query for each list: what holds for a clerkship though it is not its own.
_IN_FORCE = "in_force"

_VALUES = ["area", "setting", "value", ORIGIN, "meaning"]

Row = Mapping[str, Any]


class Configuration:
    """What holds for one clerkship, that shows itself.

    Attributes:
        clerkship: Its name.
        settings: One row for each value: ``area`` (its number, missing for what belongs to none), ``setting``,
            ``value``, ``origin`` (set here, or default of the schema: also a value that was set and is the same as the
            default, for a row does not remember), ``meaning``.
        lists: By name one row for each item, with a column for each thing it says; ``origin`` (set here; or where it
            holds for other clerkships too, general rule, or preceptor's max_students).
    """

    def __init__(
        self, clerkship: str, settings: pd.DataFrame, lists: dict[str, pd.DataFrame], given: dict[str, Any]
    ) -> None:
        self.clerkship = clerkship
        self.settings = settings
        self.lists = lists
        self._given = given

    def as_dict(self) -> dict[str, Any]:
        """What is set for this clerkship itself, as ``bench.configure`` takes it: given back, it changes nothing."""
        return deepcopy(self._given)

    def __repr__(self) -> str:
        parts = [self.clerkship, self.settings[_VALUES[:-1]].astype(object).fillna("").to_string(index=False)]
        for name, items in self.lists.items():
            parts.append(f"{name}: {'none' if items.empty else ''}".rstrip())
            if not items.empty:
                parts.append(items.astype(object).fillna("").to_string(index=False))
        return "\n\n".join(parts)

    def _repr_html_(self) -> str:
        parts = [f"<h4>{html.escape(self.clerkship)}</h4>", _table(self.settings)]
        for name, items in self.lists.items():
            parts.append(f"<p><b>{html.escape(name)}</b>{': none' if items.empty else ''}</p>")
            parts.append("" if items.empty else _table(items))
        return "".join(parts)


def _table(frame: pd.DataFrame) -> str:
    filled = frame.astype(object).fillna("").astype(str)
    return html_table(list(filled.columns), filled.itertuples(index=False))


def configuration(session: Session, files: SqlFiles, clerkship: str) -> Configuration:
    """What holds for a clerkship. See ``bench.configuration``.

    Raises:
        UnknownRowError: There is no such clerkship; a near match is named.
        SchemaError: The database lacks a migration or a view, or a temporary table hides one.
    """
    con, schema = session.con, session.schema
    known = settings(schema)
    require_name(clerkship)
    [root] = find_rows(con, known.clerkships, [clerkship])
    rows: dict[str, Row] = {known.clerkships.name: row_contents(con, known.clerkships, [root])[root]}
    for half, column in known.one_to_one.items():
        for row in row_contents(con, schema.tables[half], [root], [column]).values():
            rows[half] = row
    given: dict[str, Any] = {}
    values = []
    called = {table: _in_names(con, schema, schema.tables[table], row) for table, row in rows.items()}
    for name, (table, column) in known.values.items():
        default = _default(con, schema.tables[table], column)
        value = called[table][column] if table in rows else default
        if table in rows:
            given[name] = value
        is_default = value == default and table != known.clerkships.name
        origin = DEFAULT if is_default else SET_HERE
        area = schema.tables[table].area_of(column)
        meaning = schema.tables[table].columns[column].meaning
        values.append((area.number if area else None, name, value, origin, meaning))
    frame = pd.DataFrame(values, columns=_VALUES, dtype=object).astype({"area": "Int64"})
    lists = {}
    for name, each in known.lists.items():
        owner = root if each.owner is known.clerkships else _key(each.owner, rows)
        own = _items(con, schema, each, [] if owner is None else [owner])
        given[name] = own.get(owner, []) if owner is not None else []
        lists[name] = _frame(each, given[name], _in_force(con, schema, files, name, root))
    name = value_text(rows[known.clerkships.name][known.clerkships.natural_key[0]])
    if any(half not in rows for half in known.one_to_one):
        given = {key: value for key, value in given.items() if value != [] or known.lists[key].owner.name in rows}
    return Configuration(name, frame, lists, given)


def rows_about(session: Session, files: SqlFiles, clerkship: str) -> pd.DataFrame:
    """The rows that say something of a clerkship: its own and what hangs from it, and those that hold for it though
    they belong to none, or to its preceptors.

    Returns:
        ``table``, ``id``.

    Raises:
        UnknownRowError: There is no such clerkship; a near match is named.
    """
    con, schema = session.con, session.schema
    known = settings(schema)
    [root] = find_rows(con, known.clerkships, [clerkship])
    found = [delete_plan(session, known.clerkships.name, [root])[["table", "id"]]]
    for name, each in known.lists.items():
        in_force = _in_force(con, schema, files, name, root)
        if "row_id" in in_force:
            keys = in_force["row_id"].dropna().tolist()
            rows = rows_by_key(each.table, select_rows(con, each.table, each.table.primary_key, keys)) if keys else {}
            planned = plan_delete(con, schema, each.table, rows) if rows else None
            gone = planned.change.deleted if planned else {}
            found += [pd.DataFrame({"table": table, "id": list(keys)}, dtype=object) for table, keys in gone.items()]
    return pd.concat(found, ignore_index=True)


def require_readable(session: Session, files: SqlFiles) -> None:
    """Make sure that a configuration can be read, before one is written that could not be shown.

    Raises:
        SchemaError: The database lacks a migration or a view, or a temporary table hides one.
    """
    for name in settings(session.schema).lists:
        _in_force(session.con, session.schema, files, name, None)


def _key(table: Table, rows: Mapping[str, Row]) -> Key:
    return rows[table.name][table.primary_key[0]] if table.name in rows else None


def _default(con: duckdb.DuckDBPyConnection, table: Table, column: str) -> Any:
    default = table.columns[column].default
    row = con.execute(f"SELECT {default}").fetchone() if default else None
    return row[0] if row else None


def _items(
    con: duckdb.DuckDBPyConnection, schema: Schema, each: ListSetting, owners: list[Key]
) -> dict[Key, list[dict[str, Any]]]:
    """The items of each owner, by place or by name, with the lists they hold."""
    stored = row_contents(con, each.table, owners, [each.column])
    names = _names(con, schema, each.table, list(stored.values()), but=each.column)
    tied = references(schema, each.table)
    below = {name: _items(con, schema, list_of, list(stored)) for name, list_of in each.lists.items()}
    found: dict[Key, list[dict[str, Any]]] = {}
    place = each.table.priority_column

    def order(item: tuple[Key, Row]) -> tuple[Any, ...]:
        within = [names.label(tied[column].parent, item[1][column]) for column in each.ordered_within if column in tied]
        called = [_told(names, tied, item[1], column) for column in each.table.natural_key if column != each.column]
        return (*within, item[1][place] if place else 0, *map(value_text, called))

    for key, row in sorted(stored.items(), key=order):
        item = {
            heading: _told(names, tied, row, column)
            for heading, column in each.columns.items()
            if row[column] is not None or each.table.columns[column].default
        }
        item |= {name: items.get(key, []) for name, items in below.items()}
        found.setdefault(row[each.column], []).append(item)
    return found


def _told(names: NameIndex, tied: Mapping[str, Reference], row: Row, column: str) -> Any:
    value = row[column]
    if column not in tied or value is None:
        return value
    return names.unambiguous_name(tied[column].parent, value, tied[column].known(row))


def _in_names(con: duckdb.DuckDBPyConnection, schema: Schema, table: Table, row: Row) -> Row:
    """A row with names in place of ids."""
    names, tied = _names(con, schema, table, [row]), references(schema, table)
    return {column: _told(names, tied, row, column) for column in row}


def _names(
    con: duckdb.DuckDBPyConnection, schema: Schema, table: Table, rows: Collection[Row], but: str = ""
) -> NameIndex:
    """What rows reference is called, in all columns but one; all of one name are known, so that they are told apart."""
    names = NameIndex(schema)
    for column, reference in references(schema, table).items():
        if column == but:
            continue
        parent = schema.tables[reference.parent]
        keys = list(dict.fromkeys(row[column] for row in rows if row[column] is not None))
        found = row_contents(con, parent, keys)
        if parent.name_column:
            same = sorted({row[parent.name_column] for row in found.values()})
            found = row_contents(con, parent, same, [parent.name_column])
        names.add(parent, found.values())
    return names


def _in_force(con: duckdb.DuckDBPyConnection, schema: Schema, files: SqlFiles, name: str, root: Key) -> pd.DataFrame:
    """What holds for the clerkship though it belongs to none, or to its preceptors; ``row_id`` says which row it is."""
    query = files.queries(_IN_FORCE).get(name)
    if query is None:
        return pd.DataFrame()
    require_no_temporary_namesakes(con, schema, "The configuration")
    try:
        found = con.execute(query, [root])
    except duckdb.CatalogException:
        raise SchemaError(
            "The configuration needs the newest schema and its views. Bring the database there with migrate()."
        ) from None
    columns = [name for name, *_ in found.description or []]
    return pd.DataFrame(found.fetchall(), columns=columns, dtype=object)


def _frame(each: ListSetting, items: list[dict[str, Any]], others: pd.DataFrame) -> pd.DataFrame:
    columns = [*each.columns, *each.lists, ORIGIN]
    rows = []
    for item in items:
        row = {name: _listed(each.lists[name], value) if name in each.lists else value for name, value in item.items()}
        rows.append({**row, ORIGIN: SET_HERE})
    own = pd.DataFrame(rows, columns=columns, dtype=object)
    others = others.reindex(columns=columns).astype(object) if len(others.columns) else own.head(0)
    return pd.concat([own, others], ignore_index=True) if len(others) else own


def _listed(each: ListSetting, items: list[dict[str, Any]]) -> str:
    """A list inside an item, in one text: the names, in their order."""
    return ", ".join(value_text(item.get(each.only_field)) if each.only_field else str(item) for item in items)
