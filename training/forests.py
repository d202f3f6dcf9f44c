"""Fits a forest on the lines of many pages, a draw of them where they are too many."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingClassifier

from copytaster.labels.label import LABELS, Label
from copytaster.model.forest import Forest
from copytaster.training.export import forest_from
from copytaster.training.recipe import Recipe

LEAST_SHARE = 0.1
"""Share of the body and nav lines that is trained on in any case."""

_FREQUENT = (LABELS.index(Label.BODY), LABELS.index(Label.NAV))


def fit_forest(
    x: Sequence[npt.NDArray[np.float32]],
    y: Sequence[npt.NDArray[np.int8]],
    w: Sequence[npt.NDArray[np.float64]],
    recipe: Recipe,
) -> Forest:
    """Fit a forest on some batches of lines.

    Args:
        x: float32 (n, c) for each batch; NaN for a missing value.
        y: int8 (n,) for each batch, indices into `LABELS`.
        w: float64 (n,) for each batch, what each line counts.
        recipe: How; `iterations` are the rounds.
    """
    forest = HistGradientBoostingClassifier(
        max_iter=recipe.iterations, learning_rate=recipe.learning_rate, max_leaf_nodes=recipe.leaves,
        max_depth=recipe.depth, min_samples_leaf=recipe.min_lines, l2_regularization=recipe.l2,
        max_features=recipe.features,
        early_stopping=False, random_state=recipe.seed,
    )  # fmt: skip
    label = np.concatenate(y)
    drawn, weight = draw(label, np.concatenate(w), recipe)
    ends = np.cumsum([0, *map(len, y)])
    rows = [part[drawn[start:end]] for part, (start, end) in zip(x, itertools.pairwise(ends), strict=True)]
    matrix = np.concatenate(rows)
    # A feature that no line has (the address's, where no page has one) says nothing; scikit-learn fails on a column
    # that is missing throughout.
    matrix[:, np.isnan(matrix).all(axis=0)] = 0.0
    return forest_from(forest.fit(matrix, label[drawn].astype(np.int64), weight[drawn]))


def draw(
    label: npt.NDArray[np.int8], weight: npt.NDArray[np.float64], recipe: Recipe
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float64]]:
    """The lines to train a forest on, bool (n,), and what each of the n counts.

    Headlines and teasers are few and hard; of menus and paragraphs a part teaches as much as the whole. Those drawn
    weigh more in turn, so that probabilities stay what they were. Lines of no weight are not drawn.
    """
    counts = weight > 0
    frequent = np.isin(label, _FREQUENT) & counts
    many = int(frequent.sum())
    share = (recipe.most_lines - (int(counts.sum()) - many)) / max(1, many)
    if share >= 1:
        return counts, weight
    share = max(share, LEAST_SHARE)
    drawn = counts & (~frequent | (np.random.default_rng(recipe.seed).random(len(label)) < share))
    return drawn, np.where(frequent, weight / share, weight)
