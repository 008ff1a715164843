-- id: elective-can-be-staffed
-- area: 6
-- severity: error
-- about: clerkship_electives.specialty
-- sentence: Somebody has the specialty that an elective names.
-- message: The elective {elective} of {clerkship} needs a preceptor of {value}, and there is none.
-- remedy: Store a preceptor of {value}, or change or empty the specialty of {elective}.
SELECT
    electives.id AS row_id,
    electives.specialty AS value,
    electives.name AS elective,
    clerkships.name AS clerkship
FROM clerkship_electives AS electives
INNER JOIN clerkship_configurations AS configurations ON electives.configuration_id = configurations.id
INNER JOIN clerkships ON configurations.clerkship_id = clerkships.id
WHERE
    electives.specialty IS NOT NULL
    AND electives.specialty NOT IN (
        SELECT practiced.specialty
        FROM practiced_specialties AS practiced
        INNER JOIN preceptors ON practiced.preceptor_id = preceptors.id
        WHERE NOT preceptors.fallback_only
    )
    AND electives.id NOT IN (SELECT named.elective_id FROM elective_preceptors AS named)
