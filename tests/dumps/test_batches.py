"""Batches: limited, and in spite of pages on which the classifier fails."""

from collections.abc import Sequence
from types import SimpleNamespace

import pytest

from copytaster.dumps import BadPage, PageError
from copytaster.dumps.batches import CHECKPOINT_PAGES, AnyPage, Done, Worker, batches
from copytaster.dumps.raw import RawPage
from copytaster.dumps.text import page_of_bytes
from copytaster.labels.page import Origin, Page
from copytaster.model.article import Article
from copytaster.model.limits import Limits


class Classifier:
    fingerprint = "fake"

    def __init__(self) -> None:
        self.batches: list[int] = []

    def read(self, pages: Sequence[Page]) -> list[SimpleNamespace]:
        self.batches.append(len(pages))
        for page in pages:
            if "forever" in page.rows:
                while True:
                    pass
            if "too difficult" in page.rows:
                raise KeyError("difficult")
        return [SimpleNamespace(page=page, article=Article(paragraphs=list(page.rows))) for page in pages]


def raw(text: str, name: str = "a") -> RawPage:
    return RawPage(page_of_bytes, text.encode(), Limits(), name, Origin(name))


def made(text: str, name: str = "a") -> Page:
    return Page.from_text(text, id=name)


@pytest.mark.parametrize("page", [raw, made])
def test_batches_are_limited_in_pages_rows_and_characters(page: type[Page]) -> None:
    texts = ["short"] * 17 + ["long\n" * 4000] * 2 + ["wide " * 200_000 + "\nnew"] * 2
    assert [len(batch.pages) for batch in batches(map(page, texts))] == [16, 1, 1, 1, 1, 1]


def test_only_the_last_batch_is_the_last() -> None:
    assert [batch.is_last for batch in batches([made("short")] * 33)] == [False, False, True]
    assert list(batches([])) == []


def test_a_batch_ends_where_a_stopped_run_can_go_on() -> None:
    ends, count = set(), 0
    for batch in batches([made("short")] * (2 * CHECKPOINT_PAGES + 1)):
        count += len(batch.pages)
        ends.add(count)
    assert {CHECKPOINT_PAGES, 2 * CHECKPOINT_PAGES} <= ends


def test_pages_that_turn_out_large_when_they_are_made_are_read_apart() -> None:
    classifier = Classifier()
    pages = [raw("line\r" * 3999)] * 3
    assert len(next(batches(pages)).pages) == 3
    assert [type(outcome) for outcome in work(classifier, pages)] == [Done] * 3
    assert classifier.batches == [1, 1, 1]


def work(classifier: Classifier, pages: Sequence[AnyPage], timeout: float | None = None) -> list[Done | PageError]:
    return Worker(classifier, None).work(pages, timeout)  # type: ignore[arg-type]


def test_outcomes_are_in_the_order_of_the_pages_whatever_becomes_of_each() -> None:
    pages = [made("fine", "a"), BadPage("b", "no text"), made("too difficult", "c"), raw("<html><body>", "d"), made("")]
    outcomes = work(Classifier(), pages)
    assert [outcome.id if isinstance(outcome, PageError) else outcome.is_empty for outcome in outcomes] == [
        False, "b", "c", "d", True,
    ]  # fmt: skip
    assert [outcome.kind for outcome in outcomes if isinstance(outcome, PageError)] == [
        "unreadable", "failed", "unreadable",
    ]  # fmt: skip


def test_a_page_that_cannot_be_made_is_an_error() -> None:
    def make(*_: object, **__: object) -> Page:
        raise ZeroDivisionError("by zero")

    (outcome,) = work(Classifier(), [RawPage(make, b"", Limits(), "a", Origin("file", 7))])
    assert isinstance(outcome, PageError)
    assert (outcome.kind, outcome.origin) == ("failed", Origin("file", 7))
    assert "ZeroDivisionError: by zero" in outcome.reason


def test_a_page_over_its_time_is_interrupted_and_the_others_are_read() -> None:
    outcomes = work(Classifier(), [made("fine"), made("forever", "b"), made("fine")], 0.1)
    assert [type(outcome) for outcome in outcomes] == [Done, PageError, Done]
    assert str(outcomes[1]) == "b: took too long; it may take longer than 0.1 seconds with --timeout"
