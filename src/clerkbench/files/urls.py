"""Recognizes a URL where a file is expected, and masks passwords."""

import os
import re
from typing import Any
from urllib.parse import unquote

from clerkbench.errors import ArgumentError

#: A URL, also with one slash or without a colon, as a path library or a typing mistake leaves it. A Windows drive has
#: one letter.
_URL = re.compile(
    r"(?P<scheme>postgres(?:ql)?(?=:|//)|[a-z][a-z0-9+.-]+(?=:/)):?/{0,2}(?P<rest>.*)", re.DOTALL | re.IGNORECASE
)

#: Settings such as ``host=…``, the other way to name a server.
_SETTINGS = re.compile(
    r"(?:^|[\s;])(?:host|hostaddr|server|port|dbname|user(?: id)?|(?:pg)?password)\s*=", re.IGNORECASE
)
_SECRET = re.compile(r"(?P<name>\b(?:ssl|pg)?password\s*=\s*)(?P<value>'(?:[^'\\]|\\.)*'|\S*)", re.IGNORECASE)

#: Characters that people copy along with a URL.
_AROUND = " \t\r\n\"'`<>"

#: A URL, or a user with a password, inside another text.
_WITHIN = re.compile(r"postgres(?:ql)?:/|\w\w:[^\s/:@]+@", re.IGNORECASE)
_PASSWORD = re.compile(r"(?<=\w\w:)[^\s/:@]+(?=@)")

#: Settings in a URL whose values are secret.
_SECRET_SETTING = re.compile(r"(?P<name>[?&](?:ssl)?password=)(?P<value>[^&#]*)", re.IGNORECASE)

#: A quoted part of a message of another program.
_REPEATED = re.compile(r"""(["'])(.*?)\1""", re.DOTALL)

#: A text that is not an ordinary word of a message.
_NO_WORD = re.compile(r"(?=.*[^A-Za-z]).{4,}", re.DOTALL)


def require_no_url(path: Any) -> None:
    """Raise ArgumentError if a path is a URL. The message masks the password."""
    if not isinstance(path, str | os.PathLike):
        return
    if _URL.match(_trimmed(str(path))) or _SETTINGS.search(str(path)) or _WITHIN.search(str(path)):
        raise ArgumentError(
            f"{without_password(str(path))} is a URL, and here a file is meant. A school goes to a server, "
            "postgresql://…, with bench.export or clerkbench export; comes from there with bench.import_from or "
            "clerkbench import; and is looked at there with clerkbench.open, clerkbench audit and clerkbench diff. "
            "Nothing was changed."
        )


def without_password(url: str) -> str:
    """A URL, or settings such as ``host=… password=…``, without passwords; any other text unchanged."""
    if _SETTINGS.search(url) and not _URL.fullmatch(_trimmed(url)):
        return _SECRET.sub(r"\g<name>***", _PASSWORD.sub("***", url))
    url = _trimmed(url)
    match = _URL.fullmatch(url)
    if match is None:
        return _PASSWORD.sub("***", url)
    user, at, place = match["rest"].rpartition("@")
    return _SECRET_SETTING.sub(r"\g<name>***", f"{match['scheme']}://{user.partition(':')[0]}{at}{place}")


def _trimmed(text: str) -> str:
    """A URL without what was copied along with it, and without ``jdbc:``."""
    return re.sub(r"^jdbc:", "", text.strip(_AROUND), flags=re.IGNORECASE)


def mask_secrets(text: str, url: str) -> str:
    """A message of a driver without the passwords of the URL, which it may repeat."""
    match = _URL.fullmatch(url)
    if match is None:
        return text
    safe = without_password(url)
    text = text.replace(url, safe)
    secrets = [match["rest"].rpartition("@")[0].partition(":")[2]]
    secrets += [found["value"] for found in _SECRET_SETTING.finditer(url)]
    # A password whose signs are not encoded falls apart where the driver takes one for the end of something.
    parts = [part for each in secrets for part in re.split(r"[/?#@:\[\]]", each)]
    for secret in sorted({form for each in secrets + parts for form in (each, unquote(each))}, key=len, reverse=True):
        alone = re.compile(rf"(?<!\w){re.escape(secret)}(?!\w)")
        if not secret or alone.search(safe):  # as where it is the name of the user as well
            continue
        if _NO_WORD.fullmatch(secret):
            text = alone.sub("***", text)
        else:
            text = _REPEATED.sub(lambda match, alone=alone: alone.sub("***", match[0]), text)  # type: ignore[misc]
    return text
