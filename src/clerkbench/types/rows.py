"""Reads what the types of any language say of the tables: columns, what they hold, what they mean. Reads only."""

from collections import Counter
from dataclasses import dataclass

import duckdb

from clerkbench import catalog
from clerkbench.constraints import allowed_values
from clerkbench.schema import Schema, Table

#: What stands above everything that is written.
NOTICE = "Written by clerkbench from the SQL of the schema, which says all of it: change the SQL, not this file."


@dataclass(frozen=True)
class TypedColumn:
    """A column.

    Attributes:
        name: Its name.
        kind: Its type without what is in parentheses, as DuckDB calls it.
        nullable: Whether it may be NULL.
        default: What a row gets that leaves it out, in SQL; empty for nothing.
        generated: Whether its value follows from others and is never given.
        choice: The name of the type that lists what it allows; empty where it is no such list.
        meaning: What the schema says of it.
    """

    name: str
    kind: str
    nullable: bool
    default: str
    generated: bool
    choice: str
    meaning: str

    @property
    def may_be_left_out(self) -> bool:
        """Whether a new row need not name it."""
        return self.nullable or bool(self.default)


@dataclass(frozen=True)
class TypedTable:
    """A table.

    Attributes:
        name: Its name.
        type_name: The same as types are called.
        columns: In order.
        meaning: What the schema says of it.
        primary_key: The columns of the primary key.
    """

    name: str
    type_name: str
    columns: list[TypedColumn]
    meaning: str
    primary_key: tuple[str, ...]


@dataclass(frozen=True)
class TypedSchema:
    """All tables, by name, and the values that columns allow, by the names of types for them."""

    tables: list[TypedTable]
    choices: dict[str, list[str]]


def read(con: duckdb.DuckDBPyConnection, schema: Schema) -> TypedSchema:
    """What the catalog says.

    A list of allowed values is named after its column; where columns of one name allow different values, or the name is
    taken by a table, after table and column.
    """
    allowed = {
        (table.name, each.columns[0]): values
        for table in schema.tables.values()
        for each in table.constraints
        if (values := allowed_values(con, each))
    }
    taken = {_camel(name) for name in schema.tables}
    variants = Counter(column for column, _ in {(column, tuple(values)) for (_, column), values in allowed.items()})
    names = {
        (table, column): _camel(f"{table}_{column}" if variants[column] > 1 or _camel(column) in taken else column)
        for table, column in allowed
    }
    meanings = catalog.table_comments(con)
    tables = [
        TypedTable(
            name,
            _camel(name),
            _columns(con, schema.tables[name], names),
            meanings.get(name, ""),
            schema.tables[name].primary_key,
        )
        for name in sorted(schema.tables)
    ]
    return TypedSchema(tables, {names[place]: values for place, values in sorted(allowed.items())})


def _columns(con: duckdb.DuckDBPyConnection, table: Table, names: dict[tuple[str, str], str]) -> list[TypedColumn]:
    meanings = catalog.column_comments(con, table.name)
    return [
        TypedColumn(
            each.name,
            each.type.partition("(")[0],
            each.name not in table.required,
            each.default,
            each.generated,
            names.get((table.name, each.name), ""),
            meanings.get(each.name, ""),
        )
        for each in table.columns.values()
    ]


def _camel(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))
