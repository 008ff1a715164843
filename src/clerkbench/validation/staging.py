"""Stages given rows in a temporary table, converted to the types of their table. Stores nothing."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import duckdb
import numpy as np
import pandas as pd

from clerkbench.database.column import Column
from clerkbench.database.connection import temporary_tables
from clerkbench.database.table import Table
from clerkbench.database.values import is_integer_type, is_nested
from clerkbench.files.sql_text import quoted
from clerkbench.reporting.phrases import did_you_mean, nearest
from clerkbench.validation.coercion import NESTED, NUMBER, TEXT, UNKNOWN, WHOLE, CoercedColumn, CoercedRows, ValueGroup

#: The number of a row, from 1.
ROW = "clerkbench_row"

_FRAME = "clerkbench_given"
_STAGED = "clerkbench_staged_"
_UNREADABLE = "clerkbench_unreadable_"

#: The message of DuckDB for a text with half of a surrogate pair.
_NOT_UNICODE = "cannot encode str as UTF-8"


@dataclass
class Staged:
    """Rows in a temporary table.

    Attributes:
        table: The table that they are for.
        count: How many.
        relation: The temporary table: :data:`ROW`, the staged columns, and the values that cannot be converted.
        given: The columns that some row gives.
        columns: The staged columns: those given; and with their defaults the other columns of constraints on them, and
            those that were asked for.
        new_ids: The columns not given whose default is a new id.
        unreadable: The columns with values of another type; by column the one that holds such a value as text.
        rejected_columns: The given columns that cannot be stored, each with message and remedy.
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
        """The SQL condition that the values of these columns were converted; empty if they always are."""
        flags = [self.unreadable[column] for column in columns if column in self.unreadable]
        return " AND ".join(f"{flag} IS NULL" for flag in flags)


@contextmanager
def staged(
    con: duckdb.DuckDBPyConnection, table: Table, given: CoercedRows, also: Iterable[str] = ()
) -> Iterator[Staged]:
    """Rows in a temporary table, which is dropped at the end of the block."""
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
        with suppress(duckdb.Error):  # it would replace the first error, such as Ctrl-C
            con.unregister(_FRAME)
        raise
    con.unregister(_FRAME)


def _match_columns(table: Table, given: CoercedRows) -> tuple[dict[str, str], dict[str, tuple[str, str]]]:
    """The columns of the table with their given names; and message and remedy of all others."""
    by_lower = {column.lower(): column for column in table.columns}
    meant: dict[str, str] = {}
    strange: dict[str, tuple[str, str]] = {}
    for name in given.columns:
        shown = name.encode(errors="backslashreplace").decode()
        column = by_lower.get(name.lower())
        if column is None:
            hint = did_you_mean(nearest(name, table.columns))
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
    """The columns of the constraints whose outcome depends on the rows.

    A constraint without any given column depends on them only if it compares rows whose defaults are all the same.
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
    """The default of a column as an SQL expression of its type."""
    return f"CAST(({column.default or 'NULL'}) AS {column.type})"


def _selected(
    column: Column, given: CoercedColumn, at: int, frame: dict[str, object], unreadable: dict[str, str]
) -> list[str]:
    """The SQL expressions of one column and of its values that cannot be converted. Its values go into the frame."""
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


#: How the names of number types begin.
_NUMBERS = (
    *("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINY", "USMALL", "UINT", "UBIG", "UHUGE"),
    *("DECIMAL", "FLOAT", "DOUBLE"),
)

#: Types that never come from a number: DuckDB would read 5 as seconds, or as a byte.
_NEVER_FROM_NUMBERS = ("DATE", "TIME", "INTERVAL", "BLOB", "UUID")


def _needs_no_check(kind: str, wanted: str) -> bool:
    return wanted == kind or (wanted == TEXT and kind not in (NESTED, UNKNOWN))


def _has_more_detail(name: str, wanted: str) -> str:
    """The SQL condition that a text of a day or time has more detail than the type, which DuckDB would drop."""
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
    """The SQL condition that a number has more decimals than a DECIMAL, which DuckDB would round.

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
    """The value of a group as the wanted type; NULL if it is not of that type.

    This is stricter than DuckDB, which makes 1 of TRUE, rounds 2.5 days, and takes a list for a text.
    """
    if part.kind in (WHOLE, NUMBER):
        return _from_number(name, part, wanted)
    if part.kind == TEXT:
        return _from_text(name, part, wanted)
    null, cast = f"CAST(NULL AS {wanted})", f"TRY_CAST({name} AS {wanted})"
    if part.kind == "TIMESTAMP" and wanted == "DATE":
        return f"CASE WHEN CAST({cast} AS TIMESTAMP) = TRY_CAST({name} AS TIMESTAMP) THEN {cast} END"
    others = {
        UNKNOWN: null,
        # TRY_CAST would make a single wrong item NULL.
        NESTED: f"TRY(CAST(CAST({name} AS JSON) AS {wanted}))" if is_nested(wanted) else null,
        "BLOB": f"TRY_CAST(unhex({name}) AS {wanted})",
        "BOOLEAN": cast if wanted in ("BOOLEAN", TEXT) else null,
        "TIMESTAMP WITH TIME ZONE": f"TRY_CAST(TRY_CAST({name} AS TIMESTAMP WITH TIME ZONE) AS {wanted})",
    }
    return others.get(part.kind, cast)


