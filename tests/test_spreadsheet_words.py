"""The error messages for a spreadsheet must show its author how to correct it."""

import zipfile
from pathlib import Path

import openpyxl
import pytest

from clerkbench.errors import ArgumentError, RowsRejectedError


def workbook(path: Path, **sheets: list[list[object]]) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return book


CLERKSHIPS = [["name", "specialty", "required_days"], ["Surgery", "Surgery", 45], ["Pediatrics", "Pediatrics", 40]]


def refusal(bench, path: Path) -> str:
    with pytest.raises(RowsRejectedError) as error:
        bench.load(path)
    assert bench.sql("FROM clerkships").empty
    return str(error.value)


def rewritten(path: Path, part: str, before: bytes, after: bytes) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert before in parts[part]
    parts[part] = parts[part].replace(before, after)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def test_a_strict_workbook_is_reported_as_such(bench, tmp_path, recwarn):
    book = tmp_path / "strict.xlsx"
    workbook(book, clerkships=CLERKSHIPS)
    spreadsheetml = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rewritten(book, "xl/workbook.xml", spreadsheetml, b"http://purl.oclc.org/ooxml/spreadsheetml/main")
    reported = refusal(bench, book)
    assert "is a Strict Open XML workbook, which few programs read. Save it as Excel Workbook (.xlsx)." in reported
    assert [str(each.message) for each in recwarn] == []


def test_merged_cells_are_reported_with_their_range_but_a_merged_title_is_accepted(bench, tmp_path):
    book = workbook(tmp_path / "a.xlsx", clerkships=[["Our clerkships", None, None], *CLERKSHIPS])
    book["clerkships"].merge_cells("A1:C1")
    book.save(tmp_path / "a.xlsx")
    bench.load(tmp_path / "a.xlsx")
    bench.sql("DELETE FROM clerkships")
    book["clerkships"]["D2"] = "# mine"
    book["clerkships"].merge_cells("D3:D4")
    book["clerkships"].merge_cells("F3:G4")
    book.save(tmp_path / "a.xlsx")
    bench.load(tmp_path / "a.xlsx")
    bench.sql("DELETE FROM clerkships")
    book["clerkships"].merge_cells("B3:B4")
    book.save(tmp_path / "a.xlsx")
    reported = refusal(bench, tmp_path / "a.xlsx")
    assert "Sheet clerkships, row 4: the cells B3:B4 are merged, and only the first of them holds a value." in reported
    assert "Unmerge them, and write the value into each." in reported


def test_a_workbook_with_unknown_content_is_not_reported_as_another_file_type(bench, tmp_path):
    book = tmp_path / "odd.xlsx"
    workbook(book, clerkships=CLERKSHIPS)
    rewritten(book, "xl/styles.xml", b"<fonts", b"<fonts unknown='1' count='x'")
    try:
        bench.load(book)
    except RowsRejectedError as error:
        assert "It is a workbook, and something in it is unknown to what reads it" in str(error)
        assert "no .xlsx file" not in str(error)
    damaged = bytearray(book.read_bytes())
    damaged[damaged.index(b"PK\x01\x02")] = 0
    (tmp_path / "damaged.xlsx").write_bytes(damaged)
    bench.sql("DELETE FROM clerkships")
    assert "cannot be read" in refusal(bench, tmp_path / "damaged.xlsx")
    (tmp_path / "no.xlsx").write_text("no workbook")
    bench.sql("DELETE FROM clerkships")
    assert "It is no .xlsx file, or is protected by a password" in refusal(bench, tmp_path / "no.xlsx")


@pytest.mark.first_cases(2)
@pytest.mark.parametrize(
    "name", ["clerkships.csv", "School - clerkships.csv", "clerkships (1).csv", "Clerkships.CSV", "clerkships.tsv"]
)
def test_files_are_known_by_the_names_that_programs_give_them(bench, tmp_path, name):
    separator = "\t" if name.endswith("tsv") else ","
    text = "\n".join(separator.join(map(str, row)) for row in CLERKSHIPS)
    (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "._clerkships.csv").write_bytes(b"\0\xff\xfe")
    (tmp_path / ".DS_Store").write_bytes(b"\0")
    assert bench.load(tmp_path).set_index("table").loc["clerkships", "rows"] == 2


def test_an_empty_sheet_that_a_program_adds_is_ignored(bench, tmp_path):
    workbook(tmp_path / "a.xlsx", Sheet1=[], clerkships=CLERKSHIPS)
    bench.load(tmp_path / "a.xlsx")
    assert len(bench.sql("FROM clerkships")) == 2


def test_what_a_folder_holds_instead_is_named(bench, tmp_path):
    (tmp_path / "clerkships.txt").write_text("name\n")
    (tmp_path / "deeper").mkdir()
    reported = refusal(bench, tmp_path)
    assert "It holds clerkships.txt, deeper; what is read are files that end in .csv or .tsv." in reported


def test_all_files_that_cannot_be_read_are_reported(bench, tmp_path):
    (tmp_path / "clerkships.csv").write_bytes(b"name\nM\xfcller\n")
    (tmp_path / "sites.csv").write_text('name\n"open\n')
    reported = refusal(bench, tmp_path)
    assert "clerkships.csv' cannot be read as a CSV file: it is not UTF-8. Save it as CSV UTF-8." in reported
    assert (
        "sites.csv' cannot be read as a CSV file: a quote is not closed, in the row that begins on line 2." in reported
    )


def test_a_formula_is_reported_under_its_heading(bench, tmp_path):
    sites = [["health_system", "name", "site_type"], ["=A9&B9", "Main", "hospital"]]
    workbook(tmp_path / "a.xlsx", health_systems=[["name"], ["Metro"]], sites=sites)
    reported = refusal(bench, tmp_path / "a.xlsx")
    assert "Sheet sites, row 2 (Main): health_system holds the formula =A9&B9" in reported


def test_equal_mistakes_are_reported_once(bench, tmp_path):
    rows = [[f"Clerkship {number}", None, 5] for number in range(23)]
    workbook(tmp_path / "a.xlsx", clerkships=[CLERKSHIPS[0], *rows, ["Last", "x", "many"]])
    reported = refusal(bench, tmp_path / "a.xlsx")
    assert "- Sheet clerkships, rows 2 to 24: specialty is empty, and every row of clerkships needs it." in reported
    assert reported.count("specialty is empty") == 1
    assert "- Sheet clerkships, row 25 (Last): required_days must be a whole number" in reported


def test_capitals_and_abbreviations_lead_to_the_name(bench, tmp_path):
    systems = [["name", "abbreviation"], ["Metro Health", "MH"], ["River Care", "RC"]]
    sites = [["health_system", "name", "site_type"], ["METRO HEALTH", "A", "hospital"], ["rc", "B", "clinic"]]
    workbook(tmp_path / "a.xlsx", health_systems=systems, sites=sites)
    reported = refusal(bench, tmp_path / "a.xlsx")
    assert "There is no health_system 'METRO HEALTH' in health_systems. Did you mean 'Metro Health'?" in reported
    assert "There is no health_system 'rc' in health_systems. Did you mean 'River Care'?" in reported


def test_the_mode_is_reported_for_notebooks_and_for_the_command_line(hybrid, tmp_path):
    hybrid.save(tmp_path / "school")
    with pytest.raises(ArgumentError, match=r"mode='replace', or --mode replace, makes the school what the file says"):
        hybrid.load(tmp_path / "school")
