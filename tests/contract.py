"""The schema as applications may rely on it. A change of the schema must also change this file."""

#: What every table has as well.
EVERY_TABLE = """
    id VARCHAR required CAST(gen_random_uuid() AS TEXT)
    created_at TIMESTAMP required CURRENT_TIMESTAMP
    updated_at TIMESTAMP required CURRENT_TIMESTAMP
"""

#: By table: column, type, required or optional, default. The order does not matter: ADD COLUMN puts a column last.
COLUMNS = {
    "clerkships": """
        name VARCHAR required
        specialty VARCHAR required
        required_days INTEGER required
        max_students_at_once INTEGER optional
        description VARCHAR optional
    """,
    "preceptors": """
        name VARCHAR required
        email VARCHAR optional
        specialty VARCHAR required
        max_students INTEGER required 1
        teaching_days_per_year INTEGER optional
        fallback_only BOOLEAN required false
        health_system_id VARCHAR required
        site_id VARCHAR optional
    """,
    "health_systems": """
        name VARCHAR required
        abbreviation VARCHAR optional
        location VARCHAR optional
        notes VARCHAR optional
    """,
    "sites": """
        health_system_id VARCHAR required
        name VARCHAR required
        site_type VARCHAR required
        address VARCHAR optional
        notes VARCHAR optional
    """,
    "clerkship_configurations": """
        clerkship_id VARCHAR required
        assignment_strategy VARCHAR optional
        requirement_structure VARCHAR required 'single'
        health_system_continuity VARCHAR optional
        block_size_days INTEGER optional
        allow_partial_blocks BOOLEAN optional
        prefer_continuous_blocks BOOLEAN optional
        team_size_min INTEGER optional
        team_size_max INTEGER optional
        fallbacks_allowed BOOLEAN optional
        max_students_per_day INTEGER optional
        max_students_per_year INTEGER optional
        notes VARCHAR optional
    """,
    "clerkship_requirements": """
        clerkship_id VARCHAR required
        requirement_type VARCHAR required
        part VARCHAR required ''
        required_days INTEGER required
        minimum_days INTEGER optional
        assignment_mode VARCHAR optional
        block_size_days INTEGER optional
        preceptors_min INTEGER optional
        preceptors_max INTEGER optional
    """,
    "requirement_sites": """
        requirement_id VARCHAR required
        site_id VARCHAR required
    """,
    "school_defaults": """
        requirement_type VARCHAR required
        assignment_mode VARCHAR optional
        health_system_continuity VARCHAR optional
        block_size_days INTEGER optional
        allow_partial_blocks BOOLEAN optional
        prefer_continuous_blocks BOOLEAN optional
        team_size_min INTEGER optional
        team_size_max INTEGER optional
        fallbacks_allowed BOOLEAN optional
        max_students_per_day INTEGER optional
        max_students_per_year INTEGER optional
    """,
    "clerkship_electives": """
        configuration_id VARCHAR required
        name VARCHAR required
        minimum_days INTEGER required 1
        specialty VARCHAR optional
        is_required BOOLEAN required false
    """,
    "elective_preceptors": """
        elective_id VARCHAR required
        preceptor_id VARCHAR required
    """,
    "preceptor_teams": """
        clerkship_id VARCHAR optional
        name VARCHAR required
        require_same_health_system BOOLEAN required false
        require_same_site BOOLEAN required false
        require_same_specialty BOOLEAN required false
        requires_admin_approval BOOLEAN required false
    """,
    "preceptor_team_members": """
        team_id VARCHAR required
        preceptor_id VARCHAR required
        role VARCHAR required 'member'
        priority INTEGER required
        fallback_only BOOLEAN required false
    """,
    "preceptor_specialties": """
        preceptor_id VARCHAR required
        specialty VARCHAR required
    """,
    "preceptor_sites": """
        preceptor_id VARCHAR required
        health_system_id VARCHAR required
        site_id VARCHAR required
    """,
    "preceptor_fallbacks": """
        clerkship_id VARCHAR optional
        primary_preceptor_id VARCHAR required
        fallback_preceptor_id VARCHAR required
        priority INTEGER required
        requires_approval BOOLEAN required false
        allow_different_health_system BOOLEAN required false
    """,
    "preceptor_capacity_rules": """
        preceptor_id VARCHAR required
        clerkship_id VARCHAR optional
        requirement_type VARCHAR optional
        max_students_per_day INTEGER required 1
        max_students_per_year INTEGER optional
        max_students_per_block INTEGER optional
    """,
    "site_capacity_rules": """
        site_id VARCHAR required
        clerkship_id VARCHAR optional
        max_students_per_day INTEGER optional
        max_students_per_year INTEGER optional
    """,
}

