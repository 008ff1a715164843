"""Measures queries with and without an additional index, to decide whether DuckDB's own indexes are enough.

Run with ``make bench``. A ratio below 1 is in favor of the index. The resulting decision is documented at the top of
``sql/migrations/0002_scheduling_configuration.up.sql``.
"""

import statistics
import time

import duckdb

import clerkbench

PRECEPTORS = 100_000
SPECIALTIES = 50
RUNS = 15

#: Queries that use the specialty of preceptors: a frequent specialty, a rare one, and the overview of all clerkships.
QUERIES = {
    "preceptors of one of 50 specialties": "SELECT count(*), max(name) FROM preceptors WHERE specialty = 'Specialty 7'",
    "the one preceptor of a rare specialty": "SELECT name FROM preceptors WHERE specialty = 'Rare'",
    "configuration_overview": "SELECT max(capacity), max(fallbacks) FROM configuration_overview",
}


def school() -> clerkbench.Workbench:
    """A school of three clerkships with many preceptors, each with a capacity rule."""
    bench = clerkbench.open()
    bench.con.execute(
        f"""
        INSERT INTO health_systems (name) SELECT 'System ' || n FROM range(50) AS t (n);
        INSERT INTO clerkships (name, specialty, required_days)
        SELECT 'Clerkship ' || n, 'Specialty ' || n, 30 FROM range(3) AS t (n);
        INSERT INTO preceptors (name, email, specialty, health_system_id)
        SELECT
            'Dr. ' || n,
            n || '@school.example',
            CASE WHEN n = {PRECEPTORS // 2} THEN 'Rare' ELSE 'Specialty ' || n % {SPECIALTIES} END,
            id
        FROM range({PRECEPTORS}) AS t (n)
        INNER JOIN health_systems ON health_systems.name = 'System ' || n % 50;
        INSERT INTO preceptor_capacity_rules (preceptor_id) SELECT id FROM preceptors;
        """
    )
    return bench


def milliseconds(con: duckdb.DuckDBPyConnection, query: str) -> float:
    start = time.perf_counter()
    con.execute(query).fetchall()
    return (time.perf_counter() - start) * 1000


def main() -> None:
    plain, indexed = school(), school()
    indexed.con.execute("CREATE INDEX by_specialty ON preceptors (specialty)")
    print(f"An index on preceptors (specialty), {PRECEPTORS:,} preceptors, median of {RUNS} runs in turn\n")
    print(f"{'query':40} {'without, ms':>12} {'with, ms':>10} {'with / without':>15}")
    for name, query in QUERIES.items():
        times = [(milliseconds(plain.con, query), milliseconds(indexed.con, query)) for _ in range(RUNS + 1)][1:]
        without, with_index = (statistics.median(each) for each in zip(*times, strict=True))
        ratio = statistics.median(after / before for before, after in times)
        print(f"{name:40} {without:12.2f} {with_index:10.2f} {ratio:15.2f}")

    print("\nUpdating that column of a preceptor who has a capacity rule:")
    for name, bench in {"without": plain, "with": indexed}.items():
        try:
            bench.con.execute("UPDATE preceptors SET specialty = 'Other' WHERE email = '5@school.example'")
            print(f"  {name:8} accepted")
        except duckdb.ConstraintException as error:
            print(f"  {name:8} refused: {str(error).partition(' is still')[0]} is still referenced …")


if __name__ == "__main__":
    main()
