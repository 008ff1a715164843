"""Rows that a migration inserts belong to the schema. They do not prevent a load, and a rollback does not lose them."""

import pytest

import clerkbench
import engines
from clerkbench.errors import ArgumentError, DataLossError, RowsRejectedError, SeedError, TargetError
from databases import rows
from migration_files import add_migration

KINDS = """
CREATE TABLE kinds (
    id TEXT DEFAULT (CAST(gen_random_uuid() AS TEXT)) PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE TABLE kind_words (kind_id TEXT NOT NULL REFERENCES kinds (id) /* ON DELETE CASCADE */, word TEXT PRIMARY KEY);
INSERT INTO kinds (name) VALUES ('outpatient'), ('inpatient');
INSERT INTO kind_words SELECT id, name || '!' FROM kinds;
ALTER TABLE clerkships ADD COLUMN is_elective BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE preceptors ADD COLUMN kind TEXT;
UPDATE preceptors SET kind = (SELECT name FROM kinds WHERE name = 'inpatient');
"""
TAKEN_BACK = """
ALTER TABLE preceptors DROP COLUMN kind;
ALTER TABLE clerkships DROP COLUMN is_elective;
DROP TABLE kind_words;
DROP TABLE kinds;
"""


@pytest.fixture
def with_kinds(own_sql):
    add_migration(own_sql, KINDS, TAKEN_BACK)
    return own_sql


def opened(folder, path=None) -> clerkbench.Workbench:
    return clerkbench.open(path, sql_folder=folder)


@pytest.mark.long
def test_a_sample_school_can_be_seeded_beside_rows_that_a_migration_made(with_kinds):
    with opened(with_kinds) as bench:
        bench.seed("hybrid")
        assert len(bench.sql("FROM kinds")) == 2
        assert bench.audit(severity="error").empty


@pytest.mark.long
@pytest.mark.parametrize("ending", ["", ".xlsx"], ids=["folder", "workbook"])
def test_a_school_file_can_be_loaded_beside_rows_that_a_migration_made(with_kinds, tmp_path, ending):
    place = tmp_path / f"school{ending}"
    with opened(with_kinds) as bench, opened(with_kinds) as other:
        bench.seed("hybrid")
        bench.insert("kinds", {"name": "night"})
        bench.save(place)
        other.load(place)
        assert not bench.diff(other)
        assert other.sql("SELECT name FROM kinds ORDER BY name")["name"].to_list() == [
            "inpatient",
            "night",
            "outpatient",
        ]


@pytest.mark.long
def test_loading_a_file_without_the_rows_of_a_migration_keeps_these_rows(with_kinds, tmp_path, hybrid):
    hybrid.save(tmp_path / "school")
    with opened(with_kinds) as bench:
        bench.load(tmp_path / "school")
        assert sorted(bench.sql("FROM kinds")["name"]) == ["inpatient", "outpatient"]


@pytest.mark.long
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_shipped_school_comes_back_beside_rows_that_a_migration_made(with_kinds, tmp_path, server, engine):
    target, options = (
        (tmp_path / "school.sqlite", {}) if engine == "sqlite" else (server, {"schema": engines.new_schema()})
    )
    with opened(with_kinds) as bench, opened(with_kinds, tmp_path / "other.duckdb") as other:
        bench.seed("hybrid")
        bench.export(target, **options)
        other.import_from(target, **options)
        assert rows(other) == rows(bench)


def test_rows_of_a_user_still_prevent_the_load_of_a_school(with_kinds, tmp_path):
    with opened(with_kinds) as bench:
        bench.save(tmp_path / "school")
        bench.insert("kinds", {"name": "night"})
        before = rows(bench)
        with pytest.raises(SeedError, match=r"this one holds rows: kinds 3"):
            bench.seed("hybrid")
        with pytest.raises(ArgumentError, match=r"The database holds rows: kinds 3"):
            bench.load(tmp_path / "school")
        bench.update("kinds", "night", name="day")
        bench.delete("kinds", "inpatient")
        with pytest.raises(RowsRejectedError, match=r"this one holds rows: kinds 2"):
            bench.import_from(tmp_path / "none.sqlite")
        assert rows(bench) != before


@pytest.mark.long
def test_a_rollback_loses_neither_rows_nor_defaults_that_the_migration_made(own_sql, tmp_path, templates):
    file = tmp_path / "school.duckdb"
    file.write_bytes(templates.file("hybrid").read_bytes())
    add_migration(own_sql, KINDS, TAKEN_BACK)
    with opened(own_sql, file) as bench:
        bench.rollback()
        assert "kinds" not in list(bench.tables()["table"])
        bench.migrate()
        bench.rollback()
        assert len(bench.sql("FROM clerkships")) == 4


@pytest.mark.long
@pytest.mark.parametrize(
    ("written", "reported"),
    [
        ("UPDATE clerkships SET is_elective = TRUE WHERE name = 'Surgery'", "clerkships.is_elective 4"),
        ("INSERT INTO kinds (name) VALUES ('night')", "kinds 3"),
        ("UPDATE preceptors SET kind = NULL WHERE name LIKE 'Dr. C%'", "preceptors.kind "),
        ("UPDATE kind_words SET word = 'other' WHERE word = 'inpatient!'", "kind_words 2"),
    ],
)
def test_a_rollback_reports_what_somebody_wrote(own_sql, tmp_path, templates, written, reported):
    file = tmp_path / "school.duckdb"
    file.write_bytes(templates.file("hybrid").read_bytes())
    add_migration(own_sql, KINDS, TAKEN_BACK)
    with opened(own_sql, file) as bench:
        bench.con.execute(written)
        before = rows(bench)
        with pytest.raises(DataLossError) as error:
            bench.rollback()
        assert reported in str(error.value).partition("would discard rows or values: ")[2]
        assert rows(bench) == before
        bench.rollback(discard_data=True)


#: Two rows that a migration makes.
PAIR = "CREATE TABLE k (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO k VALUES (1, 'a'), (2, 'b');"


def test_values_that_a_user_exchanged_between_rows_count_as_changed(tmp_path):
    add_migration(tmp_path, "CREATE TABLE t (id INTEGER PRIMARY KEY);", "DROP TABLE t;")
    add_migration(tmp_path, PAIR, "DROP TABLE k;")
    with clerkbench.open(sql_folder=tmp_path) as bench:
        bench.save(tmp_path / "made.xlsx")
        bench.update("k", 1, v="b")
        bench.update("k", 2, v="a")
        with pytest.raises(DataLossError, match="would discard rows or values: k 2"):
            bench.rollback()
        with pytest.raises(ArgumentError, match="The database holds rows: k 2"):
            bench.load(tmp_path / "made.xlsx")
        bench.update("k", 1, v="a")
        bench.update("k", 2, v="b")
        bench.rollback()
        assert bench.tables()["table"].tolist() == ["t"]


@pytest.mark.long
def test_a_school_with_only_rows_of_migrations_does_not_replace_one_with_other_rows(own_sql, tmp_path):
    add_migration(own_sql, "CREATE TABLE kinds (id INTEGER PRIMARY KEY); INSERT INTO kinds VALUES (1);")
    target = tmp_path / "school.sqlite"
    with clerkbench.open(sql_folder=own_sql) as bare, clerkbench.open(sql_folder=own_sql) as full:
        full.seed("hybrid")
        bare.export(target)
        bare.export(target, replace=True)
        full.export(target, replace=True)
        with pytest.raises(TargetError, match="has no rows that anybody wrote, and all of these would be gone"):
            bare.export(target, replace=True)
