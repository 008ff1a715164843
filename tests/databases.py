"""Databases for the tests, with a custom schema or copied from a prepared template; functions that read all rows."""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

import clerkbench
from clerkbench.files.sql_files import SqlFiles
from migration_files import add_migration
from small_school import SMALL_SCHOOL

SCHOOLS = sorted(SqlFiles().schools)

#: For slow tests that do the same with each school: one school in every run, all schools in long runs.
EACH_IN_TURN = [pytest.param(school, marks=() if school == "hybrid" else pytest.mark.long) for school in SCHOOLS]

#: For slower ones: the largest school, and in long runs the one with rows in every table.
TWO_SCHOOLS = [each for each in EACH_IN_TURN if each.values[0] in ("hybrid", "longitudinal")]


ROOT = Path(__file__).parents[1]


def everything(bench: clerkbench.Workbench) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, clerkbench's own among them, in an order of their own."""
    found = bench.con.execute("SELECT table_name FROM duckdb_tables() WHERE NOT temporary ORDER BY ALL").fetchall()
    return {name: sorted(bench.con.execute(f'FROM main."{name}"').fetchall(), key=repr) for (name,) in found}


def rows(bench: clerkbench.Workbench) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the school's own tables."""
    return {name: found for name, found in everything(bench).items() if not name.startswith("clerkbench_")}


def made(folder: Path, up: str, down: str = "SELECT 1;") -> clerkbench.Workbench:
    """A bench in memory on a schema of one migration."""
    add_migration(folder, up, down)
    return clerkbench.open(sql_folder=folder)


def catalog_of(con: duckdb.DuckDBPyConnection) -> list[object]:
    """Everything a migration can make: tables, columns, comments, constraints, indexes, views."""
    queries = [
        "SELECT table_name, comment FROM duckdb_tables()",
        "SELECT table_name, column_index, column_name, data_type, is_nullable, column_default, comment "
        "FROM duckdb_columns() WHERE NOT internal",
        "SELECT table_name, constraint_text FROM duckdb_constraints()",
        "SELECT index_name, table_name, sql, comment FROM duckdb_indexes()",
        "SELECT view_name, sql, comment FROM duckdb_views() WHERE NOT internal",
    ]
    return [con.execute(f"{query} ORDER BY ALL").fetchall() for query in queries]


class Templates:
    """A folder of database files: ``empty``, ``small``, and each sample school by name. Each is created on first use.

    A copy takes a quarter of the time of the migrations.

    Args:
        folder: The folder of the files.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def file(self, name: str) -> Path:
        """The template itself. Nobody may change it."""
        path = self._folder / f"{name}.duckdb"
        if not path.exists():
            with clerkbench.open(path) as bench:
                if name == "small":
                    for table, rows in SMALL_SCHOOL.items():
                        bench.insert(table, rows)
                elif name != "empty":
                    bench.seed(name)
        return path

    def copy(
        self, name: str = "empty", path: Path | None = None, sql_folder: Path | None = None
    ) -> clerkbench.Workbench:
        """A copy that may be changed.

        Args:
            name: The name of the template.
            path: A file that does not exist yet; None for a database in memory.
            sql_folder: A folder with additional migrations, which are applied to the copy.
        """
        template = self.file(name)
        if path is not None:
            shutil.copyfile(template, path)
            return clerkbench.open(path, sql_folder=sql_folder)
        bench = clerkbench.open(migrate=False, sql_folder=sql_folder)
        bench.con.execute(
            f"ATTACH '{template}' AS template (READ_ONLY); COPY FROM DATABASE template TO memory; DETACH template"
        )
        if sql_folder is not None:
            bench.migrate()
        return bench


class SampleSchools(Mapping[str, clerkbench.Workbench]):
    """A copy of each sample school by name, made when it is first asked for."""

    def __init__(self, templates: Templates) -> None:
        self._templates = templates
        self._opened: dict[str, clerkbench.Workbench] = {}

    def __getitem__(self, school: str) -> clerkbench.Workbench:
        if school not in SCHOOLS:
            raise KeyError(school)
        if school not in self._opened:
            self._opened[school] = self._templates.copy(school)
        return self._opened[school]

    def __iter__(self) -> Iterator[str]:
        return iter(SCHOOLS)

    def __len__(self) -> int:
        return len(SCHOOLS)

    def close(self) -> None:
        for bench in self._opened.values():
            bench.close()
