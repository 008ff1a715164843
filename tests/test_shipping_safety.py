"""An export keeps all other objects of the target or is rejected with their names, and transfers values unchanged."""

import contextlib
import os
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import clerkbench
import engines
from clerkbench.errors import RowsRejectedError, TargetError, UnknownRowError
from clerkbench.interchange.engines import sqlite
from databases import made, rows
from migration_files import add_migration


@pytest.fixture(scope="module")
def own_server() -> Iterator[str]:
    """A server that these tests may do anything to."""
    with clerkbench.trial_server() as server:
        yield server.url


def as_user(server: str, user: str) -> str:
    return server.replace("postgres:@", f"{user}:@")


def refusal(act) -> str:
    with pytest.raises(TargetError) as refused:
        act()
    return str(refused.value)


# --- texts


@pytest.mark.long
@pytest.mark.parametrize("how", ["latin", "database", "environment", "url"])
def test_texts_are_exported_correctly_with_any_client_encoding(own_school, own_server, monkeypatch, tmp_path, how):
    name = f"encoded_{how}"
    with engines.connected(own_server) as con:
        encoding = "LATIN1" if how == "latin" else "UTF8"
        engines.run(con, f"CREATE DATABASE {name} ENCODING '{encoding}' TEMPLATE template0 LOCALE 'C'")
        if how == "database":
            engines.run(con, f"ALTER DATABASE {name} SET client_encoding TO 'LATIN1'")
    url = engines.database(own_server, name)
    if how == "url":
        url += "&client_encoding=LATIN1"
    if how == "environment":
        monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    own_school.update("clerkships", "Surgery", description="Zoë’s" if how != "latin" else "Zoë")
    script = tmp_path / "school.sql"
    script.write_text(own_school.export_script("postgresql://", schema="by_script"), encoding="utf-8")
    own_school.export(url, schema="direct")
    command = [engines.psql(), url, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(script)]
    subprocess.run(command, capture_output=True, check=True)
    for schema in ("direct", "by_script"):
        query = f"SELECT length(description), octet_length(convert_to(description, 'UTF8')) FROM {schema}.clerkships"
        found = [row for row in engines.in_psql(url, query) if row[0] != "\\N"]
        assert (["3", "4"] if how == "latin" else ["5", "8"]) in found
        with clerkbench.open(url, schema=schema) as there:
            assert rows(there) == rows(own_school)
            assert there.audit().equals(own_school.audit())


@pytest.mark.long
def test_a_database_that_does_not_store_every_text_is_refused(own_school, own_server):
    with engines.connected(own_server) as con:
        engines.run(con, "CREATE DATABASE in_latin ENCODING 'LATIN1' TEMPLATE template0 LOCALE 'C'")
    url = engines.database(own_server, "in_latin")
    own_school.update("clerkships", "Surgery", description="Zoë’s")
    reported = refusal(lambda: own_school.export(url, schema="direct"))
    assert "does not store every text. Create one with ENCODING 'UTF8'." in reported
    assert engines.in_psql(url, "SELECT nspname FROM pg_namespace WHERE nspname = 'direct'") == []


def test_a_script_for_the_sqlite_program_keeps_line_ends_and_refuses_a_nul(own_school, tmp_path):
    text = "one\r\ntwo\rthree\nfour"
    own_school.update("clerkships", "Surgery", description=text)
    con = sqlite3.connect(":memory:")
    script = own_school.export_script("school.sqlite")
    assert "\r" not in script
    con.executescript(script)
    assert con.execute("SELECT description FROM clerkships WHERE name = 'Surgery'").fetchall() == [(text,)]
    own_school.update("clerkships", "Surgery", description="a\0b")
    for target in ("school.sqlite", "postgresql://"):
        with pytest.raises(RowsRejectedError, match=r"A text of clerkships contains a NUL character, at which a"):
            own_school.export_script(target)


# --- times and numbers


@pytest.fixture
def timed(tmp_path):
    columns = "moment TIMESTAMP, day DATE, zoned TIMESTAMPTZ, n DECIMAL(9, 2), w INTEGER"
    up = f"CREATE TABLE t (id TEXT PRIMARY KEY, {columns});"
    with made(tmp_path, up) as bench:
        yield bench


