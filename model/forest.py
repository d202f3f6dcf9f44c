"""A gradient-boosted forest as plain arrays, and the two ways to walk it.

What scikit-learn trained is kept as one flat table of nodes. It loads in milliseconds, runs without scikit-learn, and
scores as scikit-learn does: the same leaf for every line, the same sum of leaf values bit for bit, probabilities within
1e-12. Small batches go through numpy, so that a single page never waits for a compiler; when a process has seen enough
lines, a compiled kernel (`copytaster.model.kernels`) takes over. Both add a line's leaf values in the order of the
trees, so that a line's scores depend neither on the path taken nor on the other lines of the batch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from copytaster.model.kernels import KernelLoader, Program, program
from copytaster.model.modelfile import ModelFileError

Scores = npt.NDArray[np.float64]
Rows = npt.NDArray[np.float32]

MAX_DEPTH: Final = 160
"""Deepest tree accepted: far above what training makes, low enough that no file can keep walking busy for long."""
MAX_TREES: Final = 10_000
"""Most trees accepted, for the same reason."""
MAX_NODES: Final = 1 << 20
"""Most nodes accepted: walking arranges them anew, in some hundred bytes each."""

_CHUNK_CELLS: Final = 1 << 16  # lines times trees that numpy walks at once: its temporaries fit the second-level cache

_DTYPES: Final[Mapping[str, Any]] = {
    "feature": np.int16,
    "threshold": np.float32,
    "left": np.int32,
    "right": np.int32,
    "missing_left": np.bool_,
    "value": np.float64,
    "cover": np.int32,
    "roots": np.int32,
    "tree_class": np.int8,
    "baseline": np.float64,
}
_OF_NODES: Final = ("feature", "threshold", "left", "right", "missing_left", "value", "cover")

_loader = KernelLoader()


@dataclass(frozen=True, eq=False)
class Forest:
    """Trees in one flat table of ``m`` nodes. Construction checks everything that walking relies on.

    A line goes left at a node if its feature is at most the threshold, or if the feature is missing (NaN) and the node
    sends missing values left. Infinities are numbers: only a threshold of infinity has positive infinity on its left.

    Attributes:
        feature: int16 (m,), the feature that a node splits on; -1 for a leaf.
        threshold: float32 (m,); 0 for a leaf.
        left: int32 (m,), the node on the left, greater than the node's own number; -1 for a leaf.
        right: int32 (m,), the same for the right.
        missing_left: bool (m,), whether a missing value goes left.
        value: float64 (m,), what a leaf adds to the score of its tree's class.
        cover: int32 (m,), how many of the lines trained on came through the node: walking does without it, explaining
            does not (`copytaster.model.attribution`).
        roots: int32 (t,), the root of each tree.
        tree_class: int8 (t,), the class each tree scores.
        baseline: float64 (k,), the scores before any tree. With ``k == 1`` the classes are two and the score is that of
            the second.
        n_features: How many features a line has.

    Raises:
        ModelFileError: If an array has the wrong type or shape, or holds anything that is not a forest.
    """

    feature: npt.NDArray[np.int16]
    threshold: npt.NDArray[np.float32]
    left: npt.NDArray[np.int32]
    right: npt.NDArray[np.int32]
    missing_left: npt.NDArray[np.bool_]
    value: npt.NDArray[np.float64]
    cover: npt.NDArray[np.int32]
    roots: npt.NDArray[np.int32]
    tree_class: npt.NDArray[np.int8]
    baseline: npt.NDArray[np.float64]
    n_features: int

    def __post_init__(self) -> None:
        fault = self._fault_of_arrays() or self._fault_of_nodes() or self._fault_of_trees()
        if fault:
            raise ModelFileError(f"not a forest: {fault}; train the model again or get an undamaged copy")
        for name in _DTYPES:  # what was checked must stay so
            array = np.ascontiguousarray(getattr(self, name)).view()
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        if len(self.levels) > MAX_DEPTH:
            raise ModelFileError(f"not a forest: a tree is deeper than {MAX_DEPTH}; train with a smaller max_depth")

    def _fault_of_arrays(self) -> str | None:
        for name, dtype in _DTYPES.items():
            array = getattr(self, name)
            if not isinstance(array, np.ndarray) or array.dtype != dtype or array.ndim != 1:
                return f"{name} is not a one-dimensional array of {np.dtype(dtype)}"
        if len({len(getattr(self, name)) for name in _OF_NODES}) > 1:
            return f"{', '.join(_OF_NODES)} differ in length"
        if len(self.roots) != len(self.tree_class):
            return "roots and tree_class differ in length"
        if not 1 <= len(self.roots) <= MAX_TREES:
            return f"it has {len(self.roots)} trees, not 1 to {MAX_TREES}"
        if len(self.feature) > MAX_NODES:
            return f"it has {len(self.feature)} nodes, more than {MAX_NODES}"
        if not 1 <= len(self.baseline) <= np.iinfo(np.int8).max:
            return f"it has {len(self.baseline)} scores"
        if not 0 <= self.n_features <= np.iinfo(np.int16).max:
            return f"it has {self.n_features} features"
        return None

    def _fault_of_nodes(self) -> str | None:
        n_nodes = len(self.feature)
        number = np.arange(n_nodes)
        split = self.feature >= 0
        if (self.feature < -1).any() or (self.feature >= self.n_features).any():
            return f"a node splits on a feature that is not one of the {self.n_features}"
        for name, child in (("left", self.left), ("right", self.right)):
            # Children that follow their parent rule out cycles.
            if (split & ((child <= number) | (child >= n_nodes))).any():
                return f"a {name} child is out of range or does not follow its parent"
            if (~split & (child != -1)).any():
                return f"a leaf has a {name} child"
        if (self.cover < 1).any() or (split & (self.cover != _sum_of_children(self))).any():
            return "a node's cover is not that of its children"
        if np.isnan(self.threshold).any():
            return "a threshold is not a number"
        with np.errstate(over="ignore"):
            # Finite even if a line got all of them: then no sum of some of them overflows.
            if not np.isfinite(2 * (np.abs(self.value).sum() + np.abs(self.baseline).sum())):
                return "a leaf value or baseline is not finite"
        return None

    def _fault_of_trees(self) -> str | None:
        n_nodes = len(self.feature)
        if ((self.roots < 0) | (self.roots >= n_nodes)).any():
            return "a root is out of range"
        if ((self.tree_class < 0) | (self.tree_class >= len(self.baseline))).any():
            return f"a tree scores a class that is not one of the {len(self.baseline)}"
        split = self.feature >= 0
        mentions = np.bincount(np.concatenate([self.roots, self.left[split], self.right[split]]), minlength=n_nodes)
        if (mentions != 1).any():
            return "a node does not belong to exactly one tree and parent"
        return None

    @property
    def n_classes(self) -> int:
        """How many classes `predict_proba` tells apart."""
        return max(2, len(self.baseline))

    @cached_property
    def levels(self) -> tuple[npt.NDArray[np.int32], ...]:
        """The nodes of all trees by their distance from the root; those deeper than `MAX_DEPTH` are left out."""
        levels = [self.roots]
        while len(levels) <= MAX_DEPTH:
            parents = levels[-1][self.feature[levels[-1]] >= 0]
            if not len(parents):
                break
            levels.append(np.concatenate([self.left[parents], self.right[parents]]))
        return tuple(levels)

    def raw(self, rows: Rows) -> Scores:
        """The sum of baseline and leaf values for each line.

        Args:
            rows: float32 (n, n_features); NaN for a missing value.

        Returns:
            float64 (n, k): equal bit for bit to scikit-learn's, and to those of the same line in any other batch.

        Raises:
            ValueError: If the type or the number of features is another.
        """
        return self._scores(rows).T

    def predict_proba(self, rows: Rows) -> Scores:
        """The probability of each class for each line.

        Args:
            rows: float32 (n, n_features); NaN for a missing value.

        Returns:
            float64 (n, n_classes); each line sums to 1.

        Raises:
            ValueError: If the type or the number of features is another.
        """
        return np.ascontiguousarray(_softmax(self._scores(rows)).T)

    def _scores(self, rows: Rows) -> Scores:
        """float64 (k, n), the sums of baseline and leaf values."""
        if rows.dtype != np.float32 or rows.ndim != 2 or rows.shape[1] != self.n_features:
            raise ValueError(
                f"features must be float32 (n, {self.n_features}), not {rows.dtype} {rows.shape}: "
                "featurise with the model's own featuriser"
            )
        columns = np.ascontiguousarray(rows.T)
        scores = np.repeat(self.baseline[:, np.newaxis], len(rows), axis=1)
        kernel = _loader.kernel_for(len(rows))
        if kernel and self._program:
            kernel(columns, *self._program, scores)
            return scores
        size = max(1, _CHUNK_CELLS // len(self.roots))
        for begin in range(0, len(rows), size):
            self._add_to_chunk(columns, scores, range(begin, min(begin + size, len(rows))))
        return scores

    @cached_property
    def _program(self) -> Program | None:
        return program(self)

    @cached_property
    def _steps(self) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """Feature of each node, and its right and left child side by side. A leaf leads to itself."""
        leaf = self.feature < 0
        number = np.arange(len(leaf))
        children = np.stack([np.where(leaf, number, self.right), np.where(leaf, number, self.left)], axis=1)
        return np.where(leaf, 0, self.feature).astype(np.intp), children.ravel().astype(np.intp)

    def _add_to_chunk(self, columns: Rows, scores: Scores, lines: range) -> None:
        """Take some lines through all trees at once, level by level, and add what they come to to their scores."""
        feature, children = self._steps
        n = columns.shape[1]
        cells = columns.ravel()
        place = np.arange(lines.start, lines.stop)
        any_missing = bool(np.isnan(columns[:, lines.start : lines.stop]).any())
        node = np.repeat(self.roots.astype(np.intp), len(lines)).reshape(len(self.roots), len(lines))
        for _ in self.levels[1:]:
            x = cells.take(feature.take(node) * n + place)
            with np.errstate(invalid="ignore"):
                goes_left = x <= self.threshold.take(node)
            if any_missing:
                goes_left |= np.isnan(x) & self.missing_left.take(node)
            node = children.take(2 * node + goes_left)
        # One tree after the other, as the kernel and scikit-learn do: `sum` would add in an order of its own.
        for output, values in zip(self.tree_class.tolist(), self.value.take(node), strict=True):
            scores[output, lines.start : lines.stop] += values

    def blended(self, other: Forest, share: float) -> Forest:
        """A forest of both forests' trees, whose raw scores are the weighted means of theirs.

        Args:
            other: A forest on the same features and classes.
            share: The weight of the other's scores, 0 to 1.

        Raises:
            ValueError: If it is on others.
        """
        if other.n_features != self.n_features or len(other.baseline) != len(self.baseline):
            raise ValueError("forests on other features or classes have no mean")
        count = len(self.feature)

        def behind(child: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
            return np.where(child < 0, child, child + count).astype(np.int32)

        return Forest(
            feature=np.concatenate([self.feature, other.feature]),
            threshold=np.concatenate([self.threshold, other.threshold]),
            left=np.concatenate([self.left, behind(other.left)]),
            right=np.concatenate([self.right, behind(other.right)]),
            missing_left=np.concatenate([self.missing_left, other.missing_left]),
            value=np.concatenate([self.value * (1 - share), other.value * share]),
            cover=np.concatenate([self.cover, other.cover]),
            roots=np.concatenate([self.roots, behind(other.roots)]),
            tree_class=np.concatenate([self.tree_class, other.tree_class]),
            baseline=self.baseline * (1 - share) + other.baseline * share,
            n_features=self.n_features,
        )

    def arrays(self, prefix: str) -> dict[str, npt.NDArray[Any]]:
        """The forest's arrays for a model file, named ``prefix.feature`` and so on."""
        packed = {f"{prefix}.{name}": getattr(self, name) for name in _DTYPES}
        return {**packed, f"{prefix}.n_features": np.array(self.n_features, dtype=np.int32)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]], prefix: str, *, source: str = "model") -> Forest:
        """Make a forest of what `arrays` gave.

        Args:
            arrays: The arrays of a model file.
            prefix: The forest's name in them.
            source: What to call the file in an error.

        Raises:
            ModelFileError: If an array is missing, or they are not a forest.
        """
        names = [field.name for field in fields(cls)]
        missing = [f"{prefix}.{name}" for name in names if f"{prefix}.{name}" not in arrays]
        if missing:
            raise ModelFileError(f"{source}: has no {', '.join(missing)}; train the model again")
        found = {name: arrays[f"{prefix}.{name}"] for name in names}
        n_features = found.pop("n_features")
        if n_features.shape != () or n_features.dtype != np.int32:
            raise ModelFileError(f"{source}: {prefix}.n_features is not a single int32; train the model again")
        try:
            return cls(**found, n_features=int(n_features))
        except ModelFileError as error:
            raise ModelFileError(f"{source}: {prefix}: {error}") from None


def _sum_of_children(forest: Forest) -> npt.NDArray[np.int64]:
    """int64 (m,), the cover of each node's children together; of a leaf anything."""
    cover = forest.cover.astype(np.int64)
    return cover[forest.left] + cover[forest.right]


def _softmax(scores: Scores) -> Scores:
    """Probabilities (n_classes, n) of scores (k, n). By class: `sum` may add in another order in another batch."""
    if len(scores) == 1:
        scores = np.concatenate([np.zeros_like(scores), scores])
    with np.errstate(under="ignore"):
        odds = np.exp(scores - scores.max(axis=0))
    total = odds[0].copy()
    for of_class in odds[1:]:
        total += of_class
    probabilities: Scores = odds / total
    return probabilities
