"""Files that are elsewhere: in fsspec's memory, and on a web server of this machine."""

import gzip
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import fsspec
import pyarrow
import pytest
from pyarrow import parquet

from copytaster.dumps import BadPage, InputError, read_pages
from copytaster.dumps.remote import is_remote
from copytaster.dumps.sources import find_sources, size_of
from copytaster.labels.page import Origin

FILES = {
    "crawl/a.txt": b"One",
    "crawl/b.jsonl.gz": gzip.compress(b'{"text": "Two"}\n{"text": "Three"}\n'),
    "crawl/deep/c.txt": b"Four",
    "crawl/picture.png": b"\x89PNG\r\n",
}


@pytest.fixture
def memory() -> Iterator[str]:
    files = fsspec.filesystem("memory")
    for name, data in FILES.items():
        files.pipe(f"/{name}", data)
    yield "memory://"
    files.rm("/crawl", recursive=True)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """A web server, the usual kind that cannot give a part of a file."""
    for name, data in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def texts(*inputs: str) -> list[str]:
    return ["\n".join(page.rows) for page in read_pages(inputs)]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("crawl/a.txt", ["One"]),
        ("crawl/b.jsonl.gz", ["Two", "Three"]),
        ("crawl/", ["One", "Two", "Three", "Four"]),
        ("crawl/*.txt", ["One"]),
        ("crawl/**/*.txt", ["One", "Four"]),
    ],
)
def test_files_folders_and_patterns_are_read(memory: str, name: str, expected: list[str]) -> None:
    assert texts(memory + name) == expected


def test_pages_are_called_by_their_address(memory: str) -> None:
    (page,) = read_pages([memory + "crawl/a.txt"])
    assert page.id == page.origin.source == "memory://crawl/a.txt"
    first, _ = read_pages([memory + "crawl/b.jsonl.gz"])
    assert first.origin == Origin("memory://crawl/b.jsonl.gz", 1)


def test_parquet_is_read_from_elsewhere(memory: str) -> None:
    with fsspec.open(memory + "crawl/d.parquet", "wb") as file:
        parquet.write_table(pyarrow.table({"text": ["Five", "Six"]}), file)
    assert texts(memory + "crawl/d.parquet") == ["Five", "Six"]


def test_the_bytes_read_are_told_and_are_the_size(memory: str) -> None:
    inputs = [memory + "crawl/"]
    told: list[int] = []
    assert len(list(read_pages(inputs, on_bytes=told.append))) == 4
    assert sum(told) == size_of(find_sources(inputs)) == sum(map(len, FILES.values())) - len(FILES["crawl/picture.png"])


def test_what_is_not_there_is_a_bad_page_of_its_own(memory: str) -> None:
    bad, good = read_pages([memory + "crawl/gone.txt", memory + "crawl/a.txt"])
    assert isinstance(bad, BadPage)
    assert "cannot be read" in bad.reason
    assert good.rows == ("One",)


@pytest.mark.parametrize("name", ["gone/", "crawl/*.wet", "no-such-protocol://a/"])
def test_a_folder_or_pattern_without_dumps_is_named_at_once(memory: str, name: str) -> None:
    with pytest.raises(InputError, match="check the address"):
        find_sources([name if "://" in name else memory + name])


def test_a_web_server_is_read(web: str) -> None:
    assert texts(web + "crawl/a.txt?b=*", web + "crawl/b.jsonl.gz") == ["One", "Two", "Three"]


def test_what_a_web_server_does_not_have_is_a_bad_page(web: str) -> None:
    bad, good = read_pages([web + "gone.txt", web + "crawl/a.txt"])
    assert isinstance(bad, BadPage)
    assert good.rows == ("One",)


def test_a_server_that_is_not_there_is_a_bad_page() -> None:
    (bad,) = read_pages(["http://127.0.0.1:1/a.txt"])
    assert isinstance(bad, BadPage)
    assert "cannot be read" in bad.reason


@pytest.mark.parametrize("missing", ["fsspec", "fsspec.core"])
def test_what_is_missing_is_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(InputError, match=r"pip install 'copytaster\[remote\]'"):
        read_pages(["s3://bucket/a.txt"])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("s3://b/a", True),
        ("HTTPS://a.org/", True),
        ("simplecache::s3://b/a", True),
        ("C:\\a", False),
        ("a/b://", False),
    ],
)
def test_an_address_is_told_from_a_path(name: str, expected: bool) -> None:
    assert is_remote(name) is expected