@pytest.mark.first_cases(1)
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("moment", "infinity"),
        ("moment", "-infinity"),
        ("zoned", "infinity"),
        ("day", "infinity"),
        ("day", "5000-01-01 (BC)"),
    ],
)
def test_a_time_that_the_server_cannot_be_sent_is_refused_by_row(timed, server, column, value):
    timed.sql(f"INSERT INTO t (id, {column}) VALUES ('a', '2026-01-01'), ('b', '{value}')")
    schema = engines.new_schema()
    reported = refusal(lambda: timed.export(server, schema=schema))
    assert f"t.{column} of the row b is {value}, a time that PostgreSQL cannot be sent. Change it." in reported
    assert reported.partition(": ")[2] in refusal(lambda: timed.export_script(server, schema=schema))
    with engines.connected(server) as con:
        assert engines.rows(con, f"SELECT 1 FROM pg_namespace WHERE nspname = '{schema}'") == []


@pytest.mark.first_cases(1)
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("moment", "infinity"),
        ("moment", "-infinity"),
        ("moment", "294276-12-31"),
        ("zoned", "infinity"),
        ("day", "infinity"),
    ],
)
def test_a_time_that_only_the_server_has_is_refused_by_row(timed, tmp_path, server, column, value):
    timed.insert("t", [{"id": "a"}, {"id": "b"}])
    schema = engines.new_schema()
    timed.export(server, schema=schema)
    with engines.connected(server, schema) as con:
        engines.run(con, f"UPDATE t SET {column} = '{value}' WHERE id = 'b'")
    with clerkbench.open(sql_folder=tmp_path) as other:
        reported = refusal(lambda: other.import_from(server, schema=schema))
        assert f"t cannot be read as the schema has it. {column} of the row b holds " in reported
        assert other.sql("FROM t").empty


def test_times_at_the_ends_of_what_both_have_arrive_and_come_back(timed, tmp_path, server):
    timed.sql(
        "INSERT INTO t (id, moment, day) VALUES ('a', '4714-11-24 (BC) 00:00:00', '4714-11-24 (BC)'), "
        "('b', '294246-12-31 23:59:59.999999', '5874897-12-31')"
    )
    schema = engines.new_schema()
    timed.export(server, schema=schema)
    with clerkbench.open(sql_folder=tmp_path) as other:
        other.import_from(server, schema=schema)
        texts = "SELECT id, CAST(moment AS TEXT), CAST(day AS TEXT) FROM t ORDER BY id"
        assert other.con.execute(texts).fetchall() == timed.con.execute(texts).fetchall()


@pytest.mark.first_cases(2)
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("moment", "2026-03-01T04:05:06+05:00"),
        ("moment", "2026-03-01 04:05:06Z"),
        ("moment", "2026-03-01 04:05:06.1234567"),
        ("day", "2026-03-01 04:05:06"),
        ("n", 1.239),
        ("w", 1.5),
        ("w", "many"),
        ("day", "yesterday"),
    ],
)
def test_a_value_of_sqlite_that_a_conversion_would_change_is_refused_with_its_row(timed, tmp_path, column, value):
    timed.insert("t", [{"id": "a"}, {"id": "b"}])
    timed.export(tmp_path / "t.sqlite")
    with contextlib.closing(sqlite3.connect(tmp_path / "t.sqlite", isolation_level=None)) as con:
        con.execute(f"UPDATE t SET {column} = ? WHERE id = 'b'", [value])
    with clerkbench.open(sql_folder=tmp_path) as other:
        reported = refusal(lambda: other.import_from(tmp_path / "t.sqlite"))
        assert (
            f"t cannot be read as the schema has it. {column} of the row b holds {value}, which is not a valid "
            in reported
        )
        assert other.sql("FROM t").empty


@pytest.mark.first_cases(1)
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("moment", "2026-03-01T04:05:06"),
        ("moment", "2026-03-01 04:05:06.1234560"),
        ("moment", "2026-03-01"),
        ("day", "2026-03-01 00:00:00"),
        ("zoned", "2026-03-01T04:05:06+05:00"),
        ("n", 1.23),
        ("w", 2.0),
    ],
)
def test_another_way_to_write_the_same_value_is_taken_from_sqlite(timed, tmp_path, column, value):
    timed.insert("t", {"id": "b", column: value})
    timed.export(tmp_path / "t.sqlite")
    with contextlib.closing(sqlite3.connect(tmp_path / "t.sqlite", isolation_level=None)) as con:
        con.execute(f"UPDATE t SET {column} = ?", [value])
    with clerkbench.open(sql_folder=tmp_path) as other:
        other.import_from(tmp_path / "t.sqlite")
        query = f"SELECT CAST({column} AS TEXT) FROM t"
        assert other.con.execute(query).fetchall() == timed.con.execute(query).fetchall()


