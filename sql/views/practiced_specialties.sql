CREATE VIEW practiced_specialties AS
SELECT
    id AS preceptor_id,
    specialty
FROM preceptors
UNION
SELECT
    preceptor_id,
    specialty
FROM preceptor_specialties;

COMMENT ON VIEW practiced_specialties IS 'The main specialty of each preceptor, and the further ones.';
