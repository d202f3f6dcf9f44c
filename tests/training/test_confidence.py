"""The forests that judge a page as a whole."""

import numpy as np
import pytest

from copytaster.labels import Label, LabelledPage, Page
from copytaster.model.confidence import measures
from copytaster.model.lines import pack
from copytaster.training.confidence import Judged, fit_confidence, judge

ROWS = ("Home", "A title", "The first paragraph of a text goes on for a while and ends here.", "Legal")
LABELS_OF_ROWS = (Label.NAV, Label.HEADLINE, Label.BODY, Label.NAV)
TRUTH = np.array([3, 0, 1, 3], dtype=np.int8)


def page(**meta: str) -> LabelledPage:
    return LabelledPage(Page(ROWS, meta=meta), LABELS_OF_ROWS, 0.5)


def sure_of(labels: np.ndarray) -> np.ndarray:
    return np.where(np.arange(4) == labels[:, np.newaxis], 0.97, 0.01)


def test_a_text_is_right_if_it_is_that_of_the_labels():
    lines = pack([page().page])
    assert judge([page()], lines, sure_of(TRUTH)).right.tolist() == [1.0]
    assert judge([page()], lines, sure_of(np.array([3, 0, 3, 1]))).right.tolist() == [0.0]
    furniture = LabelledPage(page().page, (Label.NAV,) * len(ROWS))
    assert np.isnan(judge([furniture], lines, sure_of(TRUTH)).right).all()


@pytest.mark.parametrize(("meta", "expected"), [({}, 1.0), ({"kind": "article"}, 1.0), ({"kind": "listing"}, 0.0)])
def test_the_kind_tells_whether_a_page_holds_an_article_and_else_its_body(meta, expected):
    judged = judge([page(**meta)], pack([page().page]), sure_of(TRUTH))
    assert judged.article.tolist() == [expected]
    assert judged.weights.tolist() == [0.5]


def test_what_tells_right_pages_from_wrong_ones_is_learned():
    rng = np.random.default_rng(0)
    x = rng.random((600, len(measures()))).astype(np.float32)
    right = (x[:, 3] > 0.5).astype(float)
    article = (x[:, 5] > 0.2).astype(float)
    judged = Judged(x, np.where(rng.random(600) < 0.1, np.nan, right), article, np.ones(600))
    forests = fit_confidence([judged])
    assert forests[0].predict_proba(x)[right == 1, 1].min() > forests[0].predict_proba(x)[right == 0, 1].max()
    assert forests[1].predict_proba(x)[article == 1, 1].min() > forests[1].predict_proba(x)[article == 0, 1].max()


def test_where_all_pages_are_alike_the_forests_say_the_same_of_all():
    x = np.zeros((8, len(measures())), dtype=np.float32)
    judged = Judged(x, np.full(8, np.nan), np.ones(8), np.ones(8))
    right, article = fit_confidence([judged])
    assert right.predict_proba(x)[:, 1].tolist() == [0.5] * 8
    np.testing.assert_allclose(article.predict_proba(x)[:, 1], 0.9)
