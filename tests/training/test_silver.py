"""Silver labels: the known text decides what is body, the classifier what the rest is."""

from pathlib import Path

import pytest

from copytaster.labels import Label, read_labelled
from copytaster.model.classifier import load
from copytaster.training.silver import KnownText, silver

LABELLED = Path(__file__).parents[2] / "examples" / "labelled"
ARTICLES = ["news-cracked-bridge", "nachrichten-stadtbaeume-de", "news-night-train-fr", "blog-valve-radio"]


def read(name):
    return next(iter(read_labelled(LABELLED / f"{name}.tsv")))


def known(labelled):
    rows = list(zip(labelled.page.rows, labelled.labels, strict=True))
    return KnownText(
        [row for row, label in rows if label is Label.BODY],
        next(row for row, label in rows if label is Label.HEADLINE),
    )


@pytest.mark.parametrize("name", ARTICLES)
def test_the_known_text_becomes_body_and_nothing_else_does(name):
    labelled = read(name)
    labels = silver(labelled.page, known(labelled), load()).labels
    body = [label is Label.BODY for label in labelled.labels]
    wrong = sum((label is Label.BODY) != is_body for label, is_body in zip(labels, body, strict=True))
    assert wrong <= 0.05 * sum(body)


@pytest.mark.parametrize("name", ARTICLES)
def test_most_lines_get_a_label_and_nearly_all_of_these_the_right_one(name):
    labelled = read(name)
    labels = silver(labelled.page, known(labelled), load()).labels
    lines = [(true, given) for true, given in zip(labelled.labels, labels, strict=True) if true]
    decided = [(true, given) for true, given in lines if given]
    assert len(decided) >= 0.6 * len(lines)
    assert sum(true is given for true, given in decided) >= 0.9 * len(decided)


def test_a_text_of_another_page_is_refused():
    assert silver(read(ARTICLES[0]).page, known(read(ARTICLES[3])), load()) is None


def test_half_of_the_text_is_refused():
    labelled = read(ARTICLES[0])
    text = known(labelled)
    assert silver(labelled.page, KnownText(text.paragraphs[::2], text.title), load()) is None


def test_no_text_no_labels():
    assert silver(read(ARTICLES[0]).page, KnownText([]), load()) is None


def test_without_model_and_roles_all_but_headline_and_body_is_undecided():
    labelled = read(ARTICLES[0])
    labels = silver(labelled.page, known(labelled)).labels
    assert set(labels) == {None, Label.HEADLINE, Label.BODY}


def test_roles_tell_teaser_from_nav_among_the_lines_that_the_text_does_not_have():
    labelled = read(ARTICLES[0])
    labels = silver(labelled.page, known(labelled), roles=labelled.labels).labels
    assert [label for label in labels if label in (Label.TEASER, Label.NAV)]
    assert all(one is other for one, other in zip(labels, labelled.labels, strict=True) if one)


def test_a_line_on_which_the_roles_disagree_is_undecided():
    labelled = read(ARTICLES[0])
    roles = [Label.NAV if label is Label.BODY else Label.BODY if label else None for label in labelled.labels]
    with_model = silver(labelled.page, known(labelled), load(), roles)
    assert not any(with_model.labels)
    assert not any(silver(labelled.page, known(labelled), roles=roles).labels)


def test_undecided_roles_change_nothing():
    labelled = read(ARTICLES[0])
    nothing = [None] * len(labelled.labels)
    assert silver(labelled.page, known(labelled), load(), nothing) == silver(labelled.page, known(labelled), load())


def test_there_must_be_a_role_for_each_row():
    labelled = read(ARTICLES[0])
    with pytest.raises(ValueError, match=r"rows but 1 roles"):
        silver(labelled.page, known(labelled), roles=[None])
