"""The migrations as files for the tool by which an application changes its schema: psql, sqlite3, dbmate, Kysely."""

import json
import sqlite3
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import clerkbench
import engines
from application import of_application
from clerkbench.interchange.engines.migration_files import DIALECTS
from databases import rows
from migration_files import NEWEST, add_migration
from small_school import SMALL_SCHOOL
from test_in_place import EVOLUTION, MIGRATIONS

#: What an application has on tables that are created again, and SQLite cannot keep.
IN_THE_WAY = {"app_touch": "TRIGGER", "app_by_name": "INDEX", "app_view": "VIEW"}


@pytest.fixture
def engine(place) -> str:
    return "postgres" if place[1] else "sqlite"


def written(run, folder: Path, engine: str, *options: str, since: int = NEWEST.version) -> list[Path]:
    """The files of the newest migration, up and down; or the only file of a tool."""
    arguments = ("--sql", "--dialect", engine, "--from", str(since), "--sql-folder", str(folder))
    code, out, err = run("migrations", "files", *arguments, *options)
    assert (code, err) == (0, "")
    return [Path(line.removesuffix(" is written.")) for line in out.splitlines()]


def run_script(place: tuple[str, dict[str, str]], script: Path) -> subprocess.CompletedProcess[str]:
    """Run a script with the program of the engine."""
    target, options = place
    if not options:
        con = engines.in_sqlite(Path(target))
        try:
            con.executescript(script.read_text(encoding="utf-8"))
        except con.Error as error:
            return subprocess.CompletedProcess([], 1, "", str(error))
        finally:
            con.close()
        return subprocess.CompletedProcess([], 0, "", "")
    begin = ["--set", "ON_ERROR_STOP=1", "--command", f"SET search_path TO {options['schema']}", "--file", str(script)]
    command = [engines.psql(), target, "--no-psqlrc", "--quiet", "--output", "/dev/null", *begin]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def without_what_sqlite_loses(con: Any, place: tuple[str, dict[str, str]]) -> None:
    if not place[1]:
        for name, kind in IN_THE_WAY.items():
            con.execute(f"DROP {kind} {name}")


def opened(place: tuple[str, dict[str, str]], folder: Path) -> clerkbench.SchoolReader:
    return clerkbench.open(place[0], sql_folder=folder, **place[1])


def require_migrated(place: tuple[str, dict[str, str]], here: clerkbench.Workbench, folder: Path) -> None:
    """The school there is the one that the same migration makes here."""
    with opened(place, folder) as there:
        assert rows(there) == rows(here)
        assert not here.schema_diff(there)
        assert set(there.migrations()["status"]) == {"applied"}
        assert there.audit().equals(here.audit())
        assert not there.migrate(), "nothing is left to do"


def require_as_before(place: tuple[str, dict[str, str]], folder: Path, old: Any) -> None:
    with opened(place, folder) as there:
        assert not there.schema_diff(NEWEST.version)
        assert rows(there) == old


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("name", MIGRATIONS)
def test_the_scripts_do_what_a_migration_here_does_and_the_application_keeps_what_it_made(
    place, connection, engine, own_sql, new_bench, run, name
):
    without_what_sqlite_loses(connection, place)
    before = of_application(connection)
    add_migration(own_sql, *MIGRATIONS[name])
    up, down = written(run, own_sql, engine)
    with opened(place, own_sql) as there:
        old = rows(there)
    done = run_script(place, up)
    assert (done.returncode, done.stderr) == (0, "")
    require_migrated(place, new_bench("small", sql_folder=own_sql), own_sql)
    assert of_application(connection) == before
    done = run_script(place, down)
    assert (done.returncode, done.stderr) == (0, "")
    require_as_before(place, own_sql, old)
    assert of_application(connection) == before


