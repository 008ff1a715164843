"""Opens the database at an address, whichever engine it is."""

from contextlib import AbstractContextManager

from clerkbench.interchange.engines import postgresql, sqlite
from clerkbench.interchange.engines.addresses import Address, Server
from clerkbench.interchange.engines.target import Target


def target_class(address: Address) -> type[Target]:
    """What is at an address."""
    return postgresql.PostgreSQL if isinstance(address, Server) else sqlite.SQLite


def connect(address: Address, *, writing: bool) -> AbstractContextManager[Target]:
    """What is there, in a transaction that is committed when the block ends well.

    Args:
        address: Where it is.
        writing: False to see one moment of it, and change nothing.

    Raises:
        MissingLibraryError: A driver is not installed.
        TargetError: It cannot be opened, or committed.
    """
    if isinstance(address, Server):
        return postgresql.connect(address, writing=writing)
    return sqlite.connect(address, writing=writing)
