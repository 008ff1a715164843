"""Changes the schema as a designer would, in a copy of the checkout, and sees what breaks. `make trial-table` runs it.

The copy gets a migration with a table and a column, a rule and a view. Then only the tests that the docs ask to
extend may fail, and each says what to add. Once that is added, no test fails.
"""

import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

from databases import ROOT
from migration_files import NEWEST

COPY = ROOT / "build" / "trial"

MIGRATION = f"{NEWEST.version + 1:04}_blackout_dates"

#: What a designer writes under sql/.
SQL = {
    f"migrations/{MIGRATION}.up.sql": """
CREATE TABLE blackout_dates (
    id TEXT NOT NULL DEFAULT (CAST(gen_random_uuid() AS TEXT)) PRIMARY KEY,
    clerkship_id TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL DEFAULT 'holiday',
    starts_on DATE NOT NULL,
    ends_on DATE NOT NULL,
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    -- An id has the form of a UUID.
    CHECK (id LIKE '________-____-____-____-____________'),
    -- A blackout is of a clerkship, and goes with it.
    FOREIGN KEY (clerkship_id) REFERENCES clerkships (id) /* ON DELETE CASCADE */,
    -- No two blackouts of a clerkship share a name.
    UNIQUE (clerkship_id, name),
    -- A blackout is for a holiday or for examinations.
    CHECK (kind IN ('holiday', 'examination')),
    -- A blackout ends no earlier than it begins.
    CHECK (ends_on >= starts_on)
);
COMMENT ON TABLE blackout_dates IS 'Days on which a clerkship does not take place.';
COMMENT ON COLUMN blackout_dates.id IS 'Identifies the blackout.';
COMMENT ON COLUMN blackout_dates.clerkship_id IS 'The clerkship that does not take place.';
COMMENT ON COLUMN blackout_dates.name IS 'What the blackout is called.';
COMMENT ON COLUMN blackout_dates.kind IS 'Why the clerkship does not take place.';
COMMENT ON COLUMN blackout_dates.starts_on IS 'Its first day.';
COMMENT ON COLUMN blackout_dates.ends_on IS 'Its last day.';
COMMENT ON COLUMN blackout_dates.created_at IS 'When the row was stored.';
COMMENT ON COLUMN blackout_dates.updated_at IS 'When the row was last changed.';
ALTER TABLE preceptors ADD COLUMN pager TEXT;
COMMENT ON COLUMN preceptors.pager IS 'The number of the pager.';
""",
    f"migrations/{MIGRATION}.down.sql": "ALTER TABLE preceptors DROP COLUMN pager;\nDROP TABLE blackout_dates;\n",
    "rules/blackout-is-short.sql": """
-- id: blackout-is-short
-- area: 3
-- severity: warning
-- about: blackout_dates.ends_on
-- sentence: A blackout lasts at most 30 days.
-- message: {clerkship} does not take place for more than 30 days, because of {blackout}.
-- remedy: Let {blackout} end earlier.
SELECT
    blackout_dates.id AS row_id,
    blackout_dates.ends_on AS value,
    clerkships.name AS clerkship,
    blackout_dates.name AS blackout
FROM blackout_dates
INNER JOIN clerkships ON blackout_dates.clerkship_id = clerkships.id
WHERE blackout_dates.ends_on - blackout_dates.starts_on > 30
""",
    "views/blackout_calendar.sql": """
CREATE VIEW blackout_calendar AS
SELECT
    clerkships.name AS clerkship,
    blackout_dates.name AS blackout,
    blackout_dates.starts_on,
    blackout_dates.ends_on
FROM blackout_dates
INNER JOIN clerkships ON blackout_dates.clerkship_id = clerkships.id
ORDER BY blackout_dates.starts_on, clerkships.name, blackout_dates.name;
COMMENT ON VIEW blackout_calendar IS 'When no clerkship takes place, by date.';
COMMENT ON COLUMN blackout_calendar.clerkship IS 'The name of the clerkship.';
COMMENT ON COLUMN blackout_calendar.blackout IS 'What the blackout is called.';
COMMENT ON COLUMN blackout_calendar.starts_on IS 'Its first day.';
COMMENT ON COLUMN blackout_calendar.ends_on IS 'Its last day.';
""",
}

