"""The data dictionary contains all declarations of the SQL, and the page in docs/ is up to date."""

import re

import pytest

import clerkbench
from clerkbench.errors import ArgumentError
from databases import ROOT, made
from notebook_output import as_markdown


@pytest.fixture(scope="module")
def page(templates) -> str:
    with templates.copy() as bench:
        return str(bench.dictionary())


def section(page: str, heading: str) -> str:
    """The text under a heading, up to the next heading."""
    return re.split(r"^#+ ", page.split(f"# {heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


def test_the_page_in_docs_is_current(page):
    stored = (ROOT / "docs" / "schema.md").read_text(encoding="utf-8")
    assert stored == page, "docs/schema.md is stale: make docs"


def test_every_area_says_where_it_is_stored(page, bench):
    rows = re.findall(r"^\| (\d), ([^|]+) \| \[(\w+)\]\(#\w+\)(?:, `(\w+)`)? \| (.+) \|$", page, re.MULTILINE)
    areas = bench.areas()[["area", "name", "table", "column", "meaning"]].astype(str)
    assert rows == list(areas.itertuples(index=False, name=None))
    assert {row[0] for row in rows} == set("12345678")


@pytest.mark.parametrize(
    ("table", "consequences"),
    [
        (
            "preceptors",
            [
                "- each row of elective_preceptors that names it in `preceptor_id` stops the delete, unless it goes as "
                "well.",
                "- each row of preceptor_capacity_rules that names it in `preceptor_id` is deleted with it.",
                "- each row of preceptor_fallbacks that names it in `primary_preceptor_id` is deleted with it.",
                "- each row of preceptor_fallbacks that names it in `fallback_preceptor_id` is deleted with it.",
                "- each row of preceptor_sites that names it in `preceptor_id` and `health_system_id` is deleted with "
                "it.",
                "- each row of preceptor_specialties that names it in `preceptor_id` is deleted with it.",
                "- each row of preceptor_team_members that names it in `preceptor_id` is deleted with it.",
            ],
        ),
        (
            "clerkship_requirements",
            ["- each row of requirement_sites that names it in `requirement_id` is deleted with it."],
        ),
        (
            "health_systems",
            [
                "- each row of preceptor_sites that names it in `health_system_id` stops the delete, unless it goes as "
                "well.",
                "- each row of preceptors that names it in `health_system_id` stops the delete, unless it goes as "
                "well.",
                "- each row of sites that names it in `health_system_id` is deleted with it.",
                "  - each row of preceptor_sites that names it in `site_id` and `health_system_id` stops the delete, "
                "unless it goes as well.",
                "  - each row of preceptors that names it in `site_id` and `health_system_id` stops the delete, unless "
                "it goes as well.",
                "  - each row of requirement_sites that names it in `site_id` stops the delete, unless it goes as "
                "well.",
                "  - each row of site_capacity_rules that names it in `site_id` is deleted with it.",
            ],
        ),
    ],
)
def test_a_table_says_what_happens_when_a_row_is_deleted(page, table, consequences):
    reported = section(page, table).split("**When a row is deleted:**")[1].split("**What")[0]
    assert re.sub(r"\[(\w+)\]\(#\w+\)", r"\1", reported).strip().splitlines() == consequences


def test_a_table_that_nothing_references_says_that_nothing_else_changes(page):
    assert "**When a row is deleted:** nothing else changes." in section(page, "preceptor_fallbacks")


def test_a_column_says_its_meaning_allowed_values_default_and_key(page):
    rows = section(page, "clerkship_configurations").splitlines()
    [strategy] = [row for row in rows if row.startswith("| `assignment_strategy` |")]
    assert strategy.split(" | ")[3:] == [
        "`continuous_single`<br>`continuous_team`<br>`block_based`<br>`daily_rotation`<br>`hybrid`",
        "may be empty",
        "",
        " |",
    ]
    [structure] = [row for row in rows if row.startswith("| `requirement_structure` |")]
    assert structure.split(" | ")[4:] == ["", "`'single'`", " |"]
    [clerkship] = [row for row in rows if row.startswith("| `clerkship_id` |")]
    assert clerkship.endswith("| references clerkships.id, unique, on delete CASCADE |")
    [size] = [row for row in rows if row.startswith("| `block_size_days` |")]
    assert "| may be empty |" in size


def test_every_table_view_column_and_constraint_in_words_is_on_the_page(page, bench):
    views = bench.sql("SELECT view_name FROM duckdb_views() WHERE NOT internal")["view_name"]
    for table in [*bench.tables()["table"], *views]:
        reported = section(page, table)
        for column in bench.describe(table).itertuples():
            assert f"| `{column.column}` | `{column.type}` |" in reported
            assert column.meaning in reported
    for constraint in bench.constraints().itertuples():
        if constraint.rule:
            assert constraint.rule in section(page, constraint.table)


def test_every_rule_is_reported_with_its_remedy_under_its_area(page, bench):
    names = dict(zip(bench.areas()["area"], bench.areas()["name"], strict=True))
    for rule in bench.rules().itertuples():
        reported = section(page, f"Area {rule.area}, {names[rule.area]}").splitlines()
        [row] = [row for row in reported if f"`{rule.rule}`" in row]
        assert row == f"| `{rule.rule}` | {rule.severity} | {rule.sentence} | {rule.remedy} |"


def test_every_link_on_the_page_leads_to_a_heading(page):
    headings = {heading.lower().replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", page, re.MULTILINE)}
    links = set(re.findall(r"\]\(#([^)]+)\)", page))
    assert len(links) > 11
    assert links <= headings


def test_the_diagram_is_on_the_page(page, bench):
    assert bench.diagram().markdown in page


def test_the_page_shows_itself_in_jupyterlab_and_can_be_saved(bench, tmp_path):
    dictionary = bench.dictionary()
    assert as_markdown(dictionary) == str(dictionary)
    dictionary.save(tmp_path / "schema.md")
    assert (tmp_path / "schema.md").read_text(encoding="utf-8") == dictionary
    with pytest.raises(ArgumentError, match="cannot be written"):
        dictionary.save(tmp_path / "nowhere" / "schema.md")
    with pytest.raises(ArgumentError, match=r"school\.duckdb' should end in \.md\. Nothing was changed\."):
        dictionary.save(tmp_path / "school.duckdb")


def test_odd_names_and_texts_do_not_break_the_page(tmp_path):
    tables = """
        CREATE TABLE "a|b *c* <d>" (
            "`tick|`" TEXT CHECK ("`tick|`" IN ('x|y', 'a, b', '`')),
            -- A <rule> with a | in it.
            CHECK ("`tick|`" <> '|')
        );
        COMMENT ON TABLE "a|b *c* <d>" IS 'Area 9, odd | area. Text with <b>, *stars* and
a line break.';
    """
    with made(tmp_path, tables) as bench:
        page = str(bench.dictionary())
    assert r"### a|b \*c\* \<d\>" in page
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    for row in rows:
        cells = re.split(r"(?<!\\)\|", row)
        assert len(cells) in (4, 5, 9), row
    assert r"`x\|y`<br>`a, b`<br>`` ` ``" in page
    assert r"Text with \<b\>, \*stars\* and a line break." in page


def test_a_text_begins_no_heading_or_list_and_holds_no_mathematics(tmp_path):
    tables = """
        CREATE TABLE a (id INTEGER PRIMARY KEY, b INTEGER CHECK (b > 3));
        COMMENT ON TABLE a IS '# Not a heading';
        COMMENT ON COLUMN a.id IS '1. costs $5 to $6, ~~not~~ _so_ &lt; max_students_per_day';
        COMMENT ON COLUMN a.b IS '- no list';
    """
    with made(tmp_path, tables) as bench:
        page = str(bench.dictionary())
    assert "\n\n&#35; Not a heading\n\n" in page
    assert r"| &#49;. costs \$5 to \$6, \~\~not\~\~ \_so\_ \&lt; max_students_per_day |" in page
    assert "| &#45; no list |" in page
    assert "`CHECK (b > 3)`" in section(page, "a"), "a check that nobody put in words is on the page as well"


def test_a_table_that_cascades_to_itself_is_listed_once(tmp_path):
    tables = "CREATE TABLE a (id INTEGER PRIMARY KEY, up INTEGER REFERENCES a (id) /* ON DELETE CASCADE */);"
    with made(tmp_path, tables) as bench:
        assert section(str(bench.dictionary()), "a").count("is deleted with it") == 1


def test_a_page_of_an_empty_database_has_no_tables():
    with clerkbench.open(migrate=False) as bench:
        page = str(bench.dictionary())
    assert "### clerkships" not in page
    assert "## Rules" in page
