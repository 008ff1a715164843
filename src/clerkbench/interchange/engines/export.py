"""Sends a school to another engine, whole or not at all, and compares what arrived with the original."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import duckdb
import pandas as pd

from clerkbench.database import catalog
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
from clerkbench.interchange.engines.row_reader import relation_fingerprint, remote_rows
from clerkbench.interchange.engines.schema_drift import require_no_remote_drift
from clerkbench.interchange.engines.target import Grant, Target
from clerkbench.migrations import migrated_rows
from clerkbench.reporting.phrases import listed
from clerkbench.reporting.progress import with_progress

#: So many rows are sent at once; DuckDB keeps three times as many together.
_BATCH = 40_960


@dataclass(frozen=True)
class ReplacedSchool:
    """What was said of a school that is replaced.

    Attributes:
        migrations: Those it had; None where there was no school.
        rights: What others might do with it.
        settings: What was set for its tables.
        later_settings: What was set for what is made once the rows are there.
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
    """Send a school somewhere.

    Args:
        session: The database.
        files: Where its views come from.
        address: Where it goes.
        replace: Whether a school that is there goes.

    Returns:
        ``table``, ``rows`` (how many arrived).

    Raises:
        TransactionError: A transaction is open.
        SchemaError: The database has no migration, or tables or columns that none made.
        MissingLibraryError: A driver is not installed.
        TargetError: The place cannot be opened, holds something, refuses; or others added something to the school that
            would be replaced; or something arrived otherwise than it was.
    """
    require_no_open_transaction(session.con)
    schema = session.schema
    shipment = build_payload(session.con, schema, files)
    shipment.refuse(target_class(address).dialect)
    with session.con.cursor() as own, connect(address, writing=True) as target, transaction(own):
        _enter_database(session.con, own)
        made_alone = None if migrated_rows.rows_by_users(own, schema) else sum(catalog.row_counts(own, schema).values())
        replaced = _drop_existing(target, shipment, files, replace, made_alone)
        wanted = replaced.settings
        for number, statements in enumerate(shipment.before(target.dialect)):
            for statement in statements:
                target.run(statement)
            if number and replaced.migrations == shipment.migrations[:number]:
                _require_settings_kept(target, wanted - target.settings())
                wanted = set()
        # Of a school with other migrations nobody knows which defaults and constraints are theirs.
        _require_settings_kept(
            target, {each for each in wanted if each.startswith(target.never_migrated)} - target.settings()
        )
        spelled = {name: each for name, (each, _) in target.objects().items()}
        for cargo in shipment.cargo:
            _send_rows(own, target, spelled[cargo.table.lower()], cargo)
        for statement in shipment.after(target.dialect):
            target.run(statement)
        _restore_grants(target, replaced)
        for statement in target.words(shipment.constraints):
            target.run(statement)
        if replaced.migrations == shipment.migrations:
            own_views = {each.name.lower(): each.checksum for each in shipment.views}
            changed = [f"the definition of the view {name}:" for name, _ in replaced.views.items() - own_views.items()]
            lost = replaced.later_settings - target.later_settings()
            _require_settings_kept(target, {each for each in lost if not each.startswith(tuple(changed))})
        _require_no_orphans(target)
        counts = {cargo.table: _verify(own, target, spelled[cargo.table.lower()], cargo) for cargo in shipment.cargo}
    return pd.DataFrame([(name, counts[name]) for name in schema.tables], columns=["table", "rows"])


def _enter_database(con: duckdb.DuckDBPyConnection, cursor: duckdb.DuckDBPyConnection) -> None:
    """A cursor begins in the default database, wherever its connection is."""
    [database, schema] = con.execute("SELECT current_database(), current_schema()").fetchone() or ("", "")
    cursor.execute(f"USE {quoted(database)}.{quoted(schema)}")


def _drop_existing(
    target: Target, shipment: Payload, files: SqlFiles, replace: bool, made_alone: int | None
) -> ReplacedSchool:
    """Drop the school that is there, if any, where that is wanted.

    Args:
        target: Where.
        shipment: What comes in its place.
        files: Where the views come from.
        replace: Whether it is wanted.
        made_alone: How many rows come where migrations made all of them: then no more may go, for that is hardly ever
            meant. None where somebody wrote some.

    Returns:
        What was said of it there.

    Raises:
        MigrationError: The scripts of the school there are not those at hand, and reach beyond a database.
        TargetError: It is not wanted; or others added something to its tables; or something of another's has a name
            that is needed.
    """
    held = target.objects()
    there = read_ledger(target, held)
    if there:
        require_contained_scripts(there.migrations, files)
    made = names_after(there.migrations, files) | set(there.views) if there else set()
    others = [f"the {held[name][1]} {held[name][0]}" for name in shipment.names if name in held and name not in made]
    if others:
        raise TargetError(
            f"{target.address} holds what clerkbench did not make, under names that the school needs: "
            f"{', '.join(others)}. It stays as it is. Name another place: a schema of the school's own, or another "
            "file. Nothing was changed there."
        )
    present = [name for name in made if name in held]
    tables = [name for name in present if held[name][1] == "table" and not name.startswith("clerkbench_")]
    rows = sum(target.count(held[name][0]) for name in tables) if made_alone is not None or not replace else 0
    holds = f"{target.address} holds a school already: {rows} rows in {len(tables)} tables. "
    if present and there and replace and made_alone is not None and rows > made_alone:
        raise TargetError(
            f"{holds}The one that would take its place has no rows that anybody wrote, and all of these would be gone. "
            "Fill it first; or, if they are to go, drop the tables there, and export to the empty place. "
            "Nothing was changed there."
        )
    if present and there and not replace:
        raise TargetError(
            f"{holds}{_compare(there, shipment)}"
            "To put this one in its place: replace=True, or --replace. To put it beside that one: a schema of its own "
            "on a server, schema='…' or --schema; another file otherwise. Nothing was changed there."
        )
    if there is None:
        return ReplacedSchool()
    require_no_remote_drift(target, held, there.migrations)
    rights = [each for each in target.grants() if each.relation.lower() in made]
    replaced = ReplacedSchool(
        migrations=there.migrations,
        grants=rights,
        settings=target.settings(),
        later_settings=target.later_settings(),
        views=there.views,
        relations=frozenset(present),
    )
    for kind in ("view", "table", "sequence"):
        target.drop(kind, [held[name][0] for name in present if held[name][1] == kind])
    return replaced