@pytest.mark.long
def test_a_time_that_the_server_fills_in_is_in_utc(own_school, server):
    schema = engines.new_schema()
    own_school.export(server, schema=schema)
    with engines.connected(server, schema) as con:
        engines.run(con, "SET TIME ZONE 'Asia/Tokyo'")
        insert = "INSERT INTO health_systems (name) VALUES ('New') RETURNING "
        between = "abs(extract(epoch FROM created_at - (now() AT TIME ZONE 'UTC'))) < 60"
        assert engines.rows(con, insert + between) == [(True,)]


# --- what a user may see


@pytest.mark.long
def test_rows_that_a_policy_hides_are_refused_and_not_missing(seeded, own_server):
    with engines.connected(own_server) as con:
        engines.run(con, "CREATE ROLE looking LOGIN")
    seeded["hybrid"].export(own_server, schema="hiding")
    with engines.connected(own_server, "hiding") as con:
        engines.run(
            con,
            "GRANT USAGE ON SCHEMA hiding TO looking",
            "GRANT SELECT ON ALL TABLES IN SCHEMA hiding TO looking",
            "ALTER TABLE preceptors ENABLE ROW LEVEL SECURITY",
            "CREATE POLICY those ON preceptors USING (name < 'M')",
        )
    looking = as_user(own_server, "looking")
    with clerkbench.open(looking, schema="hiding") as there:
        for act in (there.audit, there.tables):
            reported = refusal(act)
            assert 'row-level security policy for table "preceptors"' in reported
            assert "Connect as the owner of the tables, or as a user with BYPASSRLS." in reported
    with clerkbench.open() as bench:
        assert "row-level security" in refusal(lambda: bench.import_from(looking, schema="hiding"))
    with clerkbench.open(own_server, schema="hiding") as there:
        assert rows(there) == rows(seeded["hybrid"])


@pytest.mark.long
def test_a_missing_right_does_not_blame_a_rule(seeded, own_server):
    with engines.connected(own_server) as con:
        engines.run(con, "CREATE ROLE partly LOGIN")
    seeded["hybrid"].export(own_server, schema="part")
    with engines.connected(own_server, "part") as con:
        engines.run(
            con,
            "GRANT USAGE ON SCHEMA part TO partly",
            "GRANT SELECT ON ALL TABLES IN SCHEMA part TO partly",
            "REVOKE SELECT ON preceptors FROM partly",
        )
    with clerkbench.open(as_user(own_server, "partly"), schema="part") as there:
        reported = refusal(there.audit)
        assert "permission denied for table preceptors. Ask for that right" in reported
        assert ".sql" not in reported


@pytest.mark.long
def test_a_server_that_quotes_all_names_is_refused_with_the_way_on(seeded, own_server):
    with engines.connected(own_server) as con:
        engines.run(con, "CREATE DATABASE quoting", "ALTER DATABASE quoting SET quote_all_identifiers = on")
    url = engines.database(own_server, "quoting")
    assert "Add options=-c%20quote_all_identifiers%3Doff to the URL." in refusal(lambda: seeded["flexible"].export(url))
    url += f"{'&' if '?' in url else '?'}options=-c%20quote_all_identifiers%3Doff"
    seeded["flexible"].export(url)
    with clerkbench.open(url) as there:
        assert rows(there) == rows(seeded["flexible"])


@pytest.mark.long
def test_opening_a_schema_without_a_school_reports_the_schemas_that_have_one(seeded, own_server):
    seeded["hybrid"].export(own_server, schema="found")
    reported = refusal(lambda: clerkbench.open(own_server))
    assert "holds no school that clerkbench shipped" in reported
    assert "Schools are in the schemas " in reported
    assert "found" in reported


# --- what a replaced school had

