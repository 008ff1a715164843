-- How many students the preceptors of a clerkship's specialty take there who have no rule for it of its own.
-- $1 is the clerkship's id.
SELECT
    preceptor,
    max_students_per_day,
    max_students_per_year,
    max_students_per_block,
    CASE decided_by
        WHEN 'max_students' THEN 'preceptor''s max_students'
        ELSE decided_by
    END AS origin
FROM effective_capacity
WHERE clerkship_id = $1 AND same_specialty AND decided_by <> 'clerkship rule'
ORDER BY origin, preceptor;
