-- id: required-electives-fit
-- area: 6
-- severity: error
-- about: clerkship_configurations
-- sentence: The electives that every student takes fit together into the elective days.
-- message: The required electives of {clerkship} take {value} days together, but it has {days} days for electives.
-- remedy: Lower minimum_days of a required elective, or give the elective requirement of {clerkship} more days.

-- An elective that does not even fit alone breaks another rule.
WITH
compulsory AS (
    SELECT
        electives.configuration_id,
        sum(electives.minimum_days) AS days,
        max(electives.minimum_days) AS longest
    FROM clerkship_electives AS electives
    WHERE electives.is_required
    GROUP BY electives.configuration_id
),

available AS (
    SELECT
        requirements.clerkship_id,
        sum(requirements.required_days) AS days
    FROM clerkship_requirements AS requirements
    WHERE requirements.requirement_type = 'elective'
    GROUP BY requirements.clerkship_id
)

SELECT
    compulsory.configuration_id AS row_id,
    compulsory.days AS value,
    clerkships.name AS clerkship,
    available.days
FROM compulsory
INNER JOIN clerkship_configurations AS configurations ON compulsory.configuration_id = configurations.id
INNER JOIN clerkships ON configurations.clerkship_id = clerkships.id
INNER JOIN available ON clerkships.id = available.clerkship_id
WHERE compulsory.days > available.days AND compulsory.longest <= available.days
