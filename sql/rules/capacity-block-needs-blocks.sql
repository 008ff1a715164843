-- id: capacity-block-needs-blocks
-- area: 4
-- severity: error
-- about: preceptor_capacity_rules.max_students_per_block
-- sentence: Only in a clerkship that uses blocks does a capacity rule limit the students per block.
-- message: {preceptor} takes at most {value} students per block in {clerkship}, which never uses blocks.
-- remedy: Empty max_students_per_block of the rule, or schedule a requirement of {clerkship} in blocks.

-- Of a clerkship without configuration or requirements nobody knows yet whether it uses blocks.
SELECT
    rules.id AS row_id,
    rules.max_students_per_block AS value,
    preceptors.name AS preceptor,
    clerkships.name AS clerkship
FROM preceptor_capacity_rules AS rules
INNER JOIN preceptors ON rules.preceptor_id = preceptors.id
INNER JOIN clerkships ON rules.clerkship_id = clerkships.id
INNER JOIN clerkship_configurations AS configurations ON clerkships.id = configurations.clerkship_id
WHERE
    rules.max_students_per_block IS NOT NULL
    AND coalesce(configurations.assignment_strategy, '') <> 'block_based'
    AND clerkships.id IN (SELECT listed.clerkship_id FROM clerkship_requirements AS listed)
    AND clerkships.id NOT IN (
        SELECT held.clerkship_id
        FROM effective_settings AS held
        WHERE held.assignment_mode = 'block_based'
    )
