-- The teams that any clerkship may use, and so this one.
-- $1 is the clerkship's id.
SELECT
    preceptor_teams.name,
    preceptor_teams.require_same_health_system,
    preceptor_teams.require_same_site,
    preceptor_teams.require_same_specialty,
    preceptor_teams.requires_admin_approval,
    string_agg(preceptors.name, ', ' ORDER BY preceptor_team_members.priority, preceptors.name) AS members,
    'general rule' AS origin,
    preceptor_teams.id AS row_id
FROM preceptor_teams
LEFT JOIN preceptor_team_members ON preceptor_teams.id = preceptor_team_members.team_id
LEFT JOIN preceptors ON preceptor_team_members.preceptor_id = preceptors.id
WHERE preceptor_teams.clerkship_id IS NULL AND $1 IS NOT NULL
GROUP BY
    preceptor_teams.id,
    preceptor_teams.name,
    preceptor_teams.require_same_health_system,
    preceptor_teams.require_same_site,
    preceptor_teams.require_same_specialty,
    preceptor_teams.requires_admin_approval
ORDER BY preceptor_teams.name;
