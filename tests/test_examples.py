"""The example pages: dumps and labelled pages say the same, and between them they show what they promise."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType

from copytaster.labels import Label, LabelledPage, Page, read_labelled

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
FIXTURES = ROOT / "tests" / "fixtures" / "dumps"

DUMPS = {path.stem: path for path in sorted(EXAMPLES.joinpath("dumps").iterdir())}
LABELLED = {path.stem: path for path in sorted(EXAMPLES.joinpath("labelled").iterdir())}
KEYS = {"site", "kind", "genre", "lang", "renderer", "source"}
WITHOUT_ARTICLE = {"video", "error"}
WRAPPING = {"lynx", "w3m"}
# A site under a top-level domain that RFC 2606 keeps from being registered.
RESERVED_URL = re.compile(r"https://(?:[a-z-]+\.)?[a-z-]+\.example/\S+")

every_example = pytest.mark.parametrize("name", sorted(DUMPS.keys() & LABELLED.keys()))


def labelled(name: str) -> LabelledPage:
    (page,) = read_labelled(LABELLED[name])
    return page


def lines(page: LabelledPage, label: Label) -> list[str]:
    return [row for row, given in zip(page.page.rows, page.labels, strict=True) if given is label]


def values(key: str) -> set[str]:
    return {labelled(name).page.meta[key] for name in LABELLED}


def test_every_dump_has_a_labelled_page_and_the_other_way_round() -> None:
    assert DUMPS.keys() == LABELLED.keys()
    assert {path.suffix for path in DUMPS.values()} == {".txt"}
    assert {path.suffix for path in LABELLED.values()} == {".tsv"}


def test_the_table_of_the_readme_names_every_example_once() -> None:
    table = re.findall(r"^\| `([^`]+)` \|", EXAMPLES.joinpath("README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(table) == sorted(DUMPS)


@every_example
def test_a_dump_and_its_labelled_page_have_the_same_rows(name: str) -> None:
    # Line ends as they are in the file: a checkout that turned them into CRLF must still give the same rows.
    text = DUMPS[name].read_bytes().decode("utf-8")
    assert Page.from_text(text).rows == labelled(name).page.rows


@every_example
def test_a_page_says_what_it_is(name: str) -> None:
    page = labelled(name).page
    assert page.id == name
    assert page.meta.keys() >= KEYS
    assert page.url is not None
    assert RESERVED_URL.fullmatch(page.url)
    assert page.site == Page(page.rows, url=page.url).site


@every_example
def test_a_page_is_as_long_as_a_real_one(name: str) -> None:
    assert 60 <= len(labelled(name).page.rows) <= 200


@every_example
def test_a_page_with_an_article_has_a_headline_and_one_without_has_neither(name: str) -> None:
    page = labelled(name)
    has_article = page.page.meta["kind"] not in WITHOUT_ARTICLE
    assert bool(lines(page, Label.HEADLINE)) == has_article
    assert bool(lines(page, Label.BODY)) == has_article
    assert lines(page, Label.TEASER)
    assert lines(page, Label.NAV)


def test_an_article_is_at_least_eight_lines_of_body() -> None:
    articles = [page for name in LABELLED if (page := labelled(name)).page.meta["kind"] == "article"]
    assert len(articles) >= 12
    assert all(len(lines(page, Label.BODY)) >= 8 for page in articles)


@every_example
def test_a_page_looks_like_its_renderer(name: str) -> None:
    page = labelled(name)
    rows, renderer = page.page.rows, page.page.meta["renderer"]
    if renderer == "wet":
        assert all(rows)
        assert page.labels[0] is Label.HEADLINE
        assert not any(row[0].isspace() for row in rows)
    else:
        assert "" in rows
    # Hard-wrapped or not, beyond doubt: a wide character takes two of the 80 columns.
    width = max(sum(1 + (char >= "\u2e80") for char in row) for row in rows)
    assert width <= 80 if renderer in WRAPPING else width > 120
    if renderer == "inscriptis":
        assert sum(row.startswith("  ") for row in rows) > len(rows) / 2


def test_the_examples_cover_kinds_languages_and_renderers() -> None:
    assert values("kind") == {"article", "listing", "forum", "video", "error"}
    assert values("genre") >= {
        "news",
        "blog post",
        "live blog",
        "recipe",
        "press release",
        "interview",
        "section front",
    }
    assert values("lang") == {"en", "de", "es", "fr", "ja", "ru"}
    assert values("renderer") == {"resiliparse", "inscriptis", "wet", "lynx", "w3m"}


def test_the_pages_as_jsonl_are_three_of_the_dumps() -> None:
    records = [json.loads(line) for line in FIXTURES.joinpath("pages.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(records) == 3
    for record in records:
        page = labelled(record["id"]).page
        assert record.keys() == {"id", "url", "text"}
        assert record["url"] == page.url
        assert Page.from_text(record["text"]).rows == page.rows


def test_the_wet_file_holds_three_of_the_dumps_as_conversion_records() -> None:
    by_url = {page.url: page for page in (labelled(name).page for name in LABELLED)}
    with FIXTURES.joinpath("example.warc.wet.gz").open("rb") as stream:
        records = [
            (record.record_type, record.headers.get("WARC-Target-URI"), record.content_length, record.reader.read())
            for record in ArchiveIterator(stream, parse_http=False)
        ]
    first, *conversions = records
    assert first[0] == WarcRecordType.warcinfo
    assert len(conversions) == 3
    for kind, url, length, body in conversions:
        assert kind == WarcRecordType.conversion
        assert length == len(body)
        assert Page.from_text(body.decode("utf-8")).rows == by_url[url].rows


def test_the_wet_file_has_one_gzip_member_a_record_and_true_digests() -> None:
    data = FIXTURES.joinpath("example.warc.wet.gz").read_bytes()
    assert data.count(b"\x1f\x8b\x08") == 4
    assert gzip.decompress(data).count(b"WARC/1.0\r\n") == 4
    with FIXTURES.joinpath("example.warc.wet.gz").open("rb") as stream:
        verified = list(ArchiveIterator(stream, record_types=WarcRecordType.conversion, verify_digests=True))
    assert len(verified) == 3
