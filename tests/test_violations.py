"""Violations are a DataFrame that reads as sentences, in a notebook and in a terminal, the same every time."""

import pandas as pd
import pytest

from clerkbench.reporting.violations import Violation, Violations
from notebook_output import as_html

ONE = Violation(
    "team-has-one-lead",
    "warning",
    2,
    "preceptor_teams",
    "id-1",
    "",
    "no lead",
    "Team 'A & B' has no lead.",
    "Name one.",
)
TWO = Violation(
    "not_null:name",
    "error",
    None,
    "clerkships",
    "",
    "name",
    "",
    "Row 1: name is empty. " + "And so on. " * 20,
    "Give it.",
)


@pytest.fixture
def found() -> Violations:
    return Violations.of([TWO, ONE])


def test_they_are_a_dataframe_with_the_columns_of_a_violation(found):
    assert isinstance(found, pd.DataFrame)
    assert list(found.columns) == list(Violation.__annotations__)
    assert found["rule"].tolist() == ["not_null:name", "team-has-one-lead"]
    assert found["area"].isna().tolist() == [True, False]
    assert found.groupby("severity").size().to_dict() == {"error": 1, "warning": 1}
    assert found.merge(pd.DataFrame({"table": ["clerkships"], "n": [1]}), on="table")["n"].tolist() == [1]


def test_no_violations_have_the_same_columns_and_types(found):
    nothing = Violations.of([])
    assert nothing.dtypes.equals(found.dtypes)
    assert repr(nothing) == "No violations."
    assert as_html(nothing) == "<p>No violations.</p>"


def test_they_read_as_sentences_in_a_terminal(found):
    text = repr(found)
    assert text == str(found)
    assert text.startswith("1 error, 1 warning\n\nerror: not_null:name\n  Row 1: name is empty. And so on.")
    assert text.endswith("warning: team-has-one-lead (area 2)\n  Team 'A & B' has no lead.\n  → Name one.")
    assert max(map(len, text.splitlines())) <= 110
    assert repr(Violations.of([ONE, ONE])).startswith("2 warnings\n")


def test_they_read_as_a_table_in_a_notebook(found):
    page = as_html(found)
    assert page.startswith("<p>1 error, 1 warning</p><table>")
    assert ">Team &#x27;A &amp; B&#x27; has no lead.</td>" in page
    assert 'style="text-align: left' in page
    assert "id-1" not in page, "ids are for programs"


def test_what_is_selected_from_them_reads_as_sentences_as_long_as_it_can(found):
    assert repr(found[found["severity"] == "error"]).startswith("1 error\n")
    assert repr(found.head(1)).startswith("1 error\n")
    assert repr(found.sort_values("severity", ascending=False)).startswith("1 error, 1 warning\n")
    some = found[["rule", "severity"]]
    assert "severity" in repr(some)
    assert "<th>severity</th>" in as_html(some)
    assert repr(found["rule"]).endswith("dtype: str")


def test_a_great_many_are_counted_and_not_all_shown():
    found = Violations.of([ONE] * 53)
    assert repr(found).endswith("… and 3 more, in the same table.")
    assert as_html(found).count("<tr>") == 51
    assert as_html(found).endswith("<p>… and 3 more, in the same table.</p>")


def test_rows_that_are_not_stored_are_numbered():
    found = Violations.of([TWO, ONE], [0, 7])
    assert found.index.tolist() == [0, 7]
    assert found.index.name == "row"
