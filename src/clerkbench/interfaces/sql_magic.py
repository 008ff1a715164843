"""``%sql`` and ``%%sql`` in notebooks: SQL on a workbench, without quotes."""

from collections.abc import Iterable
from typing import Any

import duckdb
import pandas as pd

from clerkbench.errors import ArgumentError, UnknownNameError
from clerkbench.workbench.workbench import SchoolReader

_DEFAULT_NAME = "bench"


def load_ipython_extension(shell: Any) -> None:
    """Add ``%sql`` and ``%%sql`` to a notebook. IPython calls it for ``%load_ext clerkbench``.

    ``%sql SELECT …`` is one line, and can be assigned: ``sites = %sql FROM sites``. ``%%sql`` makes the whole cell SQL.
    Both return a DataFrame, and use the workbench that the notebook calls ``bench``, or its only one; ``%%sql other``
    uses the one of that name. ``$name`` in the last statement is the value of a variable of the notebook. Errors are
    those of ``bench.sql``.
    """
    from IPython.core.magic import no_var_expand  # braces and $name belong to DuckDB

    def sql(line: str, cell: str | None = None) -> pd.DataFrame:
        own = {name: each for name, each in shell.user_ns.items() if name not in shell.user_ns_hidden}
        names = {name: each for name, each in own.items() if not name.startswith("_")}
        bench = _bench(names, line.strip() if cell is not None else "")
        query = line if cell is None else cell
        return bench.sql(query, _values(query, shell.user_ns, names) or None)

    shell.register_magic_function(no_var_expand(sql), magic_kind="line_cell", magic_name="sql")


def _bench(names: dict[str, Any], asked: str) -> SchoolReader:
    """The workbench that is meant."""
    benches = {name: each for name, each in names.items() if isinstance(each, SchoolReader)}
    if asked:
        if asked not in benches:
            raise UnknownNameError("This notebook has no workbench called", asked, benches)
        return benches[asked]
    if _DEFAULT_NAME not in benches and len({id(each) for each in benches.values()}) != 1:
        listed = f"There are {', '.join(benches)}: name one, as in %%sql {next(iter(benches))}." if benches else ""
        raise ArgumentError(listed or f"There is no workbench yet. Make one: {_DEFAULT_NAME} = clerkbench.open()")
    return benches.get(_DEFAULT_NAME) or next(iter(benches.values()))


def _values(query: str, known: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """The variables that a query names as ``$name``."""
    try:
        *before, last = [set(each.named_parameters) for each in duckdb.extract_statements(query)] or [set()]
    except duckdb.Error:
        return {}  # running it reports the error
    if any(before):
        raise ArgumentError("Only the last statement may have variables. Run the others in a separate cell.")
    if any(name.isdecimal() for name in last):
        raise ArgumentError("Write $name for the value of a variable; for ? and $1, use bench.sql(query, [value, …]).")
    for name in sorted(last - set(known)):
        raise UnknownNameError("This notebook has no variable called", name, names)
    return {name: known[name] for name in last}
