"""Every rule reports violations and accepts near misses; the sample schools violate no rule except as intended."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

import clerkbench
from clerkbench.errors import SqlFileError
from clerkbench.files.sql_files import SqlFiles
from databases import ROOT, SCHOOLS, everything
from rule_cases import CASES, Case

RULES = {rule.id: rule for rule in SqlFiles().rules}

#: What a sample school is warned of on purpose: see the comments of its seed.
INTENDED = {
    "hybrid": {
        ("capacity-is-set", "Dr. Isabel Marques"),
        ("capacity-is-set", "Dr. Patience Mensah"),
        ("capacity-is-set", "Dr. Yara Nasser"),
    }
}


@pytest.fixture(scope="module")
def hybrid(templates) -> Iterator[clerkbench.Workbench]:
    """The hybrid school, with functions that give the id of a row by its name."""
    with templates.copy("hybrid") as bench:
        bench.con.execute(SqlFiles().seed_lookups)
        yield bench


@pytest.fixture(scope="module")
def unchanged(hybrid) -> set[str]:
    """What an audit says of the school as it is."""
    return set(hybrid.audit()["message"])


@contextmanager
def changed(bench: clerkbench.Workbench, sql: str) -> Iterator[None]:
    """A change that is taken back."""
    bench.con.begin()
    try:
        bench.con.execute(sql)
        yield
    finally:
        bench.con.rollback()


@pytest.mark.parametrize("case", [case for case in CASES if case.says], ids=str)
def test_a_violation_of_a_rule_is_reported_by_that_rule_only(hybrid, unchanged, case: Case):
    with changed(hybrid, case.sql):
        found = hybrid.audit()
        # Each violation must refer to an existing row.
        for table, ids in found.groupby("table")["row_id"]:
            stored = hybrid.con.execute(f"SELECT count(*) FROM {table} WHERE id IN ?", [list(set(ids))]).fetchone()
            assert stored == (ids.nunique(),)
    found = found[~found["message"].isin(unchanged)]
    broken = found[found["rule"] == case.rule]
    assert broken["message"].tolist() == [case.says]
    assert set(found["rule"]) == {case.rule, *case.also}
    [row] = broken.itertuples()
    rule = RULES[case.rule]
    assert (row.severity, row.area, row.table, row.column) == (rule.severity, rule.area, rule.table, rule.column)
    assert "{" not in row.message + row.remedy
    assert case.remedy in ("", row.remedy)


@pytest.mark.parametrize("case", [case for case in CASES if not case.says], ids=str)
def test_a_near_miss_of_a_rule_is_accepted(hybrid, unchanged, case: Case):
    with changed(hybrid, case.sql):
        found = hybrid.audit(area=RULES[case.rule].area)
    assert case.rule not in set(found["rule"][~found["message"].isin(unchanged)])


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_has_a_case_that_breaks_it_and_one_that_nearly_does(rule):
    own = [case for case in CASES if case.rule == rule]
    assert any(case.says for case in own), f"Add to tests/rule_cases.py a case that breaks {rule}"
    assert any(not case.says for case in own), f"Add to tests/rule_cases.py a case that nearly breaks {rule}"


def test_there_is_no_case_for_a_rule_that_does_not_exist():
    assert {case.rule for case in CASES} <= set(RULES)


@pytest.mark.parametrize("school", SCHOOLS)
def test_a_sample_school_keeps_all_rules_but_for_intended_warnings(seeded, school):
    found = seeded[school].audit()
    assert set(found["severity"]) <= {"warning"}
    named = {(row.rule, row.message.split(" has no")[0]) for row in found.itertuples()}
    assert named == INTENDED.get(school, set())


def test_every_area_has_rules_and_every_rule_an_area(bench):
    assert {rule.area for rule in RULES.values()} == set(bench.areas()["area"])


# --- files


@pytest.fixture
def rule_file(new_bench, own_sql) -> Callable[..., clerkbench.Workbench]:
    """Opens an empty database with one more rule."""

    def opened(text: str, name: str = "a-rule") -> clerkbench.Workbench:
        (own_sql / "rules" / f"{name}.sql").write_text(text, encoding="utf-8")
        return new_bench(sql_folder=own_sql)

    return opened


HEADER = """-- id: a-rule
-- area: 3
-- severity: error
-- about: clerkships.name
-- sentence: No clerkship is called Surgery.
-- message: {name} is called Surgery.
-- remedy: Call {name} something else.
"""
QUERY = "SELECT id AS row_id, name AS value, name FROM clerkships WHERE name = 'Surgery'\n"


@pytest.mark.first_cases(3)
@pytest.mark.parametrize(
    ("text", "says"),
    [
        (QUERY, "says nothing of: id, area, severity, about, sentence, message, remedy"),
        (HEADER.replace("-- remedy: Call {name} something else.\n", "") + QUERY, "says nothing of: remedy"),
        (HEADER.replace("id: a-rule", "id: another") + QUERY, "has the id another, but the file is named a-rule.sql"),
        (
            HEADER.replace("severity: error", "severity: bad") + QUERY,
            "has the severity bad, which is neither error nor w",
        ),
        (HEADER.replace("area: 3", "area: three") + QUERY, "has the area three, which is not a number from 1"),
        (HEADER.replace("severity:", "severty:") + QUERY, "says something of severty, which means nothing"),
        (HEADER + "-- area: 4\n" + QUERY, "says twice what its area is"),
        (
            HEADER.replace("clerkships.name", "clerkships.") + QUERY,
            "is about clerkships., which is neither a table nor",
        ),
        (HEADER.replace("{name} is", "{ name } is") + QUERY, "has in its message braces that hold no name such as"),
        (HEADER.replace("Call {name}", "Call {1}") + QUERY, "has in its remedy braces that hold no name such as"),
        (HEADER + "SELEC 1", "is not valid SQL"),
        (HEADER, "should hold one SELECT under its header"),
        (HEADER + QUERY + ";" + QUERY, "should hold one SELECT under its header"),
        (HEADER + "DELETE FROM clerkships", "should hold one SELECT under its header"),
    ],
)
def test_a_malformed_rule_is_an_error_that_names_the_file(rule_file, own_sql, text, says):
    with rule_file(text) as bench:
        for act in (bench.audit, bench.rules):
            with pytest.raises(SqlFileError) as error:
                act()
            assert f"{own_sql / 'rules' / 'a-rule.sql'} {says}" in str(error.value)


@pytest.mark.first_cases(2)
@pytest.mark.parametrize(
    ("text", "says"),
    [
        (HEADER + QUERY.replace("clerkships", "clerkship"), "does not run, or does not return row_id, value, name"),
        (HEADER + QUERY.replace("AS row_id", ""), "does not run, or does not return row_id, value, name"),
        (HEADER + QUERY.replace(", name FROM", " FROM"), "does not run, or does not return row_id, value, name"),
        (HEADER + QUERY.replace("name AS value", "CAST(name AS INTEGER) AS value"), "does not run"),
        (HEADER.replace("clerkships.name", "clerkship.name") + QUERY, "is about clerkship.name, which does not exist"),
        (HEADER.replace("clerkships.name", "clerkships.nam") + QUERY, "is about clerkships.nam, which does not exist"),
    ],
)
def test_a_rule_that_does_not_run_is_an_error_that_names_the_file(rule_file, own_sql, text, says):
    with rule_file(text) as bench:
        bench.insert("clerkships", {"name": "Surgery", "specialty": "Surgery", "required_days": 45})
        before = everything(bench)
        with pytest.raises(SqlFileError) as error:
            bench.audit()
        assert str(own_sql / "rules" / "a-rule.sql") in str(error.value)
        assert says in str(error.value)
        assert everything(bench) == before


def test_a_header_may_go_on_in_the_next_line_and_a_remark_may_follow(rule_file):
    text = HEADER.replace("Call {name} something else.", "Call {name}\n--     something else.")
    with rule_file(f"\ufeff\n{text}\n-- Why: no reason.\n{QUERY}; -- and done\n") as bench:
        bench.insert("clerkships", {"name": "Surgery", "specialty": "Surgery", "required_days": 45})
        [found] = bench.audit(area=3).itertuples()
    assert (found.message, found.remedy) == ("Surgery is called Surgery.", "Call Surgery something else.")
    assert (found.rule, found.table, found.column, found.value) == ("a-rule", "clerkships", "name", "Surgery")


def test_rules_that_an_older_schema_cannot_run_are_named(bench):
    with clerkbench.open(migrate=False) as older:
        older.migrate(to=1)
        older.insert("clerkships", [{"name": name, "specialty": "x", "required_days": 1} for name in ("Art", "ART")])
        with pytest.warns(
            UserWarning, match=r"in memory is at 0001_.* did not run: .*block-divides-requirement.* more"
        ):
            found = older.audit()
        assert found.empty
        assert not bench.diff(bench.fork())


def test_the_rule_that_the_docs_add_is_one_file_and_its_cases(new_bench, own_sql, unchanged):
    page = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    [script] = re.findall(r"```sql\n(.*?)```", page, re.DOTALL)
    [cases] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    reported = {"Case": Case, "CASES": []}
    exec(cases, reported)
    breaks, near_miss = reported["CASES"]
    (own_sql / "rules" / f"{breaks.rule}.sql").write_text(script, encoding="utf-8")
    bench = new_bench("hybrid", sql_folder=own_sql)
    bench.con.execute(SqlFiles().seed_lookups)
    assert breaks.rule in set(bench.rules()["rule"])
    with changed(bench, breaks.sql):
        assert [message for message in bench.audit()["message"] if message not in unchanged] == [breaks.says]
    with changed(bench, near_miss.sql):
        assert set(bench.audit()["message"]) <= unchanged
