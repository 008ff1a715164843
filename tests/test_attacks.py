"""Invalid arguments, concurrent use and damaged files are rejected or reported. No data is lost and no secret shown."""

import asyncio
import os
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pandas as pd
import pytest

import clerkbench
from clerkbench.database import session, transactions
from clerkbench.errors import (
    ClerkbenchError,
    ClosedError,
    DatabaseFileError,
    QueryError,
    ReadOnlyError,
    RowsRejectedError,
    TransactionError,
)
from databases import made, rows
from forked import in_child

# --- passwords

SECRET = "s3cr3t-word"
WAYS = [
    f" postgresql://ann:{SECRET}@host/db",
    f"'postgresql://ann:{SECRET}@host/db'",
    f'"postgres://ann:{SECRET}@host/db"',
    f"\tpostgresql://ann:{SECRET}@host/db\n",
    f"jdbc:postgresql://host/db?user=ann&password={SECRET}",
    f"JDBC:postgresql://ann:{SECRET}@host/db",
    f"host=h user=ann password={SECRET} dbname=db",
    f"dbname=db password = '{SECRET}'",
    f"<postgresql://ann:{SECRET}@host/db>",
    f"//ann:{SECRET}@host/db",
    f"ann:{SECRET}@host:5432/db",
    f"\u201cpostgresql://ann:{SECRET}@host/db\u201d",
    f"(postgresql://ann:{SECRET}@host/db)",
    f"DATABASE_URL=postgresql://ann:{SECRET}@host/db",
    f"psql postgresql://ann:{SECRET}@host/db",
    f"PGPASSWORD={SECRET} psql -h host",
    f"Server=host;User Id=ann;Password={SECRET};",
]


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("url", WAYS)
def test_a_password_is_never_shown_and_never_the_name_of_a_file(bench, tmp_path, monkeypatch, run, url):
    for act in (
        lambda: clerkbench.open(url),
        lambda: bench.export(url),
        lambda: bench.export_script(url),
        lambda: bench.import_from(url),
        lambda: bench.save(url),
        lambda: bench.load(url),
        lambda: bench.insert("clerkships", url),
        lambda: bench.diagram().save(url),
    ):
        with pytest.raises(ClerkbenchError) as error:
            act()
        assert SECRET not in str(error.value)
        assert SECRET not in repr(error.value)
    for command in (("audit", url), ("diff", url, url), ("save", url, "x.xlsx"), ("seed", "hybrid", url)):
        code, out, err = run(*command)
        assert code == 2
        assert SECRET not in out + err
    assert [file.name for file in tmp_path.rglob("*") if SECRET in file.name or "host" in file.name] == []


# --- numbers and settings


@pytest.mark.first_cases(2)
@pytest.mark.parametrize(
    ("kind", "value"),
    [("FLOAT", 1e300), ("FLOAT", "1e300"), ("FLOAT", -(10**60)), ("DOUBLE", "1e400"), ("REAL", "-4e38")],
)
def test_a_number_too_large_for_its_type_is_refused_and_not_stored_as_infinity(tmp_path, kind, value):
    with made(tmp_path, f"CREATE TABLE t (id INTEGER PRIMARY KEY, x {kind});") as bench:
        assert list(bench.validate("t", {"id": 1, "x": value})["rule"]) == ["type:x"]
        with pytest.raises(RowsRejectedError, match="x must be a number"):
            bench.insert("t", pd.DataFrame([{"id": 1, "x": value}]))
        bench.insert("t", [{"id": 1, "x": "inf"}, {"id": 2, "x": float("-inf")}, {"id": 3, "x": "1.5"}])
        assert bench.sql("SELECT x FROM t ORDER BY id")["x"].to_list() == [float("inf"), float("-inf"), 1.5]


SETTINGS = ["default_order = 'desc'", "default_null_order = 'nulls_first'", "default_collation = 'nocase'"]


