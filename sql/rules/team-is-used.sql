-- id: team-is-used
-- area: 2
-- severity: warning
-- about: preceptor_teams.clerkship_id
-- sentence: A team is there for a requirement that a team teaches.
-- message: Team '{value}' belongs to {belongs_to}, and no requirement of {whose} is taught by a team.
-- remedy: Make the assignment_mode of a requirement continuous_team, or delete the team.
SELECT
    teams.id AS row_id,
    teams.name AS value,
    coalesce(clerkships.name, 'all clerkships') AS belongs_to,
    CASE WHEN clerkships.name IS NULL THEN 'any of them' ELSE 'it' END AS whose
FROM preceptor_teams AS teams
LEFT JOIN clerkships ON teams.clerkship_id = clerkships.id
WHERE NOT EXISTS (
    SELECT 1
    FROM effective_settings AS held
    WHERE
        (held.assignment_mode = 'continuous_team' OR held.assignment_strategy = 'continuous_team')
        AND (held.clerkship_id = teams.clerkship_id OR teams.clerkship_id IS NULL)
)
