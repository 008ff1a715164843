"""The difference of two schemas: databases, versions, folders; and of schools of different versions."""

import json
import re
import shutil

import pytest

import clerkbench
from clerkbench.database.schema import Schema, read_schema
from clerkbench.errors import ArgumentError, ClerkbenchError, MigrationError
from clerkbench.files.schema_history import renames
from clerkbench.files.sql_files import SqlFiles
from clerkbench.schema_docs.schema_changes import SchemaVersion, schema_changes
from clerkbench.schema_docs.schema_difference import SchemaDifference
from migration_files import MIGRATIONS, NEWEST, add_migration

CHANGE = "ALTER TABLE health_systems RENAME COLUMN notes TO remarks; ALTER TABLE clerkships ADD COLUMN color TEXT;"
UNDONE = "ALTER TABLE health_systems RENAME COLUMN remarks TO notes; ALTER TABLE clerkships DROP COLUMN color;"


@pytest.fixture
def newer(own_sql, new_bench):
    """A school with one more migration than the others."""
    add_migration(own_sql, CHANGE, UNDONE)
    return new_bench("small", sql_folder=own_sql)


def found(difference: SchemaDifference) -> list[tuple[str, ...]]:
    return list(difference.changes[["change", "kind", "table", "name"]].itertuples(index=False, name=None))


def test_the_difference_of_two_databases_names_what_was_renamed(small_school, newer):
    assert found(small_school.schema_diff(newer)) == [
        ("added", "column", "clerkships", "color"),
        ("renamed", "column", "health_systems", "remarks"),
    ]


def test_the_difference_backwards_is_the_opposite(small_school, newer):
    assert found(newer.schema_diff(small_school)) == [
        ("removed", "column", "clerkships", "color"),
        ("renamed", "column", "health_systems", "notes"),
    ]


def test_a_version_and_a_folder_are_compared_in_the_same_form(small_school, newer, own_sql):
    assert found(newer.schema_diff(NEWEST.version)) == found(newer.schema_diff(small_school))
    assert found(small_school.schema_diff(own_sql)) == found(small_school.schema_diff(newer))
    assert not small_school.schema_diff(NEWEST.version)
    assert repr(small_school.schema_diff(NEWEST.version)) == "Schema: no difference."


def test_something_else_is_refused_with_what_to_give(small_school, tmp_path):
    for wrong in (True, tmp_path / "school.duckdb", None):
        with pytest.raises(
            ArgumentError, match=r"schema_diff\(\) compares with another workbench, the number of a migr"
        ):
            small_school.schema_diff(wrong)
    with pytest.raises(MigrationError, match="There is no migration 99"):
        small_school.schema_diff(99)


@pytest.mark.long
def test_an_exported_school_is_compared_as_well(small_school, newer, tmp_path):
    target = tmp_path / "school.sqlite"
    small_school.export(target)
    with clerkbench.open(target) as shipped:
        assert not small_school.schema_diff(shipped)
        assert found(shipped.schema_diff(newer)) == found(small_school.schema_diff(newer))


def test_a_changed_view_is_reported(small_school, own_sql, new_bench):
    view = min((own_sql / "views").glob("*.sql"))
    wrapped = r"\1 SELECT * FROM (\2\n);"
    text = re.sub(r"(?s)(CREATE VIEW \w+ AS)(.*?);(?=\s+COMMENT|\s*$)", wrapped, view.read_text(encoding="utf-8"))
    view.write_text(text, encoding="utf-8")
    other = new_bench("small", sql_folder=own_sql)
    other.migrate()
    assert found(small_school.schema_diff(other)) == [("changed", "view", view.stem, "")]


def test_the_report_is_markdown_with_a_diagram(small_school, newer):
    difference = small_school.schema_diff(newer)
    assert difference.markdown.startswith("**Schema: 1 added, 1 renamed.**\n\n| change | what | where |")
    assert "| renamed | column | `health_systems.remarks` | `notes` | `remarks` |  |" in difference.markdown
    assert 'VARCHAR remarks "renamed, was notes"' in difference.diagram().mermaid
    assert repr(difference).splitlines() == [
        "Schema: 1 added, 1 renamed.",
        "  + column clerkships.color: VARCHAR, optional",
        "  ~ column health_systems.remarks: renamed, was notes",
    ]


def test_a_diagram_of_changes_can_be_saved(small_school, newer, tmp_path):
    small_school.schema_diff(newer).diagram().save(tmp_path / "changes.md")
    assert (tmp_path / "changes.md").read_text(encoding="utf-8").startswith("```mermaid\n")


