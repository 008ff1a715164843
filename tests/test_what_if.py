"""What-if copies are isolated; the report shows differences and their effects; an adoption is atomic."""

import re
import threading

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import clerkbench
from clerkbench.errors import ArgumentError, ClosedError, MovedOnError, SchemaError, TransactionError
from clerkbench.mutations import upsert
from databases import TWO_SCHOOLS, everything, made, rows
from notebook_output import as_html
from small_school import DR_CHEN, DR_OKAFOR, METRO, SURGERY, uid

pytestmark = pytest.mark.memory_and_file

INTERNAL = "Internal Medicine"
CATALOG = (
    "SELECT table_name, comment, sql FROM duckdb_tables() WHERE NOT temporary ORDER BY ALL",
    "SELECT table_name, column_name, data_type, column_default, is_nullable, comment FROM duckdb_columns() "
    "WHERE NOT internal ORDER BY ALL",
    "SELECT table_name, constraint_type, constraint_text FROM duckdb_constraints() ORDER BY ALL",
    "SELECT index_name, sql, comment FROM duckdb_indexes() ORDER BY ALL",
    "SELECT view_name, sql, comment FROM duckdb_views() WHERE NOT internal ORDER BY ALL",
    "SELECT trigger_name, sql FROM duckdb_triggers() ORDER BY ALL",
)


# Forks


@pytest.mark.parametrize("school", TWO_SCHOOLS)
def test_a_fork_is_the_same_in_all_its_rows_and_in_all_its_catalog(seeded, school):
    bench = seeded[school]
    with bench.fork() as fork:
        assert everything(fork) == everything(bench)
        for query in CATALOG:
            assert fork.con.execute(query).fetchall() == bench.con.execute(query).fetchall()
        assert len(fork.audit()) == len(bench.audit())
        assert repr(fork) == "<clerkbench.Workbench in memory, a fork>"


def test_a_fork_is_isolated_from_its_original_and_from_other_forks(hybrid):
    one, two = hybrid.fork(), hybrid.fork()
    before = everything(hybrid)
    one.delete("clerkships", "Surgery")
    one.con.execute("CREATE TABLE mine (i INTEGER); SET threads = 1; CREATE MACRO twice(a) AS a * 2")
    assert everything(hybrid) == everything(two) == before
    hybrid.update("clerkships", "Pediatrics", required_days=51)
    assert one.sql("SELECT required_days FROM clerkships WHERE name = 'Pediatrics'")["required_days"][0] == 50
    assert everything(two) == before
    names = "SELECT count(*) FROM duckdb_functions() WHERE function_name = 'twice'"
    assert hybrid.con.execute(names).fetchone() == two.con.execute(names).fetchone() == (0,)


def test_a_fork_outlives_a_file_that_is_closed_and_leaves_it_unlocked(tmp_path):
    file = tmp_path / "it's a school.duckdb"
    with clerkbench.open(file) as bench:
        bench.seed("traditional")
        fork = bench.fork()
    file.rename(tmp_path / "elsewhere.duckdb")
    assert len(fork.sql("FROM clerkships")) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["elsewhere.duckdb"]


@pytest.mark.long
def test_a_fork_of_a_fork_goes_back_to_the_fork(hybrid):
    fork = hybrid.fork()
    again = fork.fork()
    again.update("clerkships", "Surgery", required_days=61)
    with pytest.raises(ArgumentError, match="is not a fork of"):
        hybrid.adopt(again)
    fork.adopt(again)
    hybrid.adopt(fork)
    assert hybrid.sql("SELECT required_days FROM clerkships WHERE name = 'Surgery'")["required_days"][0] == 61


