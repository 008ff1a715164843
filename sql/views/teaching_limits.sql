-- What bounds how many students a clerkship can teach: one row for each part of a clerkship and each preceptor who may
-- teach that part. sql/capacity.sql turns it into students a year.
--
-- A part is one requirement; or, where several requirements are taught by the clerkship's own preceptors, all of their
-- days together, for these preceptors cannot give one day twice; or an elective that every student takes; or the whole
-- of a clerkship without requirements. A student spends the fewest days there that are allowed.
--
-- A student takes a part in units that cannot be cut: all days of a requirement with one preceptor (continuous_single,
-- or preceptors_max 1); a whole block, unless partial blocks are allowed; otherwise a day.
CREATE VIEW teaching_limits AS
WITH
requirements AS (
    SELECT
        held.clerkship_id,
        held.requirement_id,
        held.configuration_id,
        coalesce(held.requirement, 'all days') AS part,
        held.assignment_mode,
        held.block_size_days,
        held.minimum_days AS days,
        held.required_days,
        held.requirement_id IS NOT NULL AND (
            held.assignment_mode = 'continuous_single' OR coalesce(requirements.preceptors_max = 1, FALSE)
        ) AS by_one,
        CASE
            WHEN held.assignment_mode = 'block_based' AND NOT held.allow_partial_blocks
                THEN coalesce(held.block_size_days, 1)
            ELSE 1
        END AS block_days,
        held.requirement_id IS NOT NULL AND held.assignment_mode = 'block_based' AS in_blocks,
        held.requirement_id IS NOT NULL AND held.assignment_mode = 'continuous_team' AS in_teams,
        held.health_system_continuity = 'enforce_same_system' AS in_one_system,
        coalesce(requirements.preceptors_min, 1) AS preceptors_min,
        requirements.preceptors_max,
        held.in_electives,
        held.in_electives AND held.configuration_id IN (
            SELECT listed.configuration_id FROM clerkship_electives AS listed
            WHERE listed.is_required
        ) AS has_required
    FROM effective_settings AS held
    LEFT JOIN clerkship_requirements AS requirements ON held.requirement_id = requirements.id
),

-- A required elective is a part only where there is one elective requirement: nothing says to which of several it
-- belongs.
elective_days AS (
    SELECT
        configuration_id,
        count(*) AS requirements
    FROM requirements
    WHERE in_electives
    GROUP BY configuration_id
),

parts AS (
    SELECT
        clerkship_id,
        part,
        'requirement' AS kind,
        assignment_mode,
        block_size_days,
        days,
        required_days,
        CASE
            WHEN requirement_id IS NULL OR has_required THEN 1
            WHEN by_one THEN days
            ELSE block_days
        END AS unit_days,
        in_blocks,
        in_teams AND NOT in_electives AS by_team,
        in_one_system,
        in_electives,
        has_required,
        preceptors_min,
        preceptors_max
    FROM requirements
    UNION ALL
    SELECT
        clerkship_id,
        'all days' AS part,
        'sum' AS kind,
        NULL AS assignment_mode,
        NULL AS block_size_days,
        CAST(sum(days) AS BIGINT) AS days,
        CAST(sum(required_days) AS BIGINT) AS required_days,
        1 AS unit_days,
        FALSE AS in_blocks,
        FALSE AS by_team,
        min(CASE WHEN in_one_system THEN 1 ELSE 0 END) = 1 AS in_one_system,
        FALSE AS in_electives,
        FALSE AS has_required,
        1 AS preceptors_min,
        NULL AS preceptors_max
    FROM requirements
    WHERE NOT in_electives
    GROUP BY clerkship_id
    HAVING count(*) > 1
    UNION ALL
    SELECT
        requirements.clerkship_id,
        requirements.part || ': ' || electives.name AS part,
        'elective' AS kind,
        requirements.assignment_mode,
        requirements.block_size_days,
        electives.minimum_days AS days,
        electives.minimum_days AS required_days,
        CASE WHEN requirements.by_one THEN electives.minimum_days ELSE 1 END AS unit_days,
        FALSE AS in_blocks,
        FALSE AS by_team,
        requirements.in_one_system,
        TRUE AS in_electives,
        FALSE AS has_required,
        1 AS preceptors_min,
        NULL AS preceptors_max
    FROM requirements
    INNER JOIN clerkship_electives AS electives ON requirements.configuration_id = electives.configuration_id
    INNER JOIN elective_days ON requirements.configuration_id = elective_days.configuration_id
    WHERE requirements.in_electives AND electives.is_required AND elective_days.requirements = 1
),

