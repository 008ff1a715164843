"""Keys and values that Python, pandas or a collation would change or confuse."""

from datetime import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from clerkbench.errors import ReferencedError, RowsRejectedError, SchemaError, UnknownRowError
from databases import everything, made

# Each type with two keys that are easily confused or cannot be converted back.
KEYS = [
    # Dates in Python end with the year 9999, and infinity is converted to the last date.
    ("DATE", "infinity", "9999-12-31"),
    ("DATE", "290000-01-01", "0044-03-15 (BC)"),
    ("TIMESTAMP", "infinity", "200000-01-01 00:00:00"),
    # Times in Python have only microseconds, and no 24:00.
    ("TIMESTAMP_NS", "2026-01-01 00:00:00.123456789", "2026-01-01 00:00:00.123456"),
    ("TIME", "24:00:00", "00:00:00"),
    # Python needs an additional package for timestamps with a time zone.
    ("TIMESTAMP WITH TIME ZONE", "2026-01-01 12:00:00+02", "2026-01-01 12:00:00+01"),
    ("TIME WITH TIME ZONE", "10:00:00+02", "10:00:00+01"),
    ("HUGEINT", "170141183460469231731687303715884105727", "170141183460469231731687303715884105726"),
    ("DECIMAL(38, 10)", "1234567890123456789012345678.0000000001", "1234567890123456789012345678.0000000002"),
    ("BIT", "0101", "101"),
    ("UUID", "AAAAAAAA-0000-4000-8000-000000000001", "AAAAAAAA-0000-4000-8000-000000000002"),
    # A foreign key compares text byte by byte.
    ("TEXT COLLATE NOCASE", "a", "A"),
    ("TEXT", "é", "ê"),
]


@pytest.fixture(params=KEYS, ids=[f"{kind} {one}" for kind, one, _ in KEYS])
def keyed(request, tmp_path):
    kind, one, other = request.param
    up = f"""
        CREATE TABLE p (id {kind} PRIMARY KEY, label TEXT UNIQUE);
        CREATE TABLE c (
            p {kind} REFERENCES p (id) /* ON DELETE CASCADE */,
            n INTEGER,
            s {kind} REFERENCES p (id) /* ON DELETE SET NULL */,
            value {kind},
            PRIMARY KEY (p, n)
        );
        INSERT INTO p VALUES ('{one}', 'one'), ('{other}', 'other');
        INSERT INTO c VALUES ('{one}', 1, '{one}', '{one}'), ('{other}', 1, '{other}', '{other}'),
            ('{other}', 2, '{one}', '{one}');
    """
    with made(tmp_path, up) as bench:
        yield bench, one, other


def texts(bench, query):
    return bench.con.execute(f"SELECT CAST(COLUMNS(*) AS TEXT) FROM ({query})").fetchall()


class TakeBack(Exception):
    """Ends a transaction without keeping it."""


@pytest.mark.first_cases(4)
def test_a_key_is_found_and_followed_whatever_its_type(keyed):
    bench, one, _ = keyed
    [_, (other_text,)] = texts(bench, "SELECT id FROM p ORDER BY label = 'other'")
    kept = texts(bench, f"SELECT n, value FROM c WHERE CAST(p AS TEXT) COLLATE C = '{other_text}' ORDER BY n")

    def delete() -> None:
        gone = bench.delete("p", one)
        assert gone["action"].tolist() == ["delete", "delete", "set null"]
        assert texts(bench, "SELECT id FROM p") == [(other_text,)]
        assert texts(bench, "SELECT n, s FROM c ORDER BY n") == [("1", other_text), ("2", None)]
        assert texts(bench, "SELECT n, value FROM c ORDER BY n") == kept

    with pytest.raises(TakeBack), bench.transaction():
        delete()
        raise TakeBack
    delete()


@pytest.mark.first_cases(4)
def test_a_detached_row_keeps_values_of_any_type(keyed):
    bench, one, _ = keyed
    before = sorted(texts(bench, "FROM c"))
    with bench.transaction():
        bench.update("p", one, label="uno")  # which is indexed, and the row referenced
    assert sorted(texts(bench, "FROM c")) == before
    assert texts(bench, "SELECT label FROM p ORDER BY label") == [("other",), ("uno",)]
    bench.update("p", one, label="due")
    assert sorted(texts(bench, "FROM c")) == before
    assert texts(bench, "SELECT label FROM p ORDER BY label") == [("due",), ("other",)]


