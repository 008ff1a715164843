-- How many different preceptors one student can meet in a requirement: all who may teach it; or, where students stay in
-- one health system, those of the system that has the most. Unassigned is where preceptors wait for their health
-- system: a student cannot be kept in it.
CREATE VIEW reachable_preceptors AS
WITH
teaching AS (
    SELECT
        eligible.requirement_id,
        eligible.preceptor_id,
        health_systems.id AS health_system_id,
        health_systems.name AS health_system
    FROM eligible_preceptors AS eligible
    INNER JOIN health_systems ON eligible.health_system_id = health_systems.id
),

pools AS (
    SELECT
        held.requirement_id,
        held.health_system_continuity = 'enforce_same_system' AS in_one_system,
        count(DISTINCT teaching.preceptor_id) AS preceptors
    FROM effective_settings AS held
    LEFT JOIN teaching
        ON
            held.requirement_id = teaching.requirement_id
            AND (held.health_system_continuity <> 'enforce_same_system' OR teaching.health_system <> 'Unassigned')
    WHERE held.requirement_id IS NOT NULL
    GROUP BY
        held.requirement_id,
        held.health_system_continuity,
        CASE WHEN held.health_system_continuity = 'enforce_same_system' THEN teaching.health_system_id END
)

SELECT
    requirement_id,
    in_one_system,
    max(preceptors) AS preceptors
FROM pools
GROUP BY requirement_id, in_one_system;

COMMENT ON VIEW reachable_preceptors IS
'For each requirement: how many different preceptors one student can meet there.';
COMMENT ON COLUMN reachable_preceptors.in_one_system IS 'Whether the student stays in one health system.';
COMMENT ON COLUMN reachable_preceptors.preceptors IS
'All who may teach the requirement, or those of the health system that has the most.';
