import gzip
import os
import sys
import tracemalloc
from pathlib import Path

import pytest
import zstandard

from copytaster.dumps import BadPage, read_pages
from copytaster.labels.page import Origin, Page
from copytaster.model.limits import Limits

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


def response(number: int, body: bytes, kind: str = "text/html", *headers: str) -> bytes:
    """A record of an HTTP response."""
    fields = [f"Content-Type: {kind}"] if kind else []
    http = "\r\n".join(["HTTP/1.1 200 OK", *fields, *headers]).encode() + b"\r\n\r\n" + body
    return record(number, http, kind="response").replace(b"text/plain", b"application/http; msgtype=response", 1)


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


def test_a_warc_file_without_pages_is_named(read):
    members = [WARCINFO, record(1, b"GET / HTTP/1.1\r\n\r\n", kind="request"), response(2, b"%PDF", "application/pdf")]
    (page,) = read("a.warc.gz", by_members(members))
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


@pytest.mark.parametrize("place", [1, 12, 40, 150, 300])
def test_behind_a_damaged_member_reading_goes_on_with_the_next(read, place):
    members = [gzip.compress(record(number, os.urandom(300).hex().encode())) for number in range(1, 6)]
    broken = bytearray(members[2])
    broken[place : place + 4] = bytes(byte ^ 0xFF for byte in broken[place : place + 4])
    pages = read("a.wet.gz", b"".join([*members[:2], bytes(broken), *members[3:]]))
    assert outline([page for page in pages if isinstance(page, Page)]) == ["1", "2", "4", "5"]
    assert any("damaged" in page.reason for page in pages if isinstance(page, BadPage))


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


HTML = (
    "<html><head><title>Bridge</title></head><body><h1>Old bridge</h1><p>Residents learnt of it früh.</p></body></html>"
)
SHOWN = ("Old bridge", "Residents learnt of it früh.")


def shown(page: Page | BadPage) -> tuple[str, ...]:
    assert isinstance(page, Page)
    return tuple(row for row in page.rows if row)


def chunked(body: bytes) -> bytes:
    parts = [body[start : start + 50] for start in range(0, len(body), 50)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.compress], ids=["plain", "gzip", "zstd"])
@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz", "a.dat"])
def test_each_response_with_html_is_a_page_of_the_rows_it_shows(read, pack, name):
    request = record(2, b"GET / HTTP/1.1\r\n\r\n", kind="request")
    others = [response(3, b"{}", "application/json"), response(4, b"\x89PNG\r\n", "image/png"), request]
    records = [WARCINFO, request, response(1, HTML.encode()), *others, response(5, HTML.encode())]
    first, second = read(name, b"".join(map(pack, records)))
    assert (first.id, first.url) == ("urn:uuid:1", "https://example.org/1")
    assert shown(first) == SHOWN
    assert second.id == "urn:uuid:5"


@pytest.mark.parametrize(
    ("body", "kind", "headers"),
    [
        (HTML.encode("cp1252"), "text/html; charset=windows-1252", ()),
        (HTML.encode("cp1252"), "text/html", ()),
        (HTML.replace("<head>", "<head><meta charset=iso-8859-15>").encode("iso8859-15"), "TEXT/HTML", ()),
        (HTML.encode("utf-16"), "application/xhtml+xml", ()),
        (HTML.encode(), "text/html; charset=no-such", ()),
        (HTML.encode(), "", ()),
        (HTML.encode(), "application/octet-stream", ()),
        (chunked(HTML.encode()), "text/html", ("Transfer-Encoding: chunked",)),
        (gzip.compress(HTML.encode()), "text/html", ("Content-Encoding: gzip",)),
        (chunked(gzip.compress(HTML.encode())), "text/html", ("Transfer-Encoding: chunked", "Content-Encoding: gzip")),
        (HTML.encode(), "text/html", ("Transfer-Encoding: chunked",)),
        (HTML.encode(), "text/html", ("Content-Encoding: gzip",)),
    ],
)
def test_a_response_is_decoded_whatever_its_charset_and_encodings(read, body, kind, headers):
    (page,) = read("a.warc", response(1, body, kind, *headers))
    assert shown(page) == SHOWN


def test_the_charset_that_the_server_says_comes_first(read):
    body = HTML.replace("<head>", "<head><meta charset=windows-1251>").encode()
    assert shown(read("a.warc", response(1, body, "text/html; charset=utf-8"))[0]) == SHOWN


