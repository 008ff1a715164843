-- Whether the preceptors of each clerkship can teach so many students ($1) in a year of so many days ($2): an upper
-- bound, from what teaching_limits says of each preceptor. A preceptor gives units of a part, in a year at most:
--
--   per day    as many as max_students_per_day on every day of the year make;
--   per block  the same with max_students_per_block where that is fewer, for days in blocks: who is in a block begins
--              and ends it together with the others;
--   per year   max_students_per_year students, each with all units of the part. Where days rotate, and a student has
--              many preceptors, the yearly limits of more of them are used up: then it may be fewer.
--
-- A student whom a team teaches counts in the year of each of its members: a team takes no more than the member with
-- the lowest yearly limit, and all teams together no more than the yearly limits of all members make for the smallest.
--
-- What all who may teach a part can give, divided by what a student needs, is how many students that part allows. The
-- part that allows the fewest decides. Where students stay in one health system, each system counts alone, and what
-- they allow is added up.
WITH
asked AS (
    SELECT
        CAST($1 AS BIGINT) AS students,
        CAST($2 AS BIGINT) AS days_per_year
),

units AS (
    SELECT
        limits.*,
        limits.unit_days > asked.days_per_year AS year_is_too_short,
        CASE
            WHEN limits.unit_days > asked.days_per_year THEN 0
            ELSE
                least(limits.max_students_per_day, limits.max_students_per_block)
                * asked.days_per_year // limits.unit_days
        END AS by_days,
        CAST(limits.max_students_per_year AS BIGINT) * limits.units AS by_year
    FROM teaching_limits AS limits
    CROSS JOIN asked
),

given AS (
    SELECT
        *,
        coalesce(least(by_days, by_year), 0) AS given,
        CASE
            WHEN year_is_too_short THEN 'length of the year'
            WHEN by_year < by_days THEN 'per year'
            WHEN max_students_per_block < max_students_per_day THEN 'per block'
            ELSE 'per day'
        END AS limited_by
    FROM units
),

-- A health system that has nobody for one of the parts allows no student.
pools AS (
    SELECT DISTINCT
        clerkship_id,
        health_system
    FROM given
    WHERE preceptor_id IS NOT NULL
),

parts AS (
    SELECT DISTINCT
        clerkship_id,
        part,
        days,
        units,
        by_team
    FROM given
),

-- Each part in each pool, with all who teach it there; one row without a preceptor where nobody does.
taught AS (
    SELECT
        parts.*,
        pools.health_system,
        given.team_id,
        given.team_size,
        given.preceptor_id,
        given.max_students_per_year,
        given.given,
        given.limited_by
    FROM parts
    LEFT JOIN pools ON parts.clerkship_id = pools.clerkship_id
    LEFT JOIN given
        ON
            parts.clerkship_id = given.clerkship_id
            AND parts.part = given.part
            AND pools.health_system IS NOT DISTINCT FROM given.health_system
            AND given.preceptor_id IS NOT NULL
),

teams AS (
    SELECT
        clerkship_id,
        part,
        days,
        health_system,
        any_value(team_size) AS size,
        least(sum(given) // any_value(units), min(max_students_per_year)) AS students
    FROM taught
    WHERE by_team
    GROUP BY clerkship_id, part, days, health_system, team_id
),

-- Somebody may be in several teams.
members AS (
    SELECT DISTINCT
        clerkship_id,
        part,
        health_system,
        preceptor_id,
        max_students_per_year,
        given,
        units
    FROM taught
    WHERE by_team AND preceptor_id IS NOT NULL
),

years AS (
    SELECT
        clerkship_id,
        part,
        health_system,
        CASE WHEN count(*) = count(max_students_per_year) THEN sum(max_students_per_year) END AS students,
        sum(given) // any_value(units) AS by_days
    FROM members
    GROUP BY clerkship_id, part, health_system
),

allowed AS (
    SELECT
        clerkship_id,
        part,
        days,
        health_system,
        coalesce(sum(given), 0) // any_value(units) AS students
    FROM taught
    WHERE NOT by_team
    GROUP BY clerkship_id, part, days, health_system
    UNION ALL
    SELECT
        teams.clerkship_id,
        teams.part,
        teams.days,
        teams.health_system,
        coalesce(
            least(sum(teams.students), any_value(years.students) // min(teams.size), any_value(years.by_days)), 0
        ) AS students
    FROM teams
    LEFT JOIN years
        ON
            teams.clerkship_id = years.clerkship_id
            AND teams.part = years.part
            AND teams.health_system IS NOT DISTINCT FROM years.health_system
    GROUP BY teams.clerkship_id, teams.part, teams.days, teams.health_system
),

-- Of parts that allow equally few, the one with the most days decides: it is the one to work on.
deciding AS (
    SELECT * FROM allowed
    QUALIFY row_number() OVER (PARTITION BY clerkship_id, health_system ORDER BY students ASC, days DESC, part ASC) = 1
),

in_all AS (
    SELECT
        clerkship_id,
        CAST(sum(students) AS BIGINT) AS max_students
    FROM deciding
    GROUP BY clerkship_id
),

-- The systems that allow anyone tell what to work on; where none does, all of them.
telling AS (
    SELECT deciding.*
    FROM deciding
    INNER JOIN in_all ON deciding.clerkship_id = in_all.clerkship_id
    WHERE deciding.students > 0 OR in_all.max_students = 0
),

parts_told AS (
    SELECT
        clerkship_id,
        string_agg(DISTINCT part, ', ' ORDER BY part) AS part
    FROM telling
    GROUP BY clerkship_id
),

limits AS (
    SELECT
        taught.clerkship_id,
        taught.limited_by,
        max(taught.by_team) AS by_team,
        count(DISTINCT taught.preceptor_id) AS preceptors,
        count(taught.health_system) AS in_systems
    FROM telling
    INNER JOIN taught
        ON
            telling.clerkship_id = taught.clerkship_id
            AND telling.part = taught.part
            AND telling.health_system IS NOT DISTINCT FROM taught.health_system
    GROUP BY taught.clerkship_id, taught.limited_by
),

limits_told AS (
    SELECT
        clerkship_id,
        CAST(sum(preceptors) AS BIGINT) AS preceptors,
        CASE
            WHEN sum(preceptors) = 0 AND max(by_team) THEN 'no team'
            WHEN sum(preceptors) = 0 AND sum(in_systems) > 0 THEN 'no health system with preceptors for all'
            WHEN sum(preceptors) = 0 THEN 'no preceptors'
            WHEN count(*) FILTER (WHERE preceptors > 0) = 1 THEN max(limited_by)
            ELSE string_agg(limited_by || ' (' || preceptors || ')', ', ' ORDER BY preceptors DESC, limited_by ASC)
        END AS limited_by
    FROM limits
    GROUP BY clerkship_id
)

SELECT
    clerkships.name AS clerkship,
    parts_told.part,
    limits_told.preceptors,
    asked.students,
    in_all.max_students,
    greatest(asked.students - in_all.max_students, 0) AS shortfall,
    limits_told.limited_by,
    asked.students * clerkships.required_days AS demand_days,
    in_all.max_students * clerkships.required_days AS capacity_days
FROM clerkships
CROSS JOIN asked
INNER JOIN in_all ON clerkships.id = in_all.clerkship_id
INNER JOIN parts_told ON clerkships.id = parts_told.clerkship_id
INNER JOIN limits_told ON clerkships.id = limits_told.clerkship_id
ORDER BY clerkships.name
