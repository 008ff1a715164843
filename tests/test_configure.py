"""One clerkship by name: only the given settings are written, and each value that is read has its origin."""

import re

import pandas as pd
import pytest

import clerkbench
from clerkbench.errors import (
    ArgumentError,
    ReferencedError,
    RowsRejectedError,
    SchemaError,
    TransactionError,
    UnknownRowError,
)
from databases import EACH_IN_TURN, TWO_SCHOOLS, everything, made
from migration_files import add_migration
from notebook_output import as_html

pytestmark = pytest.mark.memory_and_file

INTERNAL = "Internal Medicine"


@pytest.mark.long
@pytest.mark.parametrize("school", EACH_IN_TURN)
def test_every_school_is_rebuilt_from_nothing_by_configure_and_plain_inserts(seeded, bench, school):
    seed = seeded[school]
    of_the_school = ("preceptor_specialties", "preceptor_sites", "school_defaults")
    for table in ("health_systems", "sites", "preceptors", *of_the_school):
        if not (rows := seed.sql(f"FROM {table}")).empty:
            bench.insert(table, rows)
    for clerkship in seed.sql("SELECT name FROM clerkships ORDER BY name")["name"]:
        bench.configure(clerkship, create=True, **seed.configuration(clerkship).as_dict())
    for table in ("preceptor_teams", "preceptor_fallbacks", "preceptor_capacity_rules", "site_capacity_rules"):
        general = seed.sql(f"FROM {table} WHERE clerkship_id IS NULL")
        if not general.empty:
            bench.insert(table, general)
    assert not seed.diff(bench), "the report says what differs"
    for view in ("configuration_overview", "effective_capacity", "fallback_chains", "team_rosters", "teaching_limits"):
        reported = [name for name in seed.describe(view)["column"] if not name.endswith("_id")]
        query = f"SELECT {', '.join(reported)} FROM {view} ORDER BY ALL"
        pd.testing.assert_frame_equal(seed.sql(query), bench.sql(query))


@pytest.mark.long
@pytest.mark.parametrize("school", TWO_SCHOOLS)
def test_what_is_read_and_written_back_changes_nothing_not_even_a_time(seeded, school):
    bench = seeded[school]
    before = everything(bench)
    for clerkship in bench.sql("SELECT name FROM clerkships")["name"]:
        bench.configure(clerkship, **bench.configuration(clerkship).as_dict())
    assert everything(bench) == before


