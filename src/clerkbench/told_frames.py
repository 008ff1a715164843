"""DataFrames that tell what they hold in words, and are DataFrames in all else."""

from collections.abc import Callable
from typing import ClassVar, Self

import pandas as pd


class ToldFrame(pd.DataFrame):
    """A DataFrame with a text and an HTML of its own. What is selected from it has them as well, as long as it has all
    the columns they need.
    """

    _needed: ClassVar[tuple[str, ...]]

    @property
    def _constructor(self) -> Callable[..., Self]:
        return type(self)

    @property
    def _is_complete(self) -> bool:
        """Whether it has all that the words need: columns can be selected away."""
        return set(self._needed) <= set(self.columns) and self.columns.is_unique

    def __repr__(self) -> str:
        return self._text() if self._is_complete else super().__repr__()

    def _repr_html_(self) -> str | None:
        return self._html() if self._is_complete else super()._repr_html_()  # type: ignore[misc]

    def _text(self) -> str:
        raise NotImplementedError

    def _html(self) -> str:
        raise NotImplementedError
