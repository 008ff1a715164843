"""Finds the changes from one schema to another. Knows no database."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from clerkbench.database.column import Column
from clerkbench.database.constraints import Constraint
from clerkbench.database.schema import Schema
from clerkbench.database.table import Table
from clerkbench.files.schema_history import renames
from clerkbench.files.sql_text import tokens, with_names

ADDED, REMOVED, CHANGED, RENAMED = "added", "removed", "changed", "renamed"

#: The names after a migration, by the table and the column before it, in lower case; the column is empty for a table.
Renames = Mapping[tuple[str, str], str]


class SchemaChange(NamedTuple):
    """One change of a schema.

    Attributes:
        change: ``added``, ``removed``, ``changed`` or ``renamed``.
        kind: ``table``, ``view``, ``column``; of a column ``type``, ``nullability``, ``default``; ``check``,
            ``unique``, ``primary key``, ``foreign key``, ``index``; ``delete rule``; ``rule in words``, ``comment``.
        table: The table or view, by its name afterwards; one that is gone by its name before.
        name: The columns that it is about; for an index its name.
        before, after: The definition on both sides; empty where it does not exist.
        rule: The rule in words of a constraint; the comment of what was added or removed.
    """

    change: str
    kind: str
    table: str
    name: str
    before: str
    after: str
    rule: str = ""


@dataclass(frozen=True)
class SchemaVersion:
    """A schema, with what the catalog does not say of it.

    Attributes:
        views: The SQL of each view; None if the views are not known, because they are written for another version.
        scripts: The migration scripts that made it, first to last. They tell what was renamed.
    """

    schema: Schema
    views: Mapping[str, str] | None = None
    scripts: tuple[str, ...] = ()


def schema_changes(before: SchemaVersion, after: SchemaVersion) -> list[SchemaChange]:
    """The changes: by table, parents first, then views. The order of columns makes no difference."""
    renamed = renames_between(before, after)
    found = [
        each
        for old, new in matched_tables(before.schema, after.schema, renamed)
        for each in _of_table(old, new, renamed)
    ]
    return found + list(_of_views(before, after))


def renames_between(before: SchemaVersion, after: SchemaVersion) -> Renames:
    """What the scripts rename that one version has and the other has not; nothing if the versions have branched."""
    shared = min(len(before.scripts), len(after.scripts))
    if before.scripts[:shared] != after.scripts[:shared]:
        return {}
    if len(after.scripts) > shared:
        return renames(after.scripts[shared:])
    forward = renames(before.scripts[shared:])
    tables = {table: now for (table, column), now in forward.items() if not column}
    return {
        (tables.get(table, table), now) if column else (now, ""): column or table
        for (table, column), now in forward.items()
    }


def matched_tables(before: Schema, after: Schema, renamed: Renames) -> list[tuple[Table | None, Table | None]]:
    """The tables of both sides in pairs, parents first; None for a table that one side lacks."""
    former = {now: old for (old, column), now in renamed.items() if not column}
    old_names = {name.lower(): name for name in before.tables}
    now_names = {name.lower() for name in after.tables}
    moved_away = {old for old, now in ((old, now) for now, old in former.items()) if now in now_names}
    pairs: list[tuple[Table | None, Table | None]] = []
    for name, table in after.tables.items():
        earlier = former.get(name.lower(), "")
        moved = name.lower() in moved_away  # another table has this name now
        same = old_names.pop(earlier, None) or (None if moved else old_names.pop(name.lower(), None))
        pairs.append((before.tables[same] if same else None, table))
    gone = set(old_names.values())
    return pairs + [(table, None) for name, table in before.tables.items() if name in gone]


def matched_columns(before: Table, after: Table, renamed: Renames) -> dict[str, str]:
    """The columns that both have, by the name before; the name afterwards."""
    names = {name.lower(): name for name in after.columns}
    found: dict[str, str] = {}
    for column in before.columns:
        new = renamed.get((before.name.lower(), column.lower()), column.lower())
        if (same := names.get(new) or names.get(column.lower())) and same not in found.values():
            found[column] = same
    return found


def _of_table(before: Table | None, after: Table | None, renamed: Renames) -> Iterator[SchemaChange]:
    if before is None or after is None:
        table = after or before
        assert table is not None
        yield _one_sided(ADDED if after else REMOVED, "table", table.name, "", _columns_of(table), table.comment)
        return
    if before.name.lower() != after.name.lower():
        yield SchemaChange(RENAMED, "table", after.name, "", before.name, after.name)
    if before.comment != after.comment:
        yield SchemaChange(
            _how(before.comment, after.comment), "comment", after.name, "", before.comment, after.comment
        )
    columns = matched_columns(before, after, renamed)
    for name, column in after.columns.items():
        if name not in columns.values():
            yield _one_sided(ADDED, "column", after.name, name, definition(after, column), column.comment)
    for name, column in before.columns.items():
        if name not in columns:
            yield _one_sided(REMOVED, "column", after.name, name, definition(before, column), column.comment)
    for old, new in columns.items():
        yield from _of_column(before, after, old, new)
    yield from _of_constraints(before, after, renamed)
    yield from _of_indexes(before, after)


def _of_column(before: Table, after: Table, old: str, new: str) -> Iterator[SchemaChange]:
    one, other = before.columns[old], after.columns[new]
    if old != new:
        yield SchemaChange(RENAMED, "column", after.name, new, old, new)
    nullable = [("required" if name in table.required else "optional") for table, name in ((before, old), (after, new))]
    facts = {
        "type": (one.type, other.type),
        "nullability": (nullable[0], nullable[1]),
        "default": (one.default, other.default),
        "comment": (one.comment, other.comment),
    }
    for kind, (was, is_now) in facts.items():
        if was != is_now:
            yield SchemaChange(_how(was, is_now), kind, after.name, new, was, is_now)
    if one.generated != other.generated:
        how = ("stored", "generated")
        yield SchemaChange(CHANGED, "column", after.name, new, how[one.generated], how[other.generated])


def _of_constraints(before: Table, after: Table, renamed: Renames) -> Iterator[SchemaChange]:
    left = [each for each in after.constraints if each.kind != "not null"]
    gone: list[Constraint] = []
    for old in before.constraints:
        if old.kind == "not null":
            continue
        wanted = _identity(old, renamed)
        new = next((each for each in left if _identity(each, {}) == wanted), None)
        if new is None:
            gone.append(old)
            continue
        left.remove(new)
        if old.on_delete != new.on_delete:
            yield SchemaChange(
                CHANGED, "delete rule", after.name, _columns(new), old.on_delete, new.on_delete, new.rule
            )
        if old.rule != new.rule:
            yield SchemaChange(_how(old.rule, new.rule), "rule in words", after.name, _columns(new), old.rule, new.rule)
    for new in left:
        former = next((each for each in gone if _is_successor(each, new, renamed)), None)
        if former is None:
            yield _one_sided(ADDED, new.kind, after.name, _columns(new), constraint_text(new), new.rule)
        else:
            gone.remove(former)
            texts = constraint_text(former), constraint_text(new)
            yield SchemaChange(CHANGED, new.kind, after.name, _columns(new), *texts, new.rule)
    for old in gone:
        yield _one_sided(REMOVED, old.kind, after.name, _columns(old), constraint_text(old), old.rule)


def _identity(constraint: Constraint, renamed: Renames) -> tuple[object, ...]:
    """What makes two constraints the same, with the names afterwards. A changed delete rule leaves it the same."""
    parent = constraint.parent.lower()
    names = {old: new for (table, old), new in renamed.items() if table == constraint.table.lower() and old}
    text = constraint.expression if constraint.kind == "check" else ", ".join(constraint.expressions)
    return (
        constraint.kind,
        _names_afterwards(constraint.table, constraint.columns, renamed),
        with_names(text, names) if text else "",
        renamed.get((parent, ""), parent),
        _names_afterwards(parent, constraint.parent_columns, renamed),
    )


def _names_afterwards(table: str, columns: Iterable[str], renamed: Renames) -> frozenset[str]:
    return frozenset(renamed.get((table.lower(), each.lower()), each.lower()) for each in columns)


def _is_successor(old: Constraint, new: Constraint, renamed: Renames) -> bool:
    """Whether a new constraint takes the place of an old one: a check of the same columns, another unique scope."""
    if old.kind != new.kind:
        return False
    one, other = _names_afterwards(old.table, old.columns, renamed), _names_afterwards(new.table, new.columns, {})
    if old.kind == "unique":
        return bool(one & other) or bool(old.index and old.index == new.index)
    return bool(one) and one == other


def _of_indexes(before: Table, after: Table) -> Iterator[SchemaChange]:
    """The indexes that are not unique; the others are constraints."""
    was, now = (
        {found[2].name: create for create in table.indexes if (found := tokens(create))[1].keyword == "index"}
        for table in (before, after)
    )
    for name in sorted(was.keys() | now.keys()):
        old, new = was.get(name, ""), now.get(name, "")
        if old != new:
            yield SchemaChange(_how(old, new), "index", after.name, name, old, new)


def _of_views(before: SchemaVersion, after: SchemaVersion) -> Iterator[SchemaChange]:
    if before.views is None or after.views is None:
        return
    was, now = before.schema.views, after.schema.views
    for name in sorted(was.keys() | now.keys()):
        old, new = was.get(name), now.get(name)
        texts = [", ".join(view.columns) if view else "" for view in (old, new)]
        if old is None or new is None:
            view = new or old
            assert view is not None
            yield _one_sided(ADDED if new else REMOVED, "view", name, "", ", ".join(view.columns), view.comment)
            continue
        if texts[0] != texts[1] or before.views.get(name) != after.views.get(name):
            yield SchemaChange(
                CHANGED, "view", name, "", *(texts if texts[0] != texts[1] else ("query", "another query"))
            )
        if old.comment != new.comment:
            yield SchemaChange(_how(old.comment, new.comment), "comment", name, "", old.comment, new.comment)


def _one_sided(change: str, kind: str, table: str, name: str, text: str, rule: str) -> SchemaChange:
    before, after = ("", text) if change == ADDED else (text, "")
    return SchemaChange(change, kind, table, name, before, after, rule)


def _how(before: str, after: str) -> str:
    return CHANGED if before and after else ADDED if after else REMOVED


def _columns(constraint: Constraint) -> str:
    return ", ".join(constraint.columns or constraint.expressions)


def _columns_of(table: Table) -> str:
    return ", ".join(table.columns)


def definition(table: Table, column: Column) -> str:
    """A column in one line: "INTEGER, required, default 1"."""
    parts = [column.type, "required" if column.name in table.required else "optional"]
    parts += [f"default {column.default}"] if column.default else []
    return ", ".join(parts + (["generated"] if column.generated else []))


def constraint_text(constraint: Constraint) -> str:
    """A constraint in one line, without its rule in words."""
    match constraint.kind:
        case "check":
            return f"CHECK ({constraint.written})"
        case "foreign key":
            own, above = ", ".join(constraint.columns), ", ".join(constraint.parent_columns)
            return f"({own}) REFERENCES {constraint.parent} ({above}) ON DELETE {constraint.on_delete}"
    return f"{constraint.kind.upper()} ({_columns(constraint)})"


def tables_of(changes: Iterable[SchemaChange]) -> list[str]:
    """The tables and views that changes are about, each once."""
    return list(dict.fromkeys(each.table for each in changes))
