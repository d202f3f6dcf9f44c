"""The cache of measured pages: the same results, nothing stale, nothing that breaks."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from copytaster.labels import Label, LabelledPage, Page, read_labelled
from copytaster.training.cache import CacheError, cached
from copytaster.training.examples import examples_of

PAGE = LabelledPage(Page(("A title", "", "Some text"), "a", "https://a.example/"), (Label.HEADLINE, None, Label.BODY))
EXAMPLES = Path(__file__).parents[2] / "examples" / "labelled"

made: list[int] = []


def count_rows(pages: Sequence[LabelledPage]) -> int:
    made.append(len(pages))
    return sum(len(page.page.rows) for page in pages)


@pytest.fixture(autouse=True)
def _nothing_made() -> None:
    made.clear()


def test_what_was_made_of_the_same_pages_is_not_made_again(tmp_path: Path) -> None:
    again = dataclasses.replace(PAGE, page=dataclasses.replace(PAGE.page))
    assert cached(count_rows, [PAGE], tmp_path / "new") == cached(count_rows, [again], tmp_path / "new") == 3
    assert made == [1]


def test_without_a_folder_nothing_is_kept() -> None:
    assert cached(count_rows, [PAGE], None) == cached(count_rows, [PAGE], None)
    assert made == [1, 1]


@pytest.mark.parametrize(
    "other",
    [
        dataclasses.replace(PAGE, weight=0.5),
        dataclasses.replace(PAGE, labels=(Label.TEASER, None, Label.BODY)),
        dataclasses.replace(PAGE, page=dataclasses.replace(PAGE.page, rows=("A title", "", "Some texts"))),
        dataclasses.replace(PAGE, page=dataclasses.replace(PAGE.page, url="https://b.example/")),
        dataclasses.replace(PAGE, page=dataclasses.replace(PAGE.page, meta={"site": "b"})),
    ],
    ids=["weight", "label", "text", "url", "site"],
)
def test_other_pages_are_measured_anew(other: LabelledPage, tmp_path: Path) -> None:
    for pages in ([PAGE], [other], [PAGE, other], [other, PAGE]):
        cached(count_rows, pages, tmp_path)
    assert made == [1, 1, 2, 2]


def test_another_version_of_the_features_measures_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cached(count_rows, [PAGE], tmp_path)
    monkeypatch.setattr("copytaster.training.cache._sources", lambda module: "another version")
    cached(count_rows, [PAGE], tmp_path)
    assert made == [1, 1]


def test_a_damaged_entry_is_made_again(tmp_path: Path) -> None:
    cached(count_rows, [PAGE], tmp_path)
    (entry,) = tmp_path.rglob("output.pkl")
    entry.write_bytes(entry.read_bytes()[:2])
    assert cached(count_rows, [PAGE], tmp_path) == 3
    assert made == [1, 1]


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CacheError, match=r"file: cannot be used as a cache .*; name a folder"):
        cached(count_rows, [PAGE], tmp_path / "file")


def test_examples_from_the_cache_equal_those_made(tmp_path: Path) -> None:
    pages = list(read_labelled(EXAMPLES))
    fresh = examples_of(pages)
    for examples in (examples_of(pages, tmp_path), examples_of(pages, tmp_path)):
        np.testing.assert_array_equal(examples.base, fresh.base)
        np.testing.assert_array_equal(examples.labels, fresh.labels)
        np.testing.assert_array_equal(examples.lines.word_hash, fresh.lines.word_hash)
        assert examples.lines.pages == fresh.lines.pages
