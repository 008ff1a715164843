"""A school is migrated where it lives, beside what an application made there."""

import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

import clerkbench
import engines
from application import of_application
from clerkbench.errors import DataLossError, MigrationError, TargetError
from clerkbench.interchange.engines import postgresql
from databases import rows
from migration_files import NEWEST, add_migration
from test_plan import rebuilt

#: What happened to the schema of the application that reads it, and the way back.
EVOLUTION = {
    "a required flag on a referenced table": (
        "ALTER TABLE clerkships ADD COLUMN is_visible BOOLEAN NOT NULL DEFAULT TRUE;",
        "ALTER TABLE clerkships DROP COLUMN is_visible;",
    ),
    "a wider check on a referenced table": (
        rebuilt("sites", "'clinic', 'other'", "'clinic', 'school', 'other'"),
        rebuilt("sites"),
    ),
    "a column that may be empty": (
        rebuilt("clerkships", "specialty            TEXT      NOT NULL", "specialty            TEXT"),
        rebuilt("clerkships"),
    ),
    "another unique key": (rebuilt("sites", "UNIQUE (health_system_id, name)", "UNIQUE (name)"), rebuilt("sites")),
    "a check on a table that only the application references": (
        rebuilt("clerkship_electives", "CHECK (minimum_days > 0)", "CHECK (minimum_days > 0 AND minimum_days < 100)"),
        rebuilt("clerkship_electives"),
    ),
    "a column that moves to another table": (
        "ALTER TABLE clerkship_configurations ADD COLUMN description TEXT;"
        "UPDATE clerkship_configurations SET description = "
        "(SELECT clerkships.description FROM clerkships WHERE clerkships.id = clerkship_id);"
        "ALTER TABLE clerkships DROP COLUMN description;",
        "ALTER TABLE clerkships ADD COLUMN description TEXT;"
        "UPDATE clerkships SET description = (SELECT own.description FROM clerkship_configurations AS own "
        "WHERE clerkships.id = own.clerkship_id);"
        "ALTER TABLE clerkship_configurations DROP COLUMN description;",
    ),
    "a new table with a key and a rule": (
        "CREATE TABLE notes (id TEXT NOT NULL PRIMARY KEY, clerkship_id TEXT NOT NULL, note TEXT NOT NULL,\n"
        "-- A note belongs to a clerkship, and is deleted with it.\n"
        "FOREIGN KEY (clerkship_id) REFERENCES clerkships (id) /* ON DELETE CASCADE */,\n"
        "-- A note is not blank.\nCHECK (trim(note) <> ''));"
        "INSERT INTO notes (id, clerkship_id, note) SELECT 'note of ' || name, id, 'Welcome' FROM clerkships;",
        "DROP TABLE notes;",
    ),
}


def together(*names: str) -> tuple[str, str]:
    """Several of these in one migration."""
    ups, downs = zip(*(EVOLUTION[name] for name in names), strict=True)
    return "".join(ups), "".join(reversed(downs))


#: All of them in three migrations, because each migration takes seconds.
MIGRATIONS = {
    "a required flag": EVOLUTION["a required flag on a referenced table"],
    "checks and a new table": together(
        "a wider check on a referenced table",
        "a check on a table that only the application references",
        "a new table with a key and a rule",
    ),
    "other columns and another key": together(
        "a column that may be empty", "another unique key", "a column that moves to another table"
    ),
}


def opened(place: tuple[str, dict[str, str]], folder: Path) -> clerkbench.SchoolReader:
    return clerkbench.open(place[0], sql_folder=folder, **place[1])


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("name", MIGRATIONS)
def test_a_school_is_migrated_where_it_is_and_the_application_keeps_what_it_made(
    place, connection, own_sql, new_bench, name
):
    before = of_application(connection)
    added = add_migration(own_sql, *MIGRATIONS[name])
    here = new_bench("small", sql_folder=own_sql)
    with opened(place, own_sql) as there:
        old = rows(there)
        there.migrate()
        assert [*there.migrations()["status"]][-1] == "applied"
        assert rows(there) == rows(here)
        assert not here.schema_diff(there)
        assert of_application(connection) == before
        assert there.audit().equals(here.audit())
        there.rollback(discard_data=True)
        assert not there.schema_diff(added.version - 1)
        assert rows(there) == old
        assert of_application(connection) == before


