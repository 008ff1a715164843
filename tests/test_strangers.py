"""Untrusted databases, folders and workbooks cannot run code on the user's machine or reach files outside."""

import os
import re
import sqlite3
from pathlib import Path

import duckdb
import pytest
from openpyxl import load_workbook

import clerkbench
from clerkbench.errors import MigrationError, SchemaError
from databases import made, rows
from migration_files import NEWEST, add_migration

#: Names that lead out of a folder, or mean something to a system, a spreadsheet or ourselves.
NAMES = [
    *("../../evil", "/tmp/clerkbench_evil/victim", "..", "a/b", "a\\b", "a_b", "a b", "a-b", ".hidden", "#mine"),
    *("CON", "nul.csv", "history", "'quoted'", "=1+1", "x" * 40, "x" * 40 + "y", "read me", "README.txt", " blank "),
    *("line\nbreak", "tab\there", "ünïcode", "a.csv", "*", "?", "[1]", "a:b", "clerkbench", "temp", "select"),
]


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@pytest.fixture
def odd(tmp_path):
    """A schema in which tables and columns have these names, and a row of each."""
    columns = ", ".join(f"{quoted(name)} TEXT" for name in NAMES)
    up = "".join(f"CREATE TABLE {quoted(name)} (id INTEGER PRIMARY KEY, {columns});" for name in dict.fromkeys(NAMES))
    (tmp_path / "scripts").mkdir()
    with made(tmp_path / "scripts", up) as bench:
        for name in NAMES:
            bench.insert(name, {"id": 1, **{each: f"={each}" for each in NAMES}})
        yield bench


@pytest.mark.long
@pytest.mark.parametrize("ending", ["", ".xlsx"], ids=["folder", "workbook"])
def test_no_name_of_a_table_leads_out_of_a_folder_or_is_left_out(odd, tmp_path, ending):
    (tmp_path / "deep" / "deeper").mkdir(parents=True)
    before = set(tmp_path.rglob("*"))
    place = tmp_path / "deep" / "deeper" / f"school{ending}"
    odd.save(place)
    inside = {place, *place.rglob("*")}
    assert set(tmp_path.rglob("*")) - before == inside
    if not ending:
        assert len(inside) == len(NAMES) + 2  # the folder itself and what explains it
        assert all(re.fullmatch(r"[^/\\:*?<>|\x00-\x1f]+", file.name) for file in inside)
    with clerkbench.open(sql_folder=tmp_path / "scripts") as other:
        other.load(place)
        assert rows(other) == rows(odd)


def test_no_name_or_allowed_value_is_a_formula_in_a_workbook(tmp_path):
    up = "CREATE TABLE t (id INTEGER PRIMARY KEY, \"=1+1\" TEXT CHECK (\"=1+1\" IN ('=2+2', '+3', '@4')), \"-x\" TEXT);"
    with made(tmp_path, up) as bench:
        bench.insert("t", {"id": 1, "=1+1": "=2+2", "-x": "=cmd|' /C calc'!A0"})
        bench.save(tmp_path / "t.xlsx")
        bench.save(tmp_path / "t")
        book = load_workbook(tmp_path / "t.xlsx")
        cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
        assert {"=1+1", "=2+2", "+3", "@4"} <= {cell.value for cell in cells}
        assert [cell.value for cell in cells if cell.data_type == "f"] == []
        text = (tmp_path / "t" / "t.csv").read_text(encoding="utf-8-sig")
        assert not [cell for line in text.splitlines() for cell in line.split(",") if cell.strip('"')[:1] in "=+-@"]


