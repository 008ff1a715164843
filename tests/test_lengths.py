"""A text has the length that its column declares, though DuckDB's catalog forgets it."""

import contextlib
import sqlite3

import pytest

import clerkbench
import engines
from clerkbench.errors import RowsRejectedError
from databases import made
from migration_files import add_migration

UP = """
CREATE TABLE wards (
    id INTEGER PRIMARY KEY,
    code VARCHAR(3) NOT NULL,
    "The Place" CHARACTER VARYING (4) UNIQUE,
    sign CHAR,
    zip /* of the street */ CHAR(5) DEFAULT '00000',
    note VARCHAR
);
"""
WARD = {"id": 1, "code": "abc", "The Place": "West", "sign": "x", "zip": "12345", "note": "as long as anybody likes"}


@pytest.fixture
def wards(tmp_path):
    with made(tmp_path, UP) as bench:
        yield bench


def reported(violations) -> dict[str, str]:
    return {each.column: f"{each.rule} | {each.message}" for each in violations.itertuples()}


def test_a_text_of_the_declared_length_is_taken(wards):
    wards.insert("wards", WARD | {"code": "äöü"})
    assert wards.audit().empty


@pytest.mark.first_cases(1)
@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("code", "abcd", "code of wards has at most 3 characters. But code is 'abcd'."),
        ("The Place", "South", "The Place of wards has at most 4 characters. But The Place is 'South'."),
        ("sign", "xy", "sign of wards has exactly 1 characters. But sign is 'xy'."),
        ("zip", "1234", "zip of wards has exactly 5 characters. But zip is '1234'."),
    ],
)
def test_a_text_of_another_length_is_refused_by_every_call_and_reported_where_sql_stored_it(
    wards, tmp_path, column, value, says
):
    odd = WARD | {column: value}
    assert says in reported(wards.validate("wards", odd))[column]
    for act in (lambda: wards.insert("wards", odd), lambda: wards.update("wards", 1, **{column: value})):
        with pytest.raises(RowsRejectedError) as error:
            act()
        assert says in str(error.value)
        if wards.sql("FROM wards").empty:
            wards.insert("wards", WARD)
    wards.sql(f'UPDATE wards SET "{column}" = ?', [value])
    [violation] = wards.audit().itertuples()
    assert (violation.table, violation.row_id, violation.column, violation.value) == ("wards", "1", column, value)
    assert violation.message.endswith(f": {says}")
    for target in ("postgresql://localhost/nowhere", tmp_path / "wards.sqlite"):
        with pytest.raises(RowsRejectedError, match="Texts do not have the lengths that their columns declare"):
            wards.export(target)
    wards.save(tmp_path / "wards")
    with clerkbench.open(sql_folder=tmp_path) as other, pytest.raises(RowsRejectedError, match=r"characters\. But"):
        other.load(tmp_path / "wards")


def test_the_length_is_among_the_constraints(wards):
    found = wards.constraints("wards")
    assert 'CHECK(length("code") <= 3)' in list(found["definition"])
    assert "zip of wards has exactly 5 characters." in list(found["rule"])


def test_a_later_migration_may_change_add_and_drop_a_length(tmp_path):
    add_migration(tmp_path, UP)
    add_migration(
        tmp_path,
        "ALTER TABLE wards ALTER COLUMN code TYPE VARCHAR(5); ALTER TABLE wards ADD COLUMN more VARCHAR(2); "
        "ALTER TABLE wards RENAME COLUMN zip TO postal; ALTER TABLE wards DROP COLUMN sign; "
        "ALTER TABLE wards RENAME TO units;",
    )
    with clerkbench.open(sql_folder=tmp_path) as bench:
        found = {each for each in bench.constraints("units")["definition"] if "length" in each}
    assert found == {
        'CHECK(length("code") <= 5)',
        'CHECK(length("more") <= 2)',
        'CHECK(length("postal") = 5)',
        'CHECK(length("The Place") <= 4)',
    }


@pytest.mark.long
def test_texts_of_the_declared_length_can_be_exported_to_a_server(wards, server):
    wards.insert("wards", [WARD, WARD | {"id": 2, "The Place": "Ost", "code": "äöü", "zip": None}])
    counts = wards.export(server, schema=engines.new_schema())
    assert counts.to_dict("list") == {"table": ["wards"], "rows": [2]}


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("kind", ["BPCHAR(3)", "TEXT(3)", "STRING(3)", '"VARCHAR"(3)', "NATIONAL CHARACTER VARYING(3)"])
def test_a_length_counts_however_the_type_is_spelled(tmp_path, kind):
    with made(tmp_path, f"CREATE TABLE t (id INTEGER PRIMARY KEY, v {kind});") as bench:
        bench.insert("t", {"id": 1, "v": "abc"})
        with pytest.raises(RowsRejectedError, match="3 characters"):
            bench.insert("t", {"id": 2, "v": "abcd"})


def test_a_length_in_a_skipped_statement_or_in_a_list_type_is_ignored(tmp_path):
    add_migration(tmp_path, "CREATE TABLE t (id INTEGER PRIMARY KEY, v VARCHAR(9), w VARCHAR(3)[]);")
    add_migration(tmp_path, "ALTER TABLE t ADD COLUMN IF NOT EXISTS v VARCHAR(2);")
    with clerkbench.open(sql_folder=tmp_path) as bench:
        bench.insert("t", {"id": 1, "v": "abcde", "w": ["a", "b", "c", "d"]})
        with pytest.raises(RowsRejectedError, match="at most 9 characters"):
            bench.insert("t", {"id": 2, "v": "abcdefghij"})


@pytest.mark.long
def test_a_text_that_is_too_long_does_not_arrive_from_elsewhere(tmp_path):
    target = tmp_path / "t.sqlite"
    with made(tmp_path, "CREATE TABLE t (id INTEGER PRIMARY KEY, v VARCHAR(3));") as bench:
        bench.insert("t", {"id": 1, "v": "abc"})
        bench.export(target)
    with contextlib.closing(sqlite3.connect(target)) as con:
        con.execute("UPDATE t SET v = 'abcdef'")
        con.commit()
    with clerkbench.open(sql_folder=tmp_path) as bench:
        with pytest.raises(RowsRejectedError, match=r"v of t has at most 3 characters. But v is 'abcdef'"):
            bench.import_from(target)
        assert bench.sql("FROM t").empty
