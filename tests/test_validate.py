"""`validate` reports everything that the database would reject, row by row, and stores nothing."""

import datetime
import re
import uuid
from collections.abc import Iterator
from decimal import Decimal

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import clerkbench
from clerkbench.database.schema import read_schema
from clerkbench.errors import RowsRejectedError, UnknownNameError
from clerkbench.reporting.violations import Violation
from databases import everything, made
from migration_files import add_migration
from small_school import ANOTHER, METRO, NOBODY, RIVERSIDE, SMALL_SCHOOL, uid

TABLES = list(SMALL_SCHOOL)
SURGERY = {"name": "Dermatology", "specialty": "Surgery", "required_days": 45}


def rules(found: pd.DataFrame) -> list[tuple[int, str]]:
    return list(zip(found.index, found["rule"], strict=True))


def test_a_valid_row_has_no_violations(small_school):
    for table, row in ANOTHER.items():
        found = small_school.validate(table, row)
        assert found.empty
        assert list(found.columns) == list(Violation.__annotations__)


def test_everything_that_is_wrong_is_reported_at_once_and_nothing_is_stored(small_school):
    before = everything(small_school)
    found = small_school.validate(
        "preceptors",
        [
            {
                "name": "Dr. A",
                "email": "chen@metro.example",
                "specialty": "X",
                "health_system_id": NOBODY,
                "max_students": 0,
            },
            {"name": None, "email": "b@x", "specialty": "X", "health_system_id": METRO, "max_students": "two"},
            {"name": "Dr. C", "email": "c@x", "specialty": "X", "health_system_id": METRO},
            {"name": "Dr. D", "email": "b@x", "specialty": "X", "health_system_id": METRO, "max_students": 2.5},
        ],
    )
    assert rules(found) == [
        (1, "unique:email"),
        (1, "check:max_students > 0"),
        (1, "foreign_key:health_system_id"),
        (2, "type:max_students"),
        (2, "not_null:name"),
        (4, "type:max_students"),
        (4, "unique:email"),
    ]
    assert found.index.name == "row"
    assert set(found["severity"]) == {"error"}
    assert everything(small_school) == before
    with pytest.raises(duckdb.CatalogException, match="clerkbench_staged_preceptors"):
        small_school.con.execute("FROM temp.clerkbench_staged_preceptors")


def test_a_violation_names_rows_and_what_they_reference(small_school):
    row = ANOTHER["preceptors"] | {"health_system_id": METRO}
    [found] = small_school.validate("preceptors", row).itertuples()
    assert found.message.endswith("No row of sites fits site_id 'Riverside Clinic' and health_system_id 'Metro'.")
    assert found.message.startswith(
        "Row 1 (Dr. Novak): A preceptor's site belongs to the preceptor's own health system"
    )
    assert (found.table, found.column, found.area) == ("preceptors", "site_id, health_system_id", 5)
    assert found.value == f"{row['site_id']}, {METRO}"
    [member] = small_school.validate(
        "preceptor_team_members", SMALL_SCHOOL["preceptor_team_members"][0] | {"id": uid(1)}
    )["message"]
    assert member.startswith("Row 1 (Surgery A, Dr. Chen): A preceptor is in a team once.")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([SURGERY | {"speciality": "S"}], [(0, "type:speciality")]),
        ([{"name": "A"}], [(0, "not_null:specialty"), (0, "not_null:required_days")]),
        # Where some rows give the column, those that do not are reported one by one.
        ([SURGERY, {"name": "A", "specialty": "S"}], [(2, "not_null:required_days")]),
        ([SURGERY | {"NAME": "B"}], [(0, "type:NAME")]),
        ([], []),
    ],
    ids=["an unknown column", "missing columns", "a column that some rows lack", "a column twice", "no rows"],
)
def test_what_is_wrong_with_the_columns_is_reported_once(small_school, rows, expected):
    assert rules(small_school.validate("clerkships", rows)) == expected


