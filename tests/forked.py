"""Calls a function in a forked child, so that the child alone has a database open, and may be killed."""

import json
import os
from collections.abc import Callable
from typing import Any


def in_child(act: Callable[[], object]) -> Any:
    """What the call returns in a forked child, or the error that it raises; None where the child was killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            said = json.dumps(act())
        except BaseException as error:
            said = json.dumps(f"{type(error).__name__}: {error}")
        os.write(writing, said.encode())
        os._exit(0)  # private: only this ends a forked child without running what its parent has set up
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return json.loads(said) if said else None
