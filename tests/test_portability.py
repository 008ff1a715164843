"""A feature of a migration works in DuckDB and in other engines, or is rejected by name with an alternative."""

import contextlib
import datetime
import os
import signal
import sqlite3
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import openpyxl
import pytest

import clerkbench
import engines
from clerkbench.errors import MigrationError, RowsRejectedError, SchemaError, SqlFileError
from databases import made, rows
from migration_files import add_migration

#: Types that both engines take, some under another name, each with a value.
CARRIED = {
    "TINYINT": 5,
    "UTINYINT": 200,
    "USMALLINT": 60_000,
    "UINTEGER": 4_000_000_000,
    "UBIGINT": 2**52,
    "LONG": 2**60,
    "FLOAT": 1.5,
    "DOUBLE": 1.1,
    "DOUBLE PRECISION": 1.1,
    "STRING": "007",
    "BLOB": b"\x00\xff",
    "BYTEA": b"\x01",
    "DATETIME": datetime.datetime(2026, 1, 2, 3, 4, 5),
    "TIMESTAMP_S": datetime.datetime(2026, 1, 2, 3, 4, 5),
    "TIMESTAMP(3)": datetime.datetime(2026, 1, 2, 3, 4, 5),
    "INTEGER[]": [1, None],
    "TEXT[]": ['x"y\\z', "it's", "", "NULL", None, "a,b{}"],
    "INT16": 5,
    "INT32": 5,
    "INT64": 5,
    "UINT8": 5,
    "UINT16": 5,
    "UINT32": 5,
    "UINT64": 5,
    "LOGICAL": True,
    "NVARCHAR": "x",
    "TIMESTAMP_US": datetime.datetime(2026, 1, 2, 3, 4, 5),
}
#: Types that PostgreSQL cannot be sent, and what to write.
REFUSED = {
    "UUID": "UUID: write TEXT, with a CHECK of its form",
    "TIMETZ": "TIME WITH TIME ZONE: write TIME",
    "BIT": "BIT: write TEXT, with a CHECK of its form",
    "HUGEINT": r"HUGEINT: write DECIMAL\(38, 0\)",
    "TIMESTAMP_NS": "TIMESTAMP_NS: write TIMESTAMP",
    "ENUM('a', 'b')": r"ENUM\('a', 'b'\): write TEXT, with a CHECK of its values",
    "BIGNUM": r"BIGNUM: write DECIMAL\(38, 0\)",
    "TIME_NS": "TIME_NS: write TIME",
    "STRUCT(a INTEGER)": r"STRUCT\(a INTEGER\): write a column for each part",
}


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("engine", ["postgresql", "sqlite"])
def test_types_of_other_names_are_translated(tmp_path, server, engine):
    columns = ", ".join(f"c{at} {kind} DEFAULT (CAST(NULL AS {kind}))" for at, kind in enumerate(CARRIED))
    up = f"CREATE TABLE t (id INTEGER PRIMARY KEY, {columns}, double INTEGER, string TEXT);"
    up += "ALTER TABLE t ADD COLUMN z BLOB;"
    target, options = (tmp_path / "t.sqlite"), {}
    if engine == "postgresql":
        target, options = server, {"schema": engines.new_schema()}
    with made(tmp_path, up) as bench, clerkbench.open(sql_folder=tmp_path) as other:
        bench.insert("t", [{"id": 1, "double": 1, **{f"c{at}": value for at, value in enumerate(CARRIED.values())}}])
        bench.insert("t", {"id": 2})
        bench.export(target, **options)
        other.import_from(target, **options)
        assert rows(other) == rows(bench)


