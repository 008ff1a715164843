"""Calls that describe the schema cover only the school's own tables, even if the database holds other objects."""

import uuid

import duckdb
import pytest

import clerkbench
from clerkbench.database.schema import read_schema
from databases import everything, made
from migration_files import add_migration


@pytest.fixture
def crowded(bench, tmp_path) -> clerkbench.Workbench:
    """A bench with namesakes of its tables in another schema, in another database and among temporary tables."""
    with duckdb.connect(tmp_path / "other.duckdb") as other:
        other.execute("CREATE TABLE sites (elsewhere INTEGER PRIMARY KEY CHECK (elsewhere > 7))")
    bench.con.execute(
        f"""
        ATTACH '{tmp_path / "other.duckdb"}' AS other;
        CREATE SCHEMA mine;
        CREATE TABLE mine.sites (mine INTEGER UNIQUE);
        CREATE TABLE mine.parents (id INTEGER PRIMARY KEY);
        CREATE TABLE mine.children (id INTEGER REFERENCES mine.parents (id));
        CREATE VIEW mine.overview AS SELECT 1 AS one;
        CREATE TEMP TABLE scratch (n INTEGER CHECK (n > 0));
        """
    )
    return bench


@pytest.mark.parametrize("look", ["tables", "areas", "relationships", "constraints"])
def test_only_the_tables_of_the_school_are_described(new_bench, crowded, look):
    with new_bench() as alone:
        assert getattr(crowded, look)().equals(getattr(alone, look)())


def test_a_table_is_described_as_it_is_in_the_school(new_bench, crowded):
    with new_bench() as alone:
        assert crowded.describe("sites").equals(alone.describe("sites"))


def test_areas_are_in_order(bench):
    assert bench.areas()["area"].is_monotonic_increasing


def test_a_table_of_ones_own_may_be_named_like_the_ledger(bench):
    bench.con.execute("CREATE TABLE clerkbench_notes (clerkship_id TEXT REFERENCES clerkships (id))")
    assert "clerkbench_notes" not in set(bench.tables()["table"])


def test_a_unique_index_or_a_partly_unique_key_makes_a_relationship_one_to_one(new_bench, own_sql):
    up = """
        CREATE TABLE badges (clerkship_id TEXT NOT NULL REFERENCES clerkships (id));
        CREATE UNIQUE INDEX one_badge ON badges (clerkship_id);
        CREATE TABLE desks (
            site_id TEXT NOT NULL UNIQUE,
            health_system_id TEXT NOT NULL,
            FOREIGN KEY (site_id, health_system_id) REFERENCES sites (id, health_system_id),
            CHECK (length(site_id) IN (1, 36))
        );
    """
    add_migration(own_sql, up, "DROP TABLE desks; DROP TABLE badges;")
    with new_bench(sql_folder=own_sql) as bench:
        keys = bench.relationships().set_index("child")["cardinality"]
        assert (keys["badges"], keys["desks"]) == ("one to one", "one to one")
        assert bench.describe("badges")["key"].tolist() == ["references clerkships.id, unique"]
        assert bench.describe("desks")["allowed_values"].tolist() == ["", ""]


# The database fills some columns itself: a new id and the timestamps of a row, in any spelling of the default.
@pytest.mark.first_cases(4)
@pytest.mark.parametrize(
    ("default", "is_its_own"),
    [
        ("gen_random_uuid()", True),
        ("CAST(uuid() AS TEXT)", True),
        ("uuidv4()", True),
        ("uuidv7()", True),
        ("CURRENT_TIMESTAMP", True),
        ("get_current_timestamp()", True),
        ("now()", True),
        ("current_date", True),
        ("today()", True),
        ("localtimestamp", True),
        ("'now'", False),
        ("'2026-01-01'", False),
        ("NULL", False),
    ],
)
def test_an_id_and_the_times_of_a_row_are_the_databases_own(tmp_path, default, is_its_own):
    up = f"CREATE TABLE t (id TEXT DEFAULT ({default}) PRIMARY KEY, created_at TEXT DEFAULT ({default}), name TEXT)"
    with made(tmp_path, up) as bench:
        own = read_schema(bench.con).tables["t"].managed_columns
    assert own == ({"id" if "uuid" in default else "created_at"} if is_its_own else set())


def test_another_column_with_a_clock_or_id_default_is_not_managed_by_the_database(tmp_path):
    """Only the key and the times of the row are the database's own: no default decides what a column means."""
    up = """
        CREATE TABLE visits (
            id INTEGER PRIMARY KEY,
            name TEXT UNIQUE,
            starts_on DATE NOT NULL DEFAULT current_date,
            told_at TIMESTAMP DEFAULT now(),
            ticket UUID DEFAULT gen_random_uuid()
        )
    """
    before = {"starts_on": "2026-01-05", "told_at": "2026-01-05 08:00:00", "ticket": str(uuid.UUID(int=1))}
    after = {"starts_on": "2026-02-05", "told_at": "2026-02-05 09:00:00", "ticket": str(uuid.UUID(int=2))}
    with made(tmp_path, up) as bench, bench.fork() as fork:
        bench.insert("visits", {"id": 1, "name": "First", **before})
        fork.insert("visits", {"id": 1, "name": "First", **after})
        found = bench.diff(fork).rows
        assert found[["column", "before", "after"]].values.tolist() == [
            ["starts_on", "2026-01-05", "2026-02-05"],
            ["told_at", "2026-01-05 08:00:00", "2026-02-05 09:00:00"],
            ["ticket", before["ticket"], after["ticket"]],
        ]
        fork.save(tmp_path / "school.xlsx")
        assert bench.load(tmp_path / "school.xlsx", mode="merge")["changed"].tolist() == [1]
        assert everything(bench)["visits"] == everything(fork)["visits"]


