import gzip
import json
import tracemalloc
from pathlib import Path

import pytest
import zstandard

from copytaster.dumps import BadPage, JsonKeys, read_pages
from copytaster.labels.page import Page
from copytaster.model.limits import Limits


def lines(*records: object) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


@pytest.mark.parametrize("compress", [bytes, gzip.compress, zstandard.compress], ids=["plain", "gzip", "zstd"])
def test_each_record_is_a_page_called_by_its_id_or_its_line(read, compress):
    data = lines(
        {"text": "One\n\nTwo", "id": "p1", "url": "https://a.org/1", "lang": "en", "n": 3},
        {"text": ""},
        {"text": "x", "id": 7},
    )
    first, second, third = read("a.jsonl", compress(data))
    assert first == Page(("One", "", "Two"), "p1", "https://a.org/1")
    assert first.meta == {"lang": "en"}
    assert second == Page((), "a.jsonl:2")
    assert third.id == "7"


def test_keys_can_be_named(read):
    data = lines({"body": "One", "uri": "https://a.org", "key": "k"})
    assert read("a.jsonl", data, keys=JsonKeys("body", "key", "uri")) == [Page(("One",), "k", "https://a.org")]


@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson", "a.data", "a.txt"])
def test_json_lines_are_told_by_name_or_content(read, name):
    assert [page.id for page in read(name, lines({"text": "One"}, {"text": "Two"}))] == [f"{name}:1", f"{name}:2"]


@pytest.mark.parametrize("text", ['{"title": "a page about JSON"}\nHello', "{curly}", '{"text": broken\nmore'])
def test_a_page_about_json_is_text(read, text):
    assert read("a.txt", text.encode()) == [Page.from_text(text, id="a.txt")]


def test_blank_lines_a_mark_and_crlf_are_no_matter(read):
    data = b'\xef\xbb\xbf{"text": "One"}\r\n\r\n{"text": "Two"}'
    assert [page.id for page in read("a.jsonl", data)] == ["a.jsonl:1", "a.jsonl:3"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b'{"text": "cut', "not JSON"),
        (b"hello", "not JSON"),
        (b"[" * 100_000, "nested"),
        (b"1" * 5000, "not JSON"),
        (b"[1]", "array"),
        (b"null", "null"),
        (b'{"content": "x", "title": "y"}', '"content", "title"'),
        (b"{}", "no keys"),
        (b'{"text": null}', "null"),
        (b'{"text": ["a"]}', "array"),
        (b'{"text": "<!doctype html><p>x"}', "HTML"),
    ],
)
def test_a_bad_record_is_named_by_file_and_line_and_the_others_are_read(read, line, words):
    good = lines({"text": "fine"})
    before, bad, after = read("a.jsonl", good + line + b"\n" + good)
    assert isinstance(bad, BadPage)
    assert bad.id == "a.jsonl:2"
    assert words in bad.reason
    assert before.rows == after.rows == ("fine",)


def test_a_line_far_too_long_is_passed_over(read):
    data = lines({"text": "x" * 5000}, {"text": "fine"})
    bad, good = read("a.jsonl", data, limits=Limits(max_chars=100))
    assert (bad.id, good.rows) == ("a.jsonl:1", ("fine",))


def test_a_record_not_in_utf8_is_decoded(read):
    (page,) = read("a.jsonl", '{"text": "Die Brücke über den Fluß"}'.encode("cp1252"))
    assert page.rows == ("Die Brücke über den Fluß",)


def test_half_a_surrogate_pair_becomes_the_replacement_character(read):
    (page,) = read("a.jsonl", rb'{"text": "a\ud83d b", "id": "\ud83d", "url": "\ud83d"}')
    assert page.rows == ("a\ufffd b",)


def test_records_before_a_break_are_kept(read):
    data = gzip.compress(b"".join(lines({"text": f"page {n} {n**9} {n**7}"}) for n in range(5000)))
    *pages, bad = read("a.jsonl.gz", data[: len(data) // 2])
    assert isinstance(bad, BadPage)
    assert "truncated" in bad.reason
    assert len(pages) > 1000
    assert all(isinstance(page, Page) for page in pages)


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with path.open("wb") as file:
        for _ in range(2000):
            file.write(lines({"text": ("a page " * 100 + "\n") * 15}))
    assert path.stat().st_size > 20_000_000
    tracemalloc.start()
    count = sum(1 for _ in read_pages([str(path)]))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 2000
    assert peak < 2_000_000
