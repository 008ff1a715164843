"""The statements around a migration that an application's own tool runs on an SQLite file.

SQLite has no procedures, so a check is a row that a CHECK rejects: its name is the message. What others attached to a
table that is created again is refused, because no statement can write it down and create it again.
"""

from collections.abc import Iterable

from clerkbench.files.sql_text import literal, quoted
from clerkbench.interchange.engines.school_change import SchoolChange

_CHECKS = "clerkbench_checks"
_ORPHANS = "clerkbench_orphans"

#: The rows without a parent, counted by foreign key.
_COUNTED = 'SELECT "table", parent, fkid, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2, 3'


def opening(change: SchoolChange) -> list[str]:
    """The statements before the script, after the transaction has begun."""
    used = "SELECT count(*) = 0 FROM sqlite_master WHERE lower(name) IN"
    free = _check("Others have names that the migration uses", f"{used} ({_in(change.used)})")
    if not change.before:
        return [*_check("The file holds a school already", f"{used} ('clerkbench_migrations')"), *free]
    ledger = "SELECT version || ' ' || checksum AS entry FROM clerkbench_migrations ORDER BY version"
    found = _check(
        f"The school must be at {change.label}",
        f"SELECT coalesce(group_concat(entry, ', '), '') = {literal(change.state)} FROM ({ledger})",
    )
    found += free
    views = change.names & {each.name.lower() for each in change.before.views}
    found += _check(
        "The school has views of another release: use clerkbench migrate",
        f"SELECT count(*) = 0 FROM clerkbench_views WHERE lower(name) NOT IN ({_in(views)})",
    )
    if change.dropped:
        found += _check(
            "Foreign keys must be off: PRAGMA foreign_keys = OFF before the transaction",
            "SELECT foreign_keys = 0 FROM pragma_foreign_keys",
        )
    for table, columns in change.dropped.items():
        found += _check(
            f"The migration would lose columns that others added to {table}",
            f"SELECT count(*) = 0 FROM pragma_table_info({literal(table)}) WHERE lower(name) NOT IN ({_in(columns)})",
        )
        found += _check(
            f"The migration would lose indexes of others on {table}: drop them before, and create them afterwards",
            f"SELECT count(*) = 0 FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL "
            f"AND lower(tbl_name) = {literal(table)} AND lower(name) NOT IN ({_in(change.own_indexes)})",
        )
    found += _check(
        "The school has triggers of others: drop them before, and create them afterwards",
        f"SELECT count(*) = 0 FROM sqlite_master WHERE type = 'trigger' AND lower(tbl_name) IN ({_in(change.names)})",
    )
    found.append(f"CREATE TEMPORARY TABLE {_ORPHANS} AS {_COUNTED};")
    return found + [f"DROP VIEW IF EXISTS {quoted(view.name)};" for view in reversed(change.before.views)]


def closing(change: SchoolChange) -> list[str]:
    """The statements after the script and the views."""
    if not change.before:
        return []
    check = f"SELECT count(*) = 0 FROM ({_COUNTED} EXCEPT SELECT * FROM temp.{_ORPHANS})"
    return [
        *_check("Rows would reference rows that are gone: see PRAGMA foreign_key_check", check),
        f"DROP TABLE temp.{_ORPHANS};",
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
