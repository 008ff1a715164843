-- id: team-shares-site
-- area: 2
-- severity: error
-- about: preceptor_team_members.preceptor_id
-- sentence: The members of a team that requires one site all work there.
-- message: Team '{team}' requires one site, but {preceptor} works at {value} and the team at {team_site}.
-- remedy: Replace {preceptor} with someone who works at {team_site},
--     or let '{team}' span sites (require_same_site = false).

-- A team works at the site of most of its members, or of those who come first where as many are at another.
WITH
workplaces AS (
    SELECT
        teams.id AS team_id,
        teams.name AS team,
        members.id AS member_id,
        members.priority,
        preceptors.name AS preceptor,
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
        site_id,
        site,
        row_number() OVER (PARTITION BY team_id ORDER BY count(*) DESC, min(priority) ASC, site ASC) AS place
    FROM workplaces
    WHERE site_id IS NOT NULL
    GROUP BY team_id, site_id, site
)

SELECT
    workplaces.member_id AS row_id,
    coalesce(workplaces.site, 'no fixed site') AS value,
    workplaces.team,
    workplaces.preceptor,
    coalesce(shared.site, 'none either') AS team_site
FROM workplaces
LEFT JOIN shared ON workplaces.team_id = shared.team_id AND shared.place = 1
WHERE workplaces.site_id IS NULL OR workplaces.site_id <> shared.site_id
