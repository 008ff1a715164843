"""Writes the two scripts of a new migration, to fill in."""

import re
from pathlib import Path

from clerkbench.errors import ArgumentError
from clerkbench.files.atomic_write import replacing_files
from clerkbench.files.sql_files import SqlFiles

_NAME = re.compile(r"[a-z][a-z0-9_]*")


def new_migration(files: SqlFiles, name: str) -> list[Path]:
    """Write the scripts of the next migration, with examples in comments.

    Returns:
        The two files.

    Raises:
        ArgumentError: The name is not of the form ``what_it_does``; or the folder is that of the installed package.
    """
    if _NAME.fullmatch(name) is None:
        near = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_0123456789")
        raise ArgumentError(
            f"{name!r} cannot name a migration: use lower-case letters, digits and underscores, such as "
            f"{near or 'what_it_does'}. Nothing was changed."
        )
    if files.is_installed:
        raise ArgumentError(
            f"{files.folder} belongs to the installed package, and the next installation would overwrite it. Copy the "
            "folder, and name the copy: --sql-folder. Nothing was changed."
        )
    label, folder = f"{len(files.migrations) + 1:04}_{name}", files.folder / "migrations"
    with replacing_files(folder, []) as beside:
        for way in ("up", "down"):
            script = files.migration_template(way).replace("{title}", label)
            (beside / f"{label}.{way}.sql").write_text(script, encoding="utf-8", newline="\n")
    return [folder / f"{label}.{way}.sql" for way in ("up", "down")]
