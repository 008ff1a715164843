-- The scheduling configuration: where preceptors work, and how each clerkship is to be scheduled.
-- A block comment after REFERENCES says what deleting the parent does; where there is none, the delete is refused.
--
-- DuckDB indexes every primary key, unique constraint and foreign key by itself. No further column earns an index: the
-- best candidate, preceptors (specialty), left queries at 100,000 preceptors between 0.7 and 1.1 of their time, none of
-- which takes 20 ms, and on a table that others reference an index forbids updating its column wherever a row is
-- referenced. benchmarks/indexes.py measures both.

CREATE TABLE health_systems (
    id           TEXT      NOT NULL DEFAULT (CAST(gen_random_uuid() AS TEXT)) PRIMARY KEY,
    name         TEXT      NOT NULL,
    abbreviation TEXT,
    location     TEXT,
    notes        TEXT,
    created_at   TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at   TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    -- An id has the form of a UUID.
    CHECK (id LIKE '________-____-____-____-____________'),
    -- No two health systems share a name.
    UNIQUE (name)
);

COMMENT ON TABLE health_systems IS 'Area 5, health-system continuity. An organization that runs hospitals and clinics.';
COMMENT ON COLUMN health_systems.id IS 'Identifies the health system.';
COMMENT ON COLUMN health_systems.name IS 'The health system''s full name.';
COMMENT ON COLUMN health_systems.abbreviation IS 'A short form of the name.';
COMMENT ON COLUMN health_systems.location IS 'The town or region it serves.';
COMMENT ON COLUMN health_systems.notes IS 'Anything else the school wants to remember.';
COMMENT ON COLUMN health_systems.created_at IS 'When the row was created.';
COMMENT ON COLUMN health_systems.updated_at IS 'When the row was last changed.';

-- Preceptors that were entered before health systems were known need one: they all go to 'Unassigned'.
INSERT INTO health_systems (id, name, notes)
SELECT
    '00000000-0000-4000-8000-000000000001',
    'Unassigned',
    'Preceptors entered before health systems were known. Move each to the system it belongs to.'
WHERE EXISTS (SELECT 1 FROM preceptors);

CREATE TABLE sites (
    id               TEXT      NOT NULL DEFAULT (CAST(gen_random_uuid() AS TEXT)) PRIMARY KEY,
    health_system_id TEXT      NOT NULL,
    name             TEXT      NOT NULL,
    site_type        TEXT      NOT NULL,
    address          TEXT,
    notes            TEXT,
    created_at       TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at       TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    -- An id has the form of a UUID.
    CHECK (id LIKE '________-____-____-____-____________'),
    -- A site belongs to a health system, and goes with it.
    FOREIGN KEY (health_system_id) REFERENCES health_systems (id) /* ON DELETE CASCADE */,
    -- No two sites of one health system share a name.
    UNIQUE (health_system_id, name),
    -- What a preceptor's site and health system together refer to.
    UNIQUE (id, health_system_id),
    -- A site is a hospital, a clinic or something else.
    CHECK (site_type IN ('hospital', 'clinic', 'other'))
);

COMMENT ON TABLE sites IS 'Area 5, health-system continuity. A place of one health system where students are taught.';
COMMENT ON COLUMN sites.id IS 'Identifies the site.';
COMMENT ON COLUMN sites.health_system_id IS 'The health system that runs the site.';
COMMENT ON COLUMN sites.name IS 'What the health system calls the site.';
COMMENT ON COLUMN sites.site_type IS 'What kind of place it is.';
COMMENT ON COLUMN sites.address IS 'Where it is.';
COMMENT ON COLUMN sites.notes IS 'Anything else the school wants to remember.';
COMMENT ON COLUMN sites.created_at IS 'When the row was created.';
COMMENT ON COLUMN sites.updated_at IS 'When the row was last changed.';

-- DuckDB adds no foreign key to a table that exists. So the preceptors step aside, their table is made anew, and they
-- come back with every value they had.
CREATE TABLE preceptors_set_aside AS SELECT * FROM preceptors;
DROP TABLE preceptors;

CREATE TABLE preceptors (
    id               TEXT      NOT NULL DEFAULT (CAST(gen_random_uuid() AS TEXT)) PRIMARY KEY,
    name             TEXT      NOT NULL,
    email            TEXT      NOT NULL,
    specialty        TEXT      NOT NULL,
    max_students     INTEGER   NOT NULL DEFAULT 1,
    health_system_id TEXT      NOT NULL,
    site_id          TEXT,
    created_at       TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at       TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    -- An id has the form of a UUID.
    CHECK (id LIKE '________-____-____-____-____________'),
    -- No two preceptors share an email address.
    UNIQUE (email),
    -- A preceptor takes at least one student.
    CHECK (max_students > 0),
    -- A preceptor belongs to a health system, which cannot go while it has preceptors.
    FOREIGN KEY (health_system_id) REFERENCES health_systems (id),
    -- A preceptor's site belongs to the preceptor's own health system, and cannot go while it has preceptors.
    FOREIGN KEY (site_id, health_system_id) REFERENCES sites (id, health_system_id)
);

