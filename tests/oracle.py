"""Random schemas and row changes from Hypothesis. SQLite is the oracle: it gives the expected result of each change.

SQLite has real ON DELETE actions, and DuckDB has none. Each schema is created in both: in DuckDB by a migration, with
the actions as block comments; in SQLite with the same text uncommented. Without an action, SQLite rejects a delete at
the end of the statement, which clerkbench calls RESTRICT.

Two cases are excluded, because the result of SQLite depends on the order in which it visits rows and foreign keys:
SET NULL on columns with a constraint, in tables with a second foreign key; and SET NULL columns that are also part of a
second foreign key, or of a key that other rows reference.
"""

import re
import sqlite3
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

#: The random values of a foreign key column. Most of these ids exist, some do not.
IDS = st.integers(1, 30)
ACTIONS = ["", "CASCADE", "CASCADE", "CASCADE", "SET NULL", "SET NULL", "RESTRICT", "NO ACTION"]


@dataclass(frozen=True)
class Key:
    """A foreign key: its columns, the parent and the parent's columns, and what deleting the parent does."""

    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]
    action: str

    def ddl(self) -> str:
        text = f"FOREIGN KEY ({', '.join(self.columns)}) REFERENCES {self.parent} ({', '.join(self.parent_columns)})"
        return f"{text} /* ON DELETE {self.action} */" if self.action else text


@dataclass(frozen=True)
class Table:
    """A table: the columns of its primary key, those with other values, and its constraints."""

    name: str
    primary_key: tuple[str, ...]
    columns: dict[str, str]
    keys: tuple[Key, ...]
    constraints: tuple[str, ...]
    index: str = ""

    def ddl(self) -> str:
        lines = [f"{name} {kind}" for name, kind in self.columns.items()]
        lines += [f"PRIMARY KEY ({', '.join(self.primary_key)})", *self.constraints, *(key.ddl() for key in self.keys)]
        return f"CREATE TABLE {self.name} (\n    " + ",\n    ".join(lines) + f"\n);\n{self.index}"


@st.composite
def schemas(draw: st.DrawFn) -> list[Table]:
    """Up to six tables, each referencing earlier ones or itself."""
    tables: list[Table] = []
    for number in range(draw(st.integers(2, 6))):
        tables.append(draw(_tables(f"t{number}", tables)))
    return tables


#: The types that keys have, each with a value that no key has.
NOBODYS = {
    "INTEGER": -1,
    "TEXT": "",
    "DATE": "1900-01-01",
    "DECIMAL(5, 1)": -1,
    "UUID": "00000000-0000-4000-8000-ffffffffffff",
}
KINDS = list(NOBODYS)


