"""The fifteen descriptions of real schools on docs/real_schools.md can be configured as the page says."""

import re

import pytest

import clerkbench
from databases import ROOT

PAGE = (ROOT / "docs" / "real_schools.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (\d+\. [^\n]+)\n(.*?)(?=^## )", PAGE, re.MULTILINE | re.DOTALL))


def blocks(text: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)


@pytest.fixture(scope="module")
def school() -> dict[str, object]:
    """The names that the first block of the page defines."""
    names: dict[str, object] = {"clerkbench": clerkbench}
    exec(blocks(PAGE)[0], names)
    return names


def test_the_page_has_fifteen_descriptions_each_with_one_block():
    assert len(SECTIONS) == 15
    assert [len(blocks(text)) for text in SECTIONS.values()] == [1] * 15


@pytest.mark.first_cases(2)
@pytest.mark.parametrize("title", SECTIONS)
def test_a_description_is_configured_as_the_page_says_and_has_no_errors(school, title):
    [block] = blocks(SECTIONS[title])
    with school["bench"].fork() as bench:
        exec(block, {**school, "bench": bench})
        found = bench.audit()
        assert found[found["severity"] == "error"]["message"].tolist() == []
        assert (bench.capacity()["proven"] > 0).all()