def _from_number(name: str, part: ValueGroup, wanted: str) -> str:
    if wanted.startswith(_NEVER_FROM_NUMBERS):
        return f"CAST(NULL AS {wanted})"
    cast = f"TRY_CAST({name} AS {wanted})"
    if wanted == "BOOLEAN":
        number = f"TRY_CAST({name} AS DOUBLE)"
        return f"CASE WHEN {number} IN (0, 1) THEN {number} = 1 END"
    if wanted in ("FLOAT", "DOUBLE"):
        return _finite(name, cast)
    if part.kind == NUMBER and wanted.startswith("DECIMAL"):
        return f"CASE WHEN NOT ({_rounds(name, wanted, part)}) THEN {cast} END"
    return _whole(name, part, cast) if part.kind == NUMBER and is_integer_type(wanted) else cast


def _from_text(name: str, part: ValueGroup, wanted: str) -> str:
    cast = f"TRY_CAST({name} AS {wanted})"
    if wanted.startswith(("DATE", "TIME")):
        return f"CASE WHEN NOT ({_has_more_detail(name, wanted)}) THEN {cast} END"
    if wanted.startswith("DECIMAL"):
        cast = f"CASE WHEN NOT ({_rounds(name, wanted, part)}) THEN {cast} END"
    if wanted.startswith(_NUMBERS):
        # DuckDB reads 4_5 and 0x2D as numbers. In a text of a person they are a typing mistake.
        cast = f"CASE WHEN NOT regexp_matches({name}, '[_xXbB]') THEN {cast} END"
    if wanted in ("FLOAT", "DOUBLE"):
        return _finite(name, cast)
    return _whole(name, part, cast) if is_integer_type(wanted) else cast


def _finite(name: str, cast: str) -> str:
    """DuckDB makes a number that is too large infinite."""
    given = f"regexp_matches(CAST({name} AS VARCHAR), '^\\s*[+-]?inf', 'i')"
    return f"CASE WHEN isinf({cast}) AND NOT {given} THEN NULL ELSE {cast} END"


def _whole(name: str, part: ValueGroup, cast: str) -> str:
    """DuckDB rounds a number with a fraction."""
    fraction = f"coalesce(TRY_CAST({name} AS DOUBLE) % 1, 0) <> 0"
    if part.is_text:  # it may have more digits than a DOUBLE
        fraction += f" OR regexp_matches({name}, '^\\s*[+-]?[0-9]*\\.[0-9]*[1-9][0-9]*\\s*$')"
    return f"CASE WHEN {fraction} THEN NULL ELSE {cast} END"
