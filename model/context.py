"""Features of the second stage: what the first stage thinks of the lines around, and of the page as a whole."""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

from copytaster.labels.label import LABELS, Label
from copytaster.model import features
from copytaster.model.compiled import kernel
from copytaster.model.features.feature import Columns, Feature, fill, flag, matrix, share
from copytaster.model.features.layout import occurrences, shapes
from copytaster.model.features.neighbours import offset_name, shift
from copytaster.model.features.prose import Prose, main_stretch
from copytaster.model.features.topic import topic
from copytaster.model.lines import Lines, pack

OFFSETS = (-3, -2, -1, 1, 2, 3)
"""Neighbours whose probabilities are given one by one."""
REACHES = (4, 12)
"""Lines above and below over which probabilities are summed."""
UNIT = 1 << 20
"""Probabilities are summed as integers of this many parts, so that a sum does not depend on the batch."""
FULL_WIDTH = 400
"""Columns beyond which a longer line counts no more than this in the likeliest stretch of body."""
NARROWEST = 20
"""Columns that a shorter line counts as."""
FOREIGN_COST = 30
"""Columns of body that a line of another label costs the stretch that spans it."""

_BODY = LABELS.index(Label.BODY)
_HEADLINE = LABELS.index(Label.HEADLINE)


def context(
    lines: Lines, first_stage: npt.NDArray[np.float32], probabilities: npt.NDArray[np.float64]
) -> npt.NDArray[np.float32]:
    """All features of the second stage.

    Args:
        lines: The batch, of n lines.
        first_stage: float32 (n, len(features.features())), the first stage's features.
        probabilities: float64 (n, 4), what the first stage made of them.

    Returns:
        float32 (n, len(context_features())): the first stage's features and those of the context.
    """
    out = matrix(len(lines), len(context_features()))
    out[:, : first_stage.shape[1]] = first_stage
    fill_context(lines, probabilities, out)
    return out


def fill_context(lines: Lines, probabilities: npt.NDArray[np.float64], out: npt.NDArray[np.float32]) -> None:
    """Fill in the features of the context behind those of the first stage.

    Args:
        lines: The batch, of n lines.
        probabilities: float64 (n, 4), what the first stage made of them.
        out: float32 (n, len(context_features())), whose first columns hold the first stage's features.
    """
    own = len(features.features())
    at = own + len(LABELS)
    out[:, own:at] = probabilities
    end = at + len(LABELS) * len(OFFSETS)
    shift(lines, out, range(own, at), OFFSETS, out[:, at:end])
    fill(out[:, end:], _page_columns(lines, probabilities))


@functools.cache
def context_features() -> tuple[Feature, ...]:
    """The features of the second stage, in the order of the columns."""
    first = tuple(Feature(f"p_{label}", f"the first stage's probability of {label}") for label in LABELS)
    around = tuple(
        Feature(offset_name(feature.name, offset), f"{feature.description}, {offset:+d} lines away")
        for offset in OFFSETS
        for feature in first
    )
    page = tuple(Feature(name, text) for name, text, _ in _page_columns(pack([]), np.zeros((0, len(LABELS)))))
    return (*features.features(), *first, *around, *page)


def _page_columns(lines: Lines, probabilities: npt.NDArray[np.float64]) -> Columns:
    parts = np.rint(probabilities.T * UNIT).astype(np.int64)
    for reach in REACHES:
        for label, above, below in zip(LABELS, *lines.sums_around(parts, reach), strict=True):
            yield f"{label}_{reach}_above", f"expected {label} lines among the {reach} above", above / UNIT
            yield f"{label}_{reach}_below", f"expected {label} lines among the {reach} below", below / UNIT
    headline, rival = _likeliest_headlines(lines, probabilities)
    yield from _stretch_columns(lines, probabilities, parts, headline)
    yield from _headline_columns(lines, probabilities, headline, rival)
    yield from _shape_columns(lines, parts)


