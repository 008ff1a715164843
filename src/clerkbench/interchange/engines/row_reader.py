"""Reads the rows of another engine as DuckDB values."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

import duckdb

from clerkbench.errors import TargetError
from clerkbench.files.sql_text import literal, quoted
from clerkbench.interchange.engines.target import Target

_ARRIVING = "clerkbench_arriving"


@contextmanager
def remote_rows(
    con: duckdb.DuckDBPyConnection, target: Target, table: str, columns: Mapping[str, str], key: Sequence[str] = ()
) -> Iterator[str]:
    """A DuckDB query for the rows of a table there. It can run once, inside the block. Raises TargetError if the table
    lacks a column, or a value does not fit its type.
    """
    spelled = target.columns(table)
    if missing := [name for name in columns if name.lower() not in spelled]:
        raise TargetError(f"{target.address}: {table} lacks {', '.join(missing)}. Nothing was changed.")
    names = [spelled[name.lower()] for name in columns]
    with target.reading(table, names) as reader:
        kinds = [str(field.type) for field in reader.schema]
        row = ", ', ', ".join(f"CAST({quoted(spelled[name.lower()])} AS VARCHAR)" for name in key if name in columns)
        taken = ", ".join(
            f"{_cast_exactly(target, name, kind, arrow, row)} AS {quoted(column)}"
            for name, arrow, (column, kind) in zip(names, kinds, columns.items(), strict=True)
        )
        con.register(_ARRIVING, reader)
        try:
            yield f"SELECT {taken} FROM {_ARRIVING}"
        except duckdb.Error as error:
            message = target.address.mask_secrets(str(error).splitlines()[0]).removeprefix("Invalid Input Error: ")
            raise TargetError(
                f"{target.address}: {table} cannot be read as the schema has it. {message}\nNothing was changed."
            ) from None
        finally:
            with suppress(duckdb.Error):  # a failed transaction removes it
                con.unregister(_ARRIVING)


def _cast_exactly(target: Target, name: str, kind: str, arrow: str, row: str) -> str:
    """A column with its DuckDB type. A value that the cast would change is an error that names the row."""
    column = quoted(name)
    found = target.from_engine(column, kind, arrow)
    cast = f"TRY_CAST({found} AS {kind})"
    altered = target.altered(column, kind, arrow)
    wrong = f"({cast} IS NULL{f' OR ({altered})' if altered else ''})"
    words = [f"{name} of the row ", " holds ", f", which is not a valid {kind}."]
    begin, holds, end = map(literal, words)
    message = f"error(concat({begin}, {row or chr(39) * 2}, {holds}, CAST({column} AS VARCHAR), {end}))"
    return f"CASE WHEN {column} IS NOT NULL AND {wrong} THEN {message} ELSE {cast} END"
