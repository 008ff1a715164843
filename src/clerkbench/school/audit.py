"""Finds all violations of rules and foreign keys in what is stored."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

import duckdb
import pandas as pd

from clerkbench.database import ledger
from clerkbench.database.catalog import require_no_temporary_namesakes
from clerkbench.database.constraints import Constraint
from clerkbench.database.schema import Schema
from clerkbench.database.session import Session
from clerkbench.database.values import key_text
from clerkbench.errors import SqlFileError, UnknownNameError
from clerkbench.files.rules import Rule
from clerkbench.files.sql_files import SqlFiles
from clerkbench.files.sql_text import quoted
from clerkbench.reporting.phrases import listed
from clerkbench.reporting.violations import SEVERITIES, Violation, Violations
from clerkbench.school import configuration
from clerkbench.validation.constraint_checker import orphans_sql
from clerkbench.validation.stored_rows import length_violations, orphan_violations, violating_rows_sql


def rules(files: SqlFiles) -> pd.DataFrame:
    """One row per rule, by area. See ``bench.rules``."""
    rows = [
        (each.id, each.area, each.severity, each.table, each.column, each.sentence, each.remedy) for each in files.rules
    ]
    frame = pd.DataFrame(rows, columns=["rule", "area", "severity", "table", "column", "sentence", "remedy"])
    return frame.sort_values(["area", "rule"], ignore_index=True)


def audit(
    session: Session,
    files: SqlFiles,
    area: int | None,
    severity: str | None,
    clerkship: str | None,
    warn: Callable[[str], None],
    place: str,
) -> Violations:
    """All violations, errors first, then by area and table. See ``bench.audit``.

    Args:
        warn: Is called with a sentence if rules do not run, because the school lacks migrations.
        place: Where the school is, for this sentence.
    """
    con, schema = session.con, session.schema
    asked = selected_rules(files, area, severity, schema.area_names)
    if ledger.count(con) < len(files.migrations):
        applied, failing = ledger.applied(con), failing_rules(con, asked)
        if failing:
            warn(skipped_rules(place, applied[-1].migration.label if applied else "no migration", list(failing)))
        asked = [each for each in asked if each.id not in failing]
    concerned = None if clerkship is None else configuration.rows_about(session, files, clerkship)
    declared = [each for table in schema.tables.values() for each in table.constraints]
    declared = [each for each in declared if each.kind == "foreign key" or not each.is_enforced]
    require_no_temporary_namesakes(con, schema, "The rules")
    _require_known_columns(schema, asked)
    found = _find_violations(con, schema, asked, declared)
    return ordered(
        (each for each in found if area in (None, each.area) and severity in (None, each.severity)), concerned
    )


def skipped_rules(place: str, label: str, left_out: Sequence[str]) -> str:
    """The warning that rules do not run on an older school."""
    return (
        f"{place} is at {label}, so rules that are written for a newer schema did not run: {listed(left_out)}. "
        "To bring it up to date: migrate(), or clerkbench migrate."
    )


def failing_rules(con: duckdb.DuckDBPyConnection, rules: Sequence[Rule]) -> dict[str, str]:
    """Why rules do not run on a database, whatever migrations it has, by id."""
    if not rules:
        return {}
    try:
        con.execute(f"SELECT * FROM ({' UNION ALL '.join(queries(rules))}) LIMIT 0").fetchall()
        return {}
    except duckdb.Error:
        failing = {}
    for rule in rules:
        try:
            con.execute(f"SELECT * FROM ({_asked(0, rule, len(rule.facts))}) LIMIT 0").fetchall()
        except duckdb.Error as error:
            failing[rule.id] = str(error).partition("\n")[0]
    return failing


def audit_both(
    one: duckdb.DuckDBPyConnection, other: duckdb.DuckDBPyConnection, rules: Sequence[Rule]
) -> tuple[Violations, Violations]:
    """The violations of two databases, which may have different migrations, of rules that run on both. What both have
    is left out.
    """
    rows = [con.execute(" UNION ALL ".join(queries(rules))).fetchall() if rules else [] for con in (one, other)]
    first, second = map(Counter, rows)
    return ordered(violations(rules, (first - second).elements()), None), ordered(
        violations(rules, (second - first).elements()), None
    )


def violation_counts(con: duckdb.DuckDBPyConnection, rules: Sequence[Rule]) -> dict[str, int]:
    """How many rows violate each rule, by id."""
    asked = (f"SELECT {at}, count(*) FROM ({rule.query})" for at, rule in enumerate(rules))
    found = con.execute(" UNION ALL ".join(asked)).fetchall() if rules else []
    return {rules[at].id: count for at, count in found}


def selected_rules(files: SqlFiles, area: int | None, severity: str | None, areas: Collection[int]) -> list[Rule]:
    """The rules of an area and severity; None for all. ``areas`` are the numbers that exist. Raises UnknownNameError if
    there is no such area or severity.
    """
    if area is not None and (type(area) is not int or area not in areas):
        raise UnknownNameError("There is no configuration area with the number", area, map(str, sorted(areas)))
    if severity is not None and not (isinstance(severity, str) and severity in SEVERITIES):
        raise UnknownNameError("There is no severity", severity, SEVERITIES)
    return [each for each in files.rules if area in (None, each.area) and severity in (None, each.severity)]


def queries(asked: Sequence[Rule]) -> list[str]:
    """A query for each rule with the same columns: its number, the row, the value, and the columns for messages as
    text.
    """
    most = max((len(rule.facts) for rule in asked), default=0)
    return [_asked(number, rule, most) for number, rule in enumerate(asked)]


def violations(asked: Sequence[Rule], rows: Iterable[Sequence[Any]]) -> list[Violation]:
    """The violations in the result of these queries."""
    return [_violation(asked[number], *row) for number, *row in rows]


def ordered(found: Iterable[Violation], concerned: pd.DataFrame | None) -> Violations:
    """The violations in the order of an audit; only those of the rows in ``concerned``, if it is given."""
    if concerned is not None:
        those = set(zip(concerned["table"], map(key_text, concerned["id"]), strict=True))
        found = [each for each in found if (each.table, each.row_id) in those]
    return Violations.of(sorted(found, key=_place))


def _place(violation: Violation) -> tuple[int, float, str, str, str, str]:
    area = float("inf") if violation.area is None else violation.area
    severity = SEVERITIES.index(violation.severity)
    return severity, area, violation.table, violation.rule, violation.message, violation.row_id


def _require_known_columns(schema: Schema, asked: Iterable[Rule]) -> None:
    for rule in asked:
        columns = schema.tables[rule.table].columns if rule.table in schema.tables else None
        if columns is None or (rule.column and rule.column not in columns):
            place = ".".join(filter(None, [rule.table, rule.column]))
            raise SqlFileError(f"{rule.path} is about {place}, which does not exist.")


def _find_violations(
    con: duckdb.DuckDBPyConnection, schema: Schema, asked: Sequence[Rule], declared: Sequence[Constraint]
) -> list[Violation]:
    """Runs all rules and constraints in one query: they see the same rows, and it takes two thirds of the time."""
    everything = queries(asked)
    nothing = ", NULL" * (2 + max((len(rule.facts) for rule in asked), default=0))
    for number, each in enumerate(declared, start=len(asked)):
        where = orphans_sql(schema, each, *_places(schema, each)) if each.parent else violating_rows_sql(schema, each)
        everything.append(f"SELECT {number}{nothing} FROM {where}")
    if not everything:
        return []
    try:
        rows = con.execute(_shared_views(everything, schema.views) + " UNION ALL ".join(everything)).fetchall()
    except duckdb.Error:
        _raise_for_failing_rule(con, asked)
        raise
    found = violations(asked, (row for row in rows if row[0] < len(asked)))
    for number in sorted({number for number, *_ in rows if number >= len(asked)}):
        each = declared[number - len(asked)]
        found += (
            orphan_violations(con, schema, each, *_places(schema, each))
            if each.parent
            else length_violations(con, schema, each)
        )
    return found


def _shared_views(queries: Sequence[str], views: Iterable[str]) -> str:
    """A WITH clause that computes views once that many of the queries read; empty if there are none. Without it,
    planning the views again for each rule takes a third of an audit. A view that two rules read is not worth it: it
    would be computed whole.
    """
    read = [set(map(str.lower, re.findall(r"\w+", query))) for query in queries]
    shared = [quoted(name) for name in views if sum(name.lower() in words for words in read) > 2]
    return f"WITH {', '.join(f'{name} AS MATERIALIZED (FROM {name})' for name in shared)} " if shared else ""


def _asked(number: int, rule: Rule, most: int) -> str:
    """The query of a rule, with as many columns as the rule with the most."""
    facts = [f"CAST({quoted(fact)} AS TEXT)" for fact in rule.facts] + ["NULL"] * (most - len(rule.facts))
    columns = ", ".join(["CAST(row_id AS TEXT)", "CAST(value AS TEXT)", *facts])
    return f"SELECT {number}, {columns} FROM (\n{rule.query}\n) AS violations"


def _raise_for_failing_rule(con: duckdb.DuckDBPyConnection, asked: Iterable[Rule]) -> None:
    with con.cursor() as own:  # the connection itself may be in a failed transaction
        for rule in asked:
            try:
                own.execute(_asked(0, rule, len(rule.facts))).fetchall()
            except duckdb.Error as error:
                wanted = ", ".join(dict.fromkeys(["row_id", "value", *rule.facts]))
                raise SqlFileError(
                    f"{rule.path} does not run, or does not return {wanted}, which it has to. {error}"
                ) from None


def _violation(rule: Rule, row_id: str | None, value: str | None, *facts: str | None) -> Violation:
    known = {name: fact or "" for name, fact in zip(rule.facts, facts, strict=False)}
    message, remedy = rule.render(known)
    return Violation(
        rule.id, rule.severity, rule.area, rule.table, row_id or "", rule.column, value or "", message, remedy
    )


def _places(schema: Schema, key: Constraint) -> tuple[str, list[str]]:
    """The relations of the rows of a foreign key, and of their parents."""
    return schema.tables[key.table].address, [schema.tables[key.parent].address]
