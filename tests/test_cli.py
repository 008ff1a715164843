"""The command line: its output and its exit codes."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import clerkbench
import engines
from databases import rows
from migration_files import MIGRATIONS, NEWEST

BAD = 'name,specialty,required_days\nSurgery,Surgery,45\n\n,"Peds\nand more",ten\n'


@pytest.fixture
def school(run, templates) -> Path:
    """The file of the hybrid school in the folder where commands run."""
    shutil.copyfile(templates.file("hybrid"), "school.duckdb")
    return Path("school.duckdb")


@pytest.mark.long
def test_a_sample_school_is_loaded_into_a_new_file(run, seeded):
    count = sum(map(len, rows(seeded["hybrid"]).values()))
    assert run("seed", "hybrid", "new.duckdb") == (0, f"new.duckdb holds the school hybrid: {count} rows.\n", "")
    with clerkbench.open("new.duckdb") as bench:
        assert rows(bench) == rows(seeded["hybrid"])


def spoil(school: Path) -> None:
    with clerkbench.open(school) as bench:
        bench.update("clerkships", "Surgery", required_days=61)


def test_warnings_alone_exit_with_0_unless_they_are_to_be_strict(run, school):
    code, out, _ = run("audit", "school.duckdb")
    assert (code, out.splitlines()[0]) == (0, "3 warnings")
    assert "Dr. Yara Nasser has no capacity rule" in out
    assert run("audit", "school.duckdb", "--strict")[0] == 1
    assert run("audit", "school.duckdb", "--strict", "--area", "8") == (0, "No violations.\n", "")


def test_errors_exit_with_1(run, school):
    spoil(school)
    code, out, _ = run("audit", "school.duckdb", "--severity", "error")
    assert code == 1
    assert "Surgery lasts 61 days, but its requirements add up to 60." in out
    assert run("audit", "school.duckdb", "--clerkship", "Pediatrics") == (0, "No violations.\n", "")


def test_violations_are_written_as_json(run, school):
    spoil(school)
    code, out, _ = run("audit", "school.duckdb", "--format", "json")
    first = json.loads(out)[0]
    assert code == 1
    assert first == {
        "rule": "requirement-days-add-up",
        "severity": "error",
        "area": 3,
        "table": "clerkships",
        "row_id": first["row_id"],
        "column": "required_days",
        "value": "61",
        "message": "Surgery lasts 61 days, but its requirements add up to 60.",
        "remedy": "Change required_days of Surgery, or of one of its requirements, so that they agree.",
    }
    assert json.loads(run("audit", "school.duckdb", "--format", "json", "--area", "8")[1]) == []


def test_violations_are_written_as_annotations(run, school):
    Path("c.csv").write_text(BAD, encoding="utf-8")
    code, out, err = run("validate", "clerkships", "c.csv", "--database", "school.duckdb", "--format", "github")
    assert (code, err) == (1, "")
    assert out.splitlines() == [
        "::error file=c.csv,line=2,title=unique%3Aname::Row 1 (Surgery): No two clerkships share a name. Another row "
        "has name 'Surgery' already.%0AGive this row another name, or leave it out.",
        "::error file=c.csv,line=5,title=type%3Arequired_days::Row 2: required_days must be a whole number (INTEGER); "
        "got 'ten'.%0AWrite required_days as a whole number (INTEGER).",
        "::error file=c.csv,line=5,title=not_null%3Aname::Row 2: name is empty, and every row of clerkships needs it."
        "%0AGive name a value.",
        "3 errors",
    ]


def test_rows_are_validated_without_a_database_but_for_what_they_reference(run):
    Path("s.csv").write_text("health_system_id,name,site_type\nx,A,clinic\nx,B,shop\n", encoding="utf-8")
    code, out, err = run("validate", "sites", "s.csv", "--format", "json")
    assert code == 1
    assert [(each["row"], each["rule"]) for each in json.loads(out)] == [
        (2, "check:site_type IN ('hospital', 'clinic', 'other')")
    ]
    assert err == "References are not checked, because there is no --database.\n"


@pytest.mark.long
def test_the_data_dictionary_is_written_of_the_schema_or_of_a_database(new_bench, run, school):
    assert run("docs", "schema.md") == (0, "schema.md is written.\n", "")
    with new_bench() as bench:
        assert Path("schema.md").read_text(encoding="utf-8") == bench.dictionary()
    with clerkbench.open(school) as bench:
        bench.con.execute("CREATE TABLE rooms (name TEXT PRIMARY KEY); COMMENT ON TABLE rooms IS 'Where to meet.'")
    assert run("docs", "own.md", "--database", "school.duckdb")[0] == 0
    assert "### rooms\n\nWhere to meet.\n" in Path("own.md").read_text(encoding="utf-8")
    run("migrate", "old.duckdb", "--to", "1")
    assert run("docs", "old.md", "--database", "old.duckdb")[0] == 0
    with clerkbench.open("old.duckdb", migrate=False) as old:
        assert set(old.tables()["table"]) == {"clerkships", "preceptors"}, "it was not brought forward"
    code, _, says = run("docs", "nowhere/schema.md")
    assert (code, "cannot be written: No such file or directory" in says) == (2, True)
    assert run("docs", "own.md", "--database", "none.duckdb")[0] == 2


def test_a_database_is_migrated_and_rolled_back(run):
    assert run("migrate", "a.duckdb", "--to", "1")[1] == "a.duckdb is at migration 1, clerkships_and_preceptors.\n"
    assert run("migrate", "a.duckdb")[1] == f"a.duckdb is at migration {NEWEST.version}, {NEWEST.name}.\n"
    one_back = MIGRATIONS[-2]
    said = f"a.duckdb is at migration {one_back.version}, {one_back.name}.\n"
    assert run("rollback", "a.duckdb") == (0, said, "")
    assert run("rollback", "a.duckdb", "--steps", "0")[0] == 2
    run("migrate", "a.duckdb")
    steps = str(len(MIGRATIONS))
    assert run("rollback", "a.duckdb", "--steps", steps) == (0, "a.duckdb is at no migration.\n", "")


@pytest.mark.long
def test_a_command_that_would_lose_data_is_refused_without_permission(run, school):
    steps = str(len(MIGRATIONS) - 1)
    code, _, err = run("rollback", "school.duckdb", "--steps", steps)
    assert code == 2
    assert "would discard rows or values" in err
    assert err.endswith("or --discard-data. Nothing was changed.\n")
    assert run("rollback", "school.duckdb", "--steps", steps, "--discard-data")[0] == 0


@pytest.mark.first_cases(6)
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["audit", "none.duckdb"], "There is no database none.duckdb. `clerkbench seed` or `clerkbench migrate` makes"),
        (["rollback", "none.duckdb"], "There is no database none.duckdb"),
        (["validate", "clerkships", "c.csv", "--database", "none.duckdb"], "There is no database none.duckdb"),
        (["audit", "c.csv"], "c.csv is not a DuckDB database. It is unchanged"),
        (["audit", "school.duckdb", "--area", "9"], "There is no configuration area with the number 9"),
        (["audit", "school.duckdb", "--clerkship", "Surgry"], "Did you mean 'Surgery'?"),
        (["audit", "school.duckdb", "--format", "xml"], "xml"),
        (["audit"], "Missing argument"),
        (["seed", "hybrd", "new.duckdb"], "There is no sample school 'hybrd'. Did you mean 'hybrid'?"),
        (["seed", "flexible", "school.duckdb"], "can only be loaded into an empty database"),
        (["validate", "clerkship", "c.csv"], "There is no table 'clerkship'. Did you mean 'clerkships'?"),
        (["validate", "clerkships", "none.csv"], "'none.csv' cannot be read as a CSV file: No such file"),
        (["migrate", "school.duckdb", "--to", "777"], "There is no migration 777"),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, list) else "",
)
def test_what_cannot_be_done_exits_with_2_and_changes_nothing(run, school, arguments, says):
    Path("c.csv").write_text(BAD, encoding="utf-8")
    before = {path: path.read_bytes() for path in Path().iterdir()}
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert says in err
    assert "Traceback" not in err
    assert {path: path.read_bytes() for path in Path().iterdir()} == before


def test_an_audit_does_not_migrate_a_database(run):
    run("migrate", "a.duckdb", "--to", "1")
    code, out, err = run("audit", "a.duckdb")
    assert (code, out) == (0, "No violations.\n")
    assert err.startswith(
        "a.duckdb is at 0001_clerkships_and_preceptors, so rules that are written for a newer schema did"
    )
    assert err.endswith("To bring it up to date: migrate(), or clerkbench migrate.\n")
    with clerkbench.open("a.duckdb", migrate=False) as bench:
        assert set(bench.migrations()["status"][1:]) == {"pending"}


def test_a_fault_of_our_own_does_not_look_like_errors_found(run, school, monkeypatch):
    monkeypatch.setattr(clerkbench.Workbench, "audit", lambda *_, **__: 1 / 0)
    code, _, err = run("audit", "school.duckdb")
    assert code == 2
    assert "ZeroDivisionError" in err


@pytest.mark.long
def test_a_console_that_lacks_a_sign_gets_another(school):
    command = Path(sys.executable).with_name("clerkbench")
    latin = os.environ | {"PYTHONUTF8": "0", "PYTHONIOENCODING": "latin1"}
    said = subprocess.run([command, "audit", school], capture_output=True, env=latin, check=True).stdout
    assert b"  ? Store a rule for Dr. Yara Nasser" in said


def test_it_is_installed_as_a_command():
    command = Path(sys.executable).with_name("clerkbench")
    said = subprocess.run([command, "--help"], capture_output=True, text=True, check=True).stdout
    for name in ("seed", "audit", "validate", "migrate", "rollback"):
        assert name in said


def test_importing_clerkbench_does_not_import_what_only_the_command_line_needs():
    script = "import sys, clerkbench; print([name for name in ('typer', 'click', 'rich') if name in sys.modules])"
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "[]"


@pytest.mark.long
@pytest.mark.parametrize("spreadsheet", ["hybrid.xlsx", "hybrid"])
def test_a_school_is_saved_for_people_and_loaded_again(run, seeded, school, spreadsheet):
    assert run("save", "school.duckdb", spreadsheet) == (0, f"{spreadsheet} is written.\n", "")
    rules = "By the rules: 3 warnings. To see them: clerkbench audit again.duckdb\n"
    count = sum(map(len, rows(seeded["hybrid"]).values()))
    reported = f"again.duckdb holds {count} rows: {count} added, 0 changed, 0 removed.\n{rules}"
    assert run("load", spreadsheet, "again.duckdb") == (0, reported, "")
    assert run("diff", "school.duckdb", "again.duckdb") == (0, "No row differs.\n", "")
    code, _, err = run("load", spreadsheet, "again.duckdb")
    assert code == 2
    assert "The database holds rows: clerkships 4, " in err
    reported = f"again.duckdb holds {count} rows: 0 added, 0 changed, 0 removed.\n{rules}"
    assert run("load", spreadsheet, "again.duckdb", "--mode", "merge") == (0, reported, "")


@pytest.mark.long
def test_mistakes_in_a_spreadsheet_exit_with_1_and_make_no_file(run, school):
    run("save", "school.duckdb", "folder")
    file = Path("folder/clerkships.csv")
    file.write_text(file.read_text(encoding="utf-8-sig").replace(",60,", ",sixty,"), encoding="utf-8")
    code, out, _ = run("load", "folder", "new.duckdb")
    assert code == 1
    assert "required_days must be a whole number (INTEGER); got 'sixty'." in " ".join(out.split())
    assert not Path("new.duckdb").exists()
    code, out, _ = run("load", "folder", "school.duckdb", "--mode", "replace", "--format", "json")
    assert (code, json.loads(out)[0]["column"]) == (1, "required_days")
    assert run("audit", "school.duckdb")[0] == 0
    code, _, err = run("load", "nowhere.xlsx", "new.duckdb")
    assert (code, "There is no file or folder" in err) == (2, True)
    assert not Path("new.duckdb").exists()


@pytest.mark.long
def test_diff_compares_databases_and_spreadsheets_and_exits_with_1_for_new_violations(run, school):
    run("save", "school.duckdb", "before.xlsx")
    spoil(school)
    code, out, _ = run("diff", "before.xlsx", "school.duckdb")
    assert code == 1
    assert "~ Surgery: required days 60 → 61" in out
    assert "Surgery lasts 61 days, but its requirements add up to 60." in out
    code, out, _ = run("diff", "school.duckdb", "before.xlsx")
    assert code == 0
    assert "What it fixes: 1 error" in out


@pytest.mark.long
def test_a_template_is_made_once(run):
    assert run("template", "school.xlsx") == (0, "school.xlsx is ready to be filled in.\n", "")
    reported = "a.duckdb holds 0 rows: 0 added, 0 changed, 0 removed.\nBy the rules: No violations.\n"
    assert run("load", "school.xlsx", "a.duckdb") == (0, reported, "")
    code, _, err = run("template", "school.xlsx")
    assert (code, err) == (2, "school.xlsx is there already. Name another. Nothing was changed.\n")


@pytest.mark.parametrize("written", ["table", "github"])
def test_stored_text_cannot_control_the_terminal_or_the_ci_runner(run, school, written):
    name = "::error::Surgery\x1b[2J\n::set-env name=x::y\u202e"
    with clerkbench.open("school.duckdb") as bench:
        bench.update("clerkships", "Surgery", name=name, required_days=999)
    code, out, err = run("audit", "school.duckdb", "--format", written)
    assert code == 1
    assert not {"\x1b", "\u202e"} & set(out + err)
    commands = [line for line in out.splitlines() if line.lstrip().startswith("::")]
    assert all(line.startswith(("::error title=", "::warning title=")) for line in commands)
    assert bool(commands) == (written == "github")


def test_json_of_several_schools_holds_those_that_cannot_be_read(run, school):
    Path("broken.duckdb").write_text("nothing")
    code, out, err = run("audit", "school.duckdb", "./school.duckdb", "broken.duckdb", "--format", "json")
    found = json.loads(out)
    assert (code, err) == (2, "")
    assert {each["school"] for each in found} == {"./school.duckdb", "broken.duckdb"} or {
        each["school"] for each in found
    } == {"school.duckdb", "broken.duckdb"}
    [unread] = [each for each in found if each["rule"] == "school:unreadable"]
    assert unread["school"] == "broken.duckdb"
    assert "is not a DuckDB database" in unread["message"]
    once = [each for each in found if each["rule"] != "school:unreadable"]
    assert len(once) == len({json.dumps(each) for each in once})


@pytest.mark.long
def test_every_command_that_reads_a_school_takes_a_schema_of_a_server(run, seeded, server, tmp_path):
    one, other = engines.new_schema(), engines.new_schema()
    seeded["hybrid"].export(server, schema=one)
    seeded["flexible"].export(server, schema=other)
    code, out, _ = run("diff", server, server, "--schema", one, "--schema", other)
    assert code == 0
    assert "removed" in out
    assert run("diff", server, server, "--schema", one)[1].startswith("No row differs")
    assert run("save", server, "school.xlsx", "--schema", one)[0] == 0
    assert run("diff", "school.xlsx", server, "--schema", one)[1].startswith("No row differs")
    assert "class Sites" in run("types", "--database", server, "--schema", one)[1]
    assert run("docs", "page.md", "--database", server, "--schema", one)[0] == 0
    code, _, err = run("diff", "school.xlsx", "school.xlsx", "--schema", one)
    assert (code, err.startswith("There are 1 schemas, --schema, and 0 schools on servers.")) == (2, True)
    code, _, err = run("save", "school.duckdb", "x.xlsx", "--schema", one)
    assert (code, "A schema needs the URL of a server" in err) == (2, True)
    for command in (["types"], ["docs", "page.md"]):
        code, _, err = run(*command, "--schema", one)
        assert (code, "A schema needs the URL of a server" in err) == (2, True)


@pytest.mark.long
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a device that is always full")
def test_output_that_cannot_be_written_is_reported(school, tmp_path):
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "clerkbench", "audit", "school.duckdb"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "What was found cannot be written: No space left on device.\n"
