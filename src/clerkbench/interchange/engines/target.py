"""An open database of another engine, in one transaction, through ADBC and Arrow."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from clerkbench.database.constraints import Constraint
from clerkbench.database.statement_log import logged
from clerkbench.errors import MissingLibraryError, TargetError
from clerkbench.files.sql_text import quoted
from clerkbench.interchange.engines.addresses import Address
from clerkbench.interchange.engines.attached_objects import ApplicationKey, AttachedObject
from clerkbench.interchange.engines.dialects import Dialect
from clerkbench.interchange.engines.interrupts import in_another_thread

if TYPE_CHECKING:
    import pyarrow as pa
    from adbc_driver_manager.dbapi import Connection, Cursor, Error


@dataclass(frozen=True)
class Grant:
    """A right of somebody.

    Attributes:
        column: The column; empty for all.
        revoke: The statement that revokes it; empty for the owner, which has no such statement.
    """

    relation: str
    column: str
    grant: str
    revoke: str = ""


class Target(ABC):
    """The database or the schema of a server that holds a school or will hold one. Names are compared in lower case."""

    dialect: ClassVar[Dialect]
    #: How settings begin that no migration makes.
    never_migrated: ClassVar[tuple[str, ...]] = ()

    def __init__(self, address: Address, con: "Connection") -> None:
        self.address = address
        #: The statements that :meth:`run` has run since this was set; None to record nothing.
        self.recorded: list[str] | None = None
        #: Whether the transaction is rolled back at its end.
        self.is_trial = False
        self._con = con

    @abstractmethod
    def objects(self) -> dict[str, tuple[str, str]]:
        """The objects by name in lower case: the spelled name, and ``table``, ``view`` or another kind."""

    @abstractmethod
    def columns(self, table: str) -> dict[str, str]:
        """The columns of a table by name in lower case: the spelled names."""

    @abstractmethod
    def dependent_objects(self) -> list[tuple[str, str, str]]:
        """Objects that are dropped with tables: kind, such as ``index``; name; table."""

    @abstractmethod
    def attached_objects(self, tables: Collection[str]) -> list[AttachedObject]:
        """What is attached to tables and views, in lower case: indexes, triggers, and on a server foreign keys of other
        tables, policies and rules. Indexes of the migrations are among them.
        """

    @abstractmethod
    def application_keys(self, tables: Collection[str]) -> list[ApplicationKey]:
        """The foreign keys by which other tables reference these, in lower case."""

    def lock(self, tables: Collection[str]) -> None:  # noqa: B027
        """Keep others from reading and changing tables until the end of the transaction."""

    def schemas(self) -> list[str]:
        """The schemas of a server that hold a school, by name."""
        return []

    def grants(self) -> list[Grant]:
        """The rights of others; none if the engine has no rights."""
        return []

    def settings(self) -> set[str]:
        """The settings of tables, columns and constraints, in words; none if the engine has no settings."""
        return set()

    def identities(self) -> dict[str, int]:
        """What changes when a relation is created again, by its name in lower case; nothing if the engine has none."""
        return {}

    def later_settings(self) -> set[str]:
        """The settings of what is created after the rows."""
        return set()

    @staticmethod
    def words(constraints: Iterable[Constraint]) -> list[str]:
        """The statements that write the rules of constraints, if the engine has a place for them."""
        del constraints
        return []

    @abstractmethod
    def drop(self, kind: str, names: list[str]) -> None:
        """Drop objects of one kind, which may reference each other."""

    @staticmethod
    @abstractmethod
    def to_engine(column: str, kind: str) -> str:
        """A column in SQL of DuckDB, as the engine takes its values."""

    @staticmethod
    def out_of_range(name: str, kind: str) -> str:
        """The SQL condition for values that the engine does not have; empty for none."""
        return ""

    @staticmethod
    def from_engine(name: str, kind: str, arrow: str) -> str:
        """A column of the engine in SQL of DuckDB, before the cast to its type. ``arrow`` is its Arrow type."""
        return name

    @staticmethod
    def altered(name: str, kind: str, arrow: str) -> str:
        """The SQL condition for values that the cast would change; empty for none."""
        return ""

    @staticmethod
    @abstractmethod
    def literal(column: str, kind: str) -> str:
        """A column in SQL of DuckDB, as a literal of the engine."""

    def orphans(self) -> list[str]:
        """The rows without a parent, in words; none if the engine rejects them at once."""
        return []

    def broken_objects(self) -> list[str]:
        """Views and triggers that name what is gone, in words; none if the engine drops nothing that they name."""
        return []

    @abstractmethod
    def _reason(self, error: "Error") -> str:
        """The message of the engine, in words, with a remedy."""

    def run(self, statement: str) -> None:
        """Run a statement without a result."""
        if self.recorded is not None:
            self.recorded.append(statement if statement.endswith(";") else f"{statement};")
        with self._cursor() as cursor, logged(statement):
            in_another_thread(lambda: cursor.execute(statement), cursor.adbc_cancel)

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of a query, with values for ``$1`` and so on."""
        with self._cursor() as cursor, logged(query):
            return in_another_thread(lambda: cursor.execute(query, values or None).fetchall(), cursor.adbc_cancel)

    def count(self, table: str) -> int:
        """The number of rows of a table."""
        return int(self.rows(f"SELECT count(*) FROM {quoted(table)}")[0][0])

    def insert_batches(self, table: str, schema: "pa.Schema", batches: Iterable["pa.RecordBatch"]) -> None:
        """Insert rows into a table."""
        import pyarrow as pa

        failed: list[BaseException] = []
        ended = threading.Event()

        def watched() -> Iterator[pa.RecordBatch]:
            try:
                for batch in batches:
                    if ended.is_set():
                        raise KeyboardInterrupt
                    yield batch
            except BaseException as error:  # the driver would replace it by its own error
                failed.append(error)
                raise

        try:
            with self._cursor() as cursor:
                reader = pa.RecordBatchReader.from_batches(schema, watched())
                place = self._place()

                def cancel() -> None:
                    ended.set()  # for drivers that cannot cancel
                    cursor.adbc_cancel()

                with logged(f"COPY {quoted(table)} FROM the rows of DuckDB"):
                    in_another_thread(lambda: cursor.adbc_ingest(table, reader, mode="append", **place), cancel)
        except TargetError:
            if failed:
                raise failed[0] from None
            raise

    @contextmanager
    def reading(self, table: str, columns: Iterable[str]) -> Iterator["pa.RecordBatchReader"]:
        """The rows of a table, inside the block."""
        with self._cursor() as cursor:
            self._before_reading(cursor, table)
            query = f"SELECT {', '.join(map(quoted, columns))} FROM {quoted(table)}"
            with logged(query):
                in_another_thread(lambda: cursor.execute(query), cursor.adbc_cancel)
            yield cursor.fetch_record_batch()

    def finish(self) -> None:
        """Commit. Raises TargetError if it failed, or the outcome is unknown."""
        from adbc_driver_manager.dbapi import Error

        try:
            self._con.commit()
        except Error as error:
            end = "Nothing was changed there."
            if self._is_in_doubt(error):
                end = "Whether that was before the end or after it, nobody said: either all of it arrived, or nothing."
            raise TargetError(f"{self.address}: {self._reason(error)}\n{end}") from None

    def give_up(self) -> None:
        """Roll back."""
        from adbc_driver_manager.dbapi import Error

        with suppress(Error):  # if the connection is lost, the server rolls back itself
            self._con.rollback()

    def close(self) -> None:
        """Close the connection."""
        from adbc_driver_manager.dbapi import Error

        with suppress(Error):
            self._con.close()

    def _is_in_doubt(self, error: "Error") -> bool:
        """Whether a failed commit may have happened."""
        return False

    def _place(self) -> Mapping[str, Any]:
        """The options of the driver for the place of tables."""
        return {}

    def _before_reading(self, cursor: "Cursor", table: str) -> None:  # noqa: B027
        """Prepare to read all rows of a table."""

    @contextmanager
    def _cursor(self) -> Iterator["Cursor"]:
        from adbc_driver_manager.dbapi import Error
        from pyarrow import ArrowException

        try:
            with self._con.cursor() as cursor:
                yield cursor
        except (Error, ArrowException) as error:
            message = self._reason(error) if isinstance(error, Error) else self.address.mask_secrets(str(error))
            raise TargetError(f"{self.address}: {message}\nNothing was changed there.") from None


@contextmanager
def transaction(target: Target) -> Iterator[Target]:
    """Commit everything in the block, or nothing after a trial, an exception or Ctrl-C."""
    try:
        yield target
        if target.is_trial:
            target.give_up()
        else:
            target.finish()
    except BaseException:
        target.give_up()
        raise
    finally:
        target.close()


@contextmanager
def require_drivers() -> Iterator[None]:
    """Raise MissingLibraryError with the command to install a missing driver."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise MissingLibraryError(
            f"Shipping needs {error.name}, which is not installed: pip install 'clerkbench[ship]'. Nothing was changed."
        ) from None
