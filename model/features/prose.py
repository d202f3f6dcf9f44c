"""Features of a line's place relative to the long lines of running text, and to the stretch that holds most of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from copytaster.model.compiled import kernel
from copytaster.model.features.feature import Columns, flag, share
from copytaster.model.features.line import ends_sentence
from copytaster.model.lines import Lines

PROSE_WIDTH = 80
"""Columns from which a line that ends or holds a sentence counts as prose."""
LONG_WIDTH = 200
"""Columns from which any line does."""
FULL_WIDTH = 400
"""Columns beyond which a longer line counts no more than this."""
FOREIGN_COST = 40
"""Columns of prose that a line of other kinds costs the stretch that spans it."""

ZONE_LINES = 15
"""Lines above the main stretch of prose among which its title stands, as a rule."""


class Prose(NamedTuple):
    """Where a batch's running text is.

    Attributes:
        is_prose: bool (n,), whether each line is a long line of running text.
        first: int64 (n,), index of the first line of the main stretch of the line's page; 0 where there is no prose.
        end: int64 (n,), index after its last line; 0 where there is no prose.
    """

    is_prose: npt.NDArray[np.bool_]
    first: npt.NDArray[np.int64]
    end: npt.NDArray[np.int64]


def find_prose(lines: Lines) -> Prose:
    """Find the long lines and, on each page, the stretch richest in them."""
    width = lines.width
    sentence = ends_sentence(lines) | (lines.mark("terminals_inside") > 0)
    is_prose = ((width >= PROSE_WIDTH) & sentence) | (width >= LONG_WIDTH)
    score = np.where(is_prose, np.minimum(width, FULL_WIDTH), -FOREIGN_COST).astype(np.int64)
    first, end = main_stretch(lines, score)
    return Prose(is_prose, first, end)


def main_stretch(lines: Lines, score: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """For each line the first index and the index after the last of its page's stretch of the greatest sum of scores.

    Both are 0 where no score of the page is positive.
    """
    first = np.zeros(len(lines.pages), dtype=np.int64)
    end = np.zeros(len(lines.pages), dtype=np.int64)
    greatest_stretch(lines.page_start, score, first, end, compile=lines.compile)
    return first[lines.page_of_line], end[lines.page_of_line]


@kernel(outputs=2)
def greatest_stretch(page_start, score, first, end):  # type: ignore[no-untyped-def]
    """Kadane's algorithm on every page."""
    for page in range(len(page_start) - 1):
        best = 0
        total = 0
        begin = page_start[page]
        for line in range(page_start[page], page_start[page + 1]):
            if total <= 0:
                total = 0
                begin = line
            total += score[line]
            if total > best:
                best = total
                first[page] = begin
                end[page] = line + 1


def prose(lines: Lines, found: Prose) -> Columns:
    """How near the long lines are, above and below."""
    is_prose = found.is_prose
    index = np.arange(len(lines))
    width = np.where(is_prose, lines.width, 0).astype(np.int64)
    above = np.maximum.accumulate(np.where(is_prose, index, -1)) if len(lines) else index
    above_strict = np.concatenate([[-1], above[:-1]]) if len(lines) else index
    below = np.minimum.accumulate(np.where(is_prose, index, len(lines))[::-1])[::-1] if len(lines) else index
    below_strict = np.concatenate([below[1:], [len(lines)]]) if len(lines) else index
    passed = np.concatenate([[0], np.cumsum(width)])
    total = (passed[lines.end_of_page] - passed[lines.first_of_page]).astype(np.float64)
    here = (passed[index] - passed[lines.first_of_page]).astype(np.float64)
    yield "is_prose", "a long line of running text", flag(is_prose)
    yield (
        "prose_above",
        "lines up to the nearest prose above",
        np.where(above_strict >= lines.first_of_page, index - above_strict, np.nan),
    )
    yield (
        "prose_below",
        "lines down to the nearest prose below",
        np.where(below_strict < lines.end_of_page, below_strict - index, np.nan),
    )
    yield "prose_position", "share of the page's prose above", share(here, total)
    yield "prose_width_above", "columns of prose above", here
    yield "prose_width_below", "columns of prose below", total - here - width
    yield "page_prose", "columns of prose on the page", total
    flags = is_prose.astype(np.int64)
    for reach in (3, 8, 20):
        up, down = lines.sums_around(flags, reach)
        yield f"prose_{reach}_above", f"prose lines among the {reach} above", up.astype(np.float64)
        yield f"prose_{reach}_below", f"prose lines among the {reach} below", down.astype(np.float64)


def title_zone(lines: Lines, found: Prose, shared: npt.NDArray[np.float64]) -> Columns:
    """How the line compares with the other short lines just above the main stretch of prose, where titles stand.

    Args:
        lines: The batch, of n lines.
        found: Its prose.
        shared: float64 (n,), the share of each line's words that the main stretch holds; NaN where unknown.
    """
    index = np.arange(len(lines))
    zone = (found.end > 0) & ~found.is_prose & (index < found.first) & (index >= found.first - ZONE_LINES)
    zone |= (found.end > 0) & (index == found.first)
    for name, text, values in (
        ("zone_width", "width", lines.width),
        ("zone_topic", "number of words shared with the stretch", np.nan_to_num(shared) * lines.mark("words")),
    ):
        most = np.zeros(len(lines.pages))
        np.maximum.at(most, lines.page_of_line[zone], values[zone])
        yield (
            name,
            f"{text}, as a share of the most of the lines where titles stand",
            np.where(zone, share(values, most[lines.page_of_line]), np.nan),
        )


def stretch(lines: Lines, found: Prose) -> Columns:
    """Where the line stands against the main stretch of prose; missing on pages without prose."""
    some = found.end > 0
    index = np.arange(len(lines))
    yield (
        "stretch_start",
        "lines after the start of the main stretch of prose",
        np.where(some, index - found.first, np.nan),
    )
    yield (
        "stretch_end",
        "lines before the end of the main stretch of prose",
        np.where(some, found.end - 1 - index, np.nan),
    )
    yield "stretch_lines", "lines of the main stretch of prose", np.where(some, found.end - found.first, np.nan)
    width = np.where(found.is_prose, lines.width, 0).astype(np.int64)
    passed = np.concatenate([[0], np.cumsum(width)])
    inside = (passed[found.end] - passed[found.first]).astype(np.float64)
    total = (passed[lines.end_of_page] - passed[lines.first_of_page]).astype(np.float64)
    yield "stretch_share", "share of the page's prose in the main stretch", share(inside, total)