def test_configure_equals_sql_written_by_hand(own_school):
    other = own_school.fork()
    own_school.configure(
        "Pediatrics",
        required_days=40,
        assignment_strategy="hybrid",
        requirement_structure="split",
        block_size_days=10,
        requirements=[
            {"requirement_type": "inpatient", "required_days": 20, "assignment_mode": "block_based"},
            {"requirement_type": "outpatient", "required_days": 20, "assignment_mode": "daily_rotation"},
        ],
        electives=["Cardiology", {"name": "Oncology", "minimum_days": 3, "specialty": "Surgery"}],
        teams=[{"name": "Ward", "require_same_site": True, "members": ["Dr. Chen", "Dr. Okafor"]}],
        fallbacks=[{"primary_preceptor": "Dr. Chen", "fallback_preceptor": "okafor@metro.example"}],
        capacity_rules=[{"preceptor": "Dr. Chen", "max_students_per_day": 2, "max_students_per_block": 3}],
    )
    other.con.execute("""
        UPDATE clerkships SET required_days = 40 WHERE name = 'Pediatrics';
        DELETE FROM clerkship_requirements WHERE clerkship_id = (SELECT id FROM clerkships WHERE name = 'Pediatrics');
        DELETE FROM clerkship_configurations WHERE clerkship_id = (SELECT id FROM clerkships WHERE name = 'Pediatrics');
        INSERT INTO clerkship_configurations (clerkship_id, assignment_strategy, requirement_structure, block_size_days)
        SELECT id, 'hybrid', 'split', 10 FROM clerkships WHERE name = 'Pediatrics';
        INSERT INTO clerkship_requirements (clerkship_id, requirement_type, required_days, assignment_mode)
        SELECT id, unnest(['inpatient', 'outpatient']), 20, unnest(['block_based', 'daily_rotation'])
        FROM clerkships WHERE name = 'Pediatrics';
        INSERT INTO clerkship_electives (configuration_id, name, minimum_days, specialty)
        SELECT clerkship_configurations.id, unnest(['Cardiology', 'Oncology']), unnest([1, 3]),
            unnest([NULL, 'Surgery'])
        FROM clerkship_configurations JOIN clerkships ON clerkship_id = clerkships.id
        WHERE clerkships.name = 'Pediatrics';
        DELETE FROM preceptor_capacity_rules
        WHERE clerkship_id = (SELECT id FROM clerkships WHERE name = 'Pediatrics');
        DELETE FROM preceptor_fallbacks WHERE clerkship_id = (SELECT id FROM clerkships WHERE name = 'Pediatrics');
        INSERT INTO preceptor_teams (clerkship_id, name, require_same_site)
        SELECT id, 'Ward', TRUE FROM clerkships WHERE name = 'Pediatrics';
        INSERT INTO preceptor_team_members (team_id, preceptor_id, priority)
        SELECT preceptor_teams.id, preceptors.id, CASE preceptors.name WHEN 'Dr. Chen' THEN 1 ELSE 2 END
        FROM preceptor_teams, preceptors
        WHERE preceptor_teams.name = 'Ward' AND preceptors.name IN ('Dr. Chen', 'Dr. Okafor');
        INSERT INTO preceptor_fallbacks (clerkship_id, primary_preceptor_id, fallback_preceptor_id, priority)
        SELECT clerkships.id, one.id, other.id, 1 FROM clerkships, preceptors AS one, preceptors AS other
        WHERE clerkships.name = 'Pediatrics' AND one.name = 'Dr. Chen' AND other.name = 'Dr. Okafor';
        INSERT INTO preceptor_capacity_rules (preceptor_id, clerkship_id, max_students_per_day, max_students_per_block)
        SELECT preceptors.id, clerkships.id, 2, 3 FROM preceptors, clerkships
        WHERE preceptors.name = 'Dr. Chen' AND clerkships.name = 'Pediatrics';
    """)
    for table, reported in {
        "clerkship_configurations": "clerkship_id, assignment_strategy, requirement_structure, block_size_days, "
        "health_system_continuity, allow_partial_blocks, prefer_continuous_blocks, fallbacks_allowed, notes",
        "clerkship_requirements": "clerkship_id, requirement_type, required_days, assignment_mode",
        "clerkship_electives": "name, minimum_days, specialty",
        "preceptor_teams": "clerkship_id, name, require_same_site, require_same_specialty",
        "preceptor_team_members": "preceptor_id, role, priority",
        "preceptor_fallbacks": "clerkship_id, primary_preceptor_id, fallback_preceptor_id, priority, requires_approval",
        "preceptor_capacity_rules": "preceptor_id, clerkship_id, max_students_per_day, max_students_per_block",
    }.items():
        query = f"SELECT {reported} FROM {table} ORDER BY ALL"
        pd.testing.assert_frame_equal(own_school.sql(query), other.sql(query))


def test_only_what_is_named_changes(hybrid):
    before = hybrid.fork()
    hybrid.configure(INTERNAL, block_size_days=10, notes="Shorter blocks.")
    rows = before.diff(hybrid).rows
    assert rows[["change", "table", "row", "column", "before", "after"]].values.tolist() == [
        ["changed", "clerkship_configurations", INTERNAL, "block_size_days", "14", "10"],
        ["changed", "clerkship_configurations", INTERNAL, "notes", "", "Shorter blocks."],
    ]


def test_a_list_replaces_the_list_and_keeps_the_rows_that_stay(hybrid):
    electives = hybrid.sql("FROM clerkship_electives")
    before = hybrid.fork()
    hybrid.configure(
        INTERNAL, electives=[{"name": "Cardiology", "minimum_days": 5, "specialty": "Cardiology"}, "Sleep"]
    )
    rows = before.diff(hybrid).rows
    assert sorted(zip(rows["change"], rows["row"], strict=True)) == [
        ("added", "Sleep"),
        ("removed", "Nephrology"),
        ("removed", "Quality Improvement"),
    ]
    kept = hybrid.sql("FROM clerkship_electives WHERE name = 'Cardiology'")
    pd.testing.assert_frame_equal(kept, electives[electives["name"] == "Cardiology"].reset_index(drop=True))


