"""Applies a change in several transactions. The time grows with the rows that it touches, and not with the tables.

DuckDB deletes a row only after the rows that reference it are deleted *and committed*. So a change of referenced rows
needs several transactions, and this module makes them one change:

1. The first transaction copies the rows into tables of the database, ``clerkbench_set_aside_…``, and deletes the rows
that nothing references.
2. Each further one deletes the rows that nothing references any more.
3. The last one deletes the last rows, restores those that stay, changed or not, and drops the copies.

The guarantees:

- **Whole or not at all.** Only the last transaction decides. After an error, Ctrl-C or the end of the process before
  it, the copies are there, and the rows are restored from them: at once if possible, otherwise by the next call, or
  when the file is opened again.
- **No orphan, ever.** Each intermediate state keeps every foreign key, because rows are deleted before their parents
  and restored after them. That also holds for a program that opens the file after a crash: it finds rows missing, and
  all of them in the copies.
- **Others see whole changes** if they use a workbench on the same database, because they wait. Another connection of
  the process can see the moment in which rows are set aside.

The other strategy is ``swap_rebuild``: one transaction, which others see at once, in time that grows with the tables.
Inside a transaction of the user it is the only one. Outside of one this strategy is right: it guarantees the same to
everybody who uses a workbench, and a delete takes milliseconds in place of seconds.

An alternative is to record the keys in the first transaction, and to complete the delete after a crash. In a prototype
of plain statements a row with 70 dependents in tables of 1,200 rows took 12 ms either way (the bare deletes took 5).
It was not chosen, because an update cannot be promised before the database has accepted it, and because here a change
that failed has not happened.
"""

from typing import Any

import duckdb

from clerkbench.database import ledger
from clerkbench.database.connection import IN_SCHEMA
from clerkbench.database.schema import Schema, read_schema
from clerkbench.database.session import Session
from clerkbench.database.table import Rows, Table
from clerkbench.database.transactions import require_no_open_transaction, roll_back, transaction
from clerkbench.database.values import condition
from clerkbench.errors import SchemaError, TransactionError, UnfinishedError
from clerkbench.mutations import error_messages
from clerkbench.mutations.change_set import ChangeSet, leaf_first, merge_rows, with_referencing_rows
from clerkbench.mutations.row_copies import (
    copy_rows,
    delete_rows,
    discard_present_rows,
    discard_rows,
    require_free_keys,
    restore_rows,
)

_PREFIX = f"{ledger.PREFIX}set_aside_"


def in_several_transactions(session: Session, schema: Schema, change: ChangeSet) -> None:
    """Apply the change set, whole or not at all. No transaction is open."""
    con = session.con
    concerned = merge_rows(change.deleted, with_referencing_rows(con, schema, change.updated_rows))
    steps = leaf_first(schema, concerned)
    if not steps:
        return
    _require_identifiable_rows(schema, concerned)
    staying = {name for name, rows in concerned.items() if rows.keys() - change.deleted.get(name, {}).keys()}
    copied = {name for step in steps[:-1] for name in step} | staying
    session.has_unfinished_change = True
    try:
        for step in steps:
            with transaction(con):
                if step is steps[0]:
                    _back_up_rows(con, schema, change, {name: concerned[name] for name in copied})
                _delete_rows(con, schema, change, step, first=step is steps[0])
                if step is steps[-1]:
                    _bring_back(con, schema, change, staying, copied)
        session.has_unfinished_change = False
    except BaseException:
        roll_back(con)  # Ctrl-C may have interrupted the rollback
        recover(session)
        raise


def _require_identifiable_rows(schema: Schema, concerned: dict[str, Rows]) -> None:
    for name in concerned:
        if schema.tables[name].is_numbered and schema.tables[name].referenced_by:
            raise SchemaError(
                f"{name} is referenced by other tables and has no primary key, so its rows cannot be identified. Give "
                "it one in a migration. Nothing was changed."
            )


def _back_up_rows(
    con: duckdb.DuckDBPyConnection, schema: Schema, change: ChangeSet, concerned: dict[str, Rows]
) -> None:
    for name, rows in concerned.items():
        table = schema.tables[name]
        copy_rows(con, table, _copy_of(table), *_where(table, rows, change), temporary=False)


def _delete_rows(
    con: duckdb.DuckDBPyConnection, schema: Schema, change: ChangeSet, step: dict[str, Rows], *, first: bool
) -> None:
    for name, rows in step.items():
        table = schema.tables[name]
        # Only the first step can use the searches, because nothing is deleted yet.
        where = _where(table, rows, change) if first else condition(table.column_types(table.row_key), rows)
        delete_rows(con, table, *where)


def _bring_back(
    con: duckdb.DuckDBPyConnection, schema: Schema, change: ChangeSet, staying: set[str], copied: set[str]
) -> None:
    for name, table in schema.tables.items():
        if name in staying:
            discard_rows(con, table, _copy_of(table), change.deleted.get(name, {}))
            restore_rows(con, table, _copy_of(table), change.updates_of(name))
        if name in copied:
            con.execute(f"DROP TABLE {_copy_of(table)}")


def _where(table: Table, rows: Rows, change: ChangeSet) -> tuple[str, list[Any]]:
    """The SQL condition for rows: the search that found just these, or else their keys."""
    search = change.searches.get(table.name)
    if search is not None and rows.keys() == change.deleted[table.name].keys():
        return condition(*search)
    return condition(table.column_types(table.row_key), rows)


def recover(session: Session) -> None:
    """Restore the rows of a change that stopped halfway, in one transaction. Does nothing if there are none. Raises
    UnfinishedError if it is not possible now, or other rows have taken their place. The copies stay, so nothing is
    lost.
    """
    con = session.con
    copies: set[str] = set()
    try:
        require_no_open_transaction(con)
        copies = set(_copies(con))
        if copies:
            schema = read_schema(con)
            with transaction(con):
                for table in schema.tables.values():
                    if _PREFIX + table.name in copies:
                        discard_present_rows(con, table, _copy_of(table))
                        require_free_keys(con, table, _copy_of(table))
                        restore_rows(con, table, _copy_of(table))
                        con.execute(f"DROP TABLE {_copy_of(table)}")
    except (duckdb.ConstraintException, duckdb.BinderException, duckdb.CatalogException) as error:
        raise UnfinishedError(
            "A change of this database stopped halfway, and its rows cannot be restored: since then other rows took "
            "their place, their parents were deleted, or their tables changed. They are safe in "
            f"{', '.join(sorted(copies))}. With DuckDB alone, remove or store those, then open the database again. "
            f"{error_messages.query_failed(con, error)}"
        ) from None
    except (duckdb.Error, TransactionError) as error:
        raise UnfinishedError(
            "A change stopped halfway, and its rows could not be restored yet. They are safe in the database: the next "
            f"call restores them, or the next opening. {error}"
        ) from None
    session.has_unfinished_change = False


def _copies(con: duckdb.DuckDBPyConnection) -> list[str]:
    query = f"SELECT table_name FROM duckdb_tables() WHERE {IN_SCHEMA} AND starts_with(table_name, ?)"
    return [name for (name,) in con.execute(query, [_PREFIX]).fetchall()]


def _copy_of(table: Table) -> str:
    return table.sibling_address(_PREFIX)
