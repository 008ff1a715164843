-- Parts and places: several requirements of one type, the sites where their days are spent, limits of sites and of
-- clerkships, and who teaches an elective.

CREATE TABLE clerkships_set_aside AS SELECT * FROM clerkships;
DROP TABLE clerkships;

CREATE TABLE clerkships (
    id                   TEXT      NOT NULL DEFAULT (CAST(gen_random_uuid() AS TEXT)) PRIMARY KEY,
    name                 TEXT      NOT NULL,
    specialty            TEXT      NOT NULL,
    required_days        INTEGER   NOT NULL,
    description          TEXT,
    max_students_at_once INTEGER,
    created_at           TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at           TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    -- An id has the form of a UUID.
    CHECK (id LIKE '________-____-____-____-____________'),
    -- No two clerkships share a name.
    UNIQUE (name),
    -- A clerkship's name is not blank.
    CHECK (trim(name) <> ''),
    -- A clerkship lasts at least one day.
    CHECK (required_days > 0),
    -- A clerkship takes at least one student at a time.
    CHECK (max_students_at_once > 0)
);

COMMENT ON TABLE clerkships IS 'A block of clinical teaching that every student completes, such as Surgery.';
COMMENT ON COLUMN clerkships.id IS 'Identifies the clerkship.';
COMMENT ON COLUMN clerkships.name IS 'What the school calls the clerkship.';
COMMENT ON COLUMN clerkships.specialty IS 'The specialty its preceptors must have.';
COMMENT ON COLUMN clerkships.required_days IS 'Days each student spends in the clerkship, all requirements together.';
COMMENT ON COLUMN clerkships.description IS 'What the clerkship covers, in a sentence or two.';
COMMENT ON COLUMN clerkships.max_students_at_once IS
'Area 4, capacity limits. Students in the clerkship at the same time, at most; empty for no limit.';
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

CREATE TABLE clerkship_requirements_set_aside AS SELECT * FROM clerkship_requirements;
DROP TABLE clerkship_requirements;

CREATE TABLE clerkship_requirements (
    id               TEXT      NOT NULL DEFAULT (CAST(gen_random_uuid() AS TEXT)) PRIMARY KEY,
    clerkship_id     TEXT      NOT NULL,
    requirement_type TEXT      NOT NULL,
    required_days    INTEGER   NOT NULL,
    assignment_mode  TEXT,
    part             TEXT      NOT NULL DEFAULT '',
    minimum_days     INTEGER,
    block_size_days  INTEGER,
    preceptors_min   INTEGER,
    preceptors_max   INTEGER,
    created_at       TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at       TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    -- An id has the form of a UUID.
    CHECK (id LIKE '________-____-____-____-____________'),
    -- A requirement belongs to a clerkship, and goes with it.
    FOREIGN KEY (clerkship_id) REFERENCES clerkships (id) /* ON DELETE CASCADE */,
    -- Several requirements of one type in a clerkship differ by their parts.
    UNIQUE (clerkship_id, requirement_type, part),
    -- A requirement is outpatient, inpatient or elective.
    CHECK (requirement_type IN ('outpatient', 'inpatient', 'elective')),
    -- A requirement lasts at least one day.
    CHECK (required_days > 0),
    -- The days of a requirement are assigned in one way; a mix is a matter of the whole clerkship.
    CHECK (assignment_mode IN ('continuous_single', 'continuous_team', 'block_based', 'daily_rotation')),
    -- The fewest days are at least one.
    CHECK (minimum_days > 0),
    -- The fewest days of a requirement are no more than its days.
    CHECK (minimum_days <= required_days),
    -- A block lasts at least one day.
    CHECK (block_size_days > 0),
    -- A student meets at least one preceptor.
    CHECK (preceptors_min > 0),
    -- The most preceptors that a student meets are at least one.
    CHECK (preceptors_max > 0),
    -- The fewest preceptors that a student meets are no more than the most.
    CHECK (preceptors_min <= preceptors_max)
);

