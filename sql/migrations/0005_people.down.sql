-- Back to one specialty and one site of each preceptor. Further ones, part time and who only stands in are lost. It
-- fails while a preceptor has no email address, or two health systems share a name.

DROP TABLE preceptor_sites;
DROP TABLE preceptor_specialties;
ALTER TABLE preceptor_team_members DROP COLUMN fallback_only;

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