@pytest.mark.first_cases(2)
@pytest.mark.parametrize("kind", REFUSED)
def test_a_type_that_cannot_be_sent_is_refused_with_an_alternative(tmp_path, kind):
    with made(tmp_path, f"CREATE TABLE t (id INTEGER PRIMARY KEY, x {kind});") as bench:
        for act in (bench.export, bench.export_script):
            with pytest.raises(SchemaError, match=f"cannot be sent columns of some types. t.x is {REFUSED[kind]}"):
                act("postgresql://localhost/nowhere")


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("what", ["table", "column", "index", "sequence", "view"])
def test_a_name_that_is_too_long_for_a_server_is_reported_by_a_migration_and_refused_by_an_export(
    tmp_path, recwarn, what
):
    name = "ä" * 32
    names = dict.fromkeys(["table", "column", "index", "sequence", "view"]) | {what: name}
    table, column, index, sequence, view = (names[each] or each[0] for each in names)
    up = f"CREATE SEQUENCE {sequence}; CREATE TABLE {table} ({column} INTEGER PRIMARY KEY);"
    up += f"CREATE UNIQUE INDEX {index} ON {table} ({column});"
    add_migration(tmp_path, up)
    (tmp_path / "views").mkdir()
    (tmp_path / "views" / f"{view}.sql").write_text(f"CREATE VIEW {view} AS SELECT 1 AS one FROM {table};")
    words = f"PostgreSQL keeps 63 bytes of a name, and there are longer ones: {name}."
    path = tmp_path / "t.duckdb"
    with clerkbench.open(path, sql_folder=tmp_path) as bench:
        assert [str(each.message).partition(" Such")[0] for each in recwarn] == [words]
        with pytest.raises(SchemaError, match=words):
            bench.export("postgresql://localhost/nowhere")
        with pytest.raises(SchemaError, match="SQLite has no sequences"):
            bench.export(tmp_path / "t.sqlite")
    clerkbench.open(path, sql_folder=tmp_path).close()
    assert len(recwarn) == 1, "nothing was migrated"


@pytest.mark.long
def test_a_name_that_a_later_migration_shortens_is_not_too_long(tmp_path):
    add_migration(tmp_path, f"CREATE TABLE {'t' * 70} (id INTEGER PRIMARY KEY);")
    add_migration(tmp_path, f"ALTER TABLE {'t' * 70} RENAME TO t;")
    with clerkbench.open(sql_folder=tmp_path) as bench:
        assert "RENAME TO t" in bench.export_script("postgresql://localhost/nowhere")


def test_a_type_that_a_migration_makes_is_refused_by_name(tmp_path):
    with made(tmp_path, "CREATE TYPE days AS INTEGER; CREATE TABLE t (id INTEGER PRIMARY KEY, x days);") as bench:
        for target in ("postgresql://localhost/nowhere", tmp_path / "t.sqlite"):
            with pytest.raises(SchemaError, match="is sent no types of a migration's own, and there are days"):
                bench.export(target)


@pytest.mark.long
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_script_whose_last_statements_lack_a_semicolon_arrives(tmp_path, server, engine):
    add_migration(
        tmp_path,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, f REAL, l TEXT[])".replace(
            ", l TEXT[]", ", l TEXT[]" if engine == "postgresql" else ""
        ),
    )
    (tmp_path / "views").mkdir()
    (tmp_path / "views" / "v.sql").write_text("CREATE VIEW v AS SELECT id FROM t -- all")
    with clerkbench.open(sql_folder=tmp_path) as bench:
        bench.insert("t", {"id": 1, "f": 0.1} | ({"l": CARRIED["TEXT[]"]} if engine == "postgresql" else {}))
        if engine == "sqlite":
            target, options = tmp_path / "t.sqlite", {}
            with contextlib.closing(sqlite3.connect(target)) as con:
                con.executescript(bench.export_script(target))
        else:
            target, options = server, {"schema": engines.new_schema()}
            command = [engines.psql(), server, "-X", "-q", "-v", "ON_ERROR_STOP=1"]
            subprocess.run(command, input=bench.export_script(target, **options).encode(), check=True)
        with clerkbench.open(sql_folder=tmp_path) as other:
            other.import_from(target, **options)
            assert rows(other) == rows(bench)


