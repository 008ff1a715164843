-- The only place that decides which setting holds. A setting may be left empty: then the next one below decides.
--
--   the requirement            clerkship_requirements
--   the clerkship              clerkship_configurations; hybrid leaves the mode to the requirements
--   default of the school      school_defaults, for the type of the requirement
--   default of the schema      the values below, which the schema has had since its second migration
--
-- A setting without a default of the schema stays empty, and a rule asks for it where it is needed. A clerkship without
-- requirements has one row, without the defaults of the school, which are for a type of requirement.
CREATE VIEW effective_settings AS
SELECT
    clerkships.id AS clerkship_id,
    clerkships.name AS clerkship,
    requirements.id AS requirement_id,
    requirements.requirement_type || CASE requirements.part WHEN '' THEN '' ELSE ' (' || requirements.part || ')' END
        AS requirement,
    requirements.requirement_type,
    coalesce(requirements.required_days, clerkships.required_days) AS required_days,
    coalesce(requirements.minimum_days, requirements.required_days, clerkships.required_days) AS minimum_days,
    configurations.id AS configuration_id,
    configurations.assignment_strategy,
    coalesce(
        requirements.requirement_type = 'elective'
        AND configurations.id IN (SELECT listed.configuration_id FROM clerkship_electives AS listed),
        FALSE
    ) AS in_electives,
    coalesce(
        requirements.assignment_mode,
        CASE WHEN configurations.assignment_strategy <> 'hybrid' THEN configurations.assignment_strategy END,
        school_defaults.assignment_mode,
        'continuous_single'
    ) AS assignment_mode,
    CASE
        WHEN requirements.assignment_mode IS NOT NULL THEN 'the requirement'
        WHEN configurations.assignment_strategy <> 'hybrid' THEN 'the clerkship'
        WHEN school_defaults.assignment_mode IS NOT NULL THEN 'default of the school'
        ELSE 'default of the schema'
    END AS assignment_mode_origin,
    coalesce(configurations.health_system_continuity, school_defaults.health_system_continuity, 'no_preference')
        AS health_system_continuity,
    CASE
        WHEN configurations.health_system_continuity IS NOT NULL THEN 'the clerkship'
        WHEN school_defaults.health_system_continuity IS NOT NULL THEN 'default of the school'
        ELSE 'default of the schema'
    END AS health_system_continuity_origin,
    coalesce(requirements.block_size_days, configurations.block_size_days, school_defaults.block_size_days)
        AS block_size_days,
    CASE
        WHEN requirements.block_size_days IS NOT NULL THEN 'the requirement'
        WHEN configurations.block_size_days IS NOT NULL THEN 'the clerkship'
        WHEN school_defaults.block_size_days IS NOT NULL THEN 'default of the school'
    END AS block_size_days_origin,
    coalesce(configurations.allow_partial_blocks, school_defaults.allow_partial_blocks, FALSE) AS allow_partial_blocks,
    CASE
        WHEN configurations.allow_partial_blocks IS NOT NULL THEN 'the clerkship'
        WHEN school_defaults.allow_partial_blocks IS NOT NULL THEN 'default of the school'
        ELSE 'default of the schema'
    END AS allow_partial_blocks_origin,
    coalesce(configurations.prefer_continuous_blocks, school_defaults.prefer_continuous_blocks, TRUE)
        AS prefer_continuous_blocks,
    CASE
        WHEN configurations.prefer_continuous_blocks IS NOT NULL THEN 'the clerkship'
        WHEN school_defaults.prefer_continuous_blocks IS NOT NULL THEN 'default of the school'
        ELSE 'default of the schema'
    END AS prefer_continuous_blocks_origin,
    coalesce(configurations.team_size_min, school_defaults.team_size_min, 2) AS team_size_min,
    CASE
        WHEN configurations.team_size_min IS NOT NULL THEN 'the clerkship'
        WHEN school_defaults.team_size_min IS NOT NULL THEN 'default of the school'
        ELSE 'default of the schema'
    END AS team_size_min_origin,
    coalesce(configurations.team_size_max, school_defaults.team_size_max, 3) AS team_size_max,
    CASE
        WHEN configurations.team_size_max IS NOT NULL THEN 'the clerkship'
        WHEN school_defaults.team_size_max IS NOT NULL THEN 'default of the school'
        ELSE 'default of the schema'
    END AS team_size_max_origin,
    coalesce(configurations.fallbacks_allowed, school_defaults.fallbacks_allowed, TRUE) AS fallbacks_allowed,
    CASE
        WHEN configurations.fallbacks_allowed IS NOT NULL THEN 'the clerkship'
        WHEN school_defaults.fallbacks_allowed IS NOT NULL THEN 'default of the school'
        ELSE 'default of the schema'
    END AS fallbacks_allowed_origin,
    coalesce(configurations.max_students_per_day, school_defaults.max_students_per_day) AS max_students_per_day,
    CASE
        WHEN configurations.max_students_per_day IS NOT NULL THEN 'the clerkship'
        WHEN school_defaults.max_students_per_day IS NOT NULL THEN 'default of the school'
    END AS max_students_per_day_origin,
    coalesce(configurations.max_students_per_year, school_defaults.max_students_per_year) AS max_students_per_year,
    CASE
        WHEN configurations.max_students_per_year IS NOT NULL THEN 'the clerkship'
        WHEN school_defaults.max_students_per_year IS NOT NULL THEN 'default of the school'
    END AS max_students_per_year_origin
