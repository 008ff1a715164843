-- id: block-size-is-set
-- area: 8
-- severity: error
-- about: clerkship_requirements.block_size_days
-- sentence: A requirement that is scheduled in blocks has a block size: its own, the clerkship's or the school's.
-- message: The {requirement} requirement of {clerkship} is scheduled in blocks, but block_size_days is not set.
-- remedy: Set block_size_days of {clerkship}, or a default in school_defaults,
--     or assign its {requirement} requirement in another way.

-- Under a strategy without blocks, a requirement in blocks is at odds with the strategy, which is another rule.
SELECT
    held.requirement_id AS row_id,
    NULL AS value,
    held.clerkship,
    held.requirement
FROM effective_settings AS held
WHERE
    held.requirement_id IS NOT NULL
    AND held.assignment_mode = 'block_based'
    AND held.block_size_days IS NULL
    AND coalesce(held.assignment_strategy, 'hybrid') IN ('block_based', 'hybrid')
