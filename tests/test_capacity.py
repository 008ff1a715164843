"""How many students a school can teach a year: the result of ``capacity`` is compared with calculations by hand."""

import builtins
import sys
from collections.abc import Iterator, Sequence

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import clerkbench
from clerkbench.errors import ArgumentError, MissingLibraryError, SchemaError, SqlFileError
from databases import SCHOOLS


def teach(
    bench,
    days: int | dict[tuple[str, str], int],
    preceptors: list[dict[str, object]],
    strategy: str = "hybrid",
    electives: Sequence[str | None] = (),
    teams: Sequence[Sequence[int]] = (),
    requirement: dict[str, object] | None = None,
    sites: dict[str, dict[str, int]] | None = None,
    defaults: dict[str, object] | None = None,
    at_once: int | None = None,
    **configuration,
) -> None:
    """Fill a bench with one clerkship, surgery.

    Args:
        bench: The bench.
        days: The days of each requirement, by type and mode; or the days of the whole clerkship, which then has no
            configuration and no requirement.
        preceptors: Each with ``system`` (Metro), ``specialty`` (Surgery), ``max_students`` (1), its capacity rules
            ``general`` and ``own`` (for surgery), as values of the columns without ``max_students_per_``, the names of
            its ``places`` and ``further`` specialties, and other columns.
        strategy: Of the clerkship.
        electives: Their specialties.
        teams: The members of each, as numbers of the preceptors.
        requirement: More of each requirement; ``places`` are the names of its sites.
        sites: The limits of the sites of Metro, by name.
        defaults: Of the school, for outpatient days.
        at_once: Students in the clerkship at the same time.
        configuration: More of the clerkship's configuration.
    """
    total = days if isinstance(days, int) else sum(days.values())
    clerkship = {"name": "Surgery", "specialty": "Surgery", "required_days": total, "max_students_at_once": at_once}
    [surgery] = bench.insert("clerkships", clerkship)
    more = dict(requirement or {})
    places = more.pop("places", [])
    if defaults:
        bench.insert("school_defaults", {"requirement_type": "outpatient", **defaults})
    if not isinstance(days, int):
        row = {"clerkship_id": surgery, "assignment_strategy": strategy, **configuration}
        [own] = bench.insert("clerkship_configurations", row)
        required = bench.insert(
            "clerkship_requirements",
            [
                {
                    "clerkship_id": surgery,
                    "requirement_type": kind,
                    "assignment_mode": mode,
                    "required_days": count,
                    **more,
                }
                for (kind, mode), count in days.items()
            ],
        )
        bench.insert(
            "clerkship_electives",
            [
                {"configuration_id": own, "name": f"Elective {number}", "specialty": specialty}
                for number, specialty in enumerate(electives)
            ],
        )
    names = list(dict.fromkeys(str(each.get("system", "Metro")) for each in preceptors))
    systems = dict(zip(names, bench.insert("health_systems", [{"name": name} for name in names]), strict=True))
    rows = [{"name": name, "health_system_id": systems["Metro"], "site_type": "clinic"} for name in sites or ()]
    at = dict(zip(sites or (), bench.insert("sites", rows), strict=True))
    bench.insert(
        "site_capacity_rules",
        [
            {"site_id": at[name]} | {f"max_students_per_{limit}": value for limit, value in caps.items()}
            for name, caps in (sites or {}).items()
            if caps
        ],
    )
    if not isinstance(days, int):
        rows = [{"requirement_id": each, "site_id": at[name]} for each in required for name in places]
        bench.insert("requirement_sites", rows)
    ids = bench.insert(
        "preceptors",
        [
            {
                "name": f"Dr. {number}",
                "email": f"{number}@x.example",
                "max_students": each.get("max_students", 1),
                "specialty": each.get("specialty", "Surgery"),
                "health_system_id": systems[str(each.get("system", "Metro"))],
                "site_id": at[each["places"][0]] if each.get("places") else None,
                "teaching_days_per_year": each.get("teaching_days_per_year"),
                "fallback_only": each.get("fallback_only", False),
            }
            for number, each in enumerate(preceptors)
        ],
    )
    of = list(zip(ids, preceptors, strict=True))
    further = [(row, each.get("further", ()), each.get("places", ())[1:]) for row, each in of]
    bench.insert(
        "preceptor_specialties",
        [{"preceptor_id": row, "specialty": name} for row, names, _ in further for name in names],
    )
    bench.insert(
        "preceptor_sites",
        [
            {"preceptor_id": row, "health_system_id": systems["Metro"], "site_id": at[name]}
            for row, _, places in further
            for name in places
        ],
    )
    for number, members in enumerate(teams):
        [team] = bench.insert("preceptor_teams", {"name": f"Team {number}", "clerkship_id": surgery})
        rows = [{"team_id": team, "preceptor_id": ids[each], "priority": each + 1} for each in members]
        bench.insert("preceptor_team_members", rows)
    for rule, clerkship in (("general", None), ("own", surgery)):
        rules = [
            {"preceptor_id": row, "clerkship_id": clerkship}
            | {f"max_students_per_{limit}": value for limit, value in each[rule].items()}
            for row, each in zip(ids, preceptors, strict=True)
            if rule in each
        ]
        bench.insert("preceptor_capacity_rules", rules)


