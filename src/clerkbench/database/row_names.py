"""An index of the names of rows: what a row is called, and which rows a name may mean."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from clerkbench.database.headings import Known, Reference, references
from clerkbench.database.schema import Schema
from clerkbench.database.table import Table
from clerkbench.database.values import Key, key_text
from clerkbench.files.unicode_text import normalize
from clerkbench.reporting.phrases import shorten

_NOTHING_KNOWN: Known = {}


class NameIndex:
    """The names of rows, and the rows that a name may mean.

    A row is called by its label. If the label is ambiguous, its natural key follows in parentheses, or else its id:
    "Ann Lee (ann.lee@example.org)".
    """

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._forms: dict[str, dict[Key, list[str]]] = {}
        self._meant: dict[str, dict[str, list[Key]]] = {}
        self._rows: dict[str, dict[Key, Mapping[str, Any]]] = {}

    def add(self, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add rows of a table, by column and with their ids. The rows that they reference are known already."""
        links = references(self._schema, table)
        apart = [column for column in table.natural_key if column not in table.label_columns]
        alone = table.natural_key[0] if len(table.natural_key) == 1 and not set(table.natural_key) & set(links) else ""
        forms, meant = self._forms.setdefault(table.name, {}), self._meant.setdefault(table.name, {})
        known = self._rows.setdefault(table.name, {})
        for row in rows:
            key = key_of_row(table, row)
            if key in known:
                continue
            label = shorten(self._joined_texts(links, row, table.label_columns)) or key_text(key)
            apart_from = shorten(self._joined_texts(links, row, apart))
            forms[key] = [label, *([f"{label} ({apart_from})"] if apart_from else []), f"{label} ({key_text(key)})"]
            known[key] = row
            also = [value_text(row.get(alone))] if alone else []
            for each in dict.fromkeys(map(normalize, [*forms[key], *also, key_text(key)])):
                if each:
                    meant.setdefault(each, []).append(key)

    def _joined_texts(self, links: Mapping[str, Reference], row: Mapping[str, Any], columns: Sequence[str]) -> str:
        parts = []
        for column in columns:
            value = row.get(column)
            if column in links and value is not None:
                parts.append(self.label(links[column].parent, value))
            else:
                parts.append(value_text(value))
        return ", ".join(filter(None, parts))

    def label(self, table: str, key: Key) -> str:
        """The label of a row, unique or not; the key of an unknown row."""
        found = self._forms.get(table, {}).get(key)
        return found[0] if found else key_text(key)

    def unambiguous_name(self, table: str, key: Key, known: Known = _NOTHING_KNOWN) -> str:
        """A name that means this row and no other."""
        forms = self._forms.get(table, {}).get(key, [])
        return next((form for form in forms if self.matches(table, form, known) == [key]), key_text(key))

    def matches(self, table: str, name: str, known: Known = _NOTHING_KNOWN) -> list[Key]:
        """The rows that a name may mean, given what else is known of the row."""
        found = self._meant.get(table, {}).get(normalize(name), [])
        rows = self._rows.get(table, {})
        return [key for key in found if all(rows[key].get(column) == value for column, value in known.items())]

    def match_any_column(self, table: str, name: str) -> str:
        """The name of the only row with this text in some column, in upper or lower case; empty if there is none."""
        same = name.casefold()
        found = [
            key
            for key, row in self._rows.get(table, {}).items()
            if any(isinstance(value, str) and value.casefold() == same for value in row.values())
        ]
        return self.unambiguous_name(table, found[0]) if len(found) == 1 else ""

    def labels(self, table: str) -> list[str]:
        """The labels of the rows of a table, each once."""
        return list(dict.fromkeys(forms[0] for forms in self._forms.get(table, {}).values()))

    def add_former_names(self, table: Table, before: "NameIndex", keys: Iterable[Key]) -> None:
        """Add the former names of known rows. A name that no other row has now means its former row."""
        meant = self._meant.setdefault(table.name, {})
        for key in keys:
            for form in before._forms[table.name][key]:
                meant.setdefault(normalize(form), [key])


def key_of_row(table: Table, row: Mapping[str, Any]) -> Key:
    """The key of a row by column."""
    values = tuple(row.get(column) for column in table.row_key)
    return values[0] if len(values) == 1 else values


def value_text(value: Any) -> str:
    """A value as a person writes it: integers without a fraction, nothing for NULL."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    key_text = str(value)
    return key_text if key_text.isascii() else key_text.encode(errors="backslashreplace").decode()  # of half a sign


def natural_key_values(table: Table, row: Mapping[str, Any]) -> tuple[str, ...]:
    """The natural key of a row as text: the same for the same row in two databases."""
    return tuple(value_text(row.get(column)) for column in table.natural_key)
