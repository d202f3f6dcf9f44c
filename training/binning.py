"""Numbers as bytes: the values of a column are replaced by the nearest of at most 255, a missing one by a mark."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

VALUES = 255
"""Most values that a column keeps; the forests' own histograms have as many bins."""
MISSING = VALUES
"""The code of a missing value."""


def binned(table: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
    """Replace values by codes.

    Of a column with more than `VALUES` different values, those at equal steps of the sorted column are kept: many where
    values are dense, few where they are rare.

    Args:
        table: float32 (n, c); NaN for a missing value.

    Returns:
        uint8 (c, n), the codes column by column, which compresses better than line by line; and float32 (c, VALUES),
        the values they stand for, NaN where a column has fewer.
    """
    n, count = table.shape
    codes = np.full((count, n), MISSING, dtype=np.uint8)
    values = np.full((count, VALUES), np.nan, dtype=np.float32)
    for number, column in enumerate(table.T):
        there = ~np.isnan(column)
        known = np.sort(column[there])
        kept = np.unique(known)
        if len(kept) > VALUES:
            kept = np.unique(known[((np.arange(VALUES) + 0.5) / VALUES * len(known)).astype(np.int64)])
        values[number, : len(kept)] = kept
        borders = kept[:-1] + (kept[1:] - kept[:-1]) / 2
        codes[number, there] = np.searchsorted(borders, column[there])
    return codes, values


def restored(codes: npt.NDArray[np.uint8], values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """float32 (n, c), the values that codes stand for; arguments as `binned` gives them."""
    out = np.empty(codes.shape[::-1], dtype=np.float32)
    for number, column in enumerate(codes):
        out[:, number] = np.append(values[number], np.float32(np.nan))[column]
    return out
