-- id: block-fits-requirement
-- area: 8
-- severity: error
-- about: clerkship_configurations.block_size_days
-- sentence: A block is no longer than the requirement that is scheduled in blocks.
-- message: A block of {clerkship} lasts {value} days, but its {requirement} requirement has only {days}.
-- remedy: Lower block_size_days of {clerkship} to {days} or less, or give the requirement more days.
SELECT
    configurations.id AS row_id,
    configurations.block_size_days AS value,
    clerkships.name AS clerkship,
    requirements.requirement_type AS requirement,
    requirements.required_days AS days
FROM clerkship_configurations AS configurations
INNER JOIN clerkships ON configurations.clerkship_id = clerkships.id
INNER JOIN clerkship_requirements AS requirements ON clerkships.id = requirements.clerkship_id
WHERE
    requirements.assignment_mode = 'block_based'
    AND configurations.block_size_days > requirements.required_days
