-- id: team-size-within-limits
-- area: 2
-- severity: error
-- about: preceptor_teams
-- sentence: A team has as many members as its clerkship allows: 2 to 3 where nothing is set, and never fewer than 2.
-- message: Team '{team}' counts {value}, and should have {limits} members.
-- remedy: Add or remove members of '{team}', or set team_size_min and team_size_max of its clerkship.
WITH
allowed AS (
    SELECT
        held.clerkship_id,
        coalesce(
            min(CASE WHEN held.assignment_mode = 'continuous_team' THEN held.team_size_min END),
            min(held.team_size_min)
        ) AS fewest,
        coalesce(
            max(CASE WHEN held.assignment_mode = 'continuous_team' THEN held.team_size_max END),
            max(held.team_size_max)
        ) AS most
    FROM effective_settings AS held
    GROUP BY held.clerkship_id
),

sizes AS (
    SELECT
        teams.id,
        teams.name,
        teams.clerkship_id,
        coalesce(allowed.fewest, 2) AS fewest,
        allowed.most,
        count(members.id) AS members
    FROM preceptor_teams AS teams
    LEFT JOIN allowed ON teams.clerkship_id = allowed.clerkship_id
    LEFT JOIN preceptor_team_members AS members
        ON
            teams.id = members.team_id
            AND NOT members.fallback_only
            AND members.preceptor_id NOT IN (
                SELECT stand_ins.id
                FROM preceptors AS stand_ins
                WHERE stand_ins.fallback_only
            )
    GROUP BY teams.id, teams.name, teams.clerkship_id, allowed.fewest, allowed.most
)

SELECT
    sizes.id AS row_id,
    CAST(sizes.members AS TEXT) || CASE sizes.members WHEN 1 THEN ' member' ELSE ' members' END AS value,
    sizes.name AS team,
    CASE
        WHEN sizes.clerkship_id IS NULL THEN 'at least 2'
        WHEN sizes.fewest = sizes.most THEN CAST(sizes.fewest AS TEXT)
        ELSE CAST(sizes.fewest AS TEXT) || ' to ' || CAST(sizes.most AS TEXT)
    END AS limits
FROM sizes
WHERE
    sizes.members < sizes.fewest
    OR sizes.members > sizes.most
