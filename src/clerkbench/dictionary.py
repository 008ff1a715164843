"""Writes the data dictionary: on one page all that the SQL says of tables, constraints, views and rules. Reads only."""

import os
import re
from collections.abc import Iterable

import duckdb
import pandas as pd

from clerkbench import audit, catalog, constraints, text_files
from clerkbench.diagram import Diagram
from clerkbench.schema import Schema, Table
from clerkbench.sql_files import SqlFiles

#: What deleting a row does to each that references it.
_EFFECTS = {
    "CASCADE": "{} is deleted with it.",
    "SET NULL": "{} stays, and names nothing there.",
    "RESTRICT": "{} stops the delete, unless it goes as well.",
}


class Dictionary(str):
    """A page in Markdown, which JupyterLab and code hosts show; made by ``bench.dictionary()``."""

    def _repr_markdown_(self) -> str:
        return str(self)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the page to a file, in place of what it holds.

        Raises:
            ArgumentError: It cannot be written.
        """
        text_files.save(path, self)


def write(con: duckdb.DuckDBPyConnection, schema: Schema, files: SqlFiles, diagram: Diagram) -> Dictionary:
    """The dictionary of a database.

    Args:
        con: The database.
        schema: Its tables.
        files: Where the rules come from.
        diagram: The picture to put into it.

    Raises:
        SqlFileError: A rule is malformed.
    """
    comments = catalog.table_comments(con)
    parts = [
        "# The configuration schema",
        "Made from the SQL by `make docs`: change the SQL, not this page.",
        "[Configuration areas](#configuration-areas) · [Diagram](#diagram) · [Tables](#tables) · [Views](#views) · "
        "[Rules](#rules)",
        "## Configuration areas",
        "A school makes its choices in these areas. This is where each is stored.",
        _areas(catalog.areas(con)),
        "## Diagram",
        diagram.markdown.strip(),
        "## Tables",
        _table(["table", "meaning"], [[_link(name), _prose(comments.get(name, ""))] for name in schema.tables]),
    ]
    for name, table in schema.tables.items():
        parts += _section(con, schema, table, comments.get(name, ""))
    parts.append("## Views")
    parts.append("Made anew from `sql/views` when a database is opened; ask them like tables.")
    for view in catalog.view_names(con):
        told = catalog.describe(con, view)[["column", "type", "meaning"]].itertuples(index=False)
        rows = [[_code(column), _code(kind), _prose(meaning)] for column, kind, meaning in told]
        parts += [f"### {_prose(view)}", _prose(comments.get(view, "")), _table(["column", "type", "meaning"], rows)]
    parts.append("## Rules")
    parts.append(
        "What a school should keep beyond the constraints of its tables. `audit` finds every row that breaks one. "
        "`{…}` stands for a name or a value."
    )
    parts += _rules(audit.rules(files), catalog.area_names(con))
    return Dictionary("\n\n".join(filter(None, parts)) + "\n")


def _areas(areas: pd.DataFrame) -> str:
    rows = [
        [
            f"{each.area}, {_prose(each.name)}",
            f"{_link(str(each.table))}{f', {_code(each.column)}' if each.column else ''}",
            _prose(each.meaning),
        ]
        for each in areas.itertuples(index=False)
    ]
    return _table(["area", "stored in", "meaning"], rows)


def _section(con: duckdb.DuckDBPyConnection, schema: Schema, table: Table, meaning: str) -> list[str]:
    rules = [
        f"- {_prose(each.rule)} {_code(f'CHECK ({each.written})' if each.kind == 'check' else each.definition)}"
        for each in table.constraints
        if each.rule
    ]
    allowed = {each.columns: values for each in table.constraints if (values := constraints.allowed_values(con, each))}
    rows = []
    for each in catalog.describe(con, table.name).itertuples():
        key = ", on delete ".join(filter(None, [str(each.key), str(each.on_delete)]))
        listed = "<br>".join(map(_code, allowed.get((str(each.column),), ())))
        empty = "may be empty" if each.nullable else ""
        start = [_code(each.column), _code(each.type), _prose(each.meaning)]
        rows.append([*start, listed, empty, _code(each.default), _prose(key)])
    return [
        f"### {_prose(table.name)}",
        _prose(meaning),
        _table(["column", "type", "meaning", "allowed values", "empty", "default", "key"], rows),
        f"**When a row is deleted:** {_consequences(schema, table)}",
        "**What every row must keep:**\n\n" + "\n".join(rules) if rules else "",
    ]


def _consequences(schema: Schema, table: Table) -> str:
    """What deleting a row does to those that reference it, and to those that reference these."""
    lines = list(_consequences_below(schema, table, [table.name]))
    return "nothing else changes." if not lines else "\n\n" + "\n".join(lines)


def _consequences_below(schema: Schema, table: Table, above: list[str]) -> Iterable[str]:
    for key in table.referenced_by:
        naming = f"each row of {_link(key.table)} that names it in {' and '.join(map(_code, key.columns))}"
        yield "  " * (len(above) - 1) + "- " + _EFFECTS[key.on_delete].format(naming)
        if key.on_delete == "CASCADE" and key.table not in above:
            yield from _consequences_below(schema, schema.tables[key.table], [*above, key.table])


def _rules(rules: pd.DataFrame, names: dict[int, str]) -> Iterable[str]:
    for area, within in rules.groupby("area"):
        yield f"### Area {area}, {names.get(int(str(area)), '')}".rstrip(", ")
        rows = [
            [
                _code(each.rule),
                str(each.severity),
                _prose(each.sentence),
                _prose(each.remedy),
            ]
            for each in within.itertuples()
        ]
        yield _table(["rule", "severity", "what must hold", "what to do where it does not"], rows)


def _table(heads: list[str], rows: Iterable[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def _link(name: str) -> str:
    """A link to a table's section, as code hosts name the places of headings."""
    anchor = re.sub(r"[^\w -]", "", name.lower()).replace(" ", "-")
    return f"[{_prose(name)}](#{anchor})"


def _code(text: object) -> str:
    """Text as code; nothing for nothing."""
    shown = " ".join(str(text).split())
    fence = "`" * (1 + max(map(len, re.findall("`+", shown)), default=0))
    margin = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{margin}{shown}{margin}{fence}" if shown else ""


def _prose(text: object) -> str:
    """Text that Markdown shows as it is, in one line."""
    return re.sub(r"([\\`*<\[\]])", r"\\\1", " ".join(str(text).split()))
