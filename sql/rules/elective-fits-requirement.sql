-- id: elective-fits-requirement
-- area: 6
-- severity: error
-- about: clerkship_electives.minimum_days
-- sentence: An elective takes no more days than the elective requirement has.
-- message: The elective {elective} takes at least {value} days, but {clerkship} has {days} days for electives.
-- remedy: Lower minimum_days of {elective} to {days} or less,
--     or give the elective requirement of {clerkship} more days.
SELECT
    electives.id AS row_id,
    electives.minimum_days AS value,
    electives.name AS elective,
    clerkships.name AS clerkship,
    max(requirements.required_days) AS days
FROM clerkship_electives AS electives
INNER JOIN clerkship_configurations AS configurations ON electives.configuration_id = configurations.id
INNER JOIN clerkships ON configurations.clerkship_id = clerkships.id
INNER JOIN clerkship_requirements AS requirements ON clerkships.id = requirements.clerkship_id
WHERE requirements.requirement_type = 'elective'
GROUP BY electives.id, electives.minimum_days, electives.name, clerkships.name
HAVING electives.minimum_days > max(requirements.required_days)
