"""The views show the effective settings with names, also in edge cases."""

import pytest

import clerkbench
from small_school import (
    DR_CHEN,
    DR_OKAFOR,
    DR_SILVA,
    PEDIATRICS,
    SCHOOL_DEFAULTS,
    SURGERY,
    SURGERY_CONFIGURATION,
    SURGERY_REQUIREMENT,
)


@pytest.fixture
def school(own_school) -> clerkbench.Workbench:
    return own_school


# --- effective_capacity


def capacity(bench, preceptor: str, clerkship: str) -> list[object]:
    row = bench.con.execute(
        """
        SELECT max_students_per_day, max_students_per_year, max_students_per_block, decided_by
        FROM effective_capacity WHERE preceptor = ? AND clerkship = ?
        """,
        [preceptor, clerkship],
    ).fetchone()
    return list(row)


def limit(bench, preceptor: str, **values: object) -> None:
    bench.insert("preceptor_capacity_rules", {"preceptor_id": preceptor, **values})


# One documented order, from the most specific to the most general: each rule that is deleted uncovers the next.
def test_the_most_specific_rule_decides(school):
    school.con.execute("DELETE FROM preceptor_capacity_rules")
    limit(school, DR_CHEN, max_students_per_year=1)
    limit(school, DR_CHEN, max_students_per_year=2, requirement_type="inpatient")
    limit(school, DR_CHEN, max_students_per_year=3, clerkship_id=SURGERY)
    limit(school, DR_CHEN, max_students_per_year=4, clerkship_id=SURGERY, requirement_type="inpatient")
    limit(school, DR_CHEN, max_students_per_year=9, requirement_type="outpatient")
    found = []
    for year in (4, 3, 2, 1):
        found.append(capacity(school, "Dr. Chen", "Surgery"))
        school.con.execute("DELETE FROM preceptor_capacity_rules WHERE max_students_per_year = ?", [year])
    assert found == [
        [1, 4, None, "clerkship and type rule"],
        [1, 3, None, "clerkship rule"],
        [1, 2, None, "type rule"],
        [1, 1, None, "general rule"],
    ]
    assert capacity(school, "Dr. Chen", "Surgery") == [1, 5, None, "max_students, default of the school"]


def test_without_a_rule_max_students_decides_and_there_is_no_yearly_limit(school):
    school.con.execute("DELETE FROM school_defaults")
    assert capacity(school, "Dr. Okafor", "Surgery") == [1, None, None, "max_students"]


def test_without_a_rule_a_preceptor_takes_no_more_than_the_clerkship_or_the_school_says(school):
    school.update("preceptors", DR_OKAFOR, max_students=4)
    assert capacity(school, "Dr. Okafor", "Surgery") == [4, 5, None, "max_students, default of the school"]
    school.update("school_defaults", SCHOOL_DEFAULTS, max_students_per_day=3)
    assert capacity(school, "Dr. Okafor", "Surgery") == [3, 5, None, "default of the school"]
    school.update("clerkship_configurations", SURGERY_CONFIGURATION, max_students_per_day=2)
    assert capacity(school, "Dr. Okafor", "Surgery") == [2, 5, None, "the clerkship, default of the school"]
    school.update("clerkship_configurations", SURGERY_CONFIGURATION, max_students_per_year=2)
    assert capacity(school, "Dr. Okafor", "Surgery") == [2, 2, None, "the clerkship"]
    school.update("preceptors", DR_OKAFOR, max_students=1)
    assert capacity(school, "Dr. Okafor", "Surgery") == [1, 2, None, "max_students, the clerkship"]


# The most specific rule decides alone: an empty limit in it is "no limit", not "see the general rule".
def test_an_empty_limit_of_a_clerkship_rule_is_not_filled_from_the_general_rule(school):
    limit(school, DR_SILVA, max_students_per_year=5)
    limit(school, DR_SILVA, clerkship_id=PEDIATRICS)
    assert capacity(school, "Dr. Silva", "Pediatrics") == [1, None, None, "clerkship rule"]


