"""The constraints that a database enforces. DuckDB's catalog says which; the migration scripts say what they mean.

DuckDB's catalog forgets the delete rule of a foreign key, the comment above a constraint and the length of a type. The
scripts declare them, see :mod:`clerkbench.files.declared_constraints`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from clerkbench.database import ledger
from clerkbench.database.connection import IN_SCHEMA
from clerkbench.database.expressions import allowed_values, canonical
from clerkbench.files.declared_constraints import Declared
from clerkbench.files.sql_text import closing, quoted, split_list, tokens

#: The columns of a table: the spelling in the catalog, by the name in lower case.
_Spelling = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Constraint:
    """One constraint that the database enforces.

    Attributes:
        table: The table whose rows it constrains.
        kind: ``primary key``, ``not null``, ``unique``, ``check`` or ``foreign key``.
        columns: The constrained columns; empty for a unique index over expressions.
        definition: The constraint as DuckDB writes it.
        expression: The condition of a check; otherwise empty.
        written: The condition as the script writes it, in one line.
        is_enforced: Whether DuckDB rejects a row that violates it. DuckDB ignores the length of a type such as
            VARCHAR(3); other engines enforce it.
        parent, parent_columns: What a foreign key references; otherwise empty.
        on_delete: For a foreign key CASCADE, SET NULL or RESTRICT; otherwise empty.
        rule: The rule in words, from the comment above the constraint; empty if there is none.
        index: The name of the unique index that it is; empty for other constraints.
        allowed: The values that a check of the form ``column IN (…)`` allows; empty for other constraints.
    """

    table: str
    kind: str
    columns: tuple[str, ...]
    definition: str
    expression: str = ""
    parent: str = ""
    parent_columns: tuple[str, ...] = ()
    on_delete: str = ""
    rule: str = ""
    written: str = ""
    is_enforced: bool = True
    index: str = ""
    allowed: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The name of its violations: its kind and what it constrains, such as ``check:required_days > 0``."""
        if self.kind == "check":
            return f"check:{self.written}"
        kind = "unique" if self.kind == "primary key" else self.kind.replace(" ", "_")
        return f"{kind}:{', '.join(self.columns or self.expressions)}"

    @property
    def expressions(self) -> list[str]:
        """The expressions of a unique index, its plain columns among them; none for other constraints."""
        if self.kind != "unique" or self.columns:
            return []
        return [_bare(part) for part in split_list(self.definition.removeprefix("UNIQUE (").removesuffix(")"))]


def _bare(expression: str) -> str:
    """An expression without the parentheses around all of it."""
    found = tokens(expression)
    if found and found[0].text == "(" and closing(found, 0) == len(found) - 1:
        return expression[1:-1]
    return expression


def read(
    con: duckdb.DuckDBPyConnection,
    declared: Mapping[str, Sequence[Declared]],
    spelling: _Spelling,
    indexes: Iterable[tuple[str, str, str]],
) -> tuple[list[Constraint], tuple[str, ...]]:
    """All constraints of the school's tables, by table and in the order of declaration. One query.

    Args:
        declared: What the scripts declare, by table in lower case.
        indexes: The name, the table and the CREATE INDEX of each index.

    Returns:
        The constraints; and the foreign keys and commented constraints that the scripts declare and no table has.
    """
    rows = con.execute(
        f"""
        SELECT
            table_name, lower(constraint_type), constraint_column_names, constraint_text, coalesce(expression, ''),
            coalesce(referenced_table, ''), referenced_column_names
        FROM duckdb_constraints()
        WHERE {IN_SCHEMA} AND NOT starts_with(table_name, ?)
        ORDER BY table_name, constraint_index
        """,
        [ledger.PREFIX],
    ).fetchall()
    catalog = _Catalog(con, rows, declared, spelling)
    found = [catalog.constraint(*row) for row in rows]
    found += catalog.lengths()
    found += [_unique_index(each, declared, spelling) for each in indexes if _is_unique(each[2])]
    return sorted(found, key=lambda each: each.table), catalog.unmatched()


