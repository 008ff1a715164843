"""One column of a table, or one view: type, default, comment, and what follows from them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from clerkbench.database import functions
from clerkbench.files.sql_text import tokens, unquoted

RENEWED = "updated_at"

_TIMES = ("created_at", RENEWED)

#: How a comment names the configuration area of a table or column: "Area <number>, <name>. <meaning>"
_AREA = re.compile(r"Area (?P<number>\d+), (?P<name>[^.]+)\. (?P<meaning>.*)", re.DOTALL)


class Area(NamedTuple):
    """A configuration area: its number and its name."""

    number: int
    name: str


class Commented:
    """What has a comment. The comment may begin with a configuration area."""

    comment: str

    @cached_property
    def area(self) -> Area | None:
        """The configuration area that the comment names; None if it names none."""
        found = _AREA.fullmatch(self.comment)
        return Area(int(found["number"]), found["name"]) if found else None

    @cached_property
    def meaning(self) -> str:
        """The comment without the configuration area."""
        found = _AREA.fullmatch(self.comment)
        return found["meaning"] if found else self.comment


@dataclass(frozen=True)
class Column(Commented):
    """One column of a table or view.

    Attributes:
        name: As the catalog spells it.
        type: As DuckDB writes it.
        default: The SQL expression of the default; empty if there is none.
        generated: Whether its value is computed from other columns and never given; no constraint can be on it.
        nullable: Whether it may be NULL.
        comment: What the schema says of it; empty if it says nothing.
        spelled_integer: Whether the scripts spell its type INTEGER, and not INT or otherwise.
    """

    name: str
    type: str
    default: str
    generated: bool
    nullable: bool = True
    comment: str = ""
    spelled_integer: bool = False

    @property
    def definition(self) -> tuple[str, str, str, bool]:
        """What makes two columns of two databases the same."""
        return self.name, self.type, self.default, self.generated

    @cached_property
    def is_new_id(self) -> bool:
        """Whether the default is a new id in each row."""
        return not functions.new_ids().isdisjoint(token.name for token in tokens(self.default))

    @cached_property
    def sequence(self) -> str:
        """The sequence that numbers its rows, as the default spells it; empty if there is none."""
        match [token.text for token in tokens(self.default)]:
            case ["nextval", "(", name, ")"] | ["CAST", "(", "nextval", "(", name, ")", "AS", _, ")"]:
                return unquoted(name[1:-1].replace("''", "'").removeprefix("main."))
        return ""

    @cached_property
    def is_row_time(self) -> bool:
        """Whether it says when its row was stored or changed, and the database fills it."""
        reads_clock = not functions.clocks().isdisjoint(token.name for token in tokens(self.default))
        return self.name.lower() in _TIMES and reads_clock


@dataclass(frozen=True)
class View(Commented):
    """One view.

    Attributes:
        name: As the catalog spells it.
        columns: By name, in order.
        comment: What the schema says of it; empty if it says nothing.
    """

    name: str
    columns: Mapping[str, Column]
    comment: str = ""