#: The tests that the docs ask to extend. Each fails until that is done, and says what to add.
ASKED = {
    "test_schema.py::test_the_tables_are_those_of_the_contract",
    "test_schema.py::test_every_column_has_the_type_nullability_and_default_of_the_contract",
    "test_relationships.py::test_the_relationships_are_those_of_the_contract",
    "test_constraints.py::test_every_unique_check_and_foreign_key_constraint_has_a_case",
    "test_constraints.py::test_every_table_has_rows_to_test_with",
    "test_rules.py::test_a_rule_has_a_case_that_breaks_it_and_one_that_nearly_does",
    "test_seeds.py::test_together_the_schools_fill_every_table",
    "test_seeds.py::test_together_the_schools_use_every_value_of_every_enumeration",
}

#: The files whose tests go through all tables, constraints, rules and rows: run again once everything is added.
CONCERNED = sorted(
    {f"tests/{each.partition('::')[0]}" for each in ASKED}
    | {f"tests/test_{name}.py" for name in ("delete", "related", "shipped_constraints", "shipped_rules", "types")}
)

#: What the designer then adds: to the end of each file, or before the line given.
ADDED = {
    "tests/contract.py": (
        "# --- what follows from it",
        '''
COLUMNS["preceptors"] += """
    pager VARCHAR optional
"""
COLUMNS["blackout_dates"] = """
    clerkship_id VARCHAR required
    name VARCHAR required
    kind VARCHAR required 'holiday'
    starts_on DATE required
    ends_on DATE required
"""
RELATIONSHIPS += """
    blackout_dates (clerkship_id) -> clerkships: many to one, CASCADE
"""

''',
    ),
    "tests/small_school.py": (
        "",
        """
SMALL_SCHOOL["blackout_dates"] = [
    {"id": uid(95), "clerkship_id": SURGERY, "name": "Winter", "starts_on": "2026-12-24", "ends_on": "2027-01-02"}
]
ANOTHER["blackout_dates"] = {
    "clerkship_id": SURGERY, "name": "Boards", "kind": "examination", "starts_on": "2026-06-01", "ends_on": "2026-06-02"
}
""",
    ),
    "tests/constraint_cases.py": (
        "",
        """
CASES += [
    Case(
        "blackout_dates", "A blackout is of a clerkship, and goes with it.", "foreign_key:clerkship_id",
        {"clerkship_id": NOBODY},
    ),
    Case(
        "blackout_dates", "No two blackouts of a clerkship share a name.", "unique:clerkship_id, name",
        {"name": "Winter"},
    ),
    Case(
        "blackout_dates", "A blackout is for a holiday or for examinations.",
        "check:kind IN ('holiday', 'examination')", {"kind": "strike"},
    ),
    Case(
        "blackout_dates", "A blackout ends no earlier than it begins.", "check:ends_on >= starts_on",
        {"ends_on": "2026-05-01"},
    ),
]
""",
    ),
    "tests/rule_cases.py": (
        "",
        """
BLACKOUT = (
    "INSERT INTO blackout_dates (clerkship_id, name, starts_on, ends_on) "
    "VALUES (clerkship_named('Surgery'), 'Summer', '2026-07-01', '2026-07-31') "
)
CASES += [
    Case(
        "blackout-is-short", "31 days", BLACKOUT.replace("07-31", "08-01"),
        "Surgery does not take place for more than 30 days, because of Summer.",
    ),
    Case("blackout-is-short", "30 days", BLACKOUT),
]
""",
    ),
    "sql/seeds/hybrid.sql": (
        "",
        """
INSERT INTO blackout_dates (id, clerkship_id, name, kind, starts_on, ends_on, created_at, updated_at)
SELECT
    '00000000-0000-4000-8000-00000000b1ac', clerkship_named('Surgery'), 'Winter', 'holiday',
    DATE '2026-12-24', DATE '2027-01-02', TIMESTAMP '2026-01-05 08:00:00', TIMESTAMP '2026-01-05 08:00:00'
UNION ALL
SELECT
    '00000000-0000-4000-8000-00000000b1ad', clerkship_named('Surgery'), 'Boards', 'examination',
    DATE '2026-06-01', DATE '2026-06-02', TIMESTAMP '2026-01-05 08:00:00', TIMESTAMP '2026-01-05 08:00:00';
""",
    ),
}


