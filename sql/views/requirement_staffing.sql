-- How many preceptors may teach each requirement, and how many different ones one student can meet there: all of them;
-- or, where students stay in one health system, those of the system that has the most. Unassigned is where preceptors
-- wait for their health system: a student cannot be kept in it.
CREATE VIEW requirement_staffing AS
WITH
teaching AS (
    SELECT DISTINCT
        eligible.requirement_id,
        eligible.preceptor_id,
        preceptors.name AS preceptor,
        health_systems.id AS health_system_id,
        CASE health_systems.name WHEN 'Unassigned' THEN 0 ELSE 1 END AS keeps_students
    FROM eligible_preceptors AS eligible
    INNER JOIN preceptors ON eligible.preceptor_id = preceptors.id
    INNER JOIN health_systems ON preceptors.health_system_id = health_systems.id
),

pools AS (
    SELECT
        held.requirement_id,
        held.health_system_continuity = 'enforce_same_system' AS in_one_system,
        count(teaching.preceptor_id) AS preceptors,
        min(teaching.preceptor) AS preceptor,
        CASE held.health_system_continuity
            WHEN 'enforce_same_system' THEN coalesce(sum(teaching.keeps_students), 0)
            ELSE count(teaching.preceptor_id)
        END AS preceptors_met
    FROM effective_settings AS held
    LEFT JOIN teaching ON held.requirement_id = teaching.requirement_id
    WHERE held.requirement_id IS NOT NULL
    GROUP BY
        held.requirement_id,
        held.health_system_continuity,
        CASE WHEN held.health_system_continuity = 'enforce_same_system' THEN teaching.health_system_id END
)

SELECT
    requirement_id,
    in_one_system,
    CAST(sum(preceptors) AS BIGINT) AS preceptors,
    CAST(max(preceptors_met) AS BIGINT) AS preceptors_met,
    CASE WHEN sum(preceptors) = 1 THEN min(preceptor) END AS only_preceptor
FROM pools
GROUP BY requirement_id, in_one_system;

COMMENT ON VIEW requirement_staffing IS
'For each requirement: how many preceptors may teach it, and how many of them one student can meet.';
COMMENT ON COLUMN requirement_staffing.in_one_system IS 'Whether the student stays in one health system.';
COMMENT ON COLUMN requirement_staffing.preceptors IS 'All who may teach the requirement.';
COMMENT ON COLUMN requirement_staffing.preceptors_met IS
'How many of them one student can meet, at most: all, or those of the health system that has the most.';
COMMENT ON COLUMN requirement_staffing.only_preceptor IS 'The name, if only one may teach the requirement.';
