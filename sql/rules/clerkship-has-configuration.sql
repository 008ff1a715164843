-- id: clerkship-has-configuration
-- area: 1
-- severity: warning
-- about: clerkships
-- sentence: Every clerkship is configured.
-- message: {clerkship} has no configuration, so nothing says how its students are assigned.
-- remedy: Store a configuration for {clerkship} in clerkship_configurations.
SELECT
    clerkships.id AS row_id,
    NULL AS value,
    clerkships.name AS clerkship
FROM clerkships
LEFT JOIN clerkship_configurations ON clerkships.id = clerkship_configurations.clerkship_id
WHERE clerkship_configurations.id IS NULL
