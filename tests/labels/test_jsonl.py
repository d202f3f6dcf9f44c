import io
import json

import pytest

from copytaster.labels import Label, LabelFileError, LabelledPage, Page, write_jsonl
from copytaster.labels.jsonl import read_jsonl
from copytaster.labels.record import Origin

ORIGIN = Origin("pages.jsonl", "pages", "pages")
H, B, T, N = Label.HEADLINE, Label.BODY, Label.TEASER, Label.NAV
GOOD = {"lines": ["A"], "labels": ["body"]}


def read(*records: object) -> list[LabelledPage | LabelFileError]:
    lines = [record if isinstance(record, bytes) else json.dumps(record).encode() for record in records]
    return list(read_jsonl(io.BytesIO(b"\n".join(lines)), ORIGIN))


def page(record: object) -> LabelledPage:
    (item,) = read(record)
    assert isinstance(item, LabelledPage), item
    return item


def test_a_record_is_a_page():
    record = {"id": "x", "url": "https://www.example.com/1", "kind": "blog", "lines": ["Rain", "", " It rained."]}
    got = page(record | {"labels": ["headline", None, "body"], "weight": 0.5})
    assert got.page == Page(("Rain", "", " It rained."), "x", "https://www.example.com/1")
    assert got.labels == (H, None, B)
    assert got.page.meta == {"kind": "blog", "site": "example.com"}
    assert got.weight == 0.5


@pytest.mark.parametrize("blank", ["", None, " \t", "\n"])
def test_a_blank_line_is_empty_or_null_or_white_space(blank):
    assert page({"lines": ["A", blank], "labels": ["nav", None]}).page.rows == ("A", "")


def test_pages_without_a_name_are_called_by_their_line_in_the_file():
    assert [item.page.id for item in read(GOOD, b"", GOOD, GOOD | {"id": 7})] == ["pages:1", "pages:3", "7"]


def test_other_fields_are_kept_as_text_and_null_ones_left_out():
    got = page(GOOD | {"lang": None, "year": 2024, "live": True, "tags": ["a", "ü"], "site": None})
    assert got.page.meta == {"year": "2024", "live": "true", "tags": '["a", "ü"]', "site": "pages"}


@pytest.mark.parametrize("row", ["a\x0bb", "a\u2028b", "a\tb \n", "\u3000a\xa0", "# a", "a\x00b"])
def test_rows_are_those_of_a_dump_of_the_same_lines(row):
    assert page({"lines": [row], "labels": ["body"]}).page.rows == Page.from_text(row).rows


def test_half_a_surrogate_pair_becomes_the_replacement_character():
    assert page({"lines": ["a\ud83d b"], "labels": ["body"], "id": "\udc00"}).page == Page(("a\ufffd b",), "\ufffd")


def test_a_byte_order_mark_crlf_and_empty_lines_are_taken():
    data = json.dumps(GOOD).encode()
    assert len(read(b"\xef\xbb\xbf" + data + b"\r", b"  ", data)) == 2


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (b'{"lines": ["A"', ["not JSON", "one whole JSON object"]),
        (b"[" * 100_000, ["not JSON"]),
        (b"{\xe4}", ["not UTF-8", "0xe4"]),
        ([1], ["not an object", '"lines" and "labels"']),
        ({"labels": ["body"]}, ['no list "lines"']),
        ({"lines": ["A"]}, ['no list "labels"']),
        ({"lines": "A", "labels": ["body"]}, ['no list "lines"']),
        ({"lines": ["A", "B"], "labels": ["body"]}, ["2 lines but 1 labels"]),
        ({"lines": ["A", 3], "labels": ["body", "nav"]}, ["line 2 of the page", "'3'", "not a text"]),
        ({"lines": ["A", "B"], "labels": ["nav", "boddy"]}, ["line 2 of the page", "'boddy'", "Did you mean 'body'?"]),
        ({"lines": ["A", "B"], "labels": ["nav", 3]}, ["line 2 of the page", "'3' is not a label"]),
        ({"lines": ["A", "B"], "labels": ["nav", ["nav"]]}, ["line 2 of the page", "is not a label"]),
        ({"lines": ["A", "B"], "labels": ["nav", None]}, ["line 2 of the page has no label"]),
        ({"lines": ["A", " "], "labels": ["nav", "nav"]}, ["line 2 of the page is blank"]),
        ({"lines": ["A\nB"], "labels": ["nav"]}, ["line 1 of the page holds a line end"]),
        ({"lines": ["A"], "labels": ["nav"], "weight": "x"}, ["weight 'x'"]),
        ({"lines": ["A"], "labels": ["nav"], "weight": float("nan")}, ["weight 'NaN'"]),
        ({"lines": [], "labels": []}, ["no labelled lines"]),
        ({"lines": ["", None], "labels": [None, None]}, ["no labelled lines"]),
    ],
)
def test_a_mistake_is_named_with_file_and_line_and_the_other_pages_are_read(record, words):
    first, got, last = read(GOOD, record, GOOD)
    assert isinstance(first, LabelledPage)
    assert isinstance(last, LabelledPage)
    assert str(got).startswith("pages.jsonl:2: ")
    assert [word for word in words if word not in str(got)] == []


@pytest.mark.parametrize("data", [b"", b"\n \n"])
def test_an_empty_file_is_an_error(data):
    (got,) = read(data)
    assert str(got).startswith("pages.jsonl: no labelled lines")


def test_pages_are_read_one_at_a_time():
    """A file of any length is read in the memory of one page."""

    def endless():
        while True:
            yield json.dumps(GOOD).encode() + b"\n"

    pages = read_jsonl(endless(), ORIGIN)
    assert [next(pages).page.id for _ in range(3)] == ["pages:1", "pages:2", "pages:3"]


def test_writing_gives_the_documented_form():
    meta = {"site": "example.com", "lang": "de"}
    pages = [
        LabelledPage(Page(("Rain", "", " Größe"), "x", "https://example.com/x", meta), (H, None, B), 0.5),
        LabelledPage(Page(("A",), "y"), (T,)),
    ]
    file = io.BytesIO()
    write_jsonl(pages, file)
    first, second, rest = file.getvalue().decode().split("\n")
    assert json.loads(first) == {
        "id": "x",
        "url": "https://example.com/x",
        "site": "example.com",
        "lang": "de",
        "weight": 0.5,
        "lines": ["Rain", "", " Größe"],
        "labels": ["headline", None, "body"],
    }
    assert list(json.loads(second)) == ["id", "lines", "labels"]
    assert "Größe" in first
    assert rest == ""


@pytest.mark.parametrize("row", ["a\nb", "a\rb", "a\tb", "a "])
def test_writing_refuses_rows_that_would_not_come_back(row):
    with pytest.raises(ValueError, match="x: line 1 holds"):
        write_jsonl([LabelledPage(Page((row,), "x"), (B,))], io.BytesIO())
