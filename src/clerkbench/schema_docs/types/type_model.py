"""The tables as the types of any language need them."""

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from itertools import chain, count

from clerkbench.database.schema import Schema
from clerkbench.database.table import Table
from clerkbench.files.sql_text import split_list

#: Names that the modules use themselves, and keywords.
_TAKEN = {
    *("Any", "Literal", "NotRequired", "TypedDict", "None", "True", "False"),
    *("Generated", "ColumnType", "DB", "Int8", "Numeric", "Timestamp", "Date", "Buffer", "Array"),
}

#: The first comment of each module.
NOTICE = "Written by clerkbench from the SQL of the schema, which says all of it: change the SQL, not this file."


@dataclass(frozen=True)
class TypedColumn:
    """A column.

    Attributes:
        kind: Its DuckDB type without parentheses; with ``[]`` for a list.
        nullable: Whether it may be NULL.
        default: Its default in SQL; empty for none.
        generated: Whether it is computed and never given.
        numbered: Whether SQLite numbers the rows by it: the key is one column, spelled INTEGER.
        choice: The type that lists its allowed values; empty if there is none.
    """

    name: str
    kind: str
    nullable: bool
    default: str
    generated: bool
    numbered: bool
    choice: str
    meaning: str

    @property
    def may_be_left_out(self) -> bool:
        """Whether a new row need not give it."""
        return self.nullable or bool(self.default)


@dataclass(frozen=True)
class TypedTable:
    """A table.

    Attributes:
        columns: In order.
        primary_key: The columns of the primary key.
    """

    name: str
    type_name: str
    columns: list[TypedColumn]
    meaning: str
    primary_key: tuple[str, ...]


@dataclass(frozen=True)
class TypedSchema:
    """All tables by name, and the allowed values of columns by the names of their types."""

    tables: list[TypedTable]
    choices: dict[str, list[str]]


def read(schema: Schema) -> TypedSchema:
    """The types of a schema.

    A list of allowed values is named after its column; after table and column if columns of one name allow different
    values, or a table has the name.
    """
    allowed = {
        (table.name, each.columns[0]): values
        for table in schema.tables.values()
        for each in table.constraints
        if (values := each.allowed)
    }
    allowed |= {
        (table.name, each.name): tuple(
            text[1:-1].replace("''", "'") for text in split_list(each.type[len("ENUM(") : -1])
        )
        for table in schema.tables.values()
        for each in table.columns.values()
        if each.type.startswith("ENUM(") and not each.type.endswith("]")
    }
    names_of_tables: dict[str, str] = {}
    taken = set(_TAKEN)
    for name in sorted(schema.tables):
        names_of_tables[name] = _free(_camel(name), taken)
        taken |= {names_of_tables[name], f"New{names_of_tables[name]}"}
    variants = Counter(column for column, _ in {(column, tuple(values)) for (_, column), values in allowed.items()})
    names: dict[tuple[str, str], str] = {}
    listed: dict[tuple[str, tuple[str, ...]], str] = {}
    for (table, column), values in allowed.items():
        wanted = _camel(f"{table}_{column}" if variants[column] > 1 or _camel(column) in taken else column)
        if (wanted, tuple(values)) not in listed:
            listed[wanted, tuple(values)] = _free(wanted, taken | set(listed.values()))
        names[table, column] = listed[wanted, tuple(values)]
    tables = [
        TypedTable(
            name,
            names_of_tables[name],
            _columns(schema.tables[name], names),
            schema.tables[name].comment,
            schema.tables[name].primary_key,
        )
        for name in sorted(schema.tables)
    ]
    return TypedSchema(tables, {names[place]: list(values) for place, values in sorted(allowed.items())})


def _columns(table: Table, names: dict[tuple[str, str], str]) -> list[TypedColumn]:
    return [
        TypedColumn(
            each.name,
            _kind(each.type),
            each.name not in table.required,
            each.default,
            each.generated,
            table.primary_key == (each.name,) and each.spelled_integer,
            names.get((table.name, each.name), ""),
            each.comment,
        )
        for each in table.columns.values()
    ]


def _kind(kind: str) -> str:
    bare = kind.partition("(")[0].partition("[")[0]
    return f"{bare}[]" if kind.endswith("]") else bare


def _camel(name: str) -> str:
    """A name as types are written: letters and digits, not beginning with a digit."""
    written = "".join(part[:1].upper() + part[1:] for part in re.split(r"[\W_]+", name))
    return written if written.isidentifier() else f"T{written}"


def _free(name: str, taken: Collection[str]) -> str:
    """A free name: with a number if it is taken, or would be that of a new row of another table."""
    choices = chain([name, f"{name}Row"], (f"{name}{number}" for number in count(2)))
    return next(each for each in choices if each not in taken and f"New{each}" not in taken)
