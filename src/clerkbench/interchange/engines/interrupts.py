"""Lets Ctrl-C cancel a driver.

In the main thread drivers handle Ctrl-C badly: one that comes at the end of a query is lost, or cancels a query that
has ended, which ends the process. So they work in another thread while the main thread waits.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")

#: On Windows only a timeout interrupts the wait of the main thread.
_AT_MOST_SECONDS = 0.2


def in_another_thread(act: Callable[[], T], cancel: Callable[[], None]) -> T:
    """Run a function in another thread, and return its result. ``cancel`` ends it early. Raises KeyboardInterrupt if
    somebody pressed Ctrl-C; the function has ended.
    """
    from adbc_driver_manager.dbapi import Error

    if threading.current_thread() is not threading.main_thread():
        return act()
    outcome: Future[T] = Future()

    def work() -> None:
        try:
            outcome.set_result(act())
        except BaseException as error:
            outcome.set_exception(error)

    interrupted = False
    threading.Thread(target=work, daemon=True).start()
    while not outcome.done():
        try:
            wait([outcome], timeout=_AT_MOST_SECONDS)
        except KeyboardInterrupt:
            interrupted = True
            with suppress(Error):
                cancel()
    if interrupted:
        raise KeyboardInterrupt
    return outcome.result()
