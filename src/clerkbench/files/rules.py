"""Reads a rule: one SELECT that returns a row for each violation, under a header with its metadata."""

import re
from dataclasses import dataclass
from pathlib import Path

import duckdb

from clerkbench.errors import SqlFileError
from clerkbench.files.sql_text import tokens
from clerkbench.reporting.violations import SEVERITIES

#: The keys of a header, in any order. ``about`` is a table, or a column of one.
_KEYS = ("id", "area", "severity", "about", "sentence", "message", "remedy")
_KEY_LINE = re.compile(r"-- (?P<key>\w+): *(?P<text>.*)")
_CONTINUED = re.compile(r"-- {2,}(?P<text>.*)")
_BLANK = re.compile(r"\{([a-z_]\w*)\}")


@dataclass(frozen=True)
class Rule:
    """A business rule over several rows or tables.

    Attributes:
        id: Its name, and that of its file.
        area: The number of its configuration area.
        severity: ``error`` or ``warning``.
        table: The table whose rows violate it.
        column: The column that it is about; empty for the whole row.
        message, remedy: What is wrong with one row, and what to do. ``{name}`` is a column of the query.
        query: A SELECT with a row for each violation: ``row_id``, ``value``, and the columns that message and remedy
            name.
    """

    id: str
    area: int
    severity: str
    table: str
    column: str
    sentence: str
    message: str
    remedy: str
    path: Path
    query: str

    @property
    def facts(self) -> list[str]:
        """The columns that message and remedy name, each once."""
        return list(dict.fromkeys(_BLANK.findall(self.message + self.remedy)))

    def render(self, facts: dict[str, str]) -> tuple[str, str]:
        """The message and the remedy of one violation."""
        message, remedy = (_BLANK.sub(lambda blank: facts[blank[1]], text) for text in (self.message, self.remedy))
        return message, remedy


def parse(path: Path, script: str) -> Rule:
    """The rule in a file. Its id is the name of the file without the ending. Raises SqlFileError if the header lacks a
    key, repeats one or has a wrong value; or there is no single SELECT below it.
    """
    header, query = _header(path, script)
    missing = [key for key in _KEYS if not header.get(key)]
    if missing:
        raise _malformed(path, f"says nothing of: {', '.join(missing)}")
    if header["id"] != path.stem:
        raise _malformed(path, f"has the id {header['id']}, but the file is named {path.name}")
    if header["severity"] not in SEVERITIES:
        raise _malformed(path, f"has the severity {header['severity']}, which is neither {' nor '.join(SEVERITIES)}")
    if not header["area"].isdecimal() or int(header["area"]) == 0:
        raise _malformed(path, f"has the area {header['area']}, which is not a number from 1")
    table, dot, column = header["about"].partition(".")
    if dot and not column:
        raise _malformed(path, f"is about {header['about']}, which is neither a table nor a column of one")
    for key in ("message", "remedy"):
        if "{" in (rest := _BLANK.sub("", header[key])) or "}" in rest:
            raise _malformed(path, f"has in its {key} braces that hold no name such as {{name}}")
    try:
        statements = duckdb.extract_statements(query)
    except duckdb.Error as error:
        raise SqlFileError(f"{path} is not valid SQL. {error}") from None
    if [each.type for each in statements] != [duckdb.StatementType.SELECT]:
        raise SqlFileError(f"{path} should hold one SELECT under its header, which returns a row for each violation.")
    words = {key: header[key] for key in ("id", "severity", "sentence", "message", "remedy")}
    end = next((token.start for token in tokens(query) if token.text == ";"), None)
    query = query.encode()[:end].decode().strip()
    return Rule(area=int(header["area"]), table=table, column=column, path=path, query=query, **words)


def _header(path: Path, script: str) -> tuple[dict[str, str], str]:
    """The header by key, and the text below it."""
    header: dict[str, str] = {}
    key = ""
    lines = script.lstrip("\ufeff\r\n ").splitlines(keepends=True)
    for at, line in enumerate(lines):
        if found := _KEY_LINE.fullmatch(line.rstrip()):
            key = found["key"]
            if key not in _KEYS:
                raise _malformed(path, f"says something of {key}, which means nothing")
            if key in header:
                raise _malformed(path, f"says twice what its {key} is")
            header[key] = found["text"]
        elif key and (more := _CONTINUED.fullmatch(line.rstrip())):
            header[key] += f" {more['text']}"
        else:
            return header, "".join(lines[at:])
    return header, ""


def _malformed(path: Path, problem: str) -> SqlFileError:
    return SqlFileError(
        f"The header of {path} {problem}. A rule begins with a comment that says, each on a line such as -- id: …, its "
        f"{', '.join(_KEYS[:-1])} and {_KEYS[-1]}; a line that goes on is indented."
    )
