"""The tables as a change needs to know them: columns, keys and who references whom, read once. Reads only."""

import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from operator import itemgetter
from typing import Any

import duckdb

from clerkbench import ledger
from clerkbench.catalog import matching, parents_first, view_names
from clerkbench.constraints import Constraint, enforced, history
from clerkbench.database import HERE
from clerkbench.errors import SchemaError
from clerkbench.sql_text import quoted, tokens, unquoted
from clerkbench.values import Key, compared, fetched

#: The values of a row in the columns of :attr:`Table.telling`.
Values = tuple[Any, ...]

#: Rows of a table by their keys.
Rows = dict[Key, Values]

#: See :func:`signature`.
Signature = tuple[tuple[Any, ...], ...]

#: The columns that mean something to clerkbench by their names alone, in any table that has them.
_NAMES = ("name", "title", r".+_name|firstname|lastname", "code")
_RENEWED = "updated_at"
_TIMES = ("created_at", _RENEWED)
_PLACE = "priority"

#: What DuckDB calls its own number of a row.
ROW_NUMBER = "rowid"

#: The functions whose every call gives an id that nobody has, and those that tell the time.
_NEW_IDS = {"gen_random_uuid", "uuid", "uuidv4", "uuidv7"}
_CLOCKS = {"current_timestamp", "get_current_timestamp", "now", "current_date", "today", "localtimestamp"}


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes:
        name: As the catalog spells it.
        type: As DuckDB writes it.
        default: What a row gets that leaves the column out, in SQL; empty for nothing.
        generated: Whether the value follows from other columns, and is never given; no constraint can be on it.
    """

    name: str
    type: str
    default: str
    generated: bool

    @cached_property
    def is_fresh(self) -> bool:
        """Whether its default is another in each row, as a new id is."""
        return not _NEW_IDS.isdisjoint(token.name for token in tokens(self.default))

    @cached_property
    def sequence(self) -> str:
        """The sequence that numbers its rows, as the default spells it; empty for none."""
        match [token.text for token in tokens(self.default)]:
            case ["nextval", "(", name, ")"] | ["CAST", "(", "nextval", "(", name, ")", "AS", _, ")"]:
                return unquoted(name[1:-1].replace("''", "'").removeprefix("main."))
        return ""

    @cached_property
    def is_timed(self) -> bool:
        """Whether it says when its row was stored or changed, and the database fills it by itself."""
        return self.name.lower() in _TIMES and not _CLOCKS.isdisjoint(token.name for token in tokens(self.default))


@dataclass
class Table:
    """One table, with the foreign keys that tie it to others.

    Attributes:
        name: As the catalog spells it.
        address: The full name, quoted.
        columns: By name, in order.
        constraints: All that the table enforces on its rows, in the order of declaration.
        referenced_by: The foreign keys, its own among them, that reference it.
        broken_by_defaults: The numbers of the constraints that a row breaks which leaves out all they look at; None as
            long as nobody has asked, see ``breaches``.
    """

    name: str
    address: str
    columns: dict[str, Column]
    constraints: list[Constraint] = field(default_factory=list)
    referenced_by: list[Constraint] = field(default_factory=list)
    broken_by_defaults: set[int] | None = None

    @cached_property
    def primary_key(self) -> tuple[str, ...]:
        """The columns of the primary key; of a table without one, none."""
        return next((each.columns for each in self.constraints if each.kind == "primary key"), ())

    @cached_property
    def row_key(self) -> tuple[str, ...]:
        """The columns by which a row is told from all others: the primary key, or without one another unique key; or
        else DuckDB's own number of the row, see :attr:`is_numbered`.

        Raises:
            SchemaError: The table has none of these.
        """
        if not self._unique_key and not self.is_numbered:
            raise SchemaError(
                f"{self.name} has no primary key, and a column called {ROW_NUMBER}, which hides DuckDB's own numbers "
                "of the rows. So they cannot be told apart. Give it a primary key in a migration. Nothing was changed."
            )
        return self._unique_key or (ROW_NUMBER,)

    @cached_property
    def is_numbered(self) -> bool:
        """Whether rows can only be told by DuckDB's numbers, which change when it rewrites the table.

        That is safe as long as nothing references the rows, for then they are the first that a change touches.
        """
        return not self._unique_key and not self.hides_numbers

    @cached_property
    def hides_numbers(self) -> bool:
        """Whether a column is called like DuckDB's numbers of the rows, which nobody sees then."""
        return any(column.lower() == ROW_NUMBER for column in self.columns)

    @cached_property
    def _unique_key(self) -> tuple[str, ...]:
        if self.primary_key:
            return self.primary_key
        unique = (each.columns for each in self.constraints if each.kind == "unique" and each.columns)
        return next((columns for columns in unique if self.required.issuperset(columns)), ())

    @cached_property
    def foreign_keys(self) -> list[Constraint]:
        """The foreign keys by which its rows reference others."""
        return [each for each in self.constraints if each.kind == "foreign key"]

    @cached_property
    def self_references(self) -> list[Constraint]:
        """The foreign keys by which its rows reference each other."""
        return [each for each in self.foreign_keys if each.parent == self.name]

    @cached_property
    def required(self) -> set[str]:
        """The columns that take no NULL."""
        return {each.columns[0] for each in self.constraints if each.kind == "not null"} | set(self.primary_key)

    @cached_property
    def name_columns(self) -> list[str]:
        """The columns of texts by which people know a row: its ``name``; or else its ``title``, or what ends in
        ``_name``, such as a first and a last one; or else its ``code``. None of them may reference another table.
        """
        texts = [each.name for each in self.columns.values() if each.type == "VARCHAR"]
        tied = {column for key in self.foreign_keys for column in key.columns}
        for kind in _NAMES:
            if found := [
                column for column in texts if column not in tied and re.fullmatch(kind, column, re.IGNORECASE)
            ]:
                return found
        return []

    @cached_property
    def name_column(self) -> str:
        """The only one of :attr:`name_columns`, which tells a row by itself; empty where there is none, or several."""
        return self.name_columns[0] if len(self.name_columns) == 1 else ""

    @cached_property
    def renewed_column(self) -> str:
        """The column called ``updated_at`` that gets its default anew with every change; empty where there is none."""
        return next((each.name for each in self.columns.values() if each.name.lower() == _RENEWED and each.default), "")

    @cached_property
    def place_column(self) -> str:
        """The column called ``priority``, which says in what order rows count, 1 first; empty where there is none."""
        return next((each.name for each in self.columns.values() if each.name.lower() == _PLACE), "")

    @cached_property
    def label_columns(self) -> list[str]:
        """The columns that say which row it is: its name; or what is unique of it; or what it references but itself; or
        its key.

        So a row of a table that the schema gains tomorrow has a label as well.
        """
        if self.name_columns:
            return self.name_columns
        for each in self.constraints:
            if each.kind == "unique" and each.columns:
                return list(each.columns)
        references = {column for key in self.foreign_keys if key.parent != self.name for column in key.columns}
        return [column for column in self.columns if column in references] or list(self.row_key)

    @cached_property
    def bookkeeping(self) -> set[str]:
        """The columns that the database fills by itself and nobody writes: a new id, and the times of the row.

        A default alone makes no such column: a day that is today where nobody says otherwise is written by people. The
        default of a key that is a new id, or the next number of a sequence, does.
        """
        return {each.name for each in self.columns.values() if each.is_timed} | {
            name for name in self._unique_key if self.columns[name].is_fresh or self.columns[name].sequence
        }

    @cached_property
    def told(self) -> list[str]:
        """The columns that people write, in order: all but those the database keeps for itself."""
        return [name for name in self.stored if name not in self.bookkeeping]

    @cached_property
    def natural_key(self) -> list[str]:
        """The columns by which people tell rows apart, and that mean the same in another database.

        The first that are unique together, ids apart; or else what a row references and its name; or else everything.
        """
        if self.unique_names:
            return self.unique_names
        references = {column for key in self.foreign_keys for column in key.columns}
        return [column for column in self.told if column in references or column in self.name_columns] or self.told

    @cached_property
    def unique_names(self) -> list[str]:
        """The first columns that people write and that are unique together; none where people can write a row twice."""
        for each in self.constraints:
            columns = self.columns_in(each)
            if each.kind in ("unique", "primary key") and columns and set(columns) <= set(self.told):
                return columns
        return []

    @cached_property
    def telling(self) -> list[str]:
        """The columns a change has to know of a row: its key, what ties it to other rows, and what says which it is."""
        names = list(self.row_key)
        names += [column for key in self.foreign_keys for column in key.columns]
        names += [column for key in self.referenced_by for column in key.parent_columns]
        return list(dict.fromkeys(names + self.label_columns))

    def columns_in(self, constraint: Constraint) -> list[str]:
        """The columns a constraint looks at, also inside the expressions of an index."""
        if constraint.columns:
            return list(constraint.columns)
        named = {token.name for each in constraint.expressions for token in tokens(each)}
        return [column for column in self.columns if column.lower() in named]

    def picker(self, columns: Iterable[str]) -> Callable[[Values], Key]:
        """A function that picks what some of the columns of :attr:`telling` hold in a row."""
        return itemgetter(*(self.telling.index(column) for column in columns))

    @cached_property
    def stored(self) -> list[str]:
        """The columns that are given values, in order."""
        return [each.name for each in self.columns.values() if not each.generated]

    @cached_property
    def fingerprint(self) -> str:
        """What a row holds, in one number: an expression that is the same for two rows that hold the same."""
        return f"hash(row({', '.join(map(self.compared, self.stored))}))"

    def beside(self, prefix: str) -> str:
        """The full name of a table of clerkbench's own in the same place, named after this one."""
        return self.address.removesuffix(quoted(self.name)) + quoted(prefix + self.name)

    def typed(self, columns: Iterable[str]) -> dict[str, str]:
        """Some columns, each with its type."""
        return {each: self.columns[each].type if each in self.columns else "BIGINT" for each in columns}

    def fetched(self, columns: Iterable[str]) -> str:
        """Some columns as a query fetches them, so that their values can come back as they are."""
        return ", ".join(fetched(quoted(name), kind) for name, kind in self.typed(columns).items())

    def compared(self, column: str) -> str:
        """A column as a foreign key compares it: by its exact value, whatever its collation."""
        return compared(column, self.typed([column])[column])


