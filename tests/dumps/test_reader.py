import gzip
import io
import json
import tracemalloc
from types import SimpleNamespace

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from copytaster.dumps import BadPage, read_pages
from copytaster.labels.page import Page
from copytaster.model.limits import Limits

TEXT = "Old bridge closed\n\n  Residents learnt of it on Monday.\n"
ROWS = ("Old bridge closed", "", "  Residents learnt of it on Monday.")
HTML = """<div class="a"><ul><li><a href="/">Home</a></li><li><a href="/n">News</a></li></ul></div>
<div><h1>Old bridge</h1><p>Residents <b>learnt</b> of it.</p><p>Buses go over the dam.</p></div>"""


def reason(pages: list[Page | BadPage]) -> str:
    (page,) = pages
    assert isinstance(page, BadPage)
    return page.reason


@pytest.mark.parametrize("name", ["page.txt", "page.text", "page", "page.html.dump", "README"])
def test_a_file_named_outright_is_one_page_of_text(read, name):
    assert read(name, TEXT.encode()) == [Page(ROWS, name)]


def test_pages_keep_lines_ends_and_control_characters_as_the_contract_says(read):
    (page,) = read("a.txt", b"one\r\ntwo\rthree\x0cfour\n\n")
    assert page.rows == ("one", "two", "three four", "")


@pytest.mark.parametrize(
    "text",
    [
        "# id: a\n# url: https://a.example/\nnav\tHome\n\nbody\tA paragraph.\n",
        "nav\t0.9812\tHome\r\nbody\t0.9\tText\r\n",
    ],
    ids=["labelled", "predicted"],
)
def test_a_labelled_page_is_named_with_the_way_out(read, text):
    message = reason(read("a.txt", text.encode()))
    assert "labelled page" in message
    assert "copytaster evaluate" in message


@pytest.mark.parametrize("text", ["", "\t\n", "# body\tof\n", "nav\tbar\nA page about labels\nMore\n", "body\n"])
def test_a_page_with_tabs_or_the_names_of_labels_is_none(read, text):
    (page,) = read("a.txt", text.encode())
    assert isinstance(page, Page)


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.compress], ids=["gzip", "zstd"])
def test_compression_is_told_by_content_not_by_name(read, compress):
    assert read("a.txt", compress(TEXT.encode())) == [Page(ROWS, "a.txt")]


def test_an_empty_file_is_an_empty_page(read):
    assert read("a.txt", b"") == [Page((), "a.txt")]


@pytest.mark.parametrize("data", [TEXT.encode(), gzip.compress(TEXT.encode())], ids=["plain", "gzip"])
def test_standard_input_is_read(monkeypatch, data):
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(data)))
    assert list(read_pages(["-"])) == [Page(ROWS, "-")]


def test_json_lines_are_recognised_on_standard_input(monkeypatch):
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(json.dumps({"text": TEXT}).encode())))
    assert list(read_pages(["-"])) == [Page(ROWS, "-:1")]


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", "PDF"),
        (b"PK\x03\x04\x14\x00", "ZIP"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "PNG"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "JPEG"),
        (gzip.compress(gzip.compress(b"text")), "twice"),
        (b"BZh91AY&SY", "bzip2"),
        (bytes(range(256)) * 20, "binary"),
        (b"abc\x00\x01\x02def\x00\x03", "binary"),
        (b"\x00" * 1000, "binary"),
    ],
)
def test_binary_data_are_named(read, data, word):
    assert word in reason(read("a.txt", data))


@pytest.mark.parametrize(
    "html",
    [
        "<!DOCTYPE html><html><body>Hello</body></html>",
        "\ufeff\n<HTML lang=en>\n<title>x</title>",
        "<?xml version='1.0'?>\n<!-- saved -->\n<!doctype HTML>\n",
        HTML,
    ],
)
def test_html_is_named_with_the_way_out(read, html):
    message = reason(read("a.txt", html.encode()))
    assert "HTML" in message
    assert "lynx -dump -nolist" in message


@pytest.mark.parametrize(
    "text",
    ["How to use <html> and <body>\n" + "A page begins with <html>. " * 20, "a < b and c > d", "<3\n" * 40, "1 <p 2"],
)
def test_text_that_mentions_tags_is_text(read, text):
    assert isinstance(read("a.txt", text.encode())[0], Page)


def test_too_many_lines_are_refused(read):
    limits = Limits(max_lines=3)
    assert isinstance(read("a.txt", b"a\nb\r\nc\r", limits=limits)[0], Page)
    assert "max_lines" in reason(read("b.txt", b"a\nb\n\nd", limits=limits))


@pytest.mark.parametrize("character", ["a", "я", "漢", "🚧"])
def test_too_many_characters_are_refused_whatever_their_bytes(read, character):
    limits = Limits(max_chars=10)
    assert isinstance(read("a.txt", character.encode() * 10, limits=limits)[0], Page)
    assert "max_chars" in reason(read("b.txt", character.encode() * 11, limits=limits))


@pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "a.wet"])
def test_of_a_page_far_too_large_only_a_part_is_loaded(tmp_path, name):
    begin = {
        "a.txt": b"",
        "a.jsonl": b'{"text": "',
        "a.wet": b"WARC/1.0\r\nWARC-Type: conversion\r\nContent-Length: 20000000\r\n\r\n",
    }[name]
    path = tmp_path / name
    path.write_bytes(begin + b"x" * 20_000_000)
    tracemalloc.start()
    pages = list(read_pages([str(path)], limits=Limits(max_chars=100_000)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "max_chars" in reason(pages)
    assert peak < 10_000_000


@pytest.mark.parametrize("keep", [0.5, 0.99])
def test_a_truncated_gzip_file_is_said_to_be_truncated(read, keep):
    data = gzip.compress(bytes(range(65, 91)) * 9 + TEXT.encode())
    assert "truncated" in reason(read("a.txt.gz", data[: int(len(data) * keep)]))


def test_a_file_that_cannot_be_opened_is_a_bad_page(tmp_path, monkeypatch):
    (tmp_path / "a.txt").symlink_to(tmp_path / "gone")
    (tmp_path / "b.txt").write_text("fine")
    bad, good = read_pages([str(tmp_path)])
    assert isinstance(bad, BadPage)
    assert bad.id.endswith("a.txt")
    assert good.rows == ("fine",)


def test_a_file_without_permission_is_a_bad_page(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    path.write_text("secret")

    def refuse(*_args: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("copytaster.dumps.reader.open_for_reading", refuse)
    assert "permission" in reason(list(read_pages([str(path)])))


def test_reading_streams(tmp_path):
    for name in "abc":
        (tmp_path / f"{name}.txt").write_text(name)
    pages = read_pages([str(tmp_path)])
    assert next(pages).rows == ("a",)
    (tmp_path / "b.txt").write_text("changed meanwhile")
    assert next(pages).rows == ("changed meanwhile",)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    name=st.sampled_from(["a.txt", "a.txt.gz", "a.jsonl", "a.jsonl.zst", "a.warc.wet", "a.wet.gz", "a"]),
    begin=st.sampled_from(
        [b"", b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"WARC/1.0\r\n", b'{"text": ', b"\xff\xfe", b"\xef\xbb\xbf"]
    ),
    data=st.binary(max_size=300),
)
def test_no_bytes_make_reading_fail(tmp_path, name, begin, data):
    path = tmp_path / name
    path.write_bytes(begin + data)
    assert all(isinstance(page, Page | BadPage) for page in read_pages([str(path)]))
