"""The measures on examples worked out by hand, and against the package that defines one of them."""

import random

import pytest
from metrics import (
    headline_right,
    intervals,
    label_sums,
    names_author,
    rouge_lsum,
    same_date,
    shingle_scores,
    snippet_share,
    text_sums,
    word_f1,
    word_scores,
)
from rouge_score.rouge_scorer import RougeScorer


@pytest.mark.parametrize(
    ("text", "truth", "precision", "recall", "f1"),
    [
        ("a b c c", "B c d", 2 / 4, 2 / 3, 4 / 7),
        ("雨が降る", "雨が", 2 / 4, 1.0, 4 / 6),
        ("", "a", 0.0, 0.0, 0.0),
        ("", "", 1.0, 1.0, 1.0),
    ],
)
def test_word_scores_compare_multisets_of_words(
    text: str, truth: str, precision: float, recall: float, f1: float
) -> None:
    assert word_scores(text, truth) == pytest.approx((precision, recall))
    assert word_f1(text, truth) == pytest.approx(f1)


@pytest.mark.parametrize(
    ("text", "truth", "expected"),
    [
        ("a b c d e", "a, b, c, d, f", (1 / 2, 1 / 2)),
        ("a b c d a b c d", "a b c d", (1 / 5, 1.0)),
        ("a b", "a b", (1.0, 1.0)),  # shorter than a shingle
        ("a b", "a b c", (0.0, 0.0)),
        ("雨が降る日", "雨が降る夜", (1 / 2, 1 / 2)),
        ("", "a b c d", (None, 0.0)),
        ("a b c d", "", (0.0, None)),
        ("", "", (1.0, 1.0)),
    ],
)
def test_shingles_are_four_words_in_a_row(text: str, truth: str, expected: tuple[float | None, float | None]) -> None:
    assert shingle_scores(text, truth) == expected


def test_shingle_f1_is_of_the_means_and_passes_over_the_precision_of_pages_without_output() -> None:
    # precision 1 and none, recall 1/2 and 0
    pages = [text_sums("a b c d", "a b c d e"), text_sums("", "a b c d e")]
    assert intervals(pages, ["one", "two"])["shingle F1"][0] == pytest.approx(2 * 1 * 0.25 / 1.25)


def test_rouge_lsum_counts_the_union_of_the_common_subsequences_of_a_sentence() -> None:
    # The example of the paper that defines it: w1 w2 with the first sentence, w1 w3 w5 with the second.
    precision, recall = 4 / 10, 4 / 5
    score = rouge_lsum("w1 w2 w6 w7 w8\nw1 w3 w8 w9 w5", "w1 w2 w3 w4 w5")
    assert score == pytest.approx(2 * precision * recall / (precision + recall))


def test_rouge_lsum_counts_no_word_more_often_than_the_text_has_it() -> None:
    # Both sentences of the truth find the one "a b"; it counts once: 2 of 2 given, 2 of 4 true.
    assert rouge_lsum("a b", "a b\na b") == pytest.approx(2 * 1 * 0.5 / 1.5)


@pytest.mark.parametrize(
    ("text", "truth", "expected"),
    [("雨が降る", "雨が降る", 1.0), ("雪", "雨", 0.0), ("", "", 1.0), ("", "rain", 0.0), ("\n\nrain\n\n", "rain", 1.0)],
)
def test_rouge_lsum_reads_every_script_and_empty_texts(text: str, truth: str, expected: float) -> None:
    assert rouge_lsum(text, truth) == expected


def test_rouge_lsum_is_that_of_the_package() -> None:
    scorer = RougeScorer(["rougeLsum"])
    draw = random.Random(3)
    for _ in range(200):
        one, other = (
            "\n".join(" ".join(draw.choices("abcdef", k=draw.randint(1, 8))) for _ in range(draw.randint(1, 5)))
            for _ in range(2)
        )
        assert rouge_lsum(other, one) == pytest.approx(scorer.score(one, other)["rougeLsum"].fmeasure)


def test_snippets_are_found_whatever_the_white_space_and_empty_ones_do_not_count() -> None:
    assert snippet_share(["the spring\ntide", "Ferry fares", " "], "kept the\n\nspring  tide out") == (1.0, 2.0)


@pytest.mark.parametrize(("typography", "found"), [(True, 0.0), (False, 1.0)])
def test_snippets_are_found_whatever_the_quotation_marks_and_dashes_if_asked(typography: bool, found: float) -> None:
    assert (
        snippet_share(['"It\'s a wall" - she said...'], "“It’s a wall” – she said…", typography=typography)[0] == found
    )


@pytest.mark.parametrize(
    ("given", "title", "right"),
    [
        ("Rain on Monday", "Rain on Monday", True),
        ("Rain on Monday", "Rain on Monday | The Star", True),
        ("The Star - Rain on “Monday”", "Rain on Monday", True),
        ("Rain on Monday", "Rain on Monday - again", False),
        ("Rain", "Rain on Monday", False),
        (None, "Rain on Monday", False),
        ("", "!", False),
    ],
)
def test_a_headline_is_right_with_or_without_the_name_of_the_site(given: str | None, title: str, right: bool) -> None:
    assert headline_right(given, title, "thestar.com") is right


@pytest.mark.parametrize(("byline", "right"), [("By ANN  LEE, Fennick", True), ("By Ann", False), (None, False)])
def test_a_byline_is_right_if_it_names_one_author(byline: str | None, right: bool) -> None:
    assert names_author(byline, ["Bo Dahl", "Ann Lee"]) is right


@pytest.mark.parametrize(
    ("given", "right"),
    [
        ("5 March 2024", True),
        ("March 5", True),
        ("5/3/2024", True),
        ("2024-03-05", True),
        ("5 March 2023", False),
        ("6 March 2024", False),
        (None, False),
    ],
)
def test_a_date_is_right_if_it_is_the_day(given: str | None, right: bool) -> None:
    assert same_date(given, "2024-03-05T09:00:00Z") is right


def test_line_f1_is_pooled_over_the_lines_of_all_pages() -> None:
    pages = [label_sums(["body", "nav"], ["body", "body"]), label_sums(["body"], ["nav"])]
    figures = intervals(pages, ["one", "two"])
    # body: 1 right of 2 given and 2 true; nav: 0 of 1 and 1
    assert figures["line body"][0] == pytest.approx(1 / 2)
    assert figures["line nav"][0] == 0.0


def test_the_share_of_snippets_is_pooled_over_pages() -> None:
    figures = intervals([{"leaked": (1.0, 1.0)}, {"leaked": (0.0, 3.0)}], ["one", "two"])
    assert figures["leaked"][0] == pytest.approx(1 / 4)


@pytest.mark.parametrize(("sites", "interval"), [(["one", "one"], (0.5, 0.5)), (["one", "two"], (0.0, 1.0))])
def test_intervals_draw_sites_not_pages(sites: list[str], interval: tuple[float, float]) -> None:
    figures = intervals([{"word F1": (0.0, 1.0)}, {"word F1": (1.0, 1.0)}], sites)
    assert figures["word F1"] == (0.5, *interval)


def test_a_figure_of_no_page_is_not_a_number() -> None:
    value, low, high = intervals([{"leaked": (0.0, 1.0)}], ["one"])["word F1"]
    assert value != value
    assert low != low
    assert high != high
