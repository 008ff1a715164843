"""Connects to the database at an address."""

from contextlib import AbstractContextManager

from clerkbench.interchange.engines import postgresql, sqlite
from clerkbench.interchange.engines.addresses import Address, Server
from clerkbench.interchange.engines.target import Target


def target_class(address: Address) -> type[Target]:
    """The class of the engine at an address."""
    return postgresql.PostgreSQL if isinstance(address, Server) else sqlite.SQLite


def connect(address: Address, *, writing: bool) -> AbstractContextManager[Target]:
    """Connect to an address in a transaction, which is committed at the end of the block.

    Args:
        writing: False to see one moment of it and to change nothing.

    Raises:
        MissingLibraryError: A driver is not installed.
        TargetError: It cannot be opened, or committed.
    """
    if isinstance(address, Server):
        return postgresql.connect(address, writing=writing)
    return sqlite.connect(address, writing=writing)
