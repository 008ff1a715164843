-- id: preceptors-met-exist
-- area: 2
-- severity: error
-- about: clerkship_requirements.preceptors_min
-- sentence: As many preceptors may teach a requirement as a student has to meet there.
-- message: In the {requirement} days of {clerkship} a student meets at least {value} preceptors, but {found} may teach.
-- remedy: Lower preceptors_min of the requirement to {found}, or find more preceptors.
SELECT
    requirements.id AS row_id,
    requirements.preceptors_min AS value,
    held.clerkship,
    held.requirement,
    count(DISTINCT eligible.preceptor_id) AS found
FROM clerkship_requirements AS requirements
INNER JOIN effective_settings AS held ON requirements.id = held.requirement_id
LEFT JOIN eligible_preceptors AS eligible ON requirements.id = eligible.requirement_id
WHERE requirements.preceptors_min > 1
GROUP BY requirements.id, requirements.preceptors_min, held.clerkship, held.requirement
HAVING count(DISTINCT eligible.preceptor_id) < requirements.preceptors_min