@pytest.mark.long
def test_a_script_refuses_another_state_and_changes_nothing(place, connection, engine, own_sql, run):
    without_what_sqlite_loses(connection, place)
    before = of_application(connection)
    add_migration(own_sql, *EVOLUTION["a wider check on a referenced table"])
    up, down = written(run, own_sql, engine)
    done = run_script(place, down)
    assert done.returncode
    assert ("is not at the migration 000" if engine == "postgres" else "The school must be at 000") in done.stderr
    assert run_script(place, up).returncode == 0
    assert run_script(place, up).returncode
    assert run_script(place, down).returncode == 0
    with opened(place, own_sql) as there:
        assert not there.schema_diff(NEWEST.version)
    assert of_application(connection) == before


REBUILT = EVOLUTION["a wider check on a referenced table"]
HARMLESS = EVOLUTION["a required flag on a referenced table"]
RENAMED_AND_DROPPED = (
    "ALTER TABLE things RENAME TO old; CREATE TABLE things (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL); "
    "INSERT INTO things SELECT id, name FROM old; DROP TABLE old;",
    "SELECT 1;",
)
STORED_AGAIN = (
    "CREATE TABLE aside AS SELECT * FROM things; DELETE FROM things; INSERT INTO things SELECT * FROM aside; "
    "DROP TABLE aside;",
    "SELECT 1;",
)
COLUMNS = "The migration would lose columns that others added to {}"
LOST = "The migration would lose what others made: {}"

#: What an application made, the migration, and what a file says in which that is in the way, by engine.
OF_OTHERS = {
    "a column": ("ALTER TABLE sites ADD COLUMN app_x TEXT", REBUILT, dict.fromkeys(DIALECTS, COLUMNS.format("sites"))),
    "a generated column": (
        "ALTER TABLE sites ADD COLUMN app_x TEXT GENERATED ALWAYS AS (lower(name)) VIRTUAL",
        REBUILT,
        {"sqlite": COLUMNS.format("sites")},
    ),
    "a column of a table that is renamed and dropped": (
        "ALTER TABLE things ADD COLUMN app_x TEXT",
        RENAMED_AND_DROPPED,
        dict.fromkeys(DIALECTS, COLUMNS.format("things")),
    ),
    "a foreign key to a table that is renamed and dropped": (
        "CREATE TABLE app_x (thing TEXT REFERENCES things (id))",
        RENAMED_AND_DROPPED,
        {"sqlite": "Foreign keys of others would reference a table or a column that is gone"},
    ),
    "a view on a column that goes": (
        "CREATE VIEW app_x AS SELECT name FROM things",
        ("ALTER TABLE things DROP COLUMN name;", "SELECT 1;"),
        {"sqlite": "views or triggers of others: drop them before", "postgres": "view app_x depends on column name"},
    ),
    "a constraint": (
        "ALTER TABLE sites ADD CONSTRAINT app_x CHECK (name <> 'Nowhere')",
        REBUILT,
        {"postgres": LOST.format("the constraint app_x CHECK")},
    ),
    "a comment on a view": (
        "COMMENT ON VIEW team_rosters IS 'Ours.'",
        HARMLESS,
        {"postgres": LOST.format("the comment on team_rosters: Ours.")},
    ),
    "a default of a view": (
        "ALTER VIEW configuration_overview ALTER COLUMN clerkship SET DEFAULT 'None'",
        HARMLESS,
        {"postgres": LOST.format("the default 'None'::text of configuration_overview.clerkship")},
    ),
    "a disabled trigger": (
        "ALTER TABLE sites DISABLE TRIGGER ALL",
        REBUILT,
        {"postgres": LOST.format("the disabled triggers of sites")},
    ),
    "a table with a name that the migration drops": (
        "CREATE TABLE set_aside AS SELECT 1 AS number",
        ("CREATE OR REPLACE TABLE set_aside AS SELECT * FROM sites; DROP TABLE set_aside;", "SELECT 1;"),
        dict.fromkeys(DIALECTS, "have names that the migration uses"),
    ),
}
IN_THE_WAY_OF_A_FILE = [(name, engine) for name, (*_, says) in OF_OTHERS.items() for engine in says]


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "place"),
    [(name, {"postgres": "postgresql"}.get(engine, engine)) for name, engine in IN_THE_WAY_OF_A_FILE],
    indirect=["place"],
)
def test_what_others_made_in_the_way_of_a_file_is_named_and_stays(place, engine, own_sql, new_bench, run, name):
    made, scripts, says = OF_OTHERS[name]
    add_migration(own_sql, "CREATE TABLE things (id TEXT NOT NULL PRIMARY KEY, name TEXT);", "DROP TABLE things;")
    new_bench("small", sql_folder=own_sql).export(place[0], **place[1])
    added = add_migration(own_sql, *scripts)
    with other(place) as con:
        engines.run(con, made) if place[1] else con.execute(made)
        before = whole_schema(con)
        done = run_script(place, written(run, own_sql, engine, since=added.version - 1)[0])
        assert done.returncode
        assert says[engine] in done.stderr
        assert whole_schema(con) == before


