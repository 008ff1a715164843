"""A row gets other values, also one that others reference; its keys stay while they are referenced."""

import re
from contextlib import nullcontext
from datetime import datetime

import pandas as pd
import pytest

from clerkbench.errors import ReferencedError, RowsRejectedError, UnknownNameError, UnknownRowError
from databases import everything, made
from small_school import (
    DR_CHEN,
    DR_OKAFOR,
    DR_SILVA,
    METRO,
    METRO_HOSPITAL,
    NOBODY,
    PEDIATRICS,
    RIVERSIDE,
    RIVERSIDE_CLINIC,
    SURGERY,
    uid,
)  # fmt: skip

LONG_AGO = datetime(2020, 1, 1)


#: The message for a cycle: one for a cycle among the given rows, one for a cycle through stored rows.
CIRCLE = r"It references itself, directly or through|in a circle, or one itself, which DuckDB cannot"


@pytest.fixture(params=[False, True], ids=["on its own", "in a transaction"])
def update(request, own_school):
    """The same update in both ways in which it can be done."""

    def on(*args, **values) -> pd.Series:
        if not request.param:
            return own_school.update(*args, **values)
        with own_school.transaction():
            return own_school.update(*args, **values)

    return on


@pytest.fixture
def own_school(own_school):
    """Every row was changed long ago."""
    for table in own_school.tables()["table"]:
        own_school.con.execute(f"UPDATE {table} SET updated_at = '{LONG_AGO}'")
    return own_school


def others(bench, changed: str) -> dict[str, object]:
    """Everything but one row."""
    return {table: [row for row in rows if changed not in row] for table, rows in everything(bench).items()}


# Each way a column may be bound: the row is referenced by others in all cases.
CHANGES = [
    # by nothing
    ("preceptors", DR_CHEN, {"specialty": "Neurosurgery", "max_students": 2}),
    # by a foreign key of its own: the preceptor moves to another health system
    ("preceptors", DR_CHEN, {"health_system_id": RIVERSIDE, "site_id": RIVERSIDE_CLINIC}),
    ("preceptors", DR_CHEN, {"site_id": None}),
    # by a unique constraint
    ("preceptors", DR_CHEN, {"email": "chen@elsewhere.example"}),
    ("clerkships", SURGERY, {"name": "General Surgery", "required_days": 50}),
    ("sites", METRO_HOSPITAL, {"name": "Metro General", "site_type": "other"}),
    # by a unique index over an expression, in a row that nothing references
    ("preceptor_fallbacks", uid(81), {"clerkship_id": None, "fallback_preceptor_id": DR_SILVA, "priority": 2}),
]


@pytest.mark.first_cases(4)
@pytest.mark.parametrize(("table", "row", "values"), CHANGES, ids=lambda part: str(part))
def test_only_what_is_named_changes_and_the_time_of_the_change(own_school, update, table, row, values):
    before = own_school.sql(f"FROM {table} WHERE id = '{row}'").iloc[0]
    unchanged = others(own_school, row)
    now = update(table, row, **values)
    stored = own_school.sql(f"FROM {table} WHERE id = '{row}'").iloc[0]
    for column in before.index:
        expected = values.get(column, before[column])
        if column == "updated_at":
            assert stored[column] > LONG_AGO
        else:
            assert (pd.isna(stored[column]) and pd.isna(expected)) or stored[column] == expected, column
        assert (pd.isna(now[column]) and pd.isna(stored[column])) or now[column] == stored[column]
    mentioned = {name: rows for name, rows in others(own_school, row).items() if rows != unchanged[name]}
    assert mentioned == {}


def test_referencing_rows_are_restored_unchanged(own_school, update):
    hanging = {
        table: own_school.sql(f"FROM {table} ORDER BY id")
        for table in ("preceptor_team_members", "preceptor_fallbacks", "preceptor_capacity_rules")
    }
    update("preceptors", DR_CHEN, health_system_id=RIVERSIDE, site_id=None)
    for table, rows in hanging.items():
        assert own_school.sql(f"FROM {table} ORDER BY id").equals(rows)


def test_the_same_values_change_nothing_not_even_the_time(own_school, update):
    before = everything(own_school)
    assert update("preceptors", DR_CHEN, health_system_id=METRO, max_students=1.0)["name"] == "Dr. Chen"
    assert update("preceptors", DR_CHEN)["updated_at"] == LONG_AGO
    assert everything(own_school) == before


def test_a_time_of_change_that_is_given_is_kept(own_school, update):
    then = datetime(2021, 6, 1)
    assert update("preceptors", DR_CHEN, updated_at=then)["updated_at"] == then
    assert update("preceptors", DR_CHEN, site_id=None, updated_at="2021-07-01")["updated_at"] == datetime(2021, 7, 1)


