"""Test data: for every constraint, a row that violates it.

A constraint is identified by its table and its rule, which is the comment above it in the SQL. The row is the valid row
of the table (``small_school.ANOTHER``) with the given changes, so only the changes can be the cause of a rejection.
"""

from dataclasses import dataclass, field

from small_school import (
    DR_CHEN,
    DR_OKAFOR,
    DR_SILVA,
    METRO,
    METRO_HOSPITAL,
    NOBODY,
    SURGERY,
)


@dataclass(frozen=True)
class Case:
    """A row that breaks one constraint.

    Attributes:
        table, rule: The constraint.
        violation: What the violation is called.
        changes: What makes the valid row break it.
    """

    table: str
    rule: str
    violation: str
    changes: dict[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.table}: {self.rule} {', '.join(f'{key}={value}' for key, value in self.changes.items())}"


CASES = [
    # health systems and sites
    Case("health_systems", "No two health systems share a name.", "unique:name", {"name": "Metro"}),
    Case(
        "sites",
        "A site belongs to a health system, and goes with it.",
        "foreign_key:health_system_id",
        {"health_system_id": NOBODY},
    ),
    Case(
        "sites",
        "No two sites of one health system share a name.",
        "unique:health_system_id, name",
        {"name": "Metro Hospital"},
    ),
    # An id that is taken breaks this one and the primary key alike.
    Case(
        "sites",
        "What a preceptor's site and health system together refer to.",
        "unique:id, health_system_id",
        {"id": METRO_HOSPITAL, "health_system_id": METRO},
    ),
    Case(
        "sites",
        "A site is a hospital, a clinic or something else.",
        "check:site_type IN ('hospital', 'clinic', 'other')",
        {"site_type": "pharmacy"},
    ),
    # preceptors
    Case(
        "preceptors",
        "No two preceptors share an email address.",
        "unique:email",
        {"email": "chen@metro.example"},
    ),
    Case("preceptors", "A preceptor takes at least one student.", "check:max_students > 0", {"max_students": 0}),
    Case(
        "preceptors",
        "A preceptor belongs to a health system, which cannot go while it has preceptors.",
        "foreign_key:health_system_id",
        {"health_system_id": NOBODY, "site_id": None},
    ),
    # A site that exists, but belongs to another health system than the preceptor.
    Case(
        "preceptors",
        "A preceptor's site belongs to the preceptor's own health system, and cannot go while it has preceptors.",
        "foreign_key:site_id, health_system_id",
        {"site_id": METRO_HOSPITAL},
    ),
    # clerkships
    Case("clerkships", "No two clerkships share a name.", "unique:name", {"name": "Surgery"}),
    Case("clerkships", "A clerkship's name is not blank.", "check:trim(name) <> ''", {"name": "  "}),
    Case("clerkships", "A clerkship lasts at least one day.", "check:required_days > 0", {"required_days": 0}),
    # configurations
    Case(
        "clerkship_configurations",
        "A configuration belongs to a clerkship, and goes with it.",
        "foreign_key:clerkship_id",
        {"clerkship_id": NOBODY},
    ),
    Case(
        "clerkship_configurations",
        "A clerkship has one configuration.",
        "unique:clerkship_id",
        {"clerkship_id": SURGERY},
    ),
    Case(
        "clerkship_configurations",
        "Students are assigned by one of five strategies.",
        "check:assignment_strategy IN "
        "('continuous_single', 'continuous_team', 'block_based', 'daily_rotation', 'hybrid')",
        {"assignment_strategy": "random"},
    ),
    Case(
        "clerkship_configurations",
        "A clerkship is one requirement or is split into several.",
        "check:requirement_structure IN ('single', 'split')",
        {"requirement_structure": "double"},
    ),
    Case(
        "clerkship_configurations",
        "Staying in one health system is enforced, preferred or of no matter.",
        "check:health_system_continuity IN ('enforce_same_system', 'prefer_same_system', 'no_preference')",
        {"health_system_continuity": "sometimes"},
    ),
    Case(
        "clerkship_configurations",
        "A block lasts at least one day.",
        "check:block_size_days > 0",
        {"assignment_strategy": "block_based", "block_size_days": 0},
    ),
    Case(
        "clerkship_configurations",
        "Scheduling in blocks needs a block size.",
        "check:assignment_strategy <> 'block_based' OR block_size_days IS NOT NULL",
        {"assignment_strategy": "block_based"},
    ),
    Case(
        "clerkship_configurations",
        "Only a clerkship that may be scheduled in blocks has a block size.",
        "check:block_size_days IS NULL OR assignment_strategy IN ('block_based', 'hybrid')",
        {"assignment_strategy": "daily_rotation", "block_size_days": 7},
    ),
    *(
        Case(
            "clerkship_configurations",
            "The smallest and the largest team size are set together or not at all.",
            "check:(team_size_min IS NULL) = (team_size_max IS NULL)",
            changes,
        )
        for changes in ({"team_size_min": 2}, {"team_size_max": 3})
    ),
    Case(
        "clerkship_configurations",
        "A team has at least two members.",
        "check:team_size_min >= 2",
        {"team_size_min": 1, "team_size_max": 3},
    ),
    Case(
        "clerkship_configurations",
        "The smallest team is no larger than the largest.",
        "check:team_size_min <= team_size_max",
        {"team_size_min": 4, "team_size_max": 3},
    ),
    # requirements
    Case(
        "clerkship_requirements",
        "A requirement belongs to a clerkship, and goes with it.",
        "foreign_key:clerkship_id",
        {"clerkship_id": NOBODY},
    ),
    Case(
        "clerkship_requirements",
        "A clerkship has each type of requirement at most once.",
        "unique:clerkship_id, requirement_type",
        {"clerkship_id": SURGERY, "requirement_type": "inpatient"},
    ),
    Case(
        "clerkship_requirements",
        "A requirement is outpatient, inpatient or elective.",
        "check:requirement_type IN ('outpatient', 'inpatient', 'elective')",
        {"requirement_type": "research"},
    ),
    Case(
        "clerkship_requirements",
        "A requirement lasts at least one day.",
        "check:required_days > 0",
        {"required_days": -1},
    ),
    # hybrid is a strategy of the whole clerkship, not a mode of one requirement
    *(
        Case(
            "clerkship_requirements",
            "The days of a requirement are assigned in one way; a mix is a matter of the whole clerkship.",
            "check:assignment_mode IN ('continuous_single', 'continuous_team', 'block_based', 'daily_rotation')",
            {"assignment_mode": mode},
        )
        for mode in ("hybrid", "random")
    ),
    # electives
    Case(
        "clerkship_electives",
        "An elective belongs to a clerkship's configuration, and goes with it.",
        "foreign_key:configuration_id",
        {"configuration_id": NOBODY},
    ),
    Case(
        "clerkship_electives",
        "No two electives of one clerkship share a name.",
        "unique:configuration_id, name",
        {"name": "Trauma"},
    ),
    Case("clerkship_electives", "An elective lasts at least one day.", "check:minimum_days > 0", {"minimum_days": 0}),
    # teams
    Case(
        "preceptor_teams",
        "A team may belong to one clerkship, and then goes with it.",
        "foreign_key:clerkship_id",
        {"clerkship_id": NOBODY},
    ),
    Case(
        "preceptor_team_members",
        "A membership is of a team, and goes with it.",
        "foreign_key:team_id",
        {"team_id": NOBODY},
    ),
    Case(
        "preceptor_team_members",
        "A membership is a preceptor's, and goes with the preceptor.",
        "foreign_key:preceptor_id",
        {"preceptor_id": NOBODY},
    ),
    Case(
        "preceptor_team_members",
        "A preceptor is in a team once.",
        "unique:team_id, preceptor_id",
        {"preceptor_id": DR_CHEN},
    ),
    Case(
        "preceptor_team_members",
        "A member leads the team or does not.",
        "check:role IN ('lead', 'member')",
        {"role": "chair"},
    ),
    Case("preceptor_team_members", "Priorities count from 1.", "check:priority > 0", {"priority": 0}),
    # fallbacks
    Case(
        "preceptor_fallbacks",
        "A fallback may hold for one clerkship only, and then goes with it.",
        "foreign_key:clerkship_id",
        {"clerkship_id": NOBODY},
    ),
    Case(
        "preceptor_fallbacks",
        "A fallback goes with the preceptor it stands in for.",
        "foreign_key:primary_preceptor_id",
        {"primary_preceptor_id": NOBODY},
    ),
    Case(
        "preceptor_fallbacks",
        "A fallback goes with the preceptor who stands in.",
        "foreign_key:fallback_preceptor_id",
        {"fallback_preceptor_id": NOBODY},
    ),
    Case(
        "preceptor_fallbacks",
        "Nobody stands in for themselves.",
        "check:primary_preceptor_id <> fallback_preceptor_id",
        {"fallback_preceptor_id": DR_OKAFOR},
    ),
    Case("preceptor_fallbacks", "Priorities count from 1.", "check:priority > 0", {"priority": 0}),
    # The scope is a clerkship, or NULL for "any clerkship". A plain UNIQUE does not treat two NULLs as equal.
    *(
        Case(
            "preceptor_fallbacks",
            "For one clerkship, or for any, two fallbacks of one preceptor never have the same priority.",
            "unique:COALESCE(clerkship_id, ''), primary_preceptor_id, priority",
            {"clerkship_id": scope, "primary_preceptor_id": DR_CHEN, "fallback_preceptor_id": DR_SILVA},
        )
        for scope in (SURGERY, None)
    ),
    *(
        Case(
            "preceptor_fallbacks",
            "For one clerkship, or for any, a preceptor stands in for another once.",
            "unique:COALESCE(clerkship_id, ''), primary_preceptor_id, fallback_preceptor_id",
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
        "foreign_key:preceptor_id",
        {"preceptor_id": NOBODY},
    ),
    Case(
        "preceptor_capacity_rules",
        "A capacity rule may hold for one clerkship only, and then goes with it.",
        "foreign_key:clerkship_id",
        {"clerkship_id": NOBODY},
    ),
    Case(
        "preceptor_capacity_rules",
        "A preceptor takes at least one student a day.",
        "check:max_students_per_day > 0",
        {"max_students_per_day": 0},
    ),
    Case(
        "preceptor_capacity_rules",
        "A preceptor takes no fewer students a year than in one day.",
        "check:max_students_per_year >= max_students_per_day",
        {"max_students_per_day": 3, "max_students_per_year": 2},
    ),
    Case(
        "preceptor_capacity_rules",
        "A preceptor takes at least one student a block.",
        "check:max_students_per_block > 0",
        {"max_students_per_block": 0},
    ),
    *(
        Case(
            "preceptor_capacity_rules",
            "A preceptor has one capacity rule for a clerkship, and one for any.",
            "unique:preceptor_id, COALESCE(clerkship_id, '')",
            {"preceptor_id": DR_CHEN, "clerkship_id": scope},
        )
        for scope in (SURGERY, None)
    ),
]
