"""Diagrams show the tables and foreign keys that there are, the same every time. What they look like: in_browser.py."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import clerkbench
from clerkbench.errors import ArgumentError, UnknownNameError
from databases import SCHOOLS, made


@pytest.fixture(scope="module")
def bench(templates) -> Iterator[clerkbench.Workbench]:
    """An empty database that these tests only read."""
    with templates.copy() as bench:
        yield bench


LINE = re.compile(r'    (\w+) (\|\||\|o)(--|\.\.)(o\{|o\|) (\w+) : "(.*)"')


def lines_of(diagram) -> list[tuple[str, ...]]:
    """The lines of a diagram: parent, its end, the line, the child's end, child, label."""
    return [found.groups() for line in diagram.mermaid.splitlines() if (found := LINE.fullmatch(line))]


def test_the_lines_are_the_foreign_keys_of_the_catalog(bench):
    declared = bench.con.execute(
        """
        SELECT referenced_table, table_name FROM duckdb_constraints()
        WHERE constraint_type = 'FOREIGN KEY' AND NOT starts_with(table_name, 'clerkbench_')
        """
    ).fetchall()
    assert declared
    diagram = bench.diagram()
    assert sorted((parent, child) for parent, *_, child, _ in lines_of(diagram)) == sorted(declared)
    assert diagram.relationships.equals(bench.relationships())
    assert list(diagram.tables) == list(bench.tables()["table"])


@pytest.mark.parametrize(
    ("parent", "child", "ends"),
    [
        ("clerkships", "clerkship_configurations", ("||", "o|")),  # one to one: the child's column is unique
        ("clerkships", "clerkship_requirements", ("||", "o{")),  # unique only together with another column
        ("clerkships", "preceptor_teams", ("|o", "o{")),  # the child's column may be empty
        ("sites", "preceptors", ("|o", "o{")),  # one of two columns may be empty
        ("health_systems", "sites", ("||", "o{")),
    ],
)
def test_the_ends_of_a_line_say_how_many_there_may_be(bench, parent, child, ends):
    [line] = [line for line in lines_of(bench.diagram()) if (line[0], line[4]) == (parent, child)]
    assert (line[1], line[3]) == ends


def test_a_solid_line_means_that_the_child_goes_with_its_parent(bench):
    actions: dict[tuple[str, str], set[str]] = {}
    for key in bench.relationships().itertuples():
        actions.setdefault((key.parent, key.child), set()).add(key.on_delete)
    assert actions["health_systems", "preceptors"] == {"RESTRICT"}
    assert actions["clerkships", "clerkship_requirements"] == {"CASCADE"}
    for parent, _, line, _, child, _ in lines_of(bench.diagram()):
        restricted = actions[parent, child] == {"RESTRICT"}
        assert line == (".." if restricted else "--"), (parent, child)
    legend = bench.diagram().markdown.splitlines()[-1]
    assert legend == "solid line: deleted with its parent · dashed line: its parent cannot be deleted (RESTRICT)"
    assert "dashed" not in bench.diagram("clerkships", "preceptor_teams").markdown


def test_a_line_is_labelled_where_its_column_is_not_obvious(bench):
    labels = {line[5] for line in lines_of(bench.diagram())}
    assert labels == {"#160;", "primary_preceptor_id", "fallback_preceptor_id"}
    bare = {line[5] for line in lines_of(bench.diagram("preceptors", "sites", columns="none"))}
    assert bare == {"site_id,#32;health_system_id"}


def test_chosen_tables_are_drawn_with_the_lines_between_them(bench):
    diagram = bench.diagram("Sites", "preceptors")
    assert diagram.tables == ("sites", "preceptors")
    assert [(line[0], line[4]) for line in lines_of(diagram)] == [("sites", "preceptors")]


@pytest.mark.parametrize("hops", range(7))
def test_a_neighborhood_grows_by_foreign_keys_whichever_way_they_point(bench, hops):
    rings = [
        {"sites"},
        {"health_systems", "preceptors"},
        {"clerkships", "clerkship_requirements", "preceptor_capacity_rules", "preceptor_team_members"},
        {"clerkship_configurations", "clerkship_electives", "preceptor_teams"},
    ]
    # A table that a later migration adds may be nearer.
    near = set(bench.diagram(around="sites", hops=hops).tables)
    assert near & set().union(*rings) == set().union(*rings[: hops + 1])


def test_a_table_named_beside_a_neighborhood_is_drawn_as_well(bench):
    assert bench.diagram("clerkships", around="sites", hops=0).tables == ("clerkships", "sites")


def test_columns_are_drawn_in_full_or_keys_only_or_not_at_all(bench):
    rows = {columns: bench.diagram("sites", columns=columns).mermaid for columns in ("all", "keys", "none")}
    assert [rows[each].count("VARCHAR") for each in ("all", "keys", "none")] == [6, 3, 0]
    assert '        VARCHAR address "optional"\n' in rows["all"]
    assert "        VARCHAR health_system_id FK\n" in rows["keys"]
    assert "{" not in rows["none"]


