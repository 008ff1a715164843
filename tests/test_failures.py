"""A failure at any point of a change leaves the database unchanged."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

import clerkbench
from clerkbench.database.session import Session
from clerkbench.database.transactions import keyboard_interrupts
from clerkbench.errors import ClerkbenchError, UnfinishedError
from clerkbench.files.sql_files import SqlFiles
from databases import everything
from migration_files import add_migration

#: Small, but with every kind of foreign key, a table without a key, an index and comments.
SCHEMA = """
    CREATE TABLE systems (id INTEGER PRIMARY KEY, name TEXT UNIQUE);
    CREATE TABLE people (id INTEGER PRIMARY KEY, system INTEGER NOT NULL REFERENCES systems (id));
    CREATE TABLE clerkships (id INTEGER PRIMARY KEY, name TEXT);
    CREATE TABLE teams (id INTEGER PRIMARY KEY, clerkship INTEGER REFERENCES clerkships (id) /* ON DELETE CASCADE */);
    CREATE TABLE members (
        team INTEGER REFERENCES teams (id) /* ON DELETE CASCADE */,
        person INTEGER REFERENCES people (id) /* ON DELETE CASCADE */,
        rank INTEGER,
        PRIMARY KEY (team, person)
    );
    CREATE UNIQUE INDEX one_rank ON members (team, coalesce(rank, 0));
    COMMENT ON TABLE members IS 'Who is in a team.';
    CREATE TABLE notes (
        id INTEGER PRIMARY KEY,
        clerkship INTEGER REFERENCES clerkships (id) /* ON DELETE SET NULL */,
        follows INTEGER REFERENCES notes (id) /* ON DELETE CASCADE */
    );
    CREATE TABLE stars (note INTEGER NOT NULL REFERENCES notes (id) /* ON DELETE CASCADE */);
"""
ROWS = {
    "systems": [{"id": 1, "name": "Metro"}, {"id": 2, "name": "Riverside"}],
    "people": [{"id": 1, "system": 1}, {"id": 2, "system": 2}],
    "clerkships": [{"id": 1, "name": "Surgery"}, {"id": 2, "name": "Pediatrics"}],
    "teams": [{"id": 1, "clerkship": 1}, {"id": 2, "clerkship": 2}],
    "members": [{"team": team, "person": person, "rank": person} for team in (1, 2) for person in (1, 2)],
    "notes": [{"id": 1, "clerkship": 1}, {"id": 2, "follows": 1}, {"id": 3, "follows": 2}],
    "stars": [{"note": note} for note in (1, 2, 2, 3)],
}

NO_SPACE = duckdb.IOException("no space left")


@dataclass
class Fault:
    """What goes wrong with a connection.

    Attributes:
        number: At which statement, counted from 0.
        error: What it raises.
        late: Whether the statement is carried out all the same, as when Ctrl-C arrives just after it.
        forever: Whether the statements after it fail as well.
        impatient: Whether Ctrl-C arrives while the transaction is rolled back.
    """

    number: int
    error: BaseException
    late: bool = False
    forever: bool = False
    impatient: bool = False
    counted: int = 0
    happened: bool = False


class Faulty:
    """A connection on which statements fail as long as there is a fault."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con
        self.fault: Fault | None = None

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self.con, name)
        return self.failing(attribute) if name in ("execute", "begin", "commit") and self.fault else attribute

    def failing(self, act: Callable[..., Any]) -> Callable[..., Any]:
        def acted(*args: Any, **kwargs: Any) -> Any:
            fault = self.fault
            number, fault.counted = fault.counted, fault.counted + 1
            fails = number == fault.number or (fault.forever and number > fault.number)
            fault.happened = fault.happened or fails
            if fails and not fault.late:
                raise fault.error
            result = act(*args, **kwargs)
            if fails:
                raise fault.error
            return result

        return acted

    def rollback(self) -> None:
        if self.fault and self.fault.impatient and self.fault.happened:
            self.fault.impatient = False
            raise RuntimeError("Query interrupted")  # DuckDB raises this for Ctrl-C
        self.con.rollback()

    @contextmanager
    def having(self, fault: Fault) -> Iterator[Fault]:
        self.fault = fault
        try:
            yield fault
        finally:
            self.fault = None


def opened(con: Faulty, folder: Path, file: Path | None = None) -> clerkbench.Workbench:
    """A workbench on this connection, with rows in it."""
    bench = clerkbench.Workbench(Session(con, file), SqlFiles(folder), file)
    bench.migrate()
    for table, rows in ROWS.items():
        bench.insert(table, rows)
    return bench


