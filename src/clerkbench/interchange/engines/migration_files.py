"""Writes the migrations as files in the SQL of another engine, for the tool by which an application changes its schema.

A file does not know the school that it will change. So it refuses another state, and on PostgreSQL it reads what others
attached to the tables and creates it again; see :mod:`clerkbench.interchange.engines.school_change`.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import duckdb

from clerkbench.database.schema import read_schema
from clerkbench.errors import ArgumentError, MigrationError
from clerkbench.files.sql_files import SqlFiles
from clerkbench.interchange.engines import postgresql_step, sqlite_step
from clerkbench.interchange.engines.payload import Payload, build_payload
from clerkbench.interchange.engines.postgresql import PostgreSQL
from clerkbench.interchange.engines.school_change import SchoolChange
from clerkbench.interchange.engines.sqlite import SQLite
from clerkbench.interchange.engines.target import Target
from clerkbench.migrations import migrate, views
from clerkbench.reporting.phrases import listed

#: The engines, by the names that the command line has for them.
DIALECTS: Mapping[str, type[Target]] = {"postgres": PostgreSQL, "sqlite": SQLite}


@dataclass(frozen=True)
class _Step:
    label: str
    engine: str
    up: list[str]
    down: list[str]


def migration_files(
    files: SqlFiles, dialect: str, since: int, layout: str, *, transaction: bool = True, schema: str | None = None
) -> dict[str, str]:
    """The text of each file by its name.

    Args:
        dialect: ``postgres`` or ``sqlite``.
        since: The number of the newest migration that the schools have; 0 for none.
        layout: ``sql`` for two scripts a migration, ``dbmate``, or ``kysely``.
        transaction: Whether a script begins and commits a transaction. dbmate and kysely do that in their own way.
        schema: The schema of the school on a server; by default the one that the tool works in.

    Raises:
        ArgumentError: There is no such dialect or layout, or a schema is named for SQLite.
        MigrationError: There is no such migration, or none after it.
        SchemaError: The engine does not support something that a script creates.
    """
    for kind, name, known in (("dialect", dialect, DIALECTS), ("layout", layout, LAYOUTS)):
        if name not in known:
            raise ArgumentError(f"There is no {kind} {name!r}: name {listed(list(known))}. Nothing was written.")
    if schema is not None and (dialect == "sqlite" or not schema):
        raise ArgumentError("An SQLite file has no schemas, and a schema has a name. Nothing was written.")
    if layout != "sql" and not transaction:
        raise ArgumentError(f"{layout} decides about transactions itself. Nothing was written.")
    newest = len(files.migrations)
    if not 0 <= since <= newest:
        raise MigrationError(f"There is no migration {since}: they run from 1 to {newest}. Nothing was written.")
    if since == newest:
        raise MigrationError(f"There is no migration after {newest}, so there is nothing to write.")
    found: dict[str, str] = {}
    for before, after in pairwise(_versions(files, since)):
        assert after is not None
        up, down = (
            _statements(SchoolChange(DIALECTS[dialect], files, *pair), schema)
            for pair in ((before, after), (after, before))
        )
        step = _Step(after.migrations[-1].label, DIALECTS[dialect].dialect.name, up, down)
        found |= LAYOUTS[layout](step, transaction)
    return found


def _versions(files: SqlFiles, since: int) -> list[Payload | None]:
    """A school without rows at each version, the given one first."""
    found: list[Payload | None] = []
    with duckdb.connect() as con:
        for version in range(since, len(files.migrations) + 1):
            migrate.apply(con, files, version)
            if version:
                views.create_running(con, files)
            found.append(build_payload(con, read_schema(con), files) if version else None)
    return found


def _statements(change: SchoolChange, schema: str | None) -> list[str]:
    for payload in filter(None, (change.before, change.after)):
        payload.refuse(change.kind.dialect)
    change.require_same_delete_rules("Nothing was written.")
    opening, closing = sqlite_step.opening(change), sqlite_step.closing(change)
    if change.kind is PostgreSQL:
        opening, closing = postgresql_step.opening(change, schema), postgresql_step.closing(change)
    parts = {
        "Is the school as expected, and what did others make?": opening,
        "The migration.": change.script,
        "The ledger, indexes of foreign keys, views, and what constraints mean.": change.following(),
        "What others made stays, or nothing happens.": closing,
    }
    return [
        f"-- {title}\n{statement}" if not number else statement
        for title, statements in parts.items()
        for number, statement in enumerate(statements)
    ]


def _scripts(step: _Step, transaction: bool) -> dict[str, str]:
    """Two scripts."""
    return {
        f"{step.label}.{way}.sql": _script(step, statements, transaction)
        for way, statements in (("up", step.up), ("down", step.down))
    }


def _script(step: _Step, statements: list[str], transaction: bool) -> str:
    begin, end = ["SAVEPOINT clerkbench;"], ["RELEASE SAVEPOINT clerkbench;"]
    if transaction:
        is_sqlite = step.engine == "SQLite"
        begin = ["PRAGMA foreign_keys = OFF;"] * is_sqlite + ["BEGIN;"]
        end = ["COMMIT;"]
    return "\n".join([_heading(step), *begin, *statements, *end]) + "\n"


def _dbmate(step: _Step, transaction: bool) -> dict[str, str]:
    """One file, which dbmate runs in a transaction."""
    del transaction
    up, down = (_script(step, statements, transaction=False) for statements in (step.up, step.down))
    return {f"{step.label}.sql": f"-- migrate:up\n{up}\n-- migrate:down\n{down}"}


def _kysely(step: _Step, transaction: bool) -> dict[str, str]:
    """A module with two functions. Kysely begins a transaction for PostgreSQL, and none for SQLite."""
    del transaction
    statements = {"UP": step.up, "DOWN": step.down}
    lists = "".join(
        f"const {name} = [\n{''.join(f'  {json.dumps(each)},{chr(10)}' for each in some)}]\n\n"
        for name, some in statements.items()
    )
    return {f"{step.label}.ts": f"{_heading(step, '//')}\n{_KYSELY[step.engine].replace('LISTS', lists)}"}


def _heading(step: _Step, comment: str = "--") -> str:
    return f"{comment} {step.label} for {step.engine}, written by clerkbench."


_RUN = {
    "PostgreSQL": """  await sql`savepoint clerkbench`.execute(db)
  for (const statement of statements) await sql.raw(statement).execute(db)
  await sql`release savepoint clerkbench`.execute(db)
""",
    "SQLite": """  await db.connection().execute(async (con) => {
    const keys = await sql<{ foreign_keys: number }>`pragma foreign_keys`.execute(con)
    await sql`pragma foreign_keys = off`.execute(con)
    await sql`begin immediate`.execute(con)
    try {
      for (const statement of statements) await sql.raw(statement).execute(con)
      await sql`commit`.execute(con)
    } catch (error) {
      await sql`rollback`.execute(con)
      throw error
    } finally {
      await sql.raw(`pragma foreign_keys = ${keys.rows[0].foreign_keys}`).execute(con)
    }
  })
""",
}
_KYSELY = {
    engine: f"""import {{ type Kysely, sql }} from 'kysely'

LISTSasync function run(db: Kysely<any>, statements: string[]): Promise<void> {{
{body}}}

export const up = (db: Kysely<any>): Promise<void> => run(db, UP)
export const down = (db: Kysely<any>): Promise<void> => run(db, DOWN)
"""
    for engine, body in _RUN.items()
}

#: The ways to write a migration.
LAYOUTS: Mapping[str, Callable[[_Step, bool], dict[str, str]]] = {
    "sql": _scripts,
    "dbmate": _dbmate,
    "kysely": _kysely,
}
