"""Fits the two forests that judge a page as a whole, on pages labelled without having been trained on."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingClassifier

from copytaster.labels.label import Label
from copytaster.labels.page import LabelledPage
from copytaster.model.assembly import assemble
from copytaster.model.confidence import measure, measures
from copytaster.model.decode import DEFAULT_TRANSITIONS, decode
from copytaster.model.forest import Forest
from copytaster.model.lines import Lines
from copytaster.training.export import forest_from
from copytaster.training.overlap import word_f1
from copytaster.training.truth import true_labels, true_text

RIGHT = 0.9
"""Word F1 above which a page's text counts as right."""
ARTICLE = "article"
"""The kind of a page that holds an article. Of pages whose kind is not told, those do that have body lines."""
ITERATIONS = 60
LEARNING_RATE = 0.1
LEAVES = 8
MIN_PAGES = 40
"""Fewest pages a leaf may hold: with few pages to learn from the forests say the same of every page."""


@dataclass(frozen=True, eq=False)
class Judged:
    """Pages measured, and the truth about them; p pages.

    Attributes:
        measures: float32 (p, m).
        right: float64 (p,), 1 where the text is right, 0 where it is wrong, NaN where the labels do not tell.
        article: float64 (p,), 1 where the page holds an article, else 0.
        weights: float64 (p,), what each page counts.
    """

    measures: npt.NDArray[np.float32]
    right: npt.NDArray[np.float64]
    article: npt.NDArray[np.float64]
    weights: npt.NDArray[np.float64]

    @classmethod
    def joined(cls, batches: Sequence[Judged]) -> Judged:
        """The pages of some batches as one."""
        columns = ([getattr(batch, name) for batch in batches] for name in ("measures", "right", "article", "weights"))
        return cls(*map(np.concatenate, columns))


def judge(pages: Sequence[LabelledPage], lines: Lines, probabilities: npt.NDArray[np.float64]) -> Judged:
    """Compare what a classifier makes of some pages with their labels.

    Args:
        pages: The labelled pages, p of them.
        lines: Their n lines.
        probabilities: float64 (n, 4), of a classifier that was not trained on the pages.
    """
    labels = decode(lines, probabilities, DEFAULT_TRANSITIONS)
    right = np.full(len(pages), np.nan)
    article = np.zeros(len(pages))
    for number, (page, (start, end)) in enumerate(
        zip(pages, itertools.pairwise(lines.page_start.tolist()), strict=True)
    ):
        kind = page.page.meta.get("kind")
        logical = lines.pages[number]
        article[number] = kind == ARTICLE if kind else Label.BODY in true_labels(page, logical)
        text = true_text(page, logical)
        if text is not None:
            found = assemble(page.page.rows, logical, labels[start:end], probabilities[start:end]).text
            right[number] = word_f1(found, text) > RIGHT
    return Judged(measure(lines, probabilities, labels), right, article, np.array([page.weight for page in pages]))


def fit_confidence(judged: Sequence[Judged], seed: int = 0) -> tuple[Forest, Forest]:
    """The forests that tell whether a page's text is right, and whether it holds an article.

    Args:
        judged: Batches of pages.
        seed: Of scikit-learn's random choices.
    """
    pages = Judged.joined(judged)
    return (
        _fit(pages.measures, pages.right, pages.weights, seed),
        _fit(pages.measures, pages.article, pages.weights, seed),
    )


def _fit(
    x: npt.NDArray[np.float32], target: npt.NDArray[np.float64], weights: npt.NDArray[np.float64], seed: int
) -> Forest:
    known = ~np.isnan(target) & (weights > 0)
    if len(np.unique(target[known])) < 2:
        return _constant(target[known])
    forest = HistGradientBoostingClassifier(
        max_iter=ITERATIONS, learning_rate=LEARNING_RATE, max_leaf_nodes=LEAVES, min_samples_leaf=MIN_PAGES,
        early_stopping=False, random_state=seed,
    )  # fmt: skip
    return forest_from(forest.fit(x[known], target[known].astype(np.int64), weights[known]))


def _constant(target: npt.NDArray[np.float64]) -> Forest:
    """A forest that says the same of every page: the share of the pages, with one of each sort added."""
    share = (target.sum() + 1) / (len(target) + 2)
    return Forest(
        feature=np.array([-1], np.int16), threshold=np.zeros(1, np.float32), left=np.array([-1], np.int32),
        right=np.array([-1], np.int32), missing_left=np.zeros(1, np.bool_), value=np.zeros(1),
        cover=np.ones(1, np.int32), roots=np.zeros(1, np.int32), tree_class=np.zeros(1, np.int8),
        baseline=np.array([np.log(share / (1 - share))]), n_features=len(measures()),
    )  # fmt: skip
