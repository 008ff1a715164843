"""A whole clerkship, configured in all eight areas with inserts, and read back."""

import pytest

import clerkbench
from clerkbench.errors import RowsRejectedError


@pytest.fixture
def configured(bench) -> clerkbench.Workbench:
    """Internal medicine as the design has it: outpatient continuous, inpatient in blocks, electives daily."""
    [system] = bench.insert("health_systems", {"name": "Metro", "abbreviation": "M"})
    [site] = bench.insert("sites", {"health_system_id": system, "name": "Metro Hospital", "site_type": "hospital"})
    chen, okafor, silva = bench.insert(
        "preceptors",
        [
            {
                "name": name,
                "email": f"{name}@metro.example",
                "specialty": "Internal Medicine",
                "max_students": 2,
                "health_system_id": system,
                "site_id": site,
            }
            for name in ("Chen", "Okafor", "Silva")
        ],
    )
    [clerkship] = bench.insert(
        "clerkships", {"name": "Internal Medicine", "specialty": "Internal Medicine", "required_days": 70}
    )
    [configuration] = bench.insert(
        "clerkship_configurations",
        {
            "clerkship_id": clerkship,
            "assignment_strategy": "hybrid",
            "requirement_structure": "split",
            "health_system_continuity": "enforce_same_system",
            "block_size_days": 14,
            "allow_partial_blocks": True,
            "team_size_min": 2,
            "team_size_max": 3,
        },
    )
    bench.insert(
        "clerkship_requirements",
        [
            {"clerkship_id": clerkship, "requirement_type": kind, "required_days": days, "assignment_mode": mode}
            for kind, days, mode in [
                ("outpatient", 30, "continuous_single"),
                ("inpatient", 30, "block_based"),
                ("elective", 10, "daily_rotation"),
            ]
        ],
    )
    bench.insert("clerkship_electives", {"configuration_id": configuration, "name": "Cardiology", "minimum_days": 5})
    [team] = bench.insert("preceptor_teams", {"clerkship_id": clerkship, "name": "Ward A", "require_same_site": True})
    bench.insert(
        "preceptor_team_members",
        [
            {"team_id": team, "preceptor_id": chen, "role": "lead", "priority": 1},
            {"team_id": team, "preceptor_id": okafor, "priority": 2},
        ],
    )
    bench.insert(
        "preceptor_fallbacks",
        {
            "clerkship_id": clerkship,
            "primary_preceptor_id": chen,
            "fallback_preceptor_id": silva,
            "priority": 1,
            "requires_approval": True,
        },
    )
    bench.insert(
        "preceptor_capacity_rules",
        [
            {
                "preceptor_id": chen,
                "clerkship_id": clerkship,
                "max_students_per_day": 2,
                "max_students_per_year": 8,
                "max_students_per_block": 2,
            },
            {"preceptor_id": okafor, "max_students_per_year": 4},
        ],
    )
    return bench


def test_a_clerkship_configured_in_all_eight_areas_reads_back_as_it_was_written(configured):
    assert configured.sql("FROM configuration_overview").iloc[0].to_dict() == {
        "clerkship": "Internal Medicine",
        "specialty": "Internal Medicine",
        "required_days": 70,
        "assignment_strategy": "hybrid",
        "teams": "teams of 2 to 3: Ward A (2)",
        "requirements": (
            "split: inpatient 30 days block_based, outpatient 30 days continuous_single, "
            "elective 10 days daily_rotation"
        ),
        "capacity": "preceptors: 3, students a day: 5",
        "health_system_continuity": "enforce_same_system",
        "electives": "Cardiology (5+ days)",
        "fallbacks": "allowed, 1 named",
        "blocks": "14 days, the last may be shorter, one after another",
    }
    levels = configured.sql(
        "SELECT DISTINCT preceptor, max_students_per_year, decided_by FROM effective_capacity "
        "WHERE requirement = 'inpatient' ORDER BY ALL"
    )
    assert levels.fillna(0).to_numpy().tolist() == [
        ["Chen", 8, "clerkship rule"],
        ["Okafor", 4, "general rule"],
        ["Silva", 0, "max_students"],
    ]


@pytest.mark.long
def test_it_survives_being_stored_in_a_file(configured, tmp_path):
    configured.con.execute(
        f"ATTACH '{tmp_path / 'school.duckdb'}' AS file; COPY FROM DATABASE memory TO file; DETACH file"
    )
    with clerkbench.open(tmp_path / "school.duckdb") as bench:
        assert bench.sql("FROM configuration_overview").equals(configured.sql("FROM configuration_overview"))


@pytest.mark.first_cases(2)
@pytest.mark.parametrize(
    ("settings", "rule"),
    [
        (
            {"assignment_strategy": "continuous_single", "block_size_days": 14},
            "Only a clerkship that may be scheduled in blocks has a block size.",
        ),
        ({"team_size_min": 3, "team_size_max": 2}, "The smallest team is no larger than the largest."),
        ({"team_size_max": 3}, "The smallest and the largest team size are set together or not at all."),
    ],
    ids=lambda part: part if isinstance(part, str) else None,
)
def test_a_configuration_that_contradicts_itself_is_refused(configured, settings, rule):
    [clerkship] = configured.insert("clerkships", {"name": "Surgery", "specialty": "Surgery", "required_days": 45})
    with pytest.raises(RowsRejectedError) as refusal:
        configured.insert("clerkship_configurations", {"clerkship_id": clerkship} | settings)
    assert rule in str(refusal.value)
    assert len(configured.sql("FROM clerkship_configurations")) == 1


def test_a_preceptor_cannot_be_put_at_a_site_of_another_system(configured):
    [other] = configured.insert("health_systems", {"name": "Riverside"})
    site = configured.sql("SELECT id FROM sites").iloc[0, 0]
    row = {"name": "Novak", "email": "n@x.example", "specialty": "Surgery", "health_system_id": other, "site_id": site}
    with pytest.raises(RowsRejectedError, match=r"No row of sites fits site_id .* and health_system_id 'Riverside'"):
        configured.insert("preceptors", row)