ONE = ("outpatient", "continuous_single")
DAILY = ("outpatient", "daily_rotation")
TEAM = ("outpatient", "continuous_team")
BLOCKS = ("inpatient", "block_based")
CHOICE = ("elective", "daily_rotation")
STAY = {"health_system_continuity": "enforce_same_system"}
OF_14 = {"strategy": "block_based", "block_size_days": 14}


@pytest.fixture(scope="module")
def shared(templates) -> Iterator[clerkbench.Workbench]:
    with templates.copy() as bench:
        yield bench


@pytest.fixture
def emptied(shared) -> Iterator[clerkbench.Workbench]:
    """One database for all cases, emptied after each."""
    yield shared
    for table in reversed(list(shared.tables().query("rows > 0")["table"])):
        shared.con.execute(f"DELETE FROM {table}")


def limits(**of_rule: int) -> dict[str, object]:
    """A preceptor with a general capacity rule."""
    return {"general": of_rule}


#: Days, preceptors and more of the school; the students it can teach in a year of 240 days at most, and the limit.
CASES = {
    # One preceptor, one student at a time, each for 60 days: 240 / 60.
    "without a capacity rule max_students decides": ({ONE: 60}, [{}], {}, 4, "per day"),
    "two students at a time are twice as many": ({ONE: 60}, [{"max_students": 2}], {}, 8, "per day"),
    "what remains of the year after the last whole student is lost": ({ONE: 50}, [{}], {}, 4, "per day"),
    # The same 50 days, one by one: two preceptors have 480 days a year, and 480 / 50 is 9 students and a remainder.
    "days that may be divided among preceptors are not lost": ({DAILY: 50}, [{}, {}], {}, 9, "per day"),
    "the days of a team may be divided": ({TEAM: 50}, [{}, {}], {"teams": [[0, 1]]}, 9, "per day"),
    # Each student of the team counts toward the yearly limit of both members.
    "a yearly limit counts every student of the team": (
        *({TEAM: 10}, [limits(day=1, year=3)] * 2, {"teams": [[0, 1]]}, 3, "per year"),
    ),
    "the member with the lowest yearly limit decides": (
        *({TEAM: 10}, [limits(day=1, year=5), limits(day=1, year=2)], {"teams": [[0, 1]]}, 2, "per year"),
    ),
    "two teams take as many as both": (
        *({TEAM: 10}, [limits(day=1, year=3)] * 4, {"teams": [[0, 1], [2, 3]]}, 6, "per year"),
    ),
    # Three people form three pairs. Each has three students a year: nine in total, and a student needs two of them.
    "who is in several teams has one year": (
        *({TEAM: 10}, [limits(day=1, year=3)] * 3, {"teams": [[0, 1], [1, 2], [0, 2]]}, 4, "per year"),
    ),
    # 480 days of two people, for students of 10 days, whatever the number of teams.
    "days are counted once for who is in several teams": (
        *({TEAM: 10}, [{}, {}], {"teams": [[0, 1], [0, 1], [1, 0]]}, 48, "per day"),
    ),
    "without a team nobody teaches what a team teaches": ({TEAM: 10}, [{}, {}], {}, 0, "no team"),
    "where students stay in one system, a team of two systems teaches nobody": (
        *({TEAM: 10}, [{}, {"system": "Lake"}], {"teams": [[0, 1]], **STAY}, 0, "no team"),
    ),
    "a general rule goes before max_students": ({ONE: 60}, [{"max_students": 5, **limits(day=2)}], {}, 8, "per day"),
    "a rule for the clerkship goes before the general rule": (
        *({ONE: 60}, [{**limits(day=9, year=9), "own": {"day": 1, "year": 3}}], {}, 3, "per year"),
    ),
    # An empty limit of the clerkship's rule is no limit, whatever the general rule says.
    "a limit that the clerkship's rule leaves empty is none": (
        *({ONE: 60}, [{**limits(day=1, year=1), "own": {"day": 1}}], {}, 4, "per day"),
    ),
    "a yearly limit lower than the days allow binds": ({ONE: 60}, [limits(day=1, year=3)], {}, 3, "per year"),
    "a yearly limit higher than the days allow does not": ({ONE: 60}, [limits(day=1, year=9)], {}, 4, "per day"),
    # Three students a year with 10 days each are 30 days; 240 of the other: 270 days.
    "in a rotation a yearly limit counts students, each with all days": (
        *({DAILY: 10}, [limits(day=1, year=3), {}], {}, 27, "per day (1), per year (1)"),
    ),
    # 14 days are one block; a year has 17 whole ones; the preceptor takes two students into each.
    "a limit per block is how many take a block together": (
        *({BLOCKS: 14}, [limits(day=4, block=2)], OF_14, 34, "per block"),
    ),
    "a limit per block higher than per day does not bind": (
        *({BLOCKS: 14}, [limits(day=1, block=2)], OF_14, 17, "per day"),
    ),
    "a limit per block says nothing of days outside blocks": ({ONE: 60}, [limits(day=2, block=1)], {}, 8, "per day"),
    # 28 days are two blocks: 17 blocks a year are enough for 8 students.
    "a student needs whole blocks, of one preceptor or of several": ({BLOCKS: 28}, [{}], OF_14, 8, "per day"),
    # 30 days in blocks of 14 are three blocks, where none may be shorter: 17 / 3. With partial ones 240 / 30.
    "a block that is only begun counts whole": ({BLOCKS: 30}, [{}], OF_14, 5, "per day"),
    "where partial blocks are allowed it does not": (
        *({BLOCKS: 30}, [{}], {**OF_14, "allow_partial_blocks": True}, 8, "per day"),
    ),
    # Outpatient alone: 240 / 20 = 12. Inpatient alone: 34 / 3 blocks of 7 = 11. Together 41 days: 5.
    "requirements taught by the same preceptors share their days": (
        *({ONE: 20, BLOCKS: 21}, [{}], {"block_size_days": 7}, 5, "per day"),
    ),
    "nobody has the specialty": ({ONE: 60}, [{"specialty": "Trauma", "max_students": 9}], {}, 0, "no preceptors"),
    "there are no preceptors at all": ({ONE: 60}, [], {}, 0, "no preceptors"),
    "a clerkship without requirements needs its days": (60, [{}], {}, 4, "per day"),
    "a clerkship longer than the year teaches nobody": ({ONE: 250}, [{}], {}, 0, "length of the year"),
    # 480 days of two at a time are enough for nine times 50, when students of one preceptor take turns.
    "students of one preceptor may share the days that are left": ({ONE: 50}, [{"max_students": 2}], {}, 9, "per day"),
    # Days of electives are taught by others, once there are electives: 240 / 40 and 240 / 20.
    "electives are taught by those of their specialty": (
        *({ONE: 40, CHOICE: 20}, [{}, {"specialty": "Trauma"}], {"electives": ["Trauma"]}, 6, "per day"),
    ),
    "an elective that nobody can teach stops all students": (
        *({ONE: 40, CHOICE: 20}, [{}], {"electives": ["Trauma"]}, 0, "no preceptors"),
    ),
    # 240 / 40 of the surgeon; and of both 480 / 60.
    "an elective without specialty may be taught by any": (
        *({ONE: 40, CHOICE: 60}, [{}, {"specialty": "Trauma"}], {"electives": [None]}, 6, "per day"),
    ),
    # Without electives, the clerkship's own preceptors teach these days too: 240 / 60.
    "days for electives without any are the clerkship's own": (
        *({ONE: 40, CHOICE: 20}, [{}, {"specialty": "Trauma"}], {}, 4, "per day"),
    ),
    # Two preceptors of different systems share 480 days, for 4 students of 100; alone each has 240, for 2.
    "students may change the health system": ({DAILY: 100}, [{}, {"system": "Lake"}], {}, 4, "per day"),
    # Metro 240 / 100, Lake 480 / 100: 2 and 4, where together 720 would be enough for 7.
    "where they may not, what is left over in each system is lost": (
        *({DAILY: 100}, [{}, {"system": "Lake"}, {"system": "Lake"}], STAY, 6, "per day"),
    ),
    "a system that lacks one of the parts teaches nobody": (
        {ONE: 40, CHOICE: 20},
        [{}, {"system": "Lake"}, {"system": "Lake", "specialty": "Trauma"}],
        {"electives": ["Trauma"], **STAY},
        *(6, "per day"),
    ),
    "no system has somebody for every part": (
        {ONE: 40, CHOICE: 20},
        [{}, {"system": "Lake", "specialty": "Trauma"}],
        {"electives": ["Trauma"], **STAY},
        *(0, "no health system with preceptors for all"),
    ),
    "a limit of as many as there are people is one like another": (
        *({BLOCKS: 140}, [limits(day=1, year=2**31 - 1)], OF_14, 1, "per day"),
    ),
    # 100 days of a year are enough for one student of 60.
    "who teaches on some days only gives those": (
        *({ONE: 60}, [{"teaching_days_per_year": 100}], {}, 1, "teaching days"),
    ),
    "more teaching days than the year has do not bind": (
        *({ONE: 60}, [{"teaching_days_per_year": 300}], {}, 4, "per day"),
    ),
    "who teaches on fewer days than a student needs alone teaches nobody": (
        *({ONE: 60}, [{"teaching_days_per_year": 59}], {}, 0, "teaching days"),
    ),
    "days that rotate are taken from all, however few": (
        *({DAILY: 60}, [{}, {"teaching_days_per_year": 59}], {}, 4, "per day (1), teaching days (1)"),
    ),
    "who only stands in is not counted": ({ONE: 60}, [{}, {"fallback_only": True}], {}, 4, "per day"),
    "a further specialty counts like the main one": (
        *({ONE: 60}, [{"specialty": "Trauma", "further": ["Surgery"]}], {}, 4, "per day"),
    ),
    # Both take 4 students alone; the site has one place a day, which is 240 / 60.
    "a site gives no more days than it has places": (
        *({ONE: 60}, [{"places": ["A"]}, {"places": ["A"]}], {"sites": {"A": {"day": 1}}}, 4, "site"),
    ),
    "a site takes so many students a year": (
        *({ONE: 60}, [{"places": ["A"]}, {"places": ["A"]}], {"sites": {"A": {"year": 3}}}, 3, "site"),
    ),
    "a site with places enough does not bind": (
        *({ONE: 60}, [{"places": ["A"]}, {"places": ["A"]}], {"sites": {"A": {"day": 2, "year": 8}}}, 8, "per day"),
    ),
    # Of the two at the site one counts; the third works elsewhere.
    "a site limits only those who work there": (
        {ONE: 60},
        [{"places": ["A"]}, {"places": ["A"]}, {"places": ["B"]}],
        {"sites": {"A": {"day": 1}, "B": {}}},
        *(8, "site (2), per day (1)"),
    ),
    "who works at several sites is not limited by one": (
        *({ONE: 60}, [{"places": ["A", "B"]}], {"sites": {"A": {"year": 1}, "B": {}}}, 4, "per day"),
    ),
    "only who works at a site of the requirement teaches it": (
        {ONE: 60},
        [{"places": ["A"]}, {"places": ["B", "A"]}, {"places": ["B"]}, {}],
        {"sites": {"A": {}, "B": {}}, "requirement": {"places": ["A"]}},
        *(8, "per day"),
    ),
    "a requirement whose sites have nobody teaches nobody": (
        *({ONE: 60}, [{}], {"sites": {"A": {}}, "requirement": {"places": ["A"]}}, 0, "no preceptors"),
    ),
    # Two places on 240 days are 480 days, for 8 students of 60.
    "a clerkship with so many places at the same time": (
        *({ONE: 60}, [{"max_students": 9}], {"at_once": 2}, 8, "at the same time"),
    ),
    "more places at the same time than the preceptors have do not bind": (
        *({ONE: 60}, [{}], {"at_once": 2}, 4, "per day"),
    ),
    # A student needs 30 days at least: 240 / 30.
    "the fewest days of a requirement count": ({ONE: 60}, [{}], {"requirement": {"minimum_days": 30}}, 8, "per day"),
    # Each of six students-a-year counts for two students' preceptors: 6 + 6 is twelve, and twelve in pairs are six.
    "a student who meets two preceptors counts for both": (
        *({DAILY: 10}, [limits(day=1, year=6)] * 2, {"requirement": {"preceptors_min": 2}}, 6, "per year"),
    ),
    # Six in each of two years make twelve, and each student counts for two.
    "where days rotate a student counts in the year of two preceptors": (
        *({DAILY: 10}, [limits(day=1, year=6)] * 2, {}, 6, "per year"),
    ),
    "one preceptor alone has nobody to rotate with": ({DAILY: 10}, [limits(day=1, year=6)], {}, 6, "per year"),
    "a student cannot meet more preceptors than there are": (
        *({DAILY: 10}, [{}], {"requirement": {"preceptors_min": 2}}, 0, "fewest preceptors"),
    ),
    # 480 days divided are 9 times 50; but each student has one preceptor, who has time for 4.
    "a student who meets one preceptor takes all days of that one": (
        *({DAILY: 50}, [{}, {}], {"requirement": {"preceptors_max": 1}}, 8, "per day"),
    ),
    "the block size of a requirement goes before the clerkship's": (
        *({BLOCKS: 30}, [{}], {**OF_14, "requirement": {"block_size_days": 30}}, 8, "per day"),
    ),
    "the default of the school limits who has no rule": (
        *({ONE: 60}, [{"max_students": 5}], {"defaults": {"max_students_per_day": 2}}, 8, "per day"),
    ),
    "the default of the school says in which system students stay": (
        {DAILY: 100},
        [{}, {"system": "Lake"}],
        {"strategy": None, "defaults": {"health_system_continuity": "enforce_same_system"}},
        *(4, "per day"),
    ),
    # Of three members two work at the site: they are the team there, and eight of their years make four students.
    "of a team those count who work at the sites of the requirement": (
        {TEAM: 4},
        [{"places": ["A"], **limits(day=1, year=4)}] * 2 + [{"places": ["B"], **limits(day=1, year=4)}],
        {"teams": [[0, 1, 2]], "sites": {"A": {}, "B": {}}, "requirement": {"places": ["A"]}},
        *(4, "per year"),
    ),
    "a team larger than a student may meet teaches nobody": (
        *({TEAM: 4}, [{}] * 3, {"teams": [[0, 1, 2]], "requirement": {"preceptors_max": 2}}, 0, "per day"),
    ),
    "a team smaller than a student has to meet teaches nobody": (
        {TEAM: 4},
        [{}] * 2,
        {"teams": [[0, 1]], "requirement": {"preceptors_min": 3}},
        *(0, "fewest preceptors"),
    ),
    "days that rotate with one preceptor count in one year": (
        *({DAILY: 10}, [limits(day=1, year=2)] * 2, {"requirement": {"preceptors_max": 1}}, 4, "per year"),
    ),
    "Unassigned is no health system to stay in": (*({DAILY: 60}, [{}, {"system": "Unassigned"}], STAY, 4, "per day"),),
}


