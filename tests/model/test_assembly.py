"""From labelled lines to the article."""

import os
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copytaster.labels import LABELS, Label, read_labelled
from copytaster.model.article import Article, Teaser
from copytaster.model.assembly import assemble
from copytaster.model.wording import words
from copytaster.model.wrap import LogicalLine, logical_lines

LETTERS = {"h": Label.HEADLINE, "b": Label.BODY, "t": Label.TEASER, "n": Label.NAV}

NEWS = """\
h Town keeps its only night bus - Harbour Courier
n Harbour Courier
n News
n Harbour

n Transport
h Town keeps its only night bus
t The council found the money for the night bus in the budget of the parks.
n By Ines Calder
n Published 4 May 2025, 09:30

b The last bus from the station will go on leaving at half past midnight, the council decided on Tuesday.
b It had planned to cut the route in the spring.
t SEE ALSO: Ferry to run twice a day
b What it costs
b * The route costs 90,000 a year.
b * Fares bring in a third of that.
b 1. Nothing else changes.

n More stories
t Ferry to run twice a day
n 3 May 2025
t From June the small ferry will cross the bay in the morning and in the evening, its owner says.
t Old mill to become a school
t Ferry to run twice a day
n © 2025 Harbour Courier"""


def build(text: str, **options) -> Article:
    """The article of rows that begin with the letter of their label."""
    rows = [row[2:] for row in text.split("\n")]
    labels = [LETTERS[row[0]] for row in text.split("\n") if row]
    return assemble(rows, logical_lines(rows), [LABELS.index(label) for label in labels], **options)


def test_a_news_page_becomes_its_article():
    article = build(NEWS)
    assert article.headline == "Town keeps its only night bus"
    assert article.standfirst == "The council found the money for the night bus in the budget of the parks."
    assert article.byline == "By Ines Calder"
    assert article.published == "4 May 2025, 09:30"
    assert article.paragraphs[1:] == [
        "It had planned to cut the route in the spring.",
        "What it costs",
        "- The route costs 90,000 a year.",
        "- Fares bring in a third of that.",
        "1. Nothing else changes.",
    ]
    assert article.teasers == [
        Teaser("SEE ALSO: Ferry to run twice a day"),
        Teaser(
            "Ferry to run twice a day",
            "From June the small ferry will cross the bay in the morning and in the evening, its owner says.",
        ),
        Teaser("Old mill to become a school"),
    ]


def test_line_numbers_lead_back_to_the_dump():
    numbers = build(NEWS).line_numbers
    assert numbers.headline == (7,)
    assert numbers.standfirst == (8,)
    assert numbers.paragraphs == ((12,), (13,), (15,), (16,), (17,), (18,))
    assert numbers.teasers == ((14,), (21, 23, 25), (24,))


def test_a_hard_wrapped_line_gives_all_its_numbers():
    lines = [LogicalLine(1, 1, "A title"), LogicalLine(3, 6, "A paragraph of four rows.")]
    article = assemble(["A title", "", "A", "paragraph", "of four", "rows."], lines, [0, 1])
    assert article.line_numbers.paragraphs == ((3, 4, 5, 6),)


def test_an_empty_page_gives_an_empty_article():
    assert assemble([], [], []) == Article()
    assert assemble(["", ""], [], np.zeros(0, dtype=np.int8), np.zeros((0, 4))) == Article()


def test_confidence_is_passed_on():
    article = build("b Text.", confidence=0.5, has_article=0.75)
    assert (article.confidence, article.has_article) == (0.5, 0.75)


def test_arrays_and_lists_of_labels_give_the_same():
    rows = [row[2:] for row in NEWS.split("\n")]
    labels = [LABELS.index(LETTERS[row[0]]) for row in NEWS.split("\n") if row]
    assert assemble(rows, logical_lines(rows), np.array(labels, dtype=np.uint8)) == build(NEWS)