@pytest.mark.parametrize(
    ("columns", "key"),
    [
        ("id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE", ("id",)),
        ("code TEXT NOT NULL UNIQUE, n INTEGER", ("code",)),
        ("one TEXT UNIQUE, two TEXT NOT NULL, three TEXT NOT NULL, UNIQUE (two, three)", ("two", "three")),
        ("code TEXT UNIQUE", ("rowid",)),  # two rows without a code have no other identifier
    ],
)
def test_a_row_is_identified_by_its_primary_key_or_else_by_unique_not_null_columns(tmp_path, columns, key):
    with made(tmp_path, f"CREATE TABLE t ({columns})") as bench:
        assert read_schema(bench.con).tables["t"].row_key == key


def test_the_ledger_is_not_among_the_tables(bench):
    assert not [name for name in bench.tables()["table"] if name.startswith("clerkbench_")]
    assert set(bench.constraints()["table"]) == set(bench.tables()["table"])


def test_a_view_of_ones_own_can_be_described_and_survives_a_rollback(bench):
    bench.con.execute("CREATE VIEW mine AS SELECT name FROM clerkships; COMMENT ON COLUMN mine.name IS 'Its name.'")
    bench.rollback()
    bench.migrate()
    assert bench.describe("mine")[["column", "meaning"]].to_numpy().tolist() == [["name", "Its name."]]


def test_rows_are_counted_as_they_are_now(bench):
    before = bench.tables().set_index("table")["rows"]
    assert before.sum() == 0
    bench.insert("health_systems", [{"name": "Metro"}, {"name": "Riverside"}])
    assert bench.tables().set_index("table").loc["health_systems", "rows"] == 2


def test_parents_come_before_the_tables_that_refer_to_them(bench):
    order = list(bench.tables()["table"])
    for key in bench.relationships().itertuples():
        assert order.index(key.parent) < order.index(key.child)


@pytest.mark.parametrize(
    ("table", "column", "key"),
    [
        ("clerkships", "id", "primary key"),
        ("clerkships", "name", "unique"),
        ("clerkships", "specialty", ""),
        ("sites", "name", "unique with health_system_id"),
        ("clerkship_configurations", "clerkship_id", "references clerkships.id, unique"),
        ("preceptors", "site_id", "references sites.id"),
        (
            "preceptors",
            "health_system_id",
            "unique with id, references health_systems.id, references sites.health_system_id",
        ),
    ],
)
def test_a_column_says_what_key_it_is(bench, table, column, key):
    assert bench.describe(table).set_index("column").loc[column, "key"] == key


def test_a_constraint_is_listed_for_its_table_alone(bench):
    assert set(bench.constraints("Sites")["table"]) == {"sites"}
    assert list(bench.constraints().columns) == ["table", "kind", "columns", "definition", "rule"]


# Names that need quotes, a table that refers to itself, two keys to one parent, quotes and commas in allowed values.
def test_odd_names_and_values_do_not_break_the_description(new_bench, own_sql):
    up = """
        CREATE TABLE "Odd ""Table" (
            id TEXT NOT NULL PRIMARY KEY,
            "the parent" TEXT,
            "select" TEXT CHECK ("select" IN ('it''s', 'a, b', '')),
            grade INTEGER CHECK (grade IN (1, 2)),
            -- Above it stands another of its kind.
            FOREIGN KEY ("the parent") REFERENCES "Odd ""Table" (id) /* ON DELETE SET NULL */
        );
        CREATE TABLE twice (
            one TEXT NOT NULL REFERENCES "Odd ""Table" (id) /* ON DELETE CASCADE */,
            other TEXT UNIQUE REFERENCES "Odd ""Table" (id)
        );
    """
    add_migration(own_sql, up, 'DROP TABLE twice; DROP TABLE "Odd ""Table";')
    with new_bench(sql_folder=own_sql) as bench:
        columns = bench.describe('odd "table').set_index("column")
        assert columns.loc["select", "allowed_values"] == "it's, a, b, "
        assert columns.loc["grade", "allowed_values"] == "1, 2"
        assert columns.loc["the parent", "key"] == 'references Odd "Table.id'
        keys = bench.relationships()
        keys = keys[keys["parent"] == 'Odd "Table'][["child", "child_columns", "cardinality", "on_delete"]]
        assert keys.to_numpy().tolist() == [
            ['Odd "Table', "the parent", "many to one or none", "SET NULL"],
            ["twice", "one", "many to one", "CASCADE"],
            ["twice", "other", "one to one or none", "RESTRICT"],
        ]
        [row_id] = bench.insert('Odd "Table', {"id": "a", "select": "it's"})
        assert row_id == "a"
        assert bench.tables().set_index("table").loc['Odd "Table', "rows"] == 1
        bench.rollback(discard_data=True)
        assert 'Odd "Table' not in set(bench.tables()["table"])