@pytest.mark.first_cases(4)
@pytest.mark.parametrize("case", CASES)
def test_a_case_that_was_calculated_by_hand(emptied, case):
    days, preceptors, more, most, limit = CASES[case]
    teach(emptied, days, preceptors, **more)
    [row] = emptied.capacity(students=10).itertuples()
    assert (row.max_students, row.limited_by) == (most, limit)
    assert row.proven <= most
    assert row.shortfall == max(10 - most, 0)
    length = days if isinstance(days, int) else sum(days.values())
    assert (row.demand_days, row.capacity_days) == (10 * length, most * length)


def test_the_part_with_the_fewest_students_decides_and_its_preceptors_are_counted(bench):
    days = {ONE: 40, ("elective", "daily_rotation"): 20}
    teach(bench, days, [{}, {"max_students": 9, "specialty": "Trauma"}], electives=("Trauma",))
    [row] = bench.capacity(students=10).itertuples()
    assert (row.clerkship, row.part, row.preceptors, row.students) == ("Surgery", "outpatient", 1, 10)


def test_a_longer_year_makes_room_for_more(bench):
    teach(bench, {ONE: 60}, [{}])
    found = [bench.capacity(students=1, days_per_year=days).loc[0, "max_students"] for days in (59, 60, 119, 120, 365)]
    assert found == [0, 1, 1, 2, 6]