def test_an_empty_list_leaves_nothing_and_what_depends_on_it_goes_too(hybrid):
    hybrid.configure("Pediatrics", teams=[])
    assert hybrid.configuration("Pediatrics").lists["teams"].empty
    assert hybrid.sql("SELECT count(*) AS members FROM preceptor_team_members")["members"][0] == 0


def test_what_an_item_leaves_out_gets_its_default_but_the_members_of_a_team_stay(hybrid):
    hybrid.configure("Pediatrics", teams=["Harbor Pediatrics"])
    [team] = hybrid.configuration("Pediatrics").as_dict()["teams"]
    assert team["require_same_site"] is False
    assert [each["preceptor"] for each in team["members"]] == [
        "Dr. Eva Lindgren",
        "Dr. Francisco Vega",
        "Dr. Gemma Doyle",
    ]


def test_priorities_are_places_in_the_list_for_each_preceptor_by_itself(own_school):
    own_school.configure(
        "Surgery",
        fallbacks=[
            {"primary_preceptor": "Dr. Chen", "fallback_preceptor": "Dr. Silva"},
            {"primary_preceptor": "Dr. Okafor", "fallback_preceptor": "Dr. Silva"},
            {"primary_preceptor": "chen@metro.example", "fallback_preceptor": "Dr. Okafor"},
        ],
    )
    found = own_school.configuration("Surgery").lists["fallbacks"]
    own = found[found["origin"] == "set here"]
    assert own[["primary_preceptor", "fallback_preceptor", "priority"]].values.tolist() == [
        ["Dr. Chen", "Dr. Silva", 1],
        ["Dr. Chen", "Dr. Okafor", 2],
        ["Dr. Okafor", "Dr. Silva", 1],
    ]


def test_a_dataframe_is_a_list_too(hybrid):
    frame = pd.DataFrame({"name": ["Cardiology", "Sleep"], "specialty": ["Cardiology", None], "minimum_days": [5, 2]})
    hybrid.configure(INTERNAL, electives=frame)
    assert hybrid.configuration(INTERNAL).lists["electives"]["name"].tolist() == ["Cardiology", "Sleep"]


def test_a_clerkship_is_made_only_when_that_is_asked_for(bench):
    message = r"clerkships has no row 'Surgery'\. Nothing was changed\. To create it: create=True\."
    with pytest.raises(UnknownRowError, match=message):
        bench.configure("Surgery", specialty="Surgery", required_days=45)
    made = bench.configure("Surgery", create=True, specialty="Surgery", required_days=45, electives=["Trauma"])
    assert made.lists["electives"]["name"].tolist() == ["Trauma"]
    assert bench.sql("SELECT requirement_structure FROM clerkship_configurations").values.tolist() == [["single"]]


def test_an_unknown_clerkship_is_answered_with_one_like_it(hybrid):
    with pytest.raises(UnknownRowError, match=r"has no row 'Surgerie'\. Did you mean 'Surgery'\?"):
        hybrid.configuration("Surgerie")


def test_all_that_is_wrong_is_reported_at_once_and_nothing_is_changed(hybrid):
    before = everything(hybrid)
    with pytest.raises(RowsRejectedError) as refused:
        hybrid.configure(
            INTERNAL,
            assignment_strategi="daily_rotation",
            assignment_strategy="daily",
            required_days="many",
            requirements=[
                {"requirement_type": "inpatint", "required_days": 0, "assignment_mode": "block_based"},
                {"requirement_typ": "elective"},
                5,
            ],
            electives="Cardiology",
            teams=[
                {"name": "Ward", "members": ["Dr. Boris Ivanof", {"preceptor": "Dr. Clara Jensen", "role": "boss"}]}
            ],
        )
    assert everything(hybrid) == before
    found = refused.value.violations
    reported = "\n".join(found["message"])
    for words in (
        r"There is no setting called 'assignment_strategi'\. Did you mean 'assignment_strategy'\?",
        r"Internal Medicine: required_days must be a whole number \(INTEGER\); got 'many'\.",
        r"Internal Medicine: Students are assigned by one of five strategies\. But assignment_strategy is 'daily'\.",
        r"requirements, item 1 \(Internal Medicine, inpatint\): A requirement is outpatient, inpatient or elective\.",
        r"requirements, item 1 .*: A requirement lasts at least one day\. But required_days is 0\.",
        r"There is no part of requirements, item 2 called 'requirement_typ'\. Did you mean 'requirement_type'\?",
        r"requirements, item 3 must be a dict, such as \{'requirement_type': …, .*\}; got 5\.",
        r"electives must be a list, such as \[\{'name': …, .*\}\]; got 'Cardiology'\.",
        r"teams, item 1, members, item 1 .*: There is no preceptor 'Dr\. Boris Ivanof' in preceptors\. "
        r"Did you mean 'Dr\. Boris Ivanov'\?",
        r"teams, item 1, members, item 2 .*: A member leads the team or does not\. But role is 'boss'\.",
    ):
        assert re.search(words, reported), words
    assert str(refused.value).startswith(f"{INTERNAL} cannot be configured like this. {len(found)} errors:")
    assert str(refused.value).endswith("Nothing was changed.")


