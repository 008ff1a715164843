"""A school that is shipped arrives as it was, value by value, and comes back the same."""

import contextlib
import logging
import re
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import clerkbench
import engines
from clerkbench.errors import (
    ArgumentError,
    ClosedError,
    MigrationError,
    ReadOnlyError,
    RowsRejectedError,
    SchemaError,
    SqlFileError,
    TargetError,
    TransactionError,
    UnknownNameError,
)
from clerkbench.files.sql_files import SqlFiles
from databases import TWO_SCHOOLS, Templates, everything, made, rows
from migration_files import NEWEST, add_migration
from small_school import DR_CHEN, METRO, RIVERSIDE, SURGERY, uid

#: Rows that are easily spoiled on the way.
ODD = [
    {"name": "Empty", "abbreviation": "", "location": None, "notes": ""},
    {"name": "Ærøskøbing “Süd” 医院 🏥", "notes": "two\nlines, a \ttab, a \\ and a 'quote'"},
    {"name": "NULL", "abbreviation": "\\N", "location": "null", "notes": "$1; DROP TABLE sites --"},
    {"name": "  spaces  ", "created_at": "0999-01-01 00:00:00", "updated_at": "9999-12-31 23:59:59.999999"},
    {"name": "times", "created_at": "2024-02-29 12:30:00.5", "updated_at": "1969-12-31 23:59:59.000001"},
]


@pytest.fixture
def odd_school(own_school) -> clerkbench.Workbench:
    for row in ODD:
        own_school.insert("health_systems", row)
    return own_school


ENGINES = ["postgresql", "sqlite"]

#: For tests that differ only in the driver: one engine in every run, both engines in long runs.
IN_TURN = pytest.mark.parametrize(
    "place", ["postgresql", pytest.param("sqlite", marks=pytest.mark.long)], indirect=True
)


@pytest.fixture(params=ENGINES)
def place(request, tmp_path) -> tuple[str, dict[str, str]]:
    """Where a school can go, as export and open take it."""
    if request.param == "sqlite":
        return str(tmp_path / "school.sqlite"), {}
    return request.getfixturevalue("server"), {"schema": engines.new_schema()}


@pytest.fixture(scope="module", params=ENGINES)
def shipped(request, seeded, tmp_path_factory) -> tuple[str, dict[str, str]]:
    """Where the hybrid school is, to be left as it is."""
    if request.param == "sqlite":
        place: tuple[str, dict[str, str]] = str(tmp_path_factory.mktemp("shipped") / "school.sqlite"), {}
    else:
        place = request.getfixturevalue("server"), {"schema": engines.new_schema()}
    seeded["hybrid"].export(place[0], **place[1])
    return place


def arrived(place, table: str) -> list[list[str]]:
    """What another program reads there, as text."""
    target, options = place
    if options:
        return engines.in_psql(target, f'SELECT * FROM "{options["schema"]}".{table} ORDER BY id COLLATE "C"')
    with sqlite3.connect(target) as con:
        found = con.execute(f"SELECT * FROM {table} ORDER BY id").fetchall()
    return [["\\N" if value is None else str(value) for value in row] for row in found]


def as_there(place, bench: clerkbench.Workbench, table: str) -> list[list[str]]:
    """The same in DuckDB, with booleans and times as the engine writes them."""
    kinds = bench.describe(table)["type"].tolist()
    booleans = {"true": "t", "false": "f"} if place[1] else {"true": "1", "false": "0"}
    return [
        [booleans.get(value, value) if kind == "BOOLEAN" else value for value, kind in zip(row, kinds, strict=True)]
        for row in engines.texts(bench, table)
    ]


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("school", TWO_SCHOOLS)
def test_every_value_of_a_sample_school_arrives(seeded, place, school):
    bench = seeded[school]
    reported = bench.export(place[0], **place[1])
    assert reported.set_index("table")["rows"].to_dict() == bench.tables().set_index("table")["rows"].to_dict()
    for table in reported["table"]:
        assert arrived(place, table) == as_there(place, bench, table)


@pytest.mark.parametrize("school", TWO_SCHOOLS)
def test_a_school_comes_back_the_same(new_bench, seeded, place, school):
    bench = seeded[school]
    bench.export(place[0], **place[1])
    with new_bench() as back:
        reported = back.import_from(place[0], **place[1])
        assert reported.set_index("table")["rows"].to_dict() == bench.tables().set_index("table")["rows"].to_dict()
        ours, theirs = everything(bench), everything(back)
        for own in ("clerkbench_migrations", "clerkbench_seeds"):  # they contain timestamps
            ours.pop(own), theirs.pop(own)
        assert theirs == ours
        back.seed(school)  # the school is recognized as seeded


@pytest.mark.first_cases(1)
def test_odd_values_arrive_and_come_back(odd_school, place):
    odd_school.export(place[0], **place[1])
    assert arrived(place, "health_systems") == as_there(place, odd_school, "health_systems")
    with clerkbench.open(place[0], **place[1]) as back:
        assert everything(back) == everything(odd_school)


@pytest.mark.first_cases(1)
def test_views_arrive_and_say_the_same(seeded, shipped):
    bench, place = seeded["hybrid"], shipped
    for view in SqlFiles().views:
        query = f"SELECT * FROM {view.name}"
        ours = [tuple(row) for row in bench.con.execute(query).fetchall()]
        if place[1]:
            with engines.connected(place[0], place[1]["schema"]) as con:
                theirs = engines.rows(con, query)
        else:
            with sqlite3.connect(place[0]) as con:
                theirs = engines.rows(con, query)
        assert [tuple(map(str, row)) for row in sorted(theirs, key=str)] == [
            tuple(str(int(value)) if isinstance(value, bool) and not place[1] else str(value) for value in row)
            for row in sorted(ours, key=str)
        ]