@pytest.mark.parametrize("school", SCHOOLS)
def test_the_capacity_of_the_sample_schools_was_calculated_by_hand(seeded, school):
    found = seeded[school].capacity(students=40).set_index("clerkship")["max_students"].to_dict()
    assert (
        found
        == {
            # Six, five and four preceptors with three students a year each.
            "traditional": {"Family Medicine": 18, "Internal Medicine": 15, "Surgery": 12},
            # Two teams for each, whose members have six students a year, all of them the same six.
            "team_based": {"Family Medicine": 12, "Pediatrics": 12, "Surgery": 12},
            # Surgery in one health system: none at Harbor Health, which has no elective; 8 electives at Summit Medical
            # Center; 4 students a year at Valley Care Alliance.
            # Pediatrics has two teams with four a year.
            "hybrid": {"Internal Medicine": 33, "Obstetrics and Gynecology": 21, "Pediatrics": 8, "Surgery": 12},
            # Five, six and five with ten a year each; days rotate, so each student counts for two of them.
            "flexible": {"Emergency Medicine": 25, "Family Medicine": 30, "Psychiatry": 25},
            # Family medicine: 3 a year by default of two, 60 // 26 of one who teaches 60 days, and one with a rule
            # for 1. Internal medicine: three with 3 a year or 80 // 26 days, one with a rule for 2. Pediatrics: one
            # neonatologist with 8 a year. Psychiatry: the member of the team with the lowest default. Surgery: two at
            # a site with 3 a year, and one elsewhere with 4.
            "longitudinal": {
                "Family Medicine": 9,
                "Internal Medicine": 11,
                "Pediatrics": 8,
                "Psychiatry": 3,
                "Surgery": 7,
            },
        }[school]
    )


