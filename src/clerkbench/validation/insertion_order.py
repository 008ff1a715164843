"""The order in which rows of a table that references itself can be stored: parents first."""

from contextlib import suppress
from graphlib import CycleError, TopologicalSorter

import duckdb

from clerkbench.validation.staging import ROW, Staged


def insertion_order(con: duckdb.DuckDBPyConnection, rows: Staged) -> tuple[list[list[int]], list[int]]:
    """The numbers of the rows, parents first; and those without an order, because they are in or below a circle."""
    parents: dict[int, set[int]] = {number: set() for number in range(1, rows.count + 1)}
    for key in rows.table.self_references:
        if not set(key.columns + key.parent_columns) <= set(rows.columns):
            continue
        same = " AND ".join(
            f"child.{rows.table.comparable(own)} = parent.{rows.table.comparable(above)}"
            for own, above in zip(key.columns, key.parent_columns, strict=True)
        )
        found = con.execute(
            f"SELECT child.{ROW}, parent.{ROW} FROM {rows.relation} AS child JOIN {rows.relation} AS parent ON {same}"
        )
        for child, parent in found.fetchall():
            parents[child].add(parent)
    order = TopologicalSorter(parents)
    with suppress(CycleError):  # the rows outside of a circle are sorted all the same
        order.prepare()
    sorted_so_far = []
    while order.is_active() and (ready := sorted(order.get_ready())):
        sorted_so_far.append(ready)
        order.done(*ready)
    placed = {number for each in sorted_so_far for number in each}
    return sorted_so_far, [number for number in parents if number not in placed]