def test_a_column_says_which_area_it_belongs_to_and_whether_it_may_be_empty(bench):
    drawn = bench.diagram("clerkship_configurations", columns="all").mermaid
    assert '        INTEGER block_size_days "optional, area 8"\n' in drawn
    assert "        VARCHAR clerkship_id FK, UK\n" in drawn
    assert "        TIMESTAMP created_at\n" in drawn


def test_tables_are_colored_and_numbered_by_area(bench):
    diagram = bench.diagram()
    assert "    class preceptor_teams,preceptor_team_members area2\n" in diagram.mermaid
    assert 'clerkship_configurations["clerkship_configurations · 1–5, 7, 8"]' in diagram.mermaid
    assert (
        'clerkship_requirements["clerkship_requirements · 3, 1, 2, 8"]' in diagram.mermaid
    )  # its own area comes first
    legend = diagram.markdown.splitlines()[-3]
    names = dict(zip(bench.areas()["area"], bench.areas()["name"], strict=True))
    assert re.findall(r">(\d)</span>&nbsp;([\w&;-]+)", legend) == [
        (str(area), name.replace(" ", "&nbsp;")) for area, name in names.items()
    ]
    [color] = re.findall(r"classDef area2 fill:(#\w+),", diagram.mermaid)
    assert f'background-color:{color};border:1px solid {color[:7]};padding:0 6px">2<' in legend


def test_a_diagram_is_the_same_every_time(new_bench, bench, seeded):
    with new_bench() as other:
        assert other.diagram().markdown == bench.diagram().markdown == seeded["hybrid"].diagram().markdown


# --- violations


def test_tables_are_marked_with_the_violations_there_are_now(own_school):
    plain = own_school.diagram()
    marked = plain.with_violations()
    assert "error" not in plain.mermaid
    found = own_school.audit()
    counts = found.groupby(["table", "severity"]).size()
    assert set(found["severity"]) == {"error", "warning"}
    for (table, severity), count in counts.items():
        [box] = [line for line in marked.mermaid.splitlines() if line.startswith(f"    {table}")][:1]
        assert f"{count} {severity}{'s' * (count > 1)}" in box
    lines = marked.mermaid.splitlines()
    for severity in ("error", "warning"):
        worst = {table for table, each in counts.index if each == severity}
        worst -= set() if severity == "error" else {table for table, each in counts.index if each == "error"}
        [line] = [line for line in lines if line.endswith(f" {severity}") and line.startswith("    class ")]
        assert set(line.split()[1].split(",")) == worst
    assert marked.markdown.rstrip().endswith("thick red border: errors · thick broken border: warnings")
    own_school.insert("clerkships", {"name": "Neurology", "specialty": "Neurology", "required_days": 10})
    errors = len(own_school.audit(severity="error").loc[lambda rows: rows["table"] == "clerkships"])
    assert f"clerkships: {errors} error" in str(plain.with_violations())


# --- paths


def test_a_path_shows_all_shortest_ways_between_two_tables(bench):
    path = bench.diagram().path("clerkships", "preceptors")
    assert set(path.tables) == {"clerkships", "preceptor_capacity_rules", "preceptor_fallbacks", "preceptors"}
    assert len(path.relationships) == 5
    assert "preceptor_teams" not in path.mermaid


def test_a_path_of_one_step_and_of_none(bench):
    diagram = bench.diagram()
    assert diagram.path("sites", "Health_Systems").relationships["child"].tolist() == ["sites"]
    assert diagram.path("sites", "sites").tables == ("sites",)


def test_the_shortest_way_may_lead_along_either_of_two_foreign_keys(bench):
    path = bench.diagram().path("preceptors", "preceptor_fallbacks")
    columns = path.relationships["child_columns"].tolist()
    assert columns == ["primary_preceptor_id", "fallback_preceptor_id"]


def test_tables_that_nothing_connects_have_no_path(bench):
    with pytest.raises(ArgumentError, match=r"^No foreign keys connect clerkships with sites in this diagram\.$"):
        bench.diagram("clerkships", "sites").path("clerkships", "sites")


def test_a_path_is_looked_for_among_the_tables_shown(bench):
    with pytest.raises(UnknownNameError, match=r"The diagram shows no table 'sites'\. There are: clerkships\."):
        bench.diagram("clerkships").path("clerkships", "sites")


# --- files and errors


