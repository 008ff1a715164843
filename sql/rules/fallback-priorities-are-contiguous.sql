-- id: fallback-priorities-are-contiguous
-- area: 7
-- severity: warning
-- about: preceptor_fallbacks.priority
-- sentence: The fallbacks of a preceptor, for one clerkship or for any, have the priorities 1, 2, 3 and so on.
-- message: The fallbacks of {preceptor} in {scope} have the priorities {value}, and should count from 1 without a gap.
-- remedy: Number the fallbacks of {preceptor} anew: 1, 2, 3 and so on.
SELECT
    min(fallbacks.id) AS row_id,
    string_agg(CAST(fallbacks.priority AS TEXT), ', ' ORDER BY fallbacks.priority) AS value,
    preceptors.name AS preceptor,
    coalesce(clerkships.name, 'any clerkship') AS scope
FROM preceptor_fallbacks AS fallbacks
INNER JOIN preceptors ON fallbacks.primary_preceptor_id = preceptors.id
LEFT JOIN clerkships ON fallbacks.clerkship_id = clerkships.id
GROUP BY preceptors.id, preceptors.name, clerkships.id, clerkships.name
HAVING max(fallbacks.priority) <> count(*)
