"""The plans that prove a capacity respect every limit. They are checked against the tables, not against the code."""

import pandas as pd
import pytest

from clerkbench.files.sql_files import SqlFiles
from clerkbench.school.construction import constructed
from databases import SCHOOLS

#: What no plan may hold, by what it would break. ``placed`` is a row for each student, day, part and preceptor.
FAULTS = {
    "a student is at two places on one day": """
        SELECT clerkship, student, day FROM placed GROUP BY ALL HAVING count(*) > 1
    """,
    "a student has fewer days than the clerkship": """
        SELECT clerkship, student FROM placed INNER JOIN clerkships ON placed.clerkship = clerkships.name
        GROUP BY clerkship, student, required_days HAVING count(*) < required_days
    """,
    "a student has fewer days than a requirement": """
        SELECT held.clerkship, held.requirement, students.student
        FROM effective_settings AS held
        INNER JOIN (SELECT DISTINCT clerkship, student FROM placed) AS students USING (clerkship)
        LEFT JOIN placed
            ON placed.clerkship = held.clerkship AND placed.student = students.student
            AND (placed.part = held.requirement OR starts_with(placed.part, held.requirement || ': '))
        WHERE held.requirement IS NOT NULL
        GROUP BY held.clerkship, held.requirement, students.student, held.minimum_days
        HAVING count(placed.day) < held.minimum_days
    """,
    "somebody teaches who may not": """
        SELECT placed.* FROM placed
        WHERE NOT EXISTS (
            SELECT 1 FROM effective_capacity AS capacity
            WHERE capacity.clerkship = placed.clerkship AND capacity.preceptor_id = placed.preceptor
            AND (
                capacity.requirement IS NULL
                OR capacity.requirement = placed.part OR starts_with(placed.part, capacity.requirement || ': ')
            )
        )
    """,
    "a preceptor has more students on a day than the most that any rule allows": """
        SELECT placed.clerkship, preceptor, day FROM placed
        GROUP BY ALL
        HAVING count(*) > (
            SELECT max(max_students_per_day) FROM effective_capacity AS capacity
            WHERE capacity.clerkship = placed.clerkship AND capacity.preceptor_id = placed.preceptor
        )
    """,
    "a preceptor has more students a year in a part than its rule allows": """
        SELECT placed.clerkship, part, preceptor FROM placed
        GROUP BY ALL
        HAVING count(DISTINCT student) > (
            SELECT max(max_students_per_year) FROM effective_capacity AS capacity
            WHERE capacity.clerkship = placed.clerkship AND capacity.preceptor_id = placed.preceptor
            AND (capacity.requirement = placed.part OR starts_with(placed.part, capacity.requirement || ': '))
        )
    """,
    "a preceptor teaches on more days": """
        SELECT clerkship, preceptor FROM placed INNER JOIN preceptors ON placed.preceptor = preceptors.id
        GROUP BY clerkship, preceptor, teaching_days_per_year HAVING count(DISTINCT day) > teaching_days_per_year
    """,
    "one preceptor is to teach all days and several do": """
        SELECT placed.clerkship, placed.part, student FROM placed
        INNER JOIN effective_settings AS held ON placed.clerkship = held.clerkship AND placed.part = held.requirement
        LEFT JOIN clerkship_requirements AS requirements ON held.requirement_id = requirements.id
        WHERE held.assignment_mode = 'continuous_single' OR requirements.preceptors_max = 1
        GROUP BY ALL HAVING count(DISTINCT preceptor) > 1
    """,
    "days rotate and a preceptor follows on the same": """
        SELECT one.* FROM placed AS one
        INNER JOIN placed AS next USING (clerkship, part, student, preceptor)
        INNER JOIN effective_settings AS held ON one.clerkship = held.clerkship AND one.part = held.requirement
        WHERE held.assignment_mode = 'daily_rotation' AND held.requirement_type <> 'elective'
        AND next.day = one.day + 1 AND EXISTS (
            SELECT 1 FROM effective_capacity AS other INNER JOIN preceptors ON other.preceptor_id = preceptors.id
            WHERE other.requirement_id = held.requirement_id AND other.preceptor_id <> one.preceptor
            AND (held.health_system_continuity <> 'enforce_same_system' OR preceptors.health_system_id =
                (SELECT health_system_id FROM preceptors WHERE id = one.preceptor))
        )
    """,
    "a student meets fewer preceptors than asked for": """
        SELECT placed.clerkship, placed.part, student FROM placed
        INNER JOIN effective_settings AS held ON placed.clerkship = held.clerkship AND placed.part = held.requirement
        INNER JOIN clerkship_requirements AS requirements ON held.requirement_id = requirements.id
        GROUP BY placed.clerkship, placed.part, student, preceptors_min, preceptors_max
        HAVING count(DISTINCT preceptor) < preceptors_min OR count(DISTINCT preceptor) > preceptors_max
    """,
    "a student changes the health system and may not": """
        SELECT placed.clerkship, student FROM placed
        INNER JOIN preceptors ON placed.preceptor = preceptors.id
        INNER JOIN effective_settings AS held
            ON placed.clerkship = held.clerkship
            AND (placed.part = held.requirement OR starts_with(placed.part, held.requirement || ': '))
        WHERE held.health_system_continuity = 'enforce_same_system'
        GROUP BY ALL HAVING count(DISTINCT health_system_id) > 1
    """,
    "a site has more students than it takes": """
        SELECT rules.id FROM placed
        INNER JOIN workplaces ON placed.preceptor = workplaces.preceptor_id
        INNER JOIN site_capacity_rules AS rules ON workplaces.site_id = rules.site_id
        INNER JOIN clerkships ON placed.clerkship = clerkships.name
        WHERE coalesce(rules.clerkship_id, clerkships.id) = clerkships.id
        GROUP BY rules.id, placed.clerkship, max_students_per_year
        HAVING count(DISTINCT student) > max_students_per_year
    """,
    "a site has more students on a day than it takes": """
        SELECT rules.id FROM placed
        INNER JOIN workplaces ON placed.preceptor = workplaces.preceptor_id
        INNER JOIN site_capacity_rules AS rules ON workplaces.site_id = rules.site_id
        INNER JOIN clerkships ON placed.clerkship = clerkships.name
        WHERE coalesce(rules.clerkship_id, clerkships.id) = clerkships.id
        GROUP BY rules.id, placed.clerkship, day, max_students_per_day HAVING count(*) > max_students_per_day
    """,
    "more students are in a clerkship at the same time than it takes": """
        WITH spans AS (SELECT clerkship, student, min(day) AS begun, max(day) AS ended FROM placed GROUP BY ALL)
        SELECT one.clerkship FROM spans AS one
        INNER JOIN spans AS other ON one.clerkship = other.clerkship AND one.begun BETWEEN other.begun AND other.ended
        INNER JOIN clerkships ON one.clerkship = clerkships.name
        GROUP BY one.clerkship, one.student, max_students_at_once HAVING count(*) > max_students_at_once
    """,
    "a member of a team has none of the days": """
        SELECT placed.clerkship, placed.part, student FROM placed
        INNER JOIN effective_settings AS held ON placed.clerkship = held.clerkship AND placed.part = held.requirement
        WHERE held.assignment_mode = 'continuous_team' AND held.requirement_type <> 'elective'
        GROUP BY ALL
        HAVING NOT list_contains(
            (
                SELECT list(members) FROM (
                    SELECT list(preceptor_id ORDER BY preceptor_id) AS members FROM eligible_preceptors AS eligible
                    WHERE eligible.team_id IS NOT NULL GROUP BY team_id, requirement_id
                )
            ),
            list(DISTINCT preceptor ORDER BY preceptor)
        )
    """,
}


