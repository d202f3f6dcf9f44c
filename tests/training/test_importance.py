"""Importance by permutation finds what a classifier goes by, and nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from copytaster.labels import LabelledPage, Page, read_labelled
from copytaster.model import features
from copytaster.model.classifier import Classifier
from copytaster.model.context import context, context_features
from copytaster.model.features.evidence import Evidence
from copytaster.training.evaluate import Trial
from copytaster.training.examples import examples_of
from copytaster.training.export import forest_from
from copytaster.training.report.importance import MOST_LINES, REPEATS, Importance, importance

PAGES = list(read_labelled(Path(__file__).parents[2] / "examples" / "labelled"))
PLANTED = "main stretch of prose"


def forest_on(x: np.ndarray, y: np.ndarray, columns: list[int]):
    """A forest that sees some of the columns only."""
    masked = np.zeros_like(x)
    masked[:, columns] = x[:, columns]
    return forest_from(HistGradientBoostingClassifier(max_iter=12, max_leaf_nodes=8).fit(masked, y))


@pytest.fixture(scope="module")
def planted() -> Importance:
    """Of a classifier whose first stage sees one family, and whose second stage what the first said of the line."""
    examples = examples_of(PAGES)
    y = examples.labels.astype(int)
    x = features.complete(examples.lines, examples.base, Evidence.none())
    names = [feature.name for feature in features.features()]
    first = forest_on(x, y, [names.index(name) for name in features.families()[PLANTED]])
    z = context(examples.lines, x, first.predict_proba(x))
    second = forest_on(z, y, list(range(x.shape[1], x.shape[1] + 4)))
    classifier = Classifier(Evidence.none(), first, second, first, first)
    found = importance([Trial(classifier, PAGES)])
    assert found is not None
    return found


def test_a_planted_family_is_found_through_both_stages(planted: Importance) -> None:
    worth = {loss.family: loss for loss in planted.losses}
    assert {loss.family for loss in planted.losses[:2]} == {PLANTED, "first stage: the line"}
    assert worth[PLANTED].f1.min() > 0.1
    assert worth[PLANTED].log_loss > 0.1


def test_what_the_classifier_does_not_look_at_is_worth_nothing(planted: Importance) -> None:
    for loss in planted.losses[2:]:
        assert loss.f1.tolist() == [0] * REPEATS, loss.family
        assert loss.log_loss == pytest.approx(0, abs=1e-12), loss.family


def test_every_feature_but_those_of_the_lines_around_is_in_one_family(planted: Importance) -> None:
    found = sorted(name for loss in planted.losses for name in loss.features)
    own = len(features.base_features()) + len(features.evidence_features())
    names = [feature.name for feature in context_features()]
    assert found == sorted(names[:own] + names[len(features.features()) :])


def test_the_sample_is_of_whole_pages_and_bounded(planted: Importance) -> None:
    assert (planted.pages, planted.lines) == (len(PAGES), len(examples_of(PAGES).labels))
    assert planted.lines <= MOST_LINES


def test_pages_without_labelled_lines_have_no_importance() -> None:
    undecided = LabelledPage(Page(("One line", "Another")), (None, None))
    empty = LabelledPage(Page(()), ())
    from copytaster.model.classifier import load

    assert importance([Trial(load(), [undecided, empty])]) is None
    assert importance([Trial(load(), [empty])]) is None
