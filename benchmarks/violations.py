"""Measures validate and audit, which find all violations, and compares them with peers.

Run with ``make bench``, or ``python benchmarks/violations.py 100000`` for that many rows to validate.

- *validate*: rows for ``preceptors``, of which one in a hundred breaks one of six constraints. The peers are pandera
  (lazy, all failures) and Pointblank, which check the same six constraints and return the rows that fail; the
  limit is SQL for DuckDB, written by hand for these six. clerkbench checks all constraints of the table, including
  these six, and writes messages. All must find the same number.
- *audit*: all rules on the sample schools, and on a school of 100,000 preceptors with a thousand violations. The peer
  is SQLite with the same rule files, those that run there.
- *edit to violations*: a changed row and an audit after it, on the sample schools.

LIMITS holds the maximum values: the benchmark compares them at the end, and fails if one is exceeded.
"""

import gc
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pointblank as pb

import clerkbench
from changes import in_sqlite
from clerkbench.files.sql_files import SqlFiles

ROWS = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
PRECEPTORS = 100_000
RUNS = 5
LIMITS = {
    "validate, times pandera": 1.0,
    "validate, times SQL by hand": 2.0,
    "audit of a sample school, ms": 50.0,
    "audit of 100,000 preceptors, ms": 2000.0,
    "edit to violations, ms": 200.0,
}
UUID = "^.{8}-.{4}-.{4}-.{4}-.{12}$"


def ident(kind: int, number: int) -> str:
    return f"{kind:08x}-0000-4000-8000-{number:012x}"


def median(act: Callable[[], object], runs: int = RUNS) -> float:
    """Seconds; the middle one of some runs, after one that is not counted."""
    act()
    taken = []
    for _ in range(runs):
        gc.collect()
        begin = time.perf_counter()
        act()
        taken.append(time.perf_counter() - begin)
    return statistics.median(taken)


# --- validate


def newcomers(systems: list[str]) -> pd.DataFrame:
    """Preceptors of whom one in a hundred breaks a constraint, each of six in turn."""
    frame = pd.DataFrame(
        {
            "id": [ident(3, n) for n in range(ROWS)],
            "name": [f"Dr. {n}" for n in range(ROWS)],
            "email": [f"{n}@x.example" for n in range(ROWS)],
            "specialty": [f"Specialty {n % 40}" for n in range(ROWS)],
            "max_students": np.arange(ROWS) % 5 + 1,
            "health_system_id": [systems[n % len(systems)] for n in range(ROWS)],
        }
    )
    bad = np.arange(100, ROWS, 100)
    frame.loc[bad[0::6], "name"] = None
    frame.loc[bad[1::6], "specialty"] = None
    frame.loc[bad[2::6], "max_students"] = 0
    frame.loc[bad[3::6], "health_system_id"] = "nowhere"
    frame.loc[bad[4::6], "id"] = [f"bad {n}" for n in bad[4::6]]
    frame.loc[bad[5::6], "email"] = [f"{n - 1}@x.example" for n in bad[5::6]]
    return frame


def by_pandera(frame: pd.DataFrame, systems: list[str]) -> int:
    schema = pa.DataFrameSchema(
        {
            "id": pa.Column(str, pa.Check.str_matches(UUID)),
            "name": pa.Column(str, nullable=False),
            "specialty": pa.Column(str, nullable=False),
            "email": pa.Column(str, unique=True, report_duplicates="exclude_first"),
            "max_students": pa.Column(int, pa.Check.gt(0)),
            "health_system_id": pa.Column(str, pa.Check.isin(systems)),
        }
    )
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        return len(errors.failure_cases)
    return 0


def by_pointblank(frame: pd.DataFrame, systems: list[str]) -> int:
    checked = (
        pb.Validate(frame)
        .col_vals_regex("id", UUID)
        .col_vals_not_null("name")
        .col_vals_not_null("specialty")
        .rows_distinct("email")
        .col_vals_gt("max_students", 0)
        .col_vals_in_set("health_system_id", systems)
        .interrogate(extract_limit=len(frame))
    )
    extracts = checked.get_data_extracts()
    return sum(len(extract) for extract in extracts.values()) - len(extracts[4]) // 2  # it counts the first of two too


