"""What a feature is: a column of numbers with a name and a sentence about it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt


class Feature(NamedTuple):
    """A feature of a line.

    Attributes:
        name: Unique among all features; model files are bound to it.
        description: What it says of the line.
    """

    name: str
    description: str


Columns = Iterator[tuple[str, str, npt.NDArray[np.float64]]]
"""Name, description and one float64 value a line; NaN where a feature has nothing to say. What a family yields."""


def matrix(n: int, count: int) -> npt.NDArray[np.float32]:
    """float32 (n, count) to be filled, column after column in memory, as features are made and as forests read them."""
    return np.empty((count, n), dtype=np.float32).T


def fill(out: npt.NDArray[np.float32], columns: Columns) -> None:
    """Write columns into a matrix, which must have as many."""
    for column, (_, _, values) in zip(out.T, columns, strict=True):
        column[:] = values


def share(part: npt.NDArray[np.float64], whole: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The quotient, NaN where there is no whole."""
    return np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)


def flag(condition: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """1 where the condition holds, else 0."""
    return condition.astype(np.float64)
