-- id: elective-teacher-has-specialty
-- area: 6
-- severity: error
-- about: elective_preceptors.preceptor_id
-- sentence: A preceptor whom an elective names practices its specialty, and does not only stand in for others.
-- message: {value}, who teaches the elective {elective} of {clerkship}, {problem}.
-- remedy: Name another preceptor for {elective}, or change {value} or the specialty of {elective}.
SELECT
    named.id AS row_id,
    preceptors.name AS value,
    electives.name AS elective,
    clerkships.name AS clerkship,
    CASE
        WHEN preceptors.fallback_only THEN 'only stands in for others'
        ELSE 'does not practice ' || electives.specialty
    END AS problem
FROM elective_preceptors AS named
INNER JOIN preceptors ON named.preceptor_id = preceptors.id
INNER JOIN clerkship_electives AS electives ON named.elective_id = electives.id
INNER JOIN clerkship_configurations AS configurations ON electives.configuration_id = configurations.id
INNER JOIN clerkships ON configurations.clerkship_id = clerkships.id
WHERE
    preceptors.fallback_only
    OR electives.specialty NOT IN (
        SELECT practiced.specialty
        FROM practiced_specialties AS practiced
        WHERE practiced.preceptor_id = preceptors.id
    )