def test_there_is_one_row_for_each_requirement_and_preceptor_who_may_teach_it(school):
    rows = school.sql("FROM effective_capacity ORDER BY clerkship, preceptor")
    assert rows[["clerkship", "requirement", "preceptor"]].fillna("").to_numpy().tolist() == [
        ["Pediatrics", "", "Dr. Silva"],
        ["Radiology", "outpatient", "Dr. Mori"],
        ["Surgery", "inpatient", "Dr. Chen"],
        ["Surgery", "inpatient", "Dr. Okafor"],
    ]


# --- effective_settings


def held(bench, setting: str, clerkship: str = "Surgery") -> list[list[object]]:
    found = bench.sql(
        f"SELECT requirement, {setting}, {setting}_origin FROM effective_settings WHERE clerkship = ? ORDER BY ALL",
        [clerkship],
    )
    return found.astype(object).where(found.notna(), None).values.tolist()


# The requirement's own, else the clerkship's, else the school's for its type, else the schema's.
def test_each_level_decides_where_those_before_it_are_empty(school):
    def clerkship(**values: object) -> None:
        school.update("clerkship_configurations", SURGERY_CONFIGURATION, **values)

    school.update("clerkship_requirements", SURGERY_REQUIREMENT, block_size_days=5)
    school.update("school_defaults", SCHOOL_DEFAULTS, block_size_days=10)
    assert held(school, "block_size_days") == [["inpatient", 5, "the requirement"]]
    school.update("clerkship_requirements", SURGERY_REQUIREMENT, block_size_days=None)
    assert held(school, "block_size_days") == [["inpatient", 7, "the clerkship"]]
    clerkship(block_size_days=None)
    assert held(school, "block_size_days") == [["inpatient", 10, "default of the school"]]
    school.con.execute("DELETE FROM school_defaults")
    assert held(school, "block_size_days") == [["inpatient", None, None]]  # the schema has no default for it
    assert held(school, "allow_partial_blocks") == [["inpatient", False, "default of the schema"]]


def test_the_strategy_of_a_clerkship_is_the_mode_of_its_requirements_unless_it_is_hybrid(school):
    school.update("clerkship_requirements", SURGERY_REQUIREMENT, assignment_mode=None)
    school.update("school_defaults", SCHOOL_DEFAULTS, assignment_mode="daily_rotation")
    assert held(school, "assignment_mode") == [["inpatient", "daily_rotation", "default of the school"]]
    school.update("clerkship_configurations", SURGERY_CONFIGURATION, assignment_strategy="block_based")
    assert held(school, "assignment_mode") == [["inpatient", "block_based", "the clerkship"]]


def test_a_default_of_the_school_holds_for_its_type_of_requirement_only(school):
    assert held(school, "max_students_per_year") == [["inpatient", 5, "default of the school"]]
    assert held(school, "max_students_per_year", "Radiology") == [["outpatient", None, None]]


def test_a_clerkship_without_requirements_has_the_defaults_of_the_schema(school):
    assert held(school, "assignment_mode", "Pediatrics") == [[None, "continuous_single", "default of the schema"]]


# The defaults of the schema are those that the columns had in the second migration.
def test_existing_configurations_keep_every_value_of_the_second_migration(new_bench, own_sql):
    columns = "assignment_strategy, health_system_continuity, allow_partial_blocks, prefer_continuous_blocks"
    for script in own_sql.glob("migrations/000[3-9]*"):
        script.unlink()
    for view in [*own_sql.glob("views/*"), *own_sql.glob("rules/*"), *own_sql.glob("in_force/*")]:
        view.unlink()
    with clerkbench.open(sql_folder=own_sql) as before:
        [clerkship] = before.insert("clerkships", {"name": "Surgery", "specialty": "Surgery", "required_days": 5})
        before.insert("clerkship_configurations", {"clerkship_id": clerkship})
        stored = before.sql(f"SELECT {columns}, fallbacks_allowed FROM clerkship_configurations").values.tolist()
    with new_bench() as after:
        after.insert("clerkships", {"name": "Surgery", "specialty": "Surgery", "required_days": 5})
        columns = columns.replace("assignment_strategy", "assignment_mode")
        assert after.sql(f"SELECT {columns}, fallbacks_allowed FROM effective_settings").values.tolist() == stored


# --- fallback_chains


