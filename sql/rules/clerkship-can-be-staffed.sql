-- id: clerkship-can-be-staffed
-- area: 5
-- severity: error
-- about: clerkships.specialty
-- sentence: Somebody has the specialty of each clerkship, in a named health system where one is enforced.
-- message: {clerkship} needs a preceptor of {value}{place}, and there is none.
-- remedy: Find a preceptor of {value}{place}, or change the specialty of {clerkship}.

-- Unassigned is where preceptors wait for their health system: a student cannot be kept in it.
SELECT
    clerkships.id AS row_id,
    clerkships.specialty AS value,
    clerkships.name AS clerkship,
    CASE
        WHEN configurations.health_system_continuity = 'enforce_same_system'
            THEN ' in a health system that its students can stay in'
        ELSE ''
    END AS place
FROM clerkships
LEFT JOIN clerkship_configurations AS configurations ON clerkships.id = configurations.clerkship_id
WHERE NOT EXISTS (
    SELECT 1
    FROM preceptors
    INNER JOIN health_systems ON preceptors.health_system_id = health_systems.id
    WHERE
        preceptors.specialty = clerkships.specialty
        AND (
            coalesce(configurations.health_system_continuity, '') <> 'enforce_same_system'
            OR health_systems.name <> 'Unassigned'
        )
)
