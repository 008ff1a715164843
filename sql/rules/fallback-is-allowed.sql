-- id: fallback-is-allowed
-- area: 7
-- severity: warning
-- about: preceptor_fallbacks.clerkship_id
-- sentence: A clerkship that allows no fallbacks names none.
-- message: {fallback} stands in for {preceptor} in {value}, which allows no fallbacks.
-- remedy: Delete the fallback, or set fallbacks_allowed of {value} to true.
SELECT
    fallbacks.id AS row_id,
    clerkships.name AS value,
    stand_in.name AS fallback,
    preceptors.name AS preceptor
FROM preceptor_fallbacks AS fallbacks
INNER JOIN clerkships ON fallbacks.clerkship_id = clerkships.id
INNER JOIN preceptors ON fallbacks.primary_preceptor_id = preceptors.id
INNER JOIN preceptors AS stand_in ON fallbacks.fallback_preceptor_id = stand_in.id
WHERE clerkships.id NOT IN (
    SELECT held.clerkship_id
    FROM effective_settings AS held
    WHERE held.fallbacks_allowed
)