def fall_back(bench, *pairs: tuple[str, str, int], clerkship: str | None = None) -> None:
    """Replace all fallbacks by these: who, by whom, priority."""
    bench.con.execute("DELETE FROM preceptor_fallbacks")
    named = dict(bench.con.execute("SELECT name, id FROM preceptors").fetchall())
    bench.insert(
        "preceptor_fallbacks",
        [
            {
                "clerkship_id": clerkship,
                "primary_preceptor_id": named[who],
                "fallback_preceptor_id": named[by],
                "priority": priority,
            }
            for who, by, priority in pairs
        ],
    )


def chain(bench, preceptor: str) -> list[tuple[str, int, str]]:
    """Everybody who may stand in: who, how deep, for whom."""
    return bench.con.execute(
        "SELECT fallback, depth, stands_in_for FROM fallback_chains WHERE preceptor = ? ORDER BY turn", [preceptor]
    ).fetchall()


@pytest.fixture
def preceptors(bench) -> clerkbench.Workbench:
    """Twelve preceptors, A to L, without fallbacks."""
    [system] = bench.insert("health_systems", {"name": "Metro"})
    bench.insert(
        "preceptors",
        [
            {"name": name, "email": f"{name}@x.example", "specialty": "Surgery", "health_system_id": system}
            for name in "ABCDEFGHIJKL"
        ],
    )
    return bench


def test_a_chain_follows_fallbacks_of_fallbacks_in_order(preceptors):
    fall_back(preceptors, ("A", "B", 1), ("B", "C", 1), ("C", "D", 1))
    assert chain(preceptors, "A") == [("B", 1, "A"), ("C", 2, "B"), ("D", 3, "C")]
    assert chain(preceptors, "C") == [("D", 1, "C")]
    assert chain(preceptors, "D") == []


def test_near_fallbacks_come_before_far_ones_and_then_by_priority(preceptors):
    fall_back(preceptors, ("A", "B", 2), ("A", "C", 1), ("B", "D", 2), ("B", "E", 1))
    assert chain(preceptors, "A") == [("C", 1, "A"), ("B", 1, "A"), ("E", 2, "B"), ("D", 2, "B")]


def test_a_fallback_with_two_chains_is_listed_once_with_the_shortest(preceptors):
    fall_back(preceptors, ("A", "B", 1), ("A", "C", 2), ("B", "D", 2), ("C", "D", 1), ("D", "B", 1))
    # D is reached through B and through C, where it has the better priority.
    assert chain(preceptors, "A") == [("B", 1, "A"), ("C", 1, "A"), ("D", 2, "C")]


def test_a_cycle_ends_where_it_began(preceptors):
    fall_back(preceptors, ("A", "B", 1), ("B", "C", 1), ("C", "A", 1))
    assert chain(preceptors, "A") == [("B", 1, "A"), ("C", 2, "B")]


def test_a_cycle_that_does_not_lead_back_to_the_start_ends_too(preceptors):
    fall_back(preceptors, ("A", "B", 1), ("B", "C", 1), ("C", "B", 1))
    assert chain(preceptors, "A") == [("B", 1, "A"), ("C", 2, "B")]


# If twelve people are all fallbacks of each other, each has 108,505,111 chains. The view must not enumerate them.
def test_a_department_where_everybody_stands_in_for_everybody_is_listed_at_once(preceptors):
    fall_back(
        preceptors,
        *(
            (who, by, priority)
            for who in "ABCDEFGHIJKL"
            for priority, by in enumerate((each for each in "ABCDEFGHIJKL" if each != who), start=1)
        ),
    )
    assert preceptors.sql("SELECT count(*) AS n, max(depth) AS d FROM fallback_chains").iloc[0].tolist() == [132, 1]


def test_each_scope_has_chains_of_its_own(school):
    chains = school.sql("SELECT clerkship, preceptor, fallback FROM fallback_chains")
    assert chains["clerkship"].fillna("any").tolist() == ["Surgery", "any"]
    assert set(chains["fallback"]) == {"Dr. Okafor"}


