"""Rows go in as a dict, a list or a DataFrame, all of them or none."""

import re
from collections.abc import Iterator
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

import clerkbench
from clerkbench.errors import RowsRejectedError
from small_school import ANOTHER, NOBODY

SURGERY = {"name": "Surgery", "specialty": "Surgery", "required_days": 45}
PSYCHIATRY = {"name": "Psychiatry", "specialty": "Psychiatry", "required_days": 30, "description": "Mind."}


@pytest.fixture(scope="module")
def shared(templates) -> Iterator[clerkbench.Workbench]:
    with templates.copy() as bench:
        yield bench


@pytest.fixture
def bench(shared) -> Iterator[clerkbench.Workbench]:
    """One database for all tests here, emptied after each."""
    yield shared
    for table in reversed(list(shared.tables()["table"])):
        shared.con.execute(f"DELETE FROM memory.main.{table}")


def names(bench) -> list[str]:
    return list(bench.sql("SELECT name FROM clerkships ORDER BY name")["name"])


@pytest.mark.parametrize(
    "rows",
    [[SURGERY, PSYCHIATRY], (SURGERY, PSYCHIATRY), pd.DataFrame([SURGERY, PSYCHIATRY])],
    ids=["list", "tuple", "DataFrame"],
)
def test_the_ids_come_back_in_the_order_of_the_rows(bench, rows):
    ids = bench.insert("clerkships", rows)
    stored = [bench.sql("FROM clerkships WHERE id = ?", [each]).iloc[0]["name"] for each in ids]
    assert stored == ["Surgery", "Psychiatry"]


def test_one_row_may_be_a_dict(bench):
    assert len(bench.insert("clerkships", SURGERY)) == 1


@pytest.mark.parametrize("rows", [[], pd.DataFrame()], ids=["list", "DataFrame"])
def test_no_rows_are_no_ids(bench, rows):
    assert bench.insert("clerkships", rows) == []


# Many rows go in several statements; ids must stay with their rows across statements and shapes of row.
def test_many_rows_of_different_shapes_keep_their_ids(bench):
    rows = [SURGERY | {"name": f"Clerkship {n}"} | ({"description": str(n)} if n % 3 else {}) for n in range(1203)]
    ids = bench.insert("clerkships", rows)
    stored = dict(bench.sql("SELECT id, name FROM clerkships").itertuples(index=False))
    assert [stored[each] for each in ids] == [row["name"] for row in rows]


def test_a_column_left_out_gets_its_default_and_none_gets_null(bench):
    [system] = bench.insert("health_systems", {"name": "Metro"})
    row = {"name": "Dr. Chen", "email": "c@x.example", "specialty": "Surgery", "health_system_id": system}
    bench.insert("preceptors", row | {"site_id": None})
    stored = bench.sql("FROM preceptors").iloc[0]
    assert stored["max_students"] == 1
    assert pd.isna(stored["site_id"])
    with pytest.raises(RowsRejectedError, match="max_students is empty, and every row of preceptors needs it"):
        bench.insert("preceptors", row | {"email": "d@x.example", "max_students": None})


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, pd.NaT, Decimal("NaN"), Decimal("sNaN")])
def test_every_kind_of_missing_value_is_null(bench, missing):
    bench.insert("clerkships", SURGERY | {"description": missing})
    assert bench.sql("SELECT description IS NULL AS empty FROM clerkships")["empty"].tolist() == [True]


@pytest.mark.parametrize("kind", ["str", "string", "object", "float64", "Int64", "boolean", "datetime64[ns]"])
def test_a_column_without_any_value_is_null_in_every_row(bench, tmp_path, kind):
    """A number as well as a text, and with a text that is not ASCII beside it."""
    empty = pd.Series([None, None], dtype=kind)
    frame = pd.DataFrame({"name": ["Gériatrie", "Surgery"], "specialty": "Surgery", "required_days": 30})
    bench.insert("clerkships", frame.assign(description=empty, max_students_at_once=empty))
    frame.assign(name=["é", "A"], description=None, max_students_at_once=None).to_csv(tmp_path / "c.csv", index=False)
    assert bench.validate("clerkships", tmp_path / "c.csv").empty
    bench.insert("clerkships", tmp_path / "c.csv")
    found = bench.sql("SELECT count(*), count(description), count(max_students_at_once) FROM clerkships")
    assert found.iloc[0].tolist() == [4, 0, 0]


