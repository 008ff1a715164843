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

from clerkbench.database.constraints import Constraint
from clerkbench.database.labels import labels
from clerkbench.database.rows import referenced_values, rows_by_key, select_rows
from clerkbench.database.schema import Schema
from clerkbench.database.table import ROW_NUMBER, Rows, Table, Values
from clerkbench.database.values import Key, condition, key_from_row
from clerkbench.files.sql_text import quoted, tokens
from clerkbench.mutations.change_set import ChangeSet, RowUpdate

DELETE, SET_NULL, RESTRICT = "delete", "set null", "restrict"


@dataclass(frozen=True)
class PlannedAction:
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
class DeletePlan:
    """A delete before it is done: its steps, the rows named first, then ever further away from them."""

    schema: Schema
    steps: list[PlannedAction]

    @property
    def change(self) -> ChangeSet:
        """What is to happen to which rows."""
        change = ChangeSet()
        for step in self.steps:
            if step.action == DELETE:
                change.searches.pop(step.table, None)
                if step.table not in change.deleted and step.key is not None:
                    columns = self.schema.tables[step.table].typed(step.key.columns)
                    change.searches[step.table] = columns, step.search
                change.deleted.setdefault(step.table, {}).update(step.rows)
            elif step.action == SET_NULL and step.key is not None:
                change.altered.append(RowUpdate(step.table, step.rows, dict.fromkeys(step.key.columns)))
        return change

    @property
    def blocking(self) -> list[PlannedAction]:
        """The steps that stop the delete."""
        return [step for step in self.steps if step.action == RESTRICT]

    @classmethod
    def blocked_by(cls, schema: Schema, key: Constraint, rows: Rows) -> "DeletePlan":
        """A plan of nothing but rows in the way: those that reference others by a foreign key."""
        return cls(schema, [PlannedAction(RESTRICT, key.table, reference_path(key, key.parent), rows, key)])

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
            told = not self.schema.tables[step.table].is_numbered
            columns["action"] += [step.action] * number
            columns["table"] += [step.table] * number
            columns["id"] += [key if told else None for _, key in named]
            columns["label"] += [label for label, _ in named]
            columns["path"] += [step.path] * number
        return pd.DataFrame(columns, dtype=object)


def plan_delete(con: duckdb.DuckDBPyConnection, schema: Schema, table: Table, named: Rows) -> DeletePlan:
    """What deleting some rows does, found without changing anything.

    Args:
        con: The database.
        schema: Its tables.
        table: Where the rows are.
        named: The rows.

    Returns:
        The plan, also of a delete that something stops.
    """
    steps = [PlannedAction(DELETE, table.name, table.name, named)]
    going: dict[str, set[Key]] = {table.name: set(named)}
    for step in steps:  # which grows on the way
        if step.action != DELETE:
            continue
        for key in schema.tables[step.table].referenced_by:
            child = schema.tables[key.table]
            values = referenced_values(schema.tables[step.table], step.rows.values(), key.parent_columns)
            found = rows_by_key(child, select_rows(con, child, key.columns, values))
            known = going.setdefault(child.name, set())
            action = DELETE if key.on_delete == "CASCADE" else key.on_delete.lower()
            if new := {each: row for each, row in found.items() if each not in known} if known else found:
                steps.append(PlannedAction(action, child.name, reference_path(key, step.path), new, key, search=values))
            if action == DELETE:
                known.update(new)
    steps = [step if step.action == DELETE else _only(step, step.rows.keys() - going[step.table]) for step in steps]
    return DeletePlan(schema, [step for step in _with_forbidden(con, schema, steps, going) if step.rows])


def _only(step: PlannedAction, keys: Iterable[Key]) -> PlannedAction:
    wanted = set(keys)
    return replace(step, rows={key: row for key, row in step.rows.items() if key in wanted})


def reference_path(key: Constraint, parent: str) -> str:
    """How a row is tied: its columns, then where they lead."""
    columns = key.columns[0] if len(key.columns) == 1 else f"({', '.join(key.columns)})"
    return f"{key.table}.{columns} → {parent}"


