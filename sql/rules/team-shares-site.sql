-- id: team-shares-site
-- area: 2
-- severity: error
-- about: preceptor_team_members.preceptor_id
-- sentence: The members of a team that requires one site all work there.
-- message: Team '{team}' requires one site, but {preceptor} works at {value}{elsewhere}.
-- remedy: {advice}, or let '{team}' span sites (require_same_site = false).

-- A team works at the site of most of its members, or of those who come first where as many are at another. A member of
-- another health system, in a team that requires one, breaks that rule first.
WITH
workplaces AS (
    SELECT
        teams.id AS team_id,
        teams.name AS team,
        teams.require_same_health_system,
        members.id AS member_id,
        members.priority,
        preceptors.name AS preceptor,
        preceptors.health_system_id,
        sites.id AS site_id,
        sites.name AS site
    FROM preceptor_teams AS teams
    INNER JOIN preceptor_team_members AS members ON teams.id = members.team_id
    INNER JOIN preceptors ON members.preceptor_id = preceptors.id
    LEFT JOIN sites ON preceptors.site_id = sites.id
    WHERE teams.require_same_site
),

shared AS (
    SELECT
        team_id,
        health_system_id,
        site_id,
        site,
        row_number() OVER (PARTITION BY team_id ORDER BY count(*) DESC, min(priority) ASC, site_id ASC) AS place
    FROM workplaces
    WHERE site_id IS NOT NULL
    GROUP BY team_id, health_system_id, site_id, site
)

SELECT
    workplaces.member_id AS row_id,
    coalesce(workplaces.site, 'no fixed site') AS value,
    workplaces.team,
    workplaces.preceptor,
    coalesce(' and the team at ' || shared.site, '') AS elsewhere,
    CASE
        WHEN shared.site IS NULL THEN 'Give ' || workplaces.preceptor || ' a site'
        ELSE 'Replace ' || workplaces.preceptor || ' with someone who works at ' || shared.site
    END AS advice
FROM workplaces
LEFT JOIN shared ON workplaces.team_id = shared.team_id AND shared.place = 1
WHERE
    (workplaces.site_id IS NULL OR workplaces.site_id <> shared.site_id)
    AND NOT (
        workplaces.require_same_health_system
        AND workplaces.health_system_id <> coalesce(shared.health_system_id, workplaces.health_system_id)
    )
