"""The settings of a clerkship, as the schema defines them.

- A **value** is a column of the clerkship, or of a table with one row for each clerkship: ``assignment_strategy``.
- A **list** is a table whose rows belong to a clerkship, or to its row in such a table: ``requirements``. A list may
  hold lists: the ``members`` of a team.

A table that the schema gains tomorrow, with a foreign key to one of these, is a list without further code. Neither it
nor a new column takes the name of an older table or column.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain, count
from typing import NamedTuple

from clerkbench.database.headings import headings
from clerkbench.database.schema import Schema
from clerkbench.database.table import Table
from clerkbench.errors import ArgumentError
from clerkbench.reporting.phrases import short_repr

#: The table of the clerkships.
CLERKSHIPS = "clerkships"


@dataclass(frozen=True)
class ListSetting:
    """Rows of a table that belong to a row of another.

    Attributes:
        column: The column with the owner's id; empty if the rows have no owner.
        lists: The lists of each of its rows, by name.
        columns: The columns of an item, by their headings.
    """

    name: str
    table: Table
    owner: Table
    column: str
    lists: "dict[str, ListSetting]"
    columns: dict[str, str]

    @property
    def only_field(self) -> str:
        """The field that an item given as one text means; empty if an item needs more."""
        left_out = {self.column, self.table.priority_column}
        needed = [
            name
            for name, column in self.columns.items()
            if column in self.table.required and not self.table.columns[column].default and column not in left_out
        ]
        return needed[0] if len(needed) == 1 else ""

    @property
    def is_general(self) -> bool:
        """Whether rows may have no owner, because they hold for any."""
        return self.owner.name == CLERKSHIPS and self.column not in self.table.required

    @property
    def ordered_within(self) -> list[str]:
        """The columns within whose values the items have priorities: the fallbacks of each preceptor."""
        place = self.table.priority_column
        for each in self.table.constraints:
            columns = self.table.columns_in(each)
            if each.kind == "unique" and place in columns:
                return [column for column in columns if column not in (place, self.column)]
        return []


@dataclass
class Settings:
    """All settings of a clerkship.

    Attributes:
        one_to_one: The tables with one row for each clerkship, each with the column of the clerkship's id.
        values: By name, the table and the column.
        lists: By name.
    """

    clerkships: Table
    one_to_one: dict[str, str] = field(default_factory=dict)
    values: dict[str, tuple[str, str]] = field(default_factory=dict)
    lists: dict[str, ListSetting] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """The names of all settings."""
        return [*self.values, *self.lists]


def require_name(clerkship: object) -> None:
    """Raise ArgumentError unless a clerkship is given by name or id."""
    if not isinstance(clerkship, str):
        raise ArgumentError(
            f"A clerkship must be given by its name or id; got {short_repr(clerkship)}. Nothing was changed."
        )


def settings(schema: Schema) -> Settings:
    """The settings that the schema defines."""
    found = Settings(schema.find_table(CLERKSHIPS))
    placed = {CLERKSHIPS}
    values = _values(schema, found.clerkships, set(found.clerkships.natural_key))
    for key in sorted(found.clerkships.referenced_by, key=lambda each: schema.oldest_first.index(each.table)):
        table = schema.tables[key.table]
        unique = any(each.kind == "unique" and each.columns == key.columns for each in table.constraints)
        if len(key.columns) == 1 and unique and table.name not in placed and _makes_keys(table):
            found.one_to_one[table.name] = key.columns[0]
            placed.add(table.name)
            values += _values(schema, table, set(key.columns))
    owners = [found.clerkships, *(schema.tables[name] for name in found.one_to_one)]
    lists = _lists(schema, owners, placed)
    names = _names([*(each.wish for each in values), *(_wish(schema, each) for each in lists)])
    found.values = {name: (each.table, each.column) for name, each in zip(names, values, strict=False)}
    found.lists = _in_order(schema, zip(names[len(values) :], lists, strict=True))
    return found


def school_settings(schema: Schema) -> Settings:
    """The settings that belong to no clerkship: lists whose rows may hold for any, and tables without foreign keys in
    either direction.
    """
    known = settings(schema)
    lists = {name: each for name, each in known.lists.items() if each.is_general}
    for name, table in schema.tables.items():
        if not (table.foreign_keys or table.referenced_by or table.is_numbered) and name not in lists:
            called = headings(schema, table)
            columns = {called[column]: column for column in table.user_columns}
            lists[name] = ListSetting(name, table, table, "", {}, columns)
    return Settings(known.clerkships, lists=lists)


def _makes_keys(table: Table) -> bool:
    """Whether the database makes the ids of a table, so that others can belong to a new row."""
    return len(table.primary_key) == 1 and table.primary_key[0] in table.managed_columns


class _Wish(NamedTuple):
    """The possible names of a setting, the best first, and its age."""

    age: int
    names: tuple[str, ...]


class _Value(NamedTuple):
    """A column that can be set."""

    table: str
    column: str
    wish: _Wish


def _values(schema: Schema, table: Table, but: set[str]) -> list[_Value]:
    called, short = headings(schema, table), _short(schema, table.name).removesuffix("s")
    return [
        _Value(table.name, column, _Wish(schema.age(table.name, column), (called[column], f"{short}_{called[column]}")))
        for column in table.user_columns
        if column not in but
    ]


def _wish(schema: Schema, each: ListSetting) -> _Wish:
    return _Wish(schema.age(each.table.name), (each.name, each.table.name))


def _names(wishes: Sequence[_Wish]) -> list[str]:
    """A unique name for each. Older settings choose first."""
    found: dict[int, str] = {}
    for at, wish in sorted(enumerate(wishes), key=lambda item: item[1].age):
        choices = chain(wish.names, (f"{wish.names[-1]}_{number}" for number in count(2)))
        found[at] = next(name for name in choices if name not in found.values())
    return [found[at] for at in range(len(wishes))]


def _in_order(schema: Schema, named: Iterable[tuple[str, ListSetting]]) -> dict[str, ListSetting]:
    """Lists by name, in the order of the tables."""
    order = list(schema.tables)
    return dict(sorted(named, key=lambda item: order.index(item[1].table.name)))


def _lists(schema: Schema, owners: list[Table], placed: set[str]) -> list[ListSetting]:
    """The lists of rows of these tables, oldest tables first, with their own lists."""
    found = []
    for owner in owners:
        for key in owner.referenced_by:
            if len(key.columns) == 1 and key.table not in placed:
                placed.add(key.table)
                found.append((schema.tables[key.table], owner, key.columns[0]))
    lists = []
    for table, owner, column in sorted(found, key=lambda each: schema.oldest_first.index(each[0].name)):
        inner = _lists(schema, [table], placed) if _makes_keys(table) else []
        below = _in_order(schema, zip(_names([_wish(schema, each) for each in inner]), inner, strict=True))
        called = headings(schema, table)
        columns = {called[each]: each for each in table.user_columns if each != column}
        lists.append(ListSetting(_short(schema, table.name), table, owner, column, below, columns))
    return lists


def _short(schema: Schema, name: str) -> str:
    """A table name without that of the table it belongs to: ``members`` for ``preceptor_team_members``."""
    before = schema.oldest_first[: schema.oldest_first.index(name)]
    prefixes = [f"{each.removesuffix('s')}_" for each in before]
    longest = max((each for each in prefixes if name.startswith(each)), key=len, default="")
    return name.removeprefix(longest)
