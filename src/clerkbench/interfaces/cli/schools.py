"""Finds the schools that a command names: databases, spreadsheets, servers."""

import fnmatch
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import clerkbench
from clerkbench.database.schema import read_schema
from clerkbench.errors import ArgumentError, ClerkbenchError, DatabaseFileError, UnknownNameError
from clerkbench.files import urls
from clerkbench.files.sql_files import SqlFiles
from clerkbench.interchange.engines import addresses, postgresql
from clerkbench.interchange.spreadsheets.loading import WORKBOOKS
from clerkbench.schema_docs.schema_changes import SchemaVersion
from clerkbench.schema_docs.schema_versions import version_of, version_of_files
from clerkbench.workbench.remote import RemoteSchool


@dataclass(frozen=True)
class Place:
    """A school to audit.

    Attributes:
        schema: The schema of a server; None elsewhere, or for the current schema.
        wrong: Why it cannot be opened, if that is known already.
    """

    name: str
    path: str
    schema: str | None = None
    wrong: ClerkbenchError | None = None

    def open(self, sql_folder: Path | None = None) -> clerkbench.Workbench:
        """Open the school. Raises ClerkbenchError if it cannot be opened."""
        if self.wrong is not None:
            raise self.wrong
        path = self.path if addresses.is_address(self.path) else require_existing(Path(self.path))
        return clerkbench.open(path, migrate=False, schema=self.schema, sql_folder=sql_folder)


def is_several(schools: Sequence[str], schemas: Sequence[str]) -> bool:
    """Whether more than one school may be meant."""
    return len(schools) > 1 or len(schemas) > 1 or any(map(_is_pattern, schemas))


def places(schools: Sequence[str], schemas: Sequence[str]) -> list[Place]:
    """The schools of files and of servers with schemas, each once. Raises ArgumentError for schemas without a
    server.
    """
    addresses_of = {each: addresses.parse_address(each) for each in schools if addresses.is_address(each)}
    if schemas and not any(isinstance(each, addresses.Server) for each in addresses_of.values()):
        raise ArgumentError("--schema is for servers, and none of these is one: postgresql://…")
    found = []
    for school in schools:
        address = addresses_of.get(school)
        if isinstance(address, addresses.Server):
            found += _on_server(address, schemas) if schemas else [Place(str(address), school)]
        else:
            found.append(Place(urls.without_password(school), school))
    return list({(_same(place.path), place.schema): place for place in found}.values())


def _same(path: str) -> str:
    """One spelling for all names of a file."""
    return path if addresses.is_address(path) else str(Path(path).expanduser().resolve())


def _on_server(address: addresses.Server, schemas: Sequence[str]) -> list[Place]:
    try:
        with postgresql.connect(address, writing=False) as target:
            known = target.schemas()
    except ClerkbenchError as error:
        return [Place(str(address), address.url, wrong=error)]
    found = []
    for pattern in schemas:
        there = [addresses.Server(address.url, name) for name in known if fnmatch.fnmatchcase(name, pattern)]
        found += [Place(str(each), each.url, each.schema) for each in there]
        if not there:
            unknown = UnknownNameError("No school is in a schema", pattern, known)
            found.append(Place(str(addresses.Server(address.url, pattern)), address.url, pattern, unknown))
    return found


def require_no_pattern(schema: str | None) -> None:
    """Raise ArgumentError if a schema is a pattern."""
    if schema is not None and _is_pattern(schema):
        raise ArgumentError(f"{schema!r} is a pattern: name one schema. Nothing was changed.")


def _is_pattern(schema: str) -> bool:
    return any(sign in schema for sign in "*?[")


def schemas_of(schools: Sequence[str], schemas: Sequence[str]) -> list[str | None]:
    """The schema of each school. Schools on servers get the schemas in turn, or all the only one. Raises ArgumentError
    if the numbers of schemas and servers differ.
    """
    on_servers = [
        each
        for each in schools
        if addresses.is_address(each) and not isinstance(addresses.parse_address(each), addresses.SqliteFile)
    ]
    if (schemas and len(schemas) not in (1, len(on_servers))) or (schemas and not on_servers):
        raise ArgumentError(
            f"There are {len(schemas)} schemas, --schema, and {len(on_servers)} schools on servers. Name one schema "
            "for each, in their order."
        )
    named = iter(schemas if len(schemas) > 1 else list(schemas) * len(on_servers))
    return [next(named, None) if each in on_servers else None for each in schools]


def open_school(path: str | None, schema: str | None, sql_folder: Path | None = None) -> clerkbench.Workbench:
    """Open a database, load a spreadsheet, or open an empty school. Raises ArgumentError if a schema does not fit."""
    require_no_pattern(schema)
    if path is None or addresses.is_address(path) or schema is not None:
        return clerkbench.open(path, schema=schema, sql_folder=sql_folder)
    if is_spreadsheet(path):
        bench = clerkbench.open(sql_folder=sql_folder)
        bench.load(path)
        return bench
    return clerkbench.open(require_existing(Path(path)), migrate=False, sql_folder=sql_folder)


def is_spreadsheet(path: str) -> bool:
    """Whether a path is a workbook, or a folder of CSV files."""
    return Path(path).expanduser().is_dir() or Path(path).suffix.lower() in WORKBOOKS


def open_to_migrate(path: str, schema: str | None, sql_folder: Path | None) -> clerkbench.Workbench | RemoteSchool:
    """Open a school as it is, wherever it is."""
    require_no_pattern(schema)
    if not addresses.is_address(path):
        urls.require_no_url(path)
    return clerkbench.open(path, migrate=False, schema=schema, sql_folder=sql_folder)


def require_remote(sql: bool) -> None:
    """Raise ArgumentError if the statements for an exported school are asked of another one."""
    if sql:
        raise ArgumentError(
            "--sql shows the statements for a school on a server or in an SQLite file. Those for a database file are "
            "the scripts of the migrations. Nothing was changed."
        )


def schema_version(place: str, schema: str | None, sql_folder: Path | None) -> SchemaVersion:
    """The schema of a database or URL, of a folder of SQL, or of the first migrations."""
    if place.isdecimal():
        return version_of_files(SqlFiles(sql_folder), int(place))
    if not addresses.is_address(place) and Path(place).expanduser().is_dir():
        return version_of_files(SqlFiles(place))
    with Place(place, place, schema).open(sql_folder) as bench:
        return version_of(bench.con, read_schema(bench.con))


@contextmanager
def open_or_create(file: Path, sql_folder: Path | None = None) -> Iterator[clerkbench.Workbench]:
    """Open a database. A new file is removed if the block fails."""
    urls.require_no_url(file)
    is_new = not file.expanduser().exists()
    try:
        with clerkbench.open(file, sql_folder=sql_folder) as bench:
            yield bench
    except BaseException:
        if is_new:
            with suppress(OSError):
                file.expanduser().unlink(missing_ok=True)
        raise


def require_existing(file: Path) -> Path:
    """The file, which must exist."""
    urls.require_no_url(file)
    if not file.expanduser().exists():
        raise DatabaseFileError(f"There is no database {file}. `clerkbench seed` or `clerkbench migrate` makes one.")
    return file
