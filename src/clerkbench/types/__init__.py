"""Writes the schema's tables as types of the languages that applications are written in.

``rows`` reads from the catalog what both say; ``python`` and ``typescript`` write it.
"""

import duckdb

from clerkbench.errors import ArgumentError, UnknownNameError
from clerkbench.schema import Schema
from clerkbench.types import python, rows, typescript

#: The languages, and what a module in each ends in.
LANGUAGES = {"python": ".py", "typescript": ".ts"}


def write(con: duckdb.DuckDBPyConnection, schema: Schema, language: str, dialect: str | None) -> str:
    """A module with the types of all tables.

    Args:
        con: The database.
        schema: Its tables.
        language: One of :data:`LANGUAGES`.
        dialect: For TypeScript, one of its dialects.

    Raises:
        UnknownNameError: There is no such language or dialect.
        ArgumentError: TypeScript needs a dialect, or Python has none.
    """
    if not isinstance(language, str) or language not in LANGUAGES:
        raise UnknownNameError("There are no types for the language", language, LANGUAGES)
    if language == "python":
        if dialect is not None:
            raise ArgumentError("Python's types are the same for all engines: leave the dialect out.")
        return python.write(rows.read(con, schema))
    if dialect is None:
        names = " or ".join(typescript.DIALECTS)
        raise ArgumentError(f"TypeScript's types differ by engine: give a dialect, dialect='…' or --dialect: {names}.")
    if not isinstance(dialect, str) or dialect not in typescript.DIALECTS:
        raise UnknownNameError("There is no dialect", dialect, typescript.DIALECTS)
    return typescript.write(rows.read(con, schema), dialect)
