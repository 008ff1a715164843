-- id: hybrid-mixes-modes
-- area: 1
-- severity: error
-- about: clerkship_configurations.assignment_strategy
-- sentence: A hybrid clerkship assigns its requirements in at least two different modes.
-- message: {clerkship} is hybrid, but all its requirements are assigned as {shared_mode}.
-- remedy: Give one requirement of {clerkship} another assignment_mode, or make {shared_mode} its assignment_strategy.

-- One that is to be split and has a single requirement breaks another rule, and cannot mix anything yet.
SELECT
    configurations.id AS row_id,
    configurations.assignment_strategy AS value,
    held.clerkship,
    min(held.assignment_mode) AS shared_mode
FROM effective_settings AS held
INNER JOIN clerkship_configurations AS configurations ON held.configuration_id = configurations.id
WHERE configurations.assignment_strategy = 'hybrid' AND held.requirement_id IS NOT NULL
GROUP BY
    configurations.id, configurations.assignment_strategy, configurations.requirement_structure, held.clerkship
HAVING
    min(held.assignment_mode) = max(held.assignment_mode)
    AND (configurations.requirement_structure = 'single' OR count(*) > 1)