def test_an_empty_schema_differs_by_all_tables():
    empty = SchemaVersion(Schema({}), {})
    with clerkbench.open() as bench:
        whole = SchemaVersion(read_schema(bench.con), {})
    changes = schema_changes(empty, whole)
    assert {each.change for each in changes} == {"added"}
    assert {each.table for each in changes} == set(whole.schema.tables) | set(whole.schema.views)


def test_renames_are_followed_through_several_scripts():
    scripts = [
        "ALTER TABLE a RENAME COLUMN x TO y; ALTER TABLE a RENAME TO b;",
        "ALTER TABLE b RENAME COLUMN y TO z; ALTER TABLE b RENAME TO c;",
    ]
    assert renames(scripts) == {("a", ""): "c", ("a", "x"): "z"}
    assert renames(each.up for each in MIGRATIONS) == {}


def test_schools_of_different_versions_are_compared_by_what_both_have(small_school, newer):
    newer.update("clerkships", "Surgery", required_days=35, color="red")
    difference = small_school.diff(newer)
    assert difference.rows[["change", "table", "row", "column", "before", "after"]].to_numpy().tolist() == [
        ["changed", "clerkships", "Surgery", "required_days", "45", "35"]
    ]
    assert [*difference.schema_changes["name"]] == ["color", "remarks"]
    assert difference.violations_added.empty
    assert [*difference.violations_fixed["rule"]] == ["requirement-days-add-up"]
    assert "The schemas differ; only what both have is compared" in repr(difference)
    assert "+ column clerkships.color: VARCHAR, optional" in repr(difference)


def test_schools_that_differ_only_in_their_schema_are_different(small_school, newer):
    difference = small_school.diff(newer)
    assert difference
    assert difference.rows.empty
    assert difference.violations_added.empty


def test_an_adoption_between_versions_is_refused(small_school, newer):
    with pytest.raises(ClerkbenchError, match="Nothing was changed"):
        small_school.adopt(newer)


# --- on the command line


@pytest.fixture
def file(newer, tmp_path, templates):
    path = tmp_path / "school.duckdb"
    shutil.copyfile(templates.file("small"), path)
    return path


@pytest.mark.long
def test_a_plan_on_the_command_line_exits_with_1_where_rows_would_be_rejected(run, file, own_sql):
    options = ("--plan", "--sql-folder", str(own_sql))
    code, out, _ = run("migrate", str(file), *options)
    assert code == 0
    assert out.splitlines()[0].endswith("_more: can be applied, but see below.")  # the sample schools name the column
    assert "sample school · hybrid · no longer runs" in out
    add_migration(own_sql, "ALTER TABLE sites ADD COLUMN code TEXT NOT NULL;", name="strict")
    code, out, _ = run("migrate", str(file), *options)
    assert code == 1
    assert "sites · Metro Hospital: code is empty, and every row of sites needs it." in out
    code, out, _ = run("migrate", str(file), *options, "--format", "github")
    assert code == 1
    assert out.splitlines()[0] == (
        "::error title=rejected row of sites::Metro Hospital: code is empty, and every row of sites needs it.%0A"
        "Give code a DEFAULT in the migration, or fill it there first."
    )
    code, out, _ = run("migrate", str(file), *options, "--format", "json")
    data = json.loads(out)
    assert data["reversible"] is None
    assert [each["table"] for each in data["rejected_rows"]] == ["sites", "sites"]
    code, out, _ = run("migrate", str(file), *options, "--format", "markdown")
    assert out.startswith("**000")
    code, out, _ = run("migrate", str(file), *options, "--to", str(NEWEST.version + 1))
    assert code == 0


@pytest.mark.long
def test_the_difference_of_two_versions_on_the_command_line(run, file, own_sql):
    code, out, _ = run("schema-diff", str(file), str(own_sql))
    assert code == 0
    assert out.splitlines()[0] == "Schema: 1 added, 1 renamed."
    code, again, _ = run("schema-diff", str(NEWEST.version), str(NEWEST.version + 1), "--sql-folder", str(own_sql))
    assert again == out
    code, out, _ = run("schema-diff", str(file), str(own_sql), "--format", "json")
    assert [each["name"] for each in json.loads(out)] == ["color", "remarks"]
    code, out, _ = run("schema-diff", str(file), str(own_sql), "--format", "github")
    assert "::notice title=column added::column clerkships.color: VARCHAR, optional" in out
    code, _, err = run("schema-diff", str(file), "nowhere.duckdb")
    assert code == 2
    assert "There is no database nowhere.duckdb." in err


