"""What the tests share: a migrated database in memory, a small school in it, and the sample schools."""

import gc
import itertools
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import clerkbench
import engines
from application import beside
from clerkbench.errors import MissingLibraryError
from clerkbench.files.sql_files import SqlFiles
from clerkbench.interfaces import cli
from databases import SampleSchools, Templates
from typescript_programs import installed


@pytest.fixture(scope="session")
def templates(tmp_path_factory) -> Templates:
    """Prepared databases, to copy."""
    return Templates(tmp_path_factory.mktemp("templates"))


@pytest.fixture
def new_bench(request, templates, tmp_path_factory) -> Iterator[Callable[..., clerkbench.Workbench]]:
    """Opens as many databases as a test needs: empty, or with a school; see :meth:`Templates.copy`. They are in memory;
    with the mark ``memory_and_file`` also in files.
    """
    on_files = getattr(request, "param", "memory") == "file"
    folder = tmp_path_factory.mktemp("databases") if on_files else None
    numbers = itertools.count()
    with ExitStack() as opened:

        def new(*args: Any, **options: Any) -> clerkbench.Workbench:
            if folder:
                options.setdefault("path", folder / f"{next(numbers)}.duckdb")
            return opened.enter_context(templates.copy(*args, **options))

        yield new


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.definition.get_closest_marker("memory_and_file") and "new_bench" in metafunc.fixturenames:
        both = ["memory", pytest.param("file", marks=pytest.mark.long)]
        metafunc.parametrize("new_bench", both, indirect=True, scope="function")


@pytest.fixture
def bench(new_bench) -> clerkbench.Workbench:
    """An empty, migrated database in memory."""
    return new_bench()


@pytest.fixture
def hybrid(new_bench) -> clerkbench.Workbench:
    """The sample school of that name in a database that a test may change as it likes."""
    return new_bench("hybrid")


@pytest.fixture
def own_school(new_bench) -> clerkbench.Workbench:
    """The small school in a database that a test may change as it likes."""
    return new_bench("small")


@pytest.fixture(scope="session")
def small_school(templates) -> Iterator[clerkbench.Workbench]:
    """A database with a few rows in every table. All tests share it: a test that adds a row must delete it again."""
    with templates.copy("small") as bench:
        yield bench


@pytest.fixture(scope="session")
def seeded(templates) -> Iterator[SampleSchools]:
    """Each sample school in a database of its own. Shared by all tests: only read."""
    schools = SampleSchools(templates)
    yield schools
    schools.close()


@pytest.fixture(params=["postgresql", "sqlite"])
def place(request, tmp_path) -> tuple[str, dict[str, str]]:
    """Where a school is exported to, with the options of the export."""
    if request.param == "sqlite":
        return str(tmp_path / "school.sqlite"), {}
    return request.getfixturevalue("server"), {"schema": engines.new_schema()}


@pytest.fixture
def connection(place, small_school) -> Iterator[Any]:
    """An exported school, with what an application has beside it."""
    with beside(small_school, *place) as con:
        yield con


@pytest.fixture
def run(capsys, tmp_path, monkeypatch) -> Callable[..., tuple[int, str, str]]:
    """A command in an empty folder: its exit code, and what it printed."""
    monkeypatch.chdir(tmp_path)

    def ran(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            cli.main(arguments)
        out, err = capsys.readouterr()
        return int(end.value.code or 0), out, err

    return ran


@pytest.fixture
def own_sql(tmp_path: Path) -> Path:
    """A copy of the ``sql/`` folder that a test may change."""
    return shutil.copytree(SqlFiles().folder, tmp_path / "sql")


@pytest.fixture(scope="session")
def node() -> Path:
    """A folder with the programs of ``tests/typescript/package.json``."""
    if shutil.which("npm") is None:
        reason = "NO NODE: nothing that is written for TypeScript was tried. Install Node.js with npm."
        (pytest.fail if "CI" in os.environ else pytest.skip)(reason)
    return installed()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The URL of a PostgreSQL server. The tests start one, or create a database on the server that
    CLERKBENCH_POSTGRESQL names. Each test uses a separate schema.
    """
    if given := os.environ.get("CLERKBENCH_POSTGRESQL"):
        name = f"clerkbench_tests_{os.getpid()}"
        with engines.connected(given) as con:
            engines.run(con, f"CREATE DATABASE {name}")
            yield engines.database(given, name)
            engines.run(con, f"DROP DATABASE {name} WITH (FORCE)")
        return
    try:
        with clerkbench.trial_server() as server:
            yield server.url
    except MissingLibraryError as error:
        reason = f"NO POSTGRESQL: nothing that is shipped was tested on it. {error}"
        (pytest.fail if "CI" in os.environ else pytest.skip)(reason)


def pytest_addoption(parser: pytest.Parser) -> None:
    words = "run each test in the first of its cases only, as to see whether another version of Python will do"
    parser.addoption("--one-case", action="store_true", help=words)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    """Mark the long cases before pytest selects by marks. With ``--one-case``, deselect all cases of a test but the
    first afterwards. The cells of a notebook depend on each other, so all of them stay.
    """
    seen = Counter[str]()
    for item in items:
        if marker := item.get_closest_marker("first_cases"):
            seen[test_of(item)] += 1
            if seen[test_of(item)] > marker.args[0]:
                item.add_marker(pytest.mark.long)
    # On files the first case of each test is enough: how the database is stored does not depend on the others.
    on_files = [item for item in items if "new_bench" in (params := _params(item)) and params["new_bench"] == "file"]
    once_more = set(on_files) - set({test_of(item): item for item in reversed(on_files)}.values())
    items[:] = [item for item in items if item not in once_more]
    # Test files with only long tests start first, because each runs in one process and would delay the end.
    mixed = {item.path for item in items if not item.get_closest_marker("long")}
    items.sort(key=lambda item: item.path in mixed)
    yield
    if config.getoption("one_case"):
        first: dict[str, pytest.Item] = {}
        for item in items:
            first.setdefault(test_of(item), item)
        kept = set(first.values())
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = first.values()


def _params(item: pytest.Item) -> dict[str, object]:
    return item.callspec.params if hasattr(item, "callspec") else {}


def test_of(item: pytest.Item) -> str:
    """The test without its case."""
    return item.nodeid.partition("[")[0]


def pytest_collection_finish() -> None:
    """The garbage collector need not look at the modules and tests that are there: they stay to the end."""
    gc.freeze()


def pytest_unconfigure() -> None:
    """Hypothesis hooks into the garbage collector, and DuckDB lists what its hook keeps alive at exit as leaked."""
    gc.callbacks.clear()
