"""Migrations that a test adds to a folder of SQL files, numbered after those that are there."""

from pathlib import Path

from clerkbench.files.sql_files import Migration, SqlFiles

MIGRATIONS = SqlFiles().migrations
NEWEST = MIGRATIONS[-1]


def add_migration(folder: Path, up: str, down: str = "SELECT 1;", name: str = "more") -> Migration:
    """Write the next migration, and return it.

    Args:
        folder: Laid out like ``sql/``, or still empty.
        up, down: Its scripts.
        name: What it is called, without its number.
    """
    migrations = folder / "migrations"
    migrations.mkdir(exist_ok=True)
    added = Migration(len(list(migrations.glob("*.up.sql"))) + 1, name, up, down)
    (migrations / f"{added.label}.up.sql").write_text(up, encoding="utf-8")
    (migrations / f"{added.label}.down.sql").write_text(down, encoding="utf-8")
    return added
