"""The compiled walk of a forest: every split of a tree is asked at once, for a block of lines at a time.

Following a line from node to node is slow on a modern processor: each step waits for the one before it and lands
somewhere else in memory. So no line is followed here. The leaves of a tree, left to right, are the bits of a 32-bit
word. A split that a line passes to the right rules out all leaves on its left and the other way round; after all the
tree's splits one bit is left, the leaf the line ends in. Splits do not depend on each other, so the inner loop runs
over the lines of a block and the compiler makes it a handful of vector instructions. (The idea is QuickScorer's,
Lucchese et al., SIGIR 2015.) A tree of more than 32 leaves takes several words, each of which knows the splits that
concern its own leaves. Four times as fast as the best walk from node to node tried, see `docs/model-file.md`.

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

_BLOCK: Final = 64  # lines; the block's features and its words stay in the first-level cache
_LEAVES: Final = 32  # bits of a word
# A word with one bit set, multiplied by this, has a different number in its top five bits for each bit: that is how
# the bit's leaf is found without a count-zeros instruction, which numba does not offer.
_DE_BRUIJN: Final = np.uint32(0x077CB531)
_DE_BRUIJN_SHIFT: Final = np.uint32(27)

_SLOTS: Final = ((np.uint64(_DE_BRUIJN) << np.arange(_LEAVES, dtype=np.uint64)) & np.uint64(0xFFFFFFFF)) >> np.uint64(
    27
)

Kernel = Callable[..., None]


class LeafWords(NamedTuple):
    """A forest as the kernel reads it: ``w`` words of up to 32 leaves, in the order of the trees, and their splits.

    Attributes:
        feature: int32 (s,), the feature each split looks at. A word's splits that send a missing value left come first.
        threshold: float32 (s,); left is ``x <= threshold``.
        if_left: uint32 (s,), the leaves still possible for a line that goes left.
        if_right: uint32 (s,), the same for one that goes right.
        first: int32 (w + 1,), where the splits of each word begin.
        missing_right: int32 (w,), where the splits of each word that send a missing value right begin.
        leaves: uint32 (w,), the bits that stand for a leaf.
        values: float64 (w, 32), the leaves' values, where the kernel looks for them.
        output: int32 (w,), the column of the scores that the word adds to.
    """

    feature: npt.NDArray[np.int32]
    threshold: npt.NDArray[np.float32]
    if_left: npt.NDArray[np.uint32]
    if_right: npt.NDArray[np.uint32]
    first: npt.NDArray[np.int32]
    missing_right: npt.NDArray[np.int32]
    leaves: npt.NDArray[np.uint32]
    values: npt.NDArray[np.float64]
    output: npt.NDArray[np.int32]


def leaf_words(forest: Forest) -> LeafWords:
    """Arrange a forest's nodes as the kernel reads them."""
    tree, begin, count = _leaf_ranges(forest)
    words_of_tree = -(-count[forest.roots] // _LEAVES)
    first_word = np.cumsum(words_of_tree) - words_of_tree
    n_words = int(words_of_tree.sum())

    split = np.flatnonzero(forest.feature >= 0)
    # A split once for every word that holds one of its leaves.
    from_word = begin[split] // _LEAVES
    repeats = (begin[split] + count[split] - 1) // _LEAVES - from_word + 1
    ordinal = np.arange(repeats.sum()) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    word_in_tree = np.repeat(from_word, repeats) + ordinal
    split = np.repeat(split, repeats)
    word = first_word[tree[split]] + word_in_tree
    order = np.lexsort((~forest.missing_left[split], word))
    split, word, offset = split[order], word[order], word_in_tree[order] * _LEAVES

    left, right = forest.left[split], forest.right[split]
    left_bits = _bits(begin[left] - offset, begin[left] + count[left] - offset)
    right_bits = _bits(begin[right] - offset, begin[right] + count[right] - offset)
    splits_of_word = np.bincount(word, minlength=n_words)
    first = np.concatenate([[0], np.cumsum(splits_of_word)])
    missing_left_of_word = np.bincount(word[forest.missing_left[split]], minlength=n_words)

    leaf = np.flatnonzero(forest.feature < 0)
    values = np.zeros((n_words, _LEAVES))
    values[first_word[tree[leaf]] + begin[leaf] // _LEAVES, _SLOTS[begin[leaf] % _LEAVES]] = forest.value[leaf]
    tree_of_word = np.repeat(np.arange(len(forest.roots)), words_of_tree)
    left_over = count[forest.roots][tree_of_word] - (np.arange(n_words) - first_word[tree_of_word]) * _LEAVES
    return LeafWords(
        feature=forest.feature[split].astype(np.int32),
        threshold=np.ascontiguousarray(forest.threshold[split]),
        if_left=~right_bits,
        if_right=~left_bits,
        first=first.astype(np.int32),
        missing_right=(first[:-1] + missing_left_of_word).astype(np.int32),
        leaves=_bits(np.zeros_like(left_over), left_over),
        values=values,
        output=forest.tree_class[tree_of_word].astype(np.int32),
    )


def _leaf_ranges(forest: Forest) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Each node's tree, the place of its first leaf among the tree's leaves from left to right, and how many it has."""
    count = (forest.feature < 0).astype(np.intp)
    tree = np.zeros(len(count), dtype=np.intp)
    begin = np.zeros(len(count), dtype=np.intp)
    splits = [level[forest.feature[level] >= 0] for level in forest.levels]
    for parents in reversed(splits):
        count[parents] = count[forest.left[parents]] + count[forest.right[parents]]
    tree[forest.roots] = np.arange(len(forest.roots))
    for parents in splits:
        left, right = forest.left[parents], forest.right[parents]
        tree[left] = tree[right] = tree[parents]
        begin[left] = begin[parents]
        begin[right] = begin[parents] + count[left]
    return tree, begin, count


def _bits(first: npt.NDArray[np.intp], end: npt.NDArray[np.intp]) -> npt.NDArray[np.uint32]:
    """Words with the bits ``first`` up to (not including) ``end`` set; what lies outside the word is cut off."""
    low = np.clip(first, 0, _LEAVES).astype(np.uint64)
    high = np.clip(end, 0, _LEAVES).astype(np.uint64)
    one = np.uint64(1)
    return ((one << high) - (one << low)).astype(np.uint32)


def add_leaves(
    rows: Any,
    feature: Any,
    threshold: Any,
    if_left: Any,
    if_right: Any,
    first: Any,
    missing_right: Any,
    leaves: Any,
    values: Any,
    output: Any,
    baseline: Any,
    raw: Any,
) -> None:
    """Write the raw scores of ``rows`` into ``raw``. This is the source that numba compiles; it is never run as it is.

    Args:
        rows: float32 (n, f), C order.
        feature: This and what follows up to ``output``: the fields of `LeafWords`.
        threshold: See there.
        if_left: See there.
        if_right: See there.
        first: See there.
        missing_right: See there.
        leaves: See there.
        values: See there.
        output: See there.
        baseline: float64 (k,).
        raw: float64 (n, k), C order; receives the scores.
    """
    n_rows, n_features = rows.shape
    n_scores = baseline.shape[0]
    columns = np.zeros((n_features, _BLOCK), dtype=np.float32)
    possible = np.empty(_BLOCK, dtype=np.uint32)
    sums = np.empty((n_scores, _BLOCK), dtype=np.float64)
    for begin in range(0, n_rows, _BLOCK):
        n_lines = min(_BLOCK, n_rows - begin)
        for line in range(n_lines):
            for column in range(n_features):
                columns[column, line] = rows[begin + line, column]
        for score in range(n_scores):
            for line in range(_BLOCK):
                sums[score, line] = baseline[score]
        for word in range(leaves.shape[0]):
            for line in range(_BLOCK):
                possible[line] = leaves[word]
            # Every comparison with NaN is false, so that "not greater" sends it left and "not at most" right.
            for split in range(first[word], missing_right[word]):
                x = columns[feature[split]]
                limit, to_left, to_right = threshold[split], if_left[split], if_right[split]
                for line in range(_BLOCK):
                    possible[line] &= to_right if x[line] > limit else to_left
            for split in range(missing_right[word], first[word + 1]):
                x = columns[feature[split]]
                limit, to_left, to_right = threshold[split], if_left[split], if_right[split]
                for line in range(_BLOCK):
                    possible[line] &= to_left if x[line] <= limit else to_right
            value = values[word]
            total = sums[output[word]]
            for line in range(_BLOCK):
                # No bit is left where the line's leaf is in another word of the same tree.
                if possible[line] != 0:
                    total[line] += value[np.uint32(possible[line] * _DE_BRUIJN) >> _DE_BRUIJN_SHIFT]
        for line in range(n_lines):
            for score in range(n_scores):
                raw[begin + line, score] = sums[score, line]


class KernelLoader:
    """Compiles `add_leaves`, or loads it from numba's cache, once a process has seen enough lines to repay that.

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
    """`add_leaves` compiled, or None if this machine cannot."""
    return compiled(add_leaves, _signature, error_model="numpy")


def _signature(numba: Any) -> Any:
    def array(dtype: Any, ndim: int, *, readonly: bool = True) -> Any:
        return numba.types.Array(dtype, ndim, "C", readonly=readonly)

    t = numba.types
    return t.void(
        array(t.float32, 2),
        array(t.int32, 1),
        array(t.float32, 1),
        array(t.uint32, 1),
        array(t.uint32, 1),
        array(t.int32, 1),
        array(t.int32, 1),
        array(t.uint32, 1),
        array(t.float64, 2),
        array(t.int32, 1),
        array(t.float64, 1),
        array(t.float64, 2, readonly=False),
    )