def test_rows_that_reference_rows_of_their_own_table_are_forked_too_and_triggers_do_not_fire(tmp_path):
    up = """
        CREATE TABLE units (id INTEGER PRIMARY KEY, name TEXT, above INTEGER REFERENCES units (id));
        CREATE TABLE log (i INTEGER);
        CREATE TRIGGER noted AFTER INSERT ON units FOR EACH STATEMENT INSERT INTO log VALUES (1);
    """
    with made(tmp_path, up) as bench:
        bench.insert("units", [{"id": 3, "name": "c", "above": 2}, {"id": 2, "name": "b", "above": 1}, {"id": 1}])
        with bench.fork() as fork:
            assert everything(fork) == everything(bench)
            fork.insert("units", {"id": 4, "above": 3})
            assert len(fork.sql("FROM log")) == len(bench.sql("FROM log")) + 1


def test_what_is_not_committed_is_not_forked(hybrid):
    with pytest.raises(TransactionError, match="A transaction is open"), hybrid.transaction():
        hybrid.fork()
    assert rows(hybrid.fork()) == rows(hybrid)


# Differences


@pytest.mark.long
@pytest.mark.parametrize("school", TWO_SCHOOLS)
def test_equal_schools_do_not_differ(seeded, new_bench, school):
    found = seeded[school].diff(new_bench(school))
    assert not found
    assert found.rows.empty
    assert repr(found) == found.summary == "No row differs."


@pytest.mark.long
def test_schools_that_differ_only_in_ids_and_timestamps_are_equal(seeded, tmp_path, bench):
    seeded["hybrid"].save(tmp_path / "school")
    for file in (tmp_path / "school").glob("*.csv"):
        lines = pd.read_csv(file, dtype=str)
        lines.drop(columns=["id", "created_at", "updated_at"]).to_csv(file, index=False)
    bench.load(tmp_path / "school")
    ids = [set(each.sql("SELECT id FROM preceptors")["id"]) for each in (bench, seeded["hybrid"])]
    assert not ids[0] & ids[1]
    assert not seeded["hybrid"].diff(bench)
    bench.update("clerkships", "Surgery", required_days=61)
    bench.delete("preceptors", "Dr. Boris Ivanov")
    found = seeded["hybrid"].diff(bench)
    assert found.summary == "1 row changed, 4 removed."
    assert "requirement-days-add-up" in set(found.violations_added["rule"])


def test_every_kind_of_change_is_reported_by_name_with_what_was_before_and_after(hybrid):
    fork = hybrid.fork()
    fork.update("clerkship_configurations", configuration_of(fork, INTERNAL), block_size_days=10, notes="Try it.")
    fork.update("preceptors", "Dr. Boris Ivanov", name="Dr. Boris Iwanow", site_id=None)
    fork.delete("clerkship_electives", "Nephrology")
    fork.insert("clerkships", {"name": "Neurology", "specialty": "Neurology", "required_days": 20})
    found = hybrid.diff(fork).rows
    assert found[["change", "table", "row", "column", "before", "after"]].values.tolist() == [
        ["added", "clerkships", "Neurology", "", "", "specialty Neurology, required days 20"],
        ["changed", "clerkship_configurations", INTERNAL, "block_size_days", "14", "10"],
        ["changed", "clerkship_configurations", INTERNAL, "notes", "", "Try it."],
        [
            "removed",
            "clerkship_electives",
            "Nephrology",
            "",
            "clerkship Internal Medicine, minimum days 5, specialty Nephrology, is required False",
            "",
        ],
        ["changed", "preceptors", "Dr. Boris Ivanov", "name", "Dr. Boris Ivanov", "Dr. Boris Iwanow"],
        ["changed", "preceptors", "Dr. Boris Ivanov", "site", "Harbor General Hospital", ""],
    ]


@pytest.mark.long
def test_the_way_back_is_the_same_with_before_and_after_exchanged(hybrid):
    fork = hybrid.fork()
    fork.update("clerkships", "Surgery", required_days=61)
    fork.delete("preceptors", "Dr. Boris Ivanov")
    there, back = hybrid.diff(fork), fork.diff(hybrid)
    assert len(there.violations_added) == len(back.violations_fixed) > 0
    changed = back.rows[back.rows["change"] == "changed"]
    assert changed[["before", "after"]].values.tolist() == [["61", "60"]]
    assert set(there.rows["change"]) == {"changed", "removed"}
    assert set(back.rows["change"]) == {"changed", "added"}


