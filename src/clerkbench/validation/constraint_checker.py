"""Finds all constraints that staged rows violate, mostly in one query."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

import duckdb

from clerkbench.database import functions
from clerkbench.database.constraints import Constraint
from clerkbench.database.schema import Schema
from clerkbench.database.table import Table
from clerkbench.database.values import INLINE_LIMIT, Key, comparable, condition
from clerkbench.files.sql_text import quoted, tokens
from clerkbench.validation.insertion_order import insertion_order
from clerkbench.validation.staging import ROW, Staged, default_of

#: The number that stands for all rows, if the columns are wrong and not one row.
ALL_ROWS = 0

#: No outgoing rows.
NO_ROWS: Mapping[str, str] = MappingProxyType({})


class BrokenConstraint(NamedTuple):
    """One row that violates one constraint, or has a value of the wrong type.

    Attributes:
        row: Its number; :data:`ALL_ROWS` if no row gives the column.
        constraint: The constraint; None for a value of the wrong type.
        column: The column of that value; otherwise empty.
        first: The number of an earlier given row with the same values; None unless given rows are duplicates.
        in_circle: Whether the row is part of a circle of references, or depends on one.
    """

    row: int
    constraint: Constraint | None
    column: str = ""
    first: int | None = None
    in_circle: bool = False


@dataclass(frozen=True)
class _Query:
    """SQL and its parameters. It returns the number of the row, of the constraint, and of an earlier duplicate."""

    text: str
    parameters: list[Any]


def check_constraints(
    con: duckdb.DuckDBPyConnection,
    schema: Schema,
    rows: Staged,
    alongside: Mapping[str, Staged],
    *,
    changed: Collection[str] = (),
    instead_of: Key | None = None,
    outgoing: Mapping[str, str] = NO_ROWS,
) -> list[BrokenConstraint]:
    """The constraints that rows would violate if they were stored.

    Args:
        alongside: Rows of other tables that are stored with them, by table. The rows may reference them.
        changed: The columns that change; only their constraints are checked. Empty for all columns.
        instead_of: The key of the stored row that the only row replaces.
        outgoing: By table a relation with the keys of the stored rows that are deleted or replaced.

    Returns:
        One for each row and constraint: by row, values of the wrong type first, then in the order of declaration.
    """
    table = rows.table
    if not rows.count:
        return []
    numbered = _constraints_to_check(table, changed)
    unreadable = {
        number: column
        for number, column in enumerate(rows.unreadable, start=-len(rows.unreadable))
        if not changed or column in changed
    }
    queries = [_check_single_rows(rows, numbered, unreadable)]
    # No row has a new id, and none references one.
    stable = set(rows.columns) - rows.new_ids
    comparing = {number: each for number, each in numbered.items() if stable.issuperset(table.columns_in(each))}
    held = _few_values(con, rows, [each.columns[0] for each in comparing.values() if each.columns])
    for number, each in comparing.items():
        if each.kind in ("unique", "primary key"):
            queries += _check_duplicates(rows, number, each, held, instead_of, outgoing)
        elif each.kind == "foreign key":
            queries.append(_check_foreign_key(schema, rows, number, each, held, alongside, instead_of, outgoing))
    found: dict[tuple[int, int], int | None] = dict.fromkeys(_check_defaults(con, schema, rows, numbered))
    for row, number, first in _run(con, queries):
        found.setdefault((row, number), first)  # one violation, however many have the same
    return [
        BrokenConstraint(row, numbered.get(number), unreadable.get(number, ""), first)
        for (row, number), first in sorted(found.items())
    ] + _check_circles(con, rows, numbered)


def _constraints_to_check(table: Table, changed: Collection[str]) -> dict[int, Constraint]:
    """The constraints on changed columns, each once, by number; all of them if no columns are given."""
    first_numbers = {each.id: number for number, each in reversed(list(enumerate(table.constraints)))}
    return {
        number: table.constraints[number]
        for number in sorted(first_numbers.values())
        if not changed or not set(changed).isdisjoint(table.columns_in(table.constraints[number]))
    }


def _run(con: duckdb.DuckDBPyConnection, queries: list[_Query | None]) -> list[tuple[int, int, int | None]]:
    """The results of all queries, asked at once: number of the row, of the constraint, and of an earlier duplicate."""
    asked = [each for each in queries if each]
    if not asked:
        return []
    parameters = [parameter for each in asked for parameter in each.parameters]
    return con.execute(" UNION ALL ".join(each.text for each in asked), parameters).fetchall()


def _check_circles(
    con: duckdb.DuckDBPyConnection, rows: Staged, numbered: Mapping[int, Constraint]
) -> list[BrokenConstraint]:
    """The rows that DuckDB can store in no order."""
    keys = [each for each in rows.table.self_references if each in numbered.values()]
    return [BrokenConstraint(row, keys[0], in_circle=True) for row in insertion_order(con, rows)[1]] if keys else []


def _check_single_rows(
    rows: Staged, numbered: Mapping[int, Constraint], unreadable: Mapping[int, str]
) -> _Query | None:
    """Types, NOT NULL and CHECK, in one pass."""
    conditions = {number: f"{rows.unreadable[column]} IS NOT NULL" for number, column in unreadable.items()}
    for number, each in numbered.items():
        if not set(rows.given).isdisjoint(each.columns) and (broken := _violates(each)):
            readable = rows.readable(each.columns)
            conditions[number] = f"({broken}{f' AND {readable}' if readable else ''})"
    return _each_of(rows.table, conditions, rows.relation)


def _check_defaults(
    con: duckdb.DuckDBPyConnection, schema: Schema, rows: Staged, numbered: Mapping[int, Constraint]
) -> list[tuple[int, int]]:
    """What the defaults violate if no row gives another value: the same for all rows."""
    known = schema.broken_by_defaults
    if rows.table.name not in known:
        known[rows.table.name] = _broken_by_defaults(con, rows.table)
    broken = known[rows.table.name] & numbered.keys()
    return [(ALL_ROWS, number) for number in broken if set(rows.given).isdisjoint(numbered[number].columns)]


def _broken_by_defaults(con: duckdb.DuckDBPyConnection, table: Table) -> set[int]:
    conditions = {number: broken for number, each in enumerate(table.constraints) if (broken := _violates(each))}
    defaults = [f"{default_of(each)} AS {quoted(each.name)}" for each in table.columns.values() if not each.generated]
    asked = _each_of(table, conditions, f"(SELECT {ALL_ROWS} AS {ROW}, {', '.join(defaults)})")
    return {number for _, number, _ in con.execute(asked.text).fetchall()} if asked else set()


def _each_of(table: Table, conditions: Mapping[int, str], relation: str) -> _Query | None:
    if not conditions:
        return None
    numbers = ", ".join(f"CASE WHEN {condition} THEN {number} END" for number, condition in conditions.items())
    where = " OR ".join(conditions.values())
    broken = f"SELECT {ROW}, unnest([{numbers}]) AS number FROM {relation} AS {quoted(table.name)} WHERE {where}"
    return _Query(f"SELECT {ROW}, number, NULL AS first FROM ({broken}) WHERE number IS NOT NULL", [])


def _violates(constraint: Constraint) -> str:
    """The SQL condition that a row violates a NOT NULL or CHECK; empty for other constraints.

    A check that fails with an error rejects the row too. DuckDB does not allow TRY around a volatile function.
    """
    if constraint.kind == "not null":
        return f"{quoted(constraint.columns[0])} IS NULL"
    if constraint.kind == "check":
        fails = f"CAST(({constraint.expression}) AS BOOLEAN) IS FALSE"
        if not functions.volatile().isdisjoint(token.name for token in tokens(constraint.expression)):
            return fails
        return f"coalesce(TRY(CASE WHEN {fails} THEN TRUE ELSE FALSE END), TRUE)"
    return ""


#: The values of a few given rows, by column: see :func:`_few_values`.
_FewValues = Mapping[str, list[Key]]


def _few_values(con: duckdb.DuckDBPyConnection, rows: Staged, columns: Collection[str]) -> _FewValues:
    """The values of the rows in some columns, if they are so few that an index lookup of each is faster than a join."""
    if not columns or rows.count > INLINE_LIMIT:
        return {}
    names = list(dict.fromkeys(columns))
    found = con.execute(f"SELECT {rows.table.select_list(names)} FROM {rows.relation}").fetchall()
    held = zip(names, zip(*found, strict=True), strict=True)
    return {name: [value for value in dict.fromkeys(values) if value is not None] for name, values in held}


def _stored(
    table: Table, column: str, values: list[Key] | None, but: Key | None, outgoing: Mapping[str, str]
) -> _Query:
    """The stored rows of a table, without one row, and only those with some values in a column."""
    conditions, parameters = [not_outgoing(table, outgoing)], list[Any]()
    if values is not None:
        where, given = condition(table.column_types([column]), values)
        conditions.append(where)
        parameters += given
    if but is not None:
        where, given = condition(table.column_types(table.primary_key), [but])
        conditions.append(f"NOT ({where})")
        parameters += given
    return _Query(f"SELECT * FROM {table.address} AS _stored WHERE {' AND '.join(conditions)}", parameters)


def not_outgoing(table: Table, outgoing: Mapping[str, str]) -> str:
    """The SQL condition that a row, called ``_stored``, is not outgoing."""
    if table.name not in outgoing:
        return "TRUE"
    same = " AND ".join(f"_leaving.{each} = _stored.{each}" for each in map(table.comparable, table.row_key))
    return f"NOT EXISTS (SELECT 1 FROM {outgoing[table.name]} AS _leaving WHERE {same})"


def compared_expressions(table: Table, constraint: Constraint) -> list[str]:
    """The SQL expressions that a unique constraint compares."""
    return [table.comparable(column) for column in constraint.columns] or constraint.expressions


def _check_duplicates(
    rows: Staged,
    number: int,
    constraint: Constraint,
    held: _FewValues,
    instead_of: Key | None,
    outgoing: Mapping[str, str],
) -> list[_Query]:
    """The rows with the values of another row, stored or given before."""
    table = rows.table
    expressions = compared_expressions(table, constraint)
    keys = [f"key_{at}" for at in range(len(expressions))]
    selected = ", ".join(f"{each} AS {key}" for each, key in zip(expressions, keys, strict=True))
    using = ", ".join(keys)
    readable = rows.readable(table.columns_in(constraint)) or "TRUE"
    given = f"(SELECT {ROW}, {selected} FROM {rows.relation} WHERE {readable})"
    first = constraint.columns[0] if constraint.columns else ""
    stored = _stored(table, first, held.get(first), instead_of, outgoing)
    others = f"(SELECT {selected} FROM ({stored.text}))"
    found = [_Query(f"SELECT {ROW}, {number}, NULL FROM {given} SEMI JOIN {others} USING ({using})", stored.parameters)]
    if rows.count > 1:
        before = f"(SELECT {using}, min({ROW}) AS first FROM {given} GROUP BY {using} HAVING count(*) > 1)"
        earlier = f"SELECT {ROW}, {number}, first FROM {given} JOIN {before} USING ({using}) WHERE {ROW} > first"
        found.append(_Query(earlier, []))
    return found


def _check_foreign_key(
    schema: Schema,
    rows: Staged,
    number: int,
    key: Constraint,
    held: _FewValues,
    alongside: Mapping[str, Staged],
    instead_of: Key | None,
    outgoing: Mapping[str, str],
) -> _Query:
    """The rows without a stored or given parent."""
    given = [each for each in (alongside.get(key.parent), rows) if each and each.table.name == key.parent]
    but = instead_of if key.parent == rows.table.name else None
    stored = _stored(schema.tables[key.parent], key.parent_columns[0], held.get(key.columns[0]), but, outgoing)
    parents = [f"({stored.text})"]
    parents += [each.relation for each in given if set(key.parent_columns) <= set(each.columns)]
    alone = orphans_sql(schema, key, rows.relation, parents)
    return _Query(f"SELECT child.{ROW}, {number}, NULL FROM {alone}", stored.parameters)


def orphans_sql(schema: Schema, key: Constraint, child: str, parents: list[str]) -> str:
    """What follows FROM for the rows of a relation, called ``child``, that have a parent in none of some relations."""
    kinds = schema.tables[key.table].column_types(key.columns)
    above = schema.tables[key.parent].column_types(key.parent_columns)
    joined, alone = f"{child} AS child", [f"child.{quoted(column)} IS NOT NULL" for column in key.columns]
    for at, parent in enumerate(parents):
        same = " AND ".join(
            f"parent_{at}.{comparable(its, its_kind)} = child.{comparable(own, own_kind)}"
            for (its, its_kind), (own, own_kind) in zip(above.items(), kinds.items(), strict=True)
        )
        joined += f" LEFT JOIN {parent} AS parent_{at} ON {same}"
        alone.append(f"parent_{at}.{quoted(key.parent_columns[0])} IS NULL")
    return f"{joined} WHERE {' AND '.join(alone)}"
