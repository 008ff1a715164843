-- id: rotation-has-several-preceptors
-- area: 1
-- severity: warning
-- about: clerkship_requirements.assignment_mode
-- sentence: Days that rotate have two preceptors to rotate among, in one health system if students stay in one.
-- message: {clerkship} assigns its {value} days to a new preceptor each day, and {who} may teach them.
-- remedy: Add preceptors of {specialty}{place}, or make the assignment_mode of the requirement continuous_single.
SELECT
    held.requirement_id AS row_id,
    held.requirement AS value,
    held.clerkship,
    clerkships.specialty,
    CASE
        WHEN reachable.preceptors = 0 THEN 'nobody'
        WHEN reachable.in_one_system THEN 'only one preceptor of a health system'
        ELSE 'only ' || max(preceptors.name)
    END AS who,
    CASE
        WHEN held.requirement_id IN (SELECT allowed.requirement_id FROM requirement_sites AS allowed)
            THEN ' at the sites of the requirement'
        ELSE ''
    END || CASE WHEN reachable.in_one_system THEN ' in one health system' ELSE '' END AS place
FROM effective_settings AS held
INNER JOIN clerkships ON held.clerkship_id = clerkships.id
INNER JOIN reachable_preceptors AS reachable ON held.requirement_id = reachable.requirement_id
LEFT JOIN eligible_preceptors AS eligible ON held.requirement_id = eligible.requirement_id
LEFT JOIN preceptors ON eligible.preceptor_id = preceptors.id
WHERE
    held.assignment_mode = 'daily_rotation'
    AND held.requirement_type <> 'elective'
    AND reachable.preceptors < 2
GROUP BY
    held.requirement_id,
    held.requirement,
    held.clerkship,
    clerkships.specialty,
    reachable.preceptors,
    reachable.in_one_system
