"""Shapley values: equal to shap's and to the definition."""

import itertools
import math
import warnings
from dataclasses import replace

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from copytaster.model import attribution
from copytaster.model.attribution import NoCoverError, attribute
from copytaster.model.forest import Forest
from copytaster.model.modelfile import ModelFileError
from copytaster.training.export import forest_from

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what shap imports warns of what it imports
    import shap


def data(n_classes, n=600, n_features=8):
    random = np.random.default_rng(n_classes)
    rows = random.normal(size=(n, n_features)).astype(np.float32)
    signal = rows[:, 0] * rows[:, 1] + rows[:, 2] + 0.3 * random.normal(size=n)
    rows[random.random(rows.shape) < 0.1] = np.nan
    return rows, np.digitize(signal, np.quantile(signal, np.arange(1, n_classes) / n_classes))


def trained(n_classes, **settings):
    rows, labels = data(n_classes)
    weight = np.random.default_rng(1).random(len(rows)) + 0.1
    model = HistGradientBoostingClassifier(**{"max_iter": 12, "random_state": 0, **settings})
    return model.fit(rows, labels, sample_weight=weight), rows


@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize("settings", [{}, {"max_depth": 2}, {"max_leaf_nodes": 60, "min_samples_leaf": 2}], ids=str)
def test_attributions_equal_those_of_shap(n_classes, settings):
    model, rows = trained(n_classes, **settings)
    explainer = shap.TreeExplainer(model, feature_perturbation="tree_path_dependent", model_output="raw")
    theirs = np.asarray(explainer.shap_values(rows[:40], check_additivity=False)).reshape(40, rows.shape[1], -1)
    forest = forest_from(model)
    for row, values in zip(rows[:40], theirs, strict=True):
        ours = attribute(forest, row)
        np.testing.assert_allclose(ours.features, values.T, rtol=0, atol=1e-9)
        np.testing.assert_allclose(ours.expected, np.ravel(explainer.expected_value), rtol=0, atol=1e-9)


@pytest.mark.parametrize("n_classes", [2, 4])
def test_attributions_add_up_to_the_scores(n_classes):
    model, rows = trained(n_classes)
    forest = forest_from(model)
    for row in rows[:50]:
        expected, features = attribute(forest, row)
        np.testing.assert_allclose(expected + features.sum(axis=1), forest.raw(row[np.newaxis])[0], rtol=0, atol=1e-12)


def test_attributions_are_shapleys_by_definition():
    """The mean over all orders in which the features can become known, on a tree that asks for one of them twice."""
    forest = Forest(
        feature=np.array([0, 1, -1, 0, -1, -1, 2, -1, -1], np.int16),
        threshold=np.array([0, 0, 0, -1, 0, 0, 0, 0, 0], np.float32),
        left=np.array([1, 2, -1, 4, -1, -1, 7, -1, -1], np.int32),
        right=np.array([6, 3, -1, 5, -1, -1, 8, -1, -1], np.int32),
        missing_left=np.zeros(9, np.bool_),
        value=np.array([0, 0, 1.5, 0, -2, 4, 0, 3, -1]),
        roots=np.array([0], np.int32),
        tree_class=np.array([0], np.int8),
        baseline=np.array([0.25]),
        n_features=3,
        cover=np.array([100, 60, 20, 40, 10, 30, 40, 15, 25], np.int32),
    )
    row = np.array([-2, 1, 1], np.float32)

    def value(node, known):
        if forest.feature[node] < 0:
            return forest.value[node]
        children = (forest.left[node], forest.right[node])
        feature = forest.feature[node]
        if feature in known:
            return value(children[int(row[feature] > forest.threshold[node])], known)
        return sum(forest.cover[child] * value(child, known) for child in children) / forest.cover[node]

    expected = np.zeros(3)
    for order in itertools.permutations(range(3)):
        for at, feature in enumerate(order):
            expected[feature] += value(0, order[: at + 1]) - value(0, order[:at])
    ours = attribute(forest, row)
    np.testing.assert_allclose(ours.features[0], expected / math.factorial(3), rtol=0, atol=1e-14)
    assert ours.expected[0] == pytest.approx(0.25 + value(0, ()))


def test_leaves_taken_in_small_portions_come_to_the_same(monkeypatch):
    model, rows = trained(4)
    forest = forest_from(model)
    whole = attribute(forest, rows[0])
    monkeypatch.setattr(attribution, "_CHUNK_CELLS", 100)
    np.testing.assert_allclose(attribute(forest, rows[0]).features, whole.features, rtol=0, atol=1e-12)


def test_a_forest_without_cover_says_what_to_do():
    model, rows = trained(2)
    with pytest.raises(NoCoverError, match="train the model again"):
        attribute(replace(forest_from(model), cover=None), rows[0])


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda cover: cover.astype(np.int64), "int32"),
        (lambda cover: cover[:-1].copy(), "length"),
        (lambda cover: np.zeros_like(cover), "children"),
        (lambda cover: cover + np.arange(len(cover), dtype=np.int32), "children"),
    ],
)
def test_a_wrong_cover_is_refused(damage, message):
    forest = forest_from(trained(2)[0])
    with pytest.raises(ModelFileError, match=f"cover.*{message}"):
        replace(forest, cover=damage(forest.cover))


def test_the_cover_is_kept_in_a_model_file_and_may_be_missing():
    forest = forest_from(trained(4)[0])
    arrays = forest.arrays("first")
    np.testing.assert_array_equal(Forest.from_arrays(arrays, "first").cover, forest.cover)
    del arrays["first.cover"]
    assert Forest.from_arrays(arrays, "first").cover is None
