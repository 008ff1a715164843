-- id: team-strategy-has-team
-- area: 2
-- severity: error
-- about: clerkships
-- sentence: A clerkship that is assigned to teams has a team: one of its own, or one that any clerkship may use.
-- message: {clerkship} is assigned to teams (continuous_team), but has no team it can use.
-- remedy: Store a team for {clerkship} in preceptor_teams and its members in preceptor_team_members,
--     or assign {clerkship} in another way.

-- A requirement that is assigned to teams under a strategy that is not, is at odds with it, which is another rule.
SELECT DISTINCT
    held.clerkship_id AS row_id,
    NULL AS value,
    held.clerkship
FROM effective_settings AS held
WHERE
    (
        held.assignment_strategy = 'continuous_team'
        OR (
            held.assignment_mode = 'continuous_team'
            AND coalesce(held.assignment_strategy, 'hybrid') = 'hybrid'
            AND held.requirement_id IS NOT NULL
        )
    )
    AND NOT EXISTS (
        SELECT 1 FROM preceptor_teams AS teams
        WHERE teams.clerkship_id = held.clerkship_id OR teams.clerkship_id IS NULL
    )
