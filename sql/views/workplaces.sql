CREATE VIEW workplaces AS
WITH
places AS (
    SELECT
        id AS preceptor_id,
        site_id
    FROM preceptors
    WHERE site_id IS NOT NULL
    UNION
    SELECT
        preceptor_id,
        site_id
    FROM preceptor_sites
)

SELECT
    preceptor_id,
    site_id,
    count(*) OVER (PARTITION BY preceptor_id) = 1 AS is_only
FROM places;

COMMENT ON VIEW workplaces IS 'The main site of each preceptor, and the further ones.';
COMMENT ON COLUMN workplaces.is_only IS 'Whether the preceptor works at no other site.';
