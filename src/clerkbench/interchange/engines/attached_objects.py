"""Keeps what others attached to the tables of a school while a migration changes these tables.

An application has foreign keys to the school, triggers, policies and indexes of its own. A migration that creates a
table again would drop them. So their definitions are read before, and what is missing afterwards is created again.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from clerkbench.errors import TargetError
from clerkbench.reporting.phrases import listed

if TYPE_CHECKING:
    from clerkbench.interchange.engines.target import Target


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


def detach(target: "Target", found: Sequence[AttachedObject]) -> None:
    """Drop what would act on the migration: triggers must not fire, and SQLite checks the views of others."""
    for each in found:
        if each.detach:
            target.run(each.detach)


def reattach(target: "Target", found: Sequence[AttachedObject], tables: Collection[str]) -> None:
    """Create again what is missing.

    Args:
        tables: The tables of the school now, in lower case.

    Raises:
        TargetError: Something is attached to a table that the migration dropped; or it cannot be created again.
    """
    if homeless := [
        f"the {each.kind} {each.name} on {each.table}" for each in found if each.table and each.table not in tables
    ]:
        raise TargetError(
            f"{target.address}: the migration drops tables to which others have attached something: "
            f"{listed(homeless)}. Remove it there first. Nothing was changed there."
        )
    present = {each.identity for each in target.attached_objects(tables)}
    for each in found:
        if each.identity not in present:
            for statement in each.create:
                target.run(statement)
