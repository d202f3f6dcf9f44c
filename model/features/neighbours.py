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


def shift(
    lines: Lines, matrix: npt.NDArray[np.float32], columns: Sequence[int], offsets: Sequence[int],
    out: npt.NDArray[np.float32],
) -> None:  # fmt: skip
    """Write some columns of the lines at each offset side by side, NaN beyond the page's ends.

    Args:
        lines: The batch, of n lines.
        matrix: float32 (n, any number).
        columns: Which of its columns; c of them.
        offsets: How many lines below (above, if negative).
        out: float32 (n, c * len(offsets)), filled in place.
    """
    index = np.arange(len(lines))
    out_column = iter(out.T)
    for offset in offsets:
        there = index + offset
        outside = np.flatnonzero((there < lines.first_of_page) | (there >= lines.end_of_page))
        for column in columns:
            shifted = next(out_column)
            if offset > 0:
                shifted[:-offset] = matrix[offset:, column]
            else:
                shifted[-offset:] = matrix[:offset, column]
            shifted[outside] = np.nan
