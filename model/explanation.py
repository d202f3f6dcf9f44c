"""Why a line has its label: what each feature adds to the odds of that label against the likeliest other one.

The forests score each label in log odds; `copytaster.model.attribution` divides a score among the features. Told is
the difference of two labels' scores, in each of the stages: the first sees the line and the words around it, the second
also what the first thinks of the lines around and of the page as a whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from copytaster.labels.label import LABELS, Label
from copytaster.labels.page import Page
from copytaster.model.article import LabelledLine
from copytaster.model.attribution import attribute
from copytaster.model.classifier import Classifier
from copytaster.model.context import context_features
from copytaster.model.features import features
from copytaster.model.features.feature import Feature
from copytaster.model.forest import Forest
from copytaster.model.lines import pack


class LineError(ValueError):
    """A line that cannot be explained, since the page has none of that number or it is blank."""


@dataclass(frozen=True)
class Reason:
    """What one feature of a line adds.

    Attributes:
        feature: Its name.
        description: What it says of a line.
        value: Its value; None where it has nothing to say of the line.
        weight: The log odds that it adds: above 0 it speaks for the label, below 0 for the rival.
    """

    feature: str
    description: str
    value: float | None
    weight: float


@dataclass(frozen=True)
class Stage:
    """What one of the two forests says.

    Attributes:
        before: Log odds of the label against the rival before anything is known of the line.
        reasons: What each feature adds, the weightiest first. With `before` they sum to `log_odds`.
    """

    before: float
    reasons: tuple[Reason, ...]

    @property
    def log_odds(self) -> float:
        """Log odds of the label against the rival."""
        return self.before + sum(reason.weight for reason in self.reasons)


@dataclass(frozen=True)
class Explanation:
    """Why a line has its label.

    Attributes:
        line: The line as asked for.
        rows: The numbers of the dump's lines that count as one with it, hard-wrapped, itself among them.
        rival: The likeliest of the other labels.
        by_itself: The first stage, for the line and the words around it.
        in_place: The second, which decides.
        from_page: Whether the label is not the second stage's likeliest, but what fits the page as a whole.
    """

    line: LabelledLine
    rows: tuple[int, ...]
    rival: Label
    by_itself: Stage
    in_place: Stage
    from_page: bool


def explain(page: Page, numbers: Sequence[int], classifier: Classifier) -> list[Explanation]:
    """Tell why lines of a page have their labels.

    Args:
        page: The page.
        numbers: The numbers of the lines, from 1, blank ones counted.
        classifier: The model.

    Raises:
        LineError: If the page has no line of such a number, or it is blank.
    """
    lines = pack([page])
    (reading,) = classifier.read([page])
    labelled = {line.number: line for line in reading.lines}
    places = {number: n for n, line in enumerate(reading.logical) for number in range(line.first, line.last + 1)}
    for number in numbers:
        if number not in labelled:
            problem = "is blank" if 1 <= number <= len(page.rows) else f"is none of its {len(page.rows):,} lines"
            raise LineError(f"{page.id}: line {number:,} {problem}; give the number of a line with text")
    if not numbers:
        return []
    first, second = classifier.features(lines)
    chosen = [places[number] for number in numbers]
    contrasts = [(labelled[number].label, labelled[number].rival) for number in numbers]
    by_itself = _stages(classifier.first, first[chosen], features(), contrasts)
    in_place = _stages(classifier.second, second[chosen], context_features(), contrasts)
    return [
        Explanation(
            line=labelled[number],
            rows=tuple(
                row
                for row in range(reading.logical[place].first, reading.logical[place].last + 1)
                if page.rows[row - 1]
            ),
            rival=rival,
            by_itself=alone,
            in_place=placed,
            from_page=labelled[number].probability < labelled[number].probabilities[rival],
        )
        for number, place, (_, rival), alone, placed in zip(
            numbers, chosen, contrasts, by_itself, in_place, strict=True
        )
    ]


def _stages(
    forest: Forest,
    rows: npt.NDArray[np.float32],
    seen: Sequence[Feature],
    contrasts: Sequence[tuple[Label, Label]],
) -> list[Stage]:
    expected, values = attribute(forest, rows)
    stages = []
    for row, of_line, (label, rival) in zip(rows.tolist(), values, contrasts, strict=True):
        mine, other = LABELS.index(label), LABELS.index(rival)
        weights = (of_line[:, mine] - of_line[:, other]).tolist()
        reasons = [
            Reason(feature.name, feature.description, None if np.isnan(value) else value, weight)
            for feature, value, weight in zip(seen, row, weights, strict=True)
        ]
        reasons.sort(key=lambda reason: -abs(reason.weight))
        stages.append(Stage(float(expected[mine] - expected[other]), tuple(reasons)))
    return stages
