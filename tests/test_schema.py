"""The schema is the contract: every table and column, its type, whether it may be empty, and its default."""

import pytest

import clerkbench

ID = "id VARCHAR required CAST(gen_random_uuid() AS TEXT)"
TIMES = """
    created_at TIMESTAMP required CURRENT_TIMESTAMP
    updated_at TIMESTAMP required CURRENT_TIMESTAMP
"""

# column, type, required or optional, default
CONTRACT = {
    "clerkships": """
        name VARCHAR required
        specialty VARCHAR required
        required_days INTEGER required
        description VARCHAR optional
    """,
    "preceptors": """
        name VARCHAR required
        email VARCHAR required
        specialty VARCHAR required
        max_students INTEGER required 1
        health_system_id VARCHAR required
        site_id VARCHAR optional
    """,
    "health_systems": """
        name VARCHAR required
        abbreviation VARCHAR optional
        location VARCHAR optional
        notes VARCHAR optional
    """,
    "sites": """
        health_system_id VARCHAR required
        name VARCHAR required
        site_type VARCHAR required
        address VARCHAR optional
        notes VARCHAR optional
    """,
    "clerkship_configurations": """
        clerkship_id VARCHAR required
        assignment_strategy VARCHAR required 'continuous_single'
        requirement_structure VARCHAR required 'single'
        health_system_continuity VARCHAR required 'no_preference'
        block_size_days INTEGER optional
        allow_partial_blocks BOOLEAN required false
        prefer_continuous_blocks BOOLEAN required true
        team_size_min INTEGER optional
        team_size_max INTEGER optional
        fallbacks_allowed BOOLEAN required true
        notes VARCHAR optional
    """,
    "clerkship_requirements": """
        clerkship_id VARCHAR required
        requirement_type VARCHAR required
        required_days INTEGER required
        assignment_mode VARCHAR required
    """,
    "clerkship_electives": """
        configuration_id VARCHAR required
        name VARCHAR required
        minimum_days INTEGER required 1
        specialty VARCHAR optional
    """,
    "preceptor_teams": """
        clerkship_id VARCHAR optional
        name VARCHAR required
        require_same_health_system BOOLEAN required false
        require_same_site BOOLEAN required false
        require_same_specialty BOOLEAN required false
        requires_admin_approval BOOLEAN required false
    """,
    "preceptor_team_members": """
        team_id VARCHAR required
        preceptor_id VARCHAR required
        role VARCHAR required 'member'
        priority INTEGER required
    """,
    "preceptor_fallbacks": """
        clerkship_id VARCHAR optional
        primary_preceptor_id VARCHAR required
        fallback_preceptor_id VARCHAR required
        priority INTEGER required
        requires_approval BOOLEAN required false
        allow_different_health_system BOOLEAN required false
    """,
    "preceptor_capacity_rules": """
        preceptor_id VARCHAR required
        clerkship_id VARCHAR optional
        max_students_per_day INTEGER required 1
        max_students_per_year INTEGER optional
        max_students_per_block INTEGER optional
    """,
}


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


@pytest.fixture(scope="module")
def bench():
    with clerkbench.open() as bench:
        yield bench


def test_there_are_the_eleven_tables_of_the_contract(bench):
    assert set(bench.tables()["table"]) == set(CONTRACT)
    assert len(CONTRACT) == 11


@pytest.mark.parametrize("table", CONTRACT)
def test_every_column_has_the_type_nullability_and_default_of_the_contract(bench, table):
    described = [
        " ".join([row.column, row.type, "optional" if row.nullable else "required", row.default]).strip()
        for row in bench.describe(table).itertuples()
    ]
    assert described == [ID, *lines(CONTRACT[table]), *lines(TIMES)]


@pytest.mark.parametrize("table", CONTRACT)
def test_every_table_and_column_says_what_it_means(bench, table):
    tables = bench.tables().set_index("table")
    assert tables.loc[table, "meaning"].endswith(".")
    for row in bench.describe(table).itertuples():
        assert row.meaning.endswith("."), f"{table}.{row.column}"


