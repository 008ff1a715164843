"""Writes the rules of constraints as comments on a PostgreSQL server."""

from collections.abc import Iterable, Sequence

from clerkbench.database.constraints import Constraint
from clerkbench.files.sql_text import literal
from clerkbench.interchange.engines.dialects import CURRENT_SCHEMA

#: PostgreSQL's codes of constraints.
_CONSTRAINTS = {"check": "c", "unique": "u", "primary key": "p", "foreign key": "f"}

#: Comments on constraints and indexes, because the server's own messages give only their names. The server chooses the
#: names, so each is found by table, kind, columns, and its place among equal ones. If their number differs from the
#: declared one, nothing tells which is which.
_COMMENT_CONSTRAINTS = """DO {mark}
DECLARE
    found record;
BEGIN
    FOR found IN
        WITH
        declared (table_name, kind, columns, place, number, words) AS (VALUES
{rows}
        ),
        stored AS (
            SELECT
                relname, contype::text AS kind, conname, pg_constraint.oid,
                ARRAY(
                    SELECT attname::text FROM pg_catalog.pg_attribute
                    WHERE attrelid = conrelid AND attnum = ANY (conkey)
                ) AS columns
            FROM pg_catalog.pg_constraint
            JOIN pg_catalog.pg_class ON conrelid = pg_class.oid
            WHERE relnamespace = {place}
            UNION ALL
            SELECT pg_class.relname, 'i', named.relname, named.oid, ARRAY[named.relname::text]
            FROM pg_catalog.pg_index
            JOIN pg_catalog.pg_class AS named ON indexrelid = named.oid
            JOIN pg_catalog.pg_class ON indrelid = pg_class.oid
            WHERE
                pg_class.relnamespace = {place}
                AND obj_description(named.oid, 'pg_class') IS NULL
        ),
        keyed AS (
            SELECT
                *,
                ARRAY(SELECT lower(name COLLATE "C") FROM unnest(columns) AS name ORDER BY 1) AS key
            FROM stored
        ),
        placed AS (
            SELECT
                *,
                row_number() OVER (PARTITION BY relname, kind, key ORDER BY oid) AS place,
                count(*) OVER (PARTITION BY relname, kind, key) AS number
            FROM keyed
        )
        SELECT
            CASE kind
                WHEN 'i' THEN format('COMMENT ON INDEX %I IS %L', conname, words)
                ELSE format('COMMENT ON CONSTRAINT %I ON %I IS %L', conname, relname, words)
            END AS statement
        FROM placed
        JOIN declared USING (kind, place, number)
        WHERE
            lower(relname::text COLLATE "C") = lower(table_name COLLATE "C")
            AND key = ARRAY(SELECT lower(name COLLATE "C") FROM unnest(declared.columns) AS name ORDER BY 1)
    LOOP
        EXECUTE found.statement;
    END LOOP;
END {mark};"""


def comment_statements(constraints: Iterable[Constraint]) -> list[str]:
    """The statements that write the rules of constraints and unique indexes as comments."""
    listed: dict[object, list[tuple[Constraint, str, Sequence[str]]]] = {}
    for each in constraints:
        kind, names = ("i", (each.index,)) if each.index else (_CONSTRAINTS.get(each.kind, ""), each.columns)
        if kind and names:
            place = each.table.lower(), kind, frozenset(map(str.lower, names))
            listed.setdefault(place, []).append((each, kind, names))
    rows = [
        f"({literal(each.table)}, '{kind}', ARRAY[{', '.join(map(literal, names))}], "
        f"{place}, {len(alike)}, {literal(each.rule)})"
        for alike in listed.values()
        for place, (each, kind, names) in enumerate(alike, start=1)
        if each.rule
    ]
    if not rows:
        return []
    listed_rows, mark = ",\n".join(rows), "$constraints$"
    while mark in listed_rows:  # a rule may contain it
        mark = f"{mark[:-1]}_$"
    return [
        _COMMENT_CONSTRAINTS.replace("{place}", CURRENT_SCHEMA).replace("{mark}", mark).replace("{rows}", listed_rows)
    ]
