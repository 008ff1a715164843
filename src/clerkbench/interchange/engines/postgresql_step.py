"""The statements around a migration that an application's own tool runs on PostgreSQL.

They do in SQL what :mod:`clerkbench.interchange.engines.in_place` does in Python: they refuse another state, and keep
what others attached to the tables.
"""

from collections.abc import Iterable

from clerkbench.files.sql_text import literal
from clerkbench.interchange.engines import postgresql_catalog as catalog
from clerkbench.interchange.engines.dialects import CURRENT_SCHEMA
from clerkbench.interchange.engines.school_change import SchoolChange

_SETTINGS = ("search_path", "row_security", "standard_conforming_strings")

#: Temporary views: what others attached to the tables, their rights, the relations, and the settings that no migration
#: makes. What they return before the script is kept in tables whose names end in ``_before``.
_VIEWS = {
    "clerkbench_attached": f"""SELECT * FROM ({catalog.ATTACHED})
AS attached (kind, name, attached_to, own, place, statement, detach)
WHERE lower(attached_to) IN ({{names}})
AND lower(own) NOT IN ({{names}})
AND NOT (kind = 'index' AND lower(name) IN ({{indexes}}))""",
    "clerkbench_rights": f"""SELECT * FROM ({catalog.GRANTS}) AS rights (relation, of_column, granted, revoked)
WHERE lower(relation) IN ({{names}})
UNION ALL SELECT *, '' FROM ({catalog.OWNERS}) AS owners
WHERE lower(relname) IN ({{names}})""",
    "clerkbench_relations": f"""SELECT relname AS relation, oid FROM pg_catalog.pg_class
WHERE relnamespace = {CURRENT_SCHEMA}
AND lower(relname) IN ({{names}})""",
    "clerkbench_settings": f"""SELECT * FROM ({catalog.SETTINGS_OF_TABLES}) AS settings (words)
WHERE words ^@ ANY (ARRAY[{{never}}])""",
}

_DETACH = """DO $detach$
DECLARE
    item record;
BEGIN
    FOR item IN SELECT detach FROM pg_temp.clerkbench_attached_before WHERE detach <> ''{without_keys} LOOP
        EXECUTE item.detach;
    END LOOP;
    FOR item IN
        SELECT string_agg(format('%I', relname), ', ') AS names FROM pg_catalog.pg_class
        WHERE relnamespace = {schema} AND relkind = 'v'
        AND lower(relname) IN (SELECT lower(name) FROM clerkbench_views)
    LOOP
        IF item.names IS NOT NULL THEN
            EXECUTE 'DROP VIEW ' || item.names;
        END IF;
    END LOOP;
END $detach$;"""

_REATTACH = """DO $reattach$
DECLARE
    item record;
    names text;
BEGIN
    SELECT string_agg(DISTINCT format('the %s %s on %s', kind, name, attached_to), ', ') INTO names
    FROM pg_temp.clerkbench_attached_before WHERE lower(attached_to) NOT IN ({remaining});
    IF names IS NOT NULL THEN
        RAISE EXCEPTION 'The migration drops or renames tables to which others have attached something: %. '
            'Remove it first, and make it again afterwards.', names;
    END IF;
    FOR item IN
        SELECT statement FROM pg_temp.clerkbench_attached_before
        WHERE (kind, name, attached_to) NOT IN (SELECT kind, name, attached_to FROM pg_temp.clerkbench_attached)
        ORDER BY kind <> 'index', kind, name, attached_to, place
    LOOP
        EXECUTE item.statement;
    END LOOP;
    CREATE TEMPORARY TABLE clerkbench_again AS
        SELECT relation FROM pg_temp.clerkbench_relations AS present
        JOIN pg_temp.clerkbench_relations_before AS former USING (relation) WHERE present.oid <> former.oid;
    FOR item IN
        SELECT revoked FROM pg_temp.clerkbench_rights JOIN pg_temp.clerkbench_again USING (relation)
        WHERE revoked <> '' AND granted NOT IN (SELECT granted FROM pg_temp.clerkbench_rights_before)
    LOOP
        EXECUTE item.revoked;
    END LOOP;
    FOR item IN SELECT granted FROM pg_temp.clerkbench_rights_before JOIN pg_temp.clerkbench_again USING (relation) LOOP
        EXECUTE item.granted;
    END LOOP;
    DROP TABLE pg_temp.clerkbench_again;
    SELECT string_agg(words, ', ') INTO names FROM (
        SELECT words FROM pg_temp.clerkbench_settings_before EXCEPT SELECT words FROM pg_temp.clerkbench_settings
    ) AS lost;
    IF names IS NOT NULL THEN
        RAISE EXCEPTION 'The migration would lose what others made: %. Remove it first, and make it again afterwards.',
            names;
    END IF;
END $reattach$;"""

