"""Writes docs/reference.md, the page of all calls, from the docstrings of the package."""

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import clerkbench
from clerkbench import errors
from clerkbench.files.atomic_write import write_text

_SECTION = re.compile(r"^(Args|Returns|Raises|Attributes|Yields):$")
_TITLES = {"Args": "Parameters"}
_ENTRY = re.compile(r"^    (\*{0,2}\w[\w, *.]*): ")
_ROLE = re.compile(r":\w+:`~?(?:[\w.]*\.)?(\w+)`")

_HEAD = """\
# All calls

Written from the docstrings with `make docs`. In a notebook `bench.insert?` shows the same. `bench` is what
`clerkbench.open()` returns. Every error is a `ClerkbenchError`, and nothing was changed, unless it says so.
"""


def page() -> str:
    """The page: a table of all calls, then each with its parameters, what it returns and what it raises."""
    named = {f"clerkbench.{name}": getattr(clerkbench, name) for name in ("open", "trial_server")}
    named |= {f"bench.{name}": member for name, member in _members(clerkbench.Workbench)}
    rows = [f"| [`{_call(name, each)}`](#{_anchor(name)}) | {_first_sentence(each)} |" for name, each in named.items()]
    parts = [_HEAD, "| call | what it does |\n|---|---|", *rows, ""]
    for name, each in named.items():
        parts += [f"## {name}", "", f"`{_call(name, each)}`", "", _markdown(each), ""]
    parts += ["## Errors", "", "| error | when |", "|---|---|"]
    for name, each in inspect.getmembers(errors, inspect.isclass):
        if issubclass(each, errors.ClerkbenchError):
            parts.append(f"| `{name}` | {_first_sentence(each)} |")
    return "\n".join(parts) + "\n"


def _members(kind: type) -> Iterator[tuple[str, Any]]:
    """The public methods and properties, in the order of the source: those of a reader first."""
    for each in reversed(kind.__mro__):
        yield from ((name, getattr(kind, name)) for name in vars(each) if not name.startswith("_"))


def _call(name: str, member: Any) -> str:
    if isinstance(member, property):
        return name
    parameters = inspect.signature(member).parameters.values()
    shown = [str(each.replace(annotation=inspect.Parameter.empty)) for each in parameters if each.name != "self"]
    stars = [each for each in parameters if each.kind == inspect.Parameter.KEYWORD_ONLY]
    if stars and not any(each.kind == inspect.Parameter.VAR_POSITIONAL for each in parameters):
        first = str(stars[0].replace(annotation=inspect.Parameter.empty))
        shown.insert(shown.index(first), "*")
    return f"{name}({', '.join(shown)})"


def _anchor(name: str) -> str:
    return name.replace(".", "").lower()


def _first_sentence(member: Any) -> str:
    text = " ".join((inspect.getdoc(member) or "").partition("\n\n")[0].split())
    return _linked(re.split(r"(?<=[.:]) (?=[A-Z])", text)[0].rstrip(":"))


def _linked(text: str) -> str:
    return _ROLE.sub(r"`\1`", text).replace("``", "`").replace("|", "\\|")


def _markdown(member: Any) -> str:
    lines: list[str] = []
    section, is_code = "", False
    for line in (inspect.getdoc(member) or "").splitlines():
        if is_code and line.strip() and not line.startswith("    "):
            lines[-1:] = ["```", ""]
            is_code = False
        if found := _SECTION.match(line):
            section = found[1]
            lines += [f"**{_TITLES.get(section, section)}**", ""]
        elif is_code:
            lines.append(line[4:])
        elif section in ("Args", "Raises", "Attributes") and (entry := _ENTRY.match(line)):
            lines.append(f"- `{entry[1]}`: {_linked(line[entry.end() :])}")
        elif line.endswith("::"):
            lines += [_linked(line.strip().removesuffix(":")), "", "```python"]
            is_code = True
        else:
            lines.append("  " * line.startswith("        ") + _linked(line.strip()))
    return "\n".join([*lines, "```"] if is_code else lines).replace("```python\n\n", "```python\n")


if __name__ == "__main__":
    write_text(Path(sys.argv[1]), {".md": page()})
