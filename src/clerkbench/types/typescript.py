"""Writes the tables as TypeScript interfaces for Kysely, as kysely-codegen would, with the allowed values as unions."""

import json
import re

from clerkbench.types.rows import NOTICE, TypedColumn, TypedSchema, TypedTable

#: What a value of a DuckDB type is in TypeScript, as the usual driver of each engine has it.
_TYPES = {
    "postgres": {
        "BOOLEAN": "boolean",
        **dict.fromkeys(("SMALLINT", "INTEGER", "FLOAT", "DOUBLE"), "number"),
        "BIGINT": "Int8",
        "DECIMAL": "Numeric",
        "BLOB": "Buffer",
        **dict.fromkeys(("TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "DATE"), "Timestamp"),
    },
    "sqlite": {
        **dict.fromkeys(("BOOLEAN", "SMALLINT", "INTEGER", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL"), "number"),
        "BLOB": "Buffer",
    },
}

#: The types that Kysely has not, by name.
_HELPERS = {
    "Int8": "ColumnType<string, bigint | number | string, bigint | number | string>",
    "Numeric": "ColumnType<string, number | string, number | string>",
    "Timestamp": "ColumnType<Date, Date | string, Date | string>",
}

_GENERATED = """export type Generated<T> = T extends ColumnType<infer S, infer I, infer U>
  ? ColumnType<S, I | undefined, U>
  : ColumnType<T, T | undefined, T>;"""

_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*", re.ASCII)

DIALECTS = tuple(_TYPES)


def write(schema: TypedSchema, dialect: str) -> str:
    """A module with the types.

    Args:
        schema: The tables.
        dialect: One of :data:`DIALECTS`.
    """
    interfaces = [_interface(table, dialect) for table in schema.tables]
    everything = "\n\n".join(interfaces)
    blocks = [f"/**\n * {NOTICE}\n */", 'import type { ColumnType } from "kysely";', _GENERATED]
    blocks += [
        f"export type {name} = {type};" for name, type in _HELPERS.items() if re.search(rf"\b{name}\b", everything)
    ]
    for name, values in schema.choices.items():
        listed = "\n".join(f"  | {json.dumps(value, ensure_ascii=False)}" for value in values)
        blocks.append(f"export type {name} =\n{listed};")
    tables = "\n".join(f"  {_name(table.name)}: {table.type_name};" for table in schema.tables)
    return "\n\n".join([*blocks, *interfaces, f"export interface DB {{\n{tables}\n}}"]) + "\n"


def _interface(table: TypedTable, dialect: str) -> str:
    lines = []
    for each in table.columns:
        lines += [*_comment(each.meaning, "  "), f"  {_name(each.name)}: {_type(each, table, dialect)};"]
    return "\n".join([*_comment(table.meaning, ""), f"export interface {table.type_name} {{", *lines, "}"])


def _type(column: TypedColumn, table: TypedTable, dialect: str) -> str:
    written = column.choice or _TYPES[dialect].get(column.kind, "string")
    if column.nullable:
        written += " | null"
    if column.generated:
        return f"ColumnType<{written}, never, never>"
    # SQLite itself numbers the rows of a table whose key is one whole number.
    numbered = dialect == "sqlite" and column.kind == "INTEGER" and table.primary_key == (column.name,)
    return f"Generated<{written}>" if column.default or numbered else written


def _name(name: str) -> str:
    return name if _IDENTIFIER.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _comment(text: str, indent: str) -> list[str]:
    return [f"{indent}/** {' '.join(text.split()).replace('*/', '* /')} */"] if text else []