@pytest.mark.long
def test_delete_rules_indexes_and_words_are_those_of_an_export(place, connection, own_sql, new_bench, server, tmp_path):
    """What a migration makes there is what an export of the migrated school makes."""
    for name in ("a new table with a key and a rule", "another unique key"):
        add_migration(own_sql, *EVOLUTION[name], name=name.replace(" ", "_"))
    with opened(place, own_sql) as there:
        there.migrate()
    if not place[1]:
        exported = tmp_path / "exported.sqlite"
        new_bench("small", sql_folder=own_sql).export(exported)
        query = "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'app%' AND sql IS NOT NULL ORDER BY name"
        other = engines.in_sqlite(exported)
        assert connection.execute(query).fetchall() == other.execute(query).fetchall()
        other.close()
        return
    schema = engines.new_schema()
    new_bench("small", sql_folder=own_sql).export(server, schema=schema)
    queries = [
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), obj_description(oid, 'pg_constraint') "
        "FROM pg_constraint WHERE connamespace = current_schema()::regnamespace "
        "AND conrelid::regclass::text NOT LIKE 'app%' "
        "AND contype <> 'n' ORDER BY 1, 3",
        "SELECT tablename, indexname, replace(indexdef, current_schema(), '') FROM pg_indexes "
        "WHERE schemaname = current_schema() "
        "AND indexname NOT LIKE 'app%' ORDER BY 1, 2",
        "SELECT viewname, definition FROM pg_views WHERE schemaname = current_schema() ORDER BY 1",
    ]
    with engines.connected(server, schema) as other:
        for query in queries:
            found, wanted = (
                [row[:1] + row[2:] if "conname" in query else row for row in engines.rows(con, query)]
                for con in (connection, other)
            )
            assert found == wanted


@pytest.mark.long
def test_the_statements_can_be_seen_without_a_change(place, connection, own_sql, run):
    add_migration(own_sql, *EVOLUTION["a wider check on a referenced table"])
    before = of_application(connection)
    schema = ("--schema", place[1]["schema"]) if place[1] else ()
    code, out, _ = run("migrate", place[0], *schema, "--sql", "--sql-folder", str(own_sql))
    assert code == 0
    assert "CREATE TABLE sites (" in out
    assert "DROP VIEW" in out
    assert "INSERT INTO clerkbench_migrations" in out
    assert of_application(connection) == before
    with opened(place, own_sql) as there:
        statements = there.migrate(trial=True)
        assert repr(statements) == f"{len(statements)} statements"  # a cell does not show them all
        assert [*there.migrations()["status"]][-1] == "pending"


@pytest.mark.long
def test_a_school_is_migrated_on_the_command_line(place, connection, own_sql, run):
    added = add_migration(own_sql, *EVOLUTION["a required flag on a referenced table"])
    options = [*(("--schema", place[1]["schema"]) if place[1] else ()), "--sql-folder", str(own_sql)]
    code, out, _ = run("migrate", place[0], *options, "--plan")
    assert code == 0
    assert "column clerkships.is_visible" in out
    code, out, _ = run("migrate", place[0], *options)
    assert (code, out.rpartition(" is at ")[2]) == (0, f"migration {added.version}, more.\n")
    code, out, _ = run("rollback", place[0], *options)
    assert (code, out.rpartition(" is at ")[2]) == (0, f"migration {NEWEST.version}, {NEWEST.name}.\n")
    code, _, err = run("migrate", "school.duckdb", "--sql")
    assert code == 2
    assert "--sql shows the statements for a school on a server or in an SQLite file." in err


@pytest.mark.long
def test_a_migration_that_fails_on_the_rows_there_changes_nothing(place, connection, own_sql):
    add_migration(own_sql, "ALTER TABLE clerkships ADD COLUMN is_visible BOOLEAN NOT NULL DEFAULT TRUE;")
    add_migration(own_sql, rebuilt("sites", "'hospital', 'clinic', 'other'", "'hospital', 'other'"), name="strict")
    before = of_application(connection)
    with opened(place, own_sql) as there:
        with pytest.raises(MigrationError, match=r"strict\.up\.sql failed at “INSERT INTO sites"):
            there.migrate()
        assert [*there.migrations()["status"]][-2:] == ["pending", "pending"]
        assert [each.partition(": ")[0] for each in there.plan_migration().rejected_rows["message"]] == [
            "Riverside Clinic"
        ]
    assert of_application(connection) == before