COMMENT ON TABLE preceptors IS 'A supervising clinician beside whom students work.';
COMMENT ON COLUMN preceptors.id IS 'Identifies the preceptor.';
COMMENT ON COLUMN preceptors.name IS 'The preceptor''s name, as the school writes it.';
COMMENT ON COLUMN preceptors.email IS 'Where the preceptor is reached; tells apart two of the same name.';
COMMENT ON COLUMN preceptors.specialty IS 'The specialty the preceptor practices.';
COMMENT ON COLUMN preceptors.max_students IS
'Area 4, capacity limits. Students on one day, at most, where no capacity rule says otherwise.';
COMMENT ON COLUMN preceptors.health_system_id IS
'Area 5, health-system continuity. The health system the preceptor works for.';
COMMENT ON COLUMN preceptors.site_id IS
'Area 5, health-system continuity. The site the preceptor works at; empty when there is no fixed one.';
COMMENT ON COLUMN preceptors.created_at IS 'When the row was created.';
COMMENT ON COLUMN preceptors.updated_at IS 'When the row was last changed.';

INSERT INTO preceptors (id, name, email, specialty, max_students, health_system_id, created_at, updated_at)
SELECT
    set_aside.id,
    set_aside.name,
    set_aside.email,
    set_aside.specialty,
    set_aside.max_students,
    health_systems.id AS health_system_id,
    set_aside.created_at,
    set_aside.updated_at
FROM preceptors_set_aside AS set_aside
CROSS JOIN health_systems;
DROP TABLE preceptors_set_aside;

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

CREATE TABLE clerkship_electives (
    id               TEXT      NOT NULL DEFAULT (CAST(gen_random_uuid() AS TEXT)) PRIMARY KEY,
    configuration_id TEXT      NOT NULL,
    name             TEXT      NOT NULL,
    minimum_days     INTEGER   NOT NULL DEFAULT 1,
    specialty        TEXT,
    created_at       TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at       TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    -- An id has the form of a UUID.
    CHECK (id LIKE '________-____-____-____-____________'),
    -- An elective belongs to a clerkship's configuration, and goes with it.
    FOREIGN KEY (configuration_id) REFERENCES clerkship_configurations (id) /* ON DELETE CASCADE */,
    -- No two electives of one clerkship share a name.
    UNIQUE (configuration_id, name),
    -- An elective lasts at least one day.
    CHECK (minimum_days > 0)
);

COMMENT ON TABLE clerkship_electives IS 'Area 6, electives. A choice a student has within a clerkship.';
COMMENT ON COLUMN clerkship_electives.id IS 'Identifies the elective.';
COMMENT ON COLUMN clerkship_electives.configuration_id IS 'The configuration of the clerkship that offers it.';
COMMENT ON COLUMN clerkship_electives.name IS 'What the school calls the elective.';
COMMENT ON COLUMN clerkship_electives.minimum_days IS 'Days a student who chooses it spends there at least.';
COMMENT ON COLUMN clerkship_electives.specialty IS 'The specialty its preceptors must have; empty when any will do.';
COMMENT ON COLUMN clerkship_electives.created_at IS 'When the row was created.';
COMMENT ON COLUMN clerkship_electives.updated_at IS 'When the row was last changed.';

CREATE TABLE preceptor_teams (
    id                         TEXT      NOT NULL DEFAULT (CAST(gen_random_uuid() AS TEXT)) PRIMARY KEY,
    clerkship_id               TEXT,
    name                       TEXT      NOT NULL,
    require_same_health_system BOOLEAN   NOT NULL DEFAULT FALSE,
    require_same_site          BOOLEAN   NOT NULL DEFAULT FALSE,
    require_same_specialty     BOOLEAN   NOT NULL DEFAULT FALSE,
    requires_admin_approval    BOOLEAN   NOT NULL DEFAULT FALSE,
    created_at                 TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at                 TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    -- An id has the form of a UUID.
    CHECK (id LIKE '________-____-____-____-____________'),
    -- A team may belong to one clerkship, and then goes with it.
    FOREIGN KEY (clerkship_id) REFERENCES clerkships (id) /* ON DELETE CASCADE */
);

COMMENT ON TABLE preceptor_teams IS 'Area 2, grouping rules. Preceptors who share students between them.';
COMMENT ON COLUMN preceptor_teams.id IS 'Identifies the team.';
COMMENT ON COLUMN preceptor_teams.clerkship_id IS 'The clerkship it teaches in; empty when any clerkship may use it.';
COMMENT ON COLUMN preceptor_teams.name IS 'What the school calls the team.';
COMMENT ON COLUMN preceptor_teams.require_same_health_system IS 'Whether its members must share a health system.';
COMMENT ON COLUMN preceptor_teams.require_same_site IS 'Whether its members must share a site.';
COMMENT ON COLUMN preceptor_teams.require_same_specialty IS 'Whether its members must share a specialty.';
COMMENT ON COLUMN preceptor_teams.requires_admin_approval IS
'Whether an administrator approves each assignment to the team.';
COMMENT ON COLUMN preceptor_teams.created_at IS 'When the row was created.';
COMMENT ON COLUMN preceptor_teams.updated_at IS 'When the row was last changed.';

