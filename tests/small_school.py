"""A few rows of every table, and a further row for each that is just as valid."""


def uid(number: int) -> str:
    """An id that can be recognized in an error."""
    return f"00000000-0000-4000-8000-{number:012}"


METRO, RIVERSIDE = uid(11), uid(12)
METRO_HOSPITAL, RIVERSIDE_CLINIC = uid(21), uid(22)
DR_CHEN, DR_OKAFOR, DR_SILVA, DR_MORI = uid(31), uid(32), uid(33), uid(34)
SURGERY, PEDIATRICS, RADIOLOGY = uid(41), uid(42), uid(43)
SURGERY_CONFIGURATION = uid(51)
SURGERY_REQUIREMENT, RADIOLOGY_REQUIREMENT, TRAUMA = uid(61), uid(62), uid(65)
SURGERY_TEAM = uid(71)
SCHOOL_DEFAULTS = uid(101)
NOBODY = uid(999)

SMALL_SCHOOL: dict[str, list[dict[str, object]]] = {
    "health_systems": [{"id": METRO, "name": "Metro"}, {"id": RIVERSIDE, "name": "Riverside"}],
    "sites": [
        {"id": METRO_HOSPITAL, "health_system_id": METRO, "name": "Metro Hospital", "site_type": "hospital"},
        {"id": RIVERSIDE_CLINIC, "health_system_id": RIVERSIDE, "name": "Riverside Clinic", "site_type": "clinic"},
    ],
    "preceptors": [
        {
            "id": DR_CHEN,
            "name": "Dr. Chen",
            "email": "chen@metro.example",
            "specialty": "Surgery",
            "health_system_id": METRO,
            "site_id": METRO_HOSPITAL,
        },
        {
            "id": DR_OKAFOR,
            "name": "Dr. Okafor",
            "email": "okafor@metro.example",
            "specialty": "Surgery",
            "health_system_id": METRO,
        },
        {
            "id": DR_SILVA,
            "name": "Dr. Silva",
            "email": "silva@riverside.example",
            "specialty": "Pediatrics",
            "health_system_id": RIVERSIDE,
        },
        {
            "id": DR_MORI,
            "name": "Dr. Mori",
            "email": "mori@riverside.example",
            "specialty": "Radiology",
            "health_system_id": RIVERSIDE,
        },
    ],
    "clerkships": [
        {"id": SURGERY, "name": "Surgery", "specialty": "Surgery", "required_days": 45},
        {"id": PEDIATRICS, "name": "Pediatrics", "specialty": "Pediatrics", "required_days": 40},
        {"id": RADIOLOGY, "name": "Radiology", "specialty": "Radiology", "required_days": 10},
    ],
    "clerkship_configurations": [
        {"id": SURGERY_CONFIGURATION, "clerkship_id": SURGERY, "assignment_strategy": "hybrid", "block_size_days": 7}
    ],
    "clerkship_requirements": [
        {
            "id": SURGERY_REQUIREMENT,
            "clerkship_id": SURGERY,
            "requirement_type": "inpatient",
            "required_days": 35,
            "assignment_mode": "block_based",
        },
        {"id": RADIOLOGY_REQUIREMENT, "clerkship_id": RADIOLOGY, "requirement_type": "outpatient", "required_days": 10},
    ],
    "school_defaults": [{"id": SCHOOL_DEFAULTS, "requirement_type": "inpatient", "max_students_per_year": 5}],
    "requirement_sites": [{"id": uid(111), "requirement_id": RADIOLOGY_REQUIREMENT, "site_id": RIVERSIDE_CLINIC}],
    "clerkship_electives": [{"id": TRAUMA, "configuration_id": SURGERY_CONFIGURATION, "name": "Trauma"}],
    "preceptor_teams": [{"id": SURGERY_TEAM, "clerkship_id": SURGERY, "name": "Surgery A"}],
    "preceptor_team_members": [
        {"id": uid(75), "team_id": SURGERY_TEAM, "preceptor_id": DR_CHEN, "role": "lead", "priority": 1}
    ],
    "elective_preceptors": [{"id": uid(121), "elective_id": TRAUMA, "preceptor_id": DR_MORI}],
    "preceptor_specialties": [{"id": uid(131), "preceptor_id": DR_MORI, "specialty": "Oncology"}],
    "preceptor_sites": [
        {"id": uid(141), "preceptor_id": DR_MORI, "health_system_id": RIVERSIDE, "site_id": RIVERSIDE_CLINIC}
    ],
    "site_capacity_rules": [
        {"id": uid(151), "site_id": RIVERSIDE_CLINIC, "clerkship_id": SURGERY, "max_students_per_day": 2},
        {"id": uid(152), "site_id": RIVERSIDE_CLINIC, "clerkship_id": None, "max_students_per_day": 4},
    ],
    "preceptor_fallbacks": [
        {
            "id": uid(81),
            "clerkship_id": SURGERY,
            "primary_preceptor_id": DR_CHEN,
            "fallback_preceptor_id": DR_OKAFOR,
            "priority": 1,
        },
        {
            "id": uid(82),
            "clerkship_id": None,
            "primary_preceptor_id": DR_CHEN,
            "fallback_preceptor_id": DR_OKAFOR,
            "priority": 1,
        },
    ],
    "preceptor_capacity_rules": [
        {"id": uid(91), "preceptor_id": DR_CHEN, "clerkship_id": SURGERY, "max_students_per_year": 4},
        {"id": uid(92), "preceptor_id": DR_CHEN, "clerkship_id": None, "max_students_per_year": 3},
    ],
}

