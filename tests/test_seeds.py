"""The sample schools hold what their descriptions promise."""

import re
import subprocess
import sys
from collections.abc import Callable

import pandas as pd
import pytest

import clerkbench
from clerkbench.errors import SeedError, UnknownNameError
from clerkbench.files.sql_files import SqlFiles
from databases import EACH_IN_TURN
from migration_files import MIGRATIONS

Read = Callable[[str], pd.DataFrame]


@pytest.fixture
def read(seeded, school) -> Read:
    return seeded[school].sql


def every_row(bench: clerkbench.Workbench) -> str:
    return "\n".join(
        bench.sql(f"FROM {table} ORDER BY id").to_csv(index=False, lineterminator="\n")
        for table in bench.tables()["table"]
    )


def test_there_are_the_schools_of_the_design_each_with_a_description(bench):
    schools = bench.schools()
    assert set(schools["school"]) >= {"flexible", "hybrid", "team_based", "traditional"}
    assert all(about.endswith(".") for about in schools["about"])


@pytest.mark.parametrize(
    ("school", "clerkships"),
    [
        ("traditional", {"Family Medicine": 60, "Surgery": 45, "Internal Medicine": 60}),
        ("team_based", {"Family Medicine": 60, "Surgery": 45, "Pediatrics": 40}),
        ("hybrid", {"Internal Medicine": 70, "Surgery": 60, "Pediatrics": 50, "Obstetrics and Gynecology": 42}),
        ("flexible", {"Family Medicine": 50, "Emergency Medicine": 30, "Psychiatry": 40}),
    ],
)
def test_a_school_has_its_clerkships_with_their_days(read, school, clerkships):
    assert dict(read("SELECT name, required_days FROM clerkships").itertuples(index=False)) == clerkships


@pytest.mark.parametrize(
    ("school", "systems", "preceptors"),
    [("traditional", 2, 14), ("team_based", 2, 19), ("hybrid", 3, 20), ("flexible", 3, 15)],
)
def test_a_school_has_its_health_systems_and_enough_preceptors(read, school, systems, preceptors):
    assert len(read("FROM health_systems")) == systems
    assert len(read("FROM preceptors")) >= preceptors


@pytest.mark.parametrize(
    ("school", "expected"),
    [
        ("traditional", {("continuous_single", "single", "enforce_same_system")}),
        ("team_based", {("continuous_team", "single", "prefer_same_system")}),
        ("flexible", {("daily_rotation", "single", "no_preference")}),
    ],
)
def test_a_school_of_one_kind_configures_all_its_clerkships_alike(read, school, expected):
    configured = read(
        "SELECT assignment_strategy, requirement_structure, health_system_continuity FROM clerkship_configurations"
    )
    assert set(configured.itertuples(index=False, name=None)) == expected
    assert len(configured) == len(read("FROM clerkships"))


@pytest.mark.parametrize("school", ["traditional"])
def test_traditional_preceptors_take_one_student_a_day_and_three_a_year(read):
    limits = read("SELECT DISTINCT max_students_per_day, max_students_per_year FROM effective_capacity")
    assert limits.to_numpy().tolist() == [[1, 3]]


@pytest.mark.parametrize("school", ["traditional"])
def test_traditional_fallbacks_are_few_and_need_approval(read):
    fallbacks = read("FROM preceptor_fallbacks")
    assert 1 <= len(fallbacks) <= 2
    assert fallbacks["requires_approval"].all()


@pytest.mark.parametrize("school", ["team_based"])
def test_each_of_six_teams_has_three_or_four_members_of_one_system_and_specialty(read):
    teams = read(
        """
        SELECT team, count(*) AS members, count(DISTINCT health_system) AS systems, count(DISTINCT specialty) AS kinds
        FROM team_rosters GROUP BY team
        """
    )
    assert len(teams) == 6
    assert set(teams["members"]) == {3, 4}
    assert set(teams["systems"]) == set(teams["kinds"]) == {1}


@pytest.mark.parametrize("school", ["team_based"])
def test_team_based_preceptors_take_two_students_a_day_and_six_a_year(read):
    limits = read("SELECT DISTINCT max_students_per_day, max_students_per_year FROM effective_capacity")
    assert limits.to_numpy().tolist() == [[2, 6]]


@pytest.mark.parametrize("school", ["hybrid"])
def test_hybrid_clerkships_are_split_into_the_requirements_of_the_design(read):
    split = read(
        """
        SELECT clerkships.name, list((requirement_type, clerkship_requirements.required_days, assignment_mode)
            ORDER BY requirement_type) AS parts
        FROM clerkship_requirements INNER JOIN clerkships ON clerkship_id = clerkships.id GROUP BY ALL
        """
    )
    assert {row.name: list(row.parts) for row in split.itertuples(index=False)} == {
        "Internal Medicine": [
            ("elective", 10, "daily_rotation"),
            ("inpatient", 30, "block_based"),
            ("outpatient", 30, "continuous_single"),
        ],
        "Surgery": [
            ("elective", 5, "daily_rotation"),
            ("inpatient", 35, "block_based"),
            ("outpatient", 20, "continuous_single"),
        ],
        "Pediatrics": [("inpatient", 20, "block_based"), ("outpatient", 30, "continuous_team")],
        "Obstetrics and Gynecology": [("inpatient", 42, "block_based")],
    }


