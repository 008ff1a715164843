"""The rows of the configuration schema.

Values are as DuckDB and the drivers of PostgreSQL give them. Python's own sqlite3 gives times as text, and
booleans as 0 and 1.

Written by clerkbench from the SQL of the schema, which says all of it: change the SQL, not this file.
"""

import datetime
from typing import Literal, NotRequired, TypedDict

AssignmentStrategy = Literal[
    "continuous_single",
    "continuous_team",
    "block_based",
    "daily_rotation",
    "hybrid",
]

HealthSystemContinuity = Literal[
    "enforce_same_system",
    "prefer_same_system",
    "no_preference",
]

RequirementStructure = Literal[
    "single",
    "split",
]

AssignmentMode = Literal[
    "continuous_single",
    "continuous_team",
    "block_based",
    "daily_rotation",
]

RequirementType = Literal[
    "outpatient",
    "inpatient",
    "elective",
]

Role = Literal[
    "lead",
    "member",
]

SiteType = Literal[
    "hospital",
    "clinic",
    "other",
]


class ClerkshipConfigurations(TypedDict):
    """How one clerkship is to be scheduled: its settings in every area."""

    id: str
    """Identifies the configuration."""
    clerkship_id: str
    """The clerkship that is configured."""
    assignment_strategy: AssignmentStrategy | None
    """Area 1, assignment strategy. One preceptor, a team, blocks, a new one each day, a mix; empty: the school's."""
    requirement_structure: RequirementStructure
    """Area 3, requirement structure. Whether the clerkship is one requirement or split into several."""
    health_system_continuity: HealthSystemContinuity | None
    """Area 5, health-system continuity. Whether a student has to stay in one health system; empty: the school's
    default.
    """
    block_size_days: int | None
    """Area 8, block size. Days in one block; empty: the school's default."""
    allow_partial_blocks: bool | None
    """Area 8, block size. Whether the last block may be shorter than the others; empty: the school's default."""
    prefer_continuous_blocks: bool | None
    """Area 8, block size. Whether a student's blocks should follow one another; empty: the school's default."""
    team_size_min: int | None
    """Area 2, grouping rules. Members of the smallest team; empty: the school's default."""
    team_size_max: int | None
    """Area 2, grouping rules. Members of the largest team; empty: the school's default."""
    fallbacks_allowed: bool | None
    """Area 7, fallback system. Whether another preceptor may step in for the one assigned; empty: the school's
    default.
    """
    max_students_per_day: int | None
    """Area 4, capacity limits. Students on one day, at most, of a preceptor without a rule; empty: the school's
    default.
    """
    max_students_per_year: int | None
    """Area 4, capacity limits. Students a year, at most, of a preceptor without a rule; empty: the school's default."""
    notes: str | None
    """Anything else the school wants to remember."""
    created_at: datetime.datetime
    """When the row was created."""
    updated_at: datetime.datetime
    """When the row was last changed."""


class NewClerkshipConfigurations(TypedDict):
    """A new row of clerkship_configurations: what has a default, or may be empty, can be left out."""

    id: NotRequired[str]
    """Default: CAST(gen_random_uuid() AS TEXT)."""
    clerkship_id: str
    assignment_strategy: NotRequired[AssignmentStrategy | None]
    requirement_structure: NotRequired[RequirementStructure]
    """Default: 'single'."""
    health_system_continuity: NotRequired[HealthSystemContinuity | None]
    block_size_days: NotRequired[int | None]
    allow_partial_blocks: NotRequired[bool | None]
    prefer_continuous_blocks: NotRequired[bool | None]
    team_size_min: NotRequired[int | None]
    team_size_max: NotRequired[int | None]
    fallbacks_allowed: NotRequired[bool | None]
    max_students_per_day: NotRequired[int | None]
    max_students_per_year: NotRequired[int | None]
    notes: NotRequired[str | None]
    created_at: NotRequired[datetime.datetime]
    """Default: CURRENT_TIMESTAMP."""
    updated_at: NotRequired[datetime.datetime]
    """Default: CURRENT_TIMESTAMP."""


