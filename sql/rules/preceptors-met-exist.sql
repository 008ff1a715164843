-- id: preceptors-met-exist
-- area: 2
-- severity: error
-- about: clerkship_requirements.preceptors_min
-- sentence: A requirement has as many preceptors as a student must meet, in one health system if students stay in one.
-- message: In the {requirement} days of {clerkship} a student meets {value} preceptors, but {found}{place} may teach.
-- remedy: {advice}.
SELECT
    requirements.id AS row_id,
    requirements.preceptors_min AS value,
    held.clerkship,
    held.requirement,
    staffing.preceptors_met AS found,
    CASE WHEN staffing.in_one_system THEN ' of one health system' ELSE '' END AS place,
    CASE
        WHEN staffing.preceptors_met = 0 THEN 'Find preceptors who may teach them'
        ELSE
            'Lower preceptors_min of the requirement to ' || CAST(staffing.preceptors_met AS TEXT)
            || ', or find more preceptors'
    END AS advice
FROM clerkship_requirements AS requirements
INNER JOIN effective_settings AS held ON requirements.id = held.requirement_id
INNER JOIN requirement_staffing AS staffing ON requirements.id = staffing.requirement_id
WHERE requirements.preceptors_min > 1 AND staffing.preceptors_met < requirements.preceptors_min
