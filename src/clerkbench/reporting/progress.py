"""Shows how far long work has come, after two silent seconds: quick work, and notebooks under test, show nothing.

The environment variable CLERKBENCH_PROGRESS_AFTER gives another number of seconds.
"""

import os
import time
from collections.abc import Iterable, Iterator, Sized
from typing import TypeVar

from clerkbench.errors import ArgumentError

T = TypeVar("T")

_SILENT_SECONDS = 2.0
_VARIABLE = "CLERKBENCH_PROGRESS_AFTER"


def _silent_seconds() -> float:
    given = os.environ.get(_VARIABLE, _SILENT_SECONDS)
    try:
        return float(given)
    except ValueError:
        raise ArgumentError(
            f"The environment variable {_VARIABLE} must be a number of seconds; got {given!r}. Nothing was changed."
        ) from None


def with_progress(items: Iterable[T], what: str, total: int | None = None) -> Iterator[T]:
    """The items one by one, with a bar once they have taken two seconds.

    Args:
        items: What is worked through.
        what: Says beside the bar what is done.
        total: How many there are, where the items themselves do not know it. Where nobody does, they are counted.

    Raises:
        ArgumentError: The environment variable holds no number.
    """
    silent_seconds = _silent_seconds()
    begin = time.monotonic()
    bar = None
    try:
        for done, item in enumerate(items):
            if bar is None and time.monotonic() - begin > silent_seconds:
                from tqdm.auto import tqdm  # only now, for it takes time to import

                total = len(items) if isinstance(items, Sized) else total
                bar = tqdm(total=total, initial=done, desc=what, leave=False)
            yield item
            if bar is not None:
                bar.update()
    finally:
        if bar is not None:
            bar.close()