def typed(kind: str, value: int | None) -> Any:
    """A number as a value of a type. Every second text differs from the previous one only in case."""
    if value is None:
        return None
    match kind.partition(" NOT NULL")[0]:
        case "TEXT":
            letter = chr(ord("a") + value // 2)
            return letter.upper() if value % 2 else letter
        case "DATE":
            return f"2026-01-{value + 1:02}"
        case "DECIMAL(5, 1)":
            return value + 0.5
        case "UUID":
            return f"00000000-0000-4000-8000-{value:012}"
    return value


@st.composite
def _tables(draw: st.DrawFn, name: str, earlier: list[Table]) -> Table:
    wide = draw(st.integers(0, 3)) == 0
    primary_key = ("a", "b") if wide else ("id",)
    kind = "INTEGER NOT NULL" if wide else f"{draw(st.sampled_from(KINDS))} NOT NULL"
    columns = dict.fromkeys(primary_key, kind) | {"v": "INTEGER", "code": "INTEGER"}
    constraints = ["UNIQUE (code)"]
    keys: list[Key] = []
    for at in range(draw(st.integers(0 if not earlier else 1, 3))):
        itself = Table(name, primary_key, columns, (), ())
        parent = draw(st.sampled_from([*earlier, itself] if earlier else [itself]))
        targets = [parent.primary_key, ("code",)]
        if "UNIQUE (id, f0)" in parent.constraints and parent is not itself:
            targets.append(("id", "f0"))
        target = draw(st.sampled_from(targets))
        names = tuple(f"f{at}" if part == 0 else f"f{at}_{part}" for part in range(len(target)))
        # A composite key may share its second column with an earlier one, as a preceptor's site and system do.
        shared = [key for key in keys if len(key.columns) == 1 and "SET NULL" not in key.action]
        shares = len(target) == 2 and bool(shared) and draw(st.booleans())
        kinds = [parent.columns[column].replace(" NOT NULL", "") for column in target]
        if shares:
            matching = [key for key in shared if columns[key.columns[0]].replace(" NOT NULL", "") == kinds[1]]
            shares = bool(matching)
            if shares:
                names = (names[0], matching[0].columns[0])
        action = draw(st.sampled_from([each for each in ACTIONS if not (shares and each == "SET NULL")]))
        required = not shares and action != "SET NULL" and parent.name != name and draw(st.booleans())
        for column, each in zip(names, kinds, strict=True):
            columns.setdefault(column, each + (" NOT NULL" if required else ""))
        keys.append(Key(names, parent.name, target, action))
        if len(names) == 1 and action != "SET NULL" and draw(st.integers(0, 4)) == 0:
            constraints.append(f"UNIQUE ({names[0]})")
    index = ""
    if len(keys) == 1 and keys[0].action == "SET NULL" and len(keys[0].columns) == 1 and keys[0].parent != name:
        guard = draw(st.sampled_from(["", "NOT NULL", "CHECK", "INDEX"]))
        if guard == "NOT NULL":
            columns["f0"] += " NOT NULL"
        elif guard == "CHECK":
            constraints.append("CHECK (f0 IS NOT NULL OR v > 3)")
        elif guard == "INDEX":
            nothing = repr(NOBODYS[columns["f0"]])
            index = f"CREATE UNIQUE INDEX {name}_scope ON {name} (coalesce(f0, {nothing}), v);"
    if keys and not wide and len(keys[0].columns) == 1 and keys[0].action != "SET NULL" and draw(st.booleans()):
        constraints.append("UNIQUE (id, f0)")
    return Table(name, primary_key, columns, tuple(keys), tuple(constraints), index)


def migration(tables: list[Table]) -> tuple[str, str]:
    """The scripts that make the tables and drop them."""
    up = "\n".join(table.ddl() for table in tables)
    return up, "\n".join(f"DROP TABLE {table.name};" for table in reversed(tables))


@dataclass(frozen=True)
class Change:
    """A statement; for an update or a delete also the condition and the number of the rows that it must affect."""

    table: str
    statement: str
    parameters: list[Any]
    where: str = ""
    keys: tuple[Any, ...] = ()
    rows: int = 0


class Oracle:
    """The same schema in SQLite."""

    def __init__(self, tables: list[Table]) -> None:
        self.tables = {table.name: table for table in tables}
        self.con = sqlite3.connect(":memory:", isolation_level=None)
        self.con.execute("PRAGMA foreign_keys = ON")
        text = re.sub(r"/\* (ON DELETE (CASCADE|SET NULL)) \*/", r"\1", migration(tables)[0])
        self.con.executescript(text)

    def rows(self, table: str) -> list[tuple[Any, ...]]:
        return sorted(self.con.execute(f"SELECT * FROM {table}").fetchall(), key=repr)

    def contents(self) -> dict[str, list[tuple[Any, ...]]]:
        return {name: self.rows(name) for name in self.tables}

    def try_(self, changes: list[Change]) -> bool:
        """Whether SQLite accepts all changes in one transaction; if not, the transaction is rolled back.

        Two cases that SQLite accepts also count as rejected: a row that does not exist, and rows that reference each
        other in a cycle, because DuckDB cannot store them.
        """
        self.con.execute("BEGIN")
        accepted = True
        try:
            for change in changes:
                if change.where:
                    [there] = self.con.execute(f"SELECT count(*) FROM {change.table} WHERE {change.where}", change.keys)
                    accepted = accepted and there == (change.rows,)
                self.con.execute(change.statement, change.parameters)
                accepted = accepted and not self._circles()
        except sqlite3.IntegrityError:
            accepted = False
        self.con.execute("COMMIT" if accepted else "ROLLBACK")
        return accepted

    def _circles(self) -> bool:
        for table in self.tables.values():
            edges = []
            for key in table.keys:
                if key.parent == table.name:
                    same = " AND ".join(
                        f"parent.{above} = child.{own}"
                        for above, own in zip(key.parent_columns, key.columns, strict=True)
                    )
                    query = (
                        f"SELECT child.rowid, parent.rowid FROM {table.name} child JOIN {table.name} parent ON {same}"
                    )
                    edges += self.con.execute(query).fetchall()
            while edges:
                inner = [edge for edge in edges if edge[1] in {child for child, _ in edges}]
                if len(inner) == len(edges):
                    return True
                edges = inner
        return False