def test_delete_rules_indexes_comments_and_defaults_are_those_of_the_schema(seeded, server):
    schema = engines.new_schema()
    bench = seeded["hybrid"]
    bench.export(server, schema=schema)
    actions = {"CASCADE": "c", "SET NULL": "n", "RESTRICT": "a"}
    keys = bench.relationships()
    ours = {
        (key.child, key.child_columns, key.parent, key.parent_columns, actions[key.on_delete])
        for key in keys.itertuples()
    }
    named = (
        "(SELECT string_agg(attname, ', ' ORDER BY at) FROM unnest({0}) WITH ORDINALITY AS k (number, at) "
        "JOIN pg_attribute ON attrelid = {1} AND attnum = number)"
    )
    with engines.connected(server, schema) as con:
        theirs = engines.rows(
            con,
            f"SELECT conrelid::regclass::text, {named.format('conkey', 'conrelid')}, confrelid::regclass::text, "
            f"{named.format('confkey', 'confrelid')}, confdeltype::text FROM pg_constraint "
            "WHERE contype = 'f' AND connamespace = current_schema()::regnamespace",
        )
        assert set(theirs) == ours
        unindexed = engines.rows(
            con,
            "SELECT conrelid::regclass::text, conkey::text FROM pg_constraint WHERE contype = 'f' AND "
            "connamespace = current_schema()::regnamespace AND NOT EXISTS (SELECT 1 FROM pg_index WHERE "
            "indrelid = conrelid AND (string_to_array(indkey::text, ' ')::int2[])[1:cardinality(conkey)] = conkey)",
        )
        assert unindexed == []
        comments = engines.rows(
            con,
            "SELECT relname::text, coalesce(attname::text, ''), description FROM pg_description "
            "JOIN pg_class ON objoid = pg_class.oid "
            "LEFT JOIN pg_attribute ON attrelid = objoid AND attnum = objsubid AND objsubid > 0 "
            "WHERE relnamespace = current_schema()::regnamespace AND relkind <> 'i'",
        )
        engines.run(con, "INSERT INTO clerkships (name, specialty, required_days) VALUES ('New', 'New', 1)")
        [(row_id, created)] = engines.rows(con, "SELECT id, created_at IS NOT NULL FROM clerkships WHERE name = 'New'")
    own = bench.con.execute(
        "SELECT table_name, '', comment FROM duckdb_tables() WHERE comment IS NOT NULL UNION ALL "
        "SELECT view_name, '', comment FROM duckdb_views() WHERE comment IS NOT NULL UNION ALL "
        "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE comment IS NOT NULL"
    ).fetchall()
    assert set(comments) == set(own)
    assert len(row_id) == 36 and created


def test_an_sqlite_file_has_the_delete_rules_the_indexes_and_ids_of_its_own(seeded, tmp_path):
    bench = seeded["hybrid"]
    bench.export(tmp_path / "school.sqlite")
    con = engines.in_sqlite(tmp_path / "school.sqlite")
    ours = {
        (key.child, key.child_columns, key.parent, {"RESTRICT": "NO ACTION"}.get(key.on_delete, key.on_delete))
        for key in bench.relationships().itertuples()
    }
    theirs = set()
    for table in bench.tables()["table"]:
        keys: dict[int, list[tuple[str, str, str]]] = {}
        for number, _, parent, child_column, _, _, action, _ in con.execute(f"PRAGMA foreign_key_list({table})"):
            keys.setdefault(number, []).append((child_column, parent, action))
        theirs |= {(table, ", ".join(key[0] for key in each), each[0][1], each[0][2]) for each in keys.values()}
        indexes = [
            [column for _, _, column in con.execute(f'PRAGMA index_info("{index[1]}")')]
            for index in con.execute(f"PRAGMA index_list({table})")
        ]
        for columns in ([key[0] for key in each] for each in keys.values()):
            assert any(index[: len(columns)] == columns for index in indexes)
    assert theirs == ours
    ids = set()
    for number in range(200):
        con.execute(f"INSERT INTO clerkships (name, specialty, required_days) VALUES ('New {number}', 'New', 1)")
    for row_id, created in con.execute("SELECT id, created_at FROM clerkships WHERE name LIKE 'New %'"):
        assert row_id[14] == "4" and row_id[19] in "89ab" and row_id == row_id.lower()
        assert len(created) == 19
        ids.add(row_id)
    assert len(ids) == 200
    with clerkbench.open(tmp_path / "school.sqlite") as back:
        assert len(back.sql("FROM clerkships")) == 204


@pytest.mark.long
@IN_TURN
def test_a_school_is_not_exported_over_another_without_replace(seeded, place):
    hybrid, flexible = seeded["hybrid"], seeded["flexible"]
    hybrid.export(place[0], **place[1])
    count = sum(map(len, rows(hybrid).values()))
    with pytest.raises(TargetError) as refusal:
        flexible.export(place[0], **place[1])
    held = f"holds a school already: {count} rows in {len(rows(hybrid))} tables."
    assert f"{held} To put this one in its place: replace=True" in str(refusal.value)
    assert str(refusal.value).endswith("Nothing was changed there.")
    with clerkbench.open(place[0], **place[1]) as there:
        assert rows(there) == rows(hybrid)
    flexible.export(place[0], **place[1], replace=True)
    with clerkbench.open(place[0], **place[1]) as there:
        assert rows(there) == rows(flexible)


