"""Training: reproducible, honest about sites, clear about too little data."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from copytaster.labels import Label, LabelledPage, Page, read_labelled
from copytaster.model import features
from copytaster.model.classifier import load
from copytaster.model.modelfile import ModelFileError, read_model, write_model
from copytaster.training.evaluate import cross_validate, evaluate
from copytaster.training.examples import examples_of
from copytaster.training.export import forest_from
from copytaster.training.fit import TrainingError, fit
from copytaster.training.folds import folds_by_site
from copytaster.training.forests import draw
from copytaster.training.overlap import word_f1
from copytaster.training.recipe import Recipe

PAGES = list(read_labelled(Path(__file__).parents[2] / "examples" / "labelled"))
# So few iterations are only enough at a higher rate.
QUICK = Recipe(iterations=8, second_iterations=8, learning_rate=0.3, leaves=7, min_lines=5, l2=1.0, features=1.0)


@pytest.fixture(scope="module")
def model_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "mine.npz"
    fit(PAGES, recipe=QUICK).save(path)
    return path


def test_the_same_pages_give_the_same_file_whatever_the_jobs_and_order(model_file, tmp_path):
    fit(PAGES[::-1], recipe=QUICK, jobs=2).save(tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == model_file.read_bytes()


def test_a_saved_model_reads_pages_as_the_fitted_one_does(model_file):
    pages = [labelled.page for labelled in PAGES]
    fitted = fit(PAGES, recipe=QUICK)
    assert load(model_file).read(pages) == fitted.read(pages)
    assert load(model_file).fingerprint == fitted.fingerprint


def test_a_line_of_a_long_page_counts_less_than_one_of_a_short_page_and_the_long_page_still_more():
    lengths = (25, 100, 400)
    pages = [
        LabelledPage(Page.from_text("\n".join(f"line {n}" for n in range(length))), [Label.NAV] * length, 0.3)
        for length in lengths
    ]
    assert examples_of(pages).counts.tolist() == pytest.approx([0.6] * 25 + [0.3] * 100 + [0.15] * 400)


def test_a_model_of_its_own_pages_knows_their_labels(model_file):
    record = evaluate(PAGES, load(model_file)).record()["all"]
    assert record["macro"] > 0.75


def test_the_exported_forest_agrees_with_scikit_learn_on_real_features():
    examples = examples_of(PAGES)
    assert np.isnan(examples.base).any()
    forest = HistGradientBoostingClassifier(max_iter=10, random_state=0).fit(examples.base, examples.labels)
    np.testing.assert_allclose(
        forest_from(forest).predict_proba(examples.base), forest.predict_proba(examples.base), rtol=0, atol=1e-12
    )


def test_no_site_is_in_two_folds():
    fold = folds_by_site(PAGES, 4)
    sites = [page.page.site for page in PAGES]
    assert len(set(zip(sites, fold.tolist(), strict=True))) == len(set(sites))


def test_one_site_is_cut_by_page_and_the_report_says_so():
    one = [
        LabelledPage(dataclasses.replace(page.page, meta={**page.page.meta, "site": "a.example"}), page.labels)
        for page in PAGES
    ]
    assert len(set(folds_by_site(one, 3).tolist())) > 1
    assert "one site" in str(cross_validate(one, folds=2, recipe=QUICK))


def test_of_many_lines_the_frequent_labels_are_thinned_and_weigh_as_much_as_before():
    labels = np.repeat(np.arange(4, dtype=np.int8), [50, 2000, 100, 4000])
    drawn, weights = draw(labels, np.ones(len(labels)), Recipe(most_lines=1500))
    assert drawn[labels % 2 == 0].all()
    assert 1350 < drawn.sum() < 1650
    for label, count in enumerate([50, 2000, 100, 4000]):
        assert weights[drawn & (labels == label)].sum() == pytest.approx(count, rel=0.1)


def test_few_lines_are_all_trained_on():
    drawn, weights = draw(np.full(10, 3, dtype=np.int8), np.ones(10), Recipe(most_lines=10))
    assert drawn.all()
    assert (weights == 1).all()


def test_pages_with_derived_labels_are_trained_on_but_not_measured():
    pages = [dataclasses.replace(page, weight=0.5 if n % 3 else 1.0) for n, page in enumerate(PAGES)]
    report = cross_validate(pages, folds=2, recipe=QUICK)
    assert {score.page.weight for score in report.scores} == {1.0}
    assert len(report.scores) == sum(page.weight == 1.0 for page in pages)


def test_a_missing_label_is_named():
    page = LabelledPage(Page(("a", "b"), "p"), (Label.BODY, Label.NAV))
    with pytest.raises(TrainingError, match="headline, teaser"):
        fit([page, page], recipe=QUICK)


def test_a_model_for_other_features_is_refused(model_file, tmp_path):
    header, arrays = read_model(model_file)
    write_model(tmp_path / "other.npz", {**header, "features": header["features"][1:]}, arrays)
    with pytest.raises(ModelFileError, match="features"):
        load(tmp_path / "other.npz")


def test_features_are_a_row_a_line():
    examples = examples_of(PAGES)
    assert examples.base.shape == (len(examples.labels), len(features.base_features()))


def test_word_f1_counts_words_as_often_as_they_occur():
    assert word_f1("a b b", "a b c") == pytest.approx(2 / 3)
    assert word_f1("東京都", "東京") == pytest.approx(0.8)
    assert word_f1("", "a") == 0.0
