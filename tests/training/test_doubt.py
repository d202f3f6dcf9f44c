"""The order in which pages would teach a model most."""

from __future__ import annotations

import numpy as np
import pytest

from copytaster.labels import LABELS, Page
from copytaster.model.article import Article
from copytaster.model.classifier import Reading, load
from copytaster.model.wrap import logical_lines
from copytaster.training.doubt import SURE_LINES, Doubt, Layout, doubt_of, margins, suggest
from copytaster.training.readings import readings

PLAIN = Layout(0, is_wrapped=False, is_spaced=False, body=2, teaser=1)
LONG = PLAIN._replace(size=3)


def doubt(name: str, amount: float, site: str | None = None, layout: Layout = PLAIN) -> Doubt:
    return Doubt(name, site or name, layout, amount, lines=20, doubtful=round(20 * amount))


def order(*doubts: Doubt, labelled: tuple[Doubt, ...] = ()) -> list[str]:
    return [doubts[suggestion.place].id for suggestion in suggest(doubts, labelled)]


def test_a_margin_is_the_lead_of_the_label_given() -> None:
    probabilities = [[0.1, 0.6, 0.1, 0.2], [0.25, 0.25, 0.25, 0.25], [0.5, 0.3, 0.1, 0.1]]
    assert margins([1, 0, 1], probabilities) == pytest.approx([0.4, 0.0, -0.2])
    assert margins([], []).shape == (0,)


def test_a_page_of_two_doubtful_lines_has_less_doubt_than_one_of_many() -> None:
    def reading(lines: int) -> Reading:
        page = Page(("text",) * lines, "page")
        return Reading(page, Article(), logical_lines(page.rows), [0] * lines, [[0.25] * len(LABELS)] * lines)

    assert doubt_of(reading(2)).doubt == pytest.approx(2 / (2 + SURE_LINES))
    assert doubt_of(reading(2)).doubt < doubt_of(reading(200)).doubt < 1
    assert doubt_of(reading(200)).doubtful == 200
    assert doubt_of(Reading(Page(()), Article())).doubt == 0


def test_the_page_of_most_doubt_comes_first_and_of_equals_the_first_given() -> None:
    assert order(doubt("a", 0.1), doubt("b", 0.3), doubt("c", 0.2)) == ["b", "c", "a"]
    assert order(*(doubt(name, 0.2) for name in "abc")) == ["a", "b", "c"]


def test_a_site_that_has_been_seen_comes_after_one_of_somewhat_less_doubt() -> None:
    pages = [doubt("a1", 0.5, "a"), doubt("a2", 0.4, "a"), doubt("b", 0.3)]
    assert order(*pages) == ["a1", "b", "a2"]
    assert order(*pages, labelled=(doubt("a0", 0.9, "a"),)) == ["b", "a1", "a2"]


def test_a_layout_that_has_been_seen_comes_later_but_counts_less_than_a_site() -> None:
    assert order(doubt("a", 0.5), doubt("b", 0.45), doubt("c", 0.4, layout=LONG)) == ["a", "c", "b"]
    assert order(doubt("a", 0.5, "a"), doubt("b", 0.45, "a", LONG), doubt("c", 0.4)) == ["a", "c", "b"]


def test_the_order_is_that_of_choosing_the_best_again_and_again() -> None:
    random = np.random.default_rng(5)
    layouts = [PLAIN, LONG, PLAIN._replace(body=0)]
    doubts = [
        doubt(str(k), float(random.random()), f"site {random.integers(12)}", layouts[random.integers(3)])
        for k in range(120)
    ]
    left = list(range(len(doubts)))
    chosen: list[int] = []
    while left:
        # Without the labelled pages' order mattering, the first of a new suggestion is the next of a longer one.
        first = suggest([doubts[index] for index in left], [doubts[index] for index in chosen])[0]
        chosen.append(left.pop(first.place))
    suggestions = suggest(doubts)
    assert [suggestion.place for suggestion in suggestions] == chosen
    scores = [suggestion.score for suggestion in suggestions]
    assert scores == sorted(scores, reverse=True)


def test_the_reasons_name_doubt_site_and_layout() -> None:
    first, second = suggest([doubt("a1", 0.5, "a"), doubt("a2", 0.4, "a")])
    assert first.why == "10 of 20 lines doubtful, site new, layout new"
    assert second.why == "8 of 20 lines doubtful, site seen once, layout seen once"


def test_a_page_that_fails_ends_nothing() -> None:
    class Fussy:
        fingerprint = "fussy"

        def read(self, pages: list[Page]) -> list[Reading]:
            if any("bad" in page.rows for page in pages):
                raise KeyError("bad")
            return load().read(pages)

    pages = [Page(("good",), "a"), Page(("bad",), "b"), Page(("fine",), "c")]
    outcomes = list(readings(pages, Fussy()))  # type: ignore[arg-type]
    assert [isinstance(outcome, Reading) for outcome in outcomes] == [True, False, True]
    assert "b: Copytaster failed" in str(outcomes[1])
