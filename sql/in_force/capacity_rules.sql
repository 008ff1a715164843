-- How many students the preceptors of a clerkship's specialty, and of its teams, take there without a rule for it of
-- their own.
-- $1 is the clerkship's id.
SELECT DISTINCT
    effective_capacity.preceptor,
    CASE WHEN rules.id IS NULL THEN effective_capacity.requirement_type ELSE rules.requirement_type END
        AS requirement_type,
    effective_capacity.max_students_per_day,
    effective_capacity.max_students_per_year,
    effective_capacity.max_students_per_block,
    replace(effective_capacity.decided_by, 'max_students', 'preceptor''s max_students') AS origin,
    rules.id AS row_id
FROM effective_capacity
LEFT JOIN preceptor_capacity_rules AS rules ON effective_capacity.rule_id = rules.id
WHERE
    effective_capacity.clerkship_id = $1
    AND (
        effective_capacity.team_id IS NOT NULL
        OR effective_capacity.preceptor_id IN (
            SELECT practiced.preceptor_id
            FROM practiced_specialties AS practiced
            INNER JOIN clerkships ON practiced.specialty = clerkships.specialty
            WHERE clerkships.id = $1
        )
    )
    AND rules.clerkship_id IS NULL
ORDER BY origin, effective_capacity.preceptor, requirement_type, effective_capacity.max_students_per_day;
