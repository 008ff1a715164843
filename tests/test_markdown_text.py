"""Names and texts of any kind appear in Markdown as they are."""

import pytest

from clerkbench.reporting import markdown


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("# no heading", "&#35; no heading"),
        ("- no list", "&#45; no list"),
        ("+ no list", "&#43; no list"),
        ("12. no list", "&#49;2. no list"),
        ("3) no list", "&#51;) no list"),
        ("12 days", "12 days"),
        ("a # b", "a # b"),
        ("*a* `b` <c> [d] ~e $f & \\", "\\*a\\* \\`b\\` \\<c\\> \\[d\\] \\~e \\$f \\& \\\\"),
        ("snake_case and _private_", "snake_case and \\_private\\_"),
        ("two\n  lines", "two lines"),
        (5, "5"),
    ],
)
def test_prose_is_shown_as_it_is_in_one_line(text, written):
    assert markdown.prose(text) == written


@pytest.mark.parametrize(
    ("text", "written"),
    [("a", "`a`"), ("a `b` c", "``a `b` c``"), ("`a``", "``` `a`` ```"), ("", ""), ("a\nb", "`a b`")],
)
def test_code_is_fenced_by_more_backticks_than_are_in_it(text, written):
    assert markdown.code(text) == written


def test_a_link_leads_to_the_heading_of_that_name():
    assert markdown.link("Odd (Table)_x") == "[Odd (Table)\\_x](#odd-table_x)"


def test_a_table_escapes_the_characters_that_separate_its_cells():
    assert markdown.table(["a", "b"], [["1|2", "3"]]) == "| a | b |\n| --- | --- |\n| 1\\|2 | 3 |"
