"""Asks a server which rules a school there breaks: the same rules, run by the server itself. Reads only."""

import re
from collections.abc import Sequence

import duckdb

from clerkbench.database.session import Session
from clerkbench.errors import MigrationError, SqlFileError, TargetError
from clerkbench.files.rules import Rule
from clerkbench.files.sql_files import SqlFiles
from clerkbench.interchange.engines.addresses import Address
from clerkbench.interchange.engines.engine import connect
from clerkbench.interchange.engines.import_ import read_into, require_school, require_tables
from clerkbench.interchange.engines.schema_drift import objects_made_by
from clerkbench.reporting.violations import Violations
from clerkbench.school import configuration
from clerkbench.school.audit import ordered, queries, violations

#: What a server says of whoever asks, and not of the question.
_NOT_ITS_FAULT = "permission denied|row-level security|timeout|connection|terminat"


def audit(address: Address, files: SqlFiles, asked: Sequence[Rule], clerkship: str | None) -> Violations:
    """Everything that is wrong with what is stored there, in the order of an audit.

    The server enforces the foreign keys by itself, so no row misses what it references.

    Args:
        address: Where the school is.
        files: Where the rules come from.
        asked: The rules.
        clerkship: The clerkship to look at, by name or id, and what hangs from it; None for all.

    Raises:
        TargetError: The place cannot be opened, or holds no school, or not all of it.
        MigrationError: The school there has other migrations than the rules are written for.
        SqlFileError: The server does not run a rule.
        UnknownRowError: There is no such clerkship.
    """
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
                said = _refusal(address, rule)
                if said and not re.search(_NOT_ITS_FAULT, said):
                    raise SqlFileError(
                        f"{rule.path} does not run on {address}. {said} Rules are written in the SQL that DuckDB and "
                        "PostgreSQL share."
                    ) from None
            raise
        concerned = None
        if clerkship is not None:  # of the same moment
            with duckdb.connect() as con:
                read_into(con, target, files)
                concerned = configuration.rows_about(Session(con, None), files, clerkship)
    return ordered(violations(asked, rows), concerned)


def _refusal(address: Address, rule: Rule) -> str:
    """What the server says of one rule that it does not run; nothing where it runs."""
    try:
        with connect(address, writing=False) as target:
            target.rows(queries([rule])[0])
    except TargetError as error:
        return str(error).partition(": ")[2].partition("\n")[0]
    return ""
