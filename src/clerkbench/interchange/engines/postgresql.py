"""A school on a PostgreSQL server, from version 15 on."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from clerkbench.database.constraints import Constraint
from clerkbench.errors import TargetError
from clerkbench.files.sql_text import quoted
from clerkbench.interchange.engines import postgresql_catalog as catalog
from clerkbench.interchange.engines.addresses import Server
from clerkbench.interchange.engines.attached_objects import (
    ApplicationKey,
    AttachedObject,
    attached_from_rows,
    keys_from_rows,
)
from clerkbench.interchange.engines.constraint_comments import comment_statements
from clerkbench.interchange.engines.dialects import CURRENT_SCHEMA, POSTGRESQL
from clerkbench.interchange.engines.postgresql_messages import reason
from clerkbench.interchange.engines.target import Grant, Target, require_drivers, transaction

if TYPE_CHECKING:
    from adbc_driver_manager import AdbcDatabase
    from adbc_driver_manager.dbapi import Connection, Error


_OLDEST = 15

_BACKSLASH = "\\"

#: The types of values whose own type the server does not have.
_SENT_AS = {
    **{"TINYINT": "SMALLINT", "UTINYINT": "SMALLINT", "USMALLINT": "INTEGER", "UINTEGER": "BIGINT"},
    **{"UBIGINT": "DECIMAL(20, 0)", "TIMESTAMP_S": "TIMESTAMP", "TIMESTAMP_MS": "TIMESTAMP"},
}

#: The kinds of objects in a schema.
_KINDS = {"r": "table", "p": "table", "v": "view", "m": "materialized view", "f": "foreign table", "S": "sequence"}

#: The settings of our transactions, whatever the URL, the user or the database has set.
SETTINGS = (
    "client_encoding TO 'UTF8'",
    "standard_conforming_strings TO on",  # a backslash is a backslash
    "row_security TO off",  # rows that a policy hides are an error, as in pg_dump
    "jit TO off",  # compiling an audit takes longer than running it
    "lock_timeout TO '15s'",  # others wait behind a waiting lock
)

#: The range of days and times that the server has and the driver does not change.
_DAYS = "DATE '4714-11-24 (BC)' AND DATE '5874897-12-31'"
_TIMES = "'4714-11-24 (BC) 00:00:00' AND TIMESTAMP '294246-12-31 23:59:59.999999'"

#: The current time in UTC, as the server writes it.
_UTC = "(CURRENT_TIMESTAMP AT TIME ZONE 'UTC'::text)"


class PostgreSQL(Target):
    """One schema of a server."""

    dialect = POSTGRESQL
    never_migrated = (
        *("the storage options ", "row security ", "forced row security ", "the replica identity "),
        *("the publication ", "the statistics "),
    )
    address: Server

    def objects(self) -> dict[str, tuple[str, str]]:
        query = f"SELECT relname, relkind::text FROM pg_catalog.pg_class WHERE relnamespace = {CURRENT_SCHEMA}"
        found = self.rows(f"{query} AND relkind NOT IN ('i', 'I', 't')")
        return {name.lower(): (name, _KINDS.get(kind, "type")) for name, kind in found}

    def columns(self, table: str) -> dict[str, str]:
        return {name.lower(): name for (name,) in self.rows(catalog.COLUMNS, table)}

    def dependent_objects(self) -> list[tuple[str, str, str]]:
        """Indexes of no constraint, triggers, policies and rules."""
        found = self.rows(catalog.DEPENDENT_OBJECTS)
        return [(kind, name, table) for kind, name, table in found]

    def attached_objects(self, tables: Collection[str]) -> list[AttachedObject]:
        return attached_from_rows(self.rows(catalog.ATTACHED), tables)

    def application_keys(self, tables: Collection[str]) -> list[ApplicationKey]:
        return keys_from_rows(self.rows(catalog.FOREIGN_KEYS), tables)

    def lock(self, tables: Collection[str]) -> None:
        held = [name for key, (name, kind) in self.objects().items() if key in tables and kind == "table"]
        if held:
            self._translate_lock(f"LOCK TABLE {', '.join(map(quoted, held))} IN ACCESS EXCLUSIVE MODE")

    @staticmethod
    def out_of_range(name: str, kind: str) -> str:
        """The driver changes infinity, and the server has a smaller range than DuckDB."""
        if kind == "DATE":
            return f"{name} NOT BETWEEN {_DAYS}"
        return f"CAST({name} AS TIMESTAMP) NOT BETWEEN TIMESTAMP {_TIMES}" if kind.startswith("TIMESTAMP") else ""

    @staticmethod
    def altered(name: str, kind: str, arrow: str) -> str:
        """The driver makes infinity, and times after DuckDB's range, times before the server's range."""
        if kind == "DATE":
            return f"{name} < DATE '4714-11-24 (BC)'"
        return f"CAST({name} AS TIMESTAMP) < TIMESTAMP '4714-11-24 (BC) 00:00:00'" if "timestamp" in arrow else ""

    def settings(self) -> set[str]:
        """The settings of tables, columns, constraints, triggers and sequences."""
        found = self.rows(catalog.SETTINGS_OF_TABLES)
        # Earlier versions exported the default without UTC.
        return {words.replace(_UTC, "CURRENT_TIMESTAMP") for (words,) in found}

    def identities(self) -> dict[str, int]:
        query = f"SELECT relname, oid::bigint FROM pg_catalog.pg_class WHERE relnamespace = {CURRENT_SCHEMA}"
        return {name.lower(): number for name, number in self.rows(query)}

    def later_settings(self) -> set[str]:
        """The settings of views and indexes, and the comments of these, of constraints and of sequences."""
        found = self.rows(catalog.LATER_SETTINGS)
        return {words for (words,) in found}

    @staticmethod
    def words(constraints: Iterable[Constraint]) -> list[str]:
        return comment_statements(constraints)

    def grants(self) -> list[Grant]:
        """The owners of tables, views and sequences, if they are others; and the rights of others, also on columns."""
        found = self.rows(catalog.GRANTS)
        owned = self.rows(catalog.OWNERS)
        return [Grant(*each) for each in [*found, *owned]]

    def drop(self, kind: str, names: list[str]) -> None:
        if names:
            self._translate_lock(f"DROP {kind.upper()} {', '.join(map(quoted, names))}")

    def _translate_lock(self, statement: str) -> None:
        """Run a statement that waits for others, and say who they are if it waits too long."""
        holders = self.rows(catalog.HOLDERS)
        try:
            self.run(statement)
        except TargetError as error:
            if "lock timeout" not in str(error):
                raise
            held = f" Its tables are in use by {', '.join(name for (name,) in holders)}." if holders else ""
            raise TargetError(
                f"{self.address}: the school there is in use, and clerkbench waits no longer than 15 seconds, because "
                f"others wait behind it.{held} End what they do, then try again. Nothing was changed there."
            ) from None

    @staticmethod
    def to_engine(column: str, kind: str) -> str:
        name = quoted(column)
        return f"CAST({name} AS {_SENT_AS[kind]}) AS {name}" if kind in _SENT_AS else name

    @staticmethod
    def literal(column: str, kind: str) -> str:
        name = quoted(column)
        if kind == "BLOB":
            return f"'''\\x' || hex({name}) || ''''"
        text = _array(name) if kind.endswith("]") else f"CAST({name} AS VARCHAR)"
        return f"'''' || replace({text}, '''', '''''') || ''''"

    def schemas(self) -> list[str]:
        """The schemas that hold a school, by name."""
        return [name for (name,) in self.rows(catalog.SCHEMAS)]

    def _is_in_doubt(self, error: "Error") -> bool:
        """Whether the server did not answer."""
        return error.sqlstate is None

    def _place(self) -> Mapping[str, Any]:
        return {"db_schema_name": self.rows("SELECT current_schema()")[0][0]}

    def _reason(self, error: "Error") -> str:
        return reason(self.address, error)


@contextmanager
def connect(address: Server, *, writing: bool) -> Iterator[PostgreSQL]:
    """Connect to a server in a transaction, which is committed at the end of the block."""
    with transaction(PostgreSQL(address, _connected(address))) as target:
        assert isinstance(target, PostgreSQL)
        if not writing:
            target.run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        for setting in SETTINGS:
            target.run(f"SET LOCAL {setting}")
        _require_version(target)
        _enter_schema(target, writing)
        yield target


def _connected(address: Server) -> "Connection":
    with require_drivers():
        from adbc_driver_manager import AdbcConnection
        from adbc_driver_manager.dbapi import Connection, Error
    try:
        return Connection(cast("AdbcDatabase", _SharedDatabase()), AdbcConnection(_database(address.url)))
    except Error as error:
        raise TargetError(f"{address} cannot be opened. {reason(address, error)}\nNothing was changed.") from None


@lru_cache(maxsize=8)
def _database(url: str) -> "AdbcDatabase":
    """What the driver reads once of a server: its types and tables. Cached, because 200 schools take half a second."""
    with require_drivers():
        import adbc_driver_postgresql
    database: AdbcDatabase = adbc_driver_postgresql.connect(url)
    return database


class _SharedDatabase:
    """What a connection closes in place of the shared database."""

    def close(self) -> None:
        """Does nothing."""


def _require_version(target: PostgreSQL) -> None:
    [(number, version)] = target.rows(
        "SELECT current_setting('server_version_num')::integer, current_setting('server_version')"
    )
    if isinstance(number, bytes):  # the driver found no types
        raise TargetError(
            f"{target.address}: quote_all_identifiers is on there, and the driver cannot read the server's types then. "
            "Add options=-c%20quote_all_identifiers%3Doff to the URL. Nothing was changed."
        )
    if number < _OLDEST * 10_000:
        raise TargetError(
            f"{target.address} is PostgreSQL {version}; clerkbench needs {_OLDEST} or newer. Nothing was changed."
        )


def _array(name: str) -> str:
    """A list as the server reads it: each value in quotes, so that none means NULL."""
    backslashes = f"replace(CAST(each AS VARCHAR), '{_BACKSLASH}', '{_BACKSLASH * 2}')"
    value = f"'\"' || replace({backslashes}, '\"', '{_BACKSLASH}\"') || '\"'"
    values = f"list_transform({name}, lambda each: coalesce({value}, 'NULL'))"
    return f"'{{' || array_to_string({values}, ',') || '}}'"


def _enter_schema(target: PostgreSQL, writing: bool) -> None:
    """Use the names of one schema from here on."""
    name = target.address.schema
    if name:
        names = [each for (each,) in target.rows("SELECT nspname FROM pg_catalog.pg_namespace")]
        if name not in names and writing:
            target.run(f"CREATE SCHEMA {quoted(name)}")
        elif name not in names:
            schools = target.schemas()
            there = f"Schools are in: {', '.join(schools)}." if schools else "No schema there holds a school."
            raise TargetError(f"There is no schema {name!r} on {Server(target.address.url)}. {there}")
    else:
        [(name,)] = target.rows("SELECT current_schema()")
        if name is None:
            raise TargetError(
                f"{target.address} takes no schema by itself: its search_path names none that exists and that you may "
                "use. Name one: schema='…', --schema. Nothing was changed."
            )
    target.run(f"SET LOCAL search_path TO {quoted(name)}")
    [(user, may_enter)] = target.rows("SELECT current_user, has_schema_privilege($1, 'USAGE')", name)
    if not may_enter:
        raise TargetError(
            f"{target.address}: {user} may not use the schema {name}. Its owner permits that with: GRANT USAGE "
            f"ON SCHEMA {quoted(name)} TO {quoted(user)}. Nothing was changed."
        )
