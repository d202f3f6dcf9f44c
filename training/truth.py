"""What the labels of a page say of its logical lines and of its article."""

from __future__ import annotations

from collections.abc import Sequence

from copytaster.labels.label import LABELS, Label
from copytaster.labels.page import LabelledPage
from copytaster.model.article import Article
from copytaster.model.assembly import assemble
from copytaster.model.wrap import LogicalLine

MOST_UNDECIDED = 0.1
"""Share of a page's characters that may be undecided for its text to count as known."""

_INDEX = {label: index for index, label in enumerate(LABELS)}


def true_labels(labelled: LabelledPage, logical: Sequence[LogicalLine]) -> list[Label | None]:
    """The label of each logical line of a page, that of its first row; None where it is undecided."""
    return [labelled.labels[line.first - 1] for line in logical]


def true_indices(labelled: LabelledPage, logical: Sequence[LogicalLine]) -> list[int]:
    """The same as indices into `LABELS`, with nav for lines that are undecided."""
    return [_INDEX[label or Label.NAV] for label in true_labels(labelled, logical)]


def true_article(labelled: LabelledPage, logical: Sequence[LogicalLine]) -> Article:
    """The article that the labels of a page mark."""
    return assemble(labelled.page.rows, logical, true_indices(labelled, logical))


def true_text(labelled: LabelledPage, logical: Sequence[LogicalLine]) -> str | None:
    """The text of the article that the labels mark; None if they mark none, or too much is undecided to tell."""
    sizes = [len(line.text) for line in logical]
    undecided = sum(size for size, label in zip(sizes, true_labels(labelled, logical), strict=True) if label is None)
    if undecided > MOST_UNDECIDED * sum(sizes):
        return None
    return true_article(labelled, logical).text or None
