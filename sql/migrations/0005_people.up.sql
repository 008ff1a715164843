-- People: further specialties and sites of a preceptor, part time, who only ever stands in, and email addresses that
-- are not known.

CREATE TABLE health_systems_set_aside AS SELECT * FROM health_systems;
DROP TABLE health_systems;

CREATE TABLE health_systems (
    id           TEXT      NOT NULL DEFAULT (CAST(gen_random_uuid() AS TEXT)) PRIMARY KEY,
    name         TEXT      NOT NULL,
    abbreviation TEXT,
    location     TEXT,
    notes        TEXT,
    created_at   TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at   TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    -- An id has the form of a UUID.
    CHECK (id LIKE '________-____-____-____-____________')
);

-- No two health systems of one location share a name.
CREATE UNIQUE INDEX health_systems_one_per_location
ON health_systems (name, coalesce(location, ''));

COMMENT ON TABLE health_systems IS 'Area 5, health-system continuity. An organization that runs hospitals and clinics.';
COMMENT ON COLUMN health_systems.id IS 'Identifies the health system.';
COMMENT ON COLUMN health_systems.name IS 'The health system''s full name.';
COMMENT ON COLUMN health_systems.abbreviation IS 'A short form of the name.';
COMMENT ON COLUMN health_systems.location IS 'The town or region it serves; tells apart two of the same name.';
COMMENT ON COLUMN health_systems.notes IS 'Anything else the school wants to remember.';
COMMENT ON COLUMN health_systems.created_at IS 'When the row was created.';
COMMENT ON COLUMN health_systems.updated_at IS 'When the row was last changed.';

INSERT INTO health_systems (
    id,
    name,
    abbreviation,
    location,
    notes,
    created_at,
    updated_at
)
SELECT
    id,
    name,
    abbreviation,
    location,
    notes,
    created_at,
    updated_at
FROM health_systems_set_aside;
DROP TABLE health_systems_set_aside;

CREATE TABLE preceptors_set_aside AS SELECT * FROM preceptors;
DROP TABLE preceptors;

CREATE TABLE preceptors (
    id                     TEXT      NOT NULL DEFAULT (CAST(gen_random_uuid() AS TEXT)) PRIMARY KEY,
    name                   TEXT      NOT NULL,
    email                  TEXT,
    specialty              TEXT      NOT NULL,
    max_students           INTEGER   NOT NULL DEFAULT 1,
    health_system_id       TEXT      NOT NULL,
    site_id                TEXT,
    teaching_days_per_year INTEGER,
    fallback_only          BOOLEAN   NOT NULL DEFAULT FALSE,
    created_at             TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at             TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    -- An id has the form of a UUID.
    CHECK (id LIKE '________-____-____-____-____________'),
    -- No two preceptors share an email address.
    UNIQUE (email),
    -- What a preceptor's further sites and health system together refer to.
    UNIQUE (id, health_system_id),
    -- A preceptor takes at least one student.
    CHECK (max_students > 0),
    -- A preceptor teaches at least one day a year.
    CHECK (teaching_days_per_year > 0),
    -- A preceptor belongs to a health system, which cannot go while it has preceptors.
    FOREIGN KEY (health_system_id) REFERENCES health_systems (id),
    -- A preceptor's site belongs to the preceptor's own health system, and cannot go while it has preceptors.
    FOREIGN KEY (site_id, health_system_id) REFERENCES sites (id, health_system_id)
);

COMMENT ON TABLE preceptors IS 'A supervising clinician beside whom students work.';
COMMENT ON COLUMN preceptors.id IS 'Identifies the preceptor.';
COMMENT ON COLUMN preceptors.name IS 'The preceptor''s name, as the school writes it.';
COMMENT ON COLUMN preceptors.email IS
'Where the preceptor is reached; tells apart two of the same name. Empty when it is not known.';
COMMENT ON COLUMN preceptors.specialty IS 'The main specialty the preceptor practices.';
COMMENT ON COLUMN preceptors.max_students IS
'Area 4, capacity limits. Students on one day, at most, where no capacity rule says otherwise.';
COMMENT ON COLUMN preceptors.health_system_id IS
'Area 5, health-system continuity. The health system the preceptor works for.';
COMMENT ON COLUMN preceptors.site_id IS
'Area 5, health-system continuity. The main site the preceptor works at; empty when there is no fixed one.';
COMMENT ON COLUMN preceptors.teaching_days_per_year IS
'Area 4, capacity limits. Days of a year on which the preceptor teaches, at most; empty for all.';
COMMENT ON COLUMN preceptors.fallback_only IS
'Area 7, fallback system. Whether the preceptor only ever stands in for others.';
COMMENT ON COLUMN preceptors.created_at IS 'When the row was created.';
COMMENT ON COLUMN preceptors.updated_at IS 'When the row was last changed.';

