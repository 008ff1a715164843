"""The messages of a PostgreSQL server in our words, with a remedy."""

import re
from typing import TYPE_CHECKING

from clerkbench.interchange.engines.addresses import Server

if TYPE_CHECKING:
    from adbc_driver_manager.dbapi import Error

#: What the driver adds to the message of the server.
_DRIVER = re.compile(r"\A[A-Z_]+: (\[libpq\] )?|\n\nQuery was: .*?(?=\. SQLSTATE|\Z)|\.? ?SQLSTATE: \w+", re.DOTALL)
_SAID = re.compile(r"(?:ERROR|FATAL):\s+(?P<said>.*)", re.DOTALL)

#: What the server adds to the error: a position, and hints for others.
_BESIDE = re.compile(
    r"\n\s*Is the server running[^\n]*|\n(?:LINE \d+: .*?\n *\^|(?:HINT|CONTEXT): .*?)(?=\n[A-Z]+: |\Z)", re.DOTALL
)

#: The remedy for a message of the server.
_WAYS_ON = {
    r"password authentication failed|no password supplied": "Give the right password, in the URL, PGPASSWORD or "
    "~/.pgpass; in a URL, signs such as / and @ are written %2F and %40.",
    r"role .* does not exist|database .* does not exist": "Correct the URL, or create it there.",
    r"statement timeout": "The server ends what takes longer than its statement_timeout. Set another for this user.",
    r"lock timeout": "Somebody else is working with the same tables. Try again when they are done.",
    r"row-level security": "A policy hides rows from this user, who would see a part of the school. Connect as the "
    "owner of the tables, or as a user with BYPASSRLS.",
    r"refused|could not translate host|No such file|timeout|Network is unreachable": "Is the server running, and is "
    "the URL right?",
    r"permission denied|must be owner": "Ask for that right, or name a schema that is your own: schema='…', --schema.",
    r"other objects depend on": "Tables, views or functions of others depend on these tables. Remove what depends on "
    "them first; for an export another schema is enough: schema='…', --schema.",
    r"No space left|disk full|could not (extend|write to) file": "Make room on the server, then try again.",
    r"terminat|closed the connection|connection .*lost|crash|shutting down": "The server, or somebody there, ended the "
    "connection. Try again when it is back.",
    r"invalid byte sequence .* 0x00": "A text contains a NUL character, which PostgreSQL does not store. Take it out.",
    r"has no equivalent in encoding": "The database there does not store every text. Create one with ENCODING 'UTF8'.",
}


def reason(address: Server, error: "Error") -> str:
    """The message of the server, with a remedy."""
    message = _DRIVER.sub("", str(error)).strip()
    found = _SAID.search(message)
    message_text = _BESIDE.sub("", (found["said"] if found else message).rstrip())
    message_text = " ".join(message_text.split()).rstrip(".")
    way_on = next((way for pattern, way in _WAYS_ON.items() if re.search(pattern, message_text)), "")
    return " ".join(filter(None, [f"PostgreSQL says: {address.mask_secrets(message_text)}.", way_on]))
