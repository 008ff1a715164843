"""A school in an SQLite file."""

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from clerkbench.errors import TargetError
from clerkbench.files.sql_text import literal, quoted
from clerkbench.interchange.engines.addresses import SqliteFile
from clerkbench.interchange.engines.attached_objects import ApplicationKey, AttachedObject, keys_from_rows
from clerkbench.interchange.engines.dialects import SQLITE
from clerkbench.interchange.engines.interrupts import in_another_thread
from clerkbench.interchange.engines.target import Target, require_drivers, transaction
from clerkbench.reporting.phrases import and_more

if TYPE_CHECKING:
    from adbc_driver_manager.dbapi import Connection, Cursor, Error

_WHOLE = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"}

#: Types whose values SQLite stores unchanged. It stores others as text, like its own times.
_STORED_AS_THEY_ARE = {"BOOLEAN", "VARCHAR", "BLOB", "FLOAT", "DOUBLE", *_WHOLE}

#: A day without a time; an offset or zone after a time; a day before a time; a fraction of a second that DuckDB does
#: not store.
_DAY = r"\s*(-?infinity|\d+-\d+-\d+( \(BC\))?([ T]00:00(:00(\.0*)?)?)?)\s*"
_OFFSET = r":\d\d(\.\d+)?\s*([+-]|[A-Za-z])"
_ANY_DAY = r"\d-\d+-\d"
_NANOSECONDS = r"\.\d{6}0*[1-9]"

#: The wait for another program that is writing.
_PATIENCE_MILLISECONDS = 5000

#: Ids come in no order, so indexes are written everywhere; in memory that is fast.
_CACHE_KILOBYTES = 256 * 1024

#: So many rows of each kind are named.
_AT_MOST = 5

#: The query, which the driver repeats.
_QUERY = re.compile(r"\nquery(?: was)?: .*", re.DOTALL)

#: The reason in a message of this module.
_REASON = re.compile(r"SQLite says: .*?: (.+)\.$", re.MULTILINE)

#: The remedy for a message of SQLite.
_WAYS_ON = {
    "locked": "Another program is writing to it. End that, then try again.",
    "not a database": "Name another file: it is unchanged.",
    "unable to open": "Is the folder there, and may you write in it?",
    "readonly": "You may not write to it.",
    "disk is full": "Make room, then try again.",
    "disk I/O": "Is there room on the disk?",
}


