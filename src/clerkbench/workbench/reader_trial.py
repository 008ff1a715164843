"""Runs views, rules, lookups and capacity on the rows before and after a change of the schema."""

from collections.abc import Collection, Sequence

import duckdb

from clerkbench.database.schema import read_schema
from clerkbench.files.rules import Rule
from clerkbench.files.sql_files import SqlFiles
from clerkbench.migrations import views
from clerkbench.migrations.template import replay
from clerkbench.schema_docs import readers
from clerkbench.schema_docs.schema_changes import SchemaChange
from clerkbench.school.audit import audit_both, failing_rules, violation_counts
from clerkbench.school.capacity import CAPACITY, most_students
from clerkbench.school.difference import capacity_difference, violations_difference


class ReaderTrial:
    """What a change does to all that reads the schema. Only what the change concerns is run on the rows.

    Attributes:
        schema: The schema after the change, with the views that run.
        views_before: The views that run before it.
        failing_view: The first view that does not run after it, with the reason; empty if all do.
        violations_added, violations_fixed: Of the rules that run on both sides.
        capacity: The difference of the capacity; None if the query does not run on both sides.
        findings: See :func:`clerkbench.schema_docs.readers.findings`.
    """

    def __init__(
        self,
        files: SqlFiles,
        before: duckdb.DuckDBPyConnection,
        after: duckdb.DuckDBPyConnection,
        changes: Sequence[SchemaChange],
        altered: Collection[str],
    ) -> None:
        everything = readers.all_readers(files)
        concerned = readers.concerned(everything, changes, altered)
        failing_views, failing_before = (views.create_running(con, files) for con in (after, before))
        self.schema = read_schema(after)
        self.views_before = read_schema(before).views
        failing = {(readers.VIEW, name): reason for name, reason in failing_views.items()}
        failing |= {(readers.RULE, name): reason for name, reason in failing_rules(after, files.rules).items()}
        failing |= readers.failing_lookups(after, files)
        failing |= _failing_seeds(files, readers.seeds_to_try(everything, changes))
        rules = [each for each in files.rules if (readers.RULE, each.id) in concerned]
        unknown = failing_rules(before, rules).keys() | {name for kind, name in failing if kind == readers.RULE}
        rules = [each for each in rules if each.id not in unknown]
        added_fixed = violations_difference(*audit_both(before, after, rules), {})
        self.violations_added, self.violations_fixed = added_fixed
        is_concerned = (readers.LOOKUP, CAPACITY) in concerned
        self.capacity = (
            capacity_difference(most_students(before, files), most_students(after, files)) if is_concerned else None
        )
        self.failing_view = next((f"{name}.sql fails: {reason}" for name, reason in failing_views.items()), "")
        names = [
            name
            for kind, name in concerned
            if kind == readers.VIEW and name not in failing_views.keys() | failing_before.keys()
        ]
        differing = _differing_views(before, after, names) | _differing_rules(before, after, rules)
        self.findings = readers.findings(everything, changes, failing, differing)


def _differing_views(
    before: duckdb.DuckDBPyConnection, after: duckdb.DuckDBPyConnection, names: Sequence[str]
) -> dict[tuple[str, str], str]:
    """How the results of views differ, by kind and name."""
    was, now = (
        readers.view_results(con, [schema.views[name] for name in sorted(names)])
        for con, schema in ((before, read_schema(before)), (after, read_schema(after)))
    )
    found = {}
    for name in was:
        if was[name] != now[name]:
            counts = was[name][0], now[name][0]
            found[readers.VIEW, name] = (
                "rows: {} before, {} now".format(*counts) if counts[0] != counts[1] else "other values"
            )
    return found


def _differing_rules(
    before: duckdb.DuckDBPyConnection, after: duckdb.DuckDBPyConnection, rules: Sequence[Rule]
) -> dict[tuple[str, str], str]:
    """How many violations rules find, where the number differs, by kind and name."""
    was, now = (violation_counts(con, rules) for con in (before, after))
    return {
        (readers.RULE, name): f"violations: {was[name]} before, {now[name]} now"
        for name in was
        if was[name] != now[name]
    }


def _failing_seeds(files: SqlFiles, concerned: list[str]) -> dict[tuple[str, str], str]:
    if not concerned:
        return {}
    with duckdb.connect() as empty:
        replay(empty, files.migrations, has_external_access=True)
        return readers.failing_seeds(empty, files, concerned)
