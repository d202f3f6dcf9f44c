"""Training on top of what another model was trained on."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from copytaster.labels import Label, LabelledPage, Page
from copytaster.model.classifier import load
from copytaster.model.features.evidence import Evidence
from copytaster.training.base import Base
from copytaster.training.evaluate import evaluate
from copytaster.training.evidence import extend_evidence, matrix_of, zones_of
from copytaster.training.examples import examples_of
from copytaster.training.fit import EMPHASIS, Training, TrainingError, emphasis, fit, train
from copytaster.training.heldout import held_out_scores
from copytaster.training.recipe import Recipe


def extended(prior: Evidence, pages: list[LabelledPage]) -> Evidence:
    examples = examples_of(pages)
    return extend_evidence(
        prior, [matrix_of(examples.lines)], [examples.labels], [zones_of(examples.lines, examples.labels)],
        [examples.weights],
    )  # fmt: skip


def macro(pages: list[LabelledPage], training: Training) -> float:
    return evaluate(pages, training.classifier).record()["all"]["macro"]


@pytest.fixture(scope="module")
def model_file(
    first_half_base: Base, other_half: list[LabelledPage], quick: Recipe, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    path = tmp_path_factory.mktemp("extended") / "mine.npz"
    fit(other_half[:4], recipe=quick, base=first_half_base).save(path)
    return path


def test_the_same_pages_and_base_give_the_same_file_whatever_the_jobs(
    model_file: Path, first_half_base: Base, other_half: list[LabelledPage], quick: Recipe, tmp_path: Path
) -> None:
    fit(other_half[3::-1], recipe=quick, base=first_half_base, jobs=2).save(tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == model_file.read_bytes()


def test_the_model_says_what_it_extends(model_file: Path, first_half: Training) -> None:
    assert load(model_file).about["extends"] == first_half.classifier.fingerprint
    assert load(model_file).about["pages"] == 4
    assert "extends" not in first_half.classifier.about


def test_a_model_that_is_extended_keeps_what_it_knew_and_learns_the_pages(
    first_half: Training, first_half_base: Base, other_half: list[LabelledPage], quick: Recipe
) -> None:
    training = train(other_half, recipe=quick, base=first_half_base)
    known = [page for part in first_half.parts for page in part.pages]
    assert macro(known, training) > macro(known, first_half) - 0.1
    assert macro(other_half, training) > macro(other_half, first_half) + 0.05


def test_one_page_without_some_labels_is_enough(first_half_base: Base, quick: Recipe) -> None:
    page = LabelledPage(
        Page(("Home", "A mill has burnt down in the night.", "Legal"), "a"), (Label.NAV, Label.BODY, Label.NAV)
    )
    with pytest.raises(TrainingError, match="headline, teaser"):
        train([page], recipe=quick)
    training = train([page], recipe=quick, base=first_half_base)
    (score,) = held_out_scores(training)
    assert score.decided.sum() == 3


def test_pages_of_one_site_are_held_out_by_page(
    first_half_base: Base, other_half: list[LabelledPage], quick: Recipe
) -> None:
    pages = [
        LabelledPage(dataclasses.replace(page.page, meta={**page.page.meta, "site": "a.example"}), page.labels)
        for page in other_half[:5]
    ]
    training = train(pages, recipe=quick, base=first_half_base)
    assert len(training.parts) > 1
    assert {id(score.page) for score in held_out_scores(training)} <= {
        id(p) for part in training.parts for p in part.pages
    }
    assert len(held_out_scores(training)) == 5


def test_a_few_pages_count_the_more_and_many_once(first_half_base: Base) -> None:
    whole = float(first_half_base.weights.sum())
    assert emphasis(whole / 1000, first_half_base) == EMPHASIS
    assert emphasis(whole / 2, first_half_base) == pytest.approx(2.0)
    assert emphasis(whole * 7, first_half_base) == 1.0
    assert emphasis(5.0, None) == 1.0


KNOWN = LabelledPage(Page(("Comments", "A mill opened") * 500, "a"), (Label.NAV, Label.HEADLINE) * 500)
NEW = LabelledPage(Page(("Zugleich mehr", "Nichts weiter") * 500, "b"), (Label.TEASER, Label.NAV) * 500)
TEASER = 2


def test_evidence_learns_of_new_words() -> None:
    prior = extended(Evidence.none(), [KNOWN])
    lines = examples_of([NEW]).lines
    before, after = prior.log_odds(lines)[:, TEASER], extended(prior, [NEW]).log_odds(lines)[:, TEASER]
    assert (after[::2] > before[::2] + 1).all()
    assert (after[1::2] < after[::2] - 2).all()


def test_evidence_of_words_that_are_not_there_stays_but_for_the_intercept() -> None:
    prior = extended(Evidence.none(), [KNOWN])
    lines = examples_of([KNOWN]).lines
    found = extended(prior, [NEW])
    moved = found.log_odds(lines) - prior.log_odds(lines)
    np.testing.assert_allclose(moved, np.tile(found.intercept - prior.intercept, (len(lines), 1)), atol=0.15)


def test_evidence_of_no_pages_and_of_undecided_lines_stays_what_it_was(first_half_base: Base) -> None:
    assert extend_evidence(first_half_base.classifier.evidence, [], [], [], []) is first_half_base.classifier.evidence
    page = LabelledPage(Page(("Some words", "and others"), "a"), (None, None))
    np.testing.assert_array_equal(
        extended(first_half_base.classifier.evidence, [page]).weights, first_half_base.classifier.evidence.weights
    )


def test_held_out_scores_are_not_those_of_models_that_saw_the_page(first_half: Training) -> None:
    pages = [page for part in first_half.parts for page in part.pages]
    seen = np.mean([score.word_f1 or 0.0 for score in evaluate(pages, first_half.classifier).scores])
    assert np.mean([score.word_f1 or 0.0 for score in held_out_scores(first_half)]) < seen