class SQLite(Target):
    """One file."""

    dialect = SQLITE
    address: SqliteFile

    def objects(self) -> dict[str, tuple[str, str]]:
        found = self.rows("SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view')")
        return {name.lower(): (name, kind) for name, kind in found}

    def columns(self, table: str) -> dict[str, str]:
        """Also generated columns."""
        found = self.rows(f"SELECT name FROM pragma_table_xinfo({literal(table)}) WHERE hidden <> 1")
        return {name.lower(): name for (name,) in found}

    def dependent_objects(self) -> list[tuple[str, str, str]]:
        """Triggers, and indexes of no constraint."""
        query = "SELECT type, name, tbl_name FROM sqlite_master WHERE type IN ('trigger', 'index') AND sql IS NOT NULL"
        return [(kind, name, table) for kind, name, table in self.rows(f"{query} ORDER BY 3, 1, 2")]

    def attached_objects(self, tables: Collection[str]) -> list[AttachedObject]:
        """Views of others are among them, because SQLite refuses to alter a table while a view cannot be read."""
        query = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL AND type <> 'table'"
        rows = self.rows(f"{query} ORDER BY type DESC, rowid")
        views = {name.lower() for kind, name, *_ in rows if kind == "view"} - set(tables)
        found = []
        for kind, name, table, sql in rows:
            on_table, on_view = table.lower() in tables and kind != "view", table.lower() in views
            if on_table or on_view:
                place = table.lower() if on_table else ""
                dropped = (
                    "" if kind == "index" or (kind == "trigger" and on_view) else f"DROP {kind.upper()} {quoted(name)}"
                )
                found.append(AttachedObject(kind, name, place, (sql,), dropped))
        return found

    def application_keys(self, tables: Collection[str]) -> list[ApplicationKey]:
        return keys_from_rows(self._foreign_keys(tables), tables)

    def _foreign_keys(self, tables: Collection[str]) -> Iterator[tuple[object, str, str, str, str, str]]:
        """The columns of foreign keys of other tables. SQLite leaves out the referenced columns of a primary key."""
        for key, (table, kind) in self.objects().items():
            if kind == "table" and key not in tables:
                for number, at, parent, column, above, *_ in self.rows(f"PRAGMA foreign_key_list({quoted(table)})"):
                    named = above or "".join(self._primary_key(parent)[at : at + 1])
                    yield (table, number), quoted(table), "", parent, quoted(column), named

    def _primary_key(self, table: str) -> list[str]:
        """The columns of the primary key, in its order."""
        found = [(at, name) for _, name, _, _, _, at in self.rows(f"PRAGMA table_info({quoted(table)})") if at]
        return [name for _, name in sorted(found)]

    def drop(self, kind: str, names: list[str]) -> None:
        for name in names:
            self.run(f"DROP {kind.upper()} {quoted(name)}")

    @staticmethod
    def to_engine(column: str, kind: str) -> str:
        name = quoted(column)
        if kind in _STORED_AS_THEY_ARE:
            return name
        return f"CAST({name} AS {'DOUBLE' if kind.startswith('DECIMAL') else 'VARCHAR'}) AS {name}"

    @staticmethod
    def from_engine(name: str, kind: str, arrow: str) -> str:
        """A column of NULL alone comes as integers. All texts come as bytes if one of them was stored as bytes."""
        if kind != "BLOB" and arrow == "binary":
            name = f"decode({name})"
        if kind not in _STORED_AS_THEY_ARE or (kind == "BLOB" and arrow != "binary"):
            name = f"CAST({name} AS VARCHAR)"
        return name

    @staticmethod
    def altered(name: str, kind: str, arrow: str) -> str:
        """SQLite stores any value in any column: fractions among integers, a time with an offset, a day with a time."""
        text = f"CAST({'decode' if arrow == 'binary' else ''}({name}) AS VARCHAR)"
        if arrow == "double" and kind == "FLOAT":  # 0.1 has more digits as a FLOAT
            return f"CAST(TRY_CAST({name} AS FLOAT) AS VARCHAR) IS DISTINCT FROM CAST({name} AS VARCHAR) AND " + (
                f"CAST(TRY_CAST({name} AS FLOAT) AS DOUBLE) IS DISTINCT FROM {name}"
            )
        if arrow in ("string", "binary") and (kind in _WHOLE or kind.startswith(("DECIMAL", "DOUBLE", "FLOAT"))):
            return f"regexp_matches({text}, '[_xXbB]')"
        if arrow == "double" and (kind in _WHOLE or kind.startswith("DECIMAL")):
            return f"CAST(TRY_CAST({name} AS {kind}) AS DOUBLE) IS DISTINCT FROM {name}"
        if kind == "DATE":
            return f"NOT regexp_full_match({text}, '{_DAY}')"
        if kind.startswith("TIME"):
            offset = "" if "WITH TIME ZONE" in kind else f" OR regexp_matches({text}, '{_OFFSET}')"
            day = "" if kind.startswith("TIMESTAMP") else f" OR regexp_matches({text}, '{_ANY_DAY}')"
            return f"regexp_matches({text}, '{_NANOSECONDS}'){offset if not kind.endswith('_NS') else ''}{day}"
        return ""

    @staticmethod
    def literal(column: str, kind: str) -> str:
        name = quoted(column)
        if kind == "BLOB":
            return f"'x''' || hex({name}) || ''''"
        if kind == "BOOLEAN":
            return f"CAST(CAST({name} AS INTEGER) AS VARCHAR)"
        if kind in ("FLOAT", "DOUBLE"):  # SQLite stores a DOUBLE, and has no literal for infinity
            number = f"CAST({name} AS DOUBLE)"
            infinite = f"WHEN isinf({number}) THEN CASE WHEN {number} > 0 THEN '9e999' ELSE '-9e999' END"
            return f"CASE {infinite} WHEN NOT isnan({number}) THEN CAST({number} AS VARCHAR) END"
        text = f"replace(CAST({name} AS VARCHAR), '''', '''''')"
        # The sqlite3 program makes a line feed of a carriage return and a line feed.
        return f"'''' || replace({text}, chr(13), ''' || char(13) || ''') || ''''"

    def orphans(self) -> list[str]:
        """By table, the ids of the rows without a parent."""
        found: dict[tuple[str, str], list[int]] = {}
        for child, row, parent, _ in self.rows("PRAGMA foreign_key_check"):
            found.setdefault((child, parent), []).append(row)
        lines = []
        for (child, parent), rows in found.items():
            keys = self._primary_key(child)
            picked = f"SELECT {', '.join(map(quoted, keys)) or 'rowid'} FROM {quoted(child)} WHERE rowid = ?"
            ids = [" ".join(map(str, self.rows(picked, row)[0])) for row in rows[:_AT_MOST]]
            shown = " ".join([", ".join(ids), *and_more(len(rows) - _AT_MOST)])
            lines.append(f"{child} ({shown}), to {parent}")
        return lines

    def broken_objects(self) -> list[str]:
        """SQLite reads views and triggers when it prepares a statement that uses them."""
        found = self.rows("SELECT DISTINCT type, tbl_name FROM sqlite_master WHERE type IN ('view', 'trigger')")
        broken = []
        for kind, name in found:
            what, statements = f"the view {name}", [f"SELECT * FROM {quoted(name)}"]
            if kind == "trigger":
                what, statements = f"the trigger on {name}", self._firing(name)
            for statement in statements:
                try:
                    self.rows(f"EXPLAIN {statement}")
                except TargetError as error:
                    broken.append(f"{what} ({(_REASON.findall(str(error)) or [str(error)])[0]})")
        return broken

    def _firing(self, relation: str) -> list[str]:
        """The statements that fire the triggers of a table or view; none for a view that cannot be read."""
        try:
            stored = self.rows(f"SELECT name FROM pragma_table_info({literal(relation)})")
        except TargetError:
            return []
        columns = ", ".join(f"{quoted(name)} = NULL" for (name,) in stored)
        return [
            f"UPDATE {quoted(relation)} SET {columns}",
            f"DELETE FROM {quoted(relation)}",
            f"INSERT INTO {quoted(relation)} DEFAULT VALUES",
        ]

    def _before_reading(self, cursor: "Cursor", table: str) -> None:
        """The driver takes the types of the first batch, so all rows are one batch."""
        cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": str(max(1, self.count(table)))})

    def _reason(self, error: "Error") -> str:
        return _reason(error)


