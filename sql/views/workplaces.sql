CREATE VIEW workplaces AS
SELECT
    id AS preceptor_id,
    site_id
FROM preceptors
WHERE site_id IS NOT NULL
UNION
SELECT
    preceptor_id,
    site_id
FROM preceptor_sites;

COMMENT ON VIEW workplaces IS 'The main site of each preceptor, and the further ones.';