class ClerkshipElectives(TypedDict):
    """Area 6, electives. A choice a student has within a clerkship."""

    id: str
    """Identifies the elective."""
    configuration_id: str
    """The configuration of the clerkship that offers it."""
    name: str
    """What the school calls the elective."""
    minimum_days: int
    """Days a student who chooses it spends there at least."""
    specialty: str | None
    """The specialty its preceptors must have; empty when any will do."""
    created_at: datetime.datetime
    """When the row was created."""
    updated_at: datetime.datetime
    """When the row was last changed."""
    is_required: bool
    """Whether every student takes it; otherwise it is a choice."""


class NewClerkshipElectives(TypedDict):
    """A new row of clerkship_electives: what has a default, or may be empty, can be left out."""

    id: NotRequired[str]
    """Default: CAST(gen_random_uuid() AS TEXT)."""
    configuration_id: str
    name: str
    minimum_days: NotRequired[int]
    """Default: 1."""
    specialty: NotRequired[str | None]
    created_at: NotRequired[datetime.datetime]
    """Default: CURRENT_TIMESTAMP."""
    updated_at: NotRequired[datetime.datetime]
    """Default: CURRENT_TIMESTAMP."""
    is_required: NotRequired[bool]
    """Default: false."""


class ClerkshipRequirements(TypedDict):
    """Area 3, requirement structure. Days of one kind that a clerkship requires of each student."""

    id: str
    """Identifies the requirement."""
    clerkship_id: str
    """The clerkship that requires the days."""
    requirement_type: RequirementType
    """What kind of days they are."""
    required_days: int
    """How many days of this kind each student spends."""
    assignment_mode: AssignmentMode | None
    """Area 1, assignment strategy. How students are assigned for these days; empty: as the clerkship, or the school,
    says.
    """
    part: str
    """What the school calls these days; tells apart several requirements of one type."""
    minimum_days: int | None
    """The fewest days of this kind, where a student may choose; empty where all take required_days."""
    block_size_days: int | None
    """Area 8, block size. Days in one block of this requirement; empty: as the clerkship, or the school, says."""
    preceptors_min: int | None
    """Area 2, grouping rules. The fewest preceptors that a student meets in these days; empty: any number."""
    preceptors_max: int | None
    """Area 2, grouping rules. The most preceptors that a student meets in these days; empty: any number."""
    created_at: datetime.datetime
    """When the row was created."""
    updated_at: datetime.datetime
    """When the row was last changed."""


class NewClerkshipRequirements(TypedDict):
    """A new row of clerkship_requirements: what has a default, or may be empty, can be left out."""

    id: NotRequired[str]
    """Default: CAST(gen_random_uuid() AS TEXT)."""
    clerkship_id: str
    requirement_type: RequirementType
    required_days: int
    assignment_mode: NotRequired[AssignmentMode | None]
    part: NotRequired[str]
    """Default: ''."""
    minimum_days: NotRequired[int | None]
    block_size_days: NotRequired[int | None]
    preceptors_min: NotRequired[int | None]
    preceptors_max: NotRequired[int | None]
    created_at: NotRequired[datetime.datetime]
    """Default: CURRENT_TIMESTAMP."""
    updated_at: NotRequired[datetime.datetime]
    """Default: CURRENT_TIMESTAMP."""


class Clerkships(TypedDict):
    """A block of clinical teaching that every student completes, such as Surgery."""

    id: str
    """Identifies the clerkship."""
    name: str
    """What the school calls the clerkship."""
    specialty: str
    """The specialty its preceptors must have."""
    required_days: int
    """Days each student spends in the clerkship, all requirements together."""
    description: str | None
    """What the clerkship covers, in a sentence or two."""
    max_students_at_once: int | None
    """Area 4, capacity limits. Students in the clerkship at the same time, at most; empty for no limit."""
    created_at: datetime.datetime
    """When the row was created."""
    updated_at: datetime.datetime
    """When the row was last changed."""


class NewClerkships(TypedDict):
    """A new row of clerkships: what has a default, or may be empty, can be left out."""

    id: NotRequired[str]
    """Default: CAST(gen_random_uuid() AS TEXT)."""
    name: str
    specialty: str
    required_days: int
    description: NotRequired[str | None]
    max_students_at_once: NotRequired[int | None]
    created_at: NotRequired[datetime.datetime]
    """Default: CURRENT_TIMESTAMP."""
    updated_at: NotRequired[datetime.datetime]
    """Default: CURRENT_TIMESTAMP."""