BY_HAND = {
    "the storage options fillfactor=70 of sites": ["ALTER TABLE sites SET (fillfactor = 70)"],
    "row security on sites": ["ALTER TABLE sites ENABLE ROW LEVEL SECURITY"],
    "forced row security on sites": ["ALTER TABLE sites FORCE ROW LEVEL SECURITY"],
    "the replica identity of sites": ["ALTER TABLE sites REPLICA IDENTITY FULL"],
    "the publication news of sites": ["CREATE PUBLICATION news FOR TABLE sites"],
    "the statistics counted of sites": ["CREATE STATISTICS counted ON name, notes FROM sites"],
    "the default 'x'::text of sites.notes": ["ALTER TABLE sites ALTER COLUMN notes SET DEFAULT 'x'"],
    "NOT NULL on sites.notes": ["UPDATE sites SET notes = ''", "ALTER TABLE sites ALTER COLUMN notes SET NOT NULL"],
    "the constraint sites_name_check CHECK ((name <> 'x'::text)) on sites": [
        "ALTER TABLE sites ADD CHECK (name <> 'x')"
    ],
    "the comment on sites: mine": ["COMMENT ON TABLE sites IS 'mine'"],
    "the comment on sites.name: mine": ["COMMENT ON COLUMN sites.name IS 'mine'"],
    "the options of sites.name": ["ALTER TABLE sites ALTER COLUMN name SET STATISTICS 500"],
    "the type character varying(500) of sites.notes": ["ALTER TABLE sites ALTER COLUMN notes TYPE VARCHAR(500)"],
    "the storage of sites.notes": ["ALTER TABLE sites ALTER COLUMN notes SET STORAGE EXTERNAL"],
    "the compression of sites.notes": ["ALTER TABLE sites ALTER COLUMN notes SET COMPRESSION pglz"],
    "the constraint mine PRIMARY KEY (id) on sites": ["ALTER TABLE sites RENAME CONSTRAINT sites_pkey TO mine"],
    "the options security_invoker=true of team_rosters": ["ALTER VIEW team_rosters SET (security_invoker = true)"],
    "the options fillfactor=70 of sites_pkey": ["ALTER INDEX sites_pkey SET (fillfactor = 70)"],
    "the index sites_pkey, by which its table is clustered": ["ALTER TABLE sites CLUSTER ON sites_pkey"],
    "the definition of the view names_alike:": [
        "CREATE OR REPLACE VIEW names_alike AS SELECT '' AS table_name, '' AS row_id, '' AS full_name, '' AS other"
    ],
    "the rule nothing of team_rosters": ["CREATE RULE nothing AS ON INSERT TO team_rosters DO INSTEAD NOTHING"],
    "the default 'x'::text of team_rosters.team": ["ALTER VIEW team_rosters ALTER COLUMN team SET DEFAULT 'x'"],
    "the comment on team_rosters: mine": ["COMMENT ON VIEW team_rosters IS 'mine'"],
    "the comment on sites_pkey: mine": ["COMMENT ON INDEX sites_pkey IS 'mine'"],
    "the comment on the constraint sites_pkey of sites: mine": ["COMMENT ON CONSTRAINT sites_pkey ON sites IS 'mine'"],
}


@pytest.mark.long
@pytest.mark.parametrize("said", BY_HAND)
def test_what_was_set_by_hand_is_not_lost_with_a_replaced_school(seeded, server, said):
    schema = engines.new_schema()
    seeded["hybrid"].export(server, schema=schema)
    with engines.connected(server, schema) as con:
        engines.run(con, *BY_HAND[said])
        reported = refusal(lambda: seeded["flexible"].export(server, schema=schema, replace=True))
        assert f"the school there has settings that no migration made, and they would be lost: {said}" in reported
        assert reported.endswith("Nothing was changed there.")
        engines.run(con, "DROP PUBLICATION IF EXISTS news")
    with clerkbench.open(server, schema=schema) as there:
        assert len(rows(there)["preceptors"]) == len(rows(seeded["hybrid"])["preceptors"])


@pytest.mark.long
def test_a_replaced_school_gets_no_new_privileges_and_keeps_its_owner(seeded, own_server):
    with engines.connected(own_server) as con:
        engines.run(con, "CREATE ROLE keeper", "CREATE ROLE everybody")
    seeded["hybrid"].export(own_server, schema="kept")
    query = (
        "SELECT relname, relowner::regrole::text, (SELECT string_agg(grantee || privilege_type, ' ' ORDER BY 1) "
        "FROM aclexplode(coalesce(relacl, acldefault('r', relowner)))), "
        "coalesce(relacl::text LIKE '%everybody%', FALSE) FROM pg_class "
        "WHERE relnamespace = 'kept'::regnamespace AND relkind IN ('r', 'v') ORDER BY relname"
    )
    with engines.connected(own_server, "kept") as con:
        engines.run(
            con,
            "ALTER TABLE sites OWNER TO keeper",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA kept GRANT SELECT ON TABLES TO everybody",
            "GRANT SELECT ON clerkships TO everybody",
        )
        before = engines.rows(con, query)
        seeded["flexible"].export(own_server, schema="kept", replace=True)
        assert engines.rows(con, query) == before
        assert [row[0] for row in before if row[3]] == ["clerkships"]


