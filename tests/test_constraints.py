"""Every constraint of the catalog refuses a row that breaks it, with an error that says which."""

import duckdb
import pandas as pd
import pytest

import clerkbench
from clerkbench.errors import RowsRejectedError
from constraint_cases import CASES, Case
from contract import REQUIRED, TABLES
from small_school import ANOTHER, RIVERSIDE, SMALL_SCHOOL

#: Every table has this constraint; one test breaks it in all of them.
OF_EVERY_TABLE = "An id has the form of a UUID."


@pytest.fixture(scope="module")
def declared(small_school) -> pd.DataFrame:
    """The constraints that a comment above them puts into words."""
    found = small_school.constraints()
    return found[found["kind"].isin(["unique", "check", "foreign key"])]


def insert_and_remove(bench: clerkbench.Workbench, table: str, row: dict[str, object]) -> dict[str, object]:
    """The row as it was stored."""
    [row_id] = bench.insert(table, row)
    found = bench.con.execute(f"FROM {table} WHERE id = ?", [row_id])
    stored = dict(zip([name for name, *_ in found.description], found.fetchone(), strict=True))
    bench.con.execute(f"DELETE FROM {table} WHERE id = ?", [row_id])
    return stored


def contents(bench: clerkbench.Workbench) -> dict[str, list[tuple[object, ...]]]:
    return {table: bench.con.execute(f"FROM {table} ORDER BY ALL").fetchall() for table in TABLES}


@pytest.mark.parametrize("table", TABLES)
def test_the_row_that_the_cases_start_from_is_valid(small_school, table):
    stored = insert_and_remove(small_school, table, ANOTHER[table])
    assert {column: str(stored[column]) for column in ANOTHER[table]} == {
        column: str(value) for column, value in ANOTHER[table].items()
    }


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_row_that_breaks_a_constraint_is_refused_by_that_constraint(small_school, case: Case):
    before = contents(small_school)
    with pytest.raises(RowsRejectedError) as refusal:
        small_school.insert(case.table, ANOTHER[case.table] | case.changes)
    assert str(refusal.value).startswith(f"These rows cannot be stored in {case.table}. ")
    assert case.rule in str(refusal.value)
    assert str(refusal.value).endswith("Nothing was changed.")
    assert set(refusal.value.violations["rule"]) == {case.violation, *case.also}
    assert contents(small_school) == before


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_database_refuses_the_same_rows(small_school, case: Case):
    row = ANOTHER[case.table] | case.changes
    statement = f"INSERT INTO {case.table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})"
    with pytest.raises(duckdb.ConstraintException, match="constraint"):
        small_school.con.execute(statement, list(row.values()))


def test_every_unique_check_and_foreign_key_constraint_has_a_case(declared):
    declared = declared[declared["rule"] != OF_EVERY_TABLE]
    constraints = set(zip(declared["table"], declared["rule"], strict=True))
    cases = {(case.table, case.rule) for case in CASES}
    assert not constraints - cases, f"Add a row that breaks it to tests/constraint_cases.py: {constraints - cases}"
    assert cases == constraints


def test_every_table_has_rows_to_test_with(small_school):
    for name, rows in (("SMALL_SCHOOL", SMALL_SCHOOL), ("ANOTHER", ANOTHER)):
        new = set(small_school.tables()["table"]) - set(rows)
        assert not new, f"Add to {name} in tests/small_school.py: {sorted(new)}"


def test_every_unique_check_and_foreign_key_constraint_says_its_rule_in_words(declared):
    assert list(declared[declared["rule"] == ""].itertuples()) == []
    assert not declared.duplicated(["table", "rule"]).any(), "two constraints of a table cannot be identified"


@pytest.mark.parametrize(("table", "column"), REQUIRED)
def test_a_column_that_needs_a_value_refuses_null(small_school, table, column):
    with pytest.raises(RowsRejectedError, match=rf"{column} is empty, and every row of {table} needs it") as refusal:
        small_school.insert(table, ANOTHER[table] | {column: None})
    assert f"not_null:{column}" in set(refusal.value.violations["rule"])


@pytest.mark.parametrize("table", TABLES)
def test_an_id_is_taken_once(small_school, table):
    taken = SMALL_SCHOOL[table][0]["id"]
    with pytest.raises(RowsRejectedError, match=rf"No two rows of {table} share their id\.") as refusal:
        small_school.insert(table, ANOTHER[table] | {"id": taken})
    assert "unique:id" in set(refusal.value.violations["rule"])


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    "wrong", ["1", "", "00000000000040008000000000000001", "00000000-0000-4000-8000-0000000000011"]
)
def test_an_id_has_the_form_of_a_uuid(small_school, table, wrong):
    with pytest.raises(RowsRejectedError, match="An id has the form of a UUID"):
        small_school.insert(table, ANOTHER[table] | {"id": wrong})


def enumerations(bench: clerkbench.Workbench, table: str) -> list[tuple[str, list[str]]]:
    """The columns of which the schema lists the values."""
    described = bench.describe(table)
    return [(row.column, row.allowed_values.split(", ")) for row in described.itertuples() if row.allowed_values]


@pytest.mark.parametrize("table", TABLES)
def test_an_enumeration_takes_each_of_its_values_and_no_other(own_school, table):
    own_school.con.execute("DELETE FROM school_defaults")  # which takes each type once
    for column, values in enumerations(own_school, table):
        for value in values:
            row = ANOTHER[table] | {column: value}
            assert insert_and_remove(own_school, table, row)[column] == value
        for wrong in (values[0].upper(), values[0] + " ", ""):
            with pytest.raises(RowsRejectedError, match=f"Make {column} one of {', '.join(values)}"):
                own_school.insert(table, ANOTHER[table] | {column: wrong})


# Section 3 of the design. A later schema may have more.
def test_the_enumerations_of_the_design_are_there(small_school):
    assert {(table, column) for table in TABLES for column, _ in enumerations(small_school, table)} >= {
        ("clerkship_configurations", "assignment_strategy"),
        ("clerkship_configurations", "requirement_structure"),
        ("clerkship_configurations", "health_system_continuity"),
        ("clerkship_requirements", "requirement_type"),
        ("clerkship_requirements", "assignment_mode"),
        ("sites", "site_type"),
        ("preceptor_team_members", "role"),
    }


# Boundary cases that the constraints must accept.
ACCEPTED = [
    # a team size may be given, from two up
    ("clerkship_configurations", {"team_size_min": 2, "team_size_max": 2}),
    # a hybrid may have a block size, and need not
    ("clerkship_configurations", {"assignment_strategy": "hybrid", "block_size_days": 14}),
    ("clerkship_configurations", {"assignment_strategy": "hybrid", "block_size_days": None}),
    # two health systems may each have a site of the same name
    ("sites", {"health_system_id": RIVERSIDE, "name": "Metro Hospital"}),
    # two preceptors may share a name, not an email address
    ("preceptors", {"name": "Dr. Chen"}),
    # a preceptor need not have a site
    ("preceptors", {"site_id": None}),
    # as many students a year as a day
    ("preceptor_capacity_rules", {"max_students_per_day": 3, "max_students_per_year": 3}),
    # two teams may share a name
    ("preceptor_teams", {"name": "Surgery A"}),
]


@pytest.mark.parametrize(("table", "changes"), ACCEPTED, ids=str)
def test_a_row_just_inside_the_constraints_is_accepted(small_school, table, changes):
    stored = insert_and_remove(small_school, table, ANOTHER[table] | changes)
    assert [stored[column] for column, value in changes.items() if value is not None] == [
        value for value in changes.values() if value is not None
    ]
