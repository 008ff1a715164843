"""The package is laid out as docs/architecture.md says, and its pages are up to date."""

import ast
import re
import subprocess
import sys
import tomllib
from collections import defaultdict

import clerkbench
from databases import ROOT

PACKAGE = ROOT / "src" / "clerkbench"
MODULES = sorted(PACKAGE.rglob("*.py"))
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]

#: The layers from the top, without the module that starts the command line. Each may have several rooms side by side.
LAYERS = [re.split(r"\W+", layer) for layer in CONTRACTS[0]["layers"][1:]]

#: The rooms that may know clerkships: the school, and those that a user sees.
DOMAIN_ROOMS = {"school", "workbench", "interfaces"}
DOMAIN = re.compile(r"clerkship|preceptor|health.?system|\barea \d|capacity\.sql|in_force", re.IGNORECASE)


def room(module: str) -> str:
    return module.split(".")[0]


def imports_between_rooms() -> dict[str, set[str]]:
    """By room the rooms that it imports; the lowest layer counts as one room."""
    lowest = dict.fromkeys(LAYERS[-1], "reporting")
    found: dict[str, set[str]] = defaultdict(set)
    for path in MODULES:
        own = room(".".join(path.relative_to(PACKAGE).with_suffix("").parts))
        for each in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(each, ast.ImportFrom) and each.module and each.module.startswith("clerkbench"):
                inside = each.module.removeprefix("clerkbench").lstrip(".")
                targets = [room(inside)] if inside else [name.name for name in each.names]
                found[lowest.get(own, own)] |= {lowest.get(target, target) for target in targets}
    return {own: others - {own} for own, others in found.items() if not own.startswith("__")}


def reached(imports: dict[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    waiting = list(imports.get(start, ()))
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += imports.get(each, ())
    return found


def test_the_top_of_the_package_has_few_entries():
    assert len([each for each in PACKAGE.iterdir() if each.name not in ("__pycache__", "py.typed")]) <= 14


def test_a_module_is_short_enough_to_read():
    facade = PACKAGE / "workbench" / "workbench.py"
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES if path != facade}
    assert {path: length for path, length in lengths.items() if length > 300} == {}


def test_a_generic_room_names_nothing_of_the_domain():
    generic = [path for path in MODULES if path.relative_to(PACKAGE).parts[0] not in {*DOMAIN_ROOMS, "__init__.py"}]
    found = [
        f"{path.relative_to(PACKAGE)}: {line.strip()}"
        for path in generic
        for line in path.read_text(encoding="utf-8").splitlines()
        if DOMAIN.search(line)
    ]
    assert found == []


def test_the_picture_of_the_architecture_shows_the_imports():
    imports = imports_between_rooms()
    drawn = set(re.findall(r"^    (\w+) --> (\w+)$", PAGE, re.MULTILINE))
    needed = {
        (own, other)
        for own, others in imports.items()
        for other in others
        if not any(other in reached(imports, between) for between in others - {other})
    }
    assert drawn == needed


def test_the_architecture_page_explains_each_room():
    rooms = {name for layer in LAYERS for name in layer}
    explained = re.findall(r"\*\*(\w+)\*\*", PAGE.partition("## One schema")[0])
    assert set(explained) == rooms
    assert {path.name.removesuffix(".py") for path in PACKAGE.iterdir()} - {"__pycache__", "__init__", "py.typed"} == {
        *rooms,
        "__main__",
    }


def test_a_module_that_the_architecture_page_names_exists():
    paths = [path.relative_to(ROOT).as_posix() for path in [*MODULES, *(ROOT / "tests").glob("*.py")]]
    named = set(re.findall(r"`((?:\w+/)*\w+\.py)`", PAGE))
    assert named
    assert {name for name in named if not any(f"/{path}".endswith(f"/{name}") for path in paths)} == set()
    packages = [path.relative_to(PACKAGE).with_suffix("").as_posix().replace("/", ".") for path in MODULES]
    dotted = set(re.findall(rf"`((?:{'|'.join(name for layer in LAYERS for name in layer)})\.[\w.]+)`", PAGE))
    assert dotted
    assert {
        name for name in dotted if not any(name == module or name.startswith(f"{module}.") for module in packages)
    } == set()


def test_tab_after_clerkbench_shows_what_is_public():
    shown = [name for name in dir(clerkbench) if not name.startswith("_")]
    assert shown == ["SchoolReader", "Workbench", "errors", "load_ipython_extension", "open", "trial_server"]
    for name in shown:
        assert getattr(clerkbench, name).__doc__


def test_the_reference_pages_are_up_to_date_with_the_code(tmp_path):
    calls, commands = tmp_path / "reference.md", tmp_path / "command_line.md"
    subprocess.run([sys.executable, ROOT / "docs" / "write_reference.py", calls], check=True)
    writer = [
        "typer",
        "clerkbench.interfaces.cli.commands",
        "utils",
        "docs",
        "--name",
        "clerkbench",
        "--output",
        commands,
    ]
    subprocess.run([sys.executable, "-m", *writer], check=True, capture_output=True)
    for page in (calls, commands):
        committed = (ROOT / "docs" / page.name).read_text(encoding="utf-8")
        assert page.read_text(encoding="utf-8") == committed, "Run: make docs"


def test_the_readme_is_short_enough_to_read():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 120