@pytest.mark.parametrize("table", CONTRACT)
def test_the_id_is_the_primary_key(bench, table):
    assert bench.describe(table).set_index("column").loc["id", "key"].startswith("primary key")


def test_no_column_holds_json_or_an_enum_type(bench):
    types = {kind for table in CONTRACT for kind in bench.describe(table)["type"]}
    assert types == {"VARCHAR", "INTEGER", "BOOLEAN", "TIMESTAMP"}


def test_every_view_says_what_it_means(bench):
    views = bench.sql("SELECT view_name, comment FROM duckdb_views() WHERE NOT internal ORDER BY view_name")
    assert list(views["view_name"]) == [
        "configuration_overview",
        "effective_capacity",
        "fallback_chains",
        "teaching_limits",
        "team_rosters",
    ]
    assert all(comment.endswith(".") for comment in views["comment"])


def test_defaults_fill_what_an_insert_leaves_out(bench):
    [row_id] = bench.insert("clerkships", {"name": "Surgery", "specialty": "Surgery", "required_days": 45})
    [configuration_id] = bench.insert("clerkship_configurations", {"clerkship_id": row_id})
    stored = bench.sql("FROM clerkship_configurations WHERE id = ?", [configuration_id]).iloc[0]
    assert stored["assignment_strategy"] == "continuous_single"
    assert stored["prefer_continuous_blocks"]
    assert not stored["allow_partial_blocks"]
    assert stored["created_at"] == stored["updated_at"]


# Section 2 of the design: the eight areas, each with its home.
AREAS = {
    (1, "assignment strategy"): {
        "clerkship_configurations.assignment_strategy",
        "clerkship_requirements.assignment_mode",
    },
    (2, "grouping rules"): {
        "preceptor_teams",
        "preceptor_team_members",
        "clerkship_configurations.team_size_min",
        "clerkship_configurations.team_size_max",
    },
    (3, "requirement structure"): {"clerkship_configurations.requirement_structure", "clerkship_requirements"},
    (4, "capacity limits"): {"preceptor_capacity_rules", "preceptors.max_students"},
    (5, "health-system continuity"): {
        "clerkship_configurations.health_system_continuity",
        "health_systems",
        "sites",
        "preceptors.health_system_id",
        "preceptors.site_id",
    },
    (6, "electives"): {"clerkship_electives"},
    (7, "fallback system"): {"preceptor_fallbacks", "clerkship_configurations.fallbacks_allowed"},
    (8, "block size"): {
        "clerkship_configurations.block_size_days",
        "clerkship_configurations.allow_partial_blocks",
        "clerkship_configurations.prefer_continuous_blocks",
        "preceptor_capacity_rules.max_students_per_block",
    },
}


def test_each_of_the_eight_areas_is_where_the_contract_puts_it(bench):
    homes: dict[tuple[int, str], set[str]] = {}
    for row in bench.areas().itertuples():
        homes.setdefault((row.area, row.name), set()).add(f"{row.table}.{row.column}".rstrip("."))
    assert homes == AREAS


def test_an_overview_column_belongs_to_each_area(bench):
    meanings = " ".join(bench.describe("configuration_overview")["meaning"])
    for number, name in AREAS:
        assert f"Area {number}, {name}." in meanings


# DuckDB builds an index for every key by itself, foreign keys included: none has to be made.
def test_duckdb_indexes_foreign_keys_by_itself(bench):
    counts = bench.sql("SELECT table_name, index_count FROM duckdb_tables()")
    index_count = dict(counts.itertuples(index=False))
    constraints = bench.constraints()
    for table in CONTRACT:
        kinds = constraints[constraints["table"] == table]["kind"]
        assert index_count[table] == kinds.isin(["primary key", "unique", "foreign key"]).sum(), table


# An index of our own on a table that others reference would forbid updating its column.
def test_only_tables_that_no_other_references_have_an_index_of_their_own(bench):
    indexed = set(bench.sql("SELECT table_name FROM duckdb_indexes()")["table_name"])
    assert indexed == {"preceptor_fallbacks", "preceptor_capacity_rules"}
    assert not indexed & set(bench.relationships()["parent"])