def test_members_of_a_team_teach_its_days_whatever_their_specialty(bench):
    teach(bench, {("inpatient", "continuous_team"): 30}, [{}, {"specialty": "Trauma"}], "continuous_team")
    assert bench.capacity(students=1).loc[0, "max_students"] == 0
    [surgery] = bench.sql("SELECT id FROM clerkships")["id"]
    preceptors = bench.sql("SELECT id FROM preceptors")["id"]
    for clerkship in (surgery, None):  # a team for any clerkship as well
        [team] = bench.insert("preceptor_teams", {"name": "Team", "clerkship_id": clerkship})
        members = [{"team_id": team, "preceptor_id": each, "priority": 1} for each in preceptors]
        bench.insert("preceptor_team_members", members)
        assert bench.capacity(students=1).loc[0, "max_students"] == 16
        bench.delete("preceptor_teams", team)


def is_planned(students: int, days: int, year: int, preceptors: list[tuple[int, int | None]], divided: bool) -> bool:
    """Whether a plan that is built day by day gives each student all days. Each day, the student who still needs most
    days is first, and gets the preceptor with the most room, or always the same preceptor if days are not divided.
    If they are, a student meets two preceptors where there are two.
    """
    left, own = dict.fromkeys(range(students), days), {}
    fewest = min(2, days, len(preceptors)) if divided else 1
    taught: list[set[int]] = [set() for _ in preceptors]
    for _ in range(year):
        room = [at_a_time for at_a_time, _ in preceptors]
        for student in sorted(left, key=lambda each: (-left[each], each not in own)):
            choices = [
                at
                for at, (_, most) in enumerate(preceptors)
                if room[at] and (student in taught[at] or most is None or len(taught[at]) < most)
            ]
            if not divided and student in own:
                choices = [at for at in choices if at == own[student]]
            if left[student] and choices:
                enough = sum(student in each for each in taught) >= fewest
                at = max(choices, key=lambda each: ((student in taught[each]) == enough, room[each]))
                own[student] = at
                taught[at].add(student)
                room[at] -= 1
                left[student] -= 1
    return not any(left.values()) and all(sum(student in each for each in taught) >= fewest for student in left)


