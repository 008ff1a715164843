"""DataFrames that show themselves as sentences, and are DataFrames otherwise."""

import html
from collections.abc import Callable, Iterable
from typing import ClassVar, Self

import pandas as pd


def html_table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """An HTML table of sentences, aligned to the left."""
    body = "".join(_html_row("td", cells) for cells in rows)
    return f"<table><thead>{_html_row('th', heads)}</thead><tbody>{body}</tbody></table>"


def _html_row(tag: str, cells: Iterable[str]) -> str:
    style = 'style="text-align: left; vertical-align: top"'
    return "<tr>" + "".join(f"<{tag} {style}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"


class ReportFrame(pd.DataFrame):
    """A DataFrame with a text and an HTML of its own. A selection with the required columns has them too."""

    _required_columns: ClassVar[tuple[str, ...]]

    @property
    def _constructor(self) -> Callable[..., Self]:
        return type(self)

    @property
    def _is_complete(self) -> bool:
        """Whether it has the required columns, because a selection may lack some."""
        return set(self._required_columns) <= set(self.columns) and self.columns.is_unique

    def __repr__(self) -> str:
        return self._text() if self._is_complete else super().__repr__()

    def _repr_html_(self) -> str | None:
        return self._html() if self._is_complete else super()._repr_html_()  # type: ignore[misc]

    def _text(self) -> str:
        raise NotImplementedError

    def _html(self) -> str:
        raise NotImplementedError
