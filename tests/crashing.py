"""Kills processes in the middle of changes. test_crash.py runs it as a separate process, which forks the children.

This process opens no database. Only the child that is killed and the child that inspects the file open one.

Usage: crashing.py FOLDER ROUNDS PRECEPTORS
Each change is killed in that many rounds, at evenly spaced statements from the first to the last: right after one, or
at a random moment during the next one. So on any machine, some processes are killed while rows are set aside.
Prints one line of JSON for each round: the change that was killed, and the state that was found afterwards.
"""

import json
import logging
import os
import random
import shutil
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import duckdb

import clerkbench
from forked import in_child

PREPARED, FILE = "prepared.duckdb", "school.duckdb"


def fill(bench: clerkbench.Workbench, preceptors: int) -> None:
    """Two clerkships with many teams, and everything that depends on them."""
    bench.con.execute(
        f"""
        INSERT INTO health_systems (id, name) SELECT {uid(1)}, 'System ' || n FROM range(2) AS t (n);
        INSERT INTO clerkships (id, name, specialty, required_days)
        SELECT {uid(2)}, 'Clerkship ' || n, 'Surgery', 30 FROM range(2) AS t (n);
        INSERT INTO clerkship_configurations (id, clerkship_id) SELECT {uid(3)}, {uid(2)} FROM range(2) AS t (n);
        INSERT INTO clerkship_electives (id, configuration_id, name)
        SELECT {uid(4)}, {uid(3, "n % 2")}, 'Elective ' || n FROM range(6) AS t (n);
        INSERT INTO preceptors (id, name, email, specialty, health_system_id)
        SELECT {uid(5)}, 'Dr. ' || n, n || '@x.example', 'Surgery', {uid(1, "0")} FROM range({preceptors}) AS t (n);
        INSERT INTO preceptor_teams (id, clerkship_id, name)
        SELECT {uid(6)}, {uid(2, "n % 2")}, 'Team ' || n FROM range({preceptors} // 2) AS t (n);
        INSERT INTO preceptor_team_members (id, team_id, preceptor_id, priority)
        SELECT {uid(7)}, {uid(6, "n // 2")}, {uid(5)}, 1 FROM range({preceptors}) AS t (n);
        INSERT INTO preceptor_capacity_rules (id, preceptor_id)
        SELECT {uid(8)}, {uid(5)} FROM range({preceptors}) AS t (n);
        """
    )


def uid(kind: int, number: str = "n") -> str:
    """An SQL expression for the id of a row of a kind, by its number."""
    return f"printf('%08x-0000-4000-8000-%012x', {kind}, {number})"


def ident(kind: int, number: int = 0) -> str:
    return f"{kind:08x}-0000-4000-8000-{number:012x}"


def delete(bench: clerkbench.Workbench) -> None:
    bench.delete("clerkships", ident(2))


def move(bench: clerkbench.Workbench) -> None:
    bench.update("preceptors", ident(5), health_system_id=ident(1, 1), updated_at="2026-01-01")


def together(bench: clerkbench.Workbench) -> None:
    with bench.transaction():
        delete(bench)
        move(bench)


CHANGES: list[Callable[[clerkbench.Workbench], None]] = [delete, move, together]


def state(bench: clerkbench.Workbench) -> str:
    """A fingerprint of all stored rows, including the copies that clerkbench sets aside."""
    tables = [name for (name,) in bench.con.execute("SELECT table_name FROM duckdb_tables() ORDER BY ALL").fetchall()]
    prints = [bench.con.execute(f"SELECT count(*), sum(hash(t)) FROM {name} AS t").fetchone() for name in tables]
    return str(dict(zip(tables, prints, strict=True)))


def orphans(bench: clerkbench.Workbench) -> int:
    found = 0
    for key in bench.relationships().itertuples():
        pairs = zip(key.child_columns.split(", "), key.parent_columns.split(", "), strict=True)
        same = " AND ".join(f"c.{child} = p.{parent}" for child, parent in pairs)
        filled = " AND ".join(f"c.{child} IS NOT NULL" for child in key.child_columns.split(", "))
        query = f"SELECT count(*) FROM {key.child} c WHERE {filled} AND NOT EXISTS (FROM {key.parent} p WHERE {same})"
        found += bench.con.execute(query).fetchone()[0]
    return found


def fresh(folder: Path) -> Path:
    """The file as it was prepared, without the log that a killed process left."""
    (folder / f"{FILE}.wal").unlink(missing_ok=True)
    shutil.copy(folder / PREPARED, folder / FILE)
    return folder / FILE


class Killer(logging.Handler):
    """Kills this process so many seconds after a statement; until then it notes how long each one took."""

    def __init__(self, after: int | None, seconds: float) -> None:
        super().__init__()
        self.after, self.seconds = after, seconds
        self.took: list[float] = []

    def emit(self, record: logging.LogRecord) -> None:
        milliseconds, *_ = record.args
        self.took.append(milliseconds / 1000)
        if len(self.took) == self.after and not self.seconds:
            os.kill(os.getpid(), signal.SIGKILL)
        elif len(self.took) == self.after:
            threading.Timer(self.seconds, os.kill, (os.getpid(), signal.SIGKILL)).start()


def killed(
    folder: Path, change: Callable[[clerkbench.Workbench], None], after: int | None = None, seconds: float = 0
) -> list[float]:
    """Run the change in a child, and kill the child the given seconds after a statement, or at the end of the change.

    Returns:
        The seconds that each statement took, if the change was completed.
    """
    fresh(folder)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        log = logging.getLogger("clerkbench.sql")
        log.setLevel(logging.DEBUG)
        bench = clerkbench.open(folder / FILE)
        killer = Killer(after, seconds)
        log.addHandler(killer)
        change(bench)
        os.write(writing, json.dumps(killer.took).encode())
        os.kill(os.getpid(), signal.SIGKILL)  # without a checkpoint: what is committed is in the log alone
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return json.loads(said) if said else []


def look(folder: Path) -> dict[str, object]:
    """What another program finds in the file, and what a workbench does."""
    for ending in ("", ".wal"):
        (folder / f"copy.duckdb{ending}").unlink(missing_ok=True)
        if (folder / f"{FILE}{ending}").exists():
            shutil.copy(folder / f"{FILE}{ending}", folder / f"copy.duckdb{ending}")
    with duckdb.connect() as alone:
        alone.execute(f"ATTACH '{folder / 'copy.duckdb'}' AS copy")
        query = "SELECT count(*) FROM duckdb_tables() WHERE table_name LIKE 'clerkbench_set_aside%'"
        [aside] = alone.execute(query).fetchone()
    with clerkbench.open(folder / FILE) as bench:
        return {"aside": aside, "state": state(bench), "orphans": orphans(bench)}


def main(folder: Path, rounds: int, preceptors: int) -> None:
    def prepare() -> None:
        with clerkbench.open(folder / PREPARED) as bench:
            fill(bench, preceptors)

    assert in_child(prepare) is None
    fresh(folder)
    before = in_child(lambda: look(folder))["state"]
    chance = random.Random(preceptors)
    for change in CHANGES:
        took = [*killed(folder, change), 0]
        names = {before: "before", in_child(lambda: look(folder))["state"]: "after"}
        for number in range(rounds):
            after = 1 + round(number / (rounds - 1) * (len(took) - 2))
            killed(folder, change, after, 0 if number % 2 else chance.uniform(0, took[after]))
            found = in_child(lambda: look(folder))
            found["state"] = names.get(found["state"], found["state"])
            print(json.dumps({"change": change.__name__, **found}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
