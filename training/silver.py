"""Silver labels: the lines of a page whose article's text is known.

Collections for measuring extractors give a page's text and title and say nothing of its menus and its teasers. The
known text, aligned with the dump, tells which lines are body. A classifier, told that the others are not, tells these
apart, and leaves undecided what it is in doubt about; so do the roles in the page's HTML, see
`copytaster.training.roles`. Where both are given, a line on which they disagree is undecided, and one that only one of
them can tell gets its label. Where the classifier contradicts the known text too much, the text is of another version
of the page, or one of the two is wrong, and the page is not used.
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


def silver(
    page: Page, known: KnownText, classifier: Classifier | None = None, roles: Sequence[Label | None] | None = None
) -> LabelledPage | None:
    """Label a page by its known text, and by what the classifier and the HTML's roles make of the rest.

    With neither of the two, all but headline and body is undecided.

    Args:
        page: The page.
        known: What is known of it.
        classifier: A model that was not trained on the page's site, if the result is to say anything of other sites.
        roles: A label a row, None for what is undecided, as `copytaster.training.roles.roles` gives them.

    Returns:
        The labelled page, or None if the known text does not fit it.

    Raises:
        ValueError: If there is not one role for each row.
    """
    if roles is not None and len(roles) != len(page.rows):
        raise ValueError(f"{page.id}: {len(page.rows)} rows but {len(roles)} roles")
    lines = pack([page])
    truth = _as_page(known)
    if not len(lines) or truth is None:
        return None
    carried = carry(truth, page).labels
    probabilities = classifier.probabilities(lines) if classifier else None
    logical = lines.pages[0]
    given = [carried[line.first - 1] for line in logical]
    length = np.array([len("".join(line.text.split())) for line in logical], dtype=np.float64)
    if not _fits(known, given, length, probabilities):
        return None
    told = _told(given, probabilities)
    labels: list[Label | None] = [None] * len(page.rows)
    for index, line in enumerate(logical):
        label = told[index] if roles is None else _agreed(told[index], roles[line.first - 1])
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
    probabilities: npt.NDArray[np.float64] | None,
) -> bool:
    total = sum(len("".join(text.split())) for text in known.paragraphs)
    is_body = np.array([label is Label.BODY for label in given])
    found = float(length[is_body].sum())
    if not MIN_FOUND * total <= found <= MAX_FOUND * total:
        return False
    if probabilities is None:
        return True
    body = probabilities[:, _BODY]
    doubt = float(length[~is_body & (body > SURE)].sum() + length[is_body & (body < 1 - SURE)].sum())
    return doubt <= MAX_DOUBT * total


def _told(given: Sequence[Label | None], probabilities: npt.NDArray[np.float64] | None) -> list[Label | None]:
    """What known text and classifier make of each line; without the latter only headline and body are known."""
    if probabilities is None:
        return [label if label in (Label.HEADLINE, Label.BODY) else None for label in given]
    first_body = next((index for index, label in enumerate(given) if _is_sure_body(label, probabilities[index])), 0)
    return [_label(label, probabilities[i], is_above=i < first_body) for i, label in enumerate(given)]


def _agreed(told: Label | None, role: Label | None) -> Label | None:
    """The label that neither the known text and the classifier nor the role in the HTML contradicts."""
    if told is None:
        return None if role is Label.BODY else role  # body that the known text does not have
    return told if role in (None, told) else None


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


def silver_of_roles(page: Page, roles: Sequence[Label | None], classifier: Classifier | None = None) -> LabelledPage:
    """Label a page by the roles in its HTML, and by a classifier where these say nothing.

    A line on which the two contradict each other is undecided, and so is one that neither is sure of.

    Args:
        page: The page.
        roles: A label a row, None for what is undecided, as `copytaster.training.roles.roles` gives them.
        classifier: A model; None for the roles alone.

    Raises:
        ValueError: If there is not one role for each row.
    """
    if len(roles) != len(page.rows):
        raise ValueError(f"{page.id}: {len(page.rows)} rows but {len(roles)} roles")
    if classifier is None or not page.numbers:
        return LabelledPage(page, tuple(role if row else None for role, row in zip(roles, page.rows, strict=True)))
    lines = pack([page])
    labels: list[Label | None] = [None] * len(page.rows)
    for line, probabilities in zip(lines.pages[0], classifier.probabilities(lines), strict=True):
        role = roles[line.first - 1]
        best = int(probabilities.argmax())
        guess = LABELS[best] if probabilities[best] >= SURE else None
        label = (role or guess) if role is None or guess in (None, role) else None
        for number in range(line.first, line.last + 1):
            labels[number - 1] = label if page.rows[number - 1] else None
    return LabelledPage(page, tuple(labels))
