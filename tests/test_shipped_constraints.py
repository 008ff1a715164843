"""The engine itself enforces the constraints and delete rules of an exported school."""

import sqlite3
from collections.abc import Iterator

import pytest
from adbc_driver_manager.dbapi import Error

import clerkbench
import engines
from constraint_cases import CASES, Case
from contract import REQUIRED
from databases import ROOT, TWO_SCHOOLS, made
from small_school import ANOTHER

WRONG_TYPE = {"INTEGER": "several", "BOOLEAN": "perhaps", "TIMESTAMP": "some day"}

#: The SQLSTATE of PostgreSQL for a violation of each kind of constraint.
STATES = {"unique": "23505", "check": "23514", "foreign_key": "23503", "not_null": "23502"}

#: What SQLite says of it.
SQLITE = {
    "unique": "UNIQUE constraint failed",
    "check": "CHECK constraint failed",
    "foreign_key": "FOREIGN KEY constraint failed",
    "not_null": "NOT NULL constraint failed",
}


@pytest.fixture(scope="module")
def on_server(server, small_school) -> Iterator[object]:
    """The small school on PostgreSQL, to be left as it is."""
    schema = engines.new_schema()
    small_school.export(server, schema=schema)
    with engines.connected(server, schema) as con:
        yield con


@pytest.fixture(scope="module")
def in_file(tmp_path_factory, small_school) -> sqlite3.Connection:
    """The small school in an SQLite file, to be left as it is."""
    path = tmp_path_factory.mktemp("sqlite") / "school.sqlite"
    small_school.export(path)
    return engines.in_sqlite(path)


def insert(table: str, row: dict[str, object]) -> str:
    values = ", ".join("NULL" if value is None else "'" + str(value).replace("'", "''") + "'" for value in row.values())
    return f"INSERT INTO {table} ({', '.join(row)}) VALUES ({values})"


def refused_by_postgresql(con: object, statement: str) -> str:
    """The SQLSTATE of the rejection, or an empty text. The statement is always rolled back."""
    engines.run(con, "BEGIN")
    try:
        engines.run(con, statement)
    except Error as error:
        return str(error.sqlstate)
    finally:
        engines.run(con, "ROLLBACK")
    return ""


def refused_by_sqlite(con: sqlite3.Connection, statement: str) -> str:
    con.execute("BEGIN")
    try:
        con.execute(statement)
    except sqlite3.IntegrityError as error:
        return str(error)
    finally:
        con.execute("ROLLBACK")
    return ""


@pytest.mark.parametrize("table", sorted(ANOTHER))
def test_the_row_that_the_cases_start_from_is_taken(on_server, in_file, table):
    assert refused_by_postgresql(on_server, insert(table, ANOTHER[table])) == ""
    assert refused_by_sqlite(in_file, insert(table, as_sqlite(ANOTHER[table]))) == ""


def as_sqlite(row: dict[str, object]) -> dict[str, object]:
    return {column: int(value) if isinstance(value, bool) else value for column, value in row.items()}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_row_that_breaks_a_constraint_is_refused_there_too(on_server, in_file, case: Case):
    row = ANOTHER[case.table] | case.changes
    kind = case.violation.partition(":")[0]
    assert refused_by_postgresql(on_server, insert(case.table, row)) == STATES[kind]
    assert refused_by_sqlite(in_file, insert(case.table, as_sqlite(row))).startswith(SQLITE[kind])


@pytest.mark.parametrize(("table", "column"), REQUIRED)
def test_a_column_that_takes_no_null_takes_none_there_either(on_server, in_file, table, column):
    row = ANOTHER[table] | {column: None}
    assert refused_by_postgresql(on_server, insert(table, row)) == STATES["not_null"]
    assert refused_by_sqlite(in_file, insert(table, as_sqlite(row))).startswith(SQLITE["not_null"])