def test_stray_text_above_the_headline_does_not_hide_the_standfirst():
    article = build(
        "b We use cookies.\nn Menu\nh Rain at last\nt Farmers in the valley were glad of the rain.\nn Weather\n"
        "b On Monday rain fell in the valley, and the farmers said that they were glad."
    )
    assert article.standfirst == "Farmers in the valley were glad of the rain."


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("hbtn"),
            st.one_of(
                st.text(max_size=60),
                st.sampled_from(
                    [
                        "By",
                        "Von",
                        " - ",
                        "| |",
                        "Title - Site",
                        "3. Mai 2024",
                        "١٢ مايو ٢٠٢٤",
                        "2024年5月3日",
                        ": half",
                        "…",
                        "* ",
                        "99/99/9999",
                    ]
                ),
            ),
        ),
        max_size=25,
    ),
    st.randoms(use_true_random=False),
)
def test_no_text_and_no_labelling_raises(page, random):
    kept = [(letter, " ".join(text.split())) for letter, text in page]
    kept = [(letter, text) for letter, text in kept if text]
    rows = [text for _, text in kept]
    lines = [LogicalLine(number, number, text) for number, text in enumerate(rows, 1)]
    labels = [LABELS.index(LETTERS[letter]) for letter, _ in kept]
    chances = np.array([[random.random() for _ in LABELS] for _ in lines]).reshape(len(lines), 4)
    article = assemble(rows, lines, labels, chances, site="site.example")
    assert article == assemble(rows, lines, labels, chances, site="site.example")
    by_label = {label: {n for n, index in enumerate(labels, 1) if LABELS[index] is label} for label in LABELS}
    numbers = article.line_numbers
    assert set(numbers.headline) <= by_label[Label.HEADLINE]
    assert set(numbers.standfirst) <= by_label[Label.TEASER]
    assert {n for part in numbers.paragraphs for n in part} <= by_label[Label.BODY]
    assert {n for part in numbers.teasers for n in part} <= by_label[Label.TEASER] - set(numbers.standfirst)
    assert len(numbers.paragraphs) == len(article.paragraphs)
    assert len(numbers.teasers) == len(article.teasers)


LONG = "A sentence of the page that is long enough to be a paragraph, a blurb or a title, as you like it."


@pytest.mark.parametrize("letters", ["h", "b", "t", "nb", "hbtn"])
@pytest.mark.parametrize("text", ["Short - Site {}", LONG + " {}", LONG, "By Jane Doe, 3 May 2024 {}"])
def test_time_grows_with_the_lines_and_no_faster(letters, text):
    def seconds(count):
        lines = [LogicalLine(n, n, text.format(n)) for n in range(1, count + 1)]
        rows = [line.text for line in lines]
        labels = [LABELS.index(LETTERS[letters[n % len(letters)]]) for n in range(count)]
        start = time.process_time()
        assemble(rows, lines, labels)
        return time.process_time() - start

    # Quadratic work on 50,000 lines would take minutes; the bound leaves room for a slow and busy machine.
    assert seconds(50_000) < 10


def test_one_endless_line_is_taken_in_its_stride():
    for letter in "hbtn":
        start = time.process_time()
        build(f"h Title\n{letter} " + "word - | word. " * 100_000 + "\nb Text.")
        assert time.process_time() - start < 5


@pytest.fixture
def gold():
    folder = os.environ.get("COPYTASTER_CORPORA")
    if not folder:
        pytest.skip("COPYTASTER_CORPORA is not set: no real pages to measure on")
    return Path(folder) / "gold"


def test_with_right_labels_real_articles_are_right(gold):
    headlines, kept = [], []
    for page in read_labelled(gold):
        lines = logical_lines(page.page.rows)
        labels = [page.labels[line.first - 1] or Label.NAV for line in lines]
        article = assemble(page.page.rows, lines, [LABELS.index(label) for label in labels])
        titles = [line.text for line, label in zip(lines, labels, strict=True) if label is Label.HEADLINE]
        if titles:
            headlines.append(any(article.headline in title for title in titles))
        body = sum(len(words(line.text)) for line, label in zip(lines, labels, strict=True) if label is Label.BODY)
        if body:
            kept.append(len(words("\n".join(article.paragraphs))) / body)
    assert np.mean(headlines) >= 0.985
    assert np.mean(kept) >= 0.98


def test_a_page_without_a_text_has_no_byline_and_no_date():
    article = build("n By Ines Calder\nn 4 May 2025\nt Ferry to run twice a day")
    assert article.byline is None
    assert article.published is None


def test_author_and_date_under_the_first_of_two_headlines_are_found():
    page = """\
n Harbour Courier
h Town keeps its only night bus
n Written by Ines Calder
n 4 May 2025
n Share
n Print
n Mail
n Save
n Listen
n Follow
n Menu
n Search
n Weather
h Town keeps its only night bus
b The last bus from the station will go on leaving at half past midnight, the council decided on Tuesday.
n 1 May 2025"""
    article = build(page)
    assert article.byline == "Written by Ines Calder"
    assert article.published == "4 May 2025"


def test_a_byline_labelled_as_part_of_the_text_is_found():
    text = "The last bus from the station will go on leaving at half past midnight, the council decided on Tuesday."
    for byline_row in ("t By Ines Calder and Max Roe", "b By Ines Calder and Max Roe"):
        page = f"h Town keeps its only night bus\n{byline_row}\nb {text}\nb {text}"
        assert build(page).byline == "By Ines Calder and Max Roe"
    assert build(f"h Town keeps its only night bus\nb By night no bus leaves.\nb {text}").byline is None
