"""The tables of a school on another engine, in its SQL: names as they are spelled there, values as literals."""

from collections.abc import Collection, Sequence

import duckdb

from clerkbench.database.schema import Schema
from clerkbench.database.table import Table
from clerkbench.database.values import Key, condition, key_from_row
from clerkbench.errors import RowsRejectedError
from clerkbench.files.sql_text import quoted
from clerkbench.interchange.engines.target import Target


class SchoolThere:
    """The school there, as SQL of its engine: names as they are spelled, values as literals.

    Args:
        con: The copy, which has the rows before and after.
    """

    def __init__(self, target: Target, con: duckdb.DuckDBPyConnection, schema: Schema) -> None:
        self.target = target
        self.con = con
        held = target.objects()
        self._tables = {name: held[name.lower()][0] for name in schema.tables}
        self._columns = {name: target.columns(spelled) for name, spelled in self._tables.items()}

    def table(self, table: Table) -> str:
        """The name of a table, quoted."""
        return quoted(self.spelled(table))

    def spelled(self, table: Table) -> str:
        """The name of a table."""
        return self._tables[table.name]

    def column(self, table: Table, name: str) -> str:
        """The name of a column, quoted."""
        return quoted(self._columns[table.name][name.lower()])

    def literals(self, table: Table, keys: Collection[Key]) -> dict[Key, dict[str, str]]:
        """The values of rows as literals, by key and by column."""
        if not keys:
            return {}
        kinds = table.column_types(table.stored)
        where, parameters = condition(table.column_types(table.row_key), list(keys))
        holding = [f"contains({quoted(name)}, chr(0))" for name, kind in kinds.items() if kind == "VARCHAR"]
        query = f"SELECT 1 FROM {table.address} WHERE {where} AND ({' OR '.join(holding) or 'FALSE'})"
        if self.con.execute(query, parameters).fetchone():
            raise RowsRejectedError(
                f"A text of {table.name} contains a NUL character, at which a statement ends for "
                f"{self.target.dialect.name}. Take it out. Nothing was changed there."
            )
        texts = ", ".join(f"coalesce({self.target.literal(name, kind)}, 'NULL')" for name, kind in kinds.items())
        query = f"SELECT {table.select_list(table.row_key)}, {texts} FROM {table.address} WHERE {where} ORDER BY ALL"
        count = len(table.row_key)
        return {
            key_from_row(row[:count]): dict(zip(kinds, row[count:], strict=True))
            for row in self.con.execute(query, parameters).fetchall()
        }

    def where(self, table: Table, keys: Sequence[Key], prefix: str = "") -> str:
        """The condition for rows with these keys."""
        rows = self.literals(table, keys).values()
        if len(table.row_key) == 1:
            [name] = table.row_key
            return f"{prefix}{self.column(table, name)} IN ({', '.join(row[name] for row in rows)})"
        return " OR ".join(
            "(" + " AND ".join(f"{prefix}{self.column(table, name)} = {row[name]}" for name in table.row_key) + ")"
            for row in rows
        )
