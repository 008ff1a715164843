"""Constructs a plan, day by day, and so proves how many students a year each clerkship can really place.

The plan respects every limit of the view ``teaching_limits``, but it is a plain one: students are placed one after the
other on the first days that are free, and nobody is moved afterwards. So it is a lower bound, where
``sql/capacity.sql`` is an upper one. Like it, it looks at each clerkship alone.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import duckdb

from clerkbench.files.sql_files import SqlFiles
from clerkbench.school.placements import Plan, Teacher

#: The query under ``sql/``. Another schema need not have it.
CONSTRUCTION = "construction"

#: A clerkship with more student-days a year is not constructed: that would take longer than anybody waits.
AT_MOST = 20_000

_Row = Mapping[str, Any]


@dataclass(frozen=True)
class Part:
    """Days that each student of a clerkship needs, and who may teach them.

    Attributes:
        mode: ``single`` (all days with one preceptor), ``team``, ``blocks`` or ``rotation``.
        lengths: The days of each block, one after the other; of another part all days.
        alternates: Whether a preceptor has no two days after each other, where there are others. That is so in a
            rotation, except for electives, which have their own preceptors.
        fewest, most: How many preceptors a student meets.
        keeps_system: Whether all days of such parts are in one health system.
    """

    name: str
    mode: str
    lengths: tuple[int, ...]
    alternates: bool
    fewest: int
    most: int | None
    keeps_system: bool
    teachers: tuple[Teacher, ...]


def constructed(
    con: duckdb.DuckDBPyConnection, files: SqlFiles, days_per_year: int, clerkships: Iterable[str]
) -> dict[str, Plan]:
    """A plan for each of these clerkships, by name. ``days_per_year`` are the days on which preceptors teach."""
    found = con.execute(files.query(CONSTRUCTION), [list(clerkships)])
    columns = [name for name, *_ in found.description or []]
    return _plans([dict(zip(columns, row, strict=True)) for row in found.fetchall()], days_per_year)


def _plans(rows: Sequence[_Row], days_per_year: int) -> dict[str, Plan]:
    found = {}
    for clerkship, group in groupby(rows, lambda row: str(row["clerkship"])):
        of_it = list(group)
        plan = found[clerkship] = Plan(days_per_year)
        parts = _parts(of_it)
        at_once = of_it[0]["max_students_at_once"]
        student = 0
        while _place_student(plan, parts, student, at_once):
            student += 1
    return found


def _parts(rows: list[_Row]) -> list[Part]:
    """The parts of a clerkship, those with the fewest choices first. Required electives are part of the elective days,
    and what the fewest days of the requirements leave of the clerkship's days goes to those that may last longer.
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
    order = ("single", "team", "blocks", "rotation")
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


def _place_student(plan: Plan, parts: list[Part], student: int, at_once: int | None) -> bool:
    """Place a student in all parts, in one health system or, where none is asked for, in any."""
    systems = {each.system for part in parts if part.keeps_system for each in part.teachers} or {None}
    known = {(part.name, each.preceptor): each for part in parts for each in part.teachers}
    before = len(plan.placements)
    ends = {max(plan.busy[other]) for other in range(student)} if at_once else set()
    for start in sorted({0, *ends}):
        for system in sorted(systems, key=str):
            if all(_place_part(plan, part, student, system, start) for part in parts) and (
                at_once is None or _fits(plan, student, at_once)
            ):
                return True
            plan.take_back(before, known)
    return False


def _fits(plan: Plan, student: int, at_once: int) -> bool:
    """Whether no more students than that are in the clerkship at the same time, from their first day to their last."""
    spans = [(min(days), max(days)) for days in plan.busy.values() if days]
    first, last = min(plan.busy[student]), max(plan.busy[student])
    return all(
        sum(begin <= day <= end for begin, end in spans) <= at_once
        for day in {begin for begin, _ in spans if first <= begin <= last} | {first}
    )


def _place_part(plan: Plan, part: Part, student: int, system: str | None, start: int) -> bool:
    there = [each for each in part.teachers if not part.keeps_system or each.system == system]
    teachers = [each for each in there if each.is_counted_on and plan.accepts(each, student, part.name)]
    days = range(start + 1, plan.days + 1)
    if part.mode == "single":
        return _by_one(plan, part, student, teachers, days)
    if part.mode == "team":
        whole = {
            team: [each for each in part.teachers if each.team == team] for team in {each.team for each in teachers}
        }
        return any(
            set(members) <= set(teachers)
            and part.fewest <= len(members) <= (part.most or len(members))
            and _by_team(plan, part, student, members, days)
            for _, members in sorted(whole.items(), key=lambda item: str(item[0]))
        )
    if part.mode == "blocks":
        return _in_blocks(plan, part, student, teachers, start)
    alternates = part.alternates and len({each.preceptor for each in there}) > 1
    return _in_turn(plan, part, student, teachers, days, alternates)


