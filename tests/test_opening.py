"""Opening databases in memory and in files, and the errors for paths that are not a database."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest

import clerkbench
from clerkbench.errors import (
    ClerkbenchError,
    ClosedError,
    DatabaseFileError,
    QueryError,
    SqlFileError,
    TransactionError,
    UnknownNameError,
)
from migration_files import NEWEST


def test_a_database_in_memory_is_gone_when_it_is_closed():
    with clerkbench.open() as bench:
        bench.seed("hybrid")
    with clerkbench.open() as bench:
        assert bench.tables()["rows"].sum() == 0


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("kind", [str, Path])
def test_a_file_keeps_what_was_stored(tmp_path, kind):
    with clerkbench.open(kind(tmp_path / "school.duckdb")) as bench:
        bench.seed("hybrid")
        before = bench.tables()
    with clerkbench.open(kind(tmp_path / "school.duckdb")) as bench:
        assert bench.tables().equals(before)
        assert repr(bench) == f"<clerkbench.Workbench {tmp_path / 'school.duckdb'}>"


def test_a_home_folder_may_be_written_with_a_tilde(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    clerkbench.open("~/school.duckdb").close()
    assert (tmp_path / "school.duckdb").exists()


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(DatabaseFileError, match=rf"there is no folder {tmp_path / 'nowhere'}\. Create it"):
        clerkbench.open(tmp_path / "nowhere" / "school.duckdb")
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("folder", ["", "."])
def test_a_folder_is_no_database(tmp_path, monkeypatch, folder):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DatabaseFileError, match=r"is a folder, not a database file\. Name a file in it"):
        clerkbench.open(folder)


@pytest.mark.parametrize("content", [b"", b"hello", b"name,email\n" * 5000], ids=["empty", "short", "long"])
def test_a_text_file_is_no_database_and_stays_as_it_is(tmp_path, content):
    file = tmp_path / "preceptors.csv"
    file.write_bytes(content)
    with pytest.raises(DatabaseFileError, match=r"preceptors\.csv is not a DuckDB database\. It is unchanged"):
        clerkbench.open(file)
    assert file.read_bytes() == content


@pytest.mark.first_cases(2)
@pytest.mark.parametrize("name", ["md:school", "school.csv", "it's.duckdb", "Schule Süd?x=1"])
def test_a_name_is_a_name_however_it_looks(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with clerkbench.open(name) as bench:
        bench.seed("flexible")
    with clerkbench.open(name) as bench:
        assert len(bench.sql("FROM clerkships")) == 3
    assert name in {path.name for path in tmp_path.iterdir()}


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("a\0b.duckdb", "is not a file name"),
        ("new/", "is a folder, not a database file"),
        ("~nobody-of-that-name/school.duckdb", "is not a path on this machine"),
    ],
)
def test_what_cannot_be_a_file_is_refused(tmp_path, monkeypatch, path, says):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DatabaseFileError, match=says):
        clerkbench.open(path)
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_is_too_long_is_refused():
    with pytest.raises(DatabaseFileError, match=r"cannot be opened: File name too long\. Name another file"):
        clerkbench.open("x" * 300)


def test_a_damaged_file_is_reported_and_stays_as_it_is(tmp_path):
    file = tmp_path / "school.duckdb"
    clerkbench.open(file).close()
    damaged = file.read_bytes()[:5000] + b"x" * 200 + file.read_bytes()[5200:]
    file.write_bytes(damaged)
    with pytest.raises(DatabaseFileError, match=r"school\.duckdb cannot be opened, and is unchanged\. DuckDB says"):
        clerkbench.open(file)
    assert file.read_bytes() == damaged


@pytest.mark.parametrize("path", [5, b"school.duckdb", ["school.duckdb"]])
def test_what_is_no_path_is_refused(path):
    with pytest.raises(DatabaseFileError, match="is not a path"):
        clerkbench.open(path)


@pytest.mark.long
@pytest.mark.skipif(os.name == "nt", reason="Windows words the lock differently")
def test_a_file_that_another_process_has_open_says_so(tmp_path):
    file = tmp_path / "school.duckdb"
    script = f"import clerkbench; bench = clerkbench.open({str(file)!r}); print('open', flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        assert other.stdout.readline() == b"open\n"
        with pytest.raises(DatabaseFileError) as refusal:
            clerkbench.open(file)
        assert str(refusal.value).startswith(f"{file} is open in another process: ")
        assert f"PID {other.pid}" in str(refusal.value)
        assert "shut down its kernel" in str(refusal.value)
        other.stdin.write(b"\n")
        other.stdin.close()
    clerkbench.open(file).close()


@pytest.mark.long
def test_opening_a_file_a_second_time_keeps_other_processes_out(tmp_path):
    file = tmp_path / "school.duckdb"
    clerkbench.open(file).close()
    script = f"import clerkbench; clerkbench.open({str(file)!r})"
    with clerkbench.open(file), clerkbench.open(file):
        other = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
        assert f"{file} is open in another process" in other.stderr
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


@pytest.mark.long
def test_several_threads_may_open_one_file_at_once(tmp_path):
    file = tmp_path / "school.duckdb"
    clerkbench.open(file).close()
    for _ in range(10):
        with ThreadPoolExecutor(4) as pool:
            benches = list(pool.map(lambda _: clerkbench.open(file), range(4)))
        for bench in benches:
            assert set(bench.tables()["table"]) >= {"clerkships", "preceptors"}
            bench.close()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_file_that_may_not_be_written_says_so(tmp_path):
    file = tmp_path / "school.duckdb"
    clerkbench.open(file).close()
    file.chmod(0o400)
    with pytest.raises(DatabaseFileError, match="cannot be opened, and is unchanged"):
        clerkbench.open(file)


@pytest.mark.long
def test_a_file_is_free_again_after_opening_failed(tmp_path, own_sql):
    file = tmp_path / "school.duckdb"
    migration = own_sql / "migrations" / f"{NEWEST.label}.up.sql"
    migration.write_text("SELECT nothing;", encoding="utf-8")
    with pytest.raises(ClerkbenchError):
        clerkbench.open(file, sql_folder=own_sql)
    script = f"import clerkbench; clerkbench.open({str(file)!r}, migrate=False)"
    subprocess.run([sys.executable, "-c", script], check=True)


# --- asking


def test_only_an_alter_that_duckdb_refuses_is_reported_with_the_remedy(own_school):
    way_on = "a migration may alter it all the same"
    with pytest.raises(QueryError, match=way_on):
        own_school.sql("ALTER TABLE clerkships DROP COLUMN description")
    for query in ("SELECT no_such_column", "CREATE TABLE clerkships (id TEXT)", "DROP TABLE clerkships"):
        with pytest.raises(QueryError) as other:
            own_school.sql(query)
        assert way_on not in str(other.value)


def test_sql_takes_parameters_by_place_and_by_name(bench):
    assert bench.sql("SELECT ? + 1 AS two", [1])["two"].tolist() == [2]
    assert bench.sql("SELECT $one + 1 AS two", {"one": 1})["two"].tolist() == [2]


def test_sql_takes_parameters_that_come_out_of_its_results(bench):
    days = bench.sql("SELECT 45 AS days").loc[0, "days"]
    assert bench.sql("SELECT ? + 1 AS more", [days])["more"].tolist() == [46]
    assert bench.sql("SELECT $days + 1 AS more", {"days": days})["more"].tolist() == [46]


def test_sql_keeps_whole_numbers_whole_where_some_are_missing(bench):
    assert bench.sql("SELECT * FROM (VALUES (1), (NULL)) AS t (n)")["n"].dtype == "Int32"


def test_sql_keeps_sums_whole_as_far_as_pandas_has_them_exact(bench):
    sums = bench.sql(
        "SELECT sum(n) AS total FROM (VALUES (1, 'a'), (2, 'a'), (NULL, 'b')) AS t (n, k) GROUP BY k ORDER BY k"
    )
    assert sums["total"].tolist() == [3, pd.NA]
    assert sums["total"].dtype == "Int64"
    assert bench.sql("SELECT CAST('170141183460469231731687303715884105727' AS HUGEINT) AS n")["n"].dtype == "float64"
    # From 2^53 on, the float that pandas gets may be that of another number.
    for number, dtype in ((2**53 - 1, "Int64"), (-(2**53) + 1, "Int64"), (2**53, "float64"), (2**53 + 1, "float64")):
        found = bench.sql("SELECT sum(n) AS n FROM (VALUES (?), (0)) AS given (n)", [number])["n"]
        assert (found.dtype, int(found[0])) == (dtype, min(number, 2**53))


def test_sql_of_several_statements_returns_the_last_result(bench):
    assert bench.sql("CREATE TEMP TABLE t (n INT); INSERT INTO t VALUES (1), (2); FROM t")["n"].tolist() == [1, 2]


def test_a_wrong_query_says_what_duckdb_says_without_its_traceback(bench):
    with pytest.raises(QueryError, match='Referenced column "nme" not found') as refusal:
        bench.sql("SELECT nme FROM clerkships")
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (
            lambda bench: bench.describe("clerkship"),
            "There is no table or view 'clerkship'. Did you mean 'clerkships'?",
        ),
        (lambda bench: bench.describe("team_roster"), "Did you mean 'team_rosters'?"),
        (lambda bench: bench.constraints("site"), "There is no table 'site'. Did you mean 'sites'?"),
        (lambda bench: bench.insert("Sitess", {}), "There is no table 'Sitess'. Did you mean 'sites'?"),
        (lambda bench: bench.describe("xyz"), "There is no table or view 'xyz'. There are: clerkships,"),
        (lambda bench: bench.describe(None), "There is no table or view None. There are: clerkships,"),
    ],
)
def test_an_unknown_name_is_answered_with_a_near_match_or_all_names(bench, ask, says):
    with pytest.raises(UnknownNameError) as refusal:
        ask(bench)
    assert says in str(refusal.value)
    assert str(refusal.value).endswith("Nothing was changed.")


@pytest.mark.first_cases(3)
@pytest.mark.parametrize(
    "ask", ["tables", "areas", "relationships", "constraints", "migrations", "migrate", "rollback"]
)
def test_a_closed_bench_says_that_it_is(ask):
    bench = clerkbench.open()
    bench.close()
    bench.close()
    with pytest.raises(ClosedError, match=r"This workbench was closed\. Open another"):
        getattr(bench, ask)()


@pytest.mark.parametrize(
    "ask", ["tables", "areas", "relationships", "constraints", "migrations", "migrate", "rollback"]
)
def test_a_transaction_that_has_failed_is_reported(bench, ask):
    bench.con.begin()
    with pytest.raises(QueryError):
        bench.sql("SELECT nothing")
    with pytest.raises(TransactionError, match=r"End it first: .*bench\.con\."):
        getattr(bench, ask)()
    bench.con.rollback()
    getattr(bench, ask)()


@pytest.mark.parametrize("folder", [5, "a" * 300, "~nobody-of-that-name/sql"])
def test_an_invalid_sql_folder_is_refused(folder):
    with pytest.raises(SqlFileError, match=f"There is no folder '{folder}'"):
        clerkbench.open(sql_folder=folder)


@pytest.mark.parametrize("query", ["", "-- nothing", ";"])
def test_a_query_without_a_statement_has_no_result(bench, query):
    assert bench.sql(query).empty


@pytest.mark.parametrize("query", [None, 5, ["SELECT 1"]])
def test_a_query_that_is_no_text_is_refused(bench, query):
    with pytest.raises(QueryError, match="A query must be text; got"):
        bench.sql(query)


def test_upper_and_lower_case_do_not_matter_in_a_name(bench):
    assert bench.describe("SITES").equals(bench.describe("sites"))
