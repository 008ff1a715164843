"""Short phrases for messages: values and names of limited length, lists with "and N more", near matches."""

import reprlib
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

_SHORT_REPR = reprlib.Repr()

_SHORT_REPR.maxstring = _SHORT_REPR.maxother = _SHORT_REPR.maxlong = 100


def short_repr(value: Any) -> str:
    """A value that a caller gave, in quotes where it is text, shortened where it is a whole page given by mistake."""
    return repr(value) if isinstance(value, str) and len(value) <= _SHORT_REPR.maxstring else _SHORT_REPR.repr(value)


def shorten(name: str) -> str:
    """A name as it is, but for one that is as long as a page."""
    return name if len(name) <= _SHORT_REPR.maxstring else f"{name[: _SHORT_REPR.maxstring]}…"


def listed(names: Iterable[str], at_most: int = 10, between: str = ", ") -> str:
    """Names in one line, each shortened; of many the first ones, and how many more there are."""
    found = list(names)
    more = [f"and {len(found) - at_most} more"] if len(found) > at_most else []
    return between.join([*map(shorten, found[:at_most]), *more])


def nearest(name: str, known: Iterable[str]) -> str:
    """The one of the known names that is most like another, or holds it as one of its words; empty for none."""
    by_lower = {each.lower(): each for each in known}
    words = [each for each in by_lower if name.lower() in each.split("_")]
    near = words if len(words) == 1 else get_close_matches(name.lower(), by_lower, n=1)
    return by_lower[near[0]] if near else ""


def did_you_mean(name: str) -> str:
    """The question whether a name was meant, to follow a sentence; empty for no name."""
    return f" Did you mean {name!r}?" if name else ""
