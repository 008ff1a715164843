-- id: fallback-shares-specialty
-- area: 7
-- severity: error
-- about: preceptor_fallbacks.fallback_preceptor_id
-- sentence: Whoever stands in has the specialty of the preceptor who cannot teach.
-- message: {fallback} ({value}) stands in for {preceptor} ({specialty}), whose specialty is another.
-- remedy: Let someone who practices {specialty} stand in for {preceptor}.
SELECT
    fallbacks.id AS row_id,
    stand_in.specialty AS value,
    stand_in.name AS fallback,
    preceptors.name AS preceptor,
    preceptors.specialty
FROM preceptor_fallbacks AS fallbacks
INNER JOIN preceptors ON fallbacks.primary_preceptor_id = preceptors.id
INNER JOIN preceptors AS stand_in ON fallbacks.fallback_preceptor_id = stand_in.id
WHERE NOT EXISTS (
    SELECT 1
    FROM practiced_specialties AS own
    INNER JOIN practiced_specialties AS shared ON own.specialty = shared.specialty
    WHERE own.preceptor_id = preceptors.id AND shared.preceptor_id = stand_in.id
)
