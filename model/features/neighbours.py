"""Features of the lines around a line."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from copytaster.model.lines import Lines

NEAR = (-2, -1, 1, 2)
"""The two lines above and the two below."""
NEAREST = (-1, 1)
"""The line above and the one below."""


def offset_name(name: str, offset: int) -> str:
    """The name of a neighbour's feature."""
    return f"{name}[{offset:+d}]"


def shift(lines: Lines, columns: npt.NDArray[np.float32], offsets: Sequence[int], out: npt.NDArray[np.float32]) -> None:
    """Write the columns of the lines at each offset side by side, NaN beyond the page's ends.

    Args:
        lines: The batch, of n lines.
        columns: float32 (n, c).
        offsets: How many lines below (above, if negative).
        out: float32 (n, c * len(offsets)), filled in place.
    """
    count = columns.shape[1]
    index = np.arange(len(lines))
    for k, offset in enumerate(offsets):
        there = index + offset
        inside = (there >= lines.first_of_page) & (there < lines.end_of_page)
        block = out[:, k * count : (k + 1) * count]
        block[inside] = columns[there[inside]]
        block[~inside] = np.nan