def test_what_a_change_breaks_and_what_it_fixes_are_violations(hybrid):
    hybrid.update("clerkships", "Pediatrics", required_days=51)
    fork = hybrid.fork()
    fork.update("clerkships", "Pediatrics", required_days=50)
    fork.update("clerkships", "Surgery", required_days=61)
    found = hybrid.diff(fork)
    assert found.violations_added["message"].tolist() == ["Surgery lasts 61 days, but its requirements add up to 60."]
    assert found.violations_fixed["message"].tolist() == [
        "Pediatrics lasts 51 days, but its requirements add up to 50."
    ]
    assert type(found.violations_added) is type(fork.audit())


@pytest.mark.long
def test_a_changed_capacity_is_part_of_the_difference(hybrid):
    fork = hybrid.fork()
    fork.configure("Surgery", health_system_continuity="prefer_same_system")
    fork.insert("clerkships", {"name": "Neurology", "specialty": "Neurology", "required_days": 20})
    found = hybrid.diff(fork)
    ours, theirs = (each.capacity(students=0).set_index("clerkship")["max_students"] for each in (hybrid, fork))
    reported = found.capacity.astype(object).where(found.capacity.notna(), None).values.tolist()
    assert reported == [["Neurology", None, 0], ["Surgery", ours["Surgery"], theirs["Surgery"]]]
    for shown in (repr(found), as_html(found)):
        assert f"Surgery: {ours['Surgery']} → {theirs['Surgery']}" in shown
        assert "Neurology: none → 0" in shown
    hybrid.con.execute("DROP VIEW teaching_limits")
    assert hybrid.diff(fork).capacity is None


@pytest.mark.long
def test_another_violation_of_the_same_rule_by_the_same_row_is_not_new(hybrid):
    hybrid.update("clerkships", "Surgery", required_days=61)
    fork = hybrid.fork()
    fork.update("clerkships", "Surgery", required_days=62)
    found = hybrid.diff(fork)
    assert found.summary == "1 row changed."
    assert found.violations_added.empty
    assert found.violations_fixed.empty


def test_the_report_is_short_and_speaks_in_names(hybrid):
    fork = hybrid.fork()
    fork.configure(INTERNAL, assignment_strategy="daily_rotation", block_size_days=None)
    found = hybrid.diff(fork)
    text = repr(found)
    assert text.splitlines()[:5] == [
        "1 row changed.",
        "",
        "clerkship configurations",
        "  ~ Internal Medicine: assignment strategy hybrid → daily_rotation, block size days 14 → nothing",
        "",
    ]
    assert re.search(r"What it breaks: \d+ errors", text)
    assert "What it fixes: no violations" in text
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}", text), "no id is in it"
    shown = as_html(found)
    assert "assignment strategy hybrid → daily_rotation" in shown
    assert "<script>" not in as_html(hybrid_with_script(hybrid).diff(fork))


def hybrid_with_script(hybrid):
    other = hybrid.fork()
    other.update("clerkships", "Surgery", name="<script>alert(1)</script>")
    return other


@pytest.mark.long
def test_a_long_report_says_how_much_it_does_not_show(bench):
    fork = bench.fork()
    fork.insert("clerkships", [{"name": f"C{n}", "specialty": "x", "required_days": 1} for n in range(60)])
    found = bench.diff(fork)
    assert "… and 20 more, in .rows" in repr(found)
    assert "… and 80 more, in .violations_added" in repr(found)
    assert repr(found).count("\n  + C") == 40
    assert "… and 20 more, in .rows" in as_html(found)
    assert "C59" not in repr(found)
    assert "C59" in found.report(at_most=None)
    assert len(found.rows) == 60
    fork.sql("DELETE FROM clerkships WHERE name >= 'C27'")  # which leaves 20, with 40 violations: just as many as fit
    short = bench.diff(fork)
    assert (len(short.rows), len(short.violations_added)) == (20, 40)
    assert "more, in" not in repr(short)


