"""Measures three changes that DuckDB cannot do in one statement, and compares them with two peers.

Run with ``make bench``, or ``python benchmarks/changes.py 1000 10000`` for those numbers of preceptors.

- *delete a clerkship*: one of 40, with its configuration, requirements, electives, teams, fallbacks, capacity rules;
- *move a preceptor* to another health system, while memberships, fallbacks and capacity rules reference the preceptor;
- *delete a leaf*: one capacity rule.

The peers: SQLite, with the same schema and real ON DELETE actions; and DuckDB alone with plain statements, leaf first,
each committed on its own, so not atomic. DuckDB alone rejects the move, so the plain statements delete the referencing
rows, update the preceptor, and insert the rows again. LIMITS holds the maximum values for the delete of a clerkship:
the benchmark compares them at the end, and fails if one is exceeded.
"""

import gc
import os
import platform
import re
import sqlite3
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb

import clerkbench
from clerkbench.files.sql_files import SqlFiles

SIZES = [1_000, 10_000, 100_000, 1_000_000]
CLERKSHIPS = 40
RUNS = 7
# Limits by number of preceptors: a multiple of the time of the leaf-first deletes; milliseconds in a transaction.
LIMITS = {1_000: {"times leaf first": 4.0, "ms in a transaction": 150.0}, 100_000: {"times leaf first": 3.0}}
CHILDREN = [
    "clerkship_configurations",
    "clerkship_requirements",
    "preceptor_teams",
    "preceptor_fallbacks",
    "preceptor_capacity_rules",
]


def ident(kind: int, number: int) -> str:
    return f"{kind:08x}-0000-4000-8000-{number:012x}"


def sql_ident(kind: int, number: str = "n") -> str:
    return f"printf('%08x-0000-4000-8000-%012x', {kind}, {number})"


