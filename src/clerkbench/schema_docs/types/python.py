"""Writes the tables as TypedDicts for stored rows and for new rows."""

import json
import keyword
import re
import textwrap

from clerkbench.schema_docs.types.type_model import NOTICE, TypedColumn, TypedSchema, TypedTable

#: The Python type of a DuckDB type.
_TYPES = {
    **dict.fromkeys(("BOOLEAN",), "bool"),
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"), "int"),
    **dict.fromkeys(("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"), "int"),
    **dict.fromkeys(("FLOAT", "DOUBLE"), "float"),
    "DECIMAL": "decimal.Decimal",
    "VARCHAR": "str",
    "BLOB": "bytes",
    "UUID": "uuid.UUID",
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"), "datetime.datetime"),
    "TIMESTAMP WITH TIME ZONE": "datetime.datetime",
    "DATE": "datetime.date",
    **dict.fromkeys(("TIME", "TIME WITH TIME ZONE"), "datetime.time"),
    "BIT": "str",
    "INTERVAL": "datetime.timedelta",
}

_MODULES = ("datetime", "decimal", "uuid")

#: Names that the types use.
_NAMES = {"Any", "Literal", "NotRequired", "TypedDict", "bool", "bytes", "float", "int", "list", "str", *_MODULES}

#: A name as a type, and not as a word of a sentence.
_USED = r"(?m)^\w+ = {0}|[:\[(] ?{0}\b"

_WIDTH = 110

_VALUES = """Values are as DuckDB and the drivers of PostgreSQL give them. Python's own sqlite3 gives times as text, and
booleans as 0 and 1."""


def write(schema: TypedSchema) -> str:
    """A module with the types."""
    choices = "\n\n".join(_choice(name, values) for name, values in schema.choices.items())
    classes = [_table(table, is_new=is_new) for table in schema.tables for is_new in (False, True)]
    body = "\n\n\n".join(filter(None, [choices, *classes]))
    modules = [f"import {each}" for each in _MODULES if re.search(rf"[ \[]{each}\.", body)]
    names = [each for each in ("Any", "Literal", "NotRequired", "TypedDict") if re.search(_USED.format(each), body)]
    imports = "\n".join([*modules, f"from typing import {', '.join(names)}"])
    return f'"""The rows of the configuration schema.\n\n{_VALUES}\n\n{NOTICE}\n"""\n\n{imports}\n\n{body}\n'


def _choice(name: str, values: list[str]) -> str:
    listed = "\n".join(f"    {_quoted(value)}," for value in values)
    return f"{name} = Literal[\n{listed}\n]"


def _table(table: TypedTable, *, is_new: bool) -> str:
    name = f"New{table.type_name}" if is_new else table.type_name
    words = (
        f"A new row of {table.name}: what has a default, or may be empty, can be left out." if is_new else table.meaning
    )
    columns = [each for each in table.columns if not (is_new and each.generated)]
    if not all(_is_plain(each.name) for each in columns):
        fields = "\n".join(f"        {_quoted(each.name)}: {_type(each, is_new=is_new)}," for each in columns)
        return f"{name} = TypedDict(\n    {_quoted(name)},\n    {{\n{fields}\n    }},\n)"
    lines = [f"class {name}(TypedDict):", f"    {_docstring(words or table.name)}", ""]
    for each in columns:
        lines.append(f"    {each.name}: {_type(each, is_new=is_new)}")
        text = (f"Default: {each.default}." if each.default else "") if is_new else each.meaning
        if text:
            lines.append(f"    {_docstring(text)}")
    return "\n".join(lines)


def _is_plain(name: str) -> bool:
    """Whether a name can be a field of a class: no keyword, not mangled, and hiding no type."""
    return name.isidentifier() and not keyword.iskeyword(name) and not name.startswith("__") and name not in _NAMES


def _type(column: TypedColumn, *, is_new: bool) -> str:
    kind = column.kind.removesuffix("[]")
    written = column.choice or _TYPES.get(kind, "Any")
    if column.kind != kind:
        written = f"list[{written}]"
    if column.nullable and written != "Any":
        written += " | None"
    return f"NotRequired[{written}]" if is_new and column.may_be_left_out else written


def _docstring(text: str) -> str:
    escaped = " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"')
    lines = textwrap.wrap(escaped, _WIDTH) or [""]
    return '"""' + "\n    ".join([*lines, ""] if len(lines) > 1 else lines) + '"""'


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
