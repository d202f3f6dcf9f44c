"""From probabilities to labels that are coherent over a page: one article, with a beginning and an end.

1. How likely a line must be body to be kept depends on the page: half of the F1 that its text can be expected to reach.
   On a page that the forests are sure of that is about one half, on a doubtful one less, since there a paragraph lost
   costs more than a foreign line kept.
2. The states of the page are read from top to bottom: before the article, in it, in foreign lines inside it, after it.
   Viterbi's algorithm finds the likeliest path; what a line costs in each state comes from its probabilities, what a
   change of state costs is part of the model.
3. What is not body has the likeliest of the other labels, and an article has a headline.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from copytaster.labels.label import LABELS, Label
from copytaster.model.compiled import kernel
from copytaster.model.lines import Lines

_HEADLINE = LABELS.index(Label.HEADLINE)
_BODY = LABELS.index(Label.BODY)
_TEASER = LABELS.index(Label.TEASER)
_NAV = LABELS.index(Label.NAV)


class Transitions(NamedTuple):
    """What changes of state cost, in negative natural logarithms.

    Attributes:
        begin: From before the article into it.
        leave: From a body line to a foreign line inside the article.
        back: From a foreign line inside back to the article.
        end: From the article to what comes after it.
    """

    begin: float = 0.1
    leave: float = 0.2
    back: float = 0.2
    end: float = 0.1


DEFAULT_TRANSITIONS = Transitions()
PREFERENCES: Mapping[str, float] = {"precision": -1.0, "balanced": 0.0, "recall": 1.0}
"""Log odds by which doubtful lines lean towards the body: rather leave text out, or rather keep it."""
LEAST_BODY = 0.12
"""Probability below which a line is not kept on the most doubtful page either."""
LEAST_HEADLINE = 0.02
"""Probability below which not even the likeliest line of a page is taken for its headline."""
TITLE_REACH = 15
"""Lines above the text among which an unlikely headline stands, as a rule ..."""
ELSEWHERE = 0.1
"""... and what its probability counts if it stands anywhere else."""


def decode(
    lines: Lines,
    probabilities: npt.NDArray[np.float64],
    transitions: Transitions = DEFAULT_TRANSITIONS,
    lean: float = 0.0,
) -> npt.NDArray[np.int8]:
    """Label every line, page by page.

    Args:
        lines: The batch, of n lines.
        probabilities: float64 (n, 4).
        transitions: What changes of state cost.
        lean: Log odds added to body, see `PREFERENCES`.

    Returns:
        int8 (n,), indices into `LABELS`.
    """
    cost = -np.log(np.clip(probabilities, 1e-6, 1.0))
    needed = np.clip(thresholds(lines, probabilities[:, _BODY]), LEAST_BODY, 0.5)
    body = cost[:, _BODY] - (lean + np.log(1.0 / needed - 1.0))[lines.page_of_line]
    other = np.minimum(np.minimum(cost[:, _NAV], cost[:, _TEASER]), cost[:, _HEADLINE])
    is_body = np.zeros(len(lines), dtype=np.int64)
    n = int(np.diff(lines.page_start).max(initial=0))
    walk(
        lines.page_start, body.copy(), other.copy(), *map(float, transitions),
        np.zeros(4 * n, dtype=np.int64), is_body, compile=lines.compile,
    )  # fmt: skip
    rest = probabilities.copy()
    rest[:, _BODY] = -1.0
    labels = np.where(is_body == 1, _BODY, rest.argmax(axis=1)).astype(np.int8)
    _give_headlines(lines, probabilities, labels)
    return labels


def thresholds(lines: Lines, body: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """float64 (p,), for each page the probability from which keeping a line raises the expected F1 of the text.

    That is half of the greatest F1 that can be expected: Z. Lipton, C. Elkan and B. Naryanaswamy, "Optimal
    Thresholding of Classifiers to Maximize F1 Measure", ECML PKDD 2014. Lines count by their columns.

    Args:
        lines: The batch, of n lines on p pages.
        body: float64 (n,), the probability of body of each line.
    """
    threshold = np.zeros(len(lines.pages))
    find_thresholds(
        lines.page_start, np.ascontiguousarray(body), lines.width.astype(np.float64), threshold, compile=lines.compile
    )
    return threshold


def _give_headlines(lines: Lines, probabilities: npt.NDArray[np.float64], labels: npt.NDArray[np.int8]) -> None:
    """Label the likeliest line `headline` on pages that have a body and no headline, if it is likely enough.

    An article has a title: the choice is not whether there is one but which line it is. Where the forests are sure of
    none, the place decides: titles stand just above the text.
    """
    for first, end in itertools.pairwise(lines.page_start.tolist()):
        page = labels[first:end]
        if (page == _BODY).any() and not (page == _HEADLINE).any():
            likelihood = np.where(page == _BODY, 0.0, probabilities[first:end, _HEADLINE])
            text = int((page == _BODY).argmax())
            weight = np.full(len(page), ELSEWHERE)
            weight[max(0, text - TITLE_REACH) : text] = 1.0
            best = int((likelihood * weight).argmax())
            if likelihood[best] >= LEAST_HEADLINE:
                page[best] = _HEADLINE


@kernel(outputs=1)
def find_thresholds(page_start, body, width, threshold):  # type: ignore[no-untyped-def]
    """Dinkelbach's iteration: with the lines above half of an F1 the next is greater, until it is the greatest."""
    for page in range(len(page_start) - 1):
        first = page_start[page]
        last = page_start[page + 1]
        expected = 0.0
        for line in range(first, last):
            expected += width[line] * body[line]
        best = -1.0
        found = 0.0
        while found > best:
            best = found
            kept = 0.0
            right = 0.0
            for line in range(first, last):
                if body[line] > 0.5 * best:
                    kept += width[line]
                    right += width[line] * body[line]
            if kept > 0.0:
                found = 2.0 * right / (kept + expected)
        threshold[page] = 0.5 * best


@kernel(outputs=1)
def walk(page_start, body, other, begin, leave, back, end, came_from, is_body):  # type: ignore[no-untyped-def]
    """Viterbi over the states 0 before, 1 article, 2 foreign line inside, 3 after."""
    for page in range(len(page_start) - 1):
        first = page_start[page]
        last = page_start[page + 1]
        before = 0.0
        inside = foreign = after = 1e18
        for line in range(first, last):
            at = 4 * (line - first)
            came_from[at] = 0
            # after: from after, or from the article's last line
            came_from[at + 3] = 3
            next_after = after
            if inside + end < next_after:
                next_after = inside + end
                came_from[at + 3] = 1
            came_from[at + 2] = 2
            next_foreign = foreign
            if inside + leave < next_foreign:
                next_foreign = inside + leave
                came_from[at + 2] = 1
            came_from[at + 1] = 1
            next_inside = inside
            if before + begin < next_inside:
                next_inside = before + begin
                came_from[at + 1] = 0
            if foreign + back < next_inside:
                next_inside = foreign + back
                came_from[at + 1] = 2
            before += other[line]
            inside = next_inside + body[line]
            foreign = next_foreign + other[line]
            after = next_after + other[line]
        state = 0
        best = before
        if inside < best:
            best = inside
            state = 1
        if after < best:
            state = 3
        for line in range(last - 1, first - 1, -1):
            is_body[line] = 1 if state == 1 else 0
            state = came_from[4 * (line - first) + state]
