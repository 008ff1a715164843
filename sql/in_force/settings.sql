-- The value of each single setting of a clerkship, and where it comes from.
-- $1 is the clerkship's id. The lists $2 to $5 have an entry for each setting: its name, its table, its stored value,
-- and the default of the schema, as text. A row does not remember whether somebody set a value that equals the default.
WITH
stored AS (
    SELECT
        unnest(CAST($2 AS TEXT[])) AS setting,
        unnest(CAST($3 AS TEXT[])) AS table_name,
        unnest(CAST($4 AS TEXT[])) AS value,
        unnest(CAST($5 AS TEXT[])) AS schema_default
),

-- A setting that the clerkship leaves empty, by requirement.
resolved AS (
    SELECT
        coalesce(held.requirement, 'all days') AS requirement,
        listed.setting,
        listed.value,
        listed.origin
    FROM effective_settings AS held
    CROSS JOIN
        LATERAL (
            VALUES
            ('assignment_strategy', held.assignment_mode, held.assignment_mode_origin),
            (
                'health_system_continuity',
                CAST(held.health_system_continuity AS TEXT),
                held.health_system_continuity_origin
            ),
            ('block_size_days', CAST(held.block_size_days AS TEXT), held.block_size_days_origin),
            ('allow_partial_blocks', CAST(held.allow_partial_blocks AS TEXT), held.allow_partial_blocks_origin),
            (
                'prefer_continuous_blocks',
                CAST(held.prefer_continuous_blocks AS TEXT),
                held.prefer_continuous_blocks_origin
            ),
            ('team_size_min', CAST(held.team_size_min AS TEXT), held.team_size_min_origin),
            ('team_size_max', CAST(held.team_size_max AS TEXT), held.team_size_max_origin),
            ('fallbacks_allowed', CAST(held.fallbacks_allowed AS TEXT), held.fallbacks_allowed_origin),
            ('max_students_per_day', CAST(held.max_students_per_day AS TEXT), held.max_students_per_day_origin),
            ('max_students_per_year', CAST(held.max_students_per_year AS TEXT), held.max_students_per_year_origin)
        ) AS listed (setting, value, origin)
    WHERE held.clerkship_id = $1
),

inherited AS (
    SELECT
        setting,
        CASE WHEN count(DISTINCT coalesce(value, '')) = 1 THEN any_value(value) END AS value,
        CASE
            WHEN count(DISTINCT coalesce(value, '')) = 1 THEN string_agg(DISTINCT origin, ', ' ORDER BY origin)
            ELSE string_agg(requirement || ' ' || coalesce(value, 'empty'), ', ' ORDER BY requirement)
        END AS origin
    FROM resolved
    GROUP BY setting
)

SELECT
    stored.setting,
    coalesce(stored.value, inherited.value) AS value,
    CASE
        WHEN stored.value IS NULL AND inherited.origin IS NOT NULL THEN inherited.origin
        WHEN
            stored.table_name <> 'clerkships'
            AND coalesce(
                stored.value = stored.schema_default, stored.value IS NULL AND stored.schema_default IS NULL
            )
            THEN 'default of the schema'
        ELSE 'set here'
    END AS origin
FROM stored
LEFT JOIN inherited ON stored.setting = inherited.setting
