"""What others attached to the tables of a school, with the statements that create it again.

An application has foreign keys to the school, triggers, policies and indexes of its own. A migration that creates a
table again would drop them. So :mod:`clerkbench.interchange.engines.in_place` reads the
definitions before, and creates what is missing afterwards.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class AttachedObject:
    """Something that no migration made, on a table of a school.

    Attributes:
        kind: ``foreign key``, ``trigger``, ``policy``, ``index`` or ``view``.
        name: Its name; of a foreign key with its table.
        table: The table of the school, in lower case; for a foreign key the table that it references; empty for a view.
        create: The statements that create it.
        detach: The statement that drops it before the migration; empty if it may stay.
    """

    kind: str
    name: str
    table: str
    create: tuple[str, ...]
    detach: str = ""

    @property
    def identity(self) -> tuple[str, str, str]:
        """What makes two of them the same."""
        return self.kind, self.name, self.table


@dataclass(frozen=True)
class ApplicationKey:
    """A foreign key of a table that no migration made, to a table of a school.

    Attributes:
        child: The table as SQL names it.
        columns: Its columns as SQL names them.
        parent, parent_columns: What they reference, as the engine spells it.
    """

    child: str
    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]


def attached_from_rows(rows: Iterable[Sequence[str]], tables: Collection[str]) -> list[AttachedObject]:
    """The objects that a query on a server lists, one statement in each row.

    Args:
        rows: Kind, name, table, the own table of a foreign key, a number, the statement, and the one that drops it.
        tables: The tables and views of the school, in lower case. Their own foreign keys are left out.
    """
    found: dict[tuple[str, str, str], AttachedObject] = {}
    for kind, name, table, own, _, statement, dropped in rows:
        if table.lower() in tables and own.lower() not in tables:
            place = kind, name, table.lower()
            known = found.get(place, AttachedObject(*place, (), dropped))
            found[place] = replace(known, create=(*known.create, statement))
    return list(found.values())


def keys_from_rows(rows: Iterable[Sequence[Any]], tables: Collection[str]) -> list[ApplicationKey]:
    """The foreign keys of others that a query lists, one column in each row.

    Args:
        rows: What tells keys apart, the table that has it, its name if it may be one of the school, the referenced
            table, and the columns of both.
    """
    found: dict[Any, ApplicationKey] = {}
    for place, child, own, parent, column, above in rows:
        if parent.lower() in tables and own.lower() not in tables:
            known = found.get(place, ApplicationKey(child, (), parent, ()))
            found[place] = replace(
                known, columns=(*known.columns, column), parent_columns=(*known.parent_columns, above)
            )
    return list(found.values())
