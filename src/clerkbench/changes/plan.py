"""Plans a delete: which rows go, which are emptied of a reference, which stand in the way. Reads only.

What deleting a row does to those that reference it is read from the DDL (see ``ddl``):

- CASCADE: they go as well;
- SET NULL: they stay, and the columns that reference it become NULL; where a constraint forbids that, the delete is
  refused;
- RESTRICT, or nothing written: the delete is refused while one of them would stay. One that goes anyway, by another
  path, does not stand in the way. So do PostgreSQL and SQLite where nothing is written.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

import duckdb
import pandas as pd

from clerkbench.catalog import quoted
from clerkbench.changes.affected import Alteration, Change
from clerkbench.changes.rows import by_key, condition, labels, referenced, select
from clerkbench.constraints import Constraint
from clerkbench.schema import ROW_NUMBER, Key, Rows, Schema, Table, Values
from clerkbench.sql_text import parts, tokens

DELETE, SET_NULL, RESTRICT = "delete", "set null", "restrict"


@dataclass(frozen=True)
class Step:
    """Rows of one table that meet the same fate for the same reason.

    Attributes:
        action: ``delete``, ``set null`` or ``restrict``.
        table: Their table.
        path: The foreign keys that lead from them to the row that was named.
        rows: The rows.
        key: The foreign key that decided it; none for the rows that were named.
        broken: For ``restrict``, the constraint that forbids emptying the columns; none where the rule is RESTRICT.
        search: What the columns of the foreign key hold in them.
    """

    action: str
    table: str
    path: str
    rows: Rows
    key: Constraint | None = None
    broken: Constraint | None = None
    search: list[Key] = field(default_factory=list)


@dataclass(frozen=True)
class Plan:
    """A delete before it is done: its steps, the rows named first, then ever further away from them."""

    schema: Schema
    steps: list[Step]

    @property
    def change(self) -> Change:
        """What is to happen to which rows."""
        change = Change()
        for step in self.steps:
            if step.action == DELETE:
                change.searches.pop(step.table, None)
                if step.table not in change.gone and step.key is not None:
                    columns = self.schema.tables[step.table].typed(step.key.columns)
                    change.searches[step.table] = columns, step.search
                change.gone.setdefault(step.table, {}).update(step.rows)
            elif step.action == SET_NULL and step.key is not None:
                change.altered.append(Alteration(step.table, step.rows, dict.fromkeys(step.key.columns)))
        return change

    @property
    def obstacles(self) -> list[Step]:
        """The steps that stop the delete."""
        return [step for step in self.steps if step.action == RESTRICT]

    @classmethod
    def of_obstacles(cls, schema: Schema, key: Constraint, rows: Rows) -> "Plan":
        """What rows stop that reference others by a foreign key."""
        return cls(schema, [Step(RESTRICT, key.table, _path(key, key.parent), rows, key)])

    def frame(self, con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
        """The plan as a table, one row for each row concerned, in the order of the steps and then by label.

        Returns:
            ``action`` (delete; set null, where the row stays without its reference; restrict, where it stops the
            delete), ``table``, ``id`` (a tuple where the key has several columns), ``label``, ``path``.
        """
        concerned: dict[str, list[Values]] = {}
        for step in self.steps:
            concerned.setdefault(step.table, []).extend(step.rows.values())
        called = {table: iter(names) for table, names in labels(con, self.schema, concerned).items()}
        columns: dict[str, list[object]] = {"action": [], "table": [], "id": [], "label": [], "path": []}
        for step in self.steps:
            number = len(step.rows)
            named = sorted(zip(islice(called[step.table], number), step.rows, strict=True), key=lambda row: row[0])
            told = self.schema.tables[step.table].row_key != (ROW_NUMBER,)
            columns["action"] += [step.action] * number
            columns["table"] += [step.table] * number
            columns["id"] += [key if told else None for _, key in named]
            columns["label"] += [label for label, _ in named]
            columns["path"] += [step.path] * number
        return pd.DataFrame(columns, dtype=object)


def plan_delete(con: duckdb.DuckDBPyConnection, schema: Schema, table: Table, named: Rows) -> Plan:
    """What deleting some rows does, found without changing anything.

    Args:
        con: The database.
        schema: Its tables.
        table: Where the rows are.
        named: The rows.
    """
    steps = [Step(DELETE, table.name, table.name, named)]
    gone: dict[str, Rows] = {table.name: dict(named)}
    for step in steps:  # which grows on the way
        if step.action != DELETE:
            continue
        for key in schema.tables[step.table].referenced_by:
            child = schema.tables[key.table]
            values = referenced(schema.tables[step.table], step.rows.values(), key.parent_columns)
            found = by_key(child, select(con, child, key.columns, values))
            known = gone.setdefault(child.name, {})
            action = DELETE if key.on_delete == "CASCADE" else key.on_delete.lower()
            new = {each: row for each, row in found.items() if each not in known} if known else found
            if action == DELETE:
                known.update(new)
            if new:
                steps.append(Step(action, child.name, _path(key, step.path), new, key, search=values))
    leave = {name: set(rows) for name, rows in gone.items()}
    steps = [step if step.action == DELETE else _only(step, set(step.rows) - leave[step.table]) for step in steps]
    return Plan(schema, [part for step in _with_broken(con, schema, steps, leave) for part in step if part.rows])


def _only(step: Step, keys: Iterable[Key]) -> Step:
    wanted = set(keys)
    return replace(step, rows={key: row for key, row in step.rows.items() if key in wanted})


def _path(key: Constraint, parent: str) -> str:
    columns = key.columns[0] if len(key.columns) == 1 else f"({', '.join(key.columns)})"
    return f"{key.table}.{columns} → {parent}"


def _with_broken(
    con: duckdb.DuckDBPyConnection, schema: Schema, steps: list[Step], leave: dict[str, set[Key]]
) -> Iterator[list[Step]]:
    """Each step; of those that empty columns, the rows for which a constraint forbids it as obstacles of their own."""
    emptied: dict[str, dict[str, set[Key]]] = {}
    for step in steps:
        if step.action == SET_NULL and step.key is not None:
            for column in step.key.columns:
                emptied.setdefault(step.table, {}).setdefault(column, set()).update(step.rows)
    broken = {
        table: list(_broken(con, schema.tables[table], columns, leave[table])) for table, columns in emptied.items()
    }
    for step in steps:
        pieces = [step]
        if step.action == SET_NULL:
            pieces += _held(con, schema, step, leave)
            for constraint, keys in broken[step.table]:
                stopped = _only(pieces[0], keys)
                pieces[0] = _only(pieces[0], set(pieces[0].rows) - keys)
                pieces.append(replace(stopped, action=RESTRICT, broken=constraint))
        yield pieces


def _held(con: duckdb.DuckDBPyConnection, schema: Schema, step: Step, leave: dict[str, set[Key]]) -> Iterator[Step]:
    """The rows that reference what would be emptied: a key cannot change while it is referenced."""
    table = schema.tables[step.table]
    for key in table.referenced_by:
        if step.key is not None and not set(key.parent_columns).isdisjoint(step.key.columns):
            child = schema.tables[key.table]
            values = referenced(table, step.rows.values(), key.parent_columns)
            rows = by_key(child, select(con, child, key.columns, values))
            holding = Step(RESTRICT, child.name, _path(key, step.path), rows, key)
            yield _only(holding, set(rows) - leave.get(child.name, set()))


def _broken(
    con: duckdb.DuckDBPyConnection, table: Table, emptied: dict[str, set[Key]], leave: set[Key]
) -> Iterator[tuple[Constraint, set[Key]]]:
    """The constraints that rows break once columns of theirs are empty, each with those rows.

    Args:
        con: The database.
        table: Where the rows are.
        emptied: By column, the rows in which it becomes NULL.
        leave: The rows that go at the same time.
    """
    changes, parameters = [], []
    for column, keys in emptied.items():
        where, values = condition(table.typed(table.row_key), keys)
        changes.append(f"CASE WHEN {where} THEN NULL ELSE {quoted(column)} END AS {quoted(column)}")
        parameters += values
    all_keys = set().union(*emptied.values())
    concerned, values = condition(table.typed(table.row_key), all_keys)
    gone, gone_values = condition(table.typed(table.row_key), leave)
    after = (
        f"(SELECT * REPLACE ({', '.join(changes)}), {concerned} AS clerkbench_emptied FROM {table.address} "
        f"WHERE NOT {gone})"
    )
    names = ", ".join(map(quoted, table.row_key))
    for constraint in table.constraints:
        if constraint.kind == "not null" and constraint.columns[0] in emptied:
            yield constraint, emptied[constraint.columns[0]]
            continue
        if constraint.kind == "check" and set(constraint.columns) & set(emptied):
            broken = f"WHERE clerkbench_emptied AND NOT ({constraint.expression})"
        elif constraint.kind == "unique" and not constraint.columns and _mentions(constraint, emptied):
            expressions = parts(constraint.definition.removeprefix("UNIQUE (").removesuffix(")"))
            complete = " AND ".join(f"({each}) IS NOT NULL" for each in expressions)
            broken = (
                f"WHERE {complete} QUALIFY clerkbench_emptied AND "
                f"count(*) OVER (PARTITION BY {', '.join(expressions)}) > 1"
            )
        else:
            continue
        query = f"SELECT {names} FROM {after} AS {quoted(table.name)} {broken}"
        found = con.execute(query, [*parameters, *values, *gone_values]).fetchall()
        yield constraint, {row[0] if len(row) == 1 else row for row in found}


def _mentions(constraint: Constraint, columns: Iterable[str]) -> bool:
    return not {token.name for token in tokens(constraint.definition)}.isdisjoint(column.lower() for column in columns)
