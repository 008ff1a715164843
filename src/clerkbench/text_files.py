"""Writes text files, each whole or not at all."""

import os
import shutil
from pathlib import Path

from clerkbench.errors import ArgumentError


def save(path: str | os.PathLike[str], text: str) -> None:
    """Write a file, in place of what it holds, which stays as it is until the new text is whole.

    Raises:
        ArgumentError: It cannot be written.
    """
    place = Path(path).expanduser().resolve()
    beside = place.with_name(f".{place.name}.{os.getpid()}.new")
    try:
        try:
            beside.write_text(text, encoding="utf-8", newline="\n")
            if place.exists():
                shutil.copymode(place, beside)
            beside.replace(place)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise ArgumentError(f"{place} cannot be written: {error.strerror or error}. Nothing was changed.") from None