@pytest.mark.long
@settings(max_examples=20, deadline=None)
@given(
    preceptors=st.lists(st.tuples(st.integers(1, 3), st.none() | st.integers(3, 5)), min_size=1, max_size=3),
    days=st.integers(1, 5),
    year=st.integers(1, 8),
    mode=st.sampled_from(["continuous_single", "daily_rotation"]),
)
@example(preceptors=[(2, None)], days=2, year=3, mode="continuous_single")
@example(preceptors=[(1, 3), (1, 3)], days=2, year=4, mode="daily_rotation")
def test_no_plan_places_more_students_than_the_bound(templates, preceptors, days, year, mode):
    with templates.copy() as bench:
        rules = [{"general": {"day": day, "year": most}} for day, most in preceptors]
        teach(bench, {("outpatient", mode): days}, rules, mode)
        proven, bound = bench.capacity(students=1, days_per_year=year).loc[0, ["proven", "max_students"]]
    divided = mode != "continuous_single"
    planned = [number for number in range(bound + 4) if is_planned(number, days, year, preceptors, divided)]
    assert max(planned) <= bound
    assert proven <= bound


# --- what is asked


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"students": -1}, "students must be a whole number from 0 to 1,000,000,000; got -1."),
        ({"students": 1.5}, "students must be a whole number from 0 to 1,000,000,000; got 1.5."),
        ({"students": True}, "students must be a whole number from 0 to 1,000,000,000; got True."),
        ({"students": "120"}, "students must be a whole number from 0 to 1,000,000,000; got '120'."),
        ({"students": 2**62}, "students must be a whole number from 0 to 1,000,000,000; got 4611686018427387904."),
        ({"students": 1, "days_per_year": 0}, "days_per_year must be a whole number from 1 to 366; got 0."),
    ],
)
def test_what_is_no_number_of_students_or_days_is_refused(bench, asked, says):
    with pytest.raises(ArgumentError, match=f"^{says}$"):
        bench.capacity(**asked)


