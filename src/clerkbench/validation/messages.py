"""The message and the remedy of a violated constraint. Knows the schema and no database.

A :class:`BrokenRow` says which row violates which constraint. One function for each kind of constraint writes the
sentences.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from clerkbench.database.constraints import Constraint
from clerkbench.database.table import Table
from clerkbench.database.values import is_integer_type
from clerkbench.reporting.phrases import nearest, short_repr
from clerkbench.reporting.violations import ERROR, Violation

#: How to write a value of a type, by how the name of the type begins.
_FORMATS = {
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

_WORD = re.compile(r"\w+")


class BrokenRow(NamedTuple):
    """One row that violates one constraint.

    Attributes:
        constraint: The constraint; None if a value has the wrong type.
        columns: The columns that are to blame.
        subject: The row in words; empty if all rows are alike.
        row_id: The id of the row as text; empty if it has none.
        values: The values of the columns, as text.
        first: The number of an earlier row with the same values.
        holder: The stored row with the same values, in words.
        in_circle: Whether the row references itself, directly or through others.
        is_change: Whether it is a stored row that is to change.
        is_stored: Whether it is stored as it is.
        row: The word for a row that has only a number.
        is_named: Whether the row is given with names in place of ids, and an empty cell means the default.
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
    """Other words for rows and columns than those of the table, such as those of a workbook.

    Attributes:
        everything: Their word for all the rows together, such as "Sheet sites".
        row: Their word for one row, such as "Item".
        number: Their number of a row, by its number here.
        subject: Their words for a row, by its number here.
        columns: Their names of columns, by the names in the table.
        value: What they wrote in a column of a row, by its number here; None if that is what is stored.
    """

    everything: str
    row: str
    number: Callable[[int], int]
    subject: Callable[[int], str]
    columns: Mapping[str, str]
    value: Callable[[int, str], str | None]

    def translate(self, violation: Violation, number: int) -> Violation:
        """A violation of a row in these words."""
        column, message, remedy = (
            _WORD.sub(lambda word: self.columns.get(word[0], word[0]), text)
            for text in (violation.column, violation.message, violation.remedy)
        )
        if not number and self.everything:
            message = f"{self.everything}: {message}"
        return violation._replace(column=column, message=message, remedy=remedy)

    def apply(self, broken: BrokenRow, number: int) -> BrokenRow:
        """A broken row with the values and the numbers that they wrote."""
        written = ((column, self.value(number, column), value) for column, value in broken.values.items())
        values = {column: value if theirs is None else theirs for column, theirs, value in written}
        first = None if broken.first is None else self.number(broken.first)
        return broken._replace(values=values, first=first, row=self.row, is_named=True)


def violation(table: Table, broken: BrokenRow, names: Mapping[tuple[str, str], str]) -> Violation:
    """The violation that a broken row is."""
    named = {column: names.get((column, each), each) for column, each in broken.values.items() if each is not None}
    message, remedy = _message_and_remedy(table, broken, named)
    areas = (table.columns[each].area for each in broken.columns)
    area = next(filter(None, areas), table.area)
    return Violation(
        broken.constraint.id if broken.constraint else f"type:{broken.columns[0]}",
        ERROR,
        area.number if area else None,
        table.name,
        broken.row_id,
        ", ".join(broken.columns),
        ", ".join(value for value in broken.values.values() if value is not None),
        f"{broken.subject}: {message}" if broken.subject else message,
        remedy,
    )


def _message_and_remedy(table: Table, broken: BrokenRow, named: Mapping[str, str]) -> tuple[str, str]:
    if broken.constraint is None:
        return _wrong_type(table, broken, named)
    shown = {column: short_repr(each) if is_text(table, column) else each for column, each in named.items()}
    if broken.in_circle:
        return _circle(table, broken, broken.constraint)
    return _BY_KIND[broken.constraint.kind](table, broken, broken.constraint, shown)


def is_text(table: Table, column: str) -> bool:
    """Whether a column holds texts."""
    return table.columns[column].type == "VARCHAR"


def _wrong_type(table: Table, broken: BrokenRow, named: Mapping[str, str]) -> tuple[str, str]:
    [column] = broken.columns
    kind = table.columns[column].type
    wanted = _expected_format(kind)
    remedy = f"Write {column} as {wanted}." if wanted != kind else f"Write {column} as DuckDB writes {kind}."
    return f"{column} must be {wanted}; got {short_repr(named[column])}.", remedy


