"""Describes the tables a database has: names, rows, columns, configuration areas. Reads only.

All of it comes from DuckDB's catalog. Nothing here names a table or a column of the configuration schema.
"""

import re
from collections.abc import Collection, Iterable
from graphlib import TopologicalSorter

import duckdb
import pandas as pd

from clerkbench import ledger
from clerkbench.constraints import Constraint, allowed_values, enforced
from clerkbench.database import HERE
from clerkbench.errors import SchemaError, UnknownNameError
from clerkbench.sql_text import quoted

#: How a comment says which of the eight areas a table or column belongs to: "Area 8, block size. Days in one block."
_AREA = re.compile(r"Area (?P<area>\d+), (?P<name>[^.]+)\. (?P<meaning>.*)", re.DOTALL)


def address(con: duckdb.DuckDBPyConnection, name: str) -> str:
    """The full name of a table or view, which no temporary namesake can be mistaken for."""
    row = con.execute("SELECT current_database(), current_schema()").fetchone()
    return ".".join(quoted(each) for each in (*(row or ()), name))


def table_names(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The school's tables, parents before the tables that reference them, otherwise by name."""
    found = con.execute(f"SELECT table_name FROM duckdb_tables() WHERE {HERE} AND NOT internal").fetchall()
    parents: dict[str, set[str]] = {name: set() for (name,) in found if not name.startswith(ledger.PREFIX)}
    spelled = {name.lower(): name for name in parents}
    for child, parent in con.execute(
        f"""
        SELECT table_name, referenced_table FROM duckdb_constraints()
        WHERE {HERE} AND constraint_type = 'FOREIGN KEY'
        """
    ).fetchall():
        if child in parents:
            parents[child].update({spelled.get(parent.lower(), child)} - {child})
    return parents_first(parents)


def parents_first(parents: dict[str, set[str]]) -> list[str]:
    """The tables, each after those it references, otherwise by name.

    Args:
        parents: What each table references, itself left out.
    """
    order = TopologicalSorter(parents)
    order.prepare()
    names: list[str] = []
    while order.is_active():
        ready = sorted(order.get_ready())
        names += ready
        order.done(*ready)
    return names


def are_referenced(con: duckdb.DuckDBPyConnection, tables: Collection[str]) -> bool:
    """Whether a table references another that is among these, which are named in lower case."""
    found = con.execute(
        f"""
        SELECT 1 FROM duckdb_constraints()
        WHERE {HERE} AND list_contains(?, lower(referenced_table)) AND lower(referenced_table) <> lower(table_name)
        LIMIT 1
        """,
        [list(tables)],
    )
    return found.fetchone() is not None


def view_names(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The views, by name."""
    found = con.execute(f"SELECT view_name FROM duckdb_views() WHERE {HERE} AND NOT internal ORDER BY ALL").fetchall()
    return [name for (name,) in found]


def table_called(con: duckdb.DuckDBPyConnection, name: str) -> str:
    """A table's name as the catalog spells it.

    Raises:
        UnknownNameError: There is no such table; a near match is named.
    """
    return matching("There is no table", name, table_names(con))


def matching(lead: str, name: str, known: list[str]) -> str:
    """The one of the known names that is meant, upper and lower case apart.

    Raises:
        UnknownNameError: It is none of them; ``lead`` says of what, such as "There is no table".
    """
    for each in known:
        if each.lower() == str(name).lower():
            return each
    raise UnknownNameError(lead, name, known)


def refuse_hidden(con: duckdb.DuckDBPyConnection, tables: Iterable[str], reader: str) -> None:
    """Make sure that SQL which names tables without their database, to run anywhere, reads the school's.

    Args:
        con: The database.
        tables: Its tables.
        reader: What is about to read them, such as "The rules".

    Raises:
        SchemaError: A temporary table or view has the name of one.
    """
    found = con.execute(
        """
        SELECT table_name FROM duckdb_tables() WHERE temporary
        UNION
        SELECT view_name FROM duckdb_views() WHERE temporary
        """
    ).fetchall()
    names = {name.lower() for name in [*tables, *view_names(con)]}
    if hiding := sorted(name for (name,) in found if name.lower() in names):
        raise SchemaError(
            f"A temporary table or view of this connection hides a table: {', '.join(hiding)}. {reader} would read "
            "that one. Drop it, or give it another name. Nothing was changed."
        )


def refuse_shadowing(con: duckdb.DuckDBPyConnection) -> None:
    """Make sure that no macro of the database is called like a function of DuckDB's own, which it would take the place
    of wherever clerkbench calls it.

    Raises:
        SchemaError: One is.
    """
    # The query calls no function but one by its full name, because any other may be one of those macros.
    found = con.execute("SELECT DISTINCT internal, function_name FROM system.main.duckdb_functions()").fetchall()
    theirs = {name for internal, name in found if internal}
    if names := sorted({name.lower() for internal, name in found if not internal} & theirs):
        raise SchemaError(
            f"Macros of the database take the place of functions of DuckDB's own: {', '.join(names)}. Whatever "
            "clerkbench asks would be answered by them. Drop them with DuckDB alone, or give them other names."
        )


def refuse_strange_ledger(con: duckdb.DuckDBPyConnection) -> None:
    """Make sure that none of clerkbench's own tables is a view, which would run whenever a database is opened.

    Raises:
        SchemaError: One is.
    """
    if found := [name for name in view_names(con) if name.lower().startswith(ledger.PREFIX)]:
        raise SchemaError(
            f"Views of the database are called like clerkbench's own tables: {', '.join(found)}. They would run when "
            "it is opened. Drop them with DuckDB alone. Nothing was changed."
        )


def names(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The names of the school's tables, columns, indexes, sequences and views."""
    found = con.execute(
        f"""
        SELECT unnest([table_name, column_name]) AS name FROM duckdb_columns() WHERE {HERE} AND NOT internal
        UNION SELECT index_name FROM duckdb_indexes() WHERE {HERE}
        UNION SELECT sequence_name FROM duckdb_sequences() WHERE {HERE}
        ORDER BY name
        """
    ).fetchall()
    return [name for (name,) in found]


def elsewhere(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The tables of the database that are in another schema than the school's, as SQL names them."""
    found = con.execute(
        """
        SELECT schema_name, table_name FROM duckdb_tables()
        WHERE database_name = current_database() AND schema_name <> current_schema() AND NOT internal AND NOT temporary
        ORDER BY ALL
        """
    ).fetchall()
    return [".".join(map(quoted, names)) for names in found]


def refuse_elsewhere(con: duckdb.DuckDBPyConnection, what: str) -> None:
    """Make sure that no rows lie in another schema, which whoever takes the school elsewhere would leave behind.

    Args:
        con: The database.
        what: What is about to be done, such as "A fork".

    Raises:
        SchemaError: There are such rows; their tables are named.
    """
    counts = [(name, *(con.execute(f"SELECT count(*) FROM {name}").fetchone() or (0,))) for name in elsewhere(con)]
    if held := [f"{name} {count}" for name, count in counts if count]:
        raise SchemaError(
            f"The database holds rows outside the schema of the school: {', '.join(held)}. {what} would leave them "
            "out. Move them into tables of the school's own schema in a migration, or drop those tables. "
            "Nothing was changed."
        )


def row_counts(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """How many rows each table holds, in the order of :func:`table_names`."""
    names = table_names(con)
    if not names:
        return {}
    selects = [f"SELECT {at}, count(*) FROM {address(con, name)}" for at, name in enumerate(names)]
    return {names[at]: count for at, count in sorted(con.execute(" UNION ALL ".join(selects)).fetchall())}


def columns(con: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, str, bool, str, str]]:
    """The columns of a table or view in order: name, type, whether it may be NULL, default and comment."""
    return con.execute(
        f"""
        SELECT column_name, data_type, is_nullable, coalesce(column_default, ''), coalesce(comment, '')
        FROM duckdb_columns() WHERE {HERE} AND table_name = ? ORDER BY column_index
        """,
        [table],
    ).fetchall()


def tables(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """One row per table, parents first.

    Returns:
        ``table``, ``rows`` (how many it holds), ``meaning``, ``referenced_by`` (the columns that reference it, each
        with what deleting a row does to those that hold it: CASCADE, SET NULL or RESTRICT).
    """
    meanings = table_comments(con)
    declared = enforced(con)
    return pd.DataFrame(
        [
            (name, count, meanings.get(name, ""), _referencing(declared, name))
            for name, count in row_counts(con).items()
        ],
        columns=["table", "rows", "meaning", "referenced_by"],
    )


def table_comments(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """What the schema says of each table and view that it says something of."""
    return dict(
        con.execute(
            f"""
            SELECT table_name, comment FROM duckdb_tables() WHERE {HERE} AND comment IS NOT NULL
            UNION ALL
            SELECT view_name, comment FROM duckdb_views() WHERE {HERE} AND comment IS NOT NULL
            """
        ).fetchall()
    )


def column_comments(con: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    """What the schema says of the columns of a table or view."""
    return {column: comment for column, *_, comment in columns(con, table) if comment}


def column_meanings(con: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    """The same, without the configuration area that a column belongs to."""
    comments = column_comments(con, table)
    found = {column: _AREA.fullmatch(comment) for column, comment in comments.items()}
    return {column: match["meaning"] if (match := found[column]) else comments[column] for column in comments}


def describe(con: duckdb.DuckDBPyConnection, table: str) -> pd.DataFrame:
    """One row per column of a table or view, in order.

    Returns:
        ``column``, ``type``, ``nullable`` (bool), ``default`` (an SQL expression, empty for none), ``key`` (primary
        key, unique, what it references; empty for none), ``on_delete`` (of a reference, what deleting the parent does:
        CASCADE, SET NULL or RESTRICT), ``referenced_by`` (the columns that reference it, with the same of theirs),
        ``allowed_values`` (where a check lists them), ``meaning``.

    Raises:
        UnknownNameError: There is no such table or view; a near match is named.
    """
    name = matching("There is no table or view", table, table_names(con) + view_names(con))
    return described(con, name, enforced(con))


def described(con: duckdb.DuckDBPyConnection, name: str, everything: list[Constraint]) -> pd.DataFrame:
    """The same of a table that exists, given all constraints of all tables."""
    declared = [each for each in everything if each.table == name]
    allowed = {each.columns: values for each in declared if (values := allowed_values(con, each))}
    rows = []
    for column, kind, nullable, default, meaning in columns(con, name):
        on_delete = [each.on_delete for each in declared if each.kind == "foreign key" and column in each.columns]
        tied = ", ".join(dict.fromkeys(on_delete)), _referencing(everything, name, column)
        listed = ", ".join(allowed.get((column,), []))
        rows.append((column, kind, nullable, default, _keys(declared, column), *tied, listed, meaning))
    headings = [
        "column",
        "type",
        "nullable",
        "default",
        "key",
        "on_delete",
        "referenced_by",
        "allowed_values",
        "meaning",
    ]
    return pd.DataFrame(rows, columns=headings)


def _referencing(declared: list[Constraint], table: str, column: str | None = None) -> str:
    """The columns that reference a table, or one column of it, each with its delete rule."""
    found = []
    for each in declared:
        if each.parent == table and (column is None or column in each.parent_columns):
            columns = each.columns if column is None else [each.columns[each.parent_columns.index(column)]]
            named = columns[0] if len(columns) == 1 else f"({', '.join(columns)})"
            found.append(f"{each.table}.{named} {each.on_delete}")
    return ", ".join(found)


def _keys(declared: list[Constraint], column: str) -> str:
    keys = []
    for each in declared:
        if column not in each.columns:
            continue
        if each.kind == "primary key":
            keys.append("primary key")
        elif each.kind == "unique":
            others = [other for other in each.columns if other != column]
            keys.append("unique" + (f" with {', '.join(others)}" if others else ""))
        elif each.kind == "foreign key":
            keys.append(f"references {each.parent}.{each.parent_columns[each.columns.index(column)]}")
    return ", ".join(dict.fromkeys(keys))


def area_names(con: duckdb.DuckDBPyConnection) -> dict[int, str]:
    """The configuration areas by their numbers."""
    frame = areas(con)
    return {int(number): str(name) for number, name in zip(frame["area"], frame["name"], strict=True)}


def area_numbers(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], int]:
    """The number of the configuration area of each table and column that belongs to one; a table's column is empty."""
    comments = con.execute(
        f"""
        SELECT table_name, '', comment FROM duckdb_tables() WHERE {HERE}
        UNION ALL
        SELECT table_name, column_name, comment FROM duckdb_columns() WHERE {HERE}
        """
    ).fetchall()
    found = {(table, column): _AREA.fullmatch(comment or "") for table, column, comment in comments}
    return {place: int(match["area"]) for place, match in found.items() if match}


def areas(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Where each configuration area lives, as the comments of tables and columns say.

    Returns:
        One row per table or column that belongs to an area, by area: ``area`` (its number), ``name``, ``table``,
        ``column`` (empty when the whole table belongs to it), ``meaning``.
    """
    rows = []
    meanings = table_comments(con)
    for table in table_names(con):
        comments = [("", meanings.get(table, ""))] + [(column, comment) for column, *_, comment in columns(con, table)]
        for column, comment in comments:
            if match := _AREA.fullmatch(comment):
                rows.append((int(match["area"]), match["name"], table, column, match["meaning"]))
    frame = pd.DataFrame(rows, columns=["area", "name", "table", "column", "meaning"])
    return frame.sort_values("area", kind="stable", ignore_index=True)
