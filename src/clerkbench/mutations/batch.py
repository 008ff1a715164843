"""Exchanges rows of several tables for others, in one transaction, after everything was checked.

What a whole school, a configuration or a what-if copy brings is much at once: rows that are new, that have changed and
that go, in tables that reference each other. Here it is all checked together, as if the rows that leave were gone and
the rows that come were there, and then done whole or not at all.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import duckdb
import pandas as pd

from clerkbench.database.connection import temporary_table
from clerkbench.database.rows import rows_by_key, select_rows
from clerkbench.database.schema import Schema
from clerkbench.database.sequences import advance_sequences
from clerkbench.database.session import Session
from clerkbench.database.table import ROW_NUMBER, Table
from clerkbench.database.values import Key, condition, key_from_row
from clerkbench.errors import SchemaError
from clerkbench.files.sql_text import quoted
from clerkbench.mutations import error_messages
from clerkbench.mutations.insert import chunks, insert_chunks
from clerkbench.mutations.row_copies import add_rows
from clerkbench.mutations.swap_rebuild import copy_of, detach_tables, reattach_tables, referencing_tables
from clerkbench.mutations.update import rewrites_rows
from clerkbench.reporting.violations import Violations
from clerkbench.validation.coercion import coerce_rows
from clerkbench.validation.constraint_checker import ALL_ROWS, BrokenConstraint, check_constraints, not_outgoing
from clerkbench.validation.messages import Vocabulary, violations_of_staged
from clerkbench.validation.staging import Staged, default_of, staged
from clerkbench.validation.stored_rows import orphan_violations

_OUTGOING = "clerkbench_leaving_"


@dataclass
class TableBatch:
    """What is to become of one table.

    Attributes:
        rows: The rows it is to have, new ones and such as are there already, each by column and with its key. A column
            that a row leaves out gets its default.
        gone: The keys of the rows that it is not to have any more.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    deleted: Collection[Key] = ()


class Counts(NamedTuple):
    """How many rows of a table were added, changed and removed."""

    added: int
    changed: int
    removed: int


#: What the one who gave rows of a table calls them, and the columns of rows, by number, that are known to be wrong:
#: what else would be said of these is not.
Vocabularies = Callable[[Table], tuple[Vocabulary, Collection[tuple[int, str]]]]


@contextmanager
def staged_batch(session: Session, exchanges: Mapping[str, TableBatch], *, exact: bool = False) -> Iterator["Batch"]:
    """The rows in temporary tables, as long as the block lasts.

    Args:
        session: The database.
        exchanges: By table.
        exact: Whether rows are taken with their times; otherwise a row that changes, and whose ``updated_at`` is given
            as it was, gets it anew.

    Raises:
        SchemaError: The rows of a table cannot be told apart.
    """
    con, schema = session.con, session.schema
    with ExitStack() as open_stages:
        coming: dict[str, Staged] = {}
        leaving: dict[str, str] = {}
        for table in schema.tables.values():
            exchange = exchanges.get(table.name)
            if exchange is None or not (exchange.rows or exchange.deleted):
                continue
            if table.is_numbered:
                _require_all_rows(con, table, exchange)
            if exchange.rows:
                rows = staged(con, table, coerce_rows(exchange.rows, exact=True), also=table.stored)
                coming[table.name] = open_stages.enter_context(rows)
            relation = open_stages.enter_context(_outgoing(con, table, exchange.deleted, coming.get(table.name)))
            leaving[table.name] = relation
        yield Batch(session, schema, coming, leaving, exact)


def _require_all_rows(con: duckdb.DuckDBPyConnection, table: Table, exchange: TableBatch) -> None:
    """Make sure that nobody has to know which row of a table without a key is which: all that it holds go."""
    [count] = con.execute(f"SELECT count(*) FROM {table.address}").fetchone() or (0,)
    if count != len(exchange.deleted):
        raise SchemaError(
            f"{table.name} has no primary key, so its rows cannot be told apart. Give it one in a migration; or "
            "exchange all of its rows. Nothing was changed."
        )


def _same_row(table: Table, one: str = "_stored", other: str = "_coming") -> str:
    return " AND ".join(f"{one}.{each} = {other}.{each}" for each in map(table.compared, table.row_key))


