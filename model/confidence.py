"""How far to trust what was made of a page: measures of the labelled page, weighed by two small forests.

One forest judges whether the text is right, the other whether the page holds an article at all; both are fitted on
pages labelled without having been trained on (`copytaster.training.fit`).
"""

from __future__ import annotations

import functools
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from copytaster.labels.label import LABELS, Label
from copytaster.model.characters import Kind
from copytaster.model.compiled import kernel
from copytaster.model.features.feature import Columns, Feature, fill, matrix, share
from copytaster.model.features.line import ends_sentence
from copytaster.model.lines import Lines, pack

_HEADLINE = LABELS.index(Label.HEADLINE)
_BODY = LABELS.index(Label.BODY)
_TEASER = LABELS.index(Label.TEASER)
_NAV = LABELS.index(Label.NAV)

# What is added up over the lines of a page, in the order of the columns of the sums.
_SUMS = (
    "lines",
    "columns",
    "kept",
    "kept_columns",
    "headlines",
    "teasers",
    "furniture",
    "kept_sure",  # kept columns, each times its probability of body
    "missed",  # the same of the others
    "margins",  # columns, each times the distance of its likeliest label from the next
    "kept_sentences",
    "digits",
    "kept_digits",
    "currency",
    "years",
    "times",
    "pieces",  # runs of kept lines
    "foreign_teasers",  # between the first and the last kept line
    "foreign_nav",
)
_N_SUMS = len(_SUMS)
(
    _LINES, _COLUMNS, _KEPT, _KEPT_COLUMNS, _HEADLINES, _TEASERS, _FURNITURE, _KEPT_SURE, _MISSED, _MARGINS,
    _KEPT_SENTENCES, _DIGITS, _KEPT_DIGITS, _CURRENCY, _YEARS, _TIMES, _PIECES, _FOREIGN_TEASERS, _FOREIGN_NAV,
) = range(_N_SUMS)  # fmt: skip

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
    pages = len(lines.pages)
    sums, places = np.zeros(pages * _N_SUMS), np.zeros(pages * 3, dtype=np.int64)
    add_up(
        lines.page_start, np.ascontiguousarray(labels), np.ascontiguousarray(probabilities).ravel(), lines.width,
        ends_sentence(lines), lines.kind(Kind.DIGIT), lines.kind(Kind.CURRENCY), lines.mark("years"),
        lines.mark("times"), sums, places, compile=lines.compile,
    )  # fmt: skip
    total = dict(zip(_SUMS, sums.reshape(pages, _N_SUMS).T, strict=True))
    count, columns, kept, kept_columns = (total[name] for name in ("lines", "columns", "kept", "kept_columns"))
    yield "page_lines", "lines of the page", count
    yield "page_columns", "columns of the page", columns
    yield "kept_lines", "lines labelled body", kept
    yield "kept_columns", "columns of the lines labelled body", kept_columns
    yield "kept_share", "columns labelled body among those of the page", share(kept_columns, columns)
    for label, name in ((_HEADLINE, "headlines"), (_TEASER, "teasers"), (_NAV, "furniture")):
        yield f"{LABELS[label]}_share", f"lines labelled {LABELS[label]}", share(total[name], count)
    yield "kept_sure", "mean probability of body of the kept columns", share(total["kept_sure"], kept_columns)
    yield (
        "missed",
        "expected columns of body left out, as a share of those kept",
        share(total["missed"], kept_columns),
    )
    yield (
        "margin",
        "mean distance of a column's likeliest label from the next",
        share(total["margins"], columns),
    )
    first, second = _greatest(lines, probabilities[:, _HEADLINE], 2)
    yield "headline_first", "probability of the page's likeliest headline", first
    yield "headline_second", "probability of the page's next likeliest headline", second
    top = np.nan_to_num(_greatest(lines, probabilities[:, _BODY], TOP)).sum(axis=0) / TOP
    yield "body_top", f"mean probability of the page's {TOP} likeliest body lines", top
    yield from _span(total, lines.page_start[:-1], places.reshape(pages, 3).T)
    yield "kept_width", "mean columns of a kept line", share(kept_columns, kept)
    yield "kept_sentences", "kept lines that end like a sentence", share(total["kept_sentences"], kept)
    for name in ("digits", "currency"):
        yield f"page_{name}", f"{name} among the page's characters", share(total[name], columns)
    yield "kept_digits", "digits among the kept characters", share(total["kept_digits"], kept_columns)
    for name in ("years", "times"):
        yield f"page_{name}", f"{name} printed, a line of the page", share(total[name], count)


