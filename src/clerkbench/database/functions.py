"""What DuckDB's own catalog says of its functions: which give new ids, which read the clock, which are volatile."""

from functools import lru_cache

import duckdb

#: Keywords of standard SQL that read the clock. DuckDB's catalog lists functions, and these are none.
_CLOCK_KEYWORDS = {"current_timestamp", "localtimestamp"}


@lru_cache(maxsize=1)
def volatile() -> frozenset[str]:
    """The functions that may return another value each time they are called."""
    return _named("stability = 'VOLATILE'")


@lru_cache(maxsize=1)
def new_ids() -> frozenset[str]:
    """The functions that return an id which no row has: each call returns another UUID."""
    return _named("stability = 'VOLATILE' AND return_type = 'UUID'")


@lru_cache(maxsize=1)
def clocks() -> frozenset[str]:
    """The functions and keywords that return the current date or time."""
    reads_clock = (
        "stability = 'CONSISTENT_WITHIN_QUERY' AND len(parameters) = 0 AND regexp_matches(return_type, '^(DATE|TIME)')"
    )
    return _named(reads_clock) | _CLOCK_KEYWORDS


def _named(condition: str) -> frozenset[str]:
    with duckdb.connect() as con:
        found = con.execute(f"SELECT DISTINCT function_name FROM duckdb_functions() WHERE {condition}").fetchall()
    return frozenset(name for (name,) in found)
