"""Reads the address of a school: the URL of a server, or an SQLite file. Passwords are never shown."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clerkbench.errors import ArgumentError
from clerkbench.files import urls
from clerkbench.files.atomic_write import resolve_path
from clerkbench.interchange.engines.dialects import POSTGRESQL

_URL = re.compile(r"postgres(?:ql)?://", re.IGNORECASE)

#: The endings of SQLite files.
SQLITE_ENDINGS = (".sqlite", ".sqlite3")


@dataclass(frozen=True)
class Server:
    """A schema on a PostgreSQL server.

    Attributes:
        url: As it was given, with the password.
        schema: The schema that holds the school; empty for the current schema of the server.
    """

    url: str
    schema: str = ""

    def __repr__(self) -> str:
        return f"<{self}>"

    def __str__(self) -> str:
        """The address without the password."""
        return urls.without_password(self.url) + (f" (schema {self.schema})" if self.schema else "")

    def mask_secrets(self, text: str) -> str:
        """A message of a driver without the password."""
        return urls.mask_secrets(text, self.url)


@dataclass(frozen=True)
class SqliteFile:
    """An SQLite file, which need not exist."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)

    def mask_secrets(self, text: str) -> str:
        """The message: a file has no secrets."""
        return text


Address = Server | SqliteFile


def is_address(target: Any) -> bool:
    """Whether a target is a server or an SQLite file, and not a DuckDB database."""
    if not isinstance(target, str | os.PathLike):
        return False
    name = os.fspath(target)
    return isinstance(name, str) and (_URL.match(name) is not None or name.lower().endswith(SQLITE_ENDINGS))


def parse_address(target: Any, schema: str | None = None) -> Address:
    """The address of a target. Raises ArgumentError if it is neither URL nor file, or the schema does not fit."""
    if not is_address(target):
        shown = repr(urls.without_password(str(target))) if isinstance(target, str | os.PathLike) else "This"
        raise ArgumentError(
            f"{shown} is neither the URL of a PostgreSQL server, postgresql://…, nor the name of an SQLite file, which "
            "ends in .sqlite or .sqlite3: rename one that ends otherwise. Into a database file of clerkbench's own a "
            "school comes with import_from, or clerkbench import. Nothing was changed."
        )
    name = os.fspath(target)
    if _URL.match(name) is None:
        if schema is not None:
            raise ArgumentError("An SQLite file has no schemas: give each school a file. Nothing was changed.")
        return SqliteFile(resolve_path(name))
    name = f"postgresql://{name.partition('://')[2]}"  # the only spelling that the driver knows
    if "\0" in name:
        raise ArgumentError("The URL holds a sign that no URL can. Nothing was changed.")
    if schema is None:
        return Server(name)
    if not isinstance(schema, str) or not schema.strip() or "\0" in schema:
        raise ArgumentError(f"{schema!r} is not the name of a schema. Nothing was changed.")
    if too_long := POSTGRESQL.too_long([schema]):
        raise ArgumentError(f"{too_long} Give the schema a shorter name. Nothing was changed.")
    return Server(name, schema)