INSERT INTO preceptors (
    id,
    name,
    email,
    specialty,
    max_students,
    health_system_id,
    site_id,
    created_at,
    updated_at
)
SELECT
    id,
    name,
    email,
    specialty,
    max_students,
    health_system_id,
    site_id,
    created_at,
    updated_at
FROM preceptors_set_aside;
DROP TABLE preceptors_set_aside;

ALTER TABLE preceptor_team_members ADD COLUMN fallback_only BOOLEAN NOT NULL DEFAULT FALSE;
COMMENT ON COLUMN preceptor_team_members.fallback_only IS
'Area 7, fallback system. Whether the member only stands in for the other members.';

CREATE TABLE preceptor_specialties (
    id           TEXT      NOT NULL DEFAULT (CAST(gen_random_uuid() AS TEXT)) PRIMARY KEY,
    preceptor_id TEXT      NOT NULL,
    specialty    TEXT      NOT NULL,
    created_at   TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at   TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    -- An id has the form of a UUID.
    CHECK (id LIKE '________-____-____-____-____________'),
    -- A further specialty is a preceptor's, and goes with the preceptor.
    FOREIGN KEY (preceptor_id) REFERENCES preceptors (id) /* ON DELETE CASCADE */,
    -- A preceptor has a further specialty once.
    UNIQUE (preceptor_id, specialty),
    -- A specialty is not blank.
    CHECK (trim(specialty) <> '')
);

COMMENT ON TABLE preceptor_specialties IS 'A specialty that a preceptor practices beside the main one.';
COMMENT ON COLUMN preceptor_specialties.id IS 'Identifies the row.';
COMMENT ON COLUMN preceptor_specialties.preceptor_id IS 'The preceptor.';
COMMENT ON COLUMN preceptor_specialties.specialty IS 'The further specialty.';
COMMENT ON COLUMN preceptor_specialties.created_at IS 'When the row was created.';
COMMENT ON COLUMN preceptor_specialties.updated_at IS 'When the row was last changed.';

CREATE TABLE preceptor_sites (
    id               TEXT      NOT NULL DEFAULT (CAST(gen_random_uuid() AS TEXT)) PRIMARY KEY,
    preceptor_id     TEXT      NOT NULL,
    health_system_id TEXT      NOT NULL,
    site_id          TEXT      NOT NULL,
    created_at       TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at       TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    -- An id has the form of a UUID.
    CHECK (id LIKE '________-____-____-____-____________'),
    -- A further site is a preceptor's of that health system, and goes with the preceptor.
    FOREIGN KEY (preceptor_id, health_system_id) REFERENCES preceptors (id, health_system_id) /* ON DELETE CASCADE */,
    -- The health system of a further site cannot go while preceptors have one there.
    FOREIGN KEY (health_system_id) REFERENCES health_systems (id),
    -- A further site belongs to the preceptor's own health system, and cannot go while it has preceptors.
    FOREIGN KEY (site_id, health_system_id) REFERENCES sites (id, health_system_id),
    -- A preceptor has a further site once.
    UNIQUE (preceptor_id, site_id)
);

COMMENT ON TABLE preceptor_sites IS
'Area 5, health-system continuity. A site where a preceptor works beside the main one.';
COMMENT ON COLUMN preceptor_sites.id IS 'Identifies the row.';
COMMENT ON COLUMN preceptor_sites.preceptor_id IS 'The preceptor.';
COMMENT ON COLUMN preceptor_sites.health_system_id IS 'The health system of both.';
COMMENT ON COLUMN preceptor_sites.site_id IS 'The further site.';
COMMENT ON COLUMN preceptor_sites.created_at IS 'When the row was created.';
COMMENT ON COLUMN preceptor_sites.updated_at IS 'When the row was last changed.';