COMMENT ON TABLE clerkship_requirements IS
'Area 3, requirement structure. Days of one kind that a clerkship requires of each student.';
COMMENT ON COLUMN clerkship_requirements.id IS 'Identifies the requirement.';
COMMENT ON COLUMN clerkship_requirements.clerkship_id IS 'The clerkship that requires the days.';
COMMENT ON COLUMN clerkship_requirements.requirement_type IS 'What kind of days they are.';
COMMENT ON COLUMN clerkship_requirements.required_days IS 'How many days of this kind each student spends.';
COMMENT ON COLUMN clerkship_requirements.assignment_mode IS
'Area 1, assignment strategy. How students are assigned for these days; empty: as the clerkship, or the school, says.';
COMMENT ON COLUMN clerkship_requirements.part IS
'What the school calls these days; tells apart several requirements of one type.';
COMMENT ON COLUMN clerkship_requirements.minimum_days IS
'The fewest days of this kind, where a student may choose; empty where all take required_days.';
COMMENT ON COLUMN clerkship_requirements.block_size_days IS
'Area 8, block size. Days in one block of this requirement; empty: as the clerkship, or the school, says.';
COMMENT ON COLUMN clerkship_requirements.preceptors_min IS
'Area 2, grouping rules. The fewest preceptors that a student meets in these days; empty: any number.';
COMMENT ON COLUMN clerkship_requirements.preceptors_max IS
'Area 2, grouping rules. The most preceptors that a student meets in these days; empty: any number.';
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

CREATE TABLE preceptor_capacity_rules_set_aside AS SELECT * FROM preceptor_capacity_rules;
DROP TABLE preceptor_capacity_rules;

CREATE TABLE preceptor_capacity_rules (
    id                     TEXT      NOT NULL DEFAULT (CAST(gen_random_uuid() AS TEXT)) PRIMARY KEY,
    preceptor_id           TEXT      NOT NULL,
    clerkship_id           TEXT,
    requirement_type       TEXT,
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
    -- A requirement is outpatient, inpatient or elective.
    CHECK (requirement_type IN ('outpatient', 'inpatient', 'elective')),
    -- A preceptor takes at least one student a day.
    CHECK (max_students_per_day > 0),
    -- A preceptor takes no fewer students a year than in one day.
    CHECK (max_students_per_year >= max_students_per_day),
    -- A preceptor takes at least one student a block.
    CHECK (max_students_per_block > 0)
);

-- A preceptor has one capacity rule for a clerkship or any, and a type of requirement or any.
CREATE UNIQUE INDEX preceptor_capacity_rules_one_per_scope
ON preceptor_capacity_rules (preceptor_id, coalesce(clerkship_id, ''), coalesce(requirement_type, ''));

COMMENT ON TABLE preceptor_capacity_rules IS
'Area 4, capacity limits. How many students a preceptor takes, in one clerkship or in any.';
COMMENT ON COLUMN preceptor_capacity_rules.id IS 'Identifies the capacity rule.';
COMMENT ON COLUMN preceptor_capacity_rules.preceptor_id IS 'The preceptor whose students are limited.';
COMMENT ON COLUMN preceptor_capacity_rules.clerkship_id IS 'The clerkship it holds for; empty when it holds for any.';
COMMENT ON COLUMN preceptor_capacity_rules.requirement_type IS
'The type of requirement it holds for; empty when it holds for all.';
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

CREATE TABLE requirement_sites (
    id             TEXT      NOT NULL DEFAULT (CAST(gen_random_uuid() AS TEXT)) PRIMARY KEY,
    requirement_id TEXT      NOT NULL,
    site_id        TEXT      NOT NULL,
    created_at     TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at     TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    -- An id has the form of a UUID.
    CHECK (id LIKE '________-____-____-____-____________'),
    -- An allowed site is a requirement's, and goes with the requirement.
    FOREIGN KEY (requirement_id) REFERENCES clerkship_requirements (id) /* ON DELETE CASCADE */,
    -- A site cannot go while a requirement names it: one that names no site is taught anywhere.
    FOREIGN KEY (site_id) REFERENCES sites (id),
    -- A requirement names a site once.
    UNIQUE (requirement_id, site_id)
);

COMMENT ON TABLE requirement_sites IS
'Area 5, health-system continuity. A site where the days of a requirement are spent; anywhere if it names none.';
COMMENT ON COLUMN requirement_sites.id IS 'Identifies the row.';
COMMENT ON COLUMN requirement_sites.requirement_id IS 'The requirement.';
COMMENT ON COLUMN requirement_sites.site_id IS 'The site.';
COMMENT ON COLUMN requirement_sites.created_at IS 'When the row was created.';
COMMENT ON COLUMN requirement_sites.updated_at IS 'When the row was last changed.';

