"""Tables that are detached in a transaction or for a migration are created again without any difference."""

import re
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

import clerkbench
from clerkbench.database.session import Session
from clerkbench.errors import MigrationError, QueryError, RowsRejectedError, SchemaError
from clerkbench.files.sql_files import SqlFiles
from databases import TWO_SCHOOLS, catalog_of, everything, made
from migration_files import add_migration
from small_school import SURGERY


@pytest.mark.parametrize("school", TWO_SCHOOLS)
def test_the_catalog_is_the_same_after_a_delete_in_a_transaction(new_bench, school):
    bench = new_bench(school)
    before = catalog_of(bench.con)
    views = {view: bench.sql(f"FROM {view}") for view in ("team_rosters", "effective_capacity")}
    with bench.transaction():
        bench.delete("clerkships", "Surgery" if school != "flexible" else "Psychiatry")
    assert catalog_of(bench.con) == before
    with new_bench() as fresh:
        assert bench.constraints().equals(fresh.constraints())
    assert all(list(bench.sql(f"FROM {view}").columns) == list(rows.columns) for view, rows in views.items())


# Everything that a table can have.
FURNISHED = """
    CREATE TABLE p (id INTEGER PRIMARY KEY, name TEXT);
    CREATE SEQUENCE numbers;
    CREATE TABLE "a ""table" (
        "i d" INTEGER DEFAULT nextval('numbers') PRIMARY KEY,
        "p" INTEGER NOT NULL REFERENCES p (id) /* ON DELETE CASCADE */,
        text TEXT COLLATE NOCASE DEFAULT 'it''s',
        twice INTEGER GENERATED ALWAYS AS ("i d" * 2),
        list INTEGER[],
        pair STRUCT(a INTEGER, b TEXT),
        amount DECIMAL(9, 2) DEFAULT 1.5 CHECK (amount > 0),
        moment TIMESTAMP WITH TIME ZONE,
        blob BLOB,
        UNIQUE ("p", text)
    );
    CREATE TABLE b (p INTEGER REFERENCES p (id) /* ON DELETE CASCADE */, x INTEGER, y INTEGER, CHECK (x < y));
    CREATE TABLE log (entry TEXT);
    CREATE INDEX by_amount ON "a ""table" (amount);
    CREATE UNIQUE INDEX "an ""index" ON "a ""table" (lower(text), coalesce(amount, 0));
    COMMENT ON TABLE "a ""table" IS 'It''s a table.';
    COMMENT ON COLUMN "a ""table"."i d" IS 'Its id.';
    COMMENT ON INDEX by_amount IS 'By its amount.';
    CREATE TRIGGER added AFTER INSERT ON b REFERENCING NEW TABLE AS n FOR EACH STATEMENT
    INSERT INTO log SELECT 'added ' || x FROM n;
"""
TABLE = '"a ""table"'


@pytest.fixture
def furnished(tmp_path):
    with made(tmp_path, FURNISHED) as bench:
        bench.insert("p", [{"id": 1, "name": "one"}, {"id": 2, "name": "two"}, {"id": 3, "name": "three"}])
        for number in range(9):
            bench.sql(
                f"INSERT INTO {TABLE} (p, text, list, pair, amount, moment, blob) "
                "VALUES (?, ?, [?, NULL], {'a': ?, 'b': 'x'}, ?, '2026-01-01 12:00:00+02', '\\x00\\xFF'::BLOB)",
                [1 + number % 3, f"t{number}", number, number, 1 + number / 4],
            )
            bench.sql("INSERT INTO b VALUES (?, ?, ?)", [1 + number % 3, number, number + 1])
        bench.sql("DELETE FROM log")
        yield bench


def described(bench) -> list[object]:
    con = bench.con
    return [
        *catalog_of(con),
        con.execute("SELECT trigger_name, table_name, sql FROM duckdb_triggers() ORDER BY ALL").fetchall(),
        con.execute("SELECT table_name, sql FROM duckdb_tables() ORDER BY ALL").fetchall(),
    ]


