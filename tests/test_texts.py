"""Texts are converted in the same way from a dict, a DataFrame, a CSV file, a workbook and a setting."""

import datetime
from contextlib import suppress
from decimal import Decimal

import pandas as pd
import pytest
from openpyxl import load_workbook

from clerkbench.errors import RowsRejectedError, UnknownRowError
from databases import made

#: What somebody typed or copied, and what is stored.
LOOK_ALIKE = {
    "an accent of its own": ("Ge\u0301rontologie", "Gérontologie"),
    "a blank of no width": ("Sur\u200bgery", "Surgery"),
    "a soft hyphen": ("Pedi\u00adatrics", "Pediatrics"),
    "a mark at the beginning": ("\ufeffUrology", "Urology"),
    "a mark of direction": ("Neurology\u200e", "Neurology"),
}
#: A text with an invisible character that its letters need.
NEEDED = "می\u200cخواهم"


def clerkship(name: object) -> dict[str, object]:
    return {"name": name, "specialty": "General", "required_days": 5}


@pytest.mark.first_cases(6)
@pytest.mark.parametrize(("typed", "stored"), LOOK_ALIKE.values(), ids=LOOK_ALIKE)
@pytest.mark.parametrize("form", ["dict", "frame", "objects", "file"])
def test_an_inserted_text_is_normalized_and_has_no_invisible_characters(bench, tmp_path, form, typed, stored):
    frame = pd.DataFrame([clerkship(typed)])
    file = tmp_path / "rows.csv"
    frame.to_csv(file, index=False)
    forms = {"dict": clerkship(typed), "frame": frame, "objects": frame.astype(object), "file": file}
    bench.insert("clerkships", forms[form])
    assert bench.sql("SELECT name FROM clerkships")["name"].to_list() == [stored]
    [violation] = bench.validate("clerkships", clerkship(stored))["rule"]
    assert violation == "unique:name"


def test_a_sign_that_letters_need_stays(bench):
    bench.insert("clerkships", clerkship(NEEDED))
    assert bench.sql("SELECT name FROM clerkships")["name"].to_list() == [NEEDED]


@pytest.mark.first_cases(1)
@pytest.mark.parametrize(("typed", "stored"), LOOK_ALIKE.values(), ids=LOOK_ALIKE)
def test_a_row_is_found_changed_and_configured_by_a_name_that_looks_the_same(bench, typed, stored):
    bench.insert("clerkships", clerkship(stored))
    assert bench.update("clerkships", typed, description=typed)["description"] == stored
    bench.configure(
        typed,
        create=True,
        requirements=[{"requirement_type": "outpatient", "required_days": 5, "assignment_mode": "continuous_single"}],
    )
    assert len(bench.sql("FROM clerkship_requirements")) == 1
    assert bench.sql("SELECT name FROM clerkships")["name"].to_list() == [stored]


@pytest.mark.long
@pytest.mark.parametrize("ending", ["", ".xlsx"], ids=["folder", "workbook"])
def test_a_school_file_names_a_row_in_a_way_that_looks_the_same(new_bench, own_school, tmp_path, ending):
    own_school.update("clerkships", "Surgery", name="Gérontologie")
    place = tmp_path / f"school{ending}"
    own_school.save(place)
    if ending:
        book = load_workbook(place)
        sheets = [book[name] for name in book.sheetnames if name != "clerkships"]
        changed = 0
        for cell in (cell for sheet in sheets for row in sheet.iter_rows() for cell in row):
            if isinstance(cell.value, str) and cell.value.startswith("Gérontologie"):
                cell.value = f"\u200b{cell.value.replace('é', 'e' + chr(0x301))}"
                changed += 1
        assert changed
        book.save(place)
    else:
        for file in place.glob("*.csv"):
            if file.stem != "clerkships":
                text = file.read_text(encoding="utf-8-sig")
                file.write_text(text.replace("Gérontologie", "\u200bGe\u0301rontologie"), encoding="utf-8")
    other = new_bench()
    other.load(place)
    assert own_school.diff(other).rows.empty


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("ending", ["", ".xlsx"], ids=["folder", "workbook"])
def test_a_text_that_only_sql_could_store_comes_back_from_a_school_file_as_it_is(new_bench, bench, tmp_path, ending):
    odd = ["Ge\u0301ro", "a\u200bb", " b", "'c", '"d"', ' "e"', '="007"', 'f, "g"', "\ufeffh"]
    for name in odd:
        bench.sql("INSERT INTO clerkships (name, specialty, required_days) VALUES (?, 'x', 1)", [name])
    place = tmp_path / f"school{ending}"
    bench.save(place)
    other = new_bench()
    other.load(place)
    assert sorted(other.sql("SELECT name FROM clerkships")["name"]) == sorted(odd)


