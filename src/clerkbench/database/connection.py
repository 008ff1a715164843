"""Opens DuckDB databases, fetches results, and drops temporary tables."""

import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path

import duckdb
import pandas as pd

from clerkbench.errors import DatabaseFileError
from clerkbench.files import urls
from clerkbench.files.sql_text import literal
from clerkbench.files.unicode_text import is_unicode

#: Limits a query on DuckDB's catalog to the schema of the school.
IN_SCHEMA = "database_name = current_database() AND schema_name = current_schema()"

#: Statements that change nothing.
_READ_ONLY_STATEMENTS = {
    *(duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN, duckdb.StatementType.PRAGMA),
    *(duckdb.StatementType.SET, duckdb.StatementType.CALL, duckdb.StatementType.RELATION),
}

_OPENING = threading.Lock()


def connect(path: str | os.PathLike[str] | None) -> duckdb.DuckDBPyConnection:
    """A connection to a database file, created if it does not exist, or to a database in memory.

    A file without write permission is opened read-only.

    Raises:
        DatabaseFileError: The folder is missing, or the file is a folder, no database, locked by another process, not
            permitted, damaged, or made by a newer DuckDB. The file is unchanged.
        ArgumentError: It is a URL.
    """
    urls.require_no_url(path)
    if path is None or (isinstance(path, str) and path == ":memory:"):
        return duckdb.connect()
    file = _database_file(path)
    exists = file.exists()
    try:
        with _OPENING:  # no other thread can open the file meanwhile
            if exists and not os.access(file, os.W_OK):
                return duckdb.connect(file, read_only=True)
            if exists:
                _attach_once(file)
            return duckdb.connect(file)
    except duckdb.Error as error:
        if exists and "Read-only file system" in str(error):
            return duckdb.connect(file, read_only=True)
        raise DatabaseFileError(_reason(file, str(error))) from None


def _database_file(path: str | os.PathLike[str]) -> Path:
    """The absolute path of a database file, so that DuckDB takes no name for an address."""
    if not isinstance(path, str | os.PathLike):
        raise DatabaseFileError(
            f"{path!r} is not a path. Give the name of a file, or nothing for a database in memory."
        )
    try:
        file = Path(path).expanduser()
    except (RuntimeError, TypeError):  # an unknown user, a path of bytes
        raise DatabaseFileError(f"{path!r} is not a path on this machine. Name another file.") from None
    if not is_unicode(str(file)):
        raise DatabaseFileError(
            f"DuckDB opens no file whose name is not Unicode: {str(path)!r}. Rename it. It is unchanged."
        )
    if "\0" in str(file):
        raise DatabaseFileError(f"{str(path)!r} is not a file name. Name another file.")
    try:
        if str(path).endswith(("/", os.sep)) or str(path) == "" or file.is_dir():
            raise DatabaseFileError(
                f"{str(path)!r} is a folder, not a database file. Name a file in it: school.duckdb."
            )
        if not file.parent.is_dir():
            raise DatabaseFileError(
                f"{file} cannot be opened: there is no folder {file.parent}. Create it, or name another."
            )
        file.exists()
    except OSError as error:
        raise DatabaseFileError(f"{str(path)!r} cannot be opened: {error.strerror}. Name another file.") from None
    return file.absolute()


def _attach_once(file: Path) -> None:
    """Attach a file and detach it again, because DuckDB 2.0 opens some files wrongly.

    - It opens a file of another kind, such as CSV, as a table. ATTACH rejects it.
    - It replays the log of a process that died. If the log drops a table that references one with a default such as
      ``gen_random_uuid()``, DuckDB knows no functions at that moment, looks for them on the network, and without one
      the file can never be opened. ATTACH replays it.

    Python never opens the file itself, because closing it would end the lock of DuckDB in this process.
    """
    try:
        con = _scratch(os.getpid())
        con.execute(f"ATTACH {literal(str(file))} AS file (TYPE duckdb); CHECKPOINT file; DETACH file")
    except BaseException as error:
        _scratch.cache_clear()  # it may still hold the file, or be invalid because of it
        if not isinstance(error, duckdb.ResourceInUseException):  # this process has the file open
            raise


@lru_cache
def _scratch(process: int) -> duckdb.DuckDBPyConnection:
    """A database in memory to attach files to, kept because a new one takes ten times as long. A forked process must
    not use that of another. With one thread DuckDB starts none, for which a forked process would wait.
    """
    del process
    return duckdb.connect(config={"threads": 1})


def _reason(file: Path, message: str) -> str:
    if lock := re.search(r"Conflicting lock is held in (.+?)\. See", message):
        return (
            f"{file} is open in another process: {lock[1]}. Only one process can have it open. "
            "If that is another notebook, shut down its kernel, then try again."
        )
    if "not a valid DuckDB database" in message:
        return f"{file} is not a DuckDB database. It is unchanged; name another file."
    if "version number" in message:
        return f"{file} was made by another version of DuckDB than {duckdb.__version__}. {message}"
    return f"{file} cannot be opened, and is unchanged. DuckDB says: {message}"


def fetch(result: duckdb.DuckDBPyConnection | None) -> pd.DataFrame:
    """The result of a query. DuckDB sums in 128 bits, which pandas makes floats; exact ones become Int64."""
    if result is None:  # a query of comments
        return pd.DataFrame()
    frame = result.df()
    for position, (_, kind, *_) in enumerate(result.description or []):
        if kind == "HUGEINT" and not frame.iloc[:, position].abs().max() >= 2**53:
            frame.isetitem(position, frame.iloc[:, position].astype("Int64").array)
    return frame


def may_write(query: str) -> bool:
    """Whether SQL may change something, as far as its statements say."""
    try:
        return any(each.type not in _READ_ONLY_STATEMENTS for each in duckdb.extract_statements(query))
    except duckdb.Error:  # DuckDB reports it when the query runs
        return False


@contextmanager
def without_python_variables(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Keep DuckDB from reading variables of Python as tables: they would be clerkbench's own."""
    with suppress(duckdb.TransactionException):  # in a failed transaction the query itself reports it
        con.execute("SET python_enable_replacements = false")
    try:
        yield
    finally:
        with suppress(duckdb.TransactionException):
            con.execute("SET python_enable_replacements = true")


@contextmanager
def temporary_tables(con: duckdb.DuckDBPyConnection) -> Iterator[list[str]]:
    """Drop temporary tables at the end of the block, all in one statement.

    The block adds the full name of each table to the list before it creates the table, with CREATE OR REPLACE: an
    interrupted call may have left one of that name.
    """
    names: list[str] = []
    try:
        yield names
    except BaseException:
        with suppress(duckdb.Error):  # if a transaction failed, the tables are gone with it
            _drop(con, names)
        raise
    _drop(con, names)


def _drop(con: duckdb.DuckDBPyConnection, names: list[str]) -> None:
    if names:
        con.execute("; ".join(f"DROP TABLE IF EXISTS {name}" for name in names))