def test_a_response_that_unpacks_to_far_too_much_is_too_large(read):
    bomb = response(1, gzip.compress(b"<p>" + b"x" * 50_000_000), "text/html", "Content-Encoding: gzip")
    tracemalloc.start()
    bad, good = read("a.warc", bomb + response(2, HTML.encode()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "max_chars" in bad.reason
    assert good.id == "urn:uuid:2"
    assert peak < 30_000_000


def test_small_limits_are_for_what_a_page_shows_not_for_its_markup(read):
    body = HTML.replace("</head>", f"<script>{'x' * 20_000}</script></head>").encode()
    (page,) = read("a.warc", response(1, body), limits=Limits(max_chars=200))
    assert shown(page) == SHOWN
    (bad,) = read("a.warc", response(1, body), limits=Limits(max_chars=20))
    assert "max_chars" in bad.reason


@pytest.mark.parametrize("length", ["", "abc", 10**7, 700])
def test_a_damaged_response_is_bad_and_the_others_are_read(read, length):
    sound = response(2, HTML.encode())
    said = f"Content-Length: {sound.partition(b'Content-Length: ')[2].split()[0].decode()}".encode()
    damaged = sound.replace(said, f"Content-Length: {length}".encode() if length else b"X-Length: 1", 1)
    pages = read("a.warc", response(1, HTML.encode()) + damaged + response(3, HTML.encode()))
    assert outline(pages) == ["1", "(2)", "3"]


def test_without_a_renderer_a_file_of_responses_says_what_to_install_and_the_next_file_is_read(read, monkeypatch):
    Path("b.txt").write_text("fine")
    Path("a.warc").write_bytes(response(1, HTML.encode()) + response(2, HTML.encode()))
    monkeypatch.setitem(sys.modules, "resiliparse.extract.html2text", None)
    bad, good = read_pages(["a.warc", "b.txt"])
    assert bad.id == "a.warc"
    assert "pip install 'copytaster[html]'" in bad.reason
    assert good.rows == ("fine",)


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.compress], ids=["plain", "gzip", "zstd"])
def test_each_page_tells_the_byte_at_which_its_record_begins_in_the_file(read, pack):
    records = [WARCINFO, record(1), record(2, length=10**6), response(3, HTML.encode()), record(4), record(5)]
    packed = [pack(one) for one in records]
    pages = read("a.wet", b"".join(packed))
    assert outline(pages) == ["1", "(2)", "3", "4", "5"]
    for number, page in enumerate(pages, 1):
        assert page.origin == Origin("a.wet", len(b"".join(packed[:number])))


def test_records_of_one_gzip_member_all_begin_where_it_does(read):
    pages = read("a.wet", gzip.compress(WARCINFO) + gzip.compress(record(1) + record(2)))
    assert {page.origin.offset for page in pages} == {len(gzip.compress(WARCINFO))}


def test_the_offset_of_a_record_behind_damage_is_right(read):
    members = [gzip.compress(record(number, os.urandom(300).hex().encode())) for number in range(1, 4)]
    members[0] = members[0][:100] + b"\xff" * 10 + members[0][110:]
    *_, second, third = read("a.wet.gz", b"".join(members))
    assert [second.origin.offset, third.origin.offset] == [len(members[0]), len(members[0] + members[1])]


def test_fastwarc_finds_a_record_at_the_offset_told(read, tmp_path):
    from fastwarc.warc import ArchiveIterator

    read("a.wet.gz", by_members([record(number) for number in range(50)]))
    for page in read_pages(["a.wet.gz"]):
        with (tmp_path / "a.wet.gz").open("rb") as file:
            file.seek(page.origin.offset)
            assert page.id in next(iter(ArchiveIterator(file))).headers["WARC-Record-ID"]


def test_a_real_file_of_common_crawl_is_read() -> None:
    corpora = os.environ.get("COPYTASTER_CORPORA")
    if not corpora:
        pytest.skip("COPYTASTER_CORPORA does not name the folder of real pages")
    (page,) = read_pages([f"{corpora}/corpora/commoncrawl/whirlwind.warc.wet.gz"])
    assert isinstance(page, Page)
    assert page.url == "https://an.wikipedia.org/wiki/Escopete"
    assert page.meta["lang"] == "spa"


def test_a_real_response_of_common_crawl_is_read() -> None:
    corpora = os.environ.get("COPYTASTER_CORPORA")
    if not corpora:
        pytest.skip("COPYTASTER_CORPORA does not name the folder of real pages")
    (page,) = read_pages([f"{corpora}/corpora/commoncrawl/whirlwind.warc.gz"])
    assert isinstance(page, Page)
    assert page.url == "https://an.wikipedia.org/wiki/Escopete"
    assert "Escopete" in page.rows
