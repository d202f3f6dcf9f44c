"""Scores of a classifier on labelled pages it has not seen."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from copytaster.labels.label import LABELS, Label
from copytaster.labels.page import LabelledPage
from copytaster.model.assembly import assemble
from copytaster.model.classifier import BATCH_PAGES, Classifier, Reading
from copytaster.model.headline import without_site
from copytaster.model.wording import words
from copytaster.model.wrap import logical_lines
from copytaster.training.fit import fit
from copytaster.training.folds import folds_by_site
from copytaster.training.overlap import word_f1
from copytaster.training.recipe import DEFAULT_RECIPE, Recipe

GROUPINGS = ("lang", "renderer", "kind")
"""What is known of pages by which a report has a row for each group."""

_INDEX = {label: index for index, label in enumerate(LABELS)}


@dataclass(frozen=True, eq=False)
class PageScore:
    """What a classifier made of one page.

    Attributes:
        page: The labelled page.
        confusion: int64 (4, 4), lines by true label (rows) and given label (columns).
        headline_right: Whether the headline is one that the labels mark; None where they mark none.
        word_f1: Word F1 of standfirst and body against the labels' own; None where the labels mark no body.
    """

    page: LabelledPage
    confusion: npt.NDArray[np.int64]
    headline_right: bool | None
    word_f1: float | None


@dataclass(frozen=True, eq=False)
class Report:
    """The scores of a classifier on some pages; `str` gives the table.

    Attributes:
        scores: One for each page.
        heading: A line above the table: how the scores came about.
    """

    scores: Sequence[PageScore]
    heading: str = ""

    def record(self) -> dict[str, Any]:
        """The scores as JSON has them; None where the pages say nothing of a score."""
        return {
            "heading": self.heading,
            "all": _plain(_summary(self.scores)),
            **{
                grouping: {name: _plain(_summary(group)) for name, group in self._groups(grouping).items()}
                for grouping in GROUPINGS
            },
        }

    def _groups(self, grouping: str) -> dict[str, list[PageScore]]:
        groups: dict[str, list[PageScore]] = {}
        for score in self.scores:
            groups.setdefault(score.page.page.meta.get(grouping, "?"), []).append(score)
        return dict(sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])))

    def __str__(self) -> str:
        head = f"{'':24}{'pages':>7}{'macro':>7}" + "".join(f"{label:>10}" for label in LABELS)
        rows = [self.heading, head + f"{'title':>8}{'words':>8}", _row("all", _summary(self.scores))]
        for grouping in GROUPINGS:
            groups = self._groups(grouping)
            if len(groups) > 1:
                rows += [_row(f"{grouping} {name}", _summary(group)) for name, group in groups.items()]
        rows.append("macro and the labels: line F1. title: headlines right. words: word F1 of the articles' text.")
        return "\n".join(row for row in rows if row)


def evaluate(pages: Sequence[LabelledPage], classifier: Classifier) -> Report:
    """Score a classifier on labelled pages, which it should not have been trained on."""
    scores: list[PageScore] = []
    batches = iter(pages)
    while batch := list(itertools.islice(batches, BATCH_PAGES)):
        for labelled, reading in zip(batch, classifier.read([page.page for page in batch]), strict=True):
            scores.append(score_reading(labelled, reading))
    return Report(scores)


def score_reading(labelled: LabelledPage, reading: Reading) -> PageScore:
    """Compare what was made of a page with its labels."""
    confusion = np.zeros((len(LABELS), len(LABELS)), dtype=np.int64)
    for line in reading.lines:
        if (true := labelled.labels[line.number - 1]) is not None:
            confusion[_INDEX[true], _INDEX[line.label]] += 1
    return _score(labelled, confusion, reading.article.headline, reading.article.text)


def cross_validate(
    pages: Sequence[LabelledPage],
    *,
    folds: int = 5,
    jobs: int = 1,
    recipe: Recipe = DEFAULT_RECIPE,
    progress: Callable[[str], None] | None = None,
) -> Report:
    """Score the recipe: each fold of the sites by a classifier trained on the others.

    Pages of a weight below 1, whose labels were derived and not read, are trained on and not measured, unless there are
    no others.

    Args:
        pages: Labelled pages.
        folds: Into how many they are cut; few sites make fewer.
        jobs: Processes that each fit uses.
        recipe: How to fit.
        progress: Called with a line of text as work gets done.

    Raises:
        TrainingError: If there are too few pages.
    """
    say = progress or (lambda _: None)
    fold = folds_by_site(pages, folds)
    count = int(fold.max(initial=0)) + 1
    single = len({page.page.site for page in pages}) == 1
    fully = any(page.weight >= 1 for page in pages)
    scores: list[PageScore] = []
    for k in range(count):
        say(f"fold {k + 1} of {count}")
        rest = [page for page, f in zip(pages, fold, strict=True) if f != k]
        held = [page for page, f in zip(pages, fold, strict=True) if f == k and (page.weight >= 1 or not fully)]
        scores += evaluate(held, fit(rest, recipe=recipe, jobs=jobs, progress=progress)).scores
    by = "page, since all are of one site" if single else "site"
    return Report(scores, f"{count} folds by {by}")


def _score(labelled: LabelledPage, confusion: npt.NDArray[np.int64], headline: str | None, text: str) -> PageScore:
    rows = labelled.page.rows
    logical = logical_lines(rows)
    labels = [_INDEX[labelled.labels[line.first - 1] or Label.NAV] for line in logical]
    truth = assemble(rows, logical, labels)
    named = [LABELS[label] for label in labels]
    titles = [line.text for line, label in zip(logical, named, strict=True) if label is Label.HEADLINE]
    headline_right = None
    if titles:
        given = words(headline or "")
        accepted = [words(title) for title in titles] + [words(truth.headline or "")]
        accepted += [
            words(without_site(title, titles, logical, named, is_page_title=title == logical[0].text))
            for title in titles
        ]
        headline_right = given in accepted
    return PageScore(labelled, confusion, headline_right, word_f1(text, truth.text) if truth.text else None)


def _summary(scores: Sequence[PageScore]) -> dict[str, float]:
    confusion = sum((score.confusion for score in scores), np.zeros((len(LABELS), len(LABELS)), dtype=np.int64))
    right = np.diag(confusion)
    f1 = 2 * right / np.maximum(confusion.sum(axis=0) + confusion.sum(axis=1), 1)
    present = confusion.sum(axis=1) > 0
    titles = [score.headline_right for score in scores if score.headline_right is not None]
    texts = [score.word_f1 for score in scores if score.word_f1 is not None]
    return {
        "pages": len(scores),
        "macro": float(f1[present].mean()) if present.any() else float("nan"),
        **{
            str(label): float(value) if there else float("nan")
            for label, value, there in zip(LABELS, f1, present, strict=True)
        },
        "title": float(np.mean(titles)) if titles else float("nan"),
        "words": float(np.mean(texts)) if texts else float("nan"),
    }


def _plain(summary: dict[str, float]) -> dict[str, float | None]:
    # JSON has no NaN.
    return {name: None if math.isnan(value) else value for name, value in summary.items()}


def _row(name: str, summary: dict[str, float]) -> str:
    labels = "".join(f"{summary[label]:10.3f}" for label in LABELS)
    return (
        f"{name:24}{summary['pages']:7.0f}{summary['macro']:7.3f}{labels}{summary['title']:8.3f}{summary['words']:8.3f}"
    )
