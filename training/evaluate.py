"""Scores of a classifier on labelled pages it has not seen."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from copytaster.labels.label import LABELS
from copytaster.labels.page import LabelledPage
from copytaster.model.classifier import BATCH_PAGES, Classifier
from copytaster.training.fit import fit
from copytaster.training.folds import folds_by_site
from copytaster.training.recipe import DEFAULT_RECIPE, Recipe
from copytaster.training.scores import METRICS, PageScore, metrics, score_page, total

GROUPINGS = ("lang", "renderer", "kind")
"""What is known of pages by which a report has a row for each group."""


class Trial(NamedTuple):
    """A classifier and the pages that it is measured on.

    Attributes:
        classifier: The classifier.
        pages: Pages that it was not trained on.
        rest: Those that it was trained on, where it was trained for the trial.
    """

    classifier: Classifier
    pages: Sequence[LabelledPage]
    rest: Sequence[LabelledPage] = ()


@dataclass(frozen=True, eq=False)
class Report:
    """The scores of a classifier on some pages; `str` gives the table.

    Attributes:
        scores: One for each page.
        heading: A line above the table: how the scores came about.
        trials: The classifiers that made them, each with its pages; all pages in the order of the scores.
        baseline: The scores of another classifier on the same pages, to compare with; empty if there is none.
    """

    scores: Sequence[PageScore]
    heading: str = ""
    trials: Sequence[Trial] = ()
    baseline: Sequence[PageScore] = ()

    def record(self) -> dict[str, Any]:
        """The scores as JSON has them; None where the pages say nothing of a score."""
        return {
            "heading": self.heading,
            "all": _plain(_summary(self.scores)),
            **({"shipped": _plain(_summary(self.baseline))} if self.baseline else {}),
            **{
                grouping: {name: _plain(_summary(group)) for name, group in self.groups(grouping).items()}
                for grouping in GROUPINGS
            },
        }

    def groups(self, grouping: str) -> dict[str, list[PageScore]]:
        """The scores by what the pages say of themselves, the largest group first; "?" where they do not."""
        groups: dict[str, list[PageScore]] = {}
        for score in self.scores:
            groups.setdefault(score.page.page.meta.get(grouping, "?"), []).append(score)
        return dict(sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])))

    def __str__(self) -> str:
        head = f"{'':24}{'pages':>7}{'macro':>7}" + "".join(f"{label:>10}" for label in LABELS)
        rows = [self.heading, head + f"{'title':>8}{'words':>8}", _row("all", _summary(self.scores))]
        if self.baseline:
            rows.append(_row("the shipped model", _summary(self.baseline)))
        for grouping in GROUPINGS:
            groups = self.groups(grouping)
            if len(groups) > 1:
                rows += [_row(f"{grouping} {name}", _summary(group)) for name, group in groups.items()]
        rows.append("macro and the labels: line F1. title: headlines right. words: word F1 of the articles' text.")
        return "\n".join(row for row in rows if row)


def evaluate(pages: Sequence[LabelledPage], classifier: Classifier, baseline: Classifier | None = None) -> Report:
    """Score a classifier on labelled pages, which it should not have been trained on.

    Args:
        pages: Labelled pages.
        classifier: The classifier.
        baseline: Another one, to compare with.
    """
    return Report(
        scores_of(pages, classifier),
        trials=[Trial(classifier, pages)],
        baseline=scores_of(pages, baseline) if baseline else (),
    )


def scores_of(pages: Sequence[LabelledPage], classifier: Classifier) -> list[PageScore]:
    """Score a classifier on each page, some pages at a time."""
    scores: list[PageScore] = []
    batches = iter(pages)
    while batch := list(itertools.islice(batches, BATCH_PAGES)):
        readings = classifier.read([page.page for page in batch])
        scores += itertools.starmap(score_page, zip(batch, readings, strict=True))
    return scores


def cross_validate(
    pages: Sequence[LabelledPage],
    *,
    folds: int = 5,
    jobs: int = 1,
    recipe: Recipe = DEFAULT_RECIPE,
    progress: Callable[[str], None] | None = None,
    cache: Path | None = None,
    baseline: Classifier | None = None,
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
        cache: A folder to keep the measured pages in for the next time, see `copytaster.training.cache`.
        baseline: Another classifier, to compare with.

    Raises:
        CacheError: If that folder cannot be used.
        TrainingError: If there are too few pages.
    """
    say = progress or (lambda _: None)
    fold = folds_by_site(pages, folds)
    count = int(fold.max(initial=0)) + 1
    single = len({page.page.site for page in pages}) == 1
    fully = any(page.weight >= 1 for page in pages)
    scores: list[PageScore] = []
    trials: list[Trial] = []
    beside: list[PageScore] = []
    for k in range(count):
        say(f"fold {k + 1} of {count}")
        rest = [page for page, f in zip(pages, fold, strict=True) if f != k]
        held = [page for page, f in zip(pages, fold, strict=True) if f == k and (page.weight >= 1 or not fully)]
        trials.append(Trial(fit(rest, recipe=recipe, jobs=jobs, progress=progress, cache=cache), held, rest))
        scores += scores_of(held, trials[-1].classifier)
        beside += scores_of(held, baseline) if baseline else ()
    by = "page, since all are of one site" if single else "site"
    return Report(scores, f"{count} folds by {by}", trials, beside)


def _summary(scores: Sequence[PageScore]) -> dict[str, float]:
    return {"pages": len(scores), **dict(zip(METRICS, metrics(total(scores)).tolist(), strict=True))}


def _plain(summary: dict[str, float]) -> dict[str, float | None]:
    # JSON has no NaN.
    return {name: None if math.isnan(value) else value for name, value in summary.items()}


def _row(name: str, summary: dict[str, float]) -> str:
    labels = "".join(f"{summary[label]:10.3f}" for label in LABELS)
    return (
        f"{name:24}{summary['pages']:7.0f}{summary['macro']:7.3f}{labels}{summary['title']:8.3f}{summary['words']:8.3f}"
    )
