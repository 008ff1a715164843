-- id: preceptors-met-exist
-- area: 2
-- severity: error
-- about: clerkship_requirements.preceptors_min
-- sentence: A requirement has as many preceptors as a student must meet, in one health system if students stay in one.
-- message: In the {requirement} days of {clerkship} a student meets {value} preceptors, but {found}{place} may teach.
-- remedy: Lower preceptors_min of the requirement to {found}, or find more preceptors.
SELECT
    requirements.id AS row_id,
    requirements.preceptors_min AS value,
    held.clerkship,
    held.requirement,
    reachable.preceptors AS found,
    CASE WHEN reachable.in_one_system THEN ' of one health system' ELSE '' END AS place
FROM clerkship_requirements AS requirements
INNER JOIN effective_settings AS held ON requirements.id = held.requirement_id
INNER JOIN reachable_preceptors AS reachable ON requirements.id = reachable.requirement_id
WHERE requirements.preceptors_min > 1 AND reachable.preceptors < requirements.preceptors_min
