"""The placements of a plan, and what they use up of the limits of preceptors and sites."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
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

    @property
    def meets(self) -> int:
        """How many preceptors a student meets, at least."""
        return max(self.fewest, min(2 if self.alternates else 1, self.lengths[0]))


@dataclass
class Plan:
    """The placements of the students of one clerkship, and what they use up. A set of days is a number whose bit ``n``
    stands for day ``n``, because a plan asks for free days very often.
    """

    days: int
    placements: list[Placement] = field(default_factory=list)
    #: The days of each student. Of each preceptor or site: its students on a day, the days with so many students or
    #: more, and all its students; of a preceptor these also by part.
    busy: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))
    on_day: Counter[tuple[str, int]] = field(default_factory=Counter)
    crowded: defaultdict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))
    in_year: defaultdict[str | tuple[str, str], Counter[int]] = field(default_factory=lambda: defaultdict(Counter))

    @property
    def students(self) -> int:
        """How many students have a place."""
        return sum(days > 0 for days in self.busy.values())

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

    def open_days(self, teacher: Teacher, student: int, after: int = 0) -> int:
        """The days after a day on which a preceptor takes a student. Of new teaching days there may be fewer left."""
        limits = ((teacher.preceptor, teacher.per_day), (f"site {teacher.site}", teacher.site_per_day))
        if any(most == 0 for _, most in limits):
            return 0
        found = (2 << self.days) - (2 << after) & ~self.busy[student]
        for of, most in limits:
            if most is not None:
                found &= ~self.crowded[of, most]
        return found if self.new_days_left(teacher) else found & self.crowded[teacher.preceptor, 1]

    def new_days_left(self, teacher: Teacher) -> int:
        """On how many days a preceptor can begin to teach."""
        limit = self.days if teacher.teaching_days is None else teacher.teaching_days
        return limit - self.crowded[teacher.preceptor, 1].bit_count()

    def first_days(self, teacher: Teacher, student: int, after: int, count: int) -> list[int]:
        """The first days after a day on which a preceptor takes a student, as many as asked for or there are."""
        new = self.new_days_left(teacher)
        taught = self.crowded[teacher.preceptor, 1]
        found: list[int] = []
        for day in each_day(self.open_days(teacher, student, after)):
            if len(found) == count:
                break
            is_new = not taught >> day & 1
            if new or not is_new:
                new -= is_new
                found.append(day)
        return found

    def takes_block(self, teacher: Teacher, student: int, part: str, block: range) -> bool:
        """Whether a preceptor takes a student on all days of a block."""
        new = _days(block) & ~self.crowded[teacher.preceptor, 1]
        return (
            has_all(self.open_days(teacher, student), block)
            and new.bit_count() <= self.new_days_left(teacher)
            and self.accepts(teacher, student, part)
        )

    def has_room(self, teacher: Teacher, student: int, day: int) -> bool:
        """Whether a preceptor takes a student on a day."""
        return bool(self.open_days(teacher, student) >> day & 1)

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
        self.busy[student] ^= 1 << day
        _add(self.in_year[teacher.preceptor, part], student, one)
        for of in (teacher.preceptor, *([f"site {teacher.site}"] if teacher.site else [])):
            _add(self.in_year[of], student, one)
            self.crowded[of, self.on_day[of, day] + (one > 0)] ^= 1 << day
            self.on_day[of, day] += one


def each_day(days: int) -> Iterator[int]:
    """The days of a set, in order."""
    while days:
        lowest = days & -days
        yield lowest.bit_length() - 1
        days ^= lowest


def has_all(days: int, block: range) -> bool:
    """Whether a set of days has all days of a block."""
    return not _days(block) & ~days


def _days(block: range) -> int:
    return (1 << block.stop) - (1 << block.start)


def _add(counter: Counter[int], key: int, one: int) -> None:
    counter[key] += one
    if not counter[key]:
        del counter[key]
