-- Back to settings that are stored for each clerkship. What is empty gets what held for it: the default of the school
-- or of the schema. A clerkship whose requirements had different ones gets one for all: staying in one health system if
-- one enforced it. The defaults of the school are lost, and a clerkship without a configuration has none of them.

CREATE TABLE clerkship_requirements_set_aside AS SELECT * FROM clerkship_requirements;
DROP TABLE clerkship_requirements;

CREATE TABLE clerkship_requirements (
    id               TEXT      NOT NULL DEFAULT (CAST(gen_random_uuid() AS TEXT)) PRIMARY KEY,
    clerkship_id     TEXT      NOT NULL,
    requirement_type TEXT      NOT NULL,
    required_days    INTEGER   NOT NULL,
    assignment_mode  TEXT      NOT NULL,
    created_at       TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at       TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    -- An id has the form of a UUID.
    CHECK (id LIKE '________-____-____-____-____________'),
    -- A requirement belongs to a clerkship, and goes with it.
    FOREIGN KEY (clerkship_id) REFERENCES clerkships (id) /* ON DELETE CASCADE */,
    -- A clerkship has each type of requirement at most once.
    UNIQUE (clerkship_id, requirement_type),
    -- A requirement is outpatient, inpatient or elective.
    CHECK (requirement_type IN ('outpatient', 'inpatient', 'elective')),
    -- A requirement lasts at least one day.
    CHECK (required_days > 0),
    -- The days of a requirement are assigned in one way; a mix is a matter of the whole clerkship.
    CHECK (assignment_mode IN ('continuous_single', 'continuous_team', 'block_based', 'daily_rotation'))
);

COMMENT ON TABLE clerkship_requirements IS
'Area 3, requirement structure. Days of one kind that a clerkship requires of each student.';
COMMENT ON COLUMN clerkship_requirements.id IS 'Identifies the requirement.';
COMMENT ON COLUMN clerkship_requirements.clerkship_id IS 'The clerkship that requires the days.';
COMMENT ON COLUMN clerkship_requirements.requirement_type IS 'What kind of days they are.';
COMMENT ON COLUMN clerkship_requirements.required_days IS 'How many days of this kind each student spends.';
COMMENT ON COLUMN clerkship_requirements.assignment_mode IS
'Area 1, assignment strategy. How students are assigned for these days.';
COMMENT ON COLUMN clerkship_requirements.created_at IS 'When the row was created.';
COMMENT ON COLUMN clerkship_requirements.updated_at IS 'When the row was last changed.';

-- Before the configurations, whose strategies decide the modes of their requirements.
INSERT INTO clerkship_requirements (
    id,
    clerkship_id,
    requirement_type,
    required_days,
    assignment_mode,
    created_at,
    updated_at
)
SELECT
    set_aside.id,
    set_aside.clerkship_id,
    set_aside.requirement_type,
    set_aside.required_days,
    coalesce(
        set_aside.assignment_mode,
        CASE WHEN configurations.assignment_strategy <> 'hybrid' THEN configurations.assignment_strategy END,
        school_defaults.assignment_mode,
        'continuous_single'
    ) AS assignment_mode,
    set_aside.created_at,
    set_aside.updated_at
FROM clerkship_requirements_set_aside AS set_aside
LEFT JOIN clerkship_configurations AS configurations ON set_aside.clerkship_id = configurations.clerkship_id
LEFT JOIN school_defaults ON set_aside.requirement_type = school_defaults.requirement_type;
DROP TABLE clerkship_requirements_set_aside;

CREATE TABLE clerkship_configurations_set_aside AS SELECT * FROM clerkship_configurations;
DROP TABLE clerkship_configurations;