class _Catalog:
    """Matches the constraints of DuckDB's catalog with those that the scripts declare. Each declaration matches one."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        rows: Sequence[tuple[Any, ...]],
        declared: Mapping[str, Sequence[Declared]],
        spelling: _Spelling,
    ) -> None:
        conditions = [row[4] for row in rows if row[4]]
        also = [each.expression for table in declared.values() for each in table if each.kind == "check"]
        self._canonical = canonical(con, [each for each in conditions + also if each])
        self._allowed = allowed_values(con, conditions)
        self._spelling = spelling
        self._tables = {table.lower(): table for table in spelling}
        self._primary = {table: tuple(columns) for table, kind, columns, *_ in rows if kind == "primary key"}
        self._left = {name: list(each) for name, each in declared.items() if name in self._tables}

    def constraint(
        self, table: str, kind: str, columns: list[str], definition: str, condition: str, parent: str, above: list[str]
    ) -> Constraint:
        """One row of the catalog, with what the scripts say of it."""
        # The catalog names a column once for each time a check mentions it, spelled as the constraint spells it.
        names = tuple(dict.fromkeys(self._spelling[table][column.lower()] for column in columns))
        parent = self._tables.get(parent.lower(), parent)
        parent_columns = tuple(self._spelling[parent][column.lower()] for column in above)
        declared_as = self._declared(table, Declared(kind, names, condition, parent, parent_columns))
        return Constraint(
            table,
            kind,
            names,
            definition,
            condition,
            parent,
            parent_columns,
            on_delete=(declared_as.on_delete or "RESTRICT") if kind == "foreign key" else "",
            rule=declared_as.words,
            written=" ".join(declared_as.expression.split()) or _bare(condition),
            allowed=self._allowed.get(condition, ()) if kind == "check" and len(names) == 1 else (),
        )

    def _declared(self, table: str, wanted: Declared) -> Declared:
        """The declaration of a constraint; an empty one if no script declares it."""
        left = self._left.get(table.lower(), [])
        for each in left:
            if each.kind == wanted.kind and self._is_same(each, wanted):
                left.remove(each)
                return each
        return Declared(wanted.kind)

    def _is_same(self, declared: Declared, wanted: Declared) -> bool:
        if declared.kind == "check":
            return self._canonical[declared.expression] == self._canonical[wanted.expression]
        columns, above, primary = (
            tuple(column.lower() for column in names)
            for names in (wanted.columns, wanted.parent_columns, self._primary.get(wanted.parent, ()))
        )
        if (declared.columns, declared.parent) != (columns, wanted.parent.lower()):
            return False
        # REFERENCES without columns means the primary key.
        return declared.kind != "foreign key" or (declared.parent_columns or primary) == above

    def lengths(self) -> list[Constraint]:
        """The lengths of types, as checks."""
        found = []
        for table, each in self._remaining():
            columns = self._spelling[table]
            if each.kind == "length" and each.columns[0] in columns:
                found.append(_of_length(table, columns[each.columns[0]], each.expression))
        return found

    def unmatched(self) -> tuple[str, ...]:
        """What the scripts declare and no table has."""
        return tuple(
            f"{each.kind} of {table}: {each.words or ', '.join(each.columns)}"
            for table, each in self._remaining()
            if each.kind == "foreign key" or (each.words and each.kind not in ("index", "length", "integer"))
        )

    def _remaining(self) -> list[tuple[str, Declared]]:
        return [(self._tables[name], each) for name, of_table in self._left.items() for each in of_table]


def _of_length(table: str, column: str, limit: str) -> Constraint:
    """The check that a declared length means."""
    condition = f"length({quoted(column)}) {limit}"
    sign, number = limit.split()
    rule = f"{column} of {table} has {'at most' if sign == '<=' else 'exactly'} {number} characters."
    return Constraint(
        table, "check", (column,), f"CHECK({condition})", condition, rule=rule, written=condition, is_enforced=False
    )


def _is_unique(create: str) -> bool:
    return [token.keyword for token in tokens(create)[:2]] == ["create", "unique"]


def _unique_index(
    index: tuple[str, str, str], declared: Mapping[str, Sequence[Declared]], spelling: _Spelling
) -> Constraint:
    name, table, create = index
    found = tokens(create)
    on = next(at for at, token in enumerate(found) if token.keyword == "on")
    opening = next(at for at in range(on, len(found)) if found[at].text == "(")
    over = create.encode()[found[opening].start : found[closing(found, opening)].end].decode()
    words = {each.expression: each.words for of_table in declared.values() for each in of_table if each.kind == "index"}
    columns = _plain_columns(over, spelling[table])
    return Constraint(table, "unique", columns, f"UNIQUE {over}", index=name, rule=words.get(name.lower(), ""))


def _plain_columns(over: str, spelling: Mapping[str, str]) -> tuple[str, ...]:
    """The columns of an index, as the table spells them; none for an expression, which DuckDB puts in parentheses."""
    found = tokens(over[1:-1])
    names = found[::2]
    if any(comma.text != "," for comma in found[1::2]) or any(name.text == "(" for name in names):
        return ()
    return tuple(spelling[name.name] for name in names)
