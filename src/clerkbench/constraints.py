"""Reads every constraint a database enforces, as DuckDB's catalog says and the scripts put it in words. Reads only.

The catalog is what is enforced; the scripts say what it is for, and what deleting a parent does (see ``ddl``).
"""

import json
from dataclasses import dataclass
from functools import lru_cache

import duckdb
import pandas as pd

from clerkbench import ddl, ledger
from clerkbench.database import HERE
from clerkbench.ddl import Declared, declared_constraints
from clerkbench.sql_text import canonical, closing, parts, quoted, tokens


@dataclass(frozen=True)
class Constraint:
    """One constraint as the database enforces it.

    Attributes:
        table: The table whose rows it constrains.
        kind: ``primary key``, ``not null``, ``unique``, ``check`` or ``foreign key``.
        columns: The constrained columns; empty for a unique index over expressions.
        definition: The constraint as DuckDB writes it.
        expression: The condition of a check; otherwise empty.
        written: The same as the script writes it, in one line.
        is_enforced: Whether the database itself refuses a row that breaks it. Of the length of a type such as
            VARCHAR(3) DuckDB knows nothing; other engines do.
        parent, parent_columns: What a foreign key references; otherwise empty.
        on_delete: For a foreign key CASCADE, SET NULL or RESTRICT; otherwise empty.
        rule: The rule in words, from the comment above the constraint; empty where there is none.
        index: The name of the unique index that it is; empty for other constraints.
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

    @property
    def id(self) -> str:
        """What a violation of it is called: its kind and what it constrains, such as ``check:required_days > 0``."""
        if self.kind == "check":
            return f"check:{self.written}"
        kind = "unique" if self.kind == "primary key" else self.kind.replace(" ", "_")
        return f"{kind}:{', '.join(self.columns or self.expressions)}"

    @property
    def expressions(self) -> list[str]:
        """The expressions that a unique index is over, its plain columns among them; none for other constraints."""
        if self.kind != "unique" or self.columns:
            return []
        return [_bare(part) for part in parts(self.definition.removeprefix("UNIQUE (").removesuffix(")"))]


def _bare(expression: str) -> str:
    """An expression without the parentheses around all of it."""
    found = tokens(expression)
    if found and found[0].text == "(" and closing(found, 0) == len(found) - 1:
        return expression[1:-1]
    return expression


def enforced(con: duckdb.DuckDBPyConnection) -> list[Constraint]:
    """Every constraint of the school's tables, by table and in the order of its declaration.

    Raises:
        SqlFileError: A migration of the database misspells a delete rule.
    """
    return _enforced(con)[0]


def spelled_integer(con: duckdb.DuckDBPyConnection) -> set[tuple[str, str]]:
    """The tables and columns, in lower case, whose type the scripts spell INTEGER, and not INT or otherwise."""
    declared = _declared(tuple(each.migration.up for each in ledger.applied(con)))
    return {(table, each.columns[0]) for table in declared for each in declared[table] if each.kind == "integer"}


def history(con: duckdb.DuckDBPyConnection) -> tuple[list[str], dict[tuple[str, str], int]]:
    """The tables that the scripts make, in lower case and in the order in which they do; and how old tables and columns
    are: see :func:`clerkbench.ddl.ages`.
    """
    scripts = tuple(each.migration.up for each in ledger.applied(con))
    return list(_declared(scripts)), _ages(scripts)


def without_effect(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The foreign keys, and the other constraints with a rule in words, that the scripts declare and no table has."""
    return _enforced(con)[1]


