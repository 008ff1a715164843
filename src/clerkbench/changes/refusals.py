"""Says why the database refuses something: in the schema's own words, with names, and with a way on. Reads only."""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

import duckdb
import pandas as pd

from clerkbench.changes.plan import RESTRICT, Plan, Step
from clerkbench.constraints import Constraint, enforced
from clerkbench.schema import Schema, Table

#: DuckDB's two messages about foreign keys. The first names columns of the parent, the second of the child.
_MISSING = re.compile(r'key "(?P<key>.*?)" does not exist in the referenced table', re.DOTALL)
_HELD = re.compile(r'key "(?P<key>.*?)" is still referenced by a foreign key', re.DOTALL)
#: What DuckDB says when a table cannot be altered or dropped because of another.
_MAIN_KEY_TABLE = re.compile(r'this table is main key table of the table "(?P<child>.*?)"', re.DOTALL)

#: What DuckDB raises when it does not take rows; the rest is about transactions, files, or DuckDB itself.
REJECTIONS = (duckdb.IntegrityError, duckdb.DataError, duckdb.ProgrammingError, duckdb.NotSupportedError)

#: So many rows are named in a message; of more it says how many.
_NAMED = 5


def of_rows(
    con: duckdb.DuckDBPyConnection, table: Table, records: Sequence[Mapping[str, Any]], error: duckdb.Error
) -> str:
    """Why the database did not take rows: DuckDB's reason, with what it leaves out.

    Args:
        con: The database. The refused statement has ended the transaction, so nothing is asked on this connection.
        table: Where the rows should go.
        records: The values that were given, by column.
        error: What DuckDB said.
    """
    message = str(error).partition("\n\nLINE")[0].partition(": ")[2].rstrip(".!")
    details = ""
    if missing := _MISSING.search(message):
        details = _without_parent(table, records, missing["key"])
        message = ""
    elif held := _HELD.search(message):
        details = f" Other rows still reference the row with {held['key']}."
        message = ""
    elif isinstance(error, duckdb.ConversionException):
        with con.cursor() as own:
            details = _wrong_type(own, table, records)
    else:
        details = "".join(f" {each.rule}" for each in table.constraints if each.rule and _is_meant(each, message))
    reason = f" {message}." if message else ""
    return f"{table.name} does not take these rows.{details}{reason} Nothing was changed."


def _wrong_type(con: duckdb.DuckDBPyConnection, table: Table, records: Iterable[Mapping[str, Any]]) -> str:
    for column, value in ((column, record[column]) for record in records for column in record):
        kind = table.columns[column].type
        row = con.execute(f"SELECT try_cast(? AS {kind}) IS NULL", [value]).fetchone()
        if value is not None and row == (True,):
            return f" {table.name}.{column} is of type {kind}, and {value!r} is not."
    return ""


def _is_meant(constraint: Constraint, message: str) -> bool:
    """Whether DuckDB speaks of this check or unique constraint."""
    if constraint.kind == "check":
        return message.endswith(constraint.definition)
    if constraint.kind != "unique":
        return False
    if constraint.columns:
        key = ", ".join(f"{re.escape(column)}: .*" for column in constraint.columns)
        return re.match(f'Duplicate key "{key}" violates', message, re.DOTALL) is not None
    # DuckDB spells an index over expressions otherwise here than in its catalog: its plain columns tell it apart.
    plain = [part for part in constraint.expressions if part.isidentifier()]
    return message.startswith("Duplicate key") and "(" in message and all(f"{part}: " in message for part in plain)


def _without_parent(table: Table, records: Iterable[Mapping[str, Any]], wanted: str) -> str:
    """Which foreign keys of a row lead nowhere: DuckDB names neither the column nor the table it references."""
    for record in records:
        found = []
        for key in table.foreign_keys:
            pairs = zip(key.parent_columns, key.columns, strict=True)
            if ", ".join(f"{parent}: {record.get(column)}" for parent, column in pairs) == wanted:
                rule = f" {key.rule}" if key.rule else ""
                found.append(f"{rule} No row of {key.parent} fits this {' and '.join(key.columns)} ({wanted}).")
        if found:
            return "".join(found)
    return f" No row with {wanted} exists for it to reference."


