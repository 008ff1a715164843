"""Checks rows against everything the database would check, all of it at once, before anything is stored."""

import re
from collections.abc import Collection, Mapping
from contextlib import ExitStack

import duckdb

from clerkbench.database.schema import Schema
from clerkbench.database.values import Key
from clerkbench.errors import RowsRejectedError
from clerkbench.reporting.violations import Violations
from clerkbench.validation.broken_rows import violations_of_staged
from clerkbench.validation.coercion import GivenRows, coerce_rows
from clerkbench.validation.constraint_checker import check_constraints
from clerkbench.validation.staging import Staged, staged

#: The number of a row in a message, and what is said of it.
_PLACE = re.compile(r"(?P<begin>.*?\b(?:[Rr]ow|[Ll]ine|[Ii]tem)) (?P<number>\d+)(?: \(.*?\))?(?P<rest>: .*)", re.DOTALL)

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
    given = coerce_rows(rows)
    if not isinstance(alongside, Mapping):
        raise RowsRejectedError(f"alongside must be a dict by table; got {type(alongside).__name__}.")
    others = [(schema.called(other), coerce_rows(its)) for other, its in alongside.items()]
    names = [table.name, *(other.name for other, _ in others)]
    if len(set(names)) < len(names):
        raise RowsRejectedError(f"Give the rows of one table together: {', '.join(names)}. Nothing was changed.")
    with ExitStack() as open_stages:
        beside = {other.name: open_stages.enter_context(staged(con, other, its)) for other, its in others}
        those = open_stages.enter_context(staged(con, table, given))
        return violations_of_staged(con, schema, those, check_constraints(con, schema, those, beside))


def require_valid(
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
    found = check_constraints(con, schema, rows, {}, changed=changed, instead_of=instead_of)
    if found or rows.rejected_columns:
        raise rejection(
            f"{rows.table.name} does not take these rows.", violations_of_staged(con, schema, rows, found, called)
        )


def _grouped(violations: Violations) -> list[tuple[str, str, int]]:
    """What is wrong and what to do, said once where rows that follow each other say the same; and for how many rows."""
    found: list[tuple[str, str, int]] = []
    last: tuple[str, str, str] | None = None
    first = end = 0
    for each in violations.itertuples():
        place = _PLACE.match(str(each.message))
        same = (place["begin"], place["rest"], str(each.remedy)) if place else None
        number = int(place["number"]) if place else 0
        if same is not None and last is not None and same == last and number == end + 1:
            end = number
            message = f"{same[0]}s {first} to {end}{same[1]}"
            found[-1] = message, found[-1][1], found[-1][2] + 1
        else:
            first = end = number
            found.append((str(each.message), str(each.remedy), 1))
        last = same
    return found


def rejection(what: str, violations: Violations, at_most: int = _TOLD) -> RowsRejectedError:
    """The error for rows that cannot be stored.

    Args:
        what: What cannot be done, in a sentence.
        violations: Why.
        at_most: So many are told in the message.
    """
    groups = _grouped(violations)
    told = [f"- {message}\n  {remedy}" for message, remedy, _ in groups[:at_most]]
    if left := sum(count for *_, count in groups[at_most:]):
        told.append(f"- and {left} more, all in the error's .violations")
    message = f"{what} {violations.summary}:\n" + "\n".join(told)
    return RowsRejectedError(f"{message}\nNothing was changed.", violations)
