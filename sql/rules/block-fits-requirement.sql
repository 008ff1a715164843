-- id: block-fits-requirement
-- area: 8
-- severity: error
-- about: clerkship_requirements.block_size_days
-- sentence: A block is no longer than the requirement that is scheduled in blocks.
-- message: A block of {clerkship} lasts {value} days, but its {requirement} requirement has only {days}.
-- remedy: Lower block_size_days of {whose} to {days} or less, or give the requirement more days.
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
    AND held.block_size_days > held.required_days
