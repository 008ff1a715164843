"""Translates migrations for another engine, also those that rebuild a referenced table.

DuckDB detaches the referencing tables for that (see ``script_runner``). PostgreSQL drops no referenced table, so the
foreign keys are dropped first and created again at the end of the migration. Other engines do not have CREATE OR
REPLACE TABLE.
"""

from collections.abc import Sequence

from clerkbench.files.declared_constraints import Declared, declared_constraints
from clerkbench.files.sql_text import Token, after_name, code_of, literal, name_at, splice, tokens
from clerkbench.interchange.engines.dialects import CURRENT_SCHEMA, Dialect

#: Drops the foreign keys of other tables to one table, also those of other schemas.
_DROP_KEYS = f"""DO $keys$
DECLARE
    found record;
BEGIN
    FOR found IN
        SELECT conname, child.relname, nspname
        FROM pg_catalog.pg_constraint
        JOIN pg_catalog.pg_class AS child ON conrelid = child.oid
        JOIN pg_catalog.pg_namespace ON child.relnamespace = pg_namespace.oid
        JOIN pg_catalog.pg_class AS parent ON confrelid = parent.oid
        WHERE
            contype = 'f' AND conrelid <> confrelid AND conparentid = 0
            AND parent.relnamespace = {CURRENT_SCHEMA}
            AND lower(parent.relname) = lower({{name}})
    LOOP
        EXECUTE format('ALTER TABLE %I.%I DROP CONSTRAINT %I', found.nspname, found.relname, found.conname);
    END LOOP;
END $keys$;"""

#: Creates the declared foreign keys that are missing.
_MAKE_KEYS = f"""DO $keys$
DECLARE
    found record;
BEGIN
    FOR found IN
        WITH
        declared (child, columns, parent, parent_columns, action) AS (VALUES
{{rows}}
        ),
        here AS (SELECT oid, relname FROM pg_catalog.pg_class WHERE relnamespace = {CURRENT_SCHEMA} AND relkind = 'r'),
        named AS (
            SELECT
                declared.child AS child_name, child.oid AS child_oid, child.relname AS child,
                parent.oid AS parent_oid, parent.relname AS parent, action,
                (
                    SELECT array_agg(attnum ORDER BY place)
                    FROM unnest(columns) WITH ORDINALITY AS given (name, place)
                    JOIN pg_catalog.pg_attribute ON attrelid = child.oid AND attnum > 0 AND lower(attname) = lower(name)
                ) AS numbers,
                (
                    SELECT string_agg(quote_ident(attname), ', ' ORDER BY place)
                    FROM unnest(columns) WITH ORDINALITY AS given (name, place)
                    JOIN pg_catalog.pg_attribute ON attrelid = child.oid AND attnum > 0 AND lower(attname) = lower(name)
                ) AS keys,
                (
                    SELECT string_agg(quote_ident(attname), ', ' ORDER BY place)
                    FROM unnest(parent_columns) WITH ORDINALITY AS given (name, place)
                    JOIN pg_catalog.pg_attribute
                        ON attrelid = parent.oid AND attnum > 0 AND lower(attname) = lower(name)
                ) AS parent_keys
            FROM declared
            LEFT JOIN here AS child ON lower(child.relname) = lower(declared.child)
            LEFT JOIN here AS parent ON lower(parent.relname) = lower(declared.parent)
        )
        SELECT * FROM named
        WHERE NOT EXISTS (
            SELECT FROM pg_catalog.pg_constraint
            WHERE contype = 'f' AND conrelid = child_oid AND confrelid = parent_oid AND conkey = numbers
        )
    LOOP
        IF found.keys IS NULL OR found.parent IS NULL THEN
            RAISE EXCEPTION 'the foreign key of % cannot be made again', found.child_name;
        END IF;
        EXECUTE format(
            'ALTER TABLE %I ADD FOREIGN KEY (%s) REFERENCES %I%s %s',
            found.child, found.keys, found.parent, ' (' || found.parent_keys || ')', found.action
        );
    END LOOP;
END $keys$;"""


def statements(dialect: Dialect, scripts: Sequence[str]) -> list[list[str]]:
    """The statements of each script, translated."""
    return [_statements(dialect, scripts[:number], script) for number, script in enumerate(scripts)]


def _statements(dialect: Dialect, earlier: Sequence[str], script: str) -> list[str]:
    found: list[str] = []
    keys: list[tuple[str, Declared]] | None = None
    for statement in dialect.written(script):
        code = [token for token in tokens(statement) if not token.is_comment]
        dropped = _dropped(code)
        if dropped and not dialect.drops_referenced:
            keys = _keys(earlier, script) if keys is None else keys
            is_older = dropped in declared_constraints(earlier)  # then tables of others may reference it
            if is_older or any(key.parent == dropped and table != dropped for table, key in keys):
                found.append(_DROP_KEYS.replace("{name}", literal(dropped)))
        if dropped and code[0].keyword == "create":
            name = "".join(token.text for token in code[4 : len(code) - len(after_name(code, 4))])
            found.append(f"DROP TABLE IF EXISTS {name};")
            statement = splice(statement, {(code[1].start, code[2].end): ""})
        found.append(statement)
    if any(statement.startswith("DO $keys$") for statement in found):
        after = declared_constraints([*earlier, script])
        rows = [_row(table, each) for table, some in after.items() for each in some if each.kind == "foreign key"]
        found += [_MAKE_KEYS.replace("{rows}", ",\n".join(rows))] if rows else []
    return found


def _dropped(code: list[Token]) -> str:
    """The table that a statement drops or replaces; empty if there is none."""
    match [token.keyword for token in code]:
        case ["drop", "table", *_]:
            return name_at(code_of(code), 2)
        case ["create", "or", "replace", "table", *_]:
            return name_at(code, 4)
    return ""


def _keys(earlier: Sequence[str], script: str) -> list[tuple[str, Declared]]:
    """The foreign keys that are declared before or after a script, each with its table."""
    declared = [*declared_constraints(earlier).items(), *declared_constraints([*earlier, script]).items()]
    return [(table, each) for table, some in declared for each in some if each.kind == "foreign key"]


def _row(table: str, key: Declared) -> str:
    columns, parent_columns = (
        f"ARRAY[{', '.join(map(literal, names))}]::text[]" for names in (key.columns, key.parent_columns)
    )
    action = literal(f"ON DELETE {key.on_delete}" if key.on_delete in ("CASCADE", "SET NULL") else "")
    return f"({literal(table)}, {columns}, {literal(key.parent)}, {parent_columns}, {action})"