def fill(con: duckdb.DuckDBPyConnection, preceptors: int) -> None:
    """A school in which each preceptor is in one team, has one fallback, and two capacity rules."""
    systems = max(preceptors // 50, 2)
    tables = {
        "health_systems (id, name)": (systems, f"{sql_ident(1)}, 'System ' || n"),
        "sites (id, health_system_id, name, site_type)": (
            systems,
            f"{sql_ident(2)}, {sql_ident(1)}, 'Site ' || n, 'clinic'",
        ),
        "preceptors (id, name, email, specialty, health_system_id, site_id)": (
            preceptors,
            f"{sql_ident(3)}, 'Dr. ' || n, n || '@x.example', 'Specialty ' || n % 40, "
            f"{sql_ident(1, f'n % {systems}')}, {sql_ident(2, f'n % {systems}')}",
        ),
        "clerkships (id, name, specialty, required_days)": (
            CLERKSHIPS,
            f"{sql_ident(4)}, 'Clerkship ' || n, 'Specialty ' || n, 30",
        ),
        "clerkship_configurations (id, clerkship_id)": (CLERKSHIPS, f"{sql_ident(5)}, {sql_ident(4)}"),
        "clerkship_requirements (id, clerkship_id, requirement_type, required_days, assignment_mode)": (
            2 * CLERKSHIPS,
            f"{sql_ident(6)}, {sql_ident(4, 'n // 2')}, CASE n % 2 WHEN 0 THEN 'outpatient' ELSE 'elective' END, 15, "
            "'daily_rotation'",
        ),
        "clerkship_electives (id, configuration_id, name)": (
            3 * CLERKSHIPS,
            f"{sql_ident(7)}, {sql_ident(5, 'n // 3')}, 'Elective ' || n",
        ),
        "preceptor_teams (id, clerkship_id, name)": (
            preceptors // 4,
            f"{sql_ident(8)}, {sql_ident(4, f'n % {CLERKSHIPS}')}, 'Team ' || n",
        ),
        "preceptor_team_members (id, team_id, preceptor_id, priority)": (
            preceptors // 4 * 4,
            f"{sql_ident(9)}, {sql_ident(8, 'n // 4')}, {sql_ident(3)}, 1 + n % 4",
        ),
        "preceptor_fallbacks (id, clerkship_id, primary_preceptor_id, fallback_preceptor_id, priority)": (
            preceptors,
            f"{sql_ident(10)}, {sql_ident(4, f'n % {CLERKSHIPS}')}, {sql_ident(3)}, "
            f"{sql_ident(3, f'(n + 1) % {preceptors}')}, 1",
        ),
        "preceptor_capacity_rules (id, preceptor_id, clerkship_id)": (
            2 * preceptors,
            f"{sql_ident(11)}, {sql_ident(3, 'n // 2')}, "
            f"CASE n % 2 WHEN 0 THEN {sql_ident(4, f'n // 2 % {CLERKSHIPS}')} END",
        ),
    }
    for table, (rows, values) in tables.items():
        con.execute(f"INSERT INTO {table} SELECT {values} FROM range({rows}) AS t (n)")


def in_sqlite(bench: clerkbench.Workbench, path: str) -> sqlite3.Connection:
    """The same rows under the same schema, its block comments uncommented."""
    con = sqlite3.connect(path, isolation_level=None)
    con.create_function("gen_random_uuid", 0, lambda: str(uuid.uuid4()))
    con.execute("PRAGMA foreign_keys = OFF")
    for migration in SqlFiles().migrations:
        script = re.sub(r"COMMENT ON (TABLE|COLUMN) [\w.]+ IS\s'(?:[^']|'')*';", "", migration.up)
        con.executescript(re.sub(r"/\* (ON DELETE [A-Z ]+) \*/", r"\1", script))
    for key in bench.relationships().itertuples():  # SQLite makes no index on a foreign key by itself
        con.execute(f"CREATE INDEX by_{key.child}_{key.Index} ON {key.child} ({key.child_columns})")
    con.execute("BEGIN")
    for table in bench.tables()["table"]:
        columns = [each for each in bench.describe(table)["column"] if not each.endswith("_at")]
        found = bench.con.execute(f"SELECT {', '.join(columns)} FROM {table}")
        while rows := found.fetchmany(50_000):
            con.executemany(
                f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", rows
            )
    con.execute("COMMIT")
    con.execute("PRAGMA foreign_keys = ON")
    return con


class Acts:
    """Each change, for each way to make it. Every call changes other rows than the ones before."""

    def __init__(self, bench: clerkbench.Workbench, sqlite: sqlite3.Connection) -> None:
        self.bench, self.con, self.sqlite = bench, bench.con, sqlite
        self.clerkships: Iterator[int] = iter(range(CLERKSHIPS))
        self.preceptors: Iterator[int] = iter(range(200, 10**9, 3))

    def delete_clerkship(self) -> dict[str, Callable[[], object]]:
        number = next(self.clerkships)
        ours, plain, together = (ident(4, each) for each in (number, next(self.clerkships), next(self.clerkships)))

        def leaf_first() -> None:
            of = "SELECT id FROM {} WHERE clerkship_id = ?"
            self.con.execute(
                f"DELETE FROM clerkship_electives WHERE configuration_id IN ({of.format(CHILDREN[0])})", [plain]
            )
            self.con.execute(f"DELETE FROM preceptor_team_members WHERE team_id IN ({of.format(CHILDREN[2])})", [plain])
            for table in CHILDREN:
                self.con.execute(f"DELETE FROM {table} WHERE clerkship_id = ?", [plain])
            self.con.execute("DELETE FROM clerkships WHERE id = ?", [plain])

        def in_transaction() -> None:
            with self.bench.transaction():
                self.bench.delete("clerkships", together)

        return {
            "clerkbench": lambda: self.bench.delete("clerkships", ours),
            "leaf first": leaf_first,
            "SQLite": lambda: self.sqlite.execute("DELETE FROM clerkships WHERE id = ?", [ours]),
            "in a transaction": in_transaction,
        }

    def move_preceptor(self) -> dict[str, Callable[[], object]]:
        ours, plain, together = (ident(3, next(self.preceptors)) for _ in range(3))
        system = ident(1, 0)

        def by_hand() -> None:
            held = []
            for table, where in (
                ("preceptor_team_members", "preceptor_id = $1"),
                ("preceptor_fallbacks", "primary_preceptor_id = $1 OR fallback_preceptor_id = $1"),
                ("preceptor_capacity_rules", "preceptor_id = $1"),
            ):
                held.append((table, self.con.execute(f"FROM {table} WHERE {where}", [plain]).fetchall()))
                self.con.execute(f"DELETE FROM {table} WHERE {where}", [plain])
            self.con.execute("UPDATE preceptors SET health_system_id = ?, site_id = NULL WHERE id = ?", [system, plain])
            for table, rows in held:
                for row in rows:
                    self.con.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", list(row))

        def in_transaction() -> None:
            with self.bench.transaction():
                self.bench.update("preceptors", together, health_system_id=system, site_id=None)

        statement = "UPDATE preceptors SET health_system_id = ?, site_id = NULL WHERE id = ?"
        return {
            "clerkbench": lambda: self.bench.update("preceptors", ours, health_system_id=system, site_id=None),
            "leaf first": by_hand,
            "SQLite": lambda: self.sqlite.execute(statement, [system, ours]),
            "in a transaction": in_transaction,
        }

    def delete_leaf(self) -> dict[str, Callable[[], object]]:
        # A preceptor's general rule, which goes with no clerkship.
        ours, plain, together = (ident(11, 2 * next(self.preceptors) + 1) for _ in range(3))

        def in_transaction() -> None:
            with self.bench.transaction():
                self.bench.delete("preceptor_capacity_rules", together)

        statement = "DELETE FROM preceptor_capacity_rules WHERE id = ?"
        return {
            "clerkbench": lambda: self.bench.delete("preceptor_capacity_rules", ours),
            "leaf first": lambda: self.con.execute(statement, [plain]),
            "SQLite": lambda: self.sqlite.execute(statement, [ours]),
            "in a transaction": in_transaction,
        }


def milliseconds(act: Callable[[], object]) -> float:
    gc.collect()
    begin = time.perf_counter()
    act()
    return (time.perf_counter() - begin) * 1000


def measure(preceptors: int, folder: Path | None) -> dict[str, float]:
    """Print a line for each change; return what LIMITS are compared with."""
    place = "memory" if folder is None else "a file"
    compared = {}
    with clerkbench.open(folder and folder / "school.duckdb") as bench:
        fill(bench.con, preceptors)
        sqlite = in_sqlite(bench, ":memory:" if folder is None else str(folder / "school.sqlite"))
        acts = Acts(bench, sqlite)
        for name, act in (
            ("delete a clerkship", acts.delete_clerkship),
            ("move a preceptor", acts.move_preceptor),
            ("delete a leaf", acts.delete_leaf),
        ):
            times: dict[str, list[float]] = {}
            for run in range(RUNS + 1):
                for way, once in act().items():
                    # A rebuild of large tables takes seconds: two runs tell enough.
                    if way == "in a transaction" and preceptors >= 100_000 and run > 2:
                        continue
                    took = milliseconds(once)
                    if run:
                        times.setdefault(way, []).append(took)
            medians = {way: statistics.median(each) for way, each in times.items()}
            ratios = [
                statistics.median(one / two for one, two in zip(times["clerkbench"], times[peer], strict=True))
                for peer in ("leaf first", "SQLite")
            ]
            print(
                f"| {preceptors:,} | {place} | {name} | "
                + " | ".join(f"{medians[way]:.1f}" for way in ("clerkbench", "leaf first", "SQLite"))
                + f" | {ratios[0]:.1f} | {ratios[1]:.1f} | {medians['in a transaction']:.0f} |",
                flush=True,
            )
            if name == "delete a clerkship":
                compared = {"times leaf first": ratios[0], "ms in a transaction": medians["in a transaction"]}
        sqlite.close()
    return compared


def machine() -> str:
    processors, memory = os.cpu_count(), os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{platform.system()} {platform.machine()}, {processors} cores, {memory:.0f} GiB, Python "
        f"{platform.python_version()}, DuckDB {duckdb.__version__}, SQLite {sqlite3.sqlite_version}"
    )