@pytest.mark.parametrize("clerkship", [None, 5, [INTERNAL], b"Surgery"])
def test_a_clerkship_is_given_by_a_text(seeded, clerkship):
    hybrid = seeded["hybrid"]
    before = everything(hybrid)
    for use in (hybrid.configuration, lambda each: hybrid.configure(each, create=True, specialty="x", required_days=1)):
        with pytest.raises(ArgumentError, match="A clerkship must be given by its name or id; got"):
            use(clerkship)
    assert everything(hybrid) == before


@pytest.mark.first_cases(2)
@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"teams": None}, r"teams must be a list, such as .*; got None\."),
        ({"electives": [{"name": "A", ("b",): 2}]}, r"There is no part of electives, item 1 called \"\('b',\)\"\."),
        ({"capacity_rules": ["half a\ud800"]}, r"There is no preceptor 'half a.*ud800' in preceptors\."),
        ({"notes": "half a\ud800"}, r"notes must be a text; got .*\."),
        ({"notes": {"a": 1}}, r"notes must be a text; got .*\."),
        ({"required_days": 10**30}, r"required_days must be a whole number \(INTEGER\)"),
        (
            {"capacity_rules": [{"preceptor": "Dr. Jacob Stein", "preceptor_id": "Dr. Sofia Conti"}]},
            r"capacity_rules, item 1 has 'preceptor_id' twice\.",
        ),
        (
            {"teams": [{"name": "A", "members": [["b"]]}]},
            r"teams, item 1, members, item 1 must be a dict, such as .*; got \['b'\]",
        ),
        ({"requirement_structure": None}, r"Give requirement_structure a value, such as its default 'single'"),
        (
            {"fallbacks": [{"primary_preceptor": "Nobody", "fallback_preceptor": ["Dr. Jacob Stein"]}]},
            r"There is no fallback_preceptor .* in preceptors",
        ),
        (
            {"electives": pd.DataFrame([["A", 1, 9]], columns=["name", "minimum_days", "minimum_days"])},
            r"electives has two columns called 'minimum_days'\.",
        ),
        ({"type": "x"}, r"There is no setting called 'type'"),
        ({"electives": [{"type": "x"}]}, r"There is no part of electives, item 1 called 'type'"),
        ({"requirements": [{"type": "x"}]}, r"called 'type'\. Did you mean 'requirement_type'\?"),
    ],
)
def test_an_invalid_setting_is_refused_with_a_clear_error(seeded, given, message):
    hybrid = seeded["hybrid"]
    before = everything(hybrid)
    with pytest.raises(RowsRejectedError, match=message):
        hybrid.configure(INTERNAL, **given)
    assert everything(hybrid) == before
    assert not hybrid.con.execute("SELECT table_name FROM duckdb_tables() WHERE temporary").fetchall()


def test_two_items_that_are_the_same_are_refused_by_their_places(hybrid):
    twice = [{"name": "Sleep"}, {"name": "Sleep"}]
    with pytest.raises(RowsRejectedError, match=r"electives, item 2 \(Sleep\): .*Item 1 has .*name 'Sleep' as well\."):
        hybrid.configure(INTERNAL, electives=twice)


