"""Finds the schools that a command names: databases, spreadsheets, servers."""

import fnmatch
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import clerkbench
from clerkbench.errors import DatabaseFileError, UnknownNameError
from clerkbench.school_files.loading import WORKBOOKS
from clerkbench.shipping import addresses, postgresql


@dataclass(frozen=True)
class Place:
    """Where one school is that is to be audited.

    Attributes:
        name: What to call it.
        path: The file or URL.
        schema: The schema of a server; None elsewhere, or for the one the server takes by itself.
    """

    name: str
    path: str
    schema: str | None = None

    def opened(self) -> clerkbench.Workbench:
        """The school as it is."""
        path = self.path if addresses.is_address(self.path) else existing(Path(self.path))
        return clerkbench.open(path, migrate=False, schema=self.schema)


def schools_at(school: str, schemas: Sequence[str]) -> list[Place]:
    """The schools that are meant by a file, or by a server and names or patterns of schemas.

    Raises:
        UnknownNameError: No schema that holds a school has such a name.
    """
    address = addresses.read(school) if addresses.is_address(school) else None
    if not isinstance(address, addresses.Server):
        return [Place(school, school)]
    if not schemas:
        return [Place(str(address), school)]
    with postgresql.opened(address, writing=False) as target:
        known = target.schemas()
    chosen = []
    for pattern in schemas:
        names = [name for name in known if fnmatch.fnmatchcase(name, pattern)]
        if not names:
            raise UnknownNameError(f"On {address} no school is in a schema", pattern, known)
        chosen += names
    return [Place(str(addresses.read(school, name)), school, name) for name in dict.fromkeys(chosen)]


def opened(path: str) -> clerkbench.Workbench:
    """A database wherever it is, or a spreadsheet in one in memory."""
    if addresses.is_address(path):
        return clerkbench.open(path)
    if Path(path).expanduser().is_dir() or Path(path).suffix.lower() in WORKBOOKS:
        bench = clerkbench.open()
        bench.load(path)
        return bench
    return clerkbench.open(existing(Path(path)), migrate=False)


@contextmanager
def new_or_there(file: Path) -> Iterator[clerkbench.Workbench]:
    """A database that is made when there is none, and goes again when what it was made for fails."""
    is_new = not file.expanduser().exists()
    try:
        with clerkbench.open(file) as bench:
            yield bench
    except BaseException:
        if is_new:
            with suppress(OSError):
                file.expanduser().unlink(missing_ok=True)
        raise


def existing(file: Path) -> Path:
    """The file, which must not be made by mistake."""
    if not file.expanduser().exists():
        raise DatabaseFileError(f"There is no database {file}. `clerkbench seed` or `clerkbench migrate` makes one.")
    return file
