"""The two ways to carry out a change of rows that others reference, and which of them fits."""

from clerkbench.database.connection import HERE
from clerkbench.database.schema import Schema
from clerkbench.database.session import Session
from clerkbench.database.transactions import require_no_open_transaction
from clerkbench.mutations import multi_transaction, swap_rebuild
from clerkbench.mutations.change_set import ChangeSet


def apply_change(session: Session, schema: Schema, change: ChangeSet) -> None:
    """Do what a change says: inside a transaction of the user's as a part of it, or else in steps of its own.

    Args:
        session: The database.
        schema: Its tables.
        change: Which rows go and which get other values. Whatever references a row that goes is among them.

    Raises:
        duckdb.Error: The database refuses the change. Outside of a transaction nothing was changed; inside, the
            transaction has failed.
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
    """Whether rows that step aside and come back would set off triggers, as if somebody had stored them."""
    altered = change.updated_rows.keys()
    tables = [*change.deleted, *altered, *schema.depending_on(altered)]
    query = f"SELECT 1 FROM duckdb_triggers() WHERE {HERE} AND list_contains(?, table_name)"
    return session.con.execute(query, [tables]).fetchone() is not None
