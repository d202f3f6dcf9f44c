"""Records of pages that failed, and counts of them."""

import json

import pytest

from copytaster.dumps import MissingExtraError, PageError
from copytaster.dumps.errors import FAILED, UNREADABLE, Tally
from copytaster.dumps.text import BadPage
from copytaster.labels.page import Origin, Page

TOO_LARGE = "the page has 41,000 lines, more than the 40,000 allowed: is it one page? If so, raise max_lines"


def test_an_error_is_a_json_record_with_where_the_page_is() -> None:
    error = PageError.of(BadPage("a\ud800", "not JSON (é)", Origin("b.jsonl", 3)), UNREADABLE, "not JSON (é)")
    assert error.line().count(b"\n") == 1
    assert json.loads(error.line()) == {
        "id": "a?", "source": "b.jsonl", "offset": 3, "kind": "unreadable", "error": "not JSON (é)",
    }  # fmt: skip


def test_an_error_of_a_page_of_unknown_origin_is_a_record_too() -> None:
    record = PageError.of(Page((), "a"), FAILED, "no").record()
    assert (record["source"], record["offset"]) == (None, None)


@pytest.mark.parametrize(
    ("reason", "short"),
    [
        (TOO_LARGE, "the page has N lines"),
        ("not JSON (Expecting value); each line must be one whole record", "not JSON"),
        ("this is HTML; make a text dump of it first", "this is HTML"),
        ("took too long", "took too long"),
        (
            str(MissingExtraError("reading a", "b", "no c: d")),
            "reading a needs more packages with pip install 'copytaster[b]'",
        ),
    ],
)
def test_reasons_that_differ_in_details_are_counted_as_one(reason: str, short: str) -> None:
    assert PageError("a", None, UNREADABLE, reason).short == short


def test_a_tally_tells_how_many_failed_and_why() -> None:
    tally = Tally()
    assert str(tally) == "0 pages"
    for empty in (True, False):
        tally.count(empty=empty)
    for reason in ("not JSON (a)", "not JSON (b)", "this is HTML; no"):
        tally.fail(PageError("a", None, UNREADABLE, reason))
    assert str(tally) == "2 pages, 3 failed (2 not JSON, 1 this is HTML), 1 without an article"
    assert (tally.pages, tally.failed) == (5, 3)
    assert Tally.from_record(json.loads(json.dumps(tally.record()))) == tally
