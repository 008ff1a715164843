"""Short phrases for messages: values and names of limited length, lists with "and N more", near matches."""

import reprlib
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

_BRIEFLY = reprlib.Repr()

_BRIEFLY.maxstring = _BRIEFLY.maxother = _BRIEFLY.maxlong = 100


def briefly(value: Any) -> str:
    """A value that a caller gave, in quotes where it is text, shortened where it is a whole page given by mistake."""
    return repr(value) if isinstance(value, str) and len(value) <= _BRIEFLY.maxstring else _BRIEFLY.repr(value)


def shortened(name: str) -> str:
    """A name as it is, but for one that is as long as a page."""
    return name if len(name) <= _BRIEFLY.maxstring else f"{name[: _BRIEFLY.maxstring]}…"


def listed(names: Iterable[str], at_most: int = 10, between: str = ", ") -> str:
    """Names in one line, each shortened; of many the first ones, and how many more there are."""
    found = list(names)
    more = [f"and {len(found) - at_most} more"] if len(found) > at_most else []
    return between.join([*map(shortened, found[:at_most]), *more])


def like(name: str, known: Iterable[str]) -> str:
    """The one of the known names that is most like another, or holds it as one of its words; empty for none."""
    by_lower = {each.lower(): each for each in known}
    words = [each for each in by_lower if name.lower() in each.split("_")]
    near = words if len(words) == 1 else get_close_matches(name.lower(), by_lower, n=1)
    return by_lower[near[0]] if near else ""
