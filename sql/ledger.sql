-- What clerkbench keeps in a database about itself, so that a file can be understood, and rolled back, on its own.

CREATE TABLE IF NOT EXISTS clerkbench_migrations (
    version     INTEGER   NOT NULL PRIMARY KEY,
    name        TEXT      NOT NULL,
    checksum    TEXT      NOT NULL,
    up_script   TEXT      NOT NULL,
    down_script TEXT      NOT NULL,
    applied_at  TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);

COMMENT ON TABLE clerkbench_migrations IS 'The migrations this database has, with the scripts that made and unmake it.';

CREATE TABLE IF NOT EXISTS clerkbench_views (
    name     TEXT NOT NULL,
    checksum TEXT NOT NULL
);

COMMENT ON TABLE clerkbench_views IS 'The views this database has, and which text of each.';

CREATE TABLE IF NOT EXISTS clerkbench_seeds (
    school    TEXT      NOT NULL,
    seeded_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);

COMMENT ON TABLE clerkbench_seeds IS 'The sample school this database was filled with, if any.';