def together(change: Callable[[clerkbench.Workbench], object]) -> Callable[[clerkbench.Workbench], None]:
    def on(bench: clerkbench.Workbench) -> None:
        with bench.transaction():
            change(bench)

    return on


def delete(bench: clerkbench.Workbench) -> None:
    bench.delete("clerkships", 1)


def move(bench: clerkbench.Workbench) -> None:
    bench.update("people", 1, system=2)


def delete_line(bench: clerkbench.Workbench) -> None:
    bench.delete("notes", 1)


CHANGES = {
    "a delete": delete,
    "a move": move,
    "a delete along a line": delete_line,
    "a delete in a transaction": together(delete),
    "a move in a transaction": together(move),
    "a delete along a line in a transaction": together(delete_line),
}


def some(*first: str) -> list[object]:
    """These changes in every run, the others in those that take long."""
    return [pytest.param(each, marks=() if each in first else pytest.mark.long) for each in CHANGES]


@pytest.fixture
def con() -> Iterator[Faulty]:
    with duckdb.connect() as con:
        yield Faulty(con)


@pytest.fixture
def folder(tmp_path) -> Path:
    """SQL files with that schema alone."""
    add_migration(tmp_path, SCHEMA)
    return tmp_path


@pytest.fixture
def school(con, folder) -> clerkbench.Workbench:
    return opened(con, folder)


@pytest.fixture
def after(folder, school, change) -> dict[str, list[tuple[Any, ...]]]:
    """What is stored after the change, where nothing fails."""
    with opened(Faulty(duckdb.connect()), folder) as bench:
        CHANGES[change](bench)
        return everything(bench) | {"clerkbench_migrations": everything(school)["clerkbench_migrations"]}


@pytest.mark.long
@pytest.mark.parametrize("late", [False, True], ids=["instead of a statement", "after a statement"])
@pytest.mark.parametrize("error", [NO_SPACE, KeyboardInterrupt()], ids=["an error", "Ctrl-C"])
@pytest.mark.parametrize("change", CHANGES)
def test_a_failure_at_any_statement_leaves_everything_as_it_was(con, school, after, change, error, late):
    """This holds until the commit. A later failure, for example in the report, does not undo the change."""
    before = everything(school)
    for number in itertools.count():
        with con.having(Fault(number, error, late=late)) as fault:
            try:
                CHANGES[change](school)
            except ClerkbenchError as raised:
                assert error is NO_SPACE
                assert "no space left" in str(raised)
            except KeyboardInterrupt:
                assert error is not NO_SPACE
            else:
                assert not fault.happened
        if everything(school) != before:
            break
    assert everything(school) == after
    assert number > 15


@pytest.mark.long
@pytest.mark.parametrize("change", some("a delete"))
def test_ctrl_c_during_a_rollback_does_not_stop_the_rollback(con, school, change):
    before = everything(school)
    interrupted = 0
    for number in itertools.count():
        with con.having(Fault(number, NO_SPACE, impatient=True)):
            try:
                CHANGES[change](school)
            except KeyboardInterrupt:
                interrupted += 1
            except ClerkbenchError as raised:  # before the change began, or when it was done
                assert "no space left" in str(raised)
                if interrupted:
                    break
            else:
                break
        assert len(school.migrations()) == 1  # any call puts back what was set aside
        assert everything(school) == before
    assert interrupted > 5


@pytest.mark.long
@pytest.mark.parametrize("change", some("a delete")[:3])
def test_what_cannot_be_put_back_at_once_is_put_back_by_the_next_call(con, school, after, change):
    before = everything(school)
    unfinished = 0
    for number in itertools.count():
        with con.having(Fault(number, NO_SPACE, forever=True)):
            try:
                CHANGES[change](school)
            except UnfinishedError as error:
                unfinished += 1
                assert "its rows could not be restored yet. They are safe in the database: the next call" in str(error)
                with pytest.raises(UnfinishedError, match="no space left"):
                    school.tables()
            except ClerkbenchError as error:
                assert "no space left" in str(error)
        with school.transaction():  # the next call
            pass
        if everything(school) != before:
            break
    assert everything(school) == after
    assert unfinished > 5


def test_rows_are_not_put_back_in_the_middle_of_a_transaction_begun_by_hand(con, school):
    before = everything(school)
    with con.having(Fault(30, NO_SPACE, forever=True)), pytest.raises(UnfinishedError):
        school.delete("clerkships", 1)
    con.begin()
    con.execute("INSERT INTO systems VALUES (3, 'Valley')")
    with pytest.raises(UnfinishedError, match="A transaction is open on this connection"):
        school.tables()
    con.commit()
    school.tables()
    assert everything(school) == before | {"systems": [*before["systems"], (3, "Valley")]}


