-- id: capacity-within-max-students
-- area: 4
-- severity: warning
-- about: preceptor_capacity_rules.max_students_per_day
-- sentence: A capacity rule lets a preceptor take no more students a day than the preceptor's max_students.
-- message: {preceptor} takes {value} students a day in {scope}, but at most {max_students} by max_students.
-- remedy: Lower max_students_per_day of the rule to {max_students}, or raise max_students of {preceptor} to {value}.
SELECT
    rules.id AS row_id,
    rules.max_students_per_day AS value,
    preceptors.name AS preceptor,
    coalesce(clerkships.name, 'any clerkship') AS scope,
    preceptors.max_students
FROM preceptor_capacity_rules AS rules
INNER JOIN preceptors ON rules.preceptor_id = preceptors.id
LEFT JOIN clerkships ON rules.clerkship_id = clerkships.id
WHERE rules.max_students_per_day > preceptors.max_students
