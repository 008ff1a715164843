-- id: block-size-is-set
-- area: 8
-- severity: error
-- about: clerkship_configurations.block_size_days
-- sentence: A clerkship with a requirement that is scheduled in blocks has a block size.
-- message: The {requirement} requirement of {clerkship} is scheduled in blocks, but block_size_days is not set.
-- remedy: Set block_size_days of {clerkship}, or assign its {requirement} requirement in another way.
SELECT
    configurations.id AS row_id,
    NULL AS value,
    clerkships.name AS clerkship,
    requirements.requirement_type AS requirement
FROM clerkship_configurations AS configurations
INNER JOIN clerkships ON configurations.clerkship_id = clerkships.id
INNER JOIN clerkship_requirements AS requirements ON clerkships.id = requirements.clerkship_id
WHERE requirements.assignment_mode = 'block_based' AND configurations.block_size_days IS NULL
