-- id: mode-matches-strategy
-- area: 1
-- severity: error
-- about: clerkship_requirements.assignment_mode
-- sentence: Where the strategy is not hybrid, every requirement is assigned by the clerkship's strategy.
-- message: {clerkship} is {strategy}, but its {requirement} requirement is assigned as {value}.
-- remedy: Make {strategy} the assignment_mode of the requirement, or hybrid the assignment_strategy of {clerkship}.
SELECT
    requirements.id AS row_id,
    requirements.assignment_mode AS value,
    clerkships.name AS clerkship,
    requirements.requirement_type AS requirement,
    configurations.assignment_strategy AS strategy
FROM clerkship_requirements AS requirements
INNER JOIN clerkships ON requirements.clerkship_id = clerkships.id
INNER JOIN clerkship_configurations AS configurations ON clerkships.id = configurations.clerkship_id
WHERE
    configurations.assignment_strategy <> 'hybrid'
    AND requirements.assignment_mode <> configurations.assignment_strategy