@pytest.mark.long
def test_a_preceptor_name_that_two_preceptors_share_is_refused_as_ambiguous(own_school):
    own_school.insert(
        "preceptors",
        {
            "name": "Dr. Chen",
            "email": "other@metro.example",
            "specialty": "Surgery",
            "health_system_id": own_school.sql("SELECT id FROM health_systems WHERE name = 'Metro'")["id"][0],
        },
    )
    with pytest.raises(RowsRejectedError, match=r"preceptor 'Dr\. Chen' may mean 2 rows of preceptors\.") as refused:
        own_school.configure("Surgery", capacity_rules=["Dr. Chen"])
    remedy = refused.value.violations["remedy"].iloc[0]
    assert "'Dr. Chen (chen@metro.example)'" in remedy
    assert "'Dr. Chen (other@metro.example)'" in remedy
    for name in ("Dr. Chen (other@metro.example)", "other@metro.example"):
        own_school.configure("Surgery", capacity_rules=[name])
        rules = own_school.configuration("Surgery").as_dict()["capacity_rules"]
        assert [rule["preceptor"] for rule in rules] == ["Dr. Chen (other@metro.example)"]


def test_each_value_says_where_it_comes_from(hybrid):
    settings = hybrid.configuration(INTERNAL).settings.set_index("setting")
    assert settings.loc["block_size_days", ["area", "value", "origin"]].tolist() == [8, 14, "set here"]
    assert settings.loc["prefer_continuous_blocks", ["value", "origin"]].tolist() == [True, "default of the schema"]
    assert settings.loc["team_size_min", ["value", "origin"]].tolist() == [2, "default of the schema"]
    assert settings.loc["team_size_min", "meaning"].endswith("empty: the school's default.")


def test_a_setting_that_the_clerkship_leaves_open_says_what_holds_and_why(hybrid):
    hybrid.insert(
        "school_defaults",
        [
            {"requirement_type": "inpatient", "prefer_continuous_blocks": False, "max_students_per_year": 4},
            {"requirement_type": "outpatient", "max_students_per_year": 4},
            {"requirement_type": "elective", "max_students_per_year": 4},
        ],
    )
    settings = hybrid.configuration(INTERNAL).settings.set_index("setting")
    assert settings.loc["max_students_per_year", ["value", "origin"]].tolist() == [4, "default of the school"]
    assert pd.isna(settings.loc["prefer_continuous_blocks", "value"])
    assert settings.loc["prefer_continuous_blocks", "origin"] == "elective true, inpatient false, outpatient true"
    assert hybrid.configuration(INTERNAL).as_dict()["prefer_continuous_blocks"] is None


def test_a_requirement_without_a_mode_of_its_own_shows_the_one_that_holds(hybrid):
    hybrid.insert("school_defaults", {"requirement_type": "inpatient", "assignment_mode": "daily_rotation"})
    requirement = "SELECT id FROM clerkship_requirements WHERE assignment_mode = 'block_based' AND required_days = 30"
    hybrid.update("clerkship_requirements", hybrid.sql(requirement)["id"][0], assignment_mode=None)
    items = hybrid.configuration(INTERNAL).lists["requirements"].set_index("requirement_type")
    assert items["assignment_mode"].to_dict() == {
        "outpatient": "continuous_single",
        "inpatient": "daily_rotation",
        "elective": "daily_rotation",
    }
    assert items["origin"].to_dict() == {
        "outpatient": "set here",
        "inpatient": "default of the school",
        "elective": "set here",
    }
    given = hybrid.configuration(INTERNAL).as_dict()["requirements"]
    assert ["assignment_mode" in each for each in given] == [True, False, True]


def test_capacity_says_whether_a_rule_for_the_clerkship_or_for_any_or_max_students_decides(hybrid):
    rules = hybrid.sql("FROM preceptor_capacity_rules WHERE clerkship_id IS NULL")
    hybrid.delete("preceptor_capacity_rules", rules["id"])
    hybrid.insert("preceptor_capacity_rules", rules[1::2])
    limits = pd.concat(
        hybrid.configuration(name).lists["capacity_rules"] for name in hybrid.sql("FROM clerkships")["name"]
    )
    decided = hybrid.sql("""
        SELECT DISTINCT preceptor, max_students_per_day, decided_by, clerkship
        FROM effective_capacity AS capacity INNER JOIN clerkships ON clerkship_id = clerkships.id
        WHERE team_id IS NOT NULL OR (preceptor_id, specialty) IN (FROM practiced_specialties) ORDER BY ALL
    """).drop(columns="clerkship")
    words = {"clerkship rule": "set here", "max_students": "preceptor's max_students"}
    wanted = {(name, number, words.get(by, by)) for name, number, by in decided.values.tolist()}
    assert set(limits[["preceptor", "max_students_per_day", "origin"]].itertuples(index=False, name=None)) == wanted
    assert set(limits["origin"]) == {"set here", "general rule", "preceptor's max_students"}


