from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from copytaster.model import forest as forest_module
from copytaster.model.kernels import KernelLoader
from copytaster.training.export import ExportError, forest_from


def make_data(n_classes, n=1500, n_features=12, seed=0):
    """Lines of four kinds of features: continuous, whole numbers, now and then missing, now and then infinite."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(n, n_features)).astype(np.float32)
    hidden = x @ random.normal(size=(n_features, n_classes)) + random.normal(size=(n, n_classes))
    x[:, [3, 4, 5, 9, 10]] = np.round(x[:, [3, 4, 5, 9, 10]])
    x[:, 6:9][random.random((n, 3)) < 0.2] = np.nan
    x[:, 9] = np.where(random.random(n) < 0.2, np.inf, x[:, 9])
    x[:, 10] = np.where(random.random(n) < 0.2, -np.inf, x[:, 10])
    return x, hidden.argmax(axis=1)


def fitted(n_classes, **settings):
    x, y = make_data(n_classes)
    return HistGradientBoostingClassifier(**{"max_iter": 8, "early_stopping": False, **settings}).fit(x, y)


def hard_rows(classifier):
    """Lines unlike those trained on: on thresholds and one step beside them, missing anywhere, infinite, huge."""
    x, _ = make_data(2, n=600, n_features=classifier.n_features_in_, seed=1)
    nodes = np.concatenate([tree.nodes for iteration in classifier._predictors for tree in iteration])
    splits = nodes[nodes["is_leaf"] == 0]
    with np.errstate(over="ignore"):
        on = splits["num_threshold"].astype(np.float32)
    rows = []
    for value in (on, np.nextafter(on, np.float32(np.inf)), np.nextafter(on, np.float32(-np.inf))):
        row = x[np.arange(len(splits)) % len(x)]
        row[np.arange(len(splits)), splits["feature_idx"]] = value
        rows.append(row)
    for value in (np.nan, np.inf, -np.inf, np.finfo(np.float32).max, np.finfo(np.float32).tiny, -0.0):
        row = x.copy()
        row[np.random.default_rng(2).random(x.shape) < 0.3] = value
        rows.append(row)
    return np.concatenate([x, *rows])


SETTINGS = {
    "four classes": (4, {}),
    "three classes": (3, {"max_iter": 3}),
    "two classes": (2, {}),
    "shallow": (4, {"max_depth": 2}),
    "large trees": (4, {"max_leaf_nodes": 200, "min_samples_leaf": 2, "max_iter": 3}),
    "stumps that never split": (4, {"min_samples_leaf": 10_000}),
    "two iterations": (4, {"max_iter": 2, "learning_rate": 1.0}),
}


@pytest.fixture(params=SETTINGS, scope="module")
def classifier(request):
    n_classes, settings = SETTINGS[request.param]
    return fitted(n_classes, **settings)


@pytest.mark.parametrize("lines_before_kernel", [1, 10**9], ids=["kernel", "numpy"])
def test_a_forest_scores_as_its_classifier_does(classifier, lines_before_kernel, monkeypatch):
    monkeypatch.setattr(forest_module, "_loader", KernelLoader(lines_before_kernel))
    forest, rows = forest_from(classifier), hard_rows(classifier)
    expected, scores = classifier.predict_proba(rows), forest.predict_proba(rows)
    np.testing.assert_allclose(scores, expected, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(classifier.classes_[scores.argmax(axis=1)], classifier.predict(rows))
    np.testing.assert_array_equal(forest.raw(rows), classifier._raw_predict(rows))


def test_a_threshold_between_two_neighbouring_float32_still_parts_them():
    low = np.float32(1)
    high = np.nextafter(low, np.float32(2))
    x = np.repeat([low, high], 50)[:, np.newaxis].astype(np.float32)
    classifier = HistGradientBoostingClassifier(max_iter=2).fit(x, np.repeat([0, 1], 50))
    forest = forest_from(classifier)
    assert forest.threshold[forest.feature >= 0].tolist() == [low] * 2
    np.testing.assert_array_equal(forest.raw(x), classifier._raw_predict(x))


def test_a_split_on_missing_values_sends_everything_else_left():
    x = np.repeat([np.inf, np.nan], 50)[:, np.newaxis].astype(np.float32)
    x[::4] = 0
    y = np.isnan(x[:, 0]).astype(int)
    classifier = HistGradientBoostingClassifier(max_iter=2).fit(x, y)
    rows = np.array([[np.inf], [np.nan], [0], [-np.inf]], dtype=np.float32)
    assert np.inf in classifier._predictors[0][0].nodes["num_threshold"]
    np.testing.assert_array_equal(forest_from(classifier).raw(rows), classifier._raw_predict(rows))


def test_categorical_splits_are_refused():
    x, y = make_data(4)
    x[:, 3] = np.abs(x[:, 3])
    classifier = HistGradientBoostingClassifier(max_iter=2, categorical_features=[3]).fit(x, y)
    with pytest.raises(ExportError, match="categorical features cannot be exported: train with categorical_features"):
        forest_from(classifier)
    classifier.is_categorical_ = None
    classifier._predictors[0][0].nodes["is_categorical"][0] = 1
    with pytest.raises(ExportError, match="categorical splits cannot be exported"):
        forest_from(classifier)


def test_what_is_not_a_fitted_classifier_is_refused():
    with pytest.raises(ExportError, match="not fitted: call fit first"):
        forest_from(HistGradientBoostingClassifier())
    with pytest.raises(ExportError, match="not a HistGradientBoostingRegressor"):
        forest_from(HistGradientBoostingRegressor())


def without_fields(classifier):
    tree = SimpleNamespace(nodes=np.zeros(1, dtype=[("value", float), ("left", int)]))
    classifier._predictors = [[tree] * 4]


def with_other_baseline(classifier):
    classifier._baseline_prediction = np.zeros((1, 3))


def with_float32_scores(classifier):
    classifier._baseline_prediction = classifier._baseline_prediction.astype(np.float32)


@pytest.mark.parametrize("change", [without_fields, with_other_baseline, with_float32_scores])
def test_trees_kept_in_an_unknown_way_are_refused_by_version(change):
    classifier = fitted(4, max_iter=1)
    change(classifier)
    with pytest.raises(ExportError, match=r"scikit-learn \d+\.\d+.* use 1\.5 to 1\.9"):
        forest_from(classifier)


def test_a_threshold_that_is_not_a_number_is_refused():
    classifier = fitted(4, max_iter=1)
    nodes = classifier._predictors[0][0].nodes
    nodes["num_threshold"][np.flatnonzero(nodes["is_leaf"] == 0)[0]] = np.nan
    with pytest.raises(ExportError, match="a threshold is not a number"):
        forest_from(classifier)
