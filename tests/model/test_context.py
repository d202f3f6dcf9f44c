"""What the second stage sees of the first, by probabilities written by hand."""

import numpy as np
import pytest

from copytaster.labels import LABELS, Page
from copytaster.model import features
from copytaster.model.context import FULL_WIDTH, OFFSETS, REACHES, context, context_features
from copytaster.model.lines import Lines, pack

HEADLINE, BODY, TEASER, NAV = range(4)
NAMES = [feature.name for feature in context_features()]


def seen(labels: list[int], *, text: str | None = None, pages: int = 1) -> dict[str, np.ndarray]:
    """The context of pages whose first stage is certain of its labels, by name."""
    lines = packed(text or "\n".join(f"line {n}" for n in range(len(labels))), pages)
    probabilities = np.eye(4)[labels * pages]
    first = np.zeros((len(lines), len(features.features())), dtype=np.float32)
    return dict(zip(NAMES, context(lines, first, probabilities).T, strict=True))


def packed(text: str, pages: int) -> Lines:
    return pack([Page.from_text(text)] * pages)


def test_a_line_sees_its_own_probabilities_and_those_of_its_neighbours_within_the_page() -> None:
    found = seen([NAV, HEADLINE, BODY], pages=2)
    np.testing.assert_array_equal(found["p_headline"], [0, 1, 0] * 2)
    np.testing.assert_array_equal(found["p_headline[-1]"], [np.nan, 0, 1] * 2)
    np.testing.assert_array_equal(found["p_body[+1]"], [0, 1, np.nan] * 2)
    assert all(f"p_{label}[{offset:+d}]" in NAMES for label in LABELS for offset in OFFSETS)


@pytest.mark.parametrize("reach", REACHES)
def test_expected_lines_are_counted_above_and_below_without_the_line_itself(reach: int) -> None:
    labels = [BODY] * 20 + [NAV] * 3
    found = seen(labels)
    for n in range(len(labels)):
        assert found[f"body_{reach}_above"][n] == labels[max(0, n - reach) : n].count(BODY)
        assert found[f"nav_{reach}_below"][n] == labels[n + 1 : n + 1 + reach].count(NAV)


def test_the_likeliest_stretch_of_body_has_a_beginning_and_an_end() -> None:
    prose = "word " * 30
    text = "\n".join(["menu", prose, "menu", prose, prose, *["menu"] * 12, prose])
    found = seen([NAV, BODY, NAV, BODY, BODY, *[NAV] * 12, BODY], text=text)
    # The stray paragraph below is too far: the furniture between costs more than it brings.
    assert found["body_start"].tolist() == [n - 1 for n in range(18)]
    assert found["body_end"].tolist() == [4 - n for n in range(18)]
    assert set(found["body_lines"]) == {4}
    assert found["second_start"].tolist() == [n - 17 for n in range(18)]
    assert (found["body_inside"] < found["body_width"]).all()
    assert set(found["body_width"]) <= set(range(4 * FULL_WIDTH))


def test_on_a_page_without_body_there_is_no_stretch() -> None:
    found = seen([NAV, NAV, TEASER])
    for name in ("body_start", "body_end", "body_lines", "second_start"):
        assert np.isnan(found[name]).all()
    assert set(found["body_width"]) == {0}


def test_the_likeliest_headline_is_the_first_of_equals_and_leads_by_its_distance_to_the_next() -> None:
    lines = pack([Page.from_text("a title\nmenu\na title\nanother")])
    probabilities = np.array([[0.25, 0, 0, 0.75], [0.5, 0, 0, 0.5], [0.5, 0, 0, 0.5], [0.125, 0, 0, 0.875]])
    first = np.zeros((4, len(features.features())), dtype=np.float32)
    found = dict(zip(NAMES, context(lines, first, probabilities).T, strict=True))
    assert found["headline_distance"].tolist() == [-1, 0, 1, 2]
    assert found["headline_lead"].tolist() == [-0.25, 0, 0, -0.375]
    assert set(found["headline_best"]) == {0.5}
    assert found["headline_same"].tolist() == [0, 1, 0, 0]


def test_lines_of_the_same_shape_tell_of_each_other_and_a_shape_of_its_own_says_nothing() -> None:
    text = "Village bakery\nCouncil closes\nThe mill opened on Saturday, ten years after the flood.\nStorm warning"
    found = seen([TEASER, TEASER, BODY, NAV], text=text)
    np.testing.assert_allclose(found["shape_teaser"], [0.5, 0.5, np.nan, 1.0])
    np.testing.assert_allclose(found["shape_nav"], [0.5, 0.5, np.nan, 0.0])
