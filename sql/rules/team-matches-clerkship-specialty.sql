-- id: team-matches-clerkship-specialty
-- area: 2
-- severity: warning
-- about: preceptor_team_members.preceptor_id
-- sentence: The members of a clerkship's team have the specialty of the clerkship.
-- message: {preceptor} practices {value}, but is in team '{team}' of {clerkship}, whose specialty is {specialty}.
-- remedy: Replace {preceptor} in '{team}' with someone who practices {specialty}, if this is not intended.
SELECT
    members.id AS row_id,
    preceptors.specialty AS value,
    preceptors.name AS preceptor,
    teams.name AS team,
    clerkships.name AS clerkship,
    clerkships.specialty
FROM preceptor_teams AS teams
INNER JOIN clerkships ON teams.clerkship_id = clerkships.id
INNER JOIN preceptor_team_members AS members ON teams.id = members.team_id
INNER JOIN preceptors ON members.preceptor_id = preceptors.id
WHERE clerkships.specialty NOT IN (
    SELECT practiced.specialty
    FROM practiced_specialties AS practiced
    WHERE practiced.preceptor_id = members.preceptor_id
)
