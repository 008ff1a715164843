"""A school as a spreadsheet: loading restores what was saved, and every error is reported with its position."""

import csv
import datetime
import os
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings

import clerkbench
from clerkbench.errors import ArgumentError, RowsRejectedError, UnknownNameError
from databases import TWO_SCHOOLS, everything, made, rows
from foreign_workbooks import REFUSED, SAME, sheet, written
from random_schools import random_school

pytestmark = pytest.mark.memory_and_file

KINDS = ["school.xlsx", "school"]


def cells(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """All cells of a workbook, or all lines of the files in a folder."""
    if path.is_dir():
        return {file.name: [tuple(file.read_bytes().split(b"\r\n"))] for file in sorted(path.iterdir())}
    book = openpyxl.load_workbook(path)
    return {each.title: [tuple(cell.value for cell in row) for row in each.iter_rows()] for each in book.worksheets}


@pytest.fixture(scope="module")
def hybrid_book(seeded, tmp_path_factory) -> Path:
    """The hybrid school as a workbook. Each test works on a copy."""
    path = tmp_path_factory.mktemp("hybrid") / "school.xlsx"
    seeded["hybrid"].save(path)
    return path


# There and back


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("school", TWO_SCHOOLS)
def test_every_school_is_the_same_after_it_was_saved_and_loaded(seeded, bench, tmp_path, school, kind):
    seeded[school].save(tmp_path / kind)
    counts = bench.load(tmp_path / kind)
    assert rows(bench) == rows(seeded[school])
    assert counts["added"].tolist() == counts["rows"].tolist() == seeded[school].tables()["rows"].tolist()
    (tmp_path / "again").mkdir()
    bench.save(tmp_path / "again" / kind)
    assert cells(tmp_path / "again" / kind) == cells(tmp_path / kind)


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(school=random_school())
def test_any_school_is_the_same_after_it_was_saved_and_loaded(new_bench, tmp_path_factory, kind, school):
    folder = tmp_path_factory.mktemp("random")
    with new_bench() as bench, new_bench() as other:
        for table, given_rows in school.items():
            bench.insert(table, given_rows)
        bench.save(folder / kind)
        other.load(folder / kind)
        assert rows(other) == rows(bench)
        (folder / "again").mkdir()
        other.save(folder / "again" / kind)
        assert cells(folder / "again" / kind) == cells(folder / kind)
        assert other.load(folder / kind, mode="replace")[["added", "changed", "removed"]].sum().sum() == 0


ODD = [
    "=SUM(A1:A9)",
    "+1 555 0100",
    "-5",
    "@home",
    "007",
    "1e5",
    "TRUE",
    "2026-01-31",
    "'quoted'",
    '"double"',
    " blanks around ",
    "O'Brien, Ágnes; Müller\tTab",
    "two\nlines",
    "carriage\rreturn",
    "bell\x07",
    "_x0041_",
    "名前 😀",
    "#hash",
    "#N/A",
    "#DIV/0!",
    "",
]


def test_the_first_sheet_and_a_file_of_the_folder_say_how_to_fill_it_in(seeded, hybrid_book, tmp_path):
    sheet = openpyxl.load_workbook(hybrid_book)["# read me"]
    assert (sheet["A1"].font.bold, sheet["A1"].font.size) == (True, 14)
    assert {bool(cell.font.bold) for cell in sheet["A"][1:] if cell.value} == {True}
    assert {bool(cell.font.bold) for cell in sheet["B"] if cell.value} == {False}
    assert {cell.font.size for row in sheet.iter_rows(min_row=2) for cell in row if cell.value} == {11}
    seeded["hybrid"].save(tmp_path / "school")
    [page] = (tmp_path / "school").glob("*.txt")
    assert "clerkships" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", KINDS)
def test_odd_texts_stay_as_they_are_and_are_no_formulas(new_bench, bench, tmp_path, kind):
    bench.insert("health_systems", [{"name": f"{at}", "notes": text} for at, text in enumerate(ODD)])
    bench.insert("health_systems", [{"name": text, "notes": None} for text in ODD if text])
    bench.save(tmp_path / kind)
    if kind == "school.xlsx":
        book = openpyxl.load_workbook(tmp_path / kind)
        assert not [cell.value for each in book for row in each.iter_rows() for cell in row if cell.data_type == "f"]
    else:
        with (tmp_path / kind / "health_systems.csv").open(encoding="utf-8-sig", newline="") as file:
            found = [cell for line in csv.reader(file) for cell in line]
        assert not [cell for cell in found if cell[:1] in ("=", "+", "-", "@", "\t", "\r") and cell]
        assert "'007" in found
    with new_bench() as other:
        other.load(tmp_path / kind)
        assert rows(other) == rows(bench)


def test_types_that_a_spreadsheet_does_not_have_come_back_too(tmp_path):
    up = """
        CREATE TABLE things (
            id INTEGER PRIMARY KEY, big BIGINT, wide HUGEINT, real DOUBLE, exact DECIMAL(30, 10), day DATE, hour TIME,
            moment TIMESTAMP, zoned TIMESTAMPTZ, listed INTEGER[], raw BLOB, flag BOOLEAN, yes BOOLEAN DEFAULT TRUE
        );
    """
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    with made(tmp_path / "one", up) as bench, made(tmp_path / "two", up) as other:
        bench.con.execute("""
            INSERT INTO things VALUES
            (1, 9223372036854775807, 170141183460469231731687303715884105727, 0.1, 1234567890.0123456789,
             DATE '1850-02-03', TIME '08:09:10.123456', TIMESTAMP '2026-01-02 03:04:05.123456',
             TIMESTAMPTZ '2026-01-02 03:04:05+00', [1, NULL, 3], 'a\\x00b'::BLOB, FALSE, NULL),
            (2, -1, 0, 'inf', NULL, NULL, NULL, NULL, NULL, [], NULL, NULL, FALSE),
            (3, 0, 0, 'nan', 0, DATE '9999-12-31', NULL, TIMESTAMP '1899-12-31', NULL, NULL, NULL, TRUE, TRUE)
        """)
        for kind in KINDS:
            bench.save(tmp_path / kind)
            other.load(tmp_path / kind, mode="replace")
            query = "SELECT CAST(things AS VARCHAR) AS row FROM things ORDER BY id"
            assert other.sql(query)["row"].tolist() == bench.sql(query)["row"].tolist()


@pytest.mark.long
def test_rows_with_the_same_name_are_saved_with_an_unambiguous_label(new_bench, own_school, tmp_path, bench):
    system = own_school.sql("SELECT id FROM health_systems WHERE name = 'Metro'")["id"][0]
    person = {"name": "Dr. Chen", "email": "other@metro.example", "specialty": "Surgery", "health_system_id": system}
    [other] = own_school.insert("preceptors", person)
    own_school.insert("preceptor_teams", [{"name": "Night"}, {"name": "Night"}])
    for team in own_school.sql("SELECT id FROM preceptor_teams WHERE name = 'Night'")["id"]:
        own_school.insert("preceptor_team_members", {"team_id": team, "preceptor_id": other, "priority": 1})
    own_school.insert("sites", {"health_system_id": system, "name": "Riverside Clinic", "site_type": "clinic"})
    own_school.save(tmp_path / "school")
    members = (tmp_path / "school" / "preceptor_team_members.csv").read_text(encoding="utf-8-sig")
    assert "Dr. Chen (other@metro.example)" in members
    with new_bench() as again:
        again.load(tmp_path / "school")
        assert rows(again) == rows(own_school)


def test_what_a_newer_schema_has_is_saved_and_loaded_without_any_python(tmp_path):
    up = """
        CREATE TABLE rooms (id TEXT DEFAULT (CAST(gen_random_uuid() AS TEXT)) PRIMARY KEY, name TEXT UNIQUE);
        CREATE TABLE units (
            id TEXT DEFAULT (CAST(gen_random_uuid() AS TEXT)) PRIMARY KEY, name TEXT UNIQUE,
            room_id TEXT REFERENCES rooms (id), above_id TEXT REFERENCES units (id)
        );
        COMMENT ON COLUMN units.above_id IS 'The unit it is a part of.';
    """
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    with made(tmp_path / "one", up) as bench, made(tmp_path / "two", up) as other:
        [room] = bench.insert("rooms", {"name": "A1"})
        [top] = bench.insert("units", {"name": "top", "room_id": room})
        [middle] = bench.insert("units", {"name": "middle", "above_id": top})
        bench.insert("units", {"name": "low", "above_id": middle})
        for kind in KINDS:
            bench.save(tmp_path / kind)
            other.load(tmp_path / kind, mode="replace")
            assert rows(other) == rows(bench)
        assert cells(tmp_path / "school.xlsx")["units"][0][:3] == ("name", "room", "above")


# What people see


def test_a_workbook_explains_itself_and_helps_to_fill_it_in(hybrid_book, hybrid, tmp_path):
    shutil.copyfile(hybrid_book, tmp_path / "school.xlsx")
    book = openpyxl.load_workbook(tmp_path / "school.xlsx")
    assert book.sheetnames == ["# read me", *hybrid.tables()["table"], "# choices"]
    assert book["# choices"].sheet_state == "hidden"
    about = "\n".join(str(cell.value) for row in book["# read me"].iter_rows() for cell in row if cell.value)
    assert "clerkbench load" in about
    assert all(meaning in about for meaning in hybrid.tables()["meaning"])
    page = book["clerkship_configurations"]
    assert page.freeze_panes == "A2"
    headings = [cell.value for cell in page[1]]
    assert headings[:2] == ["clerkship", "assignment_strategy"]
    strategy = page.cell(1, 2)
    for words in ("Area 1, assignment strategy.", "One of: continuous_single, ", "May be empty."):
        assert words in strategy.comment.text
    assert "Default: 'single'." in page.cell(1, 3).comment.text
    drops = {str(each.sqref).split(":")[0]: each for each in page.data_validations.dataValidation}
    assert drops["A2"].formula1 == "'clerkships'!$A$2:$A$1005"
    assert drops["B2"].errorStyle == "stop"
    at = re.fullmatch(r"'# choices'!\$(\w)\$1:\$\w\$5", drops["B2"].formula1)
    assert [cell.value for cell in book["# choices"][at[1]]] == hybrid.describe("clerkship_configurations")[
        "allowed_values"
    ][2].split(", ")
    hidden = {letter for letter, look in page.column_dimensions.items() if look.hidden}
    assert [page[f"{letter}1"].value for letter in sorted(hidden)] in (["id", "created_at", "updated_at"], ["id"])
    assert 9 <= page.column_dimensions["B"].width <= 42


def test_references_are_saved_as_names_instead_of_ids(hybrid_book, hybrid, tmp_path):
    shutil.copyfile(hybrid_book, tmp_path / "school.xlsx")
    for title, found in cells(tmp_path / "school.xlsx").items():
        if not title.startswith("#"):
            reported = [name for name in found[0] if name not in ("id", "created_at", "updated_at")]
            assert not [name for name in reported if str(name).endswith("_id")], title
            shown = [cell for row in found[1:] for cell in row[: len(reported)]]
            assert not [cell for cell in shown if re.fullmatch(r"[0-9a-f]{8}-[0-9a-f-]{27}", str(cell))], title


def test_a_template_is_a_school_without_rows(bench, tmp_path):
    bench.save(tmp_path / "school.xlsx")
    assert bench.load(tmp_path / "school.xlsx")["rows"].sum() == 0


# Loading what others wrote


@pytest.mark.first_cases(5)
@pytest.mark.parametrize("write", SAME, ids=lambda write: write.__name__)
def test_what_other_programs_write_is_understood(bench, tmp_path, write):
    bench.load(written(tmp_path / "school.xlsx", write))
    found = bench.sql("SELECT name, specialty, required_days, description FROM clerkships")
    assert found.astype(object).where(found.notna(), None).values.tolist() == [["Surgery", "Surgery", 45, None]]


@pytest.mark.first_cases(6)
@pytest.mark.parametrize(("write", "place", "words"), REFUSED, ids=lambda each: getattr(each, "__name__", ""))
def test_unreadable_content_is_refused_with_its_position(own_school, tmp_path, write, place, words):
    before = everything(own_school)
    with pytest.raises(RowsRejectedError, match=r"school\.xlsx cannot be loaded\. 1 error") as refused:
        own_school.load(written(tmp_path / "school.xlsx", write), mode="merge")
    assert everything(own_school) == before
    found = refused.value.violations.reset_index()
    assert [tuple(each) for each in found[["table", "row", "column", "value"]].values.tolist()] == [place]
    assert re.search(words, found["message"][0])
    assert found["remedy"][0]
    assert str(refused.value).endswith("Nothing was changed.")


@pytest.mark.long
def test_a_workbook_that_libreoffice_wrote_is_the_same_school(seeded, bench):
    """Saved by clerkbench, opened and saved by LibreOffice 7.4. The file is older than the defaults of the school, so
    it says what the sample school leaves to the defaults of the schema.
    """
    path = Path(__file__).parent / "data" / "hybrid_by_libreoffice.xlsx"
    bench.load(path)
    ours, saved_then = rows(seeded["hybrid"]), set(openpyxl.load_workbook(path, read_only=True).sheetnames)
    compared = saved_then - {"clerkship_configurations"}
    assert {table: found for table, found in rows(bench).items() if table in compared} == {
        table: found for table, found in ours.items() if table in compared
    }
    held = "SELECT * EXCLUDE (configuration_id) FROM effective_settings ORDER BY ALL"
    differ = [column for column in bench.sql(held) if not column.endswith("_origin")]
    assert bench.sql(held)[differ].equals(seeded["hybrid"].sql(held)[differ])


def test_dates_are_dates_and_empty_is_the_default(bench, tmp_path):
    def write(book):
        found = sheet(book, "clerkships", ["name", "specialty", "required_days", "description", "created_at"])
        found.write_row(1, 0, ["Surgery", "Surgery", 45])
        day = book.add_format({"num_format": "d.m.yyyy"})
        found.write_datetime("D2", datetime.datetime(2026, 2, 3), day)
        found.write_datetime("E2", datetime.datetime(2026, 2, 3, 4, 5, 6), day)
        sheet(book, "clerkship_configurations", ["clerkship", "requirement_structure", "block_size_days"], ["Surgery"])

    bench.load(written(tmp_path / "school.xlsx", write))
    [found] = bench.sql("SELECT description, created_at FROM clerkships").values.tolist()
    assert found == ["2026-02-03", pd.Timestamp(2026, 2, 3, 4, 5, 6)]
    structure = bench.sql("SELECT requirement_structure FROM clerkship_configurations")["requirement_structure"]
    assert structure.tolist() == ["single"]


def test_all_mistakes_of_all_sheets_are_reported_at_once_in_the_order_of_the_workbook(hybrid_book, hybrid, tmp_path):
    shutil.copyfile(hybrid_book, tmp_path / "school.xlsx")
    book = openpyxl.load_workbook(tmp_path / "school.xlsx")
    book["preceptors"]["D3"] = "two"
    book["preceptors"]["E4"] = "Harbour Health"
    book["preceptors"]["F5"] = "Lakeside Clinic"
    book["clerkships"]["A2"] = None
    book["clerkship_requirements"]["B2"] = "inpatint"
    book["preceptor_team_members"]["A2"] = "Nobody's Team"
    book.create_sheet("notes").append(["call the dean"])
    book.save(tmp_path / "school.xlsx")
    before = everything(hybrid)
    with pytest.raises(RowsRejectedError) as refused:
        hybrid.load(tmp_path / "school.xlsx", mode="replace")
    assert everything(hybrid) == before
    found = refused.value.violations.reset_index()
    places = found[["table", "row", "column", "value"]].values.tolist()
    for place in (
        ["notes", 0, "", ""],
        ["clerkships", 2, "name", ""],
        ["clerkship_requirements", 2, "requirement_type", "inpatint"],
        ["preceptors", 3, "max_students", "two"],
        ["preceptors", 4, "health_system", "Harbour Health"],
        ["preceptors", 5, "site", "Lakeside Clinic"],
        ["preceptor_team_members", 2, "team", "Nobody's Team"],
    ):
        assert place in places, place
    order = ["notes", *hybrid.tables()["table"]]
    assert [order.index(table) for table in found["table"]] == sorted(order.index(table) for table in found["table"])
    reported = "\n".join(found["message"])
    assert "There is no health_system 'Harbour Health' in health_systems. Did you mean 'Harbor Health'?" in reported
    assert "_id" not in re.sub(r"id\b", "", reported.replace("_id ", " _id "))


def test_a_site_has_to_be_one_of_the_preceptors_own_health_system(own_school, tmp_path):
    own_school.save(tmp_path / "school")
    file = tmp_path / "school" / "preceptors.csv"
    text = file.read_text(encoding="utf-8-sig").replace(",Metro,Metro Hospital,", ",Metro,Riverside Clinic,")
    file.write_text(text, encoding="utf-8")
    message = r"site 'Riverside Clinic' does not belong to the health_system 'Metro'\."
    with pytest.raises(RowsRejectedError, match=message):
        own_school.load(tmp_path / "school", mode="replace")


def test_a_preceptor_is_identified_by_name_email_or_both(own_school, tmp_path):
    headings = ["primary_preceptor", "fallback_preceptor", "priority"]
    wanted = ["Dr. Silva", "okafor@metro.example", 1], ["Dr. Silva", "Dr. Chen (chen@metro.example)", 2]
    path = written(tmp_path / "a.xlsx", lambda book: sheet(book, "preceptor_fallbacks", headings, *wanted))
    own_school.con.execute("DELETE FROM preceptor_fallbacks")
    own_school.load(path, mode="merge")
    assert len(own_school.sql("FROM preceptor_fallbacks")) == 2


@pytest.mark.parametrize("column", ["name", "specialty", "id"])
def test_an_error_in_a_cell_is_no_text(bench, tmp_path, column):
    def write(book):
        found = sheet(book, "clerkships", ["name", "specialty", "required_days", "id"], ["Surgery", "Surgery", 45])
        found.write_formula(1, ["name", "specialty", "required_days", "id"].index(column), "=1/0", None, "#DIV/0!")

    with pytest.raises(RowsRejectedError, match=f"{column} holds the error #DIV/0!") as refused:
        bench.load(written(tmp_path / "a.xlsx", write))
    assert "Unreadable" not in str(refused.value)


def test_an_error_in_a_cell_is_reported_though_the_rest_of_its_row_is_empty(bench, tmp_path):
    def write(book):
        found = sheet(book, "clerkships", ["name", "specialty", "required_days", "id"])
        found.write_formula("D2", "=1/0", None, "#DIV/0!")

    with pytest.raises(RowsRejectedError, match="Sheet clerkships, row 2: id holds the error #DIV/0!"):
        bench.load(written(tmp_path / "a.xlsx", write))


@pytest.mark.parametrize("value", ["1", 1])
def test_a_row_is_found_by_a_key_that_is_a_number_and_keeps_what_the_file_leaves_out(tmp_path, value):
    with made(tmp_path, "CREATE TABLE rooms (id INTEGER PRIMARY KEY, name TEXT, beds INTEGER);") as bench:
        bench.insert("rooms", {"id": 1, "name": "A", "beds": 12})
        path = written(
            tmp_path / "a.xlsx", lambda book: sheet(book, "rooms", ["id", "name"], []).write_row(1, 0, [value, "B"])
        )
        bench.load(path, mode="merge")
        assert bench.sql("FROM rooms").values.tolist() == [[1, "B", 12]]


def test_a_folder_as_people_leave_it_is_understood(bench, tmp_path):
    text = "name,specialty,required_days,,,# a,# a\nSurgery,Surgery,45,,,x,y\n"
    (tmp_path / "clerkships.CSV").write_text(text, encoding="utf-8")
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    bench.load(tmp_path)
    assert bench.sql("FROM clerkships")["name"].tolist() == ["Surgery"]


def test_a_folder_that_holds_nothing_of_a_school_is_refused(bench, tmp_path):
    with pytest.raises(RowsRejectedError, match=r"holds nothing of a school: clerkships, "):
        bench.load(tmp_path)


@pytest.mark.long
def test_a_long_text_goes_to_a_folder_and_comes_back(new_bench, hybrid, tmp_path):
    hybrid.update("clerkships", "Surgery", description="x" * 200_000)
    hybrid.save(tmp_path / "school")
    with new_bench() as other:
        other.load(tmp_path / "school")
        assert rows(other) == rows(hybrid)


# Loading into a database that holds rows


def test_a_database_that_holds_rows_is_left_alone_unless_a_mode_is_given(hybrid, tmp_path):
    hybrid.save(tmp_path / "school")
    with pytest.raises(
        ArgumentError,
        match=r"The database holds rows: clerkships 4, .*mode='replace', or --mode replace, makes .*; 'merge' adds",
    ):
        hybrid.load(tmp_path / "school")
    with pytest.raises(UnknownNameError, match=r"There is no mode 'merg'\. Did you mean 'merge'\?"):
        hybrid.load(tmp_path / "school", mode="merg")


def test_replace_makes_the_school_what_the_file_says_to_the_last_value(hybrid_book, hybrid, tmp_path):
    shutil.copyfile(hybrid_book, tmp_path / "school.xlsx")
    before = rows(hybrid)
    hybrid.update("clerkships", "Surgery", name="General Surgery", required_days=61)
    hybrid.delete("preceptors", "Dr. Boris Ivanov")
    hybrid.insert("health_systems", {"name": "New"})
    counts = hybrid.load(tmp_path / "school.xlsx", mode="replace").set_index("table")
    assert rows(hybrid) == before
    assert counts.loc["clerkships", ["added", "changed", "removed"]].tolist() == [0, 1, 0]
    assert counts.loc["preceptors", ["added", "changed", "removed"]].tolist() == [1, 0, 0]
    assert counts.loc["health_systems", ["added", "changed", "removed"]].tolist() == [0, 0, 1]


@pytest.mark.long
def test_one_school_replaces_another(seeded, hybrid, tmp_path):
    seeded["traditional"].save(tmp_path / "school")
    hybrid.load(tmp_path / "school", mode="replace")
    assert not hybrid.diff(seeded["traditional"])


@pytest.mark.long
def test_merge_adds_and_changes_what_the_file_says_and_leaves_the_rest(hybrid, tmp_path):
    before = hybrid.fork()

    def write(book):
        sheet(book, "clerkships", ["name", "required_days", "specialty"], ["Surgery", 61, "Surgery"], ["New", 5, "x"])

    counts = hybrid.load(written(tmp_path / "a.xlsx", write), mode="merge")
    found = before.diff(hybrid).rows
    assert found[["change", "row", "column"]].values.tolist() == [
        ["changed", "Surgery", "required_days"],
        ["added", "New", ""],
    ]
    assert counts[["added", "changed", "removed"]].sum().tolist() == [1, 1, 0]
    assert hybrid.sql("SELECT description FROM clerkships WHERE name = 'Surgery'")["description"].notna().all()


def test_a_row_that_a_person_changed_gets_a_new_time_of_change_and_keeps_its_id(hybrid_book, hybrid, tmp_path):
    shutil.copyfile(hybrid_book, tmp_path / "school.xlsx")
    book = openpyxl.load_workbook(tmp_path / "school.xlsx")
    row = next(row for row in book["clerkships"].iter_rows() if row[0].value == "Surgery")
    row[0].value, row[2].value = "General Surgery", 61
    book.save(tmp_path / "school.xlsx")
    before = hybrid.sql("SELECT id, updated_at FROM clerkships WHERE name = 'Surgery'").values.tolist()[0]
    hanging = hybrid.related("clerkships", "Surgery")["table"].value_counts()
    hybrid.load(tmp_path / "school.xlsx", mode="replace")
    after = hybrid.sql("SELECT id, updated_at FROM clerkships WHERE name = 'General Surgery'").values.tolist()[0]
    assert after[0] == before[0]
    assert after[1] > before[1]
    now = hybrid.related("clerkships", "General Surgery")["table"].value_counts()
    assert now.to_dict() == hanging.to_dict(), (
        "what still says Surgery in other sheets means the row that was called so"
    )


def sorted_but_for_ids(path: Path, title: str, by: str, *, ids: bool = True) -> None:
    """Sort the visible columns of a sheet by one column, as a spreadsheet does without the hidden columns; or clear the
    ids.
    """
    book = openpyxl.load_workbook(path)
    sheet = book[title]
    headings = [cell.value for cell in sheet[1]]
    seen = [at for at, heading in enumerate(headings) if heading not in ("id", "created_at", "updated_at")]
    lines = [[row[at].value for at in seen] for row in sheet.iter_rows(min_row=2)]
    lines.sort(key=lambda line: str(line[seen.index(headings.index(by))]), reverse=True)
    for row, line in zip(sheet.iter_rows(min_row=2), lines, strict=True):
        for at, value in zip(seen, line, strict=True):
            row[at].value = value
        if not ids:
            row[headings.index("id")].value = None
    book.save(path)


@pytest.mark.first_cases(1)
@pytest.mark.parametrize(
    ("title", "by", "reported", "both"),
    [
        ("preceptors", "specialty", "email", "it has the id of Dr. Adaeze Nwosu, and the email of Dr. Clara Jensen."),
        ("clerkships", "name", "name", "it has the id of Internal Medicine, and the name of Surgery."),
        (
            "clerkship_requirements",
            "required_days",
            "clerkship and requirement_type and part",
            "it has the id of Internal Medicine, elective, and ",
        ),
        (
            "preceptor_team_members",
            "preceptor",
            "team and preceptor",
            "it has the id of Harbor Pediatrics, Dr. Eva Lindgren, and ",
        ),
    ],
    ids=lambda part: part if isinstance(part, str) and "_" not in part else "",
)
def test_rows_that_were_sorted_without_their_ids_are_refused(hybrid, tmp_path, title, by, reported, both):
    """Otherwise the rows would swap their ids, and with them their teams, rules and history."""
    before = everything(hybrid)
    path = tmp_path / "school.xlsx"
    hybrid.save(path)
    sorted_but_for_ids(path, title, by)
    for mode in ("replace", "merge"):
        with pytest.raises(RowsRejectedError) as refused:
            hybrid.load(path, mode=mode)
    assert everything(hybrid) == before
    found = refused.value.violations.query("rule == 'mixed_up:id'")
    assert len(found) > 1 and set(found["table"]) == {title}
    assert any(both in message for message in found["message"])
    [remedy] = set(found["remedy"])
    assert f"clear id in all rows: then {reported} identifies them." in remedy
    sorted_but_for_ids(path, title, by, ids=False)  # as the remedy says
    hybrid.load(path, mode=mode)
    assert rows(hybrid)[title] == before[title]


@pytest.mark.long
def test_names_that_were_exchanged_are_refused_and_changed_one_after_the_other(own_school, tmp_path):
    path = tmp_path / "school.xlsx"

    def renamed(names: dict[str, str]) -> None:
        own_school.save(path)
        book = openpyxl.load_workbook(path)
        for row in book["clerkships"].iter_rows(min_row=2):
            row[0].value = names.get(row[0].value, row[0].value)
        book.save(path)

    renamed({"Surgery": "Pediatrics", "Pediatrics": "Surgery"})
    with pytest.raises(RowsRejectedError, match=r"it has the id of Surgery, and the name of Pediatrics\."):
        own_school.load(path, mode="replace")
    before = own_school.configuration("Surgery").lists["requirements"]
    for names in ({"Surgery": "Aside"}, {"Pediatrics": "Surgery"}, {"Aside": "Pediatrics"}):
        renamed(names)
        own_school.load(path, mode="replace")
    pd.testing.assert_frame_equal(own_school.configuration("Pediatrics").lists["requirements"], before)


def test_a_file_without_rows_does_not_empty_the_school(new_bench, hybrid, tmp_path):
    with new_bench() as empty:
        empty.save(tmp_path / "school.xlsx")
    message = r"school\.xlsx holds no rows, and to replace the school with it would remove all that is stored\."
    with pytest.raises(RowsRejectedError, match=message):
        hybrid.load(tmp_path / "school.xlsx", mode="replace")


@pytest.mark.long
def test_rows_with_the_same_name_must_get_other_names(hybrid_book, hybrid, tmp_path):
    shutil.copyfile(hybrid_book, tmp_path / "school.xlsx")
    book = openpyxl.load_workbook(tmp_path / "school.xlsx")
    book["preceptors"].append([cell.value for cell in book["preceptors"][2]])
    book.save(tmp_path / "school.xlsx")
    with pytest.raises(RowsRejectedError, match="No two preceptors share an email address") as refused:
        hybrid.load(tmp_path / "school.xlsx", mode="replace")
    ambiguous = refused.value.violations.query("message.str.contains('may mean 2 rows')")
    assert set(ambiguous["remedy"]) == {
        "These rows cannot be identified by name. Give them different names in preceptors first."
    }


def test_a_short_row_of_a_csv_file_is_empty_at_its_end(bench, tmp_path):
    (tmp_path / "clerkships.csv").write_text("name,specialty,required_days,description\nSurgery,Surgery,45\n")
    bench.load(tmp_path)
    assert bench.sql("FROM clerkships")["name"].tolist() == ["Surgery"]


def test_two_columns_of_one_name_are_refused_and_two_remarks_are_not(bench, tmp_path):
    text = "name,specialty,required_days,{0},{0}\nSurgery,Surgery,45,x,y\n"
    (tmp_path / "clerkships.csv").write_text(text.format("description"), encoding="utf-8")
    with pytest.raises(RowsRejectedError, match="two columns are called 'description'"):
        bench.load(tmp_path)
    (tmp_path / "clerkships.csv").write_text(text.format("# mine"), encoding="utf-8")
    bench.load(tmp_path)
    assert len(bench.sql("FROM clerkships")) == 1


def test_columns_without_a_heading_are_reported_by_their_place(bench, tmp_path):
    values = ",".join(["x"] * 25)
    text = f"name,specialty,required_days{',' * 25}\nSurgery,Surgery,45,{values}\n"
    (tmp_path / "clerkships.csv").write_text(text, encoding="utf-8")
    with pytest.raises(RowsRejectedError) as refused:
        bench.load(tmp_path)
    messages = "\n".join(refused.value.violations["message"])
    reported = re.findall(r"the (\w+) column has values and no heading", messages)
    endings = {21: "st", 22: "nd", 23: "rd"}
    assert reported == [f"{number}{endings.get(number, 'th')}" for number in range(4, 29)]


def test_a_misspelled_heading_is_reported_once(bench, tmp_path):
    def write(book):
        sheet(book, "clerkships", ["name", "speciality", "required_days"], ["Surgery", "Surgery", 45])

    with pytest.raises(RowsRejectedError, match=r"1 error(?s:.)*the table has no column 'speciality'\. Did you mean"):
        bench.load(written(tmp_path / "a.xlsx", write))


def test_a_missing_column_is_reported_with_its_sheet(bench, tmp_path):
    path = written(
        tmp_path / "a.xlsx", lambda book: sheet(book, "clerkships", ["name", "required_days"], ["Surgery", 45])
    )
    with pytest.raises(RowsRejectedError, match="Sheet clerkships: specialty is missing, and every row"):
        bench.load(path)


@pytest.mark.long
def test_a_copied_row_counts_as_a_new_one(hybrid_book, hybrid, tmp_path):
    shutil.copyfile(hybrid_book, tmp_path / "school.xlsx")
    book = openpyxl.load_workbook(tmp_path / "school.xlsx")
    page = book["preceptors"]
    copy = [cell.value for cell in page[2]]
    page.append(["Dr. New", "new@harbor.example", *copy[2:]])
    book.save(tmp_path / "school.xlsx")
    hybrid.load(tmp_path / "school.xlsx", mode="replace")
    found = hybrid.sql("SELECT id, created_at FROM preceptors WHERE email IN (?, ?)", ["new@harbor.example", copy[1]])
    assert found["id"].nunique() == found["created_at"].nunique() == 2


@pytest.mark.long
def test_a_row_whose_cells_were_emptied_is_gone_though_its_id_is_still_there(hybrid_book, hybrid, tmp_path):
    shutil.copyfile(hybrid_book, tmp_path / "school.xlsx")
    book = openpyxl.load_workbook(tmp_path / "school.xlsx")
    for cell in book["preceptor_fallbacks"][2][:6]:
        cell.value = None
    book.save(tmp_path / "school.xlsx")
    assert hybrid.load(tmp_path / "school.xlsx", mode="replace")["removed"].sum() == 1


def test_a_sheet_that_is_missing_does_not_empty_its_table(hybrid, tmp_path):
    hybrid.save(tmp_path / "school")
    (tmp_path / "school" / "preceptor_fallbacks.csv").unlink()
    message = r"preceptor_fallbacks is missing, and the database holds rows of it: 5\."
    with pytest.raises(RowsRejectedError, match=message):
        hybrid.load(tmp_path / "school", mode="replace")
    assert hybrid.load(tmp_path / "school", mode="merge")[["added", "changed", "removed"]].sum().sum() == 0


def test_a_sheet_without_headings_does_not_empty_its_table(hybrid_book, hybrid, tmp_path):
    shutil.copyfile(hybrid_book, tmp_path / "school.xlsx")
    book = openpyxl.load_workbook(tmp_path / "school.xlsx")
    book["preceptor_fallbacks"].delete_rows(1, 20)
    book.save(tmp_path / "school.xlsx")
    with pytest.raises(
        RowsRejectedError, match=r"preceptor_fallbacks has no headings, and the database holds rows of it"
    ):
        hybrid.load(tmp_path / "school.xlsx", mode="replace")


@pytest.mark.long
def test_loading_is_part_of_a_transaction(hybrid, seeded, tmp_path):
    seeded["flexible"].save(tmp_path / "school")
    before = everything(hybrid)
    with pytest.raises(ZeroDivisionError), hybrid.transaction():
        hybrid.load(tmp_path / "school", mode="replace")
        _ = 1 / 0
    assert everything(hybrid) == before


@pytest.mark.long
@pytest.mark.skipif(os.name == "nt", reason="Windows knows no such signal")
def test_a_process_that_is_killed_while_it_loads_leaves_the_file_as_it_was(seeded, tmp_path):
    seeded["flexible"].save(tmp_path / "other")
    with clerkbench.open(tmp_path / "school.duckdb") as bench:
        bench.seed("hybrid")
        before = rows(bench)
    script = f"""
import os, signal
import clerkbench
from clerkbench.mutations import upsert
whole = upsert.reattach_tables
def killed(*arguments):
    whole(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)
upsert.reattach_tables = killed
clerkbench.open({str(tmp_path / "school.duckdb")!r}).load({str(tmp_path / "other")!r}, mode="replace")
"""
    ended = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    with clerkbench.open(tmp_path / "school.duckdb") as bench:
        assert rows(bench) == before


# Files that cannot be read


def no_zip(path: Path) -> None:
    path.write_bytes(b"PK no zip at all")


def no_workbook(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("a.txt", "a")


def cut_off(path: Path) -> None:
    clerkbench.open().save(path)
    path.write_bytes(path.read_bytes()[:4000])


def protected(path: Path) -> None:
    path.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600))