COLUMN = {"the column sites.color": ["ALTER TABLE sites ADD COLUMN color TEXT"]}
ADDED = COLUMN | {"the index by_day on clerkships": ["CREATE INDEX by_day ON clerkships (required_days)"]}
SAID = "CREATE FUNCTION said() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"
ADDED_ON_SERVER = ADDED | {
    "the trigger said on sites": [SAID, "CREATE TRIGGER said AFTER INSERT ON sites EXECUTE FUNCTION said()"],
    "the policy mine on sites": ["CREATE POLICY mine ON sites USING (true)"],
    "the rule none on sites": ["CREATE RULE none AS ON DELETE TO sites DO INSTEAD NOTHING"],
}
ADDED_IN_FILE = ADDED | {
    "the trigger said on sites": ["CREATE TRIGGER said AFTER INSERT ON sites BEGIN SELECT 1; END"],
}


def changed(target: object, options: dict[str, str], *statements: str) -> None:
    """Somebody else changes a place."""
    if options:
        with engines.connected(str(target), options["schema"]) as con:
            engines.run(con, *statements)
    else:
        with sqlite3.connect(str(target)) as con:
            for each in statements:
                con.execute(each)


@pytest.mark.long
def test_what_others_added_to_the_tables_of_a_school_is_not_lost(seeded, place):
    target, options = place
    seeded["hybrid"].export(target, **options)
    added = ADDED_ON_SERVER if options else ADDED_IN_FILE
    changed(target, options, *(statement for each in added.values() for statement in each))
    with pytest.raises(TargetError, match="has what no migration made, and it would be lost: ") as refusal:
        seeded["flexible"].export(target, **options, replace=True)
    [named] = re.findall(r"would be lost: (.*)\. Write a migration", str(refusal.value))
    assert sorted(named.split(", ")) == sorted(added)
    assert str(refusal.value).endswith("Nothing was changed there.")
    with clerkbench.open(target, **options) as there:
        assert rows(there) == rows(seeded["hybrid"])


def test_a_table_with_a_name_that_a_migration_dropped_belongs_to_others(tmp_path):
    with made(tmp_path, "CREATE TABLE t (id INTEGER PRIMARY KEY); CREATE TABLE notes (id INTEGER PRIMARY KEY);"):
        pass
    add_migration(tmp_path, "DROP TABLE notes;", "CREATE TABLE notes (id INTEGER PRIMARY KEY);")
    target = tmp_path / "school.sqlite"
    with clerkbench.open(sql_folder=tmp_path) as bench:
        bench.export(target)
        changed(target, {}, "CREATE TABLE notes (text)", "INSERT INTO notes VALUES ('kept')")
        with pytest.raises(TargetError, match="under names that the school needs: the table notes"):
            bench.export(target, replace=True)
    with sqlite3.connect(target) as con:
        assert con.execute("SELECT * FROM notes").fetchall() == [("kept",)]


@pytest.mark.long
@IN_TURN
def test_an_import_is_refused_if_others_added_a_column(new_bench, seeded, place):
    target, options = place
    seeded["hybrid"].export(target, **options)
    changed(target, options, *COLUMN["the column sites.color"])
    with new_bench() as back:
        with pytest.raises(TargetError) as refusal:
            back.import_from(target, **options)
        assert "has columns that no migration made, and this database has no place for them: sites.color." in str(
            refusal.value
        )
        assert back.sql("FROM sites").empty
    with clerkbench.open(target, **options) as there, there.fork() as copy:  # as the error says
        assert rows(copy) == rows(seeded["hybrid"])


@pytest.mark.long
def test_a_replaced_school_keeps_the_privileges_of_other_roles(seeded, server):
    schema, role = engines.new_schema(), f"reader_{engines.new_schema()}"
    seeded["hybrid"].export(server, schema=schema)
    query = (
        "SELECT relname, relacl::text, (SELECT string_agg(attname || attacl::text, ' ') FROM pg_attribute "
        "WHERE attrelid = pg_class.oid AND attacl IS NOT NULL) FROM pg_class "
        f"WHERE relnamespace::regnamespace::text = '{schema}' AND relkind IN ('r', 'v') ORDER BY relname"
    )
    with engines.connected(server, schema) as con:
        engines.run(
            con,
            f'CREATE ROLE "{role}"',
            f'GRANT SELECT, INSERT ON sites, team_rosters TO "{role}"',
            f'GRANT UPDATE (name) ON preceptors TO "{role}" WITH GRANT OPTION',
            "GRANT SELECT ON clerkships TO PUBLIC",
        )
        before = engines.rows(con, query)
        assert sum(role in f"{table} {column}" for _, table, column in before) == 3
        seeded["flexible"].export(server, schema=schema, replace=True)
        assert engines.rows(con, query) == before
        engines.run(con, f'DROP OWNED BY "{role}"', f'DROP ROLE "{role}"')


@pytest.mark.first_cases(1)
def test_a_database_without_migrations_replaces_no_school(seeded, shipped):
    target, options = shipped
    with clerkbench.open(migrate=False) as bare:
        for replace in (False, True):
            with pytest.raises(SchemaError, match="There is nothing to ship: no migration was applied to this"):
                bare.export(target, **options, replace=replace)
        with pytest.raises(SchemaError, match="There is nothing to ship"):
            bare.export_script(target, **options)
    with clerkbench.open(target, **options) as there:
        assert rows(there) == rows(seeded["hybrid"])


