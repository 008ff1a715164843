-- Defaults of the school: a clerkship or a requirement may leave a setting empty, and then the school's default for its
-- type of requirement holds. The view effective_settings says what holds, and why. Stored settings keep their values.

CREATE TABLE school_defaults (
    id                       TEXT      NOT NULL DEFAULT (CAST(gen_random_uuid() AS TEXT)) PRIMARY KEY,
    requirement_type         TEXT      NOT NULL,
    assignment_mode          TEXT,
    health_system_continuity TEXT,
    block_size_days          INTEGER,
    allow_partial_blocks     BOOLEAN,
    prefer_continuous_blocks BOOLEAN,
    team_size_min            INTEGER,
    team_size_max            INTEGER,
    fallbacks_allowed        BOOLEAN,
    max_students_per_day     INTEGER,
    max_students_per_year    INTEGER,
    created_at               TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at               TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    -- An id has the form of a UUID.
    CHECK (id LIKE '________-____-____-____-____________'),
    -- The school has one row of defaults for each type of requirement.
    UNIQUE (requirement_type),
    -- A requirement is outpatient, inpatient or elective.
    CHECK (requirement_type IN ('outpatient', 'inpatient', 'elective')),
    -- The days of a requirement are assigned in one way; a mix is a matter of the whole clerkship.
    CHECK (assignment_mode IN ('continuous_single', 'continuous_team', 'block_based', 'daily_rotation')),
    -- Staying in one health system is enforced, preferred or of no matter.
    CHECK (health_system_continuity IN ('enforce_same_system', 'prefer_same_system', 'no_preference')),
    -- A block lasts at least one day.
    CHECK (block_size_days > 0),
    -- The smallest and the largest team size are set together or not at all.
    CHECK ((team_size_min IS NULL) = (team_size_max IS NULL)),
    -- A team has at least two members.
    CHECK (team_size_min >= 2),
    -- The smallest team is no larger than the largest.
    CHECK (team_size_min <= team_size_max),
    -- A preceptor takes at least one student a day.
    CHECK (max_students_per_day > 0),
    -- A preceptor takes at least one student a year.
    CHECK (max_students_per_year > 0),
    -- A preceptor takes no fewer students a year than in one day.
    CHECK (max_students_per_year >= max_students_per_day)
);

COMMENT ON TABLE school_defaults IS
'Area 3, requirement structure. What holds for a type of requirement where its clerkship leaves a setting empty.';
COMMENT ON COLUMN school_defaults.id IS 'Identifies the row of defaults.';
COMMENT ON COLUMN school_defaults.requirement_type IS 'The type of requirement that the defaults are for.';
COMMENT ON COLUMN school_defaults.assignment_mode IS
'Area 1, assignment strategy. How students are assigned; empty: one preceptor for all days (continuous_single).';
COMMENT ON COLUMN school_defaults.health_system_continuity IS
'Area 5, health-system continuity. Whether a student has to stay in one health system; empty: no_preference.';
COMMENT ON COLUMN school_defaults.block_size_days IS 'Area 8, block size. Days in one block; empty: no default.';
COMMENT ON COLUMN school_defaults.allow_partial_blocks IS
'Area 8, block size. Whether the last block may be shorter than the others; empty: false.';
COMMENT ON COLUMN school_defaults.prefer_continuous_blocks IS
'Area 8, block size. Whether a student''s blocks should follow one another without a gap; empty: true.';
COMMENT ON COLUMN school_defaults.team_size_min IS 'Area 2, grouping rules. Members of the smallest team; empty: 2.';
COMMENT ON COLUMN school_defaults.team_size_max IS 'Area 2, grouping rules. Members of the largest team; empty: 3.';
COMMENT ON COLUMN school_defaults.fallbacks_allowed IS
'Area 7, fallback system. Whether another preceptor may step in for the one assigned; empty: true.';
COMMENT ON COLUMN school_defaults.max_students_per_day IS
'Area 4, capacity limits. Students on one day, at most, of a preceptor without a rule; empty: max_students decides.';
COMMENT ON COLUMN school_defaults.max_students_per_year IS
'Area 4, capacity limits. Students a year, at most, of a preceptor without a rule; empty: no limit.';
COMMENT ON COLUMN school_defaults.created_at IS 'When the row was created.';
COMMENT ON COLUMN school_defaults.updated_at IS 'When the row was last changed.';

-- Settings that had to have a value may be empty. A clerkship in blocks may leave its block size to the school, so a
-- rule asks for it and no longer the table.
CREATE TABLE clerkship_configurations_set_aside AS SELECT * FROM clerkship_configurations;
DROP TABLE clerkship_configurations;

