"""What is shipped of a database: the scripts that make its tables elsewhere, and the rows for them. Reads only.

The scripts are those of the migrations the database has, one after the other, as they made the database itself: so
what arrives is what the schema's own files say, down to the comment on the last column.
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
        table: Its name.
        address: The full name, quoted.
        columns: Those that are stored, with their types.
        key: The columns of its primary key.
    """

    table: str
    address: str
    columns: Mapping[str, str]
    key: tuple[str, ...] = ()


@dataclass(frozen=True)
class Payload:
    """A school, ready to be sent.

    Attributes:
        migrations: What made its tables, first to last.
        views: Its views, each after those it reads from.
        cargo: The rows of clerkbench's own tables and of the school's, parents first.
        key_indexes: The foreign keys for which other engines need an index of their own, by the name of that.
        constraints: All that are declared, table by table in their order.
        sequences: How far each sequence is, by name; None for one that has numbered nothing yet.
        filled: The tables in which migrations store rows, children first.
        macros: The macros that migrations make.
        types: The types that migrations make.
        spelled: The names of tables, columns, indexes, sequences and views.
    """

    migrations: list[Migration]
    views: list[View]
    cargo: list[TablePayload]
    key_indexes: Mapping[str, Constraint]
    constraints: list[Constraint]
    sequences: Mapping[str, int | None]
    filled: tuple[str, ...]
    macros: tuple[str, ...]
    types: tuple[str, ...]
    spelled: tuple[str, ...]
    _ledger: str

    def refuse(self, dialect: Dialect) -> None:
        """Make sure that an engine can have what the scripts make.

        Raises:
            SchemaError: It cannot; what it lacks is named.
        """
        columns = [(f"{each.table}.{name}", kind) for each in self.cargo for name, kind in each.columns.items()]
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
        """The statements that make the tables: those of clerkbench's own, then migration by migration. The last ones
        empty the tables that migrations filled, because their rows are among those that go.
        """
        scripts = [self._ledger, *(each.up for each in self.migrations)]
        emptied = [f"DELETE FROM {self.written(name)};" for name in self.filled]
        return [*rebuilt_tables.statements(dialect, scripts), emptied]

    def after(self, dialect: Dialect) -> list[str]:
        """The statements for what is made once the rows are there: the places of sequences, indexes and views."""
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

    def written(self, name: str) -> str:
        """A name as its scripts write it: with quotes or without, which to PostgreSQL is not the same."""
        return name if name not in self._quoted and _PLAIN.fullmatch(name) else quoted(name)

    @cached_property
    def _quoted(self) -> set[str]:
        found = (token.text for each in self.migrations for token in tokens(each.up))
        return {unquoted(text) for text in found if text.startswith('"')}

    @property
    def names(self) -> list[str]:
        """The names that tables and views of it have, or have before a later migration drops them, in lower case."""
        scripts = [self._ledger, *(each.up for each in self.migrations)]
        tables = (name for end in range(len(scripts)) for name in declared_constraints(scripts[: end + 1]))
        return list(dict.fromkeys([*tables, *map(str.lower, [*self.sequences, *(view.name for view in self.views)])]))


def build_payload(con: duckdb.DuckDBPyConnection, schema: Schema, files: SqlFiles) -> Payload:
    """The school in a database.

    Args:
        con: The database.
        schema: Its tables.
        files: Where its views come from.

    Raises:
        SchemaError: It has no migration; or tables or columns that none made, for which there are no scripts.
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
    cargo = [
        TablePayload(name, quoted(name), catalog.column_types(con, name))
        for name in sorted(declared_constraints([files.ledger]))
    ]
    cargo += [
        TablePayload(each.name, each.address, each.typed(each.stored), each.primary_key)
        for each in schema.tables.values()
    ]
    sequences = dict.fromkeys(made.sequences) | last_numbers(con, schema)
    said = [each for table in schema.tables.values() for each in table.constraints if each.is_enforced]
    return Payload(
        migrations=migrations,
        views=made.views,
        cargo=cargo,
        key_indexes=made.key_indexes,
        constraints=said,
        sequences=sequences,
        filled=made.filled,
        macros=made.macros,
        types=made.types,
        spelled=tuple(catalog.object_names(con)),
        _ledger=files.ledger,
    )


def require_declared_lengths(con: duckdb.DuckDBPyConnection, schema: Schema) -> None:
    """Make sure that texts have the lengths their columns declare: DuckDB takes them, and other engines do not."""
    declared = [each for table in schema.tables.values() for each in table.constraints if not each.is_enforced]
    if found := [violation for each in declared for violation in length_violations(con, schema, each)]:
        raise rejection("Texts do not have the lengths that their columns declare.", Violations.of(found))


def names_after(migrations: list[Migration], files: SqlFiles) -> set[str]:
    """The tables, sequences and views that there are after some migrations, and clerkbench's own, in lower case.

    What a later one dropped is not among them: a table of that name is somebody else's.
    """
    tables = declared_constraints([files.ledger, *(each.up for each in migrations)])
    made = objects_made_by(tuple(migrations))
    return {*tables, *map(str.lower, [*made.sequences, *made.own_views])}