def test_a_row_may_be_named_by_its_name_and_gets_another(own_school, update):
    assert update("clerkships", "Surgery", name="General Surgery").name == SURGERY
    assert own_school.sql("FROM clerkships")["name"].tolist().count("General Surgery") == 1


def test_the_id_of_a_row_that_nothing_references_may_change(own_school, update):
    assert update("preceptors", DR_SILVA, id=uid(39)).name == uid(39)
    assert own_school.sql("FROM preceptors WHERE name = 'Dr. Silva'")["id"].tolist() == [uid(39)]


@pytest.mark.parametrize(
    ("table", "row", "values", "says"),
    [
        (
            "clerkships", SURGERY, {"id": uid(49)},
            # A later migration may add a table that is named instead.
            r"id of clerkships Surgery cannot change while other rows reference it: "
            r".* of \w+, by clerkship_id. Give those another row of clerkships with "
            r"bench.update\('\w+', …, clerkship_id=…\) first. Nothing was changed.",
        ),
        # half of a key that others reference
        (
            "sites", METRO_HOSPITAL, {"health_system_id": RIVERSIDE},
            r"health_system_id of sites Metro Hospital cannot change while other rows reference it: "
            r"Dr. Chen of preceptors, by site_id and health_system_id. Give those another row of sites with "
            r"bench.update\('preceptors', …, site_id=…, health_system_id=…\) first. Nothing was changed.",
        ),
    ],
)  # fmt: skip
def test_a_key_that_others_reference_does_not_change(small_school, table, row, values, says):
    before = everything(small_school)
    for way in (nullcontext, small_school.transaction):
        with pytest.raises(ReferencedError) as refusal, way():
            small_school.update(table, row, **values)
        assert re.fullmatch(says, str(refusal.value))
        assert set(refusal.value.rows["action"]) == {"restrict"}
    assert everything(small_school) == before


# A change that the database does not take, of a row that others reference.
REFUSED = [
    (
        "preceptors",
        DR_CHEN,
        {"health_system_id": NOBODY, "site_id": None},
        "No row of health_systems fits health_system_id",
    ),
    (
        "preceptors",
        DR_CHEN,
        {"health_system_id": RIVERSIDE},
        "No row of sites fits site_id 'Metro Hospital' and health_system_id 'Riverside'",
    ),
    ("preceptors", DR_CHEN, {"email": "okafor@metro.example"}, "Dr. Okafor has email 'okafor@metro.example' already"),
    ("preceptors", DR_CHEN, {"max_students": 0}, "A preceptor takes at least one student."),
    ("preceptors", DR_CHEN, {"max_students": 0, "site_id": None}, "A preceptor takes at least one student."),
    ("preceptors", DR_CHEN, {"name": None, "site_id": None}, "name is empty, and every row of preceptors needs it."),
    ("preceptors", DR_CHEN, {"max_students": "two"}, "max_students must be a whole number (INTEGER); got 'two'."),
    ("preceptors", DR_CHEN, {"max_students": 1.5}, "max_students must be a whole number (INTEGER); got '1.5'."),
    (
        "clerkships",
        SURGERY,
        {"name": "Pediatrics"},
        "No two clerkships share a name. Another row has name 'Pediatrics' already",
    ),
    ("clerkships", SURGERY, {"name": " "}, "A clerkship's name is not blank."),
    (
        "preceptor_fallbacks",
        uid(81),
        {"clerkship_id": None},
        "two fallbacks of one preceptor never have the same",
    ),
]


@pytest.mark.parametrize(("table", "row", "values", "says"), REFUSED, ids=lambda part: str(part))
def test_a_change_that_breaks_a_constraint_is_refused_and_changes_nothing(small_school, table, row, values, says):
    before = everything(small_school)
    for way in (nullcontext, small_school.transaction):
        with pytest.raises(RowsRejectedError, match=re.escape(says)) as refusal, way():
            small_school.update(table, row, **values)
        assert str(refusal.value).endswith("Nothing was changed.")
        assert "foreign key constraint" not in str(refusal.value)
    assert everything(small_school) == before


def test_what_does_not_exist_is_named(own_school):
    with pytest.raises(UnknownNameError, match=r"preceptors has no column 'specialities'\. Did you mean 'specialty'"):
        own_school.update("preceptors", DR_CHEN, specialities="Surgery")
    with pytest.raises(UnknownRowError, match=r"preceptors has no row 'Dr\. Chan'\. Did you mean 'Dr\. Chen'"):
        own_school.update("preceptors", "Dr. Chan", specialty="Surgery")
    with pytest.raises(UnknownRowError, match="preceptors has no row"):
        own_school.update("preceptors", [DR_CHEN, DR_OKAFOR], specialty="Surgery")


