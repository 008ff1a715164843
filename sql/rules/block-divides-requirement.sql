-- id: block-divides-requirement
-- area: 8
-- severity: error
-- about: clerkship_configurations.block_size_days
-- sentence: Whole blocks fill the requirement that is scheduled in blocks, unless the last may be shorter.
-- message: Blocks of {value} days do not fill the {days} days of the {requirement} requirement of {clerkship}.
-- remedy: Choose a block_size_days that divides {days}, change the days of the requirement,
--     or set allow_partial_blocks of {clerkship} to true.
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
    AND NOT configurations.allow_partial_blocks
    AND requirements.required_days >= configurations.block_size_days
    AND requirements.required_days % configurations.block_size_days <> 0