def test_a_diagram_is_saved_as_markdown_or_as_mermaid(bench, tmp_path):
    diagram = bench.diagram("sites")
    diagram.save(tmp_path / "sites.md")
    diagram.save(str(tmp_path / "sites.MMD"))
    assert (tmp_path / "sites.md").read_text(encoding="utf-8") == diagram.markdown
    assert (tmp_path / "sites.MMD").read_text(encoding="utf-8") == diagram.mermaid
    assert diagram.markdown.startswith("```mermaid\n---\nconfig:\n  layout: elk\n")
    assert len(list(tmp_path.iterdir())) == 2, "nothing else is left behind"


def test_what_cannot_be_saved_is_reported_and_leaves_the_file_as_it_was(bench, tmp_path):
    with pytest.raises(ArgumentError, match=r"'sites\.png' should end in \.md or \.mmd\. Nothing was changed\."):
        bench.diagram().save("sites.png")
    with pytest.raises(ArgumentError, match=r"cannot be written: No such file or directory\. Nothing was changed\."):
        bench.diagram().save(tmp_path / "nowhere" / "sites.md")
    (tmp_path / "sites.md").mkdir()
    with pytest.raises(ArgumentError, match="cannot be written: "):
        bench.diagram().save(tmp_path / "sites.md")
    assert [path.name for path in tmp_path.iterdir()] == ["sites.md"]


@pytest.mark.parametrize("path", [None, 3, "a\0b.md", "~nobody-of-that-name/a.md"])
def test_what_is_no_path_is_rejected(bench, path):
    with pytest.raises(ArgumentError, match=r"is not a path: .*Nothing was changed\."):
        bench.diagram().save(path)


def test_a_file_stays_as_it_was_when_its_new_text_cannot_take_its_place(bench, tmp_path, monkeypatch):
    file = tmp_path / "sites.md"
    file.write_text("old", encoding="utf-8")
    file.chmod(0o640)

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(Path, "replace", full)
        with pytest.raises(ArgumentError, match=r"cannot be written: No space left on device\. Nothing was changed\."):
            bench.diagram().save(file)
    assert file.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [file]
    bench.diagram().save(file)
    assert file.read_text(encoding="utf-8") == bench.diagram().markdown
    assert file.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("asked", "error", "says"),
    [
        ({"columns": 3}, UnknownNameError, "columns cannot be 3"),
        ({"around": "site"}, UnknownNameError, r"There is no table 'site'. Did you mean 'sites'\?"),
        ({"columns": "key"}, UnknownNameError, r"columns cannot be 'key'. Did you mean 'keys'\?"),
        ({"around": "sites", "hops": -1}, ArgumentError, "hops must be a whole number from 0; got -1."),
        ({"around": "sites", "hops": True}, ArgumentError, "hops must be a whole number from 0; got True."),
    ],
)
def test_a_diagram_of_what_does_not_exist_is_refused(bench, asked, error, says):
    with pytest.raises(error, match=says):
        bench.diagram(**asked)


def test_a_database_without_tables_has_an_empty_diagram():
    with clerkbench.open(migrate=False) as bench:
        assert str(bench.diagram()) == "Diagram of 0 tables: "


def test_a_diagram_in_a_terminal_lists_its_lines(bench):
    assert str(bench.diagram("sites", "health_systems")).splitlines() == [
        "Diagram of 2 tables: health_systems, sites",
        "  sites.health_system_id → health_systems (many to one, CASCADE)",
    ]


def test_columns_called_like_mermaid_s_marks_are_distinguished_from_them(tmp_path):
    with made(tmp_path, "CREATE TABLE t (pk INTEGER PRIMARY KEY, Uk INTEGER REFERENCES t (pk), fk2 INTEGER)") as bench:
        drawn = bench.diagram(columns="all").mermaid
    assert "        INTEGER `pk` PK\n" in drawn
    assert '        INTEGER `Uk` FK "optional"\n' in drawn
    assert '        INTEGER fk2 "optional"\n' in drawn


def test_the_name_of_an_area_is_shown_as_it_is(tmp_path):
    tables = "CREATE TABLE t (id INTEGER); COMMENT ON TABLE t IS 'Area 1, *odd* [l](x) <b>. Its meaning.'"
    with made(tmp_path, tables) as bench:
        assert r"</span>&nbsp;\*odd\*&nbsp;\[l\](x)&nbsp;\<b\>" in bench.diagram().markdown


def test_reserved_words_of_mermaid_are_replaced_by_unused_names(tmp_path):
    tables = 'CREATE TABLE "class" (id INTEGER PRIMARY KEY); CREATE TABLE t_class (id INTEGER REFERENCES "class" (id));'
    with made(tmp_path, tables) as bench:
        [line] = lines_of(bench.diagram())
        assert (line[0], line[4]) == ("t_class_", "t_class")
        assert 't_class_["class"] {' in bench.diagram().mermaid


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("school", SCHOOLS)
def test_a_sample_school_is_drawn_without_errors(seeded, school):
    assert " error" not in str(seeded[school].diagram().with_violations())
