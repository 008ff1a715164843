-- id: requirement-minimum-fits
-- area: 3
-- severity: error
-- about: clerkships.required_days
-- sentence: The fewest days of a clerkship's requirements are no more than the days of the clerkship.
-- message: {clerkship} lasts {value} days, but its requirements take at least {days}.
-- remedy: Lower minimum_days of a requirement of {clerkship}, or raise its required_days to {days}.
SELECT
    clerkships.id AS row_id,
    clerkships.required_days AS value,
    clerkships.name AS clerkship,
    sum(coalesce(requirements.minimum_days, requirements.required_days)) AS days
FROM clerkships
INNER JOIN clerkship_requirements AS requirements ON clerkships.id = requirements.clerkship_id
GROUP BY clerkships.id, clerkships.required_days, clerkships.name
HAVING
    count(requirements.minimum_days) > 0
    AND sum(coalesce(requirements.minimum_days, requirements.required_days)) > clerkships.required_days
