"""What a classifier made of one labelled page, and the scores of many.

Every score is made of sums over pages (`Counts`), so that groups of pages and samples of them are scored alike.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from copytaster.labels.label import LABELS, Label
from copytaster.labels.page import LabelledPage
from copytaster.model.article import LabelledLine
from copytaster.model.classifier import Reading
from copytaster.model.headline import without_site
from copytaster.model.wording import words
from copytaster.model.wrap import LogicalLine
from copytaster.training.overlap import word_f1
from copytaster.training.truth import true_article, true_labels, true_text

METRICS = ("macro", *map(str, LABELS), "title", "words")
"""The mean of the labels' F1, the F1 of each label by lines, headlines right, word F1 of the articles' text."""
UNDECIDED = -1
"""What stands for the true label of a line that has none."""

# The columns of `Counts`: the confusion matrix, then sum and number of headlines right and of word F1.
_CELLS = len(LABELS) ** 2
_TITLES, _WORDS = _CELLS, _CELLS + 2
N_COUNTS = _CELLS + 4

_INDEX = {label: index for index, label in enumerate(LABELS)}
_BODY = LABELS.index(Label.BODY)

Counts = npt.NDArray[np.float64]
"""float64 (..., N_COUNTS), what scores are made of; those of several pages are their sum."""


@dataclass(frozen=True, eq=False)
class PageScore:
    """What a classifier made of one page of n lines that are not blank.

    Attributes:
        page: The labelled page.
        numbers: int32 (n,), the lines' numbers in the dump, from 1.
        given: int8 (n,), the labels given, as indices into `LABELS`.
        probabilities: float64 (n, 4), of the labels.
        headline_right: Whether the headline is one that the labels mark; None where they mark none.
        word_f1: Word F1 of standfirst and body against the labels' own; None where the labels mark no body, or leave
            too much undecided.
    """

    page: LabelledPage
    numbers: npt.NDArray[np.int32]
    given: npt.NDArray[np.int8]
    probabilities: npt.NDArray[np.float64]
    headline_right: bool | None
    word_f1: float | None

    @functools.cached_property
    def true(self) -> npt.NDArray[np.int8]:
        """int8 (n,), the true labels as indices into `LABELS`, `UNDECIDED` for lines without."""
        labels = [self.page.labels[number - 1] for number in self.numbers.tolist()]
        return np.array([UNDECIDED if label is None else _INDEX[label] for label in labels], dtype=np.int8)

    @property
    def decided(self) -> npt.NDArray[np.bool_]:
        """The lines that are measured, bool (n,)."""
        return self.true != UNDECIDED

    @property
    def wrong(self) -> npt.NDArray[np.bool_]:
        """The lines whose label is not the true one, bool (n,)."""
        return self.decided & (self.true != self.given)

    @functools.cached_property
    def counts(self) -> Counts:
        """float64 (N_COUNTS,), the page's part of the scores."""
        out = np.zeros(N_COUNTS)
        pairs = self.true[self.decided].astype(np.int64) * len(LABELS) + self.given[self.decided]
        out[:_CELLS] = np.bincount(pairs, minlength=_CELLS)
        for at, value in ((_TITLES, self.headline_right), (_WORDS, self.word_f1)):
            if value is not None:
                out[at : at + 2] = value, 1
        return out

    @property
    def text_score(self) -> float:
        """0 to 1, how right the page's text is.

        Word F1; where the labels mark no body, the share of the page's characters not taken for one.
        """
        if self.word_f1 is not None:
            return self.word_f1
        sizes = np.array([len(self.page.page.rows[number - 1].strip()) for number in self.numbers.tolist()])
        return float(1 - sizes[self.given == _BODY].sum() / sizes.sum()) if len(sizes) else 1.0

    def lines(self) -> list[LabelledLine]:
        """The lines that are not blank, with the labels given."""
        return [
            LabelledLine(
                number,
                self.page.page.rows[number - 1].strip(),
                LABELS[label],
                row[label],
                dict(zip(LABELS, row, strict=True)),
            )
            for number, label, row in zip(
                self.numbers.tolist(), self.given.tolist(), self.probabilities.tolist(), strict=True
            )
        ]

    def truth(self) -> list[Label | None]:
        """The true labels of these lines."""
        return [self.page.labels[number - 1] for number in self.numbers.tolist()]


def score_page(labelled: LabelledPage, reading: Reading) -> PageScore:
    """Compare what a classifier made of a page with the page's labels."""
    lines, text = reading.lines, true_text(labelled, reading.logical)
    title = true_article(labelled, reading.logical).headline
    return PageScore(
        page=labelled,
        numbers=np.array([line.number for line in lines], dtype=np.int32),
        given=np.array([_INDEX[line.label] for line in lines], dtype=np.int8),
        probabilities=np.array([[*line.probabilities.values()] for line in lines]).reshape(-1, len(LABELS)),
        headline_right=_headline_right(labelled, reading.logical, reading.article.headline, title),
        word_f1=None if text is None else word_f1(reading.article.text, text),
    )


def _headline_right(
    labelled: LabelledPage, logical: Sequence[LogicalLine], given: str | None, true: str | None
) -> bool | None:
    named = [label or Label.NAV for label in true_labels(labelled, logical)]
    titles = [line.text for line, label in zip(logical, named, strict=True) if label is Label.HEADLINE]
    nav = [index for index, label in enumerate(named) if label is Label.NAV]
    if not titles:
        return None
    accepted = [words(title) for title in titles] + [words(true or "")]
    accepted += [
        words(without_site(title, titles, logical, nav, is_page_title=title == logical[0].text)) for title in titles
    ]
    return words(given or "") in accepted


def total(scores: Sequence[PageScore]) -> Counts:
    """float64 (N_COUNTS,), the sum over some pages."""
    return np.sum([score.counts for score in scores], axis=0) if scores else np.zeros(N_COUNTS)


def confusion_of(counts: Counts) -> npt.NDArray[np.float64]:
    """float64 (..., 4, 4), lines by true label (rows) and given label (columns)."""
    return counts[..., :_CELLS].reshape(*counts.shape[:-1], len(LABELS), len(LABELS))


def metrics(counts: Counts) -> npt.NDArray[np.float64]:
    """float64 (..., len(METRICS)), the scores; NaN where the pages say nothing of one.

    A label that no line truly has is left out of the mean.
    """
    confusion = confusion_of(counts)
    given, true = confusion.sum(axis=-2), confusion.sum(axis=-1)
    right = np.diagonal(confusion, axis1=-2, axis2=-1)
    there = true > 0
    f1 = np.where(there, 2 * right / np.maximum(given + true, 1), 0.0)
    return np.concatenate(
        [
            _ratio(f1.sum(axis=-1), there.sum(axis=-1))[..., np.newaxis],
            np.where(there, f1, np.nan),
            _ratio(counts[..., [_TITLES, _WORDS]], counts[..., [_TITLES + 1, _WORDS + 1]]),
        ],
        axis=-1,
    )


def _ratio(part: npt.NDArray[np.float64], whole: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=np.asarray(whole) > 0)
