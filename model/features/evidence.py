"""Learned word evidence: how strongly the words of a line and its beginnings and ends speak for each label.

A linear model over hashed words, pairs of words, beginnings, ends, whole lines, and the beginnings and ends of the
lines above and below. Its weights are log odds, learned on the training pages (`copytaster.training.evidence`); the
forest weighs what they add up to against everything else, and trains on evidence learned without the page at hand.

Besides the four labels the model knows two *zones*, before the article's first line and after its last. Lines such as
"Comments" or "Related stories" say little of themselves but that the article is over, whatever comes below them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from copytaster.labels.label import LABELS
from copytaster.model.compiled import kernel
from copytaster.model.features.feature import Columns
from copytaster.model.lines import Lines

BUCKETS = 1 << 18
"""Words and their like are hashed into so many; a power of two."""
ASPECTS = (*LABELS, "before", "after")
"""What a line can speak for: the labels, and the zones before and after the article."""
BEFORE, AFTER = len(LABELS), len(LABELS) + 1
"""The indices of the zones in `ASPECTS`."""
STEPS = 127
"""Weights are kept as int8: sums of integers do not depend on the order they are added in."""
ZONE_UNIT = 16
"""Log odds of zones are compared and summed in sixteenths, for the same reason."""
ZONE_LIMIT = 30.0
"""Log odds beyond which a sign is no stronger."""

_MIX = 0x4F1BBCD9  # below 2**31, so that the product with a 32-bit hash stays below 2**63
_MASK = 0xFFFFFFFF
_SALTS = tuple(kind * 0x85EBCA6B & _MASK for kind in range(16))  # one for each kind of evidence, to keep them apart
_WORD = 0x7FFFFFFFFFFFFFFF
_LAST_BUCKET = BUCKETS - 1
_OF_LINE = 5  # kinds of evidence of a line as a whole: its first word, first two, first three, last two, all
_THREE = 2  # the first three words, which alone are not looked at in a line's neighbours
_AROUND = 2 * (_OF_LINE - 1)


class Cells(NamedTuple):
    """The buckets that a batch's lines fall into; m of them in all.

    Attributes:
        bucket: int32 (m,), the buckets of one line after the other.
        start: int64 (n + 1,), where those of each line begin, and m.
    """

    bucket: npt.NDArray[np.int32]
    start: npt.NDArray[np.int64]


def cells_of(lines: Lines) -> Cells:
    """The buckets of a batch's lines. Bucket 0 is nobody's."""
    n = len(lines)
    start = np.zeros(n + 1, dtype=np.int64)
    bucket = np.zeros(2 * len(lines.word_hash) + (_OF_LINE + _AROUND) * n, dtype=np.int32)
    find_cells(
        lines.page_start, lines.word_start, lines.word_hash, lines.hash, np.zeros(_OF_LINE * n, dtype=np.int64),
        start, bucket, compile=lines.compile,
    )  # fmt: skip
    return Cells(bucket[: start[-1]], start)


@kernel(outputs=2)
def find_cells(page_start, word_start, word_hash, line_hash, of_line, start, bucket):  # type: ignore[no-untyped-def]
    """The buckets of every line by itself come first, since those of its neighbours are made of them.

    Hashes are spread over all buckets but 0.
    """
    for line in range(len(line_hash)):
        first = word_start[line]
        count = word_start[line + 1] - first
        if count > 0:
            one = word_hash[first]
            second = word_hash[first + 1] if count > 1 else 0
            third = word_hash[first + 2] if count > 2 else 0
            last = word_hash[first + count - 1]
            before_last = word_hash[first + count - 2] if count > 1 else 0
            two = ((one * 31 & _MASK) ^ (second * 16777619 & _MASK)) & _MASK
            three = ((two * 31 & _MASK) ^ (third * 16777619 & _MASK)) & _MASK
            end = ((last * 31 & _MASK) ^ (before_last * 16777619 & _MASK)) & _MASK
            at = line * _OF_LINE
            of_line[at] = max(((one ^ _SALTS[1]) * _MIX & _WORD) >> 29 & _LAST_BUCKET, 1)
            of_line[at + 1] = max(((two ^ _SALTS[2]) * _MIX & _WORD) >> 29 & _LAST_BUCKET, 1)
            of_line[at + 2] = max(((three ^ _SALTS[3]) * _MIX & _WORD) >> 29 & _LAST_BUCKET, 1)
            of_line[at + 3] = max(((end ^ _SALTS[4]) * _MIX & _WORD) >> 29 & _LAST_BUCKET, 1)
            of_line[at + 4] = max(((line_hash[line] ^ _SALTS[5]) * _MIX & _WORD) >> 29 & _LAST_BUCKET, 1)
    m = 0
    for page in range(len(page_start) - 1):
        for line in range(page_start[page], page_start[page + 1]):
            start[line] = m
            end_of_words = word_start[line + 1]
            for w in range(word_start[line], end_of_words):
                bucket[m] = max(((word_hash[w] ^ _SALTS[6]) * _MIX & _WORD) >> 29 & _LAST_BUCKET, 1)
                m += 1
                if w + 1 < end_of_words:
                    key = ((word_hash[w] * 31 & _MASK) ^ (word_hash[w + 1] * 16777619 & _MASK)) & _MASK
                    bucket[m] = max(((key ^ _SALTS[7]) * _MIX & _WORD) >> 29 & _LAST_BUCKET, 1)
                    m += 1
            if word_start[line] < end_of_words:
                for kind in range(_OF_LINE):
                    bucket[m] = of_line[line * _OF_LINE + kind]
                    m += 1
            for neighbour in range(2):
                other = line + 2 * neighbour - 1
                if page_start[page] <= other < page_start[page + 1]:
                    for kind in range(_OF_LINE):
                        key = of_line[other * _OF_LINE + kind]
                        if key > 0 and kind != _THREE:
                            salt = _SALTS[8 + 4 * neighbour + (kind if kind < _THREE else kind - 1)]
                            bucket[m] = max(((key ^ salt) * _MIX & _WORD) >> 29 & _LAST_BUCKET, 1)
                            m += 1
    start[len(line_hash)] = m


@dataclass(frozen=True, eq=False)
class Evidence:
    """The linear model.

    Attributes:
        weights: int8 (BUCKETS, len(ASPECTS)).
        step: float64 (len(ASPECTS),), what one unit of the weights is worth.
        intercept: float64 (len(ASPECTS),).
    """

    weights: npt.NDArray[np.int8]
    step: npt.NDArray[np.float64]
    intercept: npt.NDArray[np.float64]

    @classmethod
    def none(cls) -> Evidence:
        """Evidence that speaks for nothing."""
        count = len(ASPECTS)
        return cls(np.zeros((BUCKETS, count), dtype=np.int8), np.zeros(count), np.zeros(count))

    def log_odds(self, lines: Lines) -> npt.NDArray[np.float64]:
        """float64 (n, len(ASPECTS)), what each line's words add up to, over the root of their number."""
        cells = cells_of(lines)
        sums = np.zeros(len(lines) * len(ASPECTS), dtype=np.int64)
        add_weights(cells.start, cells.bucket, self.weights.ravel(), len(ASPECTS), sums, compile=lines.compile)
        root = np.sqrt(np.maximum(np.diff(cells.start), 1))[:, np.newaxis]
        return sums.reshape(len(lines), len(ASPECTS)) * self.step / root + self.intercept

    def columns(self, lines: Lines) -> Columns:
        """What the words of each line speak for."""
        odds = self.log_odds(lines)
        for aspect, label in enumerate(LABELS):
            yield f"words_{label}", f"log odds of {label} by the line's words and its neighbours'", odds[:, aspect]
        zones = np.rint(np.clip(odds, -ZONE_LIMIT, ZONE_LIMIT) * ZONE_UNIT).astype(np.int64)
        yield (
            "over",
            "strongest sign at or above the line that the article is over",
            _strongest_above(lines, zones[:, AFTER]),
        )
        yield (
            "over_total",
            "all signs at or above the line that the article is over",
            _total_above(lines, np.maximum(zones[:, AFTER], 0)),
        )
        yield (
            "to_come",
            "strongest sign at or below the line that the article is to come",
            _strongest_below(lines, zones[:, BEFORE]),
        )