@contextmanager
def other(place: tuple[str, dict[str, str]]) -> Iterator[Any]:
    """A connection of the application."""
    if place[1]:
        with engines.connected(place[0], place[1]["schema"]) as con:
            yield con
        return
    con = engines.in_sqlite(Path(place[0]))
    yield con
    con.close()


def whole_schema(con: Any) -> list[tuple[Any, ...]]:
    if isinstance(con, sqlite3.Connection):
        return engines.rows(con, "SELECT type, name, sql FROM sqlite_master ORDER BY ALL".replace("ALL", "1, 2"))
    return engines.rows(
        con,
        "SELECT relname, relkind::text, relhastriggers, obj_description(oid), (SELECT count(*) FROM pg_attribute "
        "WHERE attrelid = pg_class.oid), (SELECT string_agg(conname, ',' ORDER BY conname) FROM pg_constraint "
        "WHERE conrelid = pg_class.oid) FROM pg_class WHERE relnamespace = current_schema()::regnamespace ORDER BY 1",
    )


@pytest.mark.long
@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_rows_that_are_stored_again_fire_no_delete_rule_of_others(place, own_sql, new_bench, run):
    add_migration(own_sql, "CREATE TABLE things (id TEXT NOT NULL PRIMARY KEY, name TEXT);", "DROP TABLE things;")
    bench = new_bench("small", sql_folder=own_sql)
    bench.insert("things", {"id": "1"})
    bench.export(place[0])
    added = add_migration(own_sql, *STORED_AGAIN)
    [up, _] = written(run, own_sql, "sqlite", "--no-transaction", since=added.version - 1)
    with other(place) as con:
        con.execute("CREATE TABLE app_x (thing TEXT REFERENCES things (id) ON DELETE CASCADE)")
        con.execute("INSERT INTO app_x VALUES ('1')")
        with pytest.raises(con.IntegrityError, match="Foreign keys must be off"):
            con.executescript(up.read_text(encoding="utf-8"))
        con.rollback()
        assert engines.rows(con, "SELECT * FROM app_x") == [("1",)]


@pytest.mark.long
@pytest.mark.parametrize("place", ["postgresql"], indirect=True)
def test_the_changes_of_a_session_that_commits_meanwhile_are_not_lost(place, small_school, own_sql, run):
    small_school.export(place[0], **place[1])
    add_migration(own_sql, *REBUILT)
    [up, _] = written(run, own_sql, "postgres")
    with other(place) as con:
        engines.run(con, "BEGIN", "UPDATE sites SET address = 'Changed meanwhile'")
        with ThreadPoolExecutor() as pool:
            running = pool.submit(run_script, place, up)
            with other(place) as watching:
                waiting = "SELECT 1 FROM pg_locks JOIN pg_class ON relation = pg_class.oid WHERE relname = 'sites' "
                while not engines.rows(watching, f"{waiting} AND NOT granted"):
                    assert not running.done()
            engines.run(con, "COMMIT")
            assert running.result().stderr == ""
        assert engines.rows(con, "SELECT DISTINCT address FROM sites") == [("Changed meanwhile",)]