@pytest.mark.long
def test_a_statement_that_the_engine_does_not_know_changes_nothing(place, connection, own_sql):
    add_migration(own_sql, "INSERT INTO clerkships BY NAME SELECT * FROM clerkships WHERE FALSE;")
    before = of_application(connection)
    with (
        opened(place, own_sql) as there,
        pytest.raises(TargetError, match=r"syntax error.*\nNothing was changed there"),
    ):
        there.migrate()
    assert of_application(connection) == before


@pytest.mark.long
def test_a_statement_that_means_something_else_there_is_found_by_the_rows(place, connection, own_sql):
    add_migration(own_sql, "UPDATE clerkships SET required_days = CAST(required_days / 8 AS INTEGER);")
    with opened(place, own_sql) as there:
        with pytest.raises(TargetError, match="clerkships has other rows there than here: with other values"):
            there.migrate()
        assert {*there.plan_migration().portability["engine"]} == {"PostgreSQL", "SQLite"}
        assert [*there.migrations()["status"]][-1] == "pending"


@pytest.mark.long
def test_another_value_of_a_foreign_key_is_found_too(place, connection, own_sql):
    add_migration(own_sql, "UPDATE preceptors SET site_id = NULL WHERE length(name) / 10 = 0 OR name LIKE 'dr.%';")
    with opened(place, own_sql) as there:
        before = rows(there)
        with pytest.raises(TargetError, match="preceptors has other rows there than here: with other values"):
            there.migrate()
    with opened(place, own_sql) as there:
        assert rows(there) == before


