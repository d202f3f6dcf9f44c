"""Standfirst, paragraphs and teasers."""

import pytest

from copytaster.labels.label import LABELS, Label
from copytaster.model.article import Teaser
from copytaster.model.paragraphs import paragraphs
from copytaster.model.places import Places, between
from copytaster.model.standfirst import standfirst
from copytaster.model.teasers import teasers
from copytaster.model.wrap import LogicalLine, logical_lines

LETTERS = {"h": Label.HEADLINE, "b": Label.BODY, "t": Label.TEASER, "n": Label.NAV}


def page(text):
    rows = [row[2:] for row in text.split("\n")]
    return logical_lines(rows), Places.of([LABELS.index(LETTERS[row[0]]) for row in text.split("\n") if row])


def own_lines(text):
    lines, places = page(text)
    body = places.body[0]
    headlines = between(places.headline, 0, body)
    return [lines[index].text for index in standfirst(lines, places, headlines[-1] if headlines else None, body)]


BODY = "b The farmers of the valley waited a year for rain, and the wells ran dry before it came on Monday."


def test_the_line_under_the_headline_is_the_standfirst():
    assert own_lines(f"h Rain\nt A short one\nn By Ann Lee\n{BODY}") == ["A short one"]


def test_furniture_may_stand_between():
    text = "The farmers of the valley are glad that their wells will not stay dry."
    assert own_lines(f"h Rain\nn By Ann Lee\nn 3 May 2024\nn Share\nt {text}\nn Advertisement\n{BODY}") == [text]


def test_key_points_come_with_their_heading():
    points = ["The short of it", "* The wells ran dry.", "* Nobody expected Monday's clouds."]
    rows = "\n".join("t " + point for point in points)
    assert own_lines(f"h Rain\nn By Ann Lee\n{rows}\nn Photo\n{BODY}") == points


@pytest.mark.parametrize(
    "rows",
    [
        "t Mayor opens new bridge\nt School wins chess prize",
        "t RELATED: Farmers of the valley sue over wells",
        "t 4:11 Farmers of the valley sue over wells",
        "t Mayor opens new bridge over the river after four years of work, and everybody comes to see it.",
    ],
)
def test_other_stories_are_not_the_standfirst(rows):
    assert own_lines(f"h Rain\nn By Ann Lee\nn More stories\n{rows}\nn Share\n{BODY}") == []


def test_a_line_with_which_the_text_begins_is_not_printed_twice():
    assert own_lines(f"h Rain\nt{BODY[1:]}\n{BODY}") == []


def test_a_standfirst_far_from_the_text_is_none():
    menu = "\n".join(f"n Menu {number}" for number in range(100))
    assert own_lines(f"h Rain\nt The farmers of the valley are glad of the wells.\n{menu}\n{BODY}") == []


def texts_of(*texts):
    lines = [LogicalLine(number, number, text) for number, text in enumerate(texts, 1)]
    return paragraphs(lines, range(len(lines)))[0]


LONG = "The farmers of the valley waited a year for rain, and the wells ran dry before it came on Monday."
OTHER = "Nobody had seen such clouds since the spring of the year before, said the keeper of the weather station."


def test_a_second_printing_goes_with_its_short_lines():
    passage = ["Rain", LONG, "Clouds", OTHER]
    assert texts_of(*passage, *passage) == passage


@pytest.mark.parametrize(
    "repeated",
    [
        "Ingredients",
        "Yes, it is.",
        "| 12 | 15 |",
        "- Free delivery to every place in the whole of the valley and beyond it.",
    ],
)
def test_short_repeats_and_list_items_stay(repeated):
    texts = [repeated, LONG, repeated, OTHER, repeated]
    assert texts_of(*texts) == texts


@pytest.mark.parametrize("quote", ["“the wells ran dry before it came”", "The wells ran dry before it came on Monday."])
@pytest.mark.parametrize("before", [True, False])
def test_a_pull_quote_is_dropped_wherever_it_stands(quote, before):
    assert texts_of(*([quote, LONG] if before else [LONG, quote])) == [LONG]


def test_a_subhead_whose_words_recur_stays():
    texts = ["The wells ran dry before it came", LONG]
    assert texts_of(*texts) == texts


@pytest.mark.parametrize("bullet", ["*", "•", "+", "◦", "▪"])
def test_list_items_get_one_mark(bullet):
    assert texts_of(f"{bullet} a pound of flour") == ["- a pound of flour"]


@pytest.mark.parametrize(
    "text", ["1. Sift the flour.", "a) first", "- A dash.", "– Nei, sa han.", "*emphasis*", "+3 points"]
)
def test_numbering_and_all_else_stays_as_printed(text):
    assert texts_of(text) == [text]


BLURB = "From June the small ferry will cross the bay in the morning and in the evening, its owner says."


def advertised(text):
    return teasers(*page(text))[0]


@pytest.mark.parametrize("between", ["", "n 3 May 2025\n", "n News\nn 3 May 2025\n"])
def test_a_blurb_goes_with_the_title_before_it(between):
    assert advertised(f"t Ferry to run twice a day\n{between}t {BLURB}") == [Teaser("Ferry to run twice a day", BLURB)]


@pytest.mark.parametrize("between", ["b Text of the article.\n", "n News\nn 3 May\nn 5 min\n", "h Rain\n"])
def test_a_line_farther_off_is_a_teaser_of_its_own(between):
    assert len(advertised(f"t Ferry to run twice a day\n{between}t {BLURB}")) == 2


def test_titles_in_a_list_are_not_blurbs():
    rows = ["Rain", "A much longer title of a story about the ferry that crosses the bay of the town", "3. " + BLURB]
    assert advertised("\n".join("t " + row for row in rows)) == [Teaser(row) for row in rows]


def test_repeats_are_merged_with_all_their_lines():
    lines, places = page(f"t Ferry to run twice a day\nn Menu\nt Rain\nt ferry to run twice a day\nt {BLURB}")
    found, sources = teasers(lines, places)
    assert found == [Teaser("Ferry to run twice a day", BLURB), Teaser("Rain")]
    assert sources == [(0, 3, 4), (2,)]


def test_the_standfirst_and_the_headline_are_no_teasers():
    lines, places = page(f"t {BLURB}\nn Menu\nt {BLURB}\nt * Rain at last")
    assert teasers(lines, places, [0], "Rain at last")[0] == []