def by_hand(bench: clerkbench.Workbench, frame: pd.DataFrame) -> int:
    bench.con.execute("SELECT 1").fetchall()
    bench.con.register("newcomers", frame)
    bench.con.execute("CREATE OR REPLACE TEMP TABLE numbered AS SELECT row_number() OVER () AS row, * FROM newcomers")
    found = bench.con.execute(
        """
        SELECT row, 'not_null:name', NULL FROM numbered WHERE name IS NULL
        UNION ALL
        SELECT row, 'not_null:specialty', NULL FROM numbered WHERE specialty IS NULL
        UNION ALL
        SELECT row, 'check:max_students > 0', CAST(max_students AS VARCHAR) FROM numbered WHERE NOT max_students > 0
        UNION ALL
        SELECT row, 'check:id LIKE', id FROM numbered WHERE NOT id LIKE '________-____-____-____-____________'
        UNION ALL
        SELECT row, 'foreign_key:health_system_id', health_system_id FROM numbered
        ANTI JOIN health_systems ON health_systems.id = numbered.health_system_id
        UNION ALL
        SELECT row, 'unique:email', email FROM numbered
        JOIN (SELECT email, min(row) AS first FROM numbered GROUP BY email HAVING count(*) > 1) USING (email)
        WHERE row > first
        UNION ALL
        SELECT row, 'unique:email', email FROM numbered SEMI JOIN preceptors USING (email)
        """
    ).df()
    bench.con.unregister("newcomers")
    return len(found)


def compare_validation(measured: dict[str, float]) -> None:
    with clerkbench.open() as bench:
        systems = [ident(1, n) for n in range(1_000)]
        bench.insert("health_systems", [{"id": each, "name": each} for each in systems])
        frame = newcomers(systems)
        ways: dict[str, Callable[[], int]] = {
            "SQL by hand": lambda: by_hand(bench, frame),
            "clerkbench": lambda: len(bench.validate("preceptors", frame)),
            "pandera": lambda: by_pandera(frame, systems),
            "Pointblank": lambda: by_pointblank(frame, systems),
        }
        found = {way: act() for way, act in ways.items()}
        seconds = {way: median(act, 3 if way in ("pandera", "Pointblank") else RUNS) for way, act in ways.items()}
    print(f"\nvalidate {ROWS:,} rows, 1 % of them bad\n")
    print(f"{'':14}{'seconds':>9}{'times by hand':>15}{'found':>9}")
    for way in ways:
        print(f"{way:14}{seconds[way]:9.2f}{seconds[way] / seconds['SQL by hand']:15.1f}{found[way]:9,}")
    assert len(set(found.values())) == 1, f"they disagree: {found}"
    measured["validate, times pandera"] = seconds["clerkbench"] / seconds["pandera"]
    measured["validate, times SQL by hand"] = seconds["clerkbench"] / seconds["SQL by hand"]


# --- audit


