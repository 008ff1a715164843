"""Plans the referential actions of a delete: which rows are deleted, which lose a reference, which stop it.

The delete rules are read from the DDL (see ``declared_constraints``):

- CASCADE: the referencing rows are deleted too.
- SET NULL: they stay, and the referencing columns become NULL. If a constraint forbids that, the delete is rejected.
- RESTRICT, or no rule: the delete is rejected if one of them would stay. A row that is deleted anyway, by another path,
  does not stop it; PostgreSQL and SQLite do the same without a rule.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import duckdb
import pandas as pd

from clerkbench.database.constraints import Constraint
from clerkbench.database.labels import labelled_groups
from clerkbench.database.rows import referencing_rows
from clerkbench.database.schema import Schema
from clerkbench.database.table import ROW_NUMBER, Rows, Table
from clerkbench.database.values import Key, condition, key_from_row
from clerkbench.files.sql_text import quoted, tokens
from clerkbench.mutations.change_set import ChangeSet, RowUpdate

DELETE, SET_NULL, RESTRICT = "delete", "set null", "restrict"


@dataclass(frozen=True)
class PlannedAction:
    """Rows of one table with the same action for the same reason.

    Attributes:
        action: ``delete``, ``set null`` or ``restrict``.
        table: Their table.
        path: The foreign keys from them to the given row.
        key: The foreign key that decides; None for the given rows.
        broken: For ``restrict``, the constraint that forbids NULL; None if the rule is RESTRICT.
        search: Their values in the columns of the foreign key.
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
    """A delete before it is done: its actions, the given rows first, then those ever further away."""

    schema: Schema
    steps: list[PlannedAction]

    @property
    def change(self) -> ChangeSet:
        """The change set of the plan."""
        change = ChangeSet()
        for step in self.steps:
            if step.action == DELETE:
                change.searches.pop(step.table, None)
                if step.table not in change.deleted and step.key is not None:
                    columns = self.schema.tables[step.table].column_types(step.key.columns)
                    change.searches[step.table] = columns, step.search
                change.deleted.setdefault(step.table, {}).update(step.rows)
            elif step.action == SET_NULL and step.key is not None:
                change.altered.append(RowUpdate(step.table, step.rows, dict.fromkeys(step.key.columns)))
        return change

    @property
    def blocking(self) -> list[PlannedAction]:
        """The actions that stop the delete."""
        return [step for step in self.steps if step.action == RESTRICT]

    @classmethod
    def blocked_by(cls, schema: Schema, key: Constraint, rows: Rows) -> "DeletePlan":
        """A plan of nothing but rows that reference others by a foreign key."""
        return cls(schema, [PlannedAction(RESTRICT, key.table, reference_path(key, key.parent), rows, key)])

    def frame(self, con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
        """The plan as a DataFrame, one row for each row, in the order of the actions and then by label.

        Returns:
            ``action``, ``table``, ``id`` (a tuple for a key of several columns), ``label``, ``path``.
        """
        groups = labelled_groups(con, self.schema, [(step.table, step.rows) for step in self.steps])
        rows = [
            (step.action, step.table, None if self.schema.tables[step.table].is_numbered else key, label, step.path)
            for step, group in zip(self.steps, groups, strict=True)
            for label, key in group
        ]
        return pd.DataFrame(rows, columns=["action", "table", "id", "label", "path"], dtype=object)


def plan_delete(con: duckdb.DuckDBPyConnection, schema: Schema, table: Table, named: Rows) -> DeletePlan:
    """The plan of deleting some rows, also if something stops it. Changes nothing."""
    steps = [PlannedAction(DELETE, table.name, table.name, named)]
    going: dict[str, set[Key]] = {table.name: set(named)}
    for step in steps:  # the list grows in the loop
        if step.action != DELETE:
            continue
        for key in schema.tables[step.table].referenced_by:
            child = schema.tables[key.table]
            values, found = referencing_rows(con, schema.tables[step.table], child, key, step.rows.values())
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
    """How a row is links to its parent: its columns, then the path of the parent."""
    columns = key.columns[0] if len(key.columns) == 1 else f"({', '.join(key.columns)})"
    return f"{key.table}.{columns} → {parent}"


def _with_forbidden(
    con: duckdb.DuckDBPyConnection, schema: Schema, steps: list[PlannedAction], going: dict[str, set[Key]]
) -> Iterator[PlannedAction]:
    """The actions. Rows that must not lose a reference are in an action of their own, which stops the delete."""
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
    """The rows that reference a column that would become NULL: a key cannot change while it is referenced."""
    table = schema.tables[step.table]
    for key in table.referenced_by:
        if step.key is not None and not set(key.parent_columns).isdisjoint(step.key.columns):
            child = schema.tables[key.table]
            _, rows = referencing_rows(con, table, child, key, step.rows.values())
            holding = PlannedAction(RESTRICT, child.name, reference_path(key, step.path), rows, key)
            yield _only(holding, rows.keys() - going.get(child.name, set()))


def _forbidden(
    con: duckdb.DuckDBPyConnection, table: Table, emptied: dict[str, set[Key]], going: set[Key]
) -> dict[Key, Constraint]:
    """The rows that would violate a constraint with NULL in some columns, each with the first one.

    Args:
        con, table: The database and the table of the rows.
        emptied: By column, the rows in which it becomes NULL.
        going: The rows that are deleted at the same time.
    """
    found: dict[Key, Constraint] = {}
    changes, parameters = [], []
    for column, keys in emptied.items():
        where, values = condition(table.column_types(table.row_key), keys)
        changes.append(f"CASE WHEN {where} THEN NULL ELSE {quoted(column)} END AS {quoted(column)}")
        parameters += values
    all_keys = set().union(*emptied.values())
    concerned, values = condition(table.column_types(table.row_key), all_keys)
    if renewed := table.renewed_column:
        default = table.columns[renewed].default
        changes.append(f"CASE WHEN {concerned} THEN {default} ELSE {quoted(renewed)} END AS {quoted(renewed)}")
        parameters += values
        touched = {*emptied, renewed}
    else:
        touched = {*emptied}
    gone, gone_values = condition(table.column_types(table.row_key), going)
    number = f", {ROW_NUMBER}" if table.is_numbered else ""
    after = (
        f"(SELECT * REPLACE ({', '.join(changes)}), {concerned} AS clerkbench_emptied{number} FROM {table.address} "
        f"WHERE NOT {gone})"
    )
    names = table.select_list(table.row_key)
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
