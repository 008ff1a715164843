"""Chooses the strategy for a change of referenced rows."""

from clerkbench.database.connection import IN_SCHEMA
from clerkbench.database.schema import Schema
from clerkbench.database.session import Session
from clerkbench.database.transactions import require_no_open_transaction
from clerkbench.mutations import multi_transaction, swap_rebuild
from clerkbench.mutations.change_set import ChangeSet


def apply_change(session: Session, schema: Schema, change: ChangeSet) -> None:
    """Apply a change: inside the open transaction of the user by swap-rebuild, otherwise in several transactions.

    Raises:
        duckdb.Error: The database rejects the change. Inside a transaction, that has failed; otherwise nothing was
        changed.
        RowsRejectedError: Rows would reference each other in a circle. The same holds.
        TransactionError: A transaction was begun by hand.
    """
    session.require_writable()
    if not session.in_transaction:
        require_no_open_transaction(session.con)
    if session.in_transaction or _has_triggers(session, schema, change):
        with session.transaction():
            swap_rebuild.in_one_transaction(session.con, schema, change)
    else:
        multi_transaction.in_several_transactions(session, schema, change)


def _has_triggers(session: Session, schema: Schema, change: ChangeSet) -> bool:
    """Whether rows that are deleted and inserted again would fire triggers, as if somebody had stored them."""
    altered = change.updated_rows.keys()
    tables = [*change.deleted, *altered, *schema.depending_on(altered)]
    query = f"SELECT 1 FROM duckdb_triggers() WHERE {IN_SCHEMA} AND list_contains(?, table_name)"
    return session.con.execute(query, [tables]).fetchone() is not None
