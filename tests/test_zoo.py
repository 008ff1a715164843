"""Every generic call does on schemas of all shapes what it promises, in memory and in a file."""

import sqlite3
from contextlib import suppress
from pathlib import Path

import pytest

import clerkbench
import engines
from clerkbench.errors import ReferencedError, SchemaError, UnknownRowError
from databases import rows
from migration_files import add_migration
from zoo import ZOO, Schema


@pytest.fixture(params=ZOO, ids=str)
def schema(request) -> Schema:
    return request.param


@pytest.fixture
def scripts(schema, tmp_path) -> Path:
    folder = tmp_path / "scripts"
    folder.mkdir()
    add_migration(folder, schema.up, schema.down)
    return folder


@pytest.fixture(params=["memory", pytest.param("file", marks=pytest.mark.long)])
def bench(request, schema, scripts, tmp_path):
    file = None if request.param == "memory" else tmp_path / "zoo.duckdb"
    with clerkbench.open(file, sql_folder=scripts) as bench:
        for table, given in schema.rows.items():
            bench.insert(table, given)
        yield bench


def keys(bench: clerkbench.Workbench, table: str) -> list[object]:
    """The keys of all rows, as calls take them; none of a table without a key."""
    described = bench.describe(table)
    key = described["column"][described["key"].str.contains("primary key")].to_list()
    if not key:
        return []
    names = ", ".join(f'"{name}"' for name in key)
    found = bench.con.execute(f'SELECT {names} FROM "{table}" ORDER BY ALL').fetchall()
    return [row[0] if len(key) == 1 else row for row in found]


def counted(bench: clerkbench.Workbench, table: str) -> str:
    """A query for how many rows a table has, and how many values each of its columns."""
    columns = ", ".join(f'count("{name}")' for name in bench.describe(table)["column"])
    return f'SELECT count(*), {columns} FROM "{table}"'


@pytest.mark.long
def test_all_tables_are_described(bench, schema):
    tables = bench.tables().set_index("table")["rows"].to_dict()
    assert tables == {table: len(given) for table, given in schema.rows.items()}
    for table in tables:
        assert not bench.describe(table).empty
    assert set(bench.relationships()["child"]) <= set(tables)
    assert len(bench.diagram().tables) == len(tables)
    for table in tables:
        assert f"### {table}" in bench.dictionary() or "\\" in bench.dictionary()
    for language in (("python", None), ("typescript", "postgres"), ("typescript", "sqlite")):
        text = bench.types(*language)
        if language[0] == "python":
            exec(compile(text, "rows.py", "exec"), {})


@pytest.mark.first_cases(1)
def test_rows_that_are_stored_are_found_related_and_refused_a_second_time(bench, schema):
    for table, given in schema.rows.items():
        for key in keys(bench, table):
            related = bench.related(table, key)
            assert related["table"].iat[0] == table
            assert all(len(label) <= 160 for label in related["label"])
        if keys(bench, table):
            assert set(bench.validate(table, given)["rule"].str.partition(":")[0]) == {"unique"}
        else:
            with pytest.raises(UnknownRowError, match="has no primary key, so nothing identifies its rows"):
                bench.related(table, 1)


@pytest.mark.first_cases(1)
def test_a_row_that_is_updated_with_what_it_holds_stays(bench, schema):
    before = rows(bench)
    for table in schema.rows:
        columns = bench.describe(table)
        for key in keys(bench, table):
            names = columns["column"][columns["key"].str.contains("primary key")]
            values = dict(zip(names, key if isinstance(key, tuple) else (key,), strict=True))
            assert bench.update(table, key, **values).name is not None
    assert rows(bench) == before


