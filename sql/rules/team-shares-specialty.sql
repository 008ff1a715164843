-- id: team-shares-specialty
-- area: 2
-- severity: error
-- about: preceptor_team_members.preceptor_id
-- sentence: The members of a team that requires one specialty all practice it.
-- message: Team '{team}' requires one specialty, but {preceptor} practices {value} and the team {team_specialty}.
-- remedy: Replace {preceptor} with someone who practices {team_specialty},
--     or let '{team}' span specialties (require_same_specialty = false).

-- A team practices the specialty of most of its members, or of those who come first where as many practice another.
WITH
specialties AS (
    SELECT
        teams.id AS team_id,
        teams.name AS team,
        practiced.specialty,
        row_number() OVER (
            PARTITION BY teams.id
            ORDER BY
                count(*) DESC,
                min(CASE practiced.specialty WHEN preceptors.specialty THEN members.priority END) ASC,
                practiced.specialty ASC
        ) AS place
    FROM preceptor_teams AS teams
    INNER JOIN preceptor_team_members AS members ON teams.id = members.team_id
    INNER JOIN preceptors ON members.preceptor_id = preceptors.id
    INNER JOIN practiced_specialties AS practiced ON members.preceptor_id = practiced.preceptor_id
    WHERE teams.require_same_specialty
    GROUP BY teams.id, teams.name, practiced.specialty
)

SELECT
    members.id AS row_id,
    preceptors.specialty AS value,
    specialties.team,
    preceptors.name AS preceptor,
    specialties.specialty AS team_specialty
FROM specialties
INNER JOIN preceptor_team_members AS members ON specialties.team_id = members.team_id
INNER JOIN preceptors ON members.preceptor_id = preceptors.id
WHERE
    specialties.place = 1
    AND specialties.specialty NOT IN (
        SELECT practiced.specialty
        FROM practiced_specialties AS practiced
        WHERE practiced.preceptor_id = members.preceptor_id
    )
