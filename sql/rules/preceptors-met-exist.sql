-- id: preceptors-met-exist
-- area: 2
-- severity: error
-- about: clerkship_requirements.preceptors_min
-- sentence: A requirement has as many preceptors as a student must meet, in one health system if students stay in one.
-- message: In the {requirement} days of {clerkship} a student meets {value} preceptors, but {found}{place} may teach.
-- remedy: Lower preceptors_min of the requirement to {found}, or find more preceptors.
WITH
pools AS (
    SELECT
        held.requirement_id,
        count(DISTINCT eligible.preceptor_id) AS found
    FROM effective_settings AS held
    INNER JOIN eligible_preceptors AS eligible ON held.requirement_id = eligible.requirement_id
    INNER JOIN health_systems ON eligible.health_system_id = health_systems.id
    WHERE held.health_system_continuity <> 'enforce_same_system' OR health_systems.name <> 'Unassigned'
    GROUP BY
        held.requirement_id,
        CASE WHEN held.health_system_continuity = 'enforce_same_system' THEN eligible.health_system_id END
),

largest AS (
    SELECT
        requirement_id,
        max(found) AS found
    FROM pools
    GROUP BY requirement_id
)

SELECT
    requirements.id AS row_id,
    requirements.preceptors_min AS value,
    held.clerkship,
    held.requirement,
    coalesce(largest.found, 0) AS found,
    CASE WHEN held.health_system_continuity = 'enforce_same_system' THEN ' of one health system' ELSE '' END AS place
FROM clerkship_requirements AS requirements
INNER JOIN effective_settings AS held ON requirements.id = held.requirement_id
LEFT JOIN largest ON requirements.id = largest.requirement_id
WHERE requirements.preceptors_min > 1 AND coalesce(largest.found, 0) < requirements.preceptors_min