@pytest.fixture(scope="module")
def halfway_files() -> dict[tuple[str, int], tuple[bytes, Any]]:
    """The files that were left halfway before, by the row that was set aside, and what they held before."""
    return {}


@pytest.fixture(params=[("teams", 1)], ids=["a team is set aside"])
def left_halfway(folder, request, halfway_files) -> tuple[Path, dict[str, list[tuple[Any, ...]]]]:
    """A file whose process ended in the middle of a delete, when this row was set aside, and what it held before."""
    if request.param not in halfway_files:
        halfway_files[request.param] = ended_halfway(folder, *request.param)
    content, before = halfway_files[request.param]
    file = folder / "school.duckdb"
    file.write_bytes(content)
    return file, before


def ended_halfway(folder: Path, table: str, row: int) -> tuple[bytes, dict[str, list[tuple[Any, ...]]]]:
    for number in itertools.count(step=4):
        file = folder / f"school{number}.duckdb"
        con = Faulty(duckdb.connect(file))
        with opened(con, folder, file) as bench:
            before = everything(bench)
            with con.having(Fault(number, NO_SPACE, forever=True)), pytest.raises(ClerkbenchError):
                bench.delete("clerkships", 1)
        with duckdb.connect(file) as alone:
            is_set_aside = not alone.execute(f"FROM {table} WHERE id = {row}").fetchall()
        if is_set_aside:
            return file.read_bytes(), before
    raise AssertionError("unreachable")


def test_opening_a_file_restores_the_rows_of_an_unfinished_change(left_halfway):
    file, before = left_halfway
    with duckdb.connect(file) as alone:  # as another program sees it
        aside = alone.execute("SELECT table_name FROM duckdb_tables() WHERE table_name LIKE '%set_aside%'").fetchall()
        assert aside
    with clerkbench.open(file, migrate=False) as bench:
        assert everything(bench) == before


TAKEN = [
    # the key of a row that was set aside, in a table whose rows reference each other and in one whose do not
    (("teams", 1), "INSERT INTO teams VALUES (1, 2)", "DELETE FROM teams WHERE id = 1"),
    (("notes", 3), "INSERT INTO notes VALUES (3, NULL, NULL)", "DELETE FROM notes WHERE id = 3"),
]


@pytest.mark.long
@pytest.mark.parametrize(("left_halfway", "take", "give"), TAKEN, indirect=["left_halfway"], ids=["teams", "notes"])
def test_a_row_that_took_the_key_of_a_set_aside_row_is_reported_and_nothing_is_lost(left_halfway, take, give):
    file, before = left_halfway
    with duckdb.connect(file) as alone:
        alone.execute(take)
    for _ in range(2):
        with pytest.raises(
            UnfinishedError,
            match=r"other rows took their place, their parents were deleted, or .* changed\. They are safe in",
        ):
            clerkbench.open(file, migrate=False)
    with duckdb.connect(file) as alone:
        alone.execute(give)
    with clerkbench.open(file, migrate=False) as bench:
        assert everything(bench) == before


@pytest.mark.parametrize("left_halfway", [("notes", 3)], indirect=True)
def test_a_table_that_was_altered_meanwhile_is_reported_and_nothing_is_lost(left_halfway):
    file, _ = left_halfway
    with duckdb.connect(file) as alone:
        alone.execute("ALTER TABLE notes ADD COLUMN more TEXT")
    with pytest.raises(UnfinishedError, match=r"cannot be restored: .* or their tables changed\. They are safe in"):
        clerkbench.open(file, migrate=False)
    with duckdb.connect(file) as alone:
        assert alone.execute("SELECT count(*) > 0 FROM clerkbench_set_aside_notes").fetchone() == (True,)


def test_ctrl_c_while_duckdb_reads_a_dataframe_is_ctrl_c():
    reported = "Traceback (most recent call last):\n\n  File 'x.py', line 1, in <module>\n\nKeyboardInterrupt: "
    with pytest.raises(KeyboardInterrupt), keyboard_interrupts():
        raise duckdb.InvalidInputException(reported)
    with (
        pytest.raises(duckdb.InvalidInputException, match="a KeyboardInterrupt: of another kind"),
        keyboard_interrupts(),
    ):
        raise duckdb.InvalidInputException("a KeyboardInterrupt: of another kind")