@pytest.mark.parametrize("school", ["hybrid"])
def test_hybrid_internal_medicine_has_partial_14_day_blocks_and_three_electives(read):
    overview = read("FROM configuration_overview WHERE clerkship = 'Internal Medicine'").iloc[0]
    assert overview["blocks"] == "14 days, the last may be shorter, one after another"
    assert overview["electives"] == "Cardiology (5+ days), Nephrology (5+ days), Quality Improvement (3+ days)"


@pytest.mark.parametrize("school", ["hybrid"])
def test_hybrid_has_one_clerkship_in_blocks_alone(read):
    strategies = read("SELECT assignment_strategy, count(*) FROM clerkship_configurations GROUP BY ALL ORDER BY ALL")
    assert strategies.to_numpy().tolist() == [["block_based", 1], ["hybrid", 3]]


@pytest.mark.parametrize("school", ["flexible"])
def test_flexible_preceptors_take_two_or_three_students_a_day_and_ten_a_year(read):
    limits = read("SELECT DISTINCT max_students_per_day, max_students_per_year FROM effective_capacity ORDER BY ALL")
    assert limits.to_numpy().tolist() == [[2, 10], [3, 10]]


@pytest.mark.parametrize("school", ["flexible"])
def test_flexible_fallbacks_lead_three_deep_across_systems_without_approval(read):
    assert read("SELECT max(depth) FROM fallback_chains").iloc[0, 0] == 3
    assert not read("FROM preceptor_fallbacks")["requires_approval"].any()
    across = read(
        """
        SELECT count(DISTINCT health_system_id) AS systems
        FROM fallback_chains INNER JOIN preceptors ON fallback_id = preceptors.id
        GROUP BY fallback_chains.preceptor_id HAVING max(depth) = 3
        """
    )
    assert len(across) == 3
    assert (across["systems"] >= 2).all()


def test_together_the_schools_fill_every_table(seeded):
    filled = {row.table for bench in seeded.values() for row in bench.tables().itertuples() if row.rows > 0}
    empty = set(seeded["hybrid"].tables()["table"]) - filled
    assert not empty, f"Add rows to a school in sql/seeds: {sorted(empty)}"


def test_together_the_schools_use_every_value_of_every_enumeration(seeded):
    any_school = seeded["hybrid"]
    for table in any_school.tables()["table"]:
        for column in any_school.describe(table).itertuples():
            if column.allowed_values:
                query = f"SELECT DISTINCT {column.column} FROM {table}"
                used = {value for bench in seeded.values() for value in bench.sql(query).iloc[:, 0]}
                unused = set(column.allowed_values.split(", ")) - used
                assert not unused, f"Add rows to a school in sql/seeds: {table}.{column.column} {sorted(unused)}"


def test_together_the_schools_use_every_level_of_capacity(seeded):
    decided = (by for bench in seeded.values() for by in bench.sql("FROM effective_capacity")["decided_by"])
    levels = {level for by in decided for level in by.split(", ")}
    assert levels == {
        "clerkship and type rule",
        "clerkship rule",
        "type rule",
        "general rule",
        "the clerkship",
        "default of the school",
        "max_students",
    }


# Rows, ids and timestamps: another process, another hash seed, another time zone, the same bytes.
@pytest.mark.long
@pytest.mark.parametrize("school", EACH_IN_TURN)
def test_a_seed_is_the_same_to_the_byte_in_every_process(seeded, school):
    script = (
        "import sys, clerkbench; from test_seeds import every_row; "
        f"bench = clerkbench.open(); bench.seed({school!r}); sys.stdout.write(every_row(bench))"
    )
    environment = {"PYTHONPATH": ":".join(sys.path), "PYTHONHASHSEED": "7", "TZ": "Pacific/Auckland"}
    other = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=True)
    assert other.stdout == every_row(seeded[school])


@pytest.mark.parametrize("school", EACH_IN_TURN)
def test_seeding_the_same_school_again_changes_nothing(bench, school):
    bench.seed(school)
    before = every_row(bench)
    bench.seed(school)
    assert every_row(bench) == before


def test_seeding_again_leaves_what_was_changed_since(bench):
    bench.seed("hybrid")
    bench.con.execute("UPDATE preceptors SET max_students = 9 WHERE name = 'Dr. Mei Zhang'")
    with pytest.warns(UserWarning, match="'hybrid' before, and changed since. It is unchanged.") as reported:
        bench.seed("hybrid")
    assert reported[0].filename == __file__, "the line of the caller is shown, not one of clerkbench's own"
    assert bench.sql("SELECT max_students FROM preceptors WHERE name = 'Dr. Mei Zhang'").iloc[0, 0] == 9


