-- The value of each single setting of a clerkship, and where it comes from.
-- $1 is the clerkship's id. The lists $2 to $5 have an entry for each setting: its name, its table, its stored value,
-- and the default of the schema, as text. A row does not remember whether somebody set a value that equals the default.
WITH
stored AS (
    SELECT
        unnest(CAST($2 AS TEXT[])) AS setting,
        unnest(CAST($3 AS TEXT[])) AS table_name,
        unnest(CAST($4 AS TEXT[])) AS value,
        unnest(CAST($5 AS TEXT[])) AS schema_default
)

SELECT
    setting,
    value,
    CASE
        WHEN
            table_name <> 'clerkships'
            AND coalesce(value = schema_default, value IS NULL AND schema_default IS NULL)
            THEN 'default of the schema'
        ELSE 'set here'
    END AS origin
FROM stored
WHERE $1 IS NOT NULL;
