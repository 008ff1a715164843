-- id: fallback-shares-health-system
-- area: 7
-- severity: error
-- about: preceptor_fallbacks.allow_different_health_system
-- sentence: Whoever stands in belongs to the same health system, unless the fallback allows another.
-- message: {fallback} of {value} stands in for {preceptor} of {health_system}, which this fallback does not allow.
-- remedy: Let someone of {health_system} stand in for {preceptor},
--     or set allow_different_health_system of the fallback to true.
SELECT
    fallbacks.id AS row_id,
    other_system.name AS value,
    stand_in.name AS fallback,
    preceptors.name AS preceptor,
    own_system.name AS health_system
FROM preceptor_fallbacks AS fallbacks
INNER JOIN preceptors ON fallbacks.primary_preceptor_id = preceptors.id
INNER JOIN preceptors AS stand_in ON fallbacks.fallback_preceptor_id = stand_in.id
INNER JOIN health_systems AS own_system ON preceptors.health_system_id = own_system.id
INNER JOIN health_systems AS other_system ON stand_in.health_system_id = other_system.id
WHERE
    stand_in.health_system_id <> preceptors.health_system_id
    AND NOT fallbacks.allow_different_health_system