@pytest.mark.first_cases(4)
def test_a_value_is_stored_exactly_and_the_same_value_is_no_change(keyed):
    bench, one, other = keyed
    key = bench.delete_plan("c", (other, 2))["id"][0]
    assert str(bench.update("c", key, value=other)["n"]) == "2"
    assert len(set(texts(bench, "SELECT value FROM c"))) == 2
    numbers = bench.con.execute("SELECT rowid FROM c ORDER BY ALL").fetchall()
    bench.update("c", key, value=other, s=one)
    assert bench.con.execute("SELECT rowid FROM c ORDER BY ALL").fetchall() == numbers


def test_a_plan_shows_a_set_null_that_a_constraint_forbids_in_a_row_with_a_date_key(tmp_path):
    up = """
        CREATE TABLE p (id INTEGER PRIMARY KEY);
        CREATE TABLE c (
            id DATE PRIMARY KEY,
            p INTEGER REFERENCES p (id) /* ON DELETE SET NULL */,
            -- Since 2000 each has one.
            CHECK (p IS NOT NULL OR id < DATE '2000-01-01')
        );
        INSERT INTO p VALUES (1), (2);
        INSERT INTO c VALUES ('2020-01-01', 1), ('1990-01-01', 1), ('1980-01-01', 2);
    """
    with made(tmp_path, up) as bench:
        assert bench.delete_plan("p", 1)["action"].tolist() == ["delete", "set null", "restrict"]
        words = r"1 (\(2020-01-01\) )?would lose c\.p, which a .* forbids: Since 2000 each has one"
        with pytest.raises(ReferencedError, match=words):
            bench.delete("p", 1)
        assert bench.delete("p", 2)["action"].tolist() == ["delete", "set null"]


@pytest.mark.parametrize("fraction", [1.5, "1.7", Decimal("1.2"), float("inf"), Decimal("sNaN"), "1.0e0.5"])
def test_a_fraction_is_no_id(tmp_path, fraction):
    with made(tmp_path, "CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1), (2)") as bench:
        with pytest.raises(UnknownRowError, match="t has no row"):
            bench.delete("t", fraction)
        assert bench.con.execute("FROM t ORDER BY id").fetchall() == [(1,), (2,)]
        assert bench.delete("t", 1.0)["id"].tolist() == [1]


def test_a_child_may_spell_the_uuid_of_its_parent_in_another_case(tmp_path):
    up = "CREATE TABLE t (id UUID PRIMARY KEY, up UUID REFERENCES t (id) /* ON DELETE CASCADE */);"
    key = "aaaaaaaa-0000-4000-8000-00000000000"
    with made(tmp_path, up) as bench:
        bench.insert("t", [{"id": f"{key}2", "up": f"{key}1".upper()}, {"id": f"{key}1", "up": None}])
        assert len(bench.delete("t", f"{key}1".upper())) == 2


@pytest.mark.parametrize(
    ("kind", "child", "parent"),
    [
        ("DATE", "2020-02-04", pd.Timestamp("2020-02-04")),
        ("DATE", np.datetime64("2020-02-04", "ns"), "2020-02-04"),
        ("DECIMAL(5, 2)", "1.50", 1.5),
        ("UUID", "AAAAAAAA000040008000000000000001", "aaaaaaaa-0000-4000-8000-000000000001"),
        ("BOOLEAN", "true", True),
    ],
    ids=lambda part: str(part),
)
def test_a_child_may_spell_the_key_of_its_parent_otherwise_and_come_first(tmp_path, kind, child, parent):
    up = f"CREATE TABLE t (n INTEGER, id {kind} PRIMARY KEY, above {kind} REFERENCES t (id));"
    with made(tmp_path, up) as bench:
        other = {"DATE": "2020-01-01", "UUID": "bbbbbbbb-0000-4000-8000-000000000001"}.get(kind, 0)
        bench.insert("t", [{"n": 1, "id": other, "above": child}, {"n": 2, "id": parent, "above": None}])
        assert bench.sql("SELECT c.n, p.n AS above FROM t c JOIN t p ON c.above = p.id").to_numpy().tolist() == [[1, 2]]


