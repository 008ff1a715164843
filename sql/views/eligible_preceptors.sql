-- The only place that decides who may teach. One row for each requirement, or clerkship without requirements, and each
-- preceptor; of teams one row for each of them, and one more for each elective that all students take.
--
--   days of a team        the members of the teams that the clerkship may use, each with its team
--   days of electives     once electives are listed: the preceptors whom an elective names, else those of its specialty
--   other days            those who practice the specialty of the clerkship
--
-- Where a requirement names sites, only those who work at one of them. Nobody who only ever stands in.
CREATE VIEW eligible_preceptors AS
WITH
requirements AS (
    SELECT
        held.clerkship_id,
        held.requirement_id,
        held.configuration_id,
        held.in_electives,
        held.assignment_mode = 'continuous_team' OR held.requirement_id IS NULL AS in_teams,
        held.requirement_id IS NULL AS is_whole
    FROM effective_settings AS held
),

of_electives AS (
    SELECT
        requirements.clerkship_id,
        requirements.requirement_id,
        electives.id AS elective_id,
        electives.specialty,
        electives.is_required,
        electives.id IN (SELECT named.elective_id FROM elective_preceptors AS named) AS names_preceptors
    FROM requirements
    INNER JOIN clerkship_electives AS electives ON requirements.configuration_id = electives.configuration_id
    WHERE requirements.in_electives
),

-- Each elective once; one that all students take a second time, under its own id.
offered AS (
    SELECT
        clerkship_id,
        requirement_id,
        elective_id,
        NULL AS alone_id,
        specialty,
        names_preceptors
    FROM of_electives
    UNION ALL
    SELECT
        clerkship_id,
        requirement_id,
        elective_id,
        elective_id AS alone_id,
        specialty,
        names_preceptors
    FROM of_electives
    WHERE is_required
),

candidates AS (
    SELECT
        requirements.clerkship_id,
        requirements.requirement_id,
        practiced_specialties.preceptor_id,
        NULL AS team_id,
        NULL AS elective_id
    FROM requirements
    INNER JOIN clerkships ON requirements.clerkship_id = clerkships.id
    INNER JOIN practiced_specialties ON clerkships.specialty = practiced_specialties.specialty
    WHERE NOT requirements.in_electives AND (requirements.is_whole OR NOT requirements.in_teams)
    UNION ALL
    SELECT
        requirements.clerkship_id,
        requirements.requirement_id,
        members.preceptor_id,
        members.team_id,
        NULL AS elective_id
    FROM requirements
    INNER JOIN preceptor_teams AS teams
        ON requirements.clerkship_id = teams.clerkship_id OR teams.clerkship_id IS NULL
    INNER JOIN preceptor_team_members AS members ON teams.id = members.team_id
    WHERE requirements.in_teams AND NOT members.fallback_only
    UNION ALL
    SELECT
        taught.clerkship_id,
        taught.requirement_id,
        taught.preceptor_id,
        NULL AS team_id,
        taught.alone_id AS elective_id
    FROM (
        SELECT
            offered.clerkship_id,
            offered.requirement_id,
            named.preceptor_id,
            offered.alone_id
        FROM offered
        INNER JOIN elective_preceptors AS named ON offered.elective_id = named.elective_id
        UNION
        SELECT
            offered.clerkship_id,
            offered.requirement_id,
            practiced_specialties.preceptor_id,
            offered.alone_id
        FROM offered
        INNER JOIN practiced_specialties ON offered.specialty = practiced_specialties.specialty
        WHERE NOT offered.names_preceptors
        UNION
        SELECT
            anybody.clerkship_id,
            anybody.requirement_id,
            preceptors.id AS preceptor_id,
            anybody.alone_id
        FROM (
            SELECT DISTINCT
                offered.clerkship_id,
                offered.requirement_id,
                offered.alone_id
            FROM offered
            WHERE offered.specialty IS NULL AND NOT offered.names_preceptors
        ) AS anybody
        CROSS JOIN preceptors
    ) AS taught
)

SELECT
    candidates.clerkship_id,
    candidates.requirement_id,
    candidates.preceptor_id,
    candidates.team_id,
    candidates.elective_id,
    preceptors.health_system_id
FROM candidates
INNER JOIN preceptors ON candidates.preceptor_id = preceptors.id
WHERE
    NOT preceptors.fallback_only
    AND (
        candidates.requirement_id IS NULL
        OR candidates.requirement_id NOT IN (SELECT allowed.requirement_id FROM requirement_sites AS allowed)
        OR EXISTS (
            SELECT 1
            FROM requirement_sites AS allowed
            INNER JOIN workplaces ON allowed.site_id = workplaces.site_id
            WHERE
                allowed.requirement_id = candidates.requirement_id
                AND workplaces.preceptor_id = candidates.preceptor_id
        )
    );

COMMENT ON VIEW eligible_preceptors IS 'For each requirement: the preceptors who may teach it, and why.';
COMMENT ON COLUMN eligible_preceptors.requirement_id IS 'Empty for a clerkship without requirements.';
COMMENT ON COLUMN eligible_preceptors.team_id IS 'The team with which the preceptor teaches; empty outside of teams.';
COMMENT ON COLUMN eligible_preceptors.elective_id IS
'The elective that the preceptor teaches, if all students take it; empty for all days of the requirement.';