def _expected_format(kind: str) -> str:
    if is_integer_type(kind):
        return f"a whole number ({kind})"
    if kind.startswith("DECIMAL("):
        return f"a number with at most {kind.partition(',')[2].rstrip(')')} digits behind the point"
    return next((way for begin, way in _FORMATS.items() if kind.startswith(begin)), kind)


def _not_null(table: Table, broken: BrokenRow, constraint: Constraint, shown: Mapping[str, str]) -> tuple[str, str]:
    [column] = constraint.columns
    if not broken.subject:
        return f"{column} is missing, and every row of {table.name} needs it.", f"Add {column} to the rows."
    default = table.columns[column].default
    way_out = ""
    if default and broken.is_named:
        way_out = f", such as its default {default}"
    elif default and not broken.is_change:
        way_out = f", or leave {column} out of all rows: it is then {default}"
    return f"{column} is empty, and every row of {table.name} needs it.", f"Give {column} a value{way_out}."


def _check(table: Table, broken: BrokenRow, constraint: Constraint, shown: Mapping[str, str]) -> tuple[str, str]:
    columns = " and ".join(broken.columns)
    rule = _rule(table, constraint)
    holds = " and ".join(f"{column} is {shown.get(column, 'empty')}" for column in broken.values)
    message = f"{rule} But {holds}." if holds else f"{rule} The defaults of {columns} break it."
    if not constraint.allowed:
        return message, f"Change {columns} so that {constraint.written}."
    near = nearest(broken.values.get(columns) or "", constraint.allowed)
    likely = f", most likely {near}" if near else ""
    return message, f"Make {columns} one of {', '.join(constraint.allowed)}{likely}."


def _circle(table: Table, broken: BrokenRow, constraint: Constraint) -> tuple[str, str]:
    return (
        f"{_rule(table, constraint)} It references itself, directly or through other rows, which DuckDB cannot store.",
        f"Empty {' and '.join(broken.columns)} in one of the rows of the circle.",
    )


def _foreign_key(table: Table, broken: BrokenRow, key: Constraint, shown: Mapping[str, str]) -> tuple[str, str]:
    what = "name" if broken.is_named else " and ".join(key.parent_columns)
    existing = f"Give {' and '.join(broken.columns)} the {what} of one that is there"
    way_out = "or delete this row" if broken.is_stored else f"or store that row of {key.parent} first"
    message = f"{_rule(table, key)} No row of {key.parent} fits {_joined(shown)}."
    return message, f"{existing}, {way_out}."


def _unique(table: Table, broken: BrokenRow, constraint: Constraint, shown: Mapping[str, str]) -> tuple[str, str]:
    columns, rule = " and ".join(broken.columns), _rule(table, constraint)
    holder = "" if broken.holder in shown.values() or short_repr(broken.holder) in shown.values() else broken.holder
    remedy = f"Give this row another {columns}, or leave it out."
    if broken.is_change:
        remedy = f"Give it another {columns}."
    if broken.is_stored:
        remedy = f"Give this row another {columns}, or delete it."
    if not constraint.columns:  # an index over expressions: the other row may spell the values otherwise
        other = f"{broken.row.lower()} {broken.first}" if broken.first else holder or "another row"
        return f"{rule} By {_joined(shown)} it is the same as {other}.", remedy
    if broken.first:
        return f"{rule} {broken.row} {broken.first} has {_joined(shown)} as well.", remedy
    return f"{rule} {holder or 'Another row'} has {_joined(shown)} already.", remedy


_BY_KIND: dict[str, Callable[[Table, BrokenRow, Constraint, Mapping[str, str]], tuple[str, str]]] = {
    "not null": _not_null,
    "check": _check,
    "foreign key": _foreign_key,
    "unique": _unique,
    "primary key": _unique,
}


def _joined(shown: Mapping[str, str]) -> str:
    return " and ".join(f"{column} {value}" for column, value in shown.items())


def _rule(table: Table, constraint: Constraint) -> str:
    """The rule in words: the comment above the constraint, or else a sentence made of its columns."""
    columns = " and ".join(constraint.columns)
    if constraint.rule:
        return constraint.rule
    if constraint.kind in ("unique", "primary key"):
        return f"No two rows of {table.name} share their {columns or ' and '.join(constraint.expressions)}."
    if constraint.kind == "foreign key":
        return f"{columns} of {table.name} references {constraint.parent}."
    return f"In every row of {table.name}, {constraint.written}."
