"""Text as it is stored: composed characters (Unicode NFC), without invisible characters."""

import unicodedata

#: Signs that nobody sees and that come along when a text is copied: soft hyphens, blanks of no width, marks of the
#: direction of writing. Those that join letters, as Persian and Hindi need them, are not among them.
_INVISIBLE = dict.fromkeys(
    [0xAD, 0x61C, 0x180E, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF], None
)


def is_unicode(text: str) -> bool:
    """Whether a text can be written as UTF-8: no half of a sign stands alone in it."""
    return not any("\ud800" <= sign <= "\udfff" for sign in text)


def normalize(text: str) -> str:
    """A text as it is stored: composed characters (Unicode NFC), without signs that nobody sees.

    So two texts that look the same are the same, wherever each was typed or copied.
    """
    return text if text.isascii() else unicodedata.normalize("NFC", text.translate(_INVISIBLE))
