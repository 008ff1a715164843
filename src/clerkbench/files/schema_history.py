"""How old each table and column is: the number of the migration script that made it. Reads SQL text only."""

from collections.abc import Iterable

from clerkbench.files.alter_statements import renaming_of
from clerkbench.files.sql_text import after_name, code_of, name_at, split_statements, tokens, unquoted


def ages(scripts: Iterable[str]) -> dict[tuple[str, str], int]:
    """The number of the script that made each table, ``(table, "")``, and that added a column to it later.

    Args:
        scripts: Migration scripts, first to last. A rebuilt table is as old as the first of its name.
    """
    found: dict[tuple[str, str], int] = {}
    for number, script in enumerate(scripts, start=1):
        for statement in split_statements(tokens(script)):
            code = code_of(statement)
            renamed = renaming_of(code)
            match [token.keyword for token in code]:
                case ["create", "table", *_]:
                    found.setdefault((name_at(code, 2), ""), number)
                case ["alter", "table", *_] if renamed.to:
                    found.setdefault((unquoted(renamed.to).lower(), ""), found.get((renamed.table, ""), number))
                case ["alter", "table", *_]:
                    table, action = name_at(code, 2), [token.name for token in after_name(code, 2)]
                    column = next(iter(action[2:3] if action[1:2] == ["column"] else action[1:2]), "")
                    if action[:1] == ["add"] and column not in _CONSTRAINT_WORDS:
                        found.setdefault((table, column), number)
                    for before, after in renamed.columns.items():
                        if (table, before) in found:
                            found.setdefault((table, unquoted(after).lower()), found[table, before])
    return found


#: What stands behind ADD where no column is added.
_CONSTRAINT_WORDS = {"constraint", "primary", "unique", "foreign", "check"}
