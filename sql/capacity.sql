-- Whether the preceptors of each clerkship can teach so many students ($1) in a year of so many days ($2): an upper
-- bound, from what teaching_limits says of each preceptor. A preceptor gives units of a part, in a year at most:
--
--   per day        as many as max_students_per_day on every day of the year make;
--   teaching days  the same on the days on which the preceptor teaches, where those are fewer;
--   per block      the same with max_students_per_block where that is fewer, for days in blocks: who is in a block
--                  begins and ends it together with the others;
--   per year       max_students_per_year students, each with all units of the part. Where days rotate, and a student
--                  has many preceptors, the yearly limits of more of them are used up: then it may be fewer.
--   site           the preceptors of a site give no more together than the site's own limits make.
--
-- A student whom a team teaches counts in the year of each of its members: a team takes no more than the member with
-- the lowest yearly limit, and all teams together no more than the yearly limits of all members make for the smallest.
-- A student who meets at least so many preceptors, or two where days rotate, counts in the year of each of them.
--
-- What all who may teach a part can give, divided by what a student needs, is how many students that part allows. The
-- part that allows the fewest decides. Where students stay in one health system, each system counts alone, and what
-- they allow is added up. Last, a clerkship with a limit of students at the same time has so many places each day.
WITH
asked AS (
    SELECT
        CAST($1 AS BIGINT) AS students,
        CAST($2 AS BIGINT) AS days_per_year
),

days AS MATERIALIZED (
    SELECT
        limits.*,
        least(asked.days_per_year, limits.teaching_days_per_year) AS days_per_year,
        coalesce(limits.teaching_days_per_year < asked.days_per_year, FALSE) AS in_part_time
    FROM teaching_limits AS limits
    CROSS JOIN asked
),

units AS (
    SELECT
        *,
        unit_days > days_per_year AS year_is_too_short,
        CASE
            WHEN unit_days > days_per_year THEN 0
            ELSE least(max_students_per_day, max_students_per_block) * days_per_year // unit_days
        END AS by_days,
        CAST(max_students_per_year AS BIGINT) * units AS by_year,
        least(
            CAST(site_max_students_per_day AS BIGINT) * (SELECT asked.days_per_year FROM asked) // unit_days,
            CAST(site_max_students_per_year AS BIGINT) * units
        ) AS by_site
    FROM days
),

alone AS (
    SELECT
        *,
        coalesce(least(by_days, by_year), 0) AS given_alone,
        CASE
            WHEN year_is_too_short AND NOT in_part_time THEN 'length of the year'
            WHEN by_year < by_days THEN 'per year'
            WHEN in_part_time THEN 'teaching days'
            WHEN max_students_per_block < max_students_per_day THEN 'per block'
            ELSE 'per day'
        END AS limited_alone
    FROM units
),

-- A site's limit is shared out in the order of its preceptors' ids, so that each row gives its part of the sum. Members
-- of a team are counted with their team.
at_sites AS (
    SELECT
        *,
        greatest(least(given_alone, by_site - coalesce(sum(given_alone) OVER before_it, 0)), 0) AS given,
        CASE WHEN by_site < sum(given_alone) OVER at_its_site THEN 'site' ELSE limited_alone END AS limited_by
    FROM alone
    WHERE by_site IS NOT NULL AND NOT by_team
    WINDOW
        at_its_site AS (PARTITION BY clerkship_id, part, health_system_id, site_id),
        before_it AS (
            PARTITION BY clerkship_id, part, health_system_id, site_id
            ORDER BY preceptor_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        )
),

given AS (
    SELECT
        *,
        given_alone AS given,
        limited_alone AS limited_by
    FROM alone
    WHERE by_site IS NULL OR by_team
    UNION ALL
    SELECT * FROM at_sites
),

-- A health system that has nobody for one of the parts allows no student.
pools AS (
    SELECT DISTINCT
        clerkship_id,
        health_system_id
    FROM given
    WHERE preceptor_id IS NOT NULL AND in_one_system
),

parts AS (
    SELECT DISTINCT
        clerkship_id,
        part,
        days,
        units,
        by_team,
        in_one_system,
        preceptors_min,
        coalesce(preceptors_max, 2147483647) AS most,
        CASE
            WHEN
                assignment_mode = 'daily_rotation' AND NOT in_electives AND days > 1 AND coalesce(preceptors_max, 2) > 1
                THEN greatest(preceptors_min, 2)
            ELSE preceptors_min
        END AS preceptors_met
    FROM given
),

-- Each part in each pool, with all who teach it there; one row without a preceptor where nobody does.
taught AS MATERIALIZED (
    SELECT
        parts.*,
        pools.health_system_id,
        given.team_id,
        given.team_size,
        given.preceptor_id,
        given.max_students_per_year,
        given.given,
        given.limited_by
    FROM parts
    LEFT JOIN pools ON parts.clerkship_id = pools.clerkship_id AND parts.in_one_system
    LEFT JOIN given
        ON
            parts.clerkship_id = given.clerkship_id
            AND parts.part = given.part
            AND pools.health_system_id IS NOT DISTINCT FROM given.health_system_id
            AND given.preceptor_id IS NOT NULL
),

