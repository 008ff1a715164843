"""What migration scripts did with tables and columns: how old each is, and what was renamed. Reads SQL text only."""

from collections.abc import Iterable

from clerkbench.files.alter_statements import parse_rename
from clerkbench.files.declared_constraints import created_columns
from clerkbench.files.sql_text import after_name, code_of, name_at, split_statements, tokens, unquoted


def ages(scripts: Iterable[str]) -> dict[tuple[str, str], int]:
    """The number of the script that created each table, ``(table, "")``, or added a column later. A rebuilt table and
    its columns keep their age. Older tables come first.
    """
    found: dict[tuple[str, str], int] = {}
    columns: dict[str, set[str]] = {}
    for number, script in enumerate(scripts, start=1):
        for statement in split_statements(tokens(script)):
            code = code_of(statement)
            renamed = parse_rename(code)
            match [token.keyword for token in code]:
                case ["create", "table", *_]:
                    table = name_at(code, 2)
                    created = created_columns(code)
                    if (table, "") in found:
                        later = created - columns.get(table, set())
                        found |= {(table, each): number for each in later if (table, each) not in found}
                    found.setdefault((table, ""), number)
                    columns.setdefault(table, set()).update(created)
                case ["alter", "table", *_] if renamed.to:
                    table = unquoted(renamed.to).lower()
                    found.setdefault((table, ""), found.get((renamed.table, ""), number))
                    columns.setdefault(table, set()).update(columns.get(renamed.table, ()))
                case ["alter", "table", *_]:
                    table, action = name_at(code, 2), [token.name for token in after_name(code, 2)]
                    column = next(iter(action[2:3] if action[1:2] == ["column"] else action[1:2]), "")
                    if action[:1] == ["add"] and column not in _CONSTRAINT_WORDS:
                        found.setdefault((table, column), number)
                    for before, after in renamed.columns.items():
                        columns.setdefault(table, set()).add(unquoted(after).lower())
                        if (table, before) in found:
                            found.setdefault((table, unquoted(after).lower()), found[table, before])
    return dict(sorted(found.items(), key=lambda item: item[1]))


#: Keywords after ADD that add no column.
_CONSTRAINT_WORDS = {"constraint", "primary", "unique", "foreign", "check"}


def renames(scripts: Iterable[str]) -> dict[tuple[str, str], str]:
    """The new names of the tables, ``(table, "")``, and columns that some scripts rename, by the names before them, in
    lower case. A column is named with its table before the scripts.
    """
    tables: dict[str, str] = {}
    columns: dict[tuple[str, str], str] = {}
    for script in scripts:
        for statement in split_statements(tokens(script)):
            renamed = parse_rename(code_of(statement))
            if not renamed.table:
                continue
            table = _former(tables, renamed.table)
            if renamed.to:
                tables[table] = unquoted(renamed.to).lower()
            of_table = {column: now for (of, column), now in columns.items() if of == table}
            for before, after in renamed.columns.items():
                columns[table, _former(of_table, before)] = unquoted(after).lower()
    return {**{(table, ""): now for table, now in tables.items()}, **columns}


def _former(names: dict[str, str], name: str) -> str:
    """The name before all scripts."""
    return next((before for before, now in names.items() if now == name), name)
