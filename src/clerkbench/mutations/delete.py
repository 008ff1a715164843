"""Deletes rows and applies the delete rules, or plans that."""

from typing import Any

import pandas as pd

from clerkbench.database.rows import find_rows
from clerkbench.database.session import Session
from clerkbench.errors import ReferencedError
from clerkbench.mutations import error_messages
from clerkbench.mutations.referential_actions import plan_delete
from clerkbench.mutations.strategy import apply_change


def delete_plan(session: Session, name: str, references: Any) -> pd.DataFrame:
    """The plan of :func:`delete`. See ``bench.delete_plan``."""
    schema = session.schema
    table = schema.find_table(name)
    return plan_delete(session.con, schema, table, find_rows(session.con, table, references)).frame(session.con)


def delete(session: Session, name: str, references: Any) -> pd.DataFrame:
    """Delete rows and apply the delete rules, whole or not at all. See ``bench.delete``."""
    schema = session.schema
    table = schema.find_table(name)
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
