"""`audit` finds violations in stored rows, in a fixed order, and only in the requested area, severity or clerkship."""

import re

import pandas as pd
import pytest

import clerkbench
from clerkbench.errors import ClosedError, SchemaError, SqlFileError, UnknownNameError, UnknownRowError
from clerkbench.files.sql_files import SqlFiles
from clerkbench.reporting.violations import Violation
from databases import ROOT, everything

#: Wrong in several areas at once: (rule, clerkship or none).
MISTAKES = """
UPDATE clerkship_configurations SET block_size_days = 10, fallbacks_allowed = FALSE
WHERE clerkship_id = clerkship_named('Surgery');
UPDATE clerkship_configurations SET requirement_structure = 'split'
WHERE clerkship_id = clerkship_named('Obstetrics and Gynecology');
UPDATE preceptor_team_members SET role = 'member' WHERE team_id = team_named('Harbor Pediatrics');
UPDATE clerkship_electives SET minimum_days = 11 WHERE name = 'Cardiology';
"""


@pytest.fixture(scope="module")
def wrong(templates):
    with templates.copy("hybrid") as bench:
        bench.con.execute(SqlFiles().seed_lookups)
        bench.con.execute(MISTAKES)
        yield bench


def test_errors_come_first_then_areas_in_order(wrong):
    found = wrong.audit()
    assert list(found.columns) == list(Violation.__annotations__)
    assert list(zip(found["severity"], found["area"], found["rule"], strict=True)) == [
        ("error", 3, "structure-matches-requirements"),
        ("error", 6, "elective-fits-requirement"),
        ("error", 8, "block-divides-requirement"),
        ("warning", 2, "team-has-one-lead"),
        ("warning", 4, "capacity-is-set"),
        ("warning", 4, "capacity-is-set"),
        ("warning", 4, "capacity-is-set"),
        ("warning", 7, "fallback-is-allowed"),
    ]


def test_it_looks_at_one_area_severity_or_clerkship(wrong):
    everywhere = wrong.audit()
    for column, value in [("area", 4), ("area", 8), ("severity", "error"), ("severity", "warning")]:
        expected = everywhere[everywhere[column] == value].reset_index(drop=True)
        assert wrong.audit(**{column: value}).equals(expected)
    assert set(wrong.audit(clerkship="Surgery")["rule"]) == {"block-divides-requirement", "fallback-is-allowed"}
    assert set(wrong.audit(clerkship="Pediatrics")["rule"]) == {"team-has-one-lead"}
    assert wrong.audit(clerkship="Surgery", area=8)["rule"].tolist() == ["block-divides-requirement"]
    assert wrong.audit(clerkship="Surgery", severity="warning")["rule"].tolist() == ["fallback-is-allowed"]


@pytest.mark.first_cases(2)
@pytest.mark.parametrize("clerkship", ["Internal Medicine", "Surgery", "Pediatrics", "Obstetrics and Gynecology"])
def test_it_looks_at_all_capacity_rules_that_hold_for_a_clerkship(hybrid, clerkship):
    hybrid.con.execute("UPDATE preceptors SET max_students = 1")
    rules = hybrid.configuration(clerkship).lists["capacity_rules"]
    expected = sorted(rules.loc[rules["max_students_per_day"] > 1, "preceptor"])
    found = hybrid.audit(clerkship=clerkship)
    messages = found.loc[found["rule"] == "capacity-within-max-students", "message"]
    assert sorted(each.partition(" takes ")[0] for each in messages) == expected
    assert expected


@pytest.mark.parametrize(
    ("where", "error", "says"),
    [
        ({"area": 9}, UnknownNameError, "There is no configuration area with the number 9. There are: 1, 2, 3, 4"),
        ({"area": "3"}, UnknownNameError, "There is no configuration area with the number '3'."),
        ({"severity": "errors"}, UnknownNameError, "There is no severity 'errors'. Did you mean 'error'?"),
        ({"clerkship": "Surgry"}, UnknownRowError, "clerkships has no row 'Surgry'. Did you mean 'Surgery'?"),
    ],
)
def test_an_area_severity_or_clerkship_that_does_not_exist_is_an_error(wrong, where, error, says):
    with pytest.raises(error) as raised:
        wrong.audit(**where)
    assert str(raised.value).startswith(says)


def test_it_changes_nothing_and_finds_the_same_again(wrong):
    before = everything(wrong)
    assert wrong.audit().equals(wrong.audit())
    assert everything(wrong) == before