@pytest.mark.long
@pytest.mark.parametrize("name", ["notes", "set_aside"])
def test_a_table_of_the_application_with_a_name_that_the_migration_uses_stays(place, connection, own_sql, name):
    made = f"CREATE TABLE {name} AS SELECT 'of the application' AS text"
    engines.run(connection, made) if place[1] else connection.execute(made)
    add_migration(own_sql, f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM sites; DROP TABLE {name};")
    with (
        opened(place, own_sql) as there,
        pytest.raises(TargetError, match=f"did not make, under names that the migration uses: {name}. Rename it there"),
    ):
        there.migrate()
    assert engines.rows(connection, f"SELECT text FROM {name}") == [("of the application",)]


@pytest.mark.long
def test_a_migration_that_stores_rows_again_fires_no_delete_rule_of_the_application(place, connection, own_sql):
    made = (
        "DELETE FROM elective_preceptors",  # which reference electives
        "CREATE TABLE app_wishes (elective_id TEXT REFERENCES clerkship_electives (id) ON DELETE CASCADE)",
        "INSERT INTO app_wishes SELECT id FROM clerkship_electives",
    )
    for statement in made:
        engines.run(connection, statement) if place[1] else connection.execute(statement)
    before = engines.rows(connection, "SELECT * FROM app_wishes")
    assert before
    add_migration(
        own_sql,
        "CREATE TABLE aside AS SELECT * FROM clerkship_electives; DELETE FROM clerkship_electives; "
        "UPDATE aside SET name = upper(name); INSERT INTO clerkship_electives SELECT * FROM aside; DROP TABLE aside;",
    )
    with opened(place, own_sql) as there:
        there.migrate()
        assert there.sql("SELECT name FROM clerkship_electives")["name"].str.isupper().all()
    assert engines.rows(connection, "SELECT * FROM app_wishes") == before


@pytest.mark.long
@pytest.mark.parametrize("place", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("made", "named"),
    [
        ("ALTER TABLE sites ADD CONSTRAINT app_check CHECK (name <> 'Nowhere')", "the constraint app_check CHECK"),
        ("ALTER TABLE sites ADD CONSTRAINT app_unique UNIQUE (name)", "the constraint app_unique UNIQUE"),
        ("ALTER TABLE sites ALTER site_type SET DEFAULT 'clinic'", "the default 'clinic'::text of sites.site_type"),
        ("ALTER TABLE sites ALTER address SET NOT NULL", "NOT NULL on sites.address"),
        ("COMMENT ON COLUMN sites.name IS 'Ours.'", "the comment on sites.name: Ours."),
    ],
)
def test_what_others_changed_on_a_table_that_is_created_again_is_named(place, connection, own_sql, made, named):
    engines.run(connection, "UPDATE sites SET address = 'Main Street'", made)
    add_migration(own_sql, *EVOLUTION["a wider check on a referenced table"])
    with (
        opened(place, own_sql) as there,
        pytest.raises(TargetError, match=rf"would lose what others made there: .*{re.escape(named)}"),
    ):
        there.migrate()


@pytest.mark.long
def test_values_that_only_the_newer_schema_holds_are_not_lost(place, connection, own_sql):
    add_migration(own_sql, *EVOLUTION["a new table with a key and a rule"])
    with opened(place, own_sql) as there:
        there.migrate()
        if place[1]:
            engines.run(connection, "UPDATE notes SET note = 'Mine'")
        else:
            connection.execute("UPDATE notes SET note = 'Mine'")
        with pytest.raises(DataLossError, match="would discard rows or values: notes 3"):
            there.rollback()
        assert there.sql("SELECT DISTINCT note FROM notes")["note"].tolist() == ["Mine"]


@pytest.mark.long
@pytest.mark.parametrize(
    ("made", "named"),
    [
        ("CREATE INDEX app_by_note ON notes (note)", "the index app_by_note on notes"),
        ("CREATE TABLE app_reads (note_id TEXT REFERENCES notes (id) ON DELETE SET NULL)", "the foreign key .*notes"),
    ],
)
def test_a_table_to_which_an_application_attached_something_is_not_dropped(place, connection, own_sql, made, named):
    add_migration(own_sql, *EVOLUTION["a new table with a key and a rule"])
    with opened(place, own_sql) as there:
        there.migrate()
        engines.run(connection, made) if place[1] else connection.execute(made)
        with pytest.raises(TargetError, match=rf"{named}.* Remove it there first"):
            there.rollback(discard_data=True)
        assert [*there.migrations()["status"]][-1] == "applied"


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "made",
    [
        "CREATE VIEW app_v AS SELECT description FROM clerkships",
        "CREATE TRIGGER app_t AFTER UPDATE ON sites BEGIN UPDATE clerkships SET description = NEW.name; END",
        "CREATE TRIGGER app_t INSTEAD OF DELETE ON app_view BEGIN UPDATE clerkships SET description = OLD.name; END",
    ],
)
def test_a_view_or_trigger_of_an_application_that_would_break_is_named(place, connection, own_sql, made):
    connection.execute(made)
    add_migration(own_sql, "ALTER TABLE clerkships RENAME COLUMN description TO about;")
    with opened(place, own_sql) as there:
        with pytest.raises(
            TargetError,
            match=r"break what others made.* the (view app_v|trigger on (sites|app_view)) \(no such column: de",
        ):
            there.migrate()
        assert [*there.migrations()["status"]][-1] == "pending"
    connection.execute("UPDATE sites SET name = name")


@pytest.mark.long
@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_foreign_key_of_an_application_that_would_reference_nothing_is_named(place, connection, own_sql):
    """SQLite renames the table in the key too, and the script drops it."""
    columns = "(id TEXT NOT NULL PRIMARY KEY, name TEXT{});"
    add_migration(own_sql, f"CREATE TABLE things {columns.format('')}", "DROP TABLE things;", name="things")
    with opened(place, own_sql) as there:
        there.migrate()
        connection.execute("CREATE TABLE app_reads (thing TEXT REFERENCES things (id))")
        add_migration(
            own_sql,
            f"ALTER TABLE things RENAME TO old; CREATE TABLE things {columns.format(' NOT NULL')} "
            "INSERT INTO things SELECT id, name FROM old; DROP TABLE old;",
        )
    with (
        opened(place, own_sql) as there,
        pytest.raises(TargetError, match=r'the foreign key of "app_reads" to things\. Remove it there first'),
    ):
        there.migrate()