def test_rows_come_as_a_dataframe_or_a_csv_file_as_well(small_school, tmp_path):
    rows = [
        SURGERY,
        SURGERY | {"name": "Urology", "required_days": "ten"},
        SURGERY | {"name": "Urology", "required_days": 1},
    ]
    expected = [(2, "type:required_days"), (3, "unique:name")]
    assert rules(small_school.validate("clerkships", pd.DataFrame(rows))) == expected
    for separator in ",;\t":
        file = tmp_path / "clerkships.csv"
        pd.DataFrame(rows).to_csv(file, index=False, sep=separator, encoding="utf-8-sig")
        assert rules(small_school.validate("clerkships", file)) == expected
        assert rules(small_school.validate("clerkships", str(file))) == expected


def test_an_empty_cell_is_null(small_school, tmp_path):
    file = tmp_path / "clerkships.csv"
    file.write_text("name,specialty,required_days,description\nNA,,10,\n", encoding="utf-8")
    assert rules(small_school.validate("clerkships", file)) == [(1, "not_null:specialty")]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "No such file or directory"),
        (b"", "it is empty"),
        (b"name,specialty\na,b\nc,d,e\n", "line 3 has 3 cells, and the header 2"),
        (b'name,specialty\n\n"a\nb",,1\n', "line 4 has 3 cells, and the header 2"),
        (b"name,,specialty\na,b,c\n", "its column 2 has values and no heading. Begin one with # to leave it"),
        (b"name,name\na,b\n", "two columns are called 'name'"),
        (b"name\nM\xfcller\n", "it is not UTF-8. Save it as CSV UTF-8"),
        (b'name\nb\n"a\n', "a quote is not closed, in the row that begins on line 3"),
        (b'name\n"a"b\n', "',' expected after '\"', in the row that begins on line 2"),
        (b"name\nb\na\0\n", "line 3 holds a NUL character"),
    ],
    ids=[
        "missing",
        "empty",
        "ragged",
        "ragged in a row of several lines",
        "without a heading",
        "twice",
        "in another encoding",
        "unclosed",
        "more behind a quote",
        "a NUL",
    ],
)
def test_a_file_that_cannot_be_read_is_an_error(small_school, tmp_path, content, says):
    file = tmp_path / "rows.csv"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(RowsRejectedError) as error:
        small_school.validate("clerkships", file)
    assert str(error.value) == f"{str(file)!r} cannot be read as a CSV file: {says}. Nothing was changed."
    assert error.value.violations.empty


def test_an_unknown_table_is_named_with_a_near_match(small_school):
    with pytest.raises(UnknownNameError, match=r"There is no table 'clerkship'\. Did you mean 'clerkships'"):
        small_school.validate("clerkship", SURGERY)


def test_parents_may_come_alongside(bench):
    systems = pd.DataFrame([{"id": METRO, "name": "Metro"}])
    sites = [{"health_system_id": METRO, "name": "A", "site_type": "clinic"}]
    assert rules(bench.validate("sites", sites)) == [(1, "foreign_key:health_system_id")]
    assert bench.validate("sites", sites, alongside={"health_systems": systems}).empty
    sites[0]["health_system_id"] = RIVERSIDE
    found = bench.validate("sites", sites, alongside={"health_systems": systems})
    assert rules(found) == [(1, "foreign_key:health_system_id")]


def test_uniqueness_counts_any_as_a_scope(small_school):
    rows = [{"preceptor_id": uid(33), "clerkship_id": scope} for scope in (None, None, uid(42), uid(42))]
    own = "unique:preceptor_id, COALESCE(clerkship_id, ''), COALESCE(requirement_type, '')"
    assert rules(small_school.validate("preceptor_capacity_rules", rows)) == [(2, own), (4, own)]


