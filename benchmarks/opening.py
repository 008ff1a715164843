"""Measures the overhead of clerkbench over plain DuckDB when importing, opening and seeding.

Run with ``make bench``. The peers: importing duckdb and pandas; running the same migration, view and seed scripts in a
plain DuckDB connection. The limit: opening a migrated database in memory and seeding it, half a second.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import duckdb

import clerkbench
from clerkbench.files.sql_files import SqlFiles
from clerkbench.migrations.views import dependencies_first

RUNS = 9
LIMIT = 0.5
FILES = SqlFiles()
VIEWS = dependencies_first(duckdb.connect(), FILES.views)


def seconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def in_python(statement: str) -> None:
    subprocess.run([sys.executable, "-c", statement], check=True)


def duckdb_alone(school: str) -> None:
    con = duckdb.connect()
    for script in [each.up for each in FILES.migrations] + [each.script for each in VIEWS]:
        con.execute(script)
    con.execute(FILES.seed_lookups)
    con.execute(FILES.seed(school))


def with_clerkbench(school: str) -> None:
    clerkbench.open().seed(school)


def compare(name: str, ours: Callable[[], object], peer: Callable[[], object]) -> float:
    """Both in turn, after one run each that does not count; returns our median."""
    times = [(seconds(ours), seconds(peer)) for _ in range(RUNS + 1)][1:]
    own, other = (statistics.median(each) for each in zip(*times, strict=True))
    ratio = statistics.median(one / two for one, two in times)
    print(f"{name:40} {own:12.3f} {other:12.3f} {ratio:8.2f}")
    return own


def main() -> None:
    print(f"Seconds, median of {RUNS} runs in turn\n")
    print(f"{'':40} {'clerkbench':>12} {'peer':>12} {'ratio':>8}")
    compare(
        "import, in a process of its own",
        lambda: in_python("import clerkbench"),
        lambda: in_python("import duckdb, pandas"),
    )
    for school in FILES.schools:
        own = compare(f"open and seed {school}", lambda: with_clerkbench(school), lambda: duckdb_alone(school))  # noqa: B023
        print(f"{'':40} {own / LIMIT:12.2f} of the limit of {LIMIT} s")


if __name__ == "__main__":
    main()