def _enforced(con: duckdb.DuckDBPyConnection) -> tuple[list[Constraint], list[str]]:
    declared = _declared(tuple(each.migration.up for each in ledger.applied(con)))
    rows = con.execute(
        f"""
        SELECT
            table_name, lower(constraint_type), constraint_column_names, constraint_text, coalesce(expression, ''),
            coalesce(referenced_table, ''), referenced_column_names
        FROM duckdb_constraints()
        WHERE {HERE} AND NOT starts_with(table_name, ?)
        ORDER BY table_name, constraint_index
        """,
        [ledger.PREFIX],
    ).fetchall()
    own: dict[str, dict[str, str]] = {}
    for table, column in con.execute(f"SELECT table_name, column_name FROM duckdb_columns() WHERE {HERE}").fetchall():
        own.setdefault(table, {})[column.lower()] = column
    spelled = {table.lower(): table for table in own}
    checks = [row[4] for row in rows]
    checks += [each.expression for table in declared.values() for each in table if each.kind == "check"]
    spelling = canonical(con, [check for check in checks if check])
    primary = {table: tuple(columns) for table, kind, columns, *_ in rows if kind == "primary key"}
    found: list[Constraint] = []
    left = {name: list(each) for name, each in declared.items() if name in spelled}
    for table, kind, columns, definition, expression, parent, parent_columns in rows:
        # The catalog names a column once for each time a check mentions it, and names as the constraint spells them.
        columns = tuple(dict.fromkeys(own[table][column.lower()] for column in columns))
        parent = spelled.get(parent.lower(), parent)
        parent_columns = [own[parent][column.lower()] for column in parent_columns]
        wanted = Declared(kind, columns, expression, parent, tuple(parent_columns))
        words = _declared_as(wanted, left.get(table.lower(), []), spelling, primary.get(parent, ()))
        if words in left.get(table.lower(), []):
            left[table.lower()].remove(words)
        found.append(
            Constraint(
                table, kind, columns, definition, expression, parent, tuple(parent_columns),
                (words.on_delete or "RESTRICT") if kind == "foreign key" else "", words.words,
                " ".join(words.expression.split()) or _bare(expression),
            )
        )  # fmt: skip
    for table, each in ((spelled[name], each) for name, of_table in left.items() for each in of_table):
        if each.kind == "length" and each.columns[0] in own[table]:
            found.append(_of_length(table, own[table][each.columns[0]], each.expression))
    unfound = [
        f"{each.kind} of {table}: {each.words or ', '.join(each.columns)}"
        for table, of_table in left.items()
        for each in of_table
        if each.kind == "foreign key" or (each.words and each.kind not in ("index", "length", "integer"))
    ]
    return sorted(found + _unique_indexes(con, declared, own), key=lambda each: each.table), unfound


def _of_length(table: str, column: str, most: str) -> Constraint:
    """The check that a declared length is."""
    condition = f"length({quoted(column)}) {most}"
    sign, number = most.split()
    rule = f"{column} of {table} has {'at most' if sign == '<=' else 'exactly'} {number} characters."
    return Constraint(
        table, "check", (column,), f"CHECK({condition})", condition, rule=rule, written=condition, is_enforced=False
    )


@lru_cache(maxsize=8)
def _declared(scripts: tuple[str, ...]) -> dict[str, list[Declared]]:
    """Kept, for the scripts a database has hardly ever change."""
    return declared_constraints(scripts)


_ages = lru_cache(maxsize=8)(ddl.ages)


def _declared_as(
    wanted: Declared, declared: list[Declared], spelling: dict[str, str], primary_key: tuple[str, ...]
) -> Declared:
    """What the scripts say of a constraint in the catalog; nothing for one that no script declares.

    Args:
        wanted: The constraint, its names spelled as in the catalog.
        declared: What the scripts say of its table.
        spelling: One spelling for each condition.
        primary_key: Of the table that a foreign key references: it is meant where no columns are named.
    """
    columns, parent_columns, implied = (
        tuple(column.lower() for column in names) for names in (wanted.columns, wanted.parent_columns, primary_key)
    )
    for each in declared:
        if each.kind != wanted.kind:
            continue
        if each.kind == "check":
            same = spelling[each.expression] == spelling[wanted.expression]
        else:
            same = (each.columns, each.parent) == (columns, wanted.parent.lower())
            if each.kind == "foreign key":
                same = same and (each.parent_columns or implied) == parent_columns
        if same:
            return each
    return Declared(wanted.kind)


