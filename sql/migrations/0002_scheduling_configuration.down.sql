-- Back to clerkships and preceptors alone. Preceptors keep what they had before; the configuration is lost.

DROP TABLE preceptor_capacity_rules;
DROP TABLE preceptor_fallbacks;
DROP TABLE preceptor_team_members;
DROP TABLE preceptor_teams;
DROP TABLE clerkship_electives;
DROP TABLE clerkship_requirements;
DROP TABLE clerkship_configurations;

CREATE TABLE preceptors_set_aside AS SELECT * FROM preceptors;
DROP TABLE preceptors;
DROP TABLE sites;
DROP TABLE health_systems;

CREATE TABLE preceptors (
    id           TEXT      NOT NULL DEFAULT (CAST(gen_random_uuid() AS TEXT)) PRIMARY KEY,
    name         TEXT      NOT NULL,
    email        TEXT      NOT NULL,
    specialty    TEXT      NOT NULL,
    max_students INTEGER   NOT NULL DEFAULT 1,
    created_at   TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at   TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    -- An id has the form of a UUID.
    CHECK (id LIKE '________-____-____-____-____________'),
    -- No two preceptors share an email address.
    UNIQUE (email),
    -- A preceptor takes at least one student.
    CHECK (max_students > 0)
);

COMMENT ON TABLE preceptors IS 'A supervising clinician beside whom students work.';
COMMENT ON COLUMN preceptors.id IS 'Identifies the preceptor.';
COMMENT ON COLUMN preceptors.name IS 'The preceptor''s name, as the school writes it.';
COMMENT ON COLUMN preceptors.email IS 'Where the preceptor is reached; tells apart two of the same name.';
COMMENT ON COLUMN preceptors.specialty IS 'The specialty the preceptor practices.';
COMMENT ON COLUMN preceptors.max_students IS
'Area 4, capacity limits. Students on one day, at most, where no capacity rule says otherwise.';
COMMENT ON COLUMN preceptors.created_at IS 'When the row was created.';
COMMENT ON COLUMN preceptors.updated_at IS 'When the row was last changed.';

INSERT INTO preceptors (id, name, email, specialty, max_students, created_at, updated_at)
SELECT
    id,
    name,
    email,
    specialty,
    max_students,
    created_at,
    updated_at
FROM preceptors_set_aside;
DROP TABLE preceptors_set_aside;