#: Foreign keys, one a line: child (columns) -> parent: cardinality, what deleting the parent does.
RELATIONSHIPS = """
    clerkship_configurations (clerkship_id) -> clerkships: one to one, CASCADE
    clerkship_electives (configuration_id) -> clerkship_configurations: many to one, CASCADE
    clerkship_requirements (clerkship_id) -> clerkships: many to one, CASCADE
    elective_preceptors (elective_id) -> clerkship_electives: many to one, CASCADE
    elective_preceptors (preceptor_id) -> preceptors: many to one, RESTRICT
    preceptor_capacity_rules (clerkship_id) -> clerkships: many to one or none, CASCADE
    preceptor_capacity_rules (preceptor_id) -> preceptors: many to one, CASCADE
    preceptor_fallbacks (clerkship_id) -> clerkships: many to one or none, CASCADE
    preceptor_fallbacks (fallback_preceptor_id) -> preceptors: many to one, CASCADE
    preceptor_fallbacks (primary_preceptor_id) -> preceptors: many to one, CASCADE
    preceptor_sites (health_system_id) -> health_systems: many to one, RESTRICT
    preceptor_sites (preceptor_id, health_system_id) -> preceptors: many to one, CASCADE
    preceptor_sites (site_id, health_system_id) -> sites: many to one, RESTRICT
    preceptor_specialties (preceptor_id) -> preceptors: many to one, CASCADE
    preceptor_team_members (preceptor_id) -> preceptors: many to one, CASCADE
    preceptor_team_members (team_id) -> preceptor_teams: many to one, CASCADE
    preceptor_teams (clerkship_id) -> clerkships: many to one or none, CASCADE
    preceptors (health_system_id) -> health_systems: many to one, RESTRICT
    preceptors (site_id, health_system_id) -> sites: many to one or none, RESTRICT
    requirement_sites (requirement_id) -> clerkship_requirements: many to one, CASCADE
    requirement_sites (site_id) -> sites: many to one, RESTRICT
    site_capacity_rules (clerkship_id) -> clerkships: many to one or none, CASCADE
    site_capacity_rules (site_id) -> sites: many to one, CASCADE
    sites (health_system_id) -> health_systems: many to one, CASCADE
"""

#: The eight areas of the design, each with its home. A later schema may add to them.
AREAS = {
    (1, "assignment strategy"): {
        "clerkship_configurations.assignment_strategy",
        "clerkship_requirements.assignment_mode",
    },
    (2, "grouping rules"): {
        "preceptor_teams",
        "preceptor_team_members",
        "clerkship_configurations.team_size_min",
        "clerkship_configurations.team_size_max",
    },
    (3, "requirement structure"): {"clerkship_configurations.requirement_structure", "clerkship_requirements"},
    (4, "capacity limits"): {"preceptor_capacity_rules", "preceptors.max_students"},
    (5, "health-system continuity"): {
        "clerkship_configurations.health_system_continuity",
        "health_systems",
        "sites",
        "preceptors.health_system_id",
        "preceptors.site_id",
    },
    (6, "electives"): {"clerkship_electives"},
    (7, "fallback system"): {"preceptor_fallbacks", "clerkship_configurations.fallbacks_allowed"},
    (8, "block size"): {
        "clerkship_configurations.block_size_days",
        "clerkship_configurations.allow_partial_blocks",
        "clerkship_configurations.prefer_continuous_blocks",
        "preceptor_capacity_rules.max_students_per_block",
    },
}


# --- what follows from it


def lines(text: str) -> list[str]:
    """The lines of a text of the contract."""
    return [line.strip() for line in text.splitlines() if line.strip()]


TABLES = list(COLUMNS)

#: The columns that need a value, each with its table.
REQUIRED = [
    (table, line.split()[0])
    for table in TABLES
    for line in lines(EVERY_TABLE + COLUMNS[table])
    if line.split()[2] == "required"
]
