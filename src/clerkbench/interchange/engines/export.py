"""Exports a school to another engine, whole or not at all, and compares the rows there with the original."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import duckdb
import pandas as pd

from clerkbench.database import catalog
from clerkbench.database.rows import relation_fingerprint
from clerkbench.database.session import Session
from clerkbench.database.transactions import require_no_open_transaction, transaction
from clerkbench.errors import TargetError
from clerkbench.files.sql_files import Migration, SqlFiles
from clerkbench.files.sql_text import quoted
from clerkbench.interchange.engines.addresses import Address
from clerkbench.interchange.engines.engine import connect, target_class
from clerkbench.interchange.engines.import_ import require_contained_scripts
from clerkbench.interchange.engines.payload import Payload, TablePayload, build_payload, names_after
from clerkbench.interchange.engines.remote_ledger import RemoteLedger, read_ledger
from clerkbench.interchange.engines.row_reader import remote_rows
from clerkbench.interchange.engines.schema_drift import require_no_remote_drift
from clerkbench.interchange.engines.target import Grant, Target
from clerkbench.migrations import migrated_rows
from clerkbench.reporting.phrases import listed
from clerkbench.reporting.progress import with_progress

#: Rows of one Arrow batch. DuckDB keeps three times as many together.
_BATCH = 40_960


@dataclass(frozen=True)
class ReplacedSchool:
    """What is known of a school that is replaced.

    Attributes:
        migrations: Its migrations; None if there was no school.
        later_settings: The settings of what is created after the rows.
        views: The checksums of its views, by name in lower case.
        relations: Its tables, views and sequences, in lower case.
    """

    migrations: list[Migration] | None = None
    grants: list[Grant] = field(default_factory=list)
    settings: set[str] = field(default_factory=set)
    later_settings: set[str] = field(default_factory=set)
    views: Mapping[str, str] = field(default_factory=dict)
    relations: frozenset[str] = frozenset()


def export(session: Session, files: SqlFiles, address: Address, replace: bool) -> pd.DataFrame:
    """Export a school. See ``bench.export``."""
    require_no_open_transaction(session.con)
    schema = session.schema
    payload = build_payload(session.con, schema, files)
    payload.refuse(target_class(address).dialect)
    with session.con.cursor() as own, connect(address, writing=True) as target, transaction(own):
        _enter_database(session.con, own)
        made_alone = None if migrated_rows.rows_by_users(own, schema) else sum(catalog.row_counts(own, schema).values())
        replaced = _drop_existing(target, payload, files, replace, made_alone)
        wanted = replaced.settings
        for number, statements in enumerate(payload.before(target.dialect)):
            for statement in statements:
                target.run(statement)
            if number and replaced.migrations == payload.migrations[:number]:
                _require_settings_kept(target, wanted - target.settings())
                wanted = set()
        # Of a school with other migrations nothing tells which defaults were set by hand.
        _require_settings_kept(
            target, {each for each in wanted if each.startswith(target.never_migrated)} - target.settings()
        )
        spelled = {name: each for name, (each, _) in target.objects().items()}
        for part in payload.tables:
            _send_rows(own, target, spelled[part.table.lower()], part)
        for statement in payload.after(target.dialect):
            target.run(statement)
        restore_grants(target, replaced)
        for statement in target.words(payload.constraints):
            target.run(statement)
        if replaced.migrations == payload.migrations:
            own_views = {each.name.lower(): each.checksum for each in payload.views}
            changed = [f"the definition of the view {name}:" for name, _ in replaced.views.items() - own_views.items()]
            lost = replaced.later_settings - target.later_settings()
            _require_settings_kept(target, {each for each in lost if not each.startswith(tuple(changed))})
        _require_no_orphans(target)
        counts = {part.table: _verify(own, target, spelled[part.table.lower()], part) for part in payload.tables}
    return pd.DataFrame([(name, counts[name]) for name in schema.tables], columns=["table", "rows"])


def _enter_database(con: duckdb.DuckDBPyConnection, cursor: duckdb.DuckDBPyConnection) -> None:
    """A cursor begins in the default database, whatever its connection uses."""
    [database, schema] = con.execute("SELECT current_database(), current_schema()").fetchone() or ("", "")
    cursor.execute(f"USE {quoted(database)}.{quoted(schema)}")


def _drop_existing(
    target: Target, payload: Payload, files: SqlFiles, replace: bool, made_alone: int | None
) -> ReplacedSchool:
    """Drop the school that is there, if that is wanted. Returns what is known of it.

    Args:
        replace: Whether it is wanted.
        made_alone: The number of rows to send if migrations made all of them. Then no more rows may be dropped, because
            that is probably a mistake. None if users wrote some.
    """
    held = target.objects()
    there = read_ledger(target, held)
    made = set[str]()
    if there:
        require_contained_scripts(there.migrations, files)
        made = names_after(there.migrations, files) | set(there.views)
    if others := [" ".join(("the", *held[name][::-1])) for name in payload.names if name in held and name not in made]:
        raise TargetError(
            f"{target.address} holds what clerkbench did not make, under names that the school needs: "
            f"{', '.join(others)}. It stays as it is. Name another place: a schema of the school's own, or another "
            "file. Nothing was changed there."
        )
    if there is None:
        return ReplacedSchool()
    present = {name: held[name] for name in made if name in held}
    if present:
        _require_replaceable(target, payload, there, present, replace, made_alone)
    require_no_remote_drift(target, held, there.migrations)
    replaced = ReplacedSchool(
        migrations=there.migrations,
        grants=[each for each in target.grants() if each.relation.lower() in made],
        settings=target.settings(),
        later_settings=target.later_settings(),
        views=there.views,
        relations=frozenset(present),
    )
    for wanted in ("view", "table", "sequence"):
        target.drop(wanted, [name for name, kind in present.values() if kind == wanted])
    return replaced


def _require_replaceable(
    target: Target,
    payload: Payload,
    there: RemoteLedger,
    present: Mapping[str, tuple[str, str]],
    replace: bool,
    made_alone: int | None,
) -> None:
    """Raise TargetError if the school that is there must stay. For the parameters see :func:`_drop_existing`."""
    if replace and made_alone is None:
        return
    tables = [name for key, (name, kind) in present.items() if kind == "table" and not key.startswith("clerkbench_")]
    rows = sum(map(target.count, tables))
    holds = f"{target.address} holds a school already: {rows} rows in {len(tables)} tables. "
    if not replace:
        raise TargetError(
            f"{holds}{_compare(there, payload)}"
            "To put this one in its place: replace=True, or --replace. To put it beside that one: a schema of its own "
            "on a server, schema='…' or --schema; another file otherwise. Nothing was changed there."
        )
    if made_alone is not None and rows > made_alone:
        raise TargetError(
            f"{holds}The one that would take its place has no rows that anybody wrote, and all of these would be gone. "
            "Fill it first; or, if they are to go, drop the tables there, and export to the empty place. "
            "Nothing was changed there."
        )


def _require_settings_kept(target: Target, settings: set[str]) -> None:
    """Raise TargetError if settings that somebody made by hand would be lost."""
    if lost := sorted(settings):
        raise TargetError(
            f"{target.address}: the school there has settings that no migration made, and they would be lost: "
            f"{listed(lost, between='; ')}. Write a migration for them, remove them there, or name another place. "
            "Nothing was changed there."
        )


def restore_grants(target: Target, replaced: ReplacedSchool) -> None:
    """Give others the rights that they had, and no more."""
    held = target.objects()
    wanted = {right.grant for right in replaced.grants}
    for right in target.grants():  # default privileges on new tables
        if right.grant not in wanted and right.revoke and right.relation.lower() in replaced.relations:
            target.run(right.revoke)
    for right in replaced.grants:
        if right.relation.lower() not in held:
            continue
        if not right.column or right.column.lower() in target.columns(held[right.relation.lower()][0]):
            target.run(right.grant)


def _compare(there: RemoteLedger, payload: Payload) -> str:
    """How the migrations of the two schools differ, in a sentence; empty if they do not."""
    theirs, ours = ([each.label for each in some] for some in (there.migrations, payload.migrations))
    if there.is_at(payload.migrations):
        return ""
    if theirs == ours[: len(theirs)]:
        return f"Its schema is older: it lacks {', '.join(ours[len(theirs) :]) or 'changes in these migrations'}. "
    if ours == theirs[: len(ours)]:
        return f"Its schema is newer: it has {', '.join(theirs[len(ours) :])} as well. "
    return f"Its schema differs: it has {', '.join(theirs)}. "


def _require_no_orphans(target: Target) -> None:
    if loose := target.orphans():
        raise TargetError(
            f"{target.address}: rows would reference rows that are gone, from {'; from '.join(loose)}. Remove them, or "
            "name another file. Nothing was changed there."
        )


def _send_rows(own: duckdb.DuckDBPyConnection, target: Target, table: str, part: TablePayload) -> None:
    spelled = target.columns(table)
    outgoing = ", ".join(target.to_engine(name, kind) for name, kind in part.columns.items())
    [(count,)] = own.execute(f"SELECT count(*) FROM {part.address}").fetchall()
    if not count:
        return
    require_values_in_range(own, type(target), part, str(target.address))
    import pyarrow as pa

    reader = own.sql(f"SELECT {outgoing} FROM {part.address}").to_arrow_reader(_BATCH)

    names = [spelled[name.lower()] for name in part.columns]
    schema = pa.schema([field.with_name(name) for field, name in zip(reader.schema, names, strict=True)])

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in with_progress(reader, f"Sending {part.table}", -(-count // _BATCH)):
            yield pa.RecordBatch.from_arrays(batch.columns, schema=schema)

    target.insert_batches(table, schema, batches())


def require_values_in_range(own: duckdb.DuckDBPyConnection, kind: type[Target], part: TablePayload, place: str) -> None:
    """Raise TargetError if the engine does not have a value of a table. The row is named."""
    conditions = {name: kind.out_of_range(quoted(name), each) for name, each in part.columns.items()}
    row = ", ".join(f"CAST({quoted(name)} AS VARCHAR)" for name in part.key) or "'?'"
    for name, condition in conditions.items():
        if not condition:
            continue
        query = f"SELECT CAST({quoted(name)} AS VARCHAR), concat_ws(', ', {row}) FROM {part.address} WHERE {condition}"
        if found := own.execute(f"{query} LIMIT 1").fetchone():
            raise TargetError(
                f"{place}: {part.table}.{name} of the row {found[1]} is {found[0]}, a time that "
                f"{kind.dialect.name} cannot be sent. Change it. Nothing was changed there."
            )


def _verify(own: duckdb.DuckDBPyConnection, target: Target, table: str, part: TablePayload) -> int:
    """How many rows arrived."""
    with remote_rows(own, target, table, part.columns, part.key) as arrived:
        there = relation_fingerprint(own, arrived, part.columns)
    here = relation_fingerprint(own, f"FROM {part.address}", part.columns)
    if here != there:
        raise TargetError(
            f"{target.address}: {part.table} did not arrive as it was: {there[0]} rows there, {here[0]} here"
            f"{', with other values' if there[0] == here[0] else ''}. It was rolled back; nothing was changed there."
        )
    return here[0]