def test_a_wrong_type_is_refused_by_postgresql_and_taken_by_sqlite_as_the_docs_say(on_server, in_file, small_school):
    """SQLite stores values of a wrong type. A check rejects only what it can compare: 'several' > 0 is true there."""
    taken = set()
    for table, row in ANOTHER.items():
        described = small_school.describe(table)
        for column, kind in zip(described["column"], described["type"], strict=True):
            if kind in WRONG_TYPE:
                wrong = insert(table, as_sqlite(row) | {column: WRONG_TYPE[kind]})
                assert refused_by_postgresql(on_server, wrong) in {"22P02", "22007"}
                if refused_by_sqlite(in_file, wrong) == "":
                    taken.add(kind)
    assert taken == {"INTEGER", "BOOLEAN", "TIMESTAMP"}
    docs = (ROOT / "docs" / "shipping.md").read_text(encoding="utf-8")
    assert "| a value of another type | rejected | rejected | **stored as it is** |" in docs
    blank = insert("health_systems", ANOTHER["health_systems"] | {"name": "\u00a0"})
    assert refused_by_postgresql(on_server, blank) == refused_by_sqlite(in_file, blank) == ""
    assert "special blanks, such as no-break spaces | rejected | **taken** | **taken** |" in docs
    yesterday = insert("health_systems", ANOTHER["health_systems"] | {"created_at": "yesterday"})
    assert refused_by_postgresql(on_server, yesterday) == refused_by_sqlite(in_file, yesterday) == ""
    assert "| `yesterday` for a time | rejected | **taken**, as the day before | stored as it is |" in docs


# --- deletes


def planned(bench: clerkbench.Workbench, table: str, row: str) -> dict[str, set[str]] | None:
    """The rows that a delete takes with it; None for one that is refused."""
    plan = bench.delete_plan(table, row)
    if "restrict" in set(plan["action"]):
        return None
    gone = plan[plan["action"] == "delete"]
    return {each: set(ids) for each, ids in gone.groupby("table")["id"]}


def deleted(con: object, table: str, row: str, tables: list[str], before: dict[str, set[str]]):
    """The rows that a real DELETE takes with it; None for one that is refused. All of it is taken back."""
    engines_run = con.execute if isinstance(con, sqlite3.Connection) else lambda statement: engines.run(con, statement)
    engines_run("BEGIN")
    try:
        engines_run(f"DELETE FROM {table} WHERE id = '{row}'")
        after = engines.contents(con, tables)
    except (Error, sqlite3.IntegrityError) as error:
        assert getattr(error, "sqlstate", None) == "23503" or "FOREIGN KEY" in str(error)
        return None
    finally:
        engines_run("ROLLBACK")
    return {each: before[each] - after[each] for each in tables if before[each] != after[each]}


@pytest.mark.long
@pytest.mark.parametrize("school", TWO_SCHOOLS)
def test_deleting_any_row_takes_what_the_delete_plan_says(seeded, server, tmp_path, school):
    bench = seeded[school]
    tables = bench.tables()["table"].tolist()
    schema = engines.new_schema()
    bench.export(server, schema=schema)
    bench.export(tmp_path / "school.sqlite")
    in_file = engines.in_sqlite(tmp_path / "school.sqlite")
    outcomes = set()
    with engines.connected(server, schema) as on_server:
        before = engines.contents(on_server, tables)
        assert engines.contents(in_file, tables) == before
        for table in tables:
            for row in sorted(before[table]):
                plan = planned(bench, table, row)
                assert deleted(on_server, table, row, tables, before) == plan
                assert deleted(in_file, table, row, tables, before) == plan
                outcomes.add((table, plan is None))
    assert {table for table, _ in outcomes} == {table for table in tables if before[table]}
    restricting = bench.relationships().query("on_delete == 'RESTRICT'")
    parents = {key.parent for key in restricting.itertuples() if before[key.child]}
    assert {table for table, refused in outcomes if refused} == parents >= {"health_systems", "sites"}


