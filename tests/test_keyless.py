"""Tables without a primary key: their rows are rejected only if an operation must identify single rows."""

import pytest

import clerkbench
from clerkbench.errors import SchemaError
from databases import made, rows

UP = """
CREATE TABLE wards (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE notes (ward_id INTEGER REFERENCES wards (id) /* ON DELETE CASCADE */, note TEXT);
"""
NOTES = [{"ward_id": 1, "note": "a"}, {"ward_id": 1, "note": "a"}, {"ward_id": None, "note": None}]


@pytest.fixture(params=["memory", "file"])
def wards(request, tmp_path):
    made(tmp_path, UP).close()
    with clerkbench.open(None if request.param == "memory" else tmp_path / "w.duckdb", sql_folder=tmp_path) as bench:
        bench.insert("wards", [{"id": 1, "name": "West"}, {"id": 2, "name": "East"}])
        yield bench


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("ending", ["", ".xlsx"], ids=["folder", "workbook"])
def test_a_saved_school_can_be_loaded_into_an_empty_database_and_replace_itself(wards, tmp_path, ending):
    wards.insert("notes", NOTES[:2])
    place = tmp_path / f"school{ending}"
    wards.save(place)
    with clerkbench.open(sql_folder=tmp_path) as other:
        other.load(place)
        assert rows(other) == rows(wards)
        assert not wards.diff(other)
        other.sql("UPDATE notes SET note = 'b'")
        other.load(place, mode="replace")
        assert rows(other) == rows(wards)
        with pytest.raises(SchemaError, match="notes has no primary key, so its rows cannot be identified"):
            other.load(place, mode="merge")
        assert rows(other) == rows(wards)


@pytest.mark.first_cases(1)
def test_a_fork_brings_back_rows_of_a_table_that_was_empty(wards):
    fork = wards.fork()
    fork.insert("notes", NOTES)
    fork.update("wards", 1, name="South")
    wards.adopt(fork)
    assert rows(wards) == rows(fork)
    assert not wards.diff(fork)
    fork.close()


@pytest.mark.first_cases(1)
def test_a_fork_brings_back_other_tables_though_rows_without_a_key_are_stored(wards):
    wards.insert("notes", NOTES)
    wards.sql("DELETE FROM notes WHERE note IS NULL")
    wards.insert("notes", {"note": "late"})
    fork = wards.fork()
    fork.update("wards", 2, name="South")
    counts = wards.adopt(fork)
    assert counts[["changed", "added", "removed"]].sum().to_list() == [1, 0, 0]
    assert rows(wards) == rows(fork)
    fork.insert("notes", {"note": "one more"})
    [line] = wards.diff(fork).rows.itertuples()
    assert (line.change, line.table, line.row) == ("added", "notes", line.row)
    with pytest.raises(SchemaError, match="Rows of notes changed in the fork, and it has no primary key"):
        wards.adopt(fork)
    fork.close()


@pytest.mark.first_cases(1)
def test_a_difference_counts_equal_rows_and_does_not_mix_up_others(wards):
    wards.insert("notes", NOTES)
    fork = wards.fork()
    fork.sql("DELETE FROM notes")
    fork.insert("notes", [NOTES[2], NOTES[0], {"ward_id": 2, "note": "b"}])
    found = wards.diff(fork).rows
    assert sorted(zip(found["change"], found["table"], strict=True)) == [("added", "notes"), ("removed", "notes")]
    fork.close()