def bytes_changed(path: Path) -> None:
    clerkbench.open().save(path)
    found = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as file:
        begin = file.getinfo("xl/worksheets/sheet2.xml").header_offset
    for at in range(begin + 60, begin + 120):
        found[at] ^= 0x5A
    path.write_bytes(found)


@pytest.mark.first_cases(3)
@pytest.mark.parametrize(
    "spoil", [no_zip, no_workbook, cut_off, protected, bytes_changed], ids=lambda each: each.__name__
)
def test_what_is_no_workbook_is_rejected(bench, tmp_path, spoil):
    spoil(tmp_path / "school.xlsx")
    with pytest.raises(RowsRejectedError, match=r"school\.xlsx cannot be read as a workbook: .*Nothing was changed\."):
        bench.load(tmp_path / "school.xlsx")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere.xlsx", r"There is no file or folder .*nowhere\.xlsx\. Nothing was changed\."),
        (
            "school.ods",
            r"school\.ods is not a \.xlsx workbook or a folder of CSV files\. Save it as \.xlsx, or give the folder\.",
        ),
    ],
)
def test_what_cannot_be_loaded_is_reported_with_what_to_do(bench, tmp_path, name, message):
    if "nowhere" not in name:
        (tmp_path / name).write_text("a", encoding="utf-8")
    with pytest.raises(RowsRejectedError, match=message):
        bench.load(tmp_path / name)


