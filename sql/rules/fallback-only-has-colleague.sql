-- id: fallback-only-has-colleague
-- area: 7
-- severity: error
-- about: clerkships.specialty
-- sentence: Of those who practice the specialty of a clerkship, not all only stand in for others.
-- message: {clerkship} has nobody to teach it: all of {value} only stand in for others ({preceptors}).
-- remedy: Set fallback_only of one of them to false, or find another preceptor of {value}.
SELECT
    clerkships.id AS row_id,
    clerkships.specialty AS value,
    clerkships.name AS clerkship,
    string_agg(preceptors.name, ', ' ORDER BY preceptors.name) AS preceptors
FROM clerkships
INNER JOIN practiced_specialties AS practiced ON clerkships.specialty = practiced.specialty
INNER JOIN preceptors ON practiced.preceptor_id = preceptors.id
GROUP BY clerkships.id, clerkships.specialty, clerkships.name
HAVING count(CASE WHEN NOT preceptors.fallback_only THEN 1 END) = 0