#: Tables whose indexes on foreign keys would all have one name.
ALIKE = """
CREATE TABLE p (a INTEGER PRIMARY KEY, b INTEGER UNIQUE);
CREATE TABLE c (
    x INTEGER, x_y INTEGER REFERENCES p (a), FOREIGN KEY (x) REFERENCES p (a), FOREIGN KEY (x) REFERENCES p (b)
);
CREATE TABLE c_x (y INTEGER REFERENCES p (a));
CREATE TABLE c_x_key_index (a INTEGER);
"""


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_indexes_of_foreign_keys_have_names_of_their_own(tmp_path, server, engine):
    target, options = (tmp_path / "t.sqlite", {})
    if engine == "postgresql":
        target, options = server, {"schema": engines.new_schema()}
    with made(tmp_path, ALIKE) as bench:
        bench.export(target, **options)
        bench.export(target, replace=True, **options)


MACRO = (
    "CREATE MACRO okay(x, most := 9) AS x > 0 AND x < most; CREATE TABLE t (id INTEGER PRIMARY KEY CHECK (okay(id)));"
)


def test_a_check_that_calls_a_macro_is_kept_in_a_fork_and_refused_elsewhere(tmp_path):
    with made(tmp_path, MACRO) as bench:
        bench.insert("t", {"id": 1})
        with bench.fork() as fork:
            fork.insert("t", {"id": 2})
            with pytest.raises(RowsRejectedError, match=r"okay\(id\)"):
                fork.insert("t", {"id": 9})
            bench.adopt(fork)
        assert len(bench.sql("FROM t")) == 2
        for target in ("postgresql://localhost/nowhere", tmp_path / "t.sqlite"):
            with pytest.raises(SchemaError, match="has no macros, and a migration makes okay"):
                bench.export(target)


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("name", ["t (old)", "on", "a (b) on (c)", "x)"])
def test_a_unique_index_on_a_table_of_any_name_is_known(tmp_path, name):
    up = f'CREATE TABLE "{name}" (id INTEGER PRIMARY KEY, a TEXT); CREATE UNIQUE INDEX i ON "{name}" (lower(a));'
    with made(tmp_path, up) as bench:
        bench.insert(name, {"id": 1, "a": "X"})
        assert list(bench.validate(name, {"id": 2, "a": "x"})["rule"]) == ["unique:lower(a)"]


@pytest.mark.first_cases(1)
@pytest.mark.parametrize(
    "script",
    [
        "CREATE TABLE t (id INTEGER CHECK",
        "CREATE TABLE t (id INTEGER REFERENCES",
        "CREATE TABLE t (",
        "CREATE UNIQUE INDEX",
    ],
)
def test_a_script_that_breaks_off_is_refused_in_the_words_of_duckdb(tmp_path, script):
    add_migration(tmp_path, script)
    with pytest.raises(
        SqlFileError, match=r"0001_more\.up\.sql is not valid SQL\. Parser Error: syntax error at or near"
    ):
        clerkbench.open(sql_folder=tmp_path)


PARENT = (
    "CREATE TABLE p (id INTEGER PRIMARY KEY, a TEXT); "
    "CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p (id) /* ON DELETE CASCADE */);"
)


