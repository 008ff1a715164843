-- One column per configuration area, in words: what holds, by effective_settings. "Its preceptors" are those who may
-- teach one of its requirements.
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
        string_agg(requirement || ' ' || CAST(required_days AS TEXT) || ' days ' || assignment_mode, ', ') OVER (
            PARTITION BY clerkship_id
            ORDER BY required_days DESC, requirement ASC
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS listed
    FROM effective_settings
    WHERE requirement_id IS NOT NULL
),

-- What holds for each clerkship; where its requirements differ, both.
settings AS (
    SELECT
        clerkship_id,
        CASE WHEN min(assignment_mode) = max(assignment_mode) THEN min(assignment_mode) ELSE 'by requirement' END
            AS assignment_mode,
        CASE
            WHEN min(health_system_continuity) = max(health_system_continuity) THEN min(health_system_continuity)
            ELSE 'by requirement'
        END AS health_system_continuity,
        CASE
            WHEN min(CASE WHEN fallbacks_allowed THEN 1 ELSE 0 END) = 1 THEN 'allowed, '
            WHEN max(CASE WHEN fallbacks_allowed THEN 1 ELSE 0 END) = 0 THEN 'not allowed, '
            ELSE 'partly allowed, '
        END AS fallbacks,
        min(CASE WHEN shows_team_size THEN team_size_min END) AS smallest_team,
        max(CASE WHEN shows_team_size THEN team_size_max END) AS largest_team,
        min(CASE WHEN assignment_mode = 'block_based' THEN block_size_days END) AS smallest_block,
        max(CASE WHEN assignment_mode = 'block_based' THEN block_size_days END) AS largest_block,
        max(CASE WHEN assignment_mode = 'block_based' AND allow_partial_blocks THEN 1 ELSE 0 END) AS partial_blocks,
        max(CASE WHEN assignment_mode = 'block_based' AND prefer_continuous_blocks THEN 1 ELSE 0 END)
            AS continuous_blocks
    FROM (
        SELECT
            *,
            team_size_min_origin = 'the clerkship'
            OR (team_size_min_origin = 'default of the school' AND assignment_mode = 'continuous_team')
                AS shows_team_size
        FROM effective_settings
    ) AS held
    GROUP BY clerkship_id
),

capacity AS (
    SELECT
        clerkship_id,
        'preceptors: ' || CAST(count(*) AS TEXT)
        || ', students a day: ' || CAST(sum(max_students_per_day) AS TEXT) AS summed
    FROM (
        SELECT
            clerkship_id,
            preceptor_id,
            max(max_students_per_day) AS max_students_per_day
        FROM effective_capacity
        GROUP BY clerkship_id, preceptor_id
    ) AS preceptors
    GROUP BY clerkship_id
),

electives AS (
    SELECT DISTINCT
        configuration_id,
        string_agg(
            name || ' (' || CAST(minimum_days AS TEXT) || '+ days'
            || CASE WHEN is_required THEN ', required)' ELSE ')' END,
            ', '
        ) OVER (
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
            OR (
                preceptor_fallbacks.clerkship_id IS NULL
                AND clerkships.specialty IN (
                    SELECT practiced.specialty
                    FROM practiced_specialties AS practiced
                    WHERE practiced.preceptor_id = preceptors.id
                )
            )
    GROUP BY clerkships.id
)

SELECT
    clerkships.name AS clerkship,
    clerkships.specialty,
    clerkships.required_days,
    CASE
        WHEN configurations.id IS NOT NULL
            THEN coalesce(configurations.assignment_strategy, settings.assignment_mode)
    END AS assignment_strategy,
    coalesce(
        'teams of ' || CAST(settings.smallest_team AS TEXT) || ' to ' || CAST(settings.largest_team AS TEXT) || ': ', ''
    ) || coalesce(teams.named, 'no teams') AS teams,
    coalesce(configurations.requirement_structure || ': ', '') || coalesce(requirements.listed, 'none') AS requirements,
    coalesce(capacity.summed, 'no preceptors') AS capacity,
    CASE WHEN configurations.id IS NOT NULL THEN settings.health_system_continuity END AS health_system_continuity,
    coalesce(electives.listed, 'none') AS electives,
    CASE WHEN configurations.id IS NULL THEN '' ELSE settings.fallbacks END
    || CAST(coalesce(fallbacks.named, 0) AS TEXT) || ' named' AS fallbacks,
    coalesce(
        CAST(settings.smallest_block AS TEXT)
        || CASE
            WHEN settings.smallest_block < settings.largest_block
                THEN ' to ' || CAST(settings.largest_block AS TEXT)
            ELSE ''
        END
        || ' days'
        || CASE settings.partial_blocks WHEN 1 THEN ', the last may be shorter' ELSE '' END
        || CASE settings.continuous_blocks WHEN 1 THEN ', one after another' ELSE '' END,
        'none'
    ) AS blocks
FROM clerkships
LEFT JOIN clerkship_configurations AS configurations ON clerkships.id = configurations.clerkship_id
INNER JOIN settings ON clerkships.id = settings.clerkship_id
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
'Area 4, capacity limits. The preceptors who may teach there, and the students they take on one day together.';
COMMENT ON COLUMN configuration_overview.health_system_continuity IS
'Area 5, health-system continuity. Whether a student has to stay in one health system.';
COMMENT ON COLUMN configuration_overview.electives IS 'Area 6, electives. Each with its fewest days.';
COMMENT ON COLUMN configuration_overview.fallbacks IS
'Area 7, fallback system. Those for this clerkship, and those for any whose preceptor has its specialty.';
COMMENT ON COLUMN configuration_overview.blocks IS 'Area 8, block size. The size, and how blocks follow one another.';
