"""Validates rows against all constraints before anything is stored."""

import re
from collections.abc import Collection, Mapping
from contextlib import ExitStack

import duckdb

from clerkbench.database.schema import Schema
from clerkbench.database.values import Key
from clerkbench.errors import RowsRejectedError
from clerkbench.reporting.phrases import and_more
from clerkbench.reporting.violations import Violations
from clerkbench.validation.broken_rows import violations_of_staged
from clerkbench.validation.coercion import GivenRows, coerce_rows
from clerkbench.validation.constraint_checker import check_constraints
from clerkbench.validation.staging import Staged, staged

#: The number of a row in a message, and the text around it.
_PLACE = re.compile(r"(?P<begin>.*?\b(?:[Rr]ow|[Ll]ine|[Ii]tem)) (?P<number>\d+)(?: \(.*?\))?(?P<rest>: .*)", re.DOTALL)

#: So many violations are in the message of an error.
_MOST_MESSAGES = 5


def validate(
    con: duckdb.DuckDBPyConnection, schema: Schema, name: str, rows: GivenRows, alongside: Mapping[str, GivenRows]
) -> Violations:
    """The constraints that rows would violate. See ``bench.validate``."""
    table = schema.find_table(name)
    given = coerce_rows(rows)
    if not isinstance(alongside, Mapping):
        raise RowsRejectedError(f"alongside must be a dict by table; got {type(alongside).__name__}.")
    others = [(schema.find_table(other), coerce_rows(its)) for other, its in alongside.items()]
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
    """Raise RowsRejectedError with all violations if rows violate a constraint."""
    found = check_constraints(con, schema, rows, {}, changed=changed, instead_of=instead_of)
    if found or rows.rejected_columns:
        raise rejection(
            f"These rows cannot be stored in {rows.table.name}.", violations_of_staged(con, schema, rows, found, called)
        )


def _grouped(violations: Violations) -> list[tuple[str, str, int]]:
    """Message, remedy and number of rows. Rows that follow each other with the same message are one group."""
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


def rejection(what: str, violations: Violations, at_most: int = _MOST_MESSAGES) -> RowsRejectedError:
    """The error for rows that cannot be stored. ``what`` is the first sentence; so many groups are in the message."""
    groups = _grouped(violations)
    lines = [f"- {message}\n  {remedy}" for message, remedy, _ in groups[:at_most]]
    lines += and_more(sum(count for *_, count in groups[at_most:]), "- ", ", all in the error's .violations")
    message = f"{what} {violations.summary}:\n" + "\n".join(lines)
    return RowsRejectedError(f"{message}\nNothing was changed.", violations)
