-- id: block-divides-requirement
-- area: 8
-- severity: error
-- about: clerkship_requirements.block_size_days
-- sentence: Whole blocks fill the requirement that is scheduled in blocks, unless the last may be shorter.
-- message: Blocks of {value} days do not fill the {days} days of the {requirement} requirement of {clerkship}.
-- remedy: Choose a block_size_days of {whose} that divides {days}, change the days of the requirement,
--     or set allow_partial_blocks of {clerkship} to true.
SELECT
    held.requirement_id AS row_id,
    held.block_size_days AS value,
    held.clerkship,
    held.requirement,
    held.required_days AS days,
    CASE held.block_size_days_origin
        WHEN 'the clerkship' THEN held.clerkship
        WHEN 'the requirement' THEN 'the requirement'
        ELSE 'school_defaults'
    END AS whose
FROM effective_settings AS held
WHERE
    held.requirement_id IS NOT NULL
    AND held.assignment_mode = 'block_based'
    AND NOT held.allow_partial_blocks
    AND held.required_days >= held.block_size_days
    AND held.required_days % held.block_size_days <> 0
