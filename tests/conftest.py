"""What the tests share: a migrated database in memory, a small school in it, and the sample schools."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import clerkbench
from clerkbench.sql_files import SqlFiles
from small_school import SMALL_SCHOOL

ROOT = Path(__file__).parents[1]
SCHOOLS = sorted(SqlFiles().schools)


@pytest.fixture
def bench() -> Iterator[clerkbench.Workbench]:
    """An empty, migrated database in memory."""
    with clerkbench.open() as bench:
        yield bench


@pytest.fixture(scope="session")
def small_school() -> Iterator[clerkbench.Workbench]:
    """A database with a few rows in every table. Shared by all tests: whoever adds a row takes it out again."""
    with clerkbench.open() as bench:
        for table, rows in SMALL_SCHOOL.items():
            bench.insert(table, rows)
        yield bench


@pytest.fixture(scope="session")
def seeded() -> Iterator[dict[str, clerkbench.Workbench]]:
    """Each sample school in a database of its own. Shared by all tests: only read."""
    benches = {school: clerkbench.open() for school in SCHOOLS}
    for school, bench in benches.items():
        bench.seed(school)
    yield benches
    for bench in benches.values():
        bench.close()


@pytest.fixture
def own_sql(tmp_path: Path) -> Path:
    """A copy of the ``sql/`` folder that a test may change."""
    return shutil.copytree(SqlFiles().folder, tmp_path / "sql")
