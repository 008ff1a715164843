"""Says where a value or an item of a configuration comes from. The SQL files under ``sql/in_force`` know that."""

from typing import Any

import duckdb
import pandas as pd

from clerkbench.database.row_names import value_text
from clerkbench.database.values import Key
from clerkbench.files.sql_files import SqlFiles
from clerkbench.school.settings import ListSetting

#: The column with the origin of a value or an item.
ORIGIN = "origin"

#: The folder under ``sql/`` with the queries for origins. ``settings`` has the single settings, ``items`` the items
#: that belong to a clerkship itself. The others are named after lists: they have the items that hold for a clerkship
#: and belong to none, or to its preceptors; and for an item of its own what fills its empty columns.
IN_FORCE, SETTINGS, ITEMS = "in_force", "settings", "items"
#: The column with the row that an item is.
ROW_ID = "row_id"


def in_force(con: duckdb.DuckDBPyConnection, files: SqlFiles, name: str, *parameters: Any) -> pd.DataFrame:
    """The result of a query in the folder; empty without columns if there is no such query."""
    query = files.queries(IN_FORCE).get(name)
    if query is None:
        return pd.DataFrame()
    found = con.execute(query, list(parameters))
    columns = [name for name, *_ in found.description or []]
    return pd.DataFrame(found.fetchall(), columns=columns, dtype=object)


def settings_in_force(
    con: duckdb.DuckDBPyConnection,
    files: SqlFiles,
    clerkship: Key,
    names: list[str],
    tables: list[str],
    texts: list[str | None],
    defaults: list[str | None],
    types: list[str],
) -> tuple[dict[str, str], dict[str, Any]]:
    """The origin of each single setting, and the values that the query fills, by name.

    Args:
        clerkship: Its id.
        names, tables, texts, defaults, types: Of each setting: its name, its table, its stored value and the default of
            the schema as texts, and its type.
    """
    found = in_force(con, files, SETTINGS, clerkship, names, tables, texts, defaults)
    given: dict[str, tuple[str | None, str]] = {name: (text, "") for name, text in zip(names, texts, strict=True)}
    given |= {row["setting"]: (row["value"], row["origin"]) for row in found.to_dict("records")}
    origins = {name: origin for name, (_, origin) in given.items()}
    filled = {name: kind for name, text, kind in zip(names, texts, types, strict=True) if given[name][0] != text}
    if not filled:
        return origins, {}
    casts = ", ".join(f"CAST(? AS {kind})" for kind in filled.values())
    typed = con.execute(f"SELECT {casts}", [given[name][0] for name in filled]).fetchone() or ()
    return origins, dict(zip(filled, typed, strict=True))


def list_frame(each: ListSetting, items: dict[Key, dict[str, Any]], origin: str, others: pd.DataFrame) -> pd.DataFrame:
    """The items of a list, and the others that hold. A row of the others with the key of an item fills that item."""
    columns = [*each.columns, *each.lists, ORIGIN]
    known: dict[Key, dict[str, Any]] = {}
    if ROW_ID in others:
        known = {each[ROW_ID]: each for each in others.to_dict("records") if each[ROW_ID] in items}  # type: ignore[misc]
    rows = []
    for key, item in items.items():
        row = {name: _listed(each.lists[name], value) if name in each.lists else value for name, value in item.items()}
        filled = {str(name): value for name, value in known.get(key, {}).items() if row.get(str(name)) is None}
        rows.append({**row, ORIGIN: origin, **filled})
    own = pd.DataFrame(rows, columns=columns, dtype=object)
    if ROW_ID in others:
        others = others[~others[ROW_ID].isin(items.keys())]
    others = others.reindex(columns=columns).astype(object) if len(others.columns) else own.head(0)
    return pd.concat([own, others], ignore_index=True) if len(others) else own


def _listed(each: ListSetting, items: list[dict[str, Any]]) -> str:
    """A list inside an item as one text: the names, in their order."""
    return ", ".join(value_text(item.get(each.only_field)) if each.only_field else str(item) for item in items)
