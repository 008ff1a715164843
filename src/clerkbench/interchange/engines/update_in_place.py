"""Brings the changes of a fork to the school there, in one transaction: only rows that differ, by their keys.

The change is made on a copy in DuckDB first, which finds conflicts and violated constraints by name. Then real DELETE,
UPDATE and INSERT statements bring the school there to the state of the copy, and all rows are compared.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter

import duckdb
import pandas as pd

from clerkbench.database import ledger
from clerkbench.database.labels import labels_by_key
from clerkbench.database.rows import row_contents, row_fingerprints
from clerkbench.database.schema import Schema, read_schema
from clerkbench.database.session import Session
from clerkbench.database.table import Table
from clerkbench.database.values import Key, key_from_row, key_text
from clerkbench.errors import SchemaError, TargetError
from clerkbench.files.sql_files import SqlFiles
from clerkbench.files.sql_text import quoted
from clerkbench.interchange.engines.addresses import Address
from clerkbench.interchange.engines.engine import connect
from clerkbench.interchange.engines.import_ import read_into, require_school
from clerkbench.interchange.engines.in_place import advanced_sequences, school_names
from clerkbench.interchange.engines.payload import build_payload
from clerkbench.interchange.engines.reattachment import require_no_new_orphans
from clerkbench.interchange.engines.row_comparison import compare_rows, keep_keys
from clerkbench.interchange.engines.row_reader import remote_rows
from clerkbench.interchange.engines.schema_drift import drifted_columns
from clerkbench.interchange.engines.school_there import SchoolThere
from clerkbench.migrations.row_snapshot import snapshot
from clerkbench.mutations.database_copy import Fingerprints, all_fingerprints
from clerkbench.reporting.phrases import and_more
from clerkbench.reporting.progress import with_progress
from clerkbench.school.adoption import adopt

_BEFORE = "clerkbench: before"

#: Rows in one statement.
_ROWS = 500

#: So many rows of others are named.
_NAMED = 5


@dataclass(frozen=True)
class _TableChange:
    """The keys of the rows of one table that change."""

    table: Table
    deleted: list[Key]
    updated: list[Key]
    inserted: list[Key]


def adopt_in_place(
    address: Address, files: SqlFiles, fork: Session, base: Fingerprints, original: Fingerprints, *, is_trial: bool
) -> tuple[pd.DataFrame, Fingerprints]:
    """Bring the changes of a fork to the school there. See ``bench.adopt``.

    Returns:
        The counts; and by table the fingerprints of the changed rows as they are stored there.
    """
    with connect(address, writing=True) as target, duckdb.connect() as con:
        target.is_trial = is_trial
        school = require_school(target)
        if not school.is_at([each.migration for each in ledger.applied(fork.con)]):
            raise SchemaError(
                f"The fork and the school of {address} have other migrations. Bring both to the same: migrate(). "
                "Nothing was changed."
            )
        names = school_names(files, school)
        target.lock(names)
        read_into(con, target, files)
        here = Session(con, None)
        schema = here.schema
        before, rows_before = all_fingerprints(con, schema), snapshot(con, schema, _BEFORE)
        counts = adopt(here, fork, base, original)
        keep_keys(con)
        after = all_fingerprints(con, schema)
        changes = [_table_change(table, before[name], after[name]) for name, table in schema.tables.items()]
        there, orphans = SchoolThere(target, con, schema), target.orphans()
        referenced = {key.parent.lower() for key in target.application_keys(names)}
        added = drifted_columns(target, target.objects(), school.migrations)  # a deleted row would lose their values
        referenced |= {each.partition(".")[0].lower() for each in added}
        _require_no_references(there, rows_before, changes, names)
        statements = list(_statements(there, rows_before, schema, changes, referenced))
        for statement in with_progress(statements, f"Updating {address}"):
            target.run(statement)
        payload = build_payload(con, read_schema(con), files)
        require_no_new_orphans(target, orphans)
        for statement in advanced_sequences(payload):
            target.run(statement)
        columns = ((name, each) for name, table in schema.tables.items() for each in table.columns.values())
        times = {(name, each.name) for name, each in columns if each.is_row_time}
        compare_rows(target, con, payload.tables, "A trigger there may have changed them.", times)
        stored = {each.table.name: _stored(there, schema.tables[each.table.name], each) for each in changes}
    return counts, stored


def _stored(there: SchoolThere, table: Table, change: _TableChange) -> Mapping[Key, int]:
    """The fingerprints of the rows that were updated and inserted, with the times that a trigger may have given."""
    if not (keys := [*change.updated, *change.inserted]):
        return {}
    kinds = table.column_types(table.stored)
    with remote_rows(there.con, there.target, there.spelled(table), kinds) as arrived:
        there.con.execute(f"CREATE OR REPLACE TEMP TABLE clerkbench_there AS {arrived}")
    return row_fingerprints(there.con, replace(table, address="temp.clerkbench_there"), keys)


def _table_change(table: Table, before: Mapping[Key, int], after: Mapping[Key, int]) -> _TableChange:
    if table.is_numbered and before != after:
        raise SchemaError(
            f"Rows of {table.name} changed, and it has no primary key, so they cannot be identified there. Give it one "
            "in a migration. Nothing was changed."
        )
    return _TableChange(
        table,
        [key for key in before if key not in after],
        [key for key in before if key in after and before[key] != after[key]],
        [key for key in after if key not in before],
    )


def _require_no_references(
    there: SchoolThere, before: Schema, changes: Sequence[_TableChange], names: Collection[str]
) -> None:
    """Raise TargetError if rows of others reference rows that would be deleted, whatever their delete rule is."""
    found = []
    for key in there.target.application_keys(names):
        change = next((each for each in changes if each.table.name.lower() == key.parent.lower()), None)
        if change is None or not change.deleted:
            continue
        pairs = zip(key.columns, map(quoted, key.parent_columns), strict=True)
        same = " AND ".join(f"child.{own} = parent.{above}" for own, above in pairs)
        picked = ", ".join(f"parent.{quoted(name)}" for name in change.table.row_key)
        where = there.where(before.tables[change.table.name], change.deleted, "parent.")
        rows = there.target.rows(
            f"SELECT {picked}, count(*) FROM {key.child} AS child JOIN {quoted(key.parent)} AS parent ON {same} "
            f"WHERE {where} GROUP BY {picked}"
        )
        keys = [key_from_row(row[:-1]) for row in rows]
        labels = labels_by_key(there.con, before, before.tables[change.table.name], keys)
        found += [
            f"- {change.table.name} {labels.get(each, key_text(each))}: {row[-1]} rows of {key.child}"
            for each, row in zip(keys, rows, strict=True)
        ]
    if found:
        listed = "\n".join([*found[:_NAMED], *and_more(len(found) - _NAMED, "- ")])
        raise TargetError(
            f"{there.target.address}: rows of others reference rows that would be deleted:\n{listed}\n"
            "Change or delete those there first. Nothing was changed there."
        )


def _statements(
    there: SchoolThere, before: Schema, after: Schema, changes: Sequence[_TableChange], referenced: Collection[str]
) -> Iterator[str]:
    """The statements in an order in which no constraint is violated meanwhile.

    First the deletes of rows that no updated row referenced; then by table, parents first, the updates and the inserts;
    then the other deletes.
    """
    held = _held_by_updated(there.con, before, changes)
    exchanged: dict[str, list[Key]] = {}
    ordered: dict[str, list[Key]] = {}
    for change in changes:
        name = change.table.name
        ordered[name], exchanged[name] = _in_order(there.con, before, after, change, referenced)
    for change in reversed(changes):
        early = [key for key in change.deleted if key not in held[change.table.name]] + exchanged[change.table.name]
        yield from _deletes(there, before.tables[change.table.name], early)
    for change in changes:
        table = after.tables[change.table.name]
        yield from _updates(there, before.tables[table.name], table, ordered[table.name])
        yield from _inserts(there, table, [*change.inserted, *exchanged[table.name]])
    for change in reversed(changes):
        late = [key for key in change.deleted if key in held[change.table.name]]
        yield from _deletes(there, before.tables[change.table.name], late)


def _held_by_updated(
    con: duckdb.DuckDBPyConnection, before: Schema, changes: Sequence[_TableChange]
) -> dict[str, set[Key]]:
    """By table the deleted rows that an updated row references before, and the rows that these reference."""
    held: dict[str, set[Key]] = {each.table.name: set() for each in changes}
    for change in reversed(changes):  # children first
        table = before.tables[change.table.name]
        holding = (
            row_contents(con, table, [*change.updated, *held[table.name]]) if change.updated or held[table.name] else {}
        )
        for key in table.foreign_keys:
            parent = next(each for each in changes if each.table.name == key.parent)
            if not parent.deleted or key.parent == table.name:
                continue
            wanted = {tuple(row[column] for column in key.columns) for row in holding.values()}
            above = row_contents(con, before.tables[key.parent], parent.deleted)
            held[key.parent] |= {
                each for each, row in above.items() if tuple(row[column] for column in key.parent_columns) in wanted
            }
    return held


def _in_order(
    con: duckdb.DuckDBPyConnection, before: Schema, after: Schema, change: _TableChange, referenced: Collection[str]
) -> tuple[list[Key], list[Key]]:
    """The updated rows, each after the one whose unique values it takes; and the rows that exchange them in a
    circle, which are deleted and inserted again. Raises TargetError if other rows reference such a row.
    """
    if not change.updated:
        return [], []
    table = change.table
    old = row_contents(con, before.tables[table.name], change.updated)
    new = row_contents(con, after.tables[table.name], change.updated)
    waits: dict[Key, set[Key]] = {key: set() for key in change.updated}
    for constraint in table.constraints:
        columns = table.columns_in(constraint)
        if constraint.kind == "unique" and columns:
            holders = {tuple(row[each] for each in columns): key for key, row in old.items()}
            for key, row in new.items():
                values = tuple(row[each] for each in columns)
                holder = None if None in values else holders.get(values)
                if holder is not None and holder != key:
                    waits[key].add(holder)
    circle: set[Key] = set()
    while True:
        left = {key: others - circle for key, others in waits.items() if key not in circle}
        try:
            return list(TopologicalSorter(left).static_order()), sorted(circle, key=str)
        except CycleError as error:
            circle |= set(error.args[1])
            if table.referenced_by or table.name.lower() in referenced:
                raise TargetError(
                    f"Rows of {table.name} exchange values that must be unique, and others reference them or have "
                    "columns of their own there. Change them in two steps, with another value between. "
                    "Nothing was changed there."
                ) from None


def _deletes(there: SchoolThere, table: Table, keys: Sequence[Key]) -> Iterator[str]:
    for at in range(0, len(keys), _ROWS):
        yield f"DELETE FROM {there.table(table)} WHERE {there.where(table, keys[at : at + _ROWS])}"


def _updates(there: SchoolThere, before: Table, after: Table, keys: Sequence[Key]) -> Iterator[str]:
    old, new = there.literals(before, keys), there.literals(after, keys)
    for key in keys:
        changed = [name for name in after.stored if old[key][name] != new[key][name]]
        values = ", ".join(f"{there.column(after, name)} = {new[key][name]}" for name in changed)
        yield f"UPDATE {there.table(after)} SET {values} WHERE {there.where(after, [key])}"


def _inserts(there: SchoolThere, table: Table, keys: Sequence[Key]) -> Iterator[str]:
    columns = ", ".join(there.column(table, name) for name in table.stored)
    for at in range(0, len(keys), _ROWS):
        rows = there.literals(table, keys[at : at + _ROWS]).values()
        values = ",\n".join(f"({', '.join(row[name] for name in table.stored)})" for row in rows)
        yield f"INSERT INTO {there.table(table)} ({columns}) VALUES\n{values}"
