"""The scores of a report, by examples worked out by hand."""

import dataclasses
import json
from collections.abc import Sequence

import numpy as np
import pytest

from copytaster.labels import LABELS, Label, LabelledPage, Page
from copytaster.model.article import Article
from copytaster.model.classifier import Reading
from copytaster.model.wrap import logical_lines
from copytaster.training.evaluate import GROUPINGS, Report, evaluate
from copytaster.training.fit import TrainingError
from copytaster.training.folds import folds_by_site

ROWS = ("Mill reopens - Dale Gazette", "Home", "Mill reopens", "", "The mill opened on Saturday.", "Bakery wins prize")
LABELS_OF_ROWS = (Label.HEADLINE, Label.NAV, Label.HEADLINE, None, Label.BODY, Label.TEASER)


def labelled(**meta: str) -> LabelledPage:
    return LabelledPage(Page(ROWS, meta.get("site", "a"), None, meta), LABELS_OF_ROWS)


class Classifier:
    """Gives every page the labels and the article that it was made with."""

    def __init__(self, labels: Sequence[Label | None], article: Article) -> None:
        self.labels = [LABELS.index(label) for label in labels if label is not None]
        self.article = article

    def read(self, pages: Sequence[Page]) -> list[Reading]:
        certain = np.eye(len(LABELS))[self.labels].tolist()
        return [Reading(page, self.article, logical_lines(page.rows), self.labels, certain) for page in pages]


def scores(labels: Sequence[Label | None] = LABELS_OF_ROWS, article: Article | None = None, pages: int = 1) -> Report:
    return evaluate([labelled()] * pages, Classifier(labels, article or Article()))  # type: ignore[arg-type]


def test_right_labels_and_the_right_article_score_1() -> None:
    record = scores(article=Article("Mill reopens", paragraphs=["The mill opened on Saturday."])).record()["all"]
    assert record == {"pages": 1, "macro": 1, "headline": 1, "body": 1, "teaser": 1, "nav": 1, "title": 1, "words": 1}


def test_the_f1_of_a_label_counts_lines_missed_and_lines_wrongly_given() -> None:
    # One of two headlines is called nav: recall 1/2 for headline, precision 1/2 for nav.
    record = scores((Label.NAV, *LABELS_OF_ROWS[1:])).record()["all"]
    assert record["headline"] == pytest.approx(2 / 3)
    assert record["nav"] == pytest.approx(2 / 3)
    assert record["macro"] == pytest.approx((2 / 3 + 1 + 1 + 2 / 3) / 4)


@pytest.mark.parametrize(
    ("headline", "right"),
    [
        ("Mill reopens", 1),
        ("MILL REOPENS!", 1),  # words count, not how they are printed
        ("Mill reopens - Dale Gazette", 1),  # a line that is labelled headline
        ("Dale Gazette", 0),
        ("Mill", 0),
        (None, 0),
    ],
)
def test_a_headline_is_right_if_its_words_are_those_of_a_headline_line(headline: str | None, right: int) -> None:
    assert scores(article=Article(headline)).record()["all"]["title"] == right


def test_words_compare_the_articles_text_with_that_of_the_labelled_body() -> None:
    text = "The mill opened on Saturday. Bakery wins prize"
    record = scores(article=Article(paragraphs=[text])).record()["all"]
    assert record["words"] == pytest.approx(2 * 5 / (8 + 5))


def test_lines_are_pooled_over_pages_however_many_batches_they_fill() -> None:
    article = Article("Mill reopens")
    one, many = scores(article=article).record()["all"], scores(article=article, pages=70).record()["all"]
    assert many == {**one, "pages": 70}


def test_what_the_pages_say_nothing_of_has_no_score_and_the_record_is_json() -> None:
    page = LabelledPage(Page(("Home", "Sport"), "a"), (Label.NAV, Label.NAV))
    report = evaluate([page], Classifier(page.labels, Article()))  # type: ignore[arg-type]
    record = json.loads(json.dumps(report.record(), allow_nan=False))["all"]
    assert (record["nav"], record["macro"]) == (1, 1)
    assert [record[name] for name in ("headline", "body", "teaser", "title", "words")] == [None] * 5
    assert "nan" in str(report)
    assert Report([]).record()["all"]["pages"] == 0


def test_the_table_has_a_row_for_each_group_where_there_are_several() -> None:
    pages = [labelled(lang="en", kind="article"), labelled(lang="de", kind="article"), labelled(lang="en")]
    report = evaluate(pages, Classifier(LABELS_OF_ROWS, Article()))  # type: ignore[arg-type]
    rows = [row.split("  ")[0] for row in str(dataclasses.replace(report, heading="5 folds by site")).splitlines()]
    assert rows[0] == "5 folds by site"
    assert rows[2:-1] == ["all", "lang en", "lang de", "kind article", "kind ?"]
    assert {name: len(report.record()[name]) for name in GROUPINGS} == {"lang": 2, "renderer": 1, "kind": 2}


def test_another_classifier_stands_beside_the_scores() -> None:
    ours = Classifier(LABELS_OF_ROWS, Article("Mill reopens"))
    theirs = Classifier((Label.NAV, *LABELS_OF_ROWS[1:]), Article("Home"))
    report = evaluate([labelled()], ours, theirs)  # type: ignore[arg-type]
    record = report.record()
    assert (record["all"]["title"], record["shipped"]["title"]) == (1, 0)
    assert [row[:20].strip() for row in str(report).splitlines()[1:3]] == ["all", "the shipped model"]
    assert "shipped" not in scores().record()


@pytest.mark.parametrize("folds", [2, 3, 5, 8])
def test_two_sites_are_two_folds_even_where_both_would_fall_into_one(folds: int) -> None:
    for number in range(20):
        fold = folds_by_site([labelled(site="a.example"), labelled(site=f"{number}.example")], folds)
        assert sorted(fold.tolist()) == [0, 1]


def test_a_single_page_cannot_be_cross_validated() -> None:
    from copytaster.training.evaluate import cross_validate

    with pytest.raises(TrainingError, match="label some more pages"):
        cross_validate([labelled()], folds=2)
