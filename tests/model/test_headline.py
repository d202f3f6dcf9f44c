"""The best headline among repeats, without the site's name."""

import pytest

from copytaster.labels.label import LABELS, Label
from copytaster.model.headline import headline
from copytaster.model.places import Places
from copytaster.model.wrap import logical_lines

LETTERS = {"h": Label.HEADLINE, "b": Label.BODY, "t": Label.TEASER, "n": Label.NAV}


def chosen(text, chances=None, site=None):
    rows = [row[2:] for row in text.split("\n")]
    places = Places.of([LABELS.index(LETTERS[row[0]]) for row in text.split("\n") if row])
    return headline(rows, logical_lines(rows), places, chances, site)


@pytest.mark.parametrize("separator", [" - ", " – ", " — ", " | ", " · ", " » ", " :: ", "|", " • "])
@pytest.mark.parametrize("order", ["{title}{separator}{site}", "{site}{separator}{title}"])
def test_another_printing_shows_which_part_is_the_title(separator, order):
    printed = order.format(title="Rain at last", site="Valley Post", separator=separator)
    # The page title is the likelier one, so that it is chosen and has to be cut.
    assert chosen(f"h {printed}\nn Menu\nh Rain at last\nb It rained.", [9.0, 0, 0.1, 0])[0] == "Rain at last"


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("h Rain at last - Valley Post\nn Valley Post\nb It rained.", "Rain at last"),
        ("h Rain at last | Valley Post\nb It rained.\nn Copyright 2024 Valley-Post Ltd.", "Rain at last"),
        ("h Valley Post: Rain at last\nb It rained.\nn © 2024 Valley Post", "Rain at last"),
        ("h Rain at last - Weather | Valley Post\nn Weather\nn Valley Post\nb It rained.", "Rain at last"),
        ("h Rain at last - valleypost.com\nb It rained.", "Rain at last"),
    ],
)
def test_a_part_that_the_page_shows_to_be_the_sites_name_goes(page, expected):
    assert chosen(page)[0] == expected


def test_the_site_given_tells_its_name():
    assert chosen("h Rain at last - The Valley Post\nb It rained.", site="valleypost.com")[0] == "Rain at last"


@pytest.mark.parametrize(
    "page",
    [
        "h Rain at last - and what comes next\nn Menu\nb It rained.",
        "n Menu\nh Weather: Rain at last\nn Weather\nb It rained.",  # a kicker in the large title stays
        "n Menu\nn Weather\nh Weather - Rain at last\nb It rained.",
        "h Rain at last\nb It rained.",
    ],
)
def test_a_part_that_nothing_shows_to_be_a_name_stays(page):
    printed = next(row[2:] for row in page.split("\n") if row[0] == "h")
    assert chosen(page)[0] == printed


def test_a_company_s_name_with_which_the_title_below_begins_is_not_the_title():
    page = "h Norrland Marine\nn Newsroom\nh Norrland Marine wins order for three ferries\nb The yard said so."
    assert chosen(page, [1.0, 0, 0.3, 0])[0] == "Norrland Marine wins order for three ferries"
    # Below the text stands another story.
    page = "h Rain at last\nn Menu\nb It rained for a day.\nh Rain at last and what comes next"
    assert chosen(page, [0.9, 0, 0, 0.9])[0] == "Rain at last"


def test_the_large_title_before_the_text_is_preferred():
    page = "h Rain in the valley\nn Menu\nn Weather\nh Rain at last\nb It rained for a day.\nh Rain at last, again"
    assert chosen(page) == ("Rain at last", (3,))


def test_a_likely_line_is_preferred_to_a_near_one():
    assert chosen("n Menu\nh Rain at last\nh Weather\nb It rained.", [0, 0.9, 0.3, 0])[0] == "Rain at last"


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("n Menu\n\nh Rain at last in\nh the dry valley\n\nb It rained.", "Rain at last in the dry valley"),
        ("n Menu\n\nh Rain\nh at\nh last\n\nb It rained.", "Rain at last"),
        ("n Menu\nh Rain\nh : the valley is glad\nb It rained.", "Rain: the valley is glad"),
        ("n Menu\nh Rain at last:\nh The valley is glad\nb It rained.", "Rain at last: The valley is glad"),
    ],
)
def test_a_title_broken_over_lines_is_joined(page, expected):
    assert chosen(page)[0] == expected


@pytest.mark.parametrize(
    "page",
    [
        "n Menu\nh Rain at last\nh Rain at last\nb It rained.",
        "n Menu\n\nh Rain falls at last\nh At last the rain falls\n\nb It rained.",  # two versions
        "n Menu\n\nh Freshwater\n\nh Rain at last\n\nb It rained.",  # two blocks
        "h Rain at last\nh in the dry valley\nb It rained.",  # the first is the page title
    ],
)
def test_other_neighbours_are_not_joined(page):
    assert len(chosen(page)[1]) == 1


def test_without_a_headline_line_there_is_none():
    assert chosen("n Menu\nb It rained.") == (None, ())
    assert chosen("h ***\nb It rained.") == (None, ())


def test_the_bullet_that_a_renderer_put_before_it_is_left_out():
    assert chosen("h • Rain at last\nb It rained.")[0] == "Rain at last"
    assert chosen("h 7 days of rain\nb It rained.")[0] == "7 days of rain"


def test_the_line_of_feeds_that_lynx_prints_is_no_title():
    page = "h #Valley Post » Feed Valley Post » Rain at last Comments Feed\nn Menu\nh Rain at last\nb It rained."
    assert chosen(page, [9.0, 0, 0.1, 0])[0] == "Rain at last"
    assert chosen("h #rain\nb It rained.")[0] == "#rain"
