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
    held.clerkship,
    string_agg(held.requirement, ', ' ORDER BY held.requirement) AS requirements,
    CASE configurations.requirement_structure WHEN 'single' THEN 'split' ELSE 'single' END AS fitting
FROM effective_settings AS held
INNER JOIN clerkship_configurations AS configurations ON held.configuration_id = configurations.id
WHERE held.requirement_id IS NOT NULL
GROUP BY configurations.id, configurations.requirement_structure, held.clerkship
HAVING (configurations.requirement_structure = 'single') = (count(*) > 1)