@kernel(outputs=1)
def add_weights(start, bucket, weights, n_aspects, sums):  # type: ignore[no-untyped-def]
    """Add up the weights of each line's buckets, aspect by aspect."""
    # A variable an aspect, which the compiler keeps in a register: several times as fast as a loop over the sums.
    for line in range(len(start) - 1):
        headline = body = teaser = nav = before = after = 0
        for cell in range(start[line], start[line + 1]):
            at = bucket[cell] * n_aspects
            headline += weights[at]
            body += weights[at + 1]
            teaser += weights[at + 2]
            nav += weights[at + 3]
            before += weights[at + 4]
            after += weights[at + 5]
        at = line * n_aspects
        sums[at] = headline
        sums[at + 1] = body
        sums[at + 2] = teaser
        sums[at + 3] = nav
        sums[at + 4] = before
        sums[at + 5] = after


_BAND = 1 << 20  # each page's values in a band of their own, so that one running maximum serves the batch


def _strongest_above(lines: Lines, values: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    band = lines.page_of_line * _BAND
    return (np.maximum.accumulate(values + band) - band).astype(np.float64)


def _strongest_below(lines: Lines, values: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    band = (len(lines.pages) - lines.page_of_line) * _BAND
    return (np.maximum.accumulate((values + band)[::-1])[::-1] - band).astype(np.float64)


def _total_above(lines: Lines, values: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    running = np.concatenate([[0], np.cumsum(values)])
    return (running[1:] - running[lines.first_of_page]).astype(np.float64)
