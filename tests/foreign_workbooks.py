"""Workbooks as other programs and people write them: what is unusual about each, and how it is made."""

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import xlsxwriter

CLERKSHIPS = ["name", "specialty", "required_days", "description"]
SURGERY = ["Surgery", "Surgery", 45, None]

Write = Callable[[xlsxwriter.Workbook], None]


def written(path: Path, write: Write) -> Path:
    """A workbook that XlsxWriter writes."""
    with xlsxwriter.Workbook(str(path)) as book:
        write(book)
    return path


def sheet(book: xlsxwriter.Workbook, title: str, *rows: list[Any]) -> Any:
    """A sheet with these rows."""
    found = book.add_worksheet(title)
    for at, row in enumerate(rows):
        found.write_row(at, 0, row)
    return found


def numbers_as_text(book: xlsxwriter.Workbook) -> None:
    found = sheet(book, "clerkships", CLERKSHIPS)
    for at, value in enumerate(["Surgery", "Surgery", " 45 "]):
        found.write_string(1, at, value)


def numbers_as_fractions(book: xlsxwriter.Workbook) -> None:
    sheet(book, "clerkships", CLERKSHIPS, ["Surgery", "Surgery", 45.0, None])


def trailing_blanks(book: xlsxwriter.Workbook) -> None:
    sheet(book, "clerkships ", ["name ", " Specialty", "required days", None], ["Surgery  ", " Surgery", 45, "  "])


def a_merged_title_above(book: xlsxwriter.Workbook) -> None:
    found = book.add_worksheet("clerkships")
    found.merge_range("A1:D1", "Our clerkships in 2026")
    found.write_row(2, 0, CLERKSHIPS)
    found.write_row(3, 0, SURGERY)


def other_capitals_and_order(book: xlsxwriter.Workbook) -> None:
    sheet(book, "Clerkships", ["Required Days*", "NAME", "Specialty"], [45, "Surgery", "Surgery"])


def own_sheets_and_columns(book: xlsxwriter.Workbook) -> None:
    sheet(book, "# to do", ["ask the dean"])
    sheet(book, "clerkships", [*CLERKSHIPS, "# checked"], [*SURGERY, "yes"])


def empty_rows_between_and_below(book: xlsxwriter.Workbook) -> None:
    found = sheet(book, "clerkships", CLERKSHIPS, [], SURGERY, [])
    for at in range(5, 3000):
        found.write_blank(at, 0, None, book.add_format({"bold": True}) if at == 5 else None)
        found.write_string(at, 1, "   ") if at == 10 else None


def formulas_with_results(book: xlsxwriter.Workbook) -> None:
    found = sheet(book, "clerkships", CLERKSHIPS, SURGERY)
    found.write_formula("C2", "=40+5", None, 45)


def formulas_in_array(book: xlsxwriter.Workbook) -> None:
    found = sheet(book, "clerkships", CLERKSHIPS, SURGERY)
    found.write_array_formula("C2:C2", "{=SUM(40,5)}", None, 45)


#: What all of these mean: one clerkship, Surgery, of 45 days, without a description.
SAME = [
    numbers_as_text,
    numbers_as_fractions,
    trailing_blanks,
    a_merged_title_above,
    other_capitals_and_order,
    own_sheets_and_columns,
    empty_rows_between_and_below,
    formulas_with_results,
    formulas_in_array,
]


def a_renamed_sheet(book: xlsxwriter.Workbook) -> None:
    sheet(book, "clerkshipz", CLERKSHIPS, SURGERY)


def a_sheet_of_something_else(book: xlsxwriter.Workbook) -> None:
    sheet(book, "budget", ["year", "dollars"], [2026, 1_000_000])


def two_sheets_of_one_table(book: xlsxwriter.Workbook) -> None:
    sheet(book, "clerkships", CLERKSHIPS, SURGERY)
    sheet(book, "Clerkships ", CLERKSHIPS)


