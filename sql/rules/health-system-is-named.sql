-- id: health-system-is-named
-- area: 5
-- severity: warning
-- about: preceptors.health_system_id
-- sentence: Every preceptor belongs to a health system of the school.
-- message: {preceptor} is still in {value}.
-- remedy: Move {preceptor} to the health system where {preceptor} works: change health_system_id.
SELECT
    preceptors.id AS row_id,
    health_systems.name AS value,
    preceptors.name AS preceptor
FROM preceptors
INNER JOIN health_systems ON preceptors.health_system_id = health_systems.id
WHERE health_systems.name = 'Unassigned'
