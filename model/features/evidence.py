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


class Cells(NamedTuple):
    """The buckets that a batch's lines fall into; m of them in all.

    Attributes:
        line: int64 (m,), index of the line.
        bucket: int64 (m,).
        size: int64 (n,), buckets of each line.
    """

    line: npt.NDArray[np.int64]
    bucket: npt.NDArray[np.int64]
    size: npt.NDArray[np.int64]


def cells_of(lines: Lines) -> Cells:
    """The buckets of a batch's lines. Bucket 0 is nobody's."""
    n = len(lines)
    first, end = lines.word_start[:-1], lines.word_start[1:]
    some = end > first
    words = np.concatenate([lines.word_hash, [0]])

    def word(place: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        return np.where((place >= first) & (place < end), words[np.clip(place, 0, len(words) - 1)], 0)

    by_word = lines.line_of_word
    followed = np.ones(len(by_word), dtype=bool)
    followed[end[some] - 1] = False
    pairs = _combine(words[:-1], words[1:])[followed]
    one = word(first)
    two = _combine(one, word(first + 1))
    of_line = [
        np.where(some, _bucket(key, salt), 0)
        for salt, key in enumerate((one, two, _combine(two, word(first + 2)), _combine(word(end - 1), word(end - 2)),
                                    lines.hash), 1)
    ]  # fmt: skip
    around = [
        np.where(there > 0, _bucket(there, salt), 0)
        for salt, there in enumerate(
            (_neighbour(lines, of_line[place], offset) for offset in (-1, 1) for place in (0, 1, 3, 4)), 8
        )
    ]
    every = np.arange(n)
    whole = [*of_line, *around]
    bucket = np.concatenate([_bucket(words[:-1], 6), _bucket(pairs, 7), *whole])
    line = np.concatenate([by_word, by_word[followed], *(every for _ in whole)])
    used = bucket > 0
    line, bucket = line[used], bucket[used]
    return Cells(line, bucket, np.bincount(line, minlength=n))


def _neighbour(lines: Lines, buckets: npt.NDArray[np.int64], offset: int) -> npt.NDArray[np.int64]:
    return np.nan_to_num(lines.shifted(buckets.astype(np.float64), offset)).astype(np.int64)


def _combine(one: npt.NDArray[np.int64], other: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return ((one * 31 & _MASK) ^ (other * 16777619 & _MASK)) & _MASK


def _bucket(hashes: npt.NDArray[np.int64], salt: int) -> npt.NDArray[np.int64]:
    """Spread hashes over all buckets but 0; the salt keeps kinds of evidence apart."""
    mixed = ((hashes ^ (salt * 0x85EBCA6B & _MASK)) * _MIX) & 0x7FFFFFFFFFFFFFFF
    return np.maximum((mixed >> 29) & (BUCKETS - 1), 1)


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
        of_cells = self.weights.take(cells.bucket, axis=0).ravel()
        add_weights(cells.line, of_cells, len(ASPECTS), sums, compile=lines.compile)
        root = np.sqrt(np.maximum(cells.size, 1))[:, np.newaxis]
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
def add_weights(line, weights, n_aspects, sums):  # type: ignore[no-untyped-def]
    """Add up the weights of each line's cells, aspect by aspect."""
    for cell in range(len(line)):
        at = line[cell] * n_aspects
        from_ = cell * n_aspects
        for aspect in range(n_aspects):
            sums[at + aspect] += weights[from_ + aspect]


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
