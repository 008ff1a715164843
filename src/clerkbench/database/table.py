"""One table or view of the schema: columns, keys, constraints, comments, and what follows from them."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Any

from clerkbench.database.column import RENEWED, Area, Column, Commented
from clerkbench.database.constraints import Constraint
from clerkbench.database.values import Key, comparable, row_hash, select_expression
from clerkbench.errors import SchemaError
from clerkbench.files.sql_text import quoted, tokens

#: The values of a row in the columns of :attr:`Table.tracked_columns`.
Values = tuple[Any, ...]

#: Rows of a table by their keys.
Rows = dict[Key, Values]

#: The columns that have a meaning by their names, in any table that has them.
_NAMES = ("name", "title", r".+_name|firstname|lastname", "code")
_PRIORITY = "priority"

#: DuckDB's name of its own row number.
ROW_NUMBER = "rowid"


@dataclass(frozen=True, eq=False)
class Table(Commented):
    """One table, with the foreign keys that tie it to others.

    Attributes:
        name: As the catalog spells it.
        address: The full name, quoted.
        columns: By name, in order.
        constraints: All that the table enforces on its rows, in the order of declaration.
        referenced_by: The foreign keys that reference it, its own among them.
        indexes: The CREATE INDEX of each index.
        comment: What the schema says of it; empty if it says nothing.
    """

    name: str
    address: str
    columns: Mapping[str, Column]
    constraints: tuple[Constraint, ...] = ()
    referenced_by: tuple[Constraint, ...] = ()
    indexes: tuple[str, ...] = ()
    comment: str = ""

    @cached_property
    def primary_key(self) -> tuple[str, ...]:
        """The columns of the primary key; none for a table without one."""
        return next((each.columns for each in self.constraints if each.kind == "primary key"), ())

    @cached_property
    def row_key(self) -> tuple[str, ...]:
        """The columns that identify a row: the primary key, or else another unique key, or else DuckDB's row number,
        see :attr:`is_numbered`. Raises SchemaError if the table has none of these.
        """
        if not self._unique_key and not self.is_numbered:
            raise SchemaError(
                f"{self.name} has no primary key, and its column {ROW_NUMBER} hides DuckDB's row id. So its rows "
                "cannot be identified. Give it a primary key in a migration. Nothing was changed."
            )
        return self._unique_key or (ROW_NUMBER,)

    @cached_property
    def is_numbered(self) -> bool:
        """Whether only DuckDB's row numbers identify a row. They change when DuckDB rewrites the table.

        That is safe if nothing references the rows, because then a change touches them first.
        """
        return not self._unique_key and not self.hides_numbers

    @cached_property
    def hides_numbers(self) -> bool:
        """Whether a column has the name of DuckDB's row numbers, which are invisible then."""
        return any(column.lower() == ROW_NUMBER for column in self.columns)

    @cached_property
    def _unique_key(self) -> tuple[str, ...]:
        if self.primary_key:
            return self.primary_key
        unique = (each.columns for each in self.constraints if each.kind == "unique" and each.columns)
        return next((columns for columns in unique if self.required.issuperset(columns)), ())

    @cached_property
    def foreign_keys(self) -> list[Constraint]:
        """The foreign keys by which its rows reference others."""
        return [each for each in self.constraints if each.kind == "foreign key"]

    @cached_property
    def self_references(self) -> list[Constraint]:
        """The foreign keys by which its rows reference each other."""
        return [each for each in self.foreign_keys if each.parent == self.name]

    @cached_property
    def required(self) -> set[str]:
        """The columns that take no NULL."""
        return {each.columns[0] for each in self.constraints if each.kind == "not null"} | set(self.primary_key)

    @cached_property
    def name_columns(self) -> list[str]:
        """The text columns by which people know a row: its ``name``; or else its ``title``; or else what ends in
        ``_name``, such as a first and a last name; or else its ``code``. None of them is part of a foreign key.
        """
        texts = [each.name for each in self.columns.values() if each.type == "VARCHAR"]
        links = {column for key in self.foreign_keys for column in key.columns}
        for kind in _NAMES:
            if found := [name for name in texts if name not in links and re.fullmatch(kind, name, re.IGNORECASE)]:
                return found
        return []

    @cached_property
    def name_column(self) -> str:
        """The only one of :attr:`name_columns`; empty if there is none, or several."""
        return self.name_columns[0] if len(self.name_columns) == 1 else ""

    @cached_property
    def renewed_column(self) -> str:
        """The column ``updated_at``, which gets its default again with every change; empty if there is none."""
        return next((each.name for each in self.columns.values() if each.name.lower() == RENEWED and each.default), "")

    @cached_property
    def priority_column(self) -> str:
        """The column ``priority``, which orders rows, 1 first; empty if there is none."""
        return next((each.name for each in self.columns.values() if each.name.lower() == _PRIORITY), "")

    @cached_property
    def label_columns(self) -> list[str]:
        """The columns of a row's label: its name; or else what is unique; or else what it references, itself apart; or
        else its key. So a row of a table that the schema gains tomorrow has a label as well.
        """
        if self.name_columns:
            return self.name_columns
        for each in self.constraints:
            if each.kind == "unique" and each.columns:
                return list(each.columns)
        references = {column for key in self.foreign_keys if key.parent != self.name for column in key.columns}
        return [column for column in self.columns if column in references] or list(self.row_key)

    @cached_property
    def managed_columns(self) -> set[str]:
        """The columns that the database fills and nobody writes: a new id, and the times of the row.

        A default alone does not make a managed column: people write a day that is today by default. The default of a
        key that is a new id, or the next number of a sequence, does.
        """
        return {each.name for each in self.columns.values() if each.is_row_time} | {
            name for name in self._unique_key if self.columns[name].is_new_id or self.columns[name].sequence
        }

    @cached_property
    def user_columns(self) -> list[str]:
        """The columns that people write, in order: all stored columns that are not managed."""
        return [name for name in self.stored if name not in self.managed_columns]

    @cached_property
    def natural_key(self) -> list[str]:
        """The columns by which people identify a row, and that mean the same in another database.

        The first columns that are unique together, ids apart; or else what a row references and its name; or else all.
        """
        if self.unique_names:
            return self.unique_names
        references = {column for key in self.foreign_keys for column in key.columns}
        return [
            each for each in self.user_columns if each in references or each in self.name_columns
        ] or self.user_columns

    @cached_property
    def unique_names(self) -> list[str]:
        """The first columns that people write and that are unique together; none if people can write a row twice."""
        for each in self.constraints:
            columns = self.columns_in(each)
            if each.kind in ("unique", "primary key") and columns and set(columns) <= set(self.user_columns):
                return columns
        return []

    @cached_property
    def filled_names(self) -> tuple[str, ...]:
        """Those of :attr:`unique_names` that may be NULL, and must be filled to identify a row. In a unique index over
        ``coalesce(…)`` an empty value is one like the others.
        """
        unique = (each for each in self.constraints if self.columns_in(each) == self.unique_names)
        found = next((each.columns for each in unique if each.kind in ("unique", "primary key")), ())
        return tuple(column for column in found if column not in self.required)

    @cached_property
    def tracked_columns(self) -> list[str]:
        """The columns that a change has to know of a row: its key, its references in both directions, and its label."""
        names = list(self.row_key)
        names += [column for key in self.foreign_keys for column in key.columns]
        names += [column for key in self.referenced_by for column in key.parent_columns]
        return list(dict.fromkeys(names + self.label_columns))

    @cached_property
    def indexed(self) -> set[str]:
        """The columns with an index. DuckDB changes them by a delete and an insert."""
        keys = [each for each in self.constraints if each.kind not in ("check", "not null")]
        named = {token.name for create in self.indexes for token in tokens(create)}
        found = {column for key in keys for column in key.columns}
        return found | {column for column in self.columns if column.lower() in named}

    def columns_in(self, constraint: Constraint) -> list[str]:
        """The columns that a constraint reads, also inside the expressions of an index."""
        if constraint.columns:
            return list(constraint.columns)
        named = {token.name for each in constraint.expressions for token in tokens(each)}
        return [column for column in self.columns if column.lower() in named]

    def area_of(self, column: str) -> Area | None:
        """The configuration area of a column, or else of the table; None if neither has one."""
        found = self.columns[column].area if column in self.columns else None
        return found or self.area

    def picker(self, columns: Iterable[str]) -> Callable[[Values], Key]:
        """A function that picks the values of some columns out of the values of the :attr:`tracked` ones."""
        return itemgetter(*(self.tracked_columns.index(column) for column in columns))

    @cached_property
    def stored(self) -> list[str]:
        """The columns that are given values, in order."""
        return [each.name for each in self.columns.values() if not each.generated]

    @cached_property
    def fingerprint(self) -> str:
        """See :func:`row_hash`."""
        return row_hash(self.column_types(self.stored))

    def sibling_address(self, prefix: str) -> str:
        """The full name of a table of clerkbench in the same schema, named after this one."""
        return self.address.removesuffix(quoted(self.name)) + quoted(prefix + self.name)

    def column_types(self, columns: Iterable[str]) -> dict[str, str]:
        """Some columns, each with its type."""
        return {each: self.columns[each].type if each in self.columns else "BIGINT" for each in columns}

    def select_list(self, columns: Iterable[str]) -> str:
        """The SELECT list that fetches some columns so that their values can be stored again unchanged."""
        return ", ".join(select_expression(quoted(name), kind) for name, kind in self.column_types(columns).items())

    def comparable(self, column: str) -> str:
        """A column as a foreign key compares it: by its exact value, whatever its collation."""
        return comparable(column, self.column_types([column])[column])
