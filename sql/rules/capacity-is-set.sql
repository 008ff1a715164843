-- id: capacity-is-set
-- area: 4
-- severity: warning
-- about: preceptors.max_students
-- sentence: Every preceptor has a capacity rule, unless each requirement limits the students a year.
-- message: {preceptor} has no capacity rule: {value} on one day at most, and any number a year.
-- remedy: Store a rule for {preceptor} in preceptor_capacity_rules, if there is a limit a year.
SELECT
    preceptors.id AS row_id,
    preceptors.max_students AS value,
    preceptors.name AS preceptor
FROM preceptors
LEFT JOIN preceptor_capacity_rules AS rules ON preceptors.id = rules.preceptor_id
WHERE
    rules.id IS NULL
    AND EXISTS (
        SELECT 1
        FROM effective_settings AS held
        WHERE held.max_students_per_year IS NULL
    )