def test_a_default_that_breaks_a_constraint_is_reported(tmp_path):
    up = """
    CREATE TABLE t (
        id INTEGER PRIMARY KEY, kind TEXT DEFAULT 'a', code TEXT DEFAULT 'same' UNIQUE, n INTEGER DEFAULT -1,
        CHECK (kind <> 'a' OR id > 10), CHECK (n > 0)
    )
    """
    with made(tmp_path, up) as bench:
        found = bench.validate("t", [{"id": 1}, {"id": 11, "n": 1}, {"id": 12, "n": 1, "code": "other"}])
        assert rules(found) == [
            (1, "check:kind <> 'a' OR id > 10"),
            (1, "check:n > 0"),
            (2, "unique:code"),
        ]
        assert rules(bench.validate("t", {"id": 11})) == [(0, "check:n > 0")]
        assert rules(bench.validate("t", [{"id": 11, "n": 1}, {"id": 12, "n": 1}])) == [(2, "unique:code")]
        with pytest.raises(duckdb.ConstraintException):
            bench.con.execute("INSERT INTO t (id) VALUES (11)")


def test_constraints_of_a_new_migration_are_covered_without_python(new_bench, own_sql):
    add_migration(
        own_sql,
        """
        CREATE TABLE rooms (
            id INTEGER PRIMARY KEY,
            site_id TEXT REFERENCES sites (id),
            floor INTEGER NOT NULL CHECK (floor BETWEEN -2 AND 40),
            label TEXT,
            -- A label is short.
            CHECK (length(label) <= 5),
            code TEXT CHECK (CAST(code AS INTEGER) > 0),
            CHECK (rooms.floor <> 39),
            next_to INTEGER REFERENCES rooms (id)
        );
        CREATE UNIQUE INDEX one_label ON rooms (site_id, lower(label));
        """,
        "DROP TABLE rooms;",
    )
    with new_bench(sql_folder=own_sql) as bench:
        bench.insert("health_systems", {"id": METRO, "name": "Metro"})
        bench.insert("sites", {"id": uid(21), "health_system_id": METRO, "name": "A", "site_type": "clinic"})
        bench.insert("rooms", {"id": 1, "floor": 3, "site_id": uid(21), "label": "red"})
        rows = [
            {"id": 1, "floor": 41, "label": "Long name"},
            {"id": 2, "floor": None, "site_id": uid(21), "label": "RED"},
            {"id": 3, "floor": -2, "site_id": NOBODY, "code": "x"},  # a check that fails with an error refuses as well
            {"id": 4, "floor": 7, "site_id": uid(21), "label": "green"},
            {"id": 5, "floor": 8, "next_to": 6},
            {"id": 6, "floor": 8, "next_to": 99},
        ]
        found = bench.validate("rooms", rows)
        assert sorted(rules(found)) == sorted(
            [
                (1, "unique:id"),
                (1, "check:floor BETWEEN -2 AND 40"),
                (1, "check:length(label) <= 5"),
                (2, "not_null:floor"),
                (2, 'unique:site_id, lower("label")'),
                (3, "check:CAST(code AS INTEGER) > 0"),
                (3, "foreign_key:site_id"),
                (6, "foreign_key:next_to"),
            ]
        )
        assert "Row 1: A label is short. But label is 'Long name'." in set(found["message"])
        assert bench.insert("rooms", [{"id": 8, "floor": 8, "next_to": 9}, {"id": 9, "floor": 8}]) == [8, 9]


def test_one_breach_is_one_violation_however_many_rows_are_the_same(small_school):
    rows = [{"id": uid(100 + n), "name": "Surgery", "specialty": "x", "required_days": 1} for n in range(3)]
    assert rules(small_school.validate("clerkships", rows)) == [(n, "unique:name") for n in (1, 2, 3)]
    rows = [{"id": uid(100 + n), "name": "New", "specialty": "x", "required_days": 1} for n in range(3)]
    found = small_school.validate("clerkships", rows)
    assert rules(found) == [(2, "unique:name"), (3, "unique:name")]
    assert "Row 1 has name 'New' as well" in found["message"].iloc[1]


