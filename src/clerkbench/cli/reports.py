"""Writes violations for people, programs and GitHub, and exits as they demand."""

import json
from collections.abc import Callable, Hashable
from enum import StrEnum
from pathlib import Path
from typing import Any

import pandas as pd
import typer

from clerkbench.csv_files import csv_rows
from clerkbench.violations import ERROR, WARNING, Violations

FOUND, NOT_DONE = 1, 2


class Format(StrEnum):
    """How violations are written."""

    TABLE = "table"
    JSON = "json"
    GITHUB = "github"


def report(found: Violations, written: Format, strict: bool, file: Path | None = None) -> None:
    """Write the violations, and exit as they demand."""
    typer.echo(_FORMATS[written](found, file))
    if _demands_exit(found, strict):
        raise typer.Exit(FOUND)


def report_all(found: dict[str, Violations], written: Format, strict: bool, failed: int) -> None:
    """Write the violations of some schools, each under its name where there are several, and exit as they demand."""
    if len(found) == 1 and not failed:
        report(next(iter(found.values())), written, strict)
        return
    if written is Format.JSON:
        records = [{"school": name, **each} for name, some in found.items() for each in _records(some)]
        typer.echo(json.dumps(records, indent=2, ensure_ascii=False))
    else:
        for name, some in found.items():
            typer.echo(f"{name}: {_FORMATS[written](some, None)}" + ("\n" if len(some) else ""))
    if failed or any(_demands_exit(some, strict) for some in found.values()):
        raise typer.Exit(failed or FOUND)


def _demands_exit(found: Violations, strict: bool) -> bool:
    return bool(found.count_of(ERROR) or (strict and found.count_of(WARNING)))


def _as_sentences(found: Violations, file: Path | None) -> str:
    return str(found)


def _as_json(found: Violations, file: Path | None) -> str:
    return json.dumps(_records(found if file is None else found.reset_index()), indent=2, ensure_ascii=False)


def _records(found: pd.DataFrame) -> list[dict[Hashable, Any]]:
    frame = pd.DataFrame(found)
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def _as_annotations(found: Violations, file: Path | None) -> str:
    """One line each, which GitHub shows beside the file where there is one, at the line of the row."""
    lines = []
    lines_of_rows = [1, *csv_rows(file)[2]] if file else []
    for row, each in zip(found.index, found.itertuples(index=False), strict=True):
        place = "" if file is None else f"file={_escaped(str(file), ':,')},line={lines_of_rows[row]},"
        text = _escaped(f"{each.message}\n{each.remedy}")
        lines.append(f"::{each.severity} {place}title={_escaped(str(each.rule), ':,')}::{text}")
    return "\n".join([*lines, found.summary])


def _escaped(text: str, signs: str = "") -> str:
    for sign in "%\r\n" + signs:
        text = text.replace(sign, f"%{ord(sign):02X}")
    return text


_FORMATS: dict[Format, Callable[[Violations, Path | None], str]] = {
    Format.TABLE: _as_sentences,
    Format.JSON: _as_json,
    Format.GITHUB: _as_annotations,
}
