"""Shapley values of forests: those of the definition, and those of the package shap."""

import itertools
import math

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from copytaster.model.attribution import attribute
from copytaster.model.forest import Forest
from copytaster.training.export import forest_from


def rows(n: int, features: int, seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    x = random.normal(size=(n, features)).round(1).astype(np.float32)
    x[random.random(x.shape) < 0.15] = np.nan
    return x


def fitted(classes: int, features: int = 6, **options: object) -> tuple[HistGradientBoostingClassifier, np.ndarray]:
    x = rows(600, features)
    known = np.nan_to_num(x)
    y = np.digitize(known[:, 0] + known[:, 1] * known[:, 2], np.linspace(-1, 1, classes - 1) if classes > 2 else [0])
    classifier = HistGradientBoostingClassifier(max_iter=12, max_leaf_nodes=12, random_state=0, **options)
    return classifier.fit(x, y), x


def known_value(forest: Forest, row: np.ndarray, known: set[int], node: int) -> float:
    """What a tree says of a line of which only some features are known, by the definition."""
    feature = int(forest.feature[node])
    if feature < 0:
        return float(forest.value[node])
    left, right = int(forest.left[node]), int(forest.right[node])
    if feature in known:
        x = row[feature]
        goes_left = forest.missing_left[node] if np.isnan(x) else x <= forest.threshold[node]
        return known_value(forest, row, known, left if goes_left else right)
    share = float(forest.cover[left]) / float(forest.cover[node])
    return share * known_value(forest, row, known, left) + (1 - share) * known_value(forest, row, known, right)


def test_values_are_those_of_the_definition():
    classifier, _ = fitted(2, features=4)
    forest = forest_from(classifier)
    for row in rows(3, 4, seed=7):
        worth = {
            known: forest.baseline[0] + sum(known_value(forest, row, set(known), root) for root in forest.roots)
            for size in range(5)
            for known in itertools.combinations(range(4), size)
        }
        found = attribute(forest, row[np.newaxis])
        assert found.expected[0] == pytest.approx(worth[()])
        for feature in range(4):
            expected = sum(
                math.factorial(len(known)) * math.factorial(3 - len(known)) / math.factorial(4)
                * (worth[tuple(sorted((*known, feature)))] - value)
                for known, value in worth.items()
                if feature not in known
            )  # fmt: skip
            assert found.values[0, feature, 0] == pytest.approx(expected, abs=1e-12)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("classes", [2, 4])
def test_values_are_those_of_shap(classes):
    shap = pytest.importorskip("shap")
    classifier, x = fitted(classes)
    explainer = shap.TreeExplainer(classifier, feature_perturbation="tree_path_dependent")
    theirs = np.asarray(explainer.shap_values(x[:50].astype(np.float64)))
    ours = attribute(forest_from(classifier), x[:50])
    np.testing.assert_allclose(ours.values, theirs.reshape(ours.values.shape), rtol=0, atol=1e-6)
    np.testing.assert_allclose(ours.expected, np.ravel(explainer.expected_value), rtol=0, atol=1e-6)


def test_values_sum_to_the_scores_also_with_infinities_and_missing_values():
    classifier, x = fitted(4)
    forest = forest_from(classifier)
    x = x[:40].copy()
    x[:10, 0], x[10:20, 1], x[20:30] = np.inf, -np.inf, np.nan
    found = attribute(forest, x)
    np.testing.assert_allclose(found.expected + found.values.sum(axis=1), forest.raw(x), rtol=0, atol=1e-9)


def test_a_feature_that_no_tree_uses_adds_nothing():
    classifier, x = fitted(2)
    forest = forest_from(classifier)
    used = set(forest.feature[forest.feature >= 0].tolist())
    x = np.column_stack([x, x[:, 0]])
    wider = Forest(**{name: getattr(forest, name) for name in forest.__dataclass_fields__} | {"n_features": 7})
    assert 6 not in used
    assert (attribute(wider, x[:5]).values[:, 6] == 0).all()
