"""Break one thing in a valid school, in every way we can think of: each is found, under its name, and nothing else is.

``pytest tests/test_faults.py -s`` prints the table. Faults are of four kinds:

- a stored row changed so that it breaks a constraint, for every constraint of every table, made up from the catalog;
- a stored row changed to a value of another type, for every column that has a type of its own;
- a school changed so that it breaks a rule: the cases of ``rule_cases``;
- a row left without its parent, for every foreign key, by two programs that DuckDB lets commit at the same time.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
import pytest

import clerkbench
import rule_cases
from clerkbench.constraints import Constraint
from clerkbench.errors import RowsRejectedError
from clerkbench.schema import Table
from clerkbench.sql_files import SqlFiles
from small_school import NOBODY

#: What breaks a check that lists no values; one that does is given another.
BREAKING: dict[str, dict[str, object]] = {
    "id LIKE '________-____-____-____-____________'": {"id": "1"},
    "trim(name) <> ''": {"name": "  "},
    "required_days > 0": {"required_days": 0},
    "max_students > 0": {"max_students": -1},
    "minimum_days > 0": {"minimum_days": 0},
    "priority > 0": {"priority": 0},
    "max_students_per_day > 0": {"max_students_per_day": 0},
    "max_students_per_year >= max_students_per_day": {"max_students_per_day": 2, "max_students_per_year": 1},
    "max_students_per_block > 0": {"max_students_per_block": 0},
    "block_size_days > 0": {"block_size_days": 0},
    "assignment_strategy <> 'block_based' OR block_size_days IS NOT NULL": {
        "assignment_strategy": "block_based",
        "block_size_days": None,
    },
    "block_size_days IS NULL OR assignment_strategy IN ('block_based', 'hybrid')": {
        "assignment_strategy": "daily_rotation",
        "block_size_days": 7,
    },
    "(team_size_min IS NULL) = (team_size_max IS NULL)": {"team_size_min": 2},
    "team_size_min >= 2": {"team_size_min": 1, "team_size_max": 3},
    "team_size_min <= team_size_max": {"team_size_min": 4, "team_size_max": 3},
}

#: What has to be changed along with a column, so that nothing else is broken.
BESIDE: dict[str, dict[str, object]] = {
    "assignment_strategy": {"block_size_days": None},
    "health_system_id": {"site_id": None},
    "fallback_preceptor_id": {"priority": 9},
}

#: Who has the id and the health system of another site has its id.
INSEPARABLE = {"unique:id, health_system_id": {"unique:id"}}

WRONG_TYPE = {"INTEGER": "several", "BOOLEAN": "perhaps", "TIMESTAMP": "yesterday"}

#: A parent of each table that has children, which nothing references.
PARENTS = {
    "clerkships": "INSERT INTO clerkships (id, name, specialty, required_days) VALUES ($id, 'Ghost', 'Surgery', 10)",
    "health_systems": "INSERT INTO health_systems (id, name) VALUES ($id, 'Ghost')",
    "sites": "INSERT INTO sites (id, health_system_id, name, site_type) "
    "VALUES ($id, health_system_named('Harbor Health'), 'Ghost', 'clinic')",
    "preceptors": "INSERT INTO preceptors (id, name, email, specialty, health_system_id) "
    "VALUES ($id, 'Dr. Ghost', 'ghost', 'Surgery', health_system_named('Harbor Health'))",
    "preceptor_teams": "INSERT INTO preceptor_teams (id, name) VALUES ($id, 'Ghosts')",
    "clerkship_configurations": "INSERT INTO clerkships (name, specialty, required_days) "
    "VALUES ('Open', 'Surgery', 10); INSERT INTO clerkship_configurations (id, clerkship_id) "
    "VALUES ($id, clerkship_named('Open'))",
}

#: For each foreign key, by child and columns, a child of that parent.
CHILDREN = {
    ("sites", "health_system_id"): "(health_system_id, name, site_type) VALUES ($id, 'Clinic', 'clinic')",
    (
        "preceptors",
        "health_system_id",
    ): "(name, email, specialty, health_system_id) VALUES ('Dr. A', 'a', 'Surgery', $id)",
    ("preceptors", "site_id, health_system_id"): "(name, email, specialty, health_system_id, site_id) "
    "VALUES ('Dr. A', 'a', 'Surgery', health_system_named('Harbor Health'), $id)",
    ("clerkship_configurations", "clerkship_id"): "(clerkship_id) VALUES ($id)",
    ("clerkship_requirements", "clerkship_id"): "(clerkship_id, requirement_type, required_days, assignment_mode) "
    "VALUES ($id, 'inpatient', 10, 'daily_rotation')",
    ("clerkship_electives", "configuration_id"): "(configuration_id, name) VALUES ($id, 'Any')",
    ("preceptor_teams", "clerkship_id"): "(id, clerkship_id, name) "
    "VALUES ('00000000-0000-4000-8000-000000000777', $id, 'Lost')",
    ("preceptor_team_members", "team_id"): "(team_id, preceptor_id, priority) "
    "VALUES ($id, preceptor_named('Dr. Leo Fischer'), 1)",
    ("preceptor_team_members", "preceptor_id"): "(team_id, preceptor_id, priority) "
    "VALUES (team_named('Regional Pediatrics'), $id, 3)",
    ("preceptor_fallbacks", "clerkship_id"): "(clerkship_id, primary_preceptor_id, fallback_preceptor_id, priority) "
    "VALUES ($id, preceptor_named('Dr. Leo Fischer'), preceptor_named('Dr. Mei Zhang'), 1)",
    ("preceptor_fallbacks", "primary_preceptor_id"): "(primary_preceptor_id, fallback_preceptor_id, priority) "
    "VALUES ($id, preceptor_named('Dr. Mei Zhang'), 1)",
    ("preceptor_fallbacks", "fallback_preceptor_id"): "(primary_preceptor_id, fallback_preceptor_id, priority) "
    "VALUES (preceptor_named('Dr. Mei Zhang'), $id, 1)",
    ("preceptor_capacity_rules", "preceptor_id"): "(preceptor_id) VALUES ($id)",
    ("preceptor_capacity_rules", "clerkship_id"): "(preceptor_id, clerkship_id) "
    "VALUES (preceptor_named('Dr. Mei Zhang'), $id)",
}

#: What has to be stored along with a child, so that no rule is broken.
ALONG = {
    "preceptor_teams": "INSERT INTO preceptor_team_members (team_id, preceptor_id, role, priority) VALUES "
    "('00000000-0000-4000-8000-000000000777', preceptor_named('Dr. Leo Fischer'), 'lead', 1), "
    "('00000000-0000-4000-8000-000000000777', preceptor_named('Dr. Mei Zhang'), 'member', 2)"
}


@dataclass
class Fault:
    """One thing that is wrong.

    Attributes:
        area: The number of the configuration area; None for none.
        what: What was broken.
        expected: The name under which it has to be found.
        found: The names under which errors were found, and the warning that was expected.
    """

    area: int | None
    what: str
    expected: str
    found: set[str]


def school() -> clerkbench.Workbench:
    bench = clerkbench.open()
    bench.seed("hybrid")
    bench.con.execute(SqlFiles().seed_lookups)
    return bench


def refused(bench: clerkbench.Workbench, table: str, row: str, changes: dict[str, object]) -> set[str]:
    """The names under which a change of a row is refused."""
    try:
        with bench.transaction():
            bench.update(table, row, **changes)
            raise ZeroDivisionError
    except ZeroDivisionError:
        return set()
    except RowsRejectedError as refusal:
        return set(refusal.violations["rule"])


def break_in(table: Table, constraint: Constraint, rows: pd.DataFrame) -> dict[str, object]:
    """A change of the first row that breaks a constraint."""
    columns = table.columns_in(constraint)
    if constraint.kind == "not null":
        return {columns[0]: None}
    if constraint.kind == "check" and constraint.written in BREAKING:
        return BREAKING[constraint.written]
    if constraint.kind == "check" and constraint.written == "primary_preceptor_id <> fallback_preceptor_id":
        return {"primary_preceptor_id": rows.iloc[0]["fallback_preceptor_id"]}
    if constraint.kind in ("check", "foreign key"):
        wrong = "another" if constraint.kind == "check" else NOBODY
        beside = BESIDE.get(columns[0], {})
        return {columns[0]: wrong} | {column: value for column, value in beside.items() if column in table.columns}
    beside = BESIDE.get(columns[-1], {}) if not constraint.columns else {}
    return {column: None if pd.isna(rows.iloc[1][column]) else rows.iloc[1][column] for column in columns} | beside


def of_constraints(bench: clerkbench.Workbench) -> Iterator[Fault]:
    numbers = {(row.table, row.column): row.area for row in bench.areas().itertuples()}
    for table in bench._session.schema.tables.values():
        rows = bench.sql(f"FROM {table.name} ORDER BY id")
        first = rows.iloc[0]["id"]
        for each in table.constraints:
            changes = break_in(table, each, rows)
            area = numbers.get((table.name, next(iter(changes))), numbers.get((table.name, "")))
            found = refused(bench, table.name, first, changes) - INSEPARABLE.get(each.id, set())
            yield Fault(area, f"{table.name}: {each.rule or each.id}", each.id, found)
        for column in table.columns.values():
            if column.type in WRONG_TYPE:
                found = refused(bench, table.name, first, {column.name: WRONG_TYPE[column.type]})
                area = numbers.get((table.name, column.name), numbers.get((table.name, "")))
                yield Fault(area, f"{table.name}: {column.name} of another type", f"type:{column.name}", found)


def of_rules(bench: clerkbench.Workbench) -> Iterator[Fault]:
    areas = bench.rules().set_index("rule")["area"]
    before = bench.audit()
    for case in rule_cases.CASES:
        if case.says:
            bench.con.begin()
            bench.con.execute(case.sql)
            after = bench.audit()
            bench.con.rollback()
            new = after[~after["message"].isin(before["message"])]
            found = set(new[(new["severity"] == "error") | (new["rule"] == case.rule)]["rule"]) - set(case.also)
            yield Fault(areas[case.rule], str(case), case.rule, found)


def of_orphans() -> Iterator[Fault]:
    for (child, columns), row in CHILDREN.items():
        with school() as bench, bench.con.cursor() as other:
            [parent] = bench.relationships().query(f"child == {child!r} and child_columns == {columns!r}")["parent"]
            bench.con.execute(PARENTS[parent].replace("$id", f"'{NOBODY}'"))
            bench.con.begin()
            other.begin()
            bench.con.execute(f"INSERT INTO {child} {row}".replace("$id", f"'{NOBODY}'"))
            bench.con.execute(ALONG.get(child, "SELECT 1"))
            other.execute(f"DELETE FROM {parent} WHERE id = '{NOBODY}'")
            other.commit()
            bench.con.commit()
            found = bench.audit(severity="error")
            key = f"foreign_key:{columns}"
            area = found[found["rule"] == key]["area"]
            yield Fault(
                area.iloc[0] if len(area) else None, f"orphan: {child} without {parent}", key, set(found["rule"])
            )


@pytest.mark.long
def test_every_fault_is_found_under_its_name_and_nothing_else_is():
    with school() as bench:
        faults = [*of_constraints(bench), *of_rules(bench), *of_orphans()]
    table = pd.DataFrame(faults)
    table["caught"] = [each.expected in each.found for each in faults]
    table["false alarms"] = [", ".join(sorted(each.found - {each.expected})) for each in faults]
    print()
    print(table.drop(columns="found").to_string(max_colwidth=70))
    kinds, alarms = len(table[["what", "expected"]].drop_duplicates()), table["false alarms"].ne("").sum()
    print(f"{kinds} kinds of faults, caught {table['caught'].mean():.0%}, false alarms {alarms}")
    assert kinds >= 60
    assert set(table["area"].dropna()) == set(range(1, 9))
    assert table[~table["caught"]].empty
    assert table[table["false alarms"] != ""].empty


def test_there_is_an_orphan_for_every_foreign_key(bench):
    keys = bench.relationships()
    assert set(CHILDREN) == set(zip(keys["child"], keys["child_columns"], strict=True))