-- The requirements, or the elective, whose preceptors teach a part.
covered AS (
    SELECT
        clerkship_id,
        part,
        requirement_id,
        NULL AS elective_id
    FROM requirements
    UNION
    SELECT
        clerkship_id,
        'all days' AS part,
        requirement_id,
        NULL AS elective_id
    FROM requirements
    WHERE NOT in_electives
    UNION
    SELECT
        requirements.clerkship_id,
        requirements.part || ': ' || electives.name AS part,
        requirements.requirement_id,
        electives.id AS elective_id
    FROM requirements
    INNER JOIN clerkship_electives AS electives ON requirements.configuration_id = electives.configuration_id
    WHERE requirements.in_electives AND electives.is_required
),

site_limits AS (
    SELECT
        rules.site_id,
        clerkships.id AS clerkship_id,
        min(rules.max_students_per_day) AS max_students_per_day,
        min(rules.max_students_per_year) AS max_students_per_year
    FROM site_capacity_rules AS rules
    INNER JOIN clerkships ON coalesce(rules.clerkship_id, clerkships.id) = clerkships.id
    GROUP BY rules.site_id, clerkships.id
),

-- Only the days of several requirements together have a preceptor more than once.
limits AS (
    SELECT
        parts.clerkship_id,
        parts.part,
        CASE WHEN parts.by_team THEN capacity.team_id END AS team_id,
        capacity.preceptor_id,
        capacity.max_students_per_day,
        capacity.max_students_per_year,
        capacity.max_students_per_block
    FROM parts
    INNER JOIN covered ON parts.clerkship_id = covered.clerkship_id AND parts.part = covered.part
    INNER JOIN effective_capacity AS capacity
        ON
            covered.clerkship_id = capacity.clerkship_id
            AND coalesce(covered.requirement_id, '') = coalesce(capacity.requirement_id, '')
            AND coalesce(covered.elective_id, '') = coalesce(capacity.elective_id, '')
    WHERE parts.kind <> 'sum' AND covered.requirement_id IS NOT NULL
    UNION ALL
    SELECT
        parts.clerkship_id,
        parts.part,
        NULL AS team_id,
        capacity.preceptor_id,
        max(capacity.max_students_per_day) AS max_students_per_day,
        CASE WHEN count(*) = count(capacity.max_students_per_year) THEN max(capacity.max_students_per_year) END
            AS max_students_per_year,
        CASE WHEN count(*) = count(capacity.max_students_per_block) THEN max(capacity.max_students_per_block) END
            AS max_students_per_block
    FROM parts
    INNER JOIN covered ON parts.clerkship_id = covered.clerkship_id AND parts.part = covered.part
    INNER JOIN effective_capacity AS capacity
        ON
            covered.clerkship_id = capacity.clerkship_id
            AND coalesce(covered.requirement_id, '') = coalesce(capacity.requirement_id, '')
    WHERE capacity.elective_id IS NULL AND (parts.kind = 'sum' OR covered.requirement_id IS NULL)
    GROUP BY parts.clerkship_id, parts.part, capacity.preceptor_id
),

-- Of a team those count who teach these days: some may work elsewhere, or only stand in.
team_sizes AS (
    SELECT
        limits.clerkship_id,
        limits.part,
        limits.team_id,
        count(*) AS size,
        count(DISTINCT preceptors.health_system_id) AS in_systems
    FROM limits
    INNER JOIN preceptors ON limits.preceptor_id = preceptors.id
    WHERE limits.team_id IS NOT NULL
    GROUP BY limits.clerkship_id, limits.part, limits.team_id
),

teachers AS (
    SELECT
        limits.*,
        team_sizes.size AS team_size,
        preceptors.name AS preceptor,
        preceptors.teaching_days_per_year,
        workplaces.site_id,
        site_limits.max_students_per_day AS site_max_students_per_day,
        site_limits.max_students_per_year AS site_max_students_per_year,
        health_systems.id AS health_system_id,
        health_systems.name AS health_system,
        health_systems.name <> 'Unassigned' AND coalesce(team_sizes.in_systems, 1) = 1 AS keeps_system
    FROM limits
    INNER JOIN preceptors ON limits.preceptor_id = preceptors.id
    INNER JOIN health_systems ON preceptors.health_system_id = health_systems.id
    LEFT JOIN team_sizes
        ON
            limits.clerkship_id = team_sizes.clerkship_id
            AND limits.part = team_sizes.part
            AND limits.team_id = team_sizes.team_id
    LEFT JOIN workplaces ON limits.preceptor_id = workplaces.preceptor_id AND workplaces.is_only
    LEFT JOIN site_limits ON workplaces.site_id = site_limits.site_id AND limits.clerkship_id = site_limits.clerkship_id
)