def test_only_an_open_school_is_compared(bench):
    other = clerkbench.open(migrate=False)
    with pytest.raises(ArgumentError, match=r"Give another workbench, not str\."):
        bench.diff("school.duckdb")
    other.close()
    with pytest.raises(ClosedError):
        bench.diff(other)


# Adoption


def test_what_is_adopted_is_what_was_forked(hybrid):
    fork = hybrid.fork()
    fork.configure(INTERNAL, block_size_days=10, teams=[{"name": "Ward", "members": ["Dr. Jacob Stein"]}])
    fork.delete("preceptors", "Dr. Boris Ivanov")
    fork.update("clerkships", "Surgery", name="General Surgery")
    fork.insert("health_systems", {"name": "New"})
    counts = hybrid.adopt(fork)
    assert everything(hybrid) == everything(fork)
    changed = counts[(counts[["added", "changed", "removed"]] != 0).any(axis=1)].set_index("table")
    assert changed.loc["clerkships"].tolist() == [4, 0, 1, 0]
    assert changed.loc["preceptors"].tolist() == [22, 0, 0, 1]
    assert changed.loc["health_systems"].tolist() == [4, 1, 0, 0]
    assert hybrid.adopt(fork)[["added", "changed", "removed"]].sum().tolist() == [0, 0, 0]


@pytest.mark.long
def test_a_fork_goes_on_after_it_was_adopted(hybrid):
    fork = hybrid.fork()
    for days in (61, 62):
        fork.update("clerkships", "Surgery", required_days=days)
        hybrid.adopt(fork)
        assert hybrid.sql("SELECT required_days FROM clerkships WHERE name = 'Surgery'")["required_days"][0] == days


def test_an_adoption_keeps_changes_of_other_rows_in_the_original(hybrid):
    fork = hybrid.fork()
    fork.update("clerkships", "Surgery", required_days=61)
    hybrid.update("clerkships", "Pediatrics", required_days=51)
    hybrid.insert("health_systems", {"name": "New"})
    hybrid.adopt(fork)
    days = hybrid.sql("SELECT required_days FROM clerkships WHERE name IN ('Pediatrics', 'Surgery') ORDER BY name")
    assert days["required_days"].tolist() == [51, 61]
    assert "New" in hybrid.sql("FROM health_systems")["name"].tolist()


def changed_in_both(bench, fork):
    bench.update("clerkships", "Surgery", required_days=62)
    fork.update("clerkships", "Surgery", required_days=61)


def removed_here(bench, fork):
    bench.delete("clerkship_electives", "Cardiology")
    fork.update("clerkship_electives", "Cardiology", minimum_days=6)


def removed_there(bench, fork):
    bench.update("clerkship_electives", "Cardiology", minimum_days=6)
    fork.delete("clerkship_electives", "Cardiology")


@pytest.mark.first_cases(1)
@pytest.mark.parametrize(
    ("moved", "row"),
    [
        (changed_in_both, "clerkships Surgery: changed in both"),
        (removed_here, "clerkship_electives Cardiology: removed here, changed there"),
        (removed_there, "clerkship_electives Cardiology: changed here, removed there"),
    ],
)
def test_a_fork_is_not_adopted_where_the_original_moved_on_in_the_same_rows(hybrid, moved, row):
    fork = hybrid.fork()
    fork.insert("health_systems", {"name": "New"})
    moved(hybrid, fork)
    before = everything(hybrid)
    message = f"The original has moved on .*\n- {re.escape(row)}\n.*Nothing was changed"
    with pytest.raises(MovedOnError, match=message) as refused:
        hybrid.adopt(fork)
    assert everything(hybrid) == before
    reported = refused.value.rows
    assert [f"{table} {label}: {what}" for table, label, what in reported[["table", "label", "what"]].values] == [row]


