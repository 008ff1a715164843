"""Prints violations as sentences, as JSON, or as annotations of GitHub, and sets the exit code."""

import json
import re
from collections.abc import Callable, Hashable
from enum import StrEnum
from pathlib import Path
from typing import Any

import pandas as pd
import typer

from clerkbench.errors import ClerkbenchError
from clerkbench.files.csv_files import csv_rows
from clerkbench.reporting.violations import ERROR, WARNING, Violation, Violations
from clerkbench.schema_docs.migration_plan import MigrationPlan
from clerkbench.schema_docs.schema_difference import SchemaDifference, change_in_words

FOUND, NOT_DONE = 1, 2
INTERRUPTED = 130  # as with all programs


class Format(StrEnum):
    """The formats of violations."""

    TABLE = "table"
    JSON = "json"
    GITHUB = "github"


class ReportFormat(StrEnum):
    """The formats of reports about the schema."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"
    GITHUB = "github"


#: Characters that a terminal acts on: escape sequences, marks of the writing direction.
_ACTING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def say(text: object, *, err: bool = False, nl: bool = True) -> None:
    """Print a text. Nothing in it acts on the terminal or is a command of GitHub."""
    typer.echo(_no_command(str(text)), err=err, nl=nl)


def _no_command(text: str) -> str:
    shown = _ACTING.sub(lambda sign: f"\\x{ord(sign[0]):02x}", text)
    return re.sub(r"(?m)^(?=\s*::)", "' ", shown)


def report(found: Violations, written: Format, strict: bool, file: Path | None = None) -> None:
    """Print violations, and exit with their code."""
    (typer.echo if written is Format.GITHUB else say)(_FORMATS[written](found, file))
    if _demands_exit(found, strict):
        raise typer.Exit(FOUND)


def report_all(found: dict[str, Violations], failed: dict[str, ClerkbenchError], written: Format, strict: bool) -> None:
    """Print the violations of several schools, and exit with their code."""
    for name, error in failed.items():
        if written is Format.GITHUB:
            typer.echo(_annotation(ERROR, name, str(error)))
        elif written is Format.TABLE:
            say(f"{name}: {error}\n", err=True)
    if written is Format.JSON:
        records: list[dict[Hashable, Any]] = [
            {"school": name, **each} for name, some in found.items() for each in _records(some)
        ]
        for name, error in failed.items():
            unread: dict[Hashable, Any] = dict.fromkeys(Violation._fields)
            unread |= {"rule": "school:unreadable", "severity": ERROR, "message": str(error)}
            records.append({"school": name, **unread})
        typer.echo(json.dumps(records, indent=2, ensure_ascii=False))
    for name, some in found.items():
        if written is Format.GITHUB:
            typer.echo(_as_annotations(some, None, name))
        elif written is Format.TABLE:
            say(f"{name}: {some}" + ("\n" if len(some) else ""))
    if failed or any(_demands_exit(some, strict) for some in found.values()):
        raise typer.Exit(NOT_DONE if failed else FOUND)


def _demands_exit(found: Violations, strict: bool) -> bool:
    return bool(found.count_of(ERROR) or (strict and found.count_of(WARNING)))


def _as_sentences(found: Violations, file: Path | None) -> str:
    return str(found)


def _as_json(found: Violations, file: Path | None) -> str:
    return json.dumps(_records(found if file is None else found.reset_index()), indent=2, ensure_ascii=False)


def _records(found: pd.DataFrame) -> list[dict[Hashable, Any]]:
    frame = pd.DataFrame(found)
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def _as_annotations(found: Violations, file: Path | None, school: str = "") -> str:
    """One line each. GitHub shows it beside the file, at the line of the row."""
    lines = []
    lines_of_rows = [1, *csv_rows(file)[2]] if file else []
    for row, each in zip(found.index, found.itertuples(index=False), strict=True):
        place = "" if file is None else f"file={_escaped(str(file), ':,')},line={lines_of_rows[row]},"
        title = ": ".join(filter(None, [school, str(each.rule)]))
        lines.append(_annotation(str(each.severity), title, f"{each.message}\n{each.remedy}", place))
    return "\n".join([*lines, _no_command(": ".join(filter(None, [school, found.summary])))])


def _annotation(severity: str, title: str, text: str, place: str = "") -> str:
    return f"::{severity} {place}title={_escaped(title, ':,')}::{_escaped(text)}"


def _escaped(text: str, signs: str = "") -> str:
    for sign in "%\r\n" + signs:
        text = text.replace(sign, f"%{ord(sign):02X}")
    return text


_FORMATS: dict[Format, Callable[[Violations, Path | None], str]] = {
    Format.TABLE: _as_sentences,
    Format.JSON: _as_json,
    Format.GITHUB: _as_annotations,
}


def report_plan(plan: MigrationPlan, written: ReportFormat) -> None:
    """Print a plan. Exits with 1 if rows would be rejected or values lost."""
    if written is ReportFormat.GITHUB:
        for each in plan.objections():
            typer.echo(_annotation(*each))
    _report(plan, written, lambda: _plan_as_json(plan))
    if plan.would_lose:
        raise typer.Exit(FOUND)


def _plan_as_json(plan: MigrationPlan) -> dict[str, Any]:
    facts = {"migrations": plan.migrations, "failure": plan.failure, "reversible": plan.reversible}
    return facts | {name: _records(frame) for name, frame in plan.frames().items()}


def report_schema(difference: SchemaDifference, written: ReportFormat) -> None:
    """Print the difference of two schemas."""
    if written is ReportFormat.GITHUB:
        for each in difference.found:
            typer.echo(_annotation("notice", f"{each.kind} {each.change}", change_in_words(each)))
    _report(difference, written, lambda: _records(difference.changes))


def _report(shown: MigrationPlan | SchemaDifference, written: ReportFormat, as_json: Callable[[], Any]) -> None:
    if written is ReportFormat.JSON:
        typer.echo(json.dumps(as_json(), indent=2, ensure_ascii=False, default=str))
    elif written is ReportFormat.MARKDOWN:
        say(shown.markdown, nl=False)
    else:
        say(shown.summary if written is ReportFormat.GITHUB else shown)
