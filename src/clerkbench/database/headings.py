"""The names of columns for people: ``site`` for ``site_id``."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from clerkbench.database.schema import Schema
from clerkbench.database.table import Table

#: What is known of a row: some of its columns with their values.
Known = Mapping[str, Any]


class Reference(NamedTuple):
    """A column with the id of a row of another table. People write the name of that row in its place.

    Attributes:
        other_columns: The other columns of the foreign key, each with the column of the parent.
    """

    column: str
    parent: str
    other_columns: tuple[tuple[str, str], ...]

    def known(self, row: Mapping[str, Any]) -> Known:
        """What a row gives of the referenced row in the other columns of the key."""
        return {above: row[own] for own, above in self.other_columns if row.get(own) is not None}


def references(schema: Schema, table: Table) -> dict[str, Reference]:
    """The columns in whose place people write names. The referenced key must be an id that nobody writes."""
    found: dict[str, Reference] = {}
    for key in table.foreign_keys:
        parent = schema.tables[key.parent]
        pairs = list(zip(key.columns, key.parent_columns, strict=True))
        for column, above in pairs:
            if column not in found and parent.primary_key == (above,) and above in parent.managed_columns:
                found[column] = Reference(column, parent.name, tuple(pair for pair in pairs if pair[0] != column))
    return found


def headings(schema: Schema, table: Table) -> dict[str, str]:
    """The heading of each stored column: ``site`` for ``site_id``."""
    links = references(schema, table)
    found: dict[str, str] = {}
    for column in table.stored:
        choices = [column]
        if column in links:
            choices = [_heading(schema, column, links[column]), column.removesuffix("_id"), column]
        taken = {*found.values(), *(each for each in table.stored if each != column)}
        found[column] = next(each for each in choices if each not in taken)
    return found


def _heading(schema: Schema, column: str, reference: Reference) -> str:
    """The heading of a reference. A row whose label is that of its parent has the heading of the parent."""
    parent = schema.tables[reference.parent]
    links = references(schema, parent)
    if (
        len(parent.label_columns) == 1
        and (lender := links.get(parent.label_columns[0]))
        and lender.parent != parent.name
    ):
        return _heading(schema, lender.column, lender)
    return column.removesuffix("_id")
