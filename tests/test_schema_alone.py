"""What only describes the schema takes a schema, and needs no database."""

import re

import duckdb
import pytest

from clerkbench.database import functions
from clerkbench.database.column import Column
from clerkbench.database.constraints import Constraint
from clerkbench.database.headings import headings, references
from clerkbench.database.schema import Schema
from clerkbench.database.table import Table
from clerkbench.errors import UnknownNameError
from clerkbench.reporting.violations import Violations
from clerkbench.schema_docs import diagram, tables, types
from clerkbench.validation.messages import BrokenRow, violation

RULE = "A ward has rooms."


@pytest.fixture
def schema(monkeypatch) -> Schema:
    """Two tables that no database has: hospitals, and their wards."""
    key = Constraint("wards", "foreign key", ("hospital_id",), "", "", "hospitals", ("id",), "CASCADE")
    hospitals = Table(
        "hospitals",
        '"hospitals"',
        {
            "id": Column("id", "UUID", "gen_random_uuid()", False, nullable=False, comment="Area 3, places. The key."),
            "name": Column("name", "VARCHAR", "", False, nullable=False),
        },
        (Constraint("hospitals", "primary key", ("id",), "PRIMARY KEY (id)"),),
        (key,),
        comment="Area 3, places. Where people are treated.",
    )
    wards = Table(
        "wards",
        '"wards"',
        {
            "number": Column("number", "INTEGER", "", False, nullable=False),
            "hospital_id": Column("hospital_id", "UUID", "", False),
            "rooms": Column("rooms", "INTEGER", "", False, comment="How many."),
            "kind": Column("kind", "VARCHAR", "'day'", False),
        },
        (
            Constraint("wards", "primary key", ("number",), "PRIMARY KEY (number)"),
            key,
            Constraint("wards", "check", ("rooms",), "", "rooms > 0", rule=RULE, written="rooms > 0"),
            Constraint("wards", "check", ("kind",), "", "kind IN ('day', 'night')", allowed=("day", "night")),
        ),
    )

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("A database was opened.")

    # The names of DuckDB's functions are the same for all databases, and read once.
    assert "gen_random_uuid" in functions.new_ids() and "now" in functions.clocks()
    monkeypatch.setattr(duckdb, "connect", refused)
    return Schema({"hospitals": hospitals, "wards": wards})


def test_tables_and_columns_are_described(schema):
    listed = tables.tables(schema, {"hospitals": 2, "wards": 7})
    assert listed[["table", "rows", "referenced_by"]].values.tolist() == [
        ["hospitals", 2, "wards.hospital_id CASCADE"],
        ["wards", 7, ""],
    ]
    described = tables.describe(schema, "WARDS").set_index("column")
    assert described.loc["hospital_id", ["key", "on_delete"]].tolist() == ["references hospitals.id", "CASCADE"]
    assert described.loc["kind", ["default", "allowed_values"]].tolist() == ["'day'", "day, night"]
    assert described.loc["rooms", "meaning"] == "How many."
    with pytest.raises(UnknownNameError, match=r"There is no table or view 'ward'\. Did you mean 'wards'\?"):
        tables.describe(schema, "ward")


def test_relationships_constraints_and_areas_are_listed(schema):
    [row] = tables.relationships(schema).itertuples(index=False)
    assert tuple(row) == ("wards", "hospital_id", "hospitals", "id", "many to one or none", "CASCADE")
    assert RULE in tables.constraints(schema, "wards")["rule"].tolist()
    assert tables.areas(schema)[["area", "table", "column"]].values.tolist() == [
        [3, "hospitals", ""],
        [3, "hospitals", "id"],
    ]
    assert schema.area_names == {3: "places"}


def test_a_diagram_is_drawn(schema):
    drawn = diagram.draw(schema, (), None, 1, "keys", lambda: Violations.of([]))
    assert drawn.tables == ("hospitals", "wards")
    assert '    hospitals |o--o{ wards : "#160;"' in drawn.mermaid
    assert "UUID hospital_id FK" in drawn.mermaid
    assert "rooms" not in drawn.mermaid


def test_types_are_written(schema):
    module = types.write(schema, "python", None)
    assert re.findall(r"^class (\w+)", module, re.MULTILINE) == ["Hospitals", "NewHospitals", "Wards", "NewWards"]
    assert re.search(r'Kind = Literal\[\s*"day",\s*"night",?\s*\]', module), module
    assert "hospital_id" in types.write(schema, "typescript", "postgres")


def test_headings_name_what_a_column_references(schema):
    wards = schema.tables["wards"]
    assert headings(schema, wards)["hospital_id"] == "hospital"
    assert references(schema, wards)["hospital_id"].parent == "hospitals"


def test_a_message_says_what_a_constraint_requires(schema):
    wards = schema.tables["wards"]
    broken = BrokenRow(wards.constraints[2], ["rooms"], "Ward 4", "4", {"rooms": "0"})
    found = violation(wards, broken, {})
    assert found.rule == "check:rooms > 0"
    assert "A ward has rooms." in found.message