def _stretch_columns(
    lines: Lines,
    probabilities: npt.NDArray[np.float64],
    parts: npt.NDArray[np.int64],
    headline: npt.NDArray[np.int64],
) -> Columns:
    """The line against the stretch of the page that holds most of the body's text."""
    width = np.clip(lines.width, NARROWEST, FULL_WIDTH)
    body = probabilities[:, _BODY]
    score = np.rint(body * width - (1 - body) * FOREIGN_COST).astype(np.int64)
    first, end = main_stretch(lines, score)
    index = np.arange(len(lines))
    some = end > 0
    running = np.concatenate([[0], np.cumsum(np.rint(body * width).astype(np.int64))])
    total = (running[lines.end_of_page] - running[lines.first_of_page]).astype(np.float64)
    inside = (running[end] - running[first]).astype(np.float64)
    above = (running[index] - running[lines.first_of_page]).astype(np.float64)
    yield "body_start", "lines after the start of the likeliest stretch of body", np.where(some, index - first, np.nan)
    yield "body_end", "lines before its end", np.where(some, end - 1 - index, np.nan)
    yield "body_lines", "its lines", np.where(some, end - first, np.nan)
    yield "body_width", "expected columns of body on the page", total
    yield "body_inside", "expected columns of body in the likeliest stretch", inside
    yield "body_above", "expected columns of body above", above
    outside = score.copy()
    outside[(index >= first) & (index < end)] = -FULL_WIDTH
    second_first, second_end = main_stretch(lines, outside)
    second = second_end > 0
    yield (
        "second_start",
        "lines after the start of the second likeliest stretch",
        np.where(second, index - second_first, np.nan),
    )
    yield (
        "second_inside",
        "expected columns of body in the second likeliest stretch",
        (running[second_end] - running[second_first]).astype(np.float64),
    )
    likely = parts[_BODY] * 2 >= UNIT
    yield from topic(lines, Prose(likely, first, end), headline, prefix="body_")


def _likeliest_headlines(
    lines: Lines, probabilities: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """The line of each page that is the likeliest headline, the first of equals, and the probability of the next."""
    best = lines.page_start[:-1].copy()
    next_best = np.full(len(lines.pages), -1.0)
    find_best(
        lines.page_start, np.ascontiguousarray(probabilities[:, _HEADLINE]), best, next_best, compile=lines.compile
    )
    return best, next_best


@kernel(outputs=2)
def find_best(page_start, value, best, next_best):  # type: ignore[no-untyped-def]
    """The greatest and the second greatest value of each page."""
    for page in range(len(page_start) - 1):
        begin = page_start[page]
        for line in range(begin + 1, page_start[page + 1]):
            if value[line] > value[best[page]]:
                next_best[page] = value[best[page]]
                best[page] = line
            elif value[line] > next_best[page]:
                next_best[page] = value[line]


def _headline_columns(
    lines: Lines,
    probabilities: npt.NDArray[np.float64],
    headline: npt.NDArray[np.int64],
    next_best: npt.NDArray[np.float64],
) -> Columns:
    best = headline[lines.page_of_line]
    index = np.arange(len(lines))
    likelihood = probabilities[:, _HEADLINE]
    rival = np.where(index == best, next_best[lines.page_of_line], likelihood[best])
    yield "headline_lead", "probability of headline less that of the likeliest other line", likelihood - rival
    yield "headline_distance", "lines after the likeliest headline", (index - best).astype(np.float64)
    yield "headline_best", "probability of the likeliest headline", probabilities[best, _HEADLINE]
    yield "headline_same", "the line has the words of the likeliest headline", flag(lines.hash == lines.hash[best])


def _shape_columns(lines: Lines, parts: npt.NDArray[np.int64]) -> Columns:
    """What the page's other lines of the same length and ends are taken for."""
    group, size, _ = occurrences(lines, shapes(lines).astype(np.int64))
    others = size - 1
    for label, of_label in zip(LABELS, parts, strict=True):
        # Whole numbers below 2**53, which floats add up exactly.
        sums = np.bincount(group, of_label, minlength=len(lines))[group]
        mean = share((sums - of_label) / UNIT, others)
        yield f"shape_{label}", f"mean probability of {label} of the page's other lines of the same shape", mean
