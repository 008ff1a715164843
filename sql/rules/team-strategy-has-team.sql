-- id: team-strategy-has-team
-- area: 2
-- severity: error
-- about: clerkships
-- sentence: A clerkship that is assigned to teams has a team: one of its own, or one that any clerkship may use.
-- message: {clerkship} is assigned to teams (continuous_team), but has no team it can use.
-- remedy: Store a team for {clerkship} in preceptor_teams and its members in preceptor_team_members,
--     or assign {clerkship} in another way.

-- A requirement that is assigned to teams under a strategy that is not, is at odds with it, which is another rule.
SELECT
    clerkships.id AS row_id,
    NULL AS value,
    clerkships.name AS clerkship
FROM clerkships
WHERE
    (
        EXISTS (
            SELECT 1 FROM clerkship_configurations AS configurations
            WHERE
                configurations.clerkship_id = clerkships.id
                AND configurations.assignment_strategy = 'continuous_team'
        )
        OR EXISTS (
            SELECT 1
            FROM clerkship_requirements AS requirements
            LEFT JOIN clerkship_configurations AS configurations
                ON requirements.clerkship_id = configurations.clerkship_id
            WHERE
                requirements.clerkship_id = clerkships.id
                AND requirements.assignment_mode = 'continuous_team'
                AND coalesce(configurations.assignment_strategy, 'hybrid') = 'hybrid'
        )
    )
    AND NOT EXISTS (
        SELECT 1 FROM preceptor_teams AS teams
        WHERE teams.clerkship_id = clerkships.id OR teams.clerkship_id IS NULL
    )
