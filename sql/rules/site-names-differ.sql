-- id: site-names-differ
-- area: 5
-- severity: warning
-- about: sites.name
-- sentence: Sites of one health system differ in more than capitals, blanks, accents and hyphens.
-- message: Site '{value}' is easily taken for '{other}'.
-- remedy: If both are one, move what belongs to one to the other, and delete it; otherwise give one another name.
SELECT
    row_id,
    full_name AS value,
    other
FROM names_alike
WHERE table_name = 'sites'
