import math
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copytaster.model import forest as forest_module
from copytaster.model import kernels
from copytaster.model.forest import MAX_DEPTH, Forest
from copytaster.model.kernels import KernelLoader
from copytaster.model.modelfile import ModelFileError

N_FEATURES = 5
# Few distinct values, so that lines fall on thresholds all the time.
VALUES = np.array([-np.inf, -2, -1, -0.5, 0, 0.5, 1, 2, np.inf, np.nan], dtype=np.float32)
THRESHOLDS = VALUES[:-1]


class ForestBuilder:
    """Grows random trees node by node, a parent always before its children."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.nodes = []
        self.roots = []

    def add_tree(self, n_splits, chain=False):
        """Split a random leaf ``n_splits`` times, or always the leaf made last."""
        start = len(self.nodes)
        self.roots.append(start)
        leaves = [self._add_leaf()]
        for _ in range(n_splits):
            node = leaves.pop(-1 if chain else int(self.random.integers(len(leaves))))
            left, right = self._add_leaf(), self._add_leaf()
            if self.random.random() < 0.5:
                left, right = right, left
            feature, threshold = self.random.integers(N_FEATURES), self.random.choice(THRESHOLDS)
            self.nodes[node] = (feature, threshold, left, right, self.random.random() < 0.5, 0.0)
            leaves += [left, right]

    def _add_leaf(self):
        self.nodes.append((-1, 0, -1, -1, False, self.random.normal()))
        return len(self.nodes) - 1

    def forest(self, n_scores):
        feature, threshold, left, right, missing_left, value = zip(*self.nodes, strict=True)
        cover = [1] * len(feature)
        for node in reversed(range(len(feature))):
            if feature[node] >= 0:
                cover[node] = cover[left[node]] + cover[right[node]]
        return Forest(
            feature=np.array(feature, np.int16),
            threshold=np.array(threshold, np.float32),
            left=np.array(left, np.int32),
            right=np.array(right, np.int32),
            missing_left=np.array(missing_left, np.bool_),
            value=np.array(value, np.float64),
            cover=np.array(cover, np.int32),
            roots=np.array(self.roots, np.int32),
            tree_class=self.random.integers(n_scores, size=len(self.roots)).astype(np.int8),
            baseline=self.random.normal(size=n_scores),
            n_features=N_FEATURES,
        )


def make_forest(seed=0, sizes=(0, 1, 5, 30, 31), n_scores=4, chain=False):
    builder = ForestBuilder(seed)
    for size in sizes:
        builder.add_tree(size, chain)
    return builder.forest(n_scores)


def make_rows(n, seed=0):
    return np.random.default_rng(seed).choice(VALUES, size=(n, N_FEATURES))


def walked_by_hand(forest, rows):
    scores = np.empty((len(rows), len(forest.baseline)))
    for row, line in zip(scores, rows, strict=True):
        row[:] = forest.baseline
        for root, column in zip(forest.roots, forest.tree_class, strict=True):
            node = root
            while forest.feature[node] >= 0:
                x = line[forest.feature[node]]
                goes_left = forest.missing_left[node] if math.isnan(x) else x <= forest.threshold[node]
                node = forest.left[node] if goes_left else forest.right[node]
            row[column] += forest.value[node]
    return scores


@pytest.fixture(scope="module")
def loaded_kernel():
    loader = KernelLoader(after=1)
    assert loader.kernel_for(1) is not None
    return loader


@pytest.fixture(params=["numpy", "kernel"])
def path(request, monkeypatch, loaded_kernel):
    """Send everything through one of the two paths."""
    loader = loaded_kernel if request.param == "kernel" else KernelLoader(after=sys.maxsize)
    monkeypatch.setattr(forest_module, "_loader", loader)
    return request.param


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    sizes=st.lists(st.integers(0, 150), min_size=1, max_size=6),
    n_scores=st.integers(1, 5),
    chain=st.booleans(),
    n_rows=st.integers(0, 200),
)
def test_both_paths_take_every_line_where_a_walk_by_hand_does(loaded_kernel, seed, sizes, n_scores, chain, n_rows):
    forest, rows = make_forest(seed, sizes, n_scores, chain), make_rows(n_rows, seed)
    expected = walked_by_hand(forest, rows)
    for loader in (loaded_kernel, KernelLoader(after=sys.maxsize)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(forest_module, "_loader", loader)
            np.testing.assert_array_equal(forest.raw(rows), expected, strict=True)


def test_a_feature_compared_with_more_values_than_fit_a_byte_is_ranked_in_parts(path):
    forest = make_forest(sizes=(30,) * 100)
    random = np.random.default_rng(0)
    splits = forest.feature >= 0
    forest = replace(
        forest,
        feature=np.where(splits, 0, -1).astype(np.int16),
        threshold=np.where(splits, random.normal(size=len(splits)), 0).astype(np.float32),
    )
    assert len(np.unique(forest.threshold[splits & forest.missing_left])) > 2 * 256
    rows = random.normal(size=(300, N_FEATURES)).astype(np.float32)
    rows[::7] = np.nan
    rows[:200:2, 0] = forest.threshold[splits][:100]  # on the very thresholds
    np.testing.assert_array_equal(forest.raw(rows), walked_by_hand(forest, rows))


def test_a_tree_with_more_leaves_than_fit_a_byte_is_left_to_numpy(path):
    assert kernels.program(make_forest(sizes=(3, kernels.MAX_LEAVES - 1))) is not None
    forest, rows = make_forest(sizes=(3, kernels.MAX_LEAVES)), make_rows(100)
    assert kernels.program(forest) is None
    np.testing.assert_array_equal(forest.raw(rows), walked_by_hand(forest, rows))


@pytest.mark.parametrize("n_scores", [1, 4])
def test_a_line_scores_the_same_in_any_batch(path, n_scores, monkeypatch):
    monkeypatch.setattr(forest_module, "_CHUNK_CELLS", 7 * 5)  # numpy walks seven lines at a time
    forest, rows = make_forest(n_scores=n_scores), make_rows(301)
    whole = forest.predict_proba(rows)
    for size in (1, 2, 63, 64, 65):
        parts = [forest.predict_proba(rows[begin : begin + size]) for begin in range(0, len(rows), size)]
        np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_memory_layout_does_not_matter(path):
    forest, rows = make_forest(), make_rows(100)
    expected = forest.raw(rows)
    np.testing.assert_array_equal(forest.raw(np.asfortranarray(rows)), expected)
    np.testing.assert_array_equal(forest.raw(np.repeat(rows, 2, axis=0)[::2]), expected)


def test_probabilities_are_the_softmax_of_the_scores(path):
    forest, rows = make_forest(), make_rows(100)
    odds = np.exp(forest.raw(rows))
    np.testing.assert_allclose(forest.predict_proba(rows), odds / odds.sum(axis=1, keepdims=True), rtol=1e-13)


def test_a_single_score_is_that_of_the_second_of_two_classes(path):
    forest, rows = make_forest(n_scores=1), make_rows(100)
    second = 1 / (1 + np.exp(-forest.raw(rows)[:, 0]))
    assert forest.n_classes == 2
    np.testing.assert_allclose(forest.predict_proba(rows), np.stack([1 - second, second], axis=1), rtol=1e-12)


def test_scores_far_apart_give_certainty_and_no_warning(path):
    forest = make_forest(sizes=(0,), n_scores=2)
    forest = replace(forest, baseline=np.array([-1e300, 1e300]))
    assert forest.predict_proba(make_rows(1)).tolist() == [[0.0, 1.0]]


def test_no_lines_give_no_rows(path):
    assert make_forest().predict_proba(make_rows(0)).shape == (0, 4)


@pytest.mark.parametrize(
    "rows", [np.zeros((2, N_FEATURES)), np.zeros((2, N_FEATURES + 1), np.float32), np.zeros(N_FEATURES, np.float32)]
)
def test_features_of_another_type_or_number_are_refused(rows):
    with pytest.raises(ValueError, match=rf"float32 \(n, {N_FEATURES}\)"):
        make_forest().raw(rows)


def changed(forest, name, index, value):
    array = getattr(forest, name).copy()
    array[index] = value
    return replace(forest, **{name: array})


def a_split(forest):
    return int(np.flatnonzero(forest.feature >= 0)[-1])


def a_leaf(forest):
    return int(np.flatnonzero(forest.feature < 0)[-1])


FAULTS = {
    "one-dimensional array of int16": lambda f: replace(f, feature=f.feature.astype(np.int32)),
    "one-dimensional array of float64": lambda f: replace(f, value=f.value[:, np.newaxis]),
    "one-dimensional array of int8": lambda f: replace(f, tree_class=f.tree_class.tolist()),
    "missing_left, value, cover differ in length": lambda f: replace(f, right=f.right[:-1]),
    "roots and tree_class differ in length": lambda f: replace(f, roots=f.roots[:-1]),
    "0 trees": lambda f: replace(f, roots=f.roots[:0], tree_class=f.tree_class[:0]),
    "0 scores": lambda f: replace(f, baseline=f.baseline[:0]),
    "-1 features": lambda f: replace(f, n_features=-1),
    "40000 features": lambda f: replace(f, n_features=40_000),
    "feature that is not one of the 5": lambda f: changed(f, "feature", a_split(f), N_FEATURES),
    "feature that is not one of": lambda f: changed(f, "feature", a_split(f), -2),
    "left child is out of range": lambda f: changed(f, "left", a_split(f), len(f.left)),
    "right child is out of range": lambda f: changed(f, "right", a_split(f), -1),
    "or does not follow its parent": lambda f: changed(f, "left", a_split(f), a_split(f)),
    "a leaf has a right child": lambda f: changed(f, "right", a_leaf(f), a_leaf(f)),
    "threshold is not a number": lambda f: changed(f, "threshold", a_split(f), np.nan),
    "cover is not that of its children": lambda f: changed(f, "cover", 0, 0),
    "cover is not that of its": lambda f: changed(f, "cover", a_leaf(f), 7),
    "value or baseline is not finite": lambda f: changed(f, "value", a_leaf(f), np.inf),
    "value or baseline is not fin": lambda f: replace(f, baseline=np.full(4, 1e308)),
    "a root is out of range": lambda f: changed(f, "roots", 0, len(f.feature)),
    "root is out of": lambda f: changed(f, "roots", 0, -1),
    "class that is not one of the 4": lambda f: changed(f, "tree_class", 0, 4),
    "class that is not one of": lambda f: changed(f, "tree_class", 0, -1),
    "exactly one tree and parent": lambda f: changed(f, "left", a_split(f), int(f.right[a_split(f)])),
    "exactly one tree": lambda f: changed(f, "roots", 1, int(f.roots[0])),
    f"deeper than {MAX_DEPTH}": lambda f: make_forest(sizes=(MAX_DEPTH,), chain=True),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_not_a_forest_is_refused(fault):
    with pytest.raises(ModelFileError, match=fault):
        FAULTS[fault](make_forest())


def test_a_checked_forest_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        make_forest().left[0] = 0


def test_a_forest_comes_back_from_its_arrays():
    forest = make_forest()
    arrays = forest.arrays("first")
    assert {name.split(".")[0] for name in arrays} == {"first"}
    again = Forest.from_arrays({**arrays, "other": np.zeros(1)}, "first")
    assert again.n_features == N_FEATURES
    for name, array in again.arrays("first").items():
        np.testing.assert_array_equal(array, arrays[name], strict=True)


def test_arrays_that_are_not_a_forest_are_refused_by_the_name_of_file_and_forest():
    arrays = make_forest().arrays("first")
    with pytest.raises(ModelFileError, match=r"m\.npz: has no second\.feature, .*train the model again"):
        Forest.from_arrays(arrays, "second", source="m.npz")
    with pytest.raises(ModelFileError, match=r"m\.npz: first: not a forest"):
        Forest.from_arrays({**arrays, "first.left": arrays["first.right"]}, "first", source="m.npz")
    with pytest.raises(ModelFileError, match=r"m\.npz: first\.n_features is not a single int32"):
        Forest.from_arrays({**arrays, "first.n_features": np.array([5])}, "first", source="m.npz")


def run_python(code, folder, **environment):
    """Run code in an interpreter that has imported nothing yet."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_kernel_is_loaded_only_after_lines_enough_to_repay_it():
    loader = KernelLoader(after=100)
    assert loader.kernel_for(60) is None
    assert loader.kernel_for(60) is not None
    assert loader.kernel_for(1) is not None


