"""A school on a PostgreSQL server, from version 15 on."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from clerkbench.database.constraints import Constraint
from clerkbench.errors import TargetError
from clerkbench.files.sql_text import quoted
from clerkbench.interchange.engines.addresses import Server
from clerkbench.interchange.engines.constraint_comments import comment_statements
from clerkbench.interchange.engines.dialects import CURRENT_SCHEMA, POSTGRESQL
from clerkbench.interchange.engines.target import Grant, Target, require_drivers, transaction

if TYPE_CHECKING:
    from adbc_driver_manager import AdbcDatabase
    from adbc_driver_manager.dbapi import Connection, Error

_OLDEST = 15

_BACKSLASH = "\\"

#: What the driver adds to the message of the server.
_DRIVER = re.compile(r"\A[A-Z_]+: (\[libpq\] )?|\n\nQuery was: .*?(?=\. SQLSTATE|\Z)|\.? ?SQLSTATE: \w+", re.DOTALL)
_SAID = re.compile(r"(?:ERROR|FATAL):\s+(?P<said>.*)", re.DOTALL)

#: What the server adds to the error: a position, and hints for others.
_BESIDE = re.compile(
    r"\n\s*Is the server running[^\n]*|\n(?:LINE \d+: .*?\n *\^|(?:HINT|CONTEXT): .*?)(?=\n[A-Z]+: |\Z)", re.DOTALL
)

#: The remedy for a message of the server.
_WAYS_ON = {
    r"password authentication failed|no password supplied": "Give the right password, in the URL, PGPASSWORD or "
    "~/.pgpass; in a URL, signs such as / and @ are written %2F and %40.",
    r"role .* does not exist|database .* does not exist": "Correct the URL, or create it there.",
    r"statement timeout": "The server ends what takes longer than its statement_timeout. Set another for this user.",
    r"lock timeout": "Somebody else is working with the same tables. Try again when they are done.",
    r"row-level security": "A policy hides rows from this user, who would see a part of the school. Connect as the "
    "owner of the tables, or as a user with BYPASSRLS.",
    r"refused|could not translate host|No such file|timeout|Network is unreachable": "Is the server running, and is "
    "the URL right?",
    r"permission denied|must be owner": "Ask for that right, or name a schema that is your own: schema='…', --schema.",
    r"other objects depend on": "What is not clerkbench's references these tables. Remove that first, or name "
    "another schema: schema='…', --schema.",
    r"No space left|disk full|could not (extend|write to) file": "Make room on the server, then try again.",
    r"terminat|closed the connection|connection .*lost|crash|shutting down": "The server, or somebody there, ended the "
    "connection. Try again when it is back.",
    r"invalid byte sequence .* 0x00": "A text holds the sign number 0, which PostgreSQL does not store. Take it out.",
    r"has no equivalent in encoding": "The database there does not store every text. Create one with ENCODING 'UTF8'.",
}

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
        query = (
            "SELECT attname FROM pg_catalog.pg_attribute JOIN pg_catalog.pg_class ON attrelid = pg_class.oid "
            f"WHERE relnamespace = {CURRENT_SCHEMA} AND relname = $1 AND attnum > 0 AND NOT attisdropped"
        )
        return {name.lower(): name for (name,) in self.rows(query, table)}

    def dependent_objects(self) -> list[tuple[str, str, str]]:
        """Indexes of no constraint, triggers, policies and rules."""
        found = self.rows(
            "WITH here AS (SELECT oid, relname FROM pg_catalog.pg_class "
            f"WHERE relnamespace = {CURRENT_SCHEMA} AND relkind IN ('r', 'p')) "
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
        found = self.rows(
            "WITH here AS (SELECT * FROM pg_catalog.pg_class "
            f"WHERE relnamespace = {CURRENT_SCHEMA} AND relkind IN ('r', 'p') "
            "AND NOT starts_with(relname, 'clerkbench_')), "
            "columns AS (SELECT relname, pg_attribute.* FROM here JOIN pg_catalog.pg_attribute ON attrelid = here.oid "
            "WHERE attnum > 0 AND NOT attisdropped) "
            "SELECT 'the storage options ' || array_to_string(reloptions, ', ') || ' of ' || relname FROM here "
            "WHERE reloptions IS NOT NULL "
            "UNION ALL SELECT 'row security on ' || relname FROM here WHERE relrowsecurity "
            "UNION ALL SELECT 'forced row security on ' || relname FROM here WHERE relforcerowsecurity "
            "UNION ALL SELECT 'the replica identity of ' || relname FROM here WHERE relreplident <> 'd' "
            "UNION ALL SELECT relname || ', which is unlogged' FROM here WHERE relpersistence = 'u' "
            "UNION ALL SELECT 'the publication ' || pubname || ' of ' || relname FROM here "
            "JOIN pg_catalog.pg_publication_rel ON prrelid = here.oid "
            "JOIN pg_catalog.pg_publication ON prpubid = pg_publication.oid "
            "UNION ALL SELECT 'the statistics ' || stxname || ' of ' || relname FROM here "
            "JOIN pg_catalog.pg_statistic_ext ON stxrelid = here.oid "
            "UNION ALL SELECT 'the default ' || pg_get_expr(adbin, adrelid) || ' of ' || relname || '.' || attname "
            "FROM columns JOIN pg_catalog.pg_attrdef ON (adrelid, adnum) = (attrelid, attnum) "
            "UNION ALL SELECT 'NOT NULL on ' || relname || '.' || attname FROM columns WHERE attnotnull "
            "UNION ALL SELECT 'the options of ' || relname || '.' || attname FROM columns "
            "WHERE attoptions IS NOT NULL OR coalesce(attstattarget, -1) <> -1 "
            "UNION ALL SELECT format('the constraint %s %s on %s', conname, pg_get_constraintdef(pg_constraint.oid), "
            "relname) FROM here JOIN pg_catalog.pg_constraint ON conrelid = here.oid WHERE contype <> 'n' "
            "UNION ALL SELECT 'the comment on ' || relname || coalesce('.' || attname, '') || ': ' || description "
            "FROM here JOIN pg_catalog.pg_description ON objoid = here.oid AND classoid = 'pg_class'::regclass "
            "LEFT JOIN pg_catalog.pg_attribute ON attrelid = here.oid AND attnum = objsubid AND objsubid > 0 "
            "UNION ALL SELECT format('the type %s of %s.%s', format_type(atttypid, atttypmod), relname, attname) "
            "FROM columns "
            "UNION ALL SELECT 'the identity of ' || relname || '.' || attname FROM columns WHERE attidentity <> '' "
            "UNION ALL SELECT 'the storage of ' || relname || '.' || attname FROM columns "
            "JOIN pg_catalog.pg_type ON atttypid = pg_type.oid WHERE attstorage <> typstorage "
            "UNION ALL SELECT 'the compression of ' || relname || '.' || attname FROM columns "
            "WHERE attcompression <> '' "
            "UNION ALL SELECT 'the disabled triggers of ' || relname FROM here WHERE EXISTS ("
            "SELECT FROM pg_catalog.pg_trigger WHERE tgrelid = here.oid AND tgenabled <> 'O') "
            "UNION ALL SELECT format('the sequence %s with increment %s, limits %s and %s, cache %s, cycle %s', "
            "relname, seqincrement, seqmin, seqmax, seqcache, seqcycle) FROM pg_catalog.pg_sequence "
            f"JOIN pg_catalog.pg_class ON seqrelid = pg_class.oid WHERE relnamespace = {CURRENT_SCHEMA}"
        )
        # Earlier versions exported the default without UTC.
        return {words.replace(_UTC, "CURRENT_TIMESTAMP") for (words,) in found}

    def later_settings(self) -> set[str]:
        """The settings of views and indexes, and the comments of these, of constraints and of sequences."""
        found = self.rows(
            f"WITH here AS (SELECT * FROM pg_catalog.pg_class WHERE relnamespace = {CURRENT_SCHEMA} "
            "AND NOT starts_with(relname, 'clerkbench_')), views AS (SELECT * FROM here WHERE relkind = 'v') "
            "SELECT 'the options ' || array_to_string(reloptions, ', ') || ' of ' || relname FROM here "
            "WHERE reloptions IS NOT NULL AND relkind IN ('v', 'i') "
            "UNION ALL SELECT 'the definition of the view ' || relname || ': ' || pg_get_viewdef(oid) FROM views "
            "UNION ALL SELECT 'the rule ' || rulename || ' of ' || relname FROM views "
            "JOIN pg_catalog.pg_rewrite ON ev_class = views.oid WHERE rulename <> '_RETURN' "
            "UNION ALL SELECT 'the default ' || pg_get_expr(adbin, adrelid) || ' of ' || relname || '.' || attname "
            "FROM views JOIN pg_catalog.pg_attrdef ON adrelid = views.oid "
            "JOIN pg_catalog.pg_attribute ON (attrelid, attnum) = (adrelid, adnum) "
            "UNION ALL SELECT 'the index ' || relname || ', by which its table is clustered' FROM here "
            "JOIN pg_catalog.pg_index ON indexrelid = here.oid WHERE indisclustered "
            "UNION ALL SELECT 'the comment on ' || relname || coalesce('.' || attname, '') || ': ' || description "
            "FROM here JOIN pg_catalog.pg_description ON objoid = here.oid AND classoid = 'pg_class'::regclass "
            "LEFT JOIN pg_catalog.pg_attribute ON attrelid = here.oid AND attnum = objsubid AND objsubid > 0 "
            "WHERE relkind IN ('v', 'i', 'S') "
            "UNION ALL SELECT 'the comment on the constraint ' || conname || ' of ' || relname || ': ' || description "
            "FROM here JOIN pg_catalog.pg_constraint ON conrelid = here.oid "
            "JOIN pg_catalog.pg_description ON objoid = pg_constraint.oid AND classoid = 'pg_constraint'::regclass"
        )
        return {words for (words,) in found}

    @staticmethod
    def words(constraints: Iterable[Constraint]) -> list[str]:
        return comment_statements(constraints)

    def grants(self) -> list[Grant]:
        """The owners of tables, views and sequences, if they are others; and the rights of others, also on columns."""
        found = self.rows(
            "WITH here AS (SELECT oid, relname, relkind, relowner, relacl FROM pg_catalog.pg_class "
            f"WHERE relnamespace = {CURRENT_SCHEMA} AND relkind IN ('r', 'p', 'v', 'S')), granted AS ("
            "SELECT relname, relkind, NULL AS attname, relowner, held.* FROM here, aclexplode(relacl) held "
            "UNION ALL SELECT relname, relkind, attname, relowner, held.* FROM here "
            "JOIN pg_catalog.pg_attribute ON attrelid = here.oid AND NOT attisdropped, aclexplode(attacl) held) "
            "SELECT relname, coalesce(attname, ''), format('GRANT %s%s ON %s%I TO %s%s', privilege_type, "
            "'(' || quote_ident(attname) || ')', CASE relkind WHEN 'S' THEN 'SEQUENCE ' END, relname, "
            "CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END, "
            "CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END), format('REVOKE %s%s ON %s%I FROM %s', "
            "privilege_type, '(' || quote_ident(attname) || ')', CASE relkind WHEN 'S' THEN 'SEQUENCE ' END, relname, "
            "CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END) "
            "FROM granted WHERE grantee <> relowner ORDER BY 1, 2, 3"
        )
        owned = self.rows(
            "SELECT relname, '', format('ALTER %s %I OWNER TO %I', CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'S' THEN "
            "'SEQUENCE' ELSE 'TABLE' END, relname, pg_get_userbyid(relowner)) FROM pg_catalog.pg_class "
            f"WHERE relnamespace = {CURRENT_SCHEMA} AND relkind IN ('r', 'p', 'v', 'S') "
            "AND pg_get_userbyid(relowner) <> current_user ORDER BY 1"
        )
        return [Grant(*each) for each in [*found, *owned]]

    def drop(self, kind: str, names: list[str]) -> None:
        if not names:
            return
        holders = self.rows(
            "SELECT DISTINCT format('%s (%s, process %s)', usename, coalesce(nullif(application_name, ''), 'no name'), "
            "pid) FROM pg_catalog.pg_locks JOIN pg_catalog.pg_stat_activity USING (pid) "
            "JOIN pg_catalog.pg_class ON relation = pg_class.oid "
            f"WHERE relnamespace = {CURRENT_SCHEMA} AND pid <> pg_backend_pid() AND granted ORDER BY 1"
        )
        try:
            self.run(f"DROP {kind} {', '.join(map(quoted, names))}")
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
        query = (
            "SELECT nspname FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace ON relnamespace = pg_namespace.oid "
            "WHERE relname = 'clerkbench_migrations' ORDER BY nspname"
        )
        return [name for (name,) in self.rows(query)]

    def _is_in_doubt(self, error: "Error") -> bool:
        """Whether the server did not answer."""
        return error.sqlstate is None

    def _place(self) -> Mapping[str, Any]:
        return {"db_schema_name": self.rows("SELECT current_schema()")[0][0]}

    def _reason(self, error: "Error") -> str:
        return _reason(self.address, error)


@contextmanager
def connect(address: Server, *, writing: bool) -> Iterator[PostgreSQL]:
    """Connect to a server in a transaction, which is committed at the end of the block.

    Args:
        address: The address. A missing schema is created if something is to be written.
        writing: False to see one moment of it and to change nothing.
    """
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
        raise TargetError(f"{address} cannot be opened. {_reason(address, error)}\nNothing was changed.") from None


@lru_cache(maxsize=8)
def _database(url: str) -> "AdbcDatabase":
    """The types and tables of a server that the driver reads once. With 200 schools it takes half a second, so it is
    cached; connections are not.
    """
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
            f"{target.address}: {user} may not use the schema {name}. Whoever owns it permits that with: GRANT USAGE "
            f"ON SCHEMA {quoted(name)} TO {quoted(user)}. Nothing was changed."
        )


def _reason(address: Server, error: "Error") -> str:
    message = _DRIVER.sub("", str(error)).strip()
    found = _SAID.search(message)
    message_text = _BESIDE.sub("", (found["said"] if found else message).rstrip())
    message_text = " ".join(message_text.split()).rstrip(".")
    way_on = next((way for pattern, way in _WAYS_ON.items() if re.search(pattern, message_text)), "")
    return " ".join(filter(None, [f"PostgreSQL says: {address.mask_secrets(message_text)}.", way_on]))
