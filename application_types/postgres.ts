/**
 * Written by clerkbench from the SQL of the schema, which says all of it: change the SQL, not this file.
 */

import type { ColumnType } from "kysely";

export type Generated<T> = T extends ColumnType<infer S, infer I, infer U>
  ? ColumnType<S, I | undefined, U>
  : ColumnType<T, T | undefined, T>;

export type Timestamp = ColumnType<Date, Date | string, Date | string>;

export type AssignmentStrategy =
  | "continuous_single"
  | "continuous_team"
  | "block_based"
  | "daily_rotation"
  | "hybrid";

export type HealthSystemContinuity =
  | "enforce_same_system"
  | "prefer_same_system"
  | "no_preference";

export type RequirementStructure =
  | "single"
  | "split";

export type AssignmentMode =
  | "continuous_single"
  | "continuous_team"
  | "block_based"
  | "daily_rotation";

export type RequirementType =
  | "outpatient"
  | "inpatient"
  | "elective";

export type Role =
  | "lead"
  | "member";

export type SiteType =
  | "hospital"
  | "clinic"
  | "other";

/** How one clerkship is to be scheduled: its settings in every area. */
export interface ClerkshipConfigurations {
  /** Identifies the configuration. */
  id: Generated<string>;
  /** The clerkship that is configured. */
  clerkship_id: string;
  /** Area 1, assignment strategy. One preceptor, a team, blocks, a new one each day, a mix; empty: the school's. */
  assignment_strategy: AssignmentStrategy | null;
  /** Area 3, requirement structure. Whether the clerkship is one requirement or split into several. */
  requirement_structure: Generated<RequirementStructure>;
  /** Area 5, health-system continuity. Whether a student has to stay in one health system; empty: the school's default. */
  health_system_continuity: HealthSystemContinuity | null;
  /** Area 8, block size. Days in one block; empty: the school's default. */
  block_size_days: number | null;
  /** Area 8, block size. Whether the last block may be shorter than the others; empty: the school's default. */
  allow_partial_blocks: boolean | null;
  /** Area 8, block size. Whether a student's blocks should follow one another; empty: the school's default. */
  prefer_continuous_blocks: boolean | null;
  /** Area 2, grouping rules. Members of the smallest team; empty: the school's default. */
  team_size_min: number | null;
  /** Area 2, grouping rules. Members of the largest team; empty: the school's default. */
  team_size_max: number | null;
  /** Area 7, fallback system. Whether another preceptor may step in for the one assigned; empty: the school's default. */
  fallbacks_allowed: boolean | null;
  /** Area 4, capacity limits. Students on one day, at most, of a preceptor without a rule; empty: the school's default. */
  max_students_per_day: number | null;
  /** Area 4, capacity limits. Students a year, at most, of a preceptor without a rule; empty: the school's default. */
  max_students_per_year: number | null;
  /** Anything else the school wants to remember. */
  notes: string | null;
  /** When the row was created. */
  created_at: Generated<Timestamp>;
  /** When the row was last changed. */
  updated_at: Generated<Timestamp>;
}

/** Area 6, electives. A choice a student has within a clerkship. */
export interface ClerkshipElectives {
  /** Identifies the elective. */
  id: Generated<string>;
  /** The configuration of the clerkship that offers it. */
  configuration_id: string;
  /** What the school calls the elective. */
  name: string;
  /** Days a student who chooses it spends there at least. */
  minimum_days: Generated<number>;
  /** The specialty its preceptors must have; empty when any will do. */
  specialty: string | null;
  /** When the row was created. */
  created_at: Generated<Timestamp>;
  /** When the row was last changed. */
  updated_at: Generated<Timestamp>;
  /** Whether every student takes it; otherwise it is a choice. */
  is_required: Generated<boolean>;
}

