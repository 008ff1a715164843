"""Puts given rows into a temporary table, converted to the types of the table they are meant for. Stores nothing."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from difflib import get_close_matches

import duckdb
import numpy as np
import pandas as pd

from clerkbench.database.column import Column
from clerkbench.database.connection import temporary_tables
from clerkbench.database.table import Table
from clerkbench.database.values import is_integer_type, is_nested
from clerkbench.files.sql_text import quoted
from clerkbench.validation.coercion import NESTED, NUMBER, TEXT, UNKNOWN, WHOLE, CoercedColumn, CoercedRows, ValueGroup

#: The number of a row, counted from 1.
ROW = "clerkbench_row"

_FRAME = "clerkbench_given"
_STAGED = "clerkbench_staged_"
_UNREADABLE = "clerkbench_unreadable_"

#: What DuckDB says of a text that holds half a character.
_NOT_UNICODE = "cannot encode str as UTF-8"


@dataclass
class Staged:
    """Rows that are not stored yet, in a temporary table of their own.

    Attributes:
        table: Where they are to go.
        count: How many.
        relation: The temporary table: :data:`ROW`, the columns staged, and what could not be read.
        given: The columns that some row gives.
        columns: The columns staged: those given, and with their defaults others that a constraint looks at beside
            them, or that were asked for.
        fresh: The columns not given whose default is another in each row, as a new id is.
        unreadable: The columns in which a value may not be of the type; by column another that then holds it as text.
        strange: The other columns that were given, by name: what is wrong with each, and what to do.
    """

    table: Table
    count: int
    relation: str
    given: list[str]
    columns: list[str]
    new_ids: set[str] = field(default_factory=set)
    unreadable: dict[str, str] = field(default_factory=dict)
    rejected_columns: dict[str, tuple[str, str]] = field(default_factory=dict)

    def readable(self, columns: Iterable[str]) -> str:
        """The condition that the values of these columns could be read; empty where they always can."""
        flags = [self.unreadable[column] for column in columns if column in self.unreadable]
        return " AND ".join(f"{flag} IS NULL" for flag in flags)


@contextmanager
def staged(
    con: duckdb.DuckDBPyConnection, table: Table, given: CoercedRows, also: Iterable[str] = ()
) -> Iterator[Staged]:
    """Rows in a temporary table, as long as the block lasts.

    Args:
        con: The database.
        table: Where the rows are to go.
        given: The rows.
        also: Columns to have in any case; where the rows do not give them, with their defaults.
    """
    with temporary_tables(con) as temporary:
        yield stage(con, table, given, also, temporary)


def stage(
    con: duckdb.DuckDBPyConnection, table: Table, given: CoercedRows, also: Iterable[str], temporary: list[str]
) -> Staged:
    """The same in a table that the caller drops, see :func:`clerkbench.database.connection.temporary_tables`."""
    names, strange = _match_columns(table, given)
    fresh = {each.name for each in table.columns.values() if each.name not in names and each.is_new_id}
    also = [*also, *_columns_to_check(table, set(names), fresh)]
    relation = f"temp.{quoted(_STAGED + table.name)}"
    rows = Staged(table, given.count, relation, list(names), list(names), fresh, rejected_columns=strange)
    rows.columns += [column for column in dict.fromkeys(also) if column not in names]
    temporary.append(relation)
    with suppress(duckdb.Error):  # DuckDB registers no DataFrame while a result is not fetched to its end
        con.fetchall()
    try:
        _stage(con, rows, given, names)
    except duckdb.InvalidInputException as error:
        if _NOT_UNICODE not in str(error):
            raise
        _stage(con, rows, given.by_value(), names)
    return rows


def _stage(con: duckdb.DuckDBPyConnection, rows: Staged, given: CoercedRows, names: dict[str, str]) -> None:
    """Make the table and fill it."""
    frame: dict[str, object] = {ROW: np.arange(1, given.count + 1)}
    selected = [ROW]
    for at, (column, given_as) in enumerate(names.items()):
        selected += _selected(rows.table.columns[column], given.columns[given_as], at, frame, rows.unreadable)
    left_out = rows.columns[len(names) :]
    selected += [f"{default_of(rows.table.columns[column])} AS {quoted(column)}" for column in left_out]
    try:
        con.register(_FRAME, pd.DataFrame(frame, copy=False))
        con.execute(f"CREATE OR REPLACE TEMP TABLE {rows.relation} AS SELECT {', '.join(selected)} FROM {_FRAME}")
    except BaseException:
        with suppress(duckdb.Error):  # which would take the place of what happened, such as Ctrl-C
            con.unregister(_FRAME)
        raise
    con.unregister(_FRAME)


def _match_columns(table: Table, given: CoercedRows) -> tuple[dict[str, str], dict[str, tuple[str, str]]]:
    """The columns of the table that are given, with their names as given; and what is wrong with all others."""
    by_lower = {column.lower(): column for column in table.columns}
    meant: dict[str, str] = {}
    strange: dict[str, tuple[str, str]] = {}
    for name in given.columns:
        shown = name.encode(errors="backslashreplace").decode()
        column = by_lower.get(name.lower())
        if column is None:
            near = get_close_matches(name.lower(), by_lower, n=1)
            hint = f" Did you mean {by_lower[near[0]]!r}?" if near else ""
            problem = f"{table.name} has no column {shown!r}.{hint} There are: {', '.join(table.stored)}."
            strange[shown] = problem, "Rename the column, or leave it out."
        elif table.columns[column].generated:
            problem = f"{table.name}.{column} follows from other columns and is never given."
            strange[shown] = problem, "Leave the column out."
        elif column in meant:
            problem = f"{table.name}.{column} is given twice, as {meant[column]!r} and as {shown!r}."
            strange[shown] = problem, "Leave one of them out."
        else:
            meant[column] = name
    return meant, strange


def _columns_to_check(table: Table, given: set[str], fresh: set[str]) -> list[str]:
    """The columns that some constraint looks at, whose outcome depends on the rows.

    Where it looks at no column that is given, that is so only if it compares rows, and all have the same defaults.
    """
    found: list[str] = []
    for each in table.constraints:
        columns = table.columns_in(each)
        compares = each.kind in ("unique", "primary key", "foreign key") and fresh.isdisjoint(columns)
        filled = not each.columns or all(table.columns[column].default for column in columns)
        if not given.isdisjoint(columns) or (compares and filled):
            found += columns
    return found


def default_of(column: Column) -> str:
    """What a row gets that leaves the column out, as an SQL expression of its type."""
    return f"CAST(({column.default or 'NULL'}) AS {column.type})"


def _selected(
    column: Column, given: CoercedColumn, at: int, frame: dict[str, object], unreadable: dict[str, str]
) -> list[str]:
    """The expressions for one column and for what cannot be read of it; its values are put into the frame."""
    values, texts = [], []
    for number, part in enumerate(given.groups):
        name = f"part_{at}_{number}"
        frame[name] = part.values
        values.append(_converted(name, part, column.type))
        if not _needs_no_check(part.kind, column.type):
            texts.append(f"CASE WHEN {name} IS NOT NULL AND {values[-1]} IS NULL THEN CAST({name} AS VARCHAR) END")
    value = f"coalesce({', '.join(values)})" if len(values) > 1 else (values or [f"CAST(NULL AS {column.type})"])[0]
    if given.present is not None:
        frame[f"present_{at}"] = np.array(given.present)
        value = f"CASE WHEN present_{at} THEN {value} ELSE {default_of(column)} END"
    selected = [f"{value} AS {quoted(column.name)}"]
    if texts:
        unreadable[column.name] = f"{_UNREADABLE}{at}"
        selected.append(f"coalesce({', '.join(texts)}, NULL) AS {unreadable[column.name]}")
    return selected


#: How the names of types of numbers begin.
_NUMBERS = (
    *("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINY", "USMALL", "UINT", "UBIG", "UHUGE"),
    *("DECIMAL", "FLOAT", "DOUBLE"),
)

#: What a number is never taken for; DuckDB would read 5 as seconds, or as the byte of that sign.
_NEVER_FROM_NUMBERS = ("DATE", "TIME", "INTERVAL", "BLOB", "UUID")


def _needs_no_check(kind: str, wanted: str) -> bool:
    return wanted == kind or (wanted == TEXT and kind not in (NESTED, UNKNOWN))


def _has_more_detail(name: str, wanted: str) -> str:
    """Whether a text of a day or time says more than the type holds, which DuckDB leaves out."""
    more = []
    if "WITH TIME ZONE" not in wanted:
        more.append(rf"regexp_matches({name}, '\d:\d+(:\d+)?(\.\d+)?\s*([+-]|[A-Ya-y])')")  # Z is UTC
    if not wanted.endswith("_NS"):
        more.append(rf"regexp_matches({name}, '\.\d{{6}}0*[1-9]')")
    if wanted == "DATE":
        more.append(
            rf"regexp_matches({name}, '\d[ T]+\d+:') AND NOT regexp_matches({name}, '[ T]0+:00(:00(\.0*)?)?\s*$')"
        )
    if wanted.startswith("TIME") and not wanted.startswith("TIMESTAMP"):
        more.append(rf"regexp_matches({name}, '\d-\d+-\d')")
    return " OR ".join(f"({each})" for each in more) or "FALSE"


def _rounds(name: str, wanted: str, part: ValueGroup) -> str:
    """Whether a number has more digits behind the point than a DECIMAL, which DuckDB rounds.

    Nobody has written the last digits of a float, such as the 4 of 0.30000000000000004.
    """
    given, kept = f"TRY_CAST({name} AS DOUBLE)", f"CAST(TRY_CAST({name} AS {wanted}) AS DOUBLE)"
    rounds = f"abs({kept} - {given}) > 1e-14 * abs({given})"
    if not part.is_text:
        return rounds
    scale = wanted.partition(",")[2].rstrip(") ").strip() or "0"  # a text may have more digits than a DOUBLE
    more = rf"regexp_matches({name}, '\.\d{{{scale}}}0*[1-9]')"
    return f"{rounds} OR ({more}{f' AND length({name}) < 17' if part.kind == NUMBER else ''})"


def _converted(name: str, part: ValueGroup, wanted: str) -> str:
    """The value of a part as the type that is wanted, NULL where it is not of that type.

    Stricter than DuckDB, which makes 1 of TRUE, rounds 2.5 days to 2 or 3, and takes a list for a text.
    """
    null, cast = f"CAST(NULL AS {wanted})", f"TRY_CAST({name} AS {wanted})"
    if part.kind == UNKNOWN or (part.kind in (WHOLE, NUMBER) and wanted.startswith(_NEVER_FROM_NUMBERS)):
        return null
    if part.kind == NESTED:
        # TRY_CAST would make NULL of a single wrong item.
        return f"TRY(CAST(CAST({name} AS JSON) AS {wanted}))" if is_nested(wanted) else null
    if part.kind == "BLOB":
        return f"TRY_CAST(unhex({name}) AS {wanted})"
    if part.kind == "BOOLEAN":
        return cast if wanted in ("BOOLEAN", TEXT) else null
    if part.kind == "TIMESTAMP WITH TIME ZONE":
        return f"TRY_CAST(TRY_CAST({name} AS TIMESTAMP WITH TIME ZONE) AS {wanted})"
    if part.kind in (WHOLE, NUMBER) and wanted == "BOOLEAN":
        number = f"TRY_CAST({name} AS DOUBLE)"
        return f"CASE WHEN {number} IN (0, 1) THEN {number} = 1 END"
    if part.kind == TEXT and wanted.startswith(("DATE", "TIME")):
        return f"CASE WHEN NOT ({_has_more_detail(name, wanted)}) THEN {cast} END"
    if part.kind == "TIMESTAMP" and wanted == "DATE":
        return f"CASE WHEN CAST({cast} AS TIMESTAMP) = TRY_CAST({name} AS TIMESTAMP) THEN {cast} END"
    if part.kind in (NUMBER, TEXT) and wanted.startswith("DECIMAL"):
        cast = f"CASE WHEN NOT ({_rounds(name, wanted, part)}) THEN {cast} END"
    if part.kind == TEXT and wanted.startswith(_NUMBERS):
        # DuckDB reads numbers as programs write them, 4_5 and 0x2D. In a text of a person's they are a slip.
        cast = f"CASE WHEN NOT regexp_matches({name}, '[_xXbB]') THEN {cast} END"
    if wanted in ("FLOAT", "DOUBLE") and part.kind in (WHOLE, NUMBER, TEXT):
        # DuckDB makes infinity of a number that is too large; what is infinite was given so.
        given = f"regexp_matches(CAST({name} AS VARCHAR), '^\\s*[+-]?inf', 'i')"
        cast = f"CASE WHEN isinf({cast}) AND NOT {given} THEN NULL ELSE {cast} END"
    if part.kind in (NUMBER, TEXT) and is_integer_type(wanted):
        fraction = f"coalesce(TRY_CAST({name} AS DOUBLE) % 1, 0) <> 0"
        if part.is_text:  # which may have more digits than a DOUBLE
            fraction += f" OR regexp_matches({name}, '^\\s*[+-]?[0-9]*\\.[0-9]*[1-9][0-9]*\\s*$')"
        return f"CASE WHEN {fraction} THEN NULL ELSE {cast} END"
    return cast