CREATE TABLE site_capacity_rules (
    id                    TEXT      NOT NULL DEFAULT (CAST(gen_random_uuid() AS TEXT)) PRIMARY KEY,
    site_id               TEXT      NOT NULL,
    clerkship_id          TEXT,
    max_students_per_day  INTEGER,
    max_students_per_year INTEGER,
    created_at            TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at            TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    -- An id has the form of a UUID.
    CHECK (id LIKE '________-____-____-____-____________'),
    -- A rule for a site goes with the site.
    FOREIGN KEY (site_id) REFERENCES sites (id) /* ON DELETE CASCADE */,
    -- A rule for a site may hold for one clerkship only, and then goes with it.
    FOREIGN KEY (clerkship_id) REFERENCES clerkships (id) /* ON DELETE CASCADE */,
    -- A site takes at least one student a day.
    CHECK (max_students_per_day > 0),
    -- A site takes at least one student a year.
    CHECK (max_students_per_year > 0),
    -- A site takes no fewer students a year than in one day.
    CHECK (max_students_per_year >= max_students_per_day),
    -- A rule for a site limits something.
    CHECK (max_students_per_day IS NOT NULL OR max_students_per_year IS NOT NULL)
);

-- A site has one capacity rule for a clerkship, and one for all together.
CREATE UNIQUE INDEX site_capacity_rules_one_per_clerkship
ON site_capacity_rules (site_id, coalesce(clerkship_id, ''));

COMMENT ON TABLE site_capacity_rules IS
'Area 4, capacity limits. How many students a site takes, of one clerkship or of all together. Both rules hold.';
COMMENT ON COLUMN site_capacity_rules.id IS 'Identifies the rule.';
COMMENT ON COLUMN site_capacity_rules.site_id IS 'The site whose students are limited.';
COMMENT ON COLUMN site_capacity_rules.clerkship_id IS
'The clerkship whose students are counted; empty when those of all clerkships are counted together.';
COMMENT ON COLUMN site_capacity_rules.max_students_per_day IS 'Students on one day, at most; empty for no limit.';
COMMENT ON COLUMN site_capacity_rules.max_students_per_year IS 'Students a year, at most; empty for no limit.';
COMMENT ON COLUMN site_capacity_rules.created_at IS 'When the row was created.';
COMMENT ON COLUMN site_capacity_rules.updated_at IS 'When the row was last changed.';

ALTER TABLE clerkship_electives ADD COLUMN is_required BOOLEAN NOT NULL DEFAULT FALSE;
COMMENT ON COLUMN clerkship_electives.is_required IS 'Whether every student takes it; otherwise it is a choice.';

CREATE TABLE elective_preceptors (
    id           TEXT      NOT NULL DEFAULT (CAST(gen_random_uuid() AS TEXT)) PRIMARY KEY,
    elective_id  TEXT      NOT NULL,
    preceptor_id TEXT      NOT NULL,
    created_at   TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at   TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    -- An id has the form of a UUID.
    CHECK (id LIKE '________-____-____-____-____________'),
    -- A named teacher is an elective's, and goes with the elective.
    FOREIGN KEY (elective_id) REFERENCES clerkship_electives (id) /* ON DELETE CASCADE */,
    -- A preceptor cannot go while an elective names them: one that names none is taught by all of its specialty.
    FOREIGN KEY (preceptor_id) REFERENCES preceptors (id),
    -- An elective names a preceptor once.
    UNIQUE (elective_id, preceptor_id)
);

COMMENT ON TABLE elective_preceptors IS
'Area 6, electives. A preceptor who teaches an elective; all of its specialty if it names none.';
COMMENT ON COLUMN elective_preceptors.id IS 'Identifies the row.';
COMMENT ON COLUMN elective_preceptors.elective_id IS 'The elective.';
COMMENT ON COLUMN elective_preceptors.preceptor_id IS 'The preceptor who teaches it.';
COMMENT ON COLUMN elective_preceptors.created_at IS 'When the row was created.';
COMMENT ON COLUMN elective_preceptors.updated_at IS 'When the row was last changed.';