@pytest.mark.long
@pytest.mark.parametrize("setting", SETTINGS)
def test_settings_of_the_connection_change_queries_of_the_user_but_not_of_clerkbench(own_school, small_school, setting):
    name = setting.partition(" ")[0]
    own_school.sql(f"SET {setting}")
    wanted = own_school.sql(f"SELECT current_setting('{name}') AS x")["x"].to_list()
    for call in ("tables", "audit", "relationships", "areas"):
        pd.testing.assert_frame_equal(
            pd.DataFrame(getattr(own_school, call)()), pd.DataFrame(getattr(small_school, call)())
        )
    specialty = {"specialty": "x", "required_days": 1}
    ids = own_school.insert(
        "clerkships", [{"name": "b", **specialty}, {"name": "B", **specialty}, {"name": "a", **specialty}]
    )
    stored = own_school.sql("SELECT name FROM clerkships WHERE id IN (?, ?, ?)", ids)["name"]
    assert sorted(stored) == ["B", "a", "b"]
    for each, row in zip(ids, ("b", "B", "a"), strict=True):
        assert own_school.update("clerkships", each, description="x")["name"] == row
    own_school.delete("clerkships", ids)
    own_school.configure("Surgery", required_days=46)
    own_school.configure("Surgery", required_days=45)
    assert own_school.sql(f"SELECT current_setting('{name}') AS x")["x"].to_list() == wanted
    assert rows(own_school)["clerkships"] != []


def test_a_query_finds_no_variable_of_python(bench):
    frame = pd.DataFrame({"a": [1]})
    assert len(frame) == 1
    for name in ("audit", "catalog", "frame", "params", "capacity"):
        with pytest.raises(QueryError, match=f"Table with name {name} does not exist"):
            bench.sql(f"FROM {name}")
    assert bench.con.sql("FROM frame").fetchall() == [(1,)]


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("name", ["clerkbench_fork", "clerkbench_rows", "clerkbench"])
def test_a_database_of_any_name_can_be_forked(tmp_path, name):
    with clerkbench.open(tmp_path / f"{name}.duckdb") as bench:
        bench.seed("hybrid")
        with bench.fork() as fork:
            assert rows(fork) == rows(bench)


def test_columns_of_any_name_are_reported(tmp_path):
    up = "CREATE TABLE t (key_0 INTEGER PRIMARY KEY, key_1 TEXT UNIQUE, clerkbench_key_0 TEXT UNIQUE);"
    with made(tmp_path, up) as bench:
        row = {"key_0": 1, "key_1": "a", "clerkbench_key_0": "b"}
        bench.insert("t", row)
        assert list(bench.validate("t", row)["rule"]) == ["unique:key_0", "unique:key_1", "unique:clerkbench_key_0"]


WRONG = [[1], pd.DataFrame({"a": [1]}), 3.5, b"x", {"a": 1}, ("a",), object()]


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("given", WRONG, ids=lambda given: type(given).__name__)
def test_an_argument_that_must_be_a_text_and_is_not_is_refused_with_an_error(hybrid, tmp_path, given):
    before = rows(hybrid)
    for act in (
        lambda: hybrid.seed(given),
        lambda: hybrid.describe(given),
        lambda: hybrid.constraints(given),
        lambda: hybrid.diagram(given),
        lambda: hybrid.diagram(around=given),
        lambda: hybrid.diagram(columns=given),
        lambda: hybrid.related(given, "Surgery"),
        lambda: hybrid.validate(given, []),
        lambda: hybrid.insert(given, {"a": 1}),
        lambda: hybrid.update(given, "Surgery", name="x"),
        lambda: hybrid.delete(given, "Surgery"),
        lambda: hybrid.configure(given),
        lambda: hybrid.configuration(given),
        lambda: hybrid.audit(severity=given),
        lambda: hybrid.audit(clerkship=given),
        lambda: hybrid.types(given),
        lambda: hybrid.types("typescript", given),
        lambda: hybrid.save(given) if not isinstance(given, bytes) else hybrid.types(given),
        lambda: hybrid.load(tmp_path, mode=given),
        lambda: hybrid.export(given),
        lambda: hybrid.import_from(given),
        lambda: clerkbench.open(given),
        lambda: hybrid.sql(given),
    ):
        with pytest.raises(ClerkbenchError):
            act()
    assert rows(hybrid) == before


# --- several at once


