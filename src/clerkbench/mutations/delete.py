"""Deletes rows and does to those that reference them what the schema says; or only says what that would be."""

from typing import Any

import pandas as pd

from clerkbench.database.rows import find_rows
from clerkbench.database.session import Session
from clerkbench.errors import ReferencedError
from clerkbench.mutations import error_messages
from clerkbench.mutations.referential_actions import plan_delete
from clerkbench.mutations.strategy import apply_change


def delete_plan(session: Session, name: str, references: Any) -> pd.DataFrame:
    """What :func:`delete` would do, changing nothing. See there.

    Returns:
        The same; and where something stops the delete, the rows that do, with the action ``restrict``.
    """
    schema = session.schema
    table = schema.called(name)
    return plan_delete(session.con, schema, table, find_rows(session.con, table, references)).frame(session.con)


def delete(session: Session, name: str, references: Any) -> pd.DataFrame:
    """Delete rows and do to those that reference them what the schema says, whole or not at all.

    Args:
        session: The database.
        name: The table.
        references: One row or several, each by its id or by its name, where only one row has it.

    Returns:
        One row for each row that went or was emptied of a reference, those that were named first: ``action`` (delete
        or set null), ``table``, ``id``, ``label`` (what to call it), ``path`` (the foreign keys that lead from it to
        what was named).

    Raises:
        UnknownNameError: There is no such table.
        UnknownRowError: There is no such row.
        ReferencedError: Rows reference these and may not lose them.
    """
    schema = session.schema
    table = schema.called(name)
    planned = plan_delete(session.con, schema, table, find_rows(session.con, table, references))
    frame = planned.frame(session.con)
    if planned.blocking:
        what = frame["label"][frame["path"] == table.name]
        raise ReferencedError(
            error_messages.delete_blocked(planned, frame, f"{table.name} {error_messages.listed_names(list(what))}"),
            frame,
        )
    apply_change(session, schema, planned.change)
    return frame
