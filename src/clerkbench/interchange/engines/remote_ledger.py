"""Reads what clerkbench wrote down about itself in the database of another engine. Reads only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clerkbench.files.sql_files import Migration
from clerkbench.interchange.engines.target import Target


@dataclass(frozen=True)
class RemoteLedger:
    """A school that is somewhere else.

    Attributes:
        migrations: Those it has, first to last.
        views: The checksums of those clerkbench made there, by name in lower case.
    """

    migrations: list[Migration]
    views: dict[str, str]

    def is_at(self, migrations: Sequence[Migration]) -> bool:
        """Whether its migrations are these."""
        theirs, ours = ([(each.label, each.checksum) for each in some] for some in (self.migrations, migrations))
        return theirs == ours


def read_ledger(target: Target, held: Mapping[str, object]) -> RemoteLedger | None:
    """The school in a place; None where there is none.

    Args:
        target: The place.
        held: The names of what is in it, in lower case.
    """
    if "clerkbench_migrations" not in held:
        return None
    rows = target.rows("SELECT version, name, up_script, down_script FROM clerkbench_migrations ORDER BY version")
    views = target.rows("SELECT name, checksum FROM clerkbench_views ORDER BY name")
    migrations = [Migration(int(number), *texts) for number, *texts in rows]
    return RemoteLedger(migrations, {name.lower(): checksum for name, checksum in views})
