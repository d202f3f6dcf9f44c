"""What is written is read again as it was."""

import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copytaster.labels import LABELS, LabelledPage, Page, read_labelled, write_jsonl, write_tsv
from copytaster.labels.compression import atomic_writer
from copytaster.labels.jsonl import read_jsonl
from copytaster.labels.record import Origin
from copytaster.labels.tsv import read_tsv

ORIGIN = Origin("file", "default", "default-site")

# Characters that a format could stumble over, besides all others.
TRICKY = st.text(st.sampled_from("#:\t \x0b\x0c\x1c\x85\u2028\u2029\u3000\xa0\ufeff\\\"'{[,0.1ab雨"), max_size=12)
LINES = st.one_of(TRICKY, st.text(st.characters(exclude_categories=["Cs"]), max_size=12), st.just(""))
PROBABLE = st.builds(lambda number, line: f"{number}\t{line}", st.floats(0, 1), LINES)
TEXTS = st.lists(st.one_of(LINES, LINES.map("# {}".format), LINES.map("# id: {}".format), PROBABLE), max_size=12)
WORDS = st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=8)
VALUES = st.lists(WORDS, min_size=1, max_size=3).map(" ".join)
KEYS = st.sampled_from(["kind", "lang", "renderer", "source", "file", "my-key", "ID", "#"])
RESERVED = {"id", "url", "weight"}


@st.composite
def labelled_pages(draw: st.DrawFn) -> LabelledPage:
    meta = draw(st.dictionaries(KEYS, VALUES)) | {"site": draw(VALUES)}
    url = draw(st.one_of(st.none(), WORDS.map("https://example.org/{}".format)))
    page = Page.from_text("\n".join(draw(TEXTS)), id=draw(VALUES), url=url, meta=meta)
    labels = tuple(draw(st.sampled_from([*LABELS, None])) if row else None for row in page.rows)
    return LabelledPage(page, labels, draw(st.sampled_from([1.0, 0.0, 0.1, 1 / 3])))


# A page without a line is refused on reading.
PAGES = st.lists(labelled_pages().filter(lambda page: any(page.page.rows)), min_size=1, max_size=3)


def written_tsv(pages: list[LabelledPage]) -> bytes:
    file = io.BytesIO()
    for page in pages:
        write_tsv(page, file)
    return file.getvalue()


def written_tsv_with_probabilities(pages: list[LabelledPage]) -> bytes:
    file = io.BytesIO()
    for page in pages:
        write_tsv(page, file, probabilities=[0.5 if row else None for row in page.page.rows])
    return file.getvalue()


def written_jsonl(pages: list[LabelledPage]) -> bytes:
    file = io.BytesIO()
    write_jsonl(pages, file)
    return file.getvalue()


def metas(pages: list[LabelledPage]) -> list[dict[str, str]]:
    """Meta takes no part in the comparison of pages."""
    return [dict(page.page.meta) for page in pages]


@given(PAGES)
@pytest.mark.parametrize("write", [written_tsv, written_tsv_with_probabilities])
def test_tsv_comes_back(write, pages):
    got = list(read_tsv(write(pages), ORIGIN))
    assert got == pages
    assert metas(got) == metas(pages)


@given(PAGES)
def test_jsonl_comes_back(pages):
    got = list(read_jsonl(io.BytesIO(written_jsonl(pages)), ORIGIN))
    assert got == pages
    assert metas(got) == metas(pages)


@given(PAGES)
@pytest.mark.parametrize(("end", "mark"), [("\r\n", ""), ("\n", "\ufeff"), ("\r", "\ufeff")])
def test_tsv_survives_an_editor_of_another_system(end, mark, pages):
    text = written_tsv(pages).decode()
    assert list(read_tsv((mark + text.replace("\n", end)).encode(), ORIGIN)) == pages


@given(st.binary(max_size=60))
def test_any_bytes_give_pages_or_errors_and_no_other_exception(data):
    for items in (read_tsv(data, ORIGIN), read_jsonl(io.BytesIO(data), ORIGIN)):
        assert list(items)


@given(TEXTS.map("\n".join))
def test_any_text_gives_pages_or_errors_and_no_other_exception(text):
    labelled = "".join(f"body\t{line}\n" for line in text.split("\n"))
    for data in (text.encode(), labelled.encode()):
        assert list(read_tsv(data, ORIGIN))


@pytest.fixture(scope="module")
def gold() -> Path:
    corpora = os.environ.get("COPYTASTER_CORPORA")
    if not corpora:
        pytest.skip("COPYTASTER_CORPORA, the folder that holds gold/ and corpora/, is not set")
    return Path(corpora) / "gold"


def test_all_gold_pages_are_read_and_come_back(gold, tmp_path):
    pages = list(read_labelled(gold))
    assert len(pages) == len(list(gold.glob("*.tsv"))) >= 749
    for page in pages:
        (again,) = read_tsv(written_tsv([page]), ORIGIN)
        assert again == page
        assert again.page.meta == page.page.meta
    with atomic_writer(tmp_path / "gold.jsonl.zst") as file:
        write_jsonl(pages, file)
    assert list(read_labelled(tmp_path / "gold.jsonl.zst")) == pages


def test_gold_pages_have_the_rows_that_stand_in_their_files(gold):
    for page in read_labelled(gold):
        text = (gold / f"{page.page.id}.tsv").read_text("utf-8").rstrip("\n")
        lines = [line.partition("\t")[2] for line in text.split("\n") if not line.startswith("# ")]
        assert [row for row in page.page.rows if row] == [row for row in Page.from_text("\n".join(lines)).rows if row]