@pytest.mark.long
def test_seeding_again_warns_about_values_that_were_exchanged_between_rows(bench):
    bench.seed("hybrid")
    bench.con.execute("UPDATE preceptors SET max_students = CASE max_students WHEN 2 THEN 1 WHEN 1 THEN 2 ELSE 3 END")
    names = bench.sql("SELECT name FROM preceptors ORDER BY name")["name"].tolist()[:2]
    bench.con.execute(
        f"UPDATE preceptors SET name = CASE name WHEN '{names[0]}' THEN '{names[1]}' ELSE '{names[0]}' END "
        f"WHERE name IN ('{names[0]}', '{names[1]}')"
    )
    with pytest.warns(UserWarning, match="changed since"):
        bench.seed("hybrid")


def test_another_school_is_refused_and_changes_nothing(bench):
    bench.seed("hybrid")
    before = every_row(bench)
    with pytest.raises(SeedError, match=r"'flexible' can only be loaded into an empty database.*clerkships 4"):
        bench.seed("flexible")
    assert every_row(bench) == before


def test_a_school_is_refused_where_there_are_rows_already(bench):
    bench.insert("health_systems", {"name": "Mine"})
    with pytest.raises(SeedError, match=r"this one holds rows: health_systems 1\. .*Nothing was changed"):
        bench.seed("hybrid")
    assert list(bench.sql("FROM health_systems")["name"]) == ["Mine"]


def test_a_school_can_be_loaded_again_after_its_rows_were_discarded(bench):
    bench.seed("flexible")
    bench.rollback(len(MIGRATIONS), discard_data=True)
    bench.migrate()
    bench.seed("hybrid")
    assert len(bench.sql("FROM clerkships")) == 4


# The remaining rows are not the complete school, so they must not count as loaded.
def test_a_school_of_which_a_part_was_discarded_does_not_count_as_loaded(bench):
    bench.seed("hybrid")
    bench.rollback(len(MIGRATIONS) - 1, discard_data=True)
    bench.migrate()
    with pytest.raises(SeedError, match=r"this one holds rows: clerkships 4, health_systems 1, preceptors 23\."):
        bench.seed("hybrid")


def test_an_unknown_school_is_named_with_a_near_match(bench):
    with pytest.raises(UnknownNameError, match=r"no sample school 'hybird'\. Did you mean 'hybrid'\?"):
        bench.seed("hybird")


def test_a_seed_leaves_none_of_its_lookups_behind(bench):
    bench.seed("hybrid")
    with pytest.raises(clerkbench.errors.QueryError, match="clerkship_named does not exist"):
        bench.sql("SELECT clerkship_named('Surgery')")


def test_a_school_is_not_loaded_behind_the_back_of_an_open_transaction(bench):
    bench.con.begin()
    with pytest.raises(clerkbench.errors.TransactionError, match="A transaction is open on this connection"):
        bench.seed("hybrid")
    bench.con.rollback()
    assert bench.tables()["rows"].sum() == 0


def test_a_seed_needs_the_newest_schema(tmp_path):
    with clerkbench.open(tmp_path / "old.duckdb", migrate=False) as bench:
        bench.migrate(to=1)
        with pytest.raises(SeedError, match="needs the newest schema"):
            bench.seed("hybrid")


# A name that no row has, in each place where a seed refers to a row by name.
MISSPELLED = [
    (
        "'Harbor Health',         'Harbor General Hospital',",
        "'Harbour Health', 'Harbor General Hospital',",
        "No health system is named Harbour Health.",
    ),
    (
        "'Summit Simulation Center')",
        "'Summit Simulation Centre')",
        "Summit Medical Center has no site named Summit Simulation Centre.",
    ),
    ("('Pediatrics',                'hybrid'", "('Paediatrics', 'hybrid'", "No clerkship is named Paediatrics."),
    ("('Surgery',           'Anesthesiology',", "('Surgry', 'Anesthesiology',", "No clerkship is named Surgry."),
    (
        "('Harbor Pediatrics',   'Dr. Gemma Doyle',",
        "('Harbor Peds', 'Dr. Gemma Doyle',",
        "No team is named Harbor Peds.",
    ),
    ("(NULL,                'Dr. Oscar Lund',", "(NULL, 'Dr. Oskar Lund',", "No preceptor is named Dr. Oskar Lund."),
]


@pytest.mark.first_cases(2)
@pytest.mark.parametrize(("written", "misspelled", "says"), MISSPELLED, ids=[case[2] for case in MISSPELLED])
def test_a_misspelled_name_stops_the_seed_and_leaves_the_database_empty(own_sql, written, misspelled, says):
    seed = own_sql / "seeds" / "hybrid.sql"
    text = seed.read_text(encoding="utf-8")
    assert text.count(written) == 1
    seed.write_text(text.replace(written, misspelled), encoding="utf-8")
    with clerkbench.open(sql_folder=own_sql) as bench:
        with pytest.raises(SeedError, match=re.escape(says)):
            bench.seed("hybrid")
        assert bench.tables()["rows"].sum() == 0


def test_the_first_comment_of_a_seed_describes_its_school():
    assert SqlFiles().schools["traditional"] == (
        "Traditional: one preceptor for all days of a clerkship, and one health system throughout."
    )