@pytest.mark.long
def test_what_others_keep_beside_a_school_stays(seeded, place, tmp_path):
    target, options = place
    create = "CREATE TABLE appointments (id INTEGER PRIMARY KEY, note TEXT)"
    if options:
        with engines.connected(target) as con:
            engines.run(con, f'CREATE SCHEMA "{options["schema"]}"')
        with engines.connected(target, options["schema"]) as con:
            engines.run(con, create, "INSERT INTO appointments VALUES (1, 'kept')")
            seeded["hybrid"].export(target, **options)
            seeded["flexible"].export(target, **options, replace=True)
            assert engines.rows(con, "SELECT * FROM appointments") == [(1, "kept")]
    else:
        with sqlite3.connect(target) as con:
            con.execute(create)
            con.execute("INSERT INTO appointments VALUES (1, 'kept')")
        seeded["hybrid"].export(target)
        seeded["flexible"].export(target, replace=True)
        with sqlite3.connect(target) as con:
            assert con.execute("SELECT * FROM appointments").fetchall() == [(1, "kept")]


def test_a_script_does_what_an_export_does(odd_school, server, tmp_path):
    schema = engines.new_schema()
    file = tmp_path / "school.sql"
    file.write_text(odd_school.export_script("postgresql://", schema=schema), encoding="utf-8")
    command = [engines.psql(), server, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    with clerkbench.open(server, schema=schema) as there:
        assert everything(there) == everything(odd_school)
    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert again.returncode != 0 and "already exists" in again.stderr
    with sqlite3.connect(tmp_path / "school.sqlite") as con:
        con.executescript(odd_school.export_script("school.sqlite"))
    with clerkbench.open(tmp_path / "school.sqlite") as there:
        assert everything(there) == everything(odd_school)


#: A school of 60,000 preceptors, of whom some have no site, and each a capacity rule.
LARGE = """
INSERT INTO health_systems (name, notes) SELECT 'Système ' || i, nullif('', i % 2 || '') FROM range(20) AS t (i);
INSERT INTO sites (health_system_id, name, site_type, address)
SELECT id, 'Main', 'hospital', CASE WHEN name LIKE '%7' THEN '' END FROM health_systems;
INSERT INTO preceptors (name, email, specialty, max_students, health_system_id, site_id, updated_at)
SELECT
    'Dr. Ünal ' || i, i || '@example.org', 'Specialty ' || i % 10, 1 + i % 5, health_systems.id,
    CASE WHEN i % 3 > 0 THEN sites.id END, TIMESTAMP '2024-01-01' + to_microseconds(i * 86400 * 1000001)
FROM range(60_000) AS t (i)
JOIN health_systems ON health_systems.name = 'Système ' || i % 20
JOIN sites ON sites.health_system_id = health_systems.id;
INSERT INTO preceptor_capacity_rules (preceptor_id, max_students_per_year)
SELECT id, nullif(max_students * 2, 4) FROM preceptors;
"""


@pytest.mark.long
def test_a_school_of_many_preceptors_arrives_and_comes_back_and_shows_how_far_it_is(
    new_bench, bench, place, capsys, monkeypatch
):
    bench.con.execute(LARGE)
    monkeypatch.setenv("CLERKBENCH_PROGRESS_AFTER", "0.02")
    bench.export(place[0], **place[1])
    assert "Sending preceptors: " in capsys.readouterr().err
    for table in bench.tables()["table"]:
        assert arrived(place, table) == as_there(place, bench, table)
    with new_bench() as back:
        back.import_from(place[0], **place[1])
        assert "Reading " in capsys.readouterr().err
        for table in bench.tables()["table"]:
            query = f"FROM {table} ORDER BY id"
            assert back.con.execute(query).fetchall() == bench.con.execute(query).fetchall()


@pytest.mark.long
def test_an_empty_school_does_not_replace_one_with_rows(new_bench, seeded, place):
    target, options = place
    seeded["hybrid"].export(target, **options)
    with clerkbench.open(target, **options) as there:
        before = everything(there)
    with new_bench() as empty:
        with pytest.raises(TargetError) as refused:
            empty.export(target, replace=True, **options)
        held = f"holds a school already: {sum(len(each) for each in rows(seeded['hybrid']).values())} rows in"
        assert held in str(refused.value)
        assert "The one that would take its place has no rows that anybody wrote" in str(refused.value)
        assert str(refused.value).endswith("Nothing was changed there.")
        with clerkbench.open(target, **options) as there:
            assert everything(there) == before


# --- migrations


MORE = """
CREATE TABLE rooms (
    id INTEGER NOT NULL PRIMARY KEY,
    site_id TEXT REFERENCES sites (id) /* ON DELETE SET NULL */,
    opened DATE,
    area DECIMAL(8, 2),
    share DOUBLE PRECISION,
    visits BIGINT NOT NULL DEFAULT 0,
    floor SMALLINT,
    is_open BOOLEAN,
    from_time TIME
);
ALTER TABLE clerkships ADD COLUMN color TEXT DEFAULT 'blue';
"""


def with_rooms(templates: Templates, own_sql: Path, up: str = MORE) -> clerkbench.Workbench:
    add_migration(own_sql, up, "DROP TABLE rooms;", name="rooms")
    return templates.copy("small", sql_folder=own_sql)


@pytest.mark.long
@IN_TURN
def test_a_new_migration_with_other_types_needs_no_python(templates, own_sql, place):
    with with_rooms(templates, own_sql) as bench:
        site = bench.sql("SELECT id FROM sites ORDER BY id LIMIT 1")["id"].iloc[0]
        bench.insert(
            "rooms",
            [
                {"id": 1, "site_id": site, "opened": "2024-02-29", "area": "12345.67", "share": 0.1, "visits": 2**40,
                 "floor": -1, "is_open": True, "from_time": "08:30:00"},
                {"id": 2},
            ],
        )  # fmt: skip
        bench.export(place[0], **place[1])
        with clerkbench.open(place[0], **place[1], sql_folder=own_sql) as there:
            assert everything(there) == everything(bench)
        with templates.copy(sql_folder=own_sql) as back:
            back.import_from(place[0], **place[1])
            assert rows(back) == rows(bench)


@pytest.mark.long
@IN_TURN
def test_a_newer_schema_on_an_older_target_is_reported(templates, new_bench, seeded, own_sql, place):
    seeded["hybrid"].export(place[0], **place[1])
    with with_rooms(templates, own_sql) as bench:
        with pytest.raises(TargetError, match=r"Its schema is older: it lacks \d+_rooms\. To put this one"):
            bench.export(place[0], **place[1])
        bench.export(place[0], **place[1], replace=True)
    with pytest.raises(TargetError, match=r"Its schema is newer: it has \d+_rooms as well\."):
        seeded["hybrid"].export(place[0], **place[1])
    with new_bench() as empty:
        with pytest.raises(MigrationError, match=rf"it is at \d+_rooms, and this at {NEWEST.label}"):
            empty.import_from(place[0], **place[1])
        assert empty.sql("FROM clerkships").empty
    seeded["hybrid"].export(place[0], **place[1], replace=True)  # which takes away the rooms as well
    with clerkbench.open(place[0], **place[1]) as there:
        assert rows(there) == rows(seeded["hybrid"])


@pytest.mark.long
@IN_TURN
def test_a_school_with_another_history_is_reported_as_such(templates, seeded, own_sql, place):
    with with_rooms(templates, own_sql) as bench:
        bench.export(place[0], **place[1])
    for path in (own_sql / "migrations").glob("*_rooms.*"):
        path.rename(path.with_name(path.name.replace("_rooms.", "_beds.")))
    with (
        clerkbench.open(sql_folder=own_sql) as bench,
        pytest.raises(TargetError, match=r"Its schema differs: it has .*, \d+_rooms\."),
    ):
        bench.export(place[0], **place[1])


@pytest.mark.long
@IN_TURN
def test_a_school_of_an_older_schema_comes_back_into_one_of_that_schema(place, own_sql):
    with clerkbench.open(migrate=False) as old:
        old.migrate(1)
        old.insert("clerkships", {"name": "Surgery", "specialty": "Surgery", "required_days": 45})
        old.export(place[0], **place[1])
    with clerkbench.open(migrate=False) as back:
        back.migrate(1)
        back.import_from(place[0], **place[1])
        back.migrate()
        assert back.sql("SELECT name FROM clerkships")["name"].tolist() == ["Surgery"]


@pytest.mark.long
def test_the_ledger_travels(seeded, server):
    schema = engines.new_schema()
    bench = seeded["hybrid"]
    bench.export(server, schema=schema)
    with clerkbench.open(server, schema=schema) as there:
        pd.testing.assert_frame_equal(there.migrations(), bench.migrations())


@pytest.mark.parametrize(
    ("by_hand", "reported"),
    [
        ("CREATE TABLE scratch (x INTEGER)", "No migration made the table scratch."),
        ("ALTER TABLE sites ADD COLUMN color TEXT", "No migration made the column sites.color."),
        ("DROP TABLE preceptor_fallbacks", "Somebody dropped preceptor_fallbacks."),
    ],
    ids=["a table", "a column", "a table that is gone"],
)  # fmt: skip
def test_an_export_is_refused_if_objects_were_created_or_dropped_by_hand(own_school, tmp_path, by_hand, reported):
    own_school.con.execute(by_hand)
    with pytest.raises(SchemaError) as refusal:
        own_school.export(tmp_path / "school.sqlite")
    assert reported in str(refusal.value)
    assert str(refusal.value).endswith("Nothing was changed.")
    assert not (tmp_path / "school.sqlite").exists()


@pytest.mark.long
def test_a_table_that_references_itself_and_names_with_capitals_travel(tmp_path, server):
    up = """
        CREATE TABLE Units (
            Id INTEGER PRIMARY KEY, Name TEXT, "Within" INTEGER REFERENCES Units (Id) /* ON DELETE SET NULL */
        );
        CREATE UNIQUE INDEX Units_by_name ON Units (Name);
    """
    schema = engines.new_schema()
    with made(tmp_path, up) as bench:
        bench.insert("Units", [{"Id": 1, "Name": "all"}, {"Id": 9, "Name": "one", "Within": 1}])
        bench.insert("Units", {"Id": 3, "Name": "two", "Within": 9})
        bench.export(server, schema=schema)
        bench.export(tmp_path / "units.sqlite")
        for place, options in ((server, {"schema": schema}), (tmp_path / "units.sqlite", {})):
            with clerkbench.open(place, **options, sql_folder=tmp_path) as there:
                assert everything(there) == everything(bench)
        with engines.connected(server, schema) as con:
            engines.run(con, "DELETE FROM units WHERE id = 1")
            assert engines.rows(con, 'SELECT id, "Within" FROM units ORDER BY id') == [(3, 9), (9, None)]


# --- looking at a school that was shipped


@pytest.fixture
def there(shipped):
    with clerkbench.open(shipped[0], **shipped[1]) as there:
        yield there


@pytest.mark.first_cases(1)
def test_a_shipped_school_can_be_looked_at_like_any_other(there, seeded):
    bench = seeded["hybrid"]
    assert "postgresql://" in repr(there) or ".sqlite" in repr(there)
    pd.testing.assert_frame_equal(there.tables(), bench.tables())
    pd.testing.assert_frame_equal(there.sql("FROM configuration_overview"), bench.sql("FROM configuration_overview"))
    assert str(there.configuration("Surgery")) == str(bench.configuration("Surgery"))
    assert str(there.diagram()) == str(bench.diagram())
    assert rows(there) == rows(bench)
    pd.testing.assert_frame_equal(there.capacity(students=10), bench.capacity(students=10))
    with there.fork() as copy:
        copy.update("clerkships", "Surgery", required_days=61)
        assert copy.audit(severity="error")["rule"].tolist() == ["requirement-days-add-up"]
    assert there.audit(severity="error").empty


CHANGES = [
    lambda bench: bench.insert("clerkships", {"name": "x"}),
    lambda bench: bench.update("clerkships", "Surgery", required_days=1),
    lambda bench: bench.delete("clerkships", "Surgery"),
    lambda bench: bench.configure("Surgery", block_size_days=3),
    lambda bench: bench.seed("hybrid"),
    lambda bench: bench.load("school.xlsx"),
    lambda bench: bench.import_from("postgresql://"),
    lambda bench: bench.transaction(),
    lambda bench: bench.sql("DELETE FROM clerkships"),
    lambda bench: bench.sql("FROM clerkships; UPDATE clerkships SET name = 'x'"),
]


@pytest.mark.first_cases(1)
def test_a_shipped_school_is_only_read(there, seeded):
    for change in CHANGES:
        with pytest.raises(ReadOnlyError, match="an exported school is only read here") as refusal:
            change(there)
        assert "Change a copy: bench.fork()" in str(refusal.value)
    assert rows(there) == rows(seeded["hybrid"])


def test_a_shipped_school_that_was_closed_says_so(there):
    there.close()
    there.close()
    with pytest.raises(ClosedError, match="The workbench was closed"):
        there.tables()


@pytest.mark.long
def test_an_audit_sees_the_server_as_it_is_now(seeded, server):
    schema = engines.new_schema()
    seeded["hybrid"].export(server, schema=schema)
    with clerkbench.open(server, schema=schema) as there, engines.connected(server, schema) as con:
        assert there.audit(severity="error").empty
        engines.run(con, "UPDATE clerkships SET required_days = 61 WHERE name = 'Surgery'")
        found = there.audit(severity="error")
        assert found["message"].tolist() == ["Surgery lasts 61 days, but its requirements add up to 60."]
        assert len(there.audit(clerkship="Surgery")) == 1
        assert there.audit(clerkship="Pediatrics").empty
        assert there.audit(area=8).empty
        with pytest.raises(UnknownNameError, match="There is no configuration area with the number 9"):
            there.audit(area=9)
        with pytest.raises(UnknownNameError, match="There is no severity 'bad'"):
            there.audit(severity="bad")


@pytest.mark.long
def test_rules_that_an_older_schema_on_a_server_cannot_run_are_named(templates, own_school, own_sql, server):
    schema = engines.new_schema()
    own_school.export(server, schema=schema)
    path = own_sql / "rules" / "clerkship-has-requirement.sql"
    path.write_text(path.read_text(encoding="utf-8").replace("FROM clerkships", "FROM rooms, clerkships"), "utf-8")
    with with_rooms(templates, own_sql), clerkbench.open(server, schema=schema, sql_folder=own_sql) as there:
        with pytest.warns(UserWarning, match=r"did not run: clerkship-has-requirement\."):
            found = there.audit()
        assert found.equals(own_school.audit())


@pytest.mark.long
def test_a_rule_that_the_server_does_not_run_is_named(own_school, own_sql, server):
    schema = engines.new_schema()
    own_school.export(server, schema=schema)
    path = own_sql / "rules" / "clerkship-has-requirement.sql"
    path.write_text(path.read_text(encoding="utf-8").replace("SELECT", "SELECT list(1),", 1), encoding="utf-8")
    with clerkbench.open(server, schema=schema, sql_folder=own_sql) as there, pytest.raises(SqlFileError) as refusal:
        there.audit()
    assert str(refusal.value).startswith(f"{path} does not run on postgresql://")
    assert "function list(integer) does not exist" in str(refusal.value)


#: What the server has set while rules are asked of it.
SETTING = """-- id: jit-is-off
-- area: 1
-- severity: warning
-- about: clerkships.name
-- sentence: The server does not compile the queries of the rules.
-- message: Compiling is {value}.
-- remedy: None.
SELECT
    id AS row_id,
    current_setting('jit') AS value
FROM clerkships
"""


@pytest.mark.long
def test_the_server_does_not_compile_the_queries_of_an_audit(own_school, own_sql, server):
    schema = engines.new_schema()
    own_school.export(server, schema=schema)
    (own_sql / "rules" / "jit-is-off.sql").write_text(SETTING, encoding="utf-8")
    with engines.connected(server) as con:
        assert engines.rows(con, "SELECT current_setting('jit')") == [("on",)], "unless somebody says otherwise"
    with clerkbench.open(server, schema=schema, sql_folder=own_sql) as there:
        found = there.audit(area=1, severity="warning")
    assert set(found.loc[found["rule"] == "jit-is-off", "value"]) == {"off"}


# --- what is refused


@pytest.mark.parametrize(
    ("target", "options", "reported"),
    [
        ("school.duckdb", {}, "'school.duckdb' is neither the URL of a PostgreSQL server"),
        ("mysql://root:sesame@host/db", {}, "'mysql://root@host/db' is neither the URL of a PostgreSQL server"),
        (7, {}, "This is neither the URL of a PostgreSQL server"),
        ("school.sqlite", {"schema": "x"}, "An SQLite file has no schemas"),
        ("postgresql://", {"schema": " "}, "' ' is not the name of a schema"),
        ("postgresql://", {"schema": "x" * 64}, "PostgreSQL keeps 63 bytes of a name, and there are longer ones: xxx"),
        ("postgresql://a\0b", {}, "The URL holds a sign that no URL can"),
    ],
    ids=["DuckDB", "another server", "a number", "a schema of a file", "a blank schema", "a long schema", "a NUL"],
)
def test_an_invalid_target_is_refused(bench, target, options, reported):
    with pytest.raises(ArgumentError) as refusal:
        bench.export(target, **options)
    assert reported in str(refusal.value)
    assert "sesame" not in str(refusal.value)
    assert str(refusal.value).endswith("Nothing was changed.")


def test_a_schema_is_for_servers(tmp_path):
    with pytest.raises(ArgumentError, match="A schema needs the URL of a server"):
        clerkbench.open(tmp_path / "school.duckdb", schema="x")
    assert not (tmp_path / "school.duckdb").exists()


@pytest.mark.long
@IN_TURN
def test_a_school_is_brought_into_an_empty_database_only(own_school, seeded, place):
    seeded["hybrid"].export(place[0], **place[1])
    before = everything(own_school)
    with pytest.raises(RowsRejectedError, match="A school is brought into an empty database, and this one holds rows"):
        own_school.import_from(place[0], **place[1])
    assert everything(own_school) == before


@pytest.mark.long
@IN_TURN
def test_nothing_is_shipped_or_brought_in_the_middle_of_a_transaction(own_school, place):
    with own_school.transaction():
        with pytest.raises(TransactionError, match="A transaction is open"):
            own_school.export(place[0], **place[1])
        with pytest.raises(TransactionError, match="A transaction is open"):
            own_school.export_script(place[0], **place[1])
        with pytest.raises(TransactionError, match="A transaction is open"):
            own_school.import_from(place[0], **place[1])
    own_school.export(place[0], **place[1])


def test_a_place_without_a_school_is_reported(server, tmp_path):
    with pytest.raises(TargetError, match="There is no schema 'nowhere' on postgresql://"):
        clerkbench.open(server, schema="nowhere")
    sqlite3.connect(tmp_path / "empty.sqlite").execute("CREATE TABLE t (x)")
    with pytest.raises(TargetError, match="holds no school that clerkbench shipped"):
        clerkbench.open(tmp_path / "empty.sqlite")
    with pytest.raises(TargetError, match="There is no file"):
        clerkbench.open(tmp_path / "missing.sqlite")
    assert not (tmp_path / "missing.sqlite").exists()


@pytest.mark.long
@IN_TURN
def test_a_school_with_an_empty_ledger_is_not_treated_as_empty(own_school, place):
    own_school.export(place[0], **place[1])
    changed(*place, "DELETE FROM clerkbench_migrations")
    with pytest.raises(TargetError, match=r"clerkbench_migrations names no migration, so .* is unknown"):
        clerkbench.open(place[0], **place[1])
    with clerkbench.open(migrate=False) as back, pytest.raises(TargetError, match="names no migration"):
        back.import_from(place[0], **place[1])
    with pytest.raises(TargetError, match="holds what clerkbench did not make"):
        own_school.export(place[0], **place[1], replace=True)


@pytest.mark.long
def test_texts_that_sqlite_stores_as_bytes_are_read_as_the_texts_they_are(new_bench, own_school, tmp_path):
    first, second = own_school.sql("SELECT id FROM preceptors ORDER BY id LIMIT 2")["id"]
    own_school.update("preceptors", first, name="Dr. José Müller")
    own_school.export(tmp_path / "school.sqlite")
    with contextlib.closing(sqlite3.connect(tmp_path / "school.sqlite")) as con:
        con.execute("UPDATE preceptors SET name = ? WHERE id = ?", ["Dr. Zoë".encode(), second])
        con.commit()
        with new_bench() as back:
            back.import_from(tmp_path / "school.sqlite")
            names = back.sql("SELECT name FROM preceptors ORDER BY id LIMIT 2")["name"]
            assert list(names) == ["Dr. José Müller", "Dr. Zoë"]
        con.execute("UPDATE preceptors SET name = x'c328' WHERE id = ?", [second])
        con.commit()
    with (
        new_bench() as back,
        pytest.raises(TargetError, match=r"preceptors cannot be read as the schema has it.* invalid UTF8"),
    ):
        back.import_from(tmp_path / "school.sqlite")


def test_of_many_rows_that_reference_nothing_the_first_are_named_and_the_others_counted(own_school, tmp_path, bench):
    own_school.insert(
        "preceptors",
        [
            {"id": uid(300 + n), "name": f"Dr. {n}", "email": f"{n}", "specialty": "x", "health_system_id": RIVERSIDE}
            for n in range(7)
        ],
    )
    own_school.export(tmp_path / "school.sqlite")
    with sqlite3.connect(tmp_path / "school.sqlite") as con:
        con.execute("DELETE FROM health_systems WHERE id = ?", [RIVERSIDE])  # its foreign keys are off
        lost = f"SELECT id FROM preceptors WHERE health_system_id = '{RIVERSIDE}' ORDER BY rowid"
        rows_there = [row for (row,) in con.execute(lost)]
    with pytest.raises(TargetError) as refusal:
        bench.import_from(tmp_path / "school.sqlite")
    named = [row for row in rows_there if row in str(refusal.value)]
    assert (len(rows_there), len(named)) == (9, 5)
    assert f"preceptors ({', '.join(rows_there[:5])} and 4 more), to health_systems" in str(refusal.value)


def test_a_school_is_brought_from_a_file_that_another_program_is_about_to_change(own_school, bench, tmp_path):
    own_school.export(tmp_path / "school.sqlite")
    with contextlib.closing(sqlite3.connect(tmp_path / "school.sqlite", isolation_level=None)) as con:
        con.execute("BEGIN IMMEDIATE")
        con.execute("UPDATE clerkships SET required_days = 9")
        bench.import_from(tmp_path / "school.sqlite")
        con.execute("ROLLBACK")
    assert rows(bench) == rows(own_school)


class Meanwhile(logging.Handler):
    """Does something as soon as a statement with these words has been executed."""

    def __init__(self, words: str, act: Callable[[], None]) -> None:
        super().__init__()
        self.words, self.act, self.is_done = words, act, False

    def emit(self, record: logging.LogRecord) -> None:
        if self.words in record.getMessage() and not self.is_done:
            self.is_done = True
            self.act()


@pytest.mark.long
def test_a_shipped_school_is_copied_as_it_is_at_one_moment(seeded, server, caplog):
    schema = engines.new_schema()
    seeded["hybrid"].export(server, schema=schema)

    def change() -> None:
        with engines.connected(server, schema) as con:
            engines.run(con, "UPDATE clerkships SET required_days = 1", "UPDATE preceptor_teams SET name = 'x'")

    meanwhile = Meanwhile('FROM "clerkships"', change)
    caplog.set_level(logging.DEBUG, logger="clerkbench.sql")
    logging.getLogger("clerkbench.sql").addHandler(meanwhile)
    try:
        with clerkbench.open(server, schema=schema) as there:
            assert rows(there) == rows(seeded["hybrid"])
    finally:
        logging.getLogger("clerkbench.sql").removeHandler(meanwhile)
    assert meanwhile.is_done


# A unique index that begins with the columns of a foreign key serves it as well, whatever else it is over.
def test_a_foreign_key_that_an_index_begins_with_gets_no_other(tmp_path):
    up = """
        CREATE TABLE p (id TEXT NOT NULL PRIMARY KEY);
        CREATE TABLE c (
            id TEXT NOT NULL PRIMARY KEY, one TEXT REFERENCES p (id), other TEXT REFERENCES p (id), name TEXT
        );
        CREATE UNIQUE INDEX once ON c (one, lower(name));
        CREATE UNIQUE INDEX lowered ON c (lower(name), other);
    """
    with made(tmp_path, up) as bench:
        bench.export(tmp_path / "school.sqlite")
    with contextlib.closing(sqlite3.connect(tmp_path / "school.sqlite")) as con:
        indexes = con.execute("SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'c' AND sql NOT NULL")
        over = sorted(re.search(r"ON \S+ \((.*)\)", sql)[1].replace('"', "") for (sql,) in indexes)
    assert over == ["lower(name), other", "one, lower(name)", "other"]


@pytest.mark.long
def test_a_value_that_sqlite_took_and_duckdb_does_not_is_reported(new_bench, own_school, tmp_path, bench):
    own_school.export(tmp_path / "school.sqlite")
    with sqlite3.connect(tmp_path / "school.sqlite") as con:
        for value, words in (
            ("'many'", f"required_days of the row {SURGERY} holds many, which is not a valid INTEGER."),
            ("3.5", f"required_days of the row {SURGERY} holds 3.5, which is not a valid INTEGER."),
        ):
            con.execute("UPDATE clerkships SET required_days = 5")
            con.execute(f"UPDATE clerkships SET required_days = {value} WHERE id = '{SURGERY}'")
            con.commit()
            with new_bench() as back:
                with pytest.raises(TargetError) as refusal:
                    back.import_from(tmp_path / "school.sqlite")
                assert f"clerkships cannot be read as the schema has it. {words}" in str(refusal.value)
                assert back.sql("FROM clerkships").empty
    with sqlite3.connect(tmp_path / "school.sqlite") as con:
        con.execute("UPDATE clerkships SET required_days = 5")
        con.execute("DELETE FROM health_systems")  # its foreign keys are off
        sites = [row for (row,) in con.execute("SELECT id FROM sites ORDER BY rowid")]
    with new_bench() as back:
        with pytest.raises(TargetError) as refusal:
            back.import_from(tmp_path / "school.sqlite")
        reported = str(refusal.value)
        assert reported.startswith(f"{tmp_path / 'school.sqlite'}: rows reference rows that are not there, from ")
        assert f"from sites ({', '.join(sites)}), to health_systems; " in reported
        assert f"preceptors ({DR_CHEN}" in reported
        assert "PRAGMA foreign_key_check lists them all. Nothing was changed." in reported
        assert back.sql("FROM clerkships").empty


@pytest.mark.long
def test_a_row_that_others_changed_meanwhile_is_not_lost(own_school, server):
    """The final comparison uses the snapshot that was read at the beginning."""
    schema = engines.new_schema()
    own_school.export(server, schema=schema)
    with own_school.con.cursor() as other:
        other.execute("UPDATE health_systems SET notes = 'new' WHERE id = ?", [METRO])
    own_school.export(server, schema=schema, replace=True)
    with clerkbench.open(server, schema=schema) as there:
        assert there.sql("SELECT notes FROM health_systems WHERE id = ?", [METRO])["notes"].tolist() == ["new"]
        assert there.sql("SELECT name FROM preceptors WHERE id = ?", [DR_CHEN])["name"].tolist() == ["Dr. Chen"]