class ElectivePreceptors(TypedDict):
    """Area 6, electives. A preceptor who teaches an elective; all of its specialty if it names none."""

    id: str
    """Identifies the row."""
    elective_id: str
    """The elective."""
    preceptor_id: str
    """The preceptor who teaches it."""
    created_at: datetime.datetime
    """When the row was created."""
    updated_at: datetime.datetime
    """When the row was last changed."""


class NewElectivePreceptors(TypedDict):
    """A new row of elective_preceptors: what has a default, or may be empty, can be left out."""

    id: NotRequired[str]
    """Default: CAST(gen_random_uuid() AS TEXT)."""
    elective_id: str
    preceptor_id: str
    created_at: NotRequired[datetime.datetime]
    """Default: CURRENT_TIMESTAMP."""
    updated_at: NotRequired[datetime.datetime]
    """Default: CURRENT_TIMESTAMP."""


class HealthSystems(TypedDict):
    """Area 5, health-system continuity. An organization that runs hospitals and clinics."""

    id: str
    """Identifies the health system."""
    name: str
    """The health system's full name."""
    abbreviation: str | None
    """A short form of the name."""
    location: str | None
    """The town or region it serves; tells apart two of the same name."""
    notes: str | None
    """Anything else the school wants to remember."""
    created_at: datetime.datetime
    """When the row was created."""
    updated_at: datetime.datetime
    """When the row was last changed."""


class NewHealthSystems(TypedDict):
    """A new row of health_systems: what has a default, or may be empty, can be left out."""

    id: NotRequired[str]
    """Default: CAST(gen_random_uuid() AS TEXT)."""
    name: str
    abbreviation: NotRequired[str | None]
    location: NotRequired[str | None]
    notes: NotRequired[str | None]
    created_at: NotRequired[datetime.datetime]
    """Default: CURRENT_TIMESTAMP."""
    updated_at: NotRequired[datetime.datetime]
    """Default: CURRENT_TIMESTAMP."""


class PreceptorCapacityRules(TypedDict):
    """Area 4, capacity limits. How many students a preceptor takes, in one clerkship or in any."""

    id: str
    """Identifies the capacity rule."""
    preceptor_id: str
    """The preceptor whose students are limited."""
    clerkship_id: str | None
    """The clerkship it holds for; empty when it holds for any."""
    requirement_type: RequirementType | None
    """The type of requirement it holds for; empty when it holds for all."""
    max_students_per_day: int
    """Students on one day, at most."""
    max_students_per_year: int | None
    """Students a year, at most; empty for no limit."""
    max_students_per_block: int | None
    """Area 8, block size. Students in one block, at most; empty for no limit."""
    created_at: datetime.datetime
    """When the row was created."""
    updated_at: datetime.datetime
    """When the row was last changed."""


class NewPreceptorCapacityRules(TypedDict):
    """A new row of preceptor_capacity_rules: what has a default, or may be empty, can be left out."""

    id: NotRequired[str]
    """Default: CAST(gen_random_uuid() AS TEXT)."""
    preceptor_id: str
    clerkship_id: NotRequired[str | None]
    requirement_type: NotRequired[RequirementType | None]
    max_students_per_day: NotRequired[int]
    """Default: 1."""
    max_students_per_year: NotRequired[int | None]
    max_students_per_block: NotRequired[int | None]
    created_at: NotRequired[datetime.datetime]
    """Default: CURRENT_TIMESTAMP."""
    updated_at: NotRequired[datetime.datetime]
    """Default: CURRENT_TIMESTAMP."""


class PreceptorFallbacks(TypedDict):
    """Area 7, fallback system. Who steps in when a preceptor cannot teach."""

    id: str
    """Identifies the fallback."""
    clerkship_id: str | None
    """The clerkship it holds for; empty when it holds for any."""
    primary_preceptor_id: str
    """The preceptor who cannot teach."""
    fallback_preceptor_id: str
    """The preceptor who steps in."""
    priority: int
    """The order in which fallbacks are asked, 1 first."""
    requires_approval: bool
    """Whether someone approves before the fallback steps in."""
    allow_different_health_system: bool
    """Whether the one who steps in may belong to another health system."""
    created_at: datetime.datetime
    """When the row was created."""
    updated_at: datetime.datetime
    """When the row was last changed."""


