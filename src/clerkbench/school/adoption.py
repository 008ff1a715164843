"""Brings the changes of a fork back into its original, whole or not at all."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pandas as pd

from clerkbench.database.catalog import require_no_rows_in_other_schemas
from clerkbench.database.headings import references
from clerkbench.database.labels import labels_by_key
from clerkbench.database.row_names import key_of_row
from clerkbench.database.rows import row_contents
from clerkbench.database.session import Session
from clerkbench.database.table import Table
from clerkbench.database.values import Key
from clerkbench.errors import MovedOnError, SchemaError
from clerkbench.mutations.batch import TableBatch, counts_frame, staged_batch
from clerkbench.mutations.database_copy import Fingerprints, all_fingerprints
from clerkbench.mutations.upsert import upsert
from clerkbench.reporting.phrases import and_more
from clerkbench.school.comparison import require_same_schema
from clerkbench.validation.messages import Vocabulary
from clerkbench.validation.validate import rejection

#: So many rows are named in a message.
_NAMED = 5


def adopt(session: Session, fork: Session, base: Fingerprints, original: Fingerprints) -> pd.DataFrame:
    """Bring the changes back. See ``bench.adopt``.

    Args:
        base: The fingerprints of the rows of the fork when it was made or last adopted.
        original: Those of the original then. A trigger of a server may have stored other times.
    """
    schema = session.schema
    require_no_rows_in_other_schemas(fork.con, "What is adopted")
    require_same_schema(schema, fork.schema)
    now, then = all_fingerprints(session.con, schema), all_fingerprints(fork.con, fork.schema)
    exchanges: dict[str, TableBatch] = {}
    conflicts: list[tuple[str, Key, str]] = []
    for name in schema.tables:
        before, ours, theirs = base.get(name, {}), now[name], then[name]
        if fork.schema.tables[name].is_numbered:
            if Counter(before.values()) != Counter(theirs.values()):
                exchanges[name] = _all_new(fork, name, before, ours)
            continue
        changed = {key for key in before.keys() | theirs.keys() if before.get(key) != theirs.get(key)}
        changed = {key for key in changed if ours.get(key) != theirs.get(key)}  # both made the same change
        moved = {key for key in changed if ours.get(key) != original.get(name, {}).get(key)}
        conflicts += [(name, key, _fate(key in ours, key in theirs)) for key in sorted(moved, key=str)]
        rows = row_contents(fork.con, fork.schema.tables[name], changed & theirs.keys())
        exchanges[name] = TableBatch(list(rows.values()), [key for key in changed if key not in theirs])
    if conflicts:
        raise _conflict_error(session, fork, conflicts)
    with staged_batch(session, exchanges, exact=True) as exchange:
        broken = exchange.violations(lambda table: (_terms(fork, table, exchanges[table.name]), ()))
        if not broken.empty:
            messages = [f"- {each.message}" for each in broken.head(_NAMED).itertuples()]
            shown = "\n".join(messages + and_more(len(broken) - _NAMED, "- "))
            raise MovedOnError(
                "The original has moved on since the fork was made, and the fork's changes do not fit it any more:\n"
                f"{shown}\nChange one of them, or make the changes in a new fork. Nothing was changed.",
                _rows([]),
                broken,
            )
        return counts_frame(schema, {name: len(rows) for name, rows in now.items()}, upsert(exchange))


def merge(session: Session, other: Session, *, delete: bool) -> pd.DataFrame:
    """Bring the rows of another school into this one, by key. See ``bench.merge``."""
    schema = session.schema
    require_no_rows_in_other_schemas(other.con, "What is merged")
    require_same_schema(schema, other.schema)
    now, theirs = all_fingerprints(session.con, schema), all_fingerprints(other.con, other.schema)
    batches: dict[str, TableBatch] = {}
    for name, table in schema.tables.items():
        if other.schema.tables[name].is_numbered:
            raise SchemaError(
                f"{name} has no primary key, so its rows cannot be identified. Give it one in a migration. "
                "Nothing was changed."
            )
        new = {key for key, print in theirs[name].items() if now[name].get(key) != print}
        rows = row_contents(other.con, other.schema.tables[name], new)
        for key, row in row_contents(session.con, table, new & now[name].keys()).items():
            if all(row[column] == rows[key][column] for column in table.user_columns):  # only the times differ
                del rows[key]
        gone = [key for key in now[name] if key not in theirs[name]] if delete else []
        batches[name] = TableBatch(list(rows.values()), gone)
    with staged_batch(session, batches, exact=True) as batch:
        broken = batch.violations(lambda table: (_terms(other, table, batches[table.name]), ()))
        if not broken.empty:
            raise rejection("The rows of the two schools do not fit together.", broken)
        return counts_frame(schema, {name: len(rows) for name, rows in now.items()}, upsert(batch))


def _all_new(fork: Session, name: str, before: Mapping[Key, int], ours: Mapping[Key, int]) -> TableBatch:
    """All rows of a table without a key."""
    if before or ours:
        raise SchemaError(
            f"Rows of {name} changed in the fork, and it has no primary key, so they cannot be identified. Give it one "
            "in a migration. Nothing was changed."
        )
    table = fork.schema.tables[name]
    found = row_contents(fork.con, table).values()
    return TableBatch([{column: row[column] for column in table.stored} for row in found])


def _terms(fork: Session, table: Table, exchange: TableBatch) -> Vocabulary:
    """The labels of the rows of the fork, and of those that they reference."""
    con, schema = fork.con, fork.schema
    table = schema.tables[table.name]  # the table of the fork, at its own address
    labels = labels_by_key(con, schema, table, [key_of_row(table, row) for row in exchange.rows])
    parents = {
        column: labels_by_key(
            con, schema, schema.tables[each.parent], [row[column] for row in exchange.rows if row[column]]
        )
        for column, each in references(schema, table).items()
    }

    def subject(number: int) -> str:
        return f"{table.name} {labels[key_of_row(table, exchange.rows[number - 1])]}"

    def value(number: int, column: str) -> str | None:
        return parents.get(column, {}).get(exchange.rows[number - 1].get(column))

    return Vocabulary("", "Row", int, subject, {}, value)


def _fate(here: bool, there: bool) -> str:
    return (
        "changed in both"
        if here and there
        else "changed here, removed there"
        if here
        else "removed here, changed there"
    )


def _conflict_error(session: Session, fork: Session, conflicts: list[tuple[str, Key, str]]) -> MovedOnError:
    """The error with the rows by name, as the side that still has them knows them."""
    names: dict[tuple[str, Key], str] = {}
    for side in (fork, session):
        for name in dict.fromkeys(table for table, _, _ in conflicts):
            keys = [key for each, key, _ in conflicts if each == name]
            found = labels_by_key(side.con, side.schema, side.schema.tables[name], keys)
            names |= {(name, key): label for key, label in found.items()}
    conflict_rows = [(name, key, names.get((name, key), str(key)), fate) for name, key, fate in conflicts]
    lines = [f"- {name} {label}: {fate}" for name, _, label, fate in conflict_rows[:_NAMED]]
    lines += and_more(len(conflict_rows) - _NAMED, "- ", ", in the error's .rows")
    return MovedOnError(
        "The original has moved on since the fork was made, in rows that the fork changed too:\n"
        + "\n".join(lines)
        + "\nMake them as they were, or make the changes in a new fork. Nothing was changed.",
        _rows(conflict_rows),
    )


def _rows(conflict_rows: list[tuple[str, Any, str, str]]) -> pd.DataFrame:
    return pd.DataFrame(conflict_rows, columns=["table", "id", "label", "what"], dtype=object)
