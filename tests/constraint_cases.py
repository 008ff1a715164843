"""Test data: for every constraint, a row that violates it.

A constraint is identified by its table and its rule, which is the comment above it in the SQL. The row is the valid row
of the table (``small_school.ANOTHER``) with the given changes, so only the changes can be the cause of a rejection.
"""

from dataclasses import dataclass, field

from small_school import (
    DR_CHEN,
    DR_MORI,
    DR_OKAFOR,
    DR_SILVA,
    METRO,
    METRO_HOSPITAL,
    NOBODY,
    RIVERSIDE_CLINIC,
    SURGERY,
)


@dataclass(frozen=True)
class Case:
    """A row that breaks one constraint.

    Attributes:
        table, rule: The constraint.
        violation: What the violation is called.
        changes: What makes the valid row break it.
        also: Other violations that the changes necessarily lead to.
    """

    table: str
    rule: str
    violation: str
    changes: dict[str, object] = field(default_factory=dict)
    also: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.table}: {self.rule} {', '.join(f'{key}={value}' for key, value in self.changes.items())}"


CASES = [
    # health systems and sites
    *(
        Case(
            "health_systems",
            "No two health systems of one location share a name.",
            'unique:"name", COALESCE("location", \'\')',
            {"name": "Metro", "location": location},
        )
        for location in (None, "")
    ),
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
        ("unique:id",),
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
        "Several requirements of one type in a clerkship differ by their parts.",
        "unique:clerkship_id, requirement_type, part",
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
            "A preceptor has one capacity rule for a clerkship or any, and a type of requirement or any.",
            "unique:preceptor_id, COALESCE(clerkship_id, ''), COALESCE(requirement_type, '')",
            {"preceptor_id": DR_CHEN, "clerkship_id": scope},
        )
        for scope in (SURGERY, None)
    ),
    Case(
        "preceptor_capacity_rules",
        "A requirement is outpatient, inpatient or elective.",
        "check:requirement_type IN ('outpatient', 'inpatient', 'elective')",
        {"requirement_type": "research"},
    ),
    # defaults of the school, and what a clerkship may leave to them
    Case(
        "school_defaults",
        "The school has one row of defaults for each type of requirement.",
        "unique:requirement_type",
        {"requirement_type": "inpatient"},
    ),
    Case(
        "school_defaults",
        "A requirement is outpatient, inpatient or elective.",
        "check:requirement_type IN ('outpatient', 'inpatient', 'elective')",
        {"requirement_type": "research"},
    ),
    Case(
        "school_defaults",
        "The days of a requirement are assigned in one way; a mix is a matter of the whole clerkship.",
        "check:assignment_mode IN ('continuous_single', 'continuous_team', 'block_based', 'daily_rotation')",
        {"assignment_mode": "hybrid"},
    ),
    Case(
        "school_defaults",
        "Staying in one health system is enforced, preferred or of no matter.",
        "check:health_system_continuity IN ('enforce_same_system', 'prefer_same_system', 'no_preference')",
        {"health_system_continuity": "sometimes"},
    ),
    Case("school_defaults", "A block lasts at least one day.", "check:block_size_days > 0", {"block_size_days": 0}),
    *(
        Case(
            "school_defaults",
            "The smallest and the largest team size are set together or not at all.",
            "check:(team_size_min IS NULL) = (team_size_max IS NULL)",
            changes,
        )
        for changes in ({"team_size_min": 2}, {"team_size_max": 3})
    ),
    Case(
        "school_defaults",
        "A team has at least two members.",
        "check:team_size_min >= 2",
        {"team_size_min": 1, "team_size_max": 3},
    ),
    Case(
        "school_defaults",
        "The smallest team is no larger than the largest.",
        "check:team_size_min <= team_size_max",
        {"team_size_min": 4, "team_size_max": 3},
    ),
    *(
        case
        for table in ("school_defaults", "clerkship_configurations")
        for case in (
            Case(
                table,
                "A preceptor takes at least one student a day.",
                "check:max_students_per_day > 0",
                {"max_students_per_day": 0},
            ),
            Case(
                table,
                "A preceptor takes at least one student a year.",
                "check:max_students_per_year > 0",
                {"max_students_per_year": 0},
            ),
            Case(
                table,
                "A preceptor takes no fewer students a year than in one day.",
                "check:max_students_per_year >= max_students_per_day",
                {"max_students_per_day": 3, "max_students_per_year": 2},
            ),
        )
    ),
    # parts and places
    Case(
        "clerkships",
        "A clerkship takes at least one student at a time.",
        "check:max_students_at_once > 0",
        {"max_students_at_once": 0},
    ),
    Case(
        "clerkship_requirements",
        "The fewest days are at least one.",
        "check:minimum_days > 0",
        {"minimum_days": 0},
    ),
    Case(
        "clerkship_requirements",
        "The fewest days of a requirement are no more than its days.",
        "check:minimum_days <= required_days",
        {"minimum_days": 11},
    ),
    Case(
        "clerkship_requirements",
        "A block lasts at least one day.",
        "check:block_size_days > 0",
        {"block_size_days": 0},
    ),
    Case(
        "clerkship_requirements",
        "A student meets at least one preceptor.",
        "check:preceptors_min > 0",
        {"preceptors_min": 0},
    ),
    Case(
        "clerkship_requirements",
        "The most preceptors that a student meets are at least one.",
        "check:preceptors_max > 0",
        {"preceptors_max": 0},
    ),
    Case(
        "clerkship_requirements",
        "The fewest preceptors that a student meets are no more than the most.",
        "check:preceptors_min <= preceptors_max",
        {"preceptors_min": 3, "preceptors_max": 2},
    ),
    Case(
        "requirement_sites",
        "An allowed site is a requirement's, and goes with the requirement.",
        "foreign_key:requirement_id",
        {"requirement_id": NOBODY},
    ),
    Case(
        "requirement_sites",
        "A site cannot go while a requirement names it: one that names no site is taught anywhere.",
        "foreign_key:site_id",
        {"site_id": NOBODY},
    ),
    Case(
        "requirement_sites",
        "A requirement names a site once.",
        "unique:requirement_id, site_id",
        {"site_id": RIVERSIDE_CLINIC},
    ),
    Case(
        "site_capacity_rules",
        "A rule for a site goes with the site.",
        "foreign_key:site_id",
        {"site_id": NOBODY},
    ),
    Case(
        "site_capacity_rules",
        "A rule for a site may hold for one clerkship only, and then goes with it.",
        "foreign_key:clerkship_id",
        {"clerkship_id": NOBODY},
    ),
    Case(
        "site_capacity_rules",
        "A site takes at least one student a day.",
        "check:max_students_per_day > 0",
        {"max_students_per_day": 0},
    ),
    Case(
        "site_capacity_rules",
        "A site takes at least one student a year.",
        "check:max_students_per_year > 0",
        {"max_students_per_day": None, "max_students_per_year": 0},
    ),
    Case(
        "site_capacity_rules",
        "A site takes no fewer students a year than in one day.",
        "check:max_students_per_year >= max_students_per_day",
        {"max_students_per_year": 3},
    ),
    Case(
        "site_capacity_rules",
        "A rule for a site limits something.",
        "check:max_students_per_day IS NOT NULL OR max_students_per_year IS NOT NULL",
        {"max_students_per_day": None},
    ),
    *(
        Case(
            "site_capacity_rules",
            "A site has one capacity rule for a clerkship, and one for all together.",
            "unique:site_id, COALESCE(clerkship_id, '')",
            {"site_id": RIVERSIDE_CLINIC, "clerkship_id": scope},
        )
        for scope in (SURGERY, None)
    ),
    Case(
        "elective_preceptors",
        "A named teacher is an elective's, and goes with the elective.",
        "foreign_key:elective_id",
        {"elective_id": NOBODY},
    ),
    Case(
        "elective_preceptors",
        "A preceptor cannot go while an elective names them: one that names none is taught by all of its specialty.",
        "foreign_key:preceptor_id",
        {"preceptor_id": NOBODY},
    ),
    Case(
        "elective_preceptors",
        "An elective names a preceptor once.",
        "unique:elective_id, preceptor_id",
        {"preceptor_id": DR_MORI},
    ),
    # people
    Case(
        "preceptors",
        "What a preceptor's further sites and health system together refer to.",
        "unique:id, health_system_id",
        {"id": DR_SILVA},
        ("unique:id",),
    ),
    Case(
        "preceptors",
        "A preceptor teaches at least one day a year.",
        "check:teaching_days_per_year > 0",
        {"teaching_days_per_year": 0},
    ),
    Case(
        "preceptor_specialties",
        "A further specialty is a preceptor's, and goes with the preceptor.",
        "foreign_key:preceptor_id",
        {"preceptor_id": NOBODY},
    ),
    Case(
        "preceptor_specialties",
        "A preceptor has a further specialty once.",
        "unique:preceptor_id, specialty",
        {"preceptor_id": DR_MORI, "specialty": "Oncology"},
    ),
    Case("preceptor_specialties", "A specialty is not blank.", "check:trim(specialty) <> ''", {"specialty": " "}),
    Case(
        "preceptor_sites",
        "The health system of a further site cannot go while preceptors have one there.",
        "foreign_key:health_system_id",
        {"health_system_id": NOBODY},
        ("foreign_key:preceptor_id, health_system_id", "foreign_key:site_id, health_system_id"),
    ),
    # The site exists, but belongs to another health system than the preceptor.
    Case(
        "preceptor_sites",
        "A further site is a preceptor's of that health system, and goes with the preceptor.",
        "foreign_key:preceptor_id, health_system_id",
        {"preceptor_id": DR_CHEN},
    ),
    Case(
        "preceptor_sites",
        "A further site belongs to the preceptor's own health system, and cannot go while it has preceptors.",
        "foreign_key:site_id, health_system_id",
        {"site_id": METRO_HOSPITAL},
    ),
    Case(
        "preceptor_sites",
        "A preceptor has a further site once.",
        "unique:preceptor_id, site_id",
        {"preceptor_id": DR_MORI},
    ),
]
