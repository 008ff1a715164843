"""One change of the schema of a school on another engine, as statements.

They run where the school is, see :mod:`clerkbench.interchange.engines.in_place`, or are written to files.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from clerkbench.database.constraints import Constraint
from clerkbench.errors import MigrationError
from clerkbench.files.alter_statements import parse_rename
from clerkbench.files.declared_constraints import declared_constraints
from clerkbench.files.sql_files import Migration, SqlFiles
from clerkbench.files.sql_text import Token, code_of, literal, name_at, quoted, tokens, unquoted
from clerkbench.interchange.engines import rebuilt_tables
from clerkbench.interchange.engines.payload import Payload, names_after
from clerkbench.interchange.engines.reattachment import created_or_dropped, may_delete
from clerkbench.interchange.engines.schema_drift import objects_made_by
from clerkbench.interchange.engines.target import Target
from clerkbench.migrations.migrate import changed_delete_rules
from clerkbench.reporting.phrases import listed


@dataclass(frozen=True)
class SchoolChange:
    """A step from one version of the schema to the next one, or back.

    Attributes:
        kind: The engine.
        before: The school before; None before the first migration.
        after: The school afterwards; None where the first migration is undone.
    """

    kind: type[Target]
    files: SqlFiles
    before: Payload | None
    after: Payload | None

    @cached_property
    def script(self) -> list[str]:
        """The statements of the script in the SQL of the engine."""
        there, here = _migrations(self.before), _migrations(self.after)
        added = [each.up for each in here[len(there) :]] or [each.down for each in reversed(there[len(here) :])]
        scripts = [self.files.ledger, *(each.up for each in there), *added]
        found = rebuilt_tables.statements(self.kind.dialect, scripts)
        return [statement for script in ([] if there else found[:1]) + found[1 + len(there) :] for statement in script]

    def following(self, present: Collection[str] | None = None) -> list[str]:
        """The statements after the script: ledger, indexes, views, and the rules of constraints.

        Args:
            present: The indexes that are there after the script, in lower case; by default those that it leaves.
        """
        there, after = _migrations(self.before), self.after
        if after is None:
            return [f"DROP TABLE {name};" for name in sorted(declared_constraints([self.files.ledger]))]
        former = objects_made_by(tuple(there)).key_indexes
        if present is None:
            present = {name for name, key in former.items() if key.table.lower() not in self.dropped}
        return [
            *_ledger_statements(there, after),
            *_key_index_statements(former, after, present),
            *(each for view in after.views for each in self.kind.dialect.written(view.script)),
            *self.kind.words(after.constraints),
        ]

    def require_same_delete_rules(self, end: str) -> None:
        """Raise MigrationError if down scripts declare foreign keys with other delete rules than the schema that they
        lead to. ``end`` ends the message.
        """
        there, here = _migrations(self.before), _migrations(self.after)
        undone = there[len(here) :]
        if wrong := changed_delete_rules([each.up for each in here], undone):
            raise MigrationError(
                f"{undone[0].label}.down.sql creates foreign keys with another delete rule than the schema has: "
                f"{listed(wrong)}. Write the rules after REFERENCES as a comment, such as /* ON DELETE CASCADE */. "
                f"{end}"
            )

    @property
    def label(self) -> str:
        """The migration that a school must be at; empty if there must be no school."""
        return self.before.migrations[-1].label if self.before else ""

    @property
    def state(self) -> str:
        """Version and checksum of each migration that a school must have, as a query on its ledger writes them."""
        return ", ".join(f"{each.version} {each.checksum}" for each in _migrations(self.before))

    @cached_property
    def names(self) -> set[str]:
        """The tables, sequences and views of a school before, in lower case."""
        return _names(self.files, self.before)

    @cached_property
    def remaining(self) -> set[str]:
        """The tables, sequences and views of a school afterwards, in lower case."""
        return _names(self.files, self.after)

    @cached_property
    def own_indexes(self) -> set[str]:
        """The indexes of a school before, in lower case."""
        made = objects_made_by(tuple(_migrations(self.before)))
        return {*made.indexes, *made.key_indexes}

    @cached_property
    def dropped(self) -> dict[str, list[str]]:
        """The tables that the script drops, also under another name and to create them again: their columns, in lower
        case.
        """
        columns = objects_made_by(tuple(_migrations(self.before))).tables
        original = {name.lower(): name for name in columns}
        gone = []
        for code in self._code:
            renaming = parse_rename(code)
            if renaming.to and renaming.table in original:
                original[unquoted(renaming.to).lower()] = original.pop(renaming.table)
            if _begins(code, "drop") and name_at(code, 2) in original:
                gone.append(original.pop(name_at(code, 2)))
        return {name.lower(): [each.lower() for each in columns[name]] for name in gone}

    @cached_property
    def may_break(self) -> bool:
        """Whether the script drops or renames tables, or drops columns, which views and triggers of others may read."""
        return any(
            _begins(code, "drop")
            or (_begins(code, "alter") and any(token.keyword == "drop" for token in code))
            or parse_rename(code).to
            for code in self._code
        )

    @cached_property
    def _code(self) -> list[list[Token]]:
        return [code_of(tokens(each.rstrip().removesuffix(";"))) for each in self.script]

    @cached_property
    def used(self) -> set[str]:
        """The names that the script creates or drops and that the school does not have, in lower case. Nobody else may
        have them, because the script might drop what others made.
        """
        return {name for each in self.script for name in created_or_dropped(each)} - self.names - self.own_indexes

    @property
    def may_delete(self) -> bool:
        """Whether the script may fire the delete rules of others, or change what they reference."""
        return any(map(may_delete, self.script))


def _ledger_statements(before: Sequence[Migration], after: Payload) -> list[str]:
    """The statements that record the views, and which migrations were applied and rolled back."""
    statements = ["DELETE FROM clerkbench_views;"]
    for view in after.views:
        statements.append(f"INSERT INTO clerkbench_views VALUES ({literal(view.name)}, {literal(view.checksum)});")
    for each in before[len(after.migrations) :]:
        statements.append(f"DELETE FROM clerkbench_migrations WHERE version = {each.version};")
    for each in after.migrations[len(before) :]:
        values = ", ".join(map(literal, (each.name, each.checksum, each.up, each.down)))
        statements.append(
            "INSERT INTO clerkbench_migrations (version, name, checksum, up_script, down_script) "
            f"VALUES ({each.version}, {values});"
        )
    return statements


def _key_index_statements(former: Mapping[str, Constraint], after: Payload, present: Collection[str]) -> list[str]:
    """The statements that drop the indexes of foreign keys that are gone, and create those that are missing.

    Args:
        former: The foreign keys with an index before, by the name of the index.
        present: The indexes that are there now, in lower case.
    """
    gone = former.keys() - after.key_indexes.keys()
    dropped = [f"DROP INDEX {quoted(name)};" for name in sorted(gone & set(present))]
    created = [
        f"CREATE INDEX {quoted(name)} ON {after.written(key.table)} ({', '.join(map(after.written, key.columns))});"
        for name, key in after.key_indexes.items()
        if name not in present
    ]
    return dropped + created


def _begins(code: Sequence[Token], word: str) -> bool:
    """Whether a statement begins with a word and TABLE."""
    return [token.keyword for token in code[:2]] == [word, "table"]


def _migrations(payload: Payload | None) -> Sequence[Migration]:
    return payload.migrations if payload else []


def _names(files: SqlFiles, payload: Payload | None) -> set[str]:
    if payload is None:
        return set()
    return names_after(payload.migrations, files) | {each.name.lower() for each in payload.views}
