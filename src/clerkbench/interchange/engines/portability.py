"""Finds the statements of migrations that other engines cannot run as they are, or run differently.

The statements are run on the engines that are at hand, in a transaction that is rolled back: SQLite in a temporary file
where its driver is installed, PostgreSQL on a trial server where its package is. What runs everywhere, but with another
result, is found by a list.
"""

import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from clerkbench.errors import MissingLibraryError, TargetError
from clerkbench.files.sql_files import Migration
from clerkbench.files.sql_text import Token, code_of, split_statements, tokens
from clerkbench.interchange.engines import rebuilt_tables
from clerkbench.interchange.engines.addresses import Address, Server, SqliteFile
from clerkbench.interchange.engines.dialects import POSTGRESQL, SQLITE, Dialect
from clerkbench.interchange.engines.engine import connect
from clerkbench.interchange.engines.trial_server import shared_trial_server
from clerkbench.reporting.phrases import shorten


class _Problem(NamedTuple):
    """A statement that an engine cannot run, or runs differently."""

    engine: str
    script: str
    statement: str
    problem: str
    instead: str


class _Form(NamedTuple):
    """SQL that is not the same everywhere.

    Attributes:
        pattern: Keywords and signs in their order, with one space between tokens.
        engines: Where it fails or differs.
        problem: How it differs; empty if it fails.
        instead: What all engines understand.
    """

    pattern: str
    engines: tuple[str, ...]
    problem: str
    instead: str


_BOTH = (POSTGRESQL.name, SQLITE.name)
_AGAIN = "create the table again with a new definition and copy the rows, as in 0002"

_FORMS = [
    _Form(r": ?:", (SQLITE.name,), "", "CAST(value AS type)"),
    _Form(r"\btype\b.* \busing\b|^alter table .* \btype\b", (SQLITE.name,), "", _AGAIN),
    _Form(r"\bset default\b|\bdrop default\b", (SQLITE.name,), "", _AGAIN),
    _Form(
        r"\b(set|drop) not null\b|\badd constraint\b|\badd check\b",
        (SQLITE.name,),
        "SQLite runs it from version 3.53 on; earlier ones do not",
        _AGAIN,
    ),
    _Form(r"^insert or\b", (POSTGRESQL.name,), "", "INSERT … ON CONFLICT"),
    _Form(r"\b(exclude|qualify|pivot|unpivot|asof|positional)\b", _BOTH, "", "a plain SELECT with the columns by name"),
    _Form(
        r"(?<!/) / (?!/)",
        _BOTH,
        "a division of whole numbers has a fraction in DuckDB, and none there",
        "CAST(a AS DOUBLE PRECISION) / b",
    ),
    _Form(
        r"\bcast \(.* as (integer|int|bigint|smallint) \)",
        (SQLITE.name,),
        "SQLite cuts off a fraction, the others round it",
        "CAST(round(value) AS INTEGER)",
    ),
]


def portability(applied: Sequence[Migration], pending: Sequence[Migration]) -> pd.DataFrame:
    """See ``MigrationPlan.portability``. The applied scripts create the tables that the pending ones change."""
    found = [
        *_on_postgresql(applied, pending),
        *_on_sqlite(applied, pending),
        *(each for migration in pending for each in _different(migration)),
    ]
    return pd.DataFrame(found, columns=list(_Problem._fields), dtype=object).drop_duplicates(["engine", "statement"])


def _on_sqlite(applied: Sequence[Migration], pending: Sequence[Migration]) -> list[_Problem]:
    with tempfile.TemporaryDirectory(prefix="clerkbench-", ignore_cleanup_errors=True) as folder:
        return _failing(SqliteFile(Path(folder) / "trial.sqlite"), SQLITE, applied, pending)


def _on_postgresql(applied: Sequence[Migration], pending: Sequence[Migration]) -> list[_Problem]:
    try:
        return _failing(Server(shared_trial_server().url, "clerkbench_trial"), POSTGRESQL, applied, pending)
    except MissingLibraryError:
        return []


class _Failed(Exception):
    """Rolls back a trial. It has the numbers of the script and of the statement that failed; none if all have run."""

    def __init__(self, script: int, statement: int, problem: str) -> None:
        self.place = script, statement
        self.problem = problem


def _failing(
    address: Address, dialect: Dialect, applied: Sequence[Migration], pending: Sequence[Migration]
) -> list[_Problem]:
    """The pending statements that fail. A trial ends at the first one, so the next trial leaves it out. Nothing remains
    of the trials.
    """
    migrations = [*applied, *pending]
    scripts = rebuilt_tables.statements(dialect, [each.up for each in migrations])
    problems: dict[tuple[int, int], str] = {}
    while (failed := _try(address, scripts, set(problems))) is not None:
        problems[failed.place] = failed.problem
    found = []
    for (script, at), problem in sorted(problems.items()):
        if script < len(applied):
            continue
        statement = scripts[script][at]
        instead = _instead(dialect.name, statement)
        found.append(_Problem(dialect.name, migrations[script].label, _one_line(tokens(statement)), problem, instead))
    return found


def _try(address: Address, scripts: Sequence[Sequence[str]], left_out: set[tuple[int, int]]) -> _Failed | None:
    """Run all statements but some. Returns the one that failed."""
    try:
        with connect(address, writing=True) as target:
            for number, script in enumerate(scripts):
                for at, statement in enumerate(script):
                    if (number, at) not in left_out:
                        try:
                            target.run(statement)
                        except TargetError as error:
                            problem = str(error).partition(" says: ")[2].partition("\n")[0]
                            raise _Failed(number, at, problem.removeprefix("Failed to prepare query: ")) from None
            raise _Failed(-1, -1, "")
    except _Failed as failed:
        return failed if failed.problem else None
    except MissingLibraryError:
        return None


def _instead(engine: str, statement: str) -> str:
    """What to write in place of a statement that fails; empty if the list does not know it."""
    return next((form.instead for form in _forms(tokens(statement), engine) if not form.problem), "")


def _different(migration: Migration) -> Iterator[_Problem]:
    """The statements of a migration that other engines run with another result."""
    for statement in split_statements(tokens(migration.up)):
        for engine in _BOTH:
            for form in _forms(statement, engine):
                if form.problem:
                    yield _Problem(engine, migration.label, _one_line(statement), form.problem, form.instead)


def _forms(statement: Iterable[Token], engine: str) -> list[_Form]:
    code = code_of(list(statement))
    text = " ".join("''" if token.text.startswith("'") else token.keyword for token in code)
    return [form for form in _FORMS if engine in form.engines and re.search(form.pattern, text)]


def _one_line(statement: Sequence[Token]) -> str:
    return shorten(" ".join(token.text for token in statement if not token.is_comment))
