-- How many students a preceptor takes. The most specific rule of the preceptor decides alone; where it leaves a limit
-- empty there is no such limit, whatever a more general one says. From the most specific to the most general:
--
--   clerkship and type rule    for this clerkship and this type of requirement
--   clerkship rule             for this clerkship
--   type rule                  for this type of requirement in any clerkship
--   general rule               for any clerkship
--   max_students               without a rule: a day max_students of the preceptor, and no more than the clerkship, or
--                              else the default of the school, says; a year as many as that says
CREATE VIEW effective_capacity AS
WITH
rules AS (
    SELECT
        id,
        preceptor_id,
        coalesce(clerkship_id, '') AS clerkship,
        coalesce(requirement_type, '') AS requirement_type,
        max_students_per_day,
        max_students_per_year,
        max_students_per_block
    FROM preceptor_capacity_rules
),

decided AS (
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
        held.max_students_per_year_origin AS default_per_year_origin,
        coalesce(of_both.id, of_clerkship.id, of_type.id, general.id) AS rule_id,
        CASE
            WHEN of_both.id IS NOT NULL THEN 'clerkship and type rule'
            WHEN of_clerkship.id IS NOT NULL THEN 'clerkship rule'
            WHEN of_type.id IS NOT NULL THEN 'type rule'
            WHEN general.id IS NOT NULL THEN 'general rule'
        END AS kind
    FROM eligible_preceptors AS eligible
    INNER JOIN effective_settings AS held
        ON
            eligible.clerkship_id = held.clerkship_id
            AND coalesce(eligible.requirement_id, '') = coalesce(held.requirement_id, '')
    LEFT JOIN rules AS of_both
        ON
            eligible.preceptor_id = of_both.preceptor_id
            AND eligible.clerkship_id = of_both.clerkship
            AND held.requirement_type = of_both.requirement_type
    LEFT JOIN rules AS of_clerkship
        ON
            eligible.preceptor_id = of_clerkship.preceptor_id
            AND eligible.clerkship_id = of_clerkship.clerkship
            AND of_clerkship.requirement_type = ''
    LEFT JOIN rules AS of_type
        ON
            eligible.preceptor_id = of_type.preceptor_id
            AND of_type.clerkship = ''
            AND held.requirement_type = of_type.requirement_type
    LEFT JOIN rules AS general
        ON
            eligible.preceptor_id = general.preceptor_id
            AND general.clerkship = ''
            AND general.requirement_type = ''
)

SELECT
    decided.preceptor_id,
    preceptors.name AS preceptor,
    decided.clerkship_id,
    decided.clerkship,
    decided.requirement_id,
    decided.requirement,
    decided.requirement_type,
    decided.team_id,
    decided.elective_id,
    CASE
        WHEN decided.rule_id IS NOT NULL THEN rules.max_students_per_day
        WHEN decided.default_per_day < preceptors.max_students THEN decided.default_per_day
        ELSE preceptors.max_students
    END AS max_students_per_day,
    CASE
        WHEN decided.rule_id IS NOT NULL THEN rules.max_students_per_year
        ELSE decided.default_per_year
    END AS max_students_per_year,
    rules.max_students_per_block,
    CASE
        WHEN decided.rule_id IS NOT NULL THEN decided.kind
        WHEN decided.default_per_day < preceptors.max_students
            THEN
                decided.default_per_day_origin
                || CASE
                    WHEN decided.default_per_year_origin <> decided.default_per_day_origin
                        THEN ', ' || decided.default_per_year_origin
                    ELSE ''
                END
        ELSE 'max_students' || coalesce(', ' || decided.default_per_year_origin, '')
    END AS decided_by,
    decided.rule_id
FROM decided
INNER JOIN preceptors ON decided.preceptor_id = preceptors.id
LEFT JOIN rules ON decided.rule_id = rules.id;

COMMENT ON VIEW effective_capacity IS
'For each requirement and preceptor who may teach it: how many students the preceptor takes, and what decided it.';
COMMENT ON COLUMN effective_capacity.team_id IS 'The team with which the preceptor teaches; empty outside of teams.';
COMMENT ON COLUMN effective_capacity.elective_id IS
'The elective that the preceptor teaches, if all students take it; empty for all days of the requirement.';
COMMENT ON COLUMN effective_capacity.requirement IS
'The type of the requirement, with its part where it has one; empty for a clerkship without requirements.';
COMMENT ON COLUMN effective_capacity.max_students_per_day IS 'Students on one day, at most.';
COMMENT ON COLUMN effective_capacity.max_students_per_year IS 'Students a year, at most; empty for no limit.';
COMMENT ON COLUMN effective_capacity.max_students_per_block IS 'Students in one block, at most; empty for no limit.';
COMMENT ON COLUMN effective_capacity.decided_by IS
'The most specific rule; without one what set the day and the year: max_students, the clerkship, the school.';
COMMENT ON COLUMN effective_capacity.rule_id IS 'The rule that decided; empty where none did.';
