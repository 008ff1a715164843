"""Reads the ledger of a school on another engine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clerkbench.files.sql_files import Migration
from clerkbench.interchange.engines.target import Target


@dataclass(frozen=True)
class RemoteLedger:
    """The ledger of a school.

    Attributes:
        migrations: Its migrations, first to last.
        views: The checksums of its views, by name in lower case.
    """

    migrations: list[Migration]
    views: dict[str, str]

    def is_at(self, migrations: Sequence[Migration]) -> bool:
        """Whether these are its migrations."""
        theirs, ours = ([(each.label, each.checksum) for each in some] for some in (self.migrations, migrations))
        return theirs == ours


def read_ledger(target: Target, held: Mapping[str, object]) -> RemoteLedger | None:
    """The ledger; None if there is no school. ``held`` are the names of all objects there, in lower case."""
    if "clerkbench_migrations" not in held:
        return None
    rows = target.rows("SELECT version, name, up_script, down_script FROM clerkbench_migrations ORDER BY version")
    views = target.rows("SELECT name, checksum FROM clerkbench_views ORDER BY name")
    migrations = [Migration(int(number), *texts) for number, *texts in rows]
    return RemoteLedger(migrations, {name.lower(): checksum for name, checksum in views})