#: For each table a further row that the small school takes, with a value for every column that has no default.
ANOTHER: dict[str, dict[str, object]] = {
    "health_systems": {"name": "Valley"},
    "sites": {"health_system_id": METRO, "name": "Metro Clinic", "site_type": "clinic"},
    "preceptors": {
        "name": "Dr. Novak",
        "email": "novak@riverside.example",
        "specialty": "Pediatrics",
        "health_system_id": RIVERSIDE,
        "site_id": RIVERSIDE_CLINIC,
    },
    "clerkships": {"name": "Psychiatry", "specialty": "Psychiatry", "required_days": 30},
    "clerkship_configurations": {"clerkship_id": PEDIATRICS},
    "clerkship_requirements": {
        "clerkship_id": PEDIATRICS,
        "requirement_type": "outpatient",
        "required_days": 10,
        "assignment_mode": "continuous_single",
    },
    "school_defaults": {"requirement_type": "outpatient"},
    "requirement_sites": {"requirement_id": RADIOLOGY_REQUIREMENT, "site_id": METRO_HOSPITAL},
    "clerkship_electives": {"configuration_id": SURGERY_CONFIGURATION, "name": "Orthopedics"},
    "elective_preceptors": {"elective_id": TRAUMA, "preceptor_id": DR_CHEN},
    "preceptor_teams": {"clerkship_id": None, "name": "Surgery B"},
    "preceptor_team_members": {"team_id": SURGERY_TEAM, "preceptor_id": DR_OKAFOR, "priority": 2},
    "preceptor_specialties": {"preceptor_id": DR_CHEN, "specialty": "Trauma Surgery"},
    "preceptor_sites": {"preceptor_id": DR_SILVA, "health_system_id": RIVERSIDE, "site_id": RIVERSIDE_CLINIC},
    "preceptor_fallbacks": {
        "clerkship_id": None,
        "primary_preceptor_id": DR_OKAFOR,
        "fallback_preceptor_id": DR_CHEN,
        "priority": 1,
    },
    "preceptor_capacity_rules": {"preceptor_id": DR_OKAFOR, "clerkship_id": SURGERY},
    "site_capacity_rules": {"site_id": METRO_HOSPITAL, "clerkship_id": None, "max_students_per_day": 4},
}
