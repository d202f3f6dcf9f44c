"""Two models on the same pages: their scores, and whether the difference could be chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from copytaster.training.intervals import MIN_SITES, difference, units
from copytaster.training.scores import METRICS, PageScore, metrics, total

LEAST_PAGES = 10
"""From which a comparison is more than a hint, if they are of `MIN_SITES` sites."""


@dataclass(frozen=True)
class Change:
    """One score of two models.

    Attributes:
        new: That of the new model; NaN where the pages say nothing of it.
        old: That of the old one.
        interval: Between these lie 95 % of the differences when sites are drawn with replacement; NaN where sites are
            too few.
    """

    new: float
    old: float
    interval: tuple[float, float]

    @property
    def difference(self) -> float:
        """How much greater the new one is."""
        return self.new - self.old

    @property
    def verdict(self) -> str:
        """Whether the new model is "better" or "worse", or "no different" as far as these pages can tell."""
        low, high = self.interval
        return "better" if low > 0 else "worse" if high < 0 else "no different"


@dataclass(frozen=True)
class Comparison:
    """Two models on the same pages.

    Attributes:
        changes: By the names in `METRICS`.
        pages: How many.
        sites: How many; with one site, pages are drawn instead.
    """

    changes: Mapping[str, Change]
    pages: int
    sites: int

    @property
    def can_tell(self) -> bool:
        """Whether pages and sites are enough for the intervals to mean something."""
        return self.pages >= LEAST_PAGES and self.sites >= MIN_SITES


def compare(new: Sequence[PageScore], old: Sequence[PageScore]) -> Comparison:
    """Compare the scores of two models.

    Args:
        new: The new model's, one for each page.
        old: The old one's on the same pages in the same order.
    """
    pages = [score.page for score in new]
    found = difference(new, old, units(pages))
    before, after = metrics(total(old)).tolist(), metrics(total(new)).tolist()
    changes = {
        name: Change(now, then, (found[name].low, found[name].high))
        for name, now, then in zip(METRICS, after, before, strict=True)
    }
    return Comparison(changes, len(new), len({page.page.site for page in pages}))
