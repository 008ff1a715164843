"""Break one thing in a valid school, in every way we can think of: each is found, under its name, and nothing else is.

``pytest -m '' tests/test_faults.py -s`` prints the table. Three kinds of faults; test_rules breaks the rules:

- a stored row changed so that it breaks a constraint: the cases of ``constraint_cases``, every NOT NULL and every id;
- a stored row changed to a value of another type, for every column that has a type of its own;
- a row left without its parent, for every foreign key, by two programs that DuckDB lets commit at the same time.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
import pytest

import clerkbench
import constraint_cases
from clerkbench.errors import RowsRejectedError
from contract import AREAS, REQUIRED, TABLES
from databases import Templates
from small_school import ANOTHER, NOBODY, SMALL_SCHOOL

WRONG_TYPE = {"INTEGER": "several", "BOOLEAN": "perhaps", "TIMESTAMP": "yesterday", "DATE": "soon"}


@dataclass
class Fault:
    """One thing that is wrong.

    Attributes:
        area: The number of the configuration area; None for none.
        what: What was broken.
        expected: The name under which it has to be found.
        found: The names under which it was found.
    """

    area: int | None
    what: str
    expected: str
    found: set[str]


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


def of_stored_rows(templates: Templates) -> Iterator[Fault]:
    with templates.copy("small") as bench:
        rows = {table: bench.insert(table, ANOTHER[table])[0] for table in bench.tables()["table"]}
        numbers = {(row.table, row.column): row.area for row in bench.areas().itertuples()}
        # A duplicate (id, health_system_id) is also a duplicate id. In one health system, the reverse is also true.
        both = {"unique:id", "unique:id, health_system_id"}
        inseparable = {name: both - {name} for name in both}
        # A parent that does not exist breaks each key that the column is part of, if no other column may be NULL.
        together: dict[tuple[str, str], set[str]] = {}
        for key in bench.relationships().itertuples():
            names = key.child_columns.split(", ")
            if all((key.child, name) in REQUIRED for name in names):
                for name in names:
                    together.setdefault((key.child, f"foreign_key:{name}"), set()).add(
                        f"foreign_key:{', '.join(names)}"
                    )

        def fault(table: str, changes: dict[str, object], expected: str) -> Fault:
            area = numbers.get((table, next(iter(changes))), numbers.get((table, "")))
            related = inseparable.get(expected, set()) | (together.get((table, expected), set()) - {expected})
            found = refused(bench, table, rows[table], changes) - related
            return Fault(area, f"{table}: {', '.join(changes)}", expected, found)

        for case in constraint_cases.CASES:
            yield fault(case.table, case.changes, case.violation)
        for table, column in REQUIRED:
            yield fault(table, {column: None}, f"not_null:{column}")
        for table in TABLES:
            yield fault(table, {"id": "1"}, "check:id LIKE '________-____-____-____-____________'")
            yield fault(table, {"id": SMALL_SCHOOL[table][0]["id"]}, "unique:id")
            for column in bench.describe(table).itertuples():
                if column.type in WRONG_TYPE:
                    yield fault(table, {column.column: WRONG_TYPE[column.type]}, f"type:{column.column}")


def store(bench: clerkbench.Workbench, table: str, row: dict[str, object]) -> None:
    """With plain SQL, which checks no more than DuckDB does."""
    names, places = ", ".join(row), ", ".join("?" * len(row))
    bench.con.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", list(row.values()))


def of_orphans(templates: Templates) -> Iterator[Fault]:
    with templates.copy("small") as bench:
        keys = list(bench.relationships().itertuples())
    for key in keys:
        columns, parent_columns = key.child_columns.split(", "), key.parent_columns.split(", ")
        child = dict(ANOTHER[key.child])
        parent = ANOTHER[key.parent] | {two: child[one] for one, two in zip(columns, parent_columns, strict=True)}
        parent |= {"id": NOBODY}
        child |= {one: parent[two] for one, two in zip(columns, parent_columns, strict=True)}
        # The other columns of a composite key become NULL if the reference would be invalid now. A reference that must
        # not be NULL keeps its parent, and with it the row that this test would delete.
        together = [each.child_columns.split(", ") for each in keys if each.child == key.child]
        changed = {name for name in columns if child[name] != ANOTHER[key.child][name]}
        others = {name for names in together if set(names) & changed for name in names} - set(columns)
        if any((key.child, name) in REQUIRED for name in others):
            continue
        child |= dict.fromkeys(others)
        with templates.copy("small") as bench, bench.con.cursor() as other:
            store(bench, key.parent, parent)
            bench.con.begin()
            other.begin()
            store(bench, key.child, child)
            other.execute(f"DELETE FROM {key.parent} WHERE id = '{NOBODY}'")
            other.commit()
            bench.con.commit()
            found = bench.audit(severity="error")
        orphans = found[found["rule"].str.startswith("foreign_key:")]
        area = next(iter(orphans["area"]), None)
        what = f"orphan: {key.child} without {key.parent}"
        yield Fault(area, what, f"foreign_key:{key.child_columns}", set(orphans["rule"]))


@pytest.mark.long
def test_every_fault_is_found_under_its_name_and_nothing_else_is(templates):
    faults = [*of_stored_rows(templates), *of_orphans(templates)]
    table = pd.DataFrame(faults)
    table["caught"] = [each.expected in each.found for each in faults]
    table["false alarms"] = [", ".join(sorted(each.found - {each.expected})) for each in faults]
    print()
    print(table.drop(columns="found").to_string(max_colwidth=70))
    kinds, alarms = len(table[["what", "expected"]].drop_duplicates()), table["false alarms"].ne("").sum()
    print(f"{kinds} kinds of faults, caught {table['caught'].mean():.0%}, false alarms {alarms}")
    assert kinds >= 60
    assert set(table["area"].dropna()) >= {number for number, _ in AREAS}
    assert table[~table["caught"]].empty
    assert table[table["false alarms"] != ""].empty
