"""The statements that follow the scripts when a school on another engine gets other migrations: ledger and indexes."""

from collections.abc import Collection, Mapping, Sequence

from clerkbench.database.constraints import Constraint
from clerkbench.errors import MigrationError
from clerkbench.files.sql_files import Migration, View
from clerkbench.files.sql_text import literal, quoted
from clerkbench.interchange.engines.payload import Payload
from clerkbench.migrations.migrate import changed_delete_rules
from clerkbench.reporting.phrases import listed


def require_same_delete_rules(before: Sequence[Migration], after: Sequence[Migration], end: str) -> None:
    """Raise MigrationError if down scripts declare foreign keys with other delete rules than the schema that they lead
    to. ``end`` ends the message.
    """
    undone = [each for each in before if each not in after]
    if wrong := changed_delete_rules([each.up for each in after], undone):
        raise MigrationError(
            f"{undone[0].label}.down.sql creates foreign keys with another delete rule than the schema has: "
            f"{listed(wrong)}. Write the rules after REFERENCES as a comment, such as /* ON DELETE CASCADE */. {end}"
        )


def ledger_statements(before: Sequence[Migration], after: Sequence[Migration], views: Sequence[View]) -> list[str]:
    """The statements that record the views, and which migrations were applied and rolled back."""
    statements = ["DELETE FROM clerkbench_views;"]
    statements += [f"INSERT INTO clerkbench_views VALUES ({literal(v.name)}, {literal(v.checksum)});" for v in views]
    statements += [
        f"DELETE FROM clerkbench_migrations WHERE version = {each.version};" for each in before if each not in after
    ]
    for each in after:
        if each not in before:
            values = ", ".join(map(literal, (each.name, each.checksum, each.up, each.down)))
            statements.append(
                "INSERT INTO clerkbench_migrations (version, name, checksum, up_script, down_script) "
                f"VALUES ({each.version}, {values});"
            )
    return statements


def key_index_statements(former: Mapping[str, Constraint], after: Payload, present: Collection[str]) -> list[str]:
    """The statements that drop the indexes of foreign keys that are gone, and create those that are missing.

    Args:
        former: The foreign keys with an index before, by the name of the index.
        present: The indexes that are there now, in lower case.
    """
    gone = former.keys() - after.key_indexes.keys()
    dropped = [f"DROP INDEX {quoted(name)};" for name in sorted(gone & set(present))]
    created = [
        f"CREATE INDEX {quoted(name)} ON {after.written(key.table)} ({', '.join(map(after.written, key.columns))});"
        for name, key in after.key_indexes.items()
        if name not in present
    ]
    return dropped + created