def main() -> None:
    sizes = [int(each) for each in sys.argv[1:]] or SIZES
    if min(sizes) < min(SIZES):
        sys.exit(f"Every run changes other rows, which takes at least {min(SIZES):,} preceptors.")
    print(f"Changes, in milliseconds, median of {RUNS} runs in turn; {machine()}\n")
    print(
        "| preceptors | in | change | clerkbench | DuckDB, leaf first | SQLite | ratio to leaf first | ratio to SQLite "
        "| in a transaction |\n|--:|---|---|--:|--:|--:|--:|--:|--:|"
    )
    reached = []
    for preceptors in sizes:
        in_memory = measure(preceptors, None)
        with tempfile.TemporaryDirectory() as folder:
            on_file = measure(preceptors, Path(folder))
        for what, limit in LIMITS.get(preceptors, {}).items():
            reached += [
                (preceptors, place, what, limit, each[what])
                for place, each in (("memory", in_memory), ("a file", on_file))
            ]
    if not reached:
        return
    print("\n| preceptors | in | delete a clerkship | measured | limit | of the limit |\n|--:|---|---|--:|--:|--:|")
    for preceptors, place, what, limit, value in reached:
        print(f"| {preceptors:,} | {place} | {what} | {value:.1f} | {limit:.0f} | {value / limit:.2f} |")
    if any(value > limit for *_, limit, value in reached):
        sys.exit("A limit is exceeded.")


if __name__ == "__main__":
    main()