def test_a_column_may_be_named_like_a_parameter(tmp_path):
    with made(tmp_path, 'CREATE TABLE t (id INTEGER PRIMARY KEY, "table" TEXT, self TEXT, row TEXT)') as bench:
        bench.insert("t", {"id": 1})
        assert bench.update("t", 1, table="a", self="b", row="c").tolist() == [1, "a", "b", "c"]


# Where DuckDB replaces a row although no key of it changes.
STUBBORN = [
    # a list
    ("x INTEGER[]", {"x": [1, 2]}, [1, 2]),
    # a check over several columns, one of them indexed
    ("x INTEGER, CHECK (x > id)", {"x": 7}, 7),
    # an index on the time of the change, which follows
    ("x INTEGER, updated_at TIMESTAMP DEFAULT current_timestamp); CREATE INDEX by_time ON p (updated_at", {"x": 7}, 7),
    # an index that nobody needs
    ("x INTEGER); CREATE INDEX by_x ON p (x", {"x": 7}, 7),
    # the same, over what the catalog writes in quotes
    ("x INTEGER); CREATE INDEX by_x ON p ((x + 1)", {"x": 7}, 7),
    ('"x" INTEGER, "Name" TEXT); CREATE INDEX by_name ON p (name, lower("Name")', {"x": 7, "Name": "seven"}, 7),
]


@pytest.mark.parametrize(("columns", "values", "stored"), STUBBORN, ids=lambda part: str(part))
def test_a_referenced_row_changes_where_duckdb_would_have_to_replace_it(tmp_path, columns, values, stored):
    up = f"CREATE TABLE p (id INTEGER PRIMARY KEY, {columns}); CREATE TABLE c (p INTEGER REFERENCES p (id));"
    with made(tmp_path, up) as bench:
        bench.insert("p", [{"id": 1}, {"id": 2}])
        bench.insert("c", [{"p": 1}, {"p": 1}, {"p": 2}])
        for row, way in ((1, nullcontext), (2, bench.transaction)):
            with way():
                bench.update("p", row, **values)
        assert bench.con.execute("SELECT x FROM p").fetchall() == [(stored,), (stored,)]
        assert bench.con.execute("SELECT p FROM c ORDER BY p").fetchall() == [(1,), (1,), (2,)]


def test_a_unique_index_may_spell_its_column_otherwise(tmp_path):
    up = "CREATE TABLE t (id INTEGER PRIMARY KEY, Code TEXT); CREATE UNIQUE INDEX once ON t (cODE);"
    with made(tmp_path, up) as bench:
        bench.insert("t", [{"id": 1, "code": "a"}, {"id": 2, "code": "b"}])
        assert bench.update("t", 1, code="c")["Code"] == "c"
        with pytest.raises(RowsRejectedError, match="Another row has Code 'b' already"):
            bench.update("t", 1, code="b")
        assert bench.describe("t").set_index("column")["key"]["Code"] == "unique"


@pytest.mark.parametrize("together", [False, True], ids=["on its own", "in a transaction"])
def test_a_generated_column_follows_and_is_never_given(tmp_path, together):
    up = """
        CREATE TABLE p (id INTEGER PRIMARY KEY, x INTEGER UNIQUE, twice INTEGER GENERATED ALWAYS AS (x * 2));
        CREATE TABLE c (p INTEGER REFERENCES p (id));
    """
    with made(tmp_path, up) as bench:
        bench.insert("p", {"id": 1, "x": 1})
        bench.insert("c", {"p": 1})
        with pytest.raises(RowsRejectedError, match=r"p\.twice follows from other columns and is never given"):
            bench.update("p", 1, twice=4)
        if together:
            with bench.transaction():
                assert bench.update("p", 1, x=5)["twice"] == 10
        else:
            assert bench.update("p", 1, x=5)["twice"] == 10


# --- a table that references itself

LINE = "CREATE TABLE t (id INTEGER PRIMARY KEY, above INTEGER REFERENCES t (id))"


@pytest.fixture
def line(tmp_path):
    with made(tmp_path, LINE) as bench:
        bench.insert("t", [{"id": 3, "above": 2}, {"id": 2, "above": 1}, {"id": 1}, {"id": 4}])
        yield bench