@pytest.mark.long
@pytest.mark.parametrize("place", ["postgresql"], indirect=True)
def test_a_file_works_in_one_schema_only(place, small_school, own_sql, run):
    small_school.export(place[0], **place[1])
    add_migration(own_sql, *EVOLUTION["a new table with a key and a rule"])
    [up, _] = written(run, own_sql, "postgres")
    first, school = engines.new_schema(), place[1]["schema"]
    with engines.connected(place[0]) as con:
        engines.run(con, f"CREATE SCHEMA {first}")
    done = run_script((place[0], {"schema": f"{first}, {school}"}), up)
    assert f"The schema {first} holds no school. Name its schema with clerkbench migrations --schema." in done.stderr
    up.unlink()
    Path("files", up.name.replace(".up.", ".down.")).unlink()
    [up, _] = written(run, own_sql, "postgres", "--schema", school)
    assert run_script((place[0], {"schema": f"{first}, {school}"}), up).stderr == ""
    with opened(place, own_sql) as there:
        assert set(there.migrations()["status"]) == {"applied"}
        assert there.sql("SELECT count(*) AS n FROM notes")["n"].tolist() == [len(SMALL_SCHOOL["clerkships"])]


def test_an_sqlite_file_without_a_school_is_named(tmp_path, own_sql, run):
    add_migration(own_sql, *HARMLESS)
    [up, _] = written(run, own_sql, "sqlite")
    assert (
        "The file holds no school. Nothing was changed." in run_script((str(tmp_path / "empty.sqlite"), {}), up).stderr
    )


@pytest.mark.parametrize("engine", DIALECTS)
def test_a_down_script_that_forgets_a_delete_rule_is_not_written(own_sql, run, engine):
    up, down = REBUILT
    add_migration(own_sql, up, down.replace(" /* ON DELETE CASCADE */", ""))
    arguments = ("--sql", "--dialect", engine, "--from", str(NEWEST.version), "--sql-folder", str(own_sql))
    code, _, err = run("migrations", "files", *arguments)
    assert code == 2
    assert "creates foreign keys with another delete rule than the schema has: sites (health_system_id)" in err
    assert not Path("files").exists()


@pytest.mark.long
@pytest.mark.parametrize("place", ["postgresql"], indirect=True)
def test_what_a_migration_made_beside_tables_goes_with_its_down_script(place, small_school, own_sql, run):
    """Both with a file and with a rollback there."""
    small_school.export(place[0], **place[1])
    add_migration(
        own_sql,
        "CREATE SEQUENCE ticket_numbers; "
        "CREATE TABLE tickets (id INTEGER DEFAULT nextval('ticket_numbers') PRIMARY KEY); "
        "CREATE VIEW own_view AS SELECT id FROM tickets;",
        "DROP VIEW own_view; DROP TABLE tickets; DROP SEQUENCE ticket_numbers;",
    )
    up, down = written(run, own_sql, "postgres")
    for _ in range(2):
        assert run_script(place, up).stderr == ""
        assert run_script(place, down).stderr == ""
    assert run_script(place, up).stderr == ""
    with opened(place, own_sql) as there:
        there.rollback()
        assert not there.schema_diff(NEWEST.version)


def test_in_sqlite_triggers_and_indexes_of_others_are_refused_and_stay(tmp_path, small_school, own_sql, run):
    file = tmp_path / "school.sqlite"
    small_school.export(file)
    add_migration(own_sql, *EVOLUTION["a column that may be empty"])
    [up, _] = written(run, own_sql, "sqlite")
    for made, says in (
        (
            "CREATE TRIGGER app AFTER UPDATE ON sites BEGIN SELECT 1; END",
            "views or triggers of others: drop them before",
        ),
        ("CREATE INDEX app ON clerkships (name, required_days)", "would lose indexes of others on clerkships"),
    ):
        con = engines.in_sqlite(file)
        con.execute(made)
        done = run_script((str(file), {}), up)
        assert done.returncode and says in done.stderr
        assert con.execute("SELECT sql FROM sqlite_master WHERE name = 'app'").fetchall() == [(made,)]
        con.execute(f"DROP {made.split()[1]} app")
        con.close()
    assert run_script((str(file), {}), up).returncode == 0


