"""Reads the settings that a caller gives to ``bench.configure``: the columns and lists that are meant."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from clerkbench.database.parameters import to_python
from clerkbench.reporting.phrases import nearest, short_repr
from clerkbench.reporting.violations import ERROR, Violation
from clerkbench.school.settings import ListSetting, Settings


@dataclass
class Item:
    """One item of a list.

    Attributes:
        place: Where it stands, for messages: "teams, item 2".
        number: Its number in its list, from 1.
        lists: The lists that it holds, by name.
    """

    place: str
    number: int
    row: dict[str, Any]
    lists: dict[str, list["Item"]] = field(default_factory=dict)


class SettingsInput:
    """The settings that a caller gave.

    Attributes:
        values: The values, by table and column.
        lists: The items of the lists, by the name of the list.
        problems: What is wrong, each with the number of the item, 0 for none.
    """

    def __init__(self, known: Settings, given: Mapping[str, Any]) -> None:
        self.values: dict[str, dict[str, Any]] = {}
        self.lists: dict[str, list[Item]] = {}
        self.problems: list[tuple[int, Violation]] = []
        for name, value in given.items():
            if name in known.values:
                table, column = known.values[name]
                self.values.setdefault(table, {})[column] = to_python(value)
            elif name in known.lists:
                self.lists[name] = self._items(known.lists[name], name, value)
            else:
                self._unknown("setting", name, known.names, known.clerkships.name)

    def _items(self, each: ListSetting, place: str, given: Any) -> list[Item]:
        if isinstance(given, pd.DataFrame) and not given.columns.is_unique:
            twice = given.columns[given.columns.duplicated()][0]
            self._add(0, place, each.table.name, f"{place} has two columns called {twice!r}.", "Leave one of them out.")
            return []
        if isinstance(given, pd.DataFrame):
            given = given.to_dict("records")
        if isinstance(given, str | Mapping) or not isinstance(given, Iterable):
            wanted = f"{place} must be a list, such as [{_example(each)}]; got {short_repr(given)}."
            self._add(0, place, each.table.name, wanted, "Give a list; an empty one for nothing.")
            return []
        items = []
        for number, one in enumerate(given, start=1):
            item = self._item(each, f"{place}, item {number}", number, one)
            if item is not None:
                items.append(item)
        return items

    def _item(self, each: ListSetting, place: str, number: int, given: Any) -> Item | None:
        if isinstance(given, str) and each.only_field:
            given = {each.only_field: given}
        if not isinstance(given, Mapping):
            what = f"{place} must be a dict, such as {_example(each)}; got {short_repr(given)}."
            self._add(number, place, each.table.name, what, "Give a dict.")
            return None
        item = Item(place, number, {})
        for name, value in given.items():
            column = each.columns.get(str(name), name if name in each.columns.values() else None)
            if name in each.lists:
                item.lists[name] = self._items(each.lists[name], f"{place}, {name}", value)
            elif column is None:
                parts = [*each.columns, *each.lists]
                self._unknown(f"part of {place}", str(name), parts, each.table.name, number)
            elif column in item.row:
                self._add(number, str(name), each.table.name, f"{place} has {name!r} twice.", "Leave one of them out.")
            else:
                item.row[column] = to_python(value)
        return item

    def _unknown(self, what: str, name: str, known: list[str], table: str, number: int = 0) -> None:
        suggest_name = nearest(name, known)
        hint = f" Did you mean {suggest_name!r}?" if suggest_name else ""
        message = f"There is no {what} called {name!r}.{hint} There are: {', '.join(known)}."
        self._add(number, name, table, message, "Correct the name, or leave it out.")

    def _add(self, number: int, name: str, table: str, message: str, remedy: str) -> None:
        self.problems.append((number, Violation(f"type:{name}", ERROR, None, table, "", name, "", message, remedy)))


def _example(each: ListSetting) -> str:
    return "{" + ", ".join(f"{name!r}: …" for name in [*each.columns, *each.lists][:3]) + "}"
