-- id: site-takes-its-students
-- area: 4
-- severity: warning
-- about: site_capacity_rules.max_students_per_day
-- sentence: A site takes as many students a day as its preceptors do.
-- message: {site} takes {value} students{whose} a day, but the preceptors who work only there take {students} together.
-- remedy: Raise max_students_per_day of {site} to {students}, or plan with fewer students: the site decides.
WITH
taken AS (
    SELECT
        rules.id AS rule_id,
        capacity.preceptor_id,
        max(capacity.max_students_per_day) AS max_students_per_day
    FROM site_capacity_rules AS rules
    INNER JOIN workplaces ON rules.site_id = workplaces.site_id AND workplaces.is_only
    INNER JOIN effective_capacity AS capacity
        ON
            workplaces.preceptor_id = capacity.preceptor_id
            AND (rules.clerkship_id IS NULL OR rules.clerkship_id = capacity.clerkship_id)
    GROUP BY rules.id, capacity.preceptor_id
)

SELECT
    rules.id AS row_id,
    rules.max_students_per_day AS value,
    sites.name AS site,
    coalesce(' of ' || clerkships.name, '') AS whose,
    sum(taken.max_students_per_day) AS students
FROM site_capacity_rules AS rules
INNER JOIN taken ON rules.id = taken.rule_id
INNER JOIN sites ON rules.site_id = sites.id
LEFT JOIN clerkships ON rules.clerkship_id = clerkships.id
GROUP BY rules.id, rules.max_students_per_day, sites.name, clerkships.name
HAVING sum(taken.max_students_per_day) > rules.max_students_per_day