def test_everything_a_table_can_have_comes_back(furnished):
    before = described(furnished)
    rows = furnished.con.execute(f"SELECT CAST(t AS TEXT) FROM {TABLE} AS t WHERE p <> 2").fetchall()
    with furnished.transaction():
        furnished.delete("p", 2)
    assert described(furnished) == before
    # The rows exist in the same order, and no trigger fired for them.
    assert furnished.con.execute(f"SELECT CAST(t AS TEXT) FROM {TABLE} AS t").fetchall() == rows
    assert furnished.con.execute("FROM log").fetchall() == []
    furnished.sql("INSERT INTO b VALUES (1, 1, 2)")
    assert furnished.con.execute("FROM log").fetchall() == [("added 1",)]
    assert furnished.con.execute(f'INSERT INTO {TABLE} (p) VALUES (1) RETURNING "i d"').fetchall() == [(10,)]


def test_rows_that_are_only_detached_keep_every_value(furnished):
    before = furnished.con.execute(f"SELECT CAST(t AS TEXT) FROM {TABLE} AS t ORDER BY ALL").fetchall()
    furnished.con.execute("CREATE UNIQUE INDEX by_name ON p (name)")
    furnished.update("p", 2, name="another")  # which is indexed, and referenced
    assert furnished.sql("FROM log").empty, "a trigger took the rows for new ones"
    assert furnished.con.execute(f"SELECT CAST(t AS TEXT) FROM {TABLE} AS t ORDER BY ALL").fetchall() == before
    with furnished.transaction():
        furnished.update("p", 2, name="yet another")
        now = furnished.update(TABLE.strip('"').replace('""', '"'), 2, moment="2027-01-01 00:00+00", list=[7])
    assert now["moment"].startswith("2027-01-01 ")
    furnished.update('a "table', 2, moment="2026-01-01 12:00:00+02", list=[1, None])
    assert furnished.con.execute(f"SELECT CAST(t AS TEXT) FROM {TABLE} AS t ORDER BY ALL").fetchall() == before


def test_a_temporary_namesake_does_not_get_in_the_way(own_school):
    own_school.con.execute("CREATE TEMP TABLE preceptor_fallbacks (id TEXT)")
    with own_school.transaction():
        own_school.delete("clerkships", SURGERY)
    assert own_school.con.execute("SELECT count(*) FROM memory.main.preceptor_fallbacks").fetchone() == (1,)
    own_school.con.execute("DROP TABLE temp.preceptor_fallbacks")


