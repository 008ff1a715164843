-- How the days of a requirement are assigned that names no mode of its own.
-- $1 is the clerkship's id.
SELECT
    requirements.id AS row_id,
    held.assignment_mode,
    CASE held.assignment_mode WHEN 'block_based' THEN held.block_size_days END AS block_size_days,
    held.assignment_mode_origin AS origin
FROM clerkship_requirements AS requirements
INNER JOIN effective_settings AS held ON requirements.id = held.requirement_id
WHERE requirements.clerkship_id = $1 AND requirements.assignment_mode IS NULL;
