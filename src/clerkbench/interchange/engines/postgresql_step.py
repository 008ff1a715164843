"""The statements around a migration that an application's own tool runs on PostgreSQL.

They do in SQL what :mod:`clerkbench.interchange.engines.in_place` does in Python: they refuse another state, and keep
what others attached to the tables.
"""

from collections.abc import Iterable

from clerkbench.database import ledger
from clerkbench.files.sql_text import literal, quoted
from clerkbench.interchange.engines import postgresql_catalog as catalog
from clerkbench.interchange.engines.dialects import CURRENT_SCHEMA
from clerkbench.interchange.engines.payload import Payload
from clerkbench.interchange.engines.postgresql import SETTINGS
from clerkbench.interchange.engines.school_change import SchoolChange

#: The settings of the session, which come back at the end.
_SETTINGS = ("search_path", "client_min_messages", *(setting.partition(" ")[0] for setting in SETTINGS))

#: A schema for a school without rows, which is dropped again: what it lacks was set by others.
_SCRATCH = quoted("clerkbench: scratch")

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
UNION SELECT * FROM ({catalog.LATER_SETTINGS}) AS later (words)""",
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
    found = [_set(f"clerkbench.{each}", f"current_setting('{each}')") for each in _SETTINGS]
    found += [f"SET LOCAL {setting};" for setting in ("client_min_messages TO warning", *SETTINGS)]
    # Only this schema: a name must not mean a table of another one.
    found.append(_set("search_path", f"quote_ident({'current_schema()' if schema is None else literal(schema)})"))
    here = f"SELECT FROM pg_catalog.pg_class WHERE relnamespace = {CURRENT_SCHEMA}"
    has_ledger = f"EXISTS ({here} AND relname = {literal(ledger.MIGRATIONS)})"
    if not change.before:
        message = "The schema % holds a school already."
        return [*found, _refuse([_raised(has_ledger, message, "current_schema()"), _foreign_names(change)])]
    message = "The schema % holds no school. Name its schema with clerkbench migrations --schema."
    found.append(_refuse([_raised(f"NOT {has_ledger}", message, "current_schema()")]))
    tables = ", ".join(change.before.written(each.table) for each in change.before.tables)
    found.append(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE;")
    checks = [_at(change), _foreign_names(change)]
    for table, columns in change.dropped.items():
        checks.append(_foreign_columns(table, columns))
    found.append(_refuse(checks))
    for name, query in _VIEWS.items():
        query = query.format(names=_in(change.names), indexes=_in(change.own_indexes))
        found.append(f"CREATE TEMPORARY VIEW {name} AS {query};")
        found.append(f"CREATE TEMPORARY TABLE {name}_before AS SELECT * FROM pg_temp.{name};")
    found += _without_own_settings(change, change.before)
    without_keys = "" if change.may_delete else " AND kind <> 'foreign key'"
    found.append(_DETACH.format(without_keys=without_keys, schema=CURRENT_SCHEMA))
    return found


def _without_own_settings(change: SchoolChange, before: Payload) -> list[str]:
    """The statements that leave only the settings of others in the table of settings."""
    delete, known = "DELETE FROM pg_temp.clerkbench_settings_before WHERE", [each.checksum for each in before.views]
    made = before.all_statements(change.kind.dialect, change.kind.words(before.constraints))
    return [
        _set("clerkbench.schema", "current_schema()"),
        "-- The school as migrations make it, to tell what others changed. It is dropped again.\n"
        f"CREATE SCHEMA {_SCRATCH};",
        _set("search_path", literal(_SCRATCH)),
        *made,
        f"{delete} words IN (SELECT words FROM pg_temp.clerkbench_settings);",
        f"DROP SCHEMA {_SCRATCH} CASCADE;",
        _set("search_path", "quote_ident(current_setting('clerkbench.schema'))"),
        # Another release may have had other views of these names.
        f"{delete} EXISTS (SELECT FROM clerkbench_views WHERE checksum NOT IN ({_in(known)})\n"
        "AND words ~* ('\\m' || name || '\\M'));",
    ]


def closing(change: SchoolChange) -> list[str]:
    """The statements after the script and the views."""
    found = []
    if change.before:
        found.append(_REATTACH.format(remaining=_in(change.remaining)))
        found.append(f"DROP TABLE {', '.join(f'pg_temp.{each}_before' for each in _VIEWS)};")
        found.append(f"DROP VIEW {', '.join(f'pg_temp.{each}' for each in _VIEWS)};")
    return found + [_set(each, f"current_setting('clerkbench.{each}')") for each in _SETTINGS]


def _set(name: str, value: str) -> str:
    return f"SELECT pg_catalog.set_config('{name}', {value}, true);"


def _refuse(checks: list[str]) -> str:
    return _REFUSE.format(checks="\n".join(checks))


def _raised(condition: str, message: str, *values: str) -> str:
    arguments = "".join(f", {each}" for each in values)
    return f"    IF {condition} THEN\n        RAISE EXCEPTION {literal(message)}{arguments};\n    END IF;"


def _at(change: SchoolChange) -> str:
    message = "The school in the schema % is not at the migration %, which this file expects."
    return (
        "    SELECT string_agg(version || ' ' || checksum, ', ' ORDER BY version) INTO names\n"
        "    FROM clerkbench_migrations;\n"
        + _raised(f"names IS DISTINCT FROM {literal(change.state)}", message, "current_schema()", literal(change.label))
    )


def _foreign_columns(table: str, columns: list[str]) -> str:
    return _refused(
        "attname",
        "pg_attribute JOIN pg_catalog.pg_class ON attrelid = pg_class.oid",
        f"lower(relname) = {literal(table)} AND attnum > 0 AND NOT attisdropped "
        f"AND lower(attname) NOT IN ({_in(columns)})",
        f"The migration would lose columns that others added to {table.replace('%', '%%')}: %.",
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
        + _raised("names IS NOT NULL", message, "names")
    )


def _in(names: Iterable[str]) -> str:
    return ", ".join(map(literal, sorted(names))) or "''"