def test_rows_for_any_clerkship_are_shown_but_are_not_part_of_the_dict(own_school):
    own_school.con.execute("DELETE FROM preceptor_fallbacks WHERE clerkship_id IS NULL")
    own_school.con.execute("UPDATE preceptor_fallbacks SET clerkship_id = NULL")
    for team in own_school.sql("FROM preceptor_teams")["id"]:
        own_school.update("preceptor_teams", team, clerkship_id=None)
    surgery, pediatrics = (own_school.configuration(name) for name in ("Surgery", "Pediatrics"))
    for found in (surgery, pediatrics):
        assert set(found.lists["teams"]["origin"]) == {"general rule"}
        assert found.as_dict()["teams"] == found.as_dict()["fallbacks"] == []
    assert set(surgery.lists["fallbacks"]["origin"]) == {"general rule"}
    assert pediatrics.lists["fallbacks"].empty, "nobody stands in for a surgeon there"


def test_a_clerkship_without_a_configuration_has_the_defaults_of_the_schema(bench):
    bench.insert("clerkships", {"name": "Surgery", "specialty": "Surgery", "required_days": 45})
    found = bench.configuration("Surgery")
    settings = found.settings.set_index("setting")
    assert settings.loc["assignment_strategy", ["value", "origin"]].tolist() == [
        "continuous_single",
        "default of the schema",
    ]
    bench.configure("Surgery", **found.as_dict())
    assert bench.sql("FROM clerkship_configurations").empty


def test_it_shows_itself_as_text_and_as_html(hybrid):
    found = hybrid.configuration(INTERNAL)
    assert "assignment_strategy" in repr(found)
    assert "teams: none" in repr(found)
    shown = as_html(found)
    assert "<h4>Internal Medicine</h4>" in shown
    assert shown.count("<table>") == 1 + sum(not items.empty for items in found.lists.values())
    assert "nan" not in shown.lower().replace("finance", "")


def test_it_is_part_of_a_transaction_or_one_of_its_own(hybrid):
    before = everything(hybrid)
    with pytest.raises(ZeroDivisionError), hybrid.transaction():
        hybrid.configure(INTERNAL, required_days=71, teams=["Ward"])
        _ = 1 / 0
    assert everything(hybrid) == before
    hybrid.con.begin()
    with pytest.raises(TransactionError, match="A transaction is open on this connection"):
        hybrid.configure(INTERNAL, required_days=71)
    hybrid.con.rollback()
    assert everything(hybrid) == before