def test_a_fallback_of_one_scope_does_not_lengthen_a_chain_of_another(school):
    school.insert(
        "preceptor_fallbacks",
        {
            "clerkship_id": SURGERY,
            "primary_preceptor_id": DR_OKAFOR,
            "fallback_preceptor_id": DR_SILVA,
            "priority": 1,
        },
    )
    of_chen = school.sql(
        "SELECT coalesce(clerkship, 'any') AS scope, max(depth) AS depth FROM fallback_chains "
        "WHERE preceptor_id = ? GROUP BY ALL ORDER BY ALL",
        [DR_CHEN],
    )
    assert of_chen.to_numpy().tolist() == [["Surgery", 2], ["any", 1]]


# --- team_rosters


def test_a_roster_lists_members_by_priority_with_their_site(seeded):
    roster = seeded["hybrid"].sql(
        "SELECT preceptor, role, health_system, site FROM team_rosters WHERE team = 'Harbor Pediatrics'"
    )
    assert roster["preceptor"].tolist() == ["Dr. Eva Lindgren", "Dr. Francisco Vega", "Dr. Gemma Doyle"]
    assert roster["role"].tolist() == ["lead", "member", "member"]
    assert set(roster["site"]) == {"Harbor Children's Clinic"}


def test_a_roster_is_ordered_by_priority_not_by_when_members_joined(school):
    [team] = school.insert("preceptor_teams", {"name": "Backwards"})
    school.insert(
        "preceptor_team_members",
        [
            {"team_id": team, "preceptor_id": DR_CHEN, "priority": 3},
            {"team_id": team, "preceptor_id": DR_SILVA, "priority": 1},
            {"team_id": team, "preceptor_id": DR_OKAFOR, "priority": 2},
        ],
    )
    roster = school.sql("FROM team_rosters WHERE team = 'Backwards'")
    assert roster["preceptor"].tolist() == ["Dr. Silva", "Dr. Okafor", "Dr. Chen"]


def test_a_fallback_for_any_clerkship_counts_where_its_preceptor_has_the_specialty(school):
    counted = school.sql("SELECT clerkship, fallbacks FROM configuration_overview ORDER BY clerkship")
    assert counted.to_numpy().tolist() == [
        ["Pediatrics", "0 named"],
        ["Radiology", "0 named"],
        ["Surgery", "allowed, 2 named"],
    ]


def test_a_team_without_members_is_still_listed(school):
    school.insert("preceptor_teams", {"name": "Empty team"})
    roster = school.sql("FROM team_rosters WHERE team = 'Empty team'")
    assert len(roster) == 1
    assert roster["preceptor"].isna().all()


# --- configuration_overview


def test_the_overview_reports_all_eight_areas_of_a_clerkship(school):
    row = school.sql("FROM configuration_overview WHERE clerkship = 'Surgery'").iloc[0]
    assert row.to_dict() == {
        "clerkship": "Surgery",
        "specialty": "Surgery",
        "required_days": 45,
        "assignment_strategy": "hybrid",
        "teams": "Surgery A (1)",
        "requirements": "single: inpatient 35 days block_based",
        "capacity": "preceptors: 2, students a day: 2",
        "health_system_continuity": "no_preference",
        "electives": "Trauma (1+ days)",
        "fallbacks": "allowed, 2 named",
        "blocks": "7 days, one after another",
    }


def test_the_overview_lists_a_clerkship_that_is_not_configured_yet(school):
    row = school.sql("FROM configuration_overview WHERE clerkship = 'Pediatrics'").iloc[0].fillna("").to_dict()
    assert row["assignment_strategy"] == row["health_system_continuity"] == ""
    assert (row["teams"], row["requirements"], row["electives"], row["blocks"]) == ("no teams", "none", "none", "none")
    assert row["capacity"] == "preceptors: 1, students a day: 1"


def test_a_team_for_any_clerkship_is_a_team_of_each(school):
    school.insert("preceptor_teams", {"name": "Float team"})
    teams = school.sql("SELECT teams FROM configuration_overview ORDER BY clerkship")["teams"]
    assert teams.tolist() == ["Float team (0)", "Float team (0)", "Float team (0), Surgery A (1)"]


def test_the_overview_has_one_row_for_each_clerkship(seeded):
    for bench in seeded.values():
        assert bench.sql("FROM configuration_overview")["clerkship"].is_unique
        assert len(bench.sql("FROM configuration_overview")) == len(bench.sql("FROM clerkships"))
