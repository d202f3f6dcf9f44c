"""Silver labels: the lines of a page whose article's text is known.

Collections for measuring extractors give a page's text and title and say nothing of its menus and its teasers. The
known text, aligned with the dump, tells which lines are body; a classifier, told that the others are not, tells these
apart, and leaves undecided what it is in doubt about. Where the two contradict each other too much, the known text is
of another version of the page, or one of the two is wrong, and the page is not used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from copytaster.labels.label import LABELS, Label
from copytaster.labels.page import LabelledPage, Page, clean_row
from copytaster.model.classifier import Classifier
from copytaster.model.lines import pack
from copytaster.training.alignment import carry

SURE = 0.8
"""Probability from which the classifier's word counts against the known text's."""
MIN_FOUND = 0.85
"""Share of the known text's letters that the dump's body lines must have, at least ..."""
MAX_FOUND = 1.15
"""... and at most."""
MIN_HEADLINE = 0.1
"""Probability from which a line with the title's words is taken for a headline; the others are mostly breadcrumbs."""
MAX_DOUBT = 0.1
"""Letters that the classifier is sure are body and the known text does not have, or the other way round, as a share of
the text's."""

DECIDED = 0.9
"""Share of the probability of teaser and nav that one of them must have: what a model is in doubt about, it cannot
teach, and its own guesses there made the next one worse."""

_BODY = LABELS.index(Label.BODY)
_NAV = LABELS.index(Label.NAV)
_TEASER = LABELS.index(Label.TEASER)
_HEADLINE = LABELS.index(Label.HEADLINE)


@dataclass(frozen=True)
class KnownText:
    """What a collection says of a page.

    Attributes:
        paragraphs: The article's text.
        title: Its headline, if given.
    """

    paragraphs: Sequence[str]
    title: str | None = None


def silver(page: Page, known: KnownText, classifier: Classifier) -> LabelledPage | None:
    """Label a page by its known text, and by what the classifier makes of the rest.

    Args:
        page: The page.
        known: What is known of it.
        classifier: A model that was not trained on the page's site, if the result is to say anything of other sites.

    Returns:
        The labelled page, or None if the known text does not fit it.
    """
    lines = pack([page])
    truth = _as_page(known)
    if not len(lines) or truth is None:
        return None
    carried = carry(truth, page).labels
    probabilities = classifier.probabilities(lines)
    logical = lines.pages[0]
    given = [carried[line.first - 1] for line in logical]
    length = np.array([len("".join(line.text.split())) for line in logical], dtype=np.float64)
    if not _fits(known, given, length, probabilities):
        return None
    labels: list[Label | None] = [None] * len(page.rows)
    first_body = next((index for index, label in enumerate(given) if _is_sure_body(label, probabilities[index])), 0)
    for index, line in enumerate(logical):
        label = _label(given[index], probabilities[index], is_above=index < first_body)
        for number in range(line.first - 1, line.last):
            labels[number] = label
    return LabelledPage(page, tuple(labels))


def _as_page(known: KnownText) -> LabelledPage | None:
    title = clean_row(known.title or "")
    body = [row for text in known.paragraphs for part in text.split("\n") if (row := clean_row(part))]
    if not body:
        return None
    rows = [*([title] if title else []), *body]
    labels = [*([Label.HEADLINE] if title else []), *(Label.BODY for _ in body)]
    return LabelledPage(Page(tuple(rows)), tuple(labels))


def _fits(
    known: KnownText,
    given: Sequence[Label | None],
    length: npt.NDArray[np.float64],
    probabilities: npt.NDArray[np.float64],
) -> bool:
    total = sum(len("".join(text.split())) for text in known.paragraphs)
    is_body = np.array([label is Label.BODY for label in given])
    found = float(length[is_body].sum())
    body = probabilities[:, _BODY]
    doubt = float(length[~is_body & (body > SURE)].sum() + length[is_body & (body < 1 - SURE)].sum())
    return MIN_FOUND * total <= found <= MAX_FOUND * total and doubt <= MAX_DOUBT * total


def _is_sure_body(label: Label | None, probabilities: npt.NDArray[np.float64]) -> bool:
    return label is Label.BODY and bool(probabilities[_BODY] > SURE)


def _label(given: Label | None, probabilities: npt.NDArray[np.float64], *, is_above: bool) -> Label | None:
    """The label of a line: the known text's for body and headline, else the classifier's among the others, if sure."""
    if given is Label.HEADLINE and probabilities[_HEADLINE] >= MIN_HEADLINE:
        return Label.HEADLINE
    if given is Label.BODY:
        # Collections count the standfirst as text, and some the headline; the labels do not.
        best = int(probabilities.argmax())
        return LABELS[best] if is_above and best in (_TEASER, _HEADLINE) else Label.BODY
    rest = probabilities.copy()
    rest[_BODY] = -1.0
    best = int(rest.argmax())
    if best != _HEADLINE and rest[best] < DECIDED * (rest[_TEASER] + rest[_NAV]):
        return None
    return LABELS[best]
