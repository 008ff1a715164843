-- id: preceptors-met-fit-mode
-- area: 2
-- severity: error
-- about: clerkship_requirements.assignment_mode
-- sentence: A student meets one preceptor where one teaches all days, and several where days rotate or a team teaches.
-- message: The {requirement} days of {clerkship} are assigned as {value}, but a student meets {preceptors} there.
-- remedy: Change preceptors_min or preceptors_max of the requirement, or its assignment_mode.
SELECT
    requirements.id AS row_id,
    held.assignment_mode AS value,
    held.clerkship,
    held.requirement,
    CASE
        WHEN held.assignment_mode = 'continuous_single'
            THEN 'at least ' || CAST(requirements.preceptors_min AS TEXT) || ' preceptors'
        ELSE 'at most 1 preceptor'
    END AS preceptors
FROM clerkship_requirements AS requirements
INNER JOIN effective_settings AS held ON requirements.id = held.requirement_id
WHERE
    (held.assignment_mode = 'continuous_single' AND requirements.preceptors_min > 1)
    OR (
        held.assignment_mode IN ('continuous_team', 'daily_rotation')
        AND requirements.preceptors_max = 1
        AND held.required_days > 1
    )