/** Area 3, requirement structure. Days of one kind that a clerkship requires of each student. */
export interface ClerkshipRequirements {
  /** Identifies the requirement. */
  id: Generated<string>;
  /** The clerkship that requires the days. */
  clerkship_id: string;
  /** What kind of days they are. */
  requirement_type: RequirementType;
  /** How many days of this kind each student spends. */
  required_days: number;
  /** Area 1, assignment strategy. How students are assigned for these days; empty: as the clerkship, or the school, says. */
  assignment_mode: AssignmentMode | null;
  /** What the school calls these days; tells apart several requirements of one type. */
  part: Generated<string>;
  /** The fewest days of this kind, where a student may choose; empty where all take required_days. */
  minimum_days: number | null;
  /** Area 8, block size. Days in one block of this requirement; empty: as the clerkship, or the school, says. */
  block_size_days: number | null;
  /** Area 2, grouping rules. The fewest preceptors that a student meets in these days; empty: any number. */
  preceptors_min: number | null;
  /** Area 2, grouping rules. The most preceptors that a student meets in these days; empty: any number. */
  preceptors_max: number | null;
  /** When the row was created. */
  created_at: Generated<Timestamp>;
  /** When the row was last changed. */
  updated_at: Generated<Timestamp>;
}

/** A block of clinical teaching that every student completes, such as Surgery. */
export interface Clerkships {
  /** Identifies the clerkship. */
  id: Generated<string>;
  /** What the school calls the clerkship. */
  name: string;
  /** The specialty its preceptors must have. */
  specialty: string;
  /** Days each student spends in the clerkship, all requirements together. */
  required_days: number;
  /** What the clerkship covers, in a sentence or two. */
  description: string | null;
  /** Area 4, capacity limits. Students in the clerkship at the same time, at most; empty for no limit. */
  max_students_at_once: number | null;
  /** When the row was created. */
  created_at: Generated<Timestamp>;
  /** When the row was last changed. */
  updated_at: Generated<Timestamp>;
}

/** Area 6, electives. A preceptor who teaches an elective; all of its specialty if it names none. */
export interface ElectivePreceptors {
  /** Identifies the row. */
  id: Generated<string>;
  /** The elective. */
  elective_id: string;
  /** The preceptor who teaches it. */
  preceptor_id: string;
  /** When the row was created. */
  created_at: Generated<Timestamp>;
  /** When the row was last changed. */
  updated_at: Generated<Timestamp>;
}

/** Area 5, health-system continuity. An organization that runs hospitals and clinics. */
export interface HealthSystems {
  /** Identifies the health system. */
  id: Generated<string>;
  /** The health system's full name. */
  name: string;
  /** A short form of the name. */
  abbreviation: string | null;
  /** The town or region it serves; tells apart two of the same name. */
  location: string | null;
  /** Anything else the school wants to remember. */
  notes: string | null;
  /** When the row was created. */
  created_at: Generated<Timestamp>;
  /** When the row was last changed. */
  updated_at: Generated<Timestamp>;
}

/** Area 4, capacity limits. How many students a preceptor takes, in one clerkship or in any. */
export interface PreceptorCapacityRules {
  /** Identifies the capacity rule. */
  id: Generated<string>;
  /** The preceptor whose students are limited. */
  preceptor_id: string;
  /** The clerkship it holds for; empty when it holds for any. */
  clerkship_id: string | null;
  /** The type of requirement it holds for; empty when it holds for all. */
  requirement_type: RequirementType | null;
  /** Students on one day, at most. */
  max_students_per_day: Generated<number>;
  /** Students a year, at most; empty for no limit. */
  max_students_per_year: number | null;
  /** Area 8, block size. Students in one block, at most; empty for no limit. */
  max_students_per_block: number | null;
  /** When the row was created. */
  created_at: Generated<Timestamp>;
  /** When the row was last changed. */
  updated_at: Generated<Timestamp>;
}

/** Area 7, fallback system. Who steps in when a preceptor cannot teach. */
export interface PreceptorFallbacks {
  /** Identifies the fallback. */
  id: Generated<string>;
  /** The clerkship it holds for; empty when it holds for any. */
  clerkship_id: string | null;
  /** The preceptor who cannot teach. */
  primary_preceptor_id: string;
  /** The preceptor who steps in. */
  fallback_preceptor_id: string;
  /** The order in which fallbacks are asked, 1 first. */
  priority: number;
  /** Whether someone approves before the fallback steps in. */
  requires_approval: Generated<boolean>;
  /** Whether the one who steps in may belong to another health system. */
  allow_different_health_system: Generated<boolean>;
  /** When the row was created. */
  created_at: Generated<Timestamp>;
  /** When the row was last changed. */
  updated_at: Generated<Timestamp>;
}

