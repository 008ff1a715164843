"""Short phrases for messages: values and names of limited length, "and N more", near matches."""

import reprlib
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

_SHORT_REPR = reprlib.Repr()

_SHORT_REPR.maxstring = _SHORT_REPR.maxother = _SHORT_REPR.maxlong = 100


def short_repr(value: Any) -> str:
    """The repr of a value, shortened if it is as long as a page."""
    return repr(value) if isinstance(value, str) and len(value) <= _SHORT_REPR.maxstring else _SHORT_REPR.repr(value)


def shorten(name: str) -> str:
    """A name, shortened if it is as long as a page."""
    return name if len(name) <= _SHORT_REPR.maxstring else f"{name[: _SHORT_REPR.maxstring]}…"


def listed(names: Iterable[str], at_most: int = 10, between: str = ", ") -> str:
    """Names in one line, each shortened. After the first ones it says how many more there are."""
    found = list(names)
    return between.join([*map(shorten, found[:at_most]), *and_more(len(found) - at_most)])


def and_more(hidden: int, before: str = "", after: str = "") -> list[str]:
    """A line such as "and 3 more" for items that are not shown, with texts around it; none if all are shown."""
    return [f"{before}and {hidden} more{after}"] if hidden > 0 else []


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that is the same but for its plural; or else the only one that contains it as a word; or else the
    most similar one; empty if there is none.
    """
    by_lower = {each.lower(): each for each in known}
    same = [each for each in by_lower if each.removesuffix("s") == name.lower().removesuffix("s")]
    words = [each for each in by_lower if name.lower() in each.split("_")]
    near = same or (words if len(words) == 1 else get_close_matches(name.lower(), by_lower, n=1))
    return by_lower[near[0]] if near else ""


def did_you_mean(name: str) -> str:
    """A question that suggests a name, to follow a sentence; empty for no name."""
    return f" Did you mean {name!r}?" if name else ""