def fill(bench: clerkbench.Workbench, preceptors: int) -> None:
    """A school in which teams of four share specialty, system and site, three of them with the next as a fallback."""
    systems, clerkships = max(preceptors // 50, 2), 40

    def name(kind: int, number: str = "n") -> str:
        return f"printf('%08x-0000-4000-8000-%012x', {kind}, {number})"

    team = "(n // 4)"
    tables = {
        "health_systems (id, name)": (systems, f"{name(1)}, 'System ' || n"),
        "sites (id, health_system_id, name, site_type)": (systems, f"{name(2)}, {name(1)}, 'Site ' || n, 'clinic'"),
        "preceptors (id, name, email, specialty, health_system_id, site_id)": (
            preceptors,
            f"{name(3)}, 'Dr. ' || n, n || '@x.example', 'Specialty ' || {team} % {clerkships}, "
            f"{name(1, f'{team} % {systems}')}, {name(2, f'{team} % {systems}')}",
        ),
        "clerkships (id, name, specialty, required_days)": (
            clerkships,
            f"{name(4)}, 'Clerkship ' || n, 'Specialty ' || n, 30",
        ),
        "clerkship_configurations (id, clerkship_id, assignment_strategy, team_size_min, team_size_max)": (
            clerkships,
            f"{name(5)}, {name(4)}, 'continuous_team', 2, 4",
        ),
        "clerkship_requirements (id, clerkship_id, requirement_type, required_days, assignment_mode)": (
            clerkships,
            f"{name(6)}, {name(4)}, 'outpatient', 30, 'continuous_team'",
        ),
        "preceptor_teams (id, clerkship_id, name, require_same_health_system, require_same_specialty)": (
            preceptors // 4,
            f"{name(8)}, {name(4, f'n % {clerkships}')}, 'Team ' || n, TRUE, TRUE",
        ),
        "preceptor_team_members (id, team_id, preceptor_id, role, priority)": (
            preceptors // 4 * 4,
            f"{name(9)}, {name(8, team)}, {name(3)}, CASE n % 4 WHEN 0 THEN 'lead' ELSE 'member' END, 1 + n % 4",
        ),
        "preceptor_fallbacks (id, primary_preceptor_id, fallback_preceptor_id, priority)": (
            preceptors // 4 * 3,
            f"{name(10)}, {name(3, 'n // 3 * 4 + n % 3')}, {name(3, 'n // 3 * 4 + n % 3 + 1')}, 1",
        ),
        "preceptor_capacity_rules (id, preceptor_id)": (preceptors, f"{name(11)}, {name(3)}"),
    }
    for table, (rows, values) in tables.items():
        bench.con.execute(f"INSERT INTO {table} SELECT {values} FROM range({rows}) AS t (n)")
    bench.con.execute("UPDATE preceptor_teams SET require_same_site = TRUE")
    bench.con.execute("UPDATE preceptor_capacity_rules SET max_students_per_day = 2 WHERE rowid % 200 = 0")
    bench.con.execute("UPDATE preceptor_team_members SET role = 'lead' WHERE rowid % 200 = 1")


def in_peer(peer: sqlite3.Connection) -> list[str]:
    """Run all rule files in SQLite; those that do not run there."""
    failed = []
    for rule in SqlFiles().rules:
        try:
            peer.execute(rule.query).fetchall()
        except sqlite3.OperationalError:
            failed.append(rule.id)
    return failed


def compare_audits(measured: dict[str, float]) -> None:
    print("\naudit\n")
    print(f"{'':28}{'clerkbench ms':>14}{'SQLite ms':>11}{'violations':>12}")
    schools = {}
    for school in SqlFiles().schools:
        schools[school] = clerkbench.open()
        schools[school].seed(school)
    schools["large"] = clerkbench.open()
    fill(schools["large"], PRECEPTORS)
    left_out: list[str] = []
    for school, bench in schools.items():
        peer = in_sqlite(bench, ":memory:")
        ours, theirs = median(bench.audit) * 1000, median(lambda peer=peer: in_peer(peer), 1) * 1000
        left_out = in_peer(peer)
        key = "audit of a sample school, ms" if school != "large" else "audit of 100,000 preceptors, ms"
        measured[key] = max(measured.get(key, 0), ours)
        label = school if school != "large" else f"{PRECEPTORS:,} preceptors"
        print(f"{label:28}{ours:14.0f}{theirs:11.0f}{len(bench.audit()):12,}")
        if school != "large":
            measured["edit to violations, ms"] = max(measured.get("edit to violations, ms", 0), edited(bench))
    print(f"\nSQLite {sqlite3.sqlite_version} runs all rules but: {', '.join(left_out) or 'none'}.")


def edited(bench: clerkbench.Workbench) -> float:
    """Milliseconds from a change of the clerkship with the most required days to the violations."""
    days = iter(range(100, 200))
    clerkship = bench.sql("SELECT name FROM clerkships ORDER BY required_days DESC, name").iloc[0, 0]

    def edit() -> None:
        bench.update("clerkships", clerkship, required_days=next(days))
        assert "requirement-days-add-up" in set(bench.audit()["rule"])

    return median(edit) * 1000


def main() -> None:
    measured: dict[str, float] = {}
    compare_audits(measured)
    compare_validation(measured)
    print("\nlimits\n")
    for what, limit in LIMITS.items():
        print(f"{what:36}{measured[what]:8.1f} of {limit:g}")
    exceeded = [what for what, limit in LIMITS.items() if measured[what] > limit]
    if exceeded:
        sys.exit(f"Over the limit: {', '.join(exceeded)}.")


if __name__ == "__main__":
    main()