def _unique_indexes(
    con: duckdb.DuckDBPyConnection, declared: dict[str, list[Declared]], own: dict[str, dict[str, str]]
) -> list[Constraint]:
    rows = con.execute(
        f"""
        SELECT table_name, index_name, sql
        FROM duckdb_indexes()
        WHERE {HERE} AND is_unique AND NOT starts_with(table_name, ?)
        ORDER BY table_name, index_name
        """,
        [ledger.PREFIX],
    ).fetchall()
    words = {each.expression: each.words for table in declared.values() for each in table if each.kind == "index"}
    return [
        Constraint(
            table,
            "unique",
            _plain_columns(over, own[table]),
            f"UNIQUE {over}",
            index=name,
            rule=words.get(name.lower(), ""),
        )
        for table, name, over in ((table, name, _over(create)) for table, name, create in rows)
    ]


def _over(create: str) -> str:
    """What an index is over, in parentheses, from its CREATE INDEX."""
    found = tokens(create)
    on = next(at for at, token in enumerate(found) if token.keyword == "on")
    opening = next(at for at in range(on, len(found)) if found[at].text == "(")
    return create.encode()[found[opening].start : found[closing(found, opening)].end].decode()


def _plain_columns(over: str, own: dict[str, str]) -> tuple[str, ...]:
    """The columns an index is over, as the table spells them; none for an index over anything else, which DuckDB writes
    in parentheses.
    """
    found = tokens(over[1:-1])
    names = found[::2]
    if any(comma.text != "," for comma in found[1::2]) or any(name.text == "(" for name in names):
        return ()
    return tuple(own[name.name] for name in names)


def allowed_values(con: duckdb.DuckDBPyConnection, constraint: Constraint) -> list[str]:
    """The values a check of the form ``column IN (…)`` allows; none for any other constraint."""
    if constraint.kind != "check" or len(constraint.columns) != 1:
        return []
    if constraint.expression not in _ALLOWED:
        _ALLOWED[constraint.expression] = _listed(con, constraint.expression)
    return list(_ALLOWED[constraint.expression])


#: The values of every check that was ever asked about, for the same few are whenever constraints are read.
_ALLOWED: dict[str, list[str]] = {}


def _listed(con: duckdb.DuckDBPyConnection, expression: str) -> list[str]:
    row = con.execute("SELECT json_serialize_sql(?)", [f"SELECT {expression}"]).fetchone()
    assert row is not None
    condition = json.loads(row[0])["statements"][0]["node"]["select_list"][0]
    if condition["type"] != "COMPARE_IN":
        return []
    column, *values = condition["children"]
    if column["class"] != "COLUMN_REF" or any(value["class"] != "CONSTANT" for value in values):
        return []
    return [str(value["literal"]["text"]) for value in values]


def constraints(con: duckdb.DuckDBPyConnection, table: str | None) -> pd.DataFrame:
    """One row per constraint: ``table``, ``kind``, ``columns``, ``definition`` and ``rule``, the rule in words."""
    return pd.DataFrame(
        [
            (each.table, each.kind, ", ".join(each.columns), each.definition, each.rule)
            for each in enforced(con)
            if table is None or each.table == table
        ],
        columns=["table", "kind", "columns", "definition", "rule"],
    )


def relationships(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """One row per foreign key, by child.

    Returns:
        ``child``, ``child_columns``, ``parent``, ``parent_columns``; ``cardinality``, read from child to parent: one
        or many children, to one parent, or to one that may be absent; ``on_delete``, what deleting the parent does
        to the child: CASCADE deletes it, SET NULL empties the columns, RESTRICT refuses.
    """
    everything = enforced(con)
    required = {(each.table, each.columns[0]) for each in everything if each.kind == "not null"}
    unique = [each for each in everything if each.kind in ("unique", "primary key") and each.columns]
    rows = []
    for key in everything:
        if key.kind == "foreign key":
            alone = any(each.table == key.table and set(each.columns) <= set(key.columns) for each in unique)
            children = "one" if alone else "many"
            always = all((key.table, column) in required for column in key.columns)
            cardinality = f"{children} to {'one' if always else 'one or none'}"
            columns = ", ".join(key.columns), key.parent, ", ".join(key.parent_columns)
            rows.append((key.table, *columns, cardinality, key.on_delete))
    return pd.DataFrame(
        rows, columns=["child", "child_columns", "parent", "parent_columns", "cardinality", "on_delete"]
    )