CREATE TABLE clerkship_configurations (
    id                       TEXT      NOT NULL DEFAULT (CAST(gen_random_uuid() AS TEXT)) PRIMARY KEY,
    clerkship_id             TEXT      NOT NULL,
    assignment_strategy      TEXT,
    requirement_structure    TEXT      NOT NULL DEFAULT 'single',
    health_system_continuity TEXT,
    block_size_days          INTEGER,
    allow_partial_blocks     BOOLEAN,
    prefer_continuous_blocks BOOLEAN,
    team_size_min            INTEGER,
    team_size_max            INTEGER,
    fallbacks_allowed        BOOLEAN,
    max_students_per_day     INTEGER,
    max_students_per_year    INTEGER,
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
    -- Only a clerkship that may be scheduled in blocks has a block size.
    CHECK (block_size_days IS NULL OR assignment_strategy IN ('block_based', 'hybrid')),
    -- The smallest and the largest team size are set together or not at all.
    CHECK ((team_size_min IS NULL) = (team_size_max IS NULL)),
    -- A team has at least two members.
    CHECK (team_size_min >= 2),
    -- The smallest team is no larger than the largest.
    CHECK (team_size_min <= team_size_max),
    -- A preceptor takes at least one student a day.
    CHECK (max_students_per_day > 0),
    -- A preceptor takes at least one student a year.
    CHECK (max_students_per_year > 0),
    -- A preceptor takes no fewer students a year than in one day.
    CHECK (max_students_per_year >= max_students_per_day)
);

COMMENT ON TABLE clerkship_configurations IS 'How one clerkship is to be scheduled: its settings in every area.';
COMMENT ON COLUMN clerkship_configurations.id IS 'Identifies the configuration.';
COMMENT ON COLUMN clerkship_configurations.clerkship_id IS 'The clerkship that is configured.';
COMMENT ON COLUMN clerkship_configurations.assignment_strategy IS
'Area 1, assignment strategy. One preceptor, a team, blocks, a new one each day, a mix; empty: the school''s.';
COMMENT ON COLUMN clerkship_configurations.requirement_structure IS
'Area 3, requirement structure. Whether the clerkship is one requirement or split into several.';
COMMENT ON COLUMN clerkship_configurations.health_system_continuity IS
'Area 5, health-system continuity. Whether a student has to stay in one health system; empty: the school''s default.';
COMMENT ON COLUMN clerkship_configurations.block_size_days IS
'Area 8, block size. Days in one block; empty: the school''s default.';
COMMENT ON COLUMN clerkship_configurations.allow_partial_blocks IS
'Area 8, block size. Whether the last block may be shorter than the others; empty: the school''s default.';
COMMENT ON COLUMN clerkship_configurations.prefer_continuous_blocks IS
'Area 8, block size. Whether a student''s blocks should follow one another; empty: the school''s default.';
COMMENT ON COLUMN clerkship_configurations.team_size_min IS
'Area 2, grouping rules. Members of the smallest team; empty: the school''s default.';
COMMENT ON COLUMN clerkship_configurations.team_size_max IS
'Area 2, grouping rules. Members of the largest team; empty: the school''s default.';
COMMENT ON COLUMN clerkship_configurations.fallbacks_allowed IS
'Area 7, fallback system. Whether another preceptor may step in for the one assigned; empty: the school''s default.';
COMMENT ON COLUMN clerkship_configurations.max_students_per_day IS
'Area 4, capacity limits. Students on one day, at most, of a preceptor without a rule; empty: the school''s default.';
COMMENT ON COLUMN clerkship_configurations.max_students_per_year IS
'Area 4, capacity limits. Students a year, at most, of a preceptor without a rule; empty: the school''s default.';
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
SELECT
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
FROM clerkship_configurations_set_aside;
DROP TABLE clerkship_configurations_set_aside;

CREATE TABLE clerkship_requirements_set_aside AS SELECT * FROM clerkship_requirements;
DROP TABLE clerkship_requirements;

CREATE TABLE clerkship_requirements (
    id               TEXT      NOT NULL DEFAULT (CAST(gen_random_uuid() AS TEXT)) PRIMARY KEY,
    clerkship_id     TEXT      NOT NULL,
    requirement_type TEXT      NOT NULL,
    required_days    INTEGER   NOT NULL,
    assignment_mode  TEXT,
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
'Area 1, assignment strategy. How students are assigned for these days; empty: as the clerkship, or the school, says.';
COMMENT ON COLUMN clerkship_requirements.created_at IS 'When the row was created.';
COMMENT ON COLUMN clerkship_requirements.updated_at IS 'When the row was last changed.';

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
    id,
    clerkship_id,
    requirement_type,
    required_days,
    assignment_mode,
    created_at,
    updated_at
FROM clerkship_requirements_set_aside;
DROP TABLE clerkship_requirements_set_aside;
