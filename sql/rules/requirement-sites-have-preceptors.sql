-- id: requirement-sites-have-preceptors
-- area: 5
-- severity: error
-- about: requirement_sites.requirement_id
-- sentence: Somebody who may teach a requirement works at one of the sites that it names.
-- message: The {requirement} requirement of {clerkship} is taught at {value}, where nobody may teach it.
-- remedy: Name another site in requirement_sites, or move a preceptor there, or add one in preceptor_sites.
SELECT
    min(allowed.id) AS row_id,
    string_agg(sites.name, ', ' ORDER BY sites.name) AS value,
    held.clerkship,
    held.requirement
FROM requirement_sites AS allowed
INNER JOIN sites ON allowed.site_id = sites.id
INNER JOIN effective_settings AS held ON allowed.requirement_id = held.requirement_id
INNER JOIN requirement_staffing AS staffing ON allowed.requirement_id = staffing.requirement_id
WHERE staffing.preceptors = 0
GROUP BY allowed.requirement_id, held.clerkship, held.requirement
