"""Keeps the views of a database in step with their files, inside a transaction of the caller."""

from collections.abc import Collection
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter

import duckdb

from clerkbench.database import catalog, ledger
from clerkbench.database.connection import IN_SCHEMA
from clerkbench.database.expressions import canonical
from clerkbench.database.schema import read_schema
from clerkbench.errors import MigrationError, SqlFileError
from clerkbench.files.sql_files import Migration, SqlFiles, View
from clerkbench.files.sql_text import quoted, tokens
from clerkbench.migrations.script_runner import parse_script, run_script
from clerkbench.migrations.template import replay

#: The order of views, cached because the same views are created in each database.
_ORDERS: dict[tuple[View, ...], list[View]] = {}


def drop(con: duckdb.DuckDBPyConnection) -> None:
    """Drop all views, because migrations on other engines fail with them, and DuckDB would leave them broken."""
    place = ".".join(map(quoted, con.execute("SELECT current_database(), current_schema()").fetchone() or ()))
    for name in ledger.views(con):  # by the full name, because a temporary view may have the same
        con.execute(f"DROP VIEW IF EXISTS {place}.{quoted(name)}")
    ledger.record_views(con, [])


def create(con: duckdb.DuckDBPyConnection, files: SqlFiles) -> None:
    """Create the views. They are written for the newest schema, so an older database has none."""
    if ledger.count(con) == len(files.migrations):
        for view in dependencies_first(con, files.views):
            run_script(con, parse_script(view.script, f"{view.name}.sql"), f"{view.name}.sql")
        present = catalog.relation_names(con)
        if missing := next((view.name for view in files.views if view.name not in present), ""):
            raise MigrationError(
                f"{missing}.sql should create a view named {missing}, and did not. Nothing was changed."
            )
        ledger.record_views(con, files.views)


def create_running(
    con: duckdb.DuckDBPyConnection, files: SqlFiles, names: Collection[str] | None = None
) -> dict[str, str]:
    """Create the views that a database lacks and that run on it, whatever migrations it has.

    Args:
        names: Only these, in lower case; None for all.

    Returns:
        Why the others fail, by name.
    """
    present = catalog.relation_names(con)
    tables, made = read_schema(con).tables, []
    failing = {each.name: "a table has this name" for each in files.views if each.name in tables}
    wanted = [each for each in files.views if names is None or each.name.lower() in names]
    for view in dependencies_first(con, [each for each in wanted if each.name not in present]):
        try:
            con.execute(view.script)
            made.append(view)
        except duckdb.Error as error:
            failing[view.name] = str(error).partition("\n")[0]
    if made and ledger.exists(con):
        ledger.record_views(con, [each for each in files.views if each in made or each.name in present])
    return failing


def are_stale(con: duckdb.DuckDBPyConnection, files: SqlFiles) -> bool:
    """Whether a database with the newest schema lacks a view, or has another one than its file creates."""
    if ledger.count(con) < len(files.migrations):
        return False
    wanted = {view.name: view.checksum for view in files.views}
    if ledger.views(con) != wanted:
        return True
    present = dict(con.execute(f"SELECT view_name, sql FROM duckdb_views() WHERE {IN_SCHEMA}").fetchall())
    if not set(wanted) <= set(present):
        return True
    # Somebody may have replaced a view and left the checksum.
    queries = {view.name: (_query(view.script), _query(present[view.name])) for view in files.views}
    spelling = canonical(con, [query for both in queries.values() for query in both], is_query=True)
    odd = [name for name, (ours, theirs) in queries.items() if spelling[ours] != spelling[theirs]]
    return bool(odd) and any(
        present[name] != _definitions(tuple(files.migrations), tuple(files.views))[name] for name in odd
    )


@lru_cache(maxsize=4)
def _definitions(migrations: tuple[Migration, ...], views: tuple[View, ...]) -> dict[str, str]:
    """The definitions that DuckDB stores for views; it rewrites some queries."""
    with duckdb.connect() as alone:
        replay(alone, migrations)
        for view in dependencies_first(alone, list(views)):
            run_script(alone, parse_script(view.script, view.name), view.name)
        return dict(alone.execute(f"SELECT view_name, sql FROM duckdb_views() WHERE {IN_SCHEMA}").fetchall())


@lru_cache(maxsize=128)
def _query(script: str) -> str:
    """The query of a CREATE VIEW; empty for another statement."""
    definition = next(iter(duckdb.extract_statements(script)), None)
    script = definition.query if definition else ""
    behind_as = next((token.end for token in tokens(script) if token.keyword == "as"), 0)
    return script.encode()[behind_as:].decode().strip().rstrip(";")


def dependencies_first(con: duckdb.DuckDBPyConnection, views: list[View]) -> list[View]:
    """The views, each after those that it reads. The database has none of them yet, because DuckDB would look through a
    view to its tables. Raises SqlFileError if views read each other in a circle.
    """
    if tuple(views) in _ORDERS:
        return _ORDERS[tuple(views)]
    named = {view.name: view for view in views}
    reads_from = {}
    for view in views:
        parse_script(view.script, f"{view.name}.sql")
        query = _query(view.script)
        reads_from[view.name] = sorted(con.get_table_names(query) & (set(named) - {view.name})) if query else []
    try:
        order = [named[name] for name in TopologicalSorter(reads_from).static_order()]
        return _ORDERS.setdefault(tuple(views), order)
    except CycleError as error:
        raise SqlFileError(f"The views {', '.join(sorted(set(error.args[1])))} read from each other.") from None
