-- How many students the preceptors of a clerkship's specialty take there who have no rule for it of its own.
-- $1 is the clerkship's id.
SELECT
    effective_capacity.preceptor,
    effective_capacity.max_students_per_day,
    effective_capacity.max_students_per_year,
    effective_capacity.max_students_per_block,
    CASE effective_capacity.decided_by
        WHEN 'max_students' THEN 'preceptor''s max_students'
        ELSE effective_capacity.decided_by
    END AS origin,
    rules.id AS row_id
FROM effective_capacity
LEFT JOIN preceptor_capacity_rules AS rules
    ON
        effective_capacity.preceptor_id = rules.preceptor_id
        AND rules.clerkship_id IS NULL
        AND effective_capacity.decided_by = 'general rule'
WHERE
    effective_capacity.clerkship_id = $1
    AND effective_capacity.same_specialty
    AND effective_capacity.decided_by <> 'clerkship rule'
ORDER BY origin, effective_capacity.preceptor;
