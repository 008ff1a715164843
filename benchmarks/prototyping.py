"""Measures time and peak memory of a what-if copy and of a spreadsheet, and compares them with peers and limits.

Run with ``make bench``, or ``python benchmarks/prototyping.py 50000`` for a school of so many preceptors. The peers:
pandas reading the same workbook, and writing the same tables to one. The limits: one second from the fork of a sample
school to the report; a workbook of 50,000 preceptors in two minutes and 2 GiB.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd

import clerkbench

RUNS = 5
REPORT_SECONDS, LOAD_SECONDS, LOAD_GIB = 1.0, 120.0, 2.0

#: Loads a workbook in a process of its own, and prints the seconds and the peak of memory in GiB.
LOAD = """
import resource, sys, time
import clerkbench
bench = clerkbench.open()
start = time.perf_counter()
bench.load(sys.argv[1])
print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)
"""


def seconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def what_if(bench: clerkbench.Workbench) -> None:
    with bench.fork() as fork:
        fork.configure("Internal Medicine", assignment_strategy="daily_rotation", block_size_days=None)
        str(bench.diff(fork))


def school(preceptors: int) -> clerkbench.Workbench:
    """A school with so many preceptors, each with a capacity rule, two of each name."""
    bench = clerkbench.open()
    bench.con.execute(
        """
        INSERT INTO health_systems (name) SELECT 'System ' || i FROM range(20) AS t (i);
        INSERT INTO sites (health_system_id, name, site_type) SELECT id, 'Main', 'hospital' FROM health_systems;
        """
    )
    bench.con.execute(
        """
        INSERT INTO preceptors (name, email, specialty, health_system_id, site_id)
        SELECT 'Dr. ' || i // 2, i || '@example.org', 'Specialty ' || i % 10, health_systems.id, sites.id
        FROM range($1) AS t (i)
        JOIN health_systems ON health_systems.name = 'System ' || i % 20
        JOIN sites ON sites.health_system_id = health_systems.id
        """,
        [preceptors],
    )
    bench.con.execute("INSERT INTO preceptor_capacity_rules (preceptor_id) SELECT id FROM preceptors")
    return bench


def written_by_pandas(bench: clerkbench.Workbench, file: Path) -> None:
    with pd.ExcelWriter(file, engine="openpyxl") as writer:
        for table in bench.tables()["table"]:
            bench.sql(f"FROM {table}").to_excel(writer, sheet_name=table, index=False)


def main(preceptors: int = 50_000) -> None:
    with clerkbench.open() as bench:
        bench.seed("hybrid")
        told = min(seconds(lambda: what_if(bench)) for _ in range(RUNS))
    print(f"from fork to report, hybrid: {told:.2f} s, {told / REPORT_SECONDS:.2f} of the limit of {REPORT_SECONDS} s")
    with tempfile.TemporaryDirectory() as folder, school(preceptors) as bench:
        ours, theirs = Path(folder) / "ours.xlsx", Path(folder) / "theirs.xlsx"
        own, other = seconds(lambda: bench.save(ours)), seconds(lambda: written_by_pandas(bench, theirs))
        print(f"save {preceptors:,} preceptors: {own:.1f} s; pandas {other:.1f} s; ratio {own / other:.2f}")
        run = subprocess.run([sys.executable, "-c", LOAD, ours], check=True, stdout=subprocess.PIPE, text=True)
        own, memory = map(float, run.stdout.split())
        other = seconds(lambda: pd.read_excel(ours, sheet_name=None))
        print(f"load it: {own:.1f} s; pandas reads it in {other:.1f} s; ratio {own / other:.2f}")
        print(f"         {own / LOAD_SECONDS:.2f} of the limit of {LOAD_SECONDS:.0f} s")
        print(f"         {memory:.2f} GiB, {memory / LOAD_GIB:.2f} of the limit of {LOAD_GIB} GiB")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
