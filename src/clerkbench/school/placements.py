"""The placements of a plan, and what they use up of the limits of preceptors and sites."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple


class Placement(NamedTuple):
    """A student's day beside a preceptor."""

    student: int
    day: int
    part: str
    preceptor: str


@dataclass(frozen=True)
class Teacher:
    """What limits a preceptor in one part. None is no limit.

    Attributes:
        per_day: Students on one day.
        per_year: Students in a year, in this part; ``in_all_parts``: in all parts together, which is the highest of its
            limits, because a rule may be for one type of requirement.
        teaching_days: Days of the year on which the preceptor teaches.
        site: The site, if it limits its students, with its limits.
        is_counted_on: Whether the plan may place students here. Nobody knows at which of several sites a student would
            be, and one of them is limited.
    """

    preceptor: str
    system: str | None
    team: str | None
    per_day: int
    per_year: int | None
    in_all_parts: int | None
    teaching_days: int | None
    site: str | None
    site_per_day: int | None
    site_per_year: int | None
    is_counted_on: bool


@dataclass
class Plan:
    """The placements of the students of one clerkship, and what they use up."""

    days: int
    placements: list[Placement] = field(default_factory=list)
    #: By preceptor or site and day the students; by preceptor, site, or preceptor and part all students.
    on_day: Counter[tuple[str, int]] = field(default_factory=Counter)
    in_year: defaultdict[str | tuple[str, str], Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    taught: defaultdict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    busy: defaultdict[int, set[int]] = field(default_factory=lambda: defaultdict(set))

    def accepts(self, teacher: Teacher, student: int, part: str) -> bool:
        """Whether a preceptor takes a student in this year."""
        limits = (
            ((teacher.preceptor, part), teacher.per_year),
            (teacher.preceptor, teacher.in_all_parts),
            (f"site {teacher.site}", teacher.site_per_year),
        )
        return all(most is None or student in self.in_year[of] or len(self.in_year[of]) < most for of, most in limits)

    def preference(self, teacher: Teacher, student: int) -> tuple[bool, int, str]:
        """The order in which preceptors are tried: who has the student already gives no further place of the year; then
        who has the fewest students.
        """
        of = self.in_year[teacher.preceptor]
        return student not in of, len(of), teacher.preceptor

    def has_room(self, teacher: Teacher, student: int, day: int) -> bool:
        """Whether a preceptor takes a student on a day."""
        if day in self.busy[student] or self.on_day[teacher.preceptor, day] >= teacher.per_day:
            return False
        at_site = teacher.site is not None and teacher.site_per_day is not None
        if at_site and self.on_day[f"site {teacher.site}", day] >= (teacher.site_per_day or 0):
            return False
        taught = self.taught[teacher.preceptor]
        return teacher.teaching_days is None or day in taught or len(taught) < teacher.teaching_days

    def place(self, teacher: Teacher, student: int, part: str, days: Iterable[int]) -> None:
        """Place a student on days beside a preceptor."""
        for day in days:
            self._count(teacher, student, day, part, 1)
            self.placements.append(Placement(student, day, part, teacher.preceptor))

    def take_back(self, count: int, teachers: dict[tuple[str, str], Teacher]) -> None:
        """Take back all placements but the first ones."""
        while len(self.placements) > count:
            last = self.placements.pop()
            self._count(teachers[last.part, last.preceptor], last.student, last.day, last.part, -1)

    def _count(self, teacher: Teacher, student: int, day: int, part: str, one: int) -> None:
        self.on_day[teacher.preceptor, day] += one
        _add(self.in_year[teacher.preceptor], student, one)
        _add(self.in_year[teacher.preceptor, part], student, one)
        _add(self.taught[teacher.preceptor], day, one)
        if teacher.site:
            self.on_day[f"site {teacher.site}", day] += one
            _add(self.in_year[f"site {teacher.site}"], student, one)
        (self.busy[student].add if one > 0 else self.busy[student].discard)(day)


def _add(counter: Counter[int], key: int, one: int) -> None:
    counter[key] += one
    if not counter[key]:
        del counter[key]
