"""Constructs a plan, day by day, and so proves how many students a year each clerkship can really place.

The plan respects every limit of the view ``teaching_limits``, but it is a plain one: students are placed one after the
other, and nobody is moved afterwards. So it is a lower bound, where ``sql/capacity.sql`` is an upper one. Like it, it
looks at each clerkship alone. Where the plan does not reach the upper bound, others are constructed in other ways, and
the one with the most students counts.
"""

from collections.abc import Mapping
from itertools import groupby, islice, permutations
from typing import Any

import duckdb

from clerkbench.files.sql_files import SqlFiles
from clerkbench.school.placements import Part, Plan, Teacher
from clerkbench.school.student_placement import MOST_TRIED, Cost, few_days, few_preceptors, place_student

#: The query under ``sql/``. Another schema need not have it.
CONSTRUCTION = "construction"

#: A clerkship with more student-days a year is not constructed: that would take longer than anybody waits.
AT_MOST = 20_000

#: Another plan is constructed while all plans of a clerkship try fewer student-days than that.
_EFFORT = 45_000

_Row = Mapping[str, Any]


def constructed(
    con: duckdb.DuckDBPyConnection, files: SqlFiles, days_per_year: int, most_students: Mapping[str, int]
) -> dict[str, Plan]:
    """A plan for each clerkship, by name.

    Args:
        days_per_year: The days on which preceptors teach.
        most_students: The clerkships, each with its upper bound: a plan that reaches it is not improved.
    """
    found = con.execute(files.query(CONSTRUCTION), [list(most_students)])
    columns = [name for name, *_ in found.description or []]
    rows = [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
    return {
        clerkship: _best_plan(list(group), days_per_year, most_students[clerkship])
        for clerkship, group in groupby(rows, lambda row: str(row["clerkship"]))
    }


def _best_plan(rows: list[_Row], days_per_year: int, most_students: int) -> Plan:
    """The plan with the most students, of several that are constructed in different ways."""
    orders = list(islice(permutations(_parts(rows)), MOST_TRIED))
    ways: list[tuple[list[tuple[Part, ...]], Cost | None]] = [
        *(([order], None) for order in orders),
        (orders, few_preceptors),
        (orders, few_days),
    ]
    best = Plan(days_per_year)
    effort = 0
    for tried, cost in ways:
        effort += most_students * rows[0]["clerkship_days"] * len(tried)
        if best.students == most_students or (best.students and effort > _EFFORT):
            break
        plan = Plan(days_per_year)
        while plan.students < most_students and place_student(plan, tried, rows[0]["max_students_at_once"], cost):
            pass
        best = max(best, plan, key=lambda each: each.students)
    return best


def _parts(rows: list[_Row]) -> list[Part]:
    """The parts of a clerkship, those with the fewest choices of days first. Required electives are part of the
    elective days, and what the fewest days of the requirements leave of the days of the clerkship goes to those that
    may last longer.
    """
    groups = [list(group) for _, group in groupby(rows, lambda row: row["part"])]
    chosen = sum(group[0]["days"] for group in groups if group[0]["kind"] == "elective")
    left = rows[0]["clerkship_days"] - sum(group[0]["days"] for group in groups if group[0]["kind"] == "requirement")
    limits: dict[str, list[int | None]] = {}
    for row in rows:
        limits.setdefault(row["preceptor_id"], []).append(row["max_students_per_year"])
    in_all_parts = {preceptor: None if None in most else max(most) for preceptor, most in limits.items()}  # type: ignore[type-var]
    found = []
    for group in groups:
        row = group[0]
        more = max(min(left, row["required_days"] - row["days"]), 0)
        left -= more
        days = row["days"] + more - (chosen if row["has_required"] else 0)
        if days > 0:
            found.append(_part(row, days, group, in_all_parts))
    order = ("blocks", "single", "team", "rotation")
    return sorted(found, key=lambda part: (order.index(part.mode), len(part.teachers), part.name))


def _part(row: _Row, days: int, rows: list[_Row], in_all_parts: dict[str, int | None]) -> Part:
    block = row["block_size_days"] or days
    lengths: tuple[int, ...]
    if row["by_team"]:
        mode, lengths = "team", (days,)
    elif row["assignment_mode"] == "continuous_single" or row["preceptors_max"] == 1:
        mode, lengths = "single", (days,)
    elif row["assignment_mode"] == "block_based":
        whole, rest = divmod(days, block)
        # A block that may not be shorter is taken whole, although the student needs fewer of its days.
        last = (rest if row["unit_days"] == 1 else block,) if rest else ()
        mode, lengths = "blocks", (block,) * whole + last
    else:
        mode, lengths = "rotation", (days,)
    return Part(
        row["part"],
        mode,
        lengths,
        row["assignment_mode"] == "daily_rotation" and not row["in_electives"],
        row["preceptors_min"],
        row["preceptors_max"],
        row["in_one_system"],
        tuple(_teacher(each, mode, in_all_parts[each["preceptor_id"]]) for each in rows if each["preceptor_id"]),
    )


def _teacher(row: _Row, mode: str, in_all_parts: int | None) -> Teacher:
    per_day = row["max_students_per_day"]
    if mode == "blocks" and row["max_students_per_block"] is not None:
        per_day = min(per_day, row["max_students_per_block"])
    limited = row["site_max_students_per_day"] is not None or row["site_max_students_per_year"] is not None
    return Teacher(
        row["preceptor_id"],
        row["health_system_id"],
        row["team_id"],
        per_day,
        row["max_students_per_year"],
        in_all_parts,
        row["teaching_days_per_year"],
        row["site_id"] if limited else None,
        row["site_max_students_per_day"],
        row["site_max_students_per_year"],
        not row["is_at_limited_sites"],
    )
