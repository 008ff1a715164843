"""Writes text files, each whole or not at all."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from clerkbench.errors import ArgumentError


def save(path: str | os.PathLike[str], texts: Mapping[str, str]) -> None:
    """Write a file, in place of what it holds, which stays as it is until the new text is whole.

    Args:
        path: The file.
        texts: What to write, by the ending of the file: nobody loses a database to a slip of the pen.

    Raises:
        ArgumentError: It has none of these endings, or cannot be written.
    """
    try:
        place = Path(path).expanduser().resolve()
    except (RuntimeError, TypeError, ValueError) as error:
        raise ArgumentError(f"{path!r} is no path of a file: {error}. Nothing was changed.") from None
    text = texts.get(place.suffix.lower())
    if text is None:
        raise ArgumentError(f"{os.fspath(path)!r} should end in {' or '.join(texts)}. Nothing was changed.")
    try:
        with tempfile.TemporaryDirectory(dir=place.parent, prefix=".clerkbench-") as folder:
            beside = Path(folder) / "new"
            beside.write_text(text, encoding="utf-8", newline="\n")
            if place.exists():
                shutil.copymode(place, beside)
            beside.replace(place)
    except OSError as error:
        raise ArgumentError(f"{place} cannot be written: {error.strerror or error}. Nothing was changed.") from None
