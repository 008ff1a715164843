-- id: requirement-days-add-up
-- area: 3
-- severity: error
-- about: clerkships.required_days
-- sentence: The days of a clerkship's requirements add up to the days of the clerkship.
-- message: {clerkship} lasts {value} days, but its requirements add up to {days}.
-- remedy: Change required_days of {clerkship}, or of one of its requirements, so that they agree.
SELECT
    clerkships.id AS row_id,
    clerkships.required_days AS value,
    clerkships.name AS clerkship,
    sum(requirements.required_days) AS days
FROM clerkships
INNER JOIN clerkship_requirements AS requirements ON clerkships.id = requirements.clerkship_id
GROUP BY clerkships.id, clerkships.required_days, clerkships.name
HAVING sum(requirements.required_days) <> clerkships.required_days