def test_a_name_the_enumeration_nearly_has_is_suggested(small_school):
    [found] = small_school.validate("sites", ANOTHER["sites"] | {"site_type": "Hospital"}).itertuples()
    assert found.remedy == "Make site_type one of hospital, clinic, other, most likely hospital."


def test_rows_stored_in_the_same_transaction_count(own_school):
    with own_school.transaction():
        [system] = own_school.insert("health_systems", {"name": "Valley"})
        site = {"health_system_id": system, "name": "A", "site_type": "clinic"}
        assert own_school.validate("sites", site).empty
        own_school.insert("sites", site)
        assert rules(own_school.validate("sites", site)) == [(1, "unique:health_system_id, name")]


def test_an_insert_that_is_refused_carries_all_violations(small_school):
    rows = [SURGERY | {"required_days": days} for days in (0, "x", 5)]
    with pytest.raises(RowsRejectedError) as refusal:
        small_school.insert("clerkships", rows)
    assert refusal.value.violations.equals(small_school.validate("clerkships", rows))
    assert "These rows cannot be stored in clerkships. 4 errors:" in str(refusal.value)


def test_many_violations_are_counted_in_the_error_and_listed_beside_it(small_school):
    with pytest.raises(RowsRejectedError, match=r"- and 35 more, all in the error's \.violations") as refusal:
        small_school.insert("clerkships", [SURGERY | {"name": str(n), "required_days": -n} for n in range(40)])
    assert len(refusal.value.violations) == 40


@pytest.mark.parametrize(
    "rows",
    [pd.DataFrame({"id": pd.Series([], dtype="str")}), pd.DataFrame({"id": ["x"]}).head(0), []],
    ids=["a column without values", "a frame that was filtered", "a list"],
)
def test_no_rows_break_nothing(small_school, rows):
    assert small_school.validate("clerkships", rows).empty
    assert small_school.insert("clerkships", rows) == []


def test_unreadable_values_are_not_duplicates(small_school):
    rows = [{"preceptor_id": uid(33), "clerkship_id": [1]}, {"preceptor_id": uid(33), "clerkship_id": [2]}]
    found = small_school.validate("preceptor_capacity_rules", rows)
    assert rules(found) == [(1, "type:clerkship_id"), (2, "type:clerkship_id")]


def test_half_a_character_in_a_dataframe_is_reported_and_a_transaction_goes_on(own_school):
    # With pyarrow, pandas itself rejects such a text, unless its dtype keeps Python strings.
    rows = pd.DataFrame({"name": ["a\ud800", "fine"]}, dtype=pd.StringDtype("python"))
    with own_school.transaction():
        with pytest.raises(RowsRejectedError, match="name must be a text; got"):
            own_school.insert("health_systems", rows)
        own_school.insert("health_systems", {"name": "kept"})
    assert "kept" in set(own_school.sql("FROM health_systems")["name"])
    # Of so many rows the texts are looked at only once DuckDB has refused them.
    many = pd.DataFrame({"name": ["a\ud800", *map(str, range(100_000))]}, dtype=pd.StringDtype("python"))
    assert rules(own_school.validate("health_systems", many)) == [(1, "type:name")]
    assert own_school.sql("FROM duckdb_views() WHERE view_name = 'clerkbench_given'").empty


def test_a_number_from_a_sequence_may_be_taken(tmp_path):
    up = "CREATE SEQUENCE s; CREATE TABLE t (id INTEGER DEFAULT nextval('s') PRIMARY KEY, x TEXT);"
    with made(tmp_path, up) as bench:
        bench.sql("INSERT INTO t (id) FROM range(1, 20)")  # these ids do not advance the sequence
        assert rules(bench.validate("t", {"x": "b"})) == [(1, "unique:id")]


TREE = "CREATE TABLE tree (id INTEGER PRIMARY KEY, name TEXT, up INTEGER REFERENCES tree (id))"