class NewPreceptorFallbacks(TypedDict):
    """A new row of preceptor_fallbacks: what has a default, or may be empty, can be left out."""

    id: NotRequired[str]
    """Default: CAST(gen_random_uuid() AS TEXT)."""
    clerkship_id: NotRequired[str | None]
    primary_preceptor_id: str
    fallback_preceptor_id: str
    priority: int
    requires_approval: NotRequired[bool]
    """Default: false."""
    allow_different_health_system: NotRequired[bool]
    """Default: false."""
    created_at: NotRequired[datetime.datetime]
    """Default: CURRENT_TIMESTAMP."""
    updated_at: NotRequired[datetime.datetime]
    """Default: CURRENT_TIMESTAMP."""


class PreceptorSites(TypedDict):
    """Area 5, health-system continuity. A site where a preceptor works beside the main one."""

    id: str
    """Identifies the row."""
    preceptor_id: str
    """The preceptor."""
    health_system_id: str
    """The health system of both."""
    site_id: str
    """The further site."""
    created_at: datetime.datetime
    """When the row was created."""
    updated_at: datetime.datetime
    """When the row was last changed."""


class NewPreceptorSites(TypedDict):
    """A new row of preceptor_sites: what has a default, or may be empty, can be left out."""

    id: NotRequired[str]
    """Default: CAST(gen_random_uuid() AS TEXT)."""
    preceptor_id: str
    health_system_id: str
    site_id: str
    created_at: NotRequired[datetime.datetime]
    """Default: CURRENT_TIMESTAMP."""
    updated_at: NotRequired[datetime.datetime]
    """Default: CURRENT_TIMESTAMP."""


class PreceptorSpecialties(TypedDict):
    """A specialty that a preceptor practices beside the main one."""

    id: str
    """Identifies the row."""
    preceptor_id: str
    """The preceptor."""
    specialty: str
    """The further specialty."""
    created_at: datetime.datetime
    """When the row was created."""
    updated_at: datetime.datetime
    """When the row was last changed."""


class NewPreceptorSpecialties(TypedDict):
    """A new row of preceptor_specialties: what has a default, or may be empty, can be left out."""

    id: NotRequired[str]
    """Default: CAST(gen_random_uuid() AS TEXT)."""
    preceptor_id: str
    specialty: str
    created_at: NotRequired[datetime.datetime]
    """Default: CURRENT_TIMESTAMP."""
    updated_at: NotRequired[datetime.datetime]
    """Default: CURRENT_TIMESTAMP."""


class PreceptorTeamMembers(TypedDict):
    """Area 2, grouping rules. One preceptor's place in one team."""

    id: str
    """Identifies the membership."""
    team_id: str
    """The team."""
    preceptor_id: str
    """The preceptor who belongs to it."""
    role: Role
    """Whether the preceptor leads the team."""
    priority: int
    """The order in which members are given students, 1 first."""
    created_at: datetime.datetime
    """When the row was created."""
    updated_at: datetime.datetime
    """When the row was last changed."""
    fallback_only: bool
    """Area 7, fallback system. Whether the member only stands in for the other members."""


class NewPreceptorTeamMembers(TypedDict):
    """A new row of preceptor_team_members: what has a default, or may be empty, can be left out."""

    id: NotRequired[str]
    """Default: CAST(gen_random_uuid() AS TEXT)."""
    team_id: str
    preceptor_id: str
    role: NotRequired[Role]
    """Default: 'member'."""
    priority: int
    created_at: NotRequired[datetime.datetime]
    """Default: CURRENT_TIMESTAMP."""
    updated_at: NotRequired[datetime.datetime]
    """Default: CURRENT_TIMESTAMP."""
    fallback_only: NotRequired[bool]
    """Default: false."""


class PreceptorTeams(TypedDict):
    """Area 2, grouping rules. Preceptors who share students between them."""

    id: str
    """Identifies the team."""
    clerkship_id: str | None
    """The clerkship it teaches in; empty when any clerkship may use it."""
    name: str
    """What the school calls the team."""
    require_same_health_system: bool
    """Whether its members must share a health system."""
    require_same_site: bool
    """Whether its members must share a site."""
    require_same_specialty: bool
    """Whether its members must share a specialty."""
    requires_admin_approval: bool
    """Whether an administrator approves each assignment to the team."""
    created_at: datetime.datetime
    """When the row was created."""
    updated_at: datetime.datetime
    """When the row was last changed."""