@pytest.mark.long
def test_where_a_tool_keeps_foreign_keys_on_no_row_is_deleted(tmp_path, small_school, own_sql, run):
    file = tmp_path / "school.sqlite"
    small_school.export(file)
    add_migration(own_sql, *EVOLUTION["a column that may be empty"])
    [up, _] = written(run, own_sql, "sqlite", "--no-transaction")
    con = engines.in_sqlite(file)  # with foreign keys on
    before = engines.contents(con, small_school.tables()["table"].tolist())
    con.execute("BEGIN")
    statements = up.read_text(encoding="utf-8")
    with pytest.raises(con.IntegrityError, match="Foreign keys must be off: PRAGMA foreign_keys = OFF before the tra"):
        for statement in split(statements):
            con.execute(statement)
    con.execute("ROLLBACK")
    assert engines.contents(con, small_school.tables()["table"].tolist()) == before
    con.close()


def split(script: str) -> list[str]:
    """The statements of a script, in SQLite's own reading."""
    found, begun = [], ""
    for line in script.splitlines(keepends=True):
        begun += line
        if sqlite3.complete_statement(begun):
            found.append(begun)
            begun = ""
    return found


@pytest.mark.long
def test_a_script_without_a_transaction_refuses_to_run_outside_of_one_on_a_server(server, small_school, own_sql, run):
    place = (server, {"schema": engines.new_schema()})
    small_school.export(place[0], **place[1])
    add_migration(own_sql, *EVOLUTION["a wider check on a referenced table"])
    [up, _] = written(run, own_sql, "postgres", "--no-transaction")
    done = run_script(place, up)
    assert "SAVEPOINT can only be used in transaction blocks" in done.stderr
    with opened(place, own_sql) as there:
        assert not there.schema_diff(NEWEST.version)


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_from_nothing_the_scripts_make_the_schema_and_drop_it_again(engine, tmp_path, server, bench, run):
    schema = engines.new_schema()
    place = (server, {"schema": schema}) if engine == "postgres" else (str(tmp_path / "new.sqlite"), {})
    if engine == "postgres":
        with engines.connected(server) as con:
            engines.run(con, f"CREATE SCHEMA {schema}")
    code, out, _ = run("migrations", "files", "--sql", "--dialect", engine)
    assert code == 0
    files = [Path(line.removesuffix(" is written.")) for line in out.splitlines()]
    for script in files[::2]:
        assert run_script(place, script).stderr == ""
    with clerkbench.open(place[0], **place[1]) as there:
        assert not bench.schema_diff(there)
    for script in reversed(files[1::2]):
        assert run_script(place, script).stderr == ""
    if engine == "sqlite":
        con = engines.in_sqlite(Path(place[0]))
        assert con.execute("SELECT name FROM sqlite_master").fetchall() == []
        con.close()
        return
    with engines.connected(server, schema) as con:
        found = engines.rows(con, f"SELECT relname FROM pg_class WHERE relnamespace = '{schema}'::regnamespace")
        assert found == []


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--dialect", "mysql"), "There is no dialect 'mysql': name postgres, sqlite. Nothing was written."),
        (("--layout", "flyway"), "There is no layout 'flyway': name sql, dbmate, kysely. Nothing was written."),
        (("--from", "99"), "There is no migration 99: they run from 1 to "),
        (("--from", str(NEWEST.version)), "so there is nothing to write."),
        (
            ("--dialect", "sqlite", "--schema", "x"),
            "An SQLite file has no schemas, and a schema has a name. Nothing was written.",
        ),
    ],
)
def test_what_cannot_be_written_is_refused_in_words(run, options, says):
    code, _, err = run("migrations", "files", "--sql", *options)
    assert code == 2 and says in err
    assert not Path("files").exists()


def test_files_that_are_there_are_not_overwritten(run):
    assert run("migrations", ".", "--sql")[0] == 0
    before = {path: path.read_bytes() for path in Path().iterdir()}
    code, _, err = run("migrations", ".", "--sql", "--dialect", "sqlite")
    assert code == 2 and "already. Name another folder. Nothing was written." in err
    assert {path: path.read_bytes() for path in Path().iterdir()} == before


def test_without_sql_the_migrations_are_listed(run):
    code, out, _ = run("migrations")
    assert (code, out.splitlines()[-1]) == (0, NEWEST.label)


# --- the tools themselves