def test_rows_in_a_circle_are_reported_and_a_transaction_goes_on(tmp_path):
    with made(tmp_path, TREE) as bench:
        rows = [{"id": 1, "up": 2}, {"id": 2, "up": 1}, {"id": 3, "up": None}, {"id": 4, "up": 4}, {"id": 5, "up": 3}]
        found = bench.validate("tree", rows)
        assert rules(found) == [(1, "foreign_key:up"), (2, "foreign_key:up"), (4, "foreign_key:up")]
        assert (
            found["message"]
            .iloc[0]
            .endswith("It references itself, directly or through other rows, which DuckDB cannot store.")
        )
        with bench.transaction():
            bench.insert("tree", {"id": 50, "name": "kept"})
            with pytest.raises(RowsRejectedError, match="It references itself"):
                bench.insert("tree", {"id": 1, "up": 1})
        assert bench.sql("FROM tree")["name"].tolist() == ["kept"]


def test_a_check_that_calls_what_duckdb_cannot_try_is_checked_all_the_same(tmp_path):
    up = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT CHECK (CASE WHEN a = 'x' THEN random() > 2 ELSE TRUE END))"
    with made(tmp_path, up) as bench:
        assert [number for number, _ in rules(bench.validate("t", [{"id": 1, "a": "ok"}, {"id": 2, "a": "x"}]))] == [2]
        assert bench.insert("t", {"id": 1, "a": "ok"}) == [1]


def test_a_duplicate_in_an_index_over_expressions_is_reported(tmp_path):
    up = "CREATE TABLE t (id INTEGER PRIMARY KEY, code TEXT); CREATE UNIQUE INDEX one ON t (lower(code));"
    with made(tmp_path, up) as bench:
        bench.insert("t", {"id": 1, "code": "Red"})
        [found] = bench.validate("t", {"id": 2, "code": "RED"})["message"]
        assert found.endswith("By code 'RED' it is the same as Red.")
        found = bench.validate("t", [{"id": 2, "code": "blue"}, {"id": 3, "code": "BLUE"}])
        assert found["message"].tolist()[0].endswith("By code 'BLUE' it is the same as row 1.")


@pytest.mark.parametrize("alongside", [{"SITES": [], "sites": []}, {"clerkships": []}])
def test_the_rows_of_one_table_are_given_together(small_school, alongside):
    with pytest.raises(RowsRejectedError, match="Give the rows of one table together: clerkships"):
        small_school.validate("clerkships", SURGERY, alongside=alongside)


def test_a_name_as_long_as_a_page_is_shortened(small_school):
    [found] = small_school.validate("clerkships", SURGERY | {"name": "x" * 10_000, "required_days": 0}).itertuples()
    assert len(found.message) < 300
    [found] = small_school.validate("clerkships", SURGERY | {"required_days": 10**5000}).itertuples()
    assert found.message == (
        "Row 1 (Dermatology): required_days must be a whole number (INTEGER); got 'a very large int'."
    )


# --- values of all kinds


KINDS = """
CREATE TABLE kinds (
    id INTEGER PRIMARY KEY, b BOOLEAN, i SMALLINT, f DOUBLE, d DECIMAL(6, 2), t TEXT, day DATE, moment TIMESTAMP,
    zoned TIMESTAMPTZ, hour TIME, took INTERVAL, u UUID, bytes BLOB, list INTEGER[], pair STRUCT(a INTEGER, b TEXT),
    mood ENUM ('good', 'bad')
)
"""
MORNING = datetime.datetime(2026, 1, 5, 8)
IDENTITY = uuid.UUID(int=5)


@pytest.fixture(scope="module")
def kinds(tmp_path_factory) -> Iterator[clerkbench.Workbench]:
    """One table with a column of each type. Shared: whoever stores a row takes it out again."""
    with made(tmp_path_factory.mktemp("kinds"), KINDS) as bench:
        yield bench