def _by_one(plan: Plan, part: Part, student: int, teachers: list[Teacher], days: range) -> bool:
    [length] = part.lengths
    if part.fewest > 1:
        return False
    for teacher in sorted(teachers, key=lambda each: plan.preference(each, student)):
        free: list[int] = []
        new = 0
        taught = plan.taught[teacher.preceptor]
        for day in days:
            if len(free) < length and plan.has_room(teacher, student, day):
                new += day not in taught
                if teacher.teaching_days is None or day in taught or len(taught) + new <= teacher.teaching_days:
                    free.append(day)
        if len(free) == length:
            plan.place(teacher, student, part.name, free)
            return True
    return False


def _by_team(plan: Plan, part: Part, student: int, members: list[Teacher], days: range) -> bool:
    """Share the days among all members of a team, as evenly as their room allows."""
    [length] = part.lengths
    before, given = len(plan.placements), Counter({each.preceptor: 0 for each in members})
    for day in days:
        free = [each for each in members if plan.has_room(each, student, day)]
        if sum(given.values()) < length and free:
            missing = [each for each in free if not given[each.preceptor]]
            needed = sum(not count for count in given.values())
            if needed < length - sum(given.values()) or missing:
                teacher = min(missing or free, key=lambda each: (given[each.preceptor], each.preceptor))
                plan.place(teacher, student, part.name, [day])
                given[teacher.preceptor] += 1
    if sum(given.values()) == length and all(given.values()):
        return True
    plan.take_back(before, {(part.name, each.preceptor): each for each in members})
    return False


def _in_blocks(plan: Plan, part: Part, student: int, teachers: list[Teacher], start: int) -> bool:
    """Give each block to one preceptor. Blocks begin on the days on which those of all students begin."""
    size, met = part.lengths[0], set[str]()
    begin = -(-start // size) * size + 1
    for length in part.lengths:
        while begin + length - 1 <= plan.days:
            block = range(begin, begin + length)
            begin += size
            free = [each for each in teachers if _takes(plan, each, student, part.name, block)]
            new = [each for each in free if each.preceptor not in met]
            if len(met) < part.fewest or part.most is None or len(met) < part.most:
                free = new if len(met) < part.fewest else free
            else:
                free = [each for each in free if each.preceptor in met]
            if free:
                teacher = min(
                    free,
                    key=lambda each: (each.preceptor not in met, plan.preference(each, student)),
                )
                plan.place(teacher, student, part.name, block)
                met.add(teacher.preceptor)
                break
        else:
            return False
    return len(met) >= part.fewest


def _takes(plan: Plan, teacher: Teacher, student: int, part: str, block: range) -> bool:
    taught = plan.taught[teacher.preceptor]
    new = sum(day not in taught for day in block)
    return (
        plan.accepts(teacher, student, part)
        and (teacher.teaching_days is None or len(taught) + new <= teacher.teaching_days)
        and all(plan.has_room(teacher, student, day) for day in block)
    )


def _in_turn(plan: Plan, part: Part, student: int, teachers: list[Teacher], days: range, alternates: bool) -> bool:
    """Day by day, by as few preceptors as possible: each counts the student in the year."""
    [length] = part.lengths
    wanted = max(part.fewest, min(2 if alternates else 1, length))
    met: Counter[str] = Counter()
    last = ""
    for day in days:
        if met.total() == length:
            break
        free = [
            each
            for each in teachers
            if plan.has_room(each, student, day) and (each.preceptor != last or not alternates)
        ]
        new = [each for each in free if each.preceptor not in met and plan.accepts(each, student, part.name)]
        old = [each for each in free if each.preceptor in met]
        may_meet = part.most is None or len(met) < part.most
        choices = new if len(met) < wanted else old or (new if may_meet else [])
        if choices:
            teacher = min(choices, key=lambda each: (met[each.preceptor], plan.preference(each, student)))
            plan.place(teacher, student, part.name, [day])
            met[teacher.preceptor] += 1
            last = teacher.preceptor
    return met.total() == length and len(met) >= part.fewest
