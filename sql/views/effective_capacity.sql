-- How many students a preceptor takes. The most specific rule of the preceptor decides alone; where it leaves a limit
-- empty there is no such limit, whatever a more general one says. From the most specific to the most general:
--
--   clerkship and type rule    for this clerkship and this type of requirement
--   clerkship rule             for this clerkship
--   type rule                  for this type of requirement in any clerkship
--   general rule               for any clerkship
--   max_students               without a rule, max_students of the preceptor; no more than the clerkship, or else the
--                              default of the school, says
CREATE VIEW effective_capacity AS
WITH
ranked AS (
    SELECT
        eligible.clerkship_id,
        eligible.requirement_id,
        eligible.preceptor_id,
        eligible.team_id,
        eligible.elective_id,
        held.clerkship,
        held.requirement,
        held.requirement_type,
        held.max_students_per_day AS default_per_day,
        held.max_students_per_day_origin AS default_per_day_origin,
        held.max_students_per_year AS default_per_year,
        rules.id AS rule_id,
        rules.clerkship_id AS rule_clerkship_id,
        rules.requirement_type AS rule_type,
        rules.max_students_per_day,
        rules.max_students_per_year,
        rules.max_students_per_block,
        row_number() OVER (
            PARTITION BY
                eligible.clerkship_id,
                eligible.requirement_id,
                eligible.preceptor_id,
                eligible.team_id,
                eligible.elective_id
            ORDER BY
                CASE WHEN rules.clerkship_id IS NULL THEN 1 ELSE 0 END,
                CASE WHEN rules.requirement_type IS NULL THEN 1 ELSE 0 END
        ) AS place
    FROM eligible_preceptors AS eligible
    INNER JOIN effective_settings AS held
        ON
            eligible.clerkship_id = held.clerkship_id
            AND coalesce(eligible.requirement_id, '') = coalesce(held.requirement_id, '')
    LEFT JOIN preceptor_capacity_rules AS rules
        ON
            eligible.preceptor_id = rules.preceptor_id
            AND (rules.clerkship_id IS NULL OR eligible.clerkship_id = rules.clerkship_id)
            AND (rules.requirement_type IS NULL OR held.requirement_type = rules.requirement_type)
)

SELECT
    ranked.preceptor_id,
    preceptors.name AS preceptor,
    ranked.clerkship_id,
    ranked.clerkship,
    ranked.requirement_id,
    ranked.requirement,
    ranked.requirement_type,
    ranked.team_id,
    ranked.elective_id,
    CASE
        WHEN ranked.rule_id IS NOT NULL THEN ranked.max_students_per_day
        WHEN ranked.default_per_day < preceptors.max_students THEN ranked.default_per_day
        ELSE preceptors.max_students
    END AS max_students_per_day,
    CASE
        WHEN ranked.rule_id IS NOT NULL THEN ranked.max_students_per_year
        ELSE ranked.default_per_year
    END AS max_students_per_year,
    ranked.max_students_per_block,
    CASE
        WHEN ranked.rule_clerkship_id IS NOT NULL AND ranked.rule_type IS NOT NULL THEN 'clerkship and type rule'
        WHEN ranked.rule_clerkship_id IS NOT NULL THEN 'clerkship rule'
        WHEN ranked.rule_type IS NOT NULL THEN 'type rule'
        WHEN ranked.rule_id IS NOT NULL THEN 'general rule'
        WHEN ranked.default_per_day < preceptors.max_students THEN ranked.default_per_day_origin
        ELSE 'max_students'
    END AS decided_by,
    ranked.rule_id
FROM ranked
INNER JOIN preceptors ON ranked.preceptor_id = preceptors.id
WHERE ranked.place = 1;

COMMENT ON VIEW effective_capacity IS
'For each requirement and preceptor who may teach it: how many students the preceptor takes, and what decided it.';
COMMENT ON COLUMN effective_capacity.team_id IS 'The team with which the preceptor teaches; empty outside of teams.';
COMMENT ON COLUMN effective_capacity.elective_id IS
'The elective that the preceptor teaches; empty for days that are none of an elective.';
COMMENT ON COLUMN effective_capacity.requirement IS
'The type of the requirement, with its part where it has one; empty for a clerkship without requirements.';
COMMENT ON COLUMN effective_capacity.max_students_per_day IS 'Students on one day, at most.';
COMMENT ON COLUMN effective_capacity.max_students_per_year IS 'Students a year, at most; empty for no limit.';
COMMENT ON COLUMN effective_capacity.max_students_per_block IS 'Students in one block, at most; empty for no limit.';
COMMENT ON COLUMN effective_capacity.decided_by IS
'The most specific rule of the preceptor, else the clerkship or the default of the school, else max_students.';
COMMENT ON COLUMN effective_capacity.rule_id IS 'The rule that decided; empty where none did.';
