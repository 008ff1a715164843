"""Writes the schema's tables as types of the languages that applications are written in.

``rows`` reads from the catalog what both say; ``python`` and ``typescript`` write it.
"""

from clerkbench.database.schema import Schema
from clerkbench.errors import ArgumentError, UnknownNameError
from clerkbench.schema_docs.types import python, type_model, typescript

#: The languages, and what a module in each ends in.
LANGUAGES = {"python": ".py", "typescript": ".ts"}


def write(schema: Schema, language: str, dialect: str | None) -> str:
    """A module with the types of all tables.

    Args:
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
        return python.write(type_model.read(schema))
    if dialect is None:
        names = " or ".join(typescript.DIALECTS)
        raise ArgumentError(f"TypeScript's types differ by engine: give a dialect, dialect='…' or --dialect: {names}.")
    if not isinstance(dialect, str) or dialect not in typescript.DIALECTS:
        raise UnknownNameError("There is no dialect", dialect, typescript.DIALECTS)
    return typescript.write(type_model.read(schema), dialect)
