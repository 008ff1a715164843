-- id: team-has-one-lead
-- area: 2
-- severity: warning
-- about: preceptor_teams
-- sentence: A team has one lead.
-- message: Team '{team}' has {value} among {members} members.
-- remedy: Give one member of '{team}' the role lead, and the others the role member.
SELECT
    teams.id AS row_id,
    CASE WHEN count(CASE WHEN members.role = 'lead' THEN 1 END) > 1 THEN 'several leads' ELSE 'no lead' END AS value,
    teams.name AS team,
    count(*) AS members
FROM preceptor_teams AS teams
INNER JOIN preceptor_team_members AS members ON teams.id = members.team_id
GROUP BY teams.id, teams.name
HAVING count(CASE WHEN members.role = 'lead' THEN 1 END) <> 1
