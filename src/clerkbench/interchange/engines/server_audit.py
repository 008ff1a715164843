"""Audits a school on a server: the server itself runs the rules."""

import re
from collections.abc import Callable, Sequence

import duckdb
import pandas as pd

from clerkbench.database.session import Session
from clerkbench.errors import MigrationError, SqlFileError, TargetError
from clerkbench.files.rules import Rule
from clerkbench.files.sql_files import SqlFiles
from clerkbench.interchange.engines.addresses import Address
from clerkbench.interchange.engines.engine import connect
from clerkbench.interchange.engines.import_ import read_into, require_school, require_tables
from clerkbench.interchange.engines.remote_ledger import RemoteLedger
from clerkbench.interchange.engines.schema_drift import objects_made_by
from clerkbench.migrations import views
from clerkbench.migrations.template import replay
from clerkbench.reporting.violations import Violations
from clerkbench.school.audit import failing_rules, ordered, queries, skipped_rules, violations

#: Messages of a server that are not about the query.
_NOT_ITS_FAULT = "permission denied|row-level security|timeout|connection|terminat"


#: Finds the rows of a school to report, with ``table`` and ``id``.
Concerned = Callable[[Session], pd.DataFrame]


def audit(
    address: Address, files: SqlFiles, asked: Sequence[Rule], concerned: Concerned | None, warn: Callable[[str], None]
) -> Violations:
    """The violations of a school on a server, or of some of its rows. The server enforces the foreign keys itself.

    Args:
        warn: Is called with a sentence if rules do not run, because the school lacks migrations.
    """
    with connect(address, writing=False) as target:
        school = require_school(target)
        running = list(asked)
        if not school.is_at(files.migrations):
            running = _running_rules(address, files, asked, school)
            if left_out := [each.id for each in asked if each not in running]:
                warn(skipped_rules(str(address), school.migrations[-1].label, left_out))
        require_tables(target, target.objects(), objects_made_by(tuple(school.migrations)).tables)
        try:
            rows = target.rows(" UNION ALL ".join(queries(running))) if running else []
        except TargetError:
            for rule in running:
                message = _refusal(address, rule)
                if message and not re.search(_NOT_ITS_FAULT, message):
                    raise SqlFileError(
                        f"{rule.path} does not run on {address}. {message} Rules are written in the SQL that "
                        "DuckDB and PostgreSQL share."
                    ) from None
            raise
        only = None
        if concerned is not None:  # in the same snapshot
            with duckdb.connect() as con:
                read_into(con, target, files)
                only = concerned(Session(con, None))
    return ordered(violations(running, rows), only)


def _running_rules(address: Address, files: SqlFiles, asked: Sequence[Rule], school: RemoteLedger) -> list[Rule]:
    """The rules that run on an older school. Raises MigrationError if it is not an older one."""
    count = len(school.migrations)
    if not school.is_at(files.migrations[:count]) or count > len(files.migrations):
        labels = ", ".join(each.label for each in school.migrations) or "none"
        raise MigrationError(
            f"The rules are written for the schema up to {files.migrations[-1].label}, and the school of {address} "
            f"has other migrations: {labels}. Use the clerkbench or the SQL folder that shipped it."
        )
    with duckdb.connect() as con:
        replay(con, school.migrations)
        views.create_running(con, files, school.views)
        failing = failing_rules(con, asked)
    return [each for each in asked if each.id not in failing]


def _refusal(address: Address, rule: Rule) -> str:
    """The message of the server for one rule that fails; empty if it runs."""
    try:
        with connect(address, writing=False) as target:
            target.rows(queries([rule])[0])
    except TargetError as error:
        return str(error).partition(": ")[2].partition("\n")[0]
    return ""