def needs_what_went(bench, fork):
    fork.insert("preceptor_capacity_rules", {"preceptor_id": DR_OKAFOR, "clerkship_id": SURGERY})
    bench.delete("preceptors", DR_OKAFOR)


def removes_what_is_needed(bench, fork):
    fork.delete("preceptors", DR_OKAFOR)
    bench.insert("preceptor_capacity_rules", {"preceptor_id": DR_OKAFOR, "clerkship_id": SURGERY})


def takes_a_name_that_was_taken(bench, fork):
    fork.insert("clerkships", {"name": "Neurology", "specialty": "x", "required_days": 1})
    bench.insert("clerkships", {"name": "Neurology", "specialty": "y", "required_days": 2})


@pytest.mark.first_cases(1)
@pytest.mark.parametrize(
    ("moved", "rule", "message"),
    [
        (
            needs_what_went,
            "foreign_key:preceptor_id",
            "preceptor_capacity_rules Dr. Okafor, Surgery: A capacity rule is a preceptor's, and goes with the "
            "preceptor. No row of preceptors fits preceptor_id 'Dr. Okafor'.",
        ),
        (removes_what_is_needed, "foreign_key:preceptor_id", "No row of preceptors fits"),
        (takes_a_name_that_was_taken, "unique:name", "has name 'Neurology' already"),
    ],
)
def test_a_fork_is_not_adopted_where_its_changes_no_longer_fit(own_school, moved, rule, message):
    fork = own_school.fork()
    moved(own_school, fork)
    before = everything(own_school)
    with pytest.raises(MovedOnError, match="the fork's changes do not fit it any more") as refused:
        own_school.adopt(fork)
    assert everything(own_school) == before
    found = refused.value.violations
    assert rule in set(found["rule"])
    assert message in "\n".join(found["message"])


def test_only_a_fork_of_its_own_is_adopted(hybrid, new_bench):
    other = new_bench("hybrid")
    with pytest.raises(ArgumentError, match=r"is not a fork of .*Only the workbench whose fork\(\) returned it"):
        hybrid.adopt(other)


@pytest.mark.long
def test_an_adoption_in_a_transaction_that_is_taken_back_can_be_made_again(hybrid):
    fork = hybrid.fork()
    fork.update("clerkships", "Surgery", required_days=61)
    before = everything(hybrid)
    with pytest.raises(ZeroDivisionError), hybrid.transaction():
        hybrid.adopt(fork)
        _ = 1 / 0
    assert everything(hybrid) == before
    with hybrid.transaction():  # which knows nothing of the one before
        pass
    hybrid.adopt(fork)
    assert rows(hybrid) == rows(fork)


@pytest.mark.long
def test_an_adoption_in_a_transaction_counts_once_that_is_committed(hybrid):
    fork = hybrid.fork()
    for days in (61, 62):
        fork.update("clerkships", "Surgery", required_days=days)
        with hybrid.transaction():
            hybrid.adopt(fork)
    assert rows(hybrid) == rows(fork)


@pytest.mark.long
def test_columns_may_be_called_anything(bench):
    bench.con.execute("""
        CREATE TABLE odd (
            id INTEGER PRIMARY KEY, t INTEGER, gone TEXT UNIQUE, coming INTEGER, stored STRUCT(id INTEGER)
        );
        INSERT INTO odd VALUES (1, 1, 'a', 1, {'id': 1}), (2, 2, 'b', 2, NULL);
    """)
    fork = bench.fork()
    fork.update("odd", 1, gone="c", coming=3)
    fork.delete("odd", 2)
    assert bench.diff(fork).summary == "1 row changed, 1 removed."
    bench.adopt(fork)
    assert bench.con.execute("FROM odd").fetchall() == fork.con.execute("FROM odd").fetchall()


@pytest.mark.long
def test_a_table_without_a_key_may_reference_what_is_adopted(own_school):
    own_school.con.execute("CREATE TABLE visits (clerkship_id TEXT REFERENCES clerkships (id), note TEXT)")
    own_school.con.execute("INSERT INTO visits VALUES (?, 'a')", [SURGERY])
    fork = own_school.fork()
    fork.configure("Surgery", required_days=9)
    own_school.adopt(fork)
    own_school.configure("Surgery", required_days=10)
    assert own_school.sql("FROM visits")["note"].tolist() == ["a"]


