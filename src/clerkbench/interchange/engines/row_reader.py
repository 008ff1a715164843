"""Reads the rows of another engine as DuckDB has them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

import duckdb

from clerkbench.database.values import compared
from clerkbench.errors import TargetError
from clerkbench.files.sql_text import literal, quoted
from clerkbench.interchange.engines.target import Target

_ARRIVING = "clerkbench_arriving"


@contextmanager
def remote_rows(
    con: duckdb.DuckDBPyConnection, target: Target, table: str, columns: Mapping[str, str], key: Sequence[str] = ()
) -> Iterator[str]:
    """A query in DuckDB's SQL for the rows of a table there, good for one use inside the block.

    Args:
        con: Where the query is to run.
        target: What is read.
        table: As the target spells it.
        columns: Those wanted, with the types they are to have.
        key: Those of them that tell which row it is.

    Raises:
        TargetError: The table lacks a column, or holds a value that does not fit its type.
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
            said = target.address.mask_secrets(str(error).splitlines()[0]).removeprefix("Invalid Input Error: ")
            raise TargetError(
                f"{target.address}: {table} cannot be read as the schema has it. {said}\nNothing was changed."
            ) from None
        finally:
            with suppress(duckdb.Error):  # where a transaction has failed, it goes with it
                con.unregister(_ARRIVING)


def _cast_exactly(target: Target, name: str, kind: str, arrow: str, row: str) -> str:
    """A column in the type it is to have; an error that names the row where that would be another value."""
    column = quoted(name)
    found = target.from_engine(column, kind, arrow)
    cast = f"TRY_CAST({found} AS {kind})"
    altered = target.altered(column, kind, arrow)
    wrong = f"({cast} IS NULL{f' OR ({altered})' if altered else ''})"
    words = [f"{name} of the row ", " holds ", f", which is no {kind} as DuckDB has it."]
    begin, holds, end = map(literal, words)
    said = f"error(concat({begin}, {row or chr(39) * 2}, {holds}, CAST({column} AS VARCHAR), {end}))"
    return f"CASE WHEN {column} IS NOT NULL AND {wrong} THEN {said} ELSE {cast} END"


def relation_fingerprint(con: duckdb.DuckDBPyConnection, query: str, columns: Mapping[str, str]) -> tuple[int, int]:
    """How many rows a query gives, and a number that hardly any other rows have, whatever their order."""
    values = f"hash(row({', '.join(compared(name, kind) for name, kind in columns.items())}))"
    [found] = con.execute(f"SELECT count(*), coalesce(sum(CAST({values} AS HUGEINT)), 0) FROM ({query})").fetchall()
    return found