@pytest.mark.long
def test_a_school_that_is_in_use_is_not_waited_for_for_ever(seeded, server, monkeypatch):
    from clerkbench.interchange.engines import postgresql

    settings = [each.replace("15s", "300ms") for each in postgresql.SETTINGS]
    monkeypatch.setattr(postgresql, "SETTINGS", settings)
    schema = engines.new_schema()
    seeded["hybrid"].export(server, schema=schema)
    with engines.connected(server + "&application_name=scheduler", schema) as con:
        engines.run(con, "BEGIN", "SELECT * FROM sites")
        reported = refusal(lambda: seeded["flexible"].export(server, schema=schema, replace=True))
        assert "is in use, and clerkbench waits no longer than 15 seconds, because others wait behind it." in reported
        assert "in use by postgres (scheduler, process " in reported
        assert reported.endswith("Nothing was changed there.")
        engines.run(con, "ROLLBACK")
    seeded["flexible"].export(server, schema=schema, replace=True)


@pytest.mark.long
@pytest.mark.parametrize("way", ["export", "script"])
def test_the_words_of_a_constraint_arrive(seeded, server, way):
    schema = engines.new_schema()
    if way == "export":
        seeded["hybrid"].export(server, schema=schema)
    else:
        script = seeded["hybrid"].export_script(server, schema=schema)
        command = [engines.psql(), server, "-X", "-q", "-v", "ON_ERROR_STOP=1"]
        subprocess.run(command, input=script.encode(), check=True)
    query = (
        "SELECT pg_get_constraintdef(oid), obj_description(oid, 'pg_constraint') FROM pg_constraint "
        f"WHERE connamespace = '{schema}'::regnamespace AND contype <> 'n'"
    )
    with engines.connected(server) as con:
        found = engines.rows(con, query)
    declared = seeded["hybrid"].constraints()
    said = {rule for rule, kind in zip(declared["rule"], declared["kind"], strict=True) if rule and kind != "unique"}
    assert said <= {words for _, words in found}
    both = [words for check, words in found if "team_size_min" in check and "team_size_max" in check]
    assert set(both) == {
        "The smallest and the largest team size are set together or not at all.",
        "The smallest team is no larger than the largest.",
    }


#: Tables with unusual names, columns and constraint comments, each with its expected comments.
WORDS = {
    'CREATE TABLE "Ärzte" ("Übung" INTEGER PRIMARY KEY,\n-- positive\nCHECK ("Übung" > 0));': {"positive"},
    "CREATE TABLE t (a INTEGER,\n-- one\nUNIQUE (a));\n-- two\nCREATE UNIQUE INDEX u ON t (a);": {"one", "two"},
    'CREATE TABLE t (a INTEGER);\n-- none\nCREATE UNIQUE INDEX "U" ON t (coalesce(a, 0));': {"none"},
    "CREATE TABLE t (a INTEGER,\n-- it's $constraints$ {rows} \\ %I\nCHECK (a > 0));": {
        "it's $constraints$ {rows} \\ %I"
    },
}


@pytest.mark.long
@pytest.mark.parametrize("up", WORDS)
@pytest.mark.parametrize("way", ["export", "script"])
def test_constraint_comments_with_any_text_are_exported(tmp_path, server, up, way):
    schema = engines.new_schema()
    with made(tmp_path, up) as bench:
        if way == "export":
            bench.export(server, schema=schema)
        else:
            command = [engines.psql(), server, "-X", "-q", "-v", "ON_ERROR_STOP=1"]
            subprocess.run(command, input=bench.export_script(server, schema=schema).encode(), check=True)
    query = (
        "SELECT description FROM pg_description JOIN pg_constraint ON objoid = pg_constraint.oid "
        f"WHERE connamespace = '{schema}'::regnamespace UNION SELECT description FROM pg_description "
        f"JOIN pg_class ON objoid = pg_class.oid WHERE relnamespace = '{schema}'::regnamespace AND relkind = 'i'"
    )
    with engines.connected(server) as con:
        assert {words for (words,) in engines.rows(con, query)} == WORDS[up]