class NewPreceptorTeams(TypedDict):
    """A new row of preceptor_teams: what has a default, or may be empty, can be left out."""

    id: NotRequired[str]
    """Default: CAST(gen_random_uuid() AS TEXT)."""
    clerkship_id: NotRequired[str | None]
    name: str
    require_same_health_system: NotRequired[bool]
    """Default: false."""
    require_same_site: NotRequired[bool]
    """Default: false."""
    require_same_specialty: NotRequired[bool]
    """Default: false."""
    requires_admin_approval: NotRequired[bool]
    """Default: false."""
    created_at: NotRequired[datetime.datetime]
    """Default: CURRENT_TIMESTAMP."""
    updated_at: NotRequired[datetime.datetime]
    """Default: CURRENT_TIMESTAMP."""


class Preceptors(TypedDict):
    """A supervising clinician beside whom students work."""

    id: str
    """Identifies the preceptor."""
    name: str
    """The preceptor's name, as the school writes it."""
    email: str | None
    """Where the preceptor is reached; tells apart two of the same name. Empty when it is not known."""
    specialty: str
    """The main specialty the preceptor practices."""
    max_students: int
    """Area 4, capacity limits. Students on one day, at most, where no capacity rule says otherwise."""
    health_system_id: str
    """Area 5, health-system continuity. The health system the preceptor works for."""
    site_id: str | None
    """Area 5, health-system continuity. The main site the preceptor works at; empty when there is no fixed one."""
    teaching_days_per_year: int | None
    """Area 4, capacity limits. Days of a year on which the preceptor teaches, at most; empty for all."""
    fallback_only: bool
    """Area 7, fallback system. Whether the preceptor only ever stands in for others."""
    created_at: datetime.datetime
    """When the row was created."""
    updated_at: datetime.datetime
    """When the row was last changed."""


class NewPreceptors(TypedDict):
    """A new row of preceptors: what has a default, or may be empty, can be left out."""

    id: NotRequired[str]
    """Default: CAST(gen_random_uuid() AS TEXT)."""
    name: str
    email: NotRequired[str | None]
    specialty: str
    max_students: NotRequired[int]
    """Default: 1."""
    health_system_id: str
    site_id: NotRequired[str | None]
    teaching_days_per_year: NotRequired[int | None]
    fallback_only: NotRequired[bool]
    """Default: false."""
    created_at: NotRequired[datetime.datetime]
    """Default: CURRENT_TIMESTAMP."""
    updated_at: NotRequired[datetime.datetime]
    """Default: CURRENT_TIMESTAMP."""


class RequirementSites(TypedDict):
    """Area 5, health-system continuity. A site where the days of a requirement are spent; anywhere if it names none."""

    id: str
    """Identifies the row."""
    requirement_id: str
    """The requirement."""
    site_id: str
    """The site."""
    created_at: datetime.datetime
    """When the row was created."""
    updated_at: datetime.datetime
    """When the row was last changed."""


class NewRequirementSites(TypedDict):
    """A new row of requirement_sites: what has a default, or may be empty, can be left out."""

    id: NotRequired[str]
    """Default: CAST(gen_random_uuid() AS TEXT)."""
    requirement_id: str
    site_id: str
    created_at: NotRequired[datetime.datetime]
    """Default: CURRENT_TIMESTAMP."""
    updated_at: NotRequired[datetime.datetime]
    """Default: CURRENT_TIMESTAMP."""