@contextmanager
def connect(address: SqliteFile, *, writing: bool) -> Iterator[SQLite]:
    """Open a file in a transaction that is committed at the end of the block. SQLite checks foreign keys then."""
    if not address.path.exists() and not writing:
        raise TargetError(f"There is no file {address}.")
    if not address.path.parent.is_dir():
        raise TargetError(f"There is no folder {address.path.parent}. Create it, or name another. Nothing was changed.")
    if address.path.is_dir():
        raise TargetError(f"{address} is a folder, not an SQLite file. Nothing was changed.")
    made = make_new(address.path) if writing else None
    try:
        with transaction(SQLite(address, _connected(address, writing))) as target:
            assert isinstance(target, SQLite)
            if writing:  # write at once, to wait for other writers here
                [(version,)] = target.rows("PRAGMA user_version")
                target.run(f"PRAGMA user_version = {int(version)}")
            yield target
    except BaseException:
        if made is not None and _identity(address.path) == made:  # another process may have created one since
            for ending in ("", "-journal", "-wal", "-shm"):
                with suppress(OSError):
                    address.path.with_name(address.path.name + ending).unlink(missing_ok=True)
        raise


def make_new(file: Path) -> tuple[int, int] | None:
    """Create a file. Returns its identity; None if it exists."""
    try:
        file.touch(exist_ok=False)
    except OSError:  # it exists, or cannot be created: SQLite reports that
        return None
    return _identity(file)


def _identity(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _connected(address: SqliteFile, writing: bool) -> "Connection":
    with require_drivers():
        from adbc_driver_manager.dbapi import Error
        from adbc_driver_sqlite import dbapi
    con = None
    try:
        # A crashed writer left a journal. Only a writing connection can roll it back.
        is_hot = address.path.with_name(f"{address.path.name}-journal").exists()
        con = dbapi.connect(f"{address.path.as_uri()}?mode={'rwc' if writing else 'rw' if is_hot else 'ro'}")
        with con.cursor() as cursor:
            in_another_thread(lambda: _configure(cursor), cursor.adbc_cancel)
        return con
    except Error as error:
        if con is not None:
            con.close()
        raise TargetError(f"{address} cannot be opened. {_reason(error)}\nNothing was changed.") from None


def _configure(cursor: "Cursor") -> None:
    cursor.execute(f"PRAGMA busy_timeout = {_PATIENCE_MILLISECONDS}")
    cursor.execute(f"PRAGMA cache_size = -{_CACHE_KILOBYTES}")
    cursor.execute("SELECT count(*) FROM sqlite_master")  # the first query finds out whether it is a database


def _reason(error: "Error") -> str:
    message = str(error).partition("[SQLite] ")[2] or str(error).partition(": ")[2]
    message = " ".join(_QUERY.sub("", message).split()).rstrip(".")
    way_on = next((way for words, way in _WAYS_ON.items() if words in message), "")
    return " ".join(filter(None, [f"SQLite says: {message}.", way_on]))
