-- The most specific rule decides alone: where a clerkship rule leaves a limit empty there is no such limit, whatever
-- the general rule says.
CREATE VIEW effective_capacity AS
SELECT
    preceptors.id AS preceptor_id,
    preceptors.name AS preceptor,
    clerkships.id AS clerkship_id,
    clerkships.name AS clerkship,
    preceptors.specialty = clerkships.specialty AS same_specialty,
    CASE
        WHEN clerkship_rule.id IS NOT NULL THEN clerkship_rule.max_students_per_day
        WHEN general_rule.id IS NOT NULL THEN general_rule.max_students_per_day
        ELSE preceptors.max_students
    END AS max_students_per_day,
    CASE
        WHEN clerkship_rule.id IS NOT NULL THEN clerkship_rule.max_students_per_year
        ELSE general_rule.max_students_per_year
    END AS max_students_per_year,
    CASE
        WHEN clerkship_rule.id IS NOT NULL THEN clerkship_rule.max_students_per_block
        ELSE general_rule.max_students_per_block
    END AS max_students_per_block,
    CASE
        WHEN clerkship_rule.id IS NOT NULL THEN 'clerkship rule'
        WHEN general_rule.id IS NOT NULL THEN 'general rule'
        ELSE 'max_students'
    END AS decided_by
FROM preceptors
CROSS JOIN clerkships
LEFT JOIN preceptor_capacity_rules AS clerkship_rule
    ON
        preceptors.id = clerkship_rule.preceptor_id
        AND clerkships.id = clerkship_rule.clerkship_id
LEFT JOIN preceptor_capacity_rules AS general_rule
    ON
        preceptors.id = general_rule.preceptor_id
        AND general_rule.clerkship_id IS NULL
ORDER BY preceptor, clerkship, preceptor_id;

COMMENT ON VIEW effective_capacity IS
'For each preceptor and clerkship: how many students the preceptor takes there, and what decided it.';
COMMENT ON COLUMN effective_capacity.same_specialty IS 'Whether the preceptor has the clerkship''s specialty.';
COMMENT ON COLUMN effective_capacity.max_students_per_day IS 'Students on one day, at most.';
COMMENT ON COLUMN effective_capacity.max_students_per_year IS 'Students a year, at most; empty for no limit.';
COMMENT ON COLUMN effective_capacity.max_students_per_block IS 'Students in one block, at most; empty for no limit.';
COMMENT ON COLUMN effective_capacity.decided_by IS
'The preceptor''s rule for this clerkship, else the preceptor''s general rule, else max_students.';