# --- tables that were rebuilt

FAMILY = (
    "CREATE TABLE p (id INTEGER PRIMARY KEY, name TEXT); CREATE TABLE g (id INTEGER PRIMARY KEY);"
    "CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p (id) /* ON DELETE CASCADE */, "
    "g INTEGER REFERENCES g (id) /* ON DELETE SET NULL */, boss INTEGER REFERENCES c (id));"
    'CREATE TABLE "Child" ("Key" INTEGER PRIMARY KEY REFERENCES p);'
)
ANEW = {
    "as is advised": "CREATE TABLE p2 (id INTEGER PRIMARY KEY, name TEXT NOT NULL); INSERT INTO p2 SELECT * FROM p; "
    "DROP TABLE p; ALTER TABLE p2 RENAME TO p;",
    "under its own name": "DROP TABLE p; CREATE TABLE p (id INTEGER PRIMARY KEY, more TEXT);",
    "or replaced": "-- anew\nCREATE OR REPLACE TABLE p (id INTEGER PRIMARY KEY, more TEXT);",
    "with its children": 'DROP TABLE "Child"; DROP TABLE c; DROP TABLE p; CREATE TABLE p (id INTEGER PRIMARY KEY); '
    "CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p (id) /* ON DELETE SET NULL */);",
}


@pytest.mark.long
@pytest.mark.parametrize("engine", ["postgresql", "sqlite"])
@pytest.mark.parametrize("up", ANEW.values(), ids=ANEW)
def test_a_table_that_a_migration_rebuilt_arrives_with_all_keys(tmp_path, server, up, engine):
    add_migration(tmp_path, FAMILY)
    add_migration(tmp_path, up)
    schema = engines.new_schema()
    target, options = (server, {"schema": schema}) if engine == "postgresql" else (tmp_path / "p.sqlite", {})
    with clerkbench.open(sql_folder=tmp_path) as bench:
        bench.insert("p", {"id": 1, "name": "x"} if "name" in set(bench.describe("p")["column"]) else {"id": 1})
        bench.insert("c", {"id": 1, "p": 1})
        bench.export(target, **options)
        bench.export(target, replace=True, **options)
        keys = bench.relationships()
        with clerkbench.open(sql_folder=tmp_path) as other:
            other.import_from(target, **options)
            assert rows(other) == rows(bench)
    wanted = {(key.child.lower(), key.child_columns.lower(), key.parent, key.on_delete) for key in keys.itertuples()}
    if engine == "postgresql":
        query = (
            "SELECT child.relname, attname, parent.relname, confdeltype::text FROM pg_constraint "
            "JOIN pg_class AS child ON conrelid = child.oid JOIN pg_class AS parent ON confrelid = parent.oid "
            "JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1] "
            f"WHERE contype = 'f' AND connamespace = '{schema}'::regnamespace"
        )
        names = {"a": "RESTRICT", "c": "CASCADE", "n": "SET NULL"}
        with engines.connected(server) as con:
            found = engines.rows(con, query)
        assert {(one.lower(), column.lower(), other, names[rule]) for one, column, other, rule in found} == wanted
        assert len(found) == len(wanted)


# --- files


@pytest.mark.long
def test_a_file_that_another_process_made_meanwhile_stays(seeded, tmp_path, monkeypatch):
    target = tmp_path / "school.sqlite"
    make_new = sqlite.make_new

    def late(file: Path):
        seeded["flexible"].export(file) if not file.exists() else None
        return make_new(file)

    monkeypatch.setattr(
        sqlite, "make_new", lambda file: (monkeypatch.setattr(sqlite, "make_new", make_new), late(file))[1]
    )
    assert "holds a school already" in refusal(lambda: seeded["hybrid"].export(target))
    with clerkbench.open(target) as there:
        assert rows(there) == rows(seeded["flexible"])


