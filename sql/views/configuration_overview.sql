-- One column per configuration area, in words. "Its preceptors" are those who have the clerkship's specialty.
--
-- Lists are put together over windows: SQLite before 3.44 knows no ORDER BY inside an aggregate.
CREATE VIEW configuration_overview AS
WITH
teams AS (
    SELECT DISTINCT
        clerkships.id AS clerkship_id,
        string_agg(rosters.name || ' (' || CAST(rosters.members AS TEXT) || ')', ', ') OVER (
            PARTITION BY clerkships.id
            ORDER BY rosters.name
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS named
    FROM (
        SELECT
            preceptor_teams.id,
            preceptor_teams.clerkship_id,
            preceptor_teams.name,
            count(preceptor_team_members.id) AS members
        FROM preceptor_teams
        LEFT JOIN preceptor_team_members ON preceptor_teams.id = preceptor_team_members.team_id
        GROUP BY preceptor_teams.id, preceptor_teams.clerkship_id, preceptor_teams.name
    ) AS rosters
    INNER JOIN clerkships ON rosters.clerkship_id = clerkships.id OR rosters.clerkship_id IS NULL
),

requirements AS (
    SELECT DISTINCT
        clerkship_id,
        string_agg(requirement_type || ' ' || CAST(required_days AS TEXT) || ' days ' || assignment_mode, ', ') OVER (
            PARTITION BY clerkship_id
            ORDER BY required_days DESC, requirement_type ASC
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS listed
    FROM clerkship_requirements
),

capacity AS (
    SELECT
        clerkship_id,
        'preceptors: ' || CAST(count(*) AS TEXT)
        || ', students a day: ' || CAST(sum(max_students_per_day) AS TEXT) AS summed
    FROM effective_capacity
    WHERE same_specialty
    GROUP BY clerkship_id
),

electives AS (
    SELECT DISTINCT
        configuration_id,
        string_agg(name || ' (' || CAST(minimum_days AS TEXT) || '+ days)', ', ') OVER (
            PARTITION BY configuration_id
            ORDER BY minimum_days DESC, name ASC
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS listed
    FROM clerkship_electives
),

fallbacks AS (
    SELECT
        clerkships.id AS clerkship_id,
        count(*) AS named
    FROM preceptor_fallbacks
    INNER JOIN preceptors ON preceptor_fallbacks.primary_preceptor_id = preceptors.id
    INNER JOIN clerkships
        ON
            preceptor_fallbacks.clerkship_id = clerkships.id
            OR (preceptor_fallbacks.clerkship_id IS NULL AND preceptors.specialty = clerkships.specialty)
    GROUP BY clerkships.id
)

SELECT
    clerkships.name AS clerkship,
    clerkships.specialty,
    clerkships.required_days,
    configurations.assignment_strategy,
    CASE
        WHEN configurations.team_size_min IS NOT NULL
            THEN
                'teams of ' || CAST(configurations.team_size_min AS TEXT)
                || ' to ' || CAST(configurations.team_size_max AS TEXT) || ': '
        ELSE ''
    END || coalesce(teams.named, 'no teams') AS teams,
    coalesce(configurations.requirement_structure || ': ', '') || coalesce(requirements.listed, 'none') AS requirements,
    coalesce(capacity.summed, 'no preceptors') AS capacity,
    configurations.health_system_continuity,
    coalesce(electives.listed, 'none') AS electives,
    CASE
        WHEN configurations.fallbacks_allowed IS NULL THEN ''
        WHEN configurations.fallbacks_allowed THEN 'allowed, '
        ELSE 'not allowed, '
    END || CAST(coalesce(fallbacks.named, 0) AS TEXT) || ' named' AS fallbacks,
    coalesce(
        CAST(configurations.block_size_days AS TEXT) || ' days'
        || CASE WHEN configurations.allow_partial_blocks THEN ', the last may be shorter' ELSE '' END
        || CASE WHEN configurations.prefer_continuous_blocks THEN ', one after another' ELSE '' END,
        'none'
    ) AS blocks
FROM clerkships
LEFT JOIN clerkship_configurations AS configurations ON clerkships.id = configurations.clerkship_id
LEFT JOIN teams ON clerkships.id = teams.clerkship_id
LEFT JOIN requirements ON clerkships.id = requirements.clerkship_id
LEFT JOIN capacity ON clerkships.id = capacity.clerkship_id
LEFT JOIN electives ON configurations.id = electives.configuration_id
LEFT JOIN fallbacks ON clerkships.id = fallbacks.clerkship_id
ORDER BY clerkship;

COMMENT ON VIEW configuration_overview IS 'How each clerkship is configured, in all eight areas, in words.';
COMMENT ON COLUMN configuration_overview.assignment_strategy IS
'Area 1, assignment strategy. Empty for a clerkship that has no configuration yet.';
COMMENT ON COLUMN configuration_overview.teams IS
'Area 2, grouping rules. The sizes that are set, and the teams it may use with their members counted.';
COMMENT ON COLUMN configuration_overview.requirements IS
'Area 3, requirement structure. The structure, and the days of each requirement with their assignment mode.';
COMMENT ON COLUMN configuration_overview.capacity IS
'Area 4, capacity limits. The preceptors of its specialty, and the students they take on one day together.';
COMMENT ON COLUMN configuration_overview.health_system_continuity IS
'Area 5, health-system continuity. Whether a student has to stay in one health system.';
COMMENT ON COLUMN configuration_overview.electives IS 'Area 6, electives. Each with its fewest days.';
COMMENT ON COLUMN configuration_overview.fallbacks IS
'Area 7, fallback system. Those for this clerkship, and those for any whose preceptor has its specialty.';
COMMENT ON COLUMN configuration_overview.blocks IS 'Area 8, block size. The size, and how blocks follow one another.';
