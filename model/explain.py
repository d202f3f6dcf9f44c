"""Why a line has its label: what each feature adds to the odds of it, in both stages of the model.

The label is weighed against its rival, the likeliest other one, so that every number is an answer to one question: why
this and not that? The second stage decides. Among its features are the first stage's probabilities of the line and of
those around it, so the same question is answered for the first stage too, which sees no opinions, only the page.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from copytaster.labels.label import LABELS, Label
from copytaster.labels.page import Page
from copytaster.model.article import LabelledLine
from copytaster.model.attribution import attribute
from copytaster.model.classifier import Classifier, Reading, load
from copytaster.model.context import context_features
from copytaster.model.features.feature import Feature
from copytaster.model.forest import Forest
from copytaster.model.lines import pack


class LineNumberError(ValueError):
    """There is no line of that number to explain."""


class Contribution(NamedTuple):
    """What a feature adds.

    Attributes:
        feature: The feature.
        value: Its value for the line; NaN where it has nothing to say.
        log_odds: What it adds to the log odds of the label against its rival; below 0 it speaks for the rival.
    """

    feature: Feature
    value: float
    log_odds: float


@dataclass(frozen=True)
class Stage:
    """What one stage of the model makes of a line.

    Attributes:
        name: "first" or "second".
        probabilities: Of the four labels.
        start: The log odds of the label against its rival for a line of which nothing is known.
        contributions: What each feature adds to that, the greatest first whichever way.
    """

    name: str
    probabilities: dict[Label, float]
    start: float
    contributions: tuple[Contribution, ...]

    @property
    def log_odds(self) -> float:
        """The log odds of the label against its rival for this line."""
        return self.start + sum(contribution.log_odds for contribution in self.contributions)


@dataclass(frozen=True)
class Explanation:
    """Why a line has its label.

    Attributes:
        line: The line.
        first: Number of the first row of the dump that counts as one line with it.
        last: Number of the last.
        text: The text of these, joined.
        stages: The second stage, which decides, and the first.
    """

    line: LabelledLine
    first: int
    last: int
    text: str
    stages: tuple[Stage, Stage]

    @property
    def rival(self) -> Label:
        """The label that the line's is weighed against."""
        return self.line.rival

    @property
    def was_decoded(self) -> bool:
        """Whether the page as a whole, not the line's own odds, gave it its label."""
        return self.line.probabilities[self.rival] > self.line.probability


def explain(
    page: Page | str, numbers: Sequence[int], *, classifier: Classifier | None = None
) -> tuple[Reading, list[Explanation]]:
    """Explain the labels of some lines of a page.

    Args:
        page: The page, or its dump.
        numbers: Numbers of lines in the dump, from 1, blank ones counted.
        classifier: The model; None for the shipped one.

    Returns:
        What the classifier makes of the page, and an explanation for each number, in their order.

    Raises:
        LineNumberError: If the page has no such line, or it is blank.
        NoCoverError: If the model file does not hold what explaining needs.
    """
    if isinstance(page, str):
        page = Page.from_text(page)
    # A leaning moves the odds outside of the forests, which are what is explained.
    classifier = dataclasses.replace(classifier or load(), lean=0.0)
    reading = classifier.read([page])[0]
    labelled = {line.number: line for line in reading.lines}
    for number in numbers:
        if number not in labelled:
            raise LineNumberError(_no_line(page, number, sorted(labelled)))
    if not numbers:
        return reading, []
    first, second = classifier.features(pack([page]))
    stages = (("second", classifier.second, second), ("first", classifier.first, first))
    explained = []
    for number in numbers:
        line = labelled[number]
        place = next(at for at, logical in enumerate(reading.logical) if logical.first <= number <= logical.last)
        seconds, firsts = (_stage(name, forest, rows[place], line.label, line.rival) for name, forest, rows in stages)
        logical = reading.logical[place]
        explained.append(Explanation(line, logical.first, logical.last, logical.text, (seconds, firsts)))
    return reading, explained


def _stage(name: str, forest: Forest, row: npt.NDArray[np.float32], label: Label, rival: Label) -> Stage:
    probabilities = forest.predict_proba(row[np.newaxis])[0].tolist()
    expected, added = attribute(forest, row)
    one, other = LABELS.index(label), LABELS.index(rival)
    contributions = [
        Contribution(*parts)
        # The first stage's features are the first of the second's.
        for parts in zip(context_features(), row.tolist(), (added[one] - added[other]).tolist(), strict=False)
    ]
    contributions.sort(key=lambda contribution: -abs(contribution.log_odds))
    return Stage(
        name,
        dict(zip(LABELS, probabilities, strict=True)),
        float(expected[one] - expected[other]),
        tuple(contributions),
    )


def _no_line(page: Page, number: int, labelled: Sequence[int]) -> str:
    if not labelled:
        return f"there is no line {number}: the page is blank"
    if not 1 <= number <= len(page.rows):
        return f"there is no line {number}: the page has lines 1 to {len(page.rows)}"
    around = [
        max((n for n in labelled if n < number), default=None),
        min((n for n in labelled if n > number), default=None),
    ]
    nearest = " and ".join(str(n) for n in around if n is not None)
    return f"line {number} is blank and has no label; the nearest that have one: {nearest}"