def test_it_sees_what_a_transaction_has_not_committed_yet(own_school):
    with own_school.transaction():
        assert "clerkship-can-be-staffed" not in set(own_school.audit()["rule"])
        own_school.update("clerkships", "Surgery", specialty="Magic")
        assert "clerkship-can-be-staffed" in set(own_school.audit()["rule"])


def test_a_row_left_without_its_parent_is_found_and_named(own_school):
    with own_school.con.cursor() as other:
        own_school.insert(
            "preceptors", {"name": "Dr. Gone", "email": "g", "specialty": "Surgery"} | any_system(own_school)
        )
        gone = own_school.sql("SELECT id FROM preceptors WHERE name = 'Dr. Gone'").iloc[0, 0]
        own_school.con.begin()
        other.begin()
        own_school.con.execute(
            "INSERT INTO preceptor_capacity_rules (preceptor_id, clerkship_id) "
            "SELECT ?, id FROM clerkships WHERE name = 'Surgery'",
            [gone],
        )
        other.execute("DELETE FROM preceptors WHERE id = ?", [gone])
        other.commit()
        own_school.con.commit()
    [found] = own_school.audit(area=4, severity="error").itertuples()
    assert found.rule == "foreign_key:preceptor_id"
    assert found.message == (
        "Surgery: A capacity rule is a preceptor's, and goes with the preceptor. "
        f"No row of preceptors fits preceptor_id '{gone}'."
    )
    assert (found.table, found.column, found.value) == ("preceptor_capacity_rules", "preceptor_id", gone)
    assert set(own_school.audit(clerkship="Surgery", severity="error")["rule"]) >= {"foreign_key:preceptor_id"}
    own_school.delete("preceptor_capacity_rules", found.row_id)
    assert "foreign_key:preceptor_id" not in set(own_school.audit()["rule"])


def any_system(bench: clerkbench.Workbench) -> dict[str, object]:
    return {"health_system_id": bench.sql("SELECT min(id) AS id FROM health_systems").iloc[0, 0]}


def test_a_schema_without_rules_is_only_checked_for_lost_parents(new_bench, own_sql):
    for file in (own_sql / "rules").glob("*.sql"):
        file.unlink()
    with new_bench("hybrid", sql_folder=own_sql) as bench:
        assert bench.audit().empty
        assert bench.rules().empty


def test_a_wrong_rule_in_a_transaction_is_named_too(new_bench, own_sql):
    broken = own_sql / "rules" / "capacity-is-set.sql"
    broken.write_text(broken.read_text().replace("FROM preceptors", "FROM preceptor"), encoding="utf-8")
    with new_bench("hybrid", sql_folder=own_sql) as bench:
        with pytest.raises(SqlFileError, match=r"capacity-is-set\.sql does not run"), bench.transaction():
            bench.audit()
        assert bench.audit(area=8).empty, "other areas do not need the broken rule"


def test_a_temporary_namesake_is_not_read_instead_of_a_table(own_school):
    own_school.con.execute("CREATE TEMP VIEW clerkships AS SELECT * FROM memory.main.clerkships WHERE FALSE")
    with pytest.raises(SchemaError, match=r"A temporary table or view of this connection hides a table: clerkships\."):
        own_school.audit()
    own_school.con.execute("DROP VIEW temp.clerkships")
    assert not own_school.audit().empty


def test_a_closed_bench_says_so(bench):
    bench.close()
    with pytest.raises(ClosedError, match="This workbench was closed"):
        bench.audit()


def test_rules_are_reported_by_area(bench):
    rules = bench.rules()
    assert list(rules.columns) == ["rule", "area", "severity", "table", "column", "sentence", "remedy"]
    assert rules["area"].is_monotonic_increasing
    files = {file.stem for file in (SqlFiles().folder / "rules").glob("*.sql")}
    assert set(rules["rule"]) == files
    assert rules["sentence"].str.endswith(".").all()
    assert rules["remedy"].str.endswith(".").all()
    assert not pd.concat([rules["sentence"], rules["rule"]]).duplicated().any()


def test_the_readme_shows_what_its_example_returns():
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    [shown] = re.findall(r"```text\n(.*?)\n```", page, re.DOTALL)
    *before, last = example.strip().splitlines()
    reported: dict[str, object] = {}
    exec("\n".join(before), reported)
    assert repr(eval(last, reported)) == shown
