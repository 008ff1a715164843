"""Works with a PostgreSQL server, from version 15 on."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from clerkbench.errors import TargetError
from clerkbench.shipping.addresses import Server
from clerkbench.shipping.dialects import POSTGRESQL
from clerkbench.shipping.targets import Right, Target, needing_drivers, transaction
from clerkbench.sql_text import quoted

if TYPE_CHECKING:
    from adbc_driver_manager import AdbcDatabase
    from adbc_driver_manager.dbapi import Connection, Error

_OLDEST = 15

#: What stands around the words of the server in those of the driver.
_DRIVER = re.compile(r"\A[A-Z_]+: (\[libpq\] )?|\n\nQuery was: .*?(?=\. SQLSTATE|\Z)|\.? ?SQLSTATE: \w+", re.DOTALL)
_SAID = re.compile(r"(?:ERROR|FATAL):\s+(?P<said>.*)", re.DOTALL)

#: What the server says beside what is wrong: the place in a statement, and ways on that are not ours.
_BESIDE = re.compile(
    r"\n\s*Is the server running[^\n]*|\n(?:LINE \d+: .*?\n *\^|(?:HINT|CONTEXT): .*?)(?=\n[A-Z]+: |\Z)", re.DOTALL
)

#: What to do about what the server says, by what it says.
_WAYS_ON = {
    r"password authentication failed|no password supplied": "Give the right password, in the URL, PGPASSWORD or "
    "~/.pgpass; in a URL, signs such as / and @ are written %2F and %40.",
    r"role .* does not exist|database .* does not exist": "Correct the URL, or create it there.",
    r"refused|could not translate host|No such file|timeout|Network is unreachable": "Is the server running, and is "
    "the URL right?",
    r"permission denied|must be owner": "Ask for that right, or name a schema that is your own: schema='…', --schema.",
    r"other objects depend on": "What is not clerkbench's references these tables. Remove that first, or name "
    "another schema: schema='…', --schema.",
    r"No space left|disk full|could not (extend|write to) file": "Make room on the server, then try again.",
    r"terminat|closed the connection|connection .*lost|crash|shutting down": "The server, or somebody there, ended the "
    "connection. Try again when it is back.",
    r"invalid byte sequence .* 0x00": "A text holds the sign number 0, which PostgreSQL does not store. Take it out.",
}

#: What a name in a schema stands for.
_KINDS = {"r": "table", "p": "table", "v": "view", "m": "materialized view", "f": "foreign table", "S": "sequence"}

_PLACE = "(SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = pg_catalog.current_schema())"


class PostgreSQL(Target):
    """One schema of a server."""

    dialect = POSTGRESQL
    address: Server

    def held(self) -> dict[str, tuple[str, str]]:
        query = f"SELECT relname, relkind::text FROM pg_catalog.pg_class WHERE relnamespace = {_PLACE}"
        found = self.rows(f"{query} AND relkind NOT IN ('i', 'I', 't')")
        return {name.lower(): (name, _KINDS.get(kind, "type")) for name, kind in found}

    def columns(self, table: str) -> dict[str, str]:
        query = (
            "SELECT attname FROM pg_catalog.pg_attribute JOIN pg_catalog.pg_class ON attrelid = pg_class.oid "
            f"WHERE relnamespace = {_PLACE} AND relname = $1 AND attnum > 0 AND NOT attisdropped"
        )
        return {name.lower(): name for (name,) in self.rows(query, table)}

    def attached(self) -> list[tuple[str, str, str]]:
        """Indexes but those of constraints, triggers, policies and rules."""
        found = self.rows(
            "WITH here AS (SELECT oid, relname FROM pg_catalog.pg_class "
            f"WHERE relnamespace = {_PLACE} AND relkind IN ('r', 'p')) "
            "SELECT 'index', index.relname, here.relname FROM here JOIN pg_catalog.pg_index ON indrelid = here.oid "
            "JOIN pg_catalog.pg_class index ON indexrelid = index.oid "
            "WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conindid = indexrelid) "
            "UNION ALL SELECT 'trigger', tgname, relname FROM here JOIN pg_catalog.pg_trigger ON tgrelid = here.oid "
            "WHERE NOT tgisinternal "
            "UNION ALL SELECT 'policy', polname, relname FROM here JOIN pg_catalog.pg_policy ON polrelid = here.oid "
            "UNION ALL SELECT 'rule', rulename, relname FROM here JOIN pg_catalog.pg_rewrite ON ev_class = here.oid "
            "ORDER BY 3, 1, 2"
        )
        return [(kind, name, table) for kind, name, table in found]

    def rights(self) -> list[Right]:
        """Those of others than the owner, on a whole table or view or on single columns."""
        found = self.rows(
            "WITH here AS (SELECT oid, relname, relkind, relowner, relacl FROM pg_catalog.pg_class "
            f"WHERE relnamespace = {_PLACE} AND relkind IN ('r', 'p', 'v', 'S')), granted AS ("
            "SELECT relname, relkind, NULL AS attname, relowner, held.* FROM here, aclexplode(relacl) held "
            "UNION ALL SELECT relname, relkind, attname, relowner, held.* FROM here "
            "JOIN pg_catalog.pg_attribute ON attrelid = here.oid AND NOT attisdropped, aclexplode(attacl) held) "
            "SELECT relname, coalesce(attname, ''), format('GRANT %s%s ON %s%I TO %s%s', privilege_type, "
            "'(' || quote_ident(attname) || ')', CASE relkind WHEN 'S' THEN 'SEQUENCE ' END, relname, "
            "CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END, "
            "CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) "
            "FROM granted WHERE grantee <> relowner ORDER BY 1, 2, 3"
        )
        return [Right(*each) for each in found]

    def drop(self, kind: str, names: list[str]) -> None:
        if names:
            self.run(f"DROP {kind} {', '.join(map(quoted, names))}")

    @staticmethod
    def outgoing(column: str, kind: str) -> str:
        return quoted(column)

    @staticmethod
    def literal(column: str, kind: str) -> str:
        name = quoted(column)
        if kind == "BLOB":
            return f"'''\\x' || hex({name}) || ''''"
        return f"'''' || replace(CAST({name} AS VARCHAR), '''', '''''') || ''''"

    def schemas(self) -> list[str]:
        """The schemas that hold a school, by name."""
        query = (
            "SELECT nspname FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace ON relnamespace = pg_namespace.oid "
            "WHERE relname = 'clerkbench_migrations' ORDER BY nspname"
        )
        return [name for (name,) in self.rows(query)]

    def _is_in_doubt(self, error: "Error") -> bool:
        """Where the server has not answered."""
        return error.sqlstate is None

    def _place(self) -> Mapping[str, Any]:
        return {"db_schema_name": self.rows("SELECT current_schema()")[0][0]}

    def _reason(self, error: "Error") -> str:
        return _reason(self.address, error)


@contextmanager
def opened(address: Server, *, writing: bool) -> Iterator[PostgreSQL]:
    """A place on a server in a transaction, which is committed when the block ends well.

    Args:
        address: Where it is. A schema that does not exist is made when something is to be written.
        writing: False to see one moment of it, and change nothing.

    Raises:
        MissingLibraryError: A driver is not installed.
        TargetError: The server cannot be reached, refuses, is too old, or has no such schema.
    """
    with transaction(PostgreSQL(address, _connected(address))) as target:
        assert isinstance(target, PostgreSQL)
        if not writing:
            target.run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        _refuse_old(target)
        _go_to_schema(target, writing)
        yield target


def _connected(address: Server) -> "Connection":
    with needing_drivers():
        from adbc_driver_manager import AdbcConnection
        from adbc_driver_manager.dbapi import Connection, Error
    try:
        return Connection(cast("AdbcDatabase", _Kept()), AdbcConnection(_database(address.url)))
    except Error as error:
        raise TargetError(f"{address} cannot be opened. {_reason(address, error)}\nNothing was changed.") from None


@lru_cache(maxsize=8)
def _database(url: str) -> "AdbcDatabase":
    """What the driver knows of a server whatever the connection: the types there, every table among them. It takes half
    a second to ask where there are 200 schools, so it is kept; no connection is.
    """
    with needing_drivers():
        import adbc_driver_postgresql
    database: AdbcDatabase = adbc_driver_postgresql.connect(url)
    return database


class _Kept:
    """What a connection closes in place of what others still need."""

    def close(self) -> None:
        """Nothing to do."""


def _refuse_old(target: PostgreSQL) -> None:
    [(number, version)] = target.rows(
        "SELECT current_setting('server_version_num')::integer, current_setting('server_version')"
    )
    if number < _OLDEST * 10_000:
        raise TargetError(
            f"{target.address} is PostgreSQL {version}; clerkbench needs {_OLDEST} or newer. Nothing was changed."
        )


def _go_to_schema(target: PostgreSQL, writing: bool) -> None:
    """From here on, names are those of one schema, and of no other."""
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
            f"{target.address}: {user} may not use the schema {name}. Whoever owns it permits that with: GRANT USAGE "
            f"ON SCHEMA {quoted(name)} TO {quoted(user)}. Nothing was changed."
        )


def _reason(address: Server, error: "Error") -> str:
    message = _DRIVER.sub("", str(error)).strip()
    found = _SAID.search(message)
    said = _BESIDE.sub("", (found["said"] if found else message).rstrip())
    said = " ".join(said.split()).rstrip(".")
    way_on = next((way for pattern, way in _WAYS_ON.items() if re.search(pattern, said)), "")
    return " ".join(filter(None, [f"PostgreSQL says: {address.without_secrets(said)}.", way_on]))