def test_a_school_without_clerkships_has_an_empty_answer_with_all_columns(bench):
    found = bench.capacity(students=10)
    assert found.empty
    assert list(found.columns) == [
        *("clerkship", "part", "preceptors", "students", "proven", "max_students", "shortfall", "limited_by"),
        *("demand_days", "capacity_days"),
    ]


def test_a_school_of_no_students_has_no_shortfall(seeded):
    assert (seeded["traditional"].capacity(students=0)["shortfall"] == 0).all()


def test_an_older_database_is_refused_because_it_needs_the_newest_schema(bench):
    says = r"^The capacity needs the newest schema and its views\. Upgrade the database with migrate\(\)\.$"
    bench.con.execute("DROP VIEW teaching_limits")
    with pytest.raises(SchemaError, match=says):
        bench.capacity(students=1)
    bench.rollback()
    with pytest.raises(SchemaError, match=says):
        bench.capacity(students=1)


def test_a_temporary_namesake_is_not_read_instead(bench):
    bench.con.execute("CREATE TEMP TABLE clerkships AS FROM main.clerkships WHERE FALSE")
    with pytest.raises(SchemaError, match=r"hides a table: clerkships\. The capacity would read that one\."):
        bench.capacity(students=1)


def test_its_results_can_be_used_as_arguments(seeded):
    found = seeded["hybrid"].capacity(students=40)
    assert seeded["hybrid"].capacity(students=found["max_students"].min())["students"].unique() == [8]
    assert set(found["part"]) == {"all days", "inpatient", "outpatient", "all days, elective"}


