"""Explains why the database rejects something: in the words of the schema, with names and a remedy."""

import re
from collections.abc import Sequence
from itertools import islice

import duckdb
import pandas as pd

from clerkbench.database.schema import Schema, read_schema
from clerkbench.database.table import Table
from clerkbench.errors import RowsRejectedError
from clerkbench.files.sql_text import script_remedy
from clerkbench.mutations.referential_actions import RESTRICT, DeletePlan, PlannedAction
from clerkbench.reporting.phrases import and_more

#: DuckDB's two messages about foreign keys. The first names columns of the parent, the second of the child.
_MISSING = re.compile(r'key "(?P<key>.*?)" does not exist in the referenced table', re.DOTALL)
_HELD = re.compile(r'key "(?P<key>.*?)" is still referenced by a foreign key', re.DOTALL)
#: The message of DuckDB for a table that cannot be altered or dropped because of another.
_MAIN_KEY_TABLE = re.compile(r'this table is main key table of the table "(?P<child>.*?)"', re.DOTALL)

#: The errors of DuckDB for rejected rows. Others are about transactions, files, or DuckDB itself.
REJECTIONS = (duckdb.IntegrityError, duckdb.DataError, duckdb.ProgrammingError, duckdb.NotSupportedError)

#: So many rows are named in a message.
_NAMED = 5


def rows_rejected(con: duckdb.DuckDBPyConnection, table: Table, error: duckdb.Error) -> RowsRejectedError:
    """The error for rows that the database rejects although no check foresaw it."""
    return RowsRejectedError(
        f"These rows cannot be stored in {table.name}. {query_failed(con, error)}\nNothing was changed."
    )


def delete_blocked(plan: DeletePlan, frame: pd.DataFrame, references: str) -> str:
    """Why rows cannot be deleted: who references them, and what to do. ``references`` are the rows to delete."""
    stopping = iter(frame[frame["action"] == RESTRICT]["label"])
    reasons = [f"- {_obstacle(plan.schema, step, list(islice(stopping, len(step.rows))))}" for step in plan.blocking]
    return f"{references} cannot be deleted:\n" + "\n".join(reasons) + "\nNothing was changed."


def _obstacle(schema: Schema, step: PlannedAction, names: list[str]) -> str:
    key = step.key
    assert key is not None
    columns = " and ".join(f"{step.table}.{column}" for column in key.columns)
    values = ", ".join(f"{column}=…" for column in key.columns)
    way_out = f"Give them another row of {key.parent} with bench.update({step.table!r}, …, {values})"
    if step.broken is not None:
        rule = step.broken.rule or step.broken.definition
        if step.broken.kind == "not null":
            rule = f"{step.table}.{step.broken.columns[0]} must not be empty"
        return (
            f"{listed_names(names)} would lose {columns}, which a constraint forbids: {rule.rstrip('.')}.\n"
            f"  {way_out}, or delete them first."
        )
    free = next((column for column in key.columns if column not in schema.tables[step.table].required), None)
    empty = f", empty it with {free}=None" if free else ""
    rule = f"\n  {key.rule}" if key.rule else ""
    return f"it is referenced by {listed_names(names)} ({columns}).{rule}\n  {way_out}{empty}, or delete them first."


def listed_names(names: Sequence[str]) -> str:
    """Names in one line: "Dr. Chen, Dr. Okafor and 12 more"."""
    shown = list(names[:_NAMED])
    if len(names) > _NAMED:
        return " ".join([", ".join(shown), *and_more(len(names) - _NAMED)])
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def query_failed(con: duckdb.DuckDBPyConnection, error: duckdb.Error, *, in_script: bool = False) -> str:
    """What DuckDB says of a query; in words of clerkbench if it is about foreign keys.

    Args:
        con: The database; a cursor of it is asked for the tables concerned.
        in_script: Whether the query is part of a migration, which has other remedies.
    """
    message = str(error)
    missing, held, main = _MISSING.search(message), _HELD.search(message), _MAIN_KEY_TABLE.search(message)
    if missing:
        return (
            f"A row would reference a row that does not exist: no row has {missing['key']}. Where it is stored "
            "already, bench.audit() names it: give it another reference with bench.update, or delete it, first."
        )
    if held:
        columns = tuple(part.partition(": ")[0] for part in held["key"].split(", "))
        with con.cursor() as own:
            keys = [
                each for each in read_schema(own).constraints if each.kind == "foreign key" and each.columns == columns
            ]
        children = ", ".join(sorted({each.table for each in keys})) or "another table"
        way_on = (
            "does neither, even if the same transaction has deleted those before. Delete or empty them in the "
            "migration before this one."
            if in_script
            else "does neither by itself. bench.delete(table, id) deletes a row as the schema's delete rules say, "
            "bench.delete_plan(table, id) shows what it would delete, and bench.update(table, id, …) changes it."
        )
        return (
            f"Rows of {children} still reference a row to delete or change: those with {held['key']}. DuckDB {way_on}"
        )
    if main:
        return (
            f"{main['child']} references the table. DuckDB drops it only after the tables that reference it; a "
            "migration may rebuild it, because clerkbench detaches the others meanwhile."
        )
    if isinstance(error, duckdb.TransactionException) and "is aborted" in message:
        return (
            "The transaction on this connection has failed. End it first: leave the block of bench.transaction(), or "
            "call bench.con.rollback()."
        )
    if "onflict" in message and isinstance(error, duckdb.TransactionException):
        return f"Another connection changed the same rows at the same time. Run it again. {message}"
    if isinstance(error, duckdb.DependencyException) and "Cannot alter" in message:
        if in_script:
            return (
                f"{message}\nDuckDB adds no UNIQUE and no key to a table that has an index. Add the column without it, "
                "then CREATE UNIQUE INDEX, which refuses the same rows."
            )
        return (
            f"{message}\nWhere other tables reference it, DuckDB adds columns to a table and nothing else; a migration "
            "may alter it all the same."
        )
    if "outstanding updates" in message:
        return (
            f"{message}\nThe same transaction has changed rows of the table. Change them in one before it, such as the "
            "migration before this one."
        )
    return f"{message}{script_remedy(message)}" if in_script else message