def _with_forbidden(
    con: duckdb.DuckDBPyConnection, schema: Schema, steps: list[PlannedAction], going: dict[str, set[Key]]
) -> Iterator[PlannedAction]:
    """The steps; where a constraint forbids to empty columns of a row, the row in a step of its own, as an obstacle."""
    emptied: dict[str, dict[str, set[Key]]] = {}
    for step in steps:
        if step.action == SET_NULL and step.key is not None:
            for column in step.key.columns:
                emptied.setdefault(step.table, {}).setdefault(column, set()).update(step.rows)
    forbidden = {
        table: _forbidden(con, schema.tables[table], columns, going[table]) for table, columns in emptied.items()
    }
    for step in steps:
        if step.action != SET_NULL:
            yield step
            continue
        by = forbidden[step.table]
        yield _only(step, step.rows.keys() - by.keys())
        for constraint in dict.fromkeys(by.values()):
            rows = [key for key in step.rows if by.get(key) == constraint]
            yield replace(_only(step, rows), action=RESTRICT, broken=constraint)
        yield from _held(con, schema, step, going)


def _held(
    con: duckdb.DuckDBPyConnection, schema: Schema, step: PlannedAction, going: dict[str, set[Key]]
) -> Iterator[PlannedAction]:
    """The rows that reference what would be emptied: a key cannot change while it is referenced."""
    table = schema.tables[step.table]
    for key in table.referenced_by:
        if step.key is not None and not set(key.parent_columns).isdisjoint(step.key.columns):
            child = schema.tables[key.table]
            values = referenced_values(table, step.rows.values(), key.parent_columns)
            rows = rows_by_key(child, select_rows(con, child, key.columns, values))
            holding = PlannedAction(RESTRICT, child.name, reference_path(key, step.path), rows, key)
            yield _only(holding, rows.keys() - going.get(child.name, set()))


def _forbidden(
    con: duckdb.DuckDBPyConnection, table: Table, emptied: dict[str, set[Key]], going: set[Key]
) -> dict[Key, Constraint]:
    """The rows that would break a constraint once columns of theirs are empty, each with the first that it would break.

    Args:
        con: The database.
        table: Where the rows are.
        emptied: By column, the rows in which it becomes NULL.
        going: The rows that go at the same time.
    """
    found: dict[Key, Constraint] = {}
    changes, parameters = [], []
    for column, keys in emptied.items():
        where, values = condition(table.typed(table.row_key), keys)
        changes.append(f"CASE WHEN {where} THEN NULL ELSE {quoted(column)} END AS {quoted(column)}")
        parameters += values
    all_keys = set().union(*emptied.values())
    concerned, values = condition(table.typed(table.row_key), all_keys)
    if renewed := table.renewed_column:
        default = table.columns[renewed].default
        changes.append(f"CASE WHEN {concerned} THEN {default} ELSE {quoted(renewed)} END AS {quoted(renewed)}")
        parameters += values
        touched = {*emptied, renewed}
    else:
        touched = {*emptied}
    gone, gone_values = condition(table.typed(table.row_key), going)
    number = f", {ROW_NUMBER}" if table.is_numbered else ""
    after = (
        f"(SELECT * REPLACE ({', '.join(changes)}), {concerned} AS clerkbench_emptied{number} FROM {table.address} "
        f"WHERE NOT {gone})"
    )
    names = table.fetched(table.row_key)
    for constraint in table.constraints:
        if constraint.kind == "not null":
            found = dict.fromkeys(emptied.get(constraint.columns[0], ()), constraint) | found
            continue
        if constraint.kind == "check" and not touched.isdisjoint(constraint.columns):
            broken = f"WHERE clerkbench_emptied AND NOT ({constraint.expression})"
        elif constraint.expressions and _mentions(constraint, touched):
            complete = " AND ".join(f"({each}) IS NOT NULL" for each in constraint.expressions)
            broken = (
                f"WHERE {complete} QUALIFY clerkbench_emptied AND "
                f"count(*) OVER (PARTITION BY {', '.join(constraint.expressions)}) > 1"
            )
        else:
            continue
        query = f"SELECT {names} FROM {after} AS {quoted(table.name)} {broken}"
        rows = con.execute(query, [*parameters, *values, *gone_values]).fetchall()
        found = dict.fromkeys(map(key_from_row, rows), constraint) | found
    return found


def _mentions(constraint: Constraint, columns: Iterable[str]) -> bool:
    return not {token.name for token in tokens(constraint.definition)}.isdisjoint(column.lower() for column in columns)
