import gzip
import os
import tracemalloc
from pathlib import Path

import pytest
import zstandard

from copytaster.dumps import BadPage, read_pages
from copytaster.labels.page import Page

BODY = b"Old bridge closed\n\nResidents learnt of it on Monday.\n"
ROWS = ("Old bridge closed", "", "Residents learnt of it on Monday.")


def record(number: int, body: bytes = BODY, *, length: object = None, kind: str = "conversion") -> bytes:
    length = len(body) if length is None else length
    headers = (
        "WARC/1.0",
        f"WARC-Type: {kind}",
        f"WARC-Target-URI: https://example.org/{number}",
        "WARC-Date: 2024-05-18T01:58:10Z",
        f"WARC-Record-ID: <urn:uuid:{number}>",
        "WARC-Identified-Content-Language: eng,deu",
        "Content-Type: text/plain",
        *([f"Content-Length: {length}"] if length != "" else []),
    )
    return "\r\n".join(headers).encode() + b"\r\n\r\n" + body + b"\r\n\r\n"


def outline(pages: list[Page | BadPage]) -> list[str]:
    """The ids, in brackets where the page is bad."""
    ids = [page.id.removeprefix("urn:uuid:") for page in pages]
    return [f"({name})" if isinstance(page, BadPage) else name for name, page in zip(ids, pages, strict=True)]


WARCINFO = record(0, b"Software-Info: by hand\r\n", kind="warcinfo")


def by_members(data: list[bytes]) -> bytes:
    return b"".join(map(gzip.compress, data))


@pytest.mark.parametrize(
    "data",
    [
        WARCINFO + record(1) + record(2),
        by_members([WARCINFO, record(1), record(2)]),
        gzip.compress(WARCINFO + record(1) + record(2)),
        zstandard.compress(WARCINFO + record(1) + record(2)),
        (WARCINFO + record(1) + record(2)).replace(b"\r\n", b"\n"),
    ],
    ids=["plain", "gzip members", "one gzip", "zstd", "LF ends"],
)
@pytest.mark.parametrize("name", ["a.warc.wet", "a.wet.gz", "a.dat"])
def test_each_conversion_record_is_a_page(read, data, name):
    first, second = read(name, data)
    assert first == Page(ROWS, "urn:uuid:1", "https://example.org/1")
    assert first.meta == {"lang": "eng,deu"}
    assert second.id == "urn:uuid:2"


def test_a_page_that_is_not_utf8_is_decoded(read):
    (page,) = read("a.wet", record(1, "Die Brücke über den Fluß".encode("cp1252")))
    assert page.rows == ("Die Brücke über den Fluß",)


def test_an_empty_record_is_an_empty_page(read):
    assert read("a.wet", record(1, b"") + record(2))[0].rows == ()


@pytest.mark.parametrize("length", ["", "-5", "abc", "9" * 30, "1_0", len(BODY) + 200, len(BODY) + 300, 10**7])
def test_a_record_longer_than_it_is_or_without_length_is_bad_and_the_others_are_read(read, length):
    pages = read("a.wet", record(1) + record(2, length=length) + record(3) + record(4))
    assert outline(pages) == ["1", "(2)", "3", "4"]
    assert "Content-Length" in pages[1].reason


def test_behind_a_record_that_is_longer_than_it_says_reading_goes_on(read):
    pages = read("a.wet", record(1, length=20) + record(2))
    assert outline(pages) == ["1", "(a.wet)", "2"]
    assert "damaged" in pages[1].reason


@pytest.mark.parametrize(
    "garbage", [b"some\nlines\n\nof garbage\r\n\r\n", bytes(range(256)) * 1000 + b"\n", BODY * 200]
)
@pytest.mark.parametrize("in_one", [True, False])
def test_garbage_between_records_is_passed_over(read, garbage, in_one):
    parts = [record(1), garbage, record(2), record(3)]
    pages = read("a.wet", b"".join(parts) if in_one else by_members(parts))
    assert outline([page for page in pages if page.id.startswith("urn")]) == ["1", "2", "3"]
    assert outline([page for page in pages if isinstance(page, BadPage)]) == ["(a.wet)"]


def test_garbage_at_the_beginning_is_passed_over(read):
    assert outline(read("a.wet", b"garbage\n" + record(1))) == ["(a.wet)", "1"]


def test_a_record_whose_header_never_ends_is_passed_over(read):
    endless = b"WARC/1.0\r\nWARC-Type: " + b"x" * 100_000 + b"\n"
    assert outline(read("a.wet", endless + record(1))) == ["(a.wet)", "1"]
    assert outline(read("a.wet", record(1) + endless + endless + record(2))) == ["1", "(a.wet)", "2"]


def test_each_damaged_place_is_told(read):
    data = record(1) + b"garbage\n" + record(2) + record(3, length=5) + record(4)
    assert outline(read("a.wet", data)) == ["1", "(a.wet)", "2", "3", "(a.wet)", "4"]


@pytest.mark.parametrize("data", [b"", b"hello world\n" * 100, b"WARC/1.0\r\n" + b"x" * 100_000])
def test_a_file_without_records_is_bad(read, data):
    assert outline(read("a.wet", data)) == ["(a.wet)"]


def test_a_warc_file_of_responses_is_named(read):
    (page,) = read("a.warc.gz", by_members([record(1, b"HTTP/1.1 200 OK\r\n\r\n<html>", kind="response")]))
    assert ".warc.wet" in page.reason


def test_records_before_a_truncated_member_are_kept(read):
    members = [gzip.compress(record(number)) for number in range(1, 6)]
    data = b"".join(members)
    *pages, bad = read("a.wet.gz", data[: -len(members[-1]) // 2])
    assert outline(pages) == ["1", "2", "3", "4"]
    assert "truncated" in bad.reason


def test_records_before_a_damaged_member_are_kept(read):
    broken = bytearray(gzip.compress(record(3)))
    broken[40:50] = b"\xff" * 10
    *pages, bad = read("a.wet.gz", by_members([record(1), record(2)]) + bytes(broken))
    assert outline(pages) == ["1", "2"]
    assert "damaged" in bad.reason


def test_a_plain_file_cut_short_is_said_to_be_truncated(read):
    *pages, bad = read("a.wet", record(1) + record(2)[:-20])
    assert outline(pages) == ["1"]
    assert "truncated" in bad.reason


def test_a_page_about_warc_files_is_a_page(read):
    body = b"A file begins so:\n\nWARC/1.0\nWARC-Type: warcinfo\n\nand goes on.\n"
    first, second = read("a.wet", record(1, body) + record(2))
    assert first.rows[2] == "WARC/1.0"
    assert second.rows == ROWS


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.wet"
    with path.open("wb") as file:
        for number in range(2000):
            file.write(record(number, (b"a page " * 100 + b"\n") * 15))
    assert path.stat().st_size > 20_000_000
    tracemalloc.start()
    count = sum(1 for _ in read_pages([str(path)]))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 2000
    assert peak < 2_000_000


def test_a_real_file_of_common_crawl_is_read() -> None:
    corpora = os.environ.get("COPYTASTER_CORPORA")
    if not corpora:
        pytest.skip("COPYTASTER_CORPORA does not name the folder of real pages")
    (page,) = read_pages([f"{corpora}/corpora/commoncrawl/whirlwind.warc.wet.gz"])
    assert isinstance(page, Page)
    assert page.url == "https://an.wikipedia.org/wiki/Escopete"
    assert page.meta["lang"] == "spa"
