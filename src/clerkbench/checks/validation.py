"""Checks rows against everything the database would check, all of it at once, before anything is stored."""

from collections.abc import Collection, Mapping
from contextlib import ExitStack

import duckdb

from clerkbench.checks.breaches import breaches
from clerkbench.checks.staging import Staged, staged
from clerkbench.checks.wording import of_given
from clerkbench.errors import RowsRejectedError
from clerkbench.given import GivenRows, read
from clerkbench.schema import Schema
from clerkbench.values import Key
from clerkbench.violations import Violations

#: So many violations are told in an error; of more it says how many.
_TOLD = 5


def validate(
    con: duckdb.DuckDBPyConnection, schema: Schema, name: str, rows: GivenRows, alongside: Mapping[str, GivenRows]
) -> Violations:
    """Every constraint that rows would break if they were stored, in order of the rows.

    Args:
        con: The database.
        schema: Its tables.
        name: Where the rows would go.
        rows: The rows.
        alongside: Rows that would be stored together with them, by table: what they hold may be referenced.

    Raises:
        UnknownNameError: There is no such table; a near match is named.
        RowsRejectedError: What is given are no rows, or ``alongside`` names the table itself, or one twice.
    """
    table = schema.called(name)
    given = read(rows)
    if not isinstance(alongside, Mapping):
        raise RowsRejectedError(f"Rows alongside come in a dict by table, not in a {type(alongside).__name__}.")
    others = [(schema.called(other), read(its)) for other, its in alongside.items()]
    names = [table.name, *(other.name for other, _ in others)]
    if len(set(names)) < len(names):
        raise RowsRejectedError(f"Give the rows of one table together: {', '.join(names)}. Nothing was changed.")
    with ExitStack() as open_stages:
        beside = {other.name: open_stages.enter_context(staged(con, other, its)) for other, its in others}
        those = open_stages.enter_context(staged(con, table, given))
        return of_given(con, schema, those, breaches(con, schema, those, beside))


def refuse(
    con: duckdb.DuckDBPyConnection,
    schema: Schema,
    rows: Staged,
    *,
    changed: Collection[str] = (),
    instead_of: Key | None = None,
    called: str = "",
) -> None:
    """Make sure that rows break no constraint.

    Args:
        con, schema: The database and its tables.
        rows: The rows.
        changed: The columns that differ from what is stored: only what looks at one of them is checked. Empty for all.
        instead_of: The key of the stored row whose place the only row takes.
        called: What to call that row.

    Raises:
        RowsRejectedError: They do, with all violations.
    """
    found = breaches(con, schema, rows, {}, changed=changed, instead_of=instead_of)
    if found or rows.strange:
        raise rejection(f"{rows.table.name} does not take these rows.", of_given(con, schema, rows, found, called))


def rejection(what: str, violations: Violations, at_most: int = _TOLD) -> RowsRejectedError:
    """The error for rows that cannot be stored.

    Args:
        what: What cannot be done, in a sentence.
        violations: Why.
        at_most: So many are told in the message.
    """
    told = [f"- {each.message}\n  {each.remedy}" for each in violations.head(at_most).itertuples()]
    if len(violations) > at_most:
        told.append(f"- and {len(violations) - at_most} more, all in the error's .violations")
    message = f"{what} {violations.summary}:\n" + "\n".join(told)
    return RowsRejectedError(f"{message}\nNothing was changed.", violations)