def an_extra_column(book: xlsxwriter.Workbook) -> None:
    sheet(book, "clerkships", [*CLERKSHIPS, "descripton"], [*SURGERY, "x"])


def a_column_without_a_heading(book: xlsxwriter.Workbook) -> None:
    sheet(book, "clerkships", [*CLERKSHIPS, None], [*SURGERY, "x"])


def two_columns_of_one_name(book: xlsxwriter.Workbook) -> None:
    sheet(book, "clerkships", [*CLERKSHIPS, "Name"], [*SURGERY, "x"])


def no_headings(book: xlsxwriter.Workbook) -> None:
    sheet(book, "clerkships", SURGERY)


def a_formula_without_a_result(book: xlsxwriter.Workbook) -> None:
    found = sheet(book, "clerkships", CLERKSHIPS, SURGERY)
    found.write_formula("C2", "=40+5", None, "")


def a_formula_that_failed(book: xlsxwriter.Workbook) -> None:
    found = sheet(book, "clerkships", CLERKSHIPS, SURGERY)
    found.write_formula("C2", "=1/0", None, "#DIV/0!")


def a_date_where_a_number_belongs(book: xlsxwriter.Workbook) -> None:
    found = sheet(book, "clerkships", CLERKSHIPS, SURGERY)
    found.write_datetime("C2", datetime.datetime(2026, 4, 5), book.add_format({"num_format": "yyyy-mm-dd"}))


def a_name_twice(book: xlsxwriter.Workbook) -> None:
    sheet(book, "clerkships", CLERKSHIPS, SURGERY, [], ["Surgery", "Medicine", 30])


def an_unknown_name(book: xlsxwriter.Workbook) -> None:
    sheet(book, "clerkships", CLERKSHIPS, SURGERY)
    headings = ["clerkship", "requirement_type", "required_days", "assignment_mode"]
    sheet(book, "clerkship_requirements", headings, ["Surgary", "inpatient", 45, "daily_rotation"])


#: What each is refused with: the sheet, the row, the column, the value, and some of the words.
REFUSED: list[tuple[Write, tuple[str, int, str, str], str]] = [
    (a_renamed_sheet, ("clerkshipz", 0, "", ""), r"Sheet clerkshipz: .*Did you mean 'clerkships'\?"),
    (a_sheet_of_something_else, ("budget", 0, "", ""), "Sheet budget: there is no table of this name"),
    (two_sheets_of_one_table, ("clerkships", 0, "", ""), "it is for the same table as 'clerkships'"),
    (an_extra_column, ("clerkships", 1, "descripton", "descripton"), r"Did you mean 'description'\?"),
    (a_column_without_a_heading, ("clerkships", 1, "", ""), "the 5th column has values and no heading"),
    (two_columns_of_one_name, ("clerkships", 1, "Name", "Name"), "two columns are called 'Name', or mean the same"),
    (no_headings, ("clerkships", 0, "", ""), "no row names columns of the table"),
    (
        a_formula_without_a_result,
        ("clerkships", 2, "required_days", "=40+5"),
        r"row 2 \(Surgery\): required_days holds the formula =40\+5, and the file does not hold its result",
    ),
    (a_formula_that_failed, ("clerkships", 2, "required_days", "#DIV/0!"), "required_days holds the error #DIV/0!"),
    (
        a_date_where_a_number_belongs,
        ("clerkships", 2, "required_days", "2026-04-05 00:00:00"),
        r"required_days must be a whole number \(INTEGER\); got '2026-04-05 00:00:00'",
    ),
    (
        a_name_twice,
        ("clerkships", 4, "name", "Surgery"),
        r"Sheet clerkships, row 4 \(Surgery\): No two clerkships share a name\. Row 2 has name 'Surgery' as well\.",
    ),
    (
        an_unknown_name,
        ("clerkship_requirements", 2, "clerkship", "Surgary"),
        r"Sheet clerkship_requirements, row 2 \(Surgary, inpatient\): There is no clerkship 'Surgary' in clerkships\. "
        r"Did you mean 'Surgery'\?",
    ),
]
