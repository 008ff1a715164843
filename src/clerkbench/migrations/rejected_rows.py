"""Finds all rows that the constraints of a newer schema would reject, by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import duckdb

from clerkbench.database.connection import temporary_tables
from clerkbench.database.labels import labels_by_key
from clerkbench.database.schema import Schema
from clerkbench.database.table import Table
from clerkbench.database.values import key_from_row
from clerkbench.files.sql_text import quoted
from clerkbench.migrations.unconstrained_run import LostValue
from clerkbench.reporting.progress import with_progress
from clerkbench.reporting.violations import Violation, Violations
from clerkbench.validation.broken_rows import violations_of, violations_of_staged
from clerkbench.validation.constraint_checker import BrokenConstraint, check_constraints
from clerkbench.validation.messages import BrokenRow, Vocabulary
from clerkbench.validation.staging import ROW, Staged

_COPY = "clerkbench_checked_"


def rejected_rows(
    con: duckdb.DuckDBPyConnection, schema: Schema, before: Schema, lost: Sequence[LostValue]
) -> Violations:
    """The violations of the constraints of a schema in tables that lack the constraints.

    Args:
        schema: With the addresses of the tables that hold the rows.
        before: The schema before the migration. A column that it lacks can be filled only by the migration.
        lost: The values that the types cannot hold. Nothing else is reported of them.
    """
    found: list[Violation] = []
    with temporary_tables(con) as temporary:
        nothing_stored = _without_rows(schema)
        rows = {
            name: _numbered(con, table, nothing_stored.tables[name], temporary) for name, table in schema.tables.items()
        }
        for table in with_progress(schema.tables.values(), "Checking the rows"):
            own = rows[table.name]
            found += _of_types(con, schema, table, [each for each in lost if each.table == table.name])
            broken = [
                each
                for each in check_constraints(con, nothing_stored, own, rows)
                if each.constraint is None or not _is_lost(con, own, each, lost)
            ]
            violations = violations_of_staged(
                con, schema, own, broken, vocabulary=_vocabulary(con, schema, own, broken)
            )
            found += [
                _with_remedy(violation, each, before.tables.get(table.name))
                for (_, violation), each in zip(violations.numbered(), broken, strict=True)
            ]
    return Violations.of(found)


def _numbered(con: duckdb.DuckDBPyConnection, table: Table, empty: Table, temporary: list[str]) -> Staged:
    """The rows of a table with numbers, given for an empty table."""
    relation = f"temp.{quoted(_COPY + table.name)}"
    temporary.append(relation)
    own = "rowid, " if table.is_numbered else ""
    [count] = con.execute(
        f"CREATE OR REPLACE TEMP TABLE {relation} AS SELECT row_number() OVER () AS {ROW}, {own}* FROM {table.address}"
    ).fetchone() or (0,)
    return Staged(empty, count, relation, list(table.stored), list(table.stored))


def _without_rows(schema: Schema) -> Schema:
    """The schema of a database without rows, because all rows are given."""
    tables = {
        name: replace(table, address=f"(SELECT * FROM {table.address} WHERE FALSE)")
        for name, table in schema.tables.items()
    }
    return replace(schema, tables=tables, broken_by_defaults={name: set() for name in tables})


def _is_lost(con: duckdb.DuckDBPyConnection, rows: Staged, broken: BrokenConstraint, lost: Sequence[LostValue]) -> bool:
    """Whether a constraint is broken only because a type cannot hold the value."""
    columns = rows.table.columns_in(broken.constraint) if broken.constraint else []
    keys = [each.key for each in lost if each.table == rows.table.name and each.column in columns]
    return bool(keys) and _keys(con, rows, [broken.row])[broken.row] in keys


def _keys(con: duckdb.DuckDBPyConnection, rows: Staged, numbers: Sequence[int]) -> dict[int, object]:
    """The keys of rows, by number."""
    asked = f"SELECT {ROW}, {rows.table.select_list(rows.table.row_key)} FROM {rows.relation}"
    found = con.execute(f"{asked} WHERE {ROW} IN (SELECT unnest(?))", [list(numbers)]).fetchall()
    return {row[0]: key_from_row(row[1:]) for row in found}


@dataclass(frozen=True)
class _RowsByName(Vocabulary):
    """Words for rows that are stored."""

    def apply(self, broken: BrokenRow, number: int) -> BrokenRow:
        """A broken row with the label of the other row that has the same values."""
        holder = self.subject(broken.first) if broken.first else ""
        return broken._replace(first=None, holder=holder, is_stored=True)


def _vocabulary(
    con: duckdb.DuckDBPyConnection, schema: Schema, rows: Staged, broken: Sequence[BrokenConstraint]
) -> Vocabulary:
    numbers = {each.row for each in broken} | {each.first for each in broken if each.first}
    keys = _keys(con, rows, sorted(numbers))
    names = labels_by_key(con, schema, schema.tables[rows.table.name], list(keys.values()))
    return _RowsByName("", "", int, lambda number: names[keys[number]], {}, lambda number, column: None)


def _of_types(
    con: duckdb.DuckDBPyConnection, schema: Schema, table: Table, lost: Sequence[LostValue]
) -> list[Violation]:
    names = labels_by_key(con, schema, table, [each.key for each in lost])
    return violations_of(
        con,
        schema,
        table,
        [
            BrokenRow(
                None, [each.column], names.get(each.key, ""), str(each.key), {each.column: each.text}, is_stored=True
            )
            for each in lost
        ],
    )


def _with_remedy(violation: Violation, broken: BrokenConstraint, before: Table | None) -> Violation:
    """A violation with a remedy that is possible before the migration."""
    if before is None:
        return violation._replace(remedy=f"Correct the rows that the migration stores in {violation.table}.")
    known: Mapping[str, object] = {name.lower(): None for name in before.columns}
    new = [name for name in violation.column.split(", ") if name and name.lower() not in known]
    if new and broken.constraint and broken.constraint.kind == "not null":
        return violation._replace(remedy=f"Give {new[0]} a DEFAULT in the migration, or fill it there first.")
    if new:
        return violation._replace(remedy=f"Fill {' and '.join(new)} in the migration so that the constraint holds.")
    return violation