@pytest.mark.long
def test_a_delete_does_what_sqlite_does(bench, schema, scripts, tmp_path):
    if "sqlite" in schema.unsendable:
        pytest.skip("SQLite does not take this schema")
    file = tmp_path / "zoo.sqlite"
    bench.export(file)
    for table in schema.rows:
        for key in keys(bench, table):
            with bench.fork() as fork:
                con = engines.in_sqlite(file)
                con.execute("BEGIN")
                described = bench.describe(table)
                names = described["column"][described["key"].str.contains("primary key")]
                where = " AND ".join(f'"{name}" = ?' for name in names)
                values = [
                    str(part) if not isinstance(part, int) else part
                    for part in (key if isinstance(key, tuple) else (key,))
                ]
                plan = fork.delete_plan(table, key)
                try:
                    con.execute(f'DELETE FROM "{table}" WHERE {where}', values)
                    theirs = {name: con.execute(counted(bench, name)).fetchone() for name in schema.rows}
                except sqlite3.IntegrityError:
                    with pytest.raises(ReferencedError, match="cannot be deleted"):
                        fork.delete(table, key)
                    assert "restrict" in set(plan["action"])
                else:
                    fork.delete(table, key)
                    assert {name: fork.con.execute(counted(bench, name)).fetchone() for name in schema.rows} == theirs
                con.execute("ROLLBACK")
                con.close()


@pytest.mark.first_cases(1)
def test_a_transaction_is_taken_back_whole(bench, schema):
    before = rows(bench)
    with pytest.raises(ZeroDivisionError), bench.transaction():
        for table in reversed(schema.rows):
            for key in keys(bench, table):
                with suppress(UnknownRowError):  # it went with another
                    bench.delete(table, key)
        raise ZeroDivisionError
    assert rows(bench) == before


@pytest.mark.first_cases(1)
def test_a_fork_differs_by_what_changed_in_it_and_is_adopted(bench, schema):
    fork = bench.fork()
    assert rows(fork) == rows(bench)
    assert not bench.diff(fork)
    table = next(iter(schema.rows))
    key = keys(bench, table)[-1]
    column = next(
        name
        for name, kind, tied in bench.describe(table)[["column", "type", "key"]].itertuples(index=False)
        if kind == "VARCHAR" and not tied.startswith(("primary", "references"))
    )
    fork.update(table, key, **{column: "new"})
    [line] = bench.diff(fork).rows.itertuples()
    assert (line.change, line.table, line.after) == ("changed", table, "new")
    bench.adopt(fork)
    assert rows(fork) == rows(bench)
    fork.close()


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("ending", ["", ".xlsx"], ids=["folder", "workbook"])
def test_a_saved_school_is_loaded_as_it_was(bench, scripts, tmp_path, ending):
    bench.save(tmp_path / f"zoo{ending}")
    with clerkbench.open(sql_folder=scripts) as other:
        other.load(tmp_path / f"zoo{ending}")
        assert rows(other) == rows(bench)
        other.load(tmp_path / f"zoo{ending}", mode="replace")
        assert rows(other) == rows(bench)


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_shipped_school_comes_back_as_it_was_or_is_refused_by_name(bench, schema, scripts, server, tmp_path, engine):
    target, options = tmp_path / "zoo.sqlite", {}
    if engine == "postgresql":
        target, options = server, {"schema": engines.new_schema()}
    if engine in schema.unsendable:
        with pytest.raises(SchemaError, match=schema.unsendable[engine]):
            bench.export(target, **options)
        return
    for replace in (False, True):
        bench.export(target, replace=replace, **options)
    with clerkbench.open(sql_folder=scripts) as other:
        other.import_from(target, **options)
        assert rows(other) == rows(bench)


@pytest.mark.first_cases(1)
def test_a_rollback_leaves_nothing_and_reports_what_it_would_lose(bench, schema):
    bench.rollback(discard_data=True)
    assert bench.tables().empty
    bench.migrate()
    for table, given in schema.rows.items():
        bench.insert(table, given)
    assert bench.tables()["rows"].sum() == sum(map(len, schema.rows.values()))
