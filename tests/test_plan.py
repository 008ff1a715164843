"""The plan of a migration says what the migration does, before it is done."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

import clerkbench
from clerkbench.errors import MigrationError
from clerkbench.files.sql_files import SqlFiles
from databases import ROOT, everything
from migration_files import NEWEST, add_migration

FILES = SqlFiles()
SCRIPTS = [each.up for each in FILES.migrations]
#: The label of the migration that a case adds.
MORE = f"{NEWEST.version + 1:04}_more"


def created(table: str) -> str:
    """The CREATE TABLE of a table with its comments on constraints, and with the columns that were added since."""
    script = next(each for each in reversed(SCRIPTS) if f"CREATE TABLE {table} (" in each)
    definition = script[script.index(f"CREATE TABLE {table} (") :].partition(");\n")[0] + ");\n"
    later = "".join(SCRIPTS[SCRIPTS.index(script) :])
    added = re.findall(rf"ALTER TABLE {table} ADD COLUMN ([^;]+);", later)
    *_, last = re.finditer(r"^    [a-z_]+ +[A-Z].*\n", definition, re.MULTILINE)
    return definition[: last.end()] + "".join(f"    {each},\n" for each in added) + definition[last.end() :]


def comments(table: str) -> str:
    """The COMMENT ON statements of a table."""
    of_table = (f"COMMENT ON TABLE {table} ", f"COMMENT ON COLUMN {table}.")
    statements = [each.strip() for script in SCRIPTS for each in script.split(";\n")]
    return "".join(f"{each};\n" for each in statements if each.startswith(of_table))


def rebuilt(table: str, old: str = "", new: str = "", **values: str) -> str:
    """A script that creates a table again with another definition, and keeps its rows and comments.

    Args:
        old, new: What of the definition is replaced.
        values: The expressions of columns that get other values.
    """
    definition = created(table)
    assert not old or old in definition
    columns = re.findall(r"^    ([a-z_]+) +[A-Z]", definition, re.MULTILINE)
    selected = ", ".join(values.get(column, column) for column in columns)
    return (
        f"CREATE TABLE set_aside AS SELECT * FROM {table}; DROP TABLE {table};\n"
        f"{definition.replace(old, new) if old else definition}{comments(table)}"
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {selected} FROM set_aside; DROP TABLE set_aside;"
    )


@dataclass(frozen=True)
class Case:
    """A designed migration, and what its plan must say.

    Attributes:
        up, down: The scripts.
        base: A migration before it, which the school has.
        prepare: SQL that changes the school first.
        changes: Change, kind, table and name of each change of the schema.
        rejected: Table and label of each rejected row; with ``remedy`` in the remedy of the first.
        data: Change, table, column and count of what happens to the rows.
        readers: Kind, name and finding of readers that must be there; nothing else may fail.
        lost: Change, table and column of what the down script does not bring back.
        added, fixed: The rules of the violations that come and go.
        fails: A part of the message if the migration fails for another reason than rows.
        engines: The engines that cannot run a statement as it is.
        is_harmless: Whether nothing is against it.
    """

    up: str
    down: str = "SELECT 1;"
    base: str = ""
    prepare: str = ""
    changes: list[tuple[str, str, str, str]] = field(default_factory=list)
    rejected: list[tuple[str, str]] = field(default_factory=list)
    remedy: str = ""
    data: list[tuple[str, str, str, int]] = field(default_factory=list)
    readers: list[tuple[str, str, str]] = field(default_factory=list)
    lost: list[tuple[str, str, str]] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    fixed: list[str] = field(default_factory=list)
    fails: str = ""
    engines: frozenset[str] = frozenset()
    is_harmless: bool = False


SWAPPED = "ALTER TABLE wards RENAME TO t; ALTER TABLE rooms RENAME TO wards; ALTER TABLE t RENAME TO rooms;"

CASES = {
    "a new optional column is harmless": Case(
        "ALTER TABLE clerkships ADD COLUMN color TEXT;",
        "ALTER TABLE clerkships DROP COLUMN color;",
        changes=[("added", "column", "clerkships", "color")],
        is_harmless=True,
    ),
    "a new column with a default fills the rows": Case(
        "ALTER TABLE clerkships ADD COLUMN color TEXT DEFAULT 'blue';",
        "ALTER TABLE clerkships DROP COLUMN color;",
        changes=[("added", "column", "clerkships", "color")],
        data=[("added", "clerkships", "color", 3)],
        is_harmless=True,
    ),
    "a new required column without a default rejects every row": Case(
        "ALTER TABLE clerkships ADD COLUMN color TEXT NOT NULL;",
        "ALTER TABLE clerkships DROP COLUMN color;",
        changes=[("added", "column", "clerkships", "color")],
        rejected=[("clerkships", name) for name in ("Surgery", "Pediatrics", "Radiology")],
        remedy="Give color a DEFAULT in the migration, or fill it there first.",
    ),
    "NOT NULL rejects the rows that lack a value": Case(
        "ALTER TABLE preceptors ALTER site_id SET NOT NULL;",
        "ALTER TABLE preceptors ALTER site_id DROP NOT NULL;",
        changes=[("changed", "nullability", "preceptors", "site_id")],
        rejected=[("preceptors", name) for name in ("Dr. Okafor", "Dr. Silva", "Dr. Mori")],
        remedy="Give site_id a value.",
        engines=frozenset({"SQLite"}),
    ),
    "a tighter check rejects the rows that break it": Case(
        rebuilt("sites", "'hospital', 'clinic', 'other'", "'hospital', 'other'"),
        rebuilt("sites"),
        changes=[("changed", "check", "sites", "site_type")],
        rejected=[("sites", "Riverside Clinic")],
        remedy="Make site_type one of hospital, other",
    ),
    "a wider check is harmless": Case(
        rebuilt("sites", "'clinic', 'other'", "'clinic', 'school', 'other'"),
        rebuilt("sites"),
        changes=[("changed", "check", "sites", "site_type")],
        is_harmless=True,
    ),
    "a unique scope rejects the duplicates": Case(
        "CREATE UNIQUE INDEX one_a_specialty ON preceptors (specialty);",
        "DROP INDEX one_a_specialty;",
        changes=[("added", "unique", "preceptors", "specialty")],
        rejected=[("preceptors", "Dr. Okafor")],
        remedy="Give this row another specialty, or delete it.",
    ),
    "a foreign key rejects the rows without a parent": Case(
        "CREATE TABLE specialties (name TEXT NOT NULL PRIMARY KEY); INSERT INTO specialties VALUES ('Surgery');\n"
        + rebuilt(
            "clerkships",
            "    -- A clerkship lasts",
            "    FOREIGN KEY (specialty) REFERENCES specialties (name),\n    -- A clerkship lasts",
        ),
        rebuilt("clerkships") + "DROP TABLE specialties;",
        changes=[("added", "foreign key", "clerkships", "specialty"), ("added", "table", "specialties", "")],
        rejected=[("clerkships", "Pediatrics"), ("clerkships", "Radiology")],
        remedy="Give specialty the name of one that is there, or delete this row.",
        data=[("added", "specialties", "", 1)],
    ),
    "a type that cannot hold a value rejects the row": Case(
        "ALTER TABLE clerkships ALTER description TYPE INTEGER;",
        "ALTER TABLE clerkships ALTER description TYPE TEXT;",
        prepare="UPDATE clerkships SET description = CASE name WHEN 'Surgery' THEN 'long' ELSE '12' END",
        changes=[("changed", "type", "clerkships", "description")],
        rejected=[("clerkships", "Surgery")],
        remedy="Write description as a whole number (INTEGER).",
        data=[("converted", "clerkships", "description", 1)],
        engines=frozenset({"PostgreSQL", "SQLite"}),
    ),
    "a type that cuts values off does not bring them back": Case(
        "ALTER TABLE clerkships ALTER created_at TYPE DATE;",
        "ALTER TABLE clerkships ALTER created_at TYPE TIMESTAMP;",
        prepare="UPDATE clerkships SET created_at = TIMESTAMP '2026-01-31 08:15:00'",
        changes=[("changed", "type", "clerkships", "created_at")],
        engines=frozenset({"SQLite"}),
        data=[("converted", "clerkships", "created_at", 3)],
        lost=[("altered", "clerkships", "created_at")],
    ),
    "a dropped column with values loses them": Case(
        "ALTER TABLE clerkship_configurations DROP COLUMN notes;",
        "ALTER TABLE clerkship_configurations ADD COLUMN notes TEXT;"
        "COMMENT ON COLUMN clerkship_configurations.notes IS 'Anything else the school wants to remember.';",
        prepare="UPDATE clerkship_configurations SET notes = 'Springfield' ",
        changes=[("removed", "column", "clerkship_configurations", "notes")],
        data=[("removed", "clerkship_configurations", "notes", 1)],
        lost=[("altered", "clerkship_configurations", "notes")],
    ),
    "a dropped column without values loses nothing": Case(
        "ALTER TABLE clerkship_configurations DROP COLUMN notes;",
        "ALTER TABLE clerkship_configurations ADD COLUMN notes TEXT;"
        "COMMENT ON COLUMN clerkship_configurations.notes IS 'Anything else the school wants to remember.';",
        changes=[("removed", "column", "clerkship_configurations", "notes")],
        is_harmless=True,
    ),
    "a renamed column is neither removed nor added": Case(
        "ALTER TABLE clerkship_configurations RENAME COLUMN notes TO remarks;",
        "ALTER TABLE clerkship_configurations RENAME COLUMN remarks TO notes;",
        prepare="UPDATE clerkship_configurations SET notes = 'M' ",
        changes=[("renamed", "column", "clerkship_configurations", "remarks")],
        is_harmless=True,
    ),
    "a table that is created again as it was is harmless": Case(
        rebuilt("clerkships"), rebuilt("clerkships"), is_harmless=True
    ),
    "rows that the down script does not bring back are lost": Case(
        "DELETE FROM preceptor_fallbacks WHERE clerkship_id IS NULL;",
        data=[("removed", "preceptor_fallbacks", "", 1)],
        lost=[("removed", "preceptor_fallbacks", "")],
        readers=[("view", "fallback_chains", "gives other results")],
    ),
    "a table that is dropped takes its rows along": Case(
        "CREATE TABLE remarks (remark TEXT); DROP TABLE remarks; DROP TABLE preceptor_team_members;",
        changes=[("removed", "table", "preceptor_team_members", "")],
        data=[("removed", "preceptor_team_members", "", 1)],
        lost=[("removed", "preceptor_team_members", ""), ("schema", "preceptor_team_members", "")],
        readers=[("view", "team_rosters", "no longer runs"), ("rule", "team-has-one-lead", "no longer runs")],
        fails="preceptor_team_members does not exist",
    ),
    "a view that reads a renamed column no longer runs": Case(
        "ALTER TABLE clerkships RENAME COLUMN specialty TO field;",
        "ALTER TABLE clerkships RENAME COLUMN field TO specialty;",
        changes=[("renamed", "column", "clerkships", "field")],
        readers=[
            ("view", "effective_capacity", "no longer runs"),
            ("rule", "clerkship-can-be-staffed", "no longer runs"),
            ("lookup", "capacity", "no longer runs"),
            ("sample school", "hybrid", "no longer runs"),
        ],
        fails='Table "clerkships" does not have a column named "specialty"',
    ),
    "a rule that asks for a value that is gone becomes silent": Case(
        rebuilt(
            "clerkship_configurations",
            "'hybrid'",
            "'mixed'",
            assignment_strategy="replace(assignment_strategy, 'hybrid', 'mixed')",
        ),
        rebuilt("clerkship_configurations", assignment_strategy="replace(assignment_strategy, 'mixed', 'hybrid')"),
        changes=[
            ("changed", "check", "clerkship_configurations", "assignment_strategy"),
            ("changed", "check", "clerkship_configurations", "block_size_days, assignment_strategy"),
        ],
        data=[("altered", "clerkship_configurations", "assignment_strategy", 1)],
        readers=[
            ("rule", "hybrid-mixes-modes", "gives other results"),
            ("sample school", "hybrid", "no longer runs"),
            ("sample school", "longitudinal", "no longer runs"),
        ],
        added=["mode-matches-strategy"],
        fixed=["hybrid-mixes-modes"],
    ),
    "another delete rule is a change of its own": Case(
        rebuilt("clerkship_electives", " /* ON DELETE CASCADE */", ""),
        rebuilt("clerkship_electives"),
        changes=[("changed", "delete rule", "clerkship_electives", "configuration_id")],
        is_harmless=True,
    ),
    "another unique scope is one change": Case(
        rebuilt("sites", "UNIQUE (health_system_id, name)", "UNIQUE (name)"),
        rebuilt("sites"),
        changes=[("changed", "unique", "sites", "name")],
        readers=[("view", "names_alike", "reads what changed")],
        is_harmless=True,
    ),
    "a default, a comment and an index are changes": Case(
        "ALTER TABLE clerkships ALTER description SET DEFAULT 'none'; COMMENT ON TABLE clerkships IS 'Another.';"
        "CREATE INDEX by_specialty ON clerkship_electives (specialty);",
        "ALTER TABLE clerkships ALTER description DROP DEFAULT; DROP INDEX by_specialty;" + comments("clerkships"),
        changes=[
            ("added", "default", "clerkships", "description"),
            ("changed", "comment", "clerkships", ""),
            ("added", "index", "clerkship_electives", "by_specialty"),
        ],
        engines=frozenset({"SQLite"}),
    ),
    "a column that moves to another table keeps its values": Case(
        "ALTER TABLE clerkship_configurations ADD COLUMN description TEXT;"
        "UPDATE clerkship_configurations SET description = clerkships.description FROM clerkships "
        "WHERE clerkships.id = clerkship_id; ALTER TABLE clerkships DROP COLUMN description;",
        "ALTER TABLE clerkships ADD COLUMN description TEXT;"
        "COMMENT ON COLUMN clerkships.description IS 'What the clerkship covers, in a sentence or two.';"
        "UPDATE clerkships SET description = own.description FROM clerkship_configurations AS own "
        "WHERE clerkships.id = own.clerkship_id; ALTER TABLE clerkship_configurations DROP COLUMN description;",
        prepare="UPDATE clerkships SET description = 'Cutting' WHERE name = 'Surgery'",
        changes=[
            ("removed", "column", "clerkships", "description"),
            ("added", "column", "clerkship_configurations", "description"),
        ],
        data=[
            ("removed", "clerkships", "description", 1),
            ("added", "clerkship_configurations", "description", 1),
        ],
        readers=[("sample school", name, "no longer runs") for name in FILES.schools],
    ),
    "a change of values shows in rules and capacity": Case(
        "UPDATE clerkships SET required_days = 35 WHERE name = 'Surgery';",
        "UPDATE clerkships SET required_days = 45 WHERE name = 'Surgery';",
        data=[("altered", "clerkships", "required_days", 1)],
        readers=[("rule", "requirement-days-add-up", "gives other results")],
        fixed=["requirement-days-add-up"],
        is_harmless=True,
    ),
    "a down script that fails is reported": Case(
        "ALTER TABLE clerkships ADD COLUMN color TEXT;",
        "ALTER TABLE clerkships DROP COLUMN colour;",
        changes=[("added", "column", "clerkships", "color")],
        lost=[("fails", "", "")],
    ),
    "a table without a primary key loses the values of a column": Case(
        "ALTER TABLE diary DROP COLUMN note;",
        "ALTER TABLE diary ADD COLUMN note TEXT;",
        base="CREATE TABLE diary (day DATE, note TEXT);",
        prepare="INSERT INTO diary VALUES (DATE '2026-01-01', 'Exams')",
        changes=[("removed", "column", "diary", "note")],
        data=[("removed", "diary", "note", 1)],
        lost=[("removed", "diary", ""), ("added", "diary", "")],
    ),
    "values that only differ in upper and lower case are altered": Case(
        "UPDATE wards SET name = upper(name);",
        base="CREATE TABLE wards (id TEXT NOT NULL PRIMARY KEY, name TEXT COLLATE NOCASE);",
        prepare="INSERT INTO wards VALUES ('1', 'West')",
        data=[("altered", "wards", "name", 1)],
        engines=frozenset({"PostgreSQL"}),
        lost=[("altered", "wards", "name")],
    ),
    "tables that exchange their names lose nothing": Case(
        SWAPPED,
        SWAPPED,
        base="CREATE TABLE wards (id TEXT NOT NULL PRIMARY KEY, bed TEXT); "
        "CREATE TABLE rooms (id TEXT NOT NULL PRIMARY KEY, door TEXT);",
        prepare="INSERT INTO wards VALUES ('1', 'A'); INSERT INTO rooms VALUES ('2', 'B')",
        changes=[("renamed", "table", "wards", ""), ("renamed", "table", "rooms", "")],
        is_harmless=True,
    ),
    "a table with the name of a view fails": Case(
        "CREATE TABLE team_rosters (id TEXT NOT NULL PRIMARY KEY);",
        "DROP TABLE team_rosters;",
        changes=[("added", "table", "team_rosters", "")],
        fails="team_rosters.sql",
    ),
    "a script that fails on any row is only a failure": Case(
        "UPDATE clerkships SET colour = 'blue';", fails=f"{MORE}.up.sql failed at “UPDATE clerkships SET colour"
    ),
}


@pytest.fixture
def planned(templates, own_sql, tmp_path) -> Iterator[object]:
    """Opens the small school behind one more migration, and plans that."""
    opened: list[clerkbench.Workbench] = []

    def plan(case: Case):
        path = tmp_path / "school.duckdb"
        if case.base:
            add_migration(own_sql, case.base, name="base")
        with templates.copy("small", path, own_sql) as bench:
            if case.prepare:
                bench.con.execute(case.prepare)
        add_migration(own_sql, case.up, case.down)
        bench = clerkbench.open(path, migrate=False, sql_folder=own_sql)
        opened.append(bench)
        before = everything(bench)
        found = bench.plan_migration()
        assert everything(bench) == before
        return bench, found

    yield plan
    for bench in opened:
        bench.close()


#: The cases of every run; the others are long.
IN_EVERY_RUN = [
    "a new optional column is harmless",
    "a tighter check rejects the rows that break it",
    "a view that reads a renamed column no longer runs",
]
IDS = sorted(CASES, key=lambda name: name not in IN_EVERY_RUN)


@pytest.mark.first_cases(len(IN_EVERY_RUN))
@pytest.mark.parametrize("case", [CASES[name] for name in IDS], ids=IDS)
def test_a_plan_says_what_the_migration_does(planned, case):
    bench, plan = planned(case)

    changes = plan.schema_changes[["change", "kind", "table", "name"]].itertuples(index=False, name=None)
    assert sorted(changes) == sorted(case.changes)
    rejected = [(each.table, str(each.message).partition(": ")[0]) for each in plan.rejected_rows.itertuples()]
    assert sorted(rejected) == sorted(case.rejected)
    if case.remedy:
        assert case.remedy in plan.rejected_rows["remedy"][0]
    data = plan.data_changes[["change", "table", "column", "count"]].itertuples(index=False, name=None)
    assert sorted(data) == sorted(case.data)
    readers = set(plan.readers[["kind", "reader", "finding"]].itertuples(index=False, name=None))
    assert readers >= set(case.readers)
    if not case.fails:
        assert {each for each in readers if each[2] == "no longer runs"} <= set(case.readers)
    lost = plan.not_restored[["change", "table", "column"]].itertuples(index=False, name=None)
    assert sorted(lost) == sorted(case.lost)
    assert [*plan.violations_added["rule"]] == case.added
    assert [*plan.violations_fixed["rule"]] == case.fixed
    assert set(plan.portability["engine"]) == case.engines
    assert bool(plan) is not case.is_harmless

    # The plan equals the deed.
    assert bool(plan.failure) == bool(case.rejected or case.fails)
    assert case.fails in plan.failure
    if plan.failure:
        with pytest.raises(MigrationError) as error:
            bench.migrate()
        assert case.fails in str(error.value)
    else:
        bench.migrate()


@pytest.mark.long
def test_a_harmless_plan_says_so_in_one_line(planned):
    _, plan = planned(CASES["a table that is created again as it was is harmless"])
    assert repr(plan) == f"{MORE}: nothing is against it."
    assert plan.reversible is True


@pytest.mark.long
def test_a_rule_that_asks_for_a_value_that_no_check_allows_is_named(planned):
    _, plan = planned(CASES["a rule that asks for a value that is gone becomes silent"])
    found = plan.readers.set_index("reader")["detail"]
    assert (
        "clerkship_configurations.assignment_strategy has another rule, without hybrid" in found["hybrid-mixes-modes"]
    )


def test_a_database_that_is_up_to_date_has_nothing_to_plan(small_school):
    plan = small_school.plan_migration()
    assert not plan
    assert repr(plan) == "No migration is pending."
    assert plan.schema_changes.empty
    assert plan.reversible is None


@pytest.mark.long
def test_a_plan_stops_at_the_version_that_is_asked_for(planned, own_sql, tmp_path):
    planned(CASES["a new optional column is harmless"])
    another = add_migration(own_sql, "ALTER TABLE clerkships ADD COLUMN size INTEGER;", name="another")
    with clerkbench.open(tmp_path / "school.duckdb", migrate=False, sql_folder=own_sql) as again:
        assert again.plan_migration(another.version - 1).migrations == [MORE]
        assert again.plan_migration().migrations == [MORE, another.label]
        none = rf"There is no migration 99: they run from 1 to {another.version}\. Nothing was changed"
        with pytest.raises(MigrationError, match=none):
            again.plan_migration(99)


def test_the_report_is_readable_as_text_and_as_markdown(planned):
    _, plan = planned(CASES["NOT NULL rejects the rows that lack a value"])
    assert repr(plan).splitlines()[:12] == [
        f"{MORE}: would be rejected because of 3 rows.",
        "",
        "Schema: 1 changed.",
        "  ~ nullability preceptors.site_id: optional → required",
        "",
        "Rows that would be rejected",
        "  preceptors · Dr. Okafor: site_id is empty, and every row of preceptors needs it.",
        "    → Give site_id a value.",
        "  preceptors · Dr. Silva: site_id is empty, and every row of preceptors needs it.",
        "    → Give site_id a value.",
        "  preceptors · Dr. Mori: site_id is empty, and every row of preceptors needs it.",
        "    → Give site_id a value.",
    ]
    assert "| changed | nullability | `preceptors.site_id` | `optional` | `required` |  |" in plan.markdown
    assert "| preceptors | Dr. Okafor: site_id is empty, and every row of preceptors needs it. |" in plan.markdown


@pytest.mark.long
def test_the_diagram_marks_what_changes_in_words(planned):
    case = Case(
        "CREATE TABLE remarks (id TEXT NOT NULL PRIMARY KEY, clerkship_id TEXT NOT NULL, "
        "FOREIGN KEY (clerkship_id) REFERENCES clerkships (id)); ALTER TABLE health_systems DROP COLUMN notes;"
        "ALTER TABLE sites ADD COLUMN code TEXT; DROP TABLE preceptor_team_members;",
    )
    _, plan = planned(case)
    diagram = plan.diagram()
    assert diagram.tables == {
        **{"clerkships": "", "health_systems": "changed", "sites": "changed", "remarks": "added"},
        **{"preceptor_team_members": "removed", "preceptors": "", "preceptor_teams": ""},
    }
    for line in (
        'remarks["remarks · added"] {',
        'preceptor_team_members["preceptor_team_members · removed"]',
        'VARCHAR notes "removed"',
        'VARCHAR code "added"',
        'clerkships ||..o{ remarks : "added#58;#32;clerkship_id"',
    ):
        assert line in diagram.mermaid
    assert diagram.markdown.startswith("```mermaid\n---\n")


def test_the_documented_plan_is_what_the_workbench_says(own_sql, tmp_path, templates):
    page = (ROOT / "docs" / "changing_the_schema.md").read_text(encoding="utf-8")
    up = page.partition("```sql\n")[2].partition("```")[0]
    added = add_migration(own_sql, up, up.replace("SET", "DROP"), name="sites_are_required")
    file = tmp_path / "school.duckdb"
    templates.copy("traditional", file).close()
    with clerkbench.open(file, migrate=False, sql_folder=own_sql) as bench:
        markdown = bench.plan_migration().markdown
    documented = re.sub(r"\d{4}_sites", f"{added.version:04}_sites", page)
    assert f"\n---\n\n{markdown}\n---\n" in documented, markdown