/** Area 5, health-system continuity. A site where a preceptor works beside the main one. */
export interface PreceptorSites {
  /** Identifies the row. */
  id: Generated<string>;
  /** The preceptor. */
  preceptor_id: string;
  /** The health system of both. */
  health_system_id: string;
  /** The further site. */
  site_id: string;
  /** When the row was created. */
  created_at: Generated<Timestamp>;
  /** When the row was last changed. */
  updated_at: Generated<Timestamp>;
}

/** A specialty that a preceptor practices beside the main one. */
export interface PreceptorSpecialties {
  /** Identifies the row. */
  id: Generated<string>;
  /** The preceptor. */
  preceptor_id: string;
  /** The further specialty. */
  specialty: string;
  /** When the row was created. */
  created_at: Generated<Timestamp>;
  /** When the row was last changed. */
  updated_at: Generated<Timestamp>;
}

/** Area 2, grouping rules. One preceptor's place in one team. */
export interface PreceptorTeamMembers {
  /** Identifies the membership. */
  id: Generated<string>;
  /** The team. */
  team_id: string;
  /** The preceptor who belongs to it. */
  preceptor_id: string;
  /** Whether the preceptor leads the team. */
  role: Generated<Role>;
  /** The order in which members are given students, 1 first. */
  priority: number;
  /** When the row was created. */
  created_at: Generated<Timestamp>;
  /** When the row was last changed. */
  updated_at: Generated<Timestamp>;
  /** Area 7, fallback system. Whether the member only stands in for the other members. */
  fallback_only: Generated<boolean>;
}

/** Area 2, grouping rules. Preceptors who share students between them. */
export interface PreceptorTeams {
  /** Identifies the team. */
  id: Generated<string>;
  /** The clerkship it teaches in; empty when any clerkship may use it. */
  clerkship_id: string | null;
  /** What the school calls the team. */
  name: string;
  /** Whether its members must share a health system. */
  require_same_health_system: Generated<boolean>;
  /** Whether its members must share a site. */
  require_same_site: Generated<boolean>;
  /** Whether its members must share a specialty. */
  require_same_specialty: Generated<boolean>;
  /** Whether an administrator approves each assignment to the team. */
  requires_admin_approval: Generated<boolean>;
  /** When the row was created. */
  created_at: Generated<Timestamp>;
  /** When the row was last changed. */
  updated_at: Generated<Timestamp>;
}

/** A supervising clinician beside whom students work. */
export interface Preceptors {
  /** Identifies the preceptor. */
  id: Generated<string>;
  /** The preceptor's name, as the school writes it. */
  name: string;
  /** Where the preceptor is reached; tells apart two of the same name. Empty when it is not known. */
  email: string | null;
  /** The main specialty the preceptor practices. */
  specialty: string;
  /** Area 4, capacity limits. Students on one day, at most, where no capacity rule says otherwise. */
  max_students: Generated<number>;
  /** Area 5, health-system continuity. The health system the preceptor works for. */
  health_system_id: string;
  /** Area 5, health-system continuity. The main site the preceptor works at; empty when there is no fixed one. */
  site_id: string | null;
  /** Area 4, capacity limits. Days of a year on which the preceptor teaches, at most; empty for all. */
  teaching_days_per_year: number | null;
  /** Area 7, fallback system. Whether the preceptor only ever stands in for others. */
  fallback_only: Generated<boolean>;
  /** When the row was created. */
  created_at: Generated<Timestamp>;
  /** When the row was last changed. */
  updated_at: Generated<Timestamp>;
}

