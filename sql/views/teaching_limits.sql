-- What bounds how many students a clerkship can teach: one row for each part of a clerkship and each preceptor who may
-- teach that part. sql/capacity.sql turns it into students a year.
--
-- A part is one requirement; or, where several requirements are taught by the clerkship's own preceptors, all of their
-- days together, for these preceptors cannot give one day twice; or the whole of a clerkship without requirements.
--
-- The days of a part are taught by those who have the clerkship's specialty. For what a team
-- teaches, they are the members of the teams that the clerkship may use, each with its team; where students stay in one
-- health system, of teams of one system. Days of electives, once electives are listed, are taught by those who have the
-- specialty of one.
--
-- A student takes a part in units that cannot be cut: all days of a requirement with one preceptor (continuous_single);
-- a whole block, unless partial blocks are allowed; otherwise a day.
CREATE VIEW teaching_limits AS
WITH
requirements AS (
    SELECT
        requirements.clerkship_id,
        requirements.requirement_type,
        requirements.assignment_mode,
        requirements.required_days,
        configurations.block_size_days,
        coalesce(configurations.allow_partial_blocks, FALSE) AS allow_partial_blocks,
        coalesce(
            requirements.requirement_type = 'elective'
            AND configurations.id IN (SELECT listed.configuration_id FROM clerkship_electives AS listed), FALSE
        ) AS in_electives
    FROM clerkship_requirements AS requirements
    LEFT JOIN clerkship_configurations AS configurations ON requirements.clerkship_id = configurations.clerkship_id
),

parts AS (
    SELECT
        clerkship_id,
        requirement_type AS part,
        required_days AS days,
        CASE
            WHEN assignment_mode = 'continuous_single' THEN required_days
            WHEN assignment_mode = 'block_based' AND NOT allow_partial_blocks THEN coalesce(block_size_days, 1)
            ELSE 1
        END AS unit_days,
        assignment_mode = 'block_based' AS in_blocks,
        CASE WHEN assignment_mode = 'continuous_team' THEN 1 ELSE 0 END AS in_teams,
        assignment_mode = 'continuous_team' AND NOT in_electives AS by_team,
        in_electives
    FROM requirements
    UNION ALL
    SELECT
        clerkship_id,
        'all days' AS part,
        CAST(sum(required_days) AS INTEGER) AS days,
        1 AS unit_days,
        FALSE AS in_blocks,
        max(CASE WHEN assignment_mode = 'continuous_team' THEN 1 ELSE 0 END) AS in_teams,
        FALSE AS by_team,
        FALSE AS in_electives
    FROM requirements
    WHERE NOT in_electives
    GROUP BY clerkship_id
    HAVING count(*) > 1
    UNION ALL
    SELECT
        id AS clerkship_id,
        'all days' AS part,
        required_days AS days,
        1 AS unit_days,
        FALSE AS in_blocks,
        1 AS in_teams,
        FALSE AS by_team,
        FALSE AS in_electives
    FROM clerkships
    WHERE id NOT IN (SELECT listed.clerkship_id FROM clerkship_requirements AS listed)
),

-- Where students have to stay in one health system, each system is on its own, and Unassigned is none.
settings AS (
    SELECT
        clerkships.id AS clerkship_id,
        clerkships.name AS clerkship,
        coalesce(configurations.health_system_continuity = 'enforce_same_system', FALSE) AS in_one_system
    FROM clerkships
    LEFT JOIN clerkship_configurations AS configurations ON clerkships.id = configurations.clerkship_id
),

may_teach AS (
    SELECT
        parts.clerkship_id,
        parts.part,
        preceptors.id AS preceptor_id,
        NULL AS team_id
    FROM parts
    INNER JOIN clerkships ON parts.clerkship_id = clerkships.id
    INNER JOIN preceptors ON clerkships.specialty = preceptors.specialty
    WHERE NOT parts.in_electives AND NOT parts.by_team
    UNION
    SELECT
        parts.clerkship_id,
        parts.part,
        members.preceptor_id,
        CASE WHEN parts.by_team THEN teams.id END AS team_id
    FROM parts
    INNER JOIN preceptor_teams AS teams
        ON parts.clerkship_id = teams.clerkship_id OR teams.clerkship_id IS NULL
    INNER JOIN preceptor_team_members AS members ON teams.id = members.team_id
    WHERE parts.in_teams = 1
    UNION
    SELECT
        parts.clerkship_id,
        parts.part,
        preceptors.id AS preceptor_id,
        NULL AS team_id
    FROM parts
    INNER JOIN clerkship_configurations AS configurations ON parts.clerkship_id = configurations.clerkship_id
    INNER JOIN clerkship_electives AS electives ON configurations.id = electives.configuration_id
    INNER JOIN preceptors ON coalesce(electives.specialty, preceptors.specialty) = preceptors.specialty
    WHERE parts.in_electives
),

