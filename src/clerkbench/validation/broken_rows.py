"""Reads what a message needs of rows that violate constraints: labels, values, the rows that hold the same."""

from collections.abc import Iterable, Mapping, Sequence

import duckdb

from clerkbench.database.constraints import Constraint
from clerkbench.database.labels import labels
from clerkbench.database.rows import referenced_values, select_rows
from clerkbench.database.schema import Schema
from clerkbench.database.table import Table, Values
from clerkbench.database.values import key_text, select_expression
from clerkbench.files.sql_text import quoted
from clerkbench.reporting.phrases import shorten
from clerkbench.reporting.violations import ERROR, Violation, Violations
from clerkbench.validation.constraint_checker import ALL_ROWS, BrokenConstraint, compared_expressions
from clerkbench.validation.messages import BrokenRow, Vocabulary, is_text, violation
from clerkbench.validation.staging import ROW, Staged

#: By number of the row: the values of its tracked columns, and the values of all staged columns as text.
_Contents = dict[int, tuple[Values, dict[str, str | None]]]

#: The names of the values that a unique constraint compares. No column has such a name.
_KEY = "clerkbench_key_"


def violations_of_staged(
    con: duckdb.DuckDBPyConnection,
    schema: Schema,
    rows: Staged,
    found: Sequence[BrokenConstraint],
    called: str = "",
    vocabulary: Vocabulary | None = None,
) -> Violations:
    """The violations of rows that are not stored. Columns that the table does not have come first.

    Args:
        called: The words for the only row; empty for its number and its label.
        vocabulary: Other words for rows and columns than the table's.
    """
    table = rows.table
    violations = [
        Violation(f"type:{name}", ERROR, None, table.name, "", name, "", problem, remedy)
        for name, (problem, remedy) in rows.rejected_columns.items()
    ]
    numbers = [ALL_ROWS] * len(violations) + [each.row for each in found]
    if found:
        contents = _contents(con, rows, {each.row for each in found})
        if vocabulary:
            subjects = {number: vocabulary.subject(number) for number in contents}
        else:
            subjects = dict.fromkeys(contents, called) if called else _subjects(con, schema, table, contents)
        holders = _holders(con, schema, rows, found)
        broken = [_broken_row(table, each, contents, subjects, holders, is_change=bool(called)) for each in found]
        if vocabulary:
            broken = [vocabulary.apply(each, raw.row) for each, raw in zip(broken, found, strict=True)]
        violations += violations_of(con, schema, table, broken)
    if vocabulary:
        violations = [vocabulary.translate(each, number) for each, number in zip(violations, numbers, strict=True)]
        numbers = [vocabulary.number(number) if number else number for number in numbers]
    return Violations.of(violations, numbers)


def violations_of(
    con: duckdb.DuckDBPyConnection, schema: Schema, table: Table, broken: Sequence[BrokenRow]
) -> list[Violation]:
    """The violations that broken rows of one table are."""
    names = _names_of_parents(con, schema, table, broken)
    return [violation(table, each, names) for each in broken]


def _contents(con: duckdb.DuckDBPyConnection, rows: Staged, numbers: set[int]) -> _Contents:
    table = rows.table
    kinds = table.column_types(table.tracked_columns)
    tracked = [
        select_expression(quoted(name), kind) if name in rows.columns else "NULL" for name, kind in kinds.items()
    ]
    texts = []
    for name in rows.columns:
        # A default of the key is another id in every run, and nothing that the row says.
        is_given = name in rows.given or name not in table.primary_key
        text = f"CAST({quoted(name)} AS VARCHAR)" if is_given else "NULL"
        texts.append(f"coalesce({text}, {rows.unreadable.get(name, 'NULL')})")
    found = con.execute(
        f"SELECT {ROW}, {', '.join(tracked + texts)} FROM {rows.relation} WHERE {ROW} IN (SELECT unnest(?))",
        [sorted(numbers)],
    ).fetchall()
    at = 1 + len(tracked)
    return {row[0]: (row[1:at], dict(zip(rows.columns, row[at:], strict=True))) for row in found}


def _subjects(con: duckdb.DuckDBPyConnection, schema: Schema, table: Table, contents: _Contents) -> dict[int, str]:
    """The rows in words: their numbers, and their labels if they have any."""
    places = [table.tracked_columns.index(column) for column in table.label_columns]
    labelled = [number for number, (values, _) in contents.items() if any(values[at] is not None for at in places)]
    found = labels(con, schema, {table.name: [contents[number][0] for number in labelled]}, apart=False)[table.name]
    subjects = {number: f"Row {number}" for number in contents}
    for number, label in zip(labelled, found, strict=True):
        if label != key_text(table.picker(table.row_key)(contents[number][0])):  # its parent does not exist either
            subjects[number] += f" ({shorten(label)})"
    return subjects


def _broken_row(
    table: Table,
    broken: BrokenConstraint,
    contents: _Contents,
    subjects: Mapping[int, str],
    holders: Mapping[tuple[int, Constraint], str],
    *,
    is_change: bool,
) -> BrokenRow:
    constraint = broken.constraint
    columns = [broken.column] if constraint is None else table.columns_in(constraint)
    if broken.row == ALL_ROWS:
        return BrokenRow(constraint, columns, "", "", {})
    _, texts = contents[broken.row]
    row_id = ", ".join(text for column in table.primary_key if (text := texts.get(column)))
    values = {column: texts.get(column) for column in columns}
    holder = holders.get((broken.row, constraint), "") if constraint else ""
    subject = subjects[broken.row]
    return BrokenRow(constraint, columns, subject, row_id, values, broken.first, holder, broken.in_circle, is_change)


def _holders(
    con: duckdb.DuckDBPyConnection, schema: Schema, rows: Staged, found: Iterable[BrokenConstraint]
) -> dict[tuple[int, Constraint], str]:
    """The labels of the stored rows with the same unique values, by the number of the given row and the constraint."""
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
            JOIN (
                SELECT {table.select_list(table.tracked_columns)}, {given} FROM {table.address}
            ) AS stored USING ({using})
            """,
            [numbers],
        ).fetchall()
        names = labels(con, schema, {table.name: [row[1:] for row in stored]})[table.name]
        holders.update({(row[0], constraint): name for row, name in zip(stored, names, strict=True)})
    return holders


def _names_of_parents(
    con: duckdb.DuckDBPyConnection, schema: Schema, table: Table, broken: Sequence[BrokenRow]
) -> dict[tuple[str, str], str]:
    """The labels of referenced rows, by the column and the id in it."""
    found = {}
    for key in table.foreign_keys:
        parent = schema.tables[key.parent]
        for column, above in zip(key.columns, key.parent_columns, strict=True):
            if parent.primary_key == (above,) and is_text(parent, above):
                wanted = {value for each in broken if (value := each.values.get(column)) is not None}
                rows = select_rows(con, parent, [above], sorted(wanted)) if wanted else []
                names = labels(con, schema, {parent.name: rows})[parent.name]
                ids = referenced_values(parent, rows, [above])
                found.update({(column, identity): label for identity, label in zip(ids, names, strict=True)})
    return found
