-- id: elective-needs-requirement
-- area: 6
-- severity: error
-- about: clerkship_configurations
-- sentence: A clerkship that lists electives has an elective requirement.
-- message: {clerkship} lists electives ({value}), but has no elective requirement, so no days for them.
-- remedy: Store an elective requirement for {clerkship} in clerkship_requirements, or delete its electives.
SELECT
    configurations.id AS row_id,
    string_agg(electives.name, ', ' ORDER BY electives.name) AS value,
    clerkships.name AS clerkship
FROM clerkship_electives AS electives
INNER JOIN clerkship_configurations AS configurations ON electives.configuration_id = configurations.id
INNER JOIN clerkships ON configurations.clerkship_id = clerkships.id
LEFT JOIN clerkship_requirements AS requirements
    ON clerkships.id = requirements.clerkship_id AND requirements.requirement_type = 'elective'
WHERE requirements.id IS NULL
GROUP BY configurations.id, clerkships.name
