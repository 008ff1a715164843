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
from clerkbench.interchange.engines.schema_drift import objects_made_by
from clerkbench.reporting.violations import Violations
from clerkbench.school.audit import ordered, queries, violations

#: Messages of a server that are not about the query.
_NOT_ITS_FAULT = "permission denied|row-level security|timeout|connection|terminat"


#: Finds the rows of a school to report, with ``table`` and ``id``.
Concerned = Callable[[Session], pd.DataFrame]


def audit(address: Address, files: SqlFiles, asked: Sequence[Rule], concerned: Concerned | None) -> Violations:
    """The violations of a school on a server, or of some of its rows. The server enforces the foreign keys itself."""
    with connect(address, writing=False) as target:
        school = require_school(target)
        if not school.is_at(files.migrations):
            labels = ", ".join(each.label for each in school.migrations) or "none"
            raise MigrationError(
                f"The rules are written for the schema up to {files.migrations[-1].label}, and the school of {address} "
                f"has other migrations: {labels}. Export it there again, or use the clerkbench that shipped it."
            )
        require_tables(target, target.objects(), objects_made_by(tuple(school.migrations)).tables)
        try:
            rows = target.rows(" UNION ALL ".join(queries(asked))) if asked else []
        except TargetError:
            for rule in asked:
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
    return ordered(violations(asked, rows), only)


def _refusal(address: Address, rule: Rule) -> str:
    """The message of the server for one rule that fails; empty if it runs."""
    try:
        with connect(address, writing=False) as target:
            target.rows(queries([rule])[0])
    except TargetError as error:
        return str(error).partition(": ")[2].partition("\n")[0]
    return ""