def _drop_unchanged(con: duckdb.DuckDBPyConnection, rows: Staged, leaving: str) -> None:
    """Removes from the rows that come, and from the keys of those that leave, what is stored just so."""
    table = rows.table
    if table.is_numbered:
        return
    columns = [each for each in table.stored if each in rows.given or each not in table.managed_columns]
    same = " AND ".join(f"_stored.{each} IS NOT DISTINCT FROM _coming.{each}" for each in map(table.compared, columns))
    unchanged = f"{table.address} AS _stored WHERE {_same_row(table)} AND {same}"
    both = f"SELECT 1 FROM {rows.relation} AS _coming, {unchanged} AND {_same_row(table, '_gone')}"
    con.execute(f"DELETE FROM {leaving} AS _gone WHERE EXISTS ({both})")
    con.execute(f"DELETE FROM {rows.relation} AS _coming WHERE EXISTS (SELECT 1 FROM {unchanged})")


def _renew(con: duckdb.DuckDBPyConnection, rows: Staged) -> None:
    """Give the rows that change a new time of change, where they come with the one that is stored."""
    table = rows.table
    if table.renewed_column and not table.is_numbered:
        renewed, default = quoted(table.renewed_column), default_of(table.columns[table.renewed_column])
        con.execute(
            f"UPDATE {rows.relation} AS _coming SET {renewed} = {default} "
            f"WHERE EXISTS (SELECT 1 FROM {table.address} AS _stored WHERE {_same_row(table)} "
            f"AND _stored.{renewed} IS NOT DISTINCT FROM _coming.{renewed})"
        )


@contextmanager
def _outgoing(
    con: duckdb.DuckDBPyConnection, table: Table, gone: Collection[Key], coming: Staged | None
) -> Iterator[str]:
    """The keys of the rows that go or are replaced, in a temporary table."""
    relation = f"temp.{quoted(_OUTGOING + table.name)}"
    names = ", ".join(map(quoted, table.row_key))
    where, parameters = condition(table.typed(table.row_key), gone)
    if coming and not table.is_numbered:
        where += f" OR EXISTS (SELECT 1 FROM {coming.relation} AS _coming WHERE {_same_row(table)})"
    query = f"SELECT {names} FROM {table.address} AS _stored WHERE {where}"
    with temporary_table(con, relation):
        con.execute(f"CREATE TEMP TABLE {relation} AS {query}", parameters)
        yield relation


