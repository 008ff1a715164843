-- Back to one requirement of each type, and to limits of preceptors alone. Parts, minima, sites, and limits of sites,
-- of clerkships and for one type of requirement are lost; the block size of a requirement goes to its clerkship. It
-- fails while a clerkship has several requirements of one type.

UPDATE clerkship_configurations
SET
    block_size_days = (
        SELECT min(requirements.block_size_days)
        FROM clerkship_requirements AS requirements
        WHERE
            requirements.clerkship_id = clerkship_configurations.clerkship_id
            AND requirements.assignment_mode = 'block_based'
    )
WHERE block_size_days IS NULL AND coalesce(assignment_strategy, 'hybrid') IN ('block_based', 'hybrid');

DELETE FROM preceptor_capacity_rules
WHERE requirement_type IS NOT NULL;

DROP TABLE elective_preceptors;
DROP TABLE site_capacity_rules;
DROP TABLE requirement_sites;
ALTER TABLE clerkship_electives DROP COLUMN is_required;

CREATE TABLE preceptor_capacity_rules_set_aside AS SELECT * FROM preceptor_capacity_rules;
DROP TABLE preceptor_capacity_rules;

CREATE TABLE preceptor_capacity_rules (
    id                     TEXT      NOT NULL DEFAULT (CAST(gen_random_uuid() AS TEXT)) PRIMARY KEY,
    preceptor_id           TEXT      NOT NULL,
    clerkship_id           TEXT,
    max_students_per_day   INTEGER   NOT NULL DEFAULT 1,
    max_students_per_year  INTEGER,
    max_students_per_block INTEGER,
    created_at             TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at             TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    -- An id has the form of a UUID.
    CHECK (id LIKE '________-____-____-____-____________'),
    -- A capacity rule is a preceptor's, and goes with the preceptor.
    FOREIGN KEY (preceptor_id) REFERENCES preceptors (id) /* ON DELETE CASCADE */,
    -- A capacity rule may hold for one clerkship only, and then goes with it.
    FOREIGN KEY (clerkship_id) REFERENCES clerkships (id) /* ON DELETE CASCADE */,
    -- A preceptor takes at least one student a day.
    CHECK (max_students_per_day > 0),
    -- A preceptor takes no fewer students a year than in one day.
    CHECK (max_students_per_year >= max_students_per_day),
    -- A preceptor takes at least one student a block.
    CHECK (max_students_per_block > 0)
);

-- A preceptor has one capacity rule for a clerkship, and one for any.
CREATE UNIQUE INDEX preceptor_capacity_rules_one_per_clerkship
ON preceptor_capacity_rules (preceptor_id, coalesce(clerkship_id, ''));

COMMENT ON TABLE preceptor_capacity_rules IS
'Area 4, capacity limits. How many students a preceptor takes, in one clerkship or in any.';
COMMENT ON COLUMN preceptor_capacity_rules.id IS 'Identifies the capacity rule.';
COMMENT ON COLUMN preceptor_capacity_rules.preceptor_id IS 'The preceptor whose students are limited.';
COMMENT ON COLUMN preceptor_capacity_rules.clerkship_id IS 'The clerkship it holds for; empty when it holds for any.';
COMMENT ON COLUMN preceptor_capacity_rules.max_students_per_day IS 'Students on one day, at most.';
COMMENT ON COLUMN preceptor_capacity_rules.max_students_per_year IS 'Students a year, at most; empty for no limit.';
COMMENT ON COLUMN preceptor_capacity_rules.max_students_per_block IS
'Area 8, block size. Students in one block, at most; empty for no limit.';
COMMENT ON COLUMN preceptor_capacity_rules.created_at IS 'When the row was created.';
COMMENT ON COLUMN preceptor_capacity_rules.updated_at IS 'When the row was last changed.';

INSERT INTO preceptor_capacity_rules (
    id,
    preceptor_id,
    clerkship_id,
    max_students_per_day,
    max_students_per_year,
    max_students_per_block,
    created_at,
    updated_at
)
SELECT
    id,
    preceptor_id,
    clerkship_id,
    max_students_per_day,
    max_students_per_year,
    max_students_per_block,
    created_at,
    updated_at
FROM preceptor_capacity_rules_set_aside;
DROP TABLE preceptor_capacity_rules_set_aside;

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

CREATE TABLE clerkships_set_aside AS SELECT * FROM clerkships;
DROP TABLE clerkships;

CREATE TABLE clerkships (
    id            TEXT      NOT NULL DEFAULT (CAST(gen_random_uuid() AS TEXT)) PRIMARY KEY,
    name          TEXT      NOT NULL,
    specialty     TEXT      NOT NULL,
    required_days INTEGER   NOT NULL,
    description   TEXT,
    created_at    TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at    TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    -- An id has the form of a UUID.
    CHECK (id LIKE '________-____-____-____-____________'),
    -- No two clerkships share a name.
    UNIQUE (name),
    -- A clerkship's name is not blank.
    CHECK (trim(name) <> ''),
    -- A clerkship lasts at least one day.
    CHECK (required_days > 0)
);

COMMENT ON TABLE clerkships IS 'A block of clinical teaching that every student completes, such as Surgery.';
COMMENT ON COLUMN clerkships.id IS 'Identifies the clerkship.';
COMMENT ON COLUMN clerkships.name IS 'What the school calls the clerkship.';
COMMENT ON COLUMN clerkships.specialty IS 'The specialty its preceptors must have.';
COMMENT ON COLUMN clerkships.required_days IS 'Days each student spends in the clerkship, all requirements together.';
COMMENT ON COLUMN clerkships.description IS 'What the clerkship covers, in a sentence or two.';
COMMENT ON COLUMN clerkships.created_at IS 'When the row was created.';
COMMENT ON COLUMN clerkships.updated_at IS 'When the row was last changed.';

INSERT INTO clerkships (
    id,
    name,
    specialty,
    required_days,
    description,
    created_at,
    updated_at
)
SELECT
    id,
    name,
    specialty,
    required_days,
    description,
    created_at,
    updated_at
FROM clerkships_set_aside;
DROP TABLE clerkships_set_aside;
