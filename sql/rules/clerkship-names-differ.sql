-- id: clerkship-names-differ
-- area: 1
-- severity: warning
-- about: clerkships.name
-- sentence: Clerkships differ in more than capitals, blanks, accents and hyphens.
-- message: Clerkship '{value}' is easily taken for '{other}'.
-- remedy: If both are one, move what belongs to one to the other, and delete it; otherwise give one another name.
SELECT
    row_id,
    full_name AS value,
    other
FROM names_alike
WHERE table_name = 'clerkships'