def evil(file: Path) -> dict[str, str]:
    """Statements that reach outside a database."""
    return {
        "write": f"COPY (SELECT 1) TO '{file}';",
        "read": "CREATE TABLE stolen AS FROM read_text('/etc/hostname');",
        "attach": f"ATTACH '{file}';",
        "extension": "INSTALL httpfs; LOAD httpfs;",
        "export": f"EXPORT DATABASE '{file}';",
        "log": f"SET log_query_path = CASE WHEN current_setting('enable_external_access') THEN '{file}' ELSE '' END;",
        "logging": f"CALL enable_logging('QueryLog', storage='file', storage_path='{file}');",
        "query": "CREATE TABLE stolen AS FROM query(CASE current_database() WHEN 'memory' THEN 'SELECT 1' "
        "ELSE 'FROM read_text(''/etc/hostname'')' END);",
        "macro": "CREATE TEMP MACRO lower(x) AS 'boo';",
        "lock": "SET lock_configuration = true;",
        "shadow": "CREATE MACRO lower(x) AS 'boo';",
        "leave": "USE memory;",
    }


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("way", list(evil(Path())))
def test_a_down_script_that_came_with_a_file_does_not_run_unless_it_is_trusted_and_then_reaches_nothing(tmp_path, way):
    file, target = tmp_path / "theirs.duckdb", tmp_path / "written"
    clerkbench.open(file).close()
    with duckdb.connect(file) as con:
        down = f"{evil(target)[way]} {NEWEST.down}"
        con.execute("UPDATE clerkbench_migrations SET down_script = ? WHERE version = ?", [down, NEWEST.version])
    with pytest.raises(MigrationError, match=f"{NEWEST.label} was changed in"):
        clerkbench.open(file)
    with clerkbench.open(file, migrate=False) as bench:
        before = rows(bench)
        with pytest.raises(MigrationError, match=r"came with the database and are not those of .* trust=True"):
            bench.rollback()
        refusal = rf"{NEWEST.label}\.down\.sql (failed at|came from somebody else)"
        with pytest.raises(MigrationError, match=refusal):
            bench.rollback(trust=True)
        assert rows(bench) == before
    assert not target.exists()


@pytest.mark.long
def test_a_down_script_that_came_with_a_file_and_reaches_nothing_runs_once_it_is_trusted(tmp_path, own_sql, run):
    add_migration(own_sql, "CREATE TABLE newer (id INTEGER PRIMARY KEY);", "DROP TABLE newer;")
    for name in ("a", "b"):
        clerkbench.open(tmp_path / f"{name}.duckdb", sql_folder=own_sql).close()
    with clerkbench.open(tmp_path / "a.duckdb", migrate=False) as bench:
        bench.rollback(trust=True)
        assert "newer" not in list(bench.tables()["table"])
    code, _, errors = run("rollback", "b.duckdb")
    assert (code, "--trust" in errors) == (2, True)
    code, out, _ = run("rollback", "b.duckdb", "--trust")
    assert (code, out.strip()) == (0, f"b.duckdb is at migration {NEWEST.version}, {NEWEST.name}.")


def test_an_up_script_that_came_with_an_sqlite_file_reaches_nothing(tmp_path, hybrid):
    file, target = tmp_path / "theirs.sqlite", tmp_path / "written"
    hybrid.export(file)
    con = sqlite3.connect(file)
    con.execute("UPDATE clerkbench_migrations SET up_script = up_script || ?", [f"COPY (SELECT 1) TO '{target}';"])
    con.commit()
    con.close()
    refusal = "came from somebody else, and holds a statement that begins with COPY"
    with clerkbench.open(file) as bench, pytest.raises(MigrationError, match=refusal):
        bench.tables()
    with clerkbench.open() as bench, pytest.raises(MigrationError, match="has other migrations"):
        bench.import_from(file)
    with pytest.raises(MigrationError, match=refusal):
        hybrid.export(file, replace=True)
    assert not target.exists()


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("name", ["length", "HASH", "count", "duckdb_tables"])
def test_a_macro_that_takes_the_place_of_a_function_is_refused(tmp_path, name):
    file = tmp_path / "theirs.duckdb"
    clerkbench.open(file).close()
    kind = "TABLE SELECT 1 AS a" if name == "duckdb_tables" else "1"
    with duckdb.connect(file) as con:
        con.execute(f"CREATE MACRO {name}(x) AS {kind}")
    for migrate in (True, False):
        with pytest.raises(SchemaError, match=rf"take the place of functions of DuckDB's own: {name.lower()}\."):
            clerkbench.open(file, migrate=migrate)


