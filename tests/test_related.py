"""What depends on a row is found through every foreign key, each row once, and agrees with what a delete would do."""

import re

import pandas as pd
import pytest

from clerkbench.errors import UnknownNameError, UnknownRowError
from databases import TWO_SCHOOLS, made
from notebook_output import as_html
from small_school import SMALL_SCHOOL, SURGERY


def found_by_hand(bench, table: str, row_id: str) -> set[tuple[str, str]]:
    """What depends on a row, found with nothing but the list of foreign keys and SQL."""
    keys = [
        (key.child, key.child_columns.split(", "), key.parent, key.parent_columns.split(", "))
        for key in bench.relationships().itertuples()
    ]
    found = {(table, row_id)}
    while True:
        before = len(found)
        for child, columns, parent, parent_columns in keys:
            same = " AND ".join(f"child.{one} = parent.{two}" for one, two in zip(columns, parent_columns, strict=True))
            ids = [each for name, each in found if name == parent]
            joined = f"{child} AS child INNER JOIN {parent} AS parent ON {same}"
            query = f"SELECT child.id FROM {joined} WHERE parent.id IN (SELECT unnest(?))"
            found |= {(child, each) for (each,) in bench.con.execute(query, [ids]).fetchall()}
        if len(found) == before:
            return found


@pytest.mark.long
@pytest.mark.parametrize("school", TWO_SCHOOLS)
def test_related_and_a_delete_plan_agree_on_every_row(seeded, school):
    bench = seeded[school]
    for table in bench.tables()["table"]:
        for (row_id,) in bench.con.execute(f"SELECT id FROM {table} ORDER BY id").fetchall():
            related, plan = bench.related(table, row_id), bench.delete_plan(table, row_id)
            columns = ["action", "table", "id", "label"]
            concerned = related.loc[related["action"] != "", columns].to_numpy().tolist()
            planned = plan[columns].drop_duplicates()  # the plan lists a restricting row once for each path to it
            assert sorted(concerned) == sorted(planned.to_numpy().tolist())
            # What a delete does not concern depends on a row that stays.
            for row in related[related["action"] == ""].itertuples():
                assert related.loc[row.under, "action"] != "delete"


@pytest.mark.long
@pytest.mark.parametrize("school", TWO_SCHOOLS)
def test_related_finds_all_that_depends_on_a_row(seeded, school):
    bench = seeded[school]
    for table in ("clerkships", "health_systems", "preceptors"):
        for (row_id,) in bench.con.execute(f"SELECT id FROM {table}").fetchall():
            related = bench.related(table, row_id)
            places = list(zip(related["table"], related["id"], strict=True))
            assert len(places) == len(set(places)), "each row once"
            assert set(places) == found_by_hand(bench, table, row_id)


def test_a_row_is_named_by_its_id_or_its_name(small_school):
    assert small_school.related("clerkships", SURGERY).equals(small_school.related("Clerkships", "Surgery"))


def test_each_row_depends_on_the_row_it_references(small_school):
    related = small_school.related("health_systems", "Metro")
    assert related["under"].isna().tolist() == [True] + [False] * (len(related) - 1)
    for row in related.iloc[1:].itertuples():
        above = related.loc[row.under]
        child, parent = re.match(r"(\w+)\.(?:\w+|\([\w, ]+\)) → (\w+)", row.path).groups()
        assert (row.table, above["table"]) == (child, parent)
        assert row.path.endswith(f" → {above['path']}")
        assert row.id in [each for _, each in found_by_hand(small_school, above["table"], above["id"])]


def test_a_row_with_two_paths_to_another_is_listed_under_the_shorter_path(small_school):
    related = small_school.related("health_systems", "Metro")
    preceptors = related[related["table"] == "preceptors"]  # of a site as well, which is of the system
    assert set(preceptors["path"]) == {"preceptors.health_system_id → health_systems"}


def test_the_tree_omits_repeated_parts_of_labels(seeded):
    assert str(seeded["hybrid"].related("clerkships", "Pediatrics")).splitlines() == [
        "Pediatrics (clerkships)",
        "├─ clerkship_configurations (1): Pediatrics",
        "├─ clerkship_requirements (2): inpatient, outpatient",
        "└─ preceptor_teams (2)",
        "   ├─ Harbor Pediatrics",
        "   │  └─ preceptor_team_members (3): Dr. Eva Lindgren, Dr. Francisco Vega, Dr. Gemma Doyle",
        "   └─ Regional Pediatrics",
        "      └─ preceptor_team_members (2): Dr. Nadia Popescu, Dr. Victor Oduya",
    ]


def test_names_of_several_parts_are_set_apart(seeded):
    assert str(seeded["hybrid"].related("preceptors", "Dr. Adaeze Nwosu")).splitlines() == [
        "Dr. Adaeze Nwosu (preceptors)",
        "├─ preceptor_capacity_rules (1): Dr. Adaeze Nwosu",
        "└─ preceptor_fallbacks (2): Internal Medicine, Dr. Boris Ivanov; Internal Medicine, Dr. Karima Benali",
    ]


def test_the_tree_says_what_stops_a_delete(seeded):
    tree = str(seeded["hybrid"].related("health_systems", "Harbor Health"))
    assert "├─ preceptors (9, stop a delete)" in tree
    assert "└─ sites (2): Harbor Children's Clinic, Harbor General Hospital" in tree


def test_a_row_without_dependents_stands_alone(bench):
    bench.insert("health_systems", {"name": "Lonely <Health> & Co"})
    related = bench.related("health_systems", "Lonely <Health> & Co")
    assert str(related) == "Lonely <Health> & Co (health_systems)"
    assert as_html(related) == "<div><b>Lonely &lt;Health&gt; &amp; Co</b> (health_systems)</div>"


