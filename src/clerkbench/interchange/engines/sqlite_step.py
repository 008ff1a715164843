"""The statements around a migration that an application's own tool runs on an SQLite file.

SQLite has no procedures, so a check is a row that a CHECK rejects: its name is the message. What others attached to a
table that is created again is refused, because no statement can write it down and create it again.
"""

from collections.abc import Iterable

from clerkbench.files.sql_text import literal, quoted
from clerkbench.interchange.engines.school_change import SchoolChange

_CHECKS = "clerkbench_checks"
_ORPHANS = "clerkbench_orphans"
_KEYS = "clerkbench_foreign_keys"

#: The rows without a parent, counted by foreign key.
_COUNTED = 'SELECT "table", parent, fkid, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2, 3'

#: The foreign keys of others whose table and column are there.
_WORKING = """SELECT own.name, key.id, key.seq FROM sqlite_master AS own, pragma_foreign_key_list(own.name) AS key
WHERE own.type = 'table' AND lower(own.name) NOT IN ({names})
AND EXISTS (SELECT * FROM sqlite_master AS above WHERE above.type = 'table' AND lower(above.name) = lower(key."table"))
AND (key."to" IS NULL OR EXISTS (
SELECT * FROM pragma_table_xinfo(key."table") AS above WHERE lower(above.name) = lower(key."to")))"""


def opening(change: SchoolChange) -> list[str]:
    """The statements before the script, after the transaction has begun."""
    objects = "SELECT count(*) = 0 FROM sqlite_master WHERE"
    free = _check("Others have names that the migration uses", f"{objects} lower(name) IN ({_in(change.used)})")
    ledger = f"{objects} name = 'clerkbench_migrations'"
    if not change.before:
        return [*_check("The file holds a school already", ledger), *free]
    applied = "SELECT version || ' ' || checksum AS entry FROM clerkbench_migrations ORDER BY version"
    views = change.names & {each.name.lower() for each in change.before.views}
    foreign = f"type = 'trigger' OR (type = 'view' AND lower(name) NOT IN ({_in(views)}))"
    on_school = f"type = 'trigger' AND lower(tbl_name) IN ({_in(change.names)})"
    checks = {
        "The file holds no school": ledger.replace("= 0", "= 1"),
        f"The school must be at {change.label}": (
            f"SELECT coalesce(group_concat(entry, ', '), '') = {literal(change.state)} FROM ({applied})"
        ),
        "The school has views of another release: use clerkbench migrate": (
            f"SELECT count(*) = 0 FROM clerkbench_views WHERE lower(name) NOT IN ({_in(views)})"
        ),
        (
            "There are views or triggers of others: drop them before, and create them afterwards"
            if change.may_break
            else "The school has triggers of others: drop them before, and create them afterwards"
        ): f"{objects} {foreign if change.may_break else on_school}",
    }
    if change.dropped or change.may_delete:
        check = "SELECT foreign_keys = 0 FROM pragma_foreign_keys"
        checks["Foreign keys must be off: PRAGMA foreign_keys = OFF before the transaction"] = check
    for table, columns in change.dropped.items():
        checks[f"The migration would lose columns that others added to {table}"] = (
            f"SELECT count(*) = 0 FROM pragma_table_xinfo({literal(table)}) WHERE lower(name) NOT IN ({_in(columns)})"
        )
        message = f"The migration would lose indexes of others on {table}: drop them before, and create them afterwards"
        checks[message] = (
            f"{objects} type = 'index' AND sql IS NOT NULL AND lower(tbl_name) = {literal(table)} "
            f"AND lower(name) NOT IN ({_in(change.own_indexes)})"
        )
    return [
        *(statement for message, query in checks.items() for statement in _check(message, query)),
        *free,
        f"CREATE TEMPORARY TABLE {_ORPHANS} AS {_COUNTED};",
        f"CREATE TEMPORARY TABLE {_KEYS} AS {_WORKING.format(names=_in(change.names))};",
        *(f"DROP VIEW IF EXISTS {quoted(view.name)};" for view in reversed(change.before.views)),
    ]


def closing(change: SchoolChange) -> list[str]:
    """The statements after the script and the views."""
    if not change.before:
        return []
    orphans = f"SELECT count(*) = 0 FROM ({_COUNTED} EXCEPT SELECT * FROM temp.{_ORPHANS})"
    working = _WORKING.format(names=_in(change.names | change.remaining))
    keys = f"SELECT count(*) = 0 FROM (SELECT * FROM temp.{_KEYS} EXCEPT {working})"
    return [
        *_check("Rows would reference rows that are gone: see PRAGMA foreign_key_check", orphans),
        *_check("Foreign keys of others would reference a table or a column that is gone", keys),
        f"DROP TABLE temp.{_ORPHANS};",
        f"DROP TABLE temp.{_KEYS};",
    ]


def _check(message: str, query: str) -> list[str]:
    """The statements that fail with a message unless a query returns 1."""
    constraint = quoted(f"{message}. Nothing was changed.")
    return [
        f"CREATE TEMPORARY TABLE {_CHECKS} (holds INTEGER CONSTRAINT {constraint} CHECK (holds = 1));",
        f"INSERT INTO temp.{_CHECKS} {query};",
        f"DROP TABLE temp.{_CHECKS};",
    ]


def _in(names: Iterable[str]) -> str:
    return ", ".join(map(literal, sorted(names))) or "''"