def _require_settings_kept(target: Target, settings: set[str]) -> None:
    """Make sure that nothing is lost that somebody set by hand for what is replaced.

    Raises:
        TargetError: Something would be.
    """
    if lost := sorted(settings):
        raise TargetError(
            f"{target.address}: the school there has settings that no migration made, and they would be lost: "
            f"{listed(lost, between='; ')}. Write a migration for them, take them away there, or name another place. "
            "Nothing was changed there."
        )


def _restore_grants(target: Target, replaced: ReplacedSchool) -> None:
    """Give others the rights they had, and no more, on what there is again."""
    held = target.objects()
    wanted = {right.grant for right in replaced.grants}
    for right in target.grants():  # such as others get on whatever is new
        if right.grant not in wanted and right.revoke and right.relation.lower() in replaced.relations:
            target.run(right.revoke)
    for right in replaced.grants:
        if right.relation.lower() not in held:
            continue
        if not right.column or right.column.lower() in target.columns(held[right.relation.lower()][0]):
            target.run(right.grant)


def _compare(there: RemoteLedger, shipment: Payload) -> str:
    """How the migrations of the school there and of this one differ, in a sentence; empty where they do not."""
    theirs, ours = ([each.label for each in some] for some in (there.migrations, shipment.migrations))
    if there.is_at(shipment.migrations):
        return ""
    if theirs == ours[: len(theirs)]:
        return f"Its schema is older: it lacks {', '.join(ours[len(theirs) :]) or 'changes in these migrations'}. "
    if ours == theirs[: len(ours)]:
        return f"Its schema is newer: it has {', '.join(theirs[len(ours) :])} as well. "
    return f"Its schema is another: it has {', '.join(theirs)}. "


def _require_no_orphans(target: Target) -> None:
    if loose := target.orphans():
        raise TargetError(
            f"{target.address}: rows would reference rows that are gone, from {'; from '.join(loose)}. Remove them, or "
            "name another file. Nothing was changed there."
        )


def _send_rows(own: duckdb.DuckDBPyConnection, target: Target, table: str, cargo: TablePayload) -> None:
    spelled = target.columns(table)
    outgoing = ", ".join(target.to_engine(name, kind) for name, kind in cargo.columns.items())
    [(count,)] = own.execute(f"SELECT count(*) FROM {cargo.address}").fetchall()
    if not count:
        return
    require_values_in_range(own, type(target), cargo, str(target.address))
    import pyarrow as pa

    reader = own.sql(f"SELECT {outgoing} FROM {cargo.address}").to_arrow_reader(_BATCH)

    names = [spelled[name.lower()] for name in cargo.columns]
    schema = pa.schema([field.with_name(name) for field, name in zip(reader.schema, names, strict=True)])

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in with_progress(reader, f"Sending {cargo.table}", -(-count // _BATCH)):
            yield pa.RecordBatch.from_arrays(batch.columns, schema=schema)

    target.insert_batches(table, schema, batches())


def require_values_in_range(
    own: duckdb.DuckDBPyConnection, kind: type[Target], cargo: TablePayload, place: str
) -> None:
    """Make sure that the engine has all values of a table.

    Raises:
        TargetError: It lacks one; the row is named.
    """
    conditions = {name: kind.out_of_range(quoted(name), each) for name, each in cargo.columns.items()}
    row = ", ".join(f"CAST({quoted(name)} AS VARCHAR)" for name in cargo.key) or "'?'"
    for name, condition in conditions.items():
        if not condition:
            continue
        query = f"SELECT CAST({quoted(name)} AS VARCHAR), concat_ws(', ', {row}) FROM {cargo.address} WHERE {condition}"
        if found := own.execute(f"{query} LIMIT 1").fetchone():
            raise TargetError(
                f"{place}: {cargo.table}.{name} of the row {found[1]} is {found[0]}, a time that "
                f"{kind.dialect.name} cannot be sent. Change it. Nothing was changed there."
            )


def _verify(own: duckdb.DuckDBPyConnection, target: Target, table: str, cargo: TablePayload) -> int:
    """How many rows arrived, once it is certain that they are the same.

    Raises:
        TargetError: They are not.
    """
    with remote_rows(own, target, table, cargo.columns, cargo.key) as arrived:
        there = relation_fingerprint(own, arrived, cargo.columns)
    here = relation_fingerprint(own, f"FROM {cargo.address}", cargo.columns)
    if here != there:
        raise TargetError(
            f"{target.address}: {cargo.table} did not arrive as it was: {there[0]} rows there, {here[0]} here"
            f"{', with other values' if there[0] == here[0] else ''}. It was taken back: nothing was changed there."
        )
    return here[0]
