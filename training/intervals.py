"""How far scores would move with other sites: intervals by the bootstrap.

Pages of one site resemble each other, so that whole sites are drawn, with replacement, and not pages or lines: an
interval from pages drawn one by one would be much too narrow (Efron and Tibshirani, An Introduction to the Bootstrap,
1993, chapter 8). The interval is that of the percentiles.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from copytaster.labels.page import LabelledPage
from copytaster.training.scores import METRICS, Counts, PageScore, metrics, total

SAMPLES = 1000
"""Samples drawn."""
LEVEL = 0.95
"""Share of the samples' scores that lie in an interval."""
MIN_SITES = 5
"""Fewest sites for an interval: drawn from fewer, it would be much too narrow."""

Floats = npt.NDArray[np.float64]


class Interval(NamedTuple):
    """A score and where it would lie with other sites; NaN for what cannot be said.

    Attributes:
        value: The score.
        low: The lower end.
        high: The upper end.
    """

    value: float
    low: float
    high: float


class Summary(NamedTuple):
    """The scores of some pages.

    Attributes:
        pages: How many.
        sites: Of how many sites.
        scores: By the name of the score, in the order of `METRICS`.
    """

    pages: int
    sites: int
    scores: dict[str, Interval]


def units(pages: Sequence[LabelledPage]) -> list[str]:
    """What is drawn for each page: its site, or itself where all pages are of one site."""
    sites = [labelled.page.site for labelled in pages]
    return sites if len(set(sites)) > 1 else [str(number) for number in range(len(pages))]


def summarise(scores: Sequence[PageScore], drawn: Sequence[str]) -> Summary:
    """The scores of some pages with their intervals.

    Args:
        scores: The pages.
        drawn: For each page the unit that is drawn, see `units`.
    """
    value, replicas = metrics(total(scores)), resampled(scores, drawn)
    return Summary(len(scores), len({score.page.page.site for score in scores}), _intervals(value, replicas))


def difference(ours: Sequence[PageScore], theirs: Sequence[PageScore], drawn: Sequence[str]) -> dict[str, Interval]:
    """How much higher one classifier scores than another on the same pages; both are drawn together."""
    value = metrics(total(ours)) - metrics(total(theirs))
    return _intervals(value, resampled(ours, drawn) - resampled(theirs, drawn))


def resampled(scores: Sequence[PageScore], drawn: Sequence[str]) -> Floats:
    """float64 (SAMPLES, len(METRICS)), the scores of samples; the same units always give the same samples."""
    names, unit = np.unique(np.array(drawn, dtype=object).astype(str), return_inverse=True)
    n = len(names)
    if n < MIN_SITES:
        return np.full((SAMPLES, len(METRICS)), np.nan)
    counts: Counts = np.zeros((n, len(scores[0].counts)))
    np.add.at(counts, unit, np.stack([score.counts for score in scores]))
    times = np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), size=SAMPLES)
    return metrics(times @ counts)


def _intervals(value: Floats, replicas: Floats) -> dict[str, Interval]:
    found = {}
    for name, score, column in zip(METRICS, value.tolist(), replicas.T, strict=True):
        known = column[~np.isnan(column)]
        ends = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]).tolist() if len(known) else [np.nan, np.nan]
        found[name] = Interval(score, *ends)
    return found