def test_two_threads_that_would_wait_for_each_other_are_refused(bench, monkeypatch):
    monkeypatch.setattr(session, "PATIENCE_SECONDS", 0.3)
    other = bench.fork()
    inside = threading.Barrier(2)
    outcomes = []

    def compare(one: clerkbench.Workbench, two: clerkbench.Workbench) -> None:
        try:
            with one.transaction():
                inside.wait()
                one.diff(two)
            outcomes.append("compared")
        except TransactionError as error:
            outcomes.append(str(error))

    threads = [threading.Thread(target=compare, args=pair) for pair in ((bench, other), (other, bench))]
    for each in threads:
        each.start()
    for each in threads:
        each.join(20)
    assert not any(each.is_alive() for each in threads)
    assert any("Another thread has kept a transaction open on this database" in each for each in outcomes)
    other.close()


def test_a_call_in_a_worker_thread_is_refused_while_a_transaction_waits_for_it(bench, monkeypatch):
    monkeypatch.setattr(session, "PATIENCE_SECONDS", 0.3)
    row = {"name": "A", "specialty": "x", "required_days": 1}
    with (
        ThreadPoolExecutor(1) as pool,
        pytest.raises(TransactionError, match="If it waits for this one, neither would"),
        bench.transaction(),
    ):
        pool.submit(bench.insert, "clerkships", row).result()
    assert bench.sql("FROM clerkships").empty
    bench.insert("clerkships", row)


def test_calls_of_another_task_are_refused_while_a_transaction_is_open(bench):
    row = {"specialty": "x", "required_days": 1}

    async def outer(entered: asyncio.Event, leave: asyncio.Event) -> None:
        with bench.transaction():
            bench.insert("clerkships", {"name": "outer", **row})
            entered.set()
            await leave.wait()

    async def inner(entered: asyncio.Event, leave: asyncio.Event) -> None:
        await entered.wait()
        try:
            for act in (
                lambda: bench.insert("clerkships", {"name": "inner", **row}),
                lambda: bench.sql("DELETE FROM clerkships"),
                lambda: bench.transaction().__enter__(),
            ):
                with pytest.raises(TransactionError, match="A transaction of another task is open"):
                    act()
        finally:
            leave.set()

    async def both() -> None:
        events = asyncio.Event(), asyncio.Event()
        await asyncio.gather(outer(*events), inner(*events))

    asyncio.run(both())
    assert bench.sql("SELECT name FROM clerkships")["name"].to_list() == ["outer"]
    bench.insert("clerkships", {"name": "later", **row})


