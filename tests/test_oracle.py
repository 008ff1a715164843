"""On random schemas, deletes, updates and inserts have the same result as in SQLite with real ON DELETE actions.

`make test-all` runs 50 sequences, always the same. `make oracle` runs 20,000 others.
"""

import os
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

import clerkbench
from clerkbench.errors import ReferencedError, RowsRejectedError, UnknownRowError
from databases import made
from oracle import IDS, Change, Oracle, Table, migration, schemas, typed

pytestmark = pytest.mark.long

SEQUENCES = int(os.environ.get("CLERKBENCH_SEQUENCES", "50"))


def opened(tables: list[Table]) -> clerkbench.Workbench:
    """A bench on the schema."""
    with tempfile.TemporaryDirectory() as folder:
        return made(Path(folder), *migration(tables))


@st.composite
def rows(draw: st.DrawFn, table: Table, oracle: Oracle) -> dict[str, Any]:
    """A row that is likely to be accepted: most of what it references is there."""
    row = {column: typed(kind, draw(IDS)) for column, kind in table.columns.items()}
    for key in table.keys:
        parent = oracle.tables[key.parent]
        at = [list(parent.columns).index(column) for column in key.parent_columns]
        there = [tuple(stored[each] for each in at) for stored in oracle.rows(parent.name)]
        likely = draw(st.integers(0, 9))
        if there and likely:
            row.update(zip(key.columns, draw(st.sampled_from(there)), strict=True))
        elif likely > 4 and not any("NOT NULL" in table.columns[column] for column in key.columns):
            row[key.columns[0]] = None
    return row


def act(draw: st.DrawFn, oracle: Oracle) -> tuple[Change, Any]:
    """One change: for SQLite, and as a function of a bench."""
    table = oracle.tables[draw(st.sampled_from(sorted(oracle.tables)))]
    there = oracle.rows(table.name)
    kind = draw(st.sampled_from(["insert", "update", "update", "delete", "delete"] if there else ["insert"]))
    if kind == "insert":
        given_rows = draw(st.lists(rows(table, oracle), min_size=1, max_size=3))
        places = ", ".join(["(" + ", ".join("?" * len(table.columns)) + ")"] * len(given_rows))
        values = [value for row in given_rows for value in row.values()]
        note(f"insert {table.name} {given_rows}")
        statement = f"INSERT INTO {table.name} ({', '.join(table.columns)}) VALUES {places}"
        return Change(table.name, statement, values), lambda bench: bench.insert(table.name, given_rows)
    names = list(table.columns)
    keys = [tuple(row[names.index(column)] for column in table.primary_key) for row in there]
    where = " AND ".join(f"{column} = ?" for column in table.primary_key)
    if kind == "update":
        key = draw(st.sampled_from(keys))
        row = draw(rows(table, oracle))
        changed = draw(st.sets(st.sampled_from(sorted(row)), min_size=1, max_size=2))
        changes = {column: row[column] for column in sorted(changed)}
        note(f"update {table.name} {key} {changes}")
        sets = ", ".join(f"{column} = ?" for column in changes)
        reference = key[0] if len(key) == 1 else key
        statement = f"UPDATE {table.name} SET {sets} WHERE {where}"
        change = Change(table.name, statement, [*changes.values(), *key], where, key, 1)
        return change, lambda bench: bench.update(table.name, reference, **changes)
    chosen = draw(st.lists(st.sampled_from(keys), min_size=1, max_size=2, unique=True))
    note(f"delete {table.name} {chosen}")
    references = [key[0] if len(key) == 1 else key for key in chosen]
    where, parts = " OR ".join(f"({where})" for _ in chosen), tuple(part for key in chosen for part in key)
    statement = f"DELETE FROM {table.name} WHERE {where}"
    change = Change(table.name, statement, list(parts), where, parts, len(chosen))
    return change, lambda bench: delete(bench, table.name, references)


def delete(bench: clerkbench.Workbench, table: str, references: list[Any]) -> None:
    """A delete does what its plan says."""
    plan = bench.delete_plan(table, references)
    if "restrict" in set(plan["action"]):
        with pytest.raises(ReferencedError, match="cannot be deleted") as refusal:
            bench.delete(table, references)
        assert refusal.value.rows.equals(plan)
        raise refusal.value
    assert bench.delete(table, references).equals(plan)


def as_in_sqlite(column: tuple[str, str]) -> str:
    """A column of DuckDB's with the values that SQLite has."""
    name, kind = column
    if kind.startswith(("DATE", "UUID")):
        return f"CAST({name} AS VARCHAR)"
    return f"CAST({name} AS DOUBLE)" if kind.startswith("DECIMAL") else name


def contents(bench: clerkbench.Workbench, oracle: Oracle) -> dict[str, list[tuple[Any, ...]]]:
    return {
        name: sorted(
            bench.con.execute(f"SELECT {', '.join(map(as_in_sqlite, table.columns.items()))} FROM {name}").fetchall(),
            key=repr,
        )
        for name, table in oracle.tables.items()
    }


@settings(
    max_examples=SEQUENCES,
    derandomize="CLERKBENCH_SEQUENCES" not in os.environ,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(st.data())
def test_every_change_comes_out_as_in_sqlite(data):
    tables = data.draw(schemas())
    note(migration(tables)[0])
    oracle = Oracle(tables)
    with opened(tables) as bench:
        for table in tables:
            for _ in range(data.draw(st.integers(3, 8))):
                row = data.draw(rows(table, oracle))
                insert = Change(
                    table.name, f"INSERT INTO {table.name} VALUES ({', '.join('?' * len(row))})", [*row.values()]
                )
                if oracle.try_([insert]):
                    bench.con.execute(insert.statement, insert.parameters)
        for _ in range(data.draw(st.integers(4, 10))):
            acts = [act(data.draw, oracle) for _ in range(data.draw(st.integers(0, 2)) or 1)]
            together = len(acts) > 1 or data.draw(st.booleans())
            accepted = oracle.try_([change for change, _ in acts])
            note(f"accepted by SQLite: {accepted}, in a transaction: {together}")
            try:
                with ExitStack() as stack:
                    if together:
                        stack.enter_context(bench.transaction())
                    for _, on in acts:
                        on(bench)
            except (RowsRejectedError, ReferencedError, UnknownRowError) as error:
                note(f"refused by clerkbench: {error}")
                assert not accepted
                assert "foreign key constraint" not in str(error)
            else:
                assert accepted
            assert contents(bench, oracle) == oracle.contents()
