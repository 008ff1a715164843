"""The schema is the contract: every table and column, its type, whether it may be empty, and its default."""

import pandas as pd
import pytest

import clerkbench
from clerkbench.files.sql_files import SqlFiles
from contract import AREAS, COLUMNS, EVERY_TABLE, TABLES, lines


@pytest.fixture(scope="module")
def bench(templates):
    with templates.copy() as bench:
        yield bench


def described(bench: clerkbench.Workbench, table: str) -> list[str]:
    """The columns as the contract writes them."""
    return [
        " ".join([row.column, row.type, "optional" if row.nullable else "required", row.default]).strip()
        for row in bench.describe(table).itertuples()
    ]


def test_the_tables_are_those_of_the_contract(bench):
    new = {table: described(bench, table) for table in bench.tables()["table"] if table not in COLUMNS}
    assert not new, f"Add to COLUMNS in tests/contract.py, without what EVERY_TABLE has: {new}"
    assert set(bench.tables()["table"]) == set(COLUMNS)


def test_every_column_has_the_type_nullability_and_default_of_the_contract(bench):
    promised = {table: set(lines(EVERY_TABLE + COLUMNS[table])) for table in TABLES}
    found = {table: described(bench, table) for table in TABLES}
    new = {table: added for table in TABLES if (added := set(found[table]) - promised[table])}
    assert not new, f"Add to COLUMNS in tests/contract.py: {new}"
    assert {table: set(columns) for table, columns in found.items()} == promised
    assert all(len(found[table]) == len(promised[table]) for table in TABLES)


@pytest.mark.parametrize("table", TABLES)
def test_every_table_and_column_says_what_it_means(bench, table):
    tables = bench.tables().set_index("table")
    assert tables.loc[table, "meaning"].endswith(".")
    for row in bench.describe(table).itertuples():
        assert row.meaning.endswith("."), f"{table}.{row.column}"


@pytest.mark.parametrize("table", TABLES)
def test_the_id_is_the_primary_key(bench, table):
    assert bench.describe(table).set_index("column").loc["id", "key"].startswith("primary key")


def test_no_column_holds_json_or_an_enum_type(bench):
    types = {kind for table in bench.tables()["table"] for kind in bench.describe(table)["type"]}
    assert not [kind for kind in types if kind.startswith(("JSON", "ENUM", "STRUCT", "MAP", "UNION"))]


def test_every_view_says_what_it_means(bench):
    views = bench.sql("SELECT view_name, comment FROM duckdb_views() WHERE NOT internal ORDER BY view_name")
    assert list(views["view_name"]) == [view.name for view in SqlFiles().views]
    assert all(comment.endswith(".") for comment in views["comment"])


def test_defaults_fill_what_an_insert_leaves_out(bench):
    [row_id] = bench.insert("clerkships", {"name": "Surgery", "specialty": "Surgery", "required_days": 45})
    [configuration_id] = bench.insert("clerkship_configurations", {"clerkship_id": row_id})
    stored = bench.sql("FROM clerkship_configurations WHERE id = ?", [configuration_id]).iloc[0]
    assert stored["requirement_structure"] == "single"
    assert pd.isna(stored["assignment_strategy"])  # the school's default holds
    assert stored["created_at"] == stored["updated_at"]


def test_each_of_the_eight_areas_is_where_the_contract_puts_it(bench):
    homes: dict[tuple[int, str], set[str]] = {}
    for row in bench.areas().itertuples():
        homes.setdefault((row.area, row.name), set()).add(f"{row.table}.{row.column}".rstrip("."))
    for area, places in AREAS.items():
        assert places <= homes[area]


def test_an_overview_column_belongs_to_each_area(bench):
    meanings = " ".join(bench.describe("configuration_overview")["meaning"])
    for number, name in AREAS:
        assert f"Area {number}, {name}." in meanings


# DuckDB creates an index for every key, including foreign keys, so no migration must create one.
def test_duckdb_indexes_foreign_keys_by_itself(bench):
    counts = bench.sql("SELECT table_name, index_count FROM duckdb_tables()")
    index_count = dict(counts.itertuples(index=False))
    constraints = bench.constraints()
    for table in TABLES:
        kinds = constraints[constraints["table"] == table]["kind"]
        assert index_count[table] == kinds.isin(["primary key", "unique", "foreign key"]).sum(), table


# DuckDB updates no column of an index where others reference the row. Health systems have one, because no UNIQUE
# constraint takes an empty location for a value; their names could not be updated before it either.
def test_only_tables_that_no_other_references_have_an_index_of_their_own(bench):
    indexed = set(bench.sql("SELECT table_name FROM duckdb_indexes()")["table_name"])
    assert {"preceptor_fallbacks", "preceptor_capacity_rules"} <= indexed
    assert indexed & set(bench.relationships()["parent"]) == {"health_systems"}
