"""Updates a row, whole or not at all."""

from collections.abc import Callable
from typing import Any

import duckdb
import pandas as pd

from clerkbench.database.labels import labels
from clerkbench.database.parameters import to_stored
from clerkbench.database.rows import find_rows, referenced_values, rows_by_key, select_rows
from clerkbench.database.schema import Schema, matching
from clerkbench.database.sequences import advance_sequences
from clerkbench.database.session import Session
from clerkbench.database.table import Rows, Table
from clerkbench.database.values import Key, condition, is_nested, key_from_row, key_text, select_expression
from clerkbench.errors import ReferencedError, RowsRejectedError
from clerkbench.files.sql_text import quoted
from clerkbench.mutations import error_messages
from clerkbench.mutations.change_set import ChangeSet, RowUpdate
from clerkbench.mutations.referential_actions import DeletePlan
from clerkbench.mutations.strategy import apply_change
from clerkbench.mutations.swap_rebuild import referencing_tables
from clerkbench.validation.coercion import coerce_rows
from clerkbench.validation.staging import staged
from clerkbench.validation.validate import require_valid


def update(session: Session, name: str, reference: Any, changes: dict[str, Any]) -> pd.Series:
    """Update one row, and renew its ``updated_at``. Nothing happens if no value differs. See ``bench.update``."""
    schema = session.schema
    table = schema.find_table(name)
    rows, given = find_rows(session.con, table, [reference]), _spelled(table, changes)
    [key] = rows
    row = _row(session.con, table, key, select_expression)
    changed = _changed(session.con, schema, table, rows, row, given)
    if changed:
        try:
            if _in_place(session.con, schema, table, rows, set(changed)):
                with session.transaction():
                    _update_in_place(session.con, table, key, changed)
            else:
                apply_change(session, schema, ChangeSet(altered=[RowUpdate(table.name, rows, changed)]))
            advance_sequences(session.con, table, changed)
        except error_messages.REJECTIONS as error:  # that no check foresaw
            raise session.translate(error, error_messages.rows_rejected(session.con, table, error)) from None
        now = row | changed
        key = key_from_row(tuple(now[column] for column in table.primary_key))
    return pd.Series(_row(session.con, table, key, _shown), dtype=object, name=key_text(key))


def _row(
    con: duckdb.DuckDBPyConnection, table: Table, key: Key, expressed: Callable[[str, str], str]
) -> dict[str, Any]:
    """The values of the row by column. ``expressed`` turns a column and its type into the SQL that fetches it."""
    where, parameters = condition(table.column_types(table.primary_key), [key])
    columns = ", ".join(expressed(quoted(name), kind) for name, kind in table.column_types(table.columns).items())
    row = con.execute(f"SELECT {columns} FROM {table.address} WHERE {where}", parameters).fetchone() or ()
    return dict(zip(table.columns, row, strict=True))


def _shown(expression: str, kind: str) -> str:
    """DuckDB returns a time with its zone only if another package is installed, so it is fetched as text."""
    return f"CAST({expression} AS VARCHAR)" if "WITH TIME ZONE" in kind else expression


def _spelled(table: Table, changes: dict[str, Any]) -> dict[str, Any]:
    """The changes by the names of the columns in the catalog."""
    given: dict[str, Any] = {}
    for name, value in changes.items():
        column = matching(f"{table.name} has no column", name, list(table.columns))
        if column in given:
            raise RowsRejectedError(f"{table.name}.{column} is given twice. Nothing was changed.")
        given[column] = to_stored(value)
    return given


def _changed(
    con: duckdb.DuckDBPyConnection, schema: Schema, table: Table, rows: Rows, row: dict[str, Any], given: dict[str, Any]
) -> dict[str, Any]:
    """The new values that differ from the stored ones, converted to the types of their columns."""
    if not given:
        return {}
    # pandas would make a stored NaN a missing value.
    now = {column: "nan" if row[column] != row[column] else row[column] for column in table.stored} | given
    with staged(con, table, coerce_rows(now, exact=True)) as those:
        columns = [column for column in given if column in those.columns]
        values = con.execute(f"SELECT {table.select_list(columns)} FROM {those.relation}").fetchone() if columns else ()
        differing = {column: value for column, value in zip(columns, values or (), strict=True) if value != row[column]}
        checked = [column for column in columns if column in differing or column in those.unreadable]
        if checked or those.rejected_columns:
            [label] = labels(con, schema, {table.name: list(rows.values())})[table.name]
            [key] = rows
            require_valid(con, schema, those, changed=checked, instead_of=key, called=label)
    _require_unreferenced(con, schema, table, rows, set(differing))
    return differing


def _require_unreferenced(
    con: duckdb.DuckDBPyConnection, schema: Schema, table: Table, rows: Rows, changed: set[str]
) -> None:
    for key in table.referenced_by:
        if changed.isdisjoint(key.parent_columns):
            continue
        child = schema.tables[key.table]
        holders = rows_by_key(
            child, select_rows(con, child, key.columns, referenced_values(table, rows.values(), key.parent_columns))
        )
        if holders:
            frame = DeletePlan.blocked_by(schema, key, holders).frame(con)
            columns = " and ".join(column for column in key.parent_columns if column in changed)
            [label] = labels(con, schema, {table.name: list(rows.values())})[table.name]
            values = ", ".join(f"{column}=…" for column in key.columns)
            raise ReferencedError(
                f"{columns} of {table.name} {label} cannot change while other rows reference it: "
                f"{error_messages.listed_names(list(frame['label']))} of {child.name}, by {' and '.join(key.columns)}. "
                f"Give those another row of {table.name} with bench.update({child.name!r}, …, {values}) first. "
                "Nothing was changed.",
                frame,
            )


def _in_place(con: duckdb.DuckDBPyConnection, schema: Schema, table: Table, rows: Rows, changed: set[str]) -> bool:
    """Whether DuckDB can do the change as a plain UPDATE: it does not rewrite the row, or nothing references it."""
    changed = changed | {table.renewed_column} - {""}
    return not rewrites_rows(table, changed) or not referencing_tables(con, schema, table, rows)


def rewrites_rows(table: Table, changed: set[str]) -> bool:
    """Whether DuckDB deletes and inserts a row if these columns change.

    It does if one of them is indexed or of a nested type, or if a CHECK over several columns has an indexed one among
    them.
    """
    indexed = table.indexed
    kinds = table.column_types(changed).values()
    nested = any(map(is_nested, kinds))
    checked = any(
        each.kind == "check" and len(each.columns) > 1 and not indexed.isdisjoint(each.columns)
        for each in table.constraints
    )
    return not indexed.isdisjoint(changed) or nested or checked


def _update_in_place(con: duckdb.DuckDBPyConnection, table: Table, key: Key, changed: dict[str, Any]) -> None:
    sets = [f"{quoted(column)} = CAST(? AS {kind})" for column, kind in table.column_types(changed).items()]
    if table.renewed_column and table.renewed_column not in changed:
        sets.append(f"{quoted(table.renewed_column)} = DEFAULT")
    where, parameters = condition(table.column_types(table.primary_key), [key])
    con.execute(f"UPDATE {table.address} SET {', '.join(sets)} WHERE {where}", [*changed.values(), *parameters])