def copied() -> None:
    """The files of the checkout, those that git does not track yet among them."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    shutil.rmtree(COPY, ignore_errors=True)
    for name in names:
        if (ROOT / name).exists():
            (COPY / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, COPY / name)


def run(*arguments: str, check: bool = True) -> None:
    """A Python program in the copy, on the package that is there."""
    environment = os.environ | {"PYTHONPATH": str(COPY / "src")}
    subprocess.run([sys.executable, *arguments], cwd=COPY, env=environment, check=check)


def written_anew() -> None:
    """What ``make docs notebooks`` does."""
    run("-m", "clerkbench", "docs", "docs/schema.md")
    for name, *options in (
        ("rows.py", "--language", "python"),
        ("postgres.ts", "--language", "typescript", "--dialect", "postgres"),
        ("sqlite.ts", "--language", "typescript", "--dialect", "sqlite"),
    ):
        run("-m", "clerkbench", "types", f"application_types/{name}", *options)
    notebooks = [str(path.relative_to(COPY)) for path in sorted((COPY / "notebooks").glob("*.ipynb"))]
    quietly = ["--log-level=ERROR", "--ExecutePreprocessor.record_timing=False"]
    run("-m", "nbconvert", "--to", "notebook", "--execute", "--inplace", *quietly, *notebooks)


def failures(*arguments: str) -> dict[str, str]:
    """The tests that fail, each with what it says."""
    report = COPY / "report.xml"
    run("-m", "pytest", "--quiet", f"--junitxml={report}", "--tb=line", *arguments, check=False)
    found = {}
    for case in ElementTree.parse(report).iter("testcase"):
        for kind in ("failure", "error"):
            for problem in case.iter(kind):
                test = f"{case.get('classname', '').rpartition('.')[2]}.py::{case.get('name')}"
                found[test] = problem.get("message", "")
    return found


def main() -> None:
    copied()
    for name, text in SQL.items():
        (COPY / "sql" / name).write_text(text.lstrip("\n"), encoding="utf-8")
    written_anew()
    failed = failures(*sys.argv[1:], "tests")  # the notebooks were run just now
    unasked = {test: says for test, says in failed.items() if re.sub(r"\[.*", "", test) not in ASKED}
    silent = {test: says for test, says in failed.items() if "Add " not in says}
    missing = ASKED - {re.sub(r"\[.*", "", test) for test in failed}
    if unasked or silent or missing:
        sys.exit(f"Failed, and the docs do not ask for it: {unasked}\nDoes not say what to add: {silent}\n"
                 f"Should have failed: {missing}")  # fmt: skip
    for name, (before, text) in ADDED.items():
        path = COPY / name
        content = path.read_text(encoding="utf-8")
        path.write_text(content.replace(before, text + before, 1) if before else content + text, encoding="utf-8")
    if failed := failures(*sys.argv[1:], *CONCERNED):
        sys.exit(f"Failed, though everything was added: {failed}")
    print(f"With another table, column, rule and view only the {len(ASKED)} tests failed that the docs name.")


if __name__ == "__main__":
    main()
