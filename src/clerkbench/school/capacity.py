"""Computes how many students the preceptors of each clerkship can teach, and draws it.

The computation is SQL: the view ``teaching_limits`` says what limits each preceptor, and ``sql/capacity.sql`` turns
that into students a year.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Self

import duckdb
import pandas as pd
from pandas.api.types import is_integer

from clerkbench.database import connection, ledger
from clerkbench.database.catalog import require_no_temporary_namesakes
from clerkbench.database.schema import Schema
from clerkbench.errors import ArgumentError, MissingLibraryError, SchemaError
from clerkbench.files.sql_files import SqlFiles
from clerkbench.reporting.phrases import short_repr
from clerkbench.school.construction import AT_MOST, CONSTRUCTION, constructed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Okabe and Ito's green and vermilion, which color-blind readers can tell apart.
_ENOUGH, _SHORT = "#009E73", "#D55E00"

#: The query under ``sql/``. Another schema need not have it.
CAPACITY = "capacity"

#: The days of a year on which students are taught.
DAYS_PER_YEAR = 240

#: The columns that need a number of students.
_ASKED = {"students", "shortfall", "demand_days"}


class Capacity(pd.DataFrame):
    """The result of ``bench.capacity``: one row per clerkship. Results of several schools or numbers of students can be
    joined with ``pandas.concat``; the picture shows the index then.
    """

    @property
    def _constructor(self) -> Callable[..., Self]:
        return type(self)

    def picture(self, ax: "Axes | None" = None) -> "Axes":
        """Draw a bar for each clerkship with the students that it can teach a year, and a line at the demand.

        Args:
            ax: Where to draw; a new figure by default.

        Returns:
            The axes of Matplotlib.

        Raises:
            MissingLibraryError: Matplotlib is not installed.
            ArgumentError: A needed column is missing.
        """
        if missing := {"clerkship", "max_students", "limited_by"} - set(self.columns):
            raise ArgumentError(f"The picture needs columns that were left out: {', '.join(sorted(missing))}.")
        try:
            from matplotlib import pyplot as plt
        except ModuleNotFoundError:
            raise MissingLibraryError("A picture needs matplotlib: pip install 'clerkbench[lab]'") from None
        if ax is None:
            _, ax = plt.subplots(figsize=(9, 1.2 + 0.4 * len(self)), layout="constrained")
        names = self["clerkship"].tolist()
        if isinstance(self.index, pd.MultiIndex):
            captions = [", ".join(map(str, index[:-1])) for index in self.index]
            names = [f"{name} ({apart})" for name, apart in zip(names, captions, strict=True)]
        places = range(len(self))
        asked = set(self.columns) >= _ASKED
        colors = [_SHORT if short else _ENOUGH for short in self["shortfall"] > 0] if asked else _ENOUGH
        bars = ax.barh(places, self["max_students"], color=colors, height=0.6)
        proven = self["proven"] if "proven" in self else self["max_students"]
        captions = [
            f"{most if pd.isna(least) or least == most else f'{least} to {most}'}, {limit}"
            for least, most, limit in zip(proven, self["max_students"], self["limited_by"], strict=True)
        ]
        students: list[int] = self["students"].tolist() if asked else []
        if asked:
            ax.vlines(students, [at - 0.4 for at in places], [at + 0.4 for at in places], color="#444444")
        backing = {"facecolor": "white", "alpha": 0.8, "linewidth": 0, "pad": 1}
        ax.bar_label(bars, labels=captions, fontsize="small", padding=2, bbox=backing)
        ax.set_yticks(places, [name.replace("$", r"\$") for name in names])  # between dollars it would be mathematics
        ax.invert_yaxis()
        ax.set_xlim(right=max([1, *self["max_students"], *students]) * 1.3)
        demand = "; the line is the demand" if asked else ""
        ax.set(xlabel=f"students a year, at most{demand}", title="What the preceptors can teach")
        ax.spines[["top", "right"]].set_visible(False)
        return ax


def has_newest_views(con: duckdb.DuckDBPyConnection, schema: Schema, files: SqlFiles) -> bool:
    """Whether a database has all migrations and views, which the query needs. A query that fails would abort an open
    transaction.
    """
    return ledger.count(con) == len(files.migrations) and {each.name for each in files.views}.issubset(schema.views)


def capacity(
    con: duckdb.DuckDBPyConnection, schema: Schema, files: SqlFiles, students: int | None, days_per_year: int
) -> Capacity:
    """See ``bench.capacity``."""
    for name, value, least, most in (("students", students, 0, 10**9), ("days_per_year", days_per_year, 1, 366)):
        if name == "students" and value is None:
            continue
        if not is_integer(value) or not least <= value <= most:
            raise ArgumentError(f"{name} must be a whole number from {least} to {most:,}; got {short_repr(value)}.")
    require_no_temporary_namesakes(con, schema, "The capacity")
    if not has_newest_views(con, schema, files):
        raise SchemaError("The capacity needs the newest schema and its views. Upgrade the database with migrate().")
    con.execute(files.query(CAPACITY), [0 if students is None else int(students), int(days_per_year)])
    found = Capacity(connection.fetch(con))
    if files.has(CONSTRUCTION):
        at = list(found.columns).index("max_students")
        found.insert(at, "proven", _proven(con, files, found, int(days_per_year)))
    return found.drop(columns=list(_ASKED)) if students is None else found


def _proven(
    con: duckdb.DuckDBPyConnection, files: SqlFiles, found: pd.DataFrame, days_per_year: int
) -> "pd.Series[int]":
    """The students that a plan places, in the order of the clerkships; missing for a clerkship that is too large."""
    small = found[found["capacity_days"] <= AT_MOST]
    plans = constructed(con, files, days_per_year, dict(zip(small["clerkship"], small["max_students"], strict=True)))
    return found["clerkship"].map({name: plan.students for name, plan in plans.items()}).astype("Int64")


def most_students(con: duckdb.DuckDBPyConnection, files: SqlFiles) -> "pd.Series[int] | None":
    """The students a year that each clerkship can teach, by name; None if the query does not run on the database."""
    if not files.has(CAPACITY):
        return None
    try:
        con.execute(files.query(CAPACITY), [0, DAYS_PER_YEAR])
        return connection.fetch(con).set_index("clerkship")["max_students"]
    except (duckdb.Error, KeyError):
        return None
