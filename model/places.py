"""Where on a page the lines of each label stand."""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from copytaster.labels.label import LABELS


class Places(NamedTuple):
    """The indices, ascending, of the lines of each label, in the order of `LABELS`.

    Most lines of a page are furniture. What puts an article together asks for the others, or for the furniture of a
    few lines, and need not look at each line for that.
    """

    headline: list[int]
    body: list[int]
    teaser: list[int]
    nav: list[int]

    @classmethod
    def of(cls, labels: Sequence[int] | NDArray[np.integer]) -> Places:
        """Sort the lines of a page, given for each the index of its label in `LABELS`."""
        numbers = np.asarray(labels, dtype=np.int8)
        order = numbers.argsort(kind="stable").tolist()
        ends = np.bincount(numbers, minlength=len(LABELS)).cumsum().tolist()
        return cls(*(order[start:end] for start, end in itertools.pairwise([0, *ends])))


def between(indices: Sequence[int], start: int, end: int) -> Sequence[int]:
    """Those of some ascending indices from the start on and before the end."""
    return indices[bisect_left(indices, start) : bisect_left(indices, end)]