teams AS (
    SELECT
        clerkship_id,
        part,
        days,
        in_one_system,
        health_system_id,
        any_value(team_size) AS size,
        CASE
            WHEN any_value(team_size) BETWEEN any_value(preceptors_min) AND any_value(most)
                THEN least(sum(given) // any_value(units), min(max_students_per_year))
            ELSE 0
        END AS students
    FROM taught
    WHERE by_team
    GROUP BY clerkship_id, part, days, in_one_system, health_system_id, team_id
),

-- Somebody may be in several teams.
members AS (
    SELECT DISTINCT
        clerkship_id,
        part,
        health_system_id,
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
        health_system_id,
        CASE WHEN count(*) = count(max_students_per_year) THEN sum(max_students_per_year) END AS students,
        sum(given) // any_value(units) AS by_days
    FROM members
    GROUP BY clerkship_id, part, health_system_id
),

without_teams AS (
    SELECT
        clerkship_id,
        part,
        days,
        in_one_system,
        health_system_id,
        CASE
            WHEN count(preceptor_id) >= any_value(preceptors_min) THEN coalesce(sum(given), 0) // any_value(units)
            ELSE 0
        END AS by_units,
        CASE
            WHEN count(preceptor_id) = count(max_students_per_year) AND count(preceptor_id) > 0
                THEN sum(max_students_per_year) // least(any_value(preceptors_met), count(preceptor_id))
        END AS by_years
    FROM taught
    WHERE NOT by_team
    GROUP BY clerkship_id, part, days, in_one_system, health_system_id
),

allowed AS (
    SELECT
        clerkship_id,
        part,
        days,
        in_one_system,
        health_system_id,
        least(by_units, by_years) AS students,
        coalesce(by_years < by_units, FALSE) AS by_years
    FROM without_teams
    UNION ALL
    SELECT
        teams.clerkship_id,
        teams.part,
        teams.days,
        teams.in_one_system,
        teams.health_system_id,
        coalesce(
            least(sum(teams.students), any_value(years.students) // min(teams.size), any_value(years.by_days)), 0
        ) AS students,
        FALSE AS by_years
    FROM teams
    LEFT JOIN years
        ON
            teams.clerkship_id = years.clerkship_id
            AND teams.part = years.part
            AND teams.health_system_id IS NOT DISTINCT FROM years.health_system_id
    GROUP BY teams.clerkship_id, teams.part, teams.days, teams.in_one_system, teams.health_system_id
),

-- Of parts that allow equally few, the one with the most days decides: it is the one to work on.
deciding_in_pools AS (
    SELECT * FROM allowed
    QUALIFY
        row_number() OVER (
            PARTITION BY clerkship_id, in_one_system, health_system_id ORDER BY students ASC, days DESC, part ASC
        ) = 1
),

-- Parts within one system, whose systems add up, and parts in any: the group that allows fewer decides.
groups AS (
    SELECT
        clerkship_id,
        in_one_system,
        CAST(sum(students) AS BIGINT) AS max_students,
        max(days) AS days
    FROM deciding_in_pools
    GROUP BY clerkship_id, in_one_system
    QUALIFY
        row_number() OVER (PARTITION BY clerkship_id ORDER BY sum(students), max(days) DESC, in_one_system) = 1
),

deciding AS (
    SELECT deciding_in_pools.*
    FROM deciding_in_pools
    INNER JOIN groups
        ON
            deciding_in_pools.clerkship_id = groups.clerkship_id
            AND deciding_in_pools.in_one_system = groups.in_one_system
),

in_all AS (
    SELECT
        groups.clerkship_id,
        least(
            groups.max_students,
            CAST(clerkships.max_students_at_once AS BIGINT) * asked.days_per_year // clerkships.required_days
        ) AS max_students,
        groups.max_students AS by_preceptors
    FROM groups
    INNER JOIN clerkships ON groups.clerkship_id = clerkships.id
    CROSS JOIN asked
),

-- The systems that allow anyone tell what to work on; where none does, all of them.
telling AS (
    SELECT deciding.*
    FROM deciding
    INNER JOIN in_all ON deciding.clerkship_id = in_all.clerkship_id
    WHERE deciding.students > 0 OR in_all.by_preceptors = 0
),

parts_told AS (
    SELECT
        clerkship_id,
        string_agg(DISTINCT part, ', ' ORDER BY part) AS part,
        bool_and(by_years) AS by_years
    FROM telling
    GROUP BY clerkship_id
),

limits AS (
    SELECT
        taught.clerkship_id,
        taught.limited_by,
        max(taught.by_team) AS by_team,
        max(taught.preceptors_min) AS preceptors_min,
        count(DISTINCT taught.preceptor_id) AS preceptors,
        count(taught.health_system_id) AS in_systems
    FROM telling
    INNER JOIN taught
        ON
            telling.clerkship_id = taught.clerkship_id
            AND telling.part = taught.part
            AND telling.health_system_id IS NOT DISTINCT FROM taught.health_system_id
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
            WHEN max(preceptors_min) > sum(preceptors) THEN 'fewest preceptors'
            WHEN count(*) FILTER (WHERE preceptors > 0) = 1 THEN max(limited_by)
            ELSE string_agg(limited_by || ' (' || preceptors || ')', ', ' ORDER BY preceptors DESC, limited_by ASC)
        END AS limited_by
    FROM limits
    GROUP BY clerkship_id
)

SELECT
    clerkships.name AS clerkship,
    CASE WHEN in_all.max_students < in_all.by_preceptors THEN 'all days' ELSE parts_told.part END AS part,
    limits_told.preceptors,
    asked.students,
    in_all.max_students,
    greatest(asked.students - in_all.max_students, 0) AS shortfall,
    CASE
        WHEN in_all.max_students < in_all.by_preceptors THEN 'at the same time'
        WHEN parts_told.by_years THEN 'per year'
        ELSE limits_told.limited_by
    END AS limited_by,
    asked.students * clerkships.required_days AS demand_days,
    in_all.max_students * clerkships.required_days AS capacity_days
FROM clerkships
CROSS JOIN asked
INNER JOIN in_all ON clerkships.id = in_all.clerkship_id
INNER JOIN parts_told ON clerkships.id = parts_told.clerkship_id
INNER JOIN limits_told ON clerkships.id = limits_told.clerkship_id
ORDER BY clerkships.name
