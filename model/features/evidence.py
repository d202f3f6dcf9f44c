"""Learned word evidence: how strongly words, and the beginnings and ends of lines, speak for each label.

Counts over the training pages, hashed, become log odds, as in a naive Bayes classifier; the forest weighs them against
everything else. The counts are sums over pages, so leaving some pages out is a subtraction: training never lets a page
be evidence for itself.

Besides the four labels the table knows two *zones*, before the article's first line and after its last. Lines such as
"Comments" or "Related stories" say little of themselves but that the article is over, whatever comes below them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from copytaster.labels.label import LABELS, Label
from copytaster.model.features.feature import Columns
from copytaster.model.lines import Lines

BUCKET_BITS = 17
BUCKETS = 1 << BUCKET_BITS
ASPECTS = (*LABELS, "before", "after")
"""What a bucket has log odds for: the labels, and the zones before and after the article."""
SCALE = 16
"""Log odds are kept as int8 sixteenths: sums of integers do not depend on the order they are added in."""
SMOOTHING = 2.0
"""Pages' worth of the overall distribution that every bucket starts with."""

_N_LABELS = len(LABELS)
_BEFORE, _AFTER = _N_LABELS, _N_LABELS + 1
_BODY = LABELS.index(Label.BODY)
_MIX = 0x4F1BBCD9  # below 2**31, so that the product with a 32-bit hash stays below 2**63
_MASK = 0xFFFFFFFF


@dataclass(frozen=True, eq=False)
class Buckets:
    """The buckets of the table that a batch's lines and words fall into.

    Attributes:
        word: int64 (w,), of each word.
        pair: int64 (w,), of each word with the one after it in its line; 0 for a line's last word.
        start: int64 (n, 3), of the line's first word, first two and first three.
        end: int64 (n,), of its last two words.
        line: int64 (n,), of the whole line.
    """

    word: npt.NDArray[np.int64]
    pair: npt.NDArray[np.int64]
    start: npt.NDArray[np.int64]
    end: npt.NDArray[np.int64]
    line: npt.NDArray[np.int64]


