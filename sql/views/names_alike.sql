-- Names that a person takes for one another, because they differ only in capitals, blanks, accents, hyphens, dots or
-- apostrophes. One row for each and the first that it is like, among the rows of its table from which it must be told.
CREATE VIEW names_alike AS
WITH
names AS (
    SELECT
        'clerkships' AS table_name,
        id AS row_id,
        name AS full_name,
        '' AS among
    FROM clerkships
    UNION ALL
    SELECT
        'health_systems' AS table_name,
        id AS row_id,
        name AS full_name,
        '' AS among
    FROM health_systems
    UNION ALL
    SELECT
        'sites' AS table_name,
        id AS row_id,
        name AS full_name,
        health_system_id AS among
    FROM sites
    UNION ALL
    SELECT
        'preceptors' AS table_name,
        id AS row_id,
        email AS full_name,
        '' AS among
    FROM preceptors
),

-- Without blanks, of which the second and the third do not break a line, hyphens, dots and apostrophes. The signs that
-- Latin-1 lacks are given by their numbers, because a PostgreSQL database of that encoding takes no text with them.
bare AS (
    SELECT
        table_name,
        row_id,
        full_name,
        among,
        replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(lower(full_name), ' ', ''), ' ', ''), chr(8239), ''), '-', ''), chr(8208), ''), '.', ''), '''', ''), chr(8216), ''), chr(8217), ''), chr(9), ''), chr(8201), ''), chr(12288), ''), chr(8209), ''), chr(8211), ''), chr(700), '') AS spelled -- noqa: LT05
    FROM names
),

-- Without accents.
half_plain AS (
    SELECT
        table_name,
        row_id,
        full_name,
        among,
        replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(spelled, 'á', 'a'), 'à', 'a'), 'â', 'a'), 'ä', 'a'), 'ã', 'a'), 'å', 'a'), 'é', 'e'), 'è', 'e'), 'ê', 'e'), 'ë', 'e') AS spelled -- noqa: LT05
    FROM bare
),

plain AS (
    SELECT
        table_name,
        row_id,
        full_name,
        among,
        replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(spelled, 'í', 'i'), 'î', 'i'), 'ï', 'i'), 'ó', 'o'), 'ô', 'o'), 'ö', 'o'), 'õ', 'o'), 'ú', 'u'), 'û', 'u'), 'ü', 'u'), 'ç', 'c'), 'ñ', 'n') AS spelled -- noqa: LT05
    FROM half_plain
),

alike AS (
    SELECT
        table_name,
        row_id,
        full_name,
        min(full_name) OVER (PARTITION BY table_name, among, spelled) AS other
    FROM plain
)

SELECT
    table_name,
    row_id,
    full_name,
    other
FROM alike
WHERE full_name > other
ORDER BY table_name, full_name, row_id;

COMMENT ON VIEW names_alike IS
'Names that differ only in capitals, blanks, accents or hyphens, each with one that it is easily taken for.';
COMMENT ON COLUMN names_alike.table_name IS 'Where the row is.';
COMMENT ON COLUMN names_alike.row_id IS 'The row.';
COMMENT ON COLUMN names_alike.full_name IS 'Its name, or the email address of a preceptor.';
COMMENT ON COLUMN names_alike.other IS 'The one of another row.';
