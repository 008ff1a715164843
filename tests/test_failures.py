"""Whatever fails in the middle of a change, and wherever, leaves everything as it was."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

import clerkbench
from clerkbench.errors import ClerkbenchError, UnfinishedError
from clerkbench.transactions import interruptible
from conftest import everything, made

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


class Failing:
    """A connection on which the statement of a certain number fails, and perhaps all that follow.

    Args:
        con: The connection itself.
        number: Which statement, counted from 0.
        error: What it raises.
        late: Whether it is carried out all the same, as when Ctrl-C arrives just after it.
        forever: Whether the statements after it fail as well.
    """

    def __init__(self, con: Any, number: int, error: BaseException, *, late: bool, forever: bool = False) -> None:
        self.con, self.number, self.error, self.late, self.forever = con, number, error, late, forever
        self.failed = False
        self._counted = itertools.count()

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self.con, name)
        return self._counting(attribute) if name in ("execute", "begin", "commit") else attribute

    def _counting(self, act: Callable[..., Any]) -> Callable[..., Any]:
        def acted(*args: Any, **kwargs: Any) -> Any:
            number = next(self._counted)
            fails = number == self.number or (self.forever and number > self.number)
            if fails and not self.late:
                self.failed = True
                raise self.error
            result = act(*args, **kwargs)
            if fails:
                self.failed = True
                raise self.error
            return result

        return acted


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


def filled(bench: clerkbench.Workbench) -> clerkbench.Workbench:
    for table, rows in ROWS.items():
        bench.insert(table, rows)
    return bench


@pytest.fixture
def school(tmp_path) -> Iterator[clerkbench.Workbench]:
    (tmp_path / "one").mkdir()
    with filled(made(tmp_path / "one", SCHEMA)) as bench:
        yield bench


@pytest.fixture
def after(tmp_path, school, change) -> dict[str, list[tuple[Any, ...]]]:
    """What is stored after the change, where nothing fails."""
    (tmp_path / "other").mkdir()
    with filled(made(tmp_path / "other", SCHEMA)) as bench:
        CHANGES[change](bench)
        return everything(bench) | {"clerkbench_migrations": everything(school)["clerkbench_migrations"]}


@pytest.mark.long
@pytest.mark.parametrize("late", [False, True], ids=["instead of a statement", "after a statement"])
@pytest.mark.parametrize("error", [NO_SPACE, KeyboardInterrupt()], ids=["an error", "Ctrl-C"])
@pytest.mark.parametrize("change", CHANGES)
def test_a_failure_at_any_statement_leaves_everything_as_it_was(school, after, change, error, late):
    """Until the change is decided. What fails later, such as telling what was done, finds it done."""
    before = everything(school)
    con = school._session._con
    for number in itertools.count():
        failing = Failing(con, number, error, late=late)
        school._session._con = failing
        try:
            CHANGES[change](school)
        except ClerkbenchError as raised:
            assert error is NO_SPACE
            assert "no space left" in str(raised)
        except KeyboardInterrupt:
            assert error is not NO_SPACE
        else:
            assert not failing.failed
        finally:
            school._session._con = con
        if everything(school) != before:
            break
    assert everything(school) == after
    assert number > 15


class Impatient(Failing):
    """A connection that fails at a statement, and is interrupted while it rolls back."""

    def rollback(self) -> None:
        if self.failed and self.error is NO_SPACE:
            self.error = KeyboardInterrupt()
            raise RuntimeError("Query interrupted")  # which is what becomes of Ctrl-C inside DuckDB
        self.con.rollback()


@pytest.mark.parametrize("change", CHANGES)
def test_ctrl_c_while_a_failure_is_taken_back_does_not_stop_that(school, change):
    before = everything(school)
    con = school._session._con
    interrupted = 0
    for number in itertools.count():
        school._session._con = Impatient(con, number, NO_SPACE, late=False)
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
        finally:
            school._session._con = con
        assert len(school.tables()) > 3  # any call puts back what was set aside
        assert everything(school) == before
    assert interrupted > 5


@pytest.mark.parametrize("change", ["a delete", "a move", "a delete along a line"])
def test_what_cannot_be_put_back_at_once_is_put_back_by_the_next_call(school, after, change):
    before = everything(school)
    con = school._session._con
    unfinished = 0
    for number in itertools.count():
        school._session._con = Failing(con, number, NO_SPACE, late=False, forever=True)
        try:
            CHANGES[change](school)
        except UnfinishedError as error:
            unfinished += 1
            assert "its rows could not be put back yet. They are safe in the database: the next call" in str(error)
            with pytest.raises(UnfinishedError, match="no space left"):
                school.tables()
        except ClerkbenchError as error:
            assert "no space left" in str(error)
        finally:
            school._session._con = con
        with school.transaction():  # the next call
            pass
        if everything(school) != before:
            break
    assert everything(school) == after
    assert unfinished > 5


def test_rows_are_not_put_back_in_the_middle_of_a_transaction_begun_by_hand(school):
    before = everything(school)
    con = school._session._con
    school._session._con = Failing(con, 30, NO_SPACE, late=False, forever=True)
    with pytest.raises(UnfinishedError):
        school.delete("clerkships", 1)
    school._session._con = con
    con.begin()
    con.execute("INSERT INTO systems VALUES (3, 'Valley')")
    with pytest.raises(UnfinishedError, match="A transaction is open on this connection"):
        school.tables()
    con.commit()
    school.tables()
    assert everything(school) == before | {"systems": [*before["systems"], (3, "Valley")]}


@pytest.fixture(params=[("clerkships", 1, 30)], ids=["a delete"])
def left_halfway(tmp_path, request) -> tuple[Path, dict[str, list[tuple[Any, ...]]]]:
    """A file whose process ended in the middle of a delete, and what it held before."""
    made(tmp_path, SCHEMA).close()
    with filled(clerkbench.open(tmp_path / "school.duckdb", sql_folder=tmp_path)) as bench:
        before = everything(bench)
        table, row, number = request.param
        bench._session._con = Failing(bench.con, number, NO_SPACE, late=False, forever=True)
        with pytest.raises(UnfinishedError):
            bench.delete(table, row)
    return tmp_path / "school.duckdb", before


def test_a_file_left_in_the_middle_of_a_change_is_put_right_when_it_is_opened(left_halfway):
    file, before = left_halfway
    with duckdb.connect(file) as alone:  # as another program sees it
        aside = alone.execute("SELECT table_name FROM duckdb_tables() WHERE table_name LIKE '%set_aside%'").fetchall()
        assert aside
    with clerkbench.open(file, migrate=False) as bench:
        assert everything(bench) == before


TAKEN = [
    # the key of a row that was set aside, in a table whose rows reference each other and in one whose do not
    (("clerkships", 1, 30), "INSERT INTO teams VALUES (1, 2)", "DELETE FROM teams WHERE id = 1"),
    (("notes", 1, 22), "INSERT INTO notes VALUES (3, NULL, NULL)", "DELETE FROM notes WHERE id = 3"),
]


@pytest.mark.parametrize(("left_halfway", "take", "give"), TAKEN, indirect=["left_halfway"], ids=["teams", "notes"])
def test_a_place_that_was_taken_meanwhile_is_said_to_be_and_nothing_is_lost(left_halfway, take, give):
    file, before = left_halfway
    with duckdb.connect(file) as alone:
        alone.execute(take)
    for _ in range(2):
        with pytest.raises(
            UnfinishedError,
            match=r"other rows took their place, those they reference went, or .* changed\. They are safe in",
        ):
            clerkbench.open(file, migrate=False)
    with duckdb.connect(file) as alone:
        alone.execute(give)
    with clerkbench.open(file, migrate=False) as bench:
        assert everything(bench) == before


@pytest.mark.parametrize("left_halfway", [("notes", 1, 22)], indirect=True)
def test_a_table_that_was_altered_meanwhile_is_said_to_be_and_nothing_is_lost(left_halfway):
    file, _ = left_halfway
    with duckdb.connect(file) as alone:
        alone.execute("ALTER TABLE notes ADD COLUMN more TEXT")
    with pytest.raises(UnfinishedError, match=r"cannot be put back: .* or their tables changed\. They are safe in"):
        clerkbench.open(file, migrate=False)
    with duckdb.connect(file) as alone:
        assert alone.execute("SELECT count(*) > 0 FROM clerkbench_set_aside_notes").fetchone() == (True,)


def test_ctrl_c_while_duckdb_reads_a_dataframe_is_ctrl_c():
    told = "Traceback (most recent call last):\n\n  File 'x.py', line 1, in <module>\n\nKeyboardInterrupt: "
    with pytest.raises(KeyboardInterrupt), interruptible():
        raise duckdb.InvalidInputException(told)
    with pytest.raises(duckdb.InvalidInputException, match="a KeyboardInterrupt: of another kind"), interruptible():
        raise duckdb.InvalidInputException("a KeyboardInterrupt: of another kind")