@pytest.mark.long
def test_a_table_and_a_column_that_the_schema_gains_can_be_set_without_any_python(new_bench, own_sql):
    up = """
        ALTER TABLE clerkships ADD COLUMN coordinator TEXT;
        CREATE TABLE clerkship_holidays (
            id TEXT DEFAULT (CAST(gen_random_uuid() AS TEXT)) PRIMARY KEY,
            clerkship_id TEXT NOT NULL REFERENCES clerkships (id) /* ON DELETE CASCADE */,
            name TEXT NOT NULL, UNIQUE (clerkship_id, name)
        );
        CREATE TABLE clerkship_directors (
            id TEXT DEFAULT (CAST(gen_random_uuid() AS TEXT)) PRIMARY KEY,
            clerkship_id TEXT NOT NULL UNIQUE REFERENCES clerkships (id) /* ON DELETE CASCADE */,
            preceptor_id TEXT REFERENCES preceptors (id)
        );
    """
    down = (
        "DROP TABLE clerkship_holidays; DROP TABLE clerkship_directors; ALTER TABLE clerkships DROP COLUMN coordinator;"
    )
    add_migration(own_sql, up, down)
    with new_bench(sql_folder=own_sql) as bench:
        bench.configure(
            "Surgery",
            create=True,
            specialty="Surgery",
            required_days=4,
            coordinator="Ms. Ray",
            holidays=["Easter", "May Day"],
        )
        found = bench.configuration("Surgery")
        assert found.lists["holidays"]["name"].tolist() == ["Easter", "May Day"]
        assert found.as_dict()["coordinator"] == "Ms. Ray"
        bench.insert("health_systems", {"name": "Metro"})
        [system] = bench.sql("FROM health_systems")["id"]
        person = {"specialty": "Surgery", "health_system_id": system}
        bench.insert("preceptors", [{"name": name, "email": name, **person} for name in ("Ann", "Bo")])
        bench.configure("Surgery", preceptor="Bo")
        bench.configure("Surgery", required_days=5)
        assert bench.configuration("Surgery").as_dict()["preceptor"] == "Bo"
        with pytest.raises(
            RowsRejectedError, match=r"Surgery: There is no preceptor 'Boo' in preceptors\. Did you mean"
        ):
            bench.configure("Surgery", preceptor="Boo")


@pytest.mark.long
@pytest.mark.parametrize(
    "table",
    ["room_capacity_rules", "clerkship_capacity_rules", "aa_capacity_rules", "preceptor_capacity", "clerkship_team"],
)
def test_no_setting_changes_its_name_when_a_table_is_added(new_bench, own_sql, hybrid, table):
    made = f"""
        CREATE TABLE {table} (
            id TEXT DEFAULT (CAST(gen_random_uuid() AS TEXT)) PRIMARY KEY, notes TEXT, assignment_strategy TEXT,
            clerkship_id TEXT NOT NULL {{}} REFERENCES clerkships (id) /* ON DELETE CASCADE */
        );
    """
    for unique in ("", "UNIQUE"):
        add_migration(own_sql, made.format(unique).replace(table, table + unique.lower()), f"DROP TABLE {table};")
    with clerkbench.open(sql_folder=own_sql) as bench:
        bench.seed("hybrid")
        before = hybrid.configuration("Surgery").as_dict()
        after = bench.configuration("Surgery").as_dict()
        assert {name: after[name] for name in before} == before
        assert len(after) > len(before)
        bench.configure("Surgery", capacity_rules=[], teams=[])
        assert bench.sql(
            "FROM preceptor_capacity_rules SEMI JOIN clerkships ON clerkship_id = clerkships.id AND name = 'Surgery'"
        ).empty
        assert not bench.configuration("Surgery").as_dict()["teams"]


LATER = {
    "columns": "ALTER TABLE clerkships ADD COLUMN notes TEXT; ALTER TABLE clerkships ADD teams TEXT;",
    "a list of a list": "CREATE TABLE members (id TEXT DEFAULT (CAST(gen_random_uuid() AS TEXT)) PRIMARY KEY, "
    "team_id TEXT NOT NULL REFERENCES preceptor_teams (id) /* ON DELETE CASCADE */, n TEXT);",
    "a column beside a list": "CREATE TABLE papers (id TEXT DEFAULT (CAST(gen_random_uuid() AS TEXT)) PRIMARY KEY, "
    "clerkship_id TEXT NOT NULL UNIQUE REFERENCES clerkships (id) /* ON DELETE CASCADE */, requirements TEXT);",
}


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("up", LATER.values(), ids=LATER)
def test_no_setting_changes_its_meaning_when_one_of_its_name_is_added(templates, own_sql, hybrid, up):
    add_migration(own_sql, up)
    with templates.copy(sql_folder=own_sql) as bench:
        bench.seed("hybrid")
        before = hybrid.configuration("Pediatrics").as_dict()
        after = bench.configuration("Pediatrics").as_dict()
        assert [team["members"] for team in after["teams"]] == [team["members"] for team in before["teams"]]
        assert {name: after[name] for name in before if name != "teams"} == {
            name: value for name, value in before.items() if name != "teams"
        }
        bench.configure("Pediatrics", notes="New", requirements=before["requirements"], teams=before["teams"])
        stored = bench.sql(
            "SELECT clerkship_configurations.notes FROM clerkship_configurations "
            "JOIN clerkships ON clerkship_id = clerkships.id WHERE name = 'Pediatrics'"
        )
        assert stored["notes"].tolist() == ["New"]


