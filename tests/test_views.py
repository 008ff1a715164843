"""The views show the effective settings with names, also in edge cases."""

import pytest

import clerkbench
from small_school import DR_CHEN, DR_OKAFOR, DR_SILVA, PEDIATRICS, SMALL_SCHOOL, SURGERY


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


def test_a_clerkship_rule_goes_before_the_general_rule(school):
    assert capacity(school, "Dr. Chen", "Surgery") == [1, 4, None, "clerkship rule"]
    assert capacity(school, "Dr. Chen", "Pediatrics") == [1, 3, None, "general rule"]


def test_without_a_rule_max_students_decides_and_there_is_no_yearly_limit(school):
    assert capacity(school, "Dr. Okafor", "Surgery") == [1, None, None, "max_students"]


# The most specific rule decides alone: an empty limit in it is "no limit", not "see the general rule".
def test_an_empty_limit_of_a_clerkship_rule_is_not_filled_from_the_general_rule(school):
    school.insert("preceptor_capacity_rules", [{"preceptor_id": DR_SILVA, "max_students_per_year": 5}])
    school.insert("preceptor_capacity_rules", [{"preceptor_id": DR_SILVA, "clerkship_id": PEDIATRICS}])
    assert capacity(school, "Dr. Silva", "Pediatrics") == [1, None, None, "clerkship rule"]
    assert capacity(school, "Dr. Silva", "Surgery") == [1, 5, None, "general rule"]


def test_there_is_one_row_for_each_preceptor_and_clerkship(school):
    rows = school.sql("FROM effective_capacity")
    assert len(rows) == len(SMALL_SCHOOL["preceptors"]) * len(SMALL_SCHOOL["clerkships"])
    assert not rows.duplicated(["preceptor_id", "clerkship_id"]).any()


def test_whether_the_specialty_fits_is_reported(school):
    fits = school.sql("SELECT preceptor, clerkship FROM effective_capacity WHERE same_specialty")
    assert fits.to_numpy().tolist() == [
        ["Dr. Chen", "Surgery"],
        ["Dr. Okafor", "Surgery"],
        ["Dr. Silva", "Pediatrics"],
    ]


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
    assert counted.to_numpy().tolist() == [["Pediatrics", "0 named"], ["Surgery", "allowed, 2 named"]]


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
    assert teams.tolist() == ["Float team (0)", "Float team (0), Surgery A (1)"]


def test_the_overview_has_one_row_for_each_clerkship(seeded):
    for bench in seeded.values():
        assert bench.sql("FROM configuration_overview")["clerkship"].is_unique
        assert len(bench.sql("FROM configuration_overview")) == len(bench.sql("FROM clerkships"))
