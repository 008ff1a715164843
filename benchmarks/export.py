r"""Measures the export of a school with a million rows, and compares it with the import tools of the engines.

Run with ``make bench``, or ``python benchmarks/export.py 100000`` for that many rows. The peers load the same rows from
CSV files, into the same tables with the same constraints and indexes: ``psql`` with ``\copy``, in one transaction; and
the ``sqlite3`` program with ``.import``, likewise. Neither reads anything back; clerkbench compares every value at the
end. The limits: 1.2 times psql, 1.0 times sqlite3. PostgreSQL is one that the benchmark starts, or the server that
CLERKBENCH_POSTGRESQL names.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import clerkbench

RUNS = 3
LIMITS = {"PostgreSQL": 1.2, "SQLite": 1.0}

#: Half of the rows are preceptors, half are their capacity rules. The other tables have only a few rows.
FILL = """
INSERT INTO health_systems (name) SELECT 'System ' || i FROM range(20) AS t (i);
INSERT INTO sites (health_system_id, name, site_type) SELECT id, 'Main', 'hospital' FROM health_systems;
INSERT INTO preceptors (name, email, specialty, health_system_id, site_id)
SELECT 'Dr. ' || i, i || '@example.org', 'Specialty ' || i % 10, health_systems.id, sites.id
FROM range({half}) AS t (i)
JOIN health_systems ON health_systems.name = 'System ' || i % 20
JOIN sites ON sites.health_system_id = health_systems.id;
INSERT INTO preceptor_capacity_rules (preceptor_id, max_students_per_year) SELECT id, 6 FROM preceptors;
"""


@contextmanager
def server() -> Iterator[str]:
    """The URL of a PostgreSQL server."""
    if url := os.environ.get("CLERKBENCH_POSTGRESQL"):
        yield url
    else:
        with clerkbench.trial_server() as started:
            yield started.url


def seconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def run(command: list[str], text: str) -> None:
    done = subprocess.run(command, input=text, text=True, capture_output=True, check=False)
    if done.returncode or done.stderr:
        sys.exit(f"{command[0]} failed: {done.stderr}")


def write_csv(bench: clerkbench.Workbench, folder: Path, boolean: str) -> dict[str, Path]:
    """A CSV file of each table that has rows, parents first. An empty field is NULL."""
    files = {}
    for table in bench.tables().query("rows > 0")["table"]:
        files[table] = folder / f"{table}.csv"
        columns = bench.describe(table)
        told = ", ".join(
            f"CAST({name} AS {boolean}) AS {name}" if kind == "BOOLEAN" else name
            for name, kind in zip(columns["column"], columns["type"], strict=True)
        )
        bench.con.execute(f"COPY (SELECT {told} FROM {table}) TO '{files[table]}' (FORMAT csv, HEADER false)")
    return files


def ddl(bench: clerkbench.Workbench, target: str) -> str:
    """The same tables, indexes and views, without rows."""
    with clerkbench.open() as empty:
        return empty.export_script(target)


def with_psql(url: str, script: str, files: dict[str, Path]) -> None:
    copies = "".join(f"\\copy {table} FROM '{file}' (FORMAT csv)\n" for table, file in files.items())
    psql = shutil.which("psql") or str(next(Path(sys.prefix).rglob("pginstall*/bin/psql")))
    # The script ends its transaction, and the rows belong into it.
    text = "SET client_min_messages = error;\n" + script.removesuffix("COMMIT;\n") + copies + "COMMIT;\n"
    run([psql, url, "-X", "-q", "-v", "ON_ERROR_STOP=1"], text)


def with_sqlite(path: Path, script: str, files: dict[str, Path]) -> None:
    imports = "".join(f".import --csv {file} {table}\n" for table, file in files.items())
    run(["sqlite3", "-bail", str(path)], script.removesuffix("COMMIT;\n") + imports + "COMMIT;\n")


def compared(name: str, ours: list[float], theirs: list[float], rows: int) -> bool:
    ratio = statistics.median(ours) / statistics.median(theirs)
    told = f"clerkbench {statistics.median(ours):6.2f} s  peer {statistics.median(theirs):6.2f} s"
    print(f"{name:11}{rows:>10,} rows  {told}  ratio {ratio:.2f} (limit {LIMITS[name]})")
    return ratio <= LIMITS[name]


def main(rows: int) -> None:
    with clerkbench.open() as bench, server() as url, tempfile.TemporaryDirectory() as folder:
        bench.con.execute(FILL.format(half=rows // 2))
        place = Path(folder)
        files, script = write_csv(bench, place, "VARCHAR"), ddl(bench, "postgresql://")
        ours: list[float] = []
        theirs: list[float] = []
        for number in range(RUNS):
            schema = f"ours_{number}"
            ours.append(seconds(lambda: bench.export(url, schema=schema)))  # noqa: B023
            into = script.replace(
                "BEGIN;\n", f"BEGIN;\nCREATE SCHEMA peer_{number};\nSET search_path TO peer_{number};\n", 1
            )
            theirs.append(seconds(lambda: with_psql(url, into, files)))  # noqa: B023
        held = [compared("PostgreSQL", ours, theirs, rows)]
        if shutil.which("sqlite3"):
            files, script = write_csv(bench, place, "INTEGER"), ddl(bench, "x.sqlite")
            ours, theirs = [], []
            for number in range(RUNS):
                ours.append(seconds(lambda: bench.export(place / f"ours_{number}.sqlite")))  # noqa: B023
                theirs.append(seconds(lambda: with_sqlite(place / f"peer_{number}.sqlite", script, files)))  # noqa: B023
            held.append(compared("SQLite", ours, theirs, rows))
        else:
            print("SQLite: there is no sqlite3 program to compare with.")
    if not all(held):
        sys.exit("A limit is exceeded.")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
