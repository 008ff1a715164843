-- id: clerkship-has-requirement
-- area: 3
-- severity: error
-- about: clerkships
-- sentence: A configured clerkship has at least one requirement.
-- message: {clerkship} is configured, but has no requirement, so none of its days can be scheduled.
-- remedy: Store a requirement of {days} days for {clerkship} in clerkship_requirements.
SELECT
    clerkships.id AS row_id,
    NULL AS value,
    clerkships.name AS clerkship,
    clerkships.required_days AS days
FROM clerkships
INNER JOIN clerkship_configurations ON clerkships.id = clerkship_configurations.clerkship_id
LEFT JOIN clerkship_requirements ON clerkships.id = clerkship_requirements.clerkship_id
WHERE clerkship_requirements.id IS NULL
