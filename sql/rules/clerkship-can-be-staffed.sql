-- id: clerkship-can-be-staffed
-- area: 5
-- severity: error
-- about: clerkships.specialty
-- sentence: Somebody has the specialty of each clerkship, in a named health system where one is keeping.
-- message: {clerkship} needs a preceptor of {value}{place}, and there is none.
-- remedy: Find a preceptor of {value}{place}, or change the specialty of {clerkship}.

-- Unassigned is where preceptors wait for their health system: a student cannot be kept in it.
WITH
keeping AS (
    SELECT DISTINCT held.clerkship_id
    FROM effective_settings AS held
    WHERE held.health_system_continuity = 'enforce_same_system'
)

SELECT
    clerkships.id AS row_id,
    clerkships.specialty AS value,
    clerkships.name AS clerkship,
    CASE
        WHEN keeping.clerkship_id IS NOT NULL THEN ' in a health system that its students can stay in'
        ELSE ''
    END AS place
FROM clerkships
LEFT JOIN keeping ON clerkships.id = keeping.clerkship_id
WHERE NOT EXISTS (
    SELECT 1
    FROM practiced_specialties AS practiced
    INNER JOIN preceptors ON practiced.preceptor_id = preceptors.id
    INNER JOIN health_systems ON preceptors.health_system_id = health_systems.id
    WHERE
        practiced.specialty = clerkships.specialty
        AND (keeping.clerkship_id IS NULL OR health_systems.name <> 'Unassigned')
)