@pytest.mark.parametrize(
    ("column", "value", "stored"),
    [
        ("b", True, True),
        ("b", "yes", True),
        ("b", 0, False),
        ("b", 2, None),
        ("b", "perhaps", None),
        ("i", 5, 5),
        ("i", 5.0, 5),
        ("i", "5", 5),
        ("i", True, None),
        ("i", 40_000, None),
        ("i", "5.5", None),
        ("i", 0.99999999999, None),
        ("i", "2.00000000000001", None),
        ("i", "2.000", 2),
        ("i", MORNING, None),
        ("f", 2.5, 2.5),
        ("f", Decimal("2.5"), 2.5),
        ("f", "much", None),
        ("d", 2.25, Decimal("2.25")),
        ("d", 12345, None),
        ("t", 5, "5"),
        ("t", True, "true"),
        ("t", [1], None),
        ("t", {"a": 1}, None),
        ("day", MORNING.date(), MORNING.date()),
        ("day", "2026-02-30", None),
        ("moment", MORNING, MORNING),
        ("moment", np.datetime64(MORNING), MORNING),
        ("moment", MORNING.date(), datetime.datetime(2026, 1, 5)),
        ("moment", 5, None),
        ("day", float("inf"), None),
        ("took", 5, None),
        ("bytes", 5, None),
        ("hour", MORNING.time(), MORNING.time()),
        ("took", datetime.timedelta(days=1, microseconds=5), datetime.timedelta(days=1, microseconds=5)),
        ("u", IDENTITY, IDENTITY),
        ("u", "5", None),
        ("bytes", b"\x00\xff", b"\x00\xff"),
        ("list", [1, 2], [1, 2]),
        ("list", np.array([1, 2]), [1, 2]),
        ("list", ["a"], None),
        ("pair", {"a": 1, "b": "x"}, {"a": 1, "b": "x"}),
        ("mood", "good", "good"),
        ("mood", "fine", None),
        pytest.param("t", object(), None, id="t-an object"),
    ],
    ids=str,
)
def test_a_value_is_stored_as_what_it_is_or_reported_to_be_of_another_type(kinds, column, value, stored):
    for rows in ([{"id": 1, column: value}], pd.DataFrame({"id": [1], column: pd.Series([value])})):
        found = kinds.validate("kinds", rows)
        assert rules(found) == ([] if stored is not None else [(1, f"type:{column}")])
        if stored is not None:
            kinds.insert("kinds", rows)
            assert kinds.con.execute(f"SELECT {column} FROM kinds").fetchall() == [(stored,)]
            kinds.con.execute("DELETE FROM kinds")


def test_a_time_with_its_zone_is_that_moment(kinds):
    zone = datetime.timezone(datetime.timedelta(hours=2))
    kinds.insert("kinds", {"id": 1, "zoned": MORNING.replace(tzinfo=zone)})
    same = kinds.con.execute("SELECT zoned = TIMESTAMPTZ '2026-01-05 06:00:00+00' FROM kinds").fetchall()
    kinds.con.execute("DELETE FROM kinds")
    assert same == [(True,)]


@pytest.mark.parametrize(
    "values",
    [
        pd.Series([1, None], dtype="Int64"),
        pd.Series([1, None]),
        pd.Series(["1", None], dtype="category"),
        pd.Series([1, None], dtype=object),
        pd.Series([Decimal(1), None]),
        pd.Series([np.float16(1), None], dtype="float16"),
    ],
    ids=lambda values: str(values.dtype),
)
def test_a_dataframe_may_hold_columns_of_any_kind(tmp_path, values):
    with made(tmp_path, KINDS) as bench:
        bench.insert("kinds", pd.DataFrame({"id": [1, 2], "i": values}))
        assert bench.con.execute("SELECT i FROM kinds ORDER BY id").fetchall() == [(1,), (None,)]


# --- the database is the judge

