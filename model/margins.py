"""What is around the lines of pages: indentation and blank rows."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence, Sized
from typing import Any

import numpy as np
import numpy.typing as npt

from copytaster.labels.page import Page


def margins(
    pages: Sequence[Page],
    page_start: npt.NDArray[np.int64],
    first: npt.NDArray[np.int64],
    last: npt.NDArray[np.int64],
    length: npt.NDArray[np.int32],
) -> dict[str, Any]:
    """The fields of `Lines` that tell what is around the lines of some pages, by name.

    Args:
        pages: The pages, of r rows.
        page_start: int64 (p + 1,), as in `Lines`.
        first: int64 (n,), the number of each line's first row.
        last: int64 (n,), that of its last.
        length: int32 (n,), the characters of each line.
    """
    rows = list(itertools.chain.from_iterable(page.rows for page in pages))
    row_length = lengths(rows)
    rows_of_page = lengths(page.rows for page in pages)
    row_start = np.cumsum([0, *rows_of_page], dtype=np.int64)
    lines_of_page = np.diff(page_start)
    row = np.repeat(row_start[:-1], lines_of_page) + first - 1
    indent = np.zeros(len(first), dtype=np.int32)
    # A line of a single row that is as long as the row has no indentation.
    others = np.flatnonzero((row_length[row] != length) | (last > first))
    first_rows = [rows[number] for number in row[others].tolist()]
    indent[others] = row_length[row[others]] - lengths(map(str.lstrip, first_rows))
    above, below = np.zeros_like(first), np.repeat(rows_of_page + 1, lines_of_page)
    inside = np.ones(len(first), dtype=bool)
    inside[page_start[:-1][lines_of_page > 0]] = False  # the first line of each page has none above it
    inner = np.flatnonzero(inside)
    above[inner], below[inner - 1] = last[inner - 1], first[inner]
    blank = np.concatenate([[0], np.cumsum(row_length == 0)])
    return {
        "indent": indent,
        "blanks_before": (first - above - 1).astype(np.int32),
        "blanks_after": (below - last - 1).astype(np.int32),
        "blank_share": np.diff(blank[row_start]) / np.maximum(rows_of_page, 1),
    }


def lengths(texts: Iterable[Sized]) -> npt.NDArray[np.int32]:
    """int32 (any number,), the length of each."""
    return np.array(list(map(len, texts)), dtype=np.int32)
