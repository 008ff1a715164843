"""Finds schema drift: objects that no migration made. Nothing would create them elsewhere."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import duckdb

from clerkbench.database.connection import IN_SCHEMA
from clerkbench.database.constraints import Constraint
from clerkbench.database.schema import Schema, read_schema
from clerkbench.database.table import Table
from clerkbench.errors import SchemaError, TargetError
from clerkbench.files.sql_files import Migration, View
from clerkbench.files.sql_text import tokens
from clerkbench.interchange.engines.dialects import POSTGRESQL
from clerkbench.interchange.engines.target import Target
from clerkbench.migrations.template import replay
from clerkbench.migrations.views import dependencies_first
from clerkbench.reporting.phrases import listed


@dataclass(frozen=True)
class SchemaObjects:
    """What migrations create.

    Attributes:
        tables: The types of the columns, by table.
        key_indexes: The foreign keys that need an index on other engines, by the name of the index.
        indexes: The indexes of the migrations, in lower case.
        views: The given views, each after those that it reads.
        filled: The tables with rows, children first.
    """

    tables: Mapping[str, Mapping[str, str]]
    key_indexes: Mapping[str, Constraint]
    indexes: frozenset[str]
    views: list[View]
    sequences: tuple[str, ...] = ()
    filled: tuple[str, ...] = ()
    macros: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    own_views: tuple[str, ...] = ()


@lru_cache(maxsize=8)
def objects_made_by(migrations: tuple[Migration, ...], views: tuple[View, ...] = ()) -> SchemaObjects:
    """What migrations create, and the order of views. Cached, because many schools have the same migrations."""
    with duckdb.connect() as scratch:
        replay(scratch, migrations)
        schema = read_schema(scratch)
        tables = {name: table.column_types(table.columns) for name, table in schema.tables.items()}
        keys = [key for table in schema.tables.values() for key in table.foreign_keys if not _is_indexed(table, key)]
        asked = scratch.execute(f"SELECT lower(index_name) FROM duckdb_indexes() WHERE {IN_SCHEMA}").fetchall()
        found = scratch.execute(
            f"SELECT sequence_name FROM duckdb_sequences() WHERE {IN_SCHEMA} ORDER BY ALL"
        ).fetchall()
        indexes, sequences = (tuple(name for (name,) in each) for each in (asked, found))
        own_views = tuple(schema.views)
        named = scratch.execute("SELECT DISTINCT function_name FROM duckdb_functions() WHERE NOT internal ORDER BY ALL")
        macros = tuple(name for (name,) in named.fetchall())
        named = scratch.execute("SELECT type_name FROM duckdb_types() WHERE NOT internal ORDER BY ALL")
        types = tuple(name for (name,) in named.fetchall())
        filled = tuple(
            name
            for name, table in reversed(schema.tables.items())
            if scratch.execute(f"FROM {table.address} LIMIT 1").fetchone()
        )
        taken = {name.lower() for name in (*tables, *indexes, *sequences, *own_views)}
        return SchemaObjects(
            tables=tables,
            key_indexes=_key_indexes(keys, taken),
            indexes=frozenset(indexes),
            views=dependencies_first(scratch, list(views)),
            sequences=sequences,
            filled=filled,
            macros=macros,
            types=types,
            own_views=own_views,
        )


def _key_indexes(keys: Iterable[Constraint], taken: Collection[str]) -> dict[str, Constraint]:
    """A unique name for the index of each foreign key. Keys of the same columns share one."""
    found: dict[str, Constraint] = {}
    for key in {(each.table, each.columns): each for each in keys}.values():
        name = f"{key.table}_{'_'.join(key.columns)}_key_index".lower()
        if name in found or name in taken or POSTGRESQL.too_long([name]):
            cut = name.encode()[: POSTGRESQL.longest_name - 9].decode(errors="ignore")
            name = f"{cut}_{hashlib.sha256(repr((key.table, key.columns)).lower().encode()).hexdigest()[:8]}"
        found[name] = key
    return found


def require_no_drift(made: SchemaObjects, schema: Schema) -> None:
    """Raise SchemaError unless a database has the tables and columns that its migrations make."""
    present = {name: table.column_types(table.columns) for name, table in schema.tables.items()}
    by_hand = [f"the table {name}" for name in present if name not in made.tables]
    missing = [name for name in made.tables if name not in present]
    for name in made.tables.keys() & present.keys():
        columns = made.tables[name]
        by_hand += [f"the column {name}.{each}" for each, kind in present[name].items() if columns.get(each) != kind]
        missing += [f"{name}.{each}" for each in columns if each not in present[name]]
    if by_hand or missing:
        wrong = [f"No migration made {', '.join(by_hand)}."] if by_hand else []
        wrong += [f"Somebody dropped {', '.join(missing)}."] if missing else []
        raise SchemaError(
            f"{' '.join(wrong)} Tables are made elsewhere by the scripts of the migrations, so what they do not make "
            "cannot be shipped. Write a migration for it; or take it out of the database, or of a fork: bench.fork(). "
            "Nothing was changed."
        )


def drifted_columns(target: Target, held: Mapping[str, tuple[str, str]], migrations: list[Migration]) -> list[str]:
    """The columns of a school elsewhere that no migration made."""
    found = []
    for name, columns in objects_made_by(tuple(migrations)).tables.items():
        if name.lower() in held:
            known = {each.lower() for each in columns}
            spelled = held[name.lower()][0]
            found += [f"{spelled}.{each}" for lower, each in target.columns(spelled).items() if lower not in known]
    return found


def require_no_remote_drift(target: Target, held: Mapping[str, tuple[str, str]], migrations: list[Migration]) -> None:
    """Raise TargetError if others added something to the tables of a school elsewhere, because it would be lost."""
    made = objects_made_by(tuple(migrations))
    ours = made.indexes | set(made.key_indexes)
    tables = {name.lower() for name in made.tables}
    found = [f"the column {each}" for each in drifted_columns(target, held, migrations)]
    found += [
        f"the {kind} {name} on {table}"
        for kind, name, table in target.dependent_objects()
        if table.lower() in tables and not (kind == "index" and name.lower() in ours)
    ]
    if found:
        raise TargetError(
            f"{target.address}: the school there has what no migration made, and it would be lost: "
            f"{listed(found)}. Write a migration for it, take it away there, or name another place. "
            "Nothing was changed there."
        )


def _is_indexed(table: Table, key: Constraint) -> bool:
    """Whether a unique index begins with the columns of a foreign key."""
    for each in table.constraints:
        if each.kind in ("unique", "primary key"):
            over = list(each.columns) or [_column(expression) for expression in each.expressions]
            if [name.lower() for name in over[: len(key.columns)]] == [name.lower() for name in key.columns]:
                return True
    return False


def _column(expression: str) -> str:
    """The column that an expression of an index is; empty for another expression."""
    found = tokens(expression)
    return found[0].name if len(found) == 1 else ""
