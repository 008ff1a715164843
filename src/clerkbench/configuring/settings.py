"""What can be set for a clerkship, as the schema says. Reads only.

- A **value** is a column of the clerkship, or of a table with one row for each clerkship: ``assignment_strategy``.
- A **list** is a table whose rows belong to a clerkship, or to its one row elsewhere: ``requirements``. A list may hold
  lists: the ``members`` of a team.

A table that the schema gains tomorrow, with a foreign key to one of these, is a list by itself. It takes no name that a
table before it has.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from clerkbench.errors import ArgumentError
from clerkbench.names import headings
from clerkbench.schema import Schema, Table
from clerkbench.values import briefly

#: What the interface calls a clerkship is a row of this table.
CLERKSHIPS = "clerkships"


@dataclass(frozen=True)
class ListOf:
    """Rows of a table that belong to a row of another.

    Attributes:
        name: What the list is called.
        table: The table.
        owner: The other table.
        column: The column that holds the owner's id.
        lists: The lists that belong to each of its rows, by name.
        columns: What can be said of an item: its columns by what people call them.
    """

    name: str
    table: Table
    owner: Table
    column: str
    lists: "dict[str, ListOf]"
    columns: dict[str, str]

    @property
    def alone(self) -> str:
        """What an item means that is given as a single text; empty where that would not be enough."""
        left_out = {self.column, self.table.place_column}
        needed = [
            name
            for name, column in self.columns.items()
            if column in self.table.required and not self.table.columns[column].default and column not in left_out
        ]
        return needed[0] if len(needed) == 1 else ""

    @property
    def placed_within(self) -> list[str]:
        """The columns whose items count their places by themselves: the fallbacks of each preceptor."""
        place = self.table.place_column
        for each in self.table.constraints:
            columns = self.table.columns_in(each)
            if each.kind == "unique" and place in columns:
                return [column for column in columns if column not in (place, self.column)]
        return []


@dataclass
class Settings:
    """Everything that can be set for a clerkship.

    Attributes:
        clerkships: The table of clerkships.
        halves: The tables with one row for each clerkship, each with the column that holds the clerkship's id.
        values: By name, the table and the column.
        lists: By name.
    """

    clerkships: Table
    halves: dict[str, str] = field(default_factory=dict)
    values: dict[str, tuple[str, str]] = field(default_factory=dict)
    lists: dict[str, ListOf] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """All that can be named."""
        return [*self.values, *self.lists]


def refuse_no_name(clerkship: object) -> None:
    """Make sure that a clerkship is given by name or id.

    Raises:
        ArgumentError: It is not.
    """
    if not isinstance(clerkship, str):
        raise ArgumentError(
            f"A clerkship is given by its name or id, a text, not by {briefly(clerkship)}. Nothing was changed."
        )


def settings(schema: Schema) -> Settings:
    """Finds what can be set.

    Raises:
        UnknownNameError: The schema has no clerkships.
    """
    found = Settings(schema.called(CLERKSHIPS))
    placed = {CLERKSHIPS}
    _add_values(schema, found, found.clerkships, set(found.clerkships.natural_key))
    for key in sorted(found.clerkships.referenced_by, key=lambda each: schema.oldest_first.index(each.table)):
        table = schema.tables[key.table]
        unique = any(each.kind == "unique" and each.columns == key.columns for each in table.constraints)
        if len(key.columns) == 1 and unique and table.name not in placed and _makes_keys(table):
            found.halves[table.name] = key.columns[0]
            placed.add(table.name)
            _add_values(schema, found, table, set(key.columns))
    owners = [found.clerkships, *(schema.tables[name] for name in found.halves)]
    found.lists = _named(schema, _lists(schema, owners, placed), found.values)
    return found


def _makes_keys(table: Table) -> bool:
    """Whether the database makes the ids of a table's rows, so that others can belong to a row that is new."""
    return len(table.primary_key) == 1 and table.primary_key[0] in table.bookkeeping


def _add_values(schema: Schema, found: Settings, table: Table, but: set[str]) -> None:
    called = headings(schema, table)
    for column in table.told:
        if column not in but:
            within = f"{_short(schema, table.name).removesuffix('s')}_{column}"
            found.values[_free(found.names, called[column], within)] = table.name, column


def _free(taken: Iterable[str], name: str, otherwise: str) -> str:
    return name if name not in taken else otherwise


def _named(schema: Schema, lists: Iterable[ListOf], taken: Iterable[str] = ()) -> dict[str, ListOf]:
    """Lists by their names, in the order of the tables. Those of older tables choose first."""
    found: dict[str, ListOf] = {}
    for each in lists:
        found[_free([*taken, *found], each.name, each.table.name)] = each
    order = list(schema.tables)
    return dict(sorted(found.items(), key=lambda item: order.index(item[1].table.name)))


def _lists(schema: Schema, owners: list[Table], placed: set[str]) -> list[ListOf]:
    """The lists that belong to rows of these tables, those of the oldest tables first; and theirs, and so on."""
    found = []
    for owner in owners:
        for key in owner.referenced_by:
            if len(key.columns) == 1 and key.table not in placed:
                placed.add(key.table)
                found.append((schema.tables[key.table], owner, key.columns[0]))
    lists = []
    for table, owner, column in sorted(found, key=lambda each: schema.oldest_first.index(each[0].name)):
        below = _named(schema, _lists(schema, [table], placed) if _makes_keys(table) else [])
        called = headings(schema, table)
        columns = {called[each]: each for each in table.told if each != column}
        lists.append(ListOf(_short(schema, table.name), table, owner, column, below, columns))
    return lists


def _short(schema: Schema, name: str) -> str:
    """A table's name without that of what it belongs to: ``members`` for ``preceptor_team_members``."""
    before = schema.oldest_first[: schema.oldest_first.index(name)]
    prefixes = [f"{each.removesuffix('s')}_" for each in before]
    longest = max((each for each in prefixes if name.startswith(each)), key=len, default="")
    return name.removeprefix(longest)
