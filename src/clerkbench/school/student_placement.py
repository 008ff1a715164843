"""Places one student of a clerkship in all its parts, and takes back what does not work out."""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import reduce
from itertools import combinations, islice, product
from operator import or_

from clerkbench.school.placements import Part, Placement, Plan, Teacher, each_day, has_all

#: Says of a possibility to place a student what it costs: the cheapest one is kept.
Cost = Callable[[Sequence[Placement]], tuple[int, ...]]

#: At most so many orders of the parts, and choices of preceptors for the days of a rotation, are tried.
MOST_TRIED = 12


def few_preceptors(placed: Sequence[Placement]) -> tuple[int, ...]:
    """Few preceptors, because each of them counts the student in the year; then few days."""
    return len({each.preceptor for each in placed}), max(each.day for each in placed)


def few_days(placed: Sequence[Placement]) -> tuple[int, ...]:
    """An early end, because later students need the days after it; then few preceptors."""
    return tuple(reversed(few_preceptors(placed)))


def place_student(plan: Plan, orders: Sequence[Sequence[Part]], at_once: int | None, cost: Cost | None) -> bool:
    """Place one more student in all parts, in one health system or, where none is asked for, in any.

    Args:
        orders: The parts, in each order in which they are tried.
        at_once: How many students may be in the clerkship at the same time.
        cost: Says which of several possibilities is kept; None for the first one.

    Returns:
        Whether there was a possibility. Otherwise the plan is as it was.
    """
    systems = {each.system for part in orders[0] if part.keeps_system for each in part.teachers} or {None}
    known = {(part.name, each.preceptor): each for part in orders[0] for each in part.teachers}
    before, student = len(plan.placements), plan.students
    ends = {days.bit_length() - 1 for days in plan.busy.values() if days} if at_once else set()
    for start in sorted({0, *ends}):
        found: list[list[Placement]] = []
        for system, order in product(sorted(systems, key=str), orders):
            if all(_place_part(plan, part, student, system, start) for part in order) and (
                at_once is None or _fits(plan, student, at_once)
            ):
                if cost is None:
                    return True
                found.append(plan.placements[before:])
            plan.take_back(before, known)
        if cost and found:
            for each in min(found, key=cost):
                plan.place(known[each.part, each.preceptor], student, each.part, [each.day])
            return True
    return False


def _fits(plan: Plan, student: int, at_once: int) -> bool:
    """Whether no more students than that are in the clerkship at the same time, from their first day to their last."""
    spans = {each: ((days & -days).bit_length() - 1, days.bit_length() - 1) for each, days in plan.busy.items() if days}
    first, last = spans[student]
    return all(
        sum(begin <= day <= end for begin, end in spans.values()) <= at_once
        for day in {begin for begin, _ in spans.values() if first <= begin <= last}
    )


def _place_part(plan: Plan, part: Part, student: int, system: str | None, start: int) -> bool:
    there = [each for each in part.teachers if not part.keeps_system or each.system == system]
    teachers = [each for each in there if each.is_counted_on and plan.accepts(each, student, part.name)]
    if part.mode == "single":
        return _by_one(plan, part, student, teachers, start)
    if part.mode == "team":
        whole = {
            team: [each for each in part.teachers if each.team == team] for team in {each.team for each in teachers}
        }
        return any(
            set(members) <= set(teachers)
            and part.fewest <= len(members) <= (part.most or len(members))
            and _by_team(plan, part, student, members, start)
            for _, members in sorted(whole.items(), key=lambda item: str(item[0]))
        )
    if part.mode == "blocks":
        return _in_blocks(plan, part, student, teachers, start)
    alternates = part.alternates and len({each.preceptor for each in there}) > 1
    return _in_turn(plan, part, student, teachers, start, alternates)


def _by_one(plan: Plan, part: Part, student: int, teachers: list[Teacher], start: int) -> bool:
    [length] = part.lengths
    if part.fewest > 1:
        return False
    for teacher in sorted(teachers, key=lambda each: plan.preference(each, student)):
        free = plan.first_days(teacher, student, start, length)
        if len(free) == length:
            plan.place(teacher, student, part.name, free)
            return True
    return False


def _by_team(plan: Plan, part: Part, student: int, members: list[Teacher], start: int) -> bool:
    """Share the days among all members of a team, as evenly as their room allows."""
    [length] = part.lengths
    before, given = len(plan.placements), Counter({each.preceptor: 0 for each in members})
    for day in range(start + 1, plan.days + 1):
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
    teachers = sorted(teachers, key=lambda each: plan.preference(each, student))
    open_days = {each.preceptor: plan.open_days(each, student, start) for each in teachers}
    begin = -(-start // size) * size + 1
    for length in part.lengths:
        while begin + length - 1 <= plan.days:
            block = range(begin, begin + length)
            begin += size
            free = [each for each in teachers if has_all(open_days[each.preceptor], block)]
            if len(met) < part.fewest:
                free = [each for each in free if each.preceptor not in met]
            elif part.most is not None and len(met) == part.most:
                free = [each for each in free if each.preceptor in met]
            free.sort(key=lambda each: each.preceptor not in met)
            teacher = next((each for each in free if plan.takes_block(each, student, part.name, block)), None)
            if teacher:
                plan.place(teacher, student, part.name, block)
                met.add(teacher.preceptor)
                break
        else:
            return False
    return len(met) >= part.fewest


def _in_turn(plan: Plan, part: Part, student: int, teachers: list[Teacher], start: int, alternates: bool) -> bool:
    """Day by day, by as few preceptors as possible, because each of them counts the student in the year. Those who have
    the most places left are tried first, one choice after the other; last, whoever is free on the next day.
    """
    wanted = part.meets if alternates else part.fewest
    ordered = sorted(teachers, key=lambda each: plan.preference(each, student))
    choices = islice(combinations(ordered, wanted), MOST_TRIED)
    return any(_day_by_day(plan, part, student, chosen, start, alternates, wanted) for chosen in (*choices, ordered))


def _day_by_day(
    plan: Plan, part: Part, student: int, teachers: Sequence[Teacher], start: int, alternates: bool, wanted: int
) -> bool:
    [length] = part.lengths
    free_days = reduce(or_, (plan.open_days(each, student, start) for each in teachers), 0)
    if free_days.bit_count() < length:
        return False
    before, known = len(plan.placements), {(part.name, each.preceptor): each for each in teachers}
    met: Counter[str] = Counter()
    last = ""
    for day in each_day(free_days):
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
    if met.total() == length and len(met) >= part.fewest:
        return True
    plan.take_back(before, known)
    return False
