-- id: rotation-has-several-preceptors
-- area: 1
-- severity: warning
-- about: clerkship_requirements.assignment_mode
-- sentence: Days that rotate have at least two preceptors to rotate among.
-- message: {clerkship} assigns its {value} days to a new preceptor each day, and {who} has its specialty, {specialty}.
-- remedy: Add preceptors of {specialty}, or make the assignment_mode of the requirement continuous_single.
SELECT
    requirements.id AS row_id,
    requirements.requirement_type AS value,
    clerkships.name AS clerkship,
    clerkships.specialty,
    coalesce('only ' || max(preceptors.name), 'nobody') AS who
FROM clerkship_requirements AS requirements
INNER JOIN clerkships ON requirements.clerkship_id = clerkships.id
LEFT JOIN preceptors ON clerkships.specialty = preceptors.specialty
WHERE requirements.assignment_mode = 'daily_rotation' AND requirements.requirement_type <> 'elective'
GROUP BY requirements.id, requirements.requirement_type, clerkships.name, clerkships.specialty
HAVING count(preceptors.id) < 2
