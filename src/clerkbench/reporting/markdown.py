"""Writes Markdown that shows names and texts of any kind as they are."""

import re
from collections.abc import Iterable, Sequence


def prose(text: object) -> str:
    """A text in one line that Markdown shows as it is."""
    line = " ".join(str(text).split())
    line = re.sub(r"([\\`*~<>&$\[\]])|(?<![A-Za-z0-9])(_)|(_)(?![A-Za-z0-9])", r"\\\g<0>", line)
    return re.sub(r"^([#+-]|\d+(?=[.)]))", _kept, line)


def _kept(start: re.Match[str]) -> str:
    """The begin of a heading or a list, escaped."""
    return f"&#{ord(start[0][0])};{start[0][1:]}"


def code(text: object) -> str:
    """A text as code in one line; empty for an empty text."""
    shown = " ".join(str(text).split())
    fence = "`" * (1 + max(map(len, re.findall("`+", shown)), default=0))
    margin = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{margin}{shown}{margin}{fence}" if shown else ""


def link(name: str) -> str:
    """A link to the heading with this name, as code hosts name the anchors of headings."""
    anchor = re.sub(r"[^\w -]", "", name.lower()).replace(" ", "-")
    return f"[{prose(name)}](#{anchor})"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown already."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)