CREATE TABLE clerkship_configurations (
    id                       TEXT      NOT NULL DEFAULT (CAST(gen_random_uuid() AS TEXT)) PRIMARY KEY,
    clerkship_id             TEXT      NOT NULL,
    assignment_strategy      TEXT      NOT NULL DEFAULT 'continuous_single',
    requirement_structure    TEXT      NOT NULL DEFAULT 'single',
    health_system_continuity TEXT      NOT NULL DEFAULT 'no_preference',
    block_size_days          INTEGER,
    allow_partial_blocks     BOOLEAN   NOT NULL DEFAULT FALSE,
    prefer_continuous_blocks BOOLEAN   NOT NULL DEFAULT TRUE,
    team_size_min            INTEGER,
    team_size_max            INTEGER,
    fallbacks_allowed        BOOLEAN   NOT NULL DEFAULT TRUE,
    notes                    TEXT,
    created_at               TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at               TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    -- An id has the form of a UUID.
    CHECK (id LIKE '________-____-____-____-____________'),
    -- A configuration belongs to a clerkship, and goes with it.
    FOREIGN KEY (clerkship_id) REFERENCES clerkships (id) /* ON DELETE CASCADE */,
    -- A clerkship has one configuration.
    UNIQUE (clerkship_id),
    -- Students are assigned by one of five strategies.
    CHECK (assignment_strategy IN ('continuous_single', 'continuous_team', 'block_based', 'daily_rotation', 'hybrid')),
    -- A clerkship is one requirement or is split into several.
    CHECK (requirement_structure IN ('single', 'split')),
    -- Staying in one health system is enforced, preferred or of no matter.
    CHECK (health_system_continuity IN ('enforce_same_system', 'prefer_same_system', 'no_preference')),
    -- A block lasts at least one day.
    CHECK (block_size_days > 0),
    -- Scheduling in blocks needs a block size.
    CHECK (assignment_strategy <> 'block_based' OR block_size_days IS NOT NULL),
    -- Only a clerkship that may be scheduled in blocks has a block size.
    CHECK (block_size_days IS NULL OR assignment_strategy IN ('block_based', 'hybrid')),
    -- The smallest and the largest team size are set together or not at all.
    CHECK ((team_size_min IS NULL) = (team_size_max IS NULL)),
    -- A team has at least two members.
    CHECK (team_size_min >= 2),
    -- The smallest team is no larger than the largest.
    CHECK (team_size_min <= team_size_max)
);

COMMENT ON TABLE clerkship_configurations IS 'How one clerkship is to be scheduled: its settings in every area.';
COMMENT ON COLUMN clerkship_configurations.id IS 'Identifies the configuration.';
COMMENT ON COLUMN clerkship_configurations.clerkship_id IS 'The clerkship that is configured.';
COMMENT ON COLUMN clerkship_configurations.assignment_strategy IS
'Area 1, assignment strategy. One preceptor throughout, a team, fixed blocks, a new one each day, or a mix of these.';
COMMENT ON COLUMN clerkship_configurations.requirement_structure IS
'Area 3, requirement structure. Whether the clerkship is one requirement or split into several.';
COMMENT ON COLUMN clerkship_configurations.health_system_continuity IS
'Area 5, health-system continuity. Whether a student has to stay in one health system.';
COMMENT ON COLUMN clerkship_configurations.block_size_days IS 'Area 8, block size. Days in one block.';
COMMENT ON COLUMN clerkship_configurations.allow_partial_blocks IS
'Area 8, block size. Whether the last block may be shorter than the others.';
COMMENT ON COLUMN clerkship_configurations.prefer_continuous_blocks IS
'Area 8, block size. Whether a student''s blocks should follow one another without a gap.';
COMMENT ON COLUMN clerkship_configurations.team_size_min IS
'Area 2, grouping rules. Members of the smallest team; 2 when not set.';
COMMENT ON COLUMN clerkship_configurations.team_size_max IS
'Area 2, grouping rules. Members of the largest team; 3 when not set.';
COMMENT ON COLUMN clerkship_configurations.fallbacks_allowed IS
'Area 7, fallback system. Whether another preceptor may step in for the one assigned.';
COMMENT ON COLUMN clerkship_configurations.notes IS 'Anything else the school wants to remember.';
COMMENT ON COLUMN clerkship_configurations.created_at IS 'When the row was created.';
COMMENT ON COLUMN clerkship_configurations.updated_at IS 'When the row was last changed.';