class SchoolDefaults(TypedDict):
    """Area 3, requirement structure. What holds for a type of requirement where its clerkship leaves a setting
    empty.
    """

    id: str
    """Identifies the row of defaults."""
    requirement_type: RequirementType
    """The type of requirement that the defaults are for."""
    assignment_mode: AssignmentMode | None
    """Area 1, assignment strategy. How students are assigned; empty: one preceptor for all days (continuous_single)."""
    health_system_continuity: HealthSystemContinuity | None
    """Area 5, health-system continuity. Whether a student has to stay in one health system; empty: no_preference."""
    block_size_days: int | None
    """Area 8, block size. Days in one block; empty: no default."""
    allow_partial_blocks: bool | None
    """Area 8, block size. Whether the last block may be shorter than the others; empty: false."""
    prefer_continuous_blocks: bool | None
    """Area 8, block size. Whether a student's blocks should follow one another without a gap; empty: true."""
    team_size_min: int | None
    """Area 2, grouping rules. Members of the smallest team; empty: 2."""
    team_size_max: int | None
    """Area 2, grouping rules. Members of the largest team; empty: 3."""
    fallbacks_allowed: bool | None
    """Area 7, fallback system. Whether another preceptor may step in for the one assigned; empty: true."""
    max_students_per_day: int | None
    """Area 4, capacity limits. Students on one day, at most, of a preceptor without a rule; empty: max_students
    decides.
    """
    max_students_per_year: int | None
    """Area 4, capacity limits. Students a year, at most, of a preceptor without a rule; empty: no limit."""
    created_at: datetime.datetime
    """When the row was created."""
    updated_at: datetime.datetime
    """When the row was last changed."""


class NewSchoolDefaults(TypedDict):
    """A new row of school_defaults: what has a default, or may be empty, can be left out."""

    id: NotRequired[str]
    """Default: CAST(gen_random_uuid() AS TEXT)."""
    requirement_type: RequirementType
    assignment_mode: NotRequired[AssignmentMode | None]
    health_system_continuity: NotRequired[HealthSystemContinuity | None]
    block_size_days: NotRequired[int | None]
    allow_partial_blocks: NotRequired[bool | None]
    prefer_continuous_blocks: NotRequired[bool | None]
    team_size_min: NotRequired[int | None]
    team_size_max: NotRequired[int | None]
    fallbacks_allowed: NotRequired[bool | None]
    max_students_per_day: NotRequired[int | None]
    max_students_per_year: NotRequired[int | None]
    created_at: NotRequired[datetime.datetime]
    """Default: CURRENT_TIMESTAMP."""
    updated_at: NotRequired[datetime.datetime]
    """Default: CURRENT_TIMESTAMP."""


class SiteCapacityRules(TypedDict):
    """Area 4, capacity limits. How many students a site takes, of one clerkship or of all together. Both rules hold."""

    id: str
    """Identifies the rule."""
    site_id: str
    """The site whose students are limited."""
    clerkship_id: str | None
    """The clerkship whose students are counted; empty when those of all clerkships are counted together."""
    max_students_per_day: int | None
    """Students on one day, at most; empty for no limit."""
    max_students_per_year: int | None
    """Students a year, at most; empty for no limit."""
    created_at: datetime.datetime
    """When the row was created."""
    updated_at: datetime.datetime
    """When the row was last changed."""


class NewSiteCapacityRules(TypedDict):
    """A new row of site_capacity_rules: what has a default, or may be empty, can be left out."""

    id: NotRequired[str]
    """Default: CAST(gen_random_uuid() AS TEXT)."""
    site_id: str
    clerkship_id: NotRequired[str | None]
    max_students_per_day: NotRequired[int | None]
    max_students_per_year: NotRequired[int | None]
    created_at: NotRequired[datetime.datetime]
    """Default: CURRENT_TIMESTAMP."""
    updated_at: NotRequired[datetime.datetime]
    """Default: CURRENT_TIMESTAMP."""


class Sites(TypedDict):
    """Area 5, health-system continuity. A place of one health system where students are taught."""

    id: str
    """Identifies the site."""
    health_system_id: str
    """The health system that runs the site."""
    name: str
    """What the health system calls the site."""
    site_type: SiteType
    """What kind of place it is."""
    address: str | None
    """Where it is."""
    notes: str | None
    """Anything else the school wants to remember."""
    created_at: datetime.datetime
    """When the row was created."""
    updated_at: datetime.datetime
    """When the row was last changed."""


class NewSites(TypedDict):
    """A new row of sites: what has a default, or may be empty, can be left out."""

    id: NotRequired[str]
    """Default: CAST(gen_random_uuid() AS TEXT)."""
    health_system_id: str
    name: str
    site_type: SiteType
    address: NotRequired[str | None]
    notes: NotRequired[str | None]
    created_at: NotRequired[datetime.datetime]
    """Default: CURRENT_TIMESTAMP."""
    updated_at: NotRequired[datetime.datetime]
    """Default: CURRENT_TIMESTAMP."""
