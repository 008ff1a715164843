-- id: block-size-is-set
-- area: 8
-- severity: error
-- about: clerkship_configurations.block_size_days
-- sentence: A hybrid clerkship with a requirement that is scheduled in blocks has a block size.
-- message: The {requirement} requirement of {clerkship} is scheduled in blocks, but block_size_days is not set.
-- remedy: Set block_size_days of {clerkship}, or assign its {requirement} requirement in another way.

-- Under any other strategy a requirement in blocks is at odds with the strategy, which is another rule, or the database
-- demands the block size.
SELECT
    configurations.id AS row_id,
    NULL AS value,
    clerkships.name AS clerkship,
    requirements.requirement_type AS requirement
FROM clerkship_configurations AS configurations
INNER JOIN clerkships ON configurations.clerkship_id = clerkships.id
INNER JOIN clerkship_requirements AS requirements ON clerkships.id = requirements.clerkship_id
WHERE
    configurations.assignment_strategy = 'hybrid'
    AND requirements.assignment_mode = 'block_based'
    AND configurations.block_size_days IS NULL