def test_what_others_still_need_does_not_go(tmp_path):
    up = """
        CREATE TABLE clerkships (id TEXT DEFAULT (CAST(gen_random_uuid() AS TEXT)) PRIMARY KEY, name TEXT UNIQUE);
        CREATE TABLE rooms (
            id TEXT DEFAULT (CAST(gen_random_uuid() AS TEXT)) PRIMARY KEY, name TEXT NOT NULL,
            clerkship_id TEXT NOT NULL REFERENCES clerkships (id) /* ON DELETE CASCADE */
        );
        CREATE TABLE keys (id INTEGER PRIMARY KEY, room_id TEXT NOT NULL REFERENCES rooms (id));
    """
    with made(tmp_path, up) as bench:
        bench.configure("Surgery", create=True, rooms=["A1", "A2"])
        bench.insert("keys", {"id": 1, "room_id": bench.sql("SELECT id FROM rooms WHERE name = 'A1'")["id"][0]})
        with pytest.raises(ReferencedError, match="rooms A1 cannot be deleted"):
            bench.configure("Surgery", rooms=["A2"])
        assert len(bench.sql("FROM rooms")) == 2


def test_a_database_without_the_views_is_refused_with_the_advice_to_migrate(new_bench):
    bench = new_bench("flexible")
    bench.con.execute("DROP VIEW effective_capacity CASCADE")
    before = everything(bench)
    for use in (bench.configuration, lambda name: bench.configure(name, required_days=1)):
        with pytest.raises(SchemaError, match=r"The configuration needs the newest schema and its views\."):
            use("Psychiatry")
    assert everything(bench) == before


@pytest.mark.long
def test_a_table_with_keys_written_by_users_is_a_list_and_its_rows_are_found_by_key(bench):
    bench.con.execute("""
        CREATE TABLE clerkship_rooms (id INTEGER PRIMARY KEY, clerkship_id TEXT REFERENCES clerkships (id), name TEXT);
        CREATE TABLE clerkship_budgets (id INTEGER PRIMARY KEY, clerkship_id TEXT UNIQUE REFERENCES clerkships (id));
    """)
    bench.configure("Surgery", create=True, specialty="x", required_days=1, rooms=[{"id": 5, "name": "A"}])
    bench.configure("Surgery", rooms=[{"id": "5", "name": "B"}])
    assert bench.sql("SELECT id, name FROM clerkship_rooms").values.tolist() == [[5, "B"]]
    with pytest.raises(RowsRejectedError, match=r"id must be a whole number \(INTEGER\); got 'x'"):
        bench.configure("Surgery", rooms=[{"id": "x", "name": "B"}])


@pytest.mark.first_cases(1)
@pytest.mark.parametrize(
    "lists",
    [
        {},
        {
            "requirements": [
                {"requirement_type": "inpatient", "required_days": 45, "assignment_mode": "continuous_single"}
            ]
        },
        {"teams": ["Night"]},
    ],
    ids=lambda lists: ", ".join(lists) or "nothing",
)
def test_a_created_clerkship_gets_a_configuration_with_any_other_settings(bench, lists):
    bench.configure("Surgery", create=True, specialty="Surgery", required_days=45, **lists)
    assert bench.sql("SELECT count(*) AS n FROM clerkship_configurations")["n"].tolist() == [1]
    assert "clerkship-has-configuration" not in set(bench.audit()["rule"])
    bench.configure("Surgery", required_days=30)
    assert bench.sql("SELECT count(*) AS n FROM clerkship_configurations")["n"].tolist() == [1]


def test_the_limits_of_sites_that_hold_for_all_clerkships_are_shown_where_they_concern_one(seeded):
    found = seeded["longitudinal"].configuration("Surgery")
    assert found.lists["site_capacity_rules"][["site", "max_students_per_year", "origin"]].values.tolist() == [
        ["Lakes General Hospital", 3, "set here"],
        ["Lakes General Hospital", 40, "general rule"],
    ]
    assert found.as_dict()["site_capacity_rules"] == [
        {"site": "Lakes General Hospital", "max_students_per_day": 2, "max_students_per_year": 3}
    ]