def test_an_sql_folder_without_the_capacity_query_is_refused(new_bench, tmp_path, own_sql):
    (own_sql / "capacity.sql").unlink()
    with (
        new_bench(sql_folder=own_sql) as bench,
        pytest.raises(SqlFileError, match=r"capacity\.sql cannot be read"),
    ):
        bench.capacity(students=1)


# --- the picture


def test_the_picture_has_a_bar_for_each_clerkship_and_a_line_at_the_demand(seeded):
    found = seeded["hybrid"].capacity(students=25)
    axes = found.picture()
    assert [bar.get_width() for bar in axes.patches] == [33, 21, 8, 12]
    assert [text.get_text() for text in axes.get_yticklabels()] == found["clerkship"].tolist()
    assert [text.get_text().strip() for text in axes.texts] == [
        *(
            "30 to 33, per year (4), per day (2)",
            "21, per year (2), per block (1)",
            "8, per year",
            "12, per year",
        ),
    ]
    [demand] = axes.collections
    assert {x for segment in demand.get_segments() for x, _ in segment} == {25}
    colors = [bar.get_facecolor() for bar in axes.patches]
    assert colors[0] != colors[1] == colors[2] == colors[3], "what is enough and what is not"


def test_several_schools_are_drawn_together(seeded):
    found = {name: seeded[name].capacity(students=40) for name in ("traditional", "flexible")}
    axes = pd.concat(found, names=["school"]).picture()
    names = [text.get_text() for text in axes.get_yticklabels()]
    assert names[0] == "Family Medicine (traditional)"
    assert names[-1] == "Psychiatry (flexible)"
    assert len(axes.patches) == 6


def test_a_picture_can_be_drawn_on_given_axes_and_without_rows(bench, seeded):
    axes = seeded["hybrid"].capacity(students=25).picture()
    assert seeded["hybrid"].capacity(students=25).picture(axes) is axes
    assert len(bench.capacity(students=1).picture().patches) == 0


def test_names_are_not_read_as_formulas_and_index_levels_are_part_of_the_label(bench, seeded):
    bench.insert("clerkships", {"name": r"Rural $\frac$", "specialty": "Rural", "required_days": 5})
    axes = bench.capacity(students=1).picture()
    axes.figure.canvas.draw()
    assert axes.get_yticklabels()[0].get_text() == r"Rural \$\frac\$"
    found = seeded["traditional"].capacity(students=1)
    axes = pd.concat({("x", "a"): found, ("x", "b"): found}).picture()
    assert axes.get_yticklabels()[3].get_text() == "Family Medicine (x, b)"


def test_a_picture_of_too_few_columns_says_which_are_missing(seeded):

    with pytest.raises(ArgumentError, match=r"needs columns that were left out: limited_by\."):
        seeded["traditional"].capacity(students=1)[["clerkship", "max_students"]].picture()


@pytest.fixture(autouse=True)
def closed_figures(monkeypatch):
    """Nothing is drawn on a screen, and Matplotlib keeps figures until they are closed."""
    monkeypatch.setenv("MPLBACKEND", "Agg")
    yield
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")


def test_without_matplotlib_the_error_names_the_package_to_install(seeded, monkeypatch):
    original = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("matplotlib"):
            raise ModuleNotFoundError(name)
        return original(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingLibraryError, match=r"^A picture needs matplotlib: pip install 'clerkbench\[lab\]'$"):
        seeded["hybrid"].capacity(students=25).picture()


def test_capacity_without_a_number_returns_the_maximum_of_students(seeded):
    bench = seeded["hybrid"]
    found, asked = bench.capacity(), bench.capacity(60)
    assert list(found) == [
        *("clerkship", "part", "preceptors", "proven", "max_students", "limited_by", "capacity_days")
    ]
    pd.testing.assert_frame_equal(pd.DataFrame(found), pd.DataFrame(asked)[list(found)])
    assert asked["students"].tolist() == [60] * len(asked)
    axes = found.picture()
    assert axes.get_xlabel() == "students a year, at most"
    assert not axes.collections
