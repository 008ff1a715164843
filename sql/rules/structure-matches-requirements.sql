-- id: structure-matches-requirements
-- area: 3
-- severity: error
-- about: clerkship_configurations.requirement_structure
-- sentence: A clerkship of the structure single has one requirement, a split one at least two.
-- message: {clerkship} has the requirement structure {value}, but its requirements are: {requirements}.
-- remedy: Make the requirement_structure of {clerkship} {fitting}, or change its requirements.
SELECT
    configurations.id AS row_id,
    configurations.requirement_structure AS value,
    clerkships.name AS clerkship,
    string_agg(requirements.requirement_type, ', ' ORDER BY requirements.requirement_type) AS requirements,
    CASE configurations.requirement_structure WHEN 'single' THEN 'split' ELSE 'single' END AS fitting
FROM clerkship_configurations AS configurations
INNER JOIN clerkships ON configurations.clerkship_id = clerkships.id
INNER JOIN clerkship_requirements AS requirements ON clerkships.id = requirements.clerkship_id
GROUP BY configurations.id, configurations.requirement_structure, clerkships.name
HAVING (configurations.requirement_structure = 'single') = (count(*) > 1)
