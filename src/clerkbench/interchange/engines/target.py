"""An open database of another engine, in one transaction: asked, filled and read through ADBC and Arrow."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from clerkbench.database.constraints import Constraint
from clerkbench.database.statement_log import logged
from clerkbench.errors import MissingLibraryError, TargetError
from clerkbench.files.sql_text import quoted
from clerkbench.interchange.engines.addresses import Address
from clerkbench.interchange.engines.dialects import Dialect
from clerkbench.interchange.engines.interrupts import in_another_thread

if TYPE_CHECKING:
    import pyarrow as pa
    from adbc_driver_manager.dbapi import Connection, Cursor, Error


@dataclass(frozen=True)
class Grant:
    """What somebody may do.

    Attributes:
        relation: With which table or view.
        column: With which column of it; empty for all.
        grant: The statement that permits it.
        revoke: The one that ends it; empty for what no other right stands beside, such as who the owner is.
    """

    relation: str
    column: str
    grant: str
    revoke: str = ""


class Target(ABC):
    """One place that holds a school, or is to hold one. Names in it are compared without upper and lower case.

    Attributes:
        address: Where it is.
        dialect: How the engine reads SQL.
    """

    dialect: ClassVar[Dialect]
    #: How the words of settings begin that no migration makes.
    never_migrated: ClassVar[tuple[str, ...]] = ()

    def __init__(self, address: Address, con: "Connection") -> None:
        self.address = address
        self._con = con

    @abstractmethod
    def objects(self) -> dict[str, tuple[str, str]]:
        """What there is in the place by name in lower case: the name as it is spelled, and ``table``, ``view`` or what
        else it is.
        """

    @abstractmethod
    def columns(self, table: str) -> dict[str, str]:
        """The columns of a table by name in lower case: as they are spelled."""

    @abstractmethod
    def dependent_objects(self) -> list[tuple[str, str, str]]:
        """What hangs on tables and goes with them: its kind, such as ``index``; its name; the table."""

    def schemas(self) -> list[str]:
        """The schemas of a server that hold a school, by name."""
        return []

    def grants(self) -> list[Grant]:
        """What others may do with tables and views; nothing where an engine knows no rights."""
        return []

    def settings(self) -> set[str]:
        """What is set for tables, columns and constraints, each in words; nothing where an engine has no settings."""
        return set()

    def later_settings(self) -> set[str]:
        """The same of what is made once the rows are there."""
        return set()

    @staticmethod
    def words(constraints: Iterable[Constraint]) -> list[str]:
        """The statements that write down what constraints mean, where an engine has a place for it."""
        del constraints
        return []

    @abstractmethod
    def drop(self, kind: str, names: list[str]) -> None:
        """Drop things of one kind, which may reference each other: all of them, or none."""

    @staticmethod
    @abstractmethod
    def to_engine(column: str, kind: str) -> str:
        """A column of a DuckDB type in DuckDB's SQL, as the engine takes its values."""

    @staticmethod
    def out_of_range(name: str, kind: str) -> str:
        """The condition for values of a column that the engine does not have, in DuckDB's SQL; empty for none."""
        return ""

    @staticmethod
    def from_engine(name: str, kind: str, arrow: str) -> str:
        """A column as it comes from the engine, so that it can be cast to the DuckDB type it is to have.

        Args:
            name: The column, quoted.
            kind: That type.
            arrow: The Arrow type in which it comes.
        """
        return name

    @staticmethod
    def altered(name: str, kind: str, arrow: str) -> str:
        """The condition for values that the cast would change, in DuckDB's SQL; empty for none."""
        return ""

    @staticmethod
    @abstractmethod
    def literal(column: str, kind: str) -> str:
        """The same as a text that the engine reads as a value; in DuckDB's SQL."""

    def orphans(self) -> list[str]:
        """The rows that reference one that is gone, in words; none where an engine refuses such rows at once."""
        return []

    @abstractmethod
    def _reason(self, error: "Error") -> str:
        """What the engine says, in words, and what to do."""

    def run(self, statement: str) -> None:
        """Run a statement that returns nothing."""
        with self._cursor() as cursor, logged(statement):
            in_another_thread(lambda: cursor.execute(statement), cursor.adbc_cancel)

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows that a query returns, with values for its ``$1`` and so on."""
        with self._cursor() as cursor, logged(query):
            return in_another_thread(lambda: cursor.execute(query, values or None).fetchall(), cursor.adbc_cancel)

    def count(self, table: str) -> int:
        """How many rows a table holds."""
        return int(self.rows(f"SELECT count(*) FROM {quoted(table)}")[0][0])

    def insert_batches(self, table: str, schema: "pa.Schema", batches: Iterable["pa.RecordBatch"]) -> None:
        """Add rows to a table, whose columns are named as it spells them."""
        import pyarrow as pa

        failed: list[BaseException] = []
        ended = threading.Event()

        def watched() -> Iterator[pa.RecordBatch]:
            try:
                for batch in batches:
                    if ended.is_set():
                        raise KeyboardInterrupt
                    yield batch
            except BaseException as error:  # the driver would tell of it in its own words
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
        """The rows of a table, as long as the block lasts."""
        with self._cursor() as cursor:
            self._before_reading(cursor, table)
            query = f"SELECT {', '.join(map(quoted, columns))} FROM {quoted(table)}"
            with logged(query):
                in_another_thread(lambda: cursor.execute(query), cursor.adbc_cancel)
            yield cursor.fetch_record_batch()

    def finish(self) -> None:
        """Commit.

        Raises:
            TargetError: It was refused, or nobody knows.
        """
        from adbc_driver_manager.dbapi import Error

        try:
            self._con.commit()
        except Error as error:
            end = "Nothing was changed there."
            if self._is_in_doubt(error):
                end = "Whether that was before the end or after it, nobody said: either all of it arrived, or nothing."
            raise TargetError(f"{self.address}: {self._reason(error)}\n{end}") from None

    def give_up(self) -> None:
        """Take back whatever was done."""
        from adbc_driver_manager.dbapi import Error

        with suppress(Error):  # where the connection is lost, the server does it by itself
            self._con.rollback()

    def close(self) -> None:
        """End the connection."""
        from adbc_driver_manager.dbapi import Error

        with suppress(Error):
            self._con.close()

    def _is_in_doubt(self, error: "Error") -> bool:
        """Whether a commit that ended like this may have happened all the same."""
        return False

    def _place(self) -> Mapping[str, Any]:
        """What to tell the driver of where tables are."""
        return {}

    def _before_reading(self, cursor: "Cursor", table: str) -> None:  # noqa: B027
        """Prepare to read all rows of a table; most engines need nothing."""

    @contextmanager
    def _cursor(self) -> Iterator["Cursor"]:
        from adbc_driver_manager.dbapi import Error
        from pyarrow import ArrowException

        try:
            with self._con.cursor() as cursor:
                yield cursor
        except (Error, ArrowException) as error:
            said = self._reason(error) if isinstance(error, Error) else self.address.mask_secrets(str(error))
            raise TargetError(f"{self.address}: {said}\nNothing was changed there.") from None


@contextmanager
def transaction(target: Target) -> Iterator[Target]:
    """Everything done there happens whole or not at all, also after an exception or Ctrl-C."""
    try:
        yield target
        target.finish()
    except BaseException:
        target.give_up()
        raise
    finally:
        target.close()


@contextmanager
def require_drivers() -> Iterator[None]:
    """Says which libraries to install where a driver is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise MissingLibraryError(
            f"Shipping needs {error.name}, which is not installed: pip install 'clerkbench[ship]'. Nothing was changed."
        ) from None