team_sizes AS (
    SELECT
        members.team_id,
        count(*) AS size,
        count(DISTINCT preceptors.health_system_id) AS in_systems
    FROM preceptor_team_members AS members
    INNER JOIN preceptors ON members.preceptor_id = preceptors.id
    GROUP BY members.team_id
),

teachers AS (
    SELECT
        may_teach.clerkship_id,
        may_teach.part,
        may_teach.team_id,
        team_sizes.size AS team_size,
        effective_capacity.preceptor_id,
        effective_capacity.preceptor,
        effective_capacity.max_students_per_day,
        effective_capacity.max_students_per_year,
        effective_capacity.max_students_per_block,
        CASE WHEN settings.in_one_system THEN health_systems.name END AS health_system
    FROM may_teach
    INNER JOIN settings ON may_teach.clerkship_id = settings.clerkship_id
    INNER JOIN effective_capacity
        ON
            may_teach.clerkship_id = effective_capacity.clerkship_id
            AND may_teach.preceptor_id = effective_capacity.preceptor_id
    INNER JOIN preceptors ON may_teach.preceptor_id = preceptors.id
    INNER JOIN health_systems ON preceptors.health_system_id = health_systems.id
    LEFT JOIN team_sizes ON may_teach.team_id = team_sizes.team_id
    WHERE
        NOT settings.in_one_system
        OR (health_systems.name <> 'Unassigned' AND coalesce(team_sizes.in_systems, 1) = 1)
)

SELECT
    settings.clerkship_id,
    settings.clerkship,
    parts.part,
    parts.days,
    parts.unit_days,
    -- The units a student needs: a block that is only begun counts whole.
    CAST((parts.days - 1 - (parts.days - 1) % parts.unit_days) / parts.unit_days AS INTEGER) + 1 AS units,
    parts.by_team,
    teachers.health_system,
    teachers.team_id,
    teachers.team_size,
    teachers.preceptor_id,
    teachers.preceptor,
    teachers.max_students_per_day,
    teachers.max_students_per_year,
    CASE WHEN parts.in_blocks THEN teachers.max_students_per_block END AS max_students_per_block
FROM parts
INNER JOIN settings ON parts.clerkship_id = settings.clerkship_id
LEFT JOIN teachers ON parts.clerkship_id = teachers.clerkship_id AND parts.part = teachers.part
ORDER BY
    settings.clerkship,
    parts.part,
    teachers.health_system,
    teachers.team_id,
    teachers.preceptor,
    teachers.preceptor_id;

COMMENT ON VIEW teaching_limits IS
'For each part of a clerkship and each preceptor who may teach it: what bounds how many students they can take.';
COMMENT ON COLUMN teaching_limits.part IS
'A requirement; or all days that the clerkship''s own preceptors teach; or all of a clerkship without requirements.';
COMMENT ON COLUMN teaching_limits.days IS 'Days each student needs there.';
COMMENT ON COLUMN teaching_limits.unit_days IS
'Days that cannot be divided: a requirement with one preceptor, a whole block, otherwise 1.';
COMMENT ON COLUMN teaching_limits.units IS 'How many such units each student needs.';
COMMENT ON COLUMN teaching_limits.by_team IS
'Whether a student needs all members of a team, who share the days.';
COMMENT ON COLUMN teaching_limits.team_id IS 'The team with which the preceptor teaches; empty outside of teams.';
COMMENT ON COLUMN teaching_limits.team_size IS 'How many members that team has.';
COMMENT ON COLUMN teaching_limits.health_system IS
'The health system a student would stay in; empty where students may change it.';
COMMENT ON COLUMN teaching_limits.preceptor IS 'Empty for a part that nobody can teach.';
COMMENT ON COLUMN teaching_limits.max_students_per_block IS
'Students in one block, at most; empty for no limit, and for days that are not taught in blocks.';