@pytest.mark.long
@pytest.mark.skipif(os.name == "nt", reason="Windows has no fork")
def test_a_forked_process_is_refused_the_workbench_of_its_parent(tmp_path):
    program = f"""
        import os, clerkbench
        from clerkbench.errors import ClosedError
        bench = clerkbench.open({str(tmp_path / "school.duckdb")!r})
        child = os.fork()
        if child == 0:
            try:
                bench.insert("clerkships", {{"name": "A", "specialty": "x", "required_days": 1}})
            except ClosedError as error:
                print(error, flush=True)
            os._exit(0)
        os.waitpid(child, 0)
        bench.insert("clerkships", {{"name": "B", "specialty": "x", "required_days": 1}})
        bench.close()
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "This workbench belongs to the process that opened it, and this one was forked from that." in done.stdout
    with clerkbench.open(tmp_path / "school.duckdb") as bench:
        assert bench.sql("SELECT name FROM clerkships")["name"].to_list() == ["B"]
    assert issubclass(ClosedError, ClerkbenchError)


def test_a_row_that_another_connection_changed_is_not_overwritten(tmp_path):
    with clerkbench.open(tmp_path / "school.duckdb") as bench:
        bench.seed("hybrid")
        with bench.con.cursor() as other:
            with (
                pytest.raises(
                    TransactionError, match="another connection changed rows of sites that the transaction repl"
                ),
                bench.transaction(),
            ):
                other.execute("UPDATE sites SET notes = 'theirs'")
                site = bench.sql("SELECT id FROM sites ORDER BY id")["id"].iat[0]
                bench.update("sites", site, name="ours")
            assert set(bench.sql("SELECT notes FROM sites")["notes"]) == {"theirs"}
            assert "ours" not in set(bench.sql("SELECT name FROM sites")["name"])


# --- files


@pytest.mark.long
@pytest.mark.skipif(os.name == "nt", reason="Windows removes no open file")
@pytest.mark.parametrize("how", ["removed", "replaced"])
def test_a_change_is_refused_after_the_file_was_removed_or_replaced(tmp_path, how):
    file = tmp_path / "school.duckdb"
    with clerkbench.open(file) as bench:
        bench.seed("hybrid")
        if how == "removed":
            file.unlink()
        else:
            clerkbench.open(tmp_path / "other.duckdb").close()
            (tmp_path / "other.duckdb").replace(file)
        for act in (
            lambda: bench.insert("clerkships", {"name": "A", "specialty": "x", "required_days": 1}),
            lambda: bench.delete("clerkships", "Surgery"),
            lambda: bench.configure("Surgery", required_days=5),
            lambda: bench.transaction().__enter__(),
            lambda: bench.seed("hybrid"),
            lambda: bench.rollback(),
            lambda: bench.sql("DELETE FROM clerkships"),
        ):
            with pytest.raises(DatabaseFileError, match="was removed or replaced while it was open, and what is done"):
                act()
        bench.save(tmp_path / "saved.xlsx")  # as the error says
        with clerkbench.open() as other:
            other.load(tmp_path / "saved.xlsx")
            assert not bench.diff(other)


@pytest.mark.long
def test_a_read_only_file_is_opened_for_reading(tmp_path, templates, monkeypatch):
    file = tmp_path / "school.duckdb"
    file.write_bytes(templates.file("hybrid").read_bytes())
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != file)  # root may write anything
    with clerkbench.open(file) as bench:
        before = rows(bench)
        assert bench.audit(severity="error").empty
        for act in (
            lambda: bench.update("clerkships", "Surgery", name="x"),
            lambda: bench.delete("clerkships", "Surgery"),
            lambda: bench.insert("health_systems", {"name": "x"}),
            lambda: bench.configure("Surgery", required_days=5),
            lambda: bench.sql("DELETE FROM clerkships"),
        ):
            with pytest.raises(
                ReadOnlyError, match=r"the file may only be read, so nothing in it changes\. Work on a copy"
            ):
                act()
        assert rows(bench) == before
        with bench.fork() as fork:
            fork.update("clerkships", "Surgery", name="x")
            assert bench.diff(fork).summary == "1 row changed."
            with pytest.raises(ReadOnlyError, match="Work on a copy"):
                bench.adopt(fork)


def test_two_names_of_one_file_take_turns(tmp_path):
    with clerkbench.open(tmp_path / "school.duckdb") as one:
        os.link(tmp_path / "school.duckdb", tmp_path / "other.duckdb")
        try:
            other = clerkbench.open(tmp_path / "other.duckdb")
        except DatabaseFileError as error:
            assert "open" in str(error)
            return
        with other:
            assert one._session.lock is other._session.lock  # private: whether they take turns shows nowhere else


def test_a_stored_orphan_is_reported_by_audit_and_fork(tmp_path):
    up = """
    CREATE TABLE p (id INTEGER PRIMARY KEY);
    CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p (id) /* ON DELETE CASCADE */);
    """
    with made(tmp_path, up) as bench:
        bench.insert("p", [{"id": 1}, {"id": 2}])
        with bench.con.cursor() as one, bench.con.cursor() as other:
            one.begin()
            other.begin()
            one.execute("INSERT INTO c VALUES (1, 1)")
            other.execute("DELETE FROM p WHERE id = 1")
            one.commit()
            other.commit()
        assert list(bench.audit()["rule"]) == ["foreign_key:p"]
        with pytest.raises(
            QueryError, match=r"bench\.audit\(\) names it: give it another reference with bench\.update"
        ):
            bench.fork()
        bench.delete("c", 1)
        bench.fork().close()


# --- Ctrl-C


@pytest.mark.long
def test_ctrl_c_at_the_end_of_a_block_leaves_no_transaction_open(tmp_path, monkeypatch):
    file = tmp_path / "school.duckdb"
    row = {"specialty": "x", "required_days": 1}
    with clerkbench.open(file) as bench:

        def interrupted(con: duckdb.DuckDBPyConnection) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(transactions, "roll_back", interrupted)
            with pytest.raises(KeyboardInterrupt), bench.transaction():
                bench.insert("clerkships", {"name": "lost", **row})
                raise KeyboardInterrupt
        bench.insert("clerkships", {"name": "kept", **row})
        assert bench.sql("SELECT name FROM clerkships")["name"].to_list() == ["kept"]
    with clerkbench.open(file) as bench:
        assert bench.sql("SELECT name FROM clerkships")["name"].to_list() == ["kept"]


@pytest.mark.long
@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limits")
def test_a_disk_that_is_full_is_reported_and_what_was_kept_shows_on_opening(tmp_path):
    program = f"""
        import resource, signal, clerkbench
        from clerkbench.errors import ClerkbenchError
        bench = clerkbench.open({str(tmp_path / "school.duckdb")!r})
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, resource.RLIM_INFINITY))
        rows = [{{"name": f"n{{at}}" + "x" * 300, "specialty": "x", "required_days": 1}} for at in range(20_000)]
        for act in (lambda: bench.insert("clerkships", rows), bench.tables, lambda: bench.sql("SELECT 1")):
            try:
                act()
                print("done")
            except ClerkbenchError as error:
                print(type(error).__name__, " ".join(str(error).split()))
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    first, *_ = done.stdout.splitlines()
    assert first.startswith(("TransactionError", "QueryError", "DatabaseFileError", "RowsRejectedError")), done.stdout
    assert "must be restarted" not in done.stdout
    kept = "Nothing was changed" not in first
    with clerkbench.open(tmp_path / "school.duckdb") as bench:
        assert len(bench.sql("FROM clerkships")) in ((0, 20_000) if kept else (0,))


