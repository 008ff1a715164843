"""Migrations and rollbacks are atomic, leave no traces, and raise a clear error if they cannot run."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

import clerkbench
from clerkbench.errors import DataLossError, MigrationError, SchemaError, SqlFileError
from clerkbench.files.sql_files import SqlFiles
from databases import catalog_of
from migration_files import MIGRATIONS, NEWEST, add_migration

#: How many steps back the first migration is.
BACK_TO_0001 = len(MIGRATIONS) - 1


def pending(bench: clerkbench.Workbench) -> list[str]:
    """The names of the migrations that the database does not have yet."""
    history = bench.migrations()
    return history["name"][history["status"] == "pending"].tolist()


# The scripts must also run without clerkbench. A later migration may alter a referenced table, which DuckDB alone
# cannot do; these two migrations alter none.
def test_duckdb_alone_runs_the_first_scripts_up_and_down_to_an_empty_database():
    first = MIGRATIONS[:2]
    with duckdb.connect() as con, clerkbench.open(migrate=False) as bench:
        for migration in first:
            con.execute(migration.up)
        bench.migrate(to=2)
        made = {name for (name,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        assert made == set(bench.tables()["table"])
        for migration in reversed(first):
            con.execute(migration.down)
        assert catalog_of(con) == [[], [], [], [], []]


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("steps", range(1, len(MIGRATIONS) + 1))
def test_undo_and_redo_leave_the_same_catalog(bench, steps):
    before = catalog_of(bench.con)
    bench.rollback(steps)
    assert catalog_of(bench.con) != before
    bench.migrate()
    assert catalog_of(bench.con) == before


def test_after_one_step_back_the_schema_is_the_one_before(tmp_path, bench):
    bench.rollback(1)
    with clerkbench.open(tmp_path / "old.duckdb", migrate=False) as old:
        old.migrate(to=len(MIGRATIONS) - 1)
        assert catalog_of(old.con) == catalog_of(bench.con)


def test_the_ledger_reports_what_was_applied(bench):
    history = bench.migrations()
    assert list(history["version"]) == list(range(1, len(MIGRATIONS) + 1))
    assert list(history["name"]) == [each.name for each in MIGRATIONS]
    assert set(history["status"]) == {"applied"}
    assert history["applied_at"].notna().all()
    bench.rollback()
    *earlier, last = bench.migrations().itertuples()
    assert (last.status, {each.status for each in earlier}) == ("pending", {"applied"})
    assert bench.migrations()["applied_at"].isna().tolist() == [False] * len(earlier) + [True]


def test_the_ledger_keeps_both_scripts_and_the_checksum(bench):
    kept = bench.sql("SELECT up_script, down_script, checksum FROM clerkbench_migrations ORDER BY version")
    assert kept.to_numpy().tolist() == [[each.up, each.down, each.checksum] for each in MIGRATIONS]


def test_migrating_twice_changes_nothing(bench):
    before = catalog_of(bench.con), bench.migrations().to_csv()
    bench.migrate()
    assert (catalog_of(bench.con), bench.migrations().to_csv()) == before


def test_migrate_stops_at_the_version_that_is_asked_for():
    with clerkbench.open(migrate=False) as bench:
        bench.migrate(to=1)
        assert set(bench.tables()["table"]) == {"clerkships", "preceptors"}


@pytest.mark.parametrize("to", [len(MIGRATIONS) + 1, -1, "two", True, 1.5])
def test_an_unknown_version_is_refused(bench, to):
    with pytest.raises(
        MigrationError, match=re.escape(f"There is no migration {to!r}: they run from 1 to {len(MIGRATIONS)}.")
    ):
        bench.migrate(to=to)


def test_migrating_to_a_version_behind_says_how_to_go_back(bench):
    newest, steps = NEWEST.version, len(MIGRATIONS) - 1
    says = rf"at migration {newest:04}, past 0001\. To go back: rollback\(steps={steps}\)"
    with pytest.raises(MigrationError, match=says):
        bench.migrate(to=1)


@pytest.mark.parametrize("steps", [0, -1, len(MIGRATIONS) + 1, "1", True])
def test_rolling_back_more_than_there_is_is_refused(bench, steps):
    with pytest.raises(
        MigrationError, match=re.escape(f"Cannot roll back {steps!r} steps: the database has {len(MIGRATIONS)}")
    ):
        bench.rollback(steps)


# --- rows survive


@pytest.fixture
def before_0002():
    """A database as the application has it, with two preceptors and a clerkship."""
    with clerkbench.open(migrate=False) as bench:
        bench.migrate(to=1)
        bench.con.execute(
            """
            INSERT INTO preceptors (name, email, specialty, max_students, created_at, updated_at) VALUES
            ('Dr. Chen', 'chen@metro.example', 'Surgery', 3, '2020-01-01', '2021-02-03'),
            ('Dr. Okafor', 'okafor@metro.example', 'Pediatrics', 1, '2022-01-01', '2022-01-01');
            INSERT INTO clerkships (name, specialty, required_days) VALUES ('Surgery', 'Surgery', 45);
            """
        )
        yield bench


def test_0002_keeps_every_value_of_the_preceptors_that_exist(before_0002):
    columns = "id, name, email, specialty, max_students, created_at, updated_at"
    before = before_0002.sql(f"SELECT {columns} FROM preceptors ORDER BY id")
    before_0002.migrate(to=2)
    assert before_0002.sql(f"SELECT {columns} FROM preceptors ORDER BY id").equals(before)


def test_0002_gives_existing_preceptors_to_a_system_named_unassigned(before_0002):
    before_0002.migrate(to=2)
    systems = before_0002.sql(
        """
        SELECT preceptors.name AS preceptor, health_systems.name AS health_system, site_id
        FROM preceptors INNER JOIN health_systems ON health_system_id = health_systems.id ORDER BY preceptor
        """
    )
    assert list(systems["preceptor"]) == ["Dr. Chen", "Dr. Okafor"]
    assert set(systems["health_system"]) == {"Unassigned"}
    assert systems["site_id"].isna().all()


def test_0002_makes_no_unassigned_system_where_there_are_no_preceptors(bench):
    assert bench.sql("FROM health_systems").empty


def test_rolling_back_without_anything_to_lose_needs_no_permission(bench):
    bench.insert("clerkships", {"name": "Surgery", "specialty": "Surgery", "required_days": 45})
    bench.rollback()
    assert list(bench.sql("FROM clerkships")["name"]) == ["Surgery"]


def test_rolling_back_a_migration_whose_tables_hold_rows_is_refused_and_counts_them(bench):
    bench.seed("traditional")
    before = catalog_of(bench.con), bench.tables().to_csv()
    with pytest.raises(DataLossError) as refusal:
        bench.rollback(BACK_TO_0001)
    assert str(refusal.value).startswith("Rolling back 0002_scheduling_configuration would discard rows or values: ")
    for lost in ("health_systems 2", "sites 4", "preceptors.health_system_id 15", "preceptors.site_id 14"):
        assert re.search(rf"\b{re.escape(lost)}[,.]", str(refusal.value))
    assert "clerkships" not in str(refusal.value).replace("clerkship_", "")
    assert str(refusal.value).endswith("discard_data=True), or --discard-data. Nothing was changed.")
    assert (catalog_of(bench.con), bench.tables().to_csv()) == before


def test_rolling_back_with_permission_keeps_what_the_older_schema_has_room_for(bench):
    bench.seed("traditional")
    preceptors = bench.sql("SELECT id, name, email, max_students, updated_at FROM preceptors ORDER BY id")
    bench.rollback(BACK_TO_0001, discard_data=True)
    kept = bench.sql("FROM preceptors ORDER BY id")
    assert kept[preceptors.columns].equals(preceptors)
    assert "health_system_id" not in kept.columns


# The steps before the last lose nothing; they must not be taken when the last is refused.
def test_several_steps_back_are_taken_together_or_not_at_all(bench):
    bench.insert("clerkships", {"name": "Surgery", "specialty": "Surgery", "required_days": 45})
    with pytest.raises(
        DataLossError, match=r"Rolling back 0001_clerkships_and_preceptors would discard .*: clerkships 1"
    ):
        bench.rollback(len(MIGRATIONS))
    assert pending(bench) == []


# --- failures leave nothing


@pytest.mark.first_cases(1)
@pytest.mark.parametrize(
    ("up", "says"),
    [
        ("CREATE TABLE extra (id TEXT); SELECT no_such_column;", "failed at “SELECT no_such_column;”: Binder Error"),
        ("CREATE TABLE extra (id TEXT); INSERT INTO extra VALUES (1 / 'x');", "Could not convert string 'x'"),
        # as late as can be: the ledger row and the views come after
        ("CREATE TABLE extra (id TEXT);\n-- why\nDROP TABLE\n  no_such_table;", "failed at “DROP TABLE”"),
    ],
)
def test_a_migration_that_fails_leaves_nothing(tmp_path, own_sql, up, says):
    with clerkbench.open(tmp_path / "school.duckdb") as bench:
        bench.seed("hybrid")
        before = catalog_of(bench.con), bench.tables().to_csv()
    added = add_migration(own_sql, up)
    with pytest.raises(MigrationError) as failure:
        clerkbench.open(tmp_path / "school.duckdb", sql_folder=own_sql)
    assert str(failure.value).startswith(f"{added.label}.up.sql failed at “")
    assert says in str(failure.value)
    assert str(failure.value).endswith("It was rolled back. Nothing was changed.")
    with clerkbench.open(tmp_path / "school.duckdb") as bench:
        assert (catalog_of(bench.con), bench.tables().to_csv()) == before


def test_a_view_that_no_longer_fits_undoes_the_migration(own_sql):
    (own_sql / "views" / "broken.sql").write_text("CREATE VIEW broken AS SELECT gone FROM sites;", encoding="utf-8")
    with clerkbench.open(sql_folder=own_sql, migrate=False) as bench:
        with pytest.raises(
            MigrationError, match=r"broken\.sql failed at “CREATE VIEW broken AS SELECT gone FROM sites;”"
        ):
            bench.migrate()
        assert pending(bench) == [NEWEST.name]


def test_a_down_script_that_fails_leaves_everything(own_sql):
    added = add_migration(own_sql, "CREATE TABLE extra (id TEXT);", "DROP TABLE extra; DROP TABLE extra;")
    with clerkbench.open(sql_folder=own_sql) as bench:
        before = catalog_of(bench.con)
        with pytest.raises(MigrationError, match=rf"{added.label}\.down\.sql failed at “DROP TABLE extra;”"):
            bench.rollback()
        assert catalog_of(bench.con) == before


def test_a_script_that_ends_the_transaction_itself_is_refused_before_it_runs(own_sql):
    added = add_migration(own_sql, "CREATE TABLE extra (id TEXT); COMMIT;")
    with pytest.raises(
        SqlFileError, match=rf"{added.label}\.up\.sql begins or ends a transaction\. Remove the statement"
    ):
        clerkbench.open(sql_folder=own_sql)


# What a migration cannot do, with the way on.
@pytest.mark.long
@pytest.mark.parametrize(
    ("up", "says"),
    [
        (
            "DELETE FROM clerkship_electives; DELETE FROM clerkship_configurations;",
            "Rows of clerkship_electives still reference a row to delete or change",
        ),
        (
            "ALTER TABLE clerkships ADD COLUMN years INTEGER; UPDATE clerkships SET years = 3; "
            "ALTER TABLE clerkships ALTER years SET NOT NULL;",
            "The same transaction has changed rows of the table. Change them in one before it, such as the migration",
        ),
    ],
)
def test_a_migration_that_needs_two_transactions_is_refused_with_the_advice_to_split_it(tmp_path, own_sql, up, says):
    file = tmp_path / "school.duckdb"
    with clerkbench.open(file, sql_folder=own_sql) as bench:
        bench.seed("hybrid")
    at_once = shutil.copytree(own_sql, tmp_path / "at_once")
    add_migration(at_once, up)
    with pytest.raises(MigrationError, match=re.escape(says)) as refusal:
        clerkbench.open(file, sql_folder=at_once)
    assert "migration before" in str(refusal.value)
    assert "bench." not in str(refusal.value)
    *first, last = up.split("; ")
    add_migration(own_sql, "; ".join(first) + ";")
    add_migration(own_sql, last, name="afterwards")
    with clerkbench.open(file, sql_folder=own_sql) as bench:
        assert bench.migrations()["name"].tolist()[-2:] == ["more", "afterwards"]
        assert pending(bench) == []


def test_an_uncommented_delete_rule_is_refused_with_the_correct_spelling(own_sql):
    add_migration(own_sql, "CREATE TABLE notes (clerkship_id TEXT REFERENCES clerkships (id) ON DELETE CASCADE);")
    with pytest.raises(SqlFileError, match=re.escape("as a block comment: REFERENCES … /* ON DELETE CASCADE */.")):
        clerkbench.open(sql_folder=own_sql)


@pytest.mark.parametrize("way", ["up", "down"])
def test_a_script_that_is_no_sql_is_refused_before_anything_runs(tmp_path, own_sql, way):
    scripts = {"up": "CREATE TABLE extra (id TEXT);", "down": "DROP TABLE extra;"}
    added = add_migration(own_sql, **(scripts | {way: "CREATE TABL extra;"}))
    with pytest.raises(SqlFileError, match=rf"{added.label}\.{way}\.sql is not valid SQL\. Parser Error"):
        clerkbench.open(tmp_path / "school.duckdb", sql_folder=own_sql)
    with clerkbench.open(tmp_path / "school.duckdb") as bench:
        assert pending(bench) == []


@pytest.mark.parametrize(
    ("statement", "remedy"),
    [
        ("ALTER TABLE sites ADD CHECK (name <> '');", "Create the table again: copy its rows"),
        ("ALTER TABLE sites DROP CONSTRAINT name;", "Create the table again: copy its rows"),
        ("ALTER TABLE sites ADD COLUMN beds INTEGER CHECK (beds > 0);", "Create the table again: copy its rows"),
        ("ALTER TABLE clerkships ALTER name TYPE VARCHAR(3);", "Create the table again: copy its rows"),
        ("ALTER TABLE sites ADD COLUMN a TEXT, ADD COLUMN b TEXT;", "Write an ALTER TABLE statement for each."),
    ],
)
def test_a_statement_that_duckdb_does_not_support_has_a_remedy(new_bench, own_sql, statement, remedy):
    add_migration(own_sql, statement)
    with pytest.raises((MigrationError, SqlFileError), match=remedy) as error:
        new_bench(sql_folder=own_sql)
    assert "is not valid SQL" not in str(error.value)


# What a down script may do to rows that stay where they are.
@pytest.mark.first_cases(2)
@pytest.mark.first_cases(1)
@pytest.mark.parametrize(
    ("up", "down", "says"),
    [
        # a value that the older type has no room for
        (
            "CREATE TABLE r (n DECIMAL(4, 1)); INSERT INTO r VALUES (2.6);",
            "ALTER TABLE r ALTER n TYPE INTEGER;",
            "r.n 1",
        ),
        ("SELECT 1;", "UPDATE health_systems SET notes = NULL;", "health_systems.notes 1"),
        (
            "SELECT 1;",
            "DELETE FROM health_systems; INSERT INTO health_systems (name) VALUES ('Other');",
            "health_systems.name 1",
        ),
    ],
)
def test_a_rollback_that_changes_values_counts_as_loss(own_sql, up, down, says):
    add_migration(own_sql, up, down)
    with clerkbench.open(sql_folder=own_sql) as bench:
        bench.insert("health_systems", {"name": "Metro", "notes": "The oldest."})
        with pytest.raises(DataLossError, match=re.escape(says)):
            bench.rollback()
        bench.rollback(discard_data=True)


@pytest.mark.first_cases(1)
@pytest.mark.parametrize(
    ("up", "down"),
    [
        ("ALTER TABLE r RENAME COLUMN n TO m;", "ALTER TABLE r RENAME COLUMN m TO n;"),
        ("ALTER TABLE r RENAME TO q;", "ALTER TABLE q RENAME TO r;"),
        ("ALTER TABLE r ALTER n TYPE BIGINT;", "ALTER TABLE r ALTER n TYPE INTEGER;"),
    ],
    ids=["a column renamed", "a table renamed", "a wider type"],
)
def test_a_rollback_that_only_renames_or_narrows_loses_nothing(own_sql, up, down):
    add_migration(own_sql, "CREATE TABLE r (n INTEGER); INSERT INTO r VALUES (7), (8);", "DROP TABLE r;")
    add_migration(own_sql, up, down, name="change")
    with clerkbench.open(sql_folder=own_sql) as bench:
        bench.rollback()
        assert bench.sql("SELECT n FROM r ORDER BY n")["n"].tolist() == [7, 8]


def test_a_database_made_with_other_files_names_both(tmp_path, own_sql):
    file = tmp_path / "school.duckdb"
    added = add_migration(own_sql, "CREATE TABLE extra (id TEXT);", "DROP TABLE extra;")
    clerkbench.open(file, sql_folder=own_sql).close()
    for path in (own_sql / "migrations").glob(f"{added.label}.*"):
        path.rename(path.with_name(path.name.replace("more", "other")))
    with pytest.raises(MigrationError, match=rf"The database has {added.label}, where .*migrations has \d+_other"):
        clerkbench.open(file, sql_folder=own_sql)


def test_a_changed_down_script_counts_as_a_change(tmp_path, own_sql):
    file = tmp_path / "school.duckdb"
    clerkbench.open(file, sql_folder=own_sql).close()
    changed = own_sql / "migrations" / "0002_scheduling_configuration.down.sql"
    changed.write_text(changed.read_text(encoding="utf-8") + "-- a thought\n", encoding="utf-8")
    with pytest.raises(MigrationError, match="0002_scheduling_configuration was changed"):
        clerkbench.open(file, sql_folder=own_sql)


def test_a_misspelled_delete_rule_is_refused_before_anything_runs(tmp_path, own_sql):
    add_migration(own_sql, "CREATE TABLE fine (id TEXT);", "DROP TABLE fine;")
    added = add_migration(own_sql, "CREATE TABLE extra (id TEXT REFERENCES sites (id) /* ON DELETE CASCADES */);")
    with pytest.raises(SqlFileError, match=rf"{added.label}\.up\.sql: /\* ON DELETE CASCADES \*/ is not a delete rule"):
        clerkbench.open(tmp_path / "school.duckdb", sql_folder=own_sql)
    with clerkbench.open(tmp_path / "school.duckdb", migrate=False) as bench:
        assert bench.tables().empty


def test_a_migration_that_fails_leaves_those_before_it(tmp_path, own_sql):
    file = tmp_path / "school.duckdb"
    add_migration(own_sql, "CREATE TABLE fine (id TEXT);", "DROP TABLE fine;")
    added = add_migration(own_sql, "CREATE TABLE fine (id TEXT);", name="again")
    with pytest.raises(MigrationError, match=rf"{added.label}\.up\.sql failed at “CREATE TABLE fine \(id TEXT\);”"):
        clerkbench.open(file, sql_folder=own_sql)
    with clerkbench.open(file, sql_folder=own_sql, migrate=False) as bench:
        assert pending(bench) == ["again"]


def test_a_rollback_does_not_end_an_open_transaction(bench):
    bench.con.begin()
    bench.con.execute("INSERT INTO health_systems (name) VALUES ('Mine')")
    with pytest.raises(clerkbench.errors.TransactionError, match=r"call bench\.con\.commit\(\)"):
        bench.rollback()
    bench.con.commit()
    assert len(bench.sql("FROM health_systems")) == 1


# A process that dies in the middle of a migration: the file opens again with all of it or none.
@pytest.mark.long
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_a_killed_migration_leaves_the_file_as_it_was(tmp_path, own_sql):
    file = tmp_path / "school.duckdb"
    clerkbench.open(file).close()
    marker = tmp_path / "in-the-middle"
    add_migration(
        own_sql,
        "CREATE TABLE extra (id BIGINT);\n"
        f"COPY (SELECT 1) TO '{marker}';\n"
        "INSERT INTO extra SELECT a.range * b.range FROM range(1000000) AS a, range(1000000) AS b;",
    )
    script = f"import clerkbench; clerkbench.open({str(file)!r}, sql_folder={str(own_sql)!r})"
    child = subprocess.Popen([sys.executable, "-c", script])
    while not marker.exists():
        assert child.poll() is None
        time.sleep(0.02)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    with clerkbench.open(file) as bench:
        assert pending(bench) == []
        assert "extra" not in set(bench.tables()["table"])


# --- files and database that do not fit each other


def test_a_file_changed_after_it_was_applied_is_named(tmp_path, own_sql):
    file = tmp_path / "school.duckdb"
    clerkbench.open(file, sql_folder=own_sql).close()
    changed = own_sql / "migrations" / "0001_clerkships_and_preceptors.up.sql"
    changed.write_text(changed.read_text(encoding="utf-8") + "-- a thought\n", encoding="utf-8")
    before = file.read_bytes()
    with pytest.raises(MigrationError, match=r"0001_clerkships_and_preceptors was changed in .*put the file back"):
        clerkbench.open(file, sql_folder=own_sql)
    assert file.read_bytes() == before


def test_line_endings_do_not_count_as_a_change(tmp_path, own_sql):
    file = tmp_path / "school.duckdb"
    clerkbench.open(file).close()
    for path in (own_sql / "migrations").glob("*.sql"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    clerkbench.open(file, sql_folder=own_sql).close()


@pytest.mark.long
def test_a_database_newer_than_the_files_is_refused_and_can_still_be_rolled_back(tmp_path, own_sql):
    file = tmp_path / "school.duckdb"
    added = add_migration(own_sql, "CREATE TABLE extra (id TEXT);", "DROP TABLE extra;")
    clerkbench.open(file, sql_folder=own_sql).close()
    with pytest.raises(
        MigrationError,
        match=rf"newer than the migrations in .*: it has {added.label}, and they end at {NEWEST.version:04}",
    ):
        clerkbench.open(file)
    with clerkbench.open(file, migrate=False) as bench:
        bench.rollback(trust=True)
    with clerkbench.open(file) as bench:
        assert pending(bench) == []
        assert len(bench.sql("FROM configuration_overview")) == 0


def test_a_database_that_clerkbench_did_not_make_is_refused_and_left_alone(tmp_path):
    file = tmp_path / "sales.duckdb"
    with duckdb.connect(file) as con:
        con.execute("CREATE TABLE sales (amount INTEGER); CREATE VIEW totals AS SELECT sum(amount) FROM sales")
    with pytest.raises(MigrationError, match=r"tables that clerkbench did not make: sales, totals\. Name another file"):
        clerkbench.open(file)
    with duckdb.connect(file) as con:
        assert con.execute("SELECT table_name FROM duckdb_tables()").fetchall() == [("sales",)]


@pytest.mark.parametrize(
    ("rename", "says"),
    [
        (("0002_scheduling_configuration", "0003_scheduling_configuration"), "expected migration 0002, found 0003_"),
        (("0002_scheduling_configuration", "0001_scheduling_configuration"), "expected migration 0002, found 0001_"),
        (("0002_scheduling_configuration", "2_scheduling"), r"2_scheduling\.\w+\.sql is not named like a migration"),
    ],
    ids=["a gap", "a number taken twice", "a misnamed file"],
)
def test_migration_files_out_of_order_are_refused_before_a_database_is_made(tmp_path, own_sql, rename, says):
    for way in ("up", "down"):
        path = own_sql / "migrations" / f"{rename[0]}.{way}.sql"
        path.rename(path.with_name(f"{rename[1]}.{way}.sql"))
    with pytest.raises(SqlFileError, match=says):
        clerkbench.open(tmp_path / "school.duckdb", sql_folder=own_sql)
    assert not (tmp_path / "school.duckdb").exists()


@pytest.mark.parametrize("way", ["up", "down"])
def test_half_a_migration_is_refused(own_sql, way):
    (own_sql / "migrations" / f"0002_scheduling_configuration.{way}.sql").unlink()
    with pytest.raises(SqlFileError, match=rf"0002_scheduling_configuration\.{way}\.sql is missing"):
        clerkbench.open(sql_folder=own_sql)


def test_a_folder_without_migrations_is_refused(tmp_path):
    with pytest.raises(SqlFileError, match="migrations holds no migrations, such as 0001_"):
        clerkbench.open(sql_folder=tmp_path)


def test_a_folder_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(SqlFileError, match=r"There is no folder '.*nowhere'\. It should hold migrations/"):
        clerkbench.open(sql_folder=tmp_path / "nowhere")


# --- a designer's own migration


def test_a_new_table_needs_no_python(own_sql):
    add_migration(
        own_sql,
        """
        CREATE TABLE rooms (
            id      TEXT NOT NULL DEFAULT (CAST(gen_random_uuid() AS TEXT)) PRIMARY KEY,
            site_id TEXT,
            kind    TEXT NOT NULL DEFAULT 'ward',
            -- A room belongs to a site, and outlives it.
            FOREIGN KEY (site_id) REFERENCES sites (id) /* ON DELETE SET NULL */,
            -- A room is a ward or a theater.
            CHECK (kind IN ('ward', 'theater'))
        );
        COMMENT ON TABLE rooms IS 'Area 5, health-system continuity. A room.';
        """,
        "DROP TABLE rooms;",
    )
    with clerkbench.open(sql_folder=own_sql) as bench:
        assert bench.tables().set_index("table").loc["rooms", "meaning"].endswith("A room.")
        assert bench.describe("rooms").set_index("column").loc["kind", "allowed_values"] == "ward, theater"
        key = bench.relationships().set_index("child").loc["rooms"]
        assert (key["parent"], key["on_delete"], key["cardinality"]) == ("sites", "SET NULL", "many to one or none")
        bench.insert("rooms", {"kind": "theater"})
        with pytest.raises(DataLossError, match="rooms 1"):
            bench.rollback()


# --- views keep up


@pytest.fixture
def view(own_sql) -> Path:
    """The file of a view that no other reads from."""
    path = own_sql / "views" / "mine.sql"
    path.write_text("CREATE VIEW mine AS SELECT 1 AS original;", encoding="utf-8")
    return path


def test_a_changed_view_is_renewed_when_the_file_is_opened_again(tmp_path, own_sql, view):
    file = tmp_path / "school.duckdb"
    clerkbench.open(file, sql_folder=own_sql).close()
    view.write_text("CREATE VIEW mine AS SELECT 1 AS renewed;", encoding="utf-8")
    with clerkbench.open(file, sql_folder=own_sql) as bench:
        assert list(bench.sql("FROM mine").columns) == ["renewed"]


def test_a_view_is_dropped_when_its_file_was_deleted(tmp_path, own_sql, view):
    file = tmp_path / "school.duckdb"
    clerkbench.open(file, sql_folder=own_sql).close()
    view.unlink()
    with clerkbench.open(file, sql_folder=own_sql) as bench:
        names = set(bench.sql("SELECT view_name FROM duckdb_views() WHERE NOT internal")["view_name"])
    assert names == {each.name for each in SqlFiles().views}


def test_the_ledger_lists_each_view_once_after_any_number_of_migrations(own_sql, new_bench):
    add_migration(own_sql, "CREATE TABLE extra (id TEXT);", "DROP TABLE extra;")
    with new_bench(sql_folder=own_sql) as bench:
        assert bench.sql("FROM clerkbench_views")["name"].tolist() == [each.name for each in SqlFiles().views]


def test_opening_a_file_that_is_up_to_date_writes_nothing(tmp_path):
    file = tmp_path / "school.duckdb"
    with clerkbench.open(file) as bench:
        bench.seed("hybrid")
    before = file.read_bytes()
    clerkbench.open(file).close()
    assert file.read_bytes() == before


def test_views_that_read_from_each_other_are_refused(own_sql):
    for one, other in (("alpha", "beta"), ("beta", "alpha")):
        (own_sql / "views" / f"{one}.sql").write_text(f"CREATE VIEW {one} AS FROM {other};", encoding="utf-8")
    with pytest.raises(SqlFileError, match="The views alpha, beta read from each other"):
        clerkbench.open(sql_folder=own_sql)


# configuration_overview has a CTE of that name, but does not read from the new view.
def test_a_view_may_have_the_name_of_a_cte_of_another_view(own_sql):
    text = "CREATE VIEW electives AS SELECT electives FROM configuration_overview;"
    (own_sql / "views" / "electives.sql").write_text(text, encoding="utf-8")
    with clerkbench.open(sql_folder=own_sql) as bench:
        assert list(bench.sql("FROM electives").columns) == ["electives"]


def test_a_view_comes_after_those_it_reads_from_whatever_their_names(own_sql):
    text = "CREATE VIEW aaa AS WITH x AS (FROM zzz) SELECT n FROM x;"
    (own_sql / "views" / "aaa.sql").write_text(text, encoding="utf-8")
    (own_sql / "views" / "zzz.sql").write_text("CREATE VIEW zzz AS SELECT 1 AS n;", encoding="utf-8")
    with clerkbench.open(sql_folder=own_sql) as bench:
        assert bench.sql("FROM aaa")["n"].tolist() == [1]


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("text", ["CREATE VIEW other AS SELECT 1 AS n;", "-- nothing yet", ""])
def test_a_view_file_that_does_not_make_its_view_is_refused(own_sql, text):
    (own_sql / "views" / "mine.sql").write_text(text, encoding="utf-8")
    with pytest.raises(MigrationError, match=r"mine\.sql should create a view named mine"):
        clerkbench.open(sql_folder=own_sql)


def test_a_view_that_was_dropped_by_hand_comes_back(bench):
    bench.con.execute("DROP VIEW team_rosters")
    bench.migrate()
    assert bench.sql("FROM team_rosters").empty


# --- tables outside the schema of the school


ELSEWHERE = [
    "CREATE SCHEMA div; CREATE TABLE div.users (uid BIGINT PRIMARY KEY);",
    'CREATE SCHEMA "Other Place"; CREATE TABLE "Other Place"."t 1" AS SELECT 1 AS n;',
    "CREATE SCHEMA div; CREATE TABLE here (n INTEGER); CREATE TABLE div.users (n INTEGER);",
]


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("up", ELSEWHERE)
def test_a_migration_makes_no_table_outside_the_schema_of_the_school(new_bench, own_sql, tmp_path, up):
    add_migration(own_sql, up, "SELECT 1;", name="elsewhere")
    bench = new_bench(path=tmp_path / "school.duckdb")
    before = catalog_of(bench.con)
    bench.close()
    with pytest.raises(MigrationError) as refusal:
        clerkbench.open(tmp_path / "school.duckdb", sql_folder=own_sql)
    table = '"Other Place"."t 1"' if "Other" in up else '"div"."users"'
    assert f"_elsewhere.up.sql makes tables outside the schema of the school: {table}." in str(refusal.value)
    assert str(refusal.value).endswith("Name the tables without a schema.\nIt was rolled back. Nothing was changed.")
    with clerkbench.open(tmp_path / "school.duckdb") as bench:
        assert catalog_of(bench.con) == before


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("place", ["memory", "file"])
def test_a_copy_is_refused_if_it_would_omit_rows_outside_the_schema_of_the_school(new_bench, tmp_path, place):
    """Every operation that copies or compares the school is rejected, because these rows would be missing."""
    bench = new_bench("small", path=tmp_path / "school.duckdb" if place == "file" else None)
    other = new_bench("small")
    bench.con.execute("CREATE SCHEMA div; CREATE TABLE div.users (n INTEGER); CREATE TABLE div.empty (n INTEGER)")
    assert bench.fork().tables()["rows"].tolist() == bench.tables()["rows"].tolist()
    bench.con.execute("INSERT INTO div.users VALUES (1), (2)")
    calls = [
        ("A fork", bench.fork),
        ("The file", lambda: bench.save(tmp_path / "school.xlsx")),
        ("The file", lambda: bench.save(tmp_path / "folder")),
        ("The export", lambda: bench.export(tmp_path / "school.sqlite")),
        ("The script", lambda: bench.export_script("postgresql://")),
        ("The difference", lambda: bench.diff(other)),
        ("The difference", lambda: other.diff(bench)),
        ("The school that comes", lambda: bench.import_from(tmp_path / "school.sqlite")),
    ]
    files = set(tmp_path.iterdir())
    for what, call in calls:
        with pytest.raises(SchemaError) as refusal:
            call()
        assert str(refusal.value) == (
            'The database holds rows outside the schema of the school: "div"."users" 2. '
            f"{what} would leave them out. Move them into tables of the school's own schema in a migration, or drop "
            "those tables. Nothing was changed."
        )
    assert set(tmp_path.iterdir()) == files


@pytest.mark.first_cases(2)
@pytest.mark.parametrize(
    ("declared", "lacking", "says"),
    [
        (
            "parent INTEGER REFERENCES parent (id) /* ON DELETE CASCADE */",
            "parent INTEGER",
            "foreign key of child: parent",
        ),
        ("parent INTEGER REFERENCES parent (id)", "parent INTEGER", "foreign key of child: parent"),
        (
            "\n-- A name has three letters.\nname TEXT CHECK (length(name) = 3)",
            "name TEXT",
            "check of child: A name has three",
        ),
        ("\n-- One name each.\nname TEXT UNIQUE", "name TEXT", "unique of child: One name each."),
    ],
    ids=["a delete rule", "a foreign key", "a check", "uniqueness"],
)
def test_a_migration_fails_where_a_table_lacks_what_the_scripts_declare(tmp_path, declared, lacking, says):
    add_migration(tmp_path, f"CREATE TABLE parent (id INTEGER PRIMARY KEY); CREATE TABLE child ({declared});")
    file = tmp_path / "school.duckdb"
    with clerkbench.open(file, sql_folder=tmp_path) as bench:
        bench.sql(f"DROP TABLE child; CREATE TABLE child ({lacking})")
    add_migration(tmp_path, "CREATE TABLE other (id INTEGER);")
    with clerkbench.open(file, sql_folder=tmp_path, migrate=False) as bench:
        before = catalog_of(bench.con)
        with pytest.raises(MigrationError) as error:
            bench.migrate()
        assert f"After 0002_more.up.sql, the scripts declare what no table has: {says}" in str(error.value)
        assert "It was rolled back. Nothing was changed." in str(error.value)
        assert catalog_of(bench.con) == before


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("new", ["q", '"Q r"', "references_p"])
def test_a_column_of_a_foreign_key_can_be_renamed(tmp_path, new):
    add_migration(
        tmp_path,
        """
        CREATE TABLE p (p INTEGER, r INTEGER, PRIMARY KEY (p), UNIQUE (p, r));
        CREATE TABLE c (
            id INTEGER PRIMARY KEY,
            -- It belongs to one.
            p INTEGER NOT NULL REFERENCES p (p) /* ON DELETE CASCADE */,
            r INTEGER,
            -- It is positive.
            CHECK (p > 0),
            FOREIGN KEY (p, r) REFERENCES p (p, r),
            UNIQUE (p, id)
        );
        COMMENT ON COLUMN c.p IS 'Where it belongs.';
        CREATE INDEX i ON c (p);
        CREATE TABLE g (c INTEGER REFERENCES c (id) /* ON DELETE SET NULL */);
        """,
        "DROP TABLE g; DROP TABLE c; DROP TABLE p;",
    )
    file = tmp_path / "t.duckdb"
    with clerkbench.open(file, sql_folder=tmp_path) as bench:
        bench.insert("p", {"p": 1, "r": 2})
        bench.insert("c", [{"id": 7, "p": 1, "r": 2}, {"id": 8, "p": 1, "r": None}])
        bench.insert("g", {"c": 7})
        before = [sorted(bench.constraints(table)["rule"]) for table in ("c", "g", "p")]
    name = new.strip('"')
    add_migration(tmp_path, f"ALTER TABLE c RENAME COLUMN p TO {new};", f"ALTER TABLE c RENAME COLUMN {new} TO p;")
    with clerkbench.open(file, sql_folder=tmp_path) as bench:
        assert bench.sql(f"SELECT id, {new}, r FROM c ORDER BY id").fillna(0).to_numpy().tolist() == [
            [7, 1, 2],
            [8, 1, 0],
        ]
        assert [sorted(bench.constraints(table)["rule"]) for table in ("c", "g", "p")] == before
        assert bench.describe("c").set_index("column").loc[name, "meaning"] == "Where it belongs."
        assert set(bench.relationships()["child_columns"]) == {name, f"{name}, r", "c"}
        bench.rollback()
        assert list(bench.sql("FROM c").columns) == ["id", "p", "r"]
        bench.delete("p", 1)
        assert bench.sql("SELECT c FROM g")["c"].isna().all()


def test_a_check_with_words_goes_with_its_only_column(tmp_path):
    add_migration(
        tmp_path,
        "CREATE TABLE t (id INTEGER PRIMARY KEY,\n-- A is positive.\na INTEGER CHECK (a > 0),\n"
        "-- B too.\nCHECK (b > 0), b INTEGER,\n-- C has letters.\nc TEXT CHECK (length(c) > 0));",
    )
    add_migration(tmp_path, "ALTER TABLE t DROP COLUMN a; ALTER TABLE t DROP COLUMN b;")
    with clerkbench.open(sql_folder=tmp_path) as bench:
        assert [rule for rule in bench.constraints("t")["rule"] if rule] == ["C has letters."]


@pytest.mark.first_cases(2)
@pytest.mark.parametrize("name", ["lower", "key", "date", "integer", "length", "p"])
def test_renaming_a_column_of_a_foreign_key_changes_nothing_else_of_that_name(tmp_path, name):
    add_migration(
        tmp_path,
        f"""
        CREATE TABLE p (d INTEGER, {name} INTEGER, PRIMARY KEY (d), UNIQUE (d, {name}));
        CREATE TABLE s (
            {name} INTEGER NOT NULL REFERENCES p (d) /* ON DELETE CASCADE */,
            code TEXT CHECK (code = lower(code) AND length(code) > 0),
            day DATE DEFAULT (CAST('2026-01-01' AS DATE)) CHECK (day > date '2020-01-01'),
            PRIMARY KEY (code),
            CHECK ({name} > 0),
            FOREIGN KEY ({name}, code_of) REFERENCES p (d, {name}),
            code_of INTEGER
        );
        CREATE INDEX i ON s (lower(code));
        """,
    )
    add_migration(tmp_path, f"ALTER TABLE s RENAME COLUMN {name} TO other;")
    with clerkbench.open(sql_folder=tmp_path) as bench:
        bench.insert("p", {"d": 1, name: 2})
        bench.insert("s", {"other": 1, "code": "a", "code_of": 2})
        found = bench.validate("s", {"other": 0, "code": "A", "day": "2000-01-01"})
        assert sorted(found["rule"].str.partition(":")[0]) == ["check", "check", "check", "foreign_key"]
        columns = bench.relationships()[["child_columns", "parent_columns"]].to_numpy().tolist()
        assert sorted(columns) == [["other", "d"], ["other, code_of", f"d, {name}"]]


def test_a_macro_that_takes_the_place_of_a_function_is_refused_in_a_migration(tmp_path):
    add_migration(tmp_path, "CREATE MACRO add(a, b) AS a + b;")
    with pytest.raises(MigrationError, match=r"0001_more\.up\.sql: Macros of the database take the place of .*: add\."):
        clerkbench.open(tmp_path / "t.duckdb", sql_folder=tmp_path)