/** Area 5, health-system continuity. A site where the days of a requirement are spent; anywhere if it names none. */
export interface RequirementSites {
  /** Identifies the row. */
  id: Generated<string>;
  /** The requirement. */
  requirement_id: string;
  /** The site. */
  site_id: string;
  /** When the row was created. */
  created_at: Generated<Timestamp>;
  /** When the row was last changed. */
  updated_at: Generated<Timestamp>;
}

/** Area 3, requirement structure. What holds for a type of requirement where its clerkship leaves a setting empty. */
export interface SchoolDefaults {
  /** Identifies the row of defaults. */
  id: Generated<string>;
  /** The type of requirement that the defaults are for. */
  requirement_type: RequirementType;
  /** Area 1, assignment strategy. How students are assigned; empty: one preceptor for all days (continuous_single). */
  assignment_mode: AssignmentMode | null;
  /** Area 5, health-system continuity. Whether a student has to stay in one health system; empty: no_preference. */
  health_system_continuity: HealthSystemContinuity | null;
  /** Area 8, block size. Days in one block; empty: no default. */
  block_size_days: number | null;
  /** Area 8, block size. Whether the last block may be shorter than the others; empty: false. */
  allow_partial_blocks: boolean | null;
  /** Area 8, block size. Whether a student's blocks should follow one another without a gap; empty: true. */
  prefer_continuous_blocks: boolean | null;
  /** Area 2, grouping rules. Members of the smallest team; empty: 2. */
  team_size_min: number | null;
  /** Area 2, grouping rules. Members of the largest team; empty: 3. */
  team_size_max: number | null;
  /** Area 7, fallback system. Whether another preceptor may step in for the one assigned; empty: true. */
  fallbacks_allowed: boolean | null;
  /** Area 4, capacity limits. Students on one day, at most, of a preceptor without a rule; empty: max_students decides. */
  max_students_per_day: number | null;
  /** Area 4, capacity limits. Students a year, at most, of a preceptor without a rule; empty: no limit. */
  max_students_per_year: number | null;
  /** When the row was created. */
  created_at: Generated<Timestamp>;
  /** When the row was last changed. */
  updated_at: Generated<Timestamp>;
}

/** Area 4, capacity limits. How many students a site takes, of one clerkship or of all together. Both rules hold. */
export interface SiteCapacityRules {
  /** Identifies the rule. */
  id: Generated<string>;
  /** The site whose students are limited. */
  site_id: string;
  /** The clerkship whose students are counted; empty when those of all clerkships are counted together. */
  clerkship_id: string | null;
  /** Students on one day, at most; empty for no limit. */
  max_students_per_day: number | null;
  /** Students a year, at most; empty for no limit. */
  max_students_per_year: number | null;
  /** When the row was created. */
  created_at: Generated<Timestamp>;
  /** When the row was last changed. */
  updated_at: Generated<Timestamp>;
}

/** Area 5, health-system continuity. A place of one health system where students are taught. */
export interface Sites {
  /** Identifies the site. */
  id: Generated<string>;
  /** The health system that runs the site. */
  health_system_id: string;
  /** What the health system calls the site. */
  name: string;
  /** What kind of place it is. */
  site_type: SiteType;
  /** Where it is. */
  address: string | null;
  /** Anything else the school wants to remember. */
  notes: string | null;
  /** When the row was created. */
  created_at: Generated<Timestamp>;
  /** When the row was last changed. */
  updated_at: Generated<Timestamp>;
}

export interface DB {
  clerkship_configurations: ClerkshipConfigurations;
  clerkship_electives: ClerkshipElectives;
  clerkship_requirements: ClerkshipRequirements;
  clerkships: Clerkships;
  elective_preceptors: ElectivePreceptors;
  health_systems: HealthSystems;
  preceptor_capacity_rules: PreceptorCapacityRules;
  preceptor_fallbacks: PreceptorFallbacks;
  preceptor_sites: PreceptorSites;
  preceptor_specialties: PreceptorSpecialties;
  preceptor_team_members: PreceptorTeamMembers;
  preceptor_teams: PreceptorTeams;
  preceptors: Preceptors;
  requirement_sites: RequirementSites;
  school_defaults: SchoolDefaults;
  site_capacity_rules: SiteCapacityRules;
  sites: Sites;
}
