"""Finds the views, rules, lookups and sample schools that a change of the schema concerns, and what it does to them."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import duckdb
import pandas as pd

from clerkbench.database.column import View
from clerkbench.database.rows import relation_fingerprint
from clerkbench.database.transactions import rolled_back
from clerkbench.files.sql_files import SqlFiles
from clerkbench.files.sql_text import quoted, tokens
from clerkbench.reporting.progress import with_progress
from clerkbench.schema_docs.schema_changes import CHANGED, RENAMED, SchemaChange

#: What may be found of a reader.
READS, FAILS, DIFFERS = "reads what changed", "no longer runs", "gives other results"

VIEW, RULE, LOOKUP, SCHOOL = "view", "rule", "lookup", "sample school"


class Reader(NamedTuple):
    """A file of SQL that reads the tables."""

    kind: str
    name: str
    script: str


def all_readers(files: SqlFiles) -> list[Reader]:
    """The files that read the tables."""
    found = [Reader(VIEW, each.name, each.script) for each in files.views]
    found += [Reader(RULE, each.id, each.query) for each in files.rules]
    found += [Reader(LOOKUP, name, query) for name, query in files.lookups.items()]
    return found + [Reader(SCHOOL, name, files.seed(name)) for name in files.schools]


def findings(
    readers: Iterable[Reader],
    changes: Sequence[SchemaChange],
    failing: Mapping[tuple[str, str], str],
    differing: Mapping[tuple[str, str], str],
) -> pd.DataFrame:
    """What a change of the schema does to its readers.

    Args:
        failing, differing: Why a reader fails, and how its result differs, by kind and name.

    Returns:
        One row per reader and finding: ``kind``, ``reader``, ``finding``, ``detail``.
    """
    rows = []
    for each in readers:
        place = each.kind, each.name
        details = list(dict.fromkeys(_read_changes(each, changes)))
        if place in failing:
            rows.append((*place, FAILS, failing[place]))
        elif place in differing:
            rows.append((*place, DIFFERS, "; ".join([differing[place], *details])))
        elif details:
            rows.append((*place, READS, "; ".join(details)))
    return pd.DataFrame(rows, columns=["kind", "reader", "finding", "detail"])


def _read_changes(reader: Reader, changes: Iterable[SchemaChange]) -> Iterator[str]:
    """The changes that a reader reads, in words."""
    found = [token for token in tokens(reader.script) if not token.is_comment]
    names = {token.name for token in found}
    literals = {token.text[1:-1] for token in found if token.text.startswith("'")}
    for each in changes:
        old_table = each.before if (each.kind, each.change) == ("table", RENAMED) else each.table
        if old_table.lower() not in names:
            continue
        columns = [name.lower() for name in each.name.split(", ") if name]
        reads_columns = bool(columns) and not names.isdisjoint(columns)
        match each.kind, each.change:
            case "table" | "view", "removed" | "renamed":
                yield f"{old_table} is {each.change}{f' to {each.after}' if each.change == RENAMED else ''}"
            case "column", "removed" if reads_columns:
                yield f"{each.table}.{each.name} is removed"
            case "column", "renamed" if each.before.lower() in names:
                yield f"{each.table}.{each.before} is renamed to {each.after}"
            case "type", _ if reads_columns:
                yield f"{each.table}.{each.name} is {each.after} now, not {each.before}"
            case "nullability", _ if reads_columns and each.after == "optional":
                yield f"{each.table}.{each.name} may be empty now"
            case "unique" | "primary key", "removed" | "changed":
                scope = f": {each.after}" if each.change == CHANGED else ""
                yield f"{each.table} is no longer unique by {each.before.partition('(')[2].rstrip(')')}{scope}"
            case "check", "removed" | "changed" if reads_columns:
                gone = sorted(literals & (_values(each.before) - _values(each.after)))
                lost = f", without {', '.join(gone)}" if gone else ""
                yield f"{each.table}.{each.name} has another rule{lost}"


def concerned(
    readers: Sequence[Reader], changes: Sequence[SchemaChange], altered: Collection[str]
) -> set[tuple[str, str]]:
    """The readers whose results a change may alter, by kind and name.

    Args:
        altered: The tables in which rows or values have changed.
    """
    names = {(each.kind, each.name): _names(each) for each in readers}
    changed = {each.lower() for each in altered}
    found = {
        (each.kind, each.name)
        for each in readers
        if any(_read_changes(each, changes)) or not changed.isdisjoint(names[each.kind, each.name])
    }
    while True:  # what reads a concerned view is concerned
        views = {name.lower() for kind, name in found if kind == VIEW}
        more = {place for place, read in names.items() if place not in found and not views.isdisjoint(read)}
        if not more:
            return found
        found |= more


def seeds_to_try(readers: Iterable[Reader], changes: Iterable[SchemaChange]) -> list[str]:
    """The sample schools whose rows new constraints or columns may reject."""
    tables = {each.table.lower() for each in changes if _may_reject_rows(each)}
    tables |= {each.before.lower() for each in changes if (each.kind, each.change) == ("table", RENAMED)}
    return [each.name for each in readers if each.kind == SCHOOL and not tables.isdisjoint(_names(each))]


def _may_reject_rows(change: SchemaChange) -> bool:
    match change.kind, change.change:
        case "column", "added":
            return "required" in change.after and "default" not in change.after
        case "check" | "unique" | "foreign key" | "primary key", "added" | "changed":
            return True
        case "nullability", _:
            return change.after == "required"
        case "type", _:
            return True
    return change.kind in ("column", "table") and change.change in ("removed", "renamed")


def _names(reader: Reader) -> set[str]:
    return {token.name for token in tokens(reader.script) if not token.is_comment}


def _values(check: str) -> set[str]:
    return {token.text[1:-1] for token in tokens(check) if token.text.startswith("'")}


def view_results(con: duckdb.DuckDBPyConnection, views: Iterable[View]) -> dict[str, tuple[int, int]]:
    """The number of rows of each view, and a fingerprint of them."""
    return {
        view.name: relation_fingerprint(
            con, f"FROM {quoted(view.name)}", {name: each.type for name, each in view.columns.items()}
        )
        for view in with_progress(list(views), "Comparing the views")
    }


def failing_lookups(con: duckdb.DuckDBPyConnection, files: SqlFiles) -> dict[tuple[str, str], str]:
    """Why lookups and queries fail, by kind and name."""
    failing = {}
    for name, query in files.lookups.items():
        try:
            con.execute(f"PREPARE clerkbench_lookup AS {query}")
            con.execute("DEALLOCATE clerkbench_lookup")
        except duckdb.Error as error:
            failing[LOOKUP, name] = _first_line(error)
    return failing


def failing_seeds(
    con: duckdb.DuckDBPyConnection, files: SqlFiles, concerned: Iterable[str]
) -> dict[tuple[str, str], str]:
    """Why sample schools cannot be loaded, by kind and name. The database has the newest schema and no rows."""
    failing = {}
    for name in concerned:
        with con.cursor() as own, rolled_back(own):
            try:
                own.execute(files.seed_lookups)
                own.execute(files.seed(name))
            except duckdb.Error as error:
                failing[SCHOOL, name] = _first_line(error)
    return failing


def _first_line(error: duckdb.Error) -> str:
    return str(error).partition("\n")[0]