def _span(
    total: Mapping[str, npt.NDArray[np.float64]], start: npt.NDArray[np.int64], places: npt.NDArray[np.int64]
) -> Columns:
    """The stretch from the first body line to the last; missing on pages without one."""
    first, last, headline = places
    some = last >= 0
    length = np.where(some, last - first + 1, 0).astype(np.float64)
    for name, line in (("first", first), ("last", last)):
        yield (
            f"{name}_kept",
            f"place of the {name} kept line on the page",
            np.where(some, share(line - start * 1.0, total["lines"]), np.nan),
        )
    yield (
        "foreign_teasers",
        "teasers between the first and the last kept line",
        share(total["foreign_teasers"], length),
    )
    yield "foreign_nav", "furniture between the first and the last kept line", share(total["foreign_nav"], length)
    yield "pieces", "runs of kept lines", total["pieces"]
    yield (
        "headline_above",
        "lines from the headline to the first kept line",
        np.where(some & (headline >= 0), first - headline, np.nan),
    )


def _greatest(lines: Lines, values: npt.NDArray[np.float64], count: int) -> npt.NDArray[np.float64]:
    """float64 (count, p), each page's greatest values in falling order; NaN where it has not so many lines."""
    pages = len(lines.pages)
    out = np.full(pages * count, np.nan)
    find_greatest(lines.page_start, np.ascontiguousarray(values), count, out, compile=lines.compile)
    return out.reshape(pages, count).T


@kernel(outputs=1)
def find_greatest(page_start, values, count, greatest):  # type: ignore[no-untyped-def]
    """Keep the greatest values of each page, in falling order."""
    for page in range(len(page_start) - 1):
        first = page_start[page]
        at = page * count
        for line in range(first, page_start[page + 1]):
            value = values[line]
            place = min(line - first, count)  # behind those that are kept
            while place > 0 and greatest[at + place - 1] < value:
                if place < count:
                    greatest[at + place] = greatest[at + place - 1]
                place -= 1
            if place < count:
                greatest[at + place] = value


@kernel(outputs=2)
def add_up(  # type: ignore[no-untyped-def]
    page_start, label, probability, width, ends, digits, currency, years, times, sums, places
):  # fmt: skip
    """Add up what `_SUMS` names over each page, and find its first and last kept line and the headline above them."""
    for page in range(len(page_start) - 1):
        first = page_start[page]
        end = page_start[page + 1]
        begin = last = headline = -1
        for line in range(first, end):
            if label[line] == _BODY:
                begin = line if begin < 0 else begin
                last = line
            elif label[line] == _HEADLINE and begin < 0:
                headline = line
        places[3 * page] = begin
        places[3 * page + 1] = last
        places[3 * page + 2] = headline
        at = page * _N_SUMS
        for line in range(first, end):
            columns = width[line]
            body = probability[4 * line + _BODY] * columns
            best = second = -1.0
            for k in range(4 * line, 4 * line + 4):
                if probability[k] > best:
                    second = best
                    best = probability[k]
                elif probability[k] > second:
                    second = probability[k]
            sums[at + _LINES] += 1.0
            sums[at + _COLUMNS] += columns
            sums[at + _MARGINS] += (best - second) * columns
            sums[at + _DIGITS] += digits[line]
            sums[at + _CURRENCY] += currency[line]
            sums[at + _YEARS] += years[line]
            sums[at + _TIMES] += times[line]
            if label[line] == _BODY:
                sums[at + _KEPT] += 1.0
                sums[at + _KEPT_COLUMNS] += columns
                sums[at + _KEPT_SURE] += body
                sums[at + _KEPT_DIGITS] += digits[line]
                sums[at + _KEPT_SENTENCES] += 1.0 if ends[line] else 0.0
                sums[at + _PIECES] += 1.0 if line == first or label[line - 1] != _BODY else 0.0
                continue
            sums[at + _MISSED] += body
            is_inside = begin <= line <= last
            if label[line] == _HEADLINE:
                sums[at + _HEADLINES] += 1.0
            elif label[line] == _TEASER:
                sums[at + _TEASERS] += 1.0
                sums[at + _FOREIGN_TEASERS] += 1.0 if is_inside else 0.0
            else:
                sums[at + _FURNITURE] += 1.0
                sums[at + _FOREIGN_NAV] += 1.0 if is_inside else 0.0
