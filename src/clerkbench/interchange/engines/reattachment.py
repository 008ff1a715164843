"""Keeps what others made beside a school while its schema changes: detaches it, and creates again what is missing."""

import re
from collections.abc import Collection, Mapping, Sequence

from clerkbench.errors import TargetError
from clerkbench.files.sql_text import code_of, name_at, quoted, tokens
from clerkbench.interchange.engines.attached_objects import ApplicationKey, AttachedObject
from clerkbench.interchange.engines.payload import Payload
from clerkbench.interchange.engines.target import Target
from clerkbench.reporting.phrases import listed

#: A schema for a trial, which is dropped in the same transaction.
_SCRATCH = '"clerkbench: scratch"'


def settings_by_others(target: Target, payload: Payload, views: Mapping[str, str]) -> set[str]:
    """The settings of tables, views and indexes that are not those of a school. They are found by a comparison with the
    same school in a schema of its own. SQLite has no settings.

    Args:
        payload: The school before it changes.
        views: The checksums of the views there, by name in lower case.
    """
    if not target.identities():
        return set()
    held = target.settings() | target.later_settings()
    [(own, may_create)] = target.rows("SELECT current_schema(), has_database_privilege(current_database(), 'CREATE')")
    if not may_create:
        return {each for each in held if each.startswith(target.never_migrated)}
    target.run(f"CREATE SCHEMA {_SCRATCH}")
    target.run(f"SET LOCAL search_path TO {_SCRATCH}")
    for statement in payload.all_statements(target.dialect, target.words(payload.constraints)):
        target.run(statement)
    made = target.settings() | target.later_settings()
    target.run(f"DROP SCHEMA {_SCRATCH} CASCADE")
    target.run(f"SET LOCAL search_path TO {quoted(own)}")
    known = {each.checksum for each in payload.views}
    old = [name for name, checksum in views.items() if checksum not in known]  # as another release had them
    return {each for each in held - made if not any(re.search(rf"\b{re.escape(name)}\b", each.lower()) for name in old)}


def created_or_dropped(statement: str) -> list[str]:
    """The table, view or index that a statement creates or drops, in lower case."""
    code = code_of(tokens(statement))
    words = [token.keyword for token in code[:3]]
    if words[:1] not in (["create"], ["drop"]) or not {"table", "view", "index", "sequence"} & set(words[1:3]):
        return []
    at = 3 if words[1:2] == ["unique"] else 2
    return [name_at(code, at)] if len(code) > at else []


def may_delete(statement: str) -> bool:
    """Whether a statement may fire the delete rules of others, or change what they reference."""
    code = code_of(tokens(statement))
    return bool(code) and code[0].keyword in ("delete", "truncate", "update", "merge", "with", "drop")


def detach(target: Target, found: Sequence[AttachedObject], *, with_keys: bool) -> None:
    """Drop what would act on the migration: triggers must not fire, and SQLite checks the views of others."""
    for each in found:
        if each.detach and (with_keys or each.kind != "foreign key"):
            target.run(each.detach)


def require_homes(target: Target, found: Sequence[AttachedObject], tables: Collection[str]) -> None:
    """Raise TargetError if something is attached to a table that the migration dropped or renamed.

    Args:
        tables: The tables and views of the school now, in lower case.
    """
    _refuse(
        target, [f"the {each.kind} {each.name} on {each.table}" for each in found if each.table not in {"", *tables}]
    )


def reattach(
    target: Target,
    found: Sequence[AttachedObject],
    keys: Sequence[ApplicationKey],
    tables: Collection[str],
    broken: Collection[str],
) -> None:
    """Create again what is missing. Raise TargetError if something of others does not work any more.

    Args:
        keys: The foreign keys of others before.
        tables: The tables and views of the school now, in lower case.
        broken: What did not work before.
    """
    present = {each.identity for each in target.attached_objects(tables)}
    for each in sorted(found, key=lambda each: each.kind != "index"):  # a foreign key may need an index
        if each.identity not in present:
            for statement in each.create:
                target.run(statement)
    followed = {(each.child, each.columns) for each in target.application_keys(tables)}
    gone = [each for each in keys if (each.child, each.columns) not in followed]
    _refuse(target, [f"the foreign key of {each.child} to {each.parent}" for each in gone])
    if now := [each for each in target.broken_objects() if each not in broken]:
        raise TargetError(
            f"{target.address}: the migration would break what others made there: {listed(now)}. "
            "Remove it first, and make it again afterwards. Nothing was changed there."
        )


def require_no_new_orphans(target: Target, before: Collection[str]) -> None:
    """Raise TargetError if rows reference rows that are gone, where they did not before."""
    if loose := [each for each in target.orphans() if each not in before]:
        raise TargetError(
            f"{target.address}: rows would reference rows that are gone, from {'; from '.join(loose)}. Change or "
            "delete them first. Nothing was changed there."
        )


def _refuse(target: Target, homeless: Sequence[str]) -> None:
    if homeless:
        raise TargetError(
            f"{target.address}: the migration drops or renames tables to which others have attached something: "
            f"{listed(homeless)}. Remove it there first, and make it again afterwards. Nothing was changed there."
        )
