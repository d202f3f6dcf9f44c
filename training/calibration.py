"""Whether a probability means what it says: of the lines given 0.9, nine in ten should be right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

BINS = 15
"""Bins of equal width that probabilities are sorted into."""

MIN_DRAWN = 30
"""Lines of a bin that is drawn into a curve; the share of fewer is chance."""

Floats = npt.NDArray[np.float64]


class Bin(NamedTuple):
    """Lines of about the same probability.

    Attributes:
        lines: How many.
        said: Their mean probability.
        right: The share of them that is right.
    """

    lines: int
    said: float
    right: float


def bins(probability: Floats, right: npt.NDArray[np.bool_] | Floats) -> list[Bin]:
    """The bins that hold any lines, from the least probability to the greatest.

    Args:
        probability: float64 (n,), what was said of each line.
        right: (n,), whether it was so.
    """
    place = np.minimum((probability * BINS).astype(int), BINS - 1)
    groups = [place == k for k in range(BINS)]
    return [Bin(int(g.sum()), float(probability[g].mean()), float(right[g].mean())) for g in groups if g.any()]


def expected_error(found: Sequence[Bin]) -> float:
    """Expected calibration error: how far what was said lies from what was right, on the mean of the lines."""
    lines = sum(one.lines for one in found)
    return sum(one.lines * abs(one.said - one.right) for one in found) / lines if lines else float("nan")
