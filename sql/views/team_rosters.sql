CREATE VIEW team_rosters AS
SELECT
    preceptor_teams.id AS team_id,
    preceptor_teams.name AS team,
    clerkships.name AS clerkship,
    preceptor_team_members.priority,
    preceptors.id AS preceptor_id,
    preceptors.name AS preceptor,
    preceptor_team_members.role,
    preceptors.specialty,
    health_systems.name AS health_system,
    sites.name AS site
FROM preceptor_teams
LEFT JOIN clerkships ON preceptor_teams.clerkship_id = clerkships.id
LEFT JOIN preceptor_team_members ON preceptor_teams.id = preceptor_team_members.team_id
LEFT JOIN preceptors ON preceptor_team_members.preceptor_id = preceptors.id
LEFT JOIN health_systems ON preceptors.health_system_id = health_systems.id
LEFT JOIN sites ON preceptors.site_id = sites.id
ORDER BY team, team_id, preceptor_team_members.priority, preceptor;

COMMENT ON VIEW team_rosters IS 'Who is in each team, in the order in which members are given students.';
COMMENT ON COLUMN team_rosters.clerkship IS 'The clerkship the team teaches in; empty when any clerkship may use it.';
COMMENT ON COLUMN team_rosters.preceptor IS 'The member; empty for a team that has none yet.';
