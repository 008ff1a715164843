"""Rows of several tables that are stored, changed and deleted together: a whole school, a configuration, a fork.

All rows are checked together first, as if the deleted rows were gone and the new ones were there. Then
:mod:`clerkbench.mutations.upsert` stores them, whole or not at all.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import duckdb
import pandas as pd

from clerkbench.database.connection import temporary_tables
from clerkbench.database.schema import Schema
from clerkbench.database.session import Session
from clerkbench.database.table import ROW_NUMBER, Table
from clerkbench.database.values import Key, condition
from clerkbench.errors import SchemaError
from clerkbench.files.sql_text import quoted
from clerkbench.reporting.violations import Violations
from clerkbench.validation.broken_rows import violations_of_staged
from clerkbench.validation.coercion import coerce_rows
from clerkbench.validation.constraint_checker import (
    ALL_ROWS,
    BrokenConstraint,
    check_constraints,
    not_outgoing,
    orphans_sql,
)
from clerkbench.validation.messages import Vocabulary
from clerkbench.validation.staging import Staged, stage
from clerkbench.validation.stored_rows import orphan_violations

_OUTGOING = "clerkbench_outgoing_"


@dataclass
class TableBatch:
    """What is to become of one table.

    Attributes:
        rows: The rows to store, new ones and changed ones, each by column and with its key. A column that a row leaves
            out gets its default.
        deleted: The keys of the rows to delete.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    deleted: Collection[Key] = ()


class Counts(NamedTuple):
    """How many rows of a table were added, changed and removed."""

    added: int
    changed: int
    removed: int


#: For a table: the vocabulary of its rows, and the rows and columns that are known to be wrong. No second
#: violation is reported for these.
Vocabularies = Callable[[Table], tuple[Vocabulary, Collection[tuple[int, str]]]]


@dataclass(frozen=True)
class Outgoing:
    """The stored rows of a table that are deleted or replaced.

    Attributes:
        relation: A temporary table with their keys.
        count: How many.
    """

    relation: str
    count: int


@dataclass(frozen=True)
class Batch:
    """Rows in temporary tables, ready to be checked and stored.

    Attributes:
        tables: What is to become of each table.
        incoming: The rows to store, by table.
        outgoing: The stored rows that are deleted or replaced, by table; tables without such rows are left out.
        exact: Whether rows keep their times. Otherwise a changed row whose ``updated_at`` is the stored one gets a new
            one.
    """

    session: Session
    schema: Schema
    tables: Mapping[str, TableBatch]
    incoming: dict[str, Staged]
    outgoing: dict[str, Outgoing]
    exact: bool

    def violations(self, vocabularies: Vocabularies | None = None) -> Violations:
        """The constraints that the tables would violate, by table, and the rows that would lose their parents."""
        con = self.session.con
        outgoing = {name: each.relation for name, each in self.outgoing.items()}
        found = []
        for rows in self.incoming.values():
            broken = check_constraints(con, self.schema, rows, self.incoming, outgoing=outgoing)
            vocabulary, known = vocabularies(rows.table) if vocabularies else (None, ())
            broken = _not_reported(rows.table, broken, known)
            violations = violations_of_staged(con, self.schema, rows, broken, vocabulary=vocabulary)
            if not violations.empty:
                found.append(violations)
        found += self._lost_parents(outgoing)
        return Violations(pd.concat(found)) if found else Violations.of([], [])

    def _lost_parents(self, outgoing: Mapping[str, str]) -> list[Violations]:
        """The rows that stay and reference an outgoing row. One query tells which foreign keys have any."""
        places = []
        for name in outgoing:
            parent = self.schema.tables[name]
            present = [f"(SELECT * FROM {parent.address} AS _stored WHERE {not_outgoing(parent, outgoing)})"]
            present += [self.incoming[name].relation] if name in self.incoming else []
            for key in parent.referenced_by:
                child = self.schema.tables[key.table]
                number = f"{ROW_NUMBER}, " if child.is_numbered else ""
                staying = f"(SELECT {number}* FROM {child.address} AS _stored WHERE {not_outgoing(child, outgoing)})"
                places.append((key, staying, present))
        if not places:
            return []
        asked = " UNION ALL ".join(
            f"SELECT {at} WHERE EXISTS (SELECT 1 FROM {orphans_sql(self.schema, key, child, present)})"
            for at, (key, child, present) in enumerate(places)
        )
        found = [
            violation
            for (at,) in sorted(self.session.con.execute(asked).fetchall())
            for violation in orphan_violations(self.session.con, self.schema, *places[at])
        ]
        return [Violations.of(found, [ALL_ROWS] * len(found))] if found else []