@pytest.mark.long
def test_a_team_works_on_its_own_schema_with_every_command(run, own_sql, tmp_path):
    add_migration(own_sql, CHANGE, UNDONE)
    for seed in (own_sql / "seeds").glob("*.sql"):
        seed.write_text(
            seed.read_text(encoding="utf-8").replace("location, notes)", "location, remarks)"), encoding="utf-8"
        )
    folder = ("--sql-folder", str(own_sql))
    for arguments in (
        ("seed", "hybrid", "a.duckdb"),
        ("audit", "a.duckdb"),
        ("save", "a.duckdb", "a.xlsx"),
        ("template", "empty.xlsx"),
        ("load", "a.xlsx", "b.duckdb"),
        ("diff", "a.duckdb", "b.duckdb"),
        ("export", "a.duckdb", "a.sqlite"),
        ("import", "a.sqlite", "c.duckdb"),
        ("types", "a.py"),
        ("docs", "a.md"),
        ("migrate", "d.duckdb"),
        ("schema-diff", "a.duckdb", "d.duckdb"),
        ("rollback", "d.duckdb"),
    ):
        code, out, err = run(*arguments, *folder)
        assert (code, err) == (0, ""), (arguments, out, err)
    assert "color" in (tmp_path / "a.py").read_text(encoding="utf-8")
    (tmp_path / "rows.csv").write_text("name,specialty,required_days,color\nArt,Art,3,red\n", encoding="utf-8")
    assert run("validate", "clerkships", "rows.csv", "--database", "a.duckdb", *folder)[0] == 0


# --- a new migration


def test_a_new_migration_is_written_to_fill_in_and_changes_nothing_yet(run, own_sql):
    code, out, _ = run("new-migration", "add_color", "--sql-folder", str(own_sql))
    label = f"{NEWEST.version + 1:04}_add_color"
    paths = [own_sql / "migrations" / f"{label}.{way}.sql" for way in ("up", "down")]
    assert code == 0
    assert out.splitlines() == [f"{path} is written." for path in paths]
    assert paths[0].read_text(encoding="utf-8").startswith(f"-- {label}: say here in one sentence")
    with clerkbench.open(sql_folder=own_sql) as bench:
        assert not bench.schema_diff(NEWEST.version)
        assert [*bench.migrations()["name"]][-1] == "add_color"


def test_the_examples_of_a_new_migration_run_as_they_stand(own_sql):
    template = (SqlFiles().folder / "templates" / "migration.up.sql").read_text(encoding="utf-8")
    complete = template.partition("ANOTHER CHECK")[0].splitlines()
    script = "\n".join(line.removeprefix("--     ") for line in complete if line.startswith("--     "))
    add_migration(own_sql, script, "DROP TABLE clerkship_notes; ALTER TABLE clerkships DROP COLUMN color;")
    with clerkbench.open(sql_folder=own_sql) as bench:
        assert bench.describe("clerkship_notes").set_index("column").loc["clerkship_id", "on_delete"] == "CASCADE"
        bench.rollback()


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("Add color", "use lower-case letters, digits and underscores, such as add_color"),
        ("0003_color", "such as color"),
        ("../evil", "such as evil"),
        ("", "such as what_it_does"),
    ],
)
def test_a_new_migration_needs_a_plain_name(run, own_sql, name, says):
    before = sorted((own_sql / "migrations").iterdir())
    code, _, err = run("new-migration", name, "--sql-folder", str(own_sql))
    assert code == 2
    assert says in err
    assert sorted((own_sql / "migrations").iterdir()) == before


def test_the_folder_of_the_installed_package_gets_no_migration(run, own_sql, monkeypatch):
    monkeypatch.setattr(SqlFiles, "is_installed", True)
    code, _, err = run("new-migration", "add_color", "--sql-folder", str(own_sql))
    assert code == 2
    assert "belongs to the installed package, and the next installation would overwrite it. Copy the folder" in err


def test_the_remedy_for_a_changed_draft_works_as_printed(own_sql, tmp_path, run):
    added = add_migration(
        own_sql, "ALTER TABLE clerkships ADD COLUMN color TEXT;", "ALTER TABLE clerkships DROP COLUMN color;"
    )
    file = tmp_path / "school.duckdb"
    clerkbench.open(file, sql_folder=own_sql).close()
    script = own_sql / "migrations" / f"{added.label}.up.sql"
    script.write_text("ALTER TABLE clerkships ADD COLUMN colour TEXT;", encoding="utf-8")
    code, _, err = run("migrate", str(file), "--sql-folder", str(own_sql))
    assert code == 2
    printed = re.search(r"clerkbench (rollback FILE --steps 1 --trust)", err)
    assert printed
    code, out, _ = run(*printed[1].replace("FILE", str(file)).split())
    assert (code, out) == (0, f"{file} is at migration {NEWEST.version}, {NEWEST.name}.\n")
    (own_sql / "migrations" / f"{added.label}.down.sql").write_text("ALTER TABLE clerkships DROP COLUMN colour;")
    assert run("migrate", str(file), "--sql-folder", str(own_sql))[0] == 0
