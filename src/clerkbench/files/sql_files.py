"""Finds, orders and reads the files under ``sql/``. Reads only, and knows no database."""

import hashlib
import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from clerkbench.errors import SqlFileError, UnknownNameError
from clerkbench.files.rules import Rule, parse
from clerkbench.files.sql_text import tokens

_MIGRATION_NAME = re.compile(r"(?P<version>\d{4})_(?P<name>[a-z0-9_]+)\.(?P<way>up|down)\.sql")


def package_folder() -> Path:
    """The ``sql/`` folder of clerkbench: inside the installed package, or beside ``src/`` in a checkout."""
    here = Path(__file__).resolve().parents[1]
    installed = here / "sql"
    return installed if installed.is_dir() else here.parents[1] / "sql"


@dataclass(frozen=True)
class Migration:
    """One migration: the script that applies it and the script that undoes it."""

    version: int
    name: str
    up: str
    down: str

    @property
    def label(self) -> str:
        """The begin of its file names, such as ``0002_scheduling_configuration``."""
        return f"{self.version:04}_{self.name}"

    @property
    def checksum(self) -> str:
        """A checksum of both scripts."""
        return _checksum(self.up + "\0" + self.down)


@dataclass(frozen=True)
class View:
    """One file of ``sql/views/``: the view, named like the file, with its comments."""

    name: str
    script: str

    @property
    def checksum(self) -> str:
        """A checksum of the script."""
        return _checksum(self.script)


class SqlFiles:
    """The files of one ``sql/`` folder, by default clerkbench's own.

    Raises:
        SqlFileError: There is no such folder.
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        try:
            self.folder = package_folder() if folder is None else Path(folder).expanduser()
            found = self.folder.is_dir()
        except (OSError, RuntimeError, TypeError):  # too long, of an unknown user, no path at all
            found = False
        if not found:
            raise SqlFileError(
                f"There is no folder {str(folder)!r}. It should hold migrations/, views/, rules/ and seeds/."
            )

    @cached_property
    def migrations(self) -> list[Migration]:
        """All migrations, first to last. Raises SqlFileError if there is none, a file is misnamed, one of a pair is
        missing, or the numbers are not 1, 2, 3 ….
        """
        scripts: dict[tuple[int, str], dict[str, Path]] = {}
        for path in sorted((self.folder / "migrations").glob("*.sql")):
            match = _MIGRATION_NAME.fullmatch(path.name)
            if match is None:
                raise SqlFileError(f"{path} is not named like a migration: 0003_what_it_does.up.sql or .down.sql.")
            scripts.setdefault((int(match["version"]), match["name"]), {})[match["way"]] = path
        if not scripts:
            raise SqlFileError(f"{self.folder / 'migrations'} holds no migrations, such as 0001_what_it_does.up.sql.")
        for expected, ((version, name), pair) in enumerate(sorted(scripts.items()), start=1):
            if version != expected:
                raise SqlFileError(
                    f"{self.folder / 'migrations'}: expected migration {expected:04}, found {version:04}_{name}. "
                    "Migrations are numbered 0001, 0002, … without a gap, and no number is used twice."
                )
            for way in {"up", "down"} - set(pair):
                raise SqlFileError(f"{self.folder / 'migrations'}: {version:04}_{name}.{way}.sql is missing.")
        return [
            Migration(version, name, _read(pair["up"]), _read(pair["down"]))
            for (version, name), pair in sorted(scripts.items())
        ]

    @cached_property
    def views(self) -> list[View]:
        """All views, by name."""
        return [View(path.stem, _read(path)) for path in sorted((self.folder / "views").glob("*.sql"))]

    @cached_property
    def rules(self) -> list[Rule]:
        """All rules, by id. Raises SqlFileError if a rule is malformed."""
        return [parse(path, _read(path)) for path in sorted((self.folder / "rules").glob("*.sql"))]

    @property
    def ledger(self) -> str:
        """The script that creates clerkbench's own tables."""
        return _read(package_folder() / "ledger.sql")

    @property
    def is_installed(self) -> bool:
        """Whether the folder is part of the installed package."""
        return self.folder.resolve().is_relative_to(Path(__file__).resolve().parents[1])

    @staticmethod
    def migration_template(way: str) -> str:
        """The script of a new migration to fill in: ``up`` or ``down``."""
        return _read(package_folder() / "templates" / f"migration.{way}.sql")

    @property
    def seed_lookups(self) -> str:
        """The script that runs before every seed."""
        return _read(self.folder / "seed_lookups.sql")

    def has(self, name: str) -> bool:
        """Whether the folder has a query of that name."""
        return (self.folder / f"{name}.sql").exists()

    def query(self, name: str) -> str:
        """The query of that name at the top of the folder."""
        return _read(self.folder / f"{name}.sql")

    def queries(self, folder: str) -> dict[str, str]:
        """The queries in a subfolder, by file name."""
        return {path.stem: _read(path) for path in sorted((self.folder / folder).glob("*.sql"))}

    @property
    def lookups(self) -> dict[str, str]:
        """All other queries of the folder, by path without the ending."""
        paths = [*self.folder.glob("*.sql"), *self.folder.glob("*/*.sql")]
        own = {"migrations", "views", "rules", "seeds", "templates", "ledger.sql", "seed_lookups.sql"}
        relative = {path.relative_to(self.folder): path for path in sorted(paths)}
        return {
            name.with_suffix("").as_posix(): _read(path) for name, path in relative.items() if name.parts[0] not in own
        }

    @property
    def schools(self) -> dict[str, str]:
        """The sample schools, each with the first comment of its seed."""
        schools = {}
        for path in sorted((self.folder / "seeds").glob("*.sql")):
            first = next(iter(tokens(_read(path))), None)
            schools[path.stem] = first.text.removeprefix("--").strip() if first and first.is_comment else ""
        return schools

    def seed(self, school: str) -> str:
        """The script that loads a sample school. Raises UnknownNameError if there is no such school."""
        if not isinstance(school, str) or school not in self.schools:
            raise UnknownNameError("There is no sample school", school, self.schools)
        return _read(self.folder / "seeds" / f"{school}.sql")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SqlFileError(f"{path} cannot be read: {error}") from None


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
