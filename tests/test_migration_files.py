"""The migrations as files for the tool by which an application changes its schema: psql, sqlite3, dbmate, Kysely."""

import json
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import pytest

import clerkbench
import engines
from application import of_application
from clerkbench.interchange.engines.migration_files import DIALECTS
from databases import rows
from migration_files import NEWEST, add_migration
from test_in_place import EVOLUTION

CASES = list(EVOLUTION)

#: What an application has on tables that are created again, and SQLite cannot keep.
IN_THE_WAY = {"app_touch": "TRIGGER", "app_by_name": "INDEX"}


@pytest.fixture
def engine(place) -> str:
    return "postgres" if place[1] else "sqlite"


def written(run, folder: Path, engine: str, *options: str) -> list[Path]:
    """The files of the newest migration, up and down; or the only file of a tool."""
    arguments = ("--sql", "--dialect", engine, "--from", str(NEWEST.version), "--sql-folder", str(folder))
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
@pytest.mark.parametrize("name", CASES)
def test_the_scripts_do_what_a_migration_here_does_and_the_application_keeps_what_it_made(
    place, connection, engine, own_sql, new_bench, run, name
):
    without_what_sqlite_loses(connection, place)
    before = of_application(connection)
    add_migration(own_sql, *EVOLUTION[name])
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


#: What an application made, the migration, what a file says in which it is in the way, and on which engine.
OF_OTHERS = {
    "a column": (
        "ALTER TABLE sites ADD COLUMN app_floor TEXT",
        EVOLUTION["a wider check on a referenced table"],
        dict.fromkeys(DIALECTS, "The migration would lose columns that others added to sites"),
    ),
    "a constraint": (
        "ALTER TABLE sites ADD CONSTRAINT app_check CHECK (name <> 'Nowhere')",
        EVOLUTION["a wider check on a referenced table"],
        {"postgres": "and there are app_check, sites_"},
    ),
    "a table with a name that the migration drops": (
        "CREATE TABLE set_aside AS SELECT 1 AS number",
        ("CREATE OR REPLACE TABLE set_aside AS SELECT * FROM sites; DROP TABLE set_aside;", "SELECT 1;"),
        {"postgres": "have names that the migration uses: set_aside.", "sqlite": "have names that the migration uses."},
    ),
}


@pytest.mark.long
@pytest.mark.parametrize("name", OF_OTHERS)
def test_what_others_made_in_the_way_of_a_file_is_named_and_stays(place, connection, engine, own_sql, run, name):
    made, scripts, says = OF_OTHERS[name]
    if engine not in says:
        return
    without_what_sqlite_loses(connection, place)
    engines.run(connection, made) if place[1] else connection.execute(made)
    before = of_application(connection)
    add_migration(own_sql, *scripts)
    done = run_script(place, written(run, own_sql, engine)[0])
    assert done.returncode
    assert says[engine] in done.stderr
    assert of_application(connection) == before
    queries = {"a column": "SELECT app_floor FROM sites", "a constraint": "SELECT 1"}
    assert engines.rows(connection, queries.get(name, "SELECT number FROM set_aside"))


def test_in_sqlite_triggers_and_indexes_of_others_are_refused_and_stay(tmp_path, small_school, own_sql, run):
    file = tmp_path / "school.sqlite"
    small_school.export(file)
    add_migration(own_sql, *EVOLUTION["a column that may be empty"])
    [up, _] = written(run, own_sql, "sqlite")
    for made, says in (
        ("CREATE TRIGGER app AFTER UPDATE ON sites BEGIN SELECT 1; END", "has triggers of others: drop them before"),
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
        (("--dialect", "sqlite", "--schema", "x"), "An SQLite file has no schemas. Nothing was written."),
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
@pytest.mark.parametrize("name", ["a column that may be empty", "a column that moves to another table"])
def test_dbmate_runs_the_files(node, place, connection, engine, own_sql, new_bench, run, name):
    without_what_sqlite_loses(connection, place)
    before = of_application(connection)
    add_migration(own_sql, *EVOLUTION[name])
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
@pytest.mark.parametrize("name", ["a column that may be empty", "a column that moves to another table"])
def test_kysely_runs_the_files(node, place, connection, engine, own_sql, new_bench, run, name):
    without_what_sqlite_loses(connection, place)
    add_migration(own_sql, *EVOLUTION[name])
    [script] = written(run, own_sql, engine, "--layout", "kysely")
    folder = node / f"migrations-{NEWEST.version}-{engine}-{CASES.index(name)}"
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
    if (engine, name) == ("sqlite", "a column that may be empty"):  # a file that fails changes nothing
        connection.execute("CREATE INDEX app_again ON clerkships (name)")
        done = migrated("migrateToLatest")
        assert "lose indexes of others on clerkships" in done.stderr
        require_as_before(place, own_sql, old)
