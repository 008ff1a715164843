"""Several threads may use one bench: they take turns, and none leaves an orphan or reports what did not happen."""

import random
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from clerkbench.errors import RowsRejectedError, UnknownRowError
from databases import made

pytestmark = pytest.mark.long

SCHEMA = """
    CREATE TABLE parents (id INTEGER PRIMARY KEY, name TEXT);
    CREATE TABLE children (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parents (id) /* ON DELETE CASCADE */);
    CREATE TABLE toys (id INTEGER PRIMARY KEY, child INTEGER REFERENCES children (id) /* ON DELETE CASCADE */);
"""
PARENTS = 150


def all_at_once(*acts: Callable[[], None]) -> None:
    """Run each in a thread of its own; whatever one of them raises is raised here."""
    failures = []

    def guarded(act: Callable[[], None]) -> None:
        try:
            act()
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=guarded, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


@pytest.fixture
def family(tmp_path):
    with made(tmp_path, SCHEMA) as bench:
        bench.insert("parents", [{"id": number} for number in range(PARENTS)])
        yield bench


def test_children_are_inserted_while_parents_are_deleted(family):
    """For each parent, two threads insert a child and one deletes the parent, at the same time and in any order."""
    stored: set[int] = set()
    refused: set[int] = set()
    gone: dict[int, set[int]] = {}
    together = threading.Barrier(3, timeout=60)

    def parents(seed: int) -> Iterator[int]:
        """Each parent, after all three threads have arrived and a random delay, so that the first thread varies."""
        hesitation = random.Random(seed)
        for number in range(PARENTS):
            together.wait()
            time.sleep(hesitation.choice([0, 0, 0.002, 0.006]))
            yield number

    def insert(kind: int) -> None:
        for number in parents(kind):
            child = 2 * number + kind
            try:
                assert family.insert("children", {"id": child, "parent": number}) == [child]
                stored.add(child)
            except RowsRejectedError as refusal:
                assert f"No row of parents fits parent {number}." in str(refusal)
                refused.add(child)

    def delete() -> None:
        for number in parents(2):
            frame = family.delete("parents", number)
            gone[number] = set(frame["id"][frame["table"] == "children"])

    all_at_once(lambda: insert(0), lambda: insert(1), delete)
    assert family.sql("FROM children").empty
    assert family.sql("FROM parents").empty
    # A child that was stored went with its parent, and one that was refused was never there.
    assert set().union(*gone.values()) == stored
    assert stored | refused == set(range(2 * PARENTS))
    assert stored, "a parent was always gone before its children came"
    assert refused, "a parent was never gone before its children came"


def test_transactions_of_threads_do_not_mix(family):
    """Each writes in pairs, and nobody ever sees half of one."""
    halves = []

    def write(kind: int) -> None:
        for number in range(150):
            with family.transaction():
                child = 2 * number + kind
                family.insert("children", {"id": child, "parent": number})
                family.insert("toys", {"id": child, "child": child})

    def look() -> None:
        for _ in range(300):
            [counts] = family.sql("SELECT (SELECT count(*) FROM children), (SELECT count(*) FROM toys)").to_numpy()
            if counts[0] != counts[1]:
                halves.append(counts)

    all_at_once(lambda: write(0), lambda: write(1), look)
    assert halves == []
    assert len(family.sql("FROM toys")) == 300


def test_a_reader_never_sees_the_middle_of_a_change(family):
    """Readers of the bench also see the rows that are set aside while their parent changes."""
    family.con.execute("INSERT INTO children SELECT n, n % 2 FROM range(50) AS t (n)")
    family.con.execute("INSERT INTO toys SELECT n, n FROM range(50) AS t (n)")
    seen = set()
    done = threading.Event()

    def change() -> None:
        for number in range(60):
            family.update("children", 2, parent=number)
            family.delete("parents", PARENTS - 1 - number)
        done.set()

    def look() -> None:
        while not done.is_set():
            seen.add(len(family.sql("FROM toys")))

    all_at_once(change, look)
    assert seen == {50}


def test_a_row_is_deleted_by_one_of_several_threads(family):
    winners: list[int] = []

    def delete() -> None:
        for number in range(100):
            try:
                family.delete("parents", number)
                winners.append(number)
            except UnknownRowError as refusal:
                assert f"parents has no row {number}" in str(refusal)

    all_at_once(delete, delete, delete)
    assert sorted(winners) == list(range(100))