def test_set_null_restrict_and_composite_keys_are_exported_with_their_actions(tmp_path, server):
    up = """
        CREATE TABLE a (id TEXT NOT NULL PRIMARY KEY, k TEXT, UNIQUE (id, k));
        CREATE TABLE b (
            id TEXT NOT NULL PRIMARY KEY, a TEXT REFERENCES a (id) /* ON DELETE SET NULL */,
            c TEXT REFERENCES a (id) /* ON DELETE RESTRICT */, d TEXT, e TEXT,
            FOREIGN KEY (d, e) REFERENCES a (id, k) /* on delete  cascade */
        );
    """
    rows = {
        "a": [{"id": each, "k": "k"} for each in ("gone", "held", "both", "free")],
        "b": [
            {"id": "emptied", "a": "gone"},
            {"id": "deleted", "d": "gone", "e": "k"},
            {"id": "half", "d": "gone"},
            {"id": "holds", "c": "held"},
            {"id": "goes as well", "c": "both", "d": "both", "e": "k"},
        ],
    }
    schema = engines.new_schema()
    with made(tmp_path, up) as bench:
        for table, given in rows.items():
            bench.insert(table, given)
        bench.export(server, schema=schema)
        bench.export(tmp_path / "made.sqlite")
        in_file = engines.in_sqlite(tmp_path / "made.sqlite")
        with engines.connected(server, schema) as on_server:
            before = engines.contents(on_server, ["a", "b"])
            for row in ("gone", "held", "free"):
                plan = planned(bench, "a", row)
                assert deleted(on_server, "a", row, ["a", "b"], before) == plan
                assert deleted(in_file, "a", row, ["a", "b"], before) == plan
            assert planned(bench, "a", "held") is None
            # One key restricts the delete, another key cascades to the same row. The engines differ, as documented.
            assert planned(bench, "a", "both") == {"a": {"both"}, "b": {"goes as well"}}
            assert deleted(in_file, "a", "both", ["a", "b"], before) == {"a": {"both"}, "b": {"goes as well"}}
            assert deleted(on_server, "a", "both", ["a", "b"], before) is None
            engines.run(on_server, "DELETE FROM a WHERE id = 'gone'")
            in_file.execute("DELETE FROM a WHERE id = 'gone'")
            bench.delete("a", "gone")
            query = "SELECT id, a, d FROM b ORDER BY id"
            assert engines.rows(on_server, query) == engines.rows(in_file, query) == bench.con.execute(query).fetchall()


def test_every_constraint_arrives_in_postgresql(on_server, small_school):
    """As many of each kind and table as DuckDB enforces, so that none is lost in translation."""
    kinds = {"check": "c", "foreign key": "f", "primary key": "p"}
    declared = small_school.constraints()
    ours = {
        (table, kinds[kind]): len(rows)
        for (table, kind), rows in declared[declared["kind"].isin(list(kinds))].groupby(["table", "kind"])
    }
    theirs = engines.rows(
        on_server,
        "SELECT conrelid::regclass::text, contype::text, count(*) FROM pg_constraint "
        "WHERE connamespace = current_schema()::regnamespace AND contype IN ('c', 'f', 'p') "
        "AND conrelid::regclass::text NOT LIKE 'clerkbench%' GROUP BY 1, 2",
    )
    assert {(table, kind): count for table, kind, count in theirs} == ours
    unique = declared[declared["kind"] == "unique"].groupby("table").size().to_dict()
    theirs = engines.rows(
        on_server,
        "SELECT indrelid::regclass::text, count(*) FROM pg_index JOIN pg_class ON indrelid = pg_class.oid "
        "WHERE relnamespace = current_schema()::regnamespace AND indisunique AND NOT indisprimary "
        "AND relname NOT LIKE 'clerkbench%' GROUP BY 1",
    )
    assert dict(theirs) == unique
