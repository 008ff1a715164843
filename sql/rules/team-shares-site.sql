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
members_sites AS (
    SELECT
        teams.id AS team_id,
        teams.name AS team,
        teams.require_same_health_system,
        members.id AS member_id,
        members.priority,
        members.preceptor_id,
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
        members_sites.team_id,
        sites.health_system_id,
        sites.id AS site_id,
        sites.name AS site,
        row_number() OVER (
            PARTITION BY members_sites.team_id
            ORDER BY
                count(*) DESC,
                min(CASE sites.id WHEN members_sites.site_id THEN members_sites.priority END) ASC,
                sites.id ASC
        ) AS place
    FROM members_sites
    INNER JOIN workplaces ON members_sites.preceptor_id = workplaces.preceptor_id
    INNER JOIN sites ON workplaces.site_id = sites.id
    GROUP BY members_sites.team_id, sites.health_system_id, sites.id, sites.name
)

SELECT
    members_sites.member_id AS row_id,
    coalesce(members_sites.site, 'no fixed site') AS value,
    members_sites.team,
    members_sites.preceptor,
    coalesce(' and the team at ' || shared.site, '') AS elsewhere,
    CASE
        WHEN shared.site IS NULL THEN 'Give ' || members_sites.preceptor || ' a site'
        ELSE 'Replace ' || members_sites.preceptor || ' with someone who works at ' || shared.site
    END AS advice
FROM members_sites
LEFT JOIN shared ON members_sites.team_id = shared.team_id AND shared.place = 1
WHERE
    (
        shared.site_id IS NULL
        OR shared.site_id NOT IN (
            SELECT workplaces.site_id
            FROM workplaces
            WHERE workplaces.preceptor_id = members_sites.preceptor_id
        )
    )
    AND NOT (
        members_sites.require_same_health_system
        AND members_sites.health_system_id <> coalesce(shared.health_system_id, members_sites.health_system_id)
    )