@dataclass(frozen=True)
class Batch:
    """An exchange that is ready to be checked and carried out."""

    session: Session
    schema: Schema
    incoming: dict[str, Staged]
    outgoing: dict[str, str]
    exact: bool

    def violations(self, spoken: Vocabularies | None = None) -> Violations:
        """Every constraint that the tables would break, by table, and every row that would lose what it references.

        Args:
            spoken: The words of the one who gave the rows.
        """
        con = self.session.con
        found = []
        for rows in self.incoming.values():
            broken = check_constraints(con, self.schema, rows, self.incoming, outgoing=self.outgoing)
            terms, known = spoken(rows.table) if spoken else (None, ())
            told = violations_of_staged(con, self.schema, rows, _not_reported(rows.table, broken, known), terms=terms)
            if not told.empty:
                found.append(told)
        found += self._lost_parents()
        return Violations(pd.concat(found)) if found else Violations.of([], [])

    def _lost_parents(self) -> list[Violations]:
        """The rows that stay and reference what leaves."""
        found = []
        for name in self.outgoing:
            parent = self.schema.tables[name]
            present = [f"(SELECT * FROM {parent.address} AS _stored WHERE {not_outgoing(parent, self.outgoing)})"]
            present += [self.incoming[name].relation] if name in self.incoming else []
            for key in parent.referenced_by:
                child = self.schema.tables[key.table]
                number = f"{ROW_NUMBER}, " if child.is_numbered else ""
                stay = f"(SELECT {number}* FROM {child.address} AS _stored WHERE {not_outgoing(child, self.outgoing)})"
                found += orphan_violations(self.session.con, self.schema, key, stay, present)
        return [Violations.of(found, [ALL_ROWS] * len(found))] if found else []

    def carry_out(self) -> dict[str, Counts]:
        """Do it, as a part of the transaction that is open or in one of its own. The rows have been checked.

        Returns:
            How many rows of each table came, changed and went, those with none left out.

        Raises:
            RowsRejectedError: The database refuses a row that no check of ours foresaw.
            SchemaError: A table cannot be put up as it was.
            TransactionError: The transaction cannot be committed.
        """
        con, schema = self.session.con, self.schema
        for name, rows in self.incoming.items():
            _drop_unchanged(con, rows, self.outgoing[name])
            if not self.exact:
                _renew(con, rows)
        counts = {name: self._counts(name) for name in self.outgoing}
        counts = {name: each for name, each in counts.items() if any(each)}
        if not counts:
            return {}
        with self.session.transaction():
            touched = [table for name, table in schema.tables.items() if name in self.outgoing]
            table = touched[0]
            try:
                for table in touched:
                    self._change_in_place(table)
                direct = {child for table in touched for child in self._holding(table)}
                names = direct | set(schema.depending_on(direct))
                down = detach_tables(con, schema, names)
                for table in reversed(touched):
                    place = copy_of(table) if table.name in names else table.address
                    key = ", ".join(map(table.compared, table.row_key))
                    leaving = f"({key}) IN (SELECT {key} FROM {self.outgoing[table.name]})"
                    # Of a table without a key all rows go, and the copy has numbers of its own.
                    con.execute(f"DELETE FROM {place} WHERE {'TRUE' if table.is_numbered else leaving}")
                for table in touched:
                    if table.name in self.incoming and table.name in names:
                        add_rows(con, table, copy_of(table), self.incoming[table.name].relation)
                    elif table.name in self.incoming:
                        insert_chunks(con, self.incoming[table.name], chunks(con, self.incoming[table.name]))
                reattach_tables(con, down)
                for name, rows in self.incoming.items():
                    advance_sequences(con, schema.tables[name], rows.given)
            except error_messages.REJECTIONS as error:
                raise self.session.translate(error, error_messages.rows_rejected(con, table, error)) from None
        return counts

    def _change_in_place(self, table: Table) -> None:
        """Give rows other values where DuckDB does not replace them for it: whatever references them may stay."""
        if table.name not in self.incoming or table.is_numbered:
            return
        con, coming, columns = self.session.con, self.incoming[table.name].relation, table.stored
        pairs = f"{table.address} AS _stored JOIN {coming} AS _coming ON {_same_row(table)}"
        differing = ", ".join(
            f"bool_or(_stored.{each} IS DISTINCT FROM _coming.{each})" for each in map(table.compared, columns)
        )
        found = con.execute(f"SELECT {differing} FROM {pairs}").fetchone() or ()
        changed = {column for column, differs in zip(columns, found, strict=True) if differs}
        if changed and not rewrites_rows(con, table, changed):
            sets = ", ".join(f"{each} = _coming.{each}" for each in map(quoted, sorted(changed)))
            con.execute(
                f"UPDATE {table.address} AS _stored SET {sets} FROM {coming} AS _coming WHERE {_same_row(table)}"
            )
            for place, other in ((self.outgoing[table.name], coming), (coming, table.address)):
                same = _same_row(table, "_done", "_other")
                con.execute(f"DELETE FROM {place} AS _done WHERE EXISTS (SELECT 1 FROM {other} AS _other WHERE {same})")

    def _holding(self, table: Table) -> set[str]:
        """The tables that DuckDB would keep rows from leaving for."""
        found = self.session.con.execute(
            f"SELECT {table.fetched(table.row_key)} FROM {self.outgoing[table.name]}"
        ).fetchall()
        rows = select_rows(self.session.con, table, table.row_key, list(map(key_from_row, found))) if found else []
        return referencing_tables(self.session.con, self.schema, table, rows_by_key(table, rows)) if rows else set()

    def _counts(self, name: str) -> Counts:
        table, coming = self.schema.tables[name], 0
        [left] = self._counted(f"SELECT count(*) FROM {self.outgoing[name]}")
        changed = 0
        if name in self.incoming:
            there = f"EXISTS (SELECT 1 FROM {self.outgoing[name]} AS _stored WHERE {_same_row(table)})"
            there = "FALSE" if table.is_numbered else there
            [coming, changed] = self._counted(
                f"SELECT count(*), count(*) FILTER (WHERE {there}) FROM {self.incoming[name].relation} AS _coming"
            )
        return Counts(coming - changed, changed, left - changed)

    def _counted(self, query: str) -> list[int]:
        return list(self.session.con.execute(query).fetchone() or ())


def counts_frame(schema: Schema, before: Mapping[str, int], counts: Mapping[str, Counts]) -> pd.DataFrame:
    """What became of the tables: ``table``, ``rows`` (how many it holds now), ``added``, ``changed``, ``removed``.

    Args:
        schema: The tables.
        before: How many rows each held.
        counts: What :meth:`Prepared.apply_change` gave.
    """
    rows = []
    for name in schema.tables:
        added, changed, removed = counts.get(name, (0, 0, 0))
        rows.append((name, before[name] + added - removed, added, changed, removed))
    return pd.DataFrame(rows, columns=["table", "rows", "added", "changed", "removed"])


def _not_reported(
    table: Table, found: Sequence[BrokenConstraint], known: Collection[tuple[int, str]]
) -> list[BrokenConstraint]:
    """The breaches in columns of which nothing wrong is known yet."""
    return [
        each
        for each in found
        if not any(
            (each.row, column) in known
            for column in ([each.column] if each.constraint is None else table.columns_in(each.constraint))
        )
    ]
