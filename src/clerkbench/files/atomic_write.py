"""Writes files and folders atomically: the old one stays until the new one is complete."""

import os
import shutil
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from clerkbench.errors import ArgumentError
from clerkbench.files import urls


def write_text(path: str | os.PathLike[str], texts: Mapping[str, str]) -> None:
    """Write a text file, in place of the old one.

    Args:
        texts: The text for each allowed ending, so that a typing mistake does not overwrite a database.

    Raises:
        ArgumentError: The path has none of these endings, or cannot be written.
    """
    place = resolve_path(path)
    text = texts.get(place.suffix.lower())
    if text is None:
        raise ArgumentError(f"{os.fspath(path)!r} should end in {' or '.join(texts)}. Nothing was changed.")
    with replacing_file(place) as beside:
        beside.write_text(text, encoding="utf-8", newline="\n")


def resolve_path(path: str | os.PathLike[str]) -> Path:
    """The full path of a file or folder, which need not exist. Raises ArgumentError if it is not a path, or a URL."""
    urls.require_no_url(path)
    try:
        place = Path(path).expanduser().resolve()
        place.exists()  # raises if the system does not accept the name
        return place
    except (OSError, RuntimeError, TypeError, ValueError) as error:
        raise ArgumentError(f"{path!r} is not a path: {error}. Nothing was changed.") from None


#: The prefix of files and folders that are not complete.
HIDDEN = ".clerkbench-"

#: The folder of complete new files; and the list of files to remove.
_READY, _GONE = f"{HIDDEN}ready", f"{HIDDEN}gone"


@contextmanager
def replacing_files(folder: Path, own: Collection[str]) -> Iterator[Path]:
    """A folder to write files into, which replace files of a folder at the end of the block.

    All of them are replaced, or none. The new files are complete in a hidden folder before the first one is moved. If
    the process dies then, the next caller moves the rest, see :func:`finish_replacing`. Other files and the permissions
    stay.

    Args:
        folder: It is created if it does not exist.
        own: The possible names. Files with these names that are not written again are removed.
    """
    if not folder.exists():
        with replacing_file(folder) as beside:
            beside.mkdir()
            yield beside
        return
    finish_replacing(folder)
    with _translated_errors(folder, "Nothing was changed."):
        for left in folder.glob(f"{HIDDEN}*"):  # of a process that died
            shutil.rmtree(left, ignore_errors=True)
        beside = Path(tempfile.mkdtemp(dir=folder, prefix=HIDDEN))
        try:
            yield beside
            gone = [name for name in own if (folder / name).is_file() and not (beside / name).exists()]
            (beside / _GONE).write_text("\n".join(gone), encoding="utf-8")
            beside.rename(folder / _READY)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    finish_replacing(folder)


def finish_replacing(folder: Path) -> None:
    """Move complete new files into place, if there are any, even after Ctrl-C. Raises ArgumentError if it cannot."""
    interrupted = False
    if (folder / _READY).is_symlink():  # a link may lead anywhere
        (folder / _READY).unlink()
    while (folder / _READY).exists():
        try:
            with _translated_errors(
                folder, f"Its new files are complete in {folder / _READY}: saving again moves them."
            ):
                _move(folder, folder / _READY)
        except KeyboardInterrupt:
            interrupted = True
    if interrupted:
        raise KeyboardInterrupt


def _move(folder: Path, ready: Path) -> None:
    for new in ready.iterdir():
        if new.name != _GONE:
            place = folder / new.name
            if place.is_file():
                shutil.copymode(place, new)
            new.replace(place)
    gone = (ready / _GONE).read_text(encoding="utf-8").splitlines() if (ready / _GONE).exists() else []
    for name in gone:
        if Path(name).name == name and (folder / name).is_file():  # the list may come from a stranger
            (folder / name).unlink()
    shutil.rmtree(ready)


@contextmanager
def replacing_file(place: Path) -> Iterator[Path]:
    """A path to write to. It replaces the file or folder at the end of the block, or raises ArgumentError."""
    with (
        _translated_errors(place, "Nothing was changed."),
        tempfile.TemporaryDirectory(dir=place.parent, prefix=HIDDEN) as folder,
    ):
        beside = Path(folder) / "new"
        yield beside
        if place.is_file():
            shutil.copymode(place, beside)
        beside.replace(place)


@contextmanager
def _translated_errors(place: Path, otherwise: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ArgumentError(f"{place} cannot be written: {error.strerror or error}. {otherwise}") from None