@pytest.mark.parametrize("path", [None, 3, "a\0b.xlsx"])
def test_what_is_no_path_is_rejected(bench, path):
    for use in (bench.load, bench.save):
        with pytest.raises(ArgumentError, match="is not a path"):
            use(path)


def test_a_file_that_is_not_valid_csv_is_named(hybrid, tmp_path):
    hybrid.save(tmp_path / "school")
    (tmp_path / "school" / "sites.csv").write_bytes(b"name\n\xff\n")
    with pytest.raises(RowsRejectedError, match=r"sites\.csv' cannot be read as a CSV file: it is not UTF-8\."):
        hybrid.load(tmp_path / "school", mode="replace")


def test_nothing_is_lost_where_a_school_cannot_be_saved(hybrid, tmp_path, monkeypatch):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_bytes(b"cat")
    with pytest.raises(
        ArgumentError, match=r"photos holds other files than a school's: cat\.jpg\. Name a new folder\."
    ):
        hybrid.save(tmp_path / "photos")
    (tmp_path / "a_file").write_text("a", encoding="utf-8")
    with pytest.raises(ArgumentError, match=r"a_file is a file, and no folder\. Name another\."):
        hybrid.save(tmp_path / "a_file")
    with pytest.raises(ArgumentError, match=r"should end in \.xlsx, for one workbook, or have no ending"):
        hybrid.save(tmp_path / "school.duckdb")
    with pytest.raises(ArgumentError, match=r"is not a path: .*File name too long"):
        hybrid.save(tmp_path / ("x" * 300 + ".xlsx"))
    with pytest.raises(ArgumentError, match=r"cannot be written: No such file or directory"):
        hybrid.save(tmp_path / "nowhere" / "school.xlsx")
    hybrid.save(tmp_path / "school.xlsx")
    before = (tmp_path / "school.xlsx").read_bytes()
    hybrid.update("clerkships", "Surgery", description="x" * 40_000)
    message = r"A text of clerkships has 40,000 signs, 'x+' …, and a cell holds 32,767\. Save it to a folder of CSV"
    with pytest.raises(ArgumentError, match=message):
        hybrid.save(tmp_path / "school.xlsx")
    assert (tmp_path / "school.xlsx").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a_file", "photos", "school.xlsx"]


