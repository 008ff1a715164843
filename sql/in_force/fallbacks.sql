-- Who steps in for the preceptors of a clerkship's specialty in any clerkship, and so in this one.
-- $1 is the clerkship's id.
SELECT
    primaries.name AS primary_preceptor,
    stand_ins.name AS fallback_preceptor,
    preceptor_fallbacks.priority,
    preceptor_fallbacks.requires_approval,
    preceptor_fallbacks.allow_different_health_system,
    'general rule' AS origin,
    preceptor_fallbacks.id AS row_id
FROM preceptor_fallbacks
INNER JOIN preceptors AS primaries ON preceptor_fallbacks.primary_preceptor_id = primaries.id
INNER JOIN preceptors AS stand_ins ON preceptor_fallbacks.fallback_preceptor_id = stand_ins.id
INNER JOIN practiced_specialties ON primaries.id = practiced_specialties.preceptor_id
INNER JOIN clerkships ON practiced_specialties.specialty = clerkships.specialty
WHERE preceptor_fallbacks.clerkship_id IS NULL AND clerkships.id = $1
ORDER BY primary_preceptor, preceptor_fallbacks.priority, fallback_preceptor;