@pytest.mark.parametrize("together", [False, True], ids=["on its own", "in a transaction"])
def test_a_branch_may_move_with_all_that_depends_on_it(line, together):
    if together:
        with line.transaction():
            line.update("t", 2, above=4)
    else:
        line.update("t", 2, above=4)
    assert line.con.execute("FROM t ORDER BY id").fetchall() == [(1, None), (2, 4), (3, 2), (4, None)]


@pytest.mark.first_cases(3)
@pytest.mark.parametrize("together", [False, True], ids=["on its own", "in a transaction"])
@pytest.mark.parametrize(("row", "above"), [(1, 1), (1, 3), (3, 3), (4, 4)])
def test_a_cycle_of_rows_is_refused(line, row, above, together):
    before = everything(line)
    with pytest.raises(RowsRejectedError, match=CIRCLE):
        if together:
            with line.transaction():
                line.update("t", row, above=above)
        else:
            line.update("t", row, above=above)
    assert everything(line) == before


def test_a_row_that_would_be_its_own_parent_is_refused_before_anything_is_done(line):
    with line.transaction():
        with pytest.raises(RowsRejectedError, match=CIRCLE):
            line.update("t", 1, above=1)
        line.update("t", 2, above=4)
    assert line.con.execute("FROM t ORDER BY id").fetchall() == [(1, None), (2, 4), (3, 2), (4, None)]


@pytest.mark.parametrize("together", [False, True], ids=["on its own", "in a transaction"])
def test_a_missing_parent_is_not_reported_as_a_cycle(line, together):
    before = everything(line)
    with pytest.raises(RowsRejectedError, match=r"No row of t fits above 99\."):
        if together:
            with line.transaction():
                line.update("t", 2, above=99)
        else:
            line.update("t", 2, above=99)
    assert everything(line) == before


def test_a_frame_of_children_may_come_before_their_parents(line):
    frame = pd.DataFrame({"id": [13, 12, 11], "above": [12, 11, None]})  # in which 12 is 12.0
    assert line.insert("t", frame) == [13, 12, 11]


@pytest.mark.parametrize("rows", [[{"id": 5, "above": 5}], [{"id": 5, "above": 6}, {"id": 6, "above": 5}]])
def test_rows_that_come_in_a_circle_are_refused(line, rows):
    before = everything(line)
    with pytest.raises(RowsRejectedError, match=CIRCLE):
        line.insert("t", rows)
    assert everything(line) == before


def test_children_may_come_before_their_parents_in_one_insert(line):
    assert line.insert("t", [{"id": 7, "above": 6}, {"id": 6, "above": 5}, {"id": 5, "above": 1}]) == [7, 6, 5]


def test_the_surgery_team_may_be_given_to_another_clerkship(own_school):
    own_school.update("preceptor_teams", "Surgery A", clerkship_id=PEDIATRICS)
    gone = own_school.delete("clerkships", SURGERY)
    assert "preceptor_teams" not in set(gone["table"])


def test_all_that_is_wrong_with_an_update_is_reported_at_once_with_remedies_for_a_row_that_is_there(own_school):
    with pytest.raises(RowsRejectedError) as refusal:
        own_school.update("preceptors", DR_CHEN, max_students=None, email="okafor@metro.example", name=None)
    found = refusal.value.violations
    assert found["rule"].tolist() == ["not_null:name", "not_null:max_students", "unique:email"]
    assert found["remedy"].tolist() == ["Give name a value.", "Give max_students a value.", "Give it another email."]
    assert set(found["row_id"]) == {DR_CHEN}
    assert found["message"].str.startswith("Dr. Chen: ").all()


def test_nan_stays_nan_when_another_column_changes(tmp_path):
    up = "CREATE TABLE t (id INTEGER PRIMARY KEY, v DOUBLE, w INTEGER, CHECK (v IS NOT NULL OR w > 5))"
    with made(tmp_path, up) as bench:
        bench.con.execute("INSERT INTO t VALUES (1, 'nan', 1)")
        bench.update("t", 1, w=2)
        assert bench.con.execute("SELECT isnan(v), w FROM t").fetchall() == [(True, 2)]


def test_a_row_cannot_reference_its_own_old_key(tmp_path):
    with made(tmp_path, "CREATE TABLE n (id INTEGER PRIMARY KEY, up INTEGER REFERENCES n (id))") as bench:
        bench.insert("n", {"id": 1})
        with bench.transaction():
            bench.insert("n", {"id": 7})
            with pytest.raises(RowsRejectedError, match="No row of n fits up 1") as refusal:
                bench.update("n", 1, id=2, up=1)
        assert refusal.value.violations["rule"].tolist() == ["foreign_key:up"]
        assert bench.sql("FROM n ORDER BY id")["id"].tolist() == [1, 7]
