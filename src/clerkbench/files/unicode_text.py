"""Text as it is stored: composed characters (Unicode NFC), without invisible characters."""

import unicodedata

#: Characters that nobody sees and that are copied along: soft hyphens, blanks without width, marks of the writing
#: direction. Those that join letters, as Persian and Hindi need them, are not among them.
_INVISIBLE = dict.fromkeys(
    [0xAD, 0x61C, 0x180E, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF], None
)


def is_unicode(text: str) -> bool:
    """Whether a text can be written as UTF-8: it holds no half of a surrogate pair."""
    return not any("\ud800" <= sign <= "\udfff" for sign in text)


def normalize(text: str) -> str:
    """A text as it is stored: composed (Unicode NFC), without invisible characters. Texts that look the same are
    equal.
    """
    return text if text.isascii() else unicodedata.normalize("NFC", text.translate(_INVISIBLE))
