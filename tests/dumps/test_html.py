"""HTML files, and what a page says of itself."""

import gzip
import time
from pathlib import Path

import pytest
import zstandard

from copytaster.dumps import BadPage, read_pages
from copytaster.dumps.html import own_address, read_html
from copytaster.dumps.renderers import render
from copytaster.labels.page import Origin, Page

HTML = """<!DOCTYPE html><html><head><title>Bridge - Gazette</title>
<link rel="canonical" href="https://gazette.example/bridge?a=1&amp;b=2"></head><body><nav><a href="/">Home</a></nav>
<h1>Old bridge</h1><p>Residents learnt of it on <b>Monday</b>.</p><p>Buses go over the dam.</p></body></html>"""


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.compress], ids=["plain", "gzip", "zstd"])
@pytest.mark.parametrize("name", ["a.html", "a.HTM", "a.xhtml"])
def test_an_html_file_is_a_page_of_the_rows_it_shows(read, pack, name):
    (page,) = read(name, pack(HTML.encode()))
    assert page == Page(tuple(render(HTML, "resiliparse")), name, "https://gazette.example/bridge?a=1&b=2")
    assert "Residents learnt of it on Monday." in page.rows
    assert page.origin == Origin(name)


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "cp1252"])
def test_an_html_file_is_decoded(read, codec):
    (page,) = read("a.html", HTML.replace("dam", "Mündung").encode(codec))
    assert "Buses go over the Mündung." in page.rows
    assert "\ufeff" not in "".join(page.rows)


def test_a_piece_of_html_is_html(read):
    (page,) = read("a.html", b"<p>Residents learnt of it.</p>\n<p>Buses go over the dam.</p>")
    assert [row for row in page.rows if row] == ["Residents learnt of it.", "Buses go over the dam."]


def test_a_dump_that_is_called_html_is_a_dump(read):
    (page,) = read("a.html", b"Old bridge\n\n   Residents learnt of it: 1 < 2.")
    assert page.rows == ("Old bridge", "", "   Residents learnt of it: 1 < 2.")


@pytest.mark.parametrize("data", [b"%PDF-1.7", b"\x89PNG\r\n\x1a\n", bytes(range(256)) * 20])
def test_what_is_called_html_and_is_none_is_named(read, data):
    (bad,) = read("a.html", data)
    assert isinstance(bad, BadPage)


def test_an_empty_html_file_is_an_empty_page(read):
    assert read("a.html", b"") == [Page((), "a.html")]


def test_html_that_shows_nothing_is_an_empty_page(read):
    (page,) = read("a.html", b"<html><script>no()</script></html>")
    assert not any(page.rows)


def test_in_a_folder_html_is_rendered_and_html_called_text_is_named(tmp_path):
    (tmp_path / "a.html").write_text(HTML)
    (tmp_path / "b.txt").write_text(HTML)
    page, bad = read_pages([str(tmp_path)])
    assert "Old bridge" in page.rows
    assert "this is HTML" in bad.reason
    assert ".html" in bad.reason


@pytest.mark.parametrize(
    "html",
    [
        '<link rel="canonical" href="https://a.example/x?b=1&amp;c=2">',
        "<link href='https://a.example/x?b=1&amp;c=2' rel=canonical />",
        '<meta property="og:url" content="https://a.example/x?b=1&amp;c=2">',
        '<meta property="og:url" content="https://b.example/"><link rel=canonical href=https://a.example/x?b=1&c=2>',
    ],
)
def test_a_page_gives_its_own_address_the_canonical_one_first(html):
    assert own_address(f"<head>{html}</head>") == "https://a.example/x?b=1&c=2"


@pytest.mark.parametrize("html", ["", "<a href='https://a.example/'>canonical</a>", "<link rel=canonical href='/x'>"])
def test_a_page_may_give_no_address(html):
    assert own_address(html) is None


@pytest.mark.parametrize("html", ["<link " * 20_000 + "<meta canonical " * 5_000, "<link " + "canonical " * 9_900])
def test_a_search_for_an_address_is_over_soon_whatever_the_page(html):
    start = time.process_time()
    own_address(html)
    assert time.process_time() - start < 1


def test_an_html_file_is_read_packed_or_not(tmp_path: Path):
    (tmp_path / "a.html").write_text(HTML)
    (tmp_path / "a.html.gz").write_bytes(gzip.compress(HTML.encode()))
    assert read_html(tmp_path / "a.html") == read_html(tmp_path / "a.html.gz") == HTML


@pytest.mark.parametrize("depth", [1000, 30_000])
def test_elements_deep_inside_one_another_are_no_danger(read, depth):
    (page,) = read("a.html", b"<div>" * depth + b"deep" + b"</div>" * depth)
    assert isinstance(page, BadPage) or "deep" in [row.strip() for row in page.rows]
