"""Random schools, each valid, with names that are hard to write down."""

import unicodedata
from typing import Any

from hypothesis import strategies as st

from clerkbench.files.unicode_text import normalize
from small_school import uid

TEXT = st.one_of(
    st.sampled_from(["=SUM(A1)", "007", "O'Brien", 'a "b"', "Ágnes", " x ", "-1", "'", "1.0", "TRUE", "a, b", "x\n"]),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=6),
)
#: DuckDB trims every kind of space, such as the no-break space; invisible characters are removed first.
NAMES = TEXT.filter(lambda text: any(unicodedata.category(sign) != "Zs" for sign in normalize(text)))
DAYS = st.integers(1, 60)
MODES = st.sampled_from(["continuous_single", "continuous_team", "block_based", "daily_rotation"])
Rows = list[dict[str, Any]]


@st.composite
def random_school(draw: st.DrawFn) -> dict[str, Rows]:
    """Rows by table, parents first. Ids are left out of some, so that the database makes them."""
    systems = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
    clerkships = draw(st.lists(NAMES, max_size=3, unique=True))
    people = draw(st.lists(st.sampled_from([*draw(st.lists(NAMES, min_size=1, max_size=3)), "Dr. Twice"]), max_size=5))
    school: dict[str, Rows] = {
        "clerkships": [
            {"id": uid(100 + at), "name": name, "specialty": draw(TEXT), "required_days": draw(DAYS),
             "description": draw(st.none() | TEXT)}
            for at, name in enumerate(clerkships)
        ],
        "health_systems": [
            {"id": uid(200 + at), "name": name, "notes": draw(st.none() | TEXT)} for at, name in enumerate(systems)
        ],
    }  # fmt: skip
    sites = [
        {"id": uid(300 + 10 * at + number), "health_system_id": uid(200 + at), "name": name,
         "site_type": draw(st.sampled_from(["hospital", "clinic", "other"]))}
        for at in range(len(systems))
        for number, name in enumerate(draw(st.lists(st.sampled_from(["Main", "main", "=A1", "Main (x)"]), unique=True)))
    ]  # fmt: skip
    school["sites"] = sites
    school["preceptors"] = []
    for at, name in enumerate(people):
        site = draw(st.none() | st.sampled_from(sites)) if sites else None
        system = site["health_system_id"] if site else uid(200 + draw(st.integers(0, len(systems) - 1)))
        school["preceptors"].append(
            {"id": uid(400 + at), "name": name, "email": f"{at}{draw(TEXT)}", "specialty": draw(TEXT),
             "max_students": draw(DAYS), "health_system_id": system, "site_id": site["id"] if site else None}
        )  # fmt: skip
    any_clerkship = [None, *(row["id"] for row in school["clerkships"])]
    configured = [row["id"] for row in school["clerkships"] if draw(st.booleans())]
    school["clerkship_configurations"] = [
        {"id": uid(500 + at), "clerkship_id": clerkship, "assignment_strategy": "hybrid",
         "block_size_days": draw(st.none() | DAYS), "allow_partial_blocks": draw(st.booleans()),
         "notes": draw(st.none() | TEXT)}
        for at, clerkship in enumerate(configured)
    ]  # fmt: skip
    school["clerkship_requirements"] = [
        {"clerkship_id": clerkship, "requirement_type": kind, "required_days": draw(DAYS),
         "assignment_mode": draw(MODES)}
        for clerkship in any_clerkship[1:]
        for kind in draw(st.lists(st.sampled_from(["outpatient", "inpatient", "elective"]), unique=True))
    ]  # fmt: skip
    school["clerkship_electives"] = [
        {"configuration_id": uid(500 + at), "name": name, "specialty": draw(st.none() | TEXT)}
        for at in range(len(configured))
        for name in draw(st.lists(TEXT, max_size=2, unique=True))
    ]
    school["preceptor_teams"] = [
        {"id": uid(600 + at), "clerkship_id": draw(st.sampled_from(any_clerkship)),
         "name": draw(st.sampled_from(["Team", "Team", "=A"])), "require_same_site": draw(st.booleans())}
        for at in range(draw(st.integers(0, 3)))
    ]  # fmt: skip
    school["preceptor_team_members"] = [
        {"team_id": team["id"], "preceptor_id": person["id"], "role": draw(st.sampled_from(["lead", "member"])),
         "priority": number + 1}
        for team in school["preceptor_teams"]
        for number, person in enumerate(school["preceptors"])
        if draw(st.booleans())
    ]  # fmt: skip
    school["preceptor_fallbacks"] = [
        {"clerkship_id": draw(st.sampled_from(any_clerkship)), "primary_preceptor_id": uid(400 + at),
         "fallback_preceptor_id": uid(401 + at), "priority": draw(DAYS)}
        for at in range(len(people) - 1)
    ]  # fmt: skip
    school["preceptor_capacity_rules"] = [
        {"preceptor_id": person["id"], "clerkship_id": clerkship, "max_students_per_day": draw(DAYS)}
        for person in school["preceptors"]
        for clerkship in any_clerkship
        if draw(st.booleans())
    ]
    return {table: rows for table, rows in school.items() if rows}
