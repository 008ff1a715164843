"""The errors that clerkbench raises. Each says what failed, which rows or names it is about, and what to do next."""

from collections.abc import Iterable

import pandas as pd

from clerkbench.reporting.phrases import did_you_mean, nearest
from clerkbench.reporting.violations import Violations


class ClerkbenchError(Exception):
    """The base of all errors that clerkbench raises. Nothing was changed, unless the message says otherwise."""


class UnknownNameError(ClerkbenchError):
    """There is no table, column or school of that name."""

    def __init__(self, lead: str, name: object, known: Iterable[str]) -> None:
        """Args: the begin of the sentence, such as "There is no table"; the name; the known names."""
        known = list(known)
        suggestion = did_you_mean(nearest(str(name), known))
        choices = f" There are: {', '.join(known)}." if known else " There are none."
        super().__init__(f"{lead} {name!r}.{suggestion}{choices} Nothing was changed.")


class UnknownRowError(ClerkbenchError):
    """There is no such row, or several rows have the name."""


class ArgumentError(ClerkbenchError):
    """An argument has a value that is not allowed."""


class MissingLibraryError(ClerkbenchError):
    """An optional library is not installed."""


class DatabaseFileError(ClerkbenchError):
    """A database file cannot be opened: missing folder, not a database, locked, damaged."""


class TargetError(ClerkbenchError):
    """A server or SQLite file cannot be opened, rejects the school, or holds something else."""


class ReadOnlyError(ClerkbenchError):
    """A school that can only be read would be changed."""


class ClosedError(ClerkbenchError):
    """The workbench was closed."""


class SqlFileError(ClerkbenchError):
    """A file under ``sql/`` is missing, misnamed or malformed."""


class SchemaError(ClerkbenchError):
    """The schema of the database does not allow the call, whatever the rows."""


class TransactionError(ClerkbenchError):
    """A transaction cannot begin because one is open, or cannot be committed."""


class UnfinishedError(ClerkbenchError):
    """A change stopped halfway, and its rows cannot be restored yet. They are safe in the database."""


class MigrationError(ClerkbenchError):
    """A migration failed, or the database does not fit the migration files."""


class DataLossError(ClerkbenchError):
    """A rollback would lose rows or values, and ``discard_data`` is false."""


class SeedError(ClerkbenchError):
    """A sample school cannot be loaded: the database is not empty or not migrated, or the seed fails."""


class RowsRejectedError(ClerkbenchError):
    """Rows violate constraints, or hold values of the wrong type.

    Attributes:
        violations: All violations, as ``bench.validate`` returns them; empty if the input is not rows at all.
    """

    def __init__(self, message: str, violations: Violations | None = None) -> None:
        """Args: the message and the violations."""
        super().__init__(message)
        self.violations = Violations.of([]) if violations is None else violations


class ReferencedError(ClerkbenchError):
    """Rows cannot be deleted, or their keys changed, because others reference them.

    Attributes:
        rows: The plan of the delete, as ``bench.delete_plan`` returns it. ``action`` is restrict for the rows that stop
            it.
    """

    def __init__(self, message: str, rows: pd.DataFrame) -> None:
        """Args: the message and the rows."""
        super().__init__(message)
        self.rows = rows


class MovedOnError(ClerkbenchError):
    """A fork cannot be adopted because the original changed the same rows.

    Attributes:
        rows: The rows that both changed: ``table``, ``id``, ``label``, ``what`` (happened to them here and there).
        violations: The constraints that the changes of the fork would violate here; empty if rows are in conflict.
    """

    def __init__(self, message: str, rows: pd.DataFrame, violations: Violations | None = None) -> None:
        """Args: the message, the rows and the violations."""
        super().__init__(message)
        self.rows = rows
        self.violations = Violations.of([]) if violations is None else violations


class QueryError(ClerkbenchError):
    """DuckDB rejected a query, with its own message. Earlier statements of the query stay done."""
