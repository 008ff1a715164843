"""Writes Markdown in which names and texts of any kind appear as they are."""

import re
from collections.abc import Iterable, Sequence


def prose(text: object) -> str:
    """Text that Markdown shows as it is, in one line."""
    line = " ".join(str(text).split())
    line = re.sub(r"([\\`*~<>&$\[\]])|(?<![A-Za-z0-9])(_)|(_)(?![A-Za-z0-9])", r"\\\g<0>", line)
    return re.sub(r"^([#+-]|\d+(?=[.)]))", _kept, line)


def _kept(start: re.Match[str]) -> str:
    """What would begin a heading or a list, so that it begins none."""
    return f"&#{ord(start[0][0])};{start[0][1:]}"


def code(text: object) -> str:
    """Text as code, in one line; nothing for nothing."""
    shown = " ".join(str(text).split())
    fence = "`" * (1 + max(map(len, re.findall("`+", shown)), default=0))
    margin = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{margin}{shown}{margin}{fence}" if shown else ""


def link(name: str) -> str:
    """A link to the heading that is this name, as code hosts call the places of headings."""
    anchor = re.sub(r"[^\w -]", "", name.lower()).replace(" ", "-")
    return f"[{prose(name)}](#{anchor})"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown already."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)