def test_the_tree_in_html_reports_the_same(seeded):
    related = seeded["hybrid"].related("clerkships", "Pediatrics")
    shown = as_html(related)
    lines = re.sub(r"<[^>]+>", "\n", shown).split("\n")
    assert [line for line in map(str.strip, lines) if line] == [
        "Pediatrics",
        "(clerkships)",
        *(line.lstrip("├└│─ ") for line in str(related).splitlines()[1:]),
    ]
    assert shown.count("<ul>") == shown.count("</ul>") == 4


def test_a_selection_is_shown_as_a_tree_if_it_has_the_columns(seeded):
    related = seeded["hybrid"].related("clerkships", "Pediatrics")
    members = related[related["table"] == "preceptor_team_members"]
    assert str(members).splitlines()[0] == "Harbor Pediatrics, Dr. Eva Lindgren (preceptor_team_members)"
    assert "Harbor Pediatrics" in str(related[["label"]])
    assert "<table" in as_html(related[["label"]])


def test_rows_put_together_or_renumbered_are_shown_as_any_dataframe(seeded):
    surgery, pediatrics = (seeded["hybrid"].related("clerkships", name) for name in ("Surgery", "Pediatrics"))
    together = pd.concat([surgery, pediatrics])
    for frame in (together, together.reset_index(drop=True), pediatrics.iloc[1:].reset_index(drop=True)):
        assert str(frame) == str(pd.DataFrame(frame))
        assert "<table" in as_html(frame)


def test_one_row_is_asked_for(seeded):
    for names in (["Surgery", "Pediatrics"], []):
        with pytest.raises(UnknownRowError, match=rf"^related\(\) takes one row; got {len(names)}"):
            seeded["hybrid"].related("clerkships", names)


@pytest.mark.long
def test_a_long_line_of_rows_is_shown_as_far_as_it_can_be_read(tmp_path):
    tables = """
        CREATE TABLE people (id INTEGER PRIMARY KEY, boss INTEGER REFERENCES people (id) /* ON DELETE CASCADE */);
    """
    with made(tmp_path, tables) as bench:
        bench.insert("people", [{"id": number, "boss": number - 1 if number else None} for number in range(1100)])
        related = bench.related("people", 0)
        assert len(related) == 1100
        assert str(related).splitlines()[-1].endswith("people (1): 20 …")
        assert as_html(related).count("<ul>") == as_html(related).count("</ul>")


def test_of_many_rows_the_first_are_named_and_the_others_counted(own_school):
    own_school.insert(
        "preceptor_teams", [{"name": f"Team {number:03}", "clerkship_id": SURGERY} for number in range(99)]
    )
    lines = str(own_school.related("clerkships", "Surgery")).splitlines()
    assert [line.strip("│ └├─") for line in lines if "more" in line] == ["… and 75 more"]
    assert len(own_school.related("clerkships", "Surgery")) > 100
    related = own_school.related("clerkships", "Surgery")
    assert "… and 75 more" in as_html(related)
    teams = related[related["table"] == "preceptor_teams"]
    assert str(teams).splitlines()[-1] == "… and 75 more"
    assert len(str(teams).splitlines()) == 26


PEOPLE = """
    CREATE TABLE people (name TEXT PRIMARY KEY, boss TEXT REFERENCES people (name) /* ON DELETE SET NULL */);
    CREATE TABLE notes (about TEXT REFERENCES people (name) /* ON DELETE CASCADE */, word TEXT);
    INSERT INTO people VALUES ('Ann', NULL);
    INSERT INTO people VALUES ('Bob', 'Ann');
    INSERT INTO people VALUES ('Cy', 'Bob');
    INSERT INTO notes VALUES ('Bob', 'kind'), ('Bob', 'tall'), ('Ann', 'wise');
"""


def test_rows_of_a_table_that_references_itself_are_followed_along_the_line(tmp_path):
    with made(tmp_path, PEOPLE) as bench:
        related = bench.related("people", "Ann")
        assert sorted(related[["action", "table", "id", "label"]].to_numpy().tolist(), key=str) == [
            ["", "notes", None, "Bob"],
            ["", "notes", None, "Bob"],
            ["", "people", "Cy", "Cy"],
            ["delete", "notes", None, "Ann"],
            ["delete", "people", "Ann", "Ann"],
            ["set null", "people", "Bob", "Bob"],
        ]
        assert "people (1, lose the reference)" in str(related)


def test_a_row_of_a_table_without_primary_key_cannot_be_asked_for(tmp_path):
    with made(tmp_path, PEOPLE) as bench, pytest.raises(UnknownRowError, match=r"^notes has no primary key"):
        bench.related("notes", "Bob")


@pytest.mark.parametrize(
    ("asked", "error", "says"),
    [
        (("clerkship", "Surgery"), UnknownNameError, r"There is no table 'clerkship'\. Did you mean 'clerkships'\?"),
        (("clerkships", "Surgary"), UnknownRowError, r"clerkships has no row 'Surgary'\. Did you mean 'Surgery'\?"),
    ],
)
def test_what_depends_on_nothing_is_an_error(small_school, asked, error, says):
    with pytest.raises(error, match=says):
        small_school.related(*asked)


def test_every_table_of_the_small_school_can_be_asked(small_school):
    for table in SMALL_SCHOOL:
        for (row_id,) in small_school.con.execute(f"SELECT id FROM {table}").fetchall():
            assert small_school.related(table, row_id).loc[0, "table"] == table
