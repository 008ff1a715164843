-- id: rotation-has-several-preceptors
-- area: 1
-- severity: warning
-- about: clerkship_requirements.assignment_mode
-- sentence: Days that rotate have at least two preceptors to rotate among.
-- message: {clerkship} assigns its {value} days to a new preceptor each day, and {who} has its specialty, {specialty}.
-- remedy: Add preceptors of {specialty}, or make the assignment_mode of the requirement continuous_single.
SELECT
    held.requirement_id AS row_id,
    held.requirement AS value,
    held.clerkship,
    clerkships.specialty,
    coalesce('only ' || max(preceptors.name), 'nobody') AS who
FROM effective_settings AS held
INNER JOIN clerkships ON held.clerkship_id = clerkships.id
LEFT JOIN practiced_specialties AS practiced ON clerkships.specialty = practiced.specialty
LEFT JOIN preceptors ON practiced.preceptor_id = preceptors.id AND NOT preceptors.fallback_only
WHERE
    held.requirement_id IS NOT NULL
    AND held.assignment_mode = 'daily_rotation'
    AND held.requirement_type <> 'elective'
GROUP BY held.requirement_id, held.requirement, held.clerkship, clerkships.specialty
HAVING count(preceptors.id) < 2
