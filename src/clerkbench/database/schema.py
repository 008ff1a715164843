"""The schema of a database: tables, views, keys, constraints and comments, read once per public call. Reads only."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from graphlib import TopologicalSorter
from typing import NamedTuple

import duckdb

from clerkbench.database import constraints, ledger
from clerkbench.database.column import Area, Column, View
from clerkbench.database.connection import IN_SCHEMA
from clerkbench.database.constraints import Constraint
from clerkbench.database.table import Table
from clerkbench.errors import UnknownNameError
from clerkbench.files import schema_history
from clerkbench.files.declared_constraints import Declared, declared_constraints
from clerkbench.files.sql_text import quoted

#: One thing in DuckDB's catalog: its kind, the table it belongs to, its name, its SQL and its comment.
_Entry = tuple[str, str, str, str | None, str | None]


class Signature(NamedTuple):
    """What a :class:`Schema` is made of: as long as it stays the same, the schema does.

    DuckDB's own DDL of a table changes with each of its columns and constraints, and the delete rules come from the
    migration scripts. Of a view the columns and comments count, because DuckDB takes longer to write its DDL. A table
    that was dropped and created again in the same way has the same signature.
    """

    database: str
    place: str
    entries: frozenset[_Entry]
    checksums: tuple[tuple[int, str], ...]


class AreaEntry(NamedTuple):
    """A table or column that belongs to a configuration area; the column is empty for a whole table."""

    area: Area
    table: str
    column: str
    meaning: str


@dataclass(frozen=True, eq=False)
class Schema:
    """All tables and views of a database.

    Attributes:
        tables: By name, parents before the tables that reference them.
        views: By name.
        ages: The number of the migration that made each table, ``(table, "")``, or added a column to it later.
        oldest_first: The names of the tables in the order in which migrations made them. A new table changes nothing
            in it.
        unmatched: The foreign keys and the commented constraints that the scripts declare and no table has.
        broken_by_defaults: By table the numbers of the constraints that its defaults violate, as far as the constraint
            checker has asked. A default may call a function of the database, so each database has its own.
    """

    tables: dict[str, Table]
    views: Mapping[str, View] = field(default_factory=dict)
    ages: Mapping[tuple[str, str], int] = field(default_factory=dict)
    oldest_first: tuple[str, ...] = ()
    unmatched: tuple[str, ...] = ()
    broken_by_defaults: dict[str, set[int]] = field(default_factory=dict)

    def age(self, table: str, column: str = "") -> int:
        """The number of the migration that made a table, or one of its columns."""
        name = table.lower()
        return self.ages.get((name, column.lower()), self.ages.get((name, ""), sys.maxsize))

    @cached_property
    def renewed_columns(self) -> frozenset[tuple[str, str]]:
        """The columns, each with its table, that hold other values each time scripts run: new ids, times, keys to
        them.
        """
        found = {(name, column) for name, table in self.tables.items() for column in table.managed_columns}
        for name, table in self.tables.items():  # parents first
            for key in table.foreign_keys:
                pairs = zip(key.columns, key.parent_columns, strict=True)
                found |= {(name, column) for column, above in pairs if (key.parent, above) in found}
        return frozenset(found)

    @cached_property
    def constraints(self) -> list[Constraint]:
        """The constraints of all tables, by name of table."""
        return [each for name in sorted(self.tables) for each in self.tables[name].constraints]

    @cached_property
    def areas(self) -> list[AreaEntry]:
        """The tables and columns that belong to a configuration area, by area and then by table."""
        found = []
        for name, table in self.tables.items():
            found += [AreaEntry(table.area, name, "", table.meaning)] if table.area else []
            columns = table.columns.values()
            found += [AreaEntry(each.area, name, each.name, each.meaning) for each in columns if each.area]
        return sorted(found, key=lambda each: each.area.number)

    @property
    def area_names(self) -> dict[int, str]:
        """The configuration areas by their numbers."""
        return {each.area.number: each.area.name for each in self.areas}

    def find_table(self, name: str) -> Table:
        """The table of that name in upper or lower case. Raises UnknownNameError, which suggests a near match."""
        return self.tables[matching("There is no table", name, self.tables)]

    def depending_on(self, tables: Iterable[str]) -> list[str]:
        """The tables that reference any of these, directly or through others, parents first. The named tables are among
        them only if they reference one.
        """
        reached: set[str] = set()
        waiting = list(tables)
        while waiting:
            children = {key.table for key in self.tables[waiting.pop()].referenced_by} - reached
            reached |= children
            waiting += children
        return [name for name in self.tables if name in reached]


def matching(lead: str, name: str, known: Iterable[str]) -> str:
    """The known name that is the given one in upper or lower case. Raises UnknownNameError if there is none. The
    message begins with ``lead``, such as "There is no table".
    """
    known = list(known)
    for each in known:
        if each.lower() == str(name).lower():
            return each
    raise UnknownNameError(lead, name, known)


def signature(con: duckdb.DuckDBPyConnection) -> Signature:
    """The signature of a database: two queries, or one where there is no ledger."""
    rows = con.execute(
        f"""
        SELECT current_database(), current_schema(), kind, parent, name, definition, remark
        FROM (
            SELECT 'table', table_name, table_name, sql, comment FROM duckdb_tables() WHERE {IN_SCHEMA} AND NOT internal
            UNION ALL
            SELECT 'view', view_name, view_name, NULL, comment FROM duckdb_views() WHERE {IN_SCHEMA} AND NOT internal
            UNION ALL
            SELECT 'index', table_name, index_name, sql, NULL FROM duckdb_indexes() WHERE {IN_SCHEMA}
            UNION ALL
            SELECT 'column', table_name, column_name, data_type, comment FROM duckdb_columns()
            WHERE {IN_SCHEMA} AND NOT internal
        ) AS entries (kind, parent, name, definition, remark)
        """
    ).fetchall()
    has_ledger = any(kind == "table" and name == ledger.MIGRATIONS for _, _, kind, _, name, *_ in rows)
    database, place = rows[0][:2] if rows else ("", "")
    checksums = tuple(ledger.checksums(con)) if has_ledger else ()
    return Signature(database, place, frozenset(row[2:] for row in rows), checksums)


#: The schemas that were read last, by signature and scripts: most databases of a process have the same schema.
_READ: dict[tuple[Signature, tuple[str, ...]], Schema] = {}
_AT_MOST = 16


def read_schema(con: duckdb.DuckDBPyConnection, current: Signature | None = None) -> Schema:
    """The schema of a database, from its catalog and from the migration scripts in its ledger. Cached by ``current``,
    its signature, and by the scripts. Raises SqlFileError if a migration of the database misspells a delete rule.
    """
    current = signature(con) if current is None else current
    key = current, _scripts(con, current)  # a file of somebody else may hold other scripts under the same checksums
    found = _READ.get(key)
    if found is None:
        found = _read(con, *key)
        while len(_READ) >= _AT_MOST:
            _READ.pop(next(iter(_READ)), None)  # another thread may have been quicker
        _READ[key] = found
    return replace(found, broken_by_defaults={})


def _read(con: duckdb.DuckDBPyConnection, current: Signature, scripts: tuple[str, ...]) -> Schema:
    declared = _declared(scripts)
    entries = {
        kind: {name: (parent, sql, remark) for of, parent, name, sql, remark in current.entries if of == kind}
        for kind in ("table", "view", "index")
    }
    columns = _columns(con, current, declared)
    spelling = {relation: {name.lower(): name for name in of} for relation, of in columns.items()}
    indexes = sorted(
        (name, parent, sql or "")
        for name, (parent, sql, _) in entries["index"].items()
        if not parent.startswith(ledger.PREFIX)
    )
    found, unmatched = constraints.read(con, declared, spelling, indexes)
    tables = _tables(
        current, {name: columns.get(name, {}) for name in entries["table"]}, found, indexes, entries["table"]
    )
    age = {table: number for number, (table, column) in enumerate(_ages(scripts)) if not column}
    return Schema(
        tables,
        {name: View(name, columns.get(name, {}), entries["view"][name][2] or "") for name in sorted(entries["view"])},
        _ages(scripts),
        tuple(sorted(tables, key=lambda name: (age.get(name.lower(), len(age)), name))),
        unmatched,
    )


def _columns(
    con: duckdb.DuckDBPyConnection, current: Signature, declared: Mapping[str, list[Declared]]
) -> dict[str, dict[str, Column]]:
    """The columns of all tables and views in order."""
    comments = {(parent, name): remark for kind, parent, name, _, remark in current.entries if kind == "column"}
    integers = {(table, each.columns[0]) for table in declared for each in declared[table] if each.kind == "integer"}
    columns: dict[str, dict[str, Column]] = {}
    for relation, name, kind, default, generated, nullable in con.execute(
        f"""
        SELECT table_name, column_name, data_type, coalesce(column_default, ''), is_generated, is_nullable
        FROM duckdb_columns() WHERE {IN_SCHEMA} AND NOT internal ORDER BY table_name, column_index
        """
    ).fetchall():
        columns.setdefault(relation, {})[name] = Column(
            name,
            kind,
            "" if generated else default,
            generated,
            nullable,
            comments.get((relation, name)) or "",
            (relation.lower(), name.lower()) in integers,
        )
    return columns


def _tables(
    current: Signature,
    columns: Mapping[str, Mapping[str, Column]],
    found: Iterable[Constraint],
    indexes: Iterable[tuple[str, str, str]],
    entries: Mapping[str, tuple[str, str | None, str | None]],
) -> dict[str, Table]:
    """The tables, parents first. A foreign key to one of clerkbench's own tables is left out."""
    names = [name for name in columns if not name.startswith(ledger.PREFIX)]
    own: dict[str, list[Constraint]] = {name: [] for name in names}
    above: dict[str, list[Constraint]] = {name: [] for name in names}
    for each in found:
        if each.kind == "foreign key":
            if each.parent not in above:
                continue
            above[each.parent].append(each)
        own[each.table].append(each)
    parents = {name: {each.parent for each in own[name] if each.parent} - {name} for name in names}
    return {
        name: Table(
            name,
            ".".join(map(quoted, (current.database, current.place, name))),
            columns[name],
            tuple(own[name]),
            tuple(above[name]),
            tuple(sql for _, table, sql in indexes if table == name),
            entries[name][2] or "",
        )
        for name in parents_first(parents)
    }


def parents_first(parents: Mapping[str, set[str]]) -> Iterator[str]:
    """The tables, each after those it references, otherwise by name.

    Args:
        parents: What each table references, itself left out.
    """
    order = TopologicalSorter(parents)
    order.prepare()
    while order.is_active():
        ready = sorted(order.get_ready())
        yield from ready
        order.done(*ready)


def _scripts(con: duckdb.DuckDBPyConnection, current: Signature) -> tuple[str, ...]:
    return tuple(each.migration.up for each in ledger.stored(con)) if current.checksums else ()


@lru_cache(maxsize=8)
def _declared(scripts: tuple[str, ...]) -> dict[str, list[Declared]]:
    """Cached, because the scripts of a database hardly ever change."""
    return declared_constraints(scripts)


_ages = lru_cache(maxsize=8)(schema_history.ages)
