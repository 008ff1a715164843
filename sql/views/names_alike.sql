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

-- The signs are a no-break blank, a narrow one, one of no width, a soft hyphen, curly apostrophes, hyphens and accents.
plain AS (
    SELECT
        table_name,
        row_id,
        full_name,
        among,
        lower(
            translate(
                full_name,
                'áàâäãåéèêëíìîïóòôöõúùûüçñÁÀÂÄÃÅÉÈÊËÍÌÎÏÓÒÔÖÕÚÙÛÜÇÑ -.'''
                || chr(160) || chr(8239) || chr(8203) || chr(173) || chr(8216) || chr(8217) || chr(8208) || chr(8209)
                || chr(768) || chr(769) || chr(770) || chr(771) || chr(776) || chr(778) || chr(807),
                'aaaaaaeeeeiiiiooooouuuucnaaaaaaeeeeiiiiooooouuuucn'
            )
        ) AS spelled
    FROM names
)

SELECT
    plain.table_name,
    plain.row_id,
    plain.full_name,
    min(alike.full_name) AS other
FROM plain
INNER JOIN plain AS alike
    ON
        plain.table_name = alike.table_name
        AND plain.among = alike.among
        AND plain.spelled = alike.spelled
        AND plain.full_name > alike.full_name
GROUP BY plain.table_name, plain.row_id, plain.full_name
ORDER BY plain.table_name, plain.full_name, plain.row_id;

COMMENT ON VIEW names_alike IS
'Names that differ only in capitals, blanks, accents or hyphens, each with one that it is easily taken for.';
COMMENT ON COLUMN names_alike.table_name IS 'Where the row is.';
COMMENT ON COLUMN names_alike.row_id IS 'The row.';
COMMENT ON COLUMN names_alike.full_name IS 'Its name, or the email address of a preceptor.';
COMMENT ON COLUMN names_alike.other IS 'The one of another row.';
