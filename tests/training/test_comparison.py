"""Two models on the same pages, and what is said of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from copytaster.labels import Label, LabelledPage, Page
from copytaster.training.comparison import Comparison, compare
from copytaster.training.progress import Stages
from copytaster.training.scores import PageScore
from copytaster.training.summary import comparison_table, next_steps


def score(site: str, right: int, wrong: int, headline: bool | None = True, text: float | None = 1.0) -> PageScore:
    """A page whose nav lines are right or taken for body, and whose one body line is right."""
    labels = (Label.BODY,) + (Label.NAV,) * (right + wrong)
    page = LabelledPage(Page(("x",) * len(labels), "p", meta={"site": site}), labels)
    given = np.array([1] + [3] * right + [1] * wrong, dtype=np.int8)
    numbers = np.arange(1, len(labels) + 1, dtype=np.int32)
    return PageScore(page, numbers, given, np.full((len(labels), 4), 0.25), headline, text)


def of_sites(count: int, right: int, wrong: int, text: float = 1.0) -> list[PageScore]:
    return [score(f"{n % count}.example", right, wrong, text=text) for n in range(2 * count)]


def test_a_model_that_is_better_on_every_site_is_better() -> None:
    found = compare(of_sites(6, 9, 1), of_sites(6, 5, 5, text=0.5))
    assert (found.pages, found.sites, found.can_tell) == (12, 6, True)
    assert found.changes["macro"].verdict == found.changes["words"].verdict == "better"
    assert found.changes["nav"].new == pytest.approx(18 / 19)
    assert found.changes["title"].verdict == "no different"
    assert np.isnan(found.changes["teaser"].new)
    turned = compare(of_sites(6, 5, 5, text=0.5), of_sites(6, 9, 1))
    assert turned.changes["macro"].verdict == "worse"
    assert turned.changes["macro"].difference == pytest.approx(-found.changes["macro"].difference)


def test_a_model_that_wins_on_some_sites_and_loses_on_others_is_no_different() -> None:
    ups, downs = of_sites(6, 9, 1), of_sites(6, 7, 3)
    mixed = [up if n % 2 else down for n, (up, down) in enumerate(zip(ups, downs, strict=True))]
    assert compare(mixed, mixed[1:] + mixed[:1]).changes["macro"].verdict == "no different"


def test_sites_are_drawn_and_not_pages() -> None:
    """Many pages of one good site say no more than one of them."""
    new = [score("many.example", 10, 0) for _ in range(30)] + [score("other.example", 0, 10)]
    old = [score("many.example", 9, 1) for _ in range(30)] + [score("other.example", 10, 0)]
    assert compare(new, old).changes["macro"].verdict == "no different"


def test_with_one_site_pages_are_drawn() -> None:
    one = compare(of_sites(1, 9, 1) * 6, of_sites(1, 5, 5) * 6)
    assert (one.pages, one.sites, one.can_tell) == (12, 1, False)
    assert one.changes["macro"].verdict == "better"


def test_pages_without_a_title_or_a_text_are_not_counted_there() -> None:
    new = [score("a.example", 1, 0, headline=None, text=None), score("b.example", 1, 0, headline=False, text=0.25)]
    changes = compare(new, new).changes
    assert (changes["title"].new, changes["words"].new) == (0.0, 0.25)


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (compare(of_sites(6, 9, 1), of_sites(6, 5, 5)), "are better than the shipped model's"),
        (compare(of_sites(6, 5, 5), of_sites(6, 9, 1)), "are worse than the shipped model's"),
        (compare(of_sites(6, 9, 1), of_sites(6, 9, 1)), "no difference"),
        (compare(of_sites(2, 9, 1), of_sites(2, 5, 5)), "4 pages of 2 sites are too few"),
    ],
)
def test_the_table_ends_with_a_sentence(found: Comparison, sentence: str) -> None:
    lines = comparison_table(found).splitlines()
    assert sentence in lines[-1]
    assert not any(line.startswith("  teaser") for line in lines)


def test_labels_that_got_better_while_the_text_got_worse_are_not_praised_alone() -> None:
    found = compare(of_sites(6, 9, 1, text=0.5), of_sites(6, 5, 5))
    assert "another way" in comparison_table(found)


def test_what_comes_next_depends_on_how_it_went() -> None:
    better, worse, few = (
        compare(of_sites(6, 9, 1), of_sites(6, 5, 5)),
        compare(of_sites(6, 5, 5), of_sites(6, 9, 1)),
        compare(of_sites(2, 9, 1), of_sites(2, 5, 5)),
    )
    paths, model = [Path("my pages")], Path("mine.npz")
    assert "copytaster train 'my pages' --extend -o mine.npz" in next_steps(paths, model, worse, extended=False)
    assert "--extend" not in next_steps(paths, model, better, extended=False)
    assert "--extend" not in next_steps(paths, model, worse, extended=True)
    assert "to label more pages" in next_steps(paths, model, few, extended=True)
    assert "copytaster evaluate OTHER_PAGES --model mine.npz" in next_steps(paths, model, None, extended=True)


def test_the_share_of_the_work_grows_with_each_result() -> None:
    said: list[str] = []
    stages = Stages(said.append)
    assert stages.follow(iter("ab"), 2, "first", 0.5) == ["a", "b"]
    assert stages.follow(iter("c"), 1, "second", 0.5) == ["c"]
    assert said == ["  0%  first", " 25%  first, 1 of 2", " 50%  first, 2 of 2", " 50%  second", "100%  second, 1 of 1"]
