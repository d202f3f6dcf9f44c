"""Two models on the same pages: their scores, and whether the difference could be chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from copytaster.labels.label import LABELS
from copytaster.training.evaluate import PageScore

DRAWS = 1000
"""Times that sites are drawn for an interval."""
LEAST_PAGES, LEAST_SITES = 10, 5
"""From which a comparison is more than a hint."""
MACRO, HEADLINES, TEXT = "macro", "headlines right", "text word F1"
SCORES = (MACRO, *LABELS, HEADLINES, TEXT)
"""What is compared: line F1 by label and its mean, the share of headlines right, and word F1 of the articles' text."""

_N = len(LABELS)
_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Change:
    """One score of two models.

    Attributes:
        new: That of the new model; NaN where the pages say nothing of it.
        old: That of the old one.
        interval: Between these lie 95 % of the differences when sites are drawn with replacement.
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
        changes: By the names in `SCORES`.
        pages: How many.
        sites: How many; with one site, pages are drawn instead.
    """

    changes: Mapping[str, Change]
    pages: int
    sites: int

    @property
    def can_tell(self) -> bool:
        """Whether pages and sites are enough for the intervals to mean something."""
        return self.pages >= LEAST_PAGES and self.sites >= LEAST_SITES


def compare(new: Sequence[PageScore], old: Sequence[PageScore], seed: int = 0) -> Comparison:
    """Compare the scores of two models.

    Args:
        new: The new model's, one for each page.
        old: The old one's on the same pages in the same order.
        seed: Of the draws.
    """
    sites = [score.page.page.site for score in new]
    count = len(set(sites))
    keys = sites if count > 1 else [str(number) for number in range(len(new))]
    group = np.unique(keys, return_inverse=True)[1]
    sums = [_sums(scores, group) for scores in (new, old)]
    n_groups = int(group.max()) + 1
    drawn = np.random.default_rng(seed).multinomial(n_groups, np.full(n_groups, 1 / n_groups), DRAWS)
    whole = np.ones((1, n_groups))
    (found_new,), (found_old,) = (_scores(whole @ of_model) for of_model in sums)
    differences = _scores(drawn @ sums[0]) - _scores(drawn @ sums[1])
    changes = {}
    for index, name in enumerate(SCORES):
        known = differences[~np.isnan(differences[:, index]), index]
        low, high = np.quantile(known, (0.025, 0.975)) if len(known) else (np.nan, np.nan)
        changes[str(name)] = Change(float(found_new[index]), float(found_old[index]), (float(low), float(high)))
    return Comparison(changes, len(new), count)


def _sums(scores: Sequence[PageScore], group: npt.NDArray[np.int64]) -> _Floats:
    """float64 (groups, 20): each group's confusion, headlines right and their number, word F1 and its number."""
    rows = np.array([
        [
            *score.confusion.ravel(),
            float(score.headline_right or False), float(score.headline_right is not None),
            score.word_f1 or 0.0, float(score.word_f1 is not None),
        ]
        for score in scores
    ])  # fmt: skip
    out = np.zeros((int(group.max()) + 1, rows.shape[1]))
    np.add.at(out, group, rows)
    return out


def _scores(sums: _Floats) -> _Floats:
    """float64 (d, len(SCORES)) of sums (d, 20); NaN where there is nothing to score."""
    confusion = sums[:, : _N * _N].reshape(-1, _N, _N)
    true, given = confusion.sum(axis=2), confusion.sum(axis=1)
    right = np.diagonal(confusion, axis1=1, axis2=2)
    f1 = np.where(true > 0, 2 * right / np.maximum(true + given, 1), np.nan)
    some = (true > 0).sum(axis=1)
    macro = np.where(some > 0, np.nansum(f1, axis=1) / np.maximum(some, 1), np.nan)
    means = [
        np.where(sums[:, at + 1] > 0, sums[:, at] / np.maximum(sums[:, at + 1], 1), np.nan)
        for at in (_N * _N, _N * _N + 2)
    ]
    return np.column_stack([macro, f1, *means])