def of_delete(plan: Plan, frame: pd.DataFrame, references: str) -> str:
    """Why rows cannot be deleted: which rows hold them, by name, and what to do.

    Args:
        plan: The delete, with its obstacles.
        frame: The same as a table, for the names.
        references: What was to be deleted, in words.
    """
    stopping = iter(frame[frame["action"] == RESTRICT]["label"])
    reasons = [f"- {_obstacle(plan.schema, step, list(islice(stopping, len(step.rows))))}" for step in plan.obstacles]
    return f"{references} cannot be deleted:\n" + "\n".join(reasons) + "\nNothing was changed."


def _obstacle(schema: Schema, step: Step, names: list[str]) -> str:
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
            f"{named(names)} would lose {columns}, which a constraint forbids: {rule.rstrip('.')}.\n"
            f"  {way_out}, or delete them first."
        )
    free = next((column for column in key.columns if column not in schema.tables[step.table].required), None)
    empty = f", empty it with {free}=None" if free else ""
    rule = f"\n  {key.rule}" if key.rule else ""
    return f"it is held by {named(names)} ({columns}).{rule}\n  {way_out}{empty}, or delete them first."


def named(names: Sequence[str]) -> str:
    """Names in one line: "Dr. Chen, Dr. Okafor and 12 more"."""
    shown = list(names[:_NAMED])
    if len(names) > _NAMED:
        return f"{', '.join(shown)} and {len(names) - _NAMED} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def of_query(con: duckdb.DuckDBPyConnection, error: duckdb.Error, *, in_script: bool = False) -> str:
    """What DuckDB said of a query; in clerkbench's words where it is about foreign keys.

    Args:
        con: The database; a cursor of it is asked which tables are concerned.
        error: What DuckDB said.
        in_script: Whether the query stands in a migration, whose way on is another.
    """
    message = str(error)
    missing, held, main = _MISSING.search(message), _HELD.search(message), _MAIN_KEY_TABLE.search(message)
    if missing:
        return f"A row would reference one that does not exist: there is none with {missing['key']}."
    if held:
        columns = tuple(part.partition(": ")[0] for part in held["key"].split(", "))
        with con.cursor() as own:
            keys = [each for each in enforced(own) if each.kind == "foreign key" and each.columns == columns]
        children = ", ".join(sorted({each.table for each in keys})) or "another table"
        way_on = (
            "does neither, even if the same transaction has deleted those before. Delete or empty them in the "
            "migration before this one."
            if in_script
            else "does neither by itself. bench.delete(table, id) deletes a row as the schema's delete rules say, "
            "bench.delete_plan(table, id) shows what goes with it, and bench.update(table, id, …) changes it."
        )
        return (
            f"Rows of {children} still reference a row that is to go or to change: those with {held['key']}. DuckDB "
            f"{way_on}"
        )
    if main:
        return (
            f"{main['child']} references the table. DuckDB drops it only after the tables that reference it; a "
            "migration may drop it and make it anew while they stand aside."
        )
    if isinstance(error, duckdb.TransactionException) and "is aborted" in message:
        return (
            "The transaction on this connection has failed. End it first: leave the block of bench.transaction(), or "
            "call bench.con.rollback()."
        )
    if "onflict" in message and isinstance(error, duckdb.TransactionException):
        return f"Another connection changed the same rows at the same time. Run it again. {message}"
    if isinstance(error, duckdb.DependencyException) and "Cannot alter" in message and not in_script:
        return (
            f"{message}\nWhere other tables reference it, DuckDB adds columns to a table and nothing else; a migration "
            "may alter it all the same."
        )
    if "outstanding updates" in message:
        return (
            f"{message}\nThe same transaction has changed rows of the table. Change them in one before it, such as the "
            "migration before this one."
        )
    return message