def test_walking_a_page_imports_neither_numba_nor_scikit_learn(tmp_path):
    code = """
import sys, numpy as np
from copytaster.model.forest import Forest
leaf = Forest(*(np.array(v, t) for v, t in [([-1], 'i2'), ([0], 'f4'), ([-1], 'i4'), ([-1], 'i4'), ([0], '?'),
    ([1], 'f8'), ([1], 'i4'), ([0], 'i4'), ([0], 'i1'), ([0, 0], 'f8')]), n_features=1)
leaf.predict_proba(np.zeros((500, 1), 'f4'))
print(sorted({'numba', 'sklearn', 'scipy'} & set(sys.modules)))
"""
    assert run_python(code, tmp_path).strip() == "[]"


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_a_blend_scores_as_the_weighted_mean_of_both(share):
    one, other = make_forest(seed=1), make_forest(seed=2, sizes=(3, 9))
    rows = make_rows(60)
    blend = one.blended(other, share)
    np.testing.assert_allclose(blend.raw(rows), (1 - share) * one.raw(rows) + share * other.raw(rows), atol=1e-12)


def test_forests_of_other_classes_have_no_blend():
    with pytest.raises(ValueError, match="have no mean"):
        make_forest(n_scores=4).blended(make_forest(n_scores=1), 0.5)


def test_without_numba_numpy_walks(monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)
    monkeypatch.setattr(forest_module, "_loader", KernelLoader(after=1))
    forest, rows = make_forest(), make_rows(50)
    np.testing.assert_array_equal(forest.raw(rows), walked_by_hand(forest, rows))


def test_with_numba_switched_off_numpy_walks(monkeypatch):
    monkeypatch.setattr("numba.config.DISABLE_JIT", 1)
    assert kernels.compile_kernel() is None
