"""Writes files and folders, each whole or not at all: what was there stays until the new one is complete."""

import os
import shutil
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from clerkbench.errors import ArgumentError
from clerkbench.files import urls


def write_text(path: str | os.PathLike[str], texts: Mapping[str, str]) -> None:
    """Write a text file, in place of what it holds.

    Args:
        path: The file.
        texts: What to write, by the ending of the file: nobody loses a database to a slip of the pen.

    Raises:
        ArgumentError: It has none of these endings, or cannot be written.
    """
    place = resolve_path(path)
    text = texts.get(place.suffix.lower())
    if text is None:
        raise ArgumentError(f"{os.fspath(path)!r} should end in {' or '.join(texts)}. Nothing was changed.")
    with replacing_file(place) as beside:
        beside.write_text(text, encoding="utf-8", newline="\n")


def resolve_path(path: str | os.PathLike[str]) -> Path:
    """The full path of a file or folder, which need not be there.

    Raises:
        ArgumentError: It is no path, or a URL.
    """
    urls.require_no_url(path)
    try:
        place = Path(path).expanduser().resolve()
        place.exists()  # which says whether the system takes the name
        return place
    except (OSError, RuntimeError, TypeError, ValueError) as error:
        raise ArgumentError(f"{path!r} is not a path: {error}. Nothing was changed.") from None


#: What hides files from people as long as they are not complete.
HIDDEN = ".clerkbench-"

#: Where new files wait that are complete, and the list of those that go.
_READY, _GONE = f"{HIDDEN}ready", f"{HIDDEN}gone"


@contextmanager
def replacing_files(folder: Path, own: Collection[str]) -> Iterator[Path]:
    """Where to write files that take the place of others of the same names in a folder, at the end of the block.

    All of them are replaced, or none. The new files are complete in a hidden folder before the first one is moved. If
    the process dies then, the next caller moves the rest, see :func:`finish_replacing`. Other files and the permissions
    stay.

    Args:
        folder: It is made where there is none.
        own: The names that such files may have. Of these, those go that are not written anew.

    Raises:
        ArgumentError: They cannot be written.
    """
    if not folder.exists():
        with replacing_file(folder) as beside:
            beside.mkdir()
            yield beside
        return
    finish_replacing(folder)
    with _translated_errors(folder, "Nothing was changed."):
        for left in folder.glob(f"{HIDDEN}*"):  # by a process that died before all was complete
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
    """Move files to their places that were written completely, if there are any. Ctrl-C does not stop it.

    Raises:
        ArgumentError: They cannot be moved.
    """
    interrupted = False
    if (folder / _READY).is_symlink():  # which nobody who saves makes, and which may lead anywhere
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
        if Path(name).name == name and (folder / name).is_file():  # the list may be a stranger's
            (folder / name).unlink()
    shutil.rmtree(ready)


@contextmanager
def replacing_file(place: Path) -> Iterator[Path]:
    """Where to write a file that takes the place of another at the end of the block, or a folder where there is none.

    Raises:
        ArgumentError: It cannot be written.
    """
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
