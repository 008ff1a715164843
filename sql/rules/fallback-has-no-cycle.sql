-- id: fallback-has-no-cycle
-- area: 7
-- severity: error
-- about: preceptor_fallbacks.fallback_preceptor_id
-- sentence: Following fallbacks, for one clerkship or for any, never leads back to where it began.
-- message: In {scope}, these stand in for each other in a circle: {members}.
-- remedy: Delete one of the fallbacks between them.

-- Two are in a circle when each is reached from the other. One row for each circle. What is reached is counted once, so
-- that neither a circle nor a department where everybody stands in for everybody goes on for ever.
WITH RECURSIVE
steps AS (
    SELECT
        coalesce(clerkship_id, '') AS scope,
        primary_preceptor_id AS from_id,
        fallback_preceptor_id AS to_id
    FROM preceptor_fallbacks
),

reached (scope, from_id, to_id) AS (
    SELECT
        scope,
        from_id,
        to_id
    FROM steps
    UNION
    SELECT
        reached.scope,
        reached.from_id,
        steps.to_id
    FROM reached
    INNER JOIN steps ON reached.scope = steps.scope AND reached.to_id = steps.from_id
),

circles AS (
    SELECT
        onward.scope,
        onward.from_id,
        min(people.id) AS first_id,
        string_agg(people.name, ', ' ORDER BY people.name) AS members
    FROM reached AS onward
    INNER JOIN reached AS back
        ON onward.scope = back.scope AND onward.from_id = back.to_id AND onward.to_id = back.from_id
    INNER JOIN preceptors AS people ON onward.to_id = people.id
    GROUP BY onward.scope, onward.from_id
)

SELECT
    min(fallbacks.id) AS row_id,
    first_preceptor.name AS value,
    coalesce(clerkships.name, 'any clerkship') AS scope,
    circles.members
FROM circles
INNER JOIN preceptors AS first_preceptor ON circles.from_id = first_preceptor.id
INNER JOIN preceptor_fallbacks AS fallbacks
    ON circles.scope = coalesce(fallbacks.clerkship_id, '') AND circles.from_id = fallbacks.primary_preceptor_id
INNER JOIN reached AS back
    ON
        circles.scope = back.scope
        AND fallbacks.fallback_preceptor_id = back.from_id
        AND circles.from_id = back.to_id
LEFT JOIN clerkships ON circles.scope = clerkships.id
WHERE circles.from_id = circles.first_id
GROUP BY circles.scope, circles.members, first_preceptor.id, first_preceptor.name, clerkships.name
