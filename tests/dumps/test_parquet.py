import gzip
import io
import sys
import tracemalloc
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from copytaster.dumps import BadPage, JsonKeys, read_pages
from copytaster.labels.page import Origin, Page
from copytaster.model.limits import Limits


def packed(columns: dict[str, Any], **options: Any) -> bytes:
    file = io.BytesIO()
    parquet.write_table(pa.table(columns), file, **options)
    return file.getvalue()


FINEWEB = {
    "text": ["One\n\nTwo", "Three"],
    "id": ["<urn:uuid:1>", None],
    "dump": ["CC-MAIN-2024-10"] * 2,
    "url": ["https://a.example/1", None],
    "date": ["2024-03-01"] * 2,
    "file_path": ["s3://commoncrawl/a.warc.gz"] * 2,
    "language": ["en", None],
    "language_score": [0.98, None],
    "token_count": [3, 1],
}


def test_each_row_of_a_file_like_finewebs_is_a_page(read):
    first, second = read("a.parquet", packed(FINEWEB))
    assert first == Page(("One", "", "Two"), "<urn:uuid:1>", "https://a.example/1")
    assert first.meta == {"dump": "CC-MAIN-2024-10", "file_path": "s3://commoncrawl/a.warc.gz", "lang": "en"}
    assert second == Page(("Three",), "a.parquet:1")
    assert [page.origin for page in (first, second)] == [Origin("a.parquet", 0), Origin("a.parquet", 1)]


def test_a_nested_record_like_datatroves_is_a_page(read):
    metadata = [{"url": "https://a.example/1", "language": "de", "file_path": "a.wet"}]
    (page,) = read("a.parquet", packed({"text": ["One"], "id": ["p"], "metadata": metadata}))
    assert page == Page(("One",), "p", "https://a.example/1")
    assert page.meta == {"lang": "de", "file_path": "a.wet"}


def test_columns_can_be_named(read):
    data = packed({"body": ["One"], "uri": ["https://a.org"], "key": [7]})
    assert read("a.parquet", data, keys=JsonKeys("body", "key", "uri")) == [Page(("One",), "7", "https://a.org")]


@pytest.mark.parametrize("name", ["a.parquet", "a", "a.txt"])
def test_parquet_is_told_by_name_or_content(read, name):
    assert [page.rows for page in read(name, packed({"text": ["One"]}))] == [("One",)]


@pytest.mark.parametrize(
    "text",
    [pa.array(["One"], pa.large_string()), pa.array(["One"]).dictionary_encode(), pa.array(["One"], pa.string_view())],
    ids=["large", "dictionary", "view"],
)
def test_every_kind_of_string_is_read(read, text):
    assert read("a.parquet", packed({"text": text}))[0].rows == ("One",)


@pytest.mark.parametrize("compression", ["none", "snappy", "gzip", "zstd"])
def test_rows_are_counted_across_row_groups(read, compression):
    pages = read(
        "a.parquet", packed({"text": [str(n) for n in range(100)]}, compression=compression, row_group_size=40)
    )
    assert [(page.rows, page.origin.offset) for page in pages] == [((str(n),), n) for n in range(100)]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"content": ["x"], "title": ["y"]}, 'no column "text"; the columns are "content", "title"'),
        ({"text": [1]}, 'the column "text" holds int64'),
        ({"text": [b"x"]}, 'the column "text" holds binary'),
    ],
)
def test_a_file_without_texts_is_named_once_with_the_columns_there_are(read, columns, words):
    (bad,) = read("a.parquet", packed(columns))
    assert words in bad.reason
    assert "--text-key" in bad.reason


def test_a_bad_row_is_named_by_its_row_and_the_others_are_read(read):
    texts = ["fine", None, "x" * 5000, "<!doctype html><p>x", "fine"]
    pages = read("a.parquet", packed({"text": texts}), limits=Limits(max_chars=100))
    assert [page.id for page in pages if isinstance(page, BadPage)] == ["a.parquet:1", "a.parquet:2", "a.parquet:3"]
    assert [page.origin.offset for page in pages] == [0, 1, 2, 3, 4]
    assert "HTML" in pages[3].reason


def test_text_that_is_not_utf8_is_a_bad_row(read):
    text = pa.array([b"gr\xfcn", b"blau"]).view(pa.string())
    bad, good = read("a.parquet", packed({"text": text}))
    assert "UTF-8" in bad.reason
    assert good.rows == ("blau",)


def test_a_file_without_rows_has_no_pages(read):
    assert read("a.parquet", packed({"text": pa.array([], pa.string())})) == []
    assert read("b.parquet", packed({"text": ["one"]}, row_group_size=1)) != []
    with parquet.ParquetWriter("c.parquet", pa.schema([("text", pa.string())])):
        pass
    assert list(read_pages(["c.parquet"])) == []


@pytest.mark.parametrize("cut", [3, 50, -1, -8, -40])
def test_a_file_cut_short_is_bad(read, cut):
    (bad,) = read("a.parquet", packed(FINEWEB)[:cut])
    assert isinstance(bad, BadPage)
    assert "Parquet" in bad.reason


def test_behind_a_damaged_row_group_reading_goes_on_with_the_next(read):
    data = bytearray(packed({"text": [f"page {n} {n**5}" for n in range(300)]}, compression="zstd", row_group_size=100))
    start = parquet.ParquetFile(io.BytesIO(data)).metadata.row_group(1).column(0).dictionary_page_offset
    data[start : start + 40] = b"\xff" * 40
    pages = read("a.parquet", bytes(data))
    bad = [page for page in pages if isinstance(page, BadPage)]
    assert [page.origin.offset for page in bad] == [100]
    assert "Went on" in bad[0].reason
    assert [page.origin.offset for page in pages if isinstance(page, Page)] == [*range(100), *range(200, 300)]


def test_a_file_packed_once_more_is_named(read):
    (bad,) = read("a.parquet.gz", gzip.compress(packed(FINEWEB)))
    assert "compressed once more" in bad.reason


def test_a_pipe_is_named(monkeypatch):
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=Pipe(packed(FINEWEB))))
    (bad,) = read_pages(["-"])
    assert "from a pipe" in bad.reason


def test_a_missing_package_is_named_with_what_to_install(read, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (bad,) = read("a.parquet", packed(FINEWEB))
    assert "pip install 'copytaster[parquet]'" in bad.reason


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    text = ("a page " * 100 + "\n") * 15
    with parquet.ParquetWriter(path, pa.schema([("text", pa.string())]), compression="none") as writer:
        for number in range(40):
            writer.write_table(pa.table({"text": [f"{number} {row} {text}" for row in range(50)]}))
    assert path.stat().st_size > 20_000_000
    before = pa.total_allocated_bytes()
    most = 0
    tracemalloc.start()
    for count, _ in enumerate(read_pages([str(path)]), 1):  # noqa: B007 - counted
        most = max(most, pa.total_allocated_bytes() - before)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 2000
    assert peak < 2_000_000
    assert most < 10_000_000


GOOD = packed({"text": ["one page", "another"] * 20, "id": ["a", "b"] * 20})


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_no_damage_makes_reading_fail(tmp_path: Path, changes: list[tuple[int, int]]) -> None:
    data = bytearray(GOOD)
    for place, value in changes:
        data[place] = value
    path = tmp_path / "a.parquet"
    path.write_bytes(data)
    assert all(isinstance(page, Page | BadPage) for page in read_pages([str(path)]))