@pytest.mark.first_cases(4)
def test_the_ids_of_stored_rows_name_them(keyed):
    bench, one, other = keyed
    bench.sql("DELETE FROM c")
    bench.sql("DELETE FROM p")
    ids = bench.insert("p", [{"id": other, "label": "other"}, {"id": one, "label": "one"}])
    assert bench.delete("p", ids[0])["label"].tolist() == ["other"]
    assert bench.delete("p", ids[1])["label"].tolist() == ["one"]


@pytest.mark.parametrize("unit", ["D", "s", "ns"])
def test_a_time_of_numpy_is_stored_as_a_time(tmp_path, unit):
    with made(tmp_path, "CREATE TABLE t (id INTEGER PRIMARY KEY, moment TIMESTAMP, n BIGINT);") as bench:
        moment = np.datetime64("2020-02-04", unit)
        bench.insert("t", {"id": 1, "moment": moment})
        row = bench.update("t", 1, moment=np.datetime64("2020-02-05", unit))
        assert row["moment"] == datetime(2020, 2, 5)
        with pytest.raises(RowsRejectedError, match=r"n must be a whole number \(BIGINT\); got '2020-02-04"):
            bench.insert("t", {"id": 2, "n": moment})


def test_a_very_long_id_is_shortened_in_the_message(own_school):
    with pytest.raises(UnknownRowError) as refusal:
        own_school.delete("clerkships", "x" * 100_000)
    assert len(str(refusal.value)) < 200


# --- tables whose rows are hard to tell

# A column called rowid hides DuckDB's row id.
HIDDEN = "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p INTEGER REFERENCES p (id) {}, ROWID INTEGER{});"


@pytest.mark.parametrize("together", [False, True], ids=["on its own", "in a transaction"])
@pytest.mark.parametrize("rule", ["/* ON DELETE CASCADE */", "/* ON DELETE SET NULL */"])
def test_rows_that_cannot_be_distinguished_are_left_alone(tmp_path, rule, together):
    with made(tmp_path, HIDDEN.format(rule, "")) as bench:
        bench.sql("INSERT INTO p VALUES (1), (2)")
        bench.sql("INSERT INTO c VALUES (1, 7), (1, 7), (2, 7)")
        before = everything(bench)
        says = r"c has no primary key, and its column rowid hides .* Give it a primary key in a migration\."
        with pytest.raises(SchemaError, match=says):
            if together:
                with bench.transaction():
                    bench.delete("p", 1)
            else:
                bench.delete("p", 1)
        assert everything(bench) == before


@pytest.mark.parametrize("together", [False, True], ids=["on its own", "in a transaction"])
def test_a_key_called_rowid_is_a_key(tmp_path, together):
    with made(tmp_path, HIDDEN.format("/* ON DELETE SET NULL */", " PRIMARY KEY")) as bench:
        bench.sql("INSERT INTO p VALUES (1), (2)")
        bench.sql("INSERT INTO c VALUES (1, 17), (2, 8)")
        if together:
            with bench.transaction():
                bench.delete("p", 1)
        else:
            bench.delete("p", 1)
        assert bench.con.execute("FROM c ORDER BY rowid").fetchall() == [(2, 8), (None, 17)]


def test_a_parent_whose_rows_cannot_be_distinguished_stops_only_what_concerns_it(tmp_path):
    up = """
        CREATE TABLE top (id INTEGER PRIMARY KEY);
        CREATE TABLE p (code TEXT UNIQUE, top INTEGER REFERENCES top (id) /* ON DELETE CASCADE */);
        CREATE TABLE c (id INTEGER PRIMARY KEY, p TEXT REFERENCES p (code) /* ON DELETE CASCADE */);
        CREATE TABLE other (id INTEGER PRIMARY KEY);
        INSERT INTO top VALUES (1), (2); INSERT INTO other VALUES (1);
        INSERT INTO p VALUES ('a', 1), (NULL, 1), (NULL, 1);
        INSERT INTO c VALUES (1, 'a');
    """
    with made(tmp_path, up) as bench:
        assert len(bench.delete("other", 1)) == 1
        assert len(bench.delete("top", 2)) == 1
        before = everything(bench)
        with pytest.raises(SchemaError, match="p is referenced by other tables and has no primary key"):
            bench.delete("top", 1)
        assert everything(bench) == before