class Forgetful:
    """A connection that loses the comments on what is made."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con

    def __getattr__(self, name: str) -> Any:
        return getattr(self.con, name)

    def execute(self, query: Any, parameters: Any = None) -> duckdb.DuckDBPyConnection:
        return self.con.execute("SELECT 1" if str(query).startswith("COMMENT ON") else query, parameters)


def test_a_change_fails_if_a_table_cannot_be_restored_exactly(own_school):
    before = everything(own_school)
    catalog = catalog_of(own_school.con)
    forgetful = clerkbench.Workbench(Session(Forgetful(own_school.con), None), SqlFiles())
    says = "DuckDB does not give back the table \\w+ as it was. Nothing was changed"
    with pytest.raises(SchemaError, match=says), forgetful.transaction():
        forgetful.delete("clerkships", SURGERY)
    assert everything(own_school) == before
    assert catalog_of(own_school.con) == catalog


def test_a_trigger_that_writes_to_a_detached_table_is_restored(furnished):
    furnished.sql(
        "CREATE TRIGGER first AFTER INSERT ON p REFERENCING NEW TABLE AS n FOR EACH STATEMENT "
        "INSERT INTO b SELECT id, 5, 6 FROM n"
    )
    before = described(furnished)
    with furnished.transaction():
        furnished.delete("p", 2)
    assert described(furnished) == before
    furnished.sql("DELETE FROM b")
    furnished.insert("p", {"id": 4})
    assert furnished.con.execute("FROM b").fetchall() == [(4, 5, 6)]


def test_a_migration_may_alter_a_table_with_triggers(tmp_path):
    add_migration(tmp_path, FURNISHED)
    add_migration(tmp_path, "ALTER TABLE b RENAME COLUMN y TO z; ALTER TABLE p DROP COLUMN name;")
    with clerkbench.open(sql_folder=tmp_path) as bench:
        bench.sql("INSERT INTO p VALUES (1)")
        bench.sql("INSERT INTO b VALUES (1, 7, 8)")
        assert bench.con.execute("FROM log").fetchall() == [("added 7",)]


def test_only_tables_with_affected_rows_are_rebuilt(own_school):
    numbers = "SELECT table_name, table_oid FROM duckdb_tables()"
    before = dict(own_school.con.execute(numbers).fetchall())
    with own_school.transaction():
        own_school.delete("clerkships", "Pediatrics")  # which has no dependents
    assert dict(own_school.con.execute(numbers).fetchall()) == before
    with own_school.transaction():
        own_school.delete("preceptor_teams", "Surgery A")
    after = dict(own_school.con.execute(numbers).fetchall())
    assert {table for table in after if after[table] != before[table]} == {"preceptor_team_members"}


# --- migrations that alter a referenced table

#: Each statement with the statement that reverts it.
ALTERATIONS = [
    ("ALTER TABLE preceptors RENAME COLUMN specialty TO field;", "ALTER TABLE preceptors RENAME field TO specialty;"),
    ("ALTER TABLE clerkships RENAME COLUMN id TO key;", "ALTER TABLE clerkships RENAME COLUMN key TO id;"),
    ('ALTER TABLE preceptors RENAME TO "the Doctors";', 'ALTER TABLE "the Doctors" RENAME TO preceptors;'),
    (
        "ALTER TABLE clerkships ALTER required_days DROP NOT NULL;",
        "ALTER TABLE clerkships ALTER required_days SET NOT NULL;",
    ),
    ("ALTER TABLE sites ALTER COLUMN notes TYPE VARCHAR;", "SELECT 1;"),
    ("ALTER TABLE health_systems ADD COLUMN beds INTEGER;", "ALTER TABLE health_systems DROP COLUMN beds;"),
    # an index of its own stands in the way as well
    (
        "ALTER TABLE preceptor_fallbacks RENAME priority TO turn;",
        "ALTER TABLE preceptor_fallbacks RENAME turn TO priority;",
    ),
]  # fmt: skip


@pytest.fixture
def small_schema(own_sql):
    """The schema without its views, which would not survive other names."""
    for view in (own_sql / "views").glob("*.sql"):
        view.unlink()
    return own_sql


@pytest.fixture(scope="module")
def of_small_schema(templates, tmp_path_factory) -> Path:
    """The hybrid school of that schema. Each test works on a copy."""
    folder = tmp_path_factory.mktemp("of_small_schema")
    shutil.copytree(SqlFiles().folder, folder / "sql", ignore=shutil.ignore_patterns("views"))
    (folder / "sql" / "views").mkdir()
    templates.copy("hybrid", folder / "school.duckdb", sql_folder=folder / "sql").close()
    return folder / "school.duckdb"


@pytest.mark.first_cases(1)
@pytest.mark.parametrize(("up", "down"), ALTERATIONS, ids=[up for up, _ in ALTERATIONS])
def test_a_migration_may_alter_a_table_that_others_reference(small_schema, of_small_schema, tmp_path, up, down):
    file = shutil.copyfile(of_small_schema, tmp_path / "school.duckdb")
    with clerkbench.open(file, sql_folder=small_schema) as bench:
        catalog, rows = catalog_of(bench.con), everything(bench)
        plan = bench.delete_plan("clerkships", "Surgery").drop(columns="path")
    add_migration(small_schema, up, down)
    with clerkbench.open(file, sql_folder=small_schema) as bench:
        assert catalog_of(bench.con) != catalog or up.startswith("ALTER TABLE sites")
        assert set(bench.relationships()["on_delete"]) == {"CASCADE", "RESTRICT"}
        assert bench.delete_plan("clerkships", "Surgery").drop(columns="path").equals(plan)
        promises = bench.constraints()
        assert (promises["rule"][promises["kind"].isin(["unique", "check", "foreign key"])] != "").all()
        bench.rollback()
        assert catalog_of(bench.con) == catalog
        kept = everything(bench)
        assert {table: kept[table] for table in kept if table[:10] != "clerkbench"} == {
            table: rows[table] for table in rows if table[:10] != "clerkbench"
        }


@pytest.mark.first_cases(4)
@pytest.mark.parametrize(
    ("alteration", "rule"),
    [
        ("ADD PRIMARY KEY (n)", "PRIMARY KEY(n)"),
        ("ADD CONSTRAINT once PRIMARY KEY (n)", "PRIMARY KEY(n)"),
        ("ADD UNIQUE (n)", "UNIQUE(n)"),
        ("ADD COLUMN n TEXT DEFAULT 'a.b'", "UNIQUE(id)"),
        ("ADD COLUMN n BOOLEAN NOT NULL DEFAULT FALSE", "NOT NULL"),
        ("ADD COLUMN n INTEGER DEFAULT (3) UNIQUE", "UNIQUE(n)"),
        ("ADD n TEXT NOT NULL DEFAULT ('x')", "NOT NULL"),
        ("ADD COLUMN part.y INTEGER", "UNIQUE(id)"),
    ],
)
def test_a_migration_may_add_to_a_table_that_others_reference(tmp_path, alteration, rule):
    number = "" if " n " in alteration else "n INTEGER NOT NULL DEFAULT 1,"
    up = f"""
        CREATE TABLE p ({number} id INTEGER UNIQUE, part STRUCT(x INTEGER));
        CREATE TABLE c (p INTEGER REFERENCES p (id) /* ON DELETE CASCADE */);
        INSERT INTO p (id) VALUES (7);
        INSERT INTO c VALUES (7);
    """
    made(tmp_path, up).close()
    add_migration(tmp_path, f"ALTER TABLE p {alteration};")
    with clerkbench.open(sql_folder=tmp_path) as bench:
        assert rule in set(bench.constraints("p")["definition"])
        assert bench.sql("FROM c")["p"].tolist() == [7]
        assert bench.relationships()["on_delete"].tolist() == ["CASCADE"]


def test_a_migration_may_rebuild_a_referenced_table(small_schema, seeded, new_bench):
    columns = "id, name, specialty, required_days, description, created_at, updated_at"
    add_migration(
        small_schema,
        f"""
        CREATE TABLE aside AS SELECT * FROM clerkships;
        DROP TABLE clerkships;
        CREATE TABLE clerkships (
            id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL UNIQUE, specialty TEXT NOT NULL,
            required_days INTEGER NOT NULL, description TEXT, created_at TIMESTAMP NOT NULL,
            updated_at TIMESTAMP NOT NULL,
            -- No clerkship lasts a year.
            CHECK (required_days < 365)
        );
        INSERT INTO clerkships SELECT {columns} FROM aside;
        DROP TABLE aside;
        UPDATE clerkship_configurations SET notes = 'seen';
        """,
    )
    with new_bench("hybrid", sql_folder=small_schema) as bench:
        kept = f"SELECT {columns} FROM clerkships ORDER BY id"
        assert bench.sql(kept).equals(seeded["hybrid"].sql(kept))
        assert "No clerkship lasts a year." in set(bench.constraints("clerkships")["rule"])
        assert set(bench.sql("FROM clerkship_configurations")["notes"]) == {"seen"}
        assert bench.delete("clerkships", "Surgery")["table"].nunique() > 3


@pytest.mark.first_cases(1)
@pytest.mark.parametrize(
    "up",
    [
        "ALTER TABLE part RENAME TO piece;",
        # a rebuild of the table without a second copy of its rows
        """
        CREATE TABLE piece (
            id INTEGER PRIMARY KEY, whole TEXT REFERENCES whole (id) /* ON DELETE CASCADE */, name TEXT,
            up INTEGER REFERENCES piece (id) /* ON DELETE CASCADE */
        );
        INSERT INTO piece SELECT id, whole, name, up FROM part WHERE up IS NULL;
        INSERT INTO piece SELECT id, whole, name, up FROM part WHERE up IS NOT NULL;
        DROP TABLE bit;
        DROP TABLE part;
        ALTER TABLE piece RENAME TO part;
        CREATE TABLE bit (id INTEGER PRIMARY KEY, part INTEGER REFERENCES part (id) /* ON DELETE CASCADE */);
        INSERT INTO bit VALUES (1, 2);
        ALTER TABLE part RENAME TO "PIECE";
        ALTER TABLE "PIECE" RENAME TO piece;
        """,
    ],
    ids=["renamed", "rebuilt and renamed"],
)
def test_a_table_that_references_others_and_itself_may_be_renamed(tmp_path, up):
    add_migration(
        tmp_path,
        "CREATE TABLE whole (id TEXT PRIMARY KEY); INSERT INTO whole VALUES ('a'), ('b');"
        "CREATE TABLE part (id INTEGER PRIMARY KEY, whole TEXT REFERENCES whole (id) /* ON DELETE CASCADE */,"
        " name TEXT, up INTEGER REFERENCES part (id) /* ON DELETE CASCADE */); CREATE INDEX by_name ON part (name);"
        "INSERT INTO part VALUES (1, 'a', 'one', NULL); INSERT INTO part VALUES (2, 'b', 'two', 1);"
        "CREATE TABLE bit (id INTEGER PRIMARY KEY, part INTEGER REFERENCES part (id) /* ON DELETE CASCADE */);"
        "INSERT INTO bit VALUES (1, 2);",
    )
    add_migration(tmp_path, up)
    file = tmp_path / "parts.duckdb"
    clerkbench.open(file, sql_folder=tmp_path).close()
    with clerkbench.open(file, sql_folder=tmp_path) as bench:
        assert bench.relationships()[["child", "parent"]].sort_values(["child", "parent"]).values.tolist() == [
            ["bit", "piece"], ["piece", "piece"], ["piece", "whole"]
        ]  # fmt: skip
        # DuckDB itself knows the references, of the table and to it.
        for statement in ("DELETE FROM whole WHERE id = 'b'", "DELETE FROM piece WHERE id = 2"):
            with pytest.raises(QueryError, match="still reference a row to delete"):
                bench.sql(statement)
        with pytest.raises(QueryError, match="A row would reference a row that does not exist"):
            bench.sql("INSERT INTO piece VALUES (3, 'c', 'three', NULL)")
        assert bench.delete("whole", "a")["id"].tolist() == ["a", 1, 2, 1]
        assert bench.tables()["rows"].tolist() == [1, 0, 0]
        bench.delete("whole", "b")


# A table and a column of the same name; DROP of a detached table; DROP with parents first.
TANGLED = [
    "ALTER TABLE code RENAME TO codes;",
    "ALTER TABLE code RENAME COLUMN code TO key;",
    "DROP TABLE code; DROP TABLE use;",
    "DROP TABLE code; CREATE TABLE code (code TEXT PRIMARY KEY); INSERT INTO code VALUES ('a'), ('b');",
]


@pytest.mark.parametrize("up", TANGLED)
def test_a_migration_may_drop_and_rename_what_is_named_alike(tmp_path, up):
    add_migration(
        tmp_path,
        "CREATE TABLE code (code TEXT PRIMARY KEY); INSERT INTO code VALUES ('a'), ('b');"
        "CREATE TABLE use (id INTEGER PRIMARY KEY, code TEXT REFERENCES code (code) /* ON DELETE CASCADE */);"
        "INSERT INTO use VALUES (1, 'a'), (2, 'b'), (3, NULL);",
    )
    add_migration(tmp_path, up)
    with clerkbench.open(sql_folder=tmp_path) as bench:
        if "DROP TABLE use" in up:
            assert bench.tables().empty
        else:
            assert bench.con.execute("FROM use ORDER BY id").fetchall() == [(1, "a"), (2, "b"), (3, None)]
            [key] = bench.relationships().itertuples()
            assert bench.delete(key.parent, "a")["id"].tolist() == ["a", 1]


# ``d`` is detached first, for ``c``, then ``b``, for ``a``. ``d`` references ``b``, so ``b`` must be reattached first.
def test_tables_are_reattached_in_the_reverse_order_of_their_detaching(tmp_path):
    parents = "CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE c (id INTEGER PRIMARY KEY);"
    rows = "INSERT INTO a VALUES (1); INSERT INTO c VALUES (1);"
    children = """
        CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER REFERENCES a (id) /* ON DELETE CASCADE */);
        CREATE TABLE d (
            id INTEGER PRIMARY KEY,
            b INTEGER REFERENCES b (id) /* ON DELETE CASCADE */,
            c INTEGER REFERENCES c (id) /* ON DELETE CASCADE */
        );
        INSERT INTO b VALUES (1, 1); INSERT INTO d VALUES (1, 1, 1);
    """
    add_migration(tmp_path, parents + rows + children)
    add_migration(tmp_path, f"DROP TABLE c; DROP TABLE a; {parents} {rows}")
    with clerkbench.open(sql_folder=tmp_path) as bench:
        assert bench.con.execute("FROM d").fetchall() == [(1, 1, 1)]
        assert bench.delete("a", 1)["table"].tolist() == ["a", "b", "d"]


# Impossible migrations. The error names the cause, and the migration is rolled back.
IMPOSSIBLE = [
    (
        "DROP TABLE clerkships;",
        " cannot be created again: Table with name clerkships does not exist.",
    ),
    (
        "ALTER TABLE clerkships RENAME TO rotations; CREATE TABLE x (id TEXT REFERENCES clerkships (id));",
        "failed at “CREATE TABLE x",
    ),
    ("ALTER TABLE clerkships DROP COLUMN id;", "failed at “ALTER TABLE clerkships DROP COLUMN id;”"),
    (
        "DROP TABLE sites; CREATE TABLE sites (id TEXT PRIMARY KEY, health_system_id TEXT);",
        'preceptors cannot be created again: referenced table "sites" does not have a primary key or unique '
        "constraint on the columns id,health_system_id.",
    ),
    ("ALTER TABLE sites RENAME TO clerkships;", 'sites cannot be created again: Table with name "clerk'),
    # rows that do not fit the rebuilt table: the error names the statement that detached them
    (
        "DROP TABLE clerkships; CREATE TABLE clerkships (id TEXT PRIMARY KEY); CREATE TABLE x (id TEXT);",
        "failed at “DROP TABLE clerkships;”: A row would reference a row that does not exist: no row has id: ",
    ),
]  # fmt: skip


@pytest.mark.first_cases(1)
@pytest.mark.parametrize(("up", "says"), IMPOSSIBLE, ids=[up for up, _ in IMPOSSIBLE])
def test_a_migration_that_cannot_be_done_leaves_everything(small_schema, of_small_schema, tmp_path, up, says):
    file = shutil.copyfile(of_small_schema, tmp_path / "school.duckdb")
    with clerkbench.open(file, sql_folder=small_schema) as bench:
        catalog, rows = catalog_of(bench.con), everything(bench)
    add_migration(small_schema, up)
    with pytest.raises(MigrationError, match=re.escape(says)) as failure:
        clerkbench.open(file, sql_folder=small_schema)
    assert "It was rolled back" in str(failure.value)
    assert "oreign key" not in str(failure.value)
    with clerkbench.open(file, sql_folder=small_schema, migrate=False) as bench:
        assert catalog_of(bench.con) == catalog
        assert everything(bench) == rows


PARENT_AND_CHILD = (
    "CREATE TABLE p (id INTEGER PRIMARY KEY, name TEXT); CREATE INDEX i ON p (name);"
    "CREATE TABLE c (p INTEGER REFERENCES p (id) /* ON DELETE CASCADE */); CREATE INDEX j ON c (p);"
)


@pytest.mark.first_cases(2)
@pytest.mark.parametrize(
    ("change", "key"),
    [
        ("ALTER TABLE p ADD COLUMN k INTEGER NOT NULL DEFAULT 7; ALTER TABLE p RENAME COLUMN id TO key;", "p.key"),
        ("-- anew\nCREATE OR REPLACE TABLE p (id INTEGER PRIMARY KEY, name TEXT);", "p.id"),
        ("CREATE TEMP TABLE c AS SELECT * FROM c; DROP TABLE temp.c;", "p.id"),
        ("CREATE TEMPORARY TABLE c AS SELECT * FROM c; DROP TABLE c; CREATE TABLE temp (id INTEGER);", "p.id"),
        ("ALTER TABLE c ADD COLUMN k INTEGER NOT NULL DEFAULT 7;", "p.id"),
        ("ALTER TABLE p ADD COLUMN k INTEGER NOT NULL DEFAULT 7; UPDATE p SET k = 8;", "p.id"),
        ("CREATE /* anew */ OR REPLACE TABLE p (id INTEGER PRIMARY KEY, name TEXT);", "p.id"),
    ],
)
def test_a_delete_rule_is_kept_through_other_changes_of_a_migration(tmp_path, change, key):
    add_migration(tmp_path, PARENT_AND_CHILD)
    add_migration(tmp_path, change)
    with clerkbench.open(sql_folder=tmp_path) as bench:
        found = bench.relationships()
        assert (found["parent"] + "." + found["parent_columns"]).tolist() == [key]
        assert found["on_delete"].tolist() == ["CASCADE"]


def test_the_key_that_a_table_references_itself_by_can_be_renamed(tmp_path):
    add_migration(tmp_path, "CREATE TABLE p (id INTEGER PRIMARY KEY, boss INTEGER REFERENCES p (id));")
    with clerkbench.open(tmp_path / "p.duckdb", sql_folder=tmp_path) as bench:
        bench.insert("p", [{"id": 1}, {"id": 2, "boss": 1}])
    add_migration(tmp_path, "ALTER TABLE p RENAME COLUMN id TO key;")
    with clerkbench.open(tmp_path / "p.duckdb", sql_folder=tmp_path) as bench:
        assert bench.con.execute("FROM p ORDER BY key").fetchall() == [(1, None), (2, 1)]
        with pytest.raises(RowsRejectedError):
            bench.insert("p", {"key": 3, "boss": 9})


@pytest.mark.long
def test_adding_a_unique_column_to_an_indexed_table_is_refused_with_an_alternative(tmp_path):
    add_migration(tmp_path, PARENT_AND_CHILD)
    add_migration(tmp_path, "ALTER TABLE p ADD COLUMN k INTEGER UNIQUE;")
    with pytest.raises(MigrationError, match="Add the column without it, then CREATE UNIQUE INDEX"):
        clerkbench.open(sql_folder=tmp_path)
