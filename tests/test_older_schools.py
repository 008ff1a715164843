"""Schools of the second version, before defaults, parts and people, come to the newest one with every value."""

from collections.abc import Iterator

import pytest

import clerkbench
from application import beside, of_application
from clerkbench.errors import DataLossError
from databases import rows
from small_school import DR_OKAFOR, SMALL_SCHOOL

#: The columns of the second version that hold values.
Stored = dict[str, list[tuple[object, ...]]]

TABLES_OF_TWO = [
    "clerkships", "preceptors", "health_systems", "sites", "clerkship_configurations", "clerkship_requirements",
    "clerkship_electives", "preceptor_teams", "preceptor_team_members", "preceptor_fallbacks",
    "preceptor_capacity_rules",
]  # fmt: skip

OVERVIEW = """
CREATE VIEW configuration_overview AS
SELECT clerkships.name AS clerkship, configurations.assignment_strategy, preceptors.email
FROM clerkships
LEFT JOIN clerkship_configurations AS configurations ON clerkships.id = configurations.clerkship_id
LEFT JOIN preceptors ON clerkships.specialty = preceptors.specialty
ORDER BY clerkship;
"""


@pytest.fixture
def old_sql(own_sql):
    """The schema with two migrations, and a view of that time with the name of one of today."""
    for script in own_sql.glob("*/*.sql"):
        if script.parent.name != "migrations" or int(script.name[:4]) > 2:
            script.unlink()
    (own_sql / "views" / "configuration_overview.sql").write_text(OVERVIEW, encoding="utf-8")
    return own_sql


@pytest.fixture
def old(old_sql, tmp_path) -> Iterator[clerkbench.Workbench]:
    """A school of the second version in a file."""
    with clerkbench.open(tmp_path / "old.duckdb", sql_folder=old_sql) as bench:
        columns = {table: set(bench.describe(table)["column"]) for table in TABLES_OF_TWO}
        for table in bench.tables()["table"]:  # parents first
            some = [{name: row[name] for name in row if name in columns[table]} for row in SMALL_SCHOOL[table]]
            needed = {"clerkship_requirements": {"assignment_mode": "continuous_single"}}.get(table, {})
            bench.insert(table, [needed | row for row in some])
        bench.update("clerkship_configurations", SMALL_SCHOOL["clerkship_configurations"][0]["id"], notes="Kept.")
        yield bench


def values(school: clerkbench.SchoolReader, columns: dict[str, list[str]]) -> Stored:
    return {
        table: school.sql(f"SELECT {', '.join(names)} FROM {table} ORDER BY id").astype(str).values.tolist()
        for table, names in columns.items()
    }


@pytest.fixture
def columns(old) -> dict[str, list[str]]:
    return {table: old.describe(table)["column"].tolist() for table in TABLES_OF_TWO}


def test_a_file_is_migrated_when_it_is_opened_and_can_go_back(old, columns, tmp_path):
    before = values(old, columns)
    old.close()
    with clerkbench.open(tmp_path / "old.duckdb") as new:
        assert values(new, columns) == before
        assert (
            new.sql("SELECT requirements FROM configuration_overview")["requirements"].iloc[-1].startswith("single: ")
        )
        assert new.capacity()["clerkship"].tolist() == ["Pediatrics", "Radiology", "Surgery"]
        new.rollback(len(new.migrations()) - 2)
        assert values(new, columns) == before


def test_a_plan_says_that_nothing_is_against_it(old, tmp_path):
    old.close()
    with clerkbench.open(tmp_path / "old.duckdb", migrate=False) as new:
        plan = new.plan_migration()
        assert not plan, repr(plan)
        assert plan.rejected_rows.empty
        assert plan.portability.empty


def test_a_workbook_of_the_second_version_is_loaded(old, columns, tmp_path, bench):
    old.save(tmp_path / "school.xlsx")
    bench.load(tmp_path / "school.xlsx")
    named = {table: [name for name in names if not name.endswith("_at")] for table, names in columns.items()}
    assert values(bench, named) == values(old, named)


def test_an_exported_school_is_migrated_where_it_is_beside_the_rows_of_an_application(old, columns, place, tmp_path):
    before = values(old, columns)
    with beside(old, *place) as connection:
        made = of_application(connection)
        old.close()
        with clerkbench.open(place[0], **place[1]) as there, clerkbench.open(tmp_path / "old.duckdb") as here:
            there.migrate()
            assert values(there, columns) == before
            assert rows(there) == rows(here)
            assert not here.schema_diff(there)
            assert of_application(connection) == made
            assert there.audit().equals(here.audit())


def rolled_back(school: clerkbench.Workbench, columns: str) -> list[list[object]]:
    """What version 2 has of the configuration of surgery after a rollback."""
    school.rollback(len(school.migrations()) - 2, discard_data=True)
    query = f"SELECT {columns} FROM clerkship_configurations JOIN clerkships ON clerkship_id = clerkships.id"
    return school.sql(f"{query} WHERE clerkships.name = 'Surgery'").values.tolist()


# Before, an empty team size became that of the schema, which is 2 to 3.
def test_a_rollback_gives_a_clerkship_the_defaults_that_held_for_it(new_bench):
    with new_bench("team_based") as bench:
        names = ("assignment_strategy", "team_size_min", "team_size_max", "health_system_continuity")
        bench.configure("Surgery", **dict.fromkeys(names))
        assert rolled_back(bench, ", ".join(names)) == [["continuous_team", 3, 4, "prefer_same_system"]]


# The outpatient days of surgery are not in blocks, so their default says nothing of blocks.
def test_a_rollback_gives_a_clerkship_the_block_size_of_its_days_in_blocks(new_bench):
    with new_bench("hybrid") as bench:
        blocks = {"block_size_days": 5, "allow_partial_blocks": False}
        bench.insert(
            "school_defaults",
            [
                {"requirement_type": "outpatient", **blocks},
                {"requirement_type": "inpatient", "block_size_days": 7, "allow_partial_blocks": True},
            ],
        )
        bench.configure("Surgery", block_size_days=None, allow_partial_blocks=None)
        assert rolled_back(bench, "block_size_days, allow_partial_blocks") == [[7, True]]


def test_a_rollback_gives_a_clerkship_the_block_size_of_its_requirement(new_bench):
    with new_bench("hybrid") as bench:
        bench.sql("UPDATE clerkship_requirements SET block_size_days = 5 WHERE assignment_mode = 'block_based'")
        bench.configure("Surgery", block_size_days=None)
        assert rolled_back(bench, "block_size_days") == [[5]]


# A rule for outpatient days does not become one for all days.
def test_a_rollback_loses_a_capacity_rule_for_one_type_and_says_so(new_bench):
    with new_bench("small") as bench:
        bench.con.execute("DELETE FROM school_defaults; DELETE FROM elective_preceptors; DELETE FROM preceptor_sites")
        rule = {"preceptor_id": DR_OKAFOR, "requirement_type": "outpatient", "max_students_per_day": 7}
        bench.insert("preceptor_capacity_rules", rule)
        steps = len(bench.migrations()) - 3
        with pytest.raises(DataLossError, match="preceptor_capacity_rules 1"):
            bench.rollback(steps)
        bench.rollback(steps, discard_data=True)
        assert bench.sql("FROM preceptor_capacity_rules WHERE max_students_per_day = 7").empty