@pytest.mark.parametrize(
    "days", [45, 45.0, np.int64(45), np.float64(45), Decimal(45), "45", " 45 ", "4.5e1", True + 44]
)
def test_a_whole_number_may_come_in_any_type(bench, days):
    bench.insert("clerkships", SURGERY | {"required_days": days})
    assert bench.sql("FROM clerkships")["required_days"].tolist() == [45]


@pytest.mark.parametrize("days", [2.5, np.float64(2.5), Decimal("2.5"), "2.5", " 2.5 ", float("inf")])
def test_a_fraction_is_refused_not_rounded(bench, days):
    with pytest.raises(
        RowsRejectedError, match=r"Row 2 \(Surgery\): required_days must be a whole number \(INTEGER\); got .*"
    ):
        bench.insert("clerkships", [PSYCHIATRY, SURGERY | {"required_days": days}])
    assert names(bench) == []


@pytest.mark.parametrize(
    ("table", "row", "says"),
    [
        (
            "clerkships",
            SURGERY | {"required_days": "many"},
            "required_days must be a whole number (INTEGER); got 'many'.",
        ),
        (
            "clerkships",
            SURGERY | {"created_at": "yesterday"},
            "created_at must be a date and time such as 2026-01-31 08:00:00, without a zone; got 'yesterday'.",
        ),
        ("clerkships", SURGERY | {"required_days": 2**40}, "whole number (INTEGER); got '1099511627776'"),
        # which DuckDB would take: as 1, as a text of the list
        ("clerkships", SURGERY | {"required_days": True}, "whole number (INTEGER); got 'true'"),
        ("clerkships", SURGERY | {"description": ["a", "b"]}, 'description must be a text; got \'["a", "b"]\''),
        ("clerkships", SURGERY | {"description": "\ud800"}, "description must be a text; got"),
    ],
)
def test_a_value_of_the_wrong_type_is_named(bench, table, row, says):
    with pytest.raises(RowsRejectedError, match=re.escape(says)) as refusal:
        bench.insert(table, row)
    assert str(refusal.value).endswith("Nothing was changed.")


def test_one_bad_row_keeps_all_out(bench):
    with pytest.raises(RowsRejectedError, match="A clerkship lasts at least one day"):
        bench.insert("clerkships", [PSYCHIATRY, SURGERY | {"required_days": 0}])
    assert names(bench) == []


def test_a_bad_row_in_a_later_statement_keeps_all_out(bench):
    rows = [SURGERY | {"name": f"Clerkship {n}"} for n in range(600)]
    with pytest.raises(RowsRejectedError, match=r"Row 601 .*Row 1 has name 'Clerkship 0' as well"):
        bench.insert("clerkships", [*rows, rows[0]])
    assert names(bench) == []


def test_a_wrong_column_is_named_with_a_near_match(bench):
    with pytest.raises(
        RowsRejectedError, match=r"clerkships has no column 'require_days'\. Did you mean 'required_days'"
    ):
        bench.insert("clerkships", {"require_days": 45})


def test_rows_with_different_columns_are_stored_in_the_given_order(bench):
    [system] = bench.insert("health_systems", {"name": "Metro"})
    site = {"health_system_id": system, "name": "A", "site_type": "clinic"}
    rows = [site, site | {"name": "B", "address": "1 Road"}, site | {"name": "C"}]
    bench.insert("sites", rows)
    assert bench.sql("SELECT name FROM sites")["name"].tolist() == ["A", "B", "C"]


def test_a_parent_that_does_not_exist_is_named_with_its_column(small_school):
    row = ANOTHER["preceptor_fallbacks"] | {"fallback_preceptor_id": NOBODY}
    with pytest.raises(RowsRejectedError) as refusal:
        small_school.insert("preceptor_fallbacks", row)
    assert f"No row of preceptors fits fallback_preceptor_id '{NOBODY}'." in str(refusal.value)
    assert "primary_preceptor_id" not in str(refusal.value)