class Schema:
    """All tables of a database.

    Attributes:
        tables: By name, parents before the tables that reference them.
        ages: The number of the migration that made each table, ``(table, "")``, and that added a column to it later.
        oldest_first: Their names in the order in which migrations made them: a new table changes nothing in it.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        rows = con.execute(
            f"""
            SELECT
                database_name, schema_name, table_name, column_name, data_type, coalesce(column_default, ''),
                is_generated
            FROM duckdb_columns() WHERE {HERE} ORDER BY table_name, column_index
            """
        ).fetchall()
        views = set(view_names(con))
        found: dict[str, Table] = {}
        for database, schema, table, column, kind, default, generated in rows:
            if table not in views and not table.startswith(ledger.PREFIX):
                address = ".".join(map(quoted, (database, schema, table)))
                columns = found.setdefault(table, Table(table, address, {})).columns
                columns[column] = Column(column, kind, "" if generated else default, generated)
        for each in enforced(con):
            if each.kind == "foreign key":
                if each.parent not in found:
                    continue  # it is named like a table of clerkbench's own
                found[each.parent].referenced_by.append(each)
            found[each.table].constraints.append(each)
        order = parents_first(
            {name: {key.parent for key in table.foreign_keys} - {name} for name, table in found.items()}
        )
        self.tables = {name: found[name] for name in order}
        in_order, self.ages = history(con)
        age = {name: number for number, name in enumerate(in_order)}
        self.oldest_first = sorted(self.tables, key=lambda name: (age.get(name.lower(), len(age)), name))

    def age(self, table: str, column: str = "") -> int:
        """The number of the migration that made a table, or one of its columns."""
        name = table.lower()
        return self.ages.get((name, column.lower()), self.ages.get((name, ""), sys.maxsize))

    @property
    def renewed_columns(self) -> set[tuple[str, str]]:
        """The columns, each with its table, that hold something else each time the same scripts run: new ids, times,
        and whatever references them.
        """
        found = {(name, column) for name, table in self.tables.items() for column in table.bookkeeping}
        for name, table in self.tables.items():  # parents first
            for key in table.foreign_keys:
                pairs = zip(key.columns, key.parent_columns, strict=True)
                found |= {(name, column) for column, above in pairs if (key.parent, above) in found}
        return found

    def called(self, name: str) -> Table:
        """The table of that name, whatever its upper and lower case.

        Raises:
            UnknownNameError: There is no such table; a near match is named.
        """
        return self.tables[matching("There is no table", name, list(self.tables))]

    def depending_on(self, tables: Iterable[str]) -> list[str]:
        """The tables that reference any of these, directly or through others, parents first. Without the tables named,
        unless they are among those that reference.
        """
        reached: set[str] = set()
        waiting = list(tables)
        while waiting:
            children = {key.table for key in self.tables[waiting.pop()].referenced_by} - reached
            reached |= children
            waiting += children
        return [name for name in self.tables if name in reached]


def signature(con: duckdb.DuckDBPyConnection) -> Signature:
    """What a :class:`Schema` depends on: as long as it stays the same, so does the schema.

    The catalog's own DDL of a table changes with each of its columns and constraints, and the delete rules come from
    the scripts of the migrations. Reading these takes 1.7 ms for our schema, reading the schema 7 ms. Tables that were
    taken down and put up again are the same.
    """
    tables = f"SELECT table_name, sql FROM duckdb_tables() WHERE {HERE}"
    indexes = f"SELECT '', sql FROM duckdb_indexes() WHERE {HERE}"
    query = f"SELECT current_database(), current_schema(), * FROM ({tables} UNION ALL {indexes})"
    found = sorted(con.execute(query).fetchall())
    has_ledger = any(table == ledger.MIGRATIONS for _, _, table, _ in found)
    return (*found, *(ledger.checksums(con) if has_ledger else ()))


#: The schemas that were read last, by signature and migration scripts: most databases of a process have the same.
_READ: dict[tuple[Signature, tuple[str, ...]], Schema] = {}
_AT_MOST = 16


def read(con: duckdb.DuckDBPyConnection, current: Signature) -> Schema:
    """The schema of a database, given its signature. It is read only if no database with the same was read before.

    The scripts themselves are compared, because a file of somebody else may hold others under the same checksums. What
    a table knows of its defaults depends on the database's own functions, so each database has tables of its own.
    """
    key = current, tuple(each.migration.up for each in ledger.applied(con))
    found = _READ.get(key)
    if found is None:
        found = Schema(con)
        while len(_READ) >= _AT_MOST:
            _READ.pop(next(iter(_READ)), None)  # another thread may have been quicker
        _READ[key] = found
    copy = object.__new__(Schema)
    copy.oldest_first, copy.ages = found.oldest_first, found.ages
    copy.tables = {name: replace(table, broken_by_defaults=None) for name, table in found.tables.items()}
    return copy
