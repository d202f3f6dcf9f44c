"""What each feature adds to the scores of a line: exact Shapley values on our own forests.

These are the "path-dependent" values of Lundberg et al., "From local explanations to global understanding with
explainable AI for trees" (Nature Machine Intelligence 2, 2020), and equal those of the ``shap`` package: a feature that
is not known lets a line go both ways at a split, in the proportion of the training lines that went there.

A leaf is reached through the features on its path. Of each feature let ``o`` be 1 if the line itself goes the leaf's
way wherever the path asks for it, else 0, and ``z`` the share of the training lines that went it. The Shapley value of
feature i for the leaf's value v is then ``v (o_i - z_i)`` times the integral from 0 to 1 of the product, over the
path's other features, of ``o t + z (1 - t)``: integrating powers of t and 1 - t gives just the weights of Shapley's
formula. The product is a polynomial, which Gauss's quadrature integrates exactly with half as many points as its
degree, so that a line takes numpy some milliseconds and needs no recursion and no compiler.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from copytaster.model.forest import Forest, Scores

_CHUNK_CELLS: Final = 1 << 20  # leaves times features of a path times points that are worked on at once


class NoCoverError(ValueError):
    """A forest does not say how many training lines came to its nodes."""

    def __init__(self) -> None:
        super().__init__(
            "the model file does not say how many training lines came to each node (the arrays called cover), "
            "without which there is no telling what a feature adds; train the model again with this version"
        )


class Attribution(NamedTuple):
    """What the scores of a line are made of.

    Attributes:
        expected: float64 (k,), the mean scores of the training lines.
        features: float64 (k, n_features), what each feature adds. ``expected`` and these together are the line's
            scores, up to rounding.
    """

    expected: Scores
    features: Scores


def attribute(forest: Forest, row: npt.NDArray[np.float32]) -> Attribution:
    """Find what each feature of a line adds to its scores.

    Args:
        forest: A forest with cover.
        row: float32 (n_features,); NaN for a missing value.

    Raises:
        NoCoverError: If the forest has no cover.
    """
    edges = _edges(forest, row)
    expected = forest.baseline.copy()
    added = np.zeros((len(expected), forest.n_features))
    depth = min(len(forest.levels) - 1, forest.n_features)
    n_points = max(1, (depth + 1) // 2)
    leaves = np.flatnonzero(forest.feature < 0)
    size = max(1, _CHUNK_CELLS // (max(1, depth) * n_points))
    for begin in range(0, len(leaves), size):
        _add_leaves(forest, edges, leaves[begin : begin + size], n_points, expected, added)
    return Attribution(expected, added)


class _Edges(NamedTuple):
    """For each node the split above it, and how lines come from there. A root has none."""

    parent: npt.NDArray[np.int64]
    is_taken: npt.NDArray[np.bool_]
    share: Scores


def _edges(forest: Forest, row: npt.NDArray[np.float32]) -> _Edges:
    if forest.cover is None:
        raise NoCoverError
    n_nodes = len(forest.feature)
    parent = np.full(n_nodes, -1, dtype=np.int64)
    is_taken = np.ones(n_nodes, dtype=np.bool_)
    share = np.ones(n_nodes)
    split = np.flatnonzero(forest.feature >= 0)
    x = row[forest.feature[split]]
    goes_left = (x <= forest.threshold[split]) | (np.isnan(x) & forest.missing_left[split])
    for child, goes in ((forest.left[split], goes_left), (forest.right[split], ~goes_left)):
        parent[child] = split
        is_taken[child] = goes
        share[child] = forest.cover[child] / forest.cover[split]
    return _Edges(parent, is_taken, share)


def _add_leaves(
    forest: Forest, edges: _Edges, leaves: npt.NDArray[np.int64], n_points: int, expected: Scores, added: Scores
) -> None:
    """Add what some leaves come to."""
    node, alive, steps = leaves.copy(), np.arange(len(leaves)), []
    while True:
        alive = alive[edges.parent[node[alive]] >= 0]
        if not len(alive):
            break
        steps.append((alive, node[alive]))
        node[alive] = edges.parent[node[alive]]
    output = np.zeros(len(forest.feature), dtype=np.intp)
    output[forest.roots] = forest.tree_class
    of_leaf = output[node]
    value = forest.value[leaves]
    if not steps:
        expected += np.bincount(of_leaf, value, minlength=len(expected))
        return
    leaf, below = (np.concatenate(parts) for parts in zip(*steps, strict=True))
    # A feature that a path asks for several times is one feature.
    key = leaf * forest.n_features + forest.feature[edges.parent[below]]
    order = np.argsort(key, kind="stable")
    start = np.flatnonzero(np.diff(key[order], prepend=-1))
    leaf, feature = np.divmod(key[order][start], forest.n_features)
    place = np.arange(len(leaf)) - np.searchsorted(leaf, leaf)
    shape = (len(leaves), int(place.max()) + 1)
    taken, share = np.ones(shape), np.ones(shape)  # 1 and 1 where a path is shorter: no factor, and no value
    taken[leaf, place] = np.logical_and.reduceat(edges.is_taken[below][order], start)
    share[leaf, place] = np.multiply.reduceat(edges.share[below][order], start)
    weight = (value[:, np.newaxis] * (taken - share) * _integral_of_others(taken, share, n_points))[leaf, place]
    expected += np.bincount(of_leaf, value * share.prod(axis=1), minlength=len(expected))
    cell = of_leaf[leaf] * forest.n_features + feature
    added += np.bincount(cell, weight, minlength=added.size).reshape(added.shape)


def _integral_of_others(taken: Scores, share: Scores, n_points: int) -> Scores:
    """For each factor ``taken t + share (1 - t)`` of a row the integral of the product of the row's others."""
    points, weights = np.polynomial.legendre.leggauss(n_points)
    t = (points + 1) / 2
    factors = taken[..., np.newaxis] * t + share[..., np.newaxis] * (1 - t)
    # Products of those before and of those after, since a factor may be too small to divide by.
    before, after = np.ones_like(factors), np.ones_like(factors)
    with np.errstate(under="ignore"):
        before[:, 1:] = factors[:, :-1].cumprod(axis=1)
        after[:, :-1] = factors[:, :0:-1].cumprod(axis=1)[:, ::-1]
        return (before * after) @ (weights / 2)
