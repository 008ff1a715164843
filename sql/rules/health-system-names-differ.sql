-- id: health-system-names-differ
-- area: 5
-- severity: warning
-- about: health_systems.name
-- sentence: Health systems differ in more than capitals, blanks, accents and hyphens.
-- message: Health system '{value}' is easily taken for '{other}'.
-- remedy: If both are one, move what belongs to one to the other, and delete it; otherwise give one another name.
SELECT
    row_id,
    full_name AS value,
    other
FROM names_alike
WHERE table_name = 'health_systems'