@pytest.mark.long
def test_another_program_that_writes_is_waited_for(seeded, tmp_path):
    target = tmp_path / "school.sqlite"
    seeded["hybrid"].export(target)
    con = sqlite3.connect(target, isolation_level=None, check_same_thread=False)
    con.execute("PRAGMA journal_mode = WAL")
    con.execute("BEGIN IMMEDIATE")

    def release() -> None:
        time.sleep(0.5)
        con.execute("COMMIT")
        con.close()

    thread = threading.Thread(target=release)
    thread.start()
    seeded["flexible"].export(target, replace=True)
    thread.join()
    with clerkbench.open(target) as there:
        assert rows(there) == rows(seeded["flexible"])


@pytest.mark.long
@pytest.mark.skipif(os.name == "nt", reason="Windows copies no open file")
def test_a_file_whose_writer_died_is_taken_back_and_read(seeded, tmp_path):
    target = tmp_path / "school.sqlite"
    seeded["hybrid"].export(target)
    con = sqlite3.connect(target, isolation_level=None)
    con.execute("PRAGMA cache_size = 1")
    con.execute("BEGIN")
    con.execute("UPDATE preceptors SET specialty = 'lost'")
    con.execute("CREATE TABLE big AS SELECT hex(randomblob(1000)) AS x FROM preceptors, preceptors AS others")
    died = tmp_path / "died.sqlite"
    died.write_bytes(target.read_bytes())
    journal = Path(f"{died}-journal")
    journal.write_bytes(Path(f"{target}-journal").read_bytes())
    con.rollback()
    con.close()
    with clerkbench.open(died) as there:
        assert rows(there) == rows(seeded["hybrid"])
    assert not journal.exists()


@pytest.mark.long
def test_an_audit_of_one_clerkship_asks_the_server_as_it_is_now(seeded, server):
    schema = engines.new_schema()
    seeded["hybrid"].export(server, schema=schema)
    with clerkbench.open(server, schema=schema) as there:
        assert there.audit(clerkship="Surgery", severity="error").empty
        there.tables()  # from here on it has a copy
        with engines.connected(server, schema) as con:
            engines.run(con, "UPDATE clerkships SET name = 'Chirurgie', required_days = 61 WHERE name = 'Surgery'")
        [found] = there.audit(clerkship="Chirurgie", severity="error").itertuples()
        assert found.rule == "requirement-days-add-up"
        with pytest.raises(UnknownRowError, match="clerkships has no row 'Surgery'"):
            there.audit(clerkship="Surgery")


@pytest.mark.long
def test_what_was_set_by_hand_is_not_lost_where_the_new_school_has_other_migrations(seeded, tmp_path, server):
    schema = engines.new_schema()
    seeded["hybrid"].export(server, schema=schema)
    with engines.connected(server, schema) as con:
        engines.run(con, *BY_HAND["row security on sites"])
    with made(tmp_path, "CREATE TABLE sites (id INTEGER PRIMARY KEY, name TEXT DEFAULT 'x');") as bench:
        bench.insert("sites", {"id": 1})
        reported = refusal(lambda: bench.export(server, schema=schema, replace=True))
        assert "they would be lost: row security on sites. Write" in reported
        with engines.connected(server, schema) as con:
            engines.run(con, "ALTER TABLE sites DISABLE ROW LEVEL SECURITY")
        bench.export(server, schema=schema, replace=True)


@pytest.mark.first_cases(3)
@pytest.mark.parametrize(
    ("written", "is_utc"),
    [
        ("TIMESTAMP DEFAULT CURRENT_TIMESTAMP", True),
        ("TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP", True),
        ("DATETIME DEFAULT now()", True),
        ("TIMESTAMP NOT NULL CHECK (b > '2020-01-01') DEFAULT (CURRENT_TIMESTAMP)", True),
        ("TIMESTAMP DEFAULT get_current_timestamp()", True),
        ("TIMESTAMPTZ DEFAULT CURRENT_TIMESTAMP", False),
        ("TIMESTAMP WITH TIME ZONE DEFAULT now()", False),
    ],
)
def test_a_default_time_is_in_utc_however_it_is_written(tmp_path, written, is_utc):
    up = f"CREATE TABLE t (id INTEGER PRIMARY KEY, a DOUBLE DEFAULT (0::DOUBLE), b {written});"
    with made(tmp_path, up) as bench:
        script = bench.export_script("postgresql://")
    [made_by] = [line for line in script.splitlines() if line.startswith("CREATE TABLE t ")]
    assert ("AT TIME ZONE 'UTC'" in made_by) == is_utc
    assert "a DOUBLE PRECISION DEFAULT (0::DOUBLE PRECISION)" in made_by
