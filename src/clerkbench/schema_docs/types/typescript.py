"""Writes the tables as interfaces for Kysely, as kysely-codegen does, with unions for allowed values."""

import json
import re

from clerkbench.schema_docs.types.type_model import NOTICE, TypedColumn, TypedSchema, TypedTable

#: The TypeScript type of a DuckDB type, as the usual driver of each engine returns it.
_TYPES = {
    "postgres": {
        "BOOLEAN": "boolean",
        **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT", "FLOAT", "DOUBLE"), "number"),
        **dict.fromkeys(("BIGINT", "UINTEGER"), "Int8"),
        **dict.fromkeys(("DECIMAL", "UBIGINT"), "Numeric"),
        "BLOB": "Buffer",
        **dict.fromkeys(("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS"), "Timestamp"),
        **dict.fromkeys(("TIMESTAMP WITH TIME ZONE", "DATE"), "Timestamp"),
        **dict.fromkeys(("VARCHAR", "TIME"), "string"),
    },
    "sqlite": {
        **dict.fromkeys(("BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "FLOAT", "DOUBLE"), "number"),
        **dict.fromkeys(("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "HUGEINT", "UHUGEINT", "DECIMAL"), "number"),
        "BLOB": "Buffer",
        **dict.fromkeys(("VARCHAR", "TIME", "TIME WITH TIME ZONE", "DATE", "TIMESTAMP", "TIMESTAMP_S"), "string"),
        **dict.fromkeys(("TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE", "UUID", "BIT"), "string"),
        **dict.fromkeys(("INTERVAL", "JSON"), "string"),
    },
}

#: Types that Kysely lacks, by name.
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
    """A module with the types for one of :data:`DIALECTS`."""
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
        lines += [*_comment(each.meaning, "  "), f"  {_name(each.name)}: {_type(each, dialect)};"]
    return "\n".join([*_comment(table.meaning, ""), f"export interface {table.type_name} {{", *lines, "}"])


def _type(column: TypedColumn, dialect: str) -> str:
    kind = column.kind.removesuffix("[]")
    written = column.choice or _TYPES[dialect].get(kind, "unknown")
    if column.kind != kind:  # SQLite stores lists as text
        lists = written if written in ("number", "string", "boolean") and dialect == "postgres" else ""
        written = f"{lists}[]" if lists else "string" if dialect == "sqlite" else "unknown"
    if column.nullable and written != "unknown":
        written += " | null"
    if column.generated:
        return f"ColumnType<{written}, never, never>"
    return f"Generated<{written}>" if column.default or (dialect == "sqlite" and column.numbered) else written


def _name(name: str) -> str:
    return name if _IDENTIFIER.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _comment(text: str, indent: str) -> list[str]:
    return [f"{indent}/** {' '.join(text.split()).replace('*/', '* /')} */"] if text else []