_REFUSE = """DO $refuse$
DECLARE
    names text;
BEGIN
{checks}
END $refuse$;"""


def opening(change: SchoolChange, schema: str | None) -> list[str]:
    """The statements before the script, after the transaction has begun."""
    found = [
        f"SELECT pg_catalog.set_config('clerkbench.{each}', current_setting('{each}'), true);" for each in _SETTINGS
    ]
    found += ["SET LOCAL standard_conforming_strings TO on;", "SET LOCAL row_security TO off;"]
    if schema:
        found.append(_set("search_path", f"quote_ident({literal(schema)})"))
    checks = [
        "    IF to_regclass('clerkbench_migrations') IS NOT NULL THEN\n"
        "        RAISE EXCEPTION 'The schema % holds a school already.', current_schema();\n    END IF;"
    ]
    if change.before:
        checks = [_at(change)]
        for table, columns in change.dropped.items():
            checks += [_foreign_columns(table, columns), _foreign_constraints(table, change.count_constraints(table))]
    checks.append(_foreign_names(change))
    found.append(_REFUSE.format(checks="\n".join(checks)))
    if not change.before:
        return found
    for name, query in _VIEWS.items():
        query = query.format(
            names=_in(change.names), indexes=_in(change.own_indexes), never=_in(change.kind.never_migrated)
        )
        found.append(f"CREATE TEMPORARY VIEW {name} AS {query};")
        found.append(f"CREATE TEMPORARY TABLE {name}_before AS SELECT * FROM pg_temp.{name};")
    without_keys = "" if change.may_delete else " AND kind <> 'foreign key'"
    found.append(_DETACH.format(without_keys=without_keys, schema=CURRENT_SCHEMA))
    return found


def closing(change: SchoolChange) -> list[str]:
    """The statements after the script and the views."""
    found = []
    if change.before:
        found.append(_REATTACH.format(remaining=_in(change.remaining)))
        found.append(f"DROP TABLE {', '.join(f'pg_temp.{each}_before' for each in _VIEWS)};")
        found.append(f"DROP VIEW {', '.join(f'pg_temp.{each}' for each in _VIEWS)};")
    found += [
        f"SELECT pg_catalog.set_config('{each}', current_setting('clerkbench.{each}'), true);" for each in _SETTINGS
    ]
    return found


def _set(name: str, value: str) -> str:
    return f"SELECT pg_catalog.set_config('{name}', {value}, true);"


def _at(change: SchoolChange) -> str:
    return (
        "    SELECT string_agg(version || ' ' || checksum, ', ' ORDER BY version) INTO names\n"
        "    FROM clerkbench_migrations;\n"
        f"    IF names IS DISTINCT FROM {literal(change.state)} THEN\n"
        "        RAISE EXCEPTION 'The school in the schema % is not at the migration %, which this file expects.',\n"
        f"            current_schema(), {literal(change.label)};\n    END IF;"
    )


def _foreign_columns(table: str, columns: list[str]) -> str:
    return _refused(
        "attname",
        "pg_attribute JOIN pg_catalog.pg_class ON attrelid = pg_class.oid",
        f"lower(relname) = {literal(table)} AND attnum > 0 AND NOT attisdropped "
        f"AND lower(attname) NOT IN ({_in(columns)})",
        f"The migration would lose columns that others added to {table}: %.",
    )


def _foreign_constraints(table: str, count: int) -> str:
    return _refused(
        "conname",
        "pg_constraint JOIN pg_catalog.pg_class ON conrelid = pg_class.oid",
        f"lower(relname) = {literal(table)} AND contype IN ('p', 'u', 'c', 'f', 'x') HAVING count(*) <> {count}",
        f"Others changed the constraints of {table}, which the migration drops. The schema has {count}, and "
        "there are %. Change them back, and repeat it afterwards.",
    )


def _foreign_names(change: SchoolChange) -> str:
    return _refused(
        "relname",
        "pg_class",
        f"lower(relname) IN ({_in(change.used)})",
        "Others have names that the migration uses: %.",
    )


def _refused(column: str, relations: str, condition: str, message: str) -> str:
    """Raises a message if rows of the catalog meet a condition. ``%`` in the message are their names."""
    return (
        f"    SELECT string_agg({column}, ', ' ORDER BY {column}) INTO names FROM pg_catalog.{relations}\n"
        f"    WHERE pg_class.relnamespace = {CURRENT_SCHEMA}\n    AND {condition};\n"
        f"    IF names IS NOT NULL THEN\n        RAISE EXCEPTION {literal(message)}, names;\n    END IF;"
    )


def _in(names: Iterable[str]) -> str:
    return ", ".join(map(literal, sorted(names))) or "''"