CREATE TABLE preceptor_team_members (
    id           TEXT      NOT NULL DEFAULT (CAST(gen_random_uuid() AS TEXT)) PRIMARY KEY,
    team_id      TEXT      NOT NULL,
    preceptor_id TEXT      NOT NULL,
    role         TEXT      NOT NULL DEFAULT 'member',
    priority     INTEGER   NOT NULL,
    created_at   TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at   TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    -- An id has the form of a UUID.
    CHECK (id LIKE '________-____-____-____-____________'),
    -- A membership is of a team, and goes with it.
    FOREIGN KEY (team_id) REFERENCES preceptor_teams (id) /* ON DELETE CASCADE */,
    -- A membership is a preceptor's, and goes with the preceptor.
    FOREIGN KEY (preceptor_id) REFERENCES preceptors (id) /* ON DELETE CASCADE */,
    -- A preceptor is in a team once.
    UNIQUE (team_id, preceptor_id),
    -- A member leads the team or does not.
    CHECK (role IN ('lead', 'member')),
    -- Priorities count from 1.
    CHECK (priority > 0)
);

COMMENT ON TABLE preceptor_team_members IS 'Area 2, grouping rules. One preceptor''s place in one team.';
COMMENT ON COLUMN preceptor_team_members.id IS 'Identifies the membership.';
COMMENT ON COLUMN preceptor_team_members.team_id IS 'The team.';
COMMENT ON COLUMN preceptor_team_members.preceptor_id IS 'The preceptor who belongs to it.';
COMMENT ON COLUMN preceptor_team_members.role IS 'Whether the preceptor leads the team.';
COMMENT ON COLUMN preceptor_team_members.priority IS 'The order in which members are given students, 1 first.';
COMMENT ON COLUMN preceptor_team_members.created_at IS 'When the row was created.';
COMMENT ON COLUMN preceptor_team_members.updated_at IS 'When the row was last changed.';

CREATE TABLE preceptor_fallbacks (
    id                            TEXT      NOT NULL DEFAULT (CAST(gen_random_uuid() AS TEXT)) PRIMARY KEY,
    clerkship_id                  TEXT,
    primary_preceptor_id          TEXT      NOT NULL,
    fallback_preceptor_id         TEXT      NOT NULL,
    priority                      INTEGER   NOT NULL,
    requires_approval             BOOLEAN   NOT NULL DEFAULT FALSE,
    allow_different_health_system BOOLEAN   NOT NULL DEFAULT FALSE,
    created_at                    TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at                    TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    -- An id has the form of a UUID.
    CHECK (id LIKE '________-____-____-____-____________'),
    -- A fallback may hold for one clerkship only, and then goes with it.
    FOREIGN KEY (clerkship_id) REFERENCES clerkships (id) /* ON DELETE CASCADE */,
    -- A fallback goes with the preceptor it stands in for.
    FOREIGN KEY (primary_preceptor_id) REFERENCES preceptors (id) /* ON DELETE CASCADE */,
    -- A fallback goes with the preceptor who stands in.
    FOREIGN KEY (fallback_preceptor_id) REFERENCES preceptors (id) /* ON DELETE CASCADE */,
    -- Nobody stands in for themselves.
    CHECK (primary_preceptor_id <> fallback_preceptor_id),
    -- Priorities count from 1.
    CHECK (priority > 0)
);

-- For one clerkship, or for any, two fallbacks of one preceptor never have the same priority.
CREATE UNIQUE INDEX preceptor_fallbacks_one_per_priority
ON preceptor_fallbacks (coalesce(clerkship_id, ''), primary_preceptor_id, priority);

-- For one clerkship, or for any, a preceptor stands in for another once.
CREATE UNIQUE INDEX preceptor_fallbacks_one_per_preceptor
ON preceptor_fallbacks (coalesce(clerkship_id, ''), primary_preceptor_id, fallback_preceptor_id);

COMMENT ON TABLE preceptor_fallbacks IS 'Area 7, fallback system. Who steps in when a preceptor cannot teach.';
COMMENT ON COLUMN preceptor_fallbacks.id IS 'Identifies the fallback.';
COMMENT ON COLUMN preceptor_fallbacks.clerkship_id IS 'The clerkship it holds for; empty when it holds for any.';
COMMENT ON COLUMN preceptor_fallbacks.primary_preceptor_id IS 'The preceptor who cannot teach.';
COMMENT ON COLUMN preceptor_fallbacks.fallback_preceptor_id IS 'The preceptor who steps in.';
COMMENT ON COLUMN preceptor_fallbacks.priority IS 'The order in which fallbacks are asked, 1 first.';
COMMENT ON COLUMN preceptor_fallbacks.requires_approval IS 'Whether someone approves before the fallback steps in.';
COMMENT ON COLUMN preceptor_fallbacks.allow_different_health_system IS
'Whether the one who steps in may belong to another health system.';
COMMENT ON COLUMN preceptor_fallbacks.created_at IS 'When the row was created.';
COMMENT ON COLUMN preceptor_fallbacks.updated_at IS 'When the row was last changed.';

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
