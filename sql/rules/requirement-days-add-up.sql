-- id: requirement-days-add-up
-- area: 3
-- severity: error
-- about: clerkships.required_days
-- sentence: The days of a clerkship's requirements add up to its own days, or to more where one has a minimum.
-- message: {clerkship} lasts {value} days, but its requirements add up to {days}.
-- remedy: Change required_days of {clerkship}, or of one of its requirements, so that they agree.

-- With a minimum, a student chooses how many days of it make up the clerkship.
SELECT
    clerkships.id AS row_id,
    clerkships.required_days AS value,
    clerkships.name AS clerkship,
    sum(requirements.required_days) AS days
FROM clerkships
INNER JOIN clerkship_requirements AS requirements ON clerkships.id = requirements.clerkship_id
GROUP BY clerkships.id, clerkships.required_days, clerkships.name
HAVING
    sum(requirements.required_days) < clerkships.required_days
    OR (sum(requirements.required_days) > clerkships.required_days AND count(requirements.minimum_days) = 0)