@pytest.mark.first_cases(10)
@pytest.mark.parametrize(
    ("content", "specialty"),
    [
        ('name,specialty,required_days\nA, "General, adult", 45\n', "General, adult"),
        ('name;specialty;required_days\nA; "General; adult" ;45\n', None),
        ('name,specialty,required_days\nA,="007",45\n', "007"),
        ('name,specialty,required_days\nA,"=""007""",45\n', "007"),
        ("sep=;\nname;specialty;required_days\nA;General, adult;45\n", "General, adult"),
        ("sep=|\r\nname|specialty|required_days\r\nA|General, adult|45\r\n", "General, adult"),
        ("Our clerkships,,\n,,\nname,specialty,required_days\nA,General,45\n", "General"),
        (" name , specialty,required_days,,\nA,General ,45,,\n,,,,\n", "General"),
        ("name,specialty,required_days,# remark,# remark\nA,General,45,x,y\n", "General"),
        ("name,specialty,required_days\nA,'007,45\n", "007"),
        ("Our school, 2026\nname;specialty;required_days\nA;General;45\nB;x;1\n", "General"),
        ('name,specialty,required_days\nA,="007"&"x",45\n', '="007"&"x"'),
    ],
    ids=[
        "a blank before a quote",
        "a blank behind a quote",
        "a formula that is a text",
        "the same in quotes",
        "the separator in a line of its own",
        "another separator",
        "a title above",
        "blanks and commas around",
        "remarks",
        "a text exactly",
        "a title with another separator",
        "a formula that only begins as a text",
    ],
)
@pytest.mark.parametrize("call", ["insert", "load"])
def test_a_csv_file_means_the_same_to_every_call(bench, tmp_path, call, content, specialty):
    file = tmp_path / "clerkships.csv"
    file.write_text(content, encoding="utf-8", newline="")
    act = (lambda: bench.load(tmp_path)) if call == "load" else (lambda: bench.insert("clerkships", file))
    if specialty is None:
        with pytest.raises(RowsRejectedError, match=r"';' expected after '\"', in the row that begins on line 2"):
            act()
        return
    act()
    query = "SELECT name, specialty, required_days FROM clerkships WHERE name = 'A'"
    [row] = bench.sql(query).itertuples(index=False)
    assert tuple(row) == ("A", specialty, 45)


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("number", ["4_5", "0x2D", "0b101101", "4_5.0"])
def test_a_number_as_only_programs_write_it_is_refused(bench, tmp_path, number):
    row = clerkship("A") | {"required_days": number}
    file = tmp_path / "clerkships.csv"
    pd.DataFrame([row]).to_csv(file, index=False)
    for rows in (row, pd.DataFrame([row]), file):
        [violation] = bench.validate("clerkships", rows).itertuples()
        assert violation.rule == "type:required_days"
        assert f"required_days must be a whole number (INTEGER); got '{number}'." in violation.message
    with pytest.raises(RowsRejectedError, match=f"got '{number}'"):
        bench.load(tmp_path)


def test_a_number_as_only_programs_write_it_names_no_row(tmp_path):
    bench = made(tmp_path, "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT);")
    bench.insert("t", [{"id": 45, "name": "a"}])
    for key in ("4_5", "0x2D"):
        with pytest.raises(UnknownRowError, match=f"t has no row '{key}'"):
            bench.delete("t", key)


def test_a_file_of_one_column_is_not_split_at_a_semicolon(tmp_path):
    bench = made(tmp_path, "CREATE TABLE t (name TEXT PRIMARY KEY);")
    (tmp_path / "t.csv").write_text("name\nSurgery; General\nUrology\n")
    assert bench.insert("t", tmp_path / "t.csv") == ["Surgery; General", "Urology"]
    bench.close()


#: Values with more information than their type can hold; then values that only look like it.
MORE = [
    *(("ts", "2020-01-01 12:00+05"), ("ts", "2020-01-01 12:00 Europe/Berlin"), ("ts", "2020-01-01 12:00:00.1234567")),
    *(("d", "2020-01-01 13:00"), ("d", datetime.datetime(2020, 1, 1, 13)), ("m", "12:00+05")),
    *(("m", "2026-01-05 08:00:00"), ("x", "1.239"), ("x", 1.239), ("x", Decimal("1.239")), ("x", "1e-9")),
]
NO_MORE = [
    *(("ts", "2020-01-01T12:00:00Z"), ("ts", "2020-01-01 12:00:00.1234560"), ("ts", "0044-03-15 (BC) 12:00:00")),
    *(("ts", "infinity"), ("d", "2020-01-01 00:00:00"), ("d", datetime.datetime(2020, 1, 1)), ("m", "12:00")),
    *(("x", "1.230"), ("x", 0.1 + 0.2), ("x", Decimal("1.20")), ("x", "1e3"), ("z", "2020-01-01 12:00 Europe/Berlin")),
]
TYPES = {"ts": "TIMESTAMP", "d": "DATE", "m": "TIME", "x": "DECIMAL(8, 2)", "z": "TIMESTAMPTZ"}


@pytest.fixture(scope="module")
def typed(tmp_path_factory):
    columns = ", ".join(f"{name} {kind}" for name, kind in TYPES.items())
    with made(tmp_path_factory.mktemp("typed"), f"CREATE TABLE t (id INTEGER PRIMARY KEY, {columns});") as bench:
        yield bench


@pytest.mark.parametrize(("column", "value"), MORE, ids=str)
def test_what_a_type_would_leave_out_of_a_value_is_refused(typed, column, value):
    with pytest.raises(RowsRejectedError, match=f"{column} must be a"):
        typed.insert("t", {"id": 1, column: value})
    assert typed.sql("FROM t").empty


@pytest.mark.parametrize(("column", "value"), NO_MORE, ids=str)
def test_a_value_that_a_type_holds_whole_is_taken(typed, column, value):
    with suppress(ZeroDivisionError), typed.transaction():
        assert typed.insert("t", {"id": 1, column: value}) == [1]
        raise ZeroDivisionError


def test_a_tab_before_a_quote_is_reported_by_its_line(typed, tmp_path):
    (tmp_path / "t.csv").write_text('id,m\n1,12:00\n2,\t"13:00"\n')
    with pytest.raises(RowsRejectedError, match="a tab stands before a quote on line 3, and the quote would be text"):
        typed.insert("t", tmp_path / "t.csv")
    (tmp_path / "t.csv").write_text('id\tm\n1\t"12:00"\n')
    assert typed.validate("t", tmp_path / "t.csv").empty
