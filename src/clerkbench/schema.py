"""The tables as a change needs to know them: columns, keys and who references whom, read once. Reads only."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from operator import itemgetter
from typing import Any

import duckdb

from clerkbench import ledger
from clerkbench.catalog import matching, parents_first, quoted, view_names
from clerkbench.constraints import Constraint, enforced
from clerkbench.database import HERE
from clerkbench.errors import SchemaError

#: What some columns of a row hold: the value of one column, or a tuple of the values of several. Where nothing else is
#: said, the columns are those of :attr:`Table.row_key`, and tell the row from all others.
Key = Any

#: The values of a row in the columns of :attr:`Table.telling`.
Values = tuple[Any, ...]

#: Rows of a table by their keys.
Rows = dict[Key, Values]

#: See :func:`signature`.
Signature = list[tuple[Any, ...]]

#: The two columns that mean something to clerkbench by their names alone, in any table that has them.
_NAME = ("name", "VARCHAR")
_RENEWED = "updated_at"

#: What DuckDB calls its own number of a row.
ROW_NUMBER = "rowid"


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes:
        name: As the catalog spells it.
        type: As DuckDB writes it.
        default: Whether a row that leaves the column out gets a value.
        generated: Whether the value follows from other columns, and is never given.
    """

    name: str
    type: str
    default: bool
    generated: bool


@dataclass
class Table:
    """One table, with the foreign keys that tie it to others.

    Attributes:
        name: As the catalog spells it.
        address: The full name, quoted.
        columns: By name, in order.
        constraints: All that the table enforces on its rows, in the order of declaration.
        referenced_by: The foreign keys, its own among them, that reference it.
    """

    name: str
    address: str
    columns: dict[str, Column]
    constraints: list[Constraint] = field(default_factory=list)
    referenced_by: list[Constraint] = field(default_factory=list)

    @cached_property
    def primary_key(self) -> tuple[str, ...]:
        """The columns of the primary key; of a table without one, none."""
        return next((each.columns for each in self.constraints if each.kind == "primary key"), ())

    @cached_property
    def row_key(self) -> tuple[str, ...]:
        """The columns by which a row is told from all others: the primary key, or without one another unique key.

        A table that has neither is told by DuckDB's own numbers, which change when it rewrites the table. That is safe
        as long as nothing references the rows, for then they are the first that a change touches.

        Raises:
            SchemaError: The table has no such key, and others reference it.
        """
        if self.primary_key:
            return self.primary_key
        for each in self.constraints:
            if each.kind == "unique" and each.columns and self.required.issuperset(each.columns):
                return each.columns
        if self.referenced_by:
            raise SchemaError(
                f"{self.name} is referenced by other tables and has no primary key, so its rows cannot be told apart. "
                "Give it one in a migration. Nothing was changed."
            )
        return (ROW_NUMBER,)

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
    def name_column(self) -> str:
        """The text column called ``name``, by which people know a row of most tables; empty where there is none."""
        return next((each.name for each in self.columns.values() if (each.name.lower(), each.type) == _NAME), "")

    @cached_property
    def renewed_column(self) -> str:
        """The column called ``updated_at`` that gets its default anew with every change; empty where there is none."""
        return next((each.name for each in self.columns.values() if each.name.lower() == _RENEWED and each.default), "")

    @cached_property
    def label_columns(self) -> list[str]:
        """The columns that say which row it is: its name; or what is unique of it; or what it references; or its key.

        So a row of a table that the schema gains tomorrow has a label as well.
        """
        if self.name_column:
            return [self.name_column]
        for each in self.constraints:
            if each.kind == "unique" and each.columns:
                return list(each.columns)
        references = {column for key in self.foreign_keys for column in key.columns}
        return [column for column in self.columns if column in references] or list(self.row_key)

    @cached_property
    def telling(self) -> list[str]:
        """The columns a change has to know of a row: its key, what ties it to other rows, and what says which it is."""
        names = list(self.row_key)
        names += [column for key in self.foreign_keys for column in key.columns]
        names += [column for key in self.referenced_by for column in key.parent_columns]
        return list(dict.fromkeys(names + self.label_columns))

    def picker(self, columns: Iterable[str]) -> Callable[[Values], Key]:
        """A function that picks what some of the columns of :attr:`telling` hold in a row."""
        return itemgetter(*(self.telling.index(column) for column in columns))

    @cached_property
    def stored(self) -> list[str]:
        """The columns that are given values, in order."""
        return [each.name for each in self.columns.values() if not each.generated]

    def beside(self, prefix: str) -> str:
        """The full name of a table of clerkbench's own in the same place, named after this one."""
        return self.address.removesuffix(quoted(self.name)) + quoted(prefix + self.name)

    def typed(self, columns: Iterable[str]) -> dict[str, str]:
        """Some columns, each with its type."""
        return {each: "BIGINT" if each == ROW_NUMBER else self.columns[each].type for each in columns}


class Schema:
    """All tables of a database.

    Attributes:
        tables: By name, parents before the tables that reference them.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        rows = con.execute(
            f"""
            SELECT
                database_name, schema_name, table_name, column_name, data_type, column_default IS NOT NULL, is_generated
            FROM duckdb_columns() WHERE {HERE} ORDER BY table_name, column_index
            """
        ).fetchall()
        views = set(view_names(con))
        found: dict[str, Table] = {}
        for database, schema, table, column, kind, default, generated in rows:
            if table not in views and not table.startswith(ledger.PREFIX):
                address = ".".join(map(quoted, (database, schema, table)))
                columns = found.setdefault(table, Table(table, address, {})).columns
                columns[column] = Column(column, kind, default and not generated, generated)
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


#: Up to so many values stand in the query itself, and DuckDB looks each up in the index: 9 microseconds a value, at a
#: thousand rows as at a million. Beyond that they go in as a list, for which it reads the whole column: for 150 values
#: 0.8 ms at a thousand rows, 1.6 ms at 100,000, 5.6 ms at a million (in memory, of text keys).
_FEW = 100


def condition(columns: Mapping[str, str], values: Collection[Key]) -> tuple[str, list[Any]]:
    """An SQL condition for the rows that hold one of some values in some columns, and its parameters.

    Args:
        columns: The columns, each with its type.
        values: What they hold.
    """
    names, kinds = ", ".join(map(quoted, columns)), list(columns.values())
    if not values:
        return "FALSE", []
    if len(kinds) == 1 and len(values) <= _FEW:
        return f"{names} IN ({', '.join('?' * len(values))})", list(values)
    lists = ", ".join(f"unnest(CAST(? AS {kind}[]))" for kind in kinds)
    given = [list(values)] if len(kinds) == 1 else [list(column) for column in zip(*values, strict=True)]
    return f"({names}) IN (SELECT {lists})", given


def signature(con: duckdb.DuckDBPyConnection) -> Signature:
    """What a :class:`Schema` depends on: as long as it stays the same, so does the schema.

    The catalog's own DDL of a table changes with each of its columns and constraints, its number when the table is made
    anew, be it only with another delete rule. Reading them takes 0.9 ms for our schema, reading the schema 6 ms.
    """
    tables = f"SELECT table_oid, sql FROM duckdb_tables() WHERE {HERE}"
    indexes = f"SELECT index_oid, sql FROM duckdb_indexes() WHERE {HERE}"
    return con.execute(f"SELECT current_database(), current_schema(), * FROM ({tables} UNION ALL {indexes})").fetchall()
