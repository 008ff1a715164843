"""Stores a batch: inserts new rows, updates changed rows, deletes outgoing rows. Whole or not at all.

A row that differs only in columns that DuckDB updates in place is updated in place. Other changed rows are deleted and
inserted again. If stored rows reference them, their tables are detached, see
:mod:`clerkbench.mutations.swap_rebuild`.
"""

from dataclasses import dataclass

import duckdb

from clerkbench.database.rows import rows_by_key, select_rows
from clerkbench.database.sequences import advance_sequences
from clerkbench.database.table import Table
from clerkbench.database.values import key_from_row
from clerkbench.files.sql_text import quoted
from clerkbench.mutations import error_messages
from clerkbench.mutations.batch import Batch, Counts, same_row
from clerkbench.mutations.insert import chunks, insert_chunks
from clerkbench.mutations.row_copies import add_rows
from clerkbench.mutations.swap_rebuild import copy_of, detach_tables, reattach_tables, referencing_tables
from clerkbench.mutations.update import rewrites_rows
from clerkbench.validation.staging import Staged, default_of


@dataclass
class _Work:
    """What is left to do in one table.

    Attributes:
        incoming: The rows to insert; None if there are none.
        outgoing: The temporary table with the keys of the rows to delete; empty if there are none.
    """

    table: Table
    incoming: Staged | None
    outgoing: str


def upsert(batch: Batch) -> dict[str, Counts]:
    """Store a batch that violates nothing, inside the open transaction or in one of its own.

    Returns:
        How many rows of each table were added, changed and removed; tables without any are left out.
    """
    con = batch.session.con
    counts: dict[str, Counts] = {}
    works = []
    for name, table in batch.schema.tables.items():
        if name in batch.incoming or name in batch.outgoing:
            counts[name] = _drop_unchanged(con, batch, table)
            if any(counts[name]):
                outgoing = batch.outgoing[name].relation if counts[name].changed or counts[name].removed else ""
                incoming = batch.incoming[name] if counts[name].added or counts[name].changed else None
                works.append(_Work(table, incoming, outgoing))
    counts = {name: each for name, each in counts.items() if any(each)}
    if works:
        with batch.session.transaction():
            _store(batch, works, counts)
    return counts


def _drop_unchanged(con: duckdb.DuckDBPyConnection, batch: Batch, table: Table) -> Counts:
    """Drop from both temporary tables the rows that are stored just so; count the others."""
    rows, outgoing = batch.incoming.get(table.name), batch.outgoing.get(table.name)
    incoming_count, outgoing_count = rows.count if rows else 0, outgoing.count if outgoing else 0
    if rows is None or outgoing is None or table.is_numbered:
        return Counts(incoming_count, 0, outgoing_count)
    columns = [each for each in table.stored if each in rows.given or each not in table.managed_columns]
    same = " AND ".join(
        f"_stored.{each} IS NOT DISTINCT FROM _coming.{each}" for each in map(table.comparable, columns)
    )
    unchanged = f"{table.address} AS _stored WHERE {same_row(table)} AND {same}"
    both = f"SELECT 1 FROM {rows.relation} AS _coming, {unchanged} AND {same_row(table, '_outgoing')}"
    outgoing_count -= _count(con, f"DELETE FROM {outgoing.relation} AS _outgoing WHERE EXISTS ({both})")
    if outgoing_count < outgoing.count:
        drop = f"DELETE FROM {rows.relation} AS _coming WHERE EXISTS (SELECT 1 FROM {unchanged})"
        incoming_count -= _count(con, drop)
    if not batch.exact and incoming_count and outgoing_count and table.renewed_column:
        _renew(con, rows)
    changed = outgoing_count
    if batch.tables[table.name].deleted and incoming_count and outgoing_count:
        matched = f"EXISTS (SELECT 1 FROM {outgoing.relation} AS _stored WHERE {same_row(table)})"
        changed = _count(con, f"SELECT count(*) FROM {rows.relation} AS _coming WHERE {matched}")
    changed = min(changed, incoming_count)
    return Counts(incoming_count - changed, changed, outgoing_count - changed)


