"""Compares the rows of a school there with those of its copy in DuckDB."""

from collections.abc import Collection, Sequence

import duckdb

from clerkbench.database import ledger
from clerkbench.database.rows import relation_fingerprint
from clerkbench.database.schema import Schema, read_schema
from clerkbench.errors import TargetError
from clerkbench.files.sql_text import quoted
from clerkbench.interchange.engines.payload import TablePayload
from clerkbench.interchange.engines.row_reader import remote_rows
from clerkbench.interchange.engines.target import Target
from clerkbench.reporting.progress import with_progress

_KEYS = "clerkbench_keys_"


def keep_keys(here: duckdb.DuckDBPyConnection) -> None:
    """Keep the keys of all rows, to tell them from rows that are stored later."""
    for name, table in read_schema(here).tables.items():
        if not table.is_numbered:
            keys = ", ".join(map(quoted, table.row_key))
            here.execute(f"CREATE TEMP TABLE {quoted(_KEYS + name)} AS SELECT {keys} FROM {table.address}")


def compare_rows(
    target: Target,
    here: duckdb.DuckDBPyConnection,
    parts: Sequence[TablePayload],
    why: str,
    may_differ: Collection[tuple[str, str]],
) -> None:
    """Raise TargetError if rows of a school there are others than here.

    Rows that migrations have stored may have other ids and times.

    Args:
        why: The reason in a sentence.
        may_differ: Columns, with their tables, whose values may differ in all rows.
    """
    schema, held = read_schema(here), target.objects()
    for part in with_progress(parts, f"Comparing {target.address}"):
        if part.table.startswith(ledger.PREFIX):
            continue
        with remote_rows(here, target, held[part.table.lower()][0], part.columns, part.key) as arrived:
            here.execute(f"CREATE OR REPLACE TEMP TABLE clerkbench_there AS {arrived}")
        found = [
            _fingerprints(here, schema, part.table, relation, may_differ)
            for relation in ("temp.clerkbench_there", part.address)
        ]
        if found[0] != found[1]:
            there, wanted = (sum(count for count, _ in each) for each in found)
            how = "with other values" if wanted == there else f"{there} rows there, {wanted} here"
            raise TargetError(
                f"{target.address}: {part.table} has other rows there than here: {how}. {why} It was rolled back; "
                "nothing was changed there."
            )


def _fingerprints(
    here: duckdb.DuckDBPyConnection, schema: Schema, name: str, relation: str, may_differ: Collection[tuple[str, str]]
) -> list[tuple[int, int]]:
    """The fingerprints of the rows that were there before, and of the rows that migrations stored."""
    table = schema.tables[name]
    kinds = table.column_types(table.stored)
    stable = {name: kind for name, kind in kinds.items() if (table.name, name) not in may_differ}
    renewed = {name for of, name in schema.renewed_columns if of == table.name}
    given = {name: kind for name, kind in kinds.items() if name not in renewed}
    known = f"temp.{quoted(_KEYS + table.name)}"
    present = here.execute("SELECT 1 FROM duckdb_tables() WHERE temporary AND table_name = ?", [_KEYS + table.name])
    columns = here.execute(f"SELECT * FROM {known} LIMIT 0").description if present.fetchone() else None
    if columns is None or table.is_numbered or not {name for name, *_ in columns} <= set(kinds):
        return [relation_fingerprint(here, f"FROM {relation}", given if columns is None else stable)]
    same = " AND ".join(f"own.{quoted(name)} = known.{quoted(name)}" for name, *_ in columns)
    return [
        relation_fingerprint(here, f"SELECT * FROM {relation} AS own {join} JOIN {known} AS known ON {same}", wanted)
        for join, wanted in (("SEMI", stable), ("ANTI", given))
    ]
