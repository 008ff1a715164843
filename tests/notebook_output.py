"""The representations of an object in a notebook, requested in the same way as a notebook requests them."""

from IPython.core.formatters import DisplayFormatter

_FORMATTER = DisplayFormatter()


def as_html(shown: object) -> str:
    """The object as HTML."""
    return _as(shown, "text/html")


def as_markdown(shown: object) -> str:
    """The object as Markdown."""
    return _as(shown, "text/markdown")


def _as(shown: object, kind: str) -> str:
    formats, _ = _FORMATTER.format(shown, include={kind})
    return str(formats[kind])