@pytest.mark.long
@pytest.mark.parametrize("place", ["postgresql"], indirect=True)
def test_the_sequences_of_a_server_are_past_the_rows(place, connection, own_sql):
    add_migration(
        own_sql,
        "CREATE SEQUENCE ticket_numbers; CREATE TABLE tickets (id INTEGER NOT NULL PRIMARY KEY "
        "DEFAULT nextval('ticket_numbers')); INSERT INTO tickets (id) VALUES (nextval('ticket_numbers'));",
        "DROP TABLE tickets; DROP SEQUENCE ticket_numbers;",
    )
    with opened(place, own_sql) as there:
        there.migrate()
        engines.run(connection, "INSERT INTO tickets DEFAULT VALUES")
    with opened(place, own_sql) as there:
        copy = there.fork()
        copy.insert("tickets", [{}, {}])
        there.adopt(copy)
        engines.run(connection, "INSERT INTO tickets DEFAULT VALUES")
        assert there.sql("SELECT id FROM tickets ORDER BY id")["id"].tolist() == [1, 2, 3, 4, 5]


@pytest.mark.long
@pytest.mark.parametrize("place", ["postgresql"], indirect=True)
def test_options_and_comments_of_a_view_are_kept_or_named(place, connection, own_sql):
    engines.run(connection, "ALTER VIEW team_rosters SET (security_invoker = true)")
    up, down = EVOLUTION["a required flag on a referenced table"]
    add_migration(own_sql, up, down)
    with opened(place, own_sql) as there, suppress(TargetError):
        there.migrate()
        query = "SELECT reloptions::text FROM pg_class WHERE oid = 'team_rosters'::regclass"
        assert engines.rows(connection, query) == [("{security_invoker=true}",)]
    engines.run(connection, "COMMENT ON VIEW team_rosters IS 'Of the application.'")
    with opened(place, own_sql) as there, pytest.raises(TargetError, match="comment on team_rosters"):
        there.rollback()


@pytest.mark.long
def test_a_down_script_that_forgets_a_delete_rule_is_not_run_there(place, connection, own_sql):
    up, down = EVOLUTION["a wider check on a referenced table"]
    add_migration(own_sql, up, down.replace(" /* ON DELETE CASCADE */", ""))
    with opened(place, own_sql) as there:
        [lost] = there.plan_migration().not_restored.itertuples()
        assert (lost.table, lost.examples) == ("sites", "delete rule: (health_system_id) RESTRICT in place of CASCADE")
        there.migrate()
        with pytest.raises(
            MigrationError, match=r"another delete rule than the schema has: sites \(health_system_id\)"
        ):
            there.rollback()
        assert [*there.migrations()["status"]][-1] == "applied"


@pytest.mark.long
@pytest.mark.parametrize(
    ("place", "kind"),
    [("postgresql", "TEXT"), ("sqlite", "TEXT"), ("sqlite", "TEXT GENERATED ALWAYS AS (lower(name)) VIRTUAL")],
    indirect=["place"],
)
def test_a_column_of_others_in_a_table_that_is_created_again_is_not_lost(place, connection, own_sql, kind):
    statement = f"ALTER TABLE sites ADD COLUMN app_color {kind}"
    engines.run(connection, statement) if place[1] else connection.execute(statement)
    add_migration(own_sql, *EVOLUTION["a wider check on a referenced table"])
    with (
        opened(place, own_sql) as there,
        pytest.raises(TargetError, match=r"lose what others made.* column sites\.app_color"),
    ):
        there.migrate()


@pytest.mark.long
def test_a_school_that_is_up_to_date_stays_as_it_is(place, connection, own_sql):
    with opened(place, own_sql) as there:
        assert there.migrate() == []


@pytest.mark.long
def test_changed_views_are_renewed_there(place, connection, own_sql):
    view = own_sql / "views" / "team_rosters.sql"
    view.write_text(
        view.read_text(encoding="utf-8").replace("Who is in each team", "Who is in a team"), encoding="utf-8"
    )
    with opened(place, own_sql) as there:
        there.migrate()
    with opened(place, own_sql) as there:
        assert there.migrate() == []


