"""From the third on, a new database in one process is a copy of a template: it must be what its migrations make."""

import datetime
from collections import OrderedDict

import duckdb
import pytest

import clerkbench
from clerkbench.migrations import template
from databases import catalog_of, made
from migration_files import MIGRATIONS, add_migration

#: What a copy could get wrong: a constraint that calls a macro, a table that references itself, a type, an index.
ODD = """
    CREATE MACRO is_short(word) AS length(word) < 9;
    CREATE TYPE shift AS ENUM ('day', 'night');
    CREATE TABLE people (
        id INTEGER NOT NULL PRIMARY KEY, name TEXT CHECK (is_short(name)), works shift DEFAULT 'day',
        boss INTEGER REFERENCES people (id) /* ON DELETE SET NULL */, known TIMESTAMP DEFAULT CURRENT_TIMESTAMP
    );
    COMMENT ON TABLE people IS 'Who is here.';
    COMMENT ON COLUMN people.works IS 'When.';
    CREATE UNIQUE INDEX one_a_name ON people (lower(name));
"""


@pytest.fixture(autouse=True)
def no_template(monkeypatch):
    """As in a process that has opened nothing yet."""
    monkeypatch.setattr(template, "TEMPLATES", OrderedDict())
    monkeypatch.setattr(template, "MADE_ONCE", set())


@pytest.fixture
def odd(own_sql):
    add_migration(own_sql, ODD, "DROP TABLE people; DROP TYPE shift; DROP MACRO is_short;")
    return own_sql


@pytest.mark.parametrize("place", ["in memory", "in a file"])
def test_all_new_databases_are_alike(odd, tmp_path, place):
    found = []
    for number in range(5):
        path = None if place == "in memory" else tmp_path / f"{number}.duckdb"
        with clerkbench.open(path, sql_folder=odd) as bench:
            ledger = bench.sql("SELECT * EXCLUDE (applied_at) FROM clerkbench_migrations")
            frames = bench.tables(), bench.relationships(), ledger
            found.append([*catalog_of(bench.con), *(each.to_dict() for each in frames)])
            bench.insert("people", {"id": 1, "name": "Chen"})
            bench.insert("people", {"id": 2, "name": "Silva", "boss": 1})
            with pytest.raises(clerkbench.errors.RowsRejectedError, match="is_short"):
                bench.insert("people", {"id": 3, "name": "Dr. Okafor"})
            bench.delete("people", 1)
            assert bench.con.execute("SELECT name, works, boss FROM people").fetchall() == [("Silva", "day", None)]
        if number == 0:  # the next one is made from a template of all migrations but the last
            with clerkbench.open(migrate=False, sql_folder=odd) as bench:
                bench.migrate(to=len(MIGRATIONS))
            assert [len(each.migrations) for each in template.TEMPLATES] == [len(MIGRATIONS)]
    assert len(template.TEMPLATES) == 2
    assert found[1:] == found[:-1]


def test_a_copy_was_migrated_when_it_was_made():
    for _ in range(2):
        clerkbench.open().close()
    before = datetime.datetime.now()
    with clerkbench.open() as bench:
        assert len(template.TEMPLATES) == 1
        assert (bench.migrations()["applied_at"] >= before).all()


def test_rows_that_a_migration_stores_have_other_ids_in_each_database(tmp_path):
    ids = []
    made(tmp_path, "CREATE TABLE notes (id TEXT DEFAULT uuid()); INSERT INTO notes VALUES (DEFAULT);").close()
    for _ in range(4):
        with clerkbench.open(sql_folder=tmp_path) as bench:
            ids += bench.sql("FROM notes")["id"].tolist()
    assert len(set(ids)) == 4


def test_what_somebody_made_in_one_database_is_not_in_another():
    for number in range(4):
        with clerkbench.open(migrate=False) as bench:
            bench.con.execute(f"CREATE MACRO mine{number}() AS {number}; CREATE SCHEMA own{number}")
            bench.migrate()
            [found] = bench.con.execute("SELECT count(*) FROM duckdb_functions() WHERE NOT internal").fetchone()
            assert found == 1
    assert template.TEMPLATES == {}


@pytest.mark.parametrize("fault", ["gone", "damaged", "forbidden"])
def test_a_template_that_cannot_be_copied_is_not_needed(fault):
    for _ in range(2):
        with clerkbench.open() as bench:
            before = catalog_of(bench.con)
    [file] = template.TEMPLATES.values()
    if fault == "gone":
        file.unlink()
    if fault == "damaged":
        with duckdb.connect(file) as con:  # only the copy finds it
            con.execute("CREATE TEMP MACRO gone(a) AS a > 0; CREATE TABLE odd (a INTEGER CHECK (gone(a)))")
    with clerkbench.open(migrate=False) as bench:
        if fault == "forbidden":
            bench.con.execute("SET enable_external_access = FALSE")
        bench.migrate()
        assert catalog_of(bench.con) == before
        names = bench.con.execute("SELECT current_database(), list(database_name) FROM duckdb_databases()").fetchone()
        assert names == ("memory", ["memory", "system", "temp"])
    assert file not in template.TEMPLATES.values()


def test_a_view_that_does_not_run_rolls_back_only_the_last_migration(own_sql):
    """Also where there is a template of all migrations, without views."""
    last = add_migration(own_sql, "CREATE TABLE extra (id TEXT);", "DROP TABLE extra;")
    next_one = add_migration(own_sql, "CREATE TABLE more (id TEXT);", "DROP TABLE more;")
    with clerkbench.open(migrate=False, sql_folder=own_sql) as bench:
        bench.migrate(to=last.version)
    for file in (own_sql / "migrations").glob(f"{next_one.version:04}*"):
        file.unlink()
    (own_sql / "views" / "broken.sql").write_text("CREATE VIEW broken AS SELECT gone FROM sites;", encoding="utf-8")
    with clerkbench.open(migrate=False, sql_folder=own_sql) as bench:
        with pytest.raises(clerkbench.errors.MigrationError, match=r"broken\.sql failed"):
            bench.migrate()
        assert bench.migrations()["status"].tolist() == ["applied"] * (last.version - 1) + ["pending"]
