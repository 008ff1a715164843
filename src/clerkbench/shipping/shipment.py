"""What is shipped of a database: the scripts that make its tables elsewhere, and the rows for them. Reads only.

The scripts are those of the migrations the database has, one after the other, as they made the database itself: so
what arrives is what the schema's own files say, down to the comment on the last column.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

import duckdb

from clerkbench import ledger
from clerkbench.catalog import address as address_of
from clerkbench.catalog import columns, quoted
from clerkbench.constraints import Constraint
from clerkbench.ddl import declared_constraints
from clerkbench.errors import SchemaError
from clerkbench.schema import Schema, Table
from clerkbench.scripts import readable, run
from clerkbench.shipping.dialects import Dialect
from clerkbench.sql_files import Migration, SqlFiles, View
from clerkbench.sql_text import tokens, unquoted
from clerkbench.views import in_order

#: A name that needs no quotes.
_PLAIN = re.compile(r"[A-Za-z_]\w*", re.ASCII)

#: The longest name of an index that PostgreSQL keeps whole.
_LONGEST_NAME = 63


@dataclass(frozen=True)
class Cargo:
    """The rows of one table.

    Attributes:
        table: Its name.
        address: The full name, quoted.
        columns: Those that are stored, with their types.
    """

    table: str
    address: str
    columns: Mapping[str, str]


@dataclass(frozen=True)
class Shipment:
    """A school, ready to be sent.

    Attributes:
        migrations: What made its tables, first to last.
        views: Its views, each after those it reads from.
        cargo: The rows of clerkbench's own tables and of the school's, parents first.
        keys: The foreign keys for which other engines need an index of their own.
    """

    migrations: list[Migration]
    views: list[View]
    cargo: list[Cargo]
    keys: list[Constraint]
    _ledger: str

    def before(self, dialect: Dialect) -> list[str]:
        """The statements that make the tables."""
        scripts = [self._ledger, *(each.up for each in self.migrations)]
        return [statement for script in scripts for statement in dialect.written(script)]

    def after(self, dialect: Dialect) -> list[str]:
        """The statements for what is made once the rows are there: indexes and views."""
        indexes = [
            f"CREATE INDEX {quoted(name)} ON {self.written(key.table)} ({', '.join(map(self.written, key.columns))});"
            for name, key in zip(self.indexes, self.keys, strict=True)
        ]
        return indexes + [statement for view in self.views for statement in dialect.written(view.script)]

    @property
    def indexes(self) -> list[str]:
        """The names of the indexes on foreign keys."""
        return [_fitting(f"{each.table}_{'_'.join(each.columns)}_key_index".lower()) for each in self.keys]

    def written(self, name: str) -> str:
        """A name as its scripts write it: with quotes or without, which to PostgreSQL is not the same."""
        return name if name not in self._quoted and _PLAIN.fullmatch(name) else quoted(name)

    @cached_property
    def _quoted(self) -> set[str]:
        found = (token.text for each in self.migrations for token in tokens(each.up))
        return {unquoted(text) for text in found if text.startswith('"')}

    @property
    def names(self) -> list[str]:
        """The names that tables and views of it have, in lower case."""
        return [each.table.lower() for each in self.cargo] + [view.name.lower() for view in self.views]


def packed(con: duckdb.DuckDBPyConnection, schema: Schema, files: SqlFiles) -> Shipment:
    """The school in a database.

    Args:
        con: The database.
        schema: Its tables.
        files: Where its views come from.

    Raises:
        SchemaError: It has tables or columns that no migration made, for which there are no scripts.
    """
    migrations = [each.migration for each in ledger.applied(con)]
    recorded = ledger.views(con) if migrations else {}
    present = [each for each in files.views if recorded.get(each.name) == each.checksum]
    made, views = _made(tuple(migrations), tuple(present))
    _refuse_strangers(made, schema)
    own = {name.lower() for name in declared_constraints([files.ledger])} if migrations else set()
    cargo = [
        Cargo(name, address_of(con, name), {column: kind for column, kind, *_ in columns(con, name)})
        for name in sorted(own)
    ]
    cargo += [Cargo(each.name, each.address, each.typed(each.stored)) for each in schema.tables.values() if migrations]
    keys = [key for table in schema.tables.values() for key in table.foreign_keys if not _is_indexed(table, key)]
    return Shipment(migrations, views, cargo, keys, files.ledger)


def own_tables(migrations: list[Migration], files: SqlFiles) -> set[str]:
    """The tables that some migrations make, and clerkbench's own, in lower case."""
    return set(declared_constraints([files.ledger, *(each.up for each in migrations)]))


@lru_cache(maxsize=4)
def _made(migrations: tuple[Migration, ...], views: tuple[View, ...]) -> tuple[dict[str, dict[str, str]], list[View]]:
    """What some migrations make: the types of the columns by table; and some views, each after those it reads from.

    Kept, for many schools may have the same migrations.
    """
    with duckdb.connect() as anew:
        for each in migrations:
            run(anew, readable(each.up, each.label), each.label)
        tables = {name: table.typed(table.columns) for name, table in Schema(anew).tables.items()}
        return tables, in_order(anew, list(views))


def _refuse_strangers(made: dict[str, dict[str, str]], schema: Schema) -> None:
    present = {name: table.typed(table.columns) for name, table in schema.tables.items()}
    made_by_hand = [f"the table {name}" for name in present if name not in made]
    missing = [name for name in made if name not in present]
    for name in made.keys() & present.keys():
        made_by_hand += [
            f"the column {name}.{each}" for each, kind in present[name].items() if made[name].get(each) != kind
        ]
        missing += [f"{name}.{each}" for each in made[name] if each not in present[name]]
    if made_by_hand or missing:
        wrong = [f"No migration made {', '.join(made_by_hand)}."] if made_by_hand else []
        wrong += [f"Somebody dropped {', '.join(missing)}."] if missing else []
        raise SchemaError(
            f"{' '.join(wrong)} Tables are made elsewhere by the scripts of the migrations, so what they do not make "
            "cannot be shipped. Write a migration for it; or take it out of the database, or of a fork: bench.fork(). "
            "Nothing was changed."
        )


def _is_indexed(table: Table, key: Constraint) -> bool:
    """Whether something unique begins with the columns of a foreign key, so that its index serves the key as well."""
    for each in table.constraints:
        if each.kind in ("unique", "primary key"):
            over = list(each.columns) or [_column(expression) for expression in each.expressions]
            if [name.lower() for name in over[: len(key.columns)]] == [name.lower() for name in key.columns]:
                return True
    return False


def _column(expression: str) -> str:
    """The column that an expression of an index is; empty for anything else."""
    found = tokens(expression)
    return found[0].name if len(found) == 1 else ""


def _fitting(name: str) -> str:
    """A name that is cut to what PostgreSQL keeps, and still like no other."""
    if len(name.encode()) <= _LONGEST_NAME:
        return name
    return (
        f"{name.encode()[: _LONGEST_NAME - 9].decode(errors='ignore')}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    )
