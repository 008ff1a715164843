"""Puts broken constraints into sentences: which row, by name, what is wrong with it, and what to do. Reads only."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NamedTuple

import duckdb

from clerkbench.database.constraints import Constraint
from clerkbench.database.labels import labels
from clerkbench.database.rows import referenced_values, select_rows
from clerkbench.database.schema import Schema
from clerkbench.database.table import Table, Values
from clerkbench.database.values import fetched, is_integer_type, key_text
from clerkbench.files.sql_text import quoted
from clerkbench.reporting.phrases import short_repr, shorten
from clerkbench.reporting.violations import ERROR, Violation, Violations
from clerkbench.validation.constraint_checker import ALL_ROWS, BrokenConstraint, compared_expressions
from clerkbench.validation.staging import ROW, Staged

#: How to write a value of a type, by what the name of the type begins with.
_WRITTEN = {
    "BOOLEAN": "true or false",
    "DATE": "a date such as 2026-01-31, without a time",
    "TIMESTAMP WITH TIME ZONE": "a date and time such as 2026-01-31 08:00:00+00",
    "TIMESTAMP": "a date and time such as 2026-01-31 08:00:00, without a zone",
    "TIME": "a time such as 08:00:00",
    "DECIMAL": "a number",
    "DOUBLE": "a number",
    "FLOAT": "a number",
    "VARCHAR": "a text",
    "UUID": "a UUID such as 00000000-0000-4000-8000-000000000001",
}


class BrokenRow(NamedTuple):
    """One row that breaks one constraint, as far as a sentence needs it.

    Attributes:
        constraint: What it breaks; None where a value is not of the type.
        columns: The columns that are to blame.
        subject: The row in words; empty for all rows alike.
        row_id: Its id as text; empty where it has none.
        values: What stands in the columns, as text.
        first: The number of an earlier row that has the same.
        holder: The stored row that has the same, in words.
        in_circle: Whether it references itself, directly or through others.
        is_change: Whether it is a row that is there and is to change.
        is_stored: Whether it is there as it is.
        row: What to call a row that has only a number.
        is_named: Whether it is given with names in place of ids, and left alone where it says nothing.
    """

    constraint: Constraint | None
    columns: Sequence[str]
    subject: str
    row_id: str
    values: Mapping[str, str | None]
    first: int | None = None
    holder: str = ""
    in_circle: bool = False
    is_change: bool = False
    is_stored: bool = False
    row: str = "Row"
    is_named: bool = False


@dataclass(frozen=True)
class Vocabulary:
    """The words of whoever gave rows, where they are not those of the table.

    Attributes:
        everything: What they call all the rows together, such as "Sheet preceptors".
        row: What they call any row, such as "Item".
        number: What they count a row as, by its number here.
        subject: What to call a row, by its number here.
        columns: What they call a column, where it is not what the table does.
        value: What they wrote in a row's column, by its number here; None where that is what is stored.
    """

    everything: str
    row: str
    number: Callable[[int], int]
    subject: Callable[[int], str]
    columns: Mapping[str, str]
    value: Callable[[int, str], str | None]

    def of(self, violation: Violation, number: int) -> Violation:
        """A violation of a row in their words."""
        column, message, remedy = (
            _WORD.sub(lambda word: self.columns.get(word[0], word[0]), text)
            for text in (violation.column, violation.message, violation.remedy)
        )
        if not number and self.everything:
            message = f"{self.everything}: {message}"
        return violation._replace(column=column, message=message, remedy=remedy)


_WORD = re.compile(r"\w+")


def violations_of_staged(
    con: duckdb.DuckDBPyConnection,
    schema: Schema,
    rows: Staged,
    found: Sequence[BrokenConstraint],
    called: str = "",
    terms: Vocabulary | None = None,
) -> Violations:
    """What is wrong with rows that are not stored, the columns that the table does not have first.

    Args:
        con, schema: The database and its tables.
        rows: The rows.
        found: The constraints they break.
        called: What to call the only row; nothing for its number and what it says of itself.
        terms: Other words for rows and columns than the table's.
    """
    table = rows.table
    violations = [
        Violation(f"type:{name}", ERROR, None, table.name, "", name, "", problem, remedy)
        for name, (problem, remedy) in rows.rejected_columns.items()
    ]
    numbers = [ALL_ROWS] * len(violations) + [each.row for each in found]
    if found:
        known = _row_contents(con, rows, {each.row for each in found})
        subjects = dict.fromkeys(known, called) if called else _subjects(con, schema, table, known)
        if terms:
            subjects = {number: terms.subject(number) for number in known}
        holders = _holders(con, schema, rows, found)
        cases = [_case(table, each, known, subjects, holders, is_change=bool(called)) for each in found]
        if terms:
            cases = [_in_terms(case, each.row, terms) for case, each in zip(cases, found, strict=True)]
        violations += violations_of(con, schema, table, cases)
    if terms:
        violations = [terms.of(each, number) for each, number in zip(violations, numbers, strict=True)]
        numbers = [terms.number(number) if number else number for number in numbers]
    return Violations.of(violations, numbers)


#: By number of row: what the columns of :attr:`Table.tracked` hold, and what each column holds as text.
_Known = dict[int, tuple[Values, dict[str, str | None]]]


#: What a unique constraint compares goes by these names, which no column has.
_KEY = "clerkbench_key_"


def _row_contents(con: duckdb.DuckDBPyConnection, rows: Staged, numbers: set[int]) -> _Known:
    table = rows.table
    kinds = table.typed(table.tracked)
    told = [fetched(quoted(name), kind) if name in rows.columns else "NULL" for name, kind in kinds.items()]
    # A default is another in every run where it is a new id, and nothing that the rows say.
    texts = [
        f"CAST({quoted(name)} AS VARCHAR)" if name in rows.given or name not in table.primary_key else "NULL"
        for name in rows.columns
    ]
    texts = [
        f"coalesce({text}, {rows.unreadable.get(name, 'NULL')})" for name, text in zip(rows.columns, texts, strict=True)
    ]
    chosen = con.execute(
        f"SELECT {ROW}, {', '.join(told + texts)} FROM {rows.relation} WHERE {ROW} IN (SELECT unnest(?))",
        [sorted(numbers)],
    ).fetchall()
    at = 1 + len(told)
    return {row[0]: (row[1:at], dict(zip(rows.columns, row[at:], strict=True))) for row in chosen}


def _subjects(con: duckdb.DuckDBPyConnection, schema: Schema, table: Table, known: _Known) -> dict[int, str]:
    """The rows in words: their numbers, and the names they bear or those of what they reference."""
    places = [table.tracked.index(column) for column in table.label_columns]
    told = [number for number, (values, _) in known.items() if any(values[place] is not None for place in places)]
    named = labels(con, schema, {table.name: [known[number][0] for number in told]}, apart=False)[table.name]
    subjects = {number: f"Row {number}" for number in known}
    for number, label in zip(told, named, strict=True):
        if label != key_text(table.picker(table.row_key)(known[number][0])):  # what it references does not exist either
            subjects[number] += f" ({shorten(label)})"
    return subjects


def _case(
    table: Table,
    breach: BrokenConstraint,
    known: _Known,
    subjects: Mapping[int, str],
    holders: Mapping[tuple[int, Constraint], str],
    *,
    is_change: bool,
) -> BrokenRow:
    constraint = breach.constraint
    columns = [breach.column] if constraint is None else table.columns_in(constraint)
    if breach.row == ALL_ROWS:
        return BrokenRow(constraint, columns, "", "", {})
    _, texts = known[breach.row]
    row_id = ", ".join(text for column in table.primary_key if (text := texts.get(column)))
    values = {column: texts.get(column) for column in columns}
    holder = holders.get((breach.row, constraint), "") if constraint else ""
    subject = subjects[breach.row]
    return BrokenRow(constraint, columns, subject, row_id, values, breach.first, holder, breach.in_circle, is_change)


def _in_terms(case: BrokenRow, number: int, terms: Vocabulary) -> BrokenRow:
    """A case with what they wrote, and how they count."""
    key_text = ((column, terms.value(number, column), value) for column, value in case.values.items())
    values = {column: value if theirs is None else theirs for column, theirs, value in key_text}
    first = None if case.first is None else terms.number(case.first)
    return case._replace(values=values, first=first, row=terms.row, is_named=True)


def _holders(
    con: duckdb.DuckDBPyConnection, schema: Schema, rows: Staged, found: Iterable[BrokenConstraint]
) -> dict[tuple[int, Constraint], str]:
    """The stored rows that have what a given row would have too: their labels by row and constraint."""
    table = rows.table
    taken: dict[Constraint, list[int]] = {}
    for each in found:
        if each.constraint and each.constraint.kind in ("unique", "primary key") and each.first is None and each.row:
            taken.setdefault(each.constraint, []).append(each.row)
    holders = {}
    for constraint, numbers in taken.items():
        keys = compared_expressions(table, constraint)
        given = ", ".join(f"{each} AS {_KEY}{at}" for at, each in enumerate(keys))
        using = ", ".join(f"{_KEY}{at}" for at in range(len(keys)))
        stored = con.execute(
            f"""
            SELECT given.{ROW}, stored.* EXCLUDE ({using})
            FROM (SELECT {ROW}, {given} FROM {rows.relation} WHERE {ROW} IN (SELECT unnest(?))) AS given
            JOIN (SELECT {table.fetched(table.tracked)}, {given} FROM {table.address}) AS stored USING ({using})
            """,
            [numbers],
        ).fetchall()
        names = labels(con, schema, {table.name: [row[1:] for row in stored]})[table.name]
        holders.update({(row[0], constraint): name for row, name in zip(stored, names, strict=True)})
    return holders


def violations_of(
    con: duckdb.DuckDBPyConnection, schema: Schema, table: Table, cases: Sequence[BrokenRow]
) -> list[Violation]:
    """The violations that cases of one table are."""
    names = _names_of_parents(con, schema, table, cases)
    found = []
    for case in cases:
        named = {
            column: names.get((column, value), value) for column, value in case.values.items() if value is not None
        }
        message, remedy = _message_and_remedy(table, case, named, case.constraint.allowed if case.constraint else ())
        areas = (table.columns[each].area for each in case.columns)
        area = next(filter(None, areas), table.area)
        found.append(
            Violation(
                case.constraint.id if case.constraint else f"type:{case.columns[0]}",
                ERROR,
                area.number if area else None,
                table.name,
                case.row_id,
                ", ".join(case.columns),
                ", ".join(value for value in case.values.values() if value is not None),
                f"{case.subject}: {message}" if case.subject else message,
                remedy,
            )
        )
    return found


def _names_of_parents(
    con: duckdb.DuckDBPyConnection, schema: Schema, table: Table, cases: Sequence[BrokenRow]
) -> dict[tuple[str, str], str]:
    """What to call the rows that are referenced, by the column that does and the id that stands in it."""
    found = {}
    for key in table.foreign_keys:
        parent = schema.tables[key.parent]
        for column, above in zip(key.columns, key.parent_columns, strict=True):
            if parent.primary_key == (above,):
                wanted = {value for case in cases if (value := case.values.get(column)) is not None}
                rows = select_rows(con, parent, [above], sorted(wanted)) if wanted and _is_text(parent, above) else []
                called = labels(con, schema, {parent.name: rows})[parent.name]
                ids = referenced_values(parent, rows, [above])
                found.update({(column, identity): label for identity, label in zip(ids, called, strict=True)})
    return found


def _is_text(table: Table, column: str) -> bool:
    return table.columns[column].type == "VARCHAR"


def _message_and_remedy(
    table: Table, case: BrokenRow, named: Mapping[str, str], choices: Sequence[str]
) -> tuple[str, str]:
    """What is wrong, and what to do.

    Args:
        table: Where the row is.
        case: What is wrong with it.
        named: What stands in the columns, names instead of ids; nothing for a column that is empty.
        choices: The values a check allows, where it lists them.
    """
    constraint, columns = case.constraint, " and ".join(case.columns)
    # A value that is not of the type stands in quotes, whatever the type.
    shown = {
        column: short_repr(value) if constraint is None or _is_text(table, column) else value
        for column, value in named.items()
    }
    if constraint is None:
        kind = table.columns[case.columns[0]].type
        wanted = _expected_format(kind)
        return (
            f"{columns} must be {wanted}; got {shown[columns]}.",
            f"Write {columns} as {wanted}." if wanted != kind else f"Write {columns} as DuckDB writes {kind}.",
        )
    rule = constraint.rule or _default_rule(table, constraint)
    said = " and ".join(f"{column} {value}" for column, value in shown.items())
    if constraint.kind == "not null":
        default = table.columns[columns].default
        way_out = ""
        if default and not case.is_change:
            way_out = f", or leave {columns} out of all rows: it is then {default}"
        if default and case.is_named:
            way_out = f", such as its default {default}"
        if not case.subject:
            return f"{columns} is missing, and every row of {table.name} needs it.", f"Add {columns} to the rows."
        return f"{columns} is empty, and every row of {table.name} needs it.", f"Give {columns} a value{way_out}."
    if constraint.kind == "check":
        holds = " and ".join(f"{column} is {shown.get(column, 'empty')}" for column in case.values)
        message = f"{rule} But {holds}." if holds else f"{rule} The defaults of {columns} break it."
        if choices:
            near = get_close_matches((case.values.get(columns) or "").lower(), choices, n=1)
            suggestion = f", most likely {near[0]}" if near else ""
            return message, f"Make {columns} one of {', '.join(choices)}{suggestion}."
        return message, f"Change {columns} so that {constraint.written}."
    if case.in_circle:
        return (
            f"{rule} It references itself, directly or through other rows, which DuckDB cannot store.",
            f"Empty {columns} in one of the rows of the circle.",
        )
    if constraint.kind == "foreign key":
        what = "name" if case.is_named else " and ".join(constraint.parent_columns)
        one_there = f"Give {columns} the {what} of one that is there"
        way_out = "or delete this row" if case.is_stored else f"or store that row of {constraint.parent} first"
        return f"{rule} No row of {constraint.parent} fits {said}.", f"{one_there}, {way_out}."
    holder = "" if case.holder in named.values() else case.holder
    remedy = f"Give it another {columns}." if case.is_change else f"Give this row another {columns}, or leave it out."
    if not constraint.columns:  # what makes them the same may be spelled otherwise in the other
        other = f"{case.row.lower()} {case.first}" if case.first else holder or "another row"
        return f"{rule} By {said} it is the same as {other}.", remedy
    other = f"{case.row} {case.first}" if case.first else holder or "Another row"
    also = "as well" if case.first else "already"
    return f"{rule} {other} has {said} {also}.", remedy


def _default_rule(table: Table, constraint: Constraint) -> str:
    """The rule in words for a constraint that no comment explains."""
    columns = " and ".join(constraint.columns)
    if constraint.kind in ("unique", "primary key"):
        return f"No two rows of {table.name} share their {columns or ' and '.join(constraint.expressions)}."
    if constraint.kind == "foreign key":
        return f"{columns} of {table.name} references {constraint.parent}."
    return f"In every row of {table.name}, {constraint.written}."


def _expected_format(kind: str) -> str:
    if is_integer_type(kind):
        return f"a whole number ({kind})"
    if kind.startswith("DECIMAL("):
        return f"a number with at most {kind.partition(',')[2].rstrip(')')} digits behind the point"
    return next((way for begin, way in _WRITTEN.items() if kind.startswith(begin)), kind)