def test_a_temporary_table_of_the_same_name_is_not_used(bench):
    bench.con.execute(
        "CREATE TEMP TABLE clerkships (id TEXT DEFAULT 'x', name TEXT, specialty TEXT, required_days INTEGER)"
    )
    bench.insert("clerkships", SURGERY)
    assert bench.con.execute("SELECT count(*) FROM memory.main.clerkships").fetchone() == (1,)
    assert bench.tables().set_index("table").loc["clerkships", "rows"] == 1
    bench.con.execute("DROP TABLE temp.clerkships")


@pytest.mark.parametrize(
    "rows",
    [{"name": "Surgery", "NAME": "Peds"}, pd.DataFrame([["Surgery", "Peds"]], columns=["name", "name"])],
    ids=["in two spellings", "twice in a DataFrame"],
)
def test_a_column_given_twice_is_refused_not_dropped(bench, rows):
    with pytest.raises(RowsRejectedError, match=r"clerkships\.name is given twice, as|two columns of the same name"):
        bench.insert("clerkships", rows)


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        (5, "int"),
        (b"", "bytes"),
        ([5], "a list of int"),
        ([pd.Series(SURGERY)], "a list of Series"),
        (None, "NoneType"),
    ],
)
def test_what_is_no_row_is_refused(bench, rows, what):
    says = f"Rows must be a dict, a list of dicts, a DataFrame or the path of a CSV file; got {what}."
    with pytest.raises(RowsRejectedError, match=says):
        bench.insert("clerkships", rows)


@pytest.mark.parametrize("text", ["'; DROP TABLE clerkships; --", 'a "quoted" name', "Ünïcode 名前", "", "  two  "])
def test_text_is_stored_as_it_is(bench, text):
    bench.insert("clerkships", SURGERY | {"description": text})
    assert bench.sql("FROM clerkships")["description"].tolist() == [text]


# --- the index of a DataFrame


def as_text(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.set_index(pd.Index([f"row {number}" for number in range(len(frame))]))


#: The same three rows, with an index of every kind.
INDEXED = {
    "turned round": lambda frame: frame.iloc[::-1].sort_values("name"),
    "filtered": lambda frame: pd.concat([frame.assign(name="Other"), frame]).iloc[3:],
    "a text": as_text,
    "the same number in each": lambda frame: frame.set_index(pd.Index([7, 7, 7])),
    "of two levels": lambda frame: frame.set_index(pd.MultiIndex.from_product([["a"], [1, 0, 2]])),
    "a time": lambda frame: frame.set_index(pd.date_range("2026-01-03", periods=3, freq="-1D")),
    "concatenated": lambda frame: pd.concat([frame.iloc[:1], frame.iloc[1:].reset_index(drop=True)]),
}
DTYPES = {
    "as they are": lambda frame: frame,
    "nullable": lambda frame: frame.convert_dtypes(),
    "categories": lambda frame: frame.astype({"specialty": "category", "name": "category"}),
    "objects": lambda frame: frame.astype(object),
}


@pytest.mark.first_cases(8)
@pytest.mark.parametrize("dtypes", DTYPES)
@pytest.mark.parametrize("index", INDEXED)
def test_a_row_is_identified_by_its_place_whatever_the_index_says(bench, index, dtypes):
    plain = pd.DataFrame(
        {
            "name": ["Anesthesia", "Neurology", "Surgery"],
            "specialty": ["A", "N", None],
            "required_days": [10, 20, 0],
            "description": [None, "Nerves.", "Cuts."],
        }
    )
    frame = INDEXED[index](DTYPES[dtypes](plain))
    assert frame["name"].tolist() == plain["name"].tolist()
    found = bench.validate("clerkships", frame)
    assert found["column"].tolist() == ["specialty", "required_days"]
    assert found.index.tolist() == [3, 3]
    good = frame.assign(specialty=["A", "N", "S"], required_days=[10, 20, 30])
    ids = bench.insert("clerkships", good)
    stored = bench.con.execute("SELECT id, name, specialty, required_days, description FROM clerkships ORDER BY name")
    assert stored.fetchall() == [
        (ids[0], "Anesthesia", "A", 10, None),
        (ids[1], "Neurology", "N", 20, "Nerves."),
        (ids[2], "Surgery", "S", 30, "Cuts."),
    ]
