"""Labels that look wrong: where models that have not seen a page contradict its labels with confidence.

The rule is that of confident learning (Northcutt, Jiang and Chuang, "Confident Learning: Estimating Uncertainty in
Dataset Labels", Journal of Artificial Intelligence Research 70, 2021). A label's threshold is the mean probability that
lines which have the label are given of it. A line is suspicious if another label reaches its threshold, and has a
higher probability than any other that does. The thresholds even out what a model is over- or under-confident about:
teasers are never as sure as paragraphs. Of suspicious lines those are the most whose own label is the least likely.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from copytaster.labels.label import LABELS, Label
from copytaster.labels.page import LabelledPage
from copytaster.model.classifier import BATCH_PAGES, Classifier
from copytaster.model.lines import pack
from copytaster.model.wrap import LogicalLine
from copytaster.training.findings import Finding, Severity, shown
from copytaster.training.fit import train
from copytaster.training.recipe import Recipe

QUICK_RECIPE = Recipe(iterations=40, second_iterations=25, learning_rate=0.2, parts=2, most_lines=60_000)
"""For models that are asked once and thrown away."""
FOLDS = 3
ENOUGH_SITES = 20
"""Sites from which models of the pages themselves can judge them; of fewer the shipped model knows more."""
CONFIDENT = 0.5
"""Least probability that a label has more than the given one for a line to be suspicious: of the many close calls the
model is the more often wrong."""

_INDEX = {label: index for index, label in enumerate(LABELS)}

Probabilities = npt.NDArray[np.float64]


class Opinion(NamedTuple):
    """What a model makes of a page that it has not been trained on.

    Attributes:
        lines: The page's logical lines; n of them.
        probabilities: float64 (n, 4), those of the labels.
    """

    lines: Sequence[LogicalLine]
    probabilities: Probabilities


@dataclass(frozen=True)
class Suspect:
    """Lines in a row whose label looks wrong in the same way.

    Attributes:
        page: The index of the page.
        first: Number of the first row, from 1.
        last: Number of the last.
        label: The label they have.
        likely: The label they look like.
        probability: The highest of its probabilities.
        margin: How much that is above the probability of the label they have.
    """

    page: int
    first: int
    last: int
    label: Label
    likely: Label
    probability: float
    margin: float


def opinions(pages: Sequence[LabelledPage], classifier: Classifier) -> list[Opinion]:
    """What a model makes of some pages."""
    found = []
    batches = iter(pages)
    while batch := list(itertools.islice(batches, BATCH_PAGES)):
        lines = pack([page.page for page in batch])
        probabilities = classifier.probabilities(lines) if len(lines) else np.zeros((0, len(LABELS)))
        for logical, (start, end) in zip(lines.pages, itertools.pairwise(lines.page_start.tolist()), strict=True):
            found.append(Opinion(logical, probabilities[start:end]))
    return found


def held_out_opinions(
    pages: Sequence[LabelledPage],
    *,
    folds: int = FOLDS,
    jobs: int = 1,
    recipe: Recipe = QUICK_RECIPE,
    progress: Callable[[str], None] | None = None,
) -> list[Opinion]:
    """What models make of the pages of sites that they were not trained on.

    Raises:
        TrainingError: If there are too few pages to train on when a fold is held back.
    """
    training = train(pages, recipe=replace(recipe, folds=folds), jobs=jobs, progress=progress)
    found: dict[int, Opinion] = {}
    for part in training.parts:
        lines = part.examples.lines
        for place, logical, (start, end) in zip(
            part.places, lines.pages, itertools.pairwise(lines.page_start.tolist()), strict=True
        ):
            found[place] = Opinion(logical, part.probabilities[start:end])
    return [found[place] for place in range(len(pages))]


def suspects(pages: Sequence[LabelledPage], judged: Sequence[Opinion]) -> list[Suspect]:
    """The lines whose labels look wrong, neighbours of one kind together.

    The most suspicious of each page and pair of labels come first, the most suspicious of these before others; then the
    second of each, and so on: one long list that is labelled otherwise than the model would should not hide the rest.
    """
    given = [_labels(page, opinion) for page, opinion in zip(pages, judged, strict=True)]
    likely = likelier(
        np.concatenate([*given, np.zeros(0, int)]),
        np.concatenate([np.zeros((0, len(LABELS))), *(o.probabilities for o in judged)]),
    )
    found: list[Suspect] = []
    starts = np.cumsum([0, *map(len, given)]).tolist()
    for index, (labels, opinion, start) in enumerate(zip(given, judged, starts, strict=False)):
        for label, other, first, last in _runs(labels, likely[start : start + len(labels)]):
            rows = opinion.probabilities[first : last + 1]
            margins = rows[:, other] - rows[:, label]
            best = int(margins.argmax())
            found.append(
                Suspect(
                    index, opinion.lines[first].first, opinion.lines[last].last, LABELS[label], LABELS[other],
                    float(rows[best, other]), float(margins[best]),
                )
            )  # fmt: skip
    return _spread(found)


def _spread(found: list[Suspect]) -> list[Suspect]:
    seen: Counter[tuple[int, Label, Label]] = Counter()
    turns: list[tuple[int, Suspect]] = []
    for suspect in sorted(found, key=lambda suspect: -suspect.margin):
        kind = (suspect.page, suspect.label, suspect.likely)
        turns.append((seen[kind], suspect))
        seen[kind] += 1
    return [suspect for _, suspect in sorted(turns, key=lambda turn: turn[0])]


def likelier(labels: npt.NDArray[np.int64], probabilities: Probabilities) -> npt.NDArray[np.int64]:
    """For each line the label that confident learning would give it, -1 where it has nothing against the given one.

    Args:
        labels: int (n,), indices into `LABELS`; -1 for an undecided line.
        probabilities: float64 (n, 4), by models that were not trained on the line's site.
    """
    thresholds = np.array(
        [probabilities[labels == k, k].mean() if (labels == k).any() else np.inf for k in range(len(LABELS))]
    )
    reached = np.where(probabilities >= thresholds, probabilities, -1.0)
    other = reached.argmax(axis=1)
    own = np.take_along_axis(probabilities, np.maximum(labels, 0)[:, None], axis=1)[:, 0]
    top = np.take_along_axis(reached, other[:, None], axis=1)[:, 0]
    wrong = (labels >= 0) & (other != labels) & (top >= 0) & (top - own >= CONFIDENT)
    return np.where(wrong, other, -1)


def _labels(page: LabelledPage, opinion: Opinion) -> npt.NDArray[np.int64]:
    """A label for each logical line, -1 where it is undecided; a hard-wrapped line has that of its first row."""
    found = (page.labels[line.first - 1] for line in opinion.lines)
    return np.array([-1 if label is None else _INDEX[label] for label in found], dtype=np.int64)


def _runs(labels: npt.NDArray[np.int64], likely: npt.NDArray[np.int64]) -> Iterator[tuple[int, int, int, int]]:
    """Label, likelier label, first and last index of lines in a row that are suspicious in the same way."""
    pairs = enumerate(zip(labels.tolist(), likely.tolist(), strict=True))
    for (label, other), run in itertools.groupby(pairs, key=lambda item: item[1]):
        indices = [index for index, _ in run]
        if other >= 0:
            yield label, other, indices[0], indices[-1]


def check_suspects(pages: Sequence[LabelledPage], judged: Sequence[Opinion]) -> Iterator[Finding]:
    """Say which labels look wrong."""
    for suspect in suspects(pages, judged):
        page = pages[suspect.page]
        text = shown(page.page.rows[suspect.first - 1])
        more = sum(suspect.first < number <= suspect.last for number in page.page.numbers)
        several = f" and {more} more below it" if more else ""
        yield Finding.on(
            page, Severity.WARNING, "label looks wrong",
            f"{text}{several}: labelled {suspect.label}, looks like {suspect.likely} ({suspect.probability:.0%})",
            "look at it again; leave it if it is right, or mark it '?' if nobody could tell",
            line=suspect.first, last_line=suspect.last,
            details={
                "label": str(suspect.label), "likely": str(suspect.likely),
                "probability": round(suspect.probability, 4), "margin": round(suspect.margin, 4),
            },
        )  # fmt: skip
