-- Undoes electives_last_a_week. No value is lost.
CREATE TABLE electives_set_aside AS SELECT * FROM clerkship_electives;
DROP TABLE clerkship_electives;

CREATE TABLE clerkship_electives (
    id               TEXT      NOT NULL DEFAULT (CAST(gen_random_uuid() AS TEXT)) PRIMARY KEY,
    configuration_id TEXT      NOT NULL,
    name             TEXT      NOT NULL,
    minimum_days     INTEGER   NOT NULL DEFAULT 1,
    specialty        TEXT,
    created_at       TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at       TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    is_required      BOOLEAN   NOT NULL DEFAULT FALSE,
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
COMMENT ON COLUMN clerkship_electives.is_required IS 'Whether every student takes it; otherwise it is a choice.';

INSERT INTO clerkship_electives (id, configuration_id, name, minimum_days, specialty, created_at, updated_at, is_required)
SELECT id, configuration_id, name, minimum_days, specialty, created_at, updated_at, is_required
FROM electives_set_aside;
DROP TABLE electives_set_aside;
