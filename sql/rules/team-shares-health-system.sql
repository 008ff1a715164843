-- id: team-shares-health-system
-- area: 2
-- severity: error
-- about: preceptor_team_members.preceptor_id
-- sentence: The members of a team that requires one health system all belong to it.
-- message: Team '{team}' requires one health system, but {preceptor} belongs to {value} and the team to {team_system}.
-- remedy: Replace {preceptor} with someone of {team_system},
--     or let '{team}' span health systems (require_same_health_system = false).

-- A team belongs to the health system of most of its members, or of those who come first where as many are of another.
WITH
systems AS (
    SELECT
        teams.id AS team_id,
        teams.name AS team,
        health_systems.id AS health_system_id,
        health_systems.name AS health_system,
        row_number() OVER (
            PARTITION BY teams.id ORDER BY count(*) DESC, min(members.priority) ASC, health_systems.name ASC
        ) AS place
    FROM preceptor_teams AS teams
    INNER JOIN preceptor_team_members AS members ON teams.id = members.team_id
    INNER JOIN preceptors ON members.preceptor_id = preceptors.id
    INNER JOIN health_systems ON preceptors.health_system_id = health_systems.id
    WHERE teams.require_same_health_system
    GROUP BY teams.id, teams.name, health_systems.id, health_systems.name
)

SELECT
    members.id AS row_id,
    health_systems.name AS value,
    systems.team,
    preceptors.name AS preceptor,
    systems.health_system AS team_system
FROM systems
INNER JOIN preceptor_team_members AS members ON systems.team_id = members.team_id
INNER JOIN preceptors ON members.preceptor_id = preceptors.id
INNER JOIN health_systems ON preceptors.health_system_id = health_systems.id
WHERE systems.place = 1 AND preceptors.health_system_id <> systems.health_system_id
