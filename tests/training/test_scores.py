"""Scores as sums over pages, and their intervals, on cases worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from copytaster.labels import LABELS, Label, LabelledPage, Page
from copytaster.training.calibration import bins, expected_error
from copytaster.training.intervals import MIN_SITES, SAMPLES, difference, resampled, summarise, units
from copytaster.training.scores import METRICS, UNDECIDED, PageScore, confusion_of, metrics, total

HEADLINE, BODY, TEASER, NAV = range(len(LABELS))
ROWS = ("Mill reopens", "", "The mill opened on Saturday.", "Bakery wins prize", "Home")


def score(
    given: list[int],
    site: str = "a.example",
    labels: tuple[Label | None, ...] = (Label.HEADLINE, None, Label.BODY, Label.TEASER, Label.NAV),
    title: bool | None = True,
    text: float | None = 1.0,
) -> PageScore:
    numbers = np.array([1, 3, 4, 5], dtype=np.int32)
    page = LabelledPage(Page(ROWS, site, None, {"site": site}), labels)
    probabilities = np.where(np.eye(len(LABELS))[given] > 0, 0.7, 0.1)
    return PageScore(page, numbers, np.array(given, dtype=np.int8), probabilities, title, text)


RIGHT = [HEADLINE, BODY, TEASER, NAV]
WRONG = [NAV, NAV, NAV, NAV]


def test_a_line_that_is_undecided_is_not_measured() -> None:
    page = score(WRONG, labels=(None, None, Label.BODY, Label.TEASER, Label.NAV))
    assert page.true.tolist() == [UNDECIDED, BODY, TEASER, NAV]
    assert page.decided.tolist() == [False, True, True, True]
    assert page.wrong.tolist() == [False, True, True, False]
    assert confusion_of(page.counts).sum() == 3


def test_a_label_that_never_occurs_has_no_score_and_does_not_pull_the_mean_down() -> None:
    page = score([HEADLINE, BODY, NAV, NAV], labels=(Label.HEADLINE, None, Label.BODY, Label.NAV, Label.NAV))
    found = dict(zip(METRICS, metrics(page.counts), strict=True))
    assert np.isnan(found["teaser"])
    assert found["macro"] == 1


def test_scores_of_a_stack_of_counts_are_those_of_each() -> None:
    pages = [score(RIGHT), score(WRONG, title=False, text=0.25), score(WRONG, title=None, text=None)]
    stacked = metrics(np.stack([page.counts for page in pages]))
    for page, row in zip(pages, stacked, strict=True):
        np.testing.assert_array_equal(row, metrics(page.counts))
    assert stacked[1, METRICS.index("words")] == 0.25
    assert np.isnan(stacked[2, METRICS.index("title")])
    assert np.isnan(metrics(total([]))).all()


@pytest.mark.parametrize(("given", "expected"), [(WRONG, 1.0), ([HEADLINE, BODY, NAV, NAV], 1 - 28 / 61)])
def test_where_the_labels_mark_no_text_the_share_of_characters_left_out_counts(
    given: list[int], expected: float
) -> None:
    assert score(given, text=None).text_score == pytest.approx(expected)


def test_the_lines_of_a_score_carry_number_text_label_and_truth() -> None:
    page = score([HEADLINE, NAV, TEASER, NAV])
    assert [(line.number, line.text, line.label) for line in page.lines()][:2] == [
        (1, "Mill reopens", Label.HEADLINE),
        (3, "The mill opened on Saturday.", Label.NAV),
    ]
    assert page.lines()[0].probability == pytest.approx(0.7)
    assert page.truth() == [Label.HEADLINE, Label.BODY, Label.TEASER, Label.NAV]


def test_sites_are_drawn_whole_so_many_pages_of_one_site_count_once() -> None:
    # Ten sites, half of them all right and half all wrong: by sites the share of headlines right is 0.5 with a standard
    # error of 0.16, however many pages each has.
    one = [score(RIGHT if k % 2 else WRONG, f"{k}.example", title=bool(k % 2)) for k in range(10)]
    few, many = (summarise(pages, units([page.page for page in pages])) for pages in (one, one * 20))
    assert (few.pages, many.pages, few.sites, many.sites) == (10, 200, 10, 10)
    assert few.scores["title"] == pytest.approx(many.scores["title"])
    value, low, high = many.scores["title"]
    assert value == 0.5
    assert low == pytest.approx(0.2, abs=0.01)
    assert high == pytest.approx(0.8, abs=0.01)


def test_the_interval_of_a_mean_covers_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    covered = 0
    for _ in range(60):
        pages = [score(RIGHT, f"{k}.example", text=float(text)) for k, text in enumerate(rng.random(40))]
        _, low, high = summarise(pages, units([page.page for page in pages])).scores["words"]
        covered += low <= 0.5 <= high
    assert 51 <= covered <= 60


def test_with_one_site_pages_are_drawn_instead() -> None:
    pages = [score(RIGHT, title=bool(k % 2)) for k in range(10)]
    drawn = units([page.page for page in pages])
    assert len(set(drawn)) == 10
    assert summarise(pages, drawn).scores["title"].low < 0.5 < summarise(pages, drawn).scores["title"].high


def test_of_few_sites_there_is_a_score_and_no_interval() -> None:
    pages = [score(RIGHT, f"{k}.example") for k in range(MIN_SITES - 1)]
    value, low, high = summarise(pages, units([page.page for page in pages])).scores["macro"]
    assert value == 1
    assert np.isnan([low, high]).all()


def test_a_difference_is_that_of_the_same_samples() -> None:
    ours = [score(RIGHT, f"{k}.example", text=k / 10) for k in range(10)]
    theirs = [score(RIGHT, f"{k}.example", text=k / 10 - 0.05) for k in range(10)]
    found = difference(ours, theirs, units([page.page for page in ours]))["words"]
    assert found == pytest.approx((0.05, 0.05, 0.05))
    assert resampled(ours, ["one"] * 10).shape == (SAMPLES, len(METRICS))


def test_of_no_lines_there_is_no_calibration_error() -> None:
    assert bins(np.zeros(0), np.zeros(0, bool)) == []
    assert np.isnan(expected_error([]))
