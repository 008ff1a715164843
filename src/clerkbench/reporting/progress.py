"""Shows the progress of long work after two seconds. Quick work and notebooks under test show nothing.

The environment variable CLERKBENCH_PROGRESS_AFTER sets another number of seconds.
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
    """Yield the items, with a progress bar after two seconds.

    Args:
        total: How many there are, if the items have no length.

    Raises:
        ArgumentError: The environment variable is not a number.
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