SELECT
    clerkships.id AS clerkship_id,
    clerkships.name AS clerkship,
    parts.part,
    parts.kind,
    parts.assignment_mode,
    parts.block_size_days,
    parts.days,
    parts.required_days,
    parts.unit_days,
    -- The units a student needs: a block that is only begun counts whole.
    CAST((parts.days - 1 - (parts.days - 1) % parts.unit_days) / parts.unit_days AS BIGINT) + 1 AS units,
    parts.by_team,
    parts.in_one_system,
    parts.in_electives,
    parts.has_required,
    parts.preceptors_min,
    parts.preceptors_max,
    -- Where students have to stay in one health system, each system counts alone. Unassigned does not count.
    CASE WHEN parts.in_one_system THEN teachers.health_system_id END AS health_system_id,
    CASE WHEN parts.in_one_system THEN teachers.health_system END AS health_system,
    teachers.team_id,
    teachers.team_size,
    teachers.preceptor_id,
    teachers.preceptor,
    teachers.max_students_per_day,
    teachers.max_students_per_year,
    CASE WHEN parts.in_blocks THEN teachers.max_students_per_block END AS max_students_per_block,
    teachers.teaching_days_per_year,
    teachers.site_id,
    teachers.site_max_students_per_day,
    teachers.site_max_students_per_year
FROM parts
INNER JOIN clerkships ON parts.clerkship_id = clerkships.id
LEFT JOIN teachers
    ON
        parts.clerkship_id = teachers.clerkship_id
        AND parts.part = teachers.part
        AND (teachers.keeps_system OR NOT parts.in_one_system);

COMMENT ON VIEW teaching_limits IS
'For each part of a clerkship and each preceptor who may teach it: what bounds how many students they can take.';
COMMENT ON COLUMN teaching_limits.part IS
'A requirement, a required elective, all days of the clerkship''s own preceptors, or a clerkship without requirements.';
COMMENT ON COLUMN teaching_limits.kind IS
'A requirement, also for a clerkship without any; an elective that all take; or the sum of several requirements.';
COMMENT ON COLUMN teaching_limits.assignment_mode IS 'How students are assigned for these days; empty for a sum.';
COMMENT ON COLUMN teaching_limits.block_size_days IS 'Days in one block; empty where nothing says so.';
COMMENT ON COLUMN teaching_limits.days IS 'Days each student needs there at least.';
COMMENT ON COLUMN teaching_limits.required_days IS 'Days each student spends there at most.';
COMMENT ON COLUMN teaching_limits.unit_days IS
'Days that cannot be divided: a requirement with one preceptor, a whole block, otherwise 1.';
COMMENT ON COLUMN teaching_limits.units IS 'How many such units each student needs.';
COMMENT ON COLUMN teaching_limits.by_team IS
'Whether a student needs all members of a team, who share the days.';
COMMENT ON COLUMN teaching_limits.in_one_system IS 'Whether a student has to stay in one health system for these days.';
COMMENT ON COLUMN teaching_limits.in_electives IS 'Whether the days are taught in electives that the clerkship lists.';
COMMENT ON COLUMN teaching_limits.has_required IS 'Whether all students take some of these electives.';
COMMENT ON COLUMN teaching_limits.preceptors_min IS 'The fewest preceptors that a student meets there.';
COMMENT ON COLUMN teaching_limits.preceptors_max IS
'The most preceptors that a student meets there; empty for any number.';
COMMENT ON COLUMN teaching_limits.team_id IS 'The team with which the preceptor teaches; empty outside of teams.';
COMMENT ON COLUMN teaching_limits.team_size IS 'How many members that team has, without those who only stand in.';
COMMENT ON COLUMN teaching_limits.health_system IS
'The health system a student would stay in; empty where students may change it.';
COMMENT ON COLUMN teaching_limits.preceptor IS 'Empty for a part that nobody can teach.';
COMMENT ON COLUMN teaching_limits.max_students_per_block IS
'Students in one block, at most; empty for no limit, and for days that are not taught in blocks.';
COMMENT ON COLUMN teaching_limits.teaching_days_per_year IS
'Days of a year on which the preceptor teaches, at most; empty for all.';
COMMENT ON COLUMN teaching_limits.site_id IS 'The site of the preceptor; empty for one who has none or several.';
COMMENT ON COLUMN teaching_limits.site_max_students_per_day IS
'Students of this clerkship at that site on one day, at most, all preceptors together; empty for no limit.';
COMMENT ON COLUMN teaching_limits.site_max_students_per_year IS
'Students of this clerkship at that site a year, at most, all preceptors together; empty for no limit.';