INSERT INTO clerkship_configurations (
    id,
    clerkship_id,
    assignment_strategy,
    requirement_structure,
    health_system_continuity,
    block_size_days,
    allow_partial_blocks,
    prefer_continuous_blocks,
    team_size_min,
    team_size_max,
    fallbacks_allowed,
    notes,
    created_at,
    updated_at
)
WITH
inherited AS (
    SELECT
        requirements.clerkship_id,
        count(DISTINCT requirements.assignment_mode) AS modes,
        min(requirements.assignment_mode) AS assignment_mode,
        max(CASE WHEN requirements.assignment_mode = 'block_based' THEN 1 ELSE 0 END) AS in_blocks,
        min(school_defaults.health_system_continuity) AS health_system_continuity,
        min(CASE WHEN requirements.assignment_mode = 'block_based' THEN school_defaults.block_size_days END)
            AS block_size_days,
        max(
            CASE
                WHEN requirements.assignment_mode <> 'block_based' THEN 0
                WHEN school_defaults.allow_partial_blocks THEN 1
                ELSE 0
            END
        ) = 1 AS allow_partial_blocks,
        min(
            CASE
                WHEN requirements.assignment_mode <> 'block_based' THEN 1
                WHEN NOT school_defaults.prefer_continuous_blocks THEN 0
                ELSE 1
            END
        ) = 1 AS prefer_continuous_blocks,
        min(CASE WHEN requirements.assignment_mode = 'continuous_team' THEN school_defaults.team_size_min END)
            AS team_size_min,
        max(CASE WHEN requirements.assignment_mode = 'continuous_team' THEN school_defaults.team_size_max END)
            AS team_size_max,
        min(CASE WHEN school_defaults.fallbacks_allowed IS NOT FALSE THEN 1 ELSE 0 END) = 1 AS fallbacks_allowed
    FROM clerkship_requirements AS requirements
    LEFT JOIN school_defaults ON requirements.requirement_type = school_defaults.requirement_type
    GROUP BY requirements.clerkship_id
)

SELECT
    set_aside.id,
    set_aside.clerkship_id,
    coalesce(
        set_aside.assignment_strategy,
        CASE WHEN inherited.modes > 1 THEN 'hybrid' ELSE inherited.assignment_mode END,
        'continuous_single'
    ) AS assignment_strategy,
    set_aside.requirement_structure,
    coalesce(set_aside.health_system_continuity, inherited.health_system_continuity, 'no_preference')
        AS health_system_continuity,
    CASE
        WHEN inherited.in_blocks = 1 AND coalesce(set_aside.assignment_strategy, 'hybrid') IN ('block_based', 'hybrid')
            THEN coalesce(set_aside.block_size_days, inherited.block_size_days)
        ELSE set_aside.block_size_days
    END AS block_size_days,
    coalesce(set_aside.allow_partial_blocks, inherited.allow_partial_blocks, FALSE) AS allow_partial_blocks,
    coalesce(set_aside.prefer_continuous_blocks, inherited.prefer_continuous_blocks, TRUE) AS prefer_continuous_blocks,
    coalesce(set_aside.team_size_min, inherited.team_size_min) AS team_size_min,
    coalesce(set_aside.team_size_max, inherited.team_size_max) AS team_size_max,
    coalesce(set_aside.fallbacks_allowed, inherited.fallbacks_allowed, TRUE) AS fallbacks_allowed,
    set_aside.notes,
    set_aside.created_at,
    set_aside.updated_at
FROM clerkship_configurations_set_aside AS set_aside
LEFT JOIN inherited ON set_aside.clerkship_id = inherited.clerkship_id;
DROP TABLE clerkship_configurations_set_aside;

DROP TABLE school_defaults;
