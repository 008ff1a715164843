-- What the scheduling application already has: the clerkships of the school, and the preceptors who teach them.

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
