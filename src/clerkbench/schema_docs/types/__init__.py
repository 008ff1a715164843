"""Writes the tables as types of programming languages. ``type_model`` reads the schema; the others write."""

from clerkbench.database.schema import Schema
from clerkbench.errors import ArgumentError, UnknownNameError
from clerkbench.schema_docs.types import python, type_model, typescript

#: The languages, each with the ending of its modules.
LANGUAGES = {"python": ".py", "typescript": ".ts"}


def write(schema: Schema, language: str, dialect: str | None) -> str:
    """A module with the types of all tables. See ``bench.types``."""
    if not isinstance(language, str) or language not in LANGUAGES:
        raise UnknownNameError("There are no types for the language", language, LANGUAGES)
    if language == "python":
        if dialect is not None:
            raise ArgumentError("Python's types are the same for all engines: leave the dialect out.")
        return python.write(type_model.read(schema))
    if dialect is None:
        names = " or ".join(typescript.DIALECTS)
        raise ArgumentError(f"TypeScript's types differ by engine: give a dialect, dialect='…' or --dialect: {names}.")
    if not isinstance(dialect, str) or dialect not in typescript.DIALECTS:
        raise UnknownNameError("There is no dialect", dialect, typescript.DIALECTS)
    return typescript.write(type_model.read(schema), dialect)
