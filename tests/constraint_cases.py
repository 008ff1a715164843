"""For every constraint a row that breaks it, as data.

A constraint is named by its table and its rule, the words that stand above it in the SQL. The row is the table's valid
one (``small_school.ANOTHER``) with the changes given here, so whatever refuses it refuses the change.
"""

from dataclasses import dataclass, field

from small_school import (
    DR_CHEN,
    DR_OKAFOR,
    DR_SILVA,
    METRO,
    METRO_HOSPITAL,
    NOBODY,
    RIVERSIDE,
    SURGERY,
    SURGERY_CONFIGURATION,
    SURGERY_TEAM,
)


@dataclass(frozen=True)
class Case:
    """A row that breaks one constraint.

    Attributes:
        table, rule: The constraint.
        says: What the refusal has to say, besides the table.
        changes: What makes the valid row break it.
    """

    table: str
    rule: str
    says: str
    changes: dict[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.table}: {self.rule} {', '.join(f'{key}={value}' for key, value in self.changes.items())}"


def _check(condition: str) -> str:
    return f"expression CHECK({condition})"


def _unknown(parent_key: str = NOBODY) -> str:
    return f"(id: {parent_key})"


CASES = [
    # health systems and sites
    Case("health_systems", "No two health systems share a name.", 'Duplicate key "name: Metro"', {"name": "Metro"}),
    Case("sites", "A site belongs to a health system, and goes with it.", _unknown(), {"health_system_id": NOBODY}),
    Case(
        "sites",
        "No two sites of one health system share a name.",
        f'Duplicate key "health_system_id: {METRO}, name: Metro Hospital"',
        {"name": "Metro Hospital"},
    ),
    # An id that is taken breaks this one and the primary key alike; the primary key speaks first.
    Case(
        "sites",
        "What a preceptor's site and health system together refer to.",
        f'Duplicate key "id: {METRO_HOSPITAL}',
        {"id": METRO_HOSPITAL, "health_system_id": METRO},
    ),
    Case(
        "sites",
        "A site is a hospital, a clinic or something else.",
        _check("(site_type IN ('hospital', 'clinic', 'other'))"),
        {"site_type": "pharmacy"},
    ),
    # preceptors
    Case(
        "preceptors",
        "No two preceptors share an email address.",
        'Duplicate key "email: chen@metro.example"',
        {"email": "chen@metro.example"},
    ),
    Case("preceptors", "A preceptor takes at least one student.", _check("(max_students > 0)"), {"max_students": 0}),
    Case(
        "preceptors",
        "A preceptor belongs to a health system, which cannot go while it has preceptors.",
        _unknown(),
        {"health_system_id": NOBODY, "site_id": None},
    ),
    # A site that exists, but belongs to another health system than the preceptor.
    Case(
        "preceptors",
        "A preceptor's site belongs to the preceptor's own health system, and cannot go while it has preceptors.",
        f"(id: {METRO_HOSPITAL}, health_system_id: {RIVERSIDE})",
        {"site_id": METRO_HOSPITAL},
    ),
    # clerkships
    Case("clerkships", "No two clerkships share a name.", 'Duplicate key "name: Surgery"', {"name": "Surgery"}),
    Case("clerkships", "A clerkship's name is not blank.", _check("""("trim"("name") != '')"""), {"name": "  "}),
    Case("clerkships", "A clerkship lasts at least one day.", _check("(required_days > 0)"), {"required_days": 0}),
    # configurations
    Case(
        "clerkship_configurations",
        "A configuration belongs to a clerkship, and goes with it.",
        _unknown(),
        {"clerkship_id": NOBODY},
    ),
    Case(
        "clerkship_configurations",
        "A clerkship has one configuration.",
        f'Duplicate key "clerkship_id: {SURGERY}"',
        {"clerkship_id": SURGERY},
    ),
    Case(
        "clerkship_configurations",
        "Students are assigned by one of five strategies.",
        _check(
            "(assignment_strategy IN "
            "('continuous_single', 'continuous_team', 'block_based', 'daily_rotation', 'hybrid'))"
        ),
        {"assignment_strategy": "random"},
    ),
    Case(
        "clerkship_configurations",
        "A clerkship is one requirement or is split into several.",
        _check("(requirement_structure IN ('single', 'split'))"),
        {"requirement_structure": "double"},
    ),
    Case(
        "clerkship_configurations",
        "Staying in one health system is enforced, preferred or of no matter.",
        _check("(health_system_continuity IN ('enforce_same_system', 'prefer_same_system', 'no_preference'))"),
        {"health_system_continuity": "sometimes"},
    ),
    Case(
        "clerkship_configurations",
        "A block lasts at least one day.",
        _check("(block_size_days > 0)"),
        {"assignment_strategy": "block_based", "block_size_days": 0},
    ),
    Case(
        "clerkship_configurations",
        "Scheduling in blocks needs a block size.",
        _check("((assignment_strategy != 'block_based') OR (block_size_days IS NOT NULL))"),
        {"assignment_strategy": "block_based"},
    ),
    Case(
        "clerkship_configurations",
        "Only a clerkship that may be scheduled in blocks has a block size.",
        _check("((block_size_days IS NULL) OR (assignment_strategy IN ('block_based', 'hybrid')))"),
        {"assignment_strategy": "daily_rotation", "block_size_days": 7},
    ),
    *(
        Case(
            "clerkship_configurations",
            "The smallest and the largest team size are set together or not at all.",
            _check("((team_size_min IS NULL) = (team_size_max IS NULL))"),
            changes,
        )
        for changes in ({"team_size_min": 2}, {"team_size_max": 3})
    ),
    Case(
        "clerkship_configurations",
        "A team has at least two members.",
        _check("(team_size_min >= 2)"),
        {"team_size_min": 1, "team_size_max": 3},
    ),
    Case(
        "clerkship_configurations",
        "The smallest team is no larger than the largest.",
        _check("(team_size_min <= team_size_max)"),
        {"team_size_min": 4, "team_size_max": 3},
    ),
    # requirements
    Case(
        "clerkship_requirements",
        "A requirement belongs to a clerkship, and goes with it.",
        _unknown(),
        {"clerkship_id": NOBODY},
    ),
    Case(
        "clerkship_requirements",
        "A clerkship has each type of requirement at most once.",
        f'Duplicate key "clerkship_id: {SURGERY}, requirement_type: inpatient"',
        {"clerkship_id": SURGERY, "requirement_type": "inpatient"},
    ),
    Case(
        "clerkship_requirements",
        "A requirement is outpatient, inpatient or elective.",
        _check("(requirement_type IN ('outpatient', 'inpatient', 'elective'))"),
        {"requirement_type": "research"},
    ),
    Case(
        "clerkship_requirements",
        "A requirement lasts at least one day.",
        _check("(required_days > 0)"),
        {"required_days": -1},
    ),
    # hybrid is a strategy of the whole clerkship, not a mode of one requirement
    *(
        Case(
            "clerkship_requirements",
            "The days of a requirement are assigned in one way; a mix is a matter of the whole clerkship.",
            _check("(assignment_mode IN ('continuous_single', 'continuous_team', 'block_based', 'daily_rotation'))"),
            {"assignment_mode": mode},
        )
        for mode in ("hybrid", "random")
    ),
    # electives
    Case(
        "clerkship_electives",
        "An elective belongs to a clerkship's configuration, and goes with it.",
        _unknown(),
        {"configuration_id": NOBODY},
    ),
    Case(
        "clerkship_electives",
        "No two electives of one clerkship share a name.",
        f'Duplicate key "configuration_id: {SURGERY_CONFIGURATION}, name: Trauma"',
        {"name": "Trauma"},
    ),
    Case(
        "clerkship_electives", "An elective lasts at least one day.", _check("(minimum_days > 0)"), {"minimum_days": 0}
    ),
    # teams
    Case(
        "preceptor_teams",
        "A team may belong to one clerkship, and then goes with it.",
        _unknown(),
        {"clerkship_id": NOBODY},
    ),
    Case("preceptor_team_members", "A membership is of a team, and goes with it.", _unknown(), {"team_id": NOBODY}),
    Case(
        "preceptor_team_members",
        "A membership is a preceptor's, and goes with the preceptor.",
        _unknown(),
        {"preceptor_id": NOBODY},
    ),
    Case(
        "preceptor_team_members",
        "A preceptor is in a team once.",
        f'Duplicate key "team_id: {SURGERY_TEAM}, preceptor_id: {DR_CHEN}"',
        {"preceptor_id": DR_CHEN},
    ),
    Case(
        "preceptor_team_members",
        "A member leads the team or does not.",
        _check("""("role" IN ('lead', 'member'))"""),
        {"role": "chair"},
    ),
    Case("preceptor_team_members", "Priorities count from 1.", _check("(priority > 0)"), {"priority": 0}),
    # fallbacks
    Case(
        "preceptor_fallbacks",
        "A fallback may hold for one clerkship only, and then goes with it.",
        _unknown(),
        {"clerkship_id": NOBODY},
    ),
    Case(
        "preceptor_fallbacks",
        "A fallback goes with the preceptor it stands in for.",
        _unknown(),
        {"primary_preceptor_id": NOBODY},
    ),
    Case(
        "preceptor_fallbacks",
        "A fallback goes with the preceptor who stands in.",
        _unknown(),
        {"fallback_preceptor_id": NOBODY},
    ),
    Case(
        "preceptor_fallbacks",
        "Nobody stands in for themselves.",
        _check("(primary_preceptor_id != fallback_preceptor_id)"),
        {"fallback_preceptor_id": DR_OKAFOR},
    ),
    Case("preceptor_fallbacks", "Priorities count from 1.", _check("(priority > 0)"), {"priority": 0}),
    # One scope is a clerkship, the other is "any clerkship", which SQL's NULL alone would not hold together.
    *(
        Case(
            "preceptor_fallbacks",
            "For one clerkship, or for any, two fallbacks of one preceptor never have the same priority.",
            f"primary_preceptor_id: {DR_CHEN}, priority: 1",
            {"clerkship_id": scope, "primary_preceptor_id": DR_CHEN, "fallback_preceptor_id": DR_SILVA},
        )
        for scope in (SURGERY, None)
    ),
    *(
        Case(
            "preceptor_fallbacks",
            "For one clerkship, or for any, a preceptor stands in for another once.",
            f"primary_preceptor_id: {DR_CHEN}, fallback_preceptor_id: {DR_OKAFOR}",
            {
                "clerkship_id": scope,
                "primary_preceptor_id": DR_CHEN,
                "fallback_preceptor_id": DR_OKAFOR,
                "priority": 2,
            },
        )
        for scope in (SURGERY, None)
    ),
    # capacity rules
    Case(
        "preceptor_capacity_rules",
        "A capacity rule is a preceptor's, and goes with the preceptor.",
        _unknown(),
        {"preceptor_id": NOBODY},
    ),
    Case(
        "preceptor_capacity_rules",
        "A capacity rule may hold for one clerkship only, and then goes with it.",
        _unknown(),
        {"clerkship_id": NOBODY},
    ),
    Case(
        "preceptor_capacity_rules",
        "A preceptor takes at least one student a day.",
        _check("(max_students_per_day > 0)"),
        {"max_students_per_day": 0},
    ),
    Case(
        "preceptor_capacity_rules",
        "A preceptor takes no fewer students a year than in one day.",
        _check("(max_students_per_year >= max_students_per_day)"),
        {"max_students_per_day": 3, "max_students_per_year": 2},
    ),
    Case(
        "preceptor_capacity_rules",
        "A preceptor takes at least one student a block.",
        _check("(max_students_per_block > 0)"),
        {"max_students_per_block": 0},
    ),
    *(
        Case(
            "preceptor_capacity_rules",
            "A preceptor has one capacity rule for a clerkship, and one for any.",
            f'Duplicate key "preceptor_id: {DR_CHEN}',
            {"preceptor_id": DR_CHEN, "clerkship_id": scope},
        )
        for scope in (SURGERY, None)
    ),
]
