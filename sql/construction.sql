-- What the construction of a plan has to respect: a row for each part of a clerkship and each preceptor who may teach
-- it, from teaching_limits, with the places of the clerkship. $1 are the names of the clerkships.
--
-- Of a health system with very many preceptors for a part only 100 are used, because a plan tries one after the other:
-- those who teach the most parts, then those with the highest limits.
WITH
all_limits AS (
    SELECT
        *,
        count(*) OVER (PARTITION BY clerkship_id, preceptor_id) AS parts
    FROM teaching_limits
    WHERE kind <> 'sum' AND clerkship IN (SELECT unnest(CAST($1 AS TEXT[])))
),

limits AS MATERIALIZED (
    SELECT * FROM all_limits
    QUALIFY
        by_team
        OR row_number() OVER (
            PARTITION BY clerkship_id, part, health_system_id
            ORDER BY
                parts DESC,
                coalesce(max_students_per_year, 2147483647) DESC,
                max_students_per_day DESC,
                preceptor_id ASC
        ) <= 100
)

SELECT
    clerkships.name AS clerkship,
    clerkships.required_days AS clerkship_days,
    clerkships.max_students_at_once,
    limits.part,
    limits.kind,
    limits.assignment_mode,
    limits.block_size_days,
    limits.days,
    limits.required_days,
    limits.unit_days,
    limits.units,
    limits.by_team,
    limits.in_one_system,
    limits.in_electives,
    limits.has_required,
    limits.preceptors_min,
    limits.preceptors_max,
    limits.health_system_id,
    limits.team_id,
    limits.preceptor_id,
    limits.max_students_per_day,
    limits.max_students_per_year,
    limits.max_students_per_block,
    limits.teaching_days_per_year,
    limits.site_id,
    limits.site_max_students_per_day,
    limits.site_max_students_per_year,
    -- Nobody knows at which of several sites a student would be: where one of them is limited, it is not counted on.
    limits.site_id IS NULL AND EXISTS (
        SELECT 1
        FROM workplaces
        INNER JOIN site_capacity_rules AS rules ON workplaces.site_id = rules.site_id
        WHERE workplaces.preceptor_id = limits.preceptor_id
    ) AS is_at_limited_sites
FROM limits
INNER JOIN clerkships ON limits.clerkship_id = clerkships.id
WHERE
    -- Which requirement a required elective belongs to, or how its days share the preceptors to be met, nobody knows.
    clerkships.id NOT IN (
        SELECT unclear.clerkship_id
        FROM limits AS unclear
        WHERE unclear.has_required
        GROUP BY unclear.clerkship_id
        HAVING count(DISTINCT unclear.part) > 1 OR max(unclear.preceptors_min) > 1
    )
ORDER BY clerkships.name, limits.part, limits.team_id, limits.preceptor, limits.preceptor_id
