-- id: mode-matches-strategy
-- area: 1
-- severity: error
-- about: clerkship_requirements.assignment_mode
-- sentence: Where the strategy is not hybrid, every requirement is assigned by the clerkship's strategy.
-- message: {clerkship} is {strategy}, but its {requirement} requirement is assigned as {value}.
-- remedy: Make {strategy} the assignment_mode of the requirement, or hybrid the assignment_strategy of {clerkship}.
SELECT
    held.requirement_id AS row_id,
    held.assignment_mode AS value,
    held.clerkship,
    held.requirement,
    held.assignment_strategy AS strategy
FROM effective_settings AS held
WHERE
    held.requirement_id IS NOT NULL
    AND held.assignment_strategy <> 'hybrid'
    AND held.assignment_mode <> held.assignment_strategy