@pytest.mark.long
def test_a_folder_is_saved_over_the_one_before(new_bench, hybrid, tmp_path):
    hybrid.save(tmp_path / "school")
    hybrid.delete("clerkships", "Surgery")
    hybrid.save(tmp_path / "school")
    with new_bench() as other:
        other.load(tmp_path / "school")
        assert rows(other) == rows(hybrid)
    assert [path.name for path in tmp_path.iterdir()] == ["school"]


@pytest.mark.long
def test_a_workbook_of_many_rows_shows_how_far_it_has_come(new_bench, bench, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("CLERKBENCH_PROGRESS_AFTER", "0.02")
    bench.insert("health_systems", {"name": "One"})
    [system] = bench.sql("SELECT id FROM health_systems")["id"]
    numbers = range(6_000)
    people = pd.DataFrame({"name": [f"Dr. {n // 2}" for n in numbers], "email": [f"{n}@example.org" for n in numbers]})
    bench.insert("preceptors", people.assign(specialty="Surgery", health_system_id=system))
    bench.save(tmp_path / "school.xlsx")
    with new_bench() as other:
        other.load(tmp_path / "school.xlsx")
        assert rows(other) == rows(bench)
    shown = capsys.readouterr().err
    for words in ("Writing preceptors", "Reading preceptors", "Checking preceptors"):
        assert words in shown


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("ending", ["", ".xlsx"])
def test_a_row_that_would_be_an_empty_line_cannot_be_saved(tmp_path, ending):
    up = "CREATE TABLE t (id TEXT DEFAULT (CAST(gen_random_uuid() AS TEXT)) PRIMARY KEY, note TEXT);"
    with made(tmp_path, up) as bench:
        bench.insert("t", [{"note": "x"}, {"note": None}])
        with pytest.raises(RowsRejectedError, match="A row of t holds nothing in the columns that people write: note"):
            bench.save(tmp_path / f"t{ending}")
    assert not (tmp_path / f"t{ending}").exists()


def test_rows_that_were_sorted_without_their_ids_are_refused_where_only_their_names_tell(new_bench, tmp_path):
    bench, file = new_bench("team_based"), tmp_path / "school.xlsx"
    bench.save(file)
    before = rows(bench)
    book = openpyxl.load_workbook(file)
    sheet = book["preceptor_teams"]
    visible = [cell.value for cell in sheet[1]].index("id")
    lines = [[cell.value for cell in row[:visible]] for row in sheet.iter_rows(min_row=2)]
    for number, line in enumerate(reversed(lines), start=2):
        for at, value in enumerate(line, start=1):
            sheet.cell(number, at).value = value
    book.save(file)
    for mode in ("replace", "merge"):
        with pytest.raises(RowsRejectedError, match=r"it has the id of .*, and the clerkship and name of "):
            bench.load(file, mode=mode)
    assert rows(bench) == before


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("ending", ["", ".xlsx"])
def test_floats_with_all_digits_and_empty_blobs_are_loaded_exactly(tmp_path, ending):
    with made(tmp_path, "CREATE TABLE t (id INTEGER PRIMARY KEY, v DOUBLE, f FLOAT, w BLOB);") as bench:
        bench.insert("t", {"id": 1, "v": 0.1 + 0.2, "f": 0.1, "w": b""})
        bench.insert("t", {"id": 2, "v": 1.7976931348623157e308, "f": 3.4e38, "w": b"a\x00"})
        bench.save(tmp_path / f"saved{ending}")
        with clerkbench.open(sql_folder=tmp_path) as other:
            other.load(tmp_path / f"saved{ending}")
            assert rows(other) == rows(bench)


def test_a_number_with_a_format_of_zeros_is_loaded_as_the_displayed_text(tmp_path):
    with made(tmp_path, "CREATE TABLE t (id INTEGER PRIMARY KEY, zip TEXT);") as bench:
        bench.insert("t", {"id": 7, "zip": "x"})
        bench.save(tmp_path / "t.xlsx")
        book = openpyxl.load_workbook(tmp_path / "t.xlsx")
        for heading, shown in (("id", "000"), ("zip", "00000")):
            cell = book["t"].cell(2, [each.value for each in book["t"][1]].index(heading) + 1)
            cell.value, cell.number_format = (7 if heading == "id" else 2139), shown
        book.save(tmp_path / "t.xlsx")
        bench.load(tmp_path / "t.xlsx", mode="merge")
        assert bench.con.execute("FROM t").fetchall() == [(7, "02139")]


# Two preceptors without an email have the same natural key, which is none.
def test_a_row_without_its_natural_key_takes_no_other_row(bench, tmp_path):
    city, valley = bench.insert("health_systems", [{"name": "City"}, {"name": "Valley"}])
    people = [
        {"name": "Dr. Bo", "specialty": "Surgery", "health_system_id": city},
        {"name": "Dr. Bo", "specialty": "Surgery", "health_system_id": valley},
    ]
    bench.insert("preceptors", people)
    folder = tmp_path / "school"
    folder.mkdir()
    (folder / "preceptors.csv").write_text(
        "name,specialty,health_system\nDr. Zed,Cardiology,City\nDr. Bo,Trauma,Valley\n", encoding="utf-8"
    )
    bench.load(folder, mode="merge")
    found = bench.sql(
        "SELECT preceptors.name, specialty, health_systems.name AS system FROM preceptors "
        "JOIN health_systems ON health_system_id = health_systems.id ORDER BY ALL"
    )
    assert found.values.tolist() == [
        ["Dr. Bo", "Surgery", "City"],
        ["Dr. Bo", "Trauma", "Valley"],
        ["Dr. Zed", "Cardiology", "City"],
    ]


# A health system is identified by its name and location. A file without locations means the one of that name.
def test_a_file_without_a_column_of_the_natural_key_means_the_only_row_with_the_others(bench, tmp_path):
    bench.insert(
        "health_systems", [{"name": name, "location": place} for name, place in (("M", "A"), ("N", "A"), ("N", "B"))]
    )
    folder = tmp_path / "school"
    folder.mkdir()
    (folder / "health_systems.csv").write_text("name,notes\nM,New\nP,Other\n", encoding="utf-8")
    counts = bench.load(folder, mode="merge").set_index("table").loc["health_systems"]
    assert counts[["added", "changed", "removed"]].tolist() == [1, 1, 0]
    found = bench.sql("SELECT name, location, notes FROM health_systems ORDER BY ALL").fillna("").values.tolist()
    assert found == [["M", "A", "New"], ["N", "A", ""], ["N", "B", ""], ["P", "", "Other"]]