@pytest.mark.long
def test_others_who_use_the_tables_are_named(server, small_school, own_sql, monkeypatch):
    quick = tuple(each.replace("15s", "200ms") for each in postgresql.SETTINGS)
    monkeypatch.setattr(postgresql, "SETTINGS", quick)
    schema = engines.new_schema()
    small_school.export(server, schema=schema)
    add_migration(own_sql, *EVOLUTION["a required flag on a referenced table"])
    with engines.connected(server, schema) as con, clerkbench.open(server, schema=schema, sql_folder=own_sql) as there:
        engines.run(con, "BEGIN", "SELECT count(*) FROM clerkships")
        with pytest.raises(TargetError, match="the school there is in use, and clerkbench waits no longer than 15 sec"):
            there.migrate()
        engines.run(con, "ROLLBACK")
        there.migrate()


# --- an older school


@pytest.mark.long
def test_an_older_school_is_audited_compared_and_imported(place, connection, own_sql, new_bench):
    add_migration(own_sql, *EVOLUTION["a required flag on a referenced table"])
    rule = own_sql / "rules" / "clerkship-is-visible.sql"
    text = (own_sql / "rules" / "clerkship-has-configuration.sql").read_text(encoding="utf-8")
    header = text.partition("SELECT")[0].replace("clerkship-has-configuration", "clerkship-is-visible")
    facts = set(re.findall(r"\{(\w+)\}", header))
    columns = ", ".join(["id AS row_id", "name AS value", *(f"name AS {fact}" for fact in sorted(facts))])
    rule.write_text(f"{header}SELECT {columns} FROM clerkships WHERE NOT is_visible\n", encoding="utf-8")
    here = new_bench("small", sql_folder=own_sql)
    with opened(place, own_sql) as there:
        with pytest.warns(
            UserWarning, match="rules that are written for a newer schema did not run: clerkship-is-visible"
        ):
            found = there.audit()
        assert found.equals(here.audit())
        assert [*there.diff(here).schema_changes["name"]] == ["is_visible"]
    with clerkbench.open(sql_folder=own_sql) as new:
        new.import_from(place[0], **place[1])
        assert rows(new) == rows(here)


# --- killed in the middle


KILLED = """
import os, signal, sys
import clerkbench
from clerkbench.interchange.engines.target import Target
target, schema, folder, at = sys.argv[1:]
run, left = Target.run, int(at)
def counted(self, statement):
    global left
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    run(self, statement)
with clerkbench.open(target, sql_folder=folder, schema=schema or None) as there:
    {prepare}
    Target.run = counted
    there.{call}
print(-left)
"""

CHANGED_COPY = """
    copy = there.fork()
    copy.update("clerkships", "Surgery", required_days=61)
    copy.delete("preceptor_fallbacks", copy.sql("SELECT id FROM preceptor_fallbacks")["id"].tolist())
"""


@pytest.mark.long
@pytest.mark.parametrize("call", ["migrate(trial={trial})", "adopt(copy, trial={trial})"])
def test_a_change_that_is_killed_early_midway_or_late_is_done_or_not(place, connection, own_sql, call):
    add_migration(own_sql, *EVOLUTION["a wider check on a referenced table"])
    before = of_application(connection)

    def run(at: int, trial: bool) -> subprocess.CompletedProcess[str]:
        prepare = CHANGED_COPY if "copy" in call else ""
        script = KILLED.replace("{prepare}", prepare.strip()).replace("{call}", call.format(trial=trial))
        command = [sys.executable, "-c", script, place[0], place[1].get("schema", ""), str(own_sql), str(at)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    with opened(place, own_sql) as there:
        old = rows(there)
    total = int(run(-1, trial=True).stdout) - 1
    assert total > 2
    for at in (0, total // 2, total - 1):
        done = run(at, trial=False)
        assert done.returncode == -signal.SIGKILL, done.stderr
        with opened(place, own_sql) as there:
            assert [*there.migrations()["status"]][-1] == "pending", at
            assert rows(there) == old, at
        assert of_application(connection) == before
    assert run(-1, trial=False).returncode == 0
    with opened(place, own_sql) as there:
        is_migrated = [*there.migrations()["status"]][-1] == "applied"
        assert is_migrated == call.startswith("migrate")
        assert (rows(there) != old) == call.startswith("adopt")
