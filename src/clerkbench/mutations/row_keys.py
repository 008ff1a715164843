"""Which stored row a drafted row means: the one with its id, or else the one with its natural key; or a new row."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import duckdb

from clerkbench.database.row_names import key_of_row, natural_key_values, value_text
from clerkbench.database.table import Table
from clerkbench.database.values import Key
from clerkbench.validation.staging import default_of

#: The stored rows of a table, by key and by column.
Stored = Mapping[Key, Mapping[str, Any]]


class MixedUp(NamedTuple):
    """A drafted row with the id of one stored row and the natural key of another."""

    number: int
    by_id: Key
    by_natural_key: Key


def assign_keys(con: duckdb.DuckDBPyConnection, table: Table, rows: list[dict[str, Any]], stored: Stored) -> set[Key]:
    """Give each row without an id the id of the stored row with the same natural key, or else a new id.

    A row whose id is that of a row before it was copied, so it counts as a row without an id.

    Returns:
        The new ids.
    """
    _as_stored(table, rows, stored)
    if not table.managed_columns.issuperset(table.primary_key):
        return set()  # people write the key themselves
    taken: set[str] = set()
    for row in rows:
        given = [value_text(row.get(column)) for column in table.primary_key]
        text = ", ".join(given)
        if given and all(given) and text not in taken:
            taken.add(text)
            continue
        is_copy = bool(given) and all(given)
        managed = [each for each in table.stored if each not in table.user_columns]
        for column in managed if is_copy else table.primary_key:
            row.pop(column, None)
    _recognize(table, rows, [(key, row) for key, row in stored.items() if value_text(key) not in taken])
    return _make_keys(con, table, rows)


def _as_stored(table: Table, rows: list[dict[str, Any]], stored: Stored) -> None:
    """Write ids as the database stores them, whatever the spreadsheet made of them."""
    keys = {tuple(map(value_text, _parts(key))): _parts(key) for key in stored}
    for row in rows:
        given = tuple(value_text(row.get(column)) for column in table.row_key)
        row.update(zip(table.row_key, keys.get(given, ()), strict=False))


def _recognize(table: Table, rows: list[dict[str, Any]], stored: Iterable[tuple[Key, Mapping[str, Any]]]) -> None:
    if len(table.primary_key) != 1:
        return
    [column] = table.primary_key
    known: dict[tuple[Any, ...], list[Key]] = {}
    others = dict(stored)
    for key, row in others.items():
        known.setdefault(_identity(table, row), []).append(key)
    for row in rows:
        candidates = known.get(_identity(table, row))
        if column not in row and candidates and (_identifies(table, row) or len(candidates) == 1):
            row[column] = candidates.pop(0)
            del others[row[column]]
    unknown = [row for row in rows if column not in row]
    given = [each for each in table.natural_key if any(each in row for row in rows)]
    if unknown and given and len(given) < len(table.natural_key):
        _recognize_by(given, column, unknown, others)


def _recognize_by(given: list[str], column: str, rows: list[dict[str, Any]], stored: Stored) -> None:
    """Recognize rows of a file that lacks a column of the natural key by the columns that it has, where they are those
    of one stored row and of one row of the file.
    """
    known: dict[tuple[str, ...], list[Key]] = {}
    for key, row in stored.items():
        known.setdefault(tuple(value_text(row[each]) for each in given), []).append(key)
    counts = Counter(tuple(value_text(row.get(each)) for each in given) for row in rows)
    for row in rows:
        values = tuple(value_text(row.get(each)) for each in given)
        if counts[values] == 1 and len(known.get(values, ())) == 1:
            row[column] = known[values][0]


def _identity(table: Table, row: Mapping[str, Any]) -> tuple[Any, ...]:
    """What people know a row by: its natural key; or where that is empty, as of a person without an email address, what
    it references and its name.
    """
    if _identifies(table, row):
        return True, *natural_key_values(table, row)
    links = {column for key in table.foreign_keys for column in key.columns}
    return False, *(value_text(row.get(each)) for each in table.user_columns if each in links | {*table.name_columns})


def _identifies(table: Table, row: Mapping[str, Any]) -> bool:
    """Whether the natural key of a row is filled. To a UNIQUE constraint no empty value is equal to another."""
    return all(value_text(row.get(column)) for column in table.filled_names)


def _make_keys(con: duckdb.DuckDBPyConnection, table: Table, rows: list[dict[str, Any]]) -> set[Key]:
    """Draw new ids from the defaults of the key, for the rows without one."""
    new = [row for row in rows if not all(column in row for column in table.primary_key)]
    defaults = ", ".join(default_of(table.columns[column]) for column in table.primary_key)
    if not new or not defaults:
        return set()
    given = {tuple(map(value_text, _parts(key_of_row(table, row)))) for row in rows}
    drawn: list[tuple[Any, ...]] = []
    while len(drawn) < len(new):  # another row may have the next number of a sequence
        values = con.execute(f"SELECT {defaults} FROM range({len(new) - len(drawn)})").fetchall()
        drawn += [each for each in values if tuple(map(value_text, each)) not in given]
    for row, key in zip(new, drawn, strict=True):
        row.update(zip(table.primary_key, key, strict=True))
    return {key_of_row(table, row) for row in new}


def mixed_up(table: Table, rows: Iterable[Mapping[str, Any]], stored: Stored) -> Iterator[MixedUp]:
    """The rows whose id is that of one stored row and whose natural key is that of another: as after sorting some
    columns of a sheet and not the others. Nothing says which of the two is meant. The database makes the ids.
    """
    filled = all if table.unique_names else any
    identified = {
        key: natural_key_values(table, row)
        for key, row in stored.items()
        if filled(row[each] is not None for each in table.natural_key)
    }
    counts = Counter(identified.values())
    known = {values: key for key, values in identified.items() if counts[values] == 1}
    for number, row in enumerate(rows, start=1):
        key, other = key_of_row(table, row), known.get(natural_key_values(table, row))
        if other is not None and key in stored and key != other:
            yield MixedUp(number, key, other)


def _parts(key: Key) -> tuple[Any, ...]:
    return key if isinstance(key, tuple) else (key,)