HIDING = {
    "of what looks for macros": "CREATE MACRO duckdb_functions() AS TABLE "
    "SELECT 'x' AS function_name, true AS internal;",
    "that never answers the same": "CREATE MACRO lower(x) AS CAST(random() AS VARCHAR);",
    "that fails": "CREATE MACRO starts_with(a, b) AS error('ran');",
}


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("macro", HIDING.values(), ids=HIDING)
def test_a_macro_cannot_hide_itself_from_the_check(tmp_path, macro):
    clerkbench.open(tmp_path / "theirs.duckdb").close()
    with duckdb.connect(tmp_path / "theirs.duckdb") as con:
        con.execute(macro)
    with pytest.raises(SchemaError, match="take the place of functions of DuckDB's own"):
        clerkbench.open(tmp_path / "theirs.duckdb")


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("table", ["clerkbench_views", "clerkbench_seeds", "clerkbench_migrations"])
def test_a_view_in_the_place_of_one_of_our_own_tables_is_not_run(tmp_path, table):
    clerkbench.open(tmp_path / "theirs.duckdb").close()
    with duckdb.connect(tmp_path / "theirs.duckdb") as con:
        con.execute(f"DROP TABLE {table}; CREATE VIEW {table} AS SELECT error('ran') AS name")
    with pytest.raises(SchemaError, match=f"are called like clerkbench's own tables: {table}"):
        clerkbench.open(tmp_path / "theirs.duckdb")


def test_a_table_of_a_stranger_is_refused_with_an_empty_ledger(tmp_path):
    with clerkbench.open(tmp_path / "theirs.duckdb") as bench:
        bench.rollback(len(bench.migrations()))
    with duckdb.connect(tmp_path / "theirs.duckdb") as con:
        con.execute("CREATE TABLE payroll (i INTEGER PRIMARY KEY)")
    with pytest.raises(MigrationError, match="holds tables that clerkbench did not make: payroll"):
        clerkbench.open(tmp_path / "theirs.duckdb")


def test_a_macro_of_another_name_is_accepted(tmp_path):
    file = tmp_path / "ours.duckdb"
    with clerkbench.open(file) as bench:
        bench.sql("CREATE MACRO twice(x) AS 2 * x")
    with clerkbench.open(file) as bench:
        assert bench.sql("SELECT twice(21) AS x")["x"].to_list() == [42]


def test_a_view_that_somebody_put_in_the_place_of_ours_is_rebuilt(tmp_path):
    file = tmp_path / "theirs.duckdb"
    clerkbench.open(file).close()
    with duckdb.connect(file) as con:
        con.execute("CREATE OR REPLACE VIEW team_rosters AS SELECT content AS team FROM read_text('/etc/hostname')")
    with clerkbench.open(file) as bench:
        assert "preceptor" in list(bench.sql("FROM team_rosters").columns)


@pytest.mark.skipif(os.name == "nt", reason="rights are others there")
def test_a_folder_keeps_its_rights_and_what_others_put_into_it(hybrid, tmp_path, monkeypatch):
    place = tmp_path / "school"
    hybrid.save(place)
    place.chmod(0o700)
    (place / "sites.csv").chmod(0o600)
    inode = place.stat().st_ino
    monkeypatch.chdir(place)
    hybrid.update("sites", hybrid.sql("FROM sites")["id"].iat[0], notes="new")
    hybrid.save(".")
    assert (place.stat().st_ino, place.stat().st_mode & 0o777) == (inode, 0o700)
    assert (place / "sites.csv").stat().st_mode & 0o777 == 0o600
    assert "new" in (place / "sites.csv").read_text(encoding="utf-8-sig")
    assert list(Path().iterdir())


@pytest.mark.long
def test_a_folder_that_pretends_to_be_half_saved_reaches_nothing_outside(hybrid, tmp_path):
    place, victim = tmp_path / "theirs" / "school", tmp_path / "victim.txt"
    place.parent.mkdir()
    victim.write_text("mine")
    hybrid.save(place)
    ready = place / ".clerkbench-ready"
    ready.mkdir()
    (ready / ".clerkbench-gone").write_text(f"../../victim.txt\n{victim}\n..\n.\n")
    (ready / "sites.csv").write_bytes((place / "sites.csv").read_bytes())
    with clerkbench.open() as bench:
        bench.load(place)
        assert rows(bench) == rows(hybrid)
    assert victim.read_text() == "mine"
    assert not ready.exists()
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "private.csv").write_text("mine")
    ready.symlink_to(outside)
    hybrid.save(place)
    assert (outside / "private.csv").read_text() == "mine"
    assert sorted(file.name for file in place.iterdir() if not file.name.endswith(".csv")) == ["README.txt"]
