"""How far to trust what was made of a page: measures of the labelled page, weighed by two small forests.

One forest judges whether the text is right, the other whether the page holds an article at all; both are fitted on
pages labelled without having been trained on (`copytaster.training.fit`).
"""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

from copytaster.labels.label import LABELS, Label
from copytaster.model.characters import Kind
from copytaster.model.features.feature import Columns, Feature, fill, matrix, share
from copytaster.model.features.line import ends_sentence
from copytaster.model.lines import Lines, pack

_HEADLINE = LABELS.index(Label.HEADLINE)
_BODY = LABELS.index(Label.BODY)
_TEASER = LABELS.index(Label.TEASER)
_NAV = LABELS.index(Label.NAV)

TOP = 3
"""Likeliest body lines of a page whose mean probability is a measure of its own."""


def measure(
    lines: Lines, probabilities: npt.NDArray[np.float64], labels: npt.NDArray[np.int8]
) -> npt.NDArray[np.float32]:
    """Measure some labelled pages.

    Args:
        lines: The batch, of n lines on p pages.
        probabilities: float64 (n, 4).
        labels: int8 (n,), indices into `LABELS`.

    Returns:
        float32 (p, len(measures())).
    """
    out = matrix(len(lines.pages), len(measures()))
    fill(out, _columns(lines, probabilities, labels))
    return out


@functools.cache
def measures() -> tuple[Feature, ...]:
    """What is measured of a page, in the order of the columns."""
    nothing = _columns(pack([]), np.zeros((0, len(LABELS))), np.zeros(0, dtype=np.int8))
    return tuple(Feature(name, description) for name, description, _ in nothing)


def _columns(lines: Lines, probabilities: npt.NDArray[np.float64], labels: npt.NDArray[np.int8]) -> Columns:
    width = lines.width
    is_body = labels == _BODY
    body = probabilities[:, _BODY]

    total = functools.partial(_by_page, lines)
    count, columns = total(np.ones(len(lines))), total(width)
    kept, kept_columns = total(is_body), total(width * is_body)
    yield "page_lines", "lines of the page", count
    yield "page_columns", "columns of the page", columns
    yield "kept_lines", "lines labelled body", kept
    yield "kept_columns", "columns of the lines labelled body", kept_columns
    yield "kept_share", "columns labelled body among those of the page", share(kept_columns, columns)
    for label in (_HEADLINE, _TEASER, _NAV):
        yield f"{LABELS[label]}_share", f"lines labelled {LABELS[label]}", share(total(labels == label), count)
    yield (
        "kept_sure",
        "mean probability of body of the kept columns",
        share(total(body * width * is_body), kept_columns),
    )
    yield (
        "missed",
        "expected columns of body left out, as a share of those kept",
        share(total(body * width * ~is_body), kept_columns),
    )
    ranked = np.sort(probabilities, axis=1)
    yield (
        "margin",
        "mean distance of a column's likeliest label from the next",
        share(total((ranked[:, -1] - ranked[:, -2]) * width), columns),
    )
    first, second = _greatest(lines, probabilities[:, _HEADLINE], 2)
    yield "headline_first", "probability of the page's likeliest headline", first
    yield "headline_second", "probability of the page's next likeliest headline", second
    top = np.nan_to_num(_greatest(lines, body, TOP)).sum(axis=0) / TOP
    yield "body_top", f"mean probability of the page's {TOP} likeliest body lines", top
    yield from _span(lines, labels, count)
    yield "kept_width", "mean columns of a kept line", share(kept_columns, kept)
    yield "kept_sentences", "kept lines that end like a sentence", share(total(ends_sentence(lines) & is_body), kept)
    for name, kinds in (("digits", (Kind.DIGIT,)), ("currency", (Kind.CURRENCY,))):
        yield f"page_{name}", f"{name} among the page's characters", share(total(lines.kind(*kinds)), columns)
    yield (
        "kept_digits",
        "digits among the kept characters",
        share(total(lines.kind(Kind.DIGIT) * is_body), kept_columns),
    )
    for name in ("years", "times"):
        yield f"page_{name}", f"{name} printed, a line of the page", share(total(lines.mark(name)), count)


def _span(lines: Lines, labels: npt.NDArray[np.int8], count: npt.NDArray[np.float64]) -> Columns:
    """The stretch from the first body line to the last; missing on pages without one."""
    pages = len(lines.pages)
    is_body = labels == _BODY
    index = np.arange(len(lines))
    first = np.full(pages, len(lines))
    last = np.full(pages, -1)
    np.minimum.at(first, lines.page_of_line[is_body], index[is_body])
    np.maximum.at(last, lines.page_of_line[is_body], index[is_body])
    some = last >= 0
    start = lines.page_start[:-1]
    inside = (index >= first[lines.page_of_line]) & (index <= last[lines.page_of_line])
    length = np.where(some, last - first + 1, 0).astype(np.float64)

    def within(condition: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
        return _by_page(lines, inside & condition)

    yield (
        "first_kept",
        "place of the first kept line on the page",
        np.where(some, share(first - start * 1.0, count), np.nan),
    )
    yield (
        "last_kept",
        "place of the last kept line on the page",
        np.where(some, share(last - start * 1.0, count), np.nan),
    )
    yield (
        "foreign_teasers",
        "teasers between the first and the last kept line",
        share(within(labels == _TEASER), length),
    )
    yield "foreign_nav", "furniture between the first and the last kept line", share(within(labels == _NAV), length)
    starts = is_body.copy()
    starts[1:] &= ~is_body[:-1] | (lines.page_of_line[1:] != lines.page_of_line[:-1])
    yield "pieces", "runs of kept lines", _by_page(lines, starts)
    headline = np.full(pages, -1)
    titles = (labels == _HEADLINE) & (index < first[lines.page_of_line])
    np.maximum.at(headline, lines.page_of_line[titles], index[titles])
    yield (
        "headline_above",
        "lines from the headline to the first kept line",
        np.where(some & (headline >= 0), first - headline, np.nan),
    )


def _by_page(lines: Lines, values: npt.NDArray[np.floating] | npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """float64 (p,), the sum of the values of each page's lines."""
    return np.bincount(lines.page_of_line, values, minlength=len(lines.pages)).astype(np.float64)


def _greatest(lines: Lines, values: npt.NDArray[np.float64], count: int) -> npt.NDArray[np.float64]:
    """float64 (count, p), each page's greatest values in falling order; NaN where it has not so many lines."""
    order = np.lexsort((-values, lines.page_of_line))
    at = lines.page_start[:-1] + np.arange(count)[:, np.newaxis]
    there = at < lines.page_start[1:]
    out = np.full(at.shape, np.nan)
    out[there] = values[order[at[there]]]
    return out
