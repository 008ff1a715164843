"""Opens DuckDB databases and fetches results; turns file errors into sentences."""

import os
import re
from contextlib import suppress
from pathlib import Path

import duckdb
import pandas as pd

from clerkbench.errors import DatabaseFileError

#: Limits a query over DuckDB's catalog to the school's own schema, whatever else is attached or created beside it.
HERE = "database_name = current_database() AND schema_name = current_schema()"


def connect(path: str | os.PathLike[str] | None) -> duckdb.DuckDBPyConnection:
    """A connection to a database file, made when it does not exist, or to a database in memory.

    Args:
        path: The file; None or ``":memory:"`` for a database in memory.

    Raises:
        DatabaseFileError: The folder is missing, or the file is a folder, no database, locked by another process,
            not permitted, damaged, or made by a newer DuckDB. The file is left as it was.
    """
    if path is None or path == ":memory:":
        return duckdb.connect()
    if not isinstance(path, str | os.PathLike):
        raise DatabaseFileError(
            f"{path!r} is not a path. Give the name of a file, or nothing for a database in memory."
        )
    try:
        file = Path(path).expanduser()
    except (RuntimeError, TypeError):  # the home of an unknown user, a path of bytes
        raise DatabaseFileError(f"{path!r} is not a path on this machine. Name another file.") from None
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
        if file.exists() and not _is_duckdb(file):
            raise DatabaseFileError(f"{file} is not a DuckDB database. It was left as it is; name another file.")
    except OSError as error:
        raise DatabaseFileError(f"{str(path)!r} cannot be opened: {error.strerror}. Name another file.") from None
    file = file.absolute()  # so that no name looks like an address to DuckDB
    _replay_log(file)
    try:
        return duckdb.connect(file)
    except duckdb.Error as error:
        raise DatabaseFileError(_why_not_opened(file, str(error))) from None


def _replay_log(file: Path) -> None:
    """Brings into a file what a process that died had committed to its log.

    DuckDB 2.0 does so itself when it opens the file. But where the log drops a table that references one with a default
    such as ``gen_random_uuid()``, it knows no functions at that moment, looks for them on the network, and without one
    the file cannot be opened any more. It can be attached to a database that is open. Whatever stops that here is said
    better on opening the file.
    """
    if file.with_name(f"{file.name}.wal").exists():
        with suppress(duckdb.Error), duckdb.connect() as con:
            name = str(file).replace("'", "''")
            con.execute(f"ATTACH '{name}' AS file; CHECKPOINT file; DETACH file")


def _is_duckdb(file: Path) -> bool:
    """Whether a file begins like a DuckDB database. DuckDB itself would open a CSV file as if it were one."""
    try:
        with file.open("rb") as content:
            return content.read(12)[8:] == b"DUCK"
    except OSError:
        return True  # DuckDB says better why it cannot be read


def _why_not_opened(file: Path, message: str) -> str:
    if lock := re.search(r"Conflicting lock is held in (.+?)\. See", message):
        return (
            f"{file} is open in another process: {lock[1]}. Only one process can have it open. "
            "If that is another notebook, shut down its kernel, then try again."
        )
    if "version number" in message:
        return f"{file} was made by another version of DuckDB than {duckdb.__version__}. {message}"
    return f"{file} cannot be opened, and was left as it is. DuckDB says: {message}"


def fetch(result: duckdb.DuckDBPyConnection | None) -> pd.DataFrame:
    """The result of a query, with whole numbers as such.

    DuckDB counts a sum in 128 bits, of which pandas makes floats; as far as those are exact they become Int64.
    """
    if result is None:  # the query held nothing but comments
        return pd.DataFrame()
    frame = result.df()
    for position, (_, kind, *_) in enumerate(result.description or []):
        if kind == "HUGEINT" and not frame.iloc[:, position].abs().max() > 2**53:
            frame.isetitem(position, frame.iloc[:, position].astype("Int64").array)
    return frame