@pytest.mark.long
def test_dbmate_runs_the_files(node, place, connection, engine, own_sql, new_bench, run):
    without_what_sqlite_loses(connection, place)
    before = of_application(connection)
    add_migration(own_sql, *MIGRATIONS["other columns and another key"])
    [script] = written(run, own_sql, engine, "--layout", "dbmate")
    url = f"sqlite:{place[0]}" if engine == "sqlite" else f"{place[0]}&sslmode=disable&search_path={place[1]['schema']}"
    if engine == "postgres":
        url = url.replace("postgresql://", "postgres://")
    program = [str(node / "node_modules" / ".bin" / "dbmate"), "--url", url, "--no-dump-schema"]
    command = [*program, "--migrations-dir", str(script.parent)]
    with opened(place, own_sql) as there:
        old = rows(there)
    done = subprocess.run([*command, "migrate"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    require_migrated(place, new_bench("small", sql_folder=own_sql), own_sql)
    done = subprocess.run([*command, "rollback"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    require_as_before(place, own_sql, old)
    assert of_application(connection) == before


RUN_KYSELY = """
const {{ Kysely, Migrator, PostgresDialect, SqliteDialect }} = require('kysely')
const migration = require({module})
const dialect = {sqlite}
  ? new SqliteDialect({{ database: () => {{
      const database = require('better-sqlite3')({target})
      database.pragma('foreign_keys = on')
      return database
    }} }})
  : new PostgresDialect({{ pool: new (require('pg').Pool)(
      {{ connectionString: {target}, options: '-c search_path=' + {schema} }}) }})
const db = new Kysely({{ dialect }})
const provider = {{ getMigrations: async () => ({{ school: migration }}) }}
const migrator = new Migrator({{ db, provider, migrationTableName: 'app_migrations',
  migrationLockTableName: 'app_migrations_lock',
  migrationTableSchema: {schema} || undefined }})
;(async () => {{
  const {{ error, results }} = await migrator.{way}()
  await db.destroy()
  if (error) {{ console.error(String(error.message)); process.exit(1) }}
  console.log(results.map(each => each.status).join())
}})()
"""


@pytest.mark.long
def test_kysely_runs_the_files(node, place, connection, engine, own_sql, new_bench, run):
    without_what_sqlite_loses(connection, place)
    add_migration(own_sql, *MIGRATIONS["other columns and another key"])
    [script] = written(run, own_sql, engine, "--layout", "kysely")
    folder = node / f"migrations-{NEWEST.version}-{engine}"
    folder.mkdir(exist_ok=True)
    module = folder / "migration.ts"
    module.write_bytes(script.read_bytes())
    compiler = ["node_modules/.bin/tsc", "--strict", "--skipLibCheck", "--target", "es2022", "--module", "node16"]
    done = subprocess.run([*compiler, str(module)], cwd=node, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout

    def migrated(way: str) -> subprocess.CompletedProcess[str]:
        program = RUN_KYSELY.format(
            module=json.dumps(str(module.with_suffix(".js"))),
            sqlite=json.dumps(engine == "sqlite"),
            target=json.dumps(place[0] if engine == "sqlite" else engines.url_for_node(place[0])),
            schema=json.dumps(place[1].get("schema", "")),
            way=way,
        )
        (folder / "run.js").write_text(program, encoding="utf-8")
        return subprocess.run(["node", "run.js"], cwd=folder, capture_output=True, text=True, check=False)

    with opened(place, own_sql) as there:
        old = rows(there)
    done = migrated("migrateToLatest")
    assert (done.returncode, done.stdout) == (0, "Success\n"), done.stderr
    require_migrated(place, new_bench("small", sql_folder=own_sql), own_sql)
    done = migrated("migrateDown")
    assert (done.returncode, done.stdout) == (0, "Success\n"), done.stderr
    require_as_before(place, own_sql, old)
    if engine == "sqlite":  # a file that fails changes nothing
        connection.execute("CREATE INDEX app_again ON clerkships (name)")
        done = migrated("migrateToLatest")
        assert "lose indexes of others on clerkships" in done.stderr
        require_as_before(place, own_sql, old)
