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

from clerkbench.database.connection import temporary
from clerkbench.database.rows import by_key, select
from clerkbench.database.schema import Schema
from clerkbench.database.sequences import set_forward
from clerkbench.database.session import Session
from clerkbench.database.table import ROW_NUMBER, Table
from clerkbench.database.values import Key, condition, key_of
from clerkbench.errors import SchemaError
from clerkbench.files.sql_text import quoted
from clerkbench.mutations import error_messages
from clerkbench.mutations.insert import parts, store
from clerkbench.mutations.row_copies import add
from clerkbench.mutations.swap_rebuild import holding, kept, put_up, take_down
from clerkbench.mutations.update import replaces
from clerkbench.reporting.violations import Violations
from clerkbench.validation.coercion import read
from clerkbench.validation.constraint_checker import EVERY_ROW, Breach, breaches, staying
from clerkbench.validation.messages import Terms, of_given
from clerkbench.validation.staging import Staged, default_of, staged
from clerkbench.validation.stored_rows import orphaned

_LEAVING = "clerkbench_leaving_"


@dataclass
class Exchange:
    """What is to become of one table.

    Attributes:
        rows: The rows it is to have, new ones and such as are there already, each by column and with its key. A column
            that a row leaves out gets its default.
        gone: The keys of the rows that it is not to have any more.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    gone: Collection[Key] = ()


class Counts(NamedTuple):
    """How many rows of a table were added, changed and removed."""

    added: int
    changed: int
    removed: int


#: What the one who gave rows of a table calls them, and the columns of rows, by number, that are known to be wrong:
#: what else would be said of these is not.
Spoken = Callable[[Table], tuple[Terms, Collection[tuple[int, str]]]]


@contextmanager
def prepared(session: Session, exchanges: Mapping[str, Exchange], *, exact: bool = False) -> Iterator["Prepared"]:
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
            if exchange is None or not (exchange.rows or exchange.gone):
                continue
            if table.is_numbered:
                _refuse_to_tell_apart(con, table, exchange)
            if exchange.rows:
                rows = staged(con, table, read(exchange.rows, exact=True), also=table.stored)
                coming[table.name] = open_stages.enter_context(rows)
            relation = open_stages.enter_context(_leaving(con, table, exchange.gone, coming.get(table.name)))
            leaving[table.name] = relation
        yield Prepared(session, schema, coming, leaving, exact)


def _refuse_to_tell_apart(con: duckdb.DuckDBPyConnection, table: Table, exchange: Exchange) -> None:
    """Make sure that nobody has to know which row of a table without a key is which: all that it holds go."""
    [count] = con.execute(f"SELECT count(*) FROM {table.address}").fetchone() or (0,)
    if count != len(exchange.gone):
        raise SchemaError(
            f"{table.name} has no primary key, so its rows cannot be told apart. Give it one in a migration; or "
            "exchange all of its rows. Nothing was changed."
        )


def _same_row(table: Table, one: str = "_stored", other: str = "_coming") -> str:
    return " AND ".join(f"{one}.{each} = {other}.{each}" for each in map(table.compared, table.row_key))


def _leave_out_unchanged(con: duckdb.DuckDBPyConnection, rows: Staged, leaving: str) -> None:
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
def _leaving(
    con: duckdb.DuckDBPyConnection, table: Table, gone: Collection[Key], coming: Staged | None
) -> Iterator[str]:
    """The keys of the rows that go or are replaced, in a temporary table."""
    relation = f"temp.{quoted(_LEAVING + table.name)}"
    names = ", ".join(map(quoted, table.row_key))
    where, parameters = condition(table.typed(table.row_key), gone)
    if coming and not table.is_numbered:
        where += f" OR EXISTS (SELECT 1 FROM {coming.relation} AS _coming WHERE {_same_row(table)})"
    query = f"SELECT {names} FROM {table.address} AS _stored WHERE {where}"
    with temporary(con, relation):
        con.execute(f"CREATE TEMP TABLE {relation} AS {query}", parameters)
        yield relation


@dataclass(frozen=True)
class Prepared:
    """An exchange that is ready to be checked and carried out."""

    session: Session
    schema: Schema
    coming: dict[str, Staged]
    leaving: dict[str, str]
    exact: bool

    def violations(self, spoken: Spoken | None = None) -> Violations:
        """Every constraint that the tables would break, by table, and every row that would lose what it references.

        Args:
            spoken: The words of the one who gave the rows.
        """
        con = self.session.con
        found = []
        for rows in self.coming.values():
            broken = breaches(con, self.schema, rows, self.coming, leaving=self.leaving)
            terms, known = spoken(rows.table) if spoken else (None, ())
            told = of_given(con, self.schema, rows, _unknown(rows.table, broken, known), terms=terms)
            if not told.empty:
                found.append(told)
        found += self._lost_parents()
        return Violations(pd.concat(found)) if found else Violations.of([], [])

    def _lost_parents(self) -> list[Violations]:
        """The rows that stay and reference what leaves."""
        found = []
        for name in self.leaving:
            parent = self.schema.tables[name]
            present = [f"(SELECT * FROM {parent.address} AS _stored WHERE {staying(parent, self.leaving)})"]
            present += [self.coming[name].relation] if name in self.coming else []
            for key in parent.referenced_by:
                child = self.schema.tables[key.table]
                number = f"{ROW_NUMBER}, " if child.is_numbered else ""
                stay = f"(SELECT {number}* FROM {child.address} AS _stored WHERE {staying(child, self.leaving)})"
                found += orphaned(self.session.con, self.schema, key, stay, present)
        return [Violations.of(found, [EVERY_ROW] * len(found))] if found else []

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
        for name, rows in self.coming.items():
            _leave_out_unchanged(con, rows, self.leaving[name])
            if not self.exact:
                _renew(con, rows)
        counts = {name: self._counts(name) for name in self.leaving}
        counts = {name: each for name, each in counts.items() if any(each)}
        if not counts:
            return {}
        with self.session.transaction():
            touched = [table for name, table in schema.tables.items() if name in self.leaving]
            table = touched[0]
            try:
                for table in touched:
                    self._change_in_place(table)
                direct = {child for table in touched for child in self._holding(table)}
                names = direct | set(schema.depending_on(direct))
                down = take_down(con, schema, names)
                for table in reversed(touched):
                    place = kept(table) if table.name in names else table.address
                    key = ", ".join(map(table.compared, table.row_key))
                    leaving = f"({key}) IN (SELECT {key} FROM {self.leaving[table.name]})"
                    # Of a table without a key all rows go, and the copy has numbers of its own.
                    con.execute(f"DELETE FROM {place} WHERE {'TRUE' if table.is_numbered else leaving}")
                for table in touched:
                    if table.name in self.coming and table.name in names:
                        add(con, table, kept(table), self.coming[table.name].relation)
                    elif table.name in self.coming:
                        store(con, self.coming[table.name], parts(con, self.coming[table.name]))
                put_up(con, down)
                for name, rows in self.coming.items():
                    set_forward(con, schema.tables[name], rows.given)
            except error_messages.REJECTIONS as error:
                raise self.session.told_as(error, error_messages.of_rows(con, table, error)) from None
        return counts

    def _change_in_place(self, table: Table) -> None:
        """Give rows other values where DuckDB does not replace them for it: whatever references them may stay."""
        if table.name not in self.coming or table.is_numbered:
            return
        con, coming, columns = self.session.con, self.coming[table.name].relation, table.stored
        pairs = f"{table.address} AS _stored JOIN {coming} AS _coming ON {_same_row(table)}"
        differing = ", ".join(
            f"bool_or(_stored.{each} IS DISTINCT FROM _coming.{each})" for each in map(table.compared, columns)
        )
        found = con.execute(f"SELECT {differing} FROM {pairs}").fetchone() or ()
        changed = {column for column, differs in zip(columns, found, strict=True) if differs}
        if changed and not replaces(con, table, changed):
            sets = ", ".join(f"{each} = _coming.{each}" for each in map(quoted, sorted(changed)))
            con.execute(
                f"UPDATE {table.address} AS _stored SET {sets} FROM {coming} AS _coming WHERE {_same_row(table)}"
            )
            for place, other in ((self.leaving[table.name], coming), (coming, table.address)):
                same = _same_row(table, "_done", "_other")
                con.execute(f"DELETE FROM {place} AS _done WHERE EXISTS (SELECT 1 FROM {other} AS _other WHERE {same})")

    def _holding(self, table: Table) -> set[str]:
        """The tables that DuckDB would keep rows from leaving for."""
        found = self.session.con.execute(
            f"SELECT {table.fetched(table.row_key)} FROM {self.leaving[table.name]}"
        ).fetchall()
        rows = select(self.session.con, table, table.row_key, list(map(key_of, found))) if found else []
        return holding(self.session.con, self.schema, table, by_key(table, rows)) if rows else set()

    def _counts(self, name: str) -> Counts:
        table, coming = self.schema.tables[name], 0
        [left] = self._counted(f"SELECT count(*) FROM {self.leaving[name]}")
        changed = 0
        if name in self.coming:
            there = f"EXISTS (SELECT 1 FROM {self.leaving[name]} AS _stored WHERE {_same_row(table)})"
            there = "FALSE" if table.is_numbered else there
            [coming, changed] = self._counted(
                f"SELECT count(*), count(*) FILTER (WHERE {there}) FROM {self.coming[name].relation} AS _coming"
            )
        return Counts(coming - changed, changed, left - changed)

    def _counted(self, query: str) -> list[int]:
        return list(self.session.con.execute(query).fetchone() or ())


def counted(schema: Schema, before: Mapping[str, int], counts: Mapping[str, Counts]) -> pd.DataFrame:
    """What became of the tables: ``table``, ``rows`` (how many it holds now), ``added``, ``changed``, ``removed``.

    Args:
        schema: The tables.
        before: How many rows each held.
        counts: What :meth:`Prepared.carry_out` gave.
    """
    rows = []
    for name in schema.tables:
        added, changed, removed = counts.get(name, (0, 0, 0))
        rows.append((name, before[name] + added - removed, added, changed, removed))
    return pd.DataFrame(rows, columns=["table", "rows", "added", "changed", "removed"])


def _unknown(table: Table, found: Sequence[Breach], known: Collection[tuple[int, str]]) -> list[Breach]:
    """The breaches in columns of which nothing wrong is known yet."""
    return [
        each
        for each in found
        if not any(
            (each.row, column) in known
            for column in ([each.column] if each.constraint is None else table.columns_in(each.constraint))
        )
    ]
