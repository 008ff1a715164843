-- What every seed uses: fixed ids, a fixed time, and the id of a row by its name. A name that nothing bears stops the
-- seed with an error, so that a misspelling never vanishes in a join. All of it is gone when the seed is done.
-- sqlfluff:exclude_rules:CP05,LT14

-- The id of a sample row: always the same for the same kind of row and the same name.
CREATE TEMP MACRO seed_id(kind, name) AS CAST(CAST(md5(kind || ': ' || name) AS UUID) AS TEXT);

-- When the sample rows were created and last changed.
CREATE TEMP VIEW stamp AS
SELECT
    TIMESTAMP '2026-01-05 08:00:00' AS created_at,
    TIMESTAMP '2026-01-05 08:00:00' AS updated_at;

-- Each lookup takes NULL for "none" or "any" and gives NULL back; whether that may be is for the column to say.

CREATE TEMP MACRO health_system_named(wanted) AS
coalesce(
    (SELECT id FROM health_systems WHERE name = wanted),
    CASE WHEN wanted IS NOT NULL THEN error('No health system is named ' || wanted || '.') END
);

CREATE TEMP MACRO site_named(system, wanted) AS
coalesce(
    (SELECT id FROM sites WHERE health_system_id = health_system_named(system) AND name = wanted),
    CASE WHEN wanted IS NOT NULL THEN error(system || ' has no site named ' || wanted || '.') END
);

CREATE TEMP MACRO clerkship_named(wanted) AS
coalesce(
    (SELECT id FROM clerkships WHERE name = wanted),
    CASE WHEN wanted IS NOT NULL THEN error('No clerkship is named ' || wanted || '.') END
);

CREATE TEMP MACRO configuration_of(clerkship) AS
coalesce(
    (SELECT id FROM clerkship_configurations WHERE clerkship_id = clerkship_named(clerkship)),
    CASE WHEN clerkship IS NOT NULL THEN error(clerkship || ' has no configuration.') END
);

CREATE TEMP MACRO preceptor_named(wanted) AS
coalesce(
    (SELECT id FROM preceptors WHERE name = wanted),
    CASE WHEN wanted IS NOT NULL THEN error('No preceptor is named ' || wanted || '.') END
);

CREATE TEMP MACRO team_named(wanted) AS
coalesce(
    (SELECT id FROM preceptor_teams WHERE name = wanted),
    CASE WHEN wanted IS NOT NULL THEN error('No team is named ' || wanted || '.') END
);
