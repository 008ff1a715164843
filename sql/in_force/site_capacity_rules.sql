-- The limits of sites for the students of all clerkships together, where preceptors work who may teach this one.
-- $1 is the clerkship's id.
SELECT
    sites.name AS site,
    rules.max_students_per_day,
    rules.max_students_per_year,
    'general rule' AS origin,
    rules.id AS row_id
FROM site_capacity_rules AS rules
INNER JOIN sites ON rules.site_id = sites.id
WHERE
    rules.clerkship_id IS NULL
    AND rules.site_id IN (
        SELECT workplaces.site_id
        FROM workplaces
        INNER JOIN eligible_preceptors AS eligible ON workplaces.preceptor_id = eligible.preceptor_id
        WHERE eligible.clerkship_id = $1
    )
ORDER BY sites.name, rules.max_students_per_day;
