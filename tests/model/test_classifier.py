"""The calls of the contract, with the shipped model."""

import dataclasses
from pathlib import Path

import pytest

import copytaster
from copytaster.labels import Label, Page, read_labelled
from copytaster.model.classifier import PreferenceError
from copytaster.model.wording import words

EXAMPLES = Path(__file__).parents[2] / "examples"
DUMPS = sorted((EXAMPLES / "dumps").glob("*.txt"))
TEXT = (EXAMPLES / "dumps" / "news-cracked-bridge.txt").read_text("utf-8")


def test_an_empty_page_gives_an_empty_article():
    for text in ("", "\n\n", " \t\r\n"):
        assert copytaster.extract(text) == copytaster.Article()
        assert copytaster.label_lines(text) == []


def test_labelled_lines_carry_number_text_label_and_probabilities_that_sum_to_one():
    lines = copytaster.label_lines(TEXT)
    rows = TEXT.splitlines()
    assert [line.number for line in lines] == [number for number, row in enumerate(rows, 1) if row.strip()]
    for line in lines:
        assert line.text == rows[line.number - 1].strip()
        assert line.probability == line.probabilities[line.label]
        assert sum(line.probabilities.values()) == pytest.approx(1)


def test_many_pages_come_out_in_order_and_as_they_do_alone():
    texts = [path.read_text("utf-8") for path in DUMPS] + [""] * 40
    assert list(copytaster.extract_many(iter(texts))) == [copytaster.extract(text) for text in texts]


def test_line_numbers_lead_back_to_the_dump():
    article = copytaster.extract(TEXT)
    rows = TEXT.splitlines()
    assert len(article.line_numbers.paragraphs) == len(article.paragraphs)
    for paragraph, numbers in zip(article.paragraphs, article.line_numbers.paragraphs, strict=True):
        assert words(paragraph) == words(" ".join(rows[number - 1] for number in numbers))


def test_the_article_of_an_example_is_its_body():
    labelled = next(iter(read_labelled(EXAMPLES / "labelled" / "news-cracked-bridge.tsv")))
    body = [
        word
        for row, label in zip(labelled.page.rows, labelled.labels, strict=True)
        if label is Label.BODY
        for word in words(row)
    ]
    found = words(copytaster.extract(TEXT).text)
    assert len(set(body) & set(found)) >= 0.95 * len(set(body))


def test_recall_keeps_no_less_than_precision():
    sizes = [
        sum(
            len(article.text)
            for article in copytaster.extract_many((path.read_text("utf-8") for path in DUMPS), prefer=p)
        )
        for p in (-3.0, "precision", "balanced", "recall", 3.0)
    ]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1]


@pytest.mark.parametrize("prefer", ["speed", "", float("nan"), float("inf")])
def test_a_preference_that_is_none_is_refused(prefer):
    with pytest.raises(PreferenceError, match="precision, balanced, recall"):
        copytaster.extract("a", prefer=prefer)


@pytest.mark.parametrize(
    "call",
    [
        copytaster.extract,
        copytaster.label_lines,
        lambda text, **limits: list(copytaster.extract_many([text], **limits)),
    ],
    ids=["extract", "label_lines", "extract_many"],
)
def test_every_call_refuses_pages_over_limits_that_its_caller_sets(call):
    text = "word\n" * 100
    for limits in ({"max_lines": 99}, {"max_chars": 499}):
        with pytest.raises(copytaster.PageTooLarge):
            call(text, **limits)
    assert call(text, max_lines=100, max_chars=500)


def test_the_shipped_model_is_read_once_and_a_file_each_time_as_it_may_have_been_trained_anew(tmp_path):
    assert copytaster.load() is copytaster.load()
    path = tmp_path / "mine.npz"
    copytaster.load().save(path)
    before = copytaster.load(path)
    dataclasses.replace(before, about={**before.about, "pages": 1}).save(path)
    assert copytaster.load(path).about["pages"] == 1
    assert copytaster.load(path).fingerprint != before.fingerprint


@pytest.mark.parametrize("text", ["\x00", "\ud800", "a" * 100_000, "\u202e\u200b\n" * 50, "|\n" * 500, "一" * 5000])
def test_odd_text_raises_nothing(text):
    assert isinstance(copytaster.extract(text), copytaster.Article)
    assert len(copytaster.label_lines(text)) == len(Page.from_text(text).numbers)
