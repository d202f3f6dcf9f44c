"""The compiled walk of a forest: every split of a tree is asked at once, for a block of lines at a time.

Following a line from node to node is slow on a modern processor: each step waits for the one before it and lands
somewhere else in memory. So no line is followed here.

1. Each number is replaced by its rank among the values that the forest compares it with: exact, and it fits a byte.
2. A tree is evaluated from its leaves up: a split hands on the number of the leaf that its left or its right side came
   to, whichever way the line goes there. What the root is left with is the leaf the line ends in.
3. The leaves' values are added, tree after tree.

The inner loop of each step runs over the lines of a block and has no branch, so the compiler makes it vector
instructions, which take as many bytes at a time as there are to a register.

numba is imported when a process has enough lines to repay it, and never at import of this module.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from copytaster.model.compiled import compiled

if TYPE_CHECKING:
    from copytaster.model.forest import Forest

KERNEL_LINES: Final = 16_384
"""Lines, each counted once a forest, after which a process loads the kernel: about what numpy walks in the time that
importing numba takes."""
MAX_LEAVES: Final = 256
"""Leaves of the largest tree that the kernel takes: their numbers fit a byte. numpy walks forests with larger ones."""

_BLOCK: Final = 256  # lines; enough for the vector loops, few enough that a tree's rows stay in the first-level cache
_CUTS: Final = 252  # of a column: the ranks 0 to 252 fit a byte
_AT_ONCE: Final = 4  # cuts that a pass over the block compares; columns are filled up to a multiple of it

Kernel = Callable[..., None]


class Program(NamedTuple):
    """A forest as the kernel reads it: c columns of ranks, s splits, t trees.

    A column holds the ranks of one feature among up to 252 cuts. A missing value ranks below all cuts where it goes
    left and above all where it goes right, so splits that treat it differently have columns of their own.

    While a tree is evaluated there is a row of bytes, one for each line of the block, for each of its splits and behind
    those for each leaf.

    Attributes:
        feature: int32 (c,), the feature whose ranks the column holds.
        missing_high: bool (c,), whether missing values rank above all cuts.
        first_cut: int32 (c + 1,), where the cuts of each column begin.
        cut: float32, the cuts, ascending within a column, filled up with infinities.
        first_split: int32 (t + 1,), where the splits of each tree begin; below come before above.
        column: int32 (s,), the column that each split looks at.
        rank: uint8 (s,); left is a rank of at most this.
        left: int32 (s,), the row of bytes that holds what the left side came to.
        right: int32 (s,), the same for the right.
        root: int32 (t,), the row of each tree's result.
        value: float64 (t, leaves), the values of each tree's leaves.
        output: int32 (t,), the column of the scores that each tree adds to.
        first_leaf: How many rows stand before those of the leaves.
    """

    feature: npt.NDArray[np.int32]
    missing_high: npt.NDArray[np.bool_]
    first_cut: npt.NDArray[np.int32]
    cut: npt.NDArray[np.float32]
    first_split: npt.NDArray[np.int32]
    column: npt.NDArray[np.int32]
    rank: npt.NDArray[np.uint8]
    left: npt.NDArray[np.int32]
    right: npt.NDArray[np.int32]
    root: npt.NDArray[np.int32]
    value: npt.NDArray[np.float64]
    output: npt.NDArray[np.int32]
    first_leaf: int


def program(forest: Forest) -> Program | None:
    """Arrange a forest as the kernel reads it; None if one of its trees has too many leaves for it."""
    n_trees = len(forest.roots)
    tree = _tree_of_node(forest)
    # Children are numbered above their parents, so falling numbers evaluate what is below first.
    splits = np.flatnonzero(forest.feature >= 0)
    splits = splits[np.lexsort((-splits, tree[splits]))]
    leaves = np.flatnonzero(forest.feature < 0)
    leaves = leaves[np.argsort(tree[leaves], kind="stable")]
    place_of_split, n_splits = _places(tree[splits], n_trees)
    place_of_leaf, n_leaves = _places(tree[leaves], n_trees)
    if int(n_leaves.max(initial=0)) > MAX_LEAVES:
        return None
    first_leaf = int(n_splits.max(initial=0))
    row = np.zeros(len(tree), dtype=np.int32)
    row[splits] = place_of_split
    row[leaves] = first_leaf + place_of_leaf
    value = np.zeros((n_trees, int(n_leaves.max(initial=0))))
    value[tree[leaves], place_of_leaf] = forest.value[leaves]
    return Program(
        **_columns(forest, splits),
        left=row[forest.left[splits]],
        right=row[forest.right[splits]],
        root=row[forest.roots],
        value=value,
        output=forest.tree_class.astype(np.int32),
        first_leaf=first_leaf,
        first_split=np.concatenate([[0], np.cumsum(n_splits)]).astype(np.int32),
    )


def _tree_of_node(forest: Forest) -> npt.NDArray[np.intp]:
    tree = np.empty(len(forest.feature), dtype=np.intp)
    tree[forest.roots] = np.arange(len(forest.roots))
    for level in forest.levels:
        parents = level[forest.feature[level] >= 0]
        tree[forest.left[parents]] = tree[forest.right[parents]] = tree[parents]
    return tree


def _places(group: npt.NDArray[np.intp], n_groups: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """The place of each element among those of its group, which stand together, and how many each group has."""
    size = np.bincount(group, minlength=n_groups)
    return np.arange(len(group)) - np.repeat(np.cumsum(size) - size, size), size


def _columns(forest: Forest, splits: npt.NDArray[np.intp]) -> dict[str, npt.NDArray[Any]]:
    """The columns of ranks that some splits need, and the column and rank of each split."""
    feature, high, threshold = forest.feature[splits], ~forest.missing_left[splits], forest.threshold[splits]
    order = np.lexsort((threshold, high, feature))
    by_feature, by_high, by_threshold = feature[order], high[order], threshold[order]
    other = np.ones(len(order), dtype=bool)
    other[1:] = (by_feature[1:] != by_feature[:-1]) | (by_high[1:] != by_high[:-1])
    new = other.copy()
    new[1:] |= by_threshold[1:] != by_threshold[:-1]
    number = np.cumsum(new) - 1
    place = number - np.maximum.accumulate(np.where(other, number, 0))
    begins = new & (place % _CUTS == 0)
    column = np.empty(len(order), dtype=np.int32)
    column[order] = np.cumsum(begins) - 1
    rank = np.empty(len(order), dtype=np.uint8)
    rank[order] = place % _CUTS
    size = np.bincount(column[order][new])
    filled = -(-size // _AT_ONCE) * _AT_ONCE
    first_cut = np.concatenate([[0], np.cumsum(filled)]).astype(np.int32)
    cut = np.full(first_cut[-1], np.inf, dtype=np.float32)
    cut[first_cut[column[order]] + rank[order]] = by_threshold
    return {
        "feature": by_feature[begins].astype(np.int32),
        "missing_high": by_high[begins],
        "first_cut": first_cut,
        "cut": cut,
        "column": column,
        "rank": rank,
    }


def add_trees(
    columns: Any,
    feature: Any,
    missing_high: Any,
    first_cut: Any,
    cut: Any,
    first_split: Any,
    column: Any,
    rank: Any,
    left: Any,
    right: Any,
    root: Any,
    value: Any,
    output: Any,
    first_leaf: Any,
    scores: Any,
) -> None:
    """Add what the trees make of lines to their ``scores``. numba compiles this source; it is never run as it is.

    Args:
        columns: float32 (f, n), C order: the features of n lines.
        feature: This and what follows up to ``first_leaf``: the fields of `Program`.
        missing_high: See there.
        first_cut: See there.
        cut: See there.
        first_split: See there.
        column: See there.
        rank: See there.
        left: See there.
        right: See there.
        root: See there.
        value: See there.
        output: See there.
        first_leaf: See there.
        scores: float64 (k, n), C order; added to in place.
    """
    n_lines = columns.shape[1]
    n_scores = scores.shape[0]
    ranks = np.empty((feature.shape[0], _BLOCK), dtype=np.uint8)
    rows = np.empty((first_leaf + value.shape[1], _BLOCK), dtype=np.uint8)
    sums = np.empty((n_scores, _BLOCK), dtype=np.float64)
    x = np.zeros(_BLOCK, dtype=np.float32)
    for leaf in range(value.shape[1]):
        for i in range(_BLOCK):
            rows[first_leaf + leaf, i] = leaf
    for begin in range(0, n_lines, _BLOCK):
        size = min(_BLOCK, n_lines - begin)
        for c in range(feature.shape[0]):
            of_block = columns[feature[c], begin : begin + size]  # whose loop is made vector instructions
            for i in range(size):
                x[i] = of_block[i]
            of_column = ranks[c]
            for i in range(_BLOCK):
                of_column[i] = 0
            # Every comparison with NaN is false, so that it passes no cut, or all of them where what counts is "not".
            for k in range(first_cut[c], first_cut[c + 1], _AT_ONCE):
                p, q, r, s = cut[k], cut[k + 1], cut[k + 2], cut[k + 3]
                if missing_high[c]:
                    for i in range(_BLOCK):
                        y = x[i]
                        passed = np.uint8(not y <= p) + np.uint8(not y <= q) + np.uint8(not y <= r)
                        of_column[i] += np.uint8(passed + np.uint8(not y <= s))
                else:
                    for i in range(_BLOCK):
                        y = x[i]
                        passed = np.uint8(y > p) + np.uint8(y > q) + np.uint8(y > r) + np.uint8(y > s)
                        of_column[i] += np.uint8(passed)
        for score in range(n_scores):
            for i in range(size):
                sums[score, i] = scores[score, begin + i]
        for tree in range(root.shape[0]):
            for split in range(first_split[tree], first_split[tree + 1]):
                of_column, limit = ranks[column[split]], rank[split]
                if_left, if_right = rows[left[split]], rows[right[split]]
                result = rows[split - first_split[tree]]
                for i in range(_BLOCK):
                    # Both are read whichever is needed: a read that depends on the line could not be vectorised.
                    one, other = if_left[i], if_right[i]
                    result[i] = one if of_column[i] <= limit else other
            leaf_of, of_leaf, total = rows[root[tree]], value[tree], sums[output[tree]]
            for i in range(_BLOCK):
                total[i] += of_leaf[leaf_of[i]]
        for score in range(n_scores):
            for i in range(size):
                scores[score, begin + i] = sums[score, i]


class KernelLoader:
    """Compiles `add_trees`, or loads it from numba's cache, once a process has seen enough lines to repay that.

    A process that cannot have the kernel (numba is missing or broken, or switched off by ``NUMBA_DISABLE_JIT``) stays
    with numpy, which gives the same scores. Where numba's cache cannot be written, the kernel is compiled anew.
    """

    def __init__(self, after: int = KERNEL_LINES) -> None:
        self._lines_left = after
        self._tried = False
        self._kernel: Kernel | None = None

    def kernel_for(self, n_lines: int) -> Kernel | None:
        """The kernel for a batch of ``n_lines``, or None if numpy is to walk it."""
        if not self._tried:
            self._lines_left -= n_lines
            if self._lines_left > 0:
                return None
            self._kernel = compile_kernel()
            self._tried = True
        return self._kernel


def compile_kernel() -> Kernel | None:
    """`add_trees` compiled, or None if this machine cannot."""
    return compiled(add_trees, _signature, error_model="numpy")


def _signature(numba: Any) -> Any:
    def array(dtype: Any, ndim: int, *, readonly: bool = True) -> Any:
        return numba.types.Array(dtype, ndim, "C", readonly=readonly)

    t = numba.types
    return t.void(
        array(t.float32, 2),
        array(t.int32, 1),
        array(t.boolean, 1),
        array(t.int32, 1),
        array(t.float32, 1),
        array(t.int32, 1),
        array(t.int32, 1),
        array(t.uint8, 1),
        array(t.int32, 1),
        array(t.int32, 1),
        array(t.int32, 1),
        array(t.float64, 2),
        array(t.int32, 1),
        t.int64,
        array(t.float64, 2, readonly=False),
    )
