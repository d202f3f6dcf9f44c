"""What the labels of a page say of its article, and when they say too little."""

from __future__ import annotations

import pytest

from copytaster.labels import Label, LabelledPage, Page
from copytaster.model.wrap import logical_lines
from copytaster.training.truth import true_article, true_labels, true_text

ROWS = ("Mill reopens", "", "The mill by the weir has opened again after four years of work.", "Home", "Legal")
LABELS = (Label.HEADLINE, None, Label.BODY, Label.NAV, Label.NAV)


def labelled(**changed: Label | None) -> LabelledPage:
    labels = list(LABELS)
    for name, label in changed.items():
        labels[int(name[1:])] = label
    return LabelledPage(Page(ROWS, "mill"), tuple(labels))


def test_the_article_is_the_one_that_the_labels_mark() -> None:
    page = labelled()
    logical = logical_lines(page.page.rows)
    assert true_labels(page, logical) == [Label.HEADLINE, Label.BODY, Label.NAV, Label.NAV]
    article = true_article(page, logical)
    assert (article.headline, article.text) == (ROWS[0], ROWS[2])
    assert true_text(page, logical) == ROWS[2]


@pytest.mark.parametrize(
    ("page", "text"),
    [
        (labelled(_4=None), ROWS[2]),  # a button more or less
        (labelled(_2=None), None),  # whoever left the paragraph undecided did not say that there is no text
        (labelled(_2=Label.NAV), None),
    ],
    ids=["little undecided", "the text undecided", "no text"],
)
def test_the_text_is_known_where_little_is_undecided(page: LabelledPage, text: str | None) -> None:
    assert true_text(page, logical_lines(page.page.rows)) == text
