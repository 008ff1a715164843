-- id: preceptor-emails-differ
-- area: 5
-- severity: warning
-- about: preceptors.email
-- sentence: Email addresses of preceptors differ in more than capitals, blanks, accents and hyphens.
-- message: The address '{value}' is easily taken for '{other}'.
-- remedy: If both are one, move what belongs to one to the other, and delete it; otherwise give one another address.
SELECT
    row_id,
    full_name AS value,
    other
FROM names_alike
WHERE table_name = 'preceptors'
