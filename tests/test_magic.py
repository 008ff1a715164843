"""``%sql`` and ``%%sql`` ask the workbench that is meant, and fail as ``bench.sql`` does."""

import subprocess
import sys

import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

import clerkbench
from clerkbench.errors import ArgumentError, QueryError, UnknownNameError


@pytest.fixture
def shell(seeded, tmp_path):
    """An IPython of its own, with the extension loaded, and a school as ``bench``."""
    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell(config=config, ipython_dir=str(tmp_path))
    shell.run_line_magic("load_ext", "clerkbench")
    shell.run_line_magic("reload_ext", "clerkbench")
    shell.user_ns["bench"] = seeded["hybrid"]
    return shell


def test_a_line_gives_a_dataframe(shell):
    assert shell.run_line_magic("sql", "SELECT count(*) AS n FROM clerkships").loc[0, "n"] == 4


def test_a_line_can_be_assigned_and_its_braces_and_dollars_are_left_to_duckdb(shell):
    shell.user_ns["name"] = "Surgery"
    outcome = shell.run_cell("found = %sql SELECT {'name': name} AS s FROM clerkships WHERE name = $name")
    outcome.raise_error()
    assert shell.user_ns["found"].loc[0, "s"] == {"name": "Surgery"}


def test_a_cell_may_hold_several_statements_and_gives_the_result_of_the_last(shell):
    cell = "CREATE TEMP TABLE t AS SELECT unnest([1, 2, 3]) AS n;\nDELETE FROM t WHERE n = 2;\nFROM t ORDER BY n"
    try:
        assert shell.run_cell_magic("sql", "", cell)["n"].tolist() == [1, 3]
    finally:
        shell.user_ns["bench"].con.execute("DROP TABLE t")


def test_variables_of_the_notebook_are_values_and_never_sql(shell):
    shell.user_ns["name"] = "x' OR TRUE --"
    assert shell.run_cell_magic("sql", "", "FROM clerkships WHERE name = $name").empty
    with pytest.raises(UnknownNameError, match=r"This notebook has no variable called 'nam'\. Did you mean 'name'\?"):
        shell.run_cell_magic("sql", "", "FROM clerkships WHERE name = $nam")


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("SELECT ?", r"for \? and \$1, use bench\.sql\(query, \[value, …\]\)\."),
        ("SELECT $1", r"Write \$name for the value of a variable"),
        ("SELECT $n; SELECT 1", "Only the last statement may have variables. Run the others in a separate cell."),
    ],
)
def test_values_that_are_no_variables_of_the_last_statement_are_refused(shell, cell, says):
    shell.user_ns["n"] = 1
    with pytest.raises(ArgumentError, match=says):
        shell.run_cell_magic("sql", "", cell)


def test_any_variable_can_be_named(shell):
    shell.user_ns["_hidden"] = 7
    assert shell.run_line_magic("sql", "SELECT $_hidden AS n").loc[0, "n"] == 7


def test_two_variables_for_one_workbench_are_not_ambiguous(shell):
    shell.user_ns["one"] = shell.user_ns["two"] = shell.user_ns.pop("bench")
    assert len(shell.run_line_magic("sql", "FROM clerkships")) == 4


def test_a_cell_asks_the_workbench_that_is_named(shell, seeded):
    shell.user_ns["other"] = seeded["flexible"]
    assert "Psychiatry" in set(shell.run_cell_magic("sql", "other", "FROM clerkships")["name"])
    with pytest.raises(UnknownNameError, match=r"no workbench called 'othr'\. Did you mean 'other'\?"):
        shell.run_cell_magic("sql", "othr", "FROM clerkships")


def test_the_only_workbench_is_asked_whatever_it_is_called(shell, seeded):
    shell.user_ns["school"] = shell.user_ns.pop("bench")
    assert len(shell.run_line_magic("sql", "FROM clerkships")) == 4
    shell.user_ns["other"] = seeded["flexible"]
    with pytest.raises(ArgumentError, match=r"^There are school, other: name one, as in %%sql school\.$"):
        shell.run_line_magic("sql", "FROM clerkships")
    del shell.user_ns["school"], shell.user_ns["other"]
    with pytest.raises(ArgumentError, match=r"There is no workbench yet\. Make one: bench = clerkbench\.open\(\)"):
        shell.run_line_magic("sql", "FROM clerkships")


@pytest.mark.parametrize(
    ("cell", "says"), [("SELEC 1", r'syntax error at or near "SELEC"'), ("FROM sitez", "sitez does not exist")]
)
def test_an_error_is_an_error(shell, cell, says):
    with pytest.raises(QueryError, match=says):
        shell.run_cell_magic("sql", "", cell)


def test_an_empty_cell_is_reported_to_be_empty(shell):
    with pytest.raises(UsageError, match="the cell body is empty"):
        shell.run_cell_magic("sql", "", "")


def test_importing_clerkbench_does_not_import_ipython():
    script = "import sys, clerkbench; print({'IPython', 'matplotlib', 'playwright'} & set(sys.modules))"
    outcome = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert outcome.stdout.strip() == "set()"
    assert callable(clerkbench.load_ipython_extension)