def test_a_table_is_rebuilt_in_the_way_that_the_refusal_reports(tmp_path):
    add_migration(tmp_path, PARENT)
    file = tmp_path / "t.duckdb"
    with clerkbench.open(file, sql_folder=tmp_path) as bench:
        bench.insert("p", {"id": 1, "a": "x"})
        bench.insert("c", {"id": 1, "p": 1})
    add_migration(
        tmp_path,
        "ALTER TABLE p RENAME TO old; CREATE TABLE p (id INTEGER PRIMARY KEY, b TEXT); INSERT INTO p FROM old; "
        "DROP TABLE old;",
    )
    with pytest.raises(MigrationError) as error:
        clerkbench.open(file, sql_folder=tmp_path)
    reported = str(error.value)
    assert (
        "CREATE TABLE under another name, INSERT its rows, DROP TABLE the old one, and RENAME the new one." in reported
    )
    (tmp_path / "migrations" / "0002_more.up.sql").write_text(
        "CREATE TABLE new (id INTEGER PRIMARY KEY, b TEXT); INSERT INTO new FROM p; DROP TABLE p; "
        "ALTER TABLE new RENAME TO p;"
    )
    with clerkbench.open(file, sql_folder=tmp_path) as bench:
        assert rows(bench) == {"p": [(1, "x")], "c": [(1, 1)]}
        bench.delete("p", 1)
        assert bench.tables()["rows"].sum() == 0


@pytest.mark.long
def test_a_workbook_that_would_fill_the_memory_is_refused(bench, tmp_path):
    book = tmp_path / "bomb.xlsx"
    bench.save(book)
    with zipfile.ZipFile(book, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/bomb.xml", b"0" * (65 * 2**20))
    with pytest.raises(RowsRejectedError, match=r"its part xl/bomb\.xml is 65 MiB, packed into \d+ KiB, as no"):
        bench.load(book)


@pytest.mark.long
def test_a_too_long_cell_is_refused_with_its_row_and_many_empty_rows_are_ignored(bench, tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "clerkships"
    sheet.append(["name", "specialty", "required_days", "description"])
    sheet.append(["Surgery", "Surgery", 5, "x"])
    sheet.cell(row=30_000, column=1).number_format = "@"
    book.save(tmp_path / "a.xlsx")
    bench.load(tmp_path / "a.xlsx")
    sheet.cell(row=25_000, column=1, value="Behind")
    book.save(tmp_path / "c.xlsx")
    with pytest.raises(
        RowsRejectedError, match=r"Sheet clerkships holds rows behind 10,000 empty ones\. Delete the empty"
    ):
        bench.load(tmp_path / "c.xlsx", mode="merge")
    packed = zipfile.ZipFile(tmp_path / "a.xlsx")
    with zipfile.ZipFile(tmp_path / "b.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        for name in packed.namelist():
            archive.writestr(name, packed.read(name).replace(b"<t>x</t>", b"<t>" + b"xy" * 20_000 + b"</t>"))
    with pytest.raises(RowsRejectedError, match=r"Sheet clerkships, row 2 \(Surgery\): description holds 40,000 signs"):
        bench.load(tmp_path / "b.xlsx", mode="merge")


@pytest.mark.long
def test_a_diagram_that_jupyterlab_would_not_draw_says_so(tmp_path):
    up = "".join(
        f"CREATE TABLE table_number_{n} (id INTEGER PRIMARY KEY, {'a' * 300}_{n} TEXT UNIQUE);" for n in range(300)
    )
    with made(tmp_path, up) as bench:
        shown = bench.diagram()._repr_markdown_()  # private: JupyterLab calls it
        assert shown.startswith("A diagram of 300 tables is larger than JupyterLab can draw. Draw a part of it")
        assert "bench.diagram(around='table_number_0')" in shown
        assert "mermaid" in bench.diagram(around="table_number_0")._repr_markdown_()  # private: JupyterLab calls it


@pytest.mark.long
@pytest.mark.skipif(os.name == "nt", reason="Windows has other signals")
@pytest.mark.parametrize("signal_", [signal.SIGTERM, signal.SIGKILL])
def test_a_trial_server_ends_with_its_process(tmp_path, signal_):
    program = "import clerkbench, time; s = clerkbench.trial_server(); print(s.url, flush=True); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    folder = Path(process.stdout.readline().strip().partition("host=")[2])
    pid = int((folder / "postmaster.pid").read_text().split()[0])
    process.send_signal(signal_)
    process.communicate()
    for _ in range(100):
        time.sleep(0.1)
        if not folder.exists():
            break
    assert not folder.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