#: By type: what may stand in a column, right or wrong.
WILD = {
    "VARCHAR": st.sampled_from(
        [
            None,
            "",
            "  ",
            "-",
            "Metro",
            "Surgery",
            "chen@metro.example",
            "hospital",
            "inpatient",
            "hybrid",
            "block_based",
        ]
    )
    | st.sampled_from(["single", "lead", "daily_rotation", 5, 2.5, [1], uid(999)]),
    "INTEGER": st.sampled_from([None, -1, 0, 1, 2, 7, 2.5, 3.0, "4", "4.5", "x", True, 2**40]),
    "BOOLEAN": st.sampled_from([None, True, False, 0, 1, 2, "true", "x"]),
    "TIMESTAMP": st.sampled_from([None, "2026-01-05 08:00:00", "x", MORNING, 5]),
}
IDS = st.sampled_from([each["id"] for rows in SMALL_SCHOOL.values() for each in rows] + [uid(500), uid(501), "1", None])


@pytest.fixture(scope="module")
def judged(templates):
    with templates.copy("small") as bench:
        yield bench


def wild_rows(bench: clerkbench.Workbench, table: str) -> st.SearchStrategy[list[dict[str, object]]]:
    """Rows that are mostly like a valid one, with some columns anything, and some left out."""
    columns = read_schema(bench.con).tables[table].columns
    anything = {
        name: IDS if name == "id" or name.endswith("_id") else WILD[each.type] for name, each in columns.items()
    }
    changes = st.fixed_dictionaries({}, optional=anything)
    few = st.lists(st.sampled_from(list(columns)), max_size=3)
    row = st.builds(
        lambda change, names, lost: {
            name: value
            for name, value in (ANOTHER[table] | {each: change[each] for each in names if each in change}).items()
            if name != lost
        },
        changes,
        few,
        st.sampled_from([None, None, *columns]),
    )
    return st.lists(row, min_size=1, max_size=3)


def stores(bench: clerkbench.Workbench, table: str, rows: list[dict[str, object]]) -> bool:
    """Whether DuckDB itself takes the rows, one after the other; nothing stays stored."""
    bench.con.begin()
    try:
        for row in rows:
            columns = ", ".join(f'"{column}"' for column in row)
            places = ", ".join("?" * len(row))
            bench.con.execute(f"INSERT INTO {table} ({columns}) VALUES ({places})", list(row.values()))
    except duckdb.Error:
        return False
    finally:
        bench.con.rollback()
    return True


#: What clerkbench refuses and DuckDB converts without a word, changing what was meant.
STRICTER = {
    "INTEGER": lambda value: isinstance(value, bool) or value in (2.5, "4.5"),
    "VARCHAR": lambda value: isinstance(value, list),
    "BOOLEAN": lambda value: value == 2 and not isinstance(value, bool),
    "TIMESTAMP": lambda value: False,
}


@pytest.mark.long
@pytest.mark.parametrize("table", TABLES)
@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_validate_finds_nothing_exactly_when_the_database_takes_the_rows(judged, table, data):
    rows = data.draw(wild_rows(judged, table))
    found = judged.validate(table, rows)
    columns = read_schema(judged.con).tables[table].columns
    stricter = any(STRICTER[columns[name].type](value) for row in rows for name, value in row.items())
    assert found.empty == (stores(judged, table, rows) and not stricter)
    for number, each in zip(found.index, found.itertuples(), strict=True):
        row = rows[max(number - 1, 0)]
        named = each.column.split(", ")
        if any(name in row and STRICTER[columns[name].type](row[name]) for name in named):
            continue
        # The violating values alone, in a valid row, are also rejected after the rows that the message refers to.
        alone = ANOTHER[table] | {name: row.get(name) for name in named if name in row}
        alone = {name: value for name, value in alone.items() if name in row or name not in named}
        before = [rows[int(other) - 1] for other in re.findall(r"(?:Row (?=\d+ has)|as row )(\d+)", each.message)]
        assert not stores(judged, table, [*before, alone]), each.message