@contextmanager
def staged_batch(session: Session, tables: Mapping[str, TableBatch], *, exact: bool = False) -> Iterator[Batch]:
    """A batch in temporary tables until the end of the block. Raises SchemaError for rows that cannot be identified."""
    con, schema = session.con, session.schema
    with temporary_tables(con) as temporary:
        batch = Batch(session, schema, tables, {}, {}, exact)
        for table in schema.tables.values():
            rows = tables.get(table.name)
            if rows is None or not (rows.rows or rows.deleted):
                continue
            if table.is_numbered:
                _require_all_rows(con, table, rows)
            if rows.rows:
                given = coerce_rows(rows.rows, exact=True)
                batch.incoming[table.name] = stage(con, table, given, table.stored, temporary)
            found = _outgoing(con, table, rows.deleted, batch.incoming.get(table.name), temporary)
            if found.count:
                batch.outgoing[table.name] = found
        yield batch


def _require_all_rows(con: duckdb.DuckDBPyConnection, table: Table, rows: TableBatch) -> None:
    """Make sure that a table without a key loses all of its rows, because nothing identifies a single one."""
    [count] = con.execute(f"SELECT count(*) FROM {table.address}").fetchone() or (0,)
    if count != len(rows.deleted):
        raise SchemaError(
            f"{table.name} has no primary key, so its rows cannot be identified. Give it one in a migration; or "
            "exchange all of its rows. Nothing was changed."
        )


def same_row(table: Table, one: str = "_stored", other: str = "_coming") -> str:
    """The SQL condition that two relations hold the same row."""
    return " AND ".join(f"{one}.{each} = {other}.{each}" for each in map(table.comparable, table.row_key))


def _outgoing(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    deleted: Collection[Key],
    incoming: Staged | None,
    temporary: list[str],
) -> Outgoing:
    relation = f"temp.{quoted(_OUTGOING + table.name)}"
    names = ", ".join(map(quoted, table.row_key))
    where, parameters = condition(table.column_types(table.row_key), deleted)
    if incoming and not table.is_numbered:
        where += f" OR EXISTS (SELECT 1 FROM {incoming.relation} AS _coming WHERE {same_row(table)})"
    query = f"SELECT {names} FROM {table.address} AS _stored WHERE {where}"
    temporary.append(relation)
    [count] = con.execute(f"CREATE OR REPLACE TEMP TABLE {relation} AS {query}", parameters).fetchone() or (0,)
    return Outgoing(relation, count)


def _not_reported(
    table: Table, found: Sequence[BrokenConstraint], known: Collection[tuple[int, str]]
) -> list[BrokenConstraint]:
    """The broken constraints on columns that are not known to be wrong already."""
    return [
        each
        for each in found
        if not any(
            (each.row, column) in known
            for column in ([each.column] if each.constraint is None else table.columns_in(each.constraint))
        )
    ]


def counts_frame(schema: Schema, before: Mapping[str, int], counts: Mapping[str, Counts]) -> pd.DataFrame:
    """What became of the tables: ``table``, ``rows`` (how many it holds now), ``added``, ``changed``, ``removed``."""
    rows = []
    for name in schema.tables:
        added, changed, removed = counts.get(name, (0, 0, 0))
        rows.append((name, before[name] + added - removed, added, changed, removed))
    return pd.DataFrame(rows, columns=["table", "rows", "added", "changed", "removed"])