def buckets_of(lines: Lines) -> Buckets:
    """The buckets of a batch's lines and words; bucket 0 is nobody's."""
    words = np.concatenate([lines.word_hash, [0]])
    first, end = lines.word_start[:-1], lines.word_start[1:]
    count = end - first

    def word(place: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        return np.where((place >= first) & (place < end), words[np.clip(place, 0, len(words) - 1)], 0)

    followed = np.ones(len(lines.word_hash), dtype=bool)
    followed[end[count > 0] - 1] = False
    pair = _combine(words[:-1], words[1:])
    one = word(first)
    two = _combine(one, word(first + 1))
    three = _combine(two, word(first + 2))
    start = np.stack([_bucket(one, 2), _bucket(two, 3), _bucket(three, 4)], axis=1)
    start[count == 0] = 0
    return Buckets(
        word=_bucket(words[:-1], 1),
        pair=np.where(followed, _bucket(pair, 7), 0),
        start=start,
        end=np.where(count > 0, _bucket(_combine(word(end - 1), word(end - 2)), 5), 0),
        line=np.where(count > 0, _bucket(lines.hash, 6), 0),
    )


def _combine(one: npt.NDArray[np.int64], other: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return ((one * 31 & _MASK) ^ (other * 16777619 & _MASK)) & _MASK


def _bucket(hashes: npt.NDArray[np.int64], salt: int) -> npt.NDArray[np.int64]:
    """Spread hashes over all buckets but 0; the salt keeps kinds of evidence apart."""
    mixed = ((hashes ^ (salt * 0x85EBCA6B & _MASK)) * _MIX) & 0x7FFFFFFFFFFFFFFF
    return np.maximum((mixed >> 29) & (BUCKETS - 1), 1)


class EvidenceCounts:
    """On how many pages each bucket was seen under each label and in each zone.

    Attributes:
        counts: float32 (BUCKETS, len(ASPECTS) + 1); the last column counts the zone inside the article.
    """

    def __init__(self) -> None:
        self.counts = np.zeros((BUCKETS, len(ASPECTS) + 1), dtype=np.float32)

    def add(self, lines: Lines, labels: npt.NDArray[np.int8], weights: npt.NDArray[np.float64] | None = None) -> None:
        """Count the lines of some labelled pages.

        Args:
            lines: The batch, of n lines on p pages.
            labels: int8 (n,), indices into `LABELS`; -1 for a line without a label.
            weights: float64 (p,), what each page counts; 1 where not given.
        """
        buckets = buckets_of(lines)
        zones = zones_of(lines, labels)
        by_word = lines.line_of_word
        every = np.arange(len(lines))
        label_keys = [
            (buckets.word, by_word), (buckets.pair, by_word), (buckets.end, every), (buckets.line, every),
            *((buckets.start[:, k], every) for k in range(3)),
        ]  # fmt: skip
        zone_keys = [(buckets.line, every), *((buckets.start[:, k], every) for k in range(3))]
        for keys, column in ((label_keys, labels.astype(np.int64)), (zone_keys, zones)):
            bucket = np.concatenate([key for key, _ in keys])
            line = np.concatenate([line for _, line in keys])
            use = (bucket > 0) & (column[line] >= 0)
            seen = np.unique((lines.page_of_line[line[use]] * BUCKETS + bucket[use]) * 8 + column[line[use]])
            page, cell = np.divmod(seen, BUCKETS * 8)
            added = np.bincount(cell, None if weights is None else weights[page], minlength=BUCKETS * 8)
            self.counts += added.reshape(BUCKETS, 8)[:, : self.counts.shape[1]]

    def __sub__(self, other: EvidenceCounts) -> EvidenceCounts:
        rest = EvidenceCounts()
        np.subtract(self.counts, other.counts, out=rest.counts)
        return rest

    def evidence(self) -> Evidence:
        """The log odds these counts amount to."""
        labels, zones = self.counts[:, :_N_LABELS], self.counts[:, _N_LABELS:]
        return Evidence(np.concatenate([_log_odds(labels), _log_odds(zones)[:, : len(ASPECTS) - _N_LABELS]], axis=1))


def _log_odds(counts: npt.NDArray[np.float32]) -> npt.NDArray[np.int8]:
    """How far each bucket's smoothed odds are from the overall odds, in `SCALE`-ths of a natural logarithm."""
    overall = (counts.sum(axis=0, dtype=np.float64) + 1) / (counts.sum(dtype=np.float64) + counts.shape[1])
    total = counts.sum(axis=1, keepdims=True, dtype=np.float64)
    probability = (counts + SMOOTHING * overall) / (total + SMOOTHING)
    logit = np.log(probability / (1 - probability)) - np.log(overall / (1 - overall))
    return np.clip(np.rint(logit * SCALE), -127, 127).astype(np.int8)


def zones_of(lines: Lines, labels: npt.NDArray[np.int8]) -> npt.NDArray[np.int64]:
    """int64 (n,): columns of the counts for before, inside and after the body; -1 on pages without a body."""
    body = labels == _BODY
    passed = np.concatenate([[0], np.cumsum(body)])
    index = np.arange(len(lines))
    above = passed[index] - passed[lines.first_of_page]
    below = passed[lines.end_of_page] - passed[index + 1]
    zone = np.where(body | ((above > 0) & (below > 0)), _AFTER + 1, np.where(above > 0, _AFTER, _BEFORE))
    return np.where(above + below + body > 0, zone, -1)


@dataclass(frozen=True, eq=False)
class Evidence:
    """Log odds for each bucket and aspect.

    Attributes:
        table: int8 (BUCKETS, len(ASPECTS)), in sixteenths.
    """

    table: npt.NDArray[np.int8]

    def columns(self, lines: Lines) -> Columns:
        """What the words of each line speak for; 0 where nothing is known of them."""
        buckets = buckets_of(lines)
        words = self.table[buckets.word].astype(np.int64)
        words[buckets.word == 0] = 0
        pairs = self.table[buckets.pair].astype(np.int64)
        starts = self.table[buckets.start].sum(axis=1, dtype=np.int64)
        ends = self.table[buckets.end].astype(np.int64)
        whole = self.table[buckets.line].astype(np.int64)
        count = np.maximum(np.diff(lines.word_start), 1).astype(np.float64)
        for aspect, label in enumerate(LABELS):
            yield f"words_{label}", f"mean log odds of the words for {label}", _sums(lines, words[:, aspect]) / count
            yield (
                f"pairs_{label}",
                f"mean log odds of the pairs of words for {label}",
                (_sums(lines, pairs[:, aspect]) / count),
            )
            yield (
                f"start_{label}",
                f"log odds of the first one, two and three words for {label}",
                (starts[:, aspect].astype(np.float64)),
            )
            yield f"end_{label}", f"log odds of the last two words for {label}", ends[:, aspect].astype(np.float64)
            yield f"line_{label}", f"log odds of the whole line for {label}", whole[:, aspect].astype(np.float64)
        zones = starts + whole
        yield (
            "over",
            "strongest sign at or above the line that the article is over",
            (_strongest_above(lines, zones[:, _AFTER])),
        )
        yield (
            "over_total",
            "all signs at or above the line that the article is over",
            (_total_above(lines, np.maximum(zones[:, _AFTER], 0))),
        )
        yield (
            "to_come",
            "strongest sign at or below the line that the article is to come",
            (_strongest_above(lines, zones[:, _BEFORE], below=True)),
        )


def _sums(lines: Lines, of_words: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    running = np.concatenate([[0], np.cumsum(of_words)])
    return (running[lines.word_start[1:]] - running[lines.word_start[:-1]]).astype(np.float64)


def _strongest_above(lines: Lines, values: npt.NDArray[np.int64], *, below: bool = False) -> npt.NDArray[np.float64]:
    """The running maximum within each page, downwards, or upwards from its end."""
    step = 1 << 20  # each page's values in a band of their own, so that one running maximum serves the batch
    page = lines.page_of_line
    if below:
        banded = (values + (page[-1:].max(initial=0) - page) * step)[::-1]
        return (np.maximum.accumulate(banded)[::-1] - (page[-1:].max(initial=0) - page) * step).astype(np.float64)
    return (np.maximum.accumulate(values + page * step) - page * step).astype(np.float64)


def _total_above(lines: Lines, values: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    running = np.concatenate([[0], np.cumsum(values)])
    return (running[1:] - running[lines.first_of_page]).astype(np.float64)
