"""Writes the data dictionary: tables, constraints, views and rules on one page."""

import os
from collections.abc import Iterable

import pandas as pd

from clerkbench.database.schema import Schema
from clerkbench.database.table import Table
from clerkbench.files import atomic_write
from clerkbench.files.sql_files import SqlFiles
from clerkbench.reporting.markdown import code, link, prose
from clerkbench.reporting.markdown import table as table_of
from clerkbench.schema_docs import tables
from clerkbench.schema_docs.diagram import Diagram
from clerkbench.school import audit

#: What a delete does to each referencing row.
_EFFECTS = {
    "CASCADE": "{} is deleted with it.",
    "SET NULL": "{} stays, and names nothing there.",
    "RESTRICT": "{} stops the delete, unless it goes as well.",
}


class Dictionary(str):
    """A page in Markdown, which JupyterLab and code hosts show. ``bench.dictionary()`` makes it."""

    def _repr_markdown_(self) -> str:
        return str(self)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the page to a file.

        Args:
            path: Ends in ``.md``.

        Raises:
            ArgumentError: It does not, or cannot be written.
        """
        atomic_write.write_text(path, {".md": self})


def write(schema: Schema, files: SqlFiles, diagram: Diagram) -> Dictionary:
    """The dictionary of a schema, with its diagram. Raises SqlFileError if a rule is malformed."""
    parts = [
        "# The configuration schema",
        "Made by clerkbench from the SQL of the schema, which says all of it: change the SQL, not this page.",
        "[Configuration areas](#configuration-areas) · [Diagram](#diagram) · [Tables](#tables) · [Views](#views) · "
        "[Rules](#rules)",
        "## Configuration areas",
        "A school makes its choices in these areas. This is where each is stored.",
        _areas(tables.areas(schema)),
        "## Diagram",
        diagram.markdown.strip(),
        "## Tables",
        table_of(["table", "meaning"], [[link(name), prose(table.comment)] for name, table in schema.tables.items()]),
    ]
    for table in schema.tables.values():
        parts += _section(schema, table)
    parts.append("## Views")
    parts.append("Created from `sql/views` when a database is opened. Query them like tables.")
    for view in schema.views.values():
        rows = [[code(each.name), code(each.type), prose(each.comment)] for each in view.columns.values()]
        parts += [f"### {prose(view.name)}", prose(view.comment), table_of(["column", "type", "meaning"], rows)]
    parts.append("## Rules")
    parts.append(
        "What a school should keep beyond the constraints of its tables. `audit` finds every row that breaks one. "
        "`{…}` stands for a name or a value."
    )
    parts += _rules(audit.rules(files), schema.area_names)
    return Dictionary("\n\n".join(filter(None, parts)) + "\n")


def _areas(areas: pd.DataFrame) -> str:
    rows = [
        [
            f"{each.area}, {prose(each.name)}",
            f"{link(str(each.table))}{f', {code(each.column)}' if each.column else ''}",
            prose(each.meaning),
        ]
        for each in areas.itertuples(index=False)
    ]
    return table_of(["area", "stored in", "meaning"], rows)


def _section(schema: Schema, table: Table) -> list[str]:
    rules = [
        f"- {prose(each.rule)} {code(f'CHECK ({each.written})' if each.kind == 'check' else each.definition)}"
        for each in table.constraints
        if each.rule or each.kind == "check"
    ]
    rows = []
    for each in tables.describe(schema, table.name).itertuples():
        key = ", on delete ".join(filter(None, [str(each.key), str(each.on_delete)]))
        listed = "<br>".join(map(code, tables.allowed_values(table.constraints, str(each.column))))
        empty = "may be empty" if each.nullable else ""
        start = [code(each.column), code(each.type), prose(each.meaning)]
        rows.append([*start, listed, empty, code(each.default), prose(key)])
    return [
        f"### {prose(table.name)}",
        prose(table.comment),
        table_of(["column", "type", "meaning", "allowed values", "empty", "default", "key"], rows),
        f"**When a row is deleted:** {_consequences(schema, table)}",
        "**What every row must keep:**\n\n" + "\n".join(rules) if rules else "",
    ]


def _consequences(schema: Schema, table: Table) -> str:
    """What a delete of a row does to its dependents."""
    lines = list(_consequences_below(schema, table, [table.name]))
    return "nothing else changes." if not lines else "\n\n" + "\n".join(lines)


def _consequences_below(schema: Schema, table: Table, above: list[str]) -> Iterable[str]:
    for key in table.referenced_by:
        naming = f"each row of {link(key.table)} that names it in {' and '.join(map(code, key.columns))}"
        yield "  " * (len(above) - 1) + "- " + _EFFECTS[key.on_delete].format(naming)
        if key.on_delete == "CASCADE" and key.table not in above:
            yield from _consequences_below(schema, schema.tables[key.table], [*above, key.table])


def _rules(rules: pd.DataFrame, names: dict[int, str]) -> Iterable[str]:
    for area, within in rules.groupby("area"):
        yield f"### Area {area}, {names.get(int(str(area)), '')}".rstrip(", ")
        rows = [
            [code(each.rule), str(each.severity), prose(each.sentence), prose(each.remedy)]
            for each in within.itertuples()
        ]
        yield table_of(["rule", "severity", "what must hold", "what to do where it does not"], rows)
