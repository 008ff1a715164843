"""The errors clerkbench raises: what failed, which name or rule it was about, and what to do next."""

from collections.abc import Iterable
from difflib import get_close_matches

import pandas as pd

from clerkbench.reporting.violations import Violations


class ClerkbenchError(Exception):
    """Every error clerkbench raises on purpose. Whatever raised it changed nothing, unless it says otherwise."""


class UnknownNameError(ClerkbenchError):
    """A table, column or school was named that does not exist."""

    def __init__(self, lead: str, name: object, known: Iterable[str]) -> None:
        """Args: the words before the name, such as "There is no table"; the name; and all it could have been."""
        known = list(known)
        near = get_close_matches(str(name).lower(), [each.lower() for each in known], n=1, cutoff=0.6)
        suggestion = next((f" Did you mean {each!r}?" for each in known if each.lower() in near), "")
        choices = f" There are: {', '.join(known)}." if known else " There are none."
        super().__init__(f"{lead} {name!r}.{suggestion}{choices} Nothing was changed.")


class UnknownRowError(ClerkbenchError):
    """A row was named that does not exist, or by a name that several have."""


class ArgumentError(ClerkbenchError):
    """Something was asked with a value that means nothing there: a negative number, a file that cannot be written."""


class MissingLibraryError(ClerkbenchError):
    """A library that only some of the work needs is not installed."""


class DatabaseFileError(ClerkbenchError):
    """A database file cannot be opened: missing folder, not a database, locked, damaged."""


class TargetError(ClerkbenchError):
    """A server or file that a school is to go to, or come from, cannot be opened, refuses, or holds something else."""


class ReadOnlyError(ClerkbenchError):
    """Something would be changed of a school on a server or in an SQLite file, which is only read."""


class ClosedError(ClerkbenchError):
    """The workbench was closed, and something was asked of it."""


class SqlFileError(ClerkbenchError):
    """A file under ``sql/`` is missing, misnamed or malformed."""


class SchemaError(ClerkbenchError):
    """The schema of the database does not allow what was asked, whatever the rows."""


class TransactionError(ClerkbenchError):
    """A transaction cannot begin because one is open already, or cannot be committed."""


class UnfinishedError(ClerkbenchError):
    """A change stopped halfway, and what it set aside could not be put back. It is safe in the database."""


class MigrationError(ClerkbenchError):
    """A migration failed, or the database and the migration files do not fit each other."""


class DataLossError(ClerkbenchError):
    """Rolling back would discard rows, and nobody said that it may."""


class SeedError(ClerkbenchError):
    """A sample school cannot be loaded: the database is not empty or not migrated, or the seed is wrong."""


class RowsRejectedError(ClerkbenchError):
    """Rows break constraints of their table, or hold values of the wrong type.

    Attributes:
        violations: All of them, as ``bench.validate`` gives them; none where these are no rows at all.
    """

    def __init__(self, message: str, violations: Violations | None = None) -> None:
        """Args: the message, and the violations."""
        super().__init__(message)
        self.violations = Violations.of([]) if violations is None else violations


class ReferencedError(ClerkbenchError):
    """Rows cannot be deleted, or their keys changed, because others reference them.

    Attributes:
        rows: What was planned, as ``bench.delete_plan`` gives it; ``action`` is restrict for the rows that stop it.
    """

    def __init__(self, message: str, rows: pd.DataFrame) -> None:
        """Args: the message, and the rows concerned."""
        super().__init__(message)
        self.rows = rows


class MovedOnError(ClerkbenchError):
    """A what-if copy cannot be brought back: the original has meanwhile changed in the rows concerned.

    Attributes:
        rows: The rows that both changed: ``table``, ``id``, ``label``, ``what`` (was done to them here and there).
        violations: The constraints that what the copy changed would break by now; none where rows are in the way.
    """

    def __init__(self, message: str, rows: pd.DataFrame, violations: Violations | None = None) -> None:
        """Args: the message, the rows, and the violations."""
        super().__init__(message)
        self.rows = rows
        self.violations = Violations.of([]) if violations is None else violations


class QueryError(ClerkbenchError):
    """DuckDB refused a query. The message is DuckDB's own, but for foreign keys. Earlier statements of it stay done."""
