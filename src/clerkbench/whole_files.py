"""Writes files and folders, each whole or not at all: what was there stays until the new one is complete."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from clerkbench import urls
from clerkbench.errors import ArgumentError


def save_text(path: str | os.PathLike[str], texts: Mapping[str, str]) -> None:
    """Write a text file, in place of what it holds.

    Args:
        path: The file.
        texts: What to write, by the ending of the file: nobody loses a database to a slip of the pen.

    Raises:
        ArgumentError: It has none of these endings, or cannot be written.
    """
    place = place_of(path)
    text = texts.get(place.suffix.lower())
    if text is None:
        raise ArgumentError(f"{os.fspath(path)!r} should end in {' or '.join(texts)}. Nothing was changed.")
    with replacing(place) as beside:
        beside.write_text(text, encoding="utf-8", newline="\n")


def place_of(path: str | os.PathLike[str]) -> Path:
    """The full path of a file or folder, which need not be there.

    Raises:
        ArgumentError: It is no path, or a URL.
    """
    urls.refuse(path)
    try:
        place = Path(path).expanduser().resolve()
        place.exists()  # which says whether the system takes the name
        return place
    except (OSError, RuntimeError, TypeError, ValueError) as error:
        raise ArgumentError(f"{path!r} is no path of a file: {error}. Nothing was changed.") from None


@contextmanager
def replacing(place: Path) -> Iterator[Path]:
    """Where to write a file or folder that takes the place of another at the end of the block.

    Raises:
        ArgumentError: It cannot be written.
    """
    try:
        with tempfile.TemporaryDirectory(dir=place.parent, prefix=".clerkbench-") as folder:
            beside = Path(folder) / "new"
            yield beside
            if place.is_file():
                shutil.copymode(place, beside)
            if not (place.is_dir() and beside.is_dir()):
                beside.replace(place)
            else:
                before = place.rename(Path(folder) / "before")
                try:
                    beside.rename(place)
                except BaseException:
                    before.rename(place)
                    raise
    except OSError as error:
        raise ArgumentError(f"{place} cannot be written: {error.strerror or error}. Nothing was changed.") from None