FROM clerkships
LEFT JOIN clerkship_configurations AS configurations ON clerkships.id = configurations.clerkship_id
LEFT JOIN clerkship_requirements AS requirements ON clerkships.id = requirements.clerkship_id
LEFT JOIN school_defaults ON requirements.requirement_type = school_defaults.requirement_type;

COMMENT ON VIEW effective_settings IS
'For each requirement of a clerkship: the settings that hold, and what says so.';
COMMENT ON COLUMN effective_settings.requirement IS
'The type of the requirement, with its part where it has one; empty for a clerkship without requirements.';
COMMENT ON COLUMN effective_settings.required_days IS 'Days each student spends there.';
COMMENT ON COLUMN effective_settings.minimum_days IS 'The fewest days a student spends there.';
COMMENT ON COLUMN effective_settings.assignment_strategy IS 'The strategy of the clerkship; empty where it names none.';
COMMENT ON COLUMN effective_settings.in_electives IS
'Whether the days are taught in electives that the clerkship lists.';
COMMENT ON COLUMN effective_settings.assignment_mode IS 'How students are assigned for these days.';
COMMENT ON COLUMN effective_settings.assignment_mode_origin IS 'What says so; empty where nothing does.';
COMMENT ON COLUMN effective_settings.health_system_continuity IS 'Whether a student has to stay in one health system.';
COMMENT ON COLUMN effective_settings.health_system_continuity_origin IS 'What says so; empty where nothing does.';
COMMENT ON COLUMN effective_settings.block_size_days IS 'Days in one block; empty where nothing says so.';
COMMENT ON COLUMN effective_settings.block_size_days_origin IS 'What says so; empty where nothing does.';
COMMENT ON COLUMN effective_settings.allow_partial_blocks IS 'Whether the last block may be shorter than the others.';
COMMENT ON COLUMN effective_settings.allow_partial_blocks_origin IS 'What says so; empty where nothing does.';
COMMENT ON COLUMN effective_settings.prefer_continuous_blocks IS 'Whether blocks should follow one another.';
COMMENT ON COLUMN effective_settings.prefer_continuous_blocks_origin IS 'What says so; empty where nothing does.';
COMMENT ON COLUMN effective_settings.team_size_min IS 'Members of the smallest team.';
COMMENT ON COLUMN effective_settings.team_size_min_origin IS 'What says so; empty where nothing does.';
COMMENT ON COLUMN effective_settings.team_size_max IS 'Members of the largest team.';
COMMENT ON COLUMN effective_settings.team_size_max_origin IS 'What says so; empty where nothing does.';
COMMENT ON COLUMN effective_settings.fallbacks_allowed IS 'Whether another preceptor may step in.';
COMMENT ON COLUMN effective_settings.fallbacks_allowed_origin IS 'What says so; empty where nothing does.';
COMMENT ON COLUMN effective_settings.max_students_per_day IS
'Students on one day, at most, of a preceptor without a rule; empty for no limit.';
COMMENT ON COLUMN effective_settings.max_students_per_day_origin IS 'What says so; empty where nothing does.';
COMMENT ON COLUMN effective_settings.max_students_per_year IS
'Students a year, at most, of a preceptor without a rule; empty for no limit.';
COMMENT ON COLUMN effective_settings.max_students_per_year_origin IS 'What says so; empty where nothing does.';