@pytest.mark.parametrize("school", SCHOOLS)
def test_the_plan_that_proves_a_capacity_respects_every_limit(seeded, school):
    bench = seeded[school]
    found = bench.capacity().set_index("clerkship")
    # A plan could have one student more than the upper bound: it would show that the bound is wrong.
    plans = constructed(bench.con, SqlFiles(), 240, (found["max_students"] + 1).to_dict())
    placed = pd.DataFrame([(name, *each) for name, plan in plans.items() for each in plan.placements])
    placed.columns = ["clerkship", "student", "day", "part", "preceptor"]
    assert placed["day"].between(1, 240).all()
    assert placed.groupby("clerkship")["student"].nunique().to_dict() == found["proven"].to_dict()
    assert (found["proven"] <= found["max_students"]).all()
    with bench.con.cursor() as con:
        con.register("placed", placed)
        for fault, query in FAULTS.items():
            assert con.execute(query).fetchall() == [], fault


# Blocks begin together, on the days on which those of all students begin, and one preceptor has all days of a block.
def test_the_days_of_a_block_follow_each_other_with_one_preceptor(seeded):
    bench = seeded["hybrid"]
    plans = constructed(bench.con, SqlFiles(), 240, {"Obstetrics and Gynecology": 21})
    [plan] = plans.values()
    blocks: dict[tuple[int, int], set[tuple[int, str]]] = {}
    for each in plan.placements:
        blocks.setdefault((each.student, (each.day - 1) // 14), set()).add((each.day, each.preceptor))
    assert blocks
    for (_, block), days in blocks.items():
        assert {day for day, _ in days} == set(range(block * 14 + 1, block * 14 + 15))
        assert len({preceptor for _, preceptor in days}) == 1


def test_a_plan_is_the_same_each_time(seeded):
    con, asked = seeded["longitudinal"].con, {"Internal Medicine": 11, "Surgery": 7}
    one, two = (constructed(con, SqlFiles(), 240, asked) for _ in range(2))
    assert [plan.placements for plan in one.values()] == [plan.placements for plan in two.values()]


def test_a_clerkship_that_is_too_large_to_construct_has_no_lower_bound(bench):
    [system] = bench.insert("health_systems", {"name": "Metro"})
    bench.insert("clerkships", {"name": "Surgery", "specialty": "Surgery", "required_days": 60})
    person = {"name": "Dr. Chen", "specialty": "Surgery", "health_system_id": system, "max_students": 84}
    bench.insert("preceptors", person)
    assert bench.capacity()["proven"].isna().all()  # 336 students of 60 days are 20,160
    bench.update("preceptors", "Dr. Chen", max_students=83)
    assert bench.capacity()["proven"].tolist() == [332]


# Which of two elective requirements a required elective belongs to, nobody knows.
def test_required_electives_beside_two_elective_requirements_are_not_constructed(bench):
    [system] = bench.insert("health_systems", [{"name": "Metro"}])
    bench.insert("preceptors", [{"name": "Dr. Chen", "specialty": "Surgery", "health_system_id": system}])
    requirement = {"requirement_type": "elective", "required_days": 5, "assignment_mode": "continuous_single"}
    bench.configure(
        "Surgery",
        create=True,
        specialty="Surgery",
        required_days=10,
        requirement_structure="split",
        requirements=[{**requirement, "part": "first"}, {**requirement, "part": "second"}],
        electives=[{"name": "Trauma", "minimum_days": 3, "is_required": True}],
    )
    [found] = bench.capacity(days_per_year=30).itertuples()
    assert pd.isna(found.proven)
    assert found.max_students == 6  # 30 days of 5 in either


# They share a name, and are two all the same.
def test_students_stay_in_one_of_two_health_systems_of_one_name(bench):
    systems = bench.insert("health_systems", [{"name": "Mercy", "location": place} for place in ("North", "South")])
    bench.insert(
        "preceptors",
        [
            {"name": f"Dr. {number}", "specialty": "Surgery", "health_system_id": system}
            for number, system in enumerate(systems)
        ],
    )
    bench.configure(
        "Surgery",
        create=True,
        specialty="Surgery",
        required_days=6,
        assignment_strategy="daily_rotation",
        health_system_continuity="enforce_same_system",
        requirements=[{"requirement_type": "inpatient", "required_days": 6}],
    )
    [found] = bench.capacity(days_per_year=10).itertuples()
    assert (found.proven, found.max_students) == (2, 2)  # one in each, where both together have days for three


# A plan tries one preceptor after the other, so of very many in one health system it uses a part.
def test_a_plan_uses_a_hundred_preceptors_of_a_health_system(bench):
    [system] = bench.insert("health_systems", {"name": "Metro"})
    bench.insert("clerkships", {"name": "Surgery", "specialty": "Surgery", "required_days": 30})
    people = [{"name": f"Dr. {n}", "specialty": "Surgery", "health_system_id": system} for n in range(120)]
    bench.insert("preceptors", people)
    [found] = bench.capacity(days_per_year=30).itertuples()
    assert (found.proven, found.max_students) == (100, 120)
