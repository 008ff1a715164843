"""Runs clerkbench's own queries with the standard settings, whatever the user has set on the connection."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

import duckdb

#: The settings that change the result of a query, with their standard values.
_STANDARD = {
    "default_order": "ascending",
    "default_null_order": "nulls_last",
    "default_collation": "",
    "integer_division": "false",
    "preserve_insertion_order": "true",
}
_CURRENT = f"SELECT {', '.join(f'CAST(current_setting({name!r}) AS VARCHAR)' for name in _STANDARD)}"


class ConnectionSettings:
    """The settings of one connection. In a failed transaction nothing is read or set."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        self._own: Mapping[str, str] = {}
        self._depth = 0

    @contextmanager
    def standard(self) -> Iterator[None]:
        """Reset the user's settings for the block, and set them again afterwards."""
        self._depth += 1
        try:
            if self._depth == 1:
                self._own = self._changed()
                for name in self._own:
                    self._con.execute(f"RESET {name}")
            yield
        finally:
            self._depth -= 1
            if not self._depth:
                own, self._own = self._own, {}
                self._set(own)

    @contextmanager
    def own(self) -> Iterator[None]:
        """Inside :meth:`standard`: use the user's settings for a query of the user."""
        self._set(self._own)
        try:
            yield
        finally:
            self._own = self._changed()  # the query may have changed settings
            for name in self._own:
                with suppress(duckdb.TransactionException):
                    self._con.execute(f"RESET {name}")

    def _changed(self) -> dict[str, str]:
        try:
            [row] = self._con.execute(_CURRENT).fetchall()  # to the end, or the connection waits for more
        except duckdb.TransactionException:
            return {}
        return {name: value for name, value in zip(_STANDARD, row, strict=True) if value.lower() != _STANDARD[name]}

    def _set(self, settings: Mapping[str, str]) -> None:
        for name, value in settings.items():
            with suppress(duckdb.TransactionException):
                self._con.execute(f"SET {name} = '{value}'")