@pytest.mark.long
def test_nothing_and_an_empty_text_are_not_the_same(own_school):
    fork = own_school.fork()
    fork.con.execute("UPDATE clerkships SET description = '' WHERE name = 'Surgery'")
    difference = own_school.diff(fork)
    assert difference.summary == "1 row changed."
    assert '  ~ Surgery: description nothing → ""' in str(difference).splitlines()


@pytest.mark.long
def test_ctrl_c_leaves_nothing_half_adopted(hybrid, monkeypatch):

    fork = hybrid.fork()
    fork.delete("clerkships", "Surgery")
    before = everything(hybrid)

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(upsert, "reattach_tables", interrupted)
    with pytest.raises(KeyboardInterrupt):
        hybrid.adopt(fork)
    monkeypatch.undo()
    assert everything(hybrid) == before
    hybrid.adopt(fork)
    assert rows(hybrid) == rows(fork)


CHANGES = st.lists(
    st.one_of(
        st.tuples(
            st.just("delete"), st.sampled_from(["clerkships", "preceptors", "preceptor_teams"]), st.integers(0, 9)
        ),
        st.tuples(st.just("days"), st.just("clerkships"), st.integers(1, 99)),
        st.tuples(st.just("email"), st.just("preceptors"), st.integers(0, 9)),
        st.tuples(st.just("system"), st.just("health_systems"), st.integers(0, 9)),
    ),
    min_size=1,
    max_size=5,
)


@pytest.mark.long
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=CHANGES)
def test_after_any_changes_diff_is_empty_once_they_are_adopted(seeded, changes):
    with seeded["hybrid"].fork() as original, original.fork() as fork:
        for number, (kind, table, at) in enumerate(changes):
            ids = fork.sql(f"SELECT id FROM {table} ORDER BY id")["id"]
            if kind == "delete" and not ids.empty:
                fork.delete(table, ids[at % len(ids)])
            elif kind == "days" and not ids.empty:
                fork.update(table, ids[at % len(ids)], required_days=at)
            elif kind == "email":
                fork.update(table, ids[at % len(ids)], email=f"{number}@example.org")
            elif kind == "system":
                fork.insert(table, {"name": f"System {number}"})
        original.adopt(fork)
        assert not original.diff(fork)
        assert everything(original) == everything(fork)


