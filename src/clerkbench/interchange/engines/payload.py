"""The payload of an export: the scripts that create the tables, and the rows.

The scripts are those of the applied migrations, in their order. So the other database is what the SQL files say, up to
the comment on the last column.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import duckdb

from clerkbench.database import catalog, ledger
from clerkbench.database.constraints import Constraint
from clerkbench.database.schema import Schema
from clerkbench.database.sequences import last_numbers
from clerkbench.errors import SchemaError
from clerkbench.files.declared_constraints import declared_constraints
from clerkbench.files.sql_files import Migration, SqlFiles, View
from clerkbench.files.sql_text import literal, quoted, tokens, unquoted
from clerkbench.interchange.engines import rebuilt_tables
from clerkbench.interchange.engines.dialects import Dialect
from clerkbench.interchange.engines.schema_drift import objects_made_by, require_no_drift
from clerkbench.reporting.violations import Violations
from clerkbench.validation.stored_rows import length_violations
from clerkbench.validation.validate import rejection

#: A name that needs no quotes.
_PLAIN = re.compile(r"[A-Za-z_]\w*", re.ASCII)


@dataclass(frozen=True)
class TablePayload:
    """The rows of one table.

    Attributes:
        address: Its full name, quoted.
        columns: The stored columns, with their types.
        key: The columns of its primary key.
    """

    table: str
    address: str
    columns: Mapping[str, str]
    key: tuple[str, ...] = ()


@dataclass(frozen=True)
class Payload:
    """A school, ready to be exported.

    Attributes:
        migrations: Its migrations, first to last.
        views: Its views, each after those that it reads.
        tables: The rows of clerkbench's own tables and of the school's tables, parents first.
        key_indexes: The foreign keys that need an index on other engines, by the name of the index.
        constraints: All declared constraints, in order.
        sequences: The last number of each sequence, by name; None if it has numbered nothing.
        filled: The tables in which migrations store rows, children first.
    """

    migrations: list[Migration]
    views: list[View]
    tables: list[TablePayload]
    key_indexes: Mapping[str, Constraint]
    constraints: list[Constraint]
    sequences: Mapping[str, int | None]
    filled: tuple[str, ...]
    macros: tuple[str, ...]
    types: tuple[str, ...]
    spelled: tuple[str, ...]
    _ledger: str

    def refuse(self, dialect: Dialect) -> None:
        """Raise SchemaError if an engine does not support something that the scripts create."""
        columns = [(f"{each.table}.{name}", kind) for each in self.tables for name, kind in each.columns.items()]
        lacking = [
            f"{column} is {kind}: write {instead}"
            for column, kind in columns
            for begin, instead in dialect.lacks.items()
            if kind == begin or kind.startswith(f"{begin}(")
        ]
        if lacking:
            raise SchemaError(
                f"{dialect.name} cannot be sent columns of some types. {'; '.join(lacking)}. Change the types in a "
                "migration. Nothing was changed."
            )
        if self.macros:
            raise SchemaError(
                f"{dialect.name} has no macros, and a migration makes {', '.join(self.macros)}. Write what they stand "
                "for where they are called, in a new migration, and drop them. Nothing was changed."
            )
        if self.types:
            raise SchemaError(
                f"{dialect.name} is sent no types of a migration's own, and there are {', '.join(self.types)}. Write "
                "what they stand for where they are used, in a new migration, and drop them. Nothing was changed."
            )
        if too_long := dialect.too_long(self.spelled):
            raise SchemaError(f"{too_long} Rename them in a migration. Nothing was changed.")
        if self.sequences and not dialect.has_sequences:
            raise SchemaError(
                f"{dialect.name} has no sequences, and a migration makes {', '.join(self.sequences)}. Number the rows "
                "in another way, such as DEFAULT (CAST(gen_random_uuid() AS TEXT)); or ship the school to PostgreSQL. "
                "Nothing was changed."
            )

    def before(self, dialect: Dialect) -> list[list[str]]:
        """The statements that create the tables, by script, and at the end delete the rows that migrations stored."""
        scripts = [self._ledger, *(each.up for each in self.migrations)]
        emptied = [f"DELETE FROM {self.written(name)};" for name in self.filled]
        return [*rebuilt_tables.statements(dialect, scripts), emptied]

    def after(self, dialect: Dialect) -> list[str]:
        """The statements after the rows: sequences, indexes and views."""
        numbered = [
            f"SELECT pg_catalog.setval({literal(self.written(name))}, {number});"
            for name, number in self.sequences.items()
            if number is not None
        ]
        indexes = [
            f"CREATE INDEX {quoted(name)} ON {self.written(key.table)} ({', '.join(map(self.written, key.columns))});"
            for name, key in self.key_indexes.items()
        ]
        return numbered + indexes + [statement for view in self.views for statement in dialect.written(view.script)]

    def all_statements(self, dialect: Dialect, words: list[str]) -> list[str]:
        """All statements that create the school without its rows. ``words`` are those for the rules of constraints."""
        created = [statement for script in self.before(dialect) for statement in script]
        return [*created, *(each for each in self.after(dialect) if not each.startswith("SELECT ")), *words]

    def written(self, name: str) -> str:
        """A name as its script writes it. With and without quotes are different names in PostgreSQL."""
        return name if name not in self._quoted and _PLAIN.fullmatch(name) else quoted(name)

    @cached_property
    def _quoted(self) -> set[str]:
        found = (token.text for each in self.migrations for token in tokens(each.up))
        return {unquoted(text) for text in found if text.startswith('"')}

    @property
    def names(self) -> list[str]:
        """The names of its tables and views, also of those that a later migration drops, in lower case."""
        scripts = [self._ledger, *(each.up for each in self.migrations)]
        tables = (name for end in range(len(scripts)) for name in declared_constraints(scripts[: end + 1]))
        return list(dict.fromkeys([*tables, *map(str.lower, [*self.sequences, *(view.name for view in self.views)])]))


def build_payload(con: duckdb.DuckDBPyConnection, schema: Schema, files: SqlFiles) -> Payload:
    """The payload of a database.

    Raises:
        SchemaError: It has no migration; or tables or columns that no migration made.
        RowsRejectedError: A text has another length than its column declares.
    """
    migrations = [each.migration for each in ledger.applied(con)]
    if not migrations:
        raise SchemaError(
            "There is nothing to ship: no migration was applied to this database. bench.migrate(), or clerkbench "
            "migrate, makes its tables. Nothing was changed."
        )
    recorded = ledger.views(con)
    made = objects_made_by(
        tuple(migrations), tuple(each for each in files.views if recorded.get(each.name) == each.checksum)
    )
    require_no_drift(made, schema)
    require_declared_lengths(con, schema)
    tables = [
        TablePayload(name, quoted(name), catalog.column_types(con, name))
        for name in sorted(declared_constraints([files.ledger]))
    ]
    tables += [
        TablePayload(each.name, each.address, each.column_types(each.stored), each.primary_key)
        for each in schema.tables.values()
    ]
    sequences = dict.fromkeys(made.sequences) | last_numbers(con, schema)
    declared = [each for table in schema.tables.values() for each in table.constraints if each.is_enforced]
    return Payload(
        migrations=migrations,
        views=made.views,
        tables=tables,
        key_indexes=made.key_indexes,
        constraints=declared,
        sequences=sequences,
        filled=made.filled,
        macros=made.macros,
        types=made.types,
        spelled=tuple(catalog.object_names(con)),
        _ledger=files.ledger,
    )


def require_declared_lengths(con: duckdb.DuckDBPyConnection, schema: Schema) -> None:
    """Raise RowsRejectedError if a text has another length than its column declares, because other engines check it."""
    declared = [each for table in schema.tables.values() for each in table.constraints if not each.is_enforced]
    if found := [violation for each in declared for violation in length_violations(con, schema, each)]:
        raise rejection("Texts do not have the lengths that their columns declare.", Violations.of(found))


def names_after(migrations: list[Migration], files: SqlFiles) -> set[str]:
    """The tables, sequences and views after some migrations, and clerkbench's own, in lower case. A table that was
    dropped is not among them: one of its name belongs to somebody else.
    """
    tables = declared_constraints([files.ledger, *(each.up for each in migrations)])
    made = objects_made_by(tuple(migrations))
    return {*tables, *map(str.lower, [*made.sequences, *made.own_views])}
