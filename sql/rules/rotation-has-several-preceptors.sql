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
        WHEN staffing.preceptors = 0 THEN 'nobody'
        ELSE coalesce('only ' || staffing.only_preceptor, 'no two preceptors of one health system')
    END AS who,
    CASE
        WHEN held.requirement_id IN (SELECT allowed.requirement_id FROM requirement_sites AS allowed)
            THEN ' at the sites of the requirement'
        ELSE ''
    END || CASE WHEN staffing.in_one_system THEN ' in one health system' ELSE '' END AS place
FROM effective_settings AS held
INNER JOIN clerkships ON held.clerkship_id = clerkships.id
INNER JOIN requirement_staffing AS staffing ON held.requirement_id = staffing.requirement_id
WHERE
    held.assignment_mode = 'daily_rotation'
    AND held.requirement_type <> 'elective'
    AND held.required_days > 1
    AND staffing.preceptors_met < 2