def _renew(con: duckdb.DuckDBPyConnection, rows: Staged) -> None:
    """Give a new ``updated_at`` to the changed rows that come with the stored one."""
    table = rows.table
    renewed, default = quoted(table.renewed_column), default_of(table.columns[table.renewed_column])
    con.execute(
        f"UPDATE {rows.relation} AS _coming SET {renewed} = {default} "
        f"WHERE EXISTS (SELECT 1 FROM {table.address} AS _stored WHERE {same_row(table)} "
        f"AND _stored.{renewed} IS NOT DISTINCT FROM _coming.{renewed})"
    )


def _store(batch: Batch, works: list[_Work], counts: dict[str, Counts]) -> None:
    con, schema = batch.session.con, batch.schema
    table = works[0].table
    try:
        for work in works:
            table = work.table
            if counts[table.name].changed:
                _update_in_place(con, work, counts[table.name])
        referencing = {name for work in works for name in _referencing(batch, work)}
        aside = referencing | set(schema.depending_on(referencing))
        detached = detach_tables(con, schema, aside) if aside else None
        for work in reversed(works):
            table = work.table
            _delete_outgoing(con, work, copy_of(table) if table.name in aside else table.address)
        for work in works:
            table = work.table
            if work.incoming and table.name in aside:
                add_rows(con, table, copy_of(table), work.incoming.relation)
            elif work.incoming:
                insert_chunks(con, work.incoming, chunks(con, work.incoming))
        if detached:
            reattach_tables(con, detached)
        for name, rows in batch.incoming.items():
            advance_sequences(con, schema.tables[name], rows.given)
    except error_messages.REJECTIONS as error:
        raise batch.session.translate(error, error_messages.rows_rejected(con, table, error)) from None


def _delete_outgoing(con: duckdb.DuckDBPyConnection, work: _Work, place: str) -> None:
    """Delete the outgoing rows from a table or from its copy."""
    key = ", ".join(map(work.table.comparable, work.table.row_key))
    outgoing = f"({key}) IN (SELECT {key} FROM {work.outgoing})"
    if work.outgoing:
        # All rows of a table without a key are deleted, and its copy has row numbers of its own.
        con.execute(f"DELETE FROM {place} WHERE {'TRUE' if work.table.is_numbered else outgoing}")


def _update_in_place(con: duckdb.DuckDBPyConnection, work: _Work, counts: Counts) -> None:
    """Update rows in place if DuckDB does not rewrite them for it. The rows that reference them may stay then."""
    table, rows = work.table, work.incoming
    if rows is None:
        return
    pairs = f"{table.address} AS _stored JOIN {rows.relation} AS _coming ON {same_row(table)}"
    differing = ", ".join(
        f"bool_or(_stored.{each} IS DISTINCT FROM _coming.{each})" for each in map(table.comparable, table.stored)
    )
    found = con.execute(f"SELECT {differing} FROM {pairs}").fetchone() or ()
    changed = {column for column, differs in zip(table.stored, found, strict=True) if differs}
    if not changed or rewrites_rows(table, changed):
        return
    sets = ", ".join(f"{each} = _coming.{each}" for each in map(quoted, sorted(changed)))
    con.execute(f"UPDATE {table.address} AS _stored SET {sets} FROM {rows.relation} AS _coming WHERE {same_row(table)}")
    for place, other, left in (
        (work.outgoing, rows.relation, counts.removed),
        (rows.relation, table.address, counts.added),
    ):
        if left:
            same = same_row(table, "_done", "_other")
            con.execute(f"DELETE FROM {place} AS _done WHERE EXISTS (SELECT 1 FROM {other} AS _other WHERE {same})")
    work.outgoing = work.outgoing if counts.removed else ""
    work.incoming = rows if counts.added else None


def _referencing(batch: Batch, work: _Work) -> set[str]:
    """The tables whose rows reference an outgoing row: DuckDB would not let it go."""
    table, con = work.table, batch.session.con
    if not work.outgoing or not table.referenced_by:
        return set()
    found = con.execute(f"SELECT {table.select_list(table.row_key)} FROM {work.outgoing}").fetchall()
    rows = select_rows(con, table, table.row_key, list(map(key_from_row, found)))
    return referencing_tables(con, batch.schema, table, rows_by_key(table, rows)) if rows else set()


def _count(con: duckdb.DuckDBPyConnection, statement: str) -> int:
    return int((con.execute(statement).fetchone() or (0,))[0])