@pytest.mark.long
def test_two_threads_that_compare_each_others_schools_do_not_wait_forever(hybrid):
    fork = hybrid.fork()
    found = []

    def compare(one, other):
        for _ in range(2):
            found.append(bool(one.diff(other)))

    threads = [threading.Thread(target=compare, args=pair, daemon=True) for pair in ((hybrid, fork), (fork, hybrid))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert found == [False] * 4


# Preceptors in a cycle of fallbacks violate one rule together. The violation refers to the one with the lowest id.
@pytest.mark.long
def test_a_violation_that_is_reported_of_another_of_its_rows_is_neither_new_nor_fixed(new_bench):
    schools = []
    for ids in ([uid(501), uid(502)], [uid(504), uid(503)]):
        school = new_bench("small")
        names = ["Dr. Abel", "Dr. Baker"]
        school.insert(
            "preceptors",
            [
                {"id": row, "name": name, "email": name, "specialty": "Surgery", "health_system_id": METRO}
                for row, name in zip(ids, names, strict=True)
            ],
        )
        for one, other in (ids, reversed(ids)):
            fallback = {"primary_preceptor_id": one, "fallback_preceptor_id": other, "priority": 1}
            school.insert("preceptor_fallbacks", fallback)
        schools.append(school)
    reported = [each.audit().set_index("rule").loc["fallback-has-no-cycle"] for each in schools]
    assert reported[0]["value"] != reported[1]["value"] and reported[0]["message"] == reported[1]["message"]
    found = schools[0].diff(schools[1])
    assert not found
    assert found.violations_added.empty and found.violations_fixed.empty


def configuration_of(bench, clerkship: str) -> str:
    query = (
        "SELECT c.id FROM clerkship_configurations AS c JOIN clerkships AS k ON clerkship_id = k.id WHERE k.name = ?"
    )
    return str(bench.con.execute(query, [clerkship]).fetchone()[0])


@pytest.mark.long
def test_ids_that_differ_are_followed_from_table_to_table(own_school):
    """A preceptor that is inserted again with other ids, together with its dependents, is the same preceptor."""
    fork = own_school.fork()
    [row] = fork.sql("FROM preceptors WHERE id = ?", [DR_CHEN]).to_dict("records")
    hanging = {
        table: fork.sql(f"FROM {table} WHERE {column} = ?", [DR_CHEN])
        for table, column in (("preceptor_team_members", "preceptor_id"), ("preceptor_capacity_rules", "preceptor_id"))
    }
    before = own_school.fork()
    before.sql("DELETE FROM preceptor_fallbacks")
    fork.delete("preceptors", DR_CHEN)
    fork.sql("DELETE FROM preceptor_fallbacks")
    fork.insert("preceptors", {**row, "id": uid(500)})
    for table, found in hanging.items():
        if not found.empty:
            fork.insert(table, found.drop(columns="id").assign(preceptor_id=uid(500)))
    assert not before.diff(fork)


# Schemas and columns of other kinds


def test_schools_of_a_schema_that_knows_no_capacity_can_be_compared(tmp_path):
    """A folder with migrations alone will do."""
    with made(tmp_path, "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, n INTEGER CHECK (n > 0))") as bench:
        bench.insert("t", {"id": 1, "name": "One", "n": 1})
        fork = bench.fork()
        fork.update("t", 1, n=2)
        difference = bench.diff(fork)
        assert difference.rows[["row", "column", "before", "after"]].values.tolist() == [["One", "n", "1", "2"]]
        assert difference.capacity is None
        assert "can teach" not in repr(difference)
        assert difference.violations_added.empty


@pytest.mark.long
@pytest.mark.parametrize("collation", ["NOCASE", "NOACCENT", "NOCASE.NOACCENT"])
def test_a_value_that_differs_only_by_its_collation_is_another_value(tmp_path, collation):
    """In a fork, in a workbook and in what was shipped the exact value decides."""
    up = f"CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, v VARCHAR COLLATE {collation})"
    before, after = ("aB", "AB") if "CASE" in collation else ("Günter", "Gunter")
    with made(tmp_path, up) as bench:
        bench.insert("t", {"id": 1, "n": 1, "v": before})
        fork = bench.fork()
        fork.update("t", 1, v=after)
        assert bench.diff(fork).rows[["before", "after"]].values.tolist() == [[before, after]]
        fork.save(tmp_path / "school.xlsx")
        if collation == "NOCASE":  # SQLite knows no other of these
            fork.export(tmp_path / "school.sqlite")
            with clerkbench.open(sql_folder=tmp_path) as back:
                back.import_from(tmp_path / "school.sqlite")
                assert rows(back) == rows(fork)
        assert bench.adopt(fork)["changed"].tolist() == [1]
        assert rows(bench) == rows(fork)
        bench.update("t", 1, v=before)
        assert bench.load(tmp_path / "school.xlsx", mode="merge")["changed"].tolist() == [1]
        assert rows(bench) == rows(fork)


def test_rows_that_a_fork_has_outside_the_school_are_not_left_behind_by_an_adoption(hybrid):
    with hybrid.fork() as fork:
        fork.sql("CREATE SCHEMA division; CREATE TABLE division.u (i INTEGER); INSERT INTO division.u VALUES (1)")
        with pytest.raises(SchemaError, match=r'"division"."u" 1. What is adopted would leave them out'):
            hybrid.adopt(fork)