def test_two_hard_links_to_one_file_are_one_database(hybrid, tmp_path):
    one, other = tmp_path / "one.duckdb", tmp_path / "other.duckdb"
    clerkbench.open(one).close()
    os.link(one, other)
    with clerkbench.open(one) as first, clerkbench.open(other) as second:
        second.insert("health_systems", {"name": "Second"})
        first.insert("health_systems", {"name": "First"})
    with clerkbench.open(other) as bench:
        assert set(bench.sql("FROM health_systems")["name"]) == {"First", "Second"}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_process_opens_no_file_that_is_open_where_it_comes_from(tmp_path):
    file = tmp_path / "school.duckdb"
    with clerkbench.open(file):
        reported = in_child(lambda: clerkbench.open(file))
        assert "is open in the process from which this one was forked" in reported
    assert in_child(lambda: clerkbench.open(file).close()) is None


ODD = {
    "half a sign in a query": (lambda bench: bench.sql("SELECT '\ud800'"), "must be valid Unicode"),
    "parameters one by one": (lambda bench: bench.sql("SELECT ?", iter([1])), "Parameters must be a list"),
    "a frame for what comes alongside": (
        lambda bench: bench.validate("clerkships", {"name": "A"}, alongside=pd.DataFrame()),
        "must be a dict by table",
    ),
    "a frame for whether to create": (lambda bench: bench.configure("New", create=pd.DataFrame()), "create=True"),
    "a frame for whether to migrate": (lambda bench: clerkbench.open(migrate=pd.DataFrame()), "must be True or False"),
    "a file whose name is not Unicode": (lambda bench: clerkbench.open(os.fsdecode(b"caf\xe9.duckdb")), "not Unicode"),
}


@pytest.mark.first_cases(3)
@pytest.mark.parametrize("act", ODD)
def test_what_is_of_an_odd_type_is_refused_in_words(own_school, act):
    call, reported = ODD[act]
    with pytest.raises(ClerkbenchError, match=reported):
        call(own_school)


def test_a_column_whose_name_holds_a_sign_of_a_terminal_can_be_saved(tmp_path):
    with made(tmp_path, 'CREATE TABLE t (id INTEGER PRIMARY KEY, "a\x1b[31m" TEXT);') as bench:
        bench.insert("t", {"id": 1, "a\x1b[31m": "x"})
        bench.save(tmp_path / "t.xlsx")
        with clerkbench.open(sql_folder=tmp_path) as other:
            other.load(tmp_path / "t.xlsx")
            assert rows(other) == rows(bench)
