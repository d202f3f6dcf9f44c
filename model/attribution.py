"""What each feature adds to a forest's scores of a line: exact Shapley values.

A tree is a sum over its leaves: a leaf's value counts if every split on the way to it goes its way. Where only some of
the features are known, a split on another one goes each way with the share of the training lines that did. The Shapley
value of a feature is the mean, over all orders in which the features can become known, of what its becoming known adds.
For a single leaf it is a sum over the few features on its path, which is worked out for all leaves at once.

The values are those of "path-dependent" TreeSHAP: S. Lundberg, G. Erion, S.-I. Lee, "Consistent Individualized Feature
Attribution for Tree Ensembles", 2018, https://arxiv.org/abs/1802.03888; they equal the package shap's within rounding.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from copytaster.model.forest import Forest


class Attribution(NamedTuple):
    """What the features add to the scores of some lines; n lines, c features, k scores.

    Attributes:
        expected: float64 (k,), the scores where nothing is known of a line.
        values: float64 (n, c, k), what each feature adds. Over the features, and with `expected`, they sum to the
            forest's raw scores.
    """

    expected: npt.NDArray[np.float64]
    values: npt.NDArray[np.float64]


def attribute(forest: Forest, rows: npt.NDArray[np.float32]) -> Attribution:
    """Tell what each feature adds to the scores of each line.

    Args:
        forest: The forest.
        rows: float32 (n, n_features); NaN for a missing value.
    """
    paths = _paths(forest)
    n_scores = len(forest.baseline)
    values = np.zeros((len(rows), forest.n_features, n_scores))
    for row, out in zip(rows, values, strict=True):
        shares = paths.value[:, np.newaxis] * _shapley(paths.takes(row), paths.share)
        np.add.at(out, (paths.feature, paths.score[:, np.newaxis]), shares)
    expected = forest.baseline.copy()
    np.add.at(expected, paths.score, paths.value * paths.share.prod(axis=1))
    return Attribution(expected, values)


@dataclass(frozen=True, eq=False)
class _Paths:
    """The ways to all leaves, as l rows of the d features that matter on them; places left over change nothing.

    Attributes:
        feature: int64 (l, d).
        low: float32 (l, d), the way is taken by values above this ...
        high: float32 (l, d), ... and up to this.
        missing: bool (l, d), whether a missing value takes it.
        unused: bool (l, d), the places left over.
        share: float64 (l, d), the share of the training lines that take it, of those that come to its splits.
        value: float64 (l,), what the leaf adds.
        score: int64 (l,), to which score.
    """

    feature: npt.NDArray[np.int64]
    low: npt.NDArray[np.float32]
    high: npt.NDArray[np.float32]
    missing: npt.NDArray[np.bool_]
    unused: npt.NDArray[np.bool_]
    share: npt.NDArray[np.float64]
    value: npt.NDArray[np.float64]
    score: npt.NDArray[np.int64]

    def takes(self, row: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """float64 (l, d), 1 where the line's feature goes the way to the leaf, else 0."""
        x = row[self.feature]
        with np.errstate(invalid="ignore"):
            within = (x > self.low) & (x <= self.high)
        # Of the infinite only the lower bound that is none needs care: minus infinity is a number here, and within.
        within |= (x == -np.inf) & (self.low == -np.inf)
        return (np.where(np.isnan(x), self.missing, within) | self.unused).astype(np.float64)


class _Step(NamedTuple):
    """What the splits on one feature, on the way to a node, leave through."""

    low: float = -math.inf
    high: float = math.inf
    missing: bool = True
    share: float = 1.0


def _paths(forest: Forest) -> _Paths:
    feature, threshold, left, right, missing_left, cover, value = (
        array.tolist()
        for array in (
            forest.feature, forest.threshold, forest.left, forest.right, forest.missing_left, forest.cover,
            forest.value,
        )
    )  # fmt: skip
    found: list[tuple[dict[int, _Step], float, int]] = []
    for root, score in zip(forest.roots.tolist(), forest.tree_class.tolist(), strict=True):
        waiting: list[tuple[int, dict[int, _Step]]] = [(root, {})]
        while waiting:
            node, steps = waiting.pop()
            split = feature[node]
            if split < 0:
                found.append((steps, value[node], score))
                continue
            before = steps.get(split, _Step())
            for child, low, high, missing in (
                (left[node], before.low, min(before.high, threshold[node]), missing_left[node]),
                (right[node], max(before.low, threshold[node]), before.high, not missing_left[node]),
            ):
                share = before.share * cover[child] / cover[node]
                waiting.append((child, {**steps, split: _Step(low, high, before.missing and missing, share)}))
    width = max(1, max(len(steps) for steps, _, _ in found))
    table = np.full((len(found), width, 5), (0.0, -np.inf, np.inf, 1.0, 1.0))
    unused = np.ones((len(found), width), dtype=np.bool_)
    for number, (steps, _, _) in enumerate(found):
        for place, (split, step) in enumerate(steps.items()):
            table[number, place] = (split, *step)
            unused[number, place] = False
    return _Paths(
        feature=table[..., 0].astype(np.int64),
        low=table[..., 1].astype(np.float32),
        high=table[..., 2].astype(np.float32),
        missing=table[..., 3].astype(np.bool_),
        unused=unused,
        share=table[..., 4],
        value=np.array([leaf for _, leaf, _ in found]),
        score=np.array([score for _, _, score in found], dtype=np.int64),
    )


def _shapley(takes: npt.NDArray[np.float64], share: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """float64 (l, d), the Shapley values of a leaf worth 1 whose every place goes its way, or does by its share.

    With the features S known the leaf is worth the product of `takes` over S and of `share` over the rest. Sums over
    all S of one size are coefficients of the product of ``share + takes * t``.
    """
    count, width = takes.shape
    orders = [math.factorial(k) * math.factorial(width - 1 - k) / math.factorial(width) for k in range(width)]
    out = np.empty((count, width))
    for place in range(width):
        sums = np.zeros((width, count))
        sums[0] = 1.0
        for other in range(width):
            if other != place:
                sums[1:] = sums[1:] * share[:, other] + sums[:-1] * takes[:, other]
                sums[0] *= share[:, other]
        out[:, place] = (takes[:, place] - share[:, place]) * (np.array(orders) @ sums)
    return out
